//! Lists of objects and of their versions.

use serde_json::{Value, json};

use super::object::current;
use super::{bucket, canonical_id, objects};
use crate::context::Ctx;
use crate::document::{items, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("ListObjectsV2", list_v2), ("ListObjects", list_v1), ("ListObjectVersions", list_versions)];

/// The request's parts that all lists have.
struct Wanted<'a> {
    prefix: &'a str,
    delimiter: &'a str,
    max: usize,
    url: bool,
}

impl<'a> Wanted<'a> {
    fn read(input: &Input<'a>) -> Result<Self, AwsError> {
        input.accept(&["RequestPayer"]);
        input.refuse(&["OptionalObjectAttributes"])?;
        let max = usize::try_from(input.opt_int("MaxKeys")?.unwrap_or(1000))
            .map_err(|_| input.invalid("Argument maxKeys must be an integer between 0 and 2147483647"))?;
        Ok(Self {
            prefix: input.filled("Prefix")?.unwrap_or(""),
            delimiter: input.filled("Delimiter")?.unwrap_or(""),
            max: max.min(1000),
            url: input.filled("EncodingType")?.is_some_and(|e| e == "url"),
        })
    }

    /// The common prefix a key falls under.
    fn common(&self, key: &str) -> Option<String> {
        if self.delimiter.is_empty() {
            return None;
        }
        let rest = &key[self.prefix.len()..];
        rest.find(self.delimiter).map(|at| key[..self.prefix.len() + at + self.delimiter.len()].to_owned())
    }

    /// A key as the answer has it: percent-encoded where the request says so.
    fn show(&self, key: &str) -> String {
        if !self.url {
            return key.to_owned();
        }
        let mut out = String::with_capacity(key.len());
        for b in key.bytes() {
            if b.is_ascii_alphanumeric() || b"-_.*/".contains(&b) {
                out.push(char::from(b));
            } else {
                out.push_str(&format!("%{b:02X}"));
            }
        }
        out
    }

    fn finish(&self, out: &mut Value, bucket: &Value, common: &[String]) {
        set(out, "Name", bucket["Name"].clone());
        set(out, "Prefix", self.show(self.prefix));
        if !self.delimiter.is_empty() {
            set(out, "Delimiter", self.show(self.delimiter));
        }
        set(out, "MaxKeys", self.max);
        if self.url {
            set(out, "EncodingType", "url");
        }
        if !common.is_empty() {
            let list: Vec<Value> = common.iter().map(|p| json!({"Prefix": self.show(p)})).collect();
            set(out, "CommonPrefixes", list);
        }
    }
}

fn entry(wanted: &Wanted, key: &str, version: &Value) -> Value {
    json!({
        "Key": wanted.show(key),
        "LastModified": version["LastModified"],
        "ETag": version["ETag"],
        "Size": version["ContentLength"],
        "StorageClass": version["StorageClass"].as_str().unwrap_or("STANDARD"),
    })
}

/// One page of current objects after a key: entries, common prefixes, and the last key or prefix when there are more.
fn page(ctx: &Ctx, bucket: &Value, wanted: &Wanted, after: &str) -> (Vec<Value>, Vec<String>, Option<String>) {
    let (mut contents, mut common) = (Vec::new(), Vec::<String>::new());
    let mut last = String::new();
    for (key, row) in ctx.store.rows(&objects(text(bucket, "Name"))) {
        let skip = !key.starts_with(wanted.prefix) || key.as_str() <= after;
        let Some(version) = current(Some(row)).filter(|_| !skip) else { continue };
        let group = wanted.common(key);
        if group.as_deref().is_some_and(|g| g == after || common.last().is_some_and(|c| c == g)) {
            continue;
        }
        if contents.len() + common.len() == wanted.max {
            return (contents, common, Some(last));
        }
        match group {
            Some(g) => {
                last.clone_from(&g);
                common.push(g);
            }
            None => {
                last.clone_from(key);
                contents.push(entry(wanted, key, version));
            }
        }
    }
    (contents, common, None)
}

fn list_v2(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = bucket(ctx, input)?;
    let wanted = Wanted::read(input)?;
    let start = input.filled("StartAfter")?;
    let token = input.filled("ContinuationToken")?;
    let owner = input.flag("FetchOwner")?;
    let after = match token {
        None => start.unwrap_or("").to_owned(),
        Some(t) => t
            .strip_prefix("after-")
            .map(super::percent_decode)
            .ok_or_else(|| input.invalid("The continuation token provided is incorrect"))?,
    };
    let (mut contents, common, next) = page(ctx, &doc, &wanted, &after);
    if owner {
        contents.iter_mut().for_each(|c| set(c, "Owner", json!({"ID": canonical_id(&ctx.account)})));
    }
    let mut out = json!({"IsTruncated": next.is_some(), "KeyCount": contents.len() + common.len()});
    if !contents.is_empty() {
        set(&mut out, "Contents", contents);
    }
    wanted.finish(&mut out, &doc, &common);
    set_some(&mut out, "ContinuationToken", token);
    set_some(&mut out, "StartAfter", start.map(|s| wanted.show(s)));
    let encode = Wanted { url: true, ..wanted };
    set_some(&mut out, "NextContinuationToken", next.map(|n| format!("after-{}", encode.show(&n))));
    Ok(out)
}

fn list_v1(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = bucket(ctx, input)?;
    let wanted = Wanted::read(input)?;
    let marker = input.filled("Marker")?.unwrap_or("");
    let (mut contents, common, next) = page(ctx, &doc, &wanted, marker);
    contents.iter_mut().for_each(|c| set(c, "Owner", json!({"ID": canonical_id(&ctx.account)})));
    let mut out = json!({"IsTruncated": next.is_some(), "Marker": wanted.show(marker)});
    if !contents.is_empty() {
        set(&mut out, "Contents", contents);
    }
    wanted.finish(&mut out, &doc, &common);
    if !wanted.delimiter.is_empty() {
        set_some(&mut out, "NextMarker", next.map(|n| wanted.show(&n)));
    }
    Ok(out)
}

fn list_versions(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = bucket(ctx, input)?;
    let wanted = Wanted::read(input)?;
    if !wanted.delimiter.is_empty() {
        return Err(AwsError::not_implemented("the parameter Delimiter of ListObjectVersions"));
    }
    let (key_marker, id_marker) =
        (input.filled("KeyMarker")?.unwrap_or(""), input.filled("VersionIdMarker")?.unwrap_or(""));
    let owner = json!({"ID": canonical_id(&ctx.account)});
    let (mut versions, mut markers) = (Vec::new(), Vec::new());
    let mut last: Option<(String, String)> = None;
    let mut more = false;
    'keys: for (key, row) in ctx.store.rows(&objects(text(&doc, "Name"))) {
        if !key.starts_with(wanted.prefix) || key.as_str() < key_marker {
            continue;
        }
        let mut passed = key != key_marker;
        if !passed && id_marker.is_empty() {
            continue;
        }
        for (n, v) in items(row, "versions").iter().enumerate() {
            if !passed {
                passed = text(v, "VersionId") == id_marker;
                continue;
            }
            if versions.len() + markers.len() == wanted.max {
                more = true;
                break 'keys;
            }
            let marker = v["_marker"] == true;
            let mut e = if marker {
                json!({"Key": wanted.show(key), "LastModified": v["LastModified"]})
            } else {
                entry(&wanted, key, v)
            };
            set(&mut e, "VersionId", v["VersionId"].clone());
            set(&mut e, "IsLatest", n == 0);
            set(&mut e, "Owner", owner.clone());
            if marker {
                markers.push(e)
            } else {
                versions.push(e)
            }
            last = Some((key.clone(), text(v, "VersionId").to_owned()));
        }
    }
    let mut out = json!({
        "IsTruncated": more, "KeyMarker": wanted.show(key_marker), "VersionIdMarker": id_marker,
    });
    if !versions.is_empty() {
        set(&mut out, "Versions", versions);
    }
    if !markers.is_empty() {
        set(&mut out, "DeleteMarkers", markers);
    }
    wanted.finish(&mut out, &doc, &[]);
    if let Some((key, id)) = last.filter(|_| more) {
        set(&mut out, "NextKeyMarker", wanted.show(&key));
        set(&mut out, "NextVersionIdMarker", id);
    }
    Ok(out)
}
