//! Values of variables: where they come from, which wins, what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use craton_config::*;
use craton_model::{Diagnostics, Value};
use std::path::Path;
use std::sync::Arc;

const MODULE: &str = r#"
variable "text" { default = "d" }
variable "number" {
  type    = number
  default = 1
}
variable "list" {
  type    = list(string)
  default = []
}
variable "any" {
  type    = any
  default = null
}
variable "strict" {
  type     = object({ a = optional(number, 7) })
  default  = {}
  nullable = false
}
variable "required" {}
"#;

fn module(dir: &Path) -> Module {
    std::fs::write(dir.join("main.tf"), MODULE).unwrap();
    let (module, d) = load_folder(dir, &FileCache::new());
    assert!(d.is_empty(), "{d:?}");
    module
}

fn show(values: &std::collections::BTreeMap<Arc<str>, Value>) -> String {
    format!("{values:?}")
}

fn summaries(d: &Diagnostics) -> Vec<String> {
    d.0.iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect()
}

#[test]
fn later_sources_win() {
    let dir = tempfile::tempdir().unwrap();
    let m = module(dir.path());
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("terraform.tfvars", "text = \"tfvars\"\nnumber = 2\nrequired = \"r\"\n");
    write("terraform.tfvars.json", r#"{"number": 3, "list": ["${x}"]}"#);
    write("a.auto.tfvars", "number = 4\n");
    write("b.auto.tfvars.json", r#"{"number": "5"}"#);
    write("extra.tfvars", "any = { x = [1] }\n");
    let cache = FileCache::new();
    let mut inputs = VariableInputs::new();
    inputs.add_environment([("TF_VAR_text".into(), "env".into()), ("TF_VAR_other".into(), "x".into())]);
    let mut d = inputs.add_folder(dir.path(), &cache);
    d.extend(inputs.add_file(&dir.path().join("extra.tfvars"), &cache));
    inputs.add_argument("strict={a=null}").unwrap();
    let (values, more) = inputs.resolve(&m);
    d.extend(more);
    assert!(d.is_empty(), "{d:?}");
    assert_eq!(
        show(&values),
        r#"{"any": {"x": [1]}, "list": ["${x}"], "number": "5", "required": "r", "strict": {"a": null(any)}, "text": "tfvars"}"#
    );
}

#[test]
fn text_is_read_by_the_type() {
    let dir = tempfile::tempdir().unwrap();
    let m = module(dir.path());
    let mut inputs = VariableInputs::new();
    for a in ["text=[1]", "number= 12", "list=[\"a\", 1]", "any=true", "required=null", "strict=null"] {
        inputs.add_argument(a).unwrap();
    }
    let (values, d) = inputs.resolve(&m);
    assert_eq!(summaries(&d), ["Invalid value for input variable: The value for var.number (declared at DIR/main.tf:3:1) does not fit its type number: a number is required. Change the value or the type."].map(|s| s.replace("DIR", &dir.path().display().to_string())));
    assert_eq!(
        show(&values),
        r#"{"any": true, "list": ["a", 1], "number": unknown(number), "required": "null", "strict": null(any), "text": "[1]"}"#
    );
}

#[test]
fn what_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let m = module(dir.path());
    let mut inputs = VariableInputs::new();
    for a in ["x", "a b=1", "name =1", "=1"] {
        assert!(inputs.add_argument(a).is_err(), "{a}");
    }
    inputs.add_argument("txet=1").unwrap();
    inputs.add_argument("list=[").unwrap();
    let file = dir.path().join("v.tfvars");
    std::fs::write(&file, "u1 = 1\nu2 = 2\nu3 = 3\nu4 = 4\nnumber = var.x\nvariable \"x\" {}\n").unwrap();
    let d = inputs.add_file(&file, &FileCache::new());
    assert_eq!(d.0.len(), 1);
    assert_eq!(d.0[0].summary, "Variable declaration in .tfvars file");
    std::fs::write(&file, "u1 = 1\nu2 = 2\nu3 = 3\nu4 = 4\nnumber = var.x\n").unwrap();
    assert!(inputs.add_file(&file, &FileCache::new()).is_empty());
    assert_eq!(inputs.missing(&m).iter().map(|v| &*v.name).collect::<Vec<_>>(), ["required"]);
    let (_, d) = inputs.resolve(&m);
    let got: Vec<_> = d.0.iter().map(|d| (d.is_error(), d.summary.as_str())).collect();
    assert!(got.contains(&(true, "No value for required variable")), "{got:?}");
    assert!(got.contains(&(true, "Variables not allowed")), "{got:?}");
    assert!(got.contains(&(true, "Value for undeclared variable")), "{got:?}");
    assert_eq!(got.iter().filter(|g| **g == (false, "Value for undeclared variable")).count(), 3);
    assert!(got.contains(&(false, "Values for undeclared variables")), "{got:?}");
    assert!(!inputs.add_file(Path::new("absent.tfvars"), &FileCache::new()).is_empty());
}
