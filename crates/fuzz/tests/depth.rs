//! Deep nesting and large results are errors that say so: no stack overflows and no memory runs out. The tests run on
//! threads with the small stack that tests have, in a debug build, whose frames are the largest.

use std::io::Write as _;

use craton_hcl::{eval, parse_expression};
use craton_model::FileId;

const DEEP: usize = 20_000;

fn nested(open: &str, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(DEEP), close.repeat(DEEP))
}

#[test]
fn native_syntax() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{a=", "}"),
        ("!", ""),
        ("-", ""),
        ("1+", ""),
        ("\"${", "}\""),
        ("\"%{if true}", "%{endif}\""),
        ("f(", ")"),
        ("[for x in ", ": x]"),
        ("{for x in [1]: x => ", "}"),
        ("true ? 1 : ", ""),
        ("a[", "]"),
        ("<<E\n${", "}\nE\n"),
    ] {
        let text = nested(open, "1", close);
        craton_fuzz::run("eval", text.as_bytes());
        craton_fuzz::run("hcl", format!("x = {text}\n").as_bytes());
        craton_fuzz::run("template", format!("${{{text}}}").as_bytes());
        craton_fuzz::run("tfvars", format!("x = {text}\n").as_bytes());
    }
    for (open, close) in [("a {\n", "}\n"), ("a \"b\" {\n", "}\n"), ("dynamic \"a\" {\n content {\n", "}\n}\n")] {
        craton_fuzz::run("hcl", nested(open, "", close).as_bytes());
        craton_fuzz::run("hcl", open.repeat(DEEP).as_bytes());
    }
    craton_fuzz::run("template", nested("%{if true}", "", "%{endif}").as_bytes());
    craton_fuzz::run("template", nested("%{for x in [1]}", "", "%{endfor}").as_bytes());
    for step in [".a", "[0]", "[*]", ".*", ".0", "[a]"] {
        craton_fuzz::run("eval", format!("known.obj{}", step.repeat(DEEP)).as_bytes());
        craton_fuzz::run("eval", format!("[known.obj]{}", step.repeat(DEEP)).as_bytes());
    }
}

/// As deep as is allowed, in each of the ways: every part of craton goes down as far.
#[test]
fn at_the_limit() {
    for depth in [124, 248] {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{a=", "}"),
            ("!", ""),
            ("\"${", "}x\""),
            ("tolist([", "])"),
            ("[for x in [", "]: x]"),
        ] {
            let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            craton_fuzz::run("eval", text.as_bytes());
            craton_fuzz::run("hcl", format!("x = {text}\n").as_bytes());
            craton_fuzz::run("tfvars", format!("x = {text}\n").as_bytes());
            // A template in a string at the bottom of JSON.
            let inner = text.replace('\\', "\\\\").replace('"', "\\\"");
            for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
                let json = format!("{{\"x\":{}\"${{{inner}}}\"{}}}", open.repeat(depth), close.repeat(depth));
                craton_fuzz::run("json", json.as_bytes());
                craton_fuzz::run("tfvars", json.as_bytes());
            }
        }
    }
}

#[test]
fn json_texts() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let text = nested(open, "1", close);
        for target in ["json", "tfvars", "tfstate", "plan"] {
            craton_fuzz::run(target, text.as_bytes());
            craton_fuzz::run(target, open.repeat(DEEP).as_bytes());
        }
        for template in [
            r#"{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"l","outputs":{"a":{"value":VALUE,"type":"string"}}}"#,
            r#"{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"l","outputs":{"a":{"value":1,"type":VALUE}}}"#,
            r#"{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"l","check_results":VALUE}"#,
            r#"{"craton_plan":1,"types":[VALUE]}"#,
            r#"{"craton_plan":1,"types":["dynamic"],"plan":{"changes":[VALUE]}}"#,
        ] {
            let text = template.replace("VALUE", &text);
            craton_fuzz::run("tfstate", text.as_bytes());
            craton_fuzz::run("plan", text.as_bytes());
        }
        let quoted = text.replace('"', "\\\"");
        for function in ["jsondecode", "yamldecode", "csvdecode"] {
            craton_fuzz::run("eval", format!("{function}(\"{quoted}\")").as_bytes());
        }
    }
    let types = nested("[\"list\",", "\"string\"", "]");
    craton_fuzz::run("plan", format!(r#"{{"craton_plan":1,"types":[{types}]}}"#).as_bytes());
    let regex = format!("regex(\"{}\", \"a\")", nested("(", "a", ")"));
    craton_fuzz::run("eval", regex.as_bytes());
}

/// What each of these says instead of taking all memory or time.
#[test]
fn large_results() {
    let thousand = "range(1000)";
    for (text, says) in [
        ("range(1000000000)".to_owned(), "more than 1024"),
        ("format(\"%1000000000d\", 1)".to_owned(), "too large"),
        (format!("format(\"{}\", {}...)", "%1000000d".repeat(100), "range(100)"), "longer than 64 MiB"),
        (format!("formatlist(\"%1000000d\", {thousand})"), "longer than 64 MiB"),
        ("indent(1000000000000, \"a\\nb\")".to_owned(), "longer than 64 MiB"),
        (format!("setproduct({thousand}, {thousand}, {thousand})"), "more than 5000000 elements"),
        (format!("setproduct({}[1])", "[1, 2, 3, 4, 5, 6, 7, 8, 9], ".repeat(60)), "more than 5000000 elements"),
        (doubling("\"aaaaaaaaaa\"", "\"${A}${A}${A}${A}\"", 20), "longer than 64 MiB"),
        (doubling("\"aaaaaaaaaa\"", "replace(A, \"a\", \"aaaaaaaaaa\")", 20), "longer than 64 MiB"),
        (doubling("\"aaaaaaaaaa\"", "replace(A, \"/^/\", A)", 30), "longer than 64 MiB"),
        (doubling("\"aaaaaaaaaa\"", "join(A, [A, A, A, A])", 20), "longer than 64 MiB"),
        (doubling("[1, 2, 3, 4]", "concat(A, A, A, A)", 20), "more than 5000000 elements"),
        (loops(20), "takes too long"),
    ] {
        let (expr, diags) = parse_expression(FileId::add("a", text.as_str()));
        assert!(!diags.has_errors(), "{text}: {diags:?}");
        let (_, found) = eval(&expr, craton_fuzz::scope());
        let said: Vec<String> = found.0.iter().map(|d| format!("{} {}", d.summary, d.detail)).collect();
        assert!(said.iter().any(|s| s.contains(says)), "{text}\n{said:?}");
    }
}

/// The value of `grow` with `A` put in place of itself, again and again.
fn doubling(start: &str, grow: &str, times: usize) -> String {
    let mut text = start.to_owned();
    for i in (0..times).rev() {
        let name = format!("v{i}");
        text = if i + 1 == times { grow.replace('A', &name) } else { text };
        let inner = if i == 0 { start.to_owned() } else { grow.replace('A', &format!("v{}", i - 1)) };
        text = format!("[for {name} in [{inner}]: {text}][0]");
    }
    text
}

fn loops(depth: usize) -> String {
    format!("{}1{}", "[for x in range(1000): ".repeat(depth), "]".repeat(depth))
}

/// A small file that unpacks to a large one.
#[test]
fn a_plan_that_unpacks_to_very_much() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..64 {
        packer.write_all(&[b' '; 1 << 20]).unwrap();
    }
    craton_fuzz::run("plan", &packer.finish().unwrap());
}
