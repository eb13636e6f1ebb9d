//! Bodies decoded under a schema.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{TestScope, show_diags};
use craton_hcl::*;
use craton_model::schema::{self, Attribute, AttributeType, NestedBlock, Nesting};
use craton_model::*;
use std::collections::BTreeMap;
use std::sync::Arc;

fn attr(ty: Type, required: bool) -> Attribute {
    Attribute { ty: AttributeType::Plain(ty), required, optional: !required, ..Default::default() }
}

fn block(
    attributes: impl IntoIterator<Item = (&'static str, Attribute)>,
    blocks: impl IntoIterator<Item = (&'static str, NestedBlock)>,
) -> schema::Block {
    schema::Block::new(
        attributes.into_iter().map(|(k, v)| (Arc::from(k), v)).collect(),
        blocks.into_iter().map(|(k, v)| (Arc::from(k), v)).collect(),
    )
}

fn nested(nesting: Nesting, block: schema::Block) -> NestedBlock {
    NestedBlock { nesting, block: Arc::new(block), min_items: 0, max_items: 0 }
}

fn sample() -> schema::Block {
    let rule = || block([("port", attr(Type::Number, true)), ("note", attr(Type::String, false))], []);
    let object = Type::object([("cidr", Type::String), ("port", Type::Number)]);
    let mut one = nested(Nesting::List, rule());
    one.max_items = 1;
    let inner = block([("x", attr(Type::String, false))], [("deep", nested(Nesting::Set, rule()))]);
    let nested_attr: BTreeMap<Arc<str>, Attribute> =
        [("a", attr(Type::String, true)), ("b", attr(Type::String, false))].map(|(k, v)| (Arc::from(k), v)).into();
    block(
        [
            ("name", attr(Type::String, true)),
            ("tags", attr(Type::map(Type::String), false)),
            ("ingress", attr(Type::set(object), false)),
            (
                "nested",
                Attribute {
                    ty: AttributeType::Nested(Nesting::List, Arc::new(nested_attr)),
                    optional: true,
                    ..Default::default()
                },
            ),
        ],
        [
            ("single", nested(Nesting::Single, inner)),
            ("rule", nested(Nesting::List, rule())),
            ("one", one),
            ("opt", nested(Nesting::Map, rule())),
            ("group", nested(Nesting::Group, rule())),
        ],
    )
}

fn scope() -> TestScope {
    TestScope::new([
        ("list", Value::list(Type::Number, [Value::from(1), Value::from(2)])),
        ("map", Value::map(Type::Number, [("a", Value::from(1))])),
        ("later", Value::unknown(Type::list(Type::Number))),
        ("id", Value::unknown(Type::String)),
        ("secret", Value::list(Type::Number, [Value::from(1)]).sensitive()),
    ])
}

fn run(text: &str) -> String {
    let (body, d) = if text.trim_start().starts_with('{') {
        craton_hcl::json::parse_file(FileId::add("t.tf.json", text))
    } else {
        parse_file(FileId::add("t.tf", text))
    };
    assert!(d.is_empty(), "{d:?}");
    let (value, d) = decode_body(&body, &sample(), &scope());
    assert_eq!(value.ty(), sample().implied_type());
    let mut out = String::new();
    for (k, v) in value.as_map().unwrap() {
        let empty_group = &**k == "group" && v.get("port").is_some_and(Value::is_null);
        if !(v.is_null() || v.is_empty() || empty_group) {
            out.push_str(&format!("{k} = {v:?}{}\n", if v.marks().is_empty() { "" } else { " marked" }));
        }
    }
    let refs: Vec<String> = body_references(&body, &sample()).iter().map(ToString::to_string).collect();
    out + &format!("refs {}\n", refs.join(" ")) + &show_diags(&d)
}

#[test]
fn attributes_and_blocks() {
    insta::assert_snapshot!(run(r#"
name = 5
tags = { a = 1, b = id }
nested = [{ a = "x" }]
single {
  x = id
  deep { port = "2" }
  deep { port = 1 }
}
rule { port = 1 }
rule {
  port = 2
  note = "n"
}
opt "x" { port = 1 }
group { port = 7 }
"#), @r#"
group = {"note": null(string), "port": 7}
name = "5"
nested = [{"a": "x", "b": null(string)}]
opt = {"x": {"note": null(string), "port": 1}}
rule = [{"note": null(string), "port": 1}, {"note": "n", "port": 2}]
single = {"deep": set[{"note": null(string), "port": 1}, {"note": null(string), "port": 2}], "x": unknown(string)}
tags = {"a": "1", "b": unknown(string)}
refs id id
"#);
}

#[test]
fn attributes_as_blocks() {
    insta::assert_snapshot!(run("name = \"n\"\ningress { port = 1 }\ningress {\n cidr = \"c\"\n}\ndynamic \"ingress\" {\n for_each = list\n content { port = ingress.value }\n}\n"), @r#"
ingress = set[{"cidr": "c", "port": null(number)}, {"cidr": null(string), "port": 1}, {"cidr": null(string), "port": 2}]
name = "n"
refs list
"#);
    insta::assert_snapshot!(run("name = \"n\"\ningress = [{ port = 1, cidr = null }]\n"), @r#"
ingress = set[{"cidr": null(string), "port": 1}]
name = "n"
refs
"#);
}

#[test]
fn dynamic_blocks() {
    insta::assert_snapshot!(run(r#"
name = "n"
dynamic "rule" {
  for_each = list
  iterator = it
  content {
    port = it.value
    note = "${it.key} ${map["a"]}"
  }
}
rule { port = 9 }
dynamic "opt" {
  for_each = map
  labels   = [opt.key]
  content { port = opt.value }
}
dynamic "single" {
  for_each = [1]
  content {
    dynamic "deep" {
      for_each = list
      content { port = deep.value + single.value }
    }
  }
}
"#), @r#"
name = "n"
opt = {"a": {"note": null(string), "port": 1}}
rule = [{"note": "0 1", "port": 1}, {"note": "1 1", "port": 2}, {"note": null(string), "port": 9}]
single = {"deep": set[{"note": null(string), "port": 2}, {"note": null(string), "port": 3}], "x": null(string)}
refs list map["a"] map list
"#);
    insta::assert_snapshot!(run(r#"
name = "n"
dynamic "rule" {
  for_each = later
  content { port = rule.value }
}
dynamic "single" {
  for_each = later
  content { x = "y" }
}
dynamic "one" {
  for_each = secret
  content { port = one.value }
}
"#), @r#"
name = "n"
one = [(sensitive object({note = string, port = number}))]
rule = unknown(list(object({note = string, port = number})))
single = {"deep": unknown(set(object({note = string, port = number}))), "x": unknown(string)}
refs later later secret
"#);
}

#[test]
fn mistakes() {
    insta::assert_snapshot!(run(r#"
nam = 1
tags = "x"
rule {}
one { port = 1 }
one { port = 2 }
single { y = 1 }
single {}
opt { port = 1 }
opt "a" "b" { port = 1 }
opt "a" { port = 1 }
opt "a" { port = 1 }
tag { a = 1 }
tags { a = 1 }
rule = 1
nested = [{}]
dynamic "rul" {
  for_each = []
  content {}
}
dynamic "rule" {
  for_each = 5
  content { port = 1 }
}
dynamic "rule" {
  for_eac = []
}
"#), @r#"
nested = unknown(list(object({a = string, b = string})))
one = [{"note": null(string), "port": 1}, {"note": null(string), "port": 2}]
opt = {"a": {"note": null(string), "port": 1}}
rule = unknown(list(object({note = string, port = number})))
single = {"deep": set[], "x": null(string)}
tags = unknown(map(string))
refs 
  "\n" Missing required argument: "name" must be set here, and it is not. Add it.
  "" Missing key for opt: opt blocks have 1 label (key). Add the missing one in quotes before the brace.
  "\"b\"" Extraneous label for opt: The labels of opt blocks are: key. Remove this one, or check that a brace is not missing.
  "nam" Unsupported argument: There is no argument "nam" here. Did you mean "name"?
  "rule" Unsupported argument: There is no argument "rule" here. It is a block type: leave the equals sign out to define a block.
  "tag" Unsupported block type: There is no block type "tag" here.
  "tags" Unsupported block type: There is no block type "tags" here. It is an argument: write an equals sign after the name to set it.
  "[{}]" Incorrect attribute value type: The value does not fit the argument "nested": element 0: attribute "a" is required.
  "\"x\"" Incorrect attribute value type: The value does not fit the argument "tags": map of string required.
  "{" Missing required argument: "port" must be set here, and it is not. Add it.
  "y" Unsupported argument: There is no argument "y" here.
  "\"rul\"" Unsupported block type: There is no block type "rul" here for a dynamic block to make. Did you mean "rule"?
  "5" Invalid dynamic for_each value: A number cannot be gone through. A list, set, map or object is required.
  "{" Missing required argument: "for_each" must be set here, and it is not. Add it.
  "for_eac" Unsupported argument: There is no argument "for_eac" here. Did you mean "for_each"?
  "{" Missing dynamic content block: A dynamic block needs a nested block "content", which holds what each "rule" block is to hold. Add it.
  "one" Too many one blocks: There may be 1 "one" block(s) here, and there are 2.
  "opt \"a\"" Duplicate opt block: There is already a "opt" block with the label "a" at t.tf:11:1. Each label may be used once.
  "single" Duplicate single block: There may be one "single" block here, and the first one is at t.tf:7:1. Merge the two or remove one.
"#);
    insta::assert_snapshot!(run("name = null\nrule { port = nope }\n"), @r#"
name = unknown(string)
rule = [{"note": null(string), "port": unknown(number)}]
refs nope
  "null" Missing required argument: "name" must be set, and null counts as leaving it out. Give a value.
  "nope" Unknown variable: There is no nope.
"#);
}

#[test]
fn alternatives_whose_number_is_unknown_are_not_counted() {
    insta::assert_snapshot!(run(r#"
name = "n"
dynamic "one" {
  for_each = [for n in later : n if n > 1]
  content { port = one.value }
}
dynamic "one" {
  for_each = [for n in later : n if n <= 1]
  content { port = one.value }
}
one { port = 3 }
"#), @r#"
name = "n"
one = unknown(list(object({note = string, port = number})))
refs later later
"#);
}

#[test]
fn json() {
    insta::assert_snapshot!(run(r#"{
  "//": "a comment",
  "name": "${map[\"a\"]}",
  "tags": {"k": "v"},
  "rule": [{"port": 1}, {"port": "2", "//": "x"}],
  "single": {"deep": {"port": 3}},
  "opt": {"a": {"port": 1}, "b": {"port": 2}},
  "dynamic": {"one": {"for_each": "${list}", "content": {"port": 1}}},
  "nam": 1,
  "group": [1]
}"#), @r#"
name = "1"
one = [{"note": null(string), "port": 1}, {"note": null(string), "port": 1}]
opt = {"a": {"note": null(string), "port": 1}, "b": {"note": null(string), "port": 2}}
rule = [{"note": null(string), "port": 1}, {"note": null(string), "port": 2}]
single = {"deep": set[{"note": null(string), "port": 3}], "x": null(string)}
tags = {"k": "v"}
refs map["a"] list
  "1" Incorrect JSON value type: Here is a number, where an object is required whose properties are arguments and blocks.
  "\"nam\"" Extraneous JSON object property: No argument or block type is named "nam". Did you mean "name"?
  "\"one\"" Too many one blocks: There may be 1 "one" block(s) here, and there are 2.
"#);
}
