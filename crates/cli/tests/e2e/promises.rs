//! Each promise of the base architecture, read back from AWS as the sandbox plays it. The tree is applied once for all of
//! these tests, which only read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime};

use craton_aws_sandbox::{Caller, Sandbox};
use serde_json::{Value, json};

use crate::base::{TREE, UNITS, all};
use crate::case::Case;
use crate::unit::live_in;

mod cluster;
mod keys;
mod network;
mod records;
mod storage;

const ACCOUNT: &str = "241533135482";
const ZONES: [&str; 3] = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];

/// The applied tree.
struct Applied {
    case: Case,
    sandbox: Sandbox,
    /// The outputs of each unit.
    outputs: BTreeMap<&'static str, Value>,
}

/// Statics are never dropped, so the folder is one that Cargo gives tests for this, and what earlier runs left goes.
fn apply() -> Arc<Applied> {
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR")).join("promises");
    std::fs::create_dir_all(&parent).unwrap();
    for old in std::fs::read_dir(&parent).unwrap().flatten() {
        let age = old.metadata().and_then(|m| m.modified()).map(|at| SystemTime::now().duration_since(at));
        if matches!(age, Ok(Ok(age)) if age > Duration::from_secs(3600)) {
            std::fs::remove_dir_all(old.path()).unwrap();
        }
    }
    let case = live_in(&parent);
    all(&case, &["apply"]).ok();
    let sandbox = case.sandbox();
    let mut applied = Applied { case, sandbox, outputs: BTreeMap::new() };
    for unit in UNITS {
        let outputs = applied.state(unit)["outputs"].clone();
        applied.outputs.insert(unit, outputs);
    }
    Arc::new(applied)
}

/// The tree, applied by the first test that asks.
fn base() -> Arc<Applied> {
    static APPLIED: LazyLock<Mutex<Option<Arc<Applied>>>> = LazyLock::new(Mutex::default);
    // A test that failed while it held this failed in `apply`; the next one tries that again and tells the same.
    let mut applied = APPLIED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    applied.get_or_insert_with(apply).clone()
}

impl Applied {
    fn aws(&self, service: &str, operation: &str, input: Value) -> Value {
        let answer = self.sandbox.call(&Caller::in_region("eu-west-1"), service, operation, &input);
        answer.map_err(|e| format!("{service} {operation}: {e:?}")).unwrap()
    }

    /// The only object of a listing.
    fn one(&self, service: &str, operation: &str, input: Value, list: &str) -> Value {
        let all = self.aws(service, operation, input);
        let all = all[list].as_array().unwrap();
        assert_eq!(all.len(), 1, "{all:#?}");
        all[0].clone()
    }

    fn output(&self, unit: &str, name: &str) -> Value {
        let value = self.outputs[unit][name]["value"].clone();
        assert!(!value.is_null(), "{unit} gives {name}");
        value
    }

    /// The state of a unit, out of the bucket.
    fn state(&self, unit: &str) -> Value {
        let key = format!("production/eu-west-1/numinia/{unit}/tf.tfstate");
        let object = self.aws("s3", "GetObject", json!({"Bucket": STATES, "Key": key}));
        serde_json::from_slice(&base64(object["Body"].as_str().unwrap())).unwrap()
    }

    /// The policy of a key, and its statements by sid.
    fn key_policy(&self, unit: &str) -> BTreeMap<String, Value> {
        let asked = json!({"KeyId": self.output(unit, "key_id"), "PolicyName": "default"});
        statements(&self.aws("kms", "GetKeyPolicy", asked)["Policy"])
    }
}

const STATES: &str = "production-terragrunt-tf-state-numinia-eu-west-1";

/// A policy's statements by sid.
fn statements(policy: &Value) -> BTreeMap<String, Value> {
    let policy: Value = match policy {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        other => other.clone(),
    };
    let all = policy["Statement"].as_array().unwrap();
    all.iter().map(|s| (s["Sid"].as_str().unwrap_or_default().to_owned(), s.clone())).collect()
}

/// One word or several.
fn words(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Array(all) => all.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
        Value::String(one) => BTreeSet::from([one.clone()]),
        _ => BTreeSet::new(),
    }
}

fn set<const N: usize>(all: [&str; N]) -> BTreeSet<String> {
    all.map(str::to_owned).into()
}

/// Whether a list of `{Key, Value}` holds the three tags.
fn is_tagged(tags: &Value) -> bool {
    [("Environment", "production"), ("ManagedBy", "terragrunt"), ("Project", "numinia")].iter().all(|(key, value)| {
        tags.as_array().is_some_and(|all| all.iter().any(|t| t["Key"] == *key && t["Value"] == *value))
    })
}

fn base64(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.bytes().filter(|c| *c != b'=').map(digit).collect();
    let group = |four: &[u8]| {
        let bits = four.iter().fold(0u32, |all, d| (all << 6) | u32::from(*d)) << (6 * (4 - four.len()));
        bits.to_be_bytes()[1..four.len()].to_vec()
    };
    digits.chunks(4).flat_map(group).collect()
}

/// Every resource type of the tree that can carry tags says so by `tags_all`; what AWS makes for them is looked at by name.
#[test]
fn every_resource_that_can_carry_tags_carries_the_three() {
    let base = base();
    let mut seen = 0;
    for unit in UNITS {
        for resource in base.state(unit)["resources"].as_array().unwrap() {
            for instance in resource["instances"].as_array().unwrap() {
                let Some(tags) = instance["attributes"].get("tags_all").filter(|_| resource["mode"] == "managed")
                else {
                    continue;
                };
                let has = |key: &str, value: &str| tags[key] == value;
                let tagged =
                    has("Environment", "production") && has("ManagedBy", "terragrunt") && has("Project", "numinia");
                assert!(tagged, "{unit}: {} {}: {tags}", resource["type"], resource["name"]);
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "{seen} resources with tags were seen");
    for (operation, list, place) in [
        ("DescribeVolumes", "Volumes", ""),
        ("DescribeSecurityGroups", "SecurityGroups", "default"),
        ("DescribeInstances", "Reservations", ""),
    ] {
        let found = base.aws("ec2", operation, json!({}));
        let found = found[list].as_array().unwrap();
        let flat = found.iter().flat_map(|f| match f["Instances"].as_array() {
            Some(instances) => instances.clone(),
            None => vec![f.clone()],
        });
        let mut count = 0;
        for object in flat.filter(|o| place.is_empty() || o["GroupName"] != place) {
            assert!(is_tagged(&object["Tags"]), "{operation}: {object:#}");
            count += 1;
        }
        assert!(count >= 4, "{operation}: {count}");
    }
}

/// Where the tree is, for what the units wrote there.
fn file(base: &Applied, path: &str) -> String {
    base.case.read(&format!("{TREE}/{path}"))
}
