//! What the parser makes of texts.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use craton_hcl::*;
use craton_model::{Diagnostics, FileId};

fn diags(d: &Diagnostics) -> String {
    d.0.iter()
        .map(|d| format!("{} {}: {}\n", d.subject.map(|s| s.place()).unwrap_or_default(), d.summary, d.detail))
        .collect()
}

fn parse(text: &str) -> String {
    let (body, d) = parse_file(FileId::add("t.tf", text));
    let mut out = String::new();
    show(&body, 0, &mut out);
    out + &diags(&d)
}

fn show(body: &Body, depth: usize, out: &mut String) {
    let body = body.as_native().unwrap();
    let pad = "  ".repeat(depth);
    for a in &body.attributes {
        out.push_str(&format!("{pad}{} = {}\n", a.name, sexp(&a.expr)));
    }
    for b in &body.blocks {
        let labels: Vec<&str> = b.labels.iter().map(|l| &*l.name).collect();
        out.push_str(&format!("{pad}{} {labels:?}\n", b.kind));
        show(&b.body, depth + 1, out);
    }
}

fn all(es: &[Expr]) -> String {
    es.iter().map(sexp).collect::<Vec<_>>().join(" ")
}

fn sexp(e: &Expr) -> String {
    match e.kind() {
        ExprKind::Invalid => "<invalid>".into(),
        ExprKind::Literal(Literal::Null) => "null".into(),
        ExprKind::Literal(Literal::Bool(b)) => b.to_string(),
        ExprKind::Literal(Literal::Number(n)) => n.to_string(),
        ExprKind::Literal(Literal::String(s)) => format!("{s:?}"),
        ExprKind::Template(p) => format!("(template {})", all(p)),
        ExprKind::Interpolation(e) => format!("(interp {})", sexp(e)),
        ExprKind::TemplateFor(e) => format!("(join {})", sexp(e)),
        ExprKind::Traversal(t) => t.to_string(),
        ExprKind::RelativeTraversal { source, steps } => {
            format!("({}){}", sexp(source), steps.iter().map(ToString::to_string).collect::<String>())
        }
        ExprKind::Index { collection, key } => format!("(index {} {})", sexp(collection), sexp(key)),
        ExprKind::Splat { source, each, full } => {
            format!("(splat{} {} {})", if *full { "" } else { "-attr" }, sexp(source), sexp(each))
        }
        ExprKind::SplatItem => "@".into(),
        ExprKind::Call(c) => format!("({} {}{})", c.name, all(&c.args), if c.expand { "..." } else { "" }),
        ExprKind::Conditional { condition, yes, no } => format!("(? {} {} {})", sexp(condition), sexp(yes), sexp(no)),
        ExprKind::Binary { op, left, right } => format!("({} {} {})", op.symbol(), sexp(left), sexp(right)),
        ExprKind::Unary { op, operand } => format!("({op:?} {})", sexp(operand)),
        ExprKind::Tuple(items) => format!("[{}]", all(items)),
        ExprKind::Object(items) => {
            let items: Vec<String> = items.iter().map(|i| format!("{}: {}", sexp(&i.key), sexp(&i.value))).collect();
            format!("{{{}}}", items.join(", "))
        }
        ExprKind::For(f) => format!(
            "(for {}{} {} {}{}{}{})",
            f.key_name.as_ref().map(|k| format!("{},", k.name)).unwrap_or_default(),
            f.value_name.name,
            sexp(&f.collection),
            f.key.as_ref().map(|k| format!("{} => ", sexp(k))).unwrap_or_default(),
            sexp(&f.value),
            if f.group { "..." } else { "" },
            f.condition.as_ref().map(|k| format!(" if {}", sexp(k))).unwrap_or_default(),
        ),
        ExprKind::Paren(e) => format!("(paren {})", sexp(e)),
        ExprKind::JsonString(s) => format!("json:{:?}", s.text),
    }
}

#[test]
fn operators_and_precedence() {
    insta::assert_snapshot!(parse("a = 1 + 2 * 3 == 7 && !x.y || -a.b < 3 ? 1 : true ? 2 : 3\nb = 10 - 4 - 3\nc = (1\n+ 2)\n"), @r"
a = (? (|| (&& (== (+ 1 (* 2 3)) 7) (Not x.y)) (< (Negate a.b) 3)) 1 (? true 2 3))
b = (- (- 10 4) 3)
c = (paren (+ 1 2))
");
}

#[test]
fn steps_and_splats() {
    insta::assert_snapshot!(parse(r#"
a = foo.bar[0]["x"].0.y[count.index].z
b = foo[*].bar[0].c[*].d
c = foo.*.bar.0.baz[0]
d = f(x).y[0]
e = provider::aws::arn_parse("x", y...).z
f = var . name
"#), @r#"
a = ((index foo.bar[0]["x"][0].y count.index)).z
b = (splat foo (splat (@).bar[0].c (@).d))
c = ((splat-attr foo (@).bar[0].baz))[0]
d = ((f x)).y[0]
e = ((provider::aws::arn_parse "x" y...)).z
f = var.name
"#);
}

#[test]
fn collections() {
    insta::assert_snapshot!(parse(r#"
a = [1, 2,
 3, # c
]
b = { a = 1, "b" : 2
  (c) = 3

  "${d}" = 4 }
c = [for x in y : x if x > 1]
d = {for k, v in y
 : k => v...
 if true}
e = {}
f = []
"#), @r#"
a = [1 2 3]
b = {a: 1, "b": 2, (paren c): 3, (interp d): 4}
c = (for x y x if (> x 1))
d = (for k,v y k => v... if true)
e = {}
f = []
"#);
}

#[test]
fn templates() {
    insta::assert_snapshot!(parse(r#"
a = "x${y}z"
b = "${y}"
c = "a\n\"\u00e9\U0001F30D$${x}%%{y}$$"
d = "%{ if x }yes${1}%{ else }no%{ endif }"
e = "%{ for k, v in m ~}  ${k} %{ endfor }"
f = " a ${~ b ~} c "
g = "nested ${"twice ${"thrice"}"}"
h = "$$${a}"
i = "$%{ if true }x%{ endif }"
"#), @r#"
a = (template "x" y "z")
b = (interp y)
c = "a\n\"é🌍${x}%{y}$$"
d = (template (? x (template "yes" 1) (template "no")))
e = (template (join (for k,v m (template "" k " "))))
f = (template " a" b "c ")
g = (template "nested " (template "twice " "thrice"))
h = "$${a}"
i = (template "$" (? true (template "x") (template )))
"#);
}

#[test]
fn heredocs() {
    insta::assert_snapshot!(parse("
a = <<EOT
  x ${y} \\n
    $${z}
  EOT
b = <<-EOT
    one

      two ${x}
    three
  EOT
c = [<<A
x
A
, 2]
d = <<-EOT
    %{~ if true ~}
      yes
    %{~ endif ~}
    done
  EOT
"), @r#"
a = (template "  x " y " \\n\n    ${z}\n")
b = (template "one\n\n  two " x "\nthree\n")
c = ["x\n" 2]
d = (template "" (? true (template "      yes\n") (template )) "    done\n")
"#);
}

#[test]
fn blocks() {
    insta::assert_snapshot!(parse("\u{feff}resource \"a\" b {\r\n  x = 1 // c\r\n  y { z = 2 }\r\n  empty {}\r\n}\r\n# end"), @r#"
resource ["a", "b"]
  x = 1
  y []
    z = 2
  empty []
"#);
}

#[test]
fn mistakes() {
    insta::assert_snapshot!(parse("
a = 'x'
b = [1 2]
c =
d = { a = 1 b = 2 }
e = foo(1 2)
f \"x\" = 3
g = \"abc
h = 1 2
i = \"${a b}\"
j = [1,
  2
k = 3
l = 07.1.2
m = \"\\x\"
n = a ? b
o : 1
\"p\" = 2
q = 1
q = 2
r { a = 1, b = 2 }
s = \"%{ if x }\"
t = \"%{ else }\"
u = \"%{ elsif x }\"
v = foo.
w = a & b
x = <<-EOT x
y = 1; z = 2
ok = 1
"), @r#"
a = <invalid>
b = <invalid>
c = <invalid>
d = <invalid>
e = <invalid>
g = <invalid>
h = 1
i = <invalid>
j = <invalid>
k = 3
l = <invalid>
m = <invalid>
n = <invalid>
q = 1
s = <invalid>
t = <invalid>
u = <invalid>
v = <invalid>
w = a
x = <invalid>
y = 1
ok = 1
r []
  a = 1
t.tf:2:5 Invalid character: Strings are written in double quotes ("), not in single ones.
t.tf:3:8 Missing item separator: A comma is expected before the next item, also where the items stand on lines of their own.
t.tf:4:3 Missing expression: The argument "c" has no value. Write one on the same line after the equals sign.
t.tf:5:13 Missing attribute separator: A comma or a line end is expected before the next item.
t.tf:6:11 Missing argument separator: A comma is expected before the next argument of "foo", or a closing parenthesis after the last one.
t.tf:7:7 Invalid block definition: A block is not assigned to, so no equals sign may stand here. Remove it to define a block; to set an argument, write a single name before the equals sign.
t.tf:8:5 Invalid multi-line string: A quoted string ends on the line it begins on, and this one has no closing quote. Close it; for text with several lines write \n where a line ends, or use a heredoc (<<EOT).
t.tf:9:7 Missing newline after argument: An argument ends with its line; what follows here belongs to nothing. Put it on a line of its own, or remove it.
t.tf:10:10 Extra characters after interpolation expression: The expression is complete, and a closing brace is expected here. If the text is meant for another language (a shell script, say) double the dollar sign to keep it as it is: $${.
t.tf:13:1 Missing item separator: A comma is expected before the next item, also where the items stand on lines of their own.
t.tf:14:5 Invalid number literal: A number has digits, at most one decimal point and at most one exponent, such as 12, 0.5 or 1e3. If this is text (a version, an address), put it in quotes.
t.tf:15:6 Invalid escape sequence: The backslash followed by 'x' has no meaning. Allowed are \n \r \t \" \\ \uNNNN \UNNNNNNNN; write \\ for a backslash itself.
t.tf:16:10 Missing false expression in conditional: A conditional has two results: condition ? result if true : result if false. The colon and the second result are missing here.
t.tf:17:3 Argument or block definition required: An argument is set with an equals sign, not a colon: o = ...
t.tf:18:1 Invalid argument name: The name of an argument stands without quotes. Remove them.
t.tf:20:1 Attribute redefined: The argument "q" was already set at t.tf:19:1. Each argument may be set only once; remove one of the two.
t.tf:21:10 Invalid single-argument block definition: Arguments are separated by line ends, not commas, and a block on one line can hold only one. Put each argument on a line of its own.
t.tf:22:6 Unexpected end of template: The template ends before the %{ endif } of this %{ if }. Add the endif.
t.tf:23:6 Unexpected else directive: There is no open %{ if } that this could belong to. Remove it, or add the missing %{ if }.
t.tf:24:6 Invalid template directive: There is no directive "elsif"; there are if, else, endif, for and endfor. Did you mean "else"?
t.tf:25:8 Invalid attribute name: An attribute name is expected after the dot.
t.tf:26:7 Invalid character: There are no operations on bits. For "both are true" write &&.
t.tf:27:5 Invalid expression: A value is expected here. A heredoc begins with << (or <<-) and its marker, with nothing between them and nothing after the marker on that line: <<EOT.
t.tf:28:6 Invalid character: Semicolons are not valid. Separate arguments and blocks by line ends, and items of lists and maps by commas.
"#);
}

#[test]
fn unclosed() {
    insta::assert_snapshot!(parse("resource \"a\" \"b\" {\n  x = 1\n"), @r#"
resource ["a", "b"]
  x = 1
t.tf:1:18 Unclosed configuration block: This block is never closed: the file ends before its closing brace. Add one, or check the braces inside of the block.
"#);
    insta::assert_snapshot!(parse("a = {\n  x = 1\n"), @r#"
a = <invalid>
t.tf:1:5 Unclosed configuration block: The "{" here is never closed: the file ends before its closing bracket. Add the closing bracket.
"#);
    insta::assert_snapshot!(parse("a = f(1,\n"), @r#"
a = <invalid>
t.tf:1:6 Unterminated function call: The "(" here is never closed: the file ends before its closing bracket. Add the closing bracket.
"#);
    insta::assert_snapshot!(parse("a = <<EOT\nx\nEOT"), @r"
a = <invalid>
t.tf:1:5 Unterminated template string: The file ends before the line that closes this heredoc. Its end is marked by a line, itself ended, that holds nothing but EOT.
");
    insta::assert_snapshot!(parse("a = \"${x\n"), @r"
a = <invalid>
t.tf:1:6 Unclosed template sequence: This is never closed: the file ends before its closing brace. Add the closing brace.
");
    insta::assert_snapshot!(parse("a = 1\n}\nb = 2\n"), @r"
a = 1
b = 2
t.tf:2:1 Unexpected closing brace: There is no open block for this brace to close. Remove it, or check that a brace is not closed too early above.
");
    insta::assert_snapshot!(parse("a {\n  x = [1,\n}\nb {\n y = 1 }\nc = 1\n"), @r#"
c = 1
a []
  x = <invalid>
b []
  y = 1
t.tf:2:7 Invalid expression: The "[" here is never closed: something else is closed before its closing bracket. Add the closing bracket.
t.tf:5:8 Missing newline after argument: An argument ends with its line; what follows here belongs to nothing. Put it on a line of its own, or remove it.
"#);
    insta::assert_snapshot!(parse("a {\n  x = [1, 2\n  b = 3\n}\nc = 1\n"), @r"
c = 1
a []
  x = <invalid>
  b = 3
t.tf:3:3 Missing item separator: A comma is expected before the next item, also where the items stand on lines of their own.
");
}

#[test]
fn deep_nesting_is_reported() {
    for text in [
        format!("a = {}1{}", "(".repeat(5000), ")".repeat(5000)),
        format!("a = {}1{}", "[".repeat(5000), "]".repeat(5000)),
        format!("a = {}1", "!".repeat(5000)),
        format!("a = 1{}", " + 1".repeat(5000)),
        format!("a = x{}", "[y]".repeat(5000)),
        format!("a = x{}", "[*]".repeat(5000)),
        format!("a = {}", "\"${".repeat(5000)),
        format!("a = {}", "true ? 1 : ".repeat(5000)),
        format!("a = \"{}\"", "%{ if x }".repeat(5000)),
        "a {\n".repeat(5000),
    ] {
        let (_, d) = parse_file(FileId::add("deep.tf", text));
        assert_eq!(d.0[0].summary, "Nesting too deep");
    }
}

#[test]
fn a_megabyte_takes_well_under_a_second() {
    let item = "resource \"aws_instance\" \"web\" {\n  ami = \"${var.ami}-x\" # comment\n  tags = { Name = \"a\", list = [1, 2, f(x)] }\n}\n";
    let text = item.repeat(1_000_000 / item.len());
    let start = std::time::Instant::now();
    let (body, d) = parse_file(FileId::add("big.tf", text));
    assert!(d.is_empty());
    assert_eq!(body.as_native().unwrap().blocks.len(), 1_000_000 / item.len());
    assert!(start.elapsed().as_secs_f64() < 3.0, "{:?}", start.elapsed());
    println!("{:?}", start.elapsed());
}

/// Damaged texts: no panic, and no text that takes longer than its length warrants.
#[test]
fn any_text_is_survived() {
    let sample = r#"
resource "a" "b" { # c
  x = [1, "a${b.c[0]}d%{ if x ~}é\u00e9%{ else }$${y}%{ endif }", <<-EOT
    text ${f(x, y...)} %{ for k, v in m }${v}%{ endfor }
  EOT
  ]
  y { z = { a = 1, (b) = "c", for = 2 } }
  w = { for k, v in y : k => v... if v != null && !z } /* c */
  v = a ? b[*].c.*.d.0 : -provider::x::f(1e5 % 2)
}
"#;
    let mut seed = 12345u64;
    let mut random = |n: usize| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as usize % n.max(1)
    };
    for _ in 0..3000 {
        let mut bytes = sample.as_bytes().to_vec();
        for _ in 0..=random(4) {
            let at = random(bytes.len());
            match random(3) {
                0 => drop(bytes.drain(at..(at + random(20)).min(bytes.len()))),
                1 => bytes.insert(at, b"{}[]()\"'$%~\\<\n.,=:/*#e0-"[random(24)]),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let file = FileId::add("x", text.clone());
        parse_file(file);
        parse_template(file);
        craton_hcl::json::parse_file(file);
        if let Ok(once) = craton_hcl::fmt::format(std::path::Path::new("x"), &text) {
            assert!(craton_hcl::fmt::format(std::path::Path::new("x"), &once).is_ok(), "{text}\n---\n{once}");
        }
    }
    let n = 100_000;
    for text in [
        format!("{}{}", "(".repeat(n), "]".repeat(n)),
        format!("a {{\nx = {}{}", "(".repeat(n), "}".repeat(n)),
        "/*".repeat(n),
        "\"${".repeat(n),
        "a = \"${\n".repeat(n / 10),
        "a = [\n".repeat(n / 10),
        "a = <<X\n".repeat(n / 10),
        "a {\n".repeat(n / 10),
        "}\n".repeat(n / 10),
        "a = 1\n".repeat(n / 10),
    ] {
        let start = std::time::Instant::now();
        parse_file(FileId::add("x", text.clone()));
        assert!(start.elapsed().as_secs() < 5, "{}", &text[..20]);
    }
}
