//! The `state` commands, and where states and their backups go.

use serde_json::Value;

use crate::case::Case;

const MAIN: &str = "resource \"terraform_data\" \"a\" {\n  count = 2\n  input = 1\n}\n\nresource \"terraform_data\" \"b\" {\n  input = 1\n}\n";

fn applied() -> Case {
    let case = Case::new(&[("main.tf", MAIN)]);
    case.run_bare(&["apply", "-auto-approve"]).ok();
    case
}

/// What a state holds: addresses as `state list` prints them.
fn held(case: &Case, file: &str) -> String {
    case.run_bare(&["state", "list", &format!("-state={file}")]).ok().out
}

fn backups(case: &Case, of: &str) -> usize {
    let names = std::fs::read_dir(case.folder()).unwrap().flatten().map(|e| e.file_name().into_string().unwrap());
    names.filter(|n| n.starts_with(&format!("{of}.")) && n.ends_with(".backup")).count()
}

#[test]
fn list_and_show() {
    let case = applied();
    let list = |args: &[&str]| case.run_bare(&[&["state", "list"], args].concat());
    assert_eq!(list(&[]).ok().out, "terraform_data.a[0]\nterraform_data.a[1]\nterraform_data.b\n");
    assert_eq!(list(&["terraform_data.a"]).ok().out, "terraform_data.a[0]\nterraform_data.a[1]\n");
    let id = case.state()["resources"][1]["instances"][0]["attributes"]["id"].as_str().unwrap().to_owned();
    assert_eq!(list(&[&format!("-id={id}")]).ok().out, "terraform_data.b\n");
    assert_eq!(list(&["-id=none"]).ok().out, "");
    list(&["terraform_data.c"]).ends(1).error("No matching objects").says("Did you mean");
    list(&["not..one"]).ends(1).error("Invalid address");
    let shown = case.run_bare(&["state", "show", "terraform_data.b"]).ok().out;
    assert_eq!(
        shown.replace(&id, "ID"),
        "# terraform_data.b:\nresource \"terraform_data\" \"b\" {\n    id     = \"ID\"\n    input  = 1\n    output = 1\n}\n"
    );
    let several = case.run_bare(&["state", "show", "terraform_data.a"]).ends(1);
    several.error("No instance found for the given address").says("terraform_data.a[1]");
}

#[test]
fn without_a_state_there_is_nothing_to_look_at() {
    let case = Case::new(&[("main.tf", MAIN)]);
    for command in [&["list"][..], &["show", "a.b"], &["mv", "a.b", "a.c"], &["rm", "a.b"]] {
        case.run_bare(&[&["state"], command].concat()).ends(1).error("No state file was found!");
    }
    assert_eq!(case.run_bare(&["state", "pull"]).ok().out, "");
}

#[test]
fn moves_within_a_state() {
    let case = applied();
    let dry = case.run_bare(&["state", "mv", "-dry-run", "terraform_data.b", "terraform_data.c"]).ok();
    assert_eq!(dry.out, "Would move \"terraform_data.b\" to \"terraform_data.c\"\n");
    assert!(held(&case, "terraform.tfstate").contains("terraform_data.b"));
    let moved = case.run_bare(&["state", "mv", "terraform_data.b", "module.x.terraform_data.c"]).ok();
    assert_eq!(
        moved.out,
        "Move \"terraform_data.b\" to \"module.x.terraform_data.c\"\nSuccessfully moved 1 object(s).\n"
    );
    case.run_bare(&["state", "mv", "module.x", "module.y[\"k\"]"]).ok();
    case.run_bare(&["state", "mv", "terraform_data.a", "terraform_data.z"]).ok();
    assert_eq!(
        held(&case, "terraform.tfstate"),
        "terraform_data.z[0]\nterraform_data.z[1]\nmodule.y[\"k\"].terraform_data.c\n"
    );
    case.run_bare(&["state", "mv", "terraform_data.z[0]", "terraform_data.z[1]"]).ends(1).error("Target exists");
    case.run_bare(&["state", "mv", "terraform_data.z", "other_type.z"]).ends(1).error("Invalid target address");
    case.run_bare(&["state", "mv", "terraform_data.z", "terraform_data.q[0]"]).ends(1).error("Invalid target address");
    assert!(backups(&case, "terraform.tfstate") >= 1, "each edit leaves a backup of its own");
}

#[test]
fn what_depends_on_a_moved_resource_follows_it() {
    let text =
        "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {\n  input = terraform_data.a.id\n}\n";
    let case = Case::new(&[("main.tf", text)]);
    case.run_bare(&["apply", "-auto-approve"]).ok();
    case.run_bare(&["state", "mv", "terraform_data.a", "module.x.terraform_data.z"]).ok();
    let depends = |case: &Case| {
        let state = case.state();
        let all = state["resources"].as_array().unwrap();
        let b = all.iter().find(|r| r["name"] == "b").unwrap();
        b["instances"][0]["dependencies"].clone()
    };
    assert_eq!(depends(&case), serde_json::json!(["module.x.terraform_data.z"]));
    case.run_bare(&["state", "mv", "-state-out=other.tfstate", "module.x.terraform_data.z", "terraform_data.z"]).ok();
    assert_eq!(depends(&case), serde_json::Value::Null);
}

#[test]
fn moves_to_another_state() {
    let case = applied();
    let args = ["state", "mv", "-state-out=other.tfstate", "-backup=one", "-backup-out=two", "terraform_data.b"];
    case.run_bare(&[&args[..], &["terraform_data.c"]].concat()).ok();
    assert_eq!(held(&case, "terraform.tfstate"), "terraform_data.a[0]\nterraform_data.a[1]\n");
    assert_eq!(held(&case, "other.tfstate"), "terraform_data.c\n");
    assert_eq!(held(&case, "one"), "terraform_data.a[0]\nterraform_data.a[1]\nterraform_data.b\n");
    assert!(!case.path("two").exists(), "there was nothing to back up");
    case.run_bare(&[&args[..5], &["terraform_data.a[0]", "terraform_data.c"]].concat()).ends(1).error("Target exists");
    assert_eq!(held(&case, "terraform.tfstate"), "terraform_data.a[0]\nterraform_data.a[1]\n");
    case.run_bare(&[&args[..5], &["terraform_data.a[0]", "terraform_data.d"]].concat()).ok();
    assert_eq!(held(&case, "two"), "terraform_data.c\n");
    assert_eq!(held(&case, "other.tfstate"), "terraform_data.c\nterraform_data.d\n");
}

#[test]
fn removes_and_replaces_providers() {
    let case = applied();
    let dry = case.run_bare(&["state", "rm", "-dry-run", "terraform_data.a"]).ok().out;
    assert_eq!(dry, "Would remove terraform_data.a[0]\nWould remove terraform_data.a[1]\n");
    let gone = case.run_bare(&["state", "rm", "-backup=kept", "terraform_data.a"]).ok().out;
    assert!(gone.ends_with("Successfully removed 2 resource instance(s).\n"), "{gone}");
    assert_eq!(held(&case, "kept").lines().count(), 3);
    let replace = |args: &[&str]| case.run_bare(&[&["state", "replace-provider"], args].concat());
    assert_eq!(replace(&["hashicorp/x", "hashicorp/y"]).ok().out, "No matching resources found.\n");
    let to = ["-auto-approve", "terraform.io/builtin/terraform", "example.com/a/b"];
    replace(&to).ok().says("Successfully replaced provider for 1 resources.");
    assert_eq!(case.state()["resources"][0]["provider"], "provider[\"example.com/a/b\"]");
    replace(&["terraform"]).ends(1);
}

#[test]
fn taint_and_back() {
    let case = applied();
    case.run_bare(&["taint", "terraform_data.b"]).ok().says("has been marked as tainted.");
    assert_eq!(case.state()["resources"][1]["instances"][0]["status"], "tainted");
    case.run_bare(&["untaint", "terraform_data.b"]).ok().says("has been successfully untainted.");
    case.run_bare(&["untaint", "terraform_data.b"]).ends(1).error("Resource instance is not tainted");
    case.run_bare(&["taint", "terraform_data.x"]).ends(1).error("No such resource instance");
    case.run_bare(&["taint", "-allow-missing", "terraform_data.x"]).ok().error("No such resource instance");
    case.run_bare(&["taint", "-state-out=copy.tfstate", "terraform_data.b"]).ok();
    assert_eq!(case.state()["resources"][1]["instances"][0].get("status"), None);
    let copy: Value = serde_json::from_str(&case.read("copy.tfstate")).unwrap();
    assert_eq!(copy["resources"][1]["instances"][0]["status"], "tainted");
}

#[test]
fn states_are_read_and_written_where_flags_say() {
    let case = applied();
    let input = |file: &str| -> Value {
        let state: Value = serde_json::from_str(&case.read(file)).unwrap();
        state["resources"][1]["instances"][0]["attributes"]["input"]["value"].clone()
    };
    case.edit("main.tf", "\"b\" {\n  input = 1", "\"b\" {\n  input = 2");
    case.run_bare(&["apply", "-auto-approve", "-state-out=out.tfstate"]).ok().says("1 changed");
    assert_eq!((input("terraform.tfstate"), input("out.tfstate")), (1.into(), 2.into()));
    assert!(!case.path("out.tfstate.backup").exists() && !case.path("terraform.tfstate.backup").exists());
    case.edit("main.tf", "\"b\" {\n  input = 2", "\"b\" {\n  input = 3");
    case.run_bare(&["apply", "-auto-approve", "-state=out.tfstate", "-backup=old"]).ok().says("1 changed");
    assert_eq!((input("old"), input("out.tfstate")), (2.into(), 3.into()));
    case.run_bare(&["apply", "-auto-approve", "-state=new.tfstate", "-backup=-"]).ok().says("3 added");
    case.edit("main.tf", "\"b\" {\n  input = 3", "\"b\" {\n  input = 4");
    case.run_bare(&["apply", "-auto-approve", "-state=new.tfstate", "-backup=-"]).ok();
    assert!(!case.path("new.tfstate.backup").exists());
    case.run_bare(&["plan", "-state=new.tfstate"]).ok().says("No changes.");
}

#[test]
fn import_takes_instances_of_the_configuration() {
    let case = Case::new(&[("main.tf", MAIN), ("sub/main.tf", "resource \"terraform_data\" \"q\" {}\n")]);
    case.run_bare(&["import", "terraform_data.a[1]", "x"]).ok().says("Import successful!");
    for wrong in ["terraform_data.a", "terraform_data.a[2]", "terraform_data.b[0]"] {
        case.run_bare(&["import", wrong, "x"]).ends(1).error("Configuration for import target does not exist");
    }
    case.run_bare(&["import", "terraform_data.a[1]", "y"]).ends(1).error("Resource already managed");
    case.run_bare(&["import", "-config=sub", "terraform_data.q", "z"]).ok();
    assert_eq!(held(&case, "terraform.tfstate"), "terraform_data.a[1]\nterraform_data.q\n");
    assert!(!case.path("sub/terraform.tfstate").exists());
}
