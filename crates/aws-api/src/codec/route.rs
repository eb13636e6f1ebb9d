//! The server's half of a request: which service and operation it is for, and its input document.

use std::collections::HashMap;

use bytes::Bytes;
use http::{HeaderMap, Method, Response, Uri};
use serde_json::{Map, Value};

use super::query::Tree;
use super::uri::{self, Segment};
use super::{Misfit, Path, chunked, encode_error, json, query, rest};
use crate::model::{self, Kind, Location, Operation, Protocol, Ref, Service};

/// A request that has been understood.
#[derive(Debug)]
pub struct DecodedRequest {
    /// The service it is for.
    pub service: &'static Service,
    /// The operation it asks for.
    pub operation: &'static Operation,
    /// How it was asked, which is how it wants to be answered. Services that moved on from forms still understand them:
    /// CloudWatch's older clients send forms, newer ones JSON.
    pub protocol: Protocol,
    /// Its input.
    pub input: Value,
    /// The region it was signed for; `None` for an unsigned one.
    pub region: Option<String>,
    /// The access key id it was signed with; `None` for an unsigned one.
    pub access_key_id: Option<String>,
}

/// Why a request was not understood.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RequestError {
    /// No model of the service, or nothing says which one is meant.
    #[error("no service {name:?} here")]
    UnknownService {
        /// The name in the signature, or what else there was to go by.
        name: String,
    },
    /// No model of the operation.
    #[error("no operation {operation} of {service} here")]
    UnknownOperation {
        /// `ec2`
        service: &'static str,
        /// Its name, or method and path.
        operation: String,
    },
    /// A member that the operation does not have.
    #[error("{service}:{operation} has no input {member}")]
    UnknownMember {
        /// `ec2`
        service: &'static str,
        /// `DescribeVpcs`
        operation: &'static str,
        /// Where in the input.
        member: String,
    },
    /// A value that does not fit.
    #[error("{service}:{operation}: {member}: {message}")]
    Malformed {
        /// `ec2`
        service: &'static str,
        /// `DescribeVpcs`, or empty where it is not known yet.
        operation: &'static str,
        /// Where in the input.
        member: String,
        /// What is wrong.
        message: String,
    },
}

impl RequestError {
    /// The service it was for, where that is known.
    pub fn service(&self) -> Option<&'static Service> {
        match self {
            Self::UnknownService { .. } => None,
            Self::UnknownOperation { service, .. }
            | Self::UnknownMember { service, .. }
            | Self::Malformed { service, .. } => model::service(service).ok(),
        }
    }

    /// HTTP status and error code: 501 `NotImplemented` for what is not known, 400 for what does not fit.
    pub fn status_and_code(&self) -> (u16, &'static str) {
        match self {
            Self::Malformed { .. } => match self.service().map(|s| s.protocol) {
                Some(Protocol::Ec2) => (400, "InvalidParameterValue"),
                Some(Protocol::Query) => (400, "MalformedInput"),
                Some(Protocol::RestXml) => (400, "MalformedXML"),
                _ => (400, "SerializationException"),
            },
            _ => (501, "NotImplemented"),
        }
    }

    /// The answer in the format that a request with these headers wants; in S3's where no service is known.
    pub fn to_http(&self, headers: &HeaderMap, request_id: &str, head: bool) -> Response<Bytes> {
        let (status, code) = self.status_and_code();
        let service = self.service().map_or_else(|| model::service("s3"), Ok);
        match service {
            Ok(service) => {
                encode_error(service, spoken(service, headers), status, code, &self.to_string(), request_id, head)
            }
            Err(_) => {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = http::StatusCode::NOT_IMPLEMENTED;
                response
            }
        }
    }
}

/// What the signature says about its maker: `AKID/20240102/eu-west-1/ec2/aws4_request`.
struct Scope {
    access_key_id: String,
    region: String,
    service: String,
}

fn scope(headers: &HeaderMap, query: &[(String, String)]) -> Option<Scope> {
    let authorization = headers.get(http::header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let in_header = authorization
        .split_once("Credential=")
        .map(|(_, rest)| rest.split([',', ' ']).next().unwrap_or_default().to_string());
    let credential =
        in_header.or_else(|| query.iter().find(|(k, _)| k == "X-Amz-Credential").map(|(_, v)| v.clone()))?;
    let mut parts = credential.rsplit('/').skip(1);
    let (service, region, _date) = (parts.next()?, parts.next()?, parts.next()?);
    let mut key: Vec<&str> = parts.collect();
    key.reverse();
    Some(Scope { access_key_id: key.join("/"), region: region.into(), service: service.into() })
}

/// Understands a request. Services are told by the signature's scope; unsigned requests (AssumeRoleWithWebIdentity) by
/// action or target, and failing that they are S3's. Unknown operations, members, query parameters and AWS headers are
/// errors. Required members are not looked at: see [`missing_member`].
pub fn decode_request(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<DecodedRequest, RequestError> {
    let bad_query = |message: String| RequestError::UnknownService { name: message };
    let query = uri::read_form(uri.query().unwrap_or_default()).map_err(bad_query)?;
    let scope = scope(headers, &query);
    let candidates = candidates(scope.as_ref().map(|s| s.service.as_str()))?;
    let (service, operation, input) = if let Some(target) = headers.get("x-amz-target").and_then(|v| v.to_str().ok()) {
        decode_json(&candidates, target, body)?
    } else if let Some(form) = form(headers, &query, body, &candidates) {
        decode_form(&candidates, form)?
    } else {
        let rest = candidates.iter().filter(|s| s.protocol.is_rest());
        let service = match scope {
            Some(_) => rest.copied().next(),
            None => rest.copied().find(|s| s.id == "s3"),
        };
        let service = service.ok_or_else(|| match candidates.first() {
            Some(s) => RequestError::UnknownOperation { service: s.id, operation: format!("{method} {}", uri.path()) },
            None => RequestError::UnknownService { name: String::new() },
        })?;
        decode_rest(service, method, uri, query, headers, body)?
    };
    let (region, access_key_id) = scope.map_or((None, None), |s| (Some(s.region), Some(s.access_key_id)));
    let protocol = spoken(service, headers);
    Ok(DecodedRequest { service, operation, protocol, input, region, access_key_id })
}

/// The protocol of a request to a service that may be asked in two.
fn spoken(service: &Service, headers: &HeaderMap) -> Protocol {
    match service.protocol {
        Protocol::Query if headers.contains_key("x-amz-target") => Protocol::Json,
        own => own,
    }
}

/// The services that sign with that name, all of them for an unsigned request.
fn candidates(signing_name: Option<&str>) -> Result<Vec<&'static Service>, RequestError> {
    let unknown = |name: &str| RequestError::UnknownService { name: name.to_string() };
    let Some(name) = signing_name else {
        return model::service_ids().map(|id| model::service(id).map_err(|_| unknown(id))).collect();
    };
    if let Ok(service) = model::service(name)
        && service.signing_name == name
    {
        return Ok(vec![service]);
    }
    let found: Vec<_> =
        model::service_ids().filter_map(|id| model::service(id).ok()).filter(|s| s.signing_name == name).collect();
    if found.is_empty() { Err(unknown(name)) } else { Ok(found) }
}

type Understood = (&'static Service, &'static Operation, Value);

fn fail(service: &'static Service, operation: &'static Operation) -> impl Fn(Misfit) -> RequestError {
    move |m| match m.unknown_member {
        true => RequestError::UnknownMember { service: service.id, operation: operation.name, member: m.path },
        false => RequestError::Malformed {
            service: service.id,
            operation: operation.name,
            member: m.path,
            message: m.message,
        },
    }
}

fn operation(service: &'static Service, name: &str) -> Result<&'static Operation, RequestError> {
    service
        .operations
        .get(name)
        .ok_or_else(|| RequestError::UnknownOperation { service: service.id, operation: name.to_string() })
}

fn decode_json(candidates: &[&'static Service], target: &str, body: &[u8]) -> Result<Understood, RequestError> {
    let (prefix, name) = target.rsplit_once('.').unwrap_or(("", target));
    let service = candidates
        .iter()
        .copied()
        // Some SDKs leave out the package that a prefix begins with (`com.amazonaws.cloudtrail...`).
        .find(|s| s.target_prefix.is_some_and(|p| p == prefix || p.rsplit('.').next() == Some(prefix)))
        .ok_or_else(|| RequestError::UnknownService { name: target.to_string() })?;
    let operation = operation(service, name)?;
    let fail = fail(service, operation);
    let body: Value = match body {
        b"" => Value::Object(Map::new()),
        body => {
            serde_json::from_slice(body).map_err(|e| fail(Path::Root.misfit(format!("the body is not JSON: {e}"))))?
        }
    };
    let input = match &operation.input {
        Some(r) => json::read(service, r, &body, true, &Path::Root).map_err(fail)?,
        None => Value::Object(Map::new()),
    };
    Ok((service, operation, input))
}

/// The pairs of a form-encoded request; `None` when it is not one.
fn form(
    headers: &HeaderMap,
    query: &[(String, String)],
    body: &[u8],
    candidates: &[&'static Service],
) -> Option<Vec<(String, String)>> {
    if !candidates.iter().any(|s| !s.protocol.is_rest()) {
        return None;
    }
    if query.iter().any(|(k, _)| k == "Action") {
        return Some(query.iter().filter(|(k, _)| !k.starts_with("X-Amz-")).cloned().collect());
    }
    let content_type = headers.get(http::header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !content_type.starts_with("application/x-www-form-urlencoded") {
        return None;
    }
    std::str::from_utf8(body).ok().and_then(|b| uri::read_form(b).ok())
}

fn decode_form(candidates: &[&'static Service], mut pairs: Vec<(String, String)>) -> Result<Understood, RequestError> {
    let mut take = |key: &str| {
        let at = pairs.iter().position(|(k, _)| k == key);
        at.map(|at| pairs.swap_remove(at).1).unwrap_or_default()
    };
    let (action, version) = (take("Action"), take("Version"));
    let forms = || candidates.iter().copied().filter(|s| matches!(s.protocol, Protocol::Ec2 | Protocol::Query));
    let service = forms()
        .find(|s| s.api_version == version && s.operations.contains_key(action.as_str()))
        .or_else(|| forms().find(|s| s.api_version == version));
    let Some(service) = service else {
        return Err(match forms().next() {
            Some(s) if candidates.len() == 1 => RequestError::UnknownOperation {
                service: s.id,
                operation: format!("{action} of version {version:?} (this is {})", s.api_version),
            },
            _ => RequestError::UnknownService { name: format!("{action}, version {version}") },
        });
    };
    let operation = operation(service, &action)?;
    let fail = fail(service, operation);
    let tree = Tree::build(pairs).map_err(&fail)?;
    let input = match &operation.input {
        Some(r) => query::read(service, r, &tree, &Path::Root).map_err(fail)?,
        None => tree.is_empty(&Path::Root).map(|()| Value::Object(Map::new())).map_err(fail)?,
    };
    Ok((service, operation, input))
}

fn decode_rest(
    service: &'static Service,
    method: &Method,
    uri: &Uri,
    query: Vec<(String, String)>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Understood, RequestError> {
    let host_bucket = if service.id == "s3" { bucket_of_host(uri, headers) } else { None };
    let path = match &host_bucket {
        Some(bucket) => format!("/{bucket}{}", uri.path()),
        None => uri.path().to_string(),
    };
    let mut best: Option<(usize, &'static Operation, HashMap<String, String>)> = None;
    for operation in service.operations.values().filter(|o| o.method == method.as_str()) {
        if let Some((score, labels)) = matches(service, operation, &path, &query, headers)
            && best.as_ref().is_none_or(|(most, ..)| score > *most)
        {
            best = Some((score, operation, labels));
        }
    }
    let (_, operation, labels) = best.ok_or_else(|| RequestError::UnknownOperation {
        service: service.id,
        operation: format!("{method} {path}{}", uri.query().map(|q| format!("?{q}")).unwrap_or_default()),
    })?;
    let fail = fail(service, operation);
    let (_, fixed) = uri::template(operation.uri);
    let query = query.into_iter().filter(|(k, _)| !fixed.iter().any(|(f, _)| f == k)).collect();
    let unchunked;
    let mut body = body;
    let mut headers = headers;
    let plain_headers;
    if is_chunked(headers) {
        unchunked = chunked::decode(body).map_err(|e| fail(Path::Root.misfit(e)))?;
        body = &unchunked;
        plain_headers = without_chunked(headers);
        headers = &plain_headers;
    }
    let message = rest::Message { labels, query, headers, status: None, body, strict: true };
    let input = match &operation.input {
        Some(r) => rest::read(service, r, &message, &Path::Root).map_err(fail)?,
        None => Value::Object(Map::new()),
    };
    Ok((service, operation, input))
}

/// How well an operation's template fits: its fixed query parameters and the required members found in query string and
/// headers. `None` when something it needs is missing.
fn matches(
    service: &Service,
    operation: &Operation,
    path: &str,
    query: &[(String, String)],
    headers: &HeaderMap,
) -> Option<(usize, HashMap<String, String>)> {
    let (segments, fixed) = uri::template(operation.uri);
    let mut labels = HashMap::new();
    let mut rest = path.strip_prefix('/').unwrap_or(path);
    let mut literals = 0;
    for segment in &segments {
        if rest.is_empty() {
            return None;
        }
        if let Segment::Greedy(name) = segment {
            labels.insert((*name).to_string(), uri::decode(rest).ok()?);
            rest = "";
            continue;
        }
        let (part, after) = rest.split_once('/').unwrap_or((rest, ""));
        match segment {
            Segment::Literal(text) if *text == part => literals += 1,
            Segment::Literal(_) => return None,
            Segment::Label(name) | Segment::Greedy(name) => {
                labels.insert((*name).to_string(), uri::decode(part).ok()?);
            }
        }
        rest = after;
    }
    if !rest.is_empty() || !fixed.iter().all(|(k, v)| query.iter().any(|(qk, qv)| qk == k && (v.is_empty() || qv == v)))
    {
        return None;
    }
    let mut score = literals + fixed.len();
    if let Some(r) = &operation.input
        && let Kind::Structure(s) = &service.shape(r).kind
    {
        for (name, member) in s.members.iter().filter(|(name, _)| s.required.contains(name)) {
            let wire = member.location_name.unwrap_or(name);
            let found = match member.location {
                Location::QueryString => query.iter().any(|(k, _)| k == wire),
                Location::Header => headers.contains_key(wire),
                _ => continue,
            };
            if !found {
                return None;
            }
            score += 1;
        }
    }
    Some((score, labels))
}

/// The bucket in a virtual-hosted request: what stands before `s3.`, `s3-`, or before `localhost`.
fn bucket_of_host(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let host = headers.get(http::header::HOST).and_then(|v| v.to_str().ok()).or_else(|| uri.host())?;
    let host =
        host.rsplit_once(':').map_or(host, |(h, port)| if port.bytes().all(|b| b.is_ascii_digit()) { h } else { host });
    let at = [".s3.", ".s3-"]
        .iter()
        .filter_map(|mark| host.rfind(mark))
        .max()
        .or_else(|| host.strip_suffix(".localhost").filter(|b| *b != "s3").map(str::len))?;
    Some(host[..at].to_string()).filter(|b| !b.is_empty())
}

fn is_chunked(headers: &HeaderMap) -> bool {
    headers.get("x-amz-content-sha256").is_some_and(|v| v.as_bytes().starts_with(b"STREAMING-"))
}

fn without_chunked(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    if let Some(encoding) = headers.remove(http::header::CONTENT_ENCODING) {
        let text = encoding.to_str().unwrap_or_default();
        let rest: Vec<&str> = text.split(',').map(str::trim).filter(|e| !e.is_empty() && *e != "aws-chunked").collect();
        if let Ok(value) = rest.join(",").parse::<http::HeaderValue>()
            && !rest.is_empty()
        {
            headers.insert(http::header::CONTENT_ENCODING, value);
        }
    }
    headers
}

/// The first required member that an input lacks, as a path; `None` when all are there.
pub fn missing_member(service: &Service, operation: &Operation, input: &Value) -> Option<String> {
    operation.input.as_ref().and_then(|r| missing(service, r, input, &Path::Root))
}

fn missing(service: &Service, r: &Ref, value: &Value, path: &Path) -> Option<String> {
    match (&service.shape(r).kind, value) {
        (Kind::Structure(s), Value::Object(given)) => {
            if let Some(name) = s.required.iter().find(|name| !given.contains_key(**name)) {
                return Some(Path::Member(path, name).to_string());
            }
            given.iter().find_map(|(k, v)| missing(service, s.members.get(k.as_str())?, v, &Path::Member(path, k)))
        }
        (Kind::List(item), Value::Array(items)) => {
            items.iter().enumerate().find_map(|(i, v)| missing(service, item, v, &Path::Item(path, i)))
        }
        (Kind::Map(_, v), Value::Object(entries)) => {
            entries.iter().find_map(|(k, value)| missing(service, v, value, &Path::Member(path, k)))
        }
        _ => None,
    }
}
