//! Each promise of the base architecture, read back from AWS as the sandbox plays it. The tree is applied once for all of
//! these tests, which only read.
//!
//! A test has the name of its promise. The AWS CLI reads the same ones, by the same names, in `tests/judges/promises`;
//! `cargo xtask check` compares them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime};

use craton_aws_sandbox::{Caller, Sandbox};
use serde_json::{Value, json};

use crate::base::{TREE, UNITS, all};
use crate::case::Case;
use crate::unit::live_in;

mod access;
mod keys;
mod kubernetes;
mod network;
mod records;
mod states;

const ACCOUNT: &str = "241533135482";
const NAME: &str = "numinia-production";
const BASTION_ROLE: &str = "prod-bastion-host-eks-role";
const DRIVER_ROLE: &str = "efs-csi-driver-role";
// The third numbers of the subnets' ranges, zone by zone.
const PRIVATE: [u8; 3] = [1, 2, 3];
const DATABASE: [u8; 3] = [4, 5, 6];
const PUBLIC: [u8; 3] = [101, 102, 103];
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

    fn list(&self, service: &str, operation: &str, input: Value, list: &str) -> Vec<Value> {
        self.aws(service, operation, input)[list].as_array().unwrap().clone()
    }

    /// The subnets of a tier, in the order of its numbers.
    fn subnets(&self, tier: [u8; 3]) -> Vec<Value> {
        let all = self.list("ec2", "DescribeSubnets", json!({}), "Subnets");
        let with = |n: u8| all.iter().find(|s| s["CidrBlock"] == format!("10.0.{n}.0/24")).unwrap().clone();
        tier.map(with).into()
    }

    fn routes(&self, subnet: &Value) -> Vec<Value> {
        let filter = json!([{"Name": "association.subnet-id", "Values": [subnet["SubnetId"]]}]);
        let table = self.one("ec2", "DescribeRouteTables", json!({"Filters": filter}), "RouteTables");
        table["Routes"].as_array().unwrap().clone()
    }

    fn cluster(&self) -> Value {
        self.aws("eks", "DescribeCluster", json!({"name": NAME}))["cluster"].clone()
    }

    fn role(&self, name: &str) -> Value {
        self.aws("iam", "GetRole", json!({"RoleName": name}))["Role"].clone()
    }

    /// The policies of a role that somebody wrote.
    fn documents_of(&self, role: &str) -> Vec<String> {
        let asked = json!({"RoleName": role});
        let inline = self.list("iam", "ListRolePolicies", asked.clone(), "PolicyNames");
        let inline = inline.iter().map(|name| {
            self.aws("iam", "GetRolePolicy", json!({"RoleName": role, "PolicyName": name}))["PolicyDocument"].clone()
        });
        let attached = self.list("iam", "ListAttachedRolePolicies", asked, "AttachedPolicies");
        let own = attached.iter().filter(|p| p["PolicyArn"].as_str().unwrap().contains(ACCOUNT)).map(|p| {
            let asked = json!({"PolicyArn": p["PolicyArn"], "VersionId": "v1"});
            self.aws("iam", "GetPolicyVersion", asked)["PolicyVersion"]["Document"].clone()
        });
        inline.chain(own).map(|document| percent(document.as_str().unwrap())).collect()
    }

    /// What the policy simulator decides about an action.
    fn decision(
        &self,
        action: &str,
        about: &str,
        policies: &[String],
        context: &[(&str, &str)],
        resource_policy: Option<&str>,
    ) -> String {
        let entry = |(key, value): &(&str, &str)| json!({"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"});
        let mut asked = json!({
            "ActionNames": [action], "ResourceArns": [about], "PolicyInputList": policies,
            "ContextEntries": context.iter().map(entry).collect::<Vec<_>>(),
        });
        if let Some(policy) = resource_policy {
            asked["ResourcePolicy"] = policy.into();
            asked["CallerArn"] = format!("arn:aws:iam::{ACCOUNT}:user/somebody").into();
        }
        let result = self.one("iam", "SimulateCustomPolicy", asked, "EvaluationResults");
        result["EvalDecision"].as_str().unwrap().to_owned()
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
        Value::String(text) => serde_json::from_str(&percent(text)).unwrap(),
        other => other.clone(),
    };
    let all = policy["Statement"].as_array().unwrap();
    all.iter().map(|s| (s["Sid"].as_str().unwrap_or_default().to_owned(), s.clone())).collect()
}

/// IAM gives documents URL-encoded where nothing decodes them.
fn percent(text: &str) -> String {
    match text.starts_with('{') {
        true => text.to_owned(),
        false => {
            let mut bytes = Vec::new();
            let mut rest = text.bytes();
            while let Some(b) = rest.next() {
                match b {
                    b'%' => {
                        let two = [rest.next().unwrap(), rest.next().unwrap()];
                        bytes.push(u8::from_str_radix(std::str::from_utf8(&two).unwrap(), 16).unwrap());
                    }
                    other => bytes.push(other),
                }
            }
            String::from_utf8(bytes).unwrap()
        }
    }
}

/// A policy that allows an action on everything.
fn allow(action: &str) -> String {
    let statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// The subnets that objects are in, or are.
fn ids(all: &[Value]) -> BTreeSet<String> {
    all.iter().flat_map(|s| words(&s["SubnetId"])).collect()
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

/// Where the tree is, for what the units wrote there.
fn file(base: &Applied, path: &str) -> String {
    base.case.read(&format!("{TREE}/{path}"))
}
