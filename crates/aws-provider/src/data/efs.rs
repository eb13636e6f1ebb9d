//! `aws_efs_file_system`.

use serde_json::{Value as Json, json};

use super::network::set_tags;
use super::{DataSource, data, exactly_one};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;
use crate::tags::{of_document, of_value};

const LIFECYCLE_POLICY: Kind = Kind::Object(&[
    string("transition_to_archive").zero(),
    string("transition_to_ia").from("TransitionToIA").zero(),
    string("transition_to_primary_storage_class").zero(),
]);

const PROTECTION: Kind = Kind::Object(&[string("replication_overwrite").from("ReplicationOverwriteProtection")]);

/// `aws_efs_file_system` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/efs_file_system>).
pub static FILE_SYSTEM: DataSource = data(
    "aws_efs_file_system",
    &[
        string("arn").computed().from("FileSystemArn"),
        string("availability_zone_id").computed().zero(),
        string("availability_zone_name").computed().zero(),
        string("creation_token").optional_computed().check(&[Check::Length(0, 64)]),
        string("dns_name").computed().unread(),
        boolean("encrypted").computed().zero(),
        string("file_system_id").optional_computed(),
        string("kms_key_id").computed().zero(),
        list("lifecycle_policy", &LIFECYCLE_POLICY).computed().unread(),
        string("name").computed().zero(),
        string("performance_mode").computed(),
        list("protection", &PROTECTION).computed().from("FileSystemProtection"),
        float("provisioned_throughput_in_mibps").computed().zero(),
        int("size_in_bytes").computed().from("SizeInBytes.Value"),
        map("tags", &Kind::String).optional_computed().unread(),
        string("throughput_mode").computed(),
    ],
    file_system,
);

fn file_system<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = json!({});
        for (name, member) in [("creation_token", "CreationToken"), ("file_system_id", "FileSystemId")] {
            if let Some(v) = obj.str(name) {
                input[member] = json!(v);
            }
        }
        let wanted = of_value(&obj.get("tags"));
        let mut all: Vec<Json> = match cx.list("efs", "DescribeFileSystems", "FileSystems", input).await {
            Err(e) if e.is(&["FileSystemNotFound"]) => Vec::new(),
            other => other?,
        };
        all.retain(|f| {
            let tags = doc::at(f, "Tags").map(|t| of_document(&t)).unwrap_or_default();
            wanted.iter().all(|(k, v)| tags.get(k) == Some(v))
        });
        let item = exactly_one("EFS file system", all)?;
        doc::fill(FILE_SYSTEM.attrs, &item, obj);
        let id = doc::text(&item, "FileSystemId");
        let answer = cx.call("efs", "DescribeLifecycleConfiguration", json!({"FileSystemId": id})).await?;
        let policies = doc::at(&answer, "LifecyclePolicies").unwrap_or_default();
        obj.set("lifecycle_policy", doc::value(&Kind::List(&LIFECYCLE_POLICY), &policies));
        obj.set("dns_name", crate::efs::dns_name(cx, &id));
        set_tags(cx, obj, &item);
        obj.set("id", id);
        Ok(())
    })
}
