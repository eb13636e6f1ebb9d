//! Settings that types of their own put and that a bucket shows in the words of its deprecated arguments: its website, its
//! replication, its object lock.

use serde_json::{Value as Json, json};

use crate::doc;
use crate::tags::{Tags, of_document};

fn part<'a>(v: &'a Json, name: &str) -> Option<&'a Json> {
    v.get(name).filter(|v| !v.is_null())
}

/// A list of at most one block.
fn one(v: Option<Json>) -> Json {
    Json::Array(v.into_iter().collect())
}

/// Where all requests go: the host alone, or with a protocol as a URL.
fn elsewhere(to: &Json) -> String {
    let (host, protocol) = (doc::text(to, "HostName"), doc::text(to, "Protocol"));
    match protocol.is_empty() {
        true => host,
        false => format!("{protocol}://{host}"),
    }
}

/// A website as the argument `website` has it.
pub fn website(site: Option<&Json>) -> Json {
    let block = site.map(|site| {
        let rules = part(site, "RoutingRules").filter(|r| r.as_array().is_some_and(|r| !r.is_empty()));
        json!({
            "index_document": doc::text(site, "IndexDocument.Suffix"),
            "error_document": doc::text(site, "ErrorDocument.Key"),
            "redirect_all_requests_to": part(site, "RedirectAllRequestsTo").map(elsewhere).unwrap_or_default(),
            "routing_rules": rules.map(|r| crate::json::normal(&r.to_string())).unwrap_or_default(),
        })
    });
    one(block)
}

fn filter(filter: &Json) -> Json {
    let of = part(filter, "And").unwrap_or(filter);
    let tags = match (part(of, "Tags"), part(of, "Tag")) {
        (Some(tags), _) => of_document(tags),
        (None, Some(tag)) => of_document(&json!([tag])),
        (None, None) => Tags::new(),
    };
    json!({"prefix": doc::text(of, "Prefix"), "tags": tags})
}

fn destination(to: &Json) -> Json {
    let minutes = |v: &Json, path: &str| json!({"minutes": doc::at(v, path), "status": doc::text(v, "Status")});
    json!({
        "access_control_translation":
            one(part(to, "AccessControlTranslation").map(|t| json!({"owner": doc::text(t, "Owner")}))),
        "account_id": doc::text(to, "Account"),
        "bucket": doc::text(to, "Bucket"),
        "metrics": one(part(to, "Metrics").map(|m| minutes(m, "EventThreshold.Minutes"))),
        "replica_kms_key_id": doc::text(to, "EncryptionConfiguration.ReplicaKmsKeyID"),
        "replication_time": one(part(to, "ReplicationTime").map(|t| minutes(t, "Time.Minutes"))),
        "storage_class": doc::text(to, "StorageClass"),
    })
}

fn replication_rule(rule: &Json) -> Json {
    let markers = doc::text(rule, "DeleteMarkerReplication.Status");
    let objects = doc::at(rule, "SourceSelectionCriteria.SseKmsEncryptedObjects");
    let objects = objects.map(|o| json!({"enabled": doc::text(&o, "Status") == "Enabled"}));
    let criteria = part(rule, "SourceSelectionCriteria").map(|_| json!({"sse_kms_encrypted_objects": one(objects)}));
    json!({
        "delete_marker_replication_status": if markers == "Enabled" { markers.as_str() } else { "" },
        "destination": one(part(rule, "Destination").map(destination)),
        "filter": one(part(rule, "Filter").map(filter)),
        "id": doc::text(rule, "ID"),
        "prefix": doc::text(rule, "Prefix"),
        "priority": doc::at(rule, "Priority").unwrap_or_else(|| json!(0)),
        "source_selection_criteria": one(criteria),
        "status": doc::text(rule, "Status"),
    })
}

/// Replication as the argument `replication_configuration` has it.
pub fn replication(found: Option<&Json>) -> Json {
    let block = found.and_then(|f| part(f, "ReplicationConfiguration")).map(|r| {
        let rules: Json = doc::items(r, "Rules").iter().map(replication_rule).collect();
        json!({"role": doc::text(r, "Role"), "rules": rules})
    });
    one(block)
}

/// Object lock as the argument `object_lock_configuration` has it.
pub fn object_lock(lock: Option<&Json>) -> Json {
    let block = lock.map(|lock| {
        let rule = part(lock, "Rule").and_then(|r| part(r, "DefaultRetention")).map(|r| {
            let number = |path: &str| doc::at(r, path).unwrap_or_else(|| json!(0));
            json!({"default_retention": [
                {"days": number("Days"), "mode": doc::text(r, "Mode"), "years": number("Years")},
            ]})
        });
        json!({"object_lock_enabled": doc::text(lock, "ObjectLockEnabled"), "rule": one(rule)})
    });
    one(block)
}
