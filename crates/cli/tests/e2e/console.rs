//! `console` with a script on standard input.

use std::fs::File;

use crate::case::{Case, Ran};

const MAIN: &str = "variable \"x\" {\n  default = \"hi\"\n}\n\nvariable \"secret\" {\n  default   = \"q\"\n  sensitive = true\n}\n\nlocals {\n  l = [var.x]\n}\n\nresource \"terraform_data\" \"a\" {\n  input = var.x\n}\n";

fn typed(case: &Case, args: &[&str], text: &str) -> Ran {
    case.write("script", text);
    let mut command = case.command(&[&["console"], args].concat());
    command.stdin(File::open(case.path("script")).unwrap());
    case.finish(command)
}

#[test]
fn the_last_value_of_a_script_is_written() {
    let case = Case::new(&[("main.tf", MAIN)]);
    let out = |text: &str| typed(&case, &[], text).ok().out;
    assert_eq!(out("1 + 1\nvar.x\n"), "\"hi\"\n");
    assert_eq!(out("1\nexit\n2\n"), "");
    assert_eq!(out("1\n\n"), "\n");
    assert_eq!(out("local.l"), "[\n  \"hi\",\n]\n");
    assert_eq!(out("(1 +\n2)\n"), "3\n");
    assert_eq!(out("<<E\nx\nE\n"), "<<EOT\nx\n\nEOT\n");
    assert_eq!(out("var.secret\n"), "(sensitive value)\n");
    assert_eq!(out("type([1])\n"), "tuple([\n    number,\n])\n");
    assert_eq!(out("help max\n"), "max(numbers...: number) -> number\n  The greatest of the given numbers.\n");
    assert!(out("timestamp()\n").starts_with("\"20"));
}

#[test]
fn the_first_mistake_ends_a_script() {
    let case = Case::new(&[("main.tf", MAIN)]);
    let ran = typed(&case, &[], "var.nope\n1\n").ends(1);
    ran.error("Reference to undeclared input variable").at("<console-input> line 1", "var.nope");
    assert_eq!(ran.out, "");
    typed(&case, &[], "1 +\n").ends(1).error("Invalid expression");
    typed(&case, &[], "help maxx\n").ends(1).error("No such function");
}

#[test]
fn values_are_those_of_the_state_or_of_a_plan() {
    let case = Case::new(&[("main.tf", MAIN)]);
    let input = "terraform_data.a.input\n";
    assert_eq!(typed(&case, &[], input).ok().out, "(known after apply)\n");
    assert_eq!(typed(&case, &["-plan"], input).ok().out, "\"hi\"\n");
    case.run_bare(&["apply", "-auto-approve"]).ok();
    assert_eq!(typed(&case, &["-var", "x=new"], input).ok().out, "\"hi\"\n");
    assert_eq!(typed(&case, &["-plan", "-var", "x=new"], input).ok().out, "\"new\"\n");
    assert_eq!(typed(&case, &["-state=none.tfstate"], input).ok().out, "(known after apply)\n");
}
