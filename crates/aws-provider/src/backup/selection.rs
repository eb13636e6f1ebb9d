//! `aws_backup_selection`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/backup_selection>).

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

const PAIR: Kind =
    Kind::Object(&[string("key").required().api("ConditionKey"), string("value").required().api("ConditionValue")]);

/// The kinds of conditions, in both spellings.
const KINDS: [(&str, &str); 4] = [
    ("string_equals", "StringEquals"),
    ("string_like", "StringLike"),
    ("string_not_equals", "StringNotEquals"),
    ("string_not_like", "StringNotLike"),
];

const CONDITION: Kind = Kind::Object(&[
    block_set("string_equals", &PAIR),
    block_set("string_like", &PAIR),
    block_set("string_not_equals", &PAIR),
    block_set("string_not_like", &PAIR),
]);

const TAG: Kind = Kind::Object(&[
    string("key").required().api("ConditionKey"),
    string("type").required().api("ConditionType").check(&[Check::OneOf(&["STRINGEQUALS"])]),
    string("value").required().api("ConditionValue"),
]);

/// `aws_backup_selection`.
pub static SELECTION: Resource = resource("aws_backup_selection", &super::BACKUP)
    .attrs(&[
        block_set("condition", &CONDITION).optional_computed().replaces().local(),
        string("iam_role_arn").required().replaces().check(&[Check::Arn]),
        string("name").required().replaces().api("SelectionName").check(&[Check::By(super::check_name)]),
        strings("not_resources").optional_computed().replaces().zero(),
        string("plan_id").required().replaces().local(),
        strings("resources").replaces(),
        block_set("selection_tag", &TAG).replaces().api("ListOfTags"),
    ])
    .create_with(create)
    .key(&[("BackupPlanId", "plan_id"), ("SelectionId", "id")])
    .read(Read::One { op: "GetBackupSelection", item: "BackupSelection" })
    .delete("DeleteBackupSelection")
    // Without its plan AWS knows the selection as an invalid parameter.
    .gone(&["ResourceNotFoundException", "InvalidParameterValueException"])
    .after_read(read)
    .imports(import);

/// What the conditions of all blocks say together: the kind, the key, the value.
fn conditions(obj: &Obj) -> BTreeSet<(&'static str, String, String)> {
    let blocks = obj.objects("condition");
    let of = |(name, member): (&'static str, &'static str)| {
        let pairs: Vec<Obj> = blocks.iter().flat_map(|b| b.objects(name)).collect();
        pairs.into_iter().map(move |p| (member, p.text("key").to_owned(), p.text("value").to_owned()))
    };
    KINDS.into_iter().flat_map(of).collect()
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut selection = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut selection);
        let mut all = Map::new();
        for (member, key, value) in conditions(&work.state) {
            let list = all.entry(member).or_insert_with(|| json!([]));
            if let Json::Array(list) = list {
                list.push(json!({"ConditionKey": key, "ConditionValue": value}));
            }
        }
        selection.insert("Conditions".into(), Json::Object(all));
        let input = json!({"BackupPlanId": work.state.text("plan_id"), "BackupSelection": selection});
        let answer = persist(cx, input).await?;
        work.state.set("id", doc::text(&answer, "SelectionId"));
        Ok(())
    })
}

/// Repeats the creation while AWS Backup does not know the role, or what it allows, yet.
async fn persist(cx: &Cx, input: Json) -> Result<Json, Fail> {
    let clock = &cx.settings.clock;
    let (start, mut pause) = (clock.now(), Duration::from_millis(200));
    let code = &["InvalidParameterValueException"];
    loop {
        match cx.call("backup", "CreateBackupSelection", input.clone()).await {
            Err(e)
                if (e.says(code, "cannot be assumed") || e.says(code, "is not authorized to call"))
                    && clock.now().duration_since(start).unwrap_or_default() < crate::iam::PROPAGATION =>
            {
                clock.sleep(pause).await;
                pause = (pause * 3 / 2).min(Duration::from_secs(10));
            }
            other => return other,
        }
    }
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let before = conditions(obj);
        let mut block = Map::new();
        for (name, member) in KINDS {
            let found = doc::at(item, &format!("Conditions.{member}")).unwrap_or_else(|| json!([]));
            block.insert(name.into(), craton_model::json::to_json(&doc::value(&Kind::Set(&PAIR), &found)));
        }
        let kept = obj.get("condition");
        obj.set_json("condition", &json!([block]))?;
        // AWS has all conditions in one; how they are spread over blocks is for the configuration to say.
        if !kept.is_null() && !kept.is_empty() && conditions(obj) == before {
            obj.set("condition", kept);
        }
        Ok(true)
    })
}

fn import<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let Some((plan, selection)) = id.split_once('|').filter(|(p, s)| !p.is_empty() && !s.is_empty()) else {
            return Err(Fail::new(
                "Invalid import id",
                format!("{id:?} does not name a selection, which looks like PLAN-ID|SELECTION-ID."),
            ));
        };
        obj.set("plan_id", plan);
        obj.set("id", selection);
        Ok(())
    })
}
