//! `aws_dynamodb_table` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/dynamodb_table>).

use craton_model::{Type, Value};
use serde_json::{Map, Value as Json, json};

use super::change;
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

const ATTRIBUTE: Kind =
    Kind::Object(&[string("name").required(), string("type").required().check(&[Check::OneOf(&["B", "N", "S"])])]);

const LIMIT: Kind = Kind::Object(&[
    int("max_read_request_units").optional_computed(),
    int("max_write_request_units").optional_computed(),
]);

const PROJECTIONS: &[&str] = &["ALL", "INCLUDE", "KEYS_ONLY"];

const GLOBAL: Kind = Kind::Object(&[
    string("hash_key").required(),
    string("name").required(),
    strings("non_key_attributes"),
    block("on_demand_throughput", &LIMIT),
    string("projection_type").required().check(&[Check::OneOf(PROJECTIONS)]),
    string("range_key"),
    int("read_capacity").optional_computed(),
    int("write_capacity").optional_computed(),
]);

const LOCAL: Kind = Kind::Object(&[
    string("name").required(),
    list("non_key_attributes", &Kind::String),
    string("projection_type").required().check(&[Check::OneOf(PROJECTIONS)]),
    string("range_key").required(),
]);

const CSV: Kind = Kind::Object(&[string("delimiter"), strings("header_list")]);
const FORMAT: Kind = Kind::Object(&[block("csv", &CSV)]);
const SOURCE: Kind = Kind::Object(&[string("bucket").required(), string("bucket_owner"), string("key_prefix")]);
const IMPORT: Kind = Kind::Object(&[
    string("input_compression_type"),
    string("input_format").required(),
    block("input_format_options", &FORMAT),
    block("s3_bucket_source", &SOURCE).required(),
]);

const RECOVERY: Kind = Kind::Object(&[
    boolean("enabled").required(),
    int("recovery_period_in_days").optional_computed().check(&[Check::Range(1, 35)]).since(98),
]);

const REPLICA: Kind = Kind::Object(&[
    string("arn").computed(),
    string("kms_key_arn").optional_computed(),
    boolean("point_in_time_recovery").default_bool(false),
    boolean("propagate_tags").default_bool(false),
    string("region_name").required(),
    string("stream_arn").computed(),
    string("stream_label").computed(),
]);

const ENCRYPTION: Kind =
    Kind::Object(&[boolean("enabled").required(), string("kms_key_arn").optional_computed().check(&[Check::Arn])]);

const TTL: Kind = Kind::Object(&[string("attribute_name"), boolean("enabled").default_bool(false)]);

/// What the built-in provider cannot do with a table.
const REFUSED: &[&str] = &[
    "import_table",
    "replica",
    "restore_date_time",
    "restore_source_name",
    "restore_source_table_arn",
    "restore_to_latest_time",
];

/// `aws_dynamodb_table`.
pub static TABLE: Resource = resource("aws_dynamodb_table", &super::DYNAMODB)
    .version(1)
    .attrs(&[
        string("arn").computed().from("TableArn"),
        block_set("attribute", &ATTRIBUTE).local(),
        string("billing_mode")
            .default_str("PROVISIONED")
            .local()
            .check(&[Check::OneOf(&["PAY_PER_REQUEST", "PROVISIONED"])]),
        boolean("deletion_protection_enabled").zero(),
        block_set("global_secondary_index", &GLOBAL).local(),
        string("hash_key").optional_computed().replaces().local(),
        block("import_table", &IMPORT).replaces().local(),
        block_set("local_secondary_index", &LOCAL).replaces().local(),
        string("name").required().replaces().api("TableName").check(&[Check::By(name)]),
        block("on_demand_throughput", &LIMIT).local(),
        block("point_in_time_recovery", &RECOVERY).optional_computed().local(),
        string("range_key").replaces().local(),
        int("read_capacity").optional_computed().local(),
        block_set("replica", &REPLICA).local(),
        string("restore_date_time").replaces().local(),
        string("restore_source_name").local(),
        string("restore_source_table_arn").local(),
        boolean("restore_to_latest_time").replaces().local(),
        block("server_side_encryption", &ENCRYPTION).optional_computed().local(),
        string("stream_arn").computed().from("LatestStreamArn").zero(),
        boolean("stream_enabled").from("StreamSpecification.StreamEnabled").unsent().zero(),
        string("stream_label").computed().from("LatestStreamLabel").zero(),
        string("stream_view_type")
            .optional_computed()
            .from("StreamSpecification.StreamViewType")
            .unsent()
            .zero()
            .check(&[Check::OneOf(&["", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"])]),
        string("table_class")
            .default_str("STANDARD")
            .from("TableClassSummary.TableClass")
            .unsent()
            .check(&[Check::OneOf(&["STANDARD", "STANDARD_INFREQUENT_ACCESS"])]),
        block("ttl", &TTL).optional_computed().local(),
        int("write_capacity").optional_computed().local(),
    ])
    .tagged(Tagging { read: ReadTags::Op("ListTagsOfResource", "Tags"), ..TAGGING })
    .timeouts(&[("create", 1800), ("delete", 600), ("update", 3600)])
    .create_with(create)
    .key(&[("TableName", "id")])
    .read(Read::One { op: "DescribeTable", item: "Table" })
    .wait("TableStatus", &["CREATING", "UPDATING"], &["ACTIVE"])
    .updates(&[
        update_with(
            change::change,
            &[
                "attribute",
                "billing_mode",
                "deletion_protection_enabled",
                "global_secondary_index",
                "on_demand_throughput",
                "read_capacity",
                "server_side_encryption",
                "stream_enabled",
                "stream_view_type",
                "table_class",
                "write_capacity",
            ],
        ),
        update_with(change::change_ttl, &["ttl"]).also_after_create(),
        update_with(change::change_recovery, &["point_in_time_recovery"]).also_after_create(),
        // What a configuration cannot give.
        update_state(&["replica", "restore_source_name", "restore_source_table_arn"]),
    ])
    .delete("DeleteTable")
    .busy(&["ResourceInUseException", "LimitExceededException"])
    .wait_deleted("TableStatus", &["ACTIVE", "DELETING"])
    .gone(&["ResourceNotFoundException"])
    .validates(validate)
    .plans(plan)
    .after_read(read);

fn name(s: &str) -> Result<(), String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    match s.chars().find(|c| !fine(*c)) {
        Some(c) => Err(format!("{s:?} has the character {c:?}; letters, digits and _ . - are possible")),
        None if !(3..=255).contains(&s.len()) => Err(format!("{s:?} is not of 3 to 255 characters")),
        None => Ok(()),
    }
}

fn validate(config: &Obj, found: &mut craton_model::Diagnostics) {
    use craton_model::{Diagnostic, Path};
    for name in REFUSED {
        if !crate::validate::set(config, name) {
            continue;
        }
        found.push(
            Diagnostic::error(
                "Argument not built in",
                format!("The built-in AWS provider makes tables in one region, from nothing: {name:?} cannot be given to it."),
            )
            .on_attribute(Path::attr(*name)),
        );
    }
    if config.get("hash_key").is_null() {
        let text = "\"hash_key\" is needed: the attribute that items are told apart by.";
        found.push(Diagnostic::error("Missing required argument", text).on_attribute(Path::attr("hash_key")));
    }
    if !config.get("attribute").is_wholly_known() {
        return;
    }
    // Keys are of attributes that are defined, and no others are.
    let defined: Vec<String> = config.objects("attribute").iter().map(|a| a.text("name").to_owned()).collect();
    let mut used: Vec<String> = Vec::new();
    let mut open = !config.get("hash_key").is_known() || !config.get("range_key").is_known();
    used.extend(config.str("hash_key").map(String::from));
    used.extend(config.str("range_key").map(String::from));
    for index in ["global_secondary_index", "local_secondary_index"] {
        open |= !config.get(index).is_wholly_known();
        for i in config.objects(index) {
            used.extend(i.str("hash_key").map(String::from));
            used.extend(i.str("range_key").map(String::from));
        }
    }
    if open {
        return;
    }
    if let Some(missing) = used.iter().find(|u| !defined.contains(u)) {
        let text = format!("The key attribute {missing:?} has no \"attribute\" block that says its type.");
        found.push(Diagnostic::error("Undefined key attribute", text).on_attribute(Path::attr("attribute")));
    }
    if let Some(spare) = defined.iter().find(|d| !used.contains(d)) {
        let text = format!("The attribute {spare:?} is in no key: DynamoDB wants definitions of key attributes only.");
        found.push(Diagnostic::error("Unused attribute", text).on_attribute(Path::attr("attribute")));
    }
}

fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let Some(prior) = plan.prior.clone() else {
        // The default is nothing that a new table would be asked for.
        if plan.planned.text("table_class") == "STANDARD" {
            plan.planned.clear("table_class");
        }
        return Ok(());
    };
    if plan.changes("stream_enabled") || plan.changes("stream_view_type") {
        plan.unknown("stream_arn");
    }
    // Both are told apart by their names alone: what else changes in one of that name is not seen.
    for name in ["attribute", "local_secondary_index"] {
        by_name(plan, &prior, name);
    }
    // Paying for requests a table has no capacity of its own; what is not configured stays as it was.
    if plan.planned.text("billing_mode") == "PAY_PER_REQUEST" {
        for name in ["read_capacity", "write_capacity"] {
            plan.planned.set(name, prior.get(name));
        }
        if plan.changes("billing_mode") {
            free_capacity(plan);
        }
    }
    // Encryption with AWS's own key and no setting are the same.
    let off = |o: &Obj| o.objects("server_side_encryption").first().is_none_or(|e| !e.bool("enabled"));
    if off(&prior) && plan.config.get("server_side_encryption").is_wholly_known() && off(&plan.planned) {
        plan.planned.set("server_side_encryption", prior.get("server_side_encryption"));
    }
    Ok(())
}

fn named<'a>(all: &'a [Value], name: Option<&Value>) -> Option<&'a Value> {
    all.iter().find(|v| v.get("name") == name)
}

/// Keeps of a set of blocks those that the state has by their names.
fn by_name(plan: &mut Plan, prior: &Obj, blocks: &str) {
    let (before, planned) = (prior.get(blocks), plan.planned.get(blocks));
    let (Some(old), Some(new), Some(element)) = (before.as_seq(), planned.as_seq(), planned.ty().element()) else {
        return;
    };
    let kept = new.iter().map(|v| named(old, v.get("name")).unwrap_or(v).clone());
    plan.planned.set(blocks, Value::set(element.clone(), kept.collect::<Vec<_>>()));
}

/// Where requests are paid for from now on, only AWS can tell what an index has that no capacity is configured for.
fn free_capacity(plan: &mut Plan) {
    let (config, planned) = (plan.config.get("global_secondary_index"), plan.planned.get("global_secondary_index"));
    let (Some(given), Some(all), Some(element)) = (config.as_seq(), planned.as_seq(), planned.ty().element()) else {
        return;
    };
    let freed = all.iter().map(|index| {
        let given = named(given, index.get("name"));
        ["read_capacity", "write_capacity"].iter().fold(index.clone(), |index, name| {
            let open = given.and_then(|g| g.get(name)).is_some_and(Value::is_null);
            if open { index.with_attribute(name, Value::unknown(Type::Number)) } else { index }
        })
    });
    plan.planned.set("global_secondary_index", Value::set(element.clone(), freed.collect::<Vec<_>>()));
}

/// The attributes that keys are made of, as DynamoDB has them.
pub fn definitions(obj: &Obj) -> Json {
    let all = obj.objects("attribute");
    all.iter().map(|a| json!({"AttributeName": a.text("name"), "AttributeType": a.text("type")})).collect()
}

fn keys(hash: &str, range: Option<&str>) -> Json {
    let mut keys = vec![json!({"AttributeName": hash, "KeyType": "HASH"})];
    keys.extend(range.map(|r| json!({"AttributeName": r, "KeyType": "RANGE"})));
    json!(keys)
}

fn projection(index: &Obj) -> Json {
    let mut out = json!({"ProjectionType": index.text("projection_type")});
    let more = index.strs("non_key_attributes");
    if !more.is_empty() {
        out["NonKeyAttributes"] = json!(more);
    }
    out
}

/// Capacity as DynamoDB has it: at least one unit where capacity is provisioned.
pub fn capacity(obj: &Obj) -> Json {
    let of = |name: &str| obj.int(name).filter(|n| *n > 0).unwrap_or(1);
    json!({"ReadCapacityUnits": of("read_capacity"), "WriteCapacityUnits": of("write_capacity")})
}

/// The limits of an `on_demand_throughput` block.
pub fn limit(obj: &Obj) -> Option<Json> {
    let blocks = obj.objects("on_demand_throughput");
    let block = blocks.first()?;
    let mut out = Map::new();
    for (name, member) in
        [("max_read_request_units", "MaxReadRequestUnits"), ("max_write_request_units", "MaxWriteRequestUnits")]
    {
        if let Some(n) = block.int(name).filter(|n| *n != 0) {
            out.insert(member.into(), json!(n));
        }
    }
    (!out.is_empty()).then_some(Json::Object(out))
}

/// An index as a request that makes it has it.
pub fn global_index(index: &Obj, provisioned: bool) -> Json {
    let mut out = json!({
        "IndexName": index.text("name"), "KeySchema": keys(index.text("hash_key"), index.str("range_key")),
        "Projection": projection(index),
    });
    if provisioned {
        out["ProvisionedThroughput"] = capacity(index);
    }
    if let Some(limit) = limit(index) {
        out["OnDemandThroughput"] = limit;
    }
    out
}

/// The stream that is wanted.
pub fn stream(obj: &Obj) -> Json {
    match obj.bool("stream_enabled") {
        true => json!({"StreamEnabled": true, "StreamViewType": obj.text("stream_view_type")}),
        false => json!({"StreamEnabled": false}),
    }
}

/// The encryption that is wanted.
pub fn encryption(obj: &Obj) -> Option<Json> {
    let blocks = obj.objects("server_side_encryption");
    let block = blocks.first()?;
    let mut out = json!({"Enabled": block.bool("enabled")});
    if block.bool("enabled")
        && let Some(key) = block.str("kms_key_arn")
    {
        out["KMSMasterKeyId"] = json!(key);
        out["SSEType"] = json!("KMS");
    }
    Some(out)
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let s = &work.state;
        let provisioned = s.text("billing_mode") == "PROVISIONED";
        let mut input = Map::new();
        doc::input(work.resource.attrs, s, &mut input);
        input.insert("BillingMode".into(), json!(s.text("billing_mode")));
        input.insert("KeySchema".into(), keys(s.text("hash_key"), s.str("range_key")));
        input.insert("AttributeDefinitions".into(), definitions(s));
        if provisioned {
            input.insert("ProvisionedThroughput".into(), capacity(s));
        }
        let global: Vec<Json> =
            s.objects("global_secondary_index").iter().map(|i| global_index(i, provisioned)).collect();
        let local: Vec<Json> = s
            .objects("local_secondary_index")
            .iter()
            .map(|i| {
                json!({
                    "IndexName": i.text("name"), "KeySchema": keys(s.text("hash_key"), i.str("range_key")),
                    "Projection": projection(i),
                })
            })
            .collect();
        for (member, all) in [("GlobalSecondaryIndexes", global), ("LocalSecondaryIndexes", local)] {
            if !all.is_empty() {
                input.insert(member.into(), json!(all));
            }
        }
        if s.bool("stream_enabled") {
            input.insert("StreamSpecification".into(), stream(s));
        }
        for (member, v) in [("SSESpecification", encryption(s)), ("OnDemandThroughput", limit(s))] {
            if let Some(v) = v {
                input.insert(member.into(), v);
            }
        }
        if !s.is_zero("table_class") {
            input.insert("TableClass".into(), json!(s.text("table_class")));
        }
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        // As many tables as are made at once take turns.
        let codes = &["LimitExceededException", "ThrottlingException"];
        cx.retry("dynamodb", "CreateTable", Json::Object(input), work.limit, codes).await?;
        let name = work.state.text("name").to_owned();
        work.state.set("id", name);
        Ok(())
    })
}

/// The hash and the range attribute of a key.
fn key_of(item: &Json) -> (String, String) {
    let of = |kind: &str| {
        let keys = doc::items(item, "KeySchema");
        keys.iter().find(|k| doc::text(k, "KeyType") == kind).map(|k| doc::text(k, "AttributeName")).unwrap_or_default()
    };
    (of("HASH"), of("RANGE"))
}

fn limits(item: &Json) -> Json {
    let found = item.get("OnDemandThroughput").filter(|l| !l.is_null());
    let one = found.map(|l| {
        json!({
            "max_read_request_units": doc::at(l, "MaxReadRequestUnits"), "max_write_request_units": doc::at(l, "MaxWriteRequestUnits"),
        })
    });
    one.into_iter().collect()
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let named = json!({"TableName": obj.id()});
        let (backups, ttl) = futures_util::join!(
            cx.once("dynamodb", "DescribeContinuousBackups", named.clone()),
            cx.once("dynamodb", "DescribeTimeToLive", named),
        );
        let number = |v: &Json, path: &str| doc::at(v, path).unwrap_or_else(|| json!(0));
        let mode = doc::text(item, "BillingModeSummary.BillingMode");
        obj.set("billing_mode", if mode.is_empty() { "PROVISIONED".to_owned() } else { mode });
        obj.set_json("read_capacity", &number(item, "ProvisionedThroughput.ReadCapacityUnits"))?;
        obj.set_json("write_capacity", &number(item, "ProvisionedThroughput.WriteCapacityUnits"))?;
        let attributes: Vec<Json> = doc::items(item, "AttributeDefinitions")
            .iter()
            .map(|a| json!({"name": doc::text(a, "AttributeName"), "type": doc::text(a, "AttributeType")}))
            .collect();
        obj.set_json("attribute", &json!(attributes))?;
        let (hash, range) = key_of(item);
        obj.set("hash_key", hash);
        obj.set_opt("range_key", Some(range.as_str()).filter(|r| !r.is_empty()));
        obj.set_json("on_demand_throughput", &limits(item))?;
        let index = |i: &Json| {
            let (hash, range) = key_of(i);
            json!({
                "name": doc::text(i, "IndexName"), "hash_key": hash, "range_key": range,
                "projection_type": doc::text(i, "Projection.ProjectionType"),
                "non_key_attributes": doc::texts(i, "Projection.NonKeyAttributes"),
            })
        };
        let global: Vec<Json> = doc::items(item, "GlobalSecondaryIndexes")
            .iter()
            .map(|i| {
                let mut out = index(i);
                out["read_capacity"] = number(i, "ProvisionedThroughput.ReadCapacityUnits");
                out["write_capacity"] = number(i, "ProvisionedThroughput.WriteCapacityUnits");
                out["on_demand_throughput"] = limits(i);
                out
            })
            .collect();
        obj.set_json("global_secondary_index", &json!(global))?;
        let local: Vec<Json> = doc::items(item, "LocalSecondaryIndexes")
            .iter()
            .map(|i| {
                let mut out = index(i);
                if let Some(members) = out.as_object_mut() {
                    members.shift_remove("hash_key");
                }
                out
            })
            .collect();
        obj.set_json("local_secondary_index", &json!(local))?;
        let sse = item.get("SSEDescription").filter(|s| !s.is_null() && doc::text(s, "Status") != "DISABLED");
        let sse = match sse.map(|s| doc::text(s, "KMSMasterKeyArn")) {
            Some(key) => {
                // AWS's own key is not one that a configuration names.
                let own = cx.once("kms", "DescribeKey", json!({"KeyId": "alias/aws/dynamodb"})).await;
                let own = own.is_ok_and(|k| doc::text(&k, "KeyMetadata.Arn") == key);
                Some(json!({"enabled": true, "kms_key_arn": if own { "" } else { key.as_str() }}))
            }
            None => None,
        };
        // A block that says that there is none stays.
        let off = obj.objects("server_side_encryption").first().is_some_and(|e| !e.bool("enabled"));
        if sse.is_some() || !off {
            obj.set_json("server_side_encryption", &sse.into_iter().collect())?;
        }
        if obj.is_zero("table_class") {
            obj.set("table_class", "STANDARD");
        }
        let ttl = doc::at(&*ttl?, "TimeToLiveDescription").unwrap_or_default();
        let on = matches!(doc::text(&ttl, "TimeToLiveStatus").as_str(), "ENABLED" | "ENABLING");
        let before = obj.objects("ttl").into_iter().next();
        // Of an expiry that is off AWS tells nothing, so what the state has stays.
        match (on, before) {
            (true, _) => {
                let name = doc::text(&ttl, "AttributeName");
                obj.set_json("ttl", &json!([{"attribute_name": name, "enabled": true}]))?;
            }
            (false, Some(old)) => {
                let name = old.text("attribute_name");
                obj.set_json("ttl", &json!([{"attribute_name": name, "enabled": false}]))?;
            }
            (false, None) => obj.set_json("ttl", &json!([{"attribute_name": "", "enabled": false}]))?,
        }
        let path = "ContinuousBackupsDescription.PointInTimeRecoveryDescription";
        let recovery = doc::at(&*backups?, path).unwrap_or_default();
        let on = doc::text(&recovery, "PointInTimeRecoveryStatus") == "ENABLED";
        let days = number(&recovery, "RecoveryPeriodInDays");
        obj.set_json("point_in_time_recovery", &json!([{"enabled": on, "recovery_period_in_days": days}]))?;
        Ok(true)
    })
}
