//! Bodies read through schemas, in both syntaxes; expressions read without evaluating.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::show_diags;
use craton_hcl::*;
use craton_model::FileId;

fn native(text: &str) -> Body {
    let (body, d) = parse_file(FileId::add("t.tf", text));
    assert!(d.is_empty(), "{d:?}");
    body
}

fn json(text: &str) -> (Body, String) {
    let (body, d) = craton_hcl::json::parse_file(FileId::add("t.tf.json", text));
    (body, show_diags(&d))
}

fn expr(text: &str) -> Expr {
    let (e, d) = parse_expression(FileId::add("e", text));
    assert!(d.is_empty(), "{text} {d:?}");
    e
}

fn show(content: &Content) -> String {
    let mut out: String =
        content.attributes.values().map(|a| format!("{} = {}\n", a.name, a.expr.span().text())).collect();
    for b in &content.blocks {
        let labels: Vec<&str> = b.labels.iter().map(|l| &*l.name).collect();
        let (inner, _) = b.body.attributes();
        out.push_str(&format!("{} {labels:?} {:?}\n", b.kind, inner.keys().collect::<Vec<_>>()));
    }
    out
}

fn schema() -> BodySchema<'static> {
    BodySchema::new().required("source").optional(["version"]).block("resource", &["type", "name"]).blocks(["locals"])
}

#[test]
fn what_the_schema_names_is_returned_and_the_rest_reported() {
    let body =
        native("source = 1\nverson = 2\nresource \"a\" \"b\" { x = 1 }\nlocal {}\nlocals {}\nresource \"a\" {}\n");
    let (content, d) = body.content(&schema());
    insta::assert_snapshot!(show(&content) + &show_diags(&d), @r#"
source = 1
resource ["a", "b"] ["x"]
locals [] []
  "" Missing name for resource: resource blocks have 2 labels (type, name). Add the missing one in quotes before the brace.
  "verson" Unsupported argument: There is no argument "verson" here. Did you mean "version"?
  "local" Unsupported block type: There is no block type "local" here. Did you mean "locals"?
"#);
    let (content, rest, d) = body.partial_content(&BodySchema::new().optional(["source"]).block("local", &[]));
    assert!(d.is_empty());
    assert_eq!(show(&content), "source = 1\nlocal [] []\n");
    let (content, d) = rest.content(&schema());
    insta::assert_snapshot!(show(&content) + &show_diags(&d), @r#"
resource ["a", "b"] ["x"]
locals [] []
  "s" Missing required argument: "source" must be set here, and it is not. Add it.
  "" Missing name for resource: resource blocks have 2 labels (type, name). Add the missing one in quotes before the brace.
  "verson" Unsupported argument: There is no argument "verson" here. Did you mean "version"?
"#);
}

#[test]
fn the_same_in_json() {
    let (body, problems) = json(
        r#"{"source": "x", "//": "note", "verson": 1,
            "resource": {"a": {"b": {"x": 1}, "c": [{"y": 1}, {"z": 2, "//": 0}]}, "d": 5}, "locals": [{"p": 1}, null]}"#,
    );
    assert_eq!(problems, "");
    let (content, d) = body.content(&schema());
    insta::assert_snapshot!(show(&content) + &show_diags(&d), @r#"
source = "x"
resource ["a", "b"] ["x"]
resource ["a", "c"] ["y"]
resource ["a", "c"] ["z"]
locals [] ["p"]
  "5" Incorrect JSON value type: Here is a number, where an object is required whose properties are the name of each block.
  "\"verson\"" Extraneous JSON object property: No argument or block type is named "verson". Did you mean "version"?
"#);
}

#[test]
fn mistakes_in_json() {
    let all: String = [
        "",
        "[1",
        "{\"a\": }",
        "{\"a\": 1,}",
        "{\"a\" 1}",
        "{a: 1}",
        "{\"a\": 01}",
        "{\"a\": 'x'}",
        "{\"a\": \"x\ny\"}",
        "{\"a\": \"\\q\"}",
        "{\"a\": tru}",
        "{\"a\": [1 2]}",
        "{\"a\": 1 \"b\": 2}",
        "{} x",
        "5",
        "{\"a\": {\"b\": [}",
    ]
    .iter()
    .map(|text| format!("{text}\n{}", json(text).1))
    .collect();
    insta::assert_snapshot!(all, @r#"
  "" Missing value: The file ends where a value is expected.
[1
  "[" Unclosed array: The file ends before the closing bracket of this. Add it.
{"a": }
  "}" Invalid JSON value: A JSON value is expected here: an object, array, string, number, true, false or null.
{"a": 1,}
  "}" Trailing comma in object: No comma may follow the last property of a JSON object. Remove it.
{"a" 1}
  "1" Missing property value colon: A colon is expected between the name of a property and its value.
{a: 1}
  "a" Invalid object property name: A property name in double quotes is expected here.
{"a": 01}
  "01" Invalid JSON number: This is not a number as JSON writes them: digits (no leading zero), a decimal point with digits after it, an exponent.
{"a": 'x'}
  "'" Invalid JSON value: A JSON value is expected here: an object, array, string, number, true, false or null.
{"a": "x
y"}
  "\n" Invalid JSON string: A string may not go over several lines or hold control characters; write \n where a line ends.
{"a": "\q"}
  "\\q" Invalid JSON string: Allowed after a backslash are " \ / b f n r t and u with four hexadecimal digits. Write \\ for a backslash.
{"a": tru}
  "tru" Invalid JSON keyword: "tru" is not a JSON value. Strings must be in double quotes; the words are true, false, null.
{"a": [1 2]}
  "2" Missing array element separator: A comma is expected between the items of an array.
{"a": 1 "b": 2}
  "\"" Missing attribute separator: A comma is expected between the properties of an object.
{} x
  "x" Extraneous data after value: Only one value may stand in a JSON file. Remove what follows it.
5
  "5" Root value must be object: The root of a configuration in JSON must be an object. Put everything in braces.
{"a": {"b": [}
  "}" Invalid JSON value: A JSON value is expected here: an object, array, string, number, true, false or null.
"#);
    assert!(json(&"[".repeat(100_000)).1.contains("Nesting too deep"));
}

#[test]
fn an_override_replaces_arguments_and_block_types() {
    let base = native("a = 1\nb = 2\nx {\n p = 1\n}\ny {}\n");
    let over = native("b = 3\nc = 4\ndynamic \"x\" {\n for_each = []\n}\n");
    let body = base.overridden_by(&over);
    let schema = BodySchema::new().optional(["a", "b", "c"]).blocks(["x", "y"]).block("dynamic", &["type"]);
    let (content, d) = body.content(&schema);
    assert!(d.is_empty());
    assert_eq!(show(&content), "a = 1\nb = 3\nc = 4\ny [] []\ndynamic [\"x\"] [\"for_each\"]\n");
    let twice = Body::joined(vec![native("a = 1\n"), native("a = 2\n")]);
    assert!(show_diags(&twice.attributes().1).contains("Attribute redefined"));
    assert!(show_diags(&native("x {}\n").attributes().1).contains("Only arguments may stand here"));
}

#[test]
fn references_leave_out_the_names_of_for_expressions() {
    let names = |text: &str| expr(text).variables().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assert_eq!(names("var.a + f(b.c[d.e].g, \"${h[0]}\")"), "var.a b.c d.e h[0]");
    assert_eq!(names("[for x in y.z : x.a + w if x.b]"), "y.z w");
    assert_eq!(names("{for k, v in k : k => v...}"), "k");
    assert_eq!(names("{a = b, (c) = d, \"${e}\" = f}"), "b c d e f");
    assert_eq!(names("\"%{ for x in l }${x}${y}%{ endfor }\""), "l y");
    assert_eq!(names("a[*].b[c].d"), "a c");
    let (e, _) = craton_hcl::json::parse_expression(FileId::add("e", r#"["${a.b}", {"${c}": "x"}]"#));
    assert_eq!(e.variables().iter().map(ToString::to_string).collect::<Vec<_>>(), ["a.b", "c"]);
    assert_eq!(e.variables()[0].span.text(), "a.b");
}

#[test]
fn expressions_as_what_they_say() {
    let t = expr("module.net[\"a\"].ids[0]").as_traversal().unwrap();
    assert_eq!(t.to_string(), "module.net[\"a\"].ids[0]");
    assert_eq!(t.names().map(|n| n.name.to_string()).collect::<Vec<_>>(), ["module", "net"]);
    assert_eq!(expr("tags[\"x\"]").as_relative_traversal().unwrap().len(), 2);
    assert!(show_diags(&expr("\"a.b\"").as_traversal().unwrap_err()).contains("static reference"));
    assert!(expr("a[b]").as_traversal().is_err());
    for words in ["null", "true.x", "false[0].null"] {
        assert_eq!(expr(words).as_traversal().unwrap().to_string(), words);
    }
    assert!(expr("(null).x").as_traversal().is_err());
    let quoted = |text: &str| expr(text).quoted_traversal().map(|t| t.map(|t| (t.to_string(), t.span.text())));
    assert_eq!(quoted("  \"null.a[1]\"").unwrap().unwrap(), ("null.a[1]".into(), "null.a[1]".into()));
    assert!(quoted("\"a b\"").unwrap().is_err() && quoted("a.b").is_none());
    assert_eq!(expr("string").as_keyword(), Some("string"));
    assert_eq!(expr("null").as_keyword(), Some("null"));
    assert_eq!(expr("a.b").as_keyword(), None);
    assert_eq!(expr("[a, b]").static_list().unwrap().len(), 2);
    assert_eq!(expr("{aws = aws.x, \"b\" = c}").static_map().unwrap()[1].key_text(), Some("b"));
    assert_eq!(&*expr("list(string)").static_call().unwrap().name, "list");
    assert_eq!(expr("\"a\\n\"").static_string(), Some("a\n"));
    let in_json = |text: &str| craton_hcl::json::parse_expression(FileId::add("e", text)).0;
    assert_eq!(in_json(r#""aws_vpc.\u0061[0]""#).as_traversal().unwrap().to_string(), "aws_vpc.a[0]");
    assert_eq!(in_json(r#""string""#).as_keyword(), Some("string"));
    let spelled = in_json(r#""\u0061.b[c.d]""#).spelled().unwrap();
    assert!(matches!(spelled.kind(), ExprKind::Index { .. }) && spelled.variables()[1].span.text() == "c.d");
    assert!(in_json("\"a b\"").spelled().is_none() && expr("\"a\"").spelled().is_none());
    let (e, d) = parse_expression(FileId::add("e", "1 2"));
    assert!(matches!(e.kind(), ExprKind::Literal(_)) && d.0[0].summary == "Extra characters after expression");
    assert!(
        parse_traversal(FileId::add("t", "a.b[\"c\"]")).is_ok() && parse_traversal(FileId::add("t", "a.b()")).is_err()
    );
}

#[test]
fn a_template_file_is_one_expression() {
    let (e, d) = parse_template(FileId::add("t.tpl", "a ${b}\n%{ if c ~}\n  d\n%{ endif ~}\n"));
    assert!(d.is_empty());
    assert_eq!(e.variables().len(), 2);
    let (_, d) = parse_template(FileId::add("t.tpl", "line\n${"));
    assert_eq!(d.0[0].subject.unwrap().place(), "t.tpl:2:3");
}

#[test]
fn names() {
    for (name, is) in
        [("a", true), ("_a-1", true), ("é", true), ("1a", false), ("", false), ("a.b", false), ("-", false)]
    {
        assert_eq!(is_identifier(name), is, "{name}");
    }
    assert_eq!(quoted("a\"${b}\n%{\u{1}"), "\"a\\\"$${b}\\n%%{\\u0001\"");
}
