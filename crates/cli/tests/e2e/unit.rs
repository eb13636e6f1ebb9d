//! The live tree of this repository, as Terragrunt sees it: the unit of the production network.

use std::path::Path;

use serde_json::{Value, json};

use crate::apply::lose_a_gateway;
use crate::case::{Case, Ran, copy};

/// The unit, from the root of the tree.
pub const UNIT: &str = "infrastructure/production/eu-west-1/numinia/vpc";

/// A copy of the live tree and its modules.
pub fn live() -> Case {
    live_in(&std::env::temp_dir())
}

/// The same, in a folder below this one.
pub fn live_in(parent: &Path) -> Case {
    let case = Case::of_account_in("241533135482", parent);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for folder in ["infrastructure", "modules"] {
        copy(&root.join(folder), &case.path(folder));
    }
    case
}

fn at(case: &Case, args: &[&str]) -> Ran {
    case.run(&[&["--working-dir", UNIT, "--non-interactive"], args].concat())
}

fn of(case: &Case, kind: &str) -> usize {
    case.held().get(kind).copied().unwrap_or(0)
}

#[test]
fn from_empty_and_back() {
    let case = live();
    at(&case, &["plan", "-detailed-exitcode"]).ends(2).says("0 to change, 0 to destroy.");
    let applied = at(&case, &["apply", "-auto-approve"]).ok().says("0 changed, 0 destroyed");
    assert!(applied.out.contains("aws_nat_gateway.this[2]"), "progress is shown\n{applied}");
    assert_eq!((of(&case, "vpc"), of(&case, "subnet"), of(&case, "natgateway")), (1, 9, 3), "{:?}", case.held());
    at(&case, &["plan", "-detailed-exitcode"]).ok().says("No changes.");
    at(&case, &["destroy", "-auto-approve"]).ok();
    let mut held = case.held();
    assert_eq!(held.remove("bucket"), Some(1), "the bucket with the state stays: {held:?}");
    assert!(held.is_empty(), "{held:?}");
}

#[test]
fn a_state_bucket_that_is_gone_is_not_made_again_unasked() {
    let case = live();
    at(&case, &["apply", "-auto-approve"]).ok();
    case.run_bare(&["sandbox", "reset"]).ok();
    let ran = at(&case, &["plan"]).ends(1);
    ran.error("State bucket not found").says("craton backend bootstrap --all");
    at(&case, &["backend", "bootstrap", "--all"]).ok();
    at(&case, &["plan"]).ok().says("46 to add");
}

#[test]
fn inputs_reach_the_module_with_their_types() {
    let case = live();
    at(&case, &["apply", "-auto-approve"]).ok();
    let outputs: Value = serde_json::from_str(&at(&case, &["output", "-json"]).ok().out).unwrap();
    assert_eq!(outputs["private_subnets"]["value"].as_array().unwrap().len(), 3);
    assert_eq!(outputs["vpc_cidr_block"]["value"], "10.0.0.0/16");
    let subnets = case.aws("ec2", "DescribeSubnets", json!({}));
    let first = subnets["Subnets"].as_array().unwrap().iter().find(|s| s["CidrBlock"] == "10.0.1.0/24").unwrap();
    let has =
        |key: &str, value: &str| first["Tags"].as_array().unwrap().contains(&json!({ "Key": key, "Value": value }));
    assert!(
        has("kubernetes.io/role/internal-elb", "1") && has("Project", "numinia") && has("ManagedBy", "terragrunt"),
        "{first}"
    );
    // Five addresses of each range are AWS's own.
    assert!(first["AvailableIpAddressCount"].as_i64().unwrap() <= 251, "{first}");
}

#[test]
fn a_tag_a_range_and_a_lost_gateway() {
    let case = live();
    at(&case, &["apply", "-auto-approve"]).ok();
    let before = of(&case, "subnet");

    case.edit(
        &format!("{UNIT}/terragrunt.hcl"),
        "  cidr = include",
        "  vpc_tags = { Owner = \"network\" }\n  cidr = include",
    );
    at(&case, &["apply", "-auto-approve"]).ok().says("0 added, 1 changed, 0 destroyed");

    let env = "infrastructure/production/eu-west-1/env.hcl";
    case.edit(env, "\"10.0.6.0/24\"", "\"10.0.7.0/24\"");
    case.edit(env, "    database_growth  = \"10.0.7.0/24\"\n", "");
    at(&case, &["plan", "-detailed-exitcode"]).ends(2).says("aws_subnet.database[2] must be replaced");
    at(&case, &["apply", "-auto-approve"]).ok().says("2 added, 0 changed, 2 destroyed");
    assert_eq!(of(&case, "subnet"), before);

    lose_a_gateway(&case);
    assert_eq!(of(&case, "natgateway"), 2);
    at(&case, &["plan", "-detailed-exitcode"]).ends(2).says("was deleted").says("Plan: 1 to add");
    at(&case, &["apply", "-auto-approve"]).ok();
    assert_eq!(of(&case, "natgateway"), 3);
    at(&case, &["plan", "-detailed-exitcode"]).ok().says("No changes.");
}

#[test]
fn the_state_is_kept_in_a_safe_bucket() {
    let case = live();
    at(&case, &["apply", "-auto-approve"]).ok();
    let bucket = "production-terragrunt-tf-state-numinia-eu-west-1";
    let asked = |operation: &str| case.aws("s3", operation, json!({ "Bucket": bucket }));
    assert_eq!(asked("GetBucketVersioning")["Status"], "Enabled");
    let block = &asked("GetPublicAccessBlock")["PublicAccessBlockConfiguration"];
    assert!(
        ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
            .iter()
            .all(|m| block[m] == true),
        "{block}"
    );
    assert!(asked("GetBucketEncryption").to_string().contains("SSEAlgorithm"));
    assert!(asked("GetBucketPolicy").to_string().contains("aws:SecureTransport"));
    let objects = asked("ListObjectsV2");
    let keys: Vec<&str> = objects["Contents"].as_array().unwrap().iter().filter_map(|o| o["Key"].as_str()).collect();
    assert_eq!(keys, ["production/eu-west-1/numinia/vpc/tf.tfstate"], "the lock is given back");
    assert!(!case.path(&format!("{UNIT}/terraform.tfstate")).exists());
}

#[test]
fn the_root_module_is_generated_beside_the_unit() {
    let case = live();
    at(&case, &["init"]).ok();
    let mut found = Vec::new();
    let mut open = vec![case.path(UNIT).join(".terragrunt-cache")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            match entry.path().is_dir() {
                true => open.push(entry.path()),
                false if entry.file_name() == "provider.tf" || entry.file_name() == "backend.tf" => {
                    found.push(entry.path())
                }
                false => {}
            }
        }
    }
    let text: String = found.iter().map(|f| std::fs::read_to_string(f).unwrap()).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(text.contains("allowed_account_ids = [\"241533135482\"]"), "{text}");
    assert!(text.contains("use_lockfile"), "{text}");
    assert!(!case.path(UNIT).join("provider.tf").exists());
}

#[test]
fn a_parent_that_is_missing_is_said_with_its_place() {
    let case = live();
    std::fs::remove_file(case.path("infrastructure/production/account.hcl")).unwrap();
    let ran = at(&case, &["plan"]).ends(1).says("account.hcl").says("root.hcl line").says("^");
    assert!(case.held().is_empty(), "{ran}");
}
