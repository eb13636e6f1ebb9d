//! What craton tells of a configuration and of itself: graphs, modules, providers, functions.

use serde_json::{Value, json};

use crate::case::Case;

const CHILD: &str = "variable \"v\" {}\n\nresource \"terraform_data\" \"q\" {\n  input = var.v\n}\n\noutput \"w\" {\n  value = terraform_data.q.id\n}\n";
const MAIN: &str = "resource \"terraform_data\" \"a\" {}\n\nresource \"terraform_data\" \"b\" {\n  input = terraform_data.a.id\n}\n\nlocals {\n  both = [terraform_data.a.id, terraform_data.b.id]\n}\n\nmodule \"m\" {\n  source = \"./m\"\n  v      = local.both\n}\n\ndata \"terraform_remote_state\" \"r\" {\n  backend = \"local\"\n  config  = { path = module.m.w }\n}\n";

fn ready() -> Case {
    let case = Case::new(&[("main.tf", MAIN), ("m/main.tf", CHILD)]);
    case.run_bare(&["init"]).ok();
    case
}

#[test]
fn a_graph_of_the_resources() {
    // An edge that others imply is left out: the module waits for a and b, and b for a.
    let want = "digraph G {
  rankdir = \"RL\";
  node [shape = rect, fontname = \"sans-serif\"];
  \"data.terraform_remote_state.r\" [label=\"data.terraform_remote_state.r\"];
  \"terraform_data.a\" [label=\"terraform_data.a\"];
  \"terraform_data.b\" [label=\"terraform_data.b\"];
  subgraph \"cluster_module.m\" {
    label = \"module.m\"
    fontname = \"sans-serif\"
    \"module.m.terraform_data.q\" [label=\"terraform_data.q\"];
  }
  \"data.terraform_remote_state.r\" -> \"module.m.terraform_data.q\";
  \"terraform_data.b\" -> \"terraform_data.a\";
  \"module.m.terraform_data.q\" -> \"terraform_data.b\";
}
";
    assert_eq!(ready().run_bare(&["graph"]).ok().out, want);
}

#[test]
fn graphs_of_operations() {
    let case = Case::new(&[(
        "main.tf",
        "resource \"terraform_data\" \"a\" {}\n\nresource \"terraform_data\" \"b\" {\n  input = terraform_data.a.id\n}\n",
    )]);
    case.run_bare(&["graph", "-type=plan"]).ok().says("\"[root] terraform_data.b\" -> \"[root] terraform_data.a\"");
    case.run_bare(&["plan", "-out=p"]).ok();
    let steps = case.run_bare(&["graph", "-plan=p"]).ok();
    steps.says("\"[root] create terraform_data.b\" -> \"[root] create terraform_data.a\"");
    case.run_bare(&["apply", "p"]).ok();
    let steps = case.run_bare(&["graph", "-type=plan-destroy"]).ok();
    steps.says("\"[root] delete terraform_data.a\" -> \"[root] delete terraform_data.b\"");
    case.run_bare(&["graph", "-plan=p", "-type=plan"]).ends(1).error("Unsupported graph type");
}

#[test]
fn cycles_are_drawn_on_demand() {
    let text = "resource \"terraform_data\" \"a\" {\n  input = terraform_data.b.id\n}\n\nresource \"terraform_data\" \"b\" {\n  input = terraform_data.a.id\n}\n";
    let case = Case::new(&[("main.tf", text)]);
    case.run_bare(&["graph"]).ends(1).error("Cycle");
    let drawn = case.run_bare(&["graph", "-type=plan", "-draw-cycles"]).ok();
    drawn.says("\"[root] terraform_data.a\" -> \"[root] terraform_data.b\" [color = \"red\", penwidth = \"2.0\"]");
}

#[test]
fn modules_and_providers_as_trees() {
    let case = ready();
    assert_eq!(case.run_bare(&["modules"]).ok().out, "\nModules declared by configuration:\n.\n└── \"m\"[./m]\n\n");
    let json: Value = serde_json::from_str(&case.run_bare(&["modules", "-json"]).ok().out).unwrap();
    assert_eq!(json, json!({"format_version": "1.0", "modules": [{"key": "m", "source": "./m", "version": ""}]}));
    let tree = "\nProviders required by configuration:\n.\n├── provider[terraform.io/builtin/terraform]\n└── module.m\n    └── provider[terraform.io/builtin/terraform]\n\n";
    assert_eq!(case.run_bare(&["providers"]).ok().out, tree);
    let run = "provider \"aws\" {}\nrun \"a\" {}\nrun \"b\" {\n  module {\n    source = \"./m\"\n  }\n}\n";
    case.write("tests/one.tftest.hcl", run);
    case.run_bare(&["init"]).ok();
    let tested = "└── test.tests.one\n    └── run.b\n        └── provider[terraform.io/builtin/terraform]\n\n";
    let tree = tree.replace("└── module.m\n    └──", "├── module.m\n│\u{a0}\u{a0} └──");
    assert_eq!(
        case.run_bare(&["providers"]).ok().out,
        format!("{}{tested}", tree.trim_end_matches('\n').to_owned() + "\n")
    );
    case.run_bare(&["providers", "lock"]).ok().says("terraform.io/builtin/terraform is built in").says("Success!");
    case.run_bare(&["providers", "lock", "hashicorp/x"]).ends(1).error("Invalid provider argument");
    case.run_bare(&["providers", "mirror", "packages"]).ok().says("Skipping terraform.io/builtin/terraform");
    let none = Case::new(&[]);
    assert_eq!(none.run_bare(&["modules", "-json"]).ok().out, "{\"format_version\":\"1.0\",\"modules\":null}\n");
    assert_eq!(none.run_bare(&["providers", "schema", "-json"]).ok().out, "{\"format_version\":\"1.0\"}\n");
}

#[test]
fn the_lock_file_of_terraform_stays() {
    let lock = "provider \"registry.terraform.io/hashicorp/aws\" {\n  version     = \"5.100.0\"\n  constraints = \"5.100.0\"\n  hashes = [\n    \"h1:abc\",\n  ]\n}\n";
    let main = "terraform {\n  required_providers {\n    aws = {\n      source  = \"hashicorp/aws\"\n      version = \"5.100.0\"\n    }\n  }\n}\n";
    let case = Case::new(&[("main.tf", main), (".terraform.lock.hcl", lock)]);
    case.run_bare(&["init"]).ok();
    case.run_bare(&["providers", "lock", "-platform=linux_amd64"]).ok().says("entry for 5.100.0 stays");
    assert_eq!(case.read(".terraform.lock.hcl"), lock);
    case.write(".terraform.lock.hcl", "provider \"x\" {\n");
    case.run_bare(&["init"]).ends(1);
}

#[test]
fn every_function_is_described() {
    let case = Case::new(&[]);
    let doc: Value = serde_json::from_str(&case.run_bare(&["metadata", "functions", "-json"]).ok().out).unwrap();
    let all = doc["function_signatures"].as_object().unwrap();
    // Terraform 1.11 has these 118, each under two names.
    assert_eq!(all.len(), 236);
    for (name, f) in all {
        let text = f["description"].as_str().unwrap();
        assert!(text.len() > 10 && text.ends_with('.'), "{name}: {text}");
        assert!(!f["return_type"].is_null(), "{name}");
    }
    assert_eq!(all["lookup"]["variadic_parameter"], json!({"name": "default", "is_nullable": true, "type": "dynamic"}));
    assert_eq!(all["core::cidrhost"]["parameters"][1], json!({"name": "hostnum", "type": "number"}));
    assert_eq!(all["distinct"]["return_type"], json!(["list", "dynamic"]));
    let told = case.run_bare(&["metadata", "functions", "max"]).ok();
    assert_eq!(told.out, "max(numbers...: number) -> number\n  The greatest of the given numbers.\n");
    case.run_bare(&["metadata", "functions", "maxx"]).ends(1).error("No such function").says("Did you mean \"max\"?");
    assert_eq!(case.run_bare(&["metadata", "functions"]).ok().out.lines().count(), 118);
}
