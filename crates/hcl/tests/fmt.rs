//! Canonical formatting. The expected texts are what `terraform fmt` 1.11.4 gives.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use craton_hcl::fmt::format;
use std::path::Path;

fn fmt(text: &str) -> String {
    let once = format(Path::new("t.tf"), text).unwrap();
    assert_eq!(format(Path::new("t.tf"), &once).unwrap(), once, "formatting twice changes nothing");
    once
}

#[test]
fn lines_are_indented_and_aligned() {
    insta::assert_snapshot!(fmt(r#"
resource aws_x "y" {
a=1
  bbb   =  2 # one
cc = "x"// two
/* lead */ dd = 3
e={
f=[1,2,3]
  g  = {a=1,b=2}
}
y = foo(<<EOT
  a ${ b } c
EOT
)
z = <<-EOT
   x
     %{ for a in b ~}
   ${ a }
   %{ endfor }
   EOT
   # comment
aa    = 1
   // other


   bb = 2
lifecycle {
create_before_destroy=true
}
x = [{
a = 1
},{
b = 2
}]
   h = merge(
   a,{
   b=1
   })
}
"#), @r#"
resource "aws_x" "y" {
  a             = 1
  bbb           = 2   # one
  cc            = "x" // two
  /* lead */ dd = 3
  e = {
    f = [1, 2, 3]
    g = { a = 1, b = 2 }
  }
  y = foo(<<EOT
  a ${b} c
EOT
  )
  z = <<-EOT
   x
     %{for a in b~}
   ${a}
   %{endfor}
   EOT
  # comment
  aa = 1
  // other


  bb = 2
  lifecycle {
    create_before_destroy = true
  }
  x = [{
    a = 1
    }, {
    b = 2
  }]
  h = merge(
    a, {
      b = 1
  })
}
"#);
}

#[test]
fn one_space_or_none_between_tokens() {
    insta::assert_snapshot!(fmt(r#"
j = "${ ! foo}-${-1}"
k = - 1 - - 2 - -3
l = ! true
m = a ? -1 : - 2
n = foo [ 0 ] [ 1 ] . bar
o = [for x in y:x if x!=1]
p = {for k,v in y:k=>v...}
q = f( a... )
r = provider :: aws :: arn_parse ( "x" )
s = "a${ b }c%{ if x }d%{ else }e%{endif}"
t = "a${ {a=1} }"
u = a&&b||!c
w = {}
v = { a = -1, "b":2 }
"#), @r#"
j = "${!foo}-${- 1}"
k = -1 - -2 - -3
l = !true
m = a ? -1 : -2
n = foo[0][1].bar
o = [for x in y : x if x != 1]
p = { for k, v in y : k => v... }
q = f(a...)
r = provider::aws::arn_parse("x")
s = "a${b}c%{if x}d%{else}e%{endif}"
t = "a${ { a = 1 } }"
u = a && b || !c
w = {}
v = { a = -1, "b" : 2 }
"#);
}

#[test]
fn old_spellings_are_replaced() {
    insta::assert_snapshot!(fmt(r#"
a = "${var.foo}"
b = "${
var.x
}"
c = "${
  x ? y
  : z
}"
d = "${x}${y}"
e = ["${x}"]
variable "x" {
type = "string"
}
variable y {
type=list
default="${x}"
}
"#), @r#"
a = var.foo
b = var.x
c = (x ? y
: z)
d = "${x}${y}"
e = ["${x}"]
variable "x" {
  type = string
}
variable "y" {
  type    = list(any)
  default = x
}
"#);
}

#[test]
fn line_ends_stay_and_a_byte_order_mark_goes() {
    assert_eq!(fmt("a=1\r\nbb=2"), "a  = 1\r\nbb = 2");
    assert_eq!(fmt("\u{feff}a=1\n\n\n\nb=2\n"), "a = 1\n\n\n\nb = 2\n");
    assert_eq!(fmt(""), "");
    assert_eq!(fmt("a = 0 .1+b.0 .1"), "a = 0 .1 + b.0 .1", "a number does not grow");
    assert_eq!(fmt("a = 1\n \t "), "a = 1\n   ", "blanks after the last line end are spaces");
}

#[test]
fn a_file_with_errors_is_refused() {
    assert!(format(Path::new("t.tf"), "a = [1").is_err());
}

#[test]
fn values_are_written_as_terraform_writes_them() {
    let (expr, d) = craton_hcl::parse_expression(craton_model::FileId::add(
        "e",
        r#"{a=1,"b c"=[1,"x",{d=null, e=[]}],"1x"=true,"é"={}, x-y="q\"${"$"}${"{"}z}\n", ""=[{x=1},{x=2}]}"#,
    ));
    assert!(d.is_empty());
    let value = craton_hcl::eval_constant(&expr).0;
    insta::assert_snapshot!(craton_hcl::expression_text(&value).unwrap(), @r#"
{
  "" = [{
    x = 1
    }, {
    x = 2
  }]
  "1x" = true
  a    = 1
  "b c" = [1, "x", {
    d = null
    e = []
  }]
  x-y = "q\"$${z}\n"
  é   = {}
}
"#);
    let entries = value.as_map().unwrap();
    let picked = entries.iter().filter(|(k, _)| craton_hcl::is_identifier(k)).map(|(k, v)| (&**k, v));
    assert_eq!(craton_hcl::assignments_text(picked).unwrap(), "a   = 1\nx-y = \"q\\\"$${z}\\n\"\né   = {}\n");
}

#[test]
fn labels_have_nothing_between_them() {
    let text = "a /* w */ \"b\" /* x */ c /* y */ {\n}\nresource /* k */ \"t\\u0065\"   \"n\" {}\nd /* z */ {}\n";
    assert_eq!(fmt(text), "a \"b\" \"c\" /* y */ {\n}\nresource \"te\" \"n\" {}\nd /* z */ {}\n");
}

#[test]
fn keys_are_quoted_where_they_would_be_something_else() {
    use craton_hcl::object_key;
    assert_eq!((object_key("for", false), object_key("for", true)), ("for".into(), "\"for\"".into()));
    assert_eq!((object_key("a-b", true), object_key("a b", false)), ("a-b".into(), "\"a b\"".into()));
}
