//! HTTP in front of the sandbox: in the process, and on a loopback address.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;

use bytes::Bytes;
use craton_aws_api::{decode_request, encode_error, encode_response};
use craton_model::Diagnostic;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::error::AwsError;
use crate::sandbox::{Caller, Sandbox};

/// A sandbox that answers on a loopback address.
pub struct Server {
    /// Where it listens; with the port that the system chose, if 0 was asked for.
    pub addr: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Waits until the server has stopped: the shutdown was asked for and the requests at hand are answered.
    pub async fn finished(self) {
        // The task ends by itself; were it to panic, it would have ended too.
        let _ = self.task.await;
    }
}

impl Sandbox {
    /// Answers one HTTP request, as the AWS service it is signed for would.
    ///
    /// Any signature is accepted, but there must be one: its credential scope tells service, region and access key.
    /// What goes wrong is an answer too, in the service's own format.
    pub fn handle(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let request_id = uuid::Uuid::new_v4().to_string();
        let head = request.method() == Method::HEAD;
        let decoded = match decode_request(request.method(), request.uri(), request.headers(), request.body()) {
            Ok(d) => d,
            Err(e) => return e.to_http(request.headers(), &request_id, head),
        };
        let service = decoded.service;
        let answer = match (decoded.region, decoded.access_key_id) {
            (Some(region), Some(access_key_id)) if !access_key_id.is_empty() => {
                let caller = Caller { region, access_key_id };
                self.call(&caller, service.id, decoded.operation.name, &decoded.input)
            }
            _ => {
                Err(AwsError::new("MissingAuthenticationToken", "Request is missing Authentication Token").status(403))
            }
        };
        let answer = answer.and_then(|output| {
            let mut response = encode_response(service, decoded.operation, decoded.protocol, &output, &request_id)
                .map_err(|e| AwsError::internal(format!("The sandbox made an answer that AWS would not: {e}")))?;
            // The models give each operation one status, but a part of an object has its own.
            if service.id == "s3" && output.get("ContentRange").is_some() {
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            }
            Ok(response)
        });
        match answer {
            Ok(response) => response,
            Err(e) => encode_error(service, decoded.protocol, e.status, &e.code, &e.message, &request_id, head),
        }
    }

    /// Serves on a loopback address until `shutdown` is ready. Takes the address (port 0 for any free one).
    ///
    /// # Errors
    /// When the address is not a loopback address, or cannot be bound.
    pub async fn serve(
        &self,
        addr: SocketAddr,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<Server, Box<Diagnostic>> {
        if !addr.ip().is_loopback() {
            return Err(Box::new(Diagnostic::error(
                "Not a loopback address",
                format!(
                    "The sandbox would listen on {addr}, where other machines can reach it. It asks nobody for a password, so \
                     it listens on loopback addresses only, such as 127.0.0.1."
                ),
            )));
        }
        let cannot = |e: std::io::Error| {
            Box::new(Diagnostic::error(
                "Cannot listen",
                format!(
                    "The sandbox cannot listen on {addr}: {e}.\nChoose another port, or stop what is using this one."
                ),
            ))
        };
        let listener = TcpListener::bind(addr).await.map_err(cannot)?;
        let addr = listener.local_addr().map_err(cannot)?;
        let sandbox = self.clone();
        let task = tokio::spawn(async move { accept(sandbox, listener, shutdown).await });
        Ok(Server { addr, task })
    }
}

async fn accept(sandbox: Sandbox, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let stream = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
        };
        // A connection that failed before it was accepted concerns its caller only.
        let Ok((stream, _)) = stream else { continue };
        let sandbox = sandbox.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| answer(sandbox.clone(), request));
            // An error here is a caller that went away.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
    connections.shutdown().await;
}

async fn answer(sandbox: Sandbox, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let plain = |status: StatusCode, why: String| {
        let mut response = Response::new(Full::new(Bytes::from(why)));
        *response.status_mut() = status;
        response
    };
    let body = match body.collect().await {
        Ok(b) => b.to_bytes(),
        Err(e) => return Ok(plain(StatusCode::BAD_REQUEST, format!("The request's body did not arrive: {e}"))),
    };
    let request = Request::from_parts(parts, body);
    // The state is written to disk before the answer leaves, which would hold up other connections here.
    let handled = tokio::task::spawn_blocking(move || sandbox.handle(&request)).await;
    Ok(match handled {
        Ok(response) => response.map(Full::new),
        Err(e) => plain(StatusCode::INTERNAL_SERVER_ERROR, format!("The sandbox failed: {e}")),
    })
}
