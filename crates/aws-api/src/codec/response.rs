//! Answers: the client's half reads them, the server's half writes them.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Map, Value};

use super::{Misfit, Path, error, json, rest, xml, xml_tree};
use crate::ApiError;
use crate::model::{Kind, Operation, Protocol, Ref, Service};

/// Reads an answer. Members that the model does not have are passed over, since AWS adds members at any time; an error
/// answer is [`ApiError::Service`].
pub fn decode_response(
    service: &Service,
    operation: &Operation,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Value, ApiError> {
    if !(200..300).contains(&status) {
        return Err(error::decode(service, operation, status, headers, body));
    }
    let fail = |m: Misfit| ApiError::Decode {
        service: service.id.into(),
        operation: operation.name.into(),
        path: m.path,
        message: m.message,
    };
    let Some(r) = &operation.output else { return Ok(Value::Object(Map::new())) };
    match service.protocol {
        Protocol::Ec2 | Protocol::Query => {
            let root = xml_tree::parse(body).map_err(|e| fail(Path::Root.misfit(e)))?;
            if matches!(root.name.as_str(), "ErrorResponse")
                || root.child("Errors").is_some_and(|_| root.name == "Response")
            {
                return Err(error::decode(service, operation, status, headers, body));
            }
            let result = match r.result_wrapper {
                Some(wrapper) => root
                    .child(wrapper)
                    .ok_or_else(|| fail(Path::Root.misfit(format!("<{}> has no <{wrapper}> in it", root.name))))?,
                None => &root,
            };
            xml::read(service, r, result, false, &Path::Root).map_err(fail)
        }
        Protocol::Json => {
            if body.iter().all(u8::is_ascii_whitespace) {
                return Ok(Value::Object(Map::new()));
            }
            let body: Value = serde_json::from_slice(body)
                .map_err(|e| fail(Path::Root.misfit(format!("the body is not JSON: {e}"))))?;
            json::read(service, r, &body, false, &Path::Root).map_err(fail)
        }
        Protocol::RestJson | Protocol::RestXml => {
            // S3 answers 200 before a long copy is done; what went wrong later stands in the body.
            if service.protocol == Protocol::RestXml && body.starts_with(b"<") && !is_stream(service, r) {
                let root = xml_tree::parse(body).map_err(|e| fail(Path::Root.misfit(e)))?;
                if root.name == "Error" {
                    return Err(error::decode(service, operation, status, headers, body));
                }
                if operation.name == "GetBucketLocation" && service.id == "s3" {
                    return Ok(location_of(&root));
                }
            }
            let message = rest::Message {
                labels: Default::default(),
                query: vec![],
                headers,
                status: Some(status),
                body,
                strict: false,
            };
            rest::read(service, r, &message, &Path::Root).map_err(fail)
        }
    }
}

fn is_stream(service: &Service, r: &Ref) -> bool {
    match &service.shape(r).kind {
        Kind::Structure(s) => s
            .payload
            .and_then(|name| s.members.get(name))
            .is_some_and(|m| matches!(service.shape(m).kind, Kind::Blob | Kind::String)),
        _ => false,
    }
}

/// GetBucketLocation's answer is the element that the model calls its member; us-east-1 is an empty one (Amazon S3 API
/// Reference, GetBucketLocation).
fn location_of(root: &xml_tree::Element) -> Value {
    let mut out = Map::new();
    let text = if root.text.trim().is_empty() { root.child_text("LocationConstraint") } else { &root.text };
    if !text.trim().is_empty() {
        out.insert("LocationConstraint".into(), text.trim().into());
    }
    Value::Object(out)
}

/// The root elements of S3's answers, which the model does not name (Amazon S3 API Reference, response syntax of each).
fn s3_root(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "CompleteMultipartUpload" => "CompleteMultipartUploadResult",
        "CreateMultipartUpload" => "InitiateMultipartUploadResult",
        "DeleteObjects" => "DeleteResult",
        "GetBucketAccelerateConfiguration" => "AccelerateConfiguration",
        "GetBucketAcl" | "GetObjectAcl" => "AccessControlPolicy",
        "GetBucketCors" => "CORSConfiguration",
        "GetBucketLifecycleConfiguration" => "LifecycleConfiguration",
        "GetBucketLogging" => "BucketLoggingStatus",
        "GetBucketNotificationConfiguration" => "NotificationConfiguration",
        "GetBucketRequestPayment" => "RequestPaymentConfiguration",
        "GetBucketTagging" | "GetObjectTagging" => "Tagging",
        "GetBucketVersioning" => "VersioningConfiguration",
        "GetBucketWebsite" => "WebsiteConfiguration",
        "GetObjectAttributes" => "GetObjectAttributesResponse",
        "ListBuckets" => "ListAllMyBucketsResult",
        "ListMultipartUploads" => "ListMultipartUploadsResult",
        "ListObjectVersions" => "ListVersionsResult",
        "ListObjects" | "ListObjectsV2" => "ListBucketResult",
        "ListParts" => "ListPartsResult",
        _ => return None,
    })
}

/// Writes an answer to one who speaks `protocol`, which a request has with it. The output must fit the model: what does not is an error here, not something for a client to trip
/// over.
pub fn encode_response(
    service: &Service,
    operation: &Operation,
    protocol: Protocol,
    output: &Value,
    request_id: &str,
) -> Result<Response<Bytes>, ApiError> {
    encode(service, operation, protocol, output, request_id).map_err(|m| ApiError::Encode {
        service: service.id.into(),
        operation: operation.name.into(),
        path: m.path,
        message: format!("(output) {}", m.message),
    })
}

fn encode(
    service: &Service,
    operation: &Operation,
    protocol: Protocol,
    output: &Value,
    request_id: &str,
) -> Result<Response<Bytes>, Misfit> {
    let empty = Value::Object(Map::new());
    let output = if output.is_null() { &empty } else { output };
    let mut status = operation.status;
    let mut headers = HeaderMap::new();
    let name = operation.name;
    if operation.output.is_none()
        && let Some((extra, _)) = output.as_object().and_then(|o| o.iter().next())
    {
        return Err(Path::Member(&Path::Root, extra).unknown());
    }
    let body: Bytes = match (protocol, &operation.output) {
        (Protocol::Ec2, r) => {
            content_type(&mut headers, "text/xml;charset=UTF-8");
            let mut xml = open_xml(service, &format!("{name}Response"), true);
            xml.push_str(&format!("<requestId>{request_id}</requestId>"));
            match r {
                Some(r) => xml::write_content(service, r, output, &Path::Root, &mut xml)?,
                // Calls that give nothing back say so (Amazon EC2 API Reference, "Response elements" of each).
                None => xml.push_str("<return>true</return>"),
            }
            xml.push_str(&format!("</{name}Response>"));
            xml.into()
        }
        (Protocol::Query, r) => {
            content_type(&mut headers, "text/xml");
            let mut xml = open_xml(service, &format!("{name}Response"), false);
            if let Some(r) = r {
                let wrapper = r.result_wrapper.map_or_else(|| format!("{name}Result"), String::from);
                xml.push_str(&format!("<{wrapper}>"));
                xml::write_content(service, r, output, &Path::Root, &mut xml)?;
                xml.push_str(&format!("</{wrapper}>"));
            }
            xml.push_str(&format!(
                "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"
            ));
            xml.into()
        }
        (Protocol::Json, r) => {
            content_type(&mut headers, &format!("application/x-amz-json-{}", service.json_version));
            match r {
                Some(r) => json::write(service, r, output, &Path::Root)?.to_string().into(),
                None => Bytes::new(),
            }
        }
        (Protocol::RestXml, Some(_)) if name == "GetBucketLocation" => {
            content_type(&mut headers, "application/xml");
            let mut xml = open_xml(service, "LocationConstraint", true);
            if let Some(extra) = output.as_object().and_then(|o| o.keys().find(|k| *k != "LocationConstraint")) {
                return Err(Path::Member(&Path::Root, extra).unknown());
            }
            xml_tree::escape(output["LocationConstraint"].as_str().unwrap_or_default(), &mut xml);
            xml.push_str("</LocationConstraint>");
            xml.into()
        }
        (Protocol::RestJson | Protocol::RestXml, Some(r)) => {
            let root = s3_root(name).or(r.location_name).unwrap_or(service.shape(r).name);
            let parts = rest::write(service, r, output, root, &Path::Root)?;
            status = parts.status.unwrap_or(status);
            headers = parts.headers;
            parts.body
        }
        (Protocol::RestJson | Protocol::RestXml, None) => Bytes::new(),
    };
    request_id_headers(service, request_id, &mut headers);
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    *response.headers_mut() = headers;
    Ok(response)
}

fn open_xml(service: &Service, root: &str, slash: bool) -> String {
    let mut ns = service.xml_namespace.unwrap_or_default().to_string();
    // EC2's namespace ends with a slash on the wire, though not in its model.
    if slash && !ns.ends_with('/') {
        ns.push('/');
    }
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{ns}\">")
}

fn content_type(headers: &mut HeaderMap, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(http::header::CONTENT_TYPE, value);
    }
}

/// The headers in which services tell their request id.
pub(super) fn request_id_headers(service: &Service, request_id: &str, headers: &mut HeaderMap) {
    let Ok(value) = HeaderValue::from_str(request_id) else { return };
    if service.id == "s3" {
        headers.insert(HeaderName::from_static("x-amz-request-id"), value.clone());
        headers.insert(HeaderName::from_static("x-amz-id-2"), value);
    } else {
        headers.insert(HeaderName::from_static("x-amzn-requestid"), value);
    }
}
