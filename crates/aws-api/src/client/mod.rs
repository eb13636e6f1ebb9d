//! Calls: encode, sign, send, retry, decode.

mod credentials;
mod endpoint;
mod options;
mod page;
mod retry;
mod sign;
mod transport;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aws_credential_types::Credentials;
use http::{HeaderMap, HeaderValue};
use serde_json::{Map, Value};

pub use endpoint::{Endpoint, Endpoints, Partition, partition};
pub use options::{AssumeRole, ClientOptions, CredentialsSource, Trace, Tracer, WebIdentity};
pub use page::Paging;
pub use retry::{Clock, SystemClock};
pub use transport::{HttpSettings, HttpTransport, Transport, TransportError};

use crate::ApiError;
use crate::codec::{WireRequest, decode_response, encode_request, redact};
use crate::model::{Operation, Service, service};

/// Calls AWS. Cheap to clone; clones share credentials, connections and counters.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    options: ClientOptions,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    credentials: credentials::Held,
    region: tokio::sync::OnceCell<String>,
    requests: Mutex<BTreeMap<String, u64>>,
    bucket_regions: Mutex<HashMap<String, String>>,
}

/// With what a request is signed.
pub(crate) enum Signer {
    /// The client's credentials.
    Own,
    /// Others.
    These(Credentials),
    /// It is not signed.
    Nobody,
}

/// What one attempt gave.
struct Attempt {
    outcome: Result<Value, ApiError>,
    headers: Option<HeaderMap>,
}

impl Client {
    /// A client. Nothing is read or contacted before the first call.
    pub fn new(options: ClientOptions) -> Self {
        let transport = options.transport.clone().unwrap_or_else(|| Arc::new(HttpTransport::default()));
        let clock = options.clock.clone().unwrap_or_else(|| Arc::new(SystemClock));
        Self {
            inner: Arc::new(Inner {
                options,
                transport,
                clock,
                credentials: credentials::Held::default(),
                region: tokio::sync::OnceCell::new(),
                requests: Mutex::default(),
                bucket_regions: Mutex::default(),
            }),
        }
    }

    /// The region of calls: the option, else the profile's. An error says how to set one.
    pub async fn region(&self) -> Result<String, ApiError> {
        let find = || async {
            let region = match &self.inner.options.region {
                Some(region) => Some(region.clone()),
                None => self.profile_region().await,
            };
            region.filter(|r| !r.is_empty()).ok_or_else(|| {
                ApiError::Configuration(
                    "No AWS region is set. Set it in the provider block, in AWS_REGION, or in the profile.".into(),
                )
            })
        };
        self.inner.region.get_or_try_init(find).await.cloned()
    }

    /// Calls an operation in the client's region. `input` and the output are documents as in [`crate::codec`].
    pub async fn call(&self, service: &str, operation: &str, input: Value) -> Result<Value, ApiError> {
        let region = self.region().await?;
        self.call_in(&region, service, operation, input).await
    }

    /// Calls an operation in another region.
    pub async fn call_in(&self, region: &str, service: &str, operation: &str, input: Value) -> Result<Value, ApiError> {
        self.execute(region, service, operation, &input, &Signer::Own).await
    }

    /// Calls an operation until there are no more pages; gives the items of all. `input` must be an object.
    pub async fn call_all(
        &self,
        service: &str,
        operation: &str,
        mut input: Value,
        paging: Paging<'_>,
    ) -> Result<Vec<Value>, ApiError> {
        let mut items = Vec::new();
        let mut seen = HashSet::new();
        loop {
            let mut page = self.call(service, operation, input.clone()).await?;
            if let Some(Value::Array(more)) = page.get_mut(paging.items).map(Value::take) {
                items.extend(more);
            }
            let token = page[paging.output_token].as_str().unwrap_or_default();
            if token.is_empty() {
                return Ok(items);
            }
            if !seen.insert(token.to_string()) {
                return Err(ApiError::Decode {
                    service: service.into(),
                    operation: operation.into(),
                    path: paging.output_token.into(),
                    message: "the token of an earlier page came back".into(),
                });
            }
            input[paging.input_token] = token.into();
        }
    }

    /// Waits, by the client's clock: between looks at something that takes its time.
    pub async fn pause(&self, how_long: std::time::Duration) {
        self.inner.clock.sleep(how_long).await;
    }

    /// The address of a request to STS that says who has the client's credentials, good for a minute, with a header that
    /// whoever sends it must send along. This is what tokens for Kubernetes clusters are made of. It is a secret.
    pub async fn presigned_identity(&self, header: (&str, &str)) -> Result<String, ApiError> {
        let region = self.sts_region().await?;
        let sts = service("sts")?;
        let endpoint = self.inner.options.endpoints.resolve(sts, &region, None)?;
        let base = endpoint.url.trim_end_matches('/');
        let url = format!("{base}/?Action=GetCallerIdentity&Version=2011-06-15");
        let credentials = self.credentials().await?;
        sign::presign(&url, &[header], sts, &endpoint.signing_region, &credentials, self.inner.clock.now())
    }

    /// Attempts sent so far, by `service.operation`.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.inner.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends with retries.
    pub(crate) async fn execute(
        &self,
        region: &str,
        service_id: &str,
        operation: &str,
        input: &Value,
        signer: &Signer,
    ) -> Result<Value, ApiError> {
        let service = service(service_id)?;
        let operation = service.operation(operation)?;
        // Encoded once: every attempt carries the same idempotency token.
        let wire = encode_request(service, operation, input)?;
        let traced = self.inner.options.tracer.as_ref().map(|_| match &operation.input {
            Some(r) => redact(service, r, input),
            None => Value::Object(Map::new()),
        });
        let mut region = self.region_of_bucket(&wire).unwrap_or_else(|| region.to_string());
        let (mut renewed, mut redirected) = (false, false);
        let mut attempt = 1;
        loop {
            let credentials = match signer {
                Signer::Own if operation.signed => Some(self.credentials().await?),
                Signer::These(credentials) => Some(credentials.clone()),
                Signer::Own | Signer::Nobody => None,
            };
            let Attempt { outcome, headers } =
                self.attempt(service, operation, &wire, &region, credentials.as_ref(), attempt, traced.as_ref()).await;
            let error = match outcome {
                Ok(output) => return Ok(output),
                Err(error) => error,
            };
            if let (Signer::Own, Some(credentials), false) = (signer, &credentials, renewed)
                && error.is(&["ExpiredToken", "ExpiredTokenException"])
                && self.inner.options.renewable()
            {
                self.inner.credentials.forget(credentials).await;
                renewed = true;
                continue;
            }
            if !redirected && let Some(elsewhere) = self.redirect(service, &wire, &region, &error, headers.as_ref()) {
                region = elsewhere;
                redirected = true;
                continue;
            }
            let most = self.inner.options.max_attempts;
            let Some(wait) = retry::wait_before_next(&error, headers.as_ref(), attempt, most) else {
                return Err(error);
            };
            self.inner.clock.sleep(wait).await;
            attempt += 1;
        }
    }

    #[allow(clippy::too_many_arguments)]
    async fn attempt(
        &self,
        service: &'static Service,
        operation: &'static Operation,
        wire: &WireRequest,
        region: &str,
        credentials: Option<&Credentials>,
        attempt: u32,
        traced: Option<&Value>,
    ) -> Attempt {
        let started = Instant::now();
        let (outcome, status, headers) = match self.exchange(service, operation, wire, region, credentials).await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                let outcome = decode_response(service, operation, status, answer.headers(), answer.body());
                let (parts, _) = answer.into_parts();
                (outcome, Some(status), Some(parts.headers))
            }
            Err(error) => (Err(error), None, None),
        };
        if let (Some(tracer), Some(input)) = (&self.inner.options.tracer, traced) {
            tracer(&Trace {
                service: service.id,
                operation: operation.name,
                region,
                attempt,
                input,
                status,
                code: outcome.as_ref().err().and_then(ApiError::code),
                elapsed: started.elapsed(),
            });
        }
        Attempt { outcome, headers }
    }

    async fn exchange(
        &self,
        service: &'static Service,
        operation: &'static Operation,
        wire: &WireRequest,
        region: &str,
        credentials: Option<&Credentials>,
    ) -> Result<http::Response<bytes::Bytes>, ApiError> {
        let endpoint = self.inner.options.endpoints.resolve(service, region, wire.bucket.as_deref())?;
        let mut request = wire.to_http(&endpoint.url, endpoint.addressing)?;
        if let Ok(agent) = HeaderValue::from_str(&self.inner.options.user_agent) {
            request.headers_mut().insert(http::header::USER_AGENT, agent);
        }
        if let Some(credentials) = credentials {
            let now = self.inner.clock.now();
            sign::sign_request(&mut request, service, &endpoint.signing_region, credentials, now)?;
        }
        *self
            .inner
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(format!("{}.{}", service.id, operation.name))
            .or_default() += 1;
        self.inner
            .transport
            .send(request)
            .await
            .map_err(|e| ApiError::Unreachable { endpoint: endpoint.url, source_text: e.text })
    }

    fn region_of_bucket(&self, wire: &WireRequest) -> Option<String> {
        let known = self.inner.bucket_regions.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(wire.bucket.as_ref()?).cloned()
    }

    /// The region that S3 sends a request to when its bucket is elsewhere; remembered for the bucket.
    fn redirect(
        &self,
        service: &Service,
        wire: &WireRequest,
        region: &str,
        error: &ApiError,
        headers: Option<&HeaderMap>,
    ) -> Option<String> {
        let bucket = wire.bucket.as_ref()?;
        if service.id != "s3" || !matches!(error.status(), Some(301 | 307 | 400)) {
            return None;
        }
        let elsewhere = headers?.get("x-amz-bucket-region")?.to_str().ok()?.to_string();
        if elsewhere == region {
            return None;
        }
        let mut known = self.inner.bucket_regions.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(bucket.clone(), elsewhere.clone());
        Some(elsewhere)
    }
}
