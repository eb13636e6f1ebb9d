//! `render` and `info`: a unit's configuration as it is in force.

use serde_json::{Value, json};

use crate::case::Case;
use crate::many::{MODULE, unit};

fn case() -> Case {
    let case = Case::new(&[("modules/m/main.tf", MODULE)]);
    case.write(
        "live/root.hcl",
        "inputs = {\n  region = \"eu\"\n}\ngenerate \"p\" {\n  path      = \"p.tf\"\n  if_exists = \"overwrite\"\n  contents  = \"# p\\n\"\n}\n",
    );
    case.write("live/vpc/terragrunt.hcl", &unit(&[], ""));
    let more = r#"
include "root" {
  path = find_in_parent_folders("root.hcl")
}
locals {
  size = 3
}
dependencies {
  paths = ["../vpc"]
}
inputs = {
  text  = dependency.vpc.outputs.text
  count = local.size
}
exclude {
  if      = false
  actions = ["plan"]
}
errors {
  retry "r" {
    retryable_errors   = [".*busy.*"]
    max_attempts       = 2
    sleep_interval_sec = 1
  }
}
"#;
    case.write("live/db/terragrunt.hcl", &unit(&["vpc"], more));
    case
}

#[test]
fn as_a_configuration() {
    let case = case();
    let ran = case.run(&["--working-dir", "live/db", "render"]).ok().says("Inputs are not known yet");
    for text in [
        "locals {\n  size = 3\n}\n",
        "  source = \"../../modules/m\"\n",
        "dependency \"vpc\" {\n  config_path = \"../vpc\"\n}\n",
        "  paths = [\"../vpc\"]\n",
        "  contents    = \"# p\\n\"\n",
        "  retry \"r\" {\n",
        "inputs = {\n  count  = 3\n  region = \"eu\"\n  text   = \"\"\n}\n",
    ] {
        assert!(ran.out.contains(text), "{text}\n{ran}");
    }
    // What is written is a unit that says the same.
    case.write("live/db/terragrunt.hcl", &ran.out);
    assert_eq!(case.run(&["--working-dir", "live/db", "render"]).ok().out, ran.out);
}

#[test]
fn as_json_with_where_it_comes_from() {
    let case = case();
    case.run(&["--working-dir", "live/vpc", "apply", "-auto-approve"]).ok();
    case.run(&["--working-dir", "live/db", "render", "--json", "-w"]).ok();
    let read = |name: &str| -> Value { serde_json::from_str(&case.read(name)).unwrap() };
    let plain = read("live/db/terragrunt.rendered.json");
    assert_eq!(plain["inputs"], json!({ "count": 3, "region": "eu", "text": "x" }));
    assert_eq!(plain["dependency"]["vpc"]["outputs"], Value::Null);
    assert_eq!(plain["dependencies"]["paths"], json!(["../vpc"]));
    assert_eq!(plain["errors"]["retry"][0]["max_attempts"], 2);
    case.run(&["--working-dir", "live/db", "render", "--format=json", "--with-metadata", "-w", "--out", "m/x.json"])
        .ok();
    let with = read("live/db/m/x.json");
    let from = |v: &Value| {
        let file = v["metadata"]["found_in_file"].as_str().unwrap();
        file.rsplit_once("/live/").unwrap().1.to_owned()
    };
    assert_eq!(
        (from(&with["inputs"]["region"]), from(&with["inputs"]["text"])),
        ("root.hcl".into(), "db/terragrunt.hcl".into())
    );
    assert_eq!(
        (from(&with["generate"]["p"]), from(&with["dependency"]["vpc"])),
        ("root.hcl".into(), "db/terragrunt.hcl".into())
    );
    assert_eq!(with["dependencies"][0]["value"], "../vpc");
    assert_eq!(with["iam_role"], json!({ "value": "", "metadata": null }));
    // As it was spelled before; and for all units.
    case.run(&["render-json", "--terragrunt-working-dir", "live/vpc", "--terragrunt-json-out", "out.json"]).ok();
    assert_eq!(read("live/vpc/out.json")["terraform"]["source"], "../../modules/m");
    let out = case.run(&["--working-dir", "live", "render", "--all", "--json"]).ok().out;
    assert_eq!(serde_json::Deserializer::from_str(&out).into_iter::<Value>().filter(|v| v.is_ok()).count(), 2);
    case.run(&["--working-dir", "live", "render", "--all", "--json", "-w"]).ok();
    assert_eq!(read("live/vpc/terragrunt.rendered.json")["terraform"]["source"], "../../modules/m");
}

#[test]
fn what_is_wrong_is_said() {
    let case = case();
    case.write("live/vpc/terragrunt.hcl", "inputs = { a = local.b }\n");
    case.run(&["--working-dir", "live/vpc", "render"]).ends(1).error("Reference to undeclared local value");
    case.run(&["--working-dir", "live/vpc", "render", "--format", "xml"]).ends(1).says("invalid value 'xml'");
}

#[test]
fn where_things_are() {
    let case = case();
    let print = |dir: &str| -> Value {
        serde_json::from_str(&case.run(&["--working-dir", dir, "info", "print"]).ok().out).unwrap()
    };
    let info = print("live/vpc");
    let place = |name: &str| info[name].as_str().unwrap().to_owned();
    assert!(place("config_path").starts_with("[CASE]/") && place("config_path").ends_with("/live/vpc/terragrunt.hcl"));
    assert!(place("download_dir").ends_with("/live/vpc/.terragrunt-cache"), "{info}");
    assert!(place("working_dir").contains("/live/vpc/.terragrunt-cache/"), "{info}");
    // Also of a unit that cannot be read.
    case.write("live/vpc/terragrunt.hcl", "iam_role = local.x\n");
    assert_eq!(print("live/vpc")["iam_role"], "");
    case.run(&["info", "strict", "list"]).ok().says("bare-include");
}
