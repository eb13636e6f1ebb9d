//! The sandbox as the way that a client's requests leave, without a socket.

use async_trait::async_trait;
use bytes::Bytes;
use craton_aws_api::{Transport, TransportError};
use http::{Request, Response};

use crate::sandbox::Sandbox;

#[async_trait]
impl Transport for Sandbox {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let sandbox = self.clone();
        // The state is written to disk before the answer is given, which would hold up everything else here.
        tokio::task::spawn_blocking(move || sandbox.handle(&request))
            .await
            .map_err(|e| TransportError { text: format!("the sandbox failed: {e}"), never_connected: false })
    }
}
