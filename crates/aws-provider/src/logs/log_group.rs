//! `aws_cloudwatch_log_group`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/cloudwatch_log_group>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::names;
use crate::obj::Obj;
use crate::work::Work;

/// Days that CloudWatch can keep logs for; 0 is for ever.
const DAYS: &[i64] =
    &[0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// `aws_cloudwatch_log_group`.
pub static LOG_GROUP: Resource = resource("aws_cloudwatch_log_group", &super::LOGS)
    .attrs(&[
        string("arn").computed(),
        string("kms_key_id").zero().from("kmsKeyId").to("kmsKeyId").check(&[Check::Arn]),
        string("log_group_class")
            .optional_computed()
            .replaces()
            .zero()
            .from("logGroupClass")
            .to("logGroupClass")
            .check(&[Check::OneOf(&["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"])]),
        string("name")
            .optional_computed()
            .replaces()
            .from("logGroupName")
            .unsent()
            .conflicts_with(&["name_prefix"])
            .check(&[Check::Length(1, 512), Check::By(name_characters)]),
        string("name_prefix")
            .optional_computed()
            .replaces()
            .local()
            .check(&[Check::Length(1, 486), Check::By(name_characters)]),
        int("retention_in_days").default_int(0).zero().from("retentionInDays").unsent().check(&[Check::OneOfInt(DAYS)]),
        boolean("skip_destroy").default_bool(false).local(),
    ])
    .tagged(Tagging {
        create: CreateTags::Member("tags"),
        add: "TagResource",
        remove: "UntagResource",
        by: ("resourceArn", "arn"),
        by_list: false,
        tags: "tags",
        is_map: true,
        keys: "tagKeys",
        keys_are_tags: false,
        read: ReadTags::Op("ListTagsForResource", "tags"),
        ..TAGGING
    })
    .create_with(create)
    .key(&[("logGroupName", "id")])
    .read(Read::Hook)
    .updates(&[
        update_with(change_retention, &["retention_in_days"]).also_after_create(),
        update_with(change_key, &["kms_key_id"]),
        update_state(&["skip_destroy"]),
    ])
    .delete_with(delete)
    .gone(&["ResourceNotFoundException"])
    .faults(&[("ResourceAlreadyExistsException", "name")])
    .after_read(read)
    .imports(import);

fn name_characters(name: &str) -> Result<(), String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "_-/.#".contains(c);
    match name.chars().find(|c| !fine(*c)) {
        Some(c) => Err(format!("{name:?} has a {c:?}; letters, digits and _ - / . # are possible")),
        None => Ok(()),
    }
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        let name = names::choose(&work.state, cx.settings.clock.now());
        input.insert("logGroupName".into(), json!(name));
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        cx.call("logs", "CreateLogGroup", Json::Object(input)).await?;
        work.state.set("id", name.as_str());
        work.state.set("name", name);
        Ok(())
    })
}

/// There is no read by name, only by what the name begins with: the first page of that holds the group itself, since it
/// sorts before all longer names.
fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let name = obj.id().to_owned();
        let answer = cx.once("logs", "DescribeLogGroups", json!({"logGroupNamePrefix": name})).await?;
        let Some(item) = doc::items(&answer, "logGroups").into_iter().find(|g| doc::text(g, "logGroupName") == name)
        else {
            return Ok(false);
        };
        let resource = &LOG_GROUP;
        doc::fill(resource.attrs, &item, obj);
        // The ARN of the group itself has no `:*`; that is for policies.
        obj.set("arn", doc::text(&item, "arn").trim_end_matches(":*"));
        obj.set("name_prefix", names::prefix_of(&name));
        Ok(true)
    })
}

fn change_retention<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = work.state.id();
        // AWS decides how long a group of the class DELIVERY keeps its logs.
        if work.creating && work.state.text("log_group_class") == "DELIVERY" {
            return Ok(());
        }
        match work.state.int("retention_in_days").unwrap_or(0) {
            0 => cx.call("logs", "DeleteRetentionPolicy", json!({"logGroupName": name})).await?,
            days => {
                let input = json!({"logGroupName": name, "retentionInDays": days});
                // A group that was just made can be busy.
                cx.retry("logs", "PutRetentionPolicy", input, work.limit, &["OperationAbortedException"]).await?
            }
        };
        Ok(())
    })
}

fn change_key<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = work.state.id();
        match work.state.str("kms_key_id") {
            Some(key) => cx.call("logs", "AssociateKmsKey", json!({"logGroupName": name, "kmsKeyId": key})).await?,
            None => cx.call("logs", "DisassociateKmsKey", json!({"logGroupName": name})).await?,
        };
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        if work.prior.bool("skip_destroy") {
            return Ok(());
        }
        let input = json!({"logGroupName": work.prior.id()});
        cx.retry("logs", "DeleteLogGroup", input, std::time::Duration::from_secs(60), &["OperationAbortedException"])
            .await?;
        Ok(())
    })
}

fn import<'a>(_: &'a Cx, _: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        // AWS knows nothing of it; the provider starts from its default.
        obj.set("skip_destroy", false);
        Ok(())
    })
}
