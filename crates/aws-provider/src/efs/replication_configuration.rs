//! `aws_efs_replication_configuration`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/efs_replication_configuration>).

use serde_json::{Map, Value as Json, json};

use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

const DESTINATION: Kind = Kind::Object(&[
    string("availability_zone_name").replaces().unread(),
    string("file_system_id").optional_computed().replaces(),
    string("kms_key_id").replaces().unread(),
    string("region").optional_computed().replaces(),
    string("status").computed(),
]);

/// `aws_efs_replication_configuration`.
pub static REPLICATION_CONFIGURATION: Resource = resource("aws_efs_replication_configuration", &super::EFS)
    .attrs(&[
        string("creation_time").computed().unread(),
        block("destination", &DESTINATION).required().replaces().local(),
        string("original_source_file_system_arn").computed(),
        string("source_file_system_arn").computed(),
        string("source_file_system_id").required().replaces(),
        string("source_file_system_region").computed(),
    ])
    .timeouts(&[("create", 1200), ("delete", 1200)])
    .create_with(create)
    .key(&[("FileSystemId", "id")])
    .read(Read::One { op: "DescribeReplicationConfigurations", item: "Replications[0]" })
    .delete_with(delete)
    .gone(&["FileSystemNotFound", "ReplicationNotFound"])
    .validates(validate)
    .after_read(read);

fn validate(config: &Obj, found: &mut craton_model::Diagnostics) {
    for to in config.objects("destination") {
        if to.get("availability_zone_name").is_null() && to.get("region").is_null() {
            found.push(
                craton_model::Diagnostic::error(
                    "Missing required argument",
                    "A destination has \"region\", or \"availability_zone_name\" for a file system in one zone.",
                )
                .on_attribute(craton_model::Path::attr("destination")),
            );
        }
    }
}

async fn wait(cx: &Cx, work: &Work, region: &str, pending: &str, target: &[&str]) -> Result<(), Fail> {
    let what = crate::read::name(work.resource, &work.state);
    let input = json!({"FileSystemId": work.state.id()});
    cx.wait(&what, work.limit, &[pending], target, || {
        Box::pin(async {
            match cx.call_in(region, "efs", "DescribeReplicationConfigurations", input.clone()).await {
                Ok(answer) => {
                    let status = doc::text(&answer, "Replications[0].Destinations[0].Status");
                    Ok((!status.is_empty()).then(|| Seen::of(status)))
                }
                Err(e) if e.is(REPLICATION_CONFIGURATION.gone) => Ok(None),
                Err(e) => Err(e),
            }
        })
    })
    .await?;
    Ok(())
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let source = work.state.text("source_file_system_id").to_owned();
        let mut to = Map::new();
        if let (Some(block), Kind::Object(attrs)) = (work.state.objects("destination").first(), &DESTINATION) {
            doc::input(attrs, block, &mut to);
        }
        let input = json!({"SourceFileSystemId": source, "Destinations": [to]});
        cx.call("efs", "CreateReplicationConfiguration", input).await?;
        work.state.set("id", source);
        wait(cx, work, cx.region(), "ENABLING", &["ENABLED"]).await
    })
}

/// A moment as Go prints it: `2026-11-29 15:23:27.12 +0000 UTC`.
fn moment(text: &str) -> String {
    let Some((date, time)) = text.trim_end_matches('Z').split_once('T') else { return text.to_owned() };
    let time = if time.contains('.') { time.trim_end_matches('0').trim_end_matches('.') } else { time };
    format!("{date} {time} +0000 UTC")
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        if doc::items(item, "Destinations").is_empty() {
            return Ok(false);
        }
        obj.set("creation_time", moment(&doc::text(item, "CreationTime")));
        // AWS does not tell what the copy was made with.
        let before = obj.objects("destination");
        let kept = |name: &str| before.first().map(|b| b.text(name).to_owned()).unwrap_or_default();
        let to: Vec<Json> = doc::items(item, "Destinations")
            .iter()
            .map(|d| {
                json!({
                    "availability_zone_name": kept("availability_zone_name"), "kms_key_id": kept("kms_key_id"),
                    "file_system_id": doc::text(d, "FileSystemId"), "region": doc::text(d, "Region"),
                    "status": doc::text(d, "Status"),
                })
            })
            .collect();
        obj.set_json("destination", &json!(to))?;
        Ok(true)
    })
}

/// Both regions have to let go: that of the copy first.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let there = work.prior.objects("destination").first().map(|d| d.text("region").to_owned());
        let there = there.filter(|r| !r.is_empty() && r != cx.region());
        for region in there.iter().map(String::as_str).chain([cx.region()]) {
            let input = json!({"SourceFileSystemId": work.prior.id()});
            match cx.call_in(region, "efs", "DeleteReplicationConfiguration", input).await {
                Err(e) if !e.is(work.resource.gone) => return Err(e),
                Err(_) => {}
                Ok(_) => wait(cx, work, region, "DELETING", &[]).await?,
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn moments_as_go_prints_them() {
        assert_eq!(super::moment("2026-11-29T15:23:27.120Z"), "2026-11-29 15:23:27.12 +0000 UTC");
        assert_eq!(super::moment("2026-11-29T15:23:20Z"), "2026-11-29 15:23:20 +0000 UTC");
        assert_eq!(super::moment("2026-11-29T15:23:20.000Z"), "2026-11-29 15:23:20 +0000 UTC");
    }
}
