//! Error answers, in each service's own format.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::response::request_id_headers;
use super::xml_tree::{self, escape};
use crate::ApiError;
use crate::model::{Operation, Protocol, Service};

/// Writes an error answer as the service would to one who speaks `protocol`. `head` leaves the body out, as HTTP wants it
/// for HEAD.
pub fn encode_error(
    service: &Service,
    protocol: Protocol,
    status: u16,
    code: &str,
    message: &str,
    request_id: &str,
    head: bool,
) -> Response<Bytes> {
    let text = |text: &str| {
        let mut out = String::new();
        escape(text, &mut out);
        out
    };
    let (code_xml, message_xml) = (text(code), text(message));
    let start = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    let fault = if status < 500 { "Sender" } else { "Receiver" };
    let (content_type, body) = match protocol {
        Protocol::Ec2 => (
            "text/xml;charset=UTF-8".to_string(),
            format!(
                "{start}<Response><Errors><Error><Code>{code_xml}</Code><Message>{message_xml}</Message></Error></Errors>\
                 <RequestID>{request_id}</RequestID></Response>"
            ),
        ),
        Protocol::Query => {
            let ns = service.xml_namespace.unwrap_or_default();
            (
                "text/xml".to_string(),
                format!(
                    "{start}<ErrorResponse xmlns=\"{ns}\"><Error><Type>{fault}</Type><Code>{code_xml}</Code>\
                     <Message>{message_xml}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
                ),
            )
        }
        Protocol::Json => (
            format!("application/x-amz-json-{}", service.json_version),
            json!({ "__type": code, "message": message }).to_string(),
        ),
        Protocol::RestJson => ("application/json".to_string(), json!({ "message": message }).to_string()),
        Protocol::RestXml => (
            "application/xml".to_string(),
            format!(
                "{start}<Error><Code>{code_xml}</Code><Message>{message_xml}</Message>\
                 <RequestId>{request_id}</RequestId><HostId>{request_id}</HostId></Error>"
            ),
        ),
    };
    let mut response = Response::new(if head { Bytes::new() } else { body.into() });
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&content_type) {
        headers.insert(http::header::CONTENT_TYPE, value);
    }
    if matches!(protocol, Protocol::Json | Protocol::RestJson)
        && let Ok(value) = HeaderValue::from_str(code)
    {
        headers.insert(HeaderName::from_static("x-amzn-errortype"), value);
    }
    // Clients of a service that once took forms know its errors by the codes of that time.
    // https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
    if protocol == Protocol::Json
        && service.protocol == Protocol::Query
        && let Ok(value) = HeaderValue::from_str(&format!("{code};{fault}"))
    {
        headers.insert(HeaderName::from_static("x-amzn-query-error"), value);
    }
    request_id_headers(service, request_id, headers);
    response
}

/// Reads an error answer. One without a body or with a body of another kind gives a code made of the status.
pub(super) fn decode(
    service: &Service,
    operation: &Operation,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> ApiError {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let (mut code, mut message, mut request_id) = match service.protocol {
        Protocol::Json | Protocol::RestJson => decode_json(body),
        _ => decode_xml(body),
    };
    let error_type = header("x-amzn-errortype");
    if !error_type.is_empty() {
        code = error_type.to_string();
    }
    // The code of query times, for services that moved on from it.
    if let Some((compatible, _)) = header("x-amzn-query-error").split_once(';') {
        code = compatible.to_string();
    }
    // "com.amazonaws.logs#ResourceNotFoundException:http://..." is "ResourceNotFoundException".
    if matches!(service.protocol, Protocol::Json | Protocol::RestJson) {
        let name = code.split(':').next().unwrap_or_default();
        code = name.rsplit('#').next().unwrap_or_default().to_string();
    }
    if code.is_empty() {
        code = code_of_status(status).to_string();
        if message.is_empty() && !body.is_empty() && !looks_like_markup(body) {
            message = String::from_utf8_lossy(&body[..body.len().min(300)]).trim().to_string();
        }
    }
    if request_id.is_empty() {
        let ids = ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"];
        request_id = ids.iter().map(|n| header(n)).find(|v| !v.is_empty()).unwrap_or_default().to_string();
    }
    if let Some(region) =
        Some(header("x-amz-bucket-region")).filter(|r| !r.is_empty() && matches!(status, 301 | 307 | 400))
    {
        message = format!("{message} (the bucket is in {region})").trim().to_string();
    }
    ApiError::Service {
        service: service.id.into(),
        operation: operation.name.into(),
        status,
        code,
        message,
        request_id,
    }
}

fn looks_like_markup(body: &[u8]) -> bool {
    body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<')
}

/// As S3 means them in answers to HEAD, which have no body (Amazon S3 API Reference, "Error responses").
fn code_of_status(status: u16) -> &'static str {
    match status {
        301 | 302 | 307 | 308 => "PermanentRedirect",
        304 => "NotModified",
        400 => "BadRequest",
        401 | 403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        409 => "Conflict",
        412 => "PreconditionFailed",
        429 => "TooManyRequests",
        501 => "NotImplemented",
        503 => "ServiceUnavailable",
        500.. => "InternalError",
        _ => "UnexpectedAnswer",
    }
}

fn decode_xml(body: &[u8]) -> (String, String, String) {
    let Ok(root) = xml_tree::parse(body) else { return Default::default() };
    let error = root.find("Error").unwrap_or(&root);
    let id = ["RequestId", "RequestID", "requestId"].iter().find_map(|n| root.find(n)).map(|e| e.text.clone());
    let message = error.child("Message").or(error.child("message")).map_or("", |e| e.text.as_str());
    (error.child_text("Code").trim().to_string(), message.trim().to_string(), id.unwrap_or_default())
}

fn decode_json(body: &[u8]) -> (String, String, String) {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return Default::default() };
    let text = |keys: &[&str]| keys.iter().find_map(|k| body[*k].as_str()).unwrap_or_default().to_string();
    (text(&["__type", "code", "Code"]), text(&["message", "Message", "errorMessage"]), String::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::service;

    #[test]
    fn every_format_reads_back() {
        for (id, operation) in [
            ("ec2", "DescribeVpcs"),
            ("iam", "GetRole"),
            ("logs", "CreateLogGroup"),
            ("s3", "GetObject"),
            ("eks", "ListClusters"),
        ] {
            let service = service(id).unwrap();
            let operation = service.operation(operation).unwrap();
            let wire = encode_error(service, service.protocol, 409, "Some.Code", "a <b> & \"c\"", "id-1", false);
            let error = decode(service, operation, 409, wire.headers(), wire.body());
            let ApiError::Service { code, message, request_id, status, .. } = error else { panic!("{error}") };
            assert_eq!(
                (code.as_str(), message.as_str(), request_id.as_str(), status),
                ("Some.Code", "a <b> & \"c\"", "id-1", 409)
            );
        }
    }

    #[test]
    fn head_answers_have_the_code_of_their_status() {
        let s3 = service("s3").unwrap();
        let operation = s3.operation("HeadObject").unwrap();
        let wire = encode_error(s3, s3.protocol, 404, "NoSuchKey", "no", "id-1", true);
        assert!(wire.body().is_empty());
        let error = decode(s3, operation, 404, wire.headers(), wire.body());
        assert_eq!(error.code(), Some("NotFound"));
    }

    #[test]
    fn json_names_are_stripped() {
        let logs = service("logs").unwrap();
        let operation = logs.operation("CreateLogGroup").unwrap();
        let body = br#"{"__type":"com.amazonaws.logs#ResourceAlreadyExistsException","Message":"there"}"#;
        let error = decode(logs, operation, 400, &HeaderMap::new(), body);
        assert!(error.is(&["ResourceAlreadyExistsException"]), "{error}");
        assert_eq!(error.message(), Some("there"));
    }
}
