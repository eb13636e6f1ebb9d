//! Addresses of objects in S3 (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>).

use super::{Query, S3Source, decode_percent};
use crate::archive::Kind;

/// Reads what follows `s3::`. `address` is the whole in full form, `url` the same without `//folder`.
pub(super) fn parse(address: &str, url: &str, subdir: Option<String>) -> Result<S3Source, String> {
    let form = "an S3 address has the form s3::https://s3-REGION.amazonaws.com/BUCKET/KEY";
    let (main, mut query) = Query::split(url);
    let (scheme, rest) = main.split_once("://").ok_or_else(|| form.to_owned())?;
    if !matches!(scheme, "http" | "https") {
        return Err(form.into());
    }
    let (host, path) = rest.split_once('/').ok_or_else(|| form.to_owned())?;
    let (bucket, region) = match amazon(host) {
        Some((bucket, region)) => (bucket, region),
        None => (None, None),
    };
    let endpoint = amazon(host).is_none().then(|| format!("{scheme}://{host}"));
    let (bucket, key) = match bucket {
        Some(bucket) => (bucket, path),
        None => path.split_once('/').map(|(b, k)| (b.to_owned(), k)).ok_or_else(|| form.to_owned())?,
    };
    let key = decode_percent(key.trim_matches('/'));
    if bucket.is_empty() || key.is_empty() {
        return Err(form.into());
    }
    let id = query.take("aws_access_key_id");
    let secret = query.take("aws_access_key_secret");
    let token = query.take("aws_access_token");
    Ok(S3Source {
        endpoint,
        region: query.take("region").or(region),
        version_id: query.take("version"),
        profile: query.take("aws_profile"),
        credentials: id.zip(secret).map(|(id, secret)| (id, secret, token)),
        archive: Kind::named(query.take("archive").as_deref(), &key)?,
        checksum: query.take("checksum"),
        bucket,
        key,
        subdir,
        address: address.to_owned(),
    })
}

/// Bucket and region that one of Amazon's host names holds; `None` if it is not one of them.
pub(super) fn amazon(host: &str) -> Option<(Option<String>, Option<String>)> {
    let host = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    let parts: Vec<&str> = host.split('.').collect();
    let (at, mut region) = parts.iter().enumerate().rev().find_map(|(i, p)| match p.strip_prefix("s3") {
        Some("") => Some((i, None)),
        Some(rest) => rest.strip_prefix('-').map(|r| (i, Some(r.to_owned()))),
        None => None,
    })?;
    match &parts[at + 1..] {
        [] => {}
        [own] => region = Some((*own).to_owned()),
        _ => return None,
    }
    let bucket = parts[..at].join(".");
    Some(((!bucket.is_empty()).then_some(bucket), region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_tell_bucket_and_region() {
        for (host, bucket, region) in [
            ("s3.amazonaws.com", None, None),
            ("s3-eu-west-1.amazonaws.com", None, Some("eu-west-1")),
            ("s3.eu-west-1.amazonaws.com", None, Some("eu-west-1")),
            ("my.modules.s3.amazonaws.com", Some("my.modules"), None),
            ("modules.s3-eu-west-1.amazonaws.com", Some("modules"), Some("eu-west-1")),
            ("modules.s3.eu-west-1.amazonaws.com", Some("modules"), Some("eu-west-1")),
        ] {
            let (found, at) = amazon(host).unwrap();
            assert_eq!((found.as_deref(), at.as_deref()), (bucket, region), "{host}");
        }
        assert_eq!(amazon("minio.example.com"), None);
        assert_eq!(amazon("ec2.amazonaws.com"), None);
    }
}
