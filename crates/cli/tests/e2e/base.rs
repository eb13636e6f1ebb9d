//! The whole base architecture of this repository, all units in one command: from an empty account and back.

use crate::case::{Case, Ran};
use crate::unit::live;

/// Where its units are.
pub const TREE: &str = "infrastructure/production/eu-west-1/numinia";

/// The units, in an order in which they can be applied.
pub const UNITS: [&str; 13] = [
    "kms/state",
    "kms/eks-secrets",
    "kms/efs",
    "kms/logs",
    "iam/bastion-host",
    "vpc",
    "cloudtrail",
    "state",
    "eks",
    "iam/efs-csi-driver",
    "efs",
    "ec2/bastion-host",
    "eks/efs-csi-driver",
];

/// What a destruction of the tree leaves on purpose: the states, the records of who did what, and their keys.
const KEPT: [&str; 4] = ["kms/state", "kms/logs", "cloudtrail", "state"];

/// A command for all units.
pub fn all(case: &Case, args: &[&str]) -> Ran {
    case.run(&[&["--working-dir", TREE, "--non-interactive", "run", "--all"], args].concat())
}

/// Whether all of these units said this, each in a line of its own.
fn each(ran: &Ran, units: &[&str], says: &str) {
    for unit in units {
        assert!(ran.out.contains(&format!("[{unit}] {says}")), "{unit}: {says}\n{ran}");
    }
}

#[test]
fn the_whole_tree_is_previewed_before_anything_exists() {
    let case = live();
    let ran = all(&case, &["plan", "-detailed-exitcode"]).ends(2).says("Succeeded 13");
    each(&ran, &UNITS, "craton will perform the following actions:");
    // The bucket is there by then, for the states to be in; the unit `state` takes it over.
    let ran = ran.says("1 to import");
    // What one unit will know, another one sees, and no mock stands in for what is known later.
    let ran = ran.says("[eks/efs-csi-driver] Known after other units are applied: service_account_role_arn.");
    assert!(!ran.out.contains("mock"), "{ran}");
    assert_eq!(case.held().into_iter().collect::<Vec<_>>(), [("bucket".to_owned(), 1)]);
}

#[test]
fn one_command_makes_it_and_one_takes_it_away() {
    let case = live();
    let ran = all(&case, &["apply"]).ok().says("Succeeded 13");
    let at = |unit: &str| ran.out.find(&format!("[{unit}] Apply complete!")).unwrap_or_else(|| panic!("{unit}\n{ran}"));
    for (first, then) in [
        ("kms/logs", "cloudtrail"),
        ("kms/state", "state"),
        ("kms/eks-secrets", "eks"),
        ("iam/bastion-host", "eks"),
        ("vpc", "eks"),
        ("eks", "iam/efs-csi-driver"),
        ("iam/efs-csi-driver", "eks/efs-csi-driver"),
        ("kms/efs", "efs"),
        ("eks", "ec2/bastion-host"),
    ] {
        assert!(at(first) < at(then), "{first} comes before {then}\n{ran}");
    }
    let outputs = all(&case, &["output", "-json"]).ok().out;
    for output in ["cluster_endpoint", "storage_class_manifest", "iam_instance_profile_name", "vpc_id", "home_region"] {
        assert!(outputs.contains(&format!("\"{output}\"")), "{outputs}");
    }

    let ran = all(&case, &["plan", "-detailed-exitcode"]).ok().says("Succeeded 13");
    each(&ran, &UNITS, "No changes.");
    let ran = all(&case, &["apply"]).ok();
    each(&ran, &UNITS, "Apply complete! Resources: 0 added, 0 changed, 0 destroyed.");

    let ran = all(&case, &["destroy"]).ok().says("Succeeded 9").says("Excluded 4");
    for unit in UNITS {
        assert_eq!(ran.out.contains(&format!("[{unit}] Destroy complete!")), !KEPT.contains(&unit), "{unit}\n{ran}");
    }
    let left: Vec<(String, usize)> = case.held().into_iter().collect();
    let kept = [("bucket", 3), ("kms-alias", 2), ("kms-key", 2), ("log-group", 1), ("role", 1), ("trail", 1)];
    assert_eq!(left, kept.map(|(kind, count)| (kind.to_owned(), count)));

    // What was kept is found again.
    let ran = all(&case, &["apply"]).ok().says("Succeeded 13");
    each(&ran, &KEPT, "Apply complete! Resources: 0 added, 0 changed, 0 destroyed.");
    let ran = all(&case, &["plan", "-detailed-exitcode"]).ok();
    each(&ran, &UNITS, "No changes.");
}

#[test]
fn the_bucket_of_the_states_is_destroyed_by_nothing() {
    let case = live();
    let state = format!("{TREE}/state");
    let unit = |args: &[&str]| case.run(&[&["--working-dir", &state, "--non-interactive"], args].concat());
    all(&case, &["apply", "--filter", "./kms/state", "--filter", "./state"]).ok().says("Succeeded 2");
    unit(&["destroy", "-auto-approve"]).ends(1).error("Unit is protected");
    // Nor where somebody took that out of the unit.
    case.edit(&format!("{state}/terragrunt.hcl"), "prevent_destroy = true", "prevent_destroy = false");
    unit(&["destroy", "-auto-approve"]).ends(1).error("Instance cannot be destroyed");
    all(&case, &["plan", "-detailed-exitcode", "--filter", "./kms/state", "--filter", "./state"]).ok();
}

#[test]
fn states_are_under_their_key_once_it_is_named() {
    let case = live();
    let some = |args: &[&str]| all(&case, &[args, &["--filter", "./kms/*"]].concat());
    some(&["apply"]).ok().says("Succeeded 4");
    let key = case.run(&["--working-dir", &format!("{TREE}/kms/state"), "output", "-raw", "key_arn"]).ok().out;
    let named = format!("state_kms_key_arn = \"{}\"", key.trim());
    case.edit("infrastructure/production/account.hcl", "state_kms_key_arn = null", &named);
    // The states are where they were; but a backend that says something else wants to be looked at, as it does anywhere.
    some(&["init", "-reconfigure"]).ok();
    let ran = some(&["plan", "-detailed-exitcode"]).ok();
    each(&ran, &["kms/state", "kms/efs"], "No changes.");
    case.edit(&format!("{TREE}/kms/efs/terragrunt.hcl"), "File system of", "The file system of");
    some(&["apply"]).ok();
    let encryption = |unit: &str| {
        let key = format!("production/eu-west-1/numinia/{unit}/tf.tfstate");
        let bucket = "production-terragrunt-tf-state-numinia-eu-west-1";
        case.aws("s3", "HeadObject", serde_json::json!({"Bucket": bucket, "Key": key}))
    };
    let head = encryption("kms/efs");
    assert_eq!(
        (&head["ServerSideEncryption"], &head["SSEKMSKeyId"]),
        (&"aws:kms".into(), &key.trim().into()),
        "{head}"
    );
    assert_eq!(encryption("kms/logs")["ServerSideEncryption"], "AES256");
}
