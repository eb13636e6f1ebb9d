//! The client's half of a request: from an input document to HTTP.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use md5::{Digest, Md5};
use serde_json::{Map, Value};

use super::uri::{self, Segment};
use super::{Misfit, Path, json, query, rest};
use crate::ApiError;
use crate::model::{Operation, Protocol, Service};

/// Where the name of an S3 bucket goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// First in the path.
    Path,
    /// First in the host name.
    VirtualHost,
}

/// A request that does not know its endpoint yet.
#[derive(Clone, Debug)]
pub struct WireRequest {
    /// HTTP method.
    pub method: &'static str,
    /// The S3 bucket, which the endpoint may want in its host name.
    pub bucket: Option<String>,
    /// Encoded path, without the bucket.
    pub path: String,
    /// Query string, not encoded.
    pub query: Vec<(String, String)>,
    /// Headers, without host and signature.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl WireRequest {
    /// The request to an endpoint (`https://host[:port][/path]`).
    pub fn to_http(&self, endpoint: &str, addressing: Addressing) -> Result<Request<Bytes>, ApiError> {
        let (scheme, rest) = endpoint.split_once("://").unwrap_or(("https", endpoint));
        let (authority, base) = rest.split_once('/').unwrap_or((rest, ""));
        let base = base.trim_end_matches('/');
        let mut url = format!("{scheme}://");
        match &self.bucket {
            Some(bucket) if addressing == Addressing::VirtualHost => url.push_str(&format!("{bucket}.{authority}")),
            _ => url.push_str(authority),
        }
        if !base.is_empty() {
            url.push('/');
            url.push_str(base);
        }
        if let Some(bucket) = self.bucket.as_ref().filter(|_| addressing == Addressing::Path) {
            url.push('/');
            url.push_str(&uri::encode(bucket));
            // "/bucket", not "/bucket/": both are the bucket, but only the first is what AWS documents.
            if self.path != "/" {
                url.push_str(&self.path);
            }
        } else {
            url.push_str(&self.path);
        }
        if !self.query.is_empty() {
            url.push('?');
            url.push_str(&uri::write_form(&self.query));
        }
        let mut request = Request::builder()
            .method(self.method)
            .uri(&url)
            .body(self.body.clone())
            .map_err(|e| ApiError::Configuration(format!("The endpoint {endpoint:?} makes no valid URL: {e}.")))?;
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }
}

/// Encodes an input document (`{}` or null for none). Unknown members, wrong types and missing required members are
/// errors; a missing idempotency token is made up.
pub fn encode_request(service: &Service, operation: &Operation, input: &Value) -> Result<WireRequest, ApiError> {
    let fail = |m: Misfit| ApiError::Encode {
        service: service.id.into(),
        operation: operation.name.into(),
        path: m.path,
        message: m.message,
    };
    let mut input = match input {
        Value::Null => Value::Object(Map::new()),
        other => other.clone(),
    };
    fill_tokens(service, operation, &mut input);
    if let Some(path) = super::missing_member(service, operation, &input) {
        return Err(fail(Misfit { path, message: "required, but missing".into(), unknown_member: false }));
    }
    let mut wire = encode(service, operation, &input).map_err(fail)?;
    if operation.checksum_required && !wire.headers.contains_key("content-md5") {
        let sum = STANDARD.encode(Md5::digest(&wire.body));
        if let Ok(value) = HeaderValue::from_str(&sum) {
            wire.headers.insert(HeaderName::from_static("content-md5"), value);
        }
    }
    Ok(wire)
}

fn fill_tokens(service: &Service, operation: &Operation, input: &mut Value) {
    let (Some(r), Value::Object(given)) = (&operation.input, input) else { return };
    for (name, member) in service.members(r) {
        if member.idempotency_token && !given.contains_key(*name) {
            given.insert((*name).to_string(), uuid::Uuid::new_v4().to_string().into());
        }
    }
}

fn encode(service: &Service, operation: &Operation, input: &Value) -> Result<WireRequest, Misfit> {
    let mut wire = WireRequest {
        method: operation.method,
        bucket: None,
        path: "/".into(),
        query: Vec::new(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    let Some(r) = &operation.input else {
        if let Some((extra, _)) = input.as_object().and_then(|o| o.iter().next()) {
            return Err(Path::Member(&Path::Root, extra).unknown());
        }
        return encode_without_input(service, operation, wire);
    };
    match service.protocol {
        Protocol::Ec2 | Protocol::Query => {
            let mut pairs = action(service, operation);
            query::write(service, r, input, "", &Path::Root, &mut pairs)?;
            form(&mut wire, &pairs);
        }
        Protocol::Json => {
            let body = json::write(service, r, input, &Path::Root)?;
            target(service, operation, &mut wire, body.to_string());
        }
        Protocol::RestJson | Protocol::RestXml => {
            let root = r.location_name.unwrap_or(service.shape(r).name);
            let parts = rest::write(service, r, input, root, &Path::Root)?;
            (wire.path, wire.query) = path_and_query(service, operation, &parts, &mut wire.bucket)?;
            wire.query.extend(parts.query);
            wire.headers = parts.headers;
            wire.body = parts.body;
        }
    }
    Ok(wire)
}

fn encode_without_input(
    service: &Service,
    operation: &Operation,
    mut wire: WireRequest,
) -> Result<WireRequest, Misfit> {
    match service.protocol {
        Protocol::Ec2 | Protocol::Query => form(&mut wire, &action(service, operation)),
        Protocol::Json => target(service, operation, &mut wire, "{}".into()),
        Protocol::RestJson | Protocol::RestXml => {
            (wire.path, wire.query) = path_and_query(service, operation, &rest::Parts::default(), &mut wire.bucket)?;
        }
    }
    Ok(wire)
}

fn action(service: &Service, operation: &Operation) -> Vec<(String, String)> {
    vec![("Action".into(), operation.name.into()), ("Version".into(), service.api_version.into())]
}

fn form(wire: &mut WireRequest, pairs: &[(String, String)]) {
    wire.body = uri::write_form(pairs).into();
    let value = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
    wire.headers.insert(http::header::CONTENT_TYPE, value);
}

fn target(service: &Service, operation: &Operation, wire: &mut WireRequest, body: String) {
    wire.body = body.into();
    let target = format!("{}.{}", service.target_prefix.unwrap_or(service.id), operation.name);
    if let Ok(value) = HeaderValue::from_str(&target) {
        wire.headers.insert(HeaderName::from_static("x-amz-target"), value);
    }
    if let Ok(value) = HeaderValue::from_str(&format!("application/x-amz-json-{}", service.json_version)) {
        wire.headers.insert(http::header::CONTENT_TYPE, value);
    }
}

type PathAndQuery = (String, Vec<(String, String)>);

fn path_and_query(
    service: &Service,
    operation: &Operation,
    parts: &rest::Parts,
    bucket: &mut Option<String>,
) -> Result<PathAndQuery, Misfit> {
    let (segments, fixed) = uri::template(operation.uri);
    let mut path = String::new();
    let label = |name: &str| {
        parts.labels.get(name).ok_or_else(|| Path::Member(&Path::Root, name).misfit("required, but missing"))
    };
    for segment in segments {
        match segment {
            Segment::Label("Bucket") if service.id == "s3" => *bucket = Some(label("Bucket")?.clone()),
            Segment::Literal(text) => path.extend(["/", text]),
            Segment::Label(name) => path.extend(["/", &uri::encode(label(name)?)]),
            Segment::Greedy(name) => path.extend(["/", &uri::encode_path(label(name)?)]),
        }
    }
    // A few services end their paths with a slash, which is signed like the rest.
    if path.is_empty() || operation.uri.split('?').next().is_some_and(|p| p.len() > 1 && p.ends_with('/')) {
        path.push('/');
    }
    Ok((path, fixed.into_iter().map(|(k, v)| (k.to_string(), v.to_string())).collect()))
}
