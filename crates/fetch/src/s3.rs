//! Objects in S3, through `craton-aws-api`: the usual credentials, regions and endpoints.

use crate::source::S3Source;
use crate::web::WebError;
use base64::Engine as _;
use craton_aws_api::{ApiError, Client, ClientOptions, CredentialsSource, Paging};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write as _;
use std::path::{Component, Path};

/// Objects come in pieces of this many bytes, so that none has to fit into memory.
const PIECE: u64 = 16 << 20;

/// An object as a listing or its head tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) key: String,
    pub(crate) etag: String,
    pub(crate) size: u64,
}

/// A client for a source: what all clients begin from, with what the address says.
pub(crate) fn client(source: &S3Source, mut options: ClientOptions) -> Client {
    options.region = source.region.clone().or(options.region).or_else(|| Some("us-east-1".into()));
    options.profile = source.profile.clone().or(options.profile);
    if let Some((access_key_id, secret_access_key, session_token)) = source.credentials.clone() {
        options.credentials = CredentialsSource::Static { access_key_id, secret_access_key, session_token };
    }
    if let Some(endpoint) = &source.endpoint {
        options.endpoints.explicit.insert("s3".into(), endpoint.clone());
        options.endpoints.s3_path_style = true;
    }
    Client::new(options)
}

fn why(source: &S3Source, e: &ApiError) -> WebError {
    let place = format!("s3://{}/{}", source.bucket, source.key);
    match e {
        ApiError::Unreachable { .. } => WebError::Unreachable(format!("{place}: {e}")),
        e if e.status().is_some_and(|s| s >= 500) => WebError::Unreachable(format!("{place}: {e}")),
        e => WebError::Refused(format!("{place}: {e}")),
    }
}

/// The object that the address names.
pub(crate) async fn head(client: &Client, source: &S3Source) -> Result<Object, WebError> {
    let mut input = json!({"Bucket": source.bucket, "Key": source.key});
    if let Some(version) = &source.version_id {
        input["VersionId"] = json!(version);
    }
    let head = client.call("s3", "HeadObject", input).await.map_err(|e| match e.status() {
        // An answer without a body, so without a reason.
        Some(404) => WebError::Refused(format!("the bucket {} has no object {}", source.bucket, source.key)),
        _ => why(source, &e),
    })?;
    Ok(Object {
        key: source.key.clone(),
        etag: head["ETag"].as_str().unwrap_or_default().to_owned(),
        size: head["ContentLength"].as_u64().unwrap_or(0),
    })
}

/// The objects below the key, in order.
pub(crate) async fn list(client: &Client, source: &S3Source, most: usize) -> Result<Vec<Object>, WebError> {
    let input = json!({"Bucket": source.bucket, "Prefix": format!("{}/", source.key)});
    let paging = Paging { items: "Contents", output_token: "NextContinuationToken", input_token: "ContinuationToken" };
    let found = client.call_all("s3", "ListObjectsV2", input, paging).await.map_err(|e| why(source, &e))?;
    let text = |o: &Value, name: &str| o[name].as_str().unwrap_or_default().to_owned();
    let objects: Vec<Object> = found
        .iter()
        .map(|o| Object { key: text(o, "Key"), etag: text(o, "ETag"), size: o["Size"].as_u64().unwrap_or(0) })
        // Consoles make an object for a folder.
        .filter(|o| !o.key.ends_with('/'))
        .collect();
    if objects.is_empty() {
        let text = format!(
            "the bucket {} has nothing below {}/, and {} is no archive by its name (archive=zip says that it is one)",
            source.bucket, source.key, source.key
        );
        return Err(WebError::Refused(text));
    }
    if objects.len() > most {
        return Err(WebError::Refused(format!("there are more than {most} objects below {}/", source.key)));
    }
    Ok(objects)
}

/// Brings an object to a file; it is an error if it is replaced meanwhile.
pub(crate) async fn download(
    client: &Client,
    source: &S3Source,
    object: &Object,
    file: &mut File,
) -> Result<(), WebError> {
    let mut from = 0;
    while from < object.size {
        let to = (from + PIECE).min(object.size);
        let mut input = json!({"Bucket": source.bucket, "Key": object.key, "IfMatch": object.etag});
        if object.size > PIECE {
            input["Range"] = json!(format!("bytes={from}-{}", to - 1));
        }
        if let Some(version) = &source.version_id {
            input["VersionId"] = json!(version);
        }
        let got = client.call("s3", "GetObject", input).await.map_err(|e| why(source, &e))?;
        let body = base64::engine::general_purpose::STANDARD.decode(got["Body"].as_str().unwrap_or_default());
        let body = body.map_err(|e| WebError::Refused(format!("{}: {e}", object.key)))?;
        if body.len() as u64 != to - from {
            let text =
                format!("s3://{}/{}: {} bytes came instead of {}", source.bucket, object.key, body.len(), to - from);
            return Err(WebError::Unreachable(text));
        }
        file.write_all(&body).map_err(|e| WebError::Refused(format!("it cannot be written to disk: {e}")))?;
        from = to;
    }
    Ok(())
}

/// Where an object below the source's key goes in a folder.
pub(crate) fn place(source: &S3Source, object: &Object) -> Result<std::path::PathBuf, WebError> {
    let inside = object.key.strip_prefix(&format!("{}/", source.key)).unwrap_or(&object.key);
    let path = Path::new(inside);
    if inside.is_empty()
        || inside.contains(['\\', '\0'])
        || path.components().any(|c| !matches!(c, Component::Normal(_)))
    {
        return Err(WebError::Refused(format!("the key {:?} cannot be the name of a file", object.key)));
    }
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn keys_that_are_no_names_of_files() {
        let Source::S3(source) = Source::parse("s3::https://s3.amazonaws.com/b/modules/vpc").unwrap() else { panic!() };
        let at = |key: &str| place(&source, &Object { key: key.into(), etag: String::new(), size: 0 });
        assert_eq!(at("modules/vpc/a/main.tf").unwrap(), Path::new("a/main.tf"));
        for bad in ["modules/vpc/../../evil", "modules/vpc//etc/x", "modules/vpc/", "modules/vpc/..\\x"] {
            assert!(at(bad).is_err(), "{bad}");
        }
    }
}
