//! Two writers on one state: the second is told who holds it and since when.

use crate::apply::network;
use crate::endpoint::{Endpoint, Running};

/// A lock as another program leaves it.
const LOCK: &str = r#"{"ID":"5e0b5d8e-0f5e-4b57-9a5e-1c1d7d2f6a01","Operation":"OperationTypeApply","Info":"","Who":"anna@office","Version":"1.11.4","Created":"2024-05-01T10:00:00Z","Path":"KEY"}"#;

#[test]
fn a_second_writer_of_a_local_state_is_refused_while_the_first_works() {
    let case = network();
    let endpoint = Endpoint::start(case.sandbox());
    // The first apply holds the lock while AWS keeps it waiting for the change of a tag.
    let gate = endpoint.hold("CreateTags");
    let first = case.command_at(&endpoint.address, &["apply", "-auto-approve", "-var", "team=first"]);
    let mut first = Running::start(first);
    gate.reached_by(&mut first);

    let error = case.run_at(&endpoint.address, &["apply", "-auto-approve", "-var", "team=second"]).ends(1);
    error.error("State is locked").says("is locked by").says("since 20").says("craton force-unlock");

    gate.open();
    assert_eq!(first.wait(), Some(0));
    case.run(&["plan", "-detailed-exitcode", "-var", "team=first"]).ok();
}

#[test]
fn a_lock_in_s3_is_said_and_can_be_given_back() {
    let case = crate::unit::live();
    let unit = crate::unit::UNIT;
    let at = |args: &[&str]| case.run(&[&["--working-dir", unit, "--non-interactive"], args].concat());
    at(&["apply", "-auto-approve"]).ok();
    let key = "production/eu-west-1/numinia/vpc/tf.tfstate";
    let bucket = case.aws("s3", "ListBuckets", serde_json::json!({}))["Buckets"][0]["Name"].clone();
    let body = base64(LOCK.replace("KEY", &format!("{}/{key}", bucket.as_str().unwrap())).as_bytes());
    let object = serde_json::json!({ "Bucket": bucket, "Key": format!("{key}.tflock"), "Body": body });
    case.aws("s3", "PutObject", object);

    let refused = at(&["apply", "-auto-approve"]).ends(1);
    refused.error("State is locked").says("anna@office").says("2024-05-01T10:00:00Z");
    at(&["force-unlock", "-force", "another-id"]).ends(1);
    at(&["plan", "-lock=false", "-detailed-exitcode"]).ok();
    at(&["force-unlock", "-force", "5e0b5d8e-0f5e-4b57-9a5e-1c1d7d2f6a01"]).ok();
    at(&["plan", "-detailed-exitcode"]).ok();
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let n = three.iter().chain([0, 0].iter()).take(3).fold(0usize, |n, b| n << 8 | usize::from(*b));
        for i in 0..4 {
            text.push(if i <= three.len() { char::from(DIGITS[n >> (18 - 6 * i) & 63]) } else { '=' });
        }
    }
    text
}
