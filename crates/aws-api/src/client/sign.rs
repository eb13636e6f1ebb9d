//! Signature version 4.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningParams,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use http::Request;

use crate::ApiError;
use crate::model::Service;

/// Adds the signature's headers.
pub(super) fn sign_request(
    request: &mut Request<Bytes>,
    service: &Service,
    region: &str,
    credentials: &Credentials,
    now: SystemTime,
) -> Result<(), ApiError> {
    let mut settings = SigningSettings::default();
    if service.id == "s3" {
        // S3 takes keys as they are: encoded once, dots and double slashes kept, and wants the body's hash in a header.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let identity = credentials.clone().into();
    let params = params(&identity, service, region, now, settings)?;
    let uri = request.uri().to_string();
    let mut headers = Vec::with_capacity(request.headers().len());
    for (name, value) in request.headers() {
        let value = std::str::from_utf8(value.as_bytes()).map_err(|e| fail(&e))?;
        headers.push((name.as_str(), value));
    }
    let signable =
        SignableRequest::new(request.method().as_str(), uri, headers.into_iter(), SignableBody::Bytes(request.body()))
            .map_err(|e| fail(&e))?;
    let (instructions, _) = sign(signable, &params).map_err(|e| fail(&e))?.into_parts();
    instructions.apply_to_request_http1x(request);
    Ok(())
}

/// The address of a request that anybody may send for a minute as whoever has these credentials, with headers that
/// they must send along.
pub(super) fn presign(
    url: &str,
    headers: &[(&str, &str)],
    service: &Service,
    region: &str,
    credentials: &Credentials,
    now: SystemTime,
) -> Result<String, ApiError> {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(60));
    let identity = credentials.clone().into();
    let params = params(&identity, service, region, now, settings)?;
    let signable =
        SignableRequest::new("GET", url, headers.iter().copied(), SignableBody::Bytes(&[])).map_err(|e| fail(&e))?;
    let (instructions, _) = sign(signable, &params).map_err(|e| fail(&e))?.into_parts();
    let mut request = Request::get(url).body(Bytes::new()).map_err(|e| fail(&e))?;
    instructions.apply_to_request_http1x(&mut request);
    Ok(request.uri().to_string())
}

fn params<'a>(
    identity: &'a Identity,
    service: &'a Service,
    region: &'a str,
    now: SystemTime,
    settings: SigningSettings,
) -> Result<SigningParams<'a>, ApiError> {
    let params = v4::SigningParams::builder()
        .identity(identity)
        .region(region)
        .name(service.signing_name)
        .time(now)
        .settings(settings)
        .build();
    Ok(params.map_err(|e| fail(&e))?.into())
}

fn fail(e: &dyn std::fmt::Display) -> ApiError {
    ApiError::Credentials(format!("The request cannot be signed: {e}."))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::service;

    #[test]
    fn scope_names_service_and_region_and_secrets_stay() {
        let mut request = Request::post("https://ec2.eu-west-1.amazonaws.com/").body(Bytes::from("Action=X")).unwrap();
        let credentials = Credentials::new("AKID", "very-secret", Some("token".into()), None, "test");
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        sign_request(&mut request, service("ec2").unwrap(), "eu-west-1", &credentials, now).unwrap();
        let headers = format!("{:?}", request.headers());
        assert!(headers.contains("Credential=AKID/20231114/eu-west-1/ec2/aws4_request"), "{headers}");
        assert!(headers.contains("x-amz-security-token"));
        assert!(!headers.contains("very-secret"));
    }

    #[test]
    fn a_signed_address_names_its_headers_and_ends() {
        let credentials = Credentials::new("AKID", "very-secret", None, None, "test");
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let url = "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15";
        let sts = service("sts").unwrap();
        let signed = presign(url, &[("x-k8s-aws-id", "c")], sts, "eu-west-1", &credentials, now).unwrap();
        assert!(signed.starts_with(url), "{signed}");
        assert!(
            signed.contains("X-Amz-Expires=60") && signed.contains("SignedHeaders=host%3Bx-k8s-aws-id"),
            "{signed}"
        );
        assert!(signed.contains("X-Amz-Signature=") && !signed.contains("very-secret"));
    }
}
