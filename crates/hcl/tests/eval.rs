//! What expressions evaluate to.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{TestScope, show_diags};
use craton_hcl::*;
use craton_model::*;

fn scope() -> TestScope {
    let not_null = Refinement { not_null: true, ..Refinement::default() };
    TestScope::new([
        ("s", Value::from("text")),
        ("n", Value::from(3)),
        ("null_string", Value::null(Type::String)),
        ("list", Value::list(Type::String, [Value::from("a"), Value::from("b")])),
        ("set", Value::set(Type::String, [Value::from("b"), Value::from("a")])),
        ("map", Value::map(Type::String, [("Name", Value::from("x")), ("Team", Value::from("y"))])),
        ("obj", Value::object([("id", Value::from("i")), ("size", Value::from(2))])),
        ("objs", Value::list(Type::object([("a", Type::Number)]), [Value::object([("a", Value::from(1))])])),
        ("secret", Value::from("hunter2").sensitive()),
        ("secret_map", Value::map(Type::String, [("password", Value::from("x"))]).sensitive()),
        ("id", Value::refined(Type::String, not_null)),
        ("later", Value::unknown(Type::String)),
        ("later_number", Value::unknown(Type::Number)),
        ("later_bool", Value::unknown(Type::Bool)),
        ("later_list", Value::unknown(Type::list(Type::String))),
        ("later_map", Value::unknown(Type::map(Type::Number))),
        ("later_obj", Value::unknown(Type::object([("a", Type::Number)]))),
        ("later_any", Value::dynamic()),
    ])
}

fn run(text: &str) -> String {
    let (expr, d) = parse_expression(FileId::add("e", text));
    assert!(d.is_empty(), "{text}: {d:?}");
    let (value, d) = eval(&expr, &scope());
    let marked = if value.marks().is_empty() { "" } else { " marked" };
    let (plain, _) = value.unmark_deep();
    let shown = format!("{plain:?}").replace(
        "Refinement { not_null: true, prefix: None, min: None, max: None, min_len: None, max_len: None }",
        "not null",
    );
    format!("{text} -> {shown}: {}{marked}\n{}", plain.ty(), show_diags(&d))
}

fn table(lines: &str) -> String {
    lines.lines().map(str::trim).filter(|l| !l.is_empty()).map(run).collect()
}

#[test]
fn operators() {
    insta::assert_snapshot!(table(r#"
        1 + "2" * 3
        "a" + 1
        !"x"
        -null
        1 + null
        true && 1
        7 % -3
        1 / 0
        1 / 0 - 1 / 0
        "1" == 1
        null == later
        id == null
        id != null
        later_number + 1
        sensitive(1) + 1
        false && later_bool
        later_number > 1
        secret == "x"
    "#), @r#"
1 + "2" * 3 -> 7: number
"a" + 1 -> unknown(number): number
  "\"a\"" Invalid operand: The left operand does not fit this operation: a number is required.
!"x" -> unknown(bool): bool
  "\"x\"" Invalid operand: The unary operand does not fit this operation: a bool is required.
-null -> unknown(number): number
  "null" Operation failed: The operand is null, and this operation needs a number.
1 + null -> unknown(number): number
  "null" Operation failed: One operand of + is null, and this operation needs a number.
true && 1 -> unknown(bool): bool
  "1" Invalid operand: The right operand does not fit this operation: bool required.
7 % -3 -> 1: number
1 / 0 -> +Inf: number
1 / 0 - 1 / 0 -> unknown(number): number
  "1 / 0 - 1 / 0" Operation failed: The result of +Inf - +Inf is not defined.
"1" == 1 -> false: bool
null == later -> unknown(bool, not null): bool
id == null -> false: bool
id != null -> true: bool
later_number + 1 -> unknown(number, not null): number
sensitive(1) + 1 -> 2: number marked
false && later_bool -> unknown(bool, not null): bool
later_number > 1 -> unknown(bool, not null): bool
secret == "x" -> false: bool marked
"#);
}

#[test]
fn conditionals() {
    insta::assert_snapshot!(table(r#"
        true ? 1 : "b"
        true ? null : 1
        true ? [] : [1]
        true ? {a = 1} : {b = 2}
        true ? 1 : true
        true ? [1] : "a"
        true ? {a = 1, b = [1]} : {a = 2, b = "x"}
        false ? fail(1) : "ok"
        later_bool ? 1 : 2
        later_bool ? "a" : null
        later_bool ? null : null
        later_bool ? [1] : []
        sensitive(true) ? 1 : 2
        null ? 1 : 2
        [] ? 1 : 2
        n > 2 ? later : "x"
        true ? later_any : 1
    "#), @r#"
true ? 1 : "b" -> "1": string
true ? null : 1 -> null(number): number
true ? [] : [1] -> []: list(number)
true ? {a = 1} : {b = 2} -> {"a": 1}: map(number)
true ? 1 : true -> unknown(any): any
  "true ? 1 : true" Inconsistent conditional result types: Both results of a conditional must be of one type, or convert to one. The first result is a number, the second a bool.
true ? [1] : "a" -> unknown(any): any
  "true ? [1] : \"a\"" Inconsistent conditional result types: Both results of a conditional must be of one type, or convert to one. The first result is a tuple, the second a string.
true ? {a = 1, b = [1]} : {a = 2, b = "x"} -> unknown(any): any
  "true ? {a = 1, b = [1]} : {a = 2, b = \"x\"}" Inconsistent conditional result types: Both results of a conditional must be of one type, or convert to one. The attributes "b" of the two do not fit together: The first result is a tuple, the second a string.
false ? fail(1) : "ok" -> "ok": string
later_bool ? 1 : 2 -> unknown(number, Refinement { not_null: true, prefix: None, min: Some((1, true)), max: Some((2, true)), min_len: None, max_len: None }): number
later_bool ? "a" : null -> unknown(string): string
later_bool ? null : null -> null(any): any
later_bool ? [1] : [] -> unknown(list(number), not null): list(number)
sensitive(true) ? 1 : 2 -> 1: number marked
null ? 1 : 2 -> unknown(number): number
  "null" Null condition: The condition is null, so neither result can be chosen.
[] ? 1 : 2 -> unknown(number): number
  "[]" Incorrect condition type: The condition of a conditional must be true or false: bool required.
n > 2 ? later : "x" -> unknown(string): string
true ? later_any : 1 -> unknown(any): any
"#);
}

#[test]
fn templates() {
    insta::assert_snapshot!(table(r#"
        "${1}"
        "${null}"
        "a${1}b${true}"
        "a${null}"
        "a${[1]}"
        "pre-${id}"
        "vpc${id}-x"
        "x${secret}"
        "%{ for k, v in map }${k}=${v};%{ endfor }"
        "%{ for x in later_list }${x}%{ endfor }"
        "%{ if later_bool }a%{ else }b%{ endif }"
        "%{ if true }${1}%{ endif }"
        "%{ for x in 5 }%{ endfor }"
    "#), @r#"
"${1}" -> 1: number
"${null}" -> null(any): any
"a${1}b${true}" -> "a1btrue": string
"a${null}" -> unknown(string, not null): string
  "null" Invalid template interpolation value: This part of the text is null. Give it a default with coalesce() or a conditional.
"a${[1]}" -> unknown(string, not null): string
  "[1]" Invalid template interpolation value: This value cannot be part of a text: string required.
"pre-${id}" -> unknown(string, Refinement { not_null: true, prefix: Some("pre-"), min: None, max: None, min_len: None, max_len: None }): string
"vpc${id}-x" -> unknown(string, Refinement { not_null: true, prefix: Some("vp"), min: None, max: None, min_len: None, max_len: None }): string
"x${secret}" -> "xhunter2": string marked
"%{ for k, v in map }${k}=${v};%{ endfor }" -> "Name=x;Team=y;": string
"%{ for x in later_list }${x}%{ endfor }" -> unknown(string, not null): string
"%{ if later_bool }a%{ else }b%{ endif }" -> unknown(string, not null): string
"%{ if true }${1}%{ endif }" -> "1": string
"%{ for x in 5 }%{ endfor }" -> unknown(string, not null): string
  "5" Iteration over non-iterable value: A number has no elements to go through; a list, set, map or object is needed here.
"#);
}

#[test]
fn collections() {
    insta::assert_snapshot!(table(r#"
        list[1]
        list["1"]
        list[2]
        list[-1]
        list[0.5]
        list[null]
        list.x
        [][0]
        objs.a
        map.Name
        map["Nane"]
        map.x
        secret_map.user
        secret_map.password
        secret_map["passwort"]
        obj.id
        obj.idd
        obj["size"]
        set[0]
        s.x
        s[0]
        null[0]
        null_string.x
        later_map["x"]
        later_obj.a
        later_obj.b
        later_any.x.y[0]
        later_list[0]
        {a = 1, "b" = 2, (s) = 3, (n) = 4}
        {(null) = 1}
        {([]) = 1}
        {(later) = 1}
        {(secret) = 1}
        {a.b = 1}
        {null = 1, true = 2}
        [1, later, secret]
    "#), @r#"
list[1] -> "b": string
list["1"] -> "b": string
list[2] -> unknown(any): any
  "[2]" Invalid index: The index leads to no element: there are 2, and counting begins at 0. [list is a list of string with 2 elements]
list[-1] -> unknown(any): any
  "-1" Invalid index: The index leads to no element: it is negative. Count from the end with length(). [list is a list of string with 2 elements]
list[0.5] -> unknown(any): any
  "[0.5]" Invalid index: The index leads to no element: 0.5 is not a whole number. [list is a list of string with 2 elements]
list[null] -> unknown(any): any
  "null" Invalid index: The index is null. An index must be a number or a string. [list is a list of string with 2 elements]
list.x -> unknown(any): any
  ".x" Unsupported attribute: A list of string has no attributes. [list is a list of string with 2 elements]
[][0] -> unknown(any): any
  "[0]" Invalid index: The index leads to no element: the collection is empty.
objs.a -> unknown(any): any
  ".a" Unsupported attribute: This is a list of objects, and only its elements have attributes. Did you mean the attribute "a" of one element ([0].a), or of all of them ([*].a)? [objs is a list of object with 1 element]
map.Name -> "x": string
map["Nane"] -> unknown(any): any
  "[\"Nane\"]" Invalid index: The index leads to no element. Did you mean "Name"? [map is a map of string with 2 elements]
map.x -> unknown(any): any
  ".x" Missing map element: The map has no element with the key "x". It has: Name, Team. [map is a map of string with 2 elements]
secret_map.user -> unknown(any): any
  ".user" Missing map element: The map has no element with the key "user". [secret_map is sensitive]
secret_map.password -> "x": string marked
secret_map["passwort"] -> unknown(any): any
  "[\"passwort\"]" Invalid index: The index leads to no element. [secret_map is sensitive]
obj.id -> "i": string
obj.idd -> unknown(any): any
  ".idd" Unsupported attribute: This object does not have an attribute named "idd". Did you mean "id"? [obj is an object with 2 attributes]
obj["size"] -> 2: number
set[0] -> unknown(any): any
  "[0]" Invalid index: The elements of a set have neither order nor keys, so none of them can be picked. Use tolist() or a for expression on it, or one() if it has a single element. [set is a set of string with 2 elements]
s.x -> unknown(any): any
  ".x" Unsupported attribute: A string has no attributes. [s is "text"]
s[0] -> unknown(any): any
  "[0]" Invalid index: A string has no elements that could be picked. [s is "text"]
null[0] -> unknown(any): any
  "[0]" Attempt to index null value: The value is null, and null has no elements.
null_string.x -> unknown(any): any
  ".x" Attempt to get attribute from null value: The value is null, and null has no attributes. [null_string is null]
later_map["x"] -> unknown(number): number
later_obj.a -> unknown(number): number
later_obj.b -> unknown(any): any
  ".b" Unsupported attribute: This object does not have an attribute named "b". It has: a. [later_obj is an object that is known only after apply]
later_any.x.y[0] -> unknown(any): any
later_list[0] -> unknown(string): string
{a = 1, "b" = 2, (s) = 3, (n) = 4} -> {"3": 4, "a": 1, "b": 2, "text": 3}: object({3 = number, a = number, b = number, text = number})
{(null) = 1} -> unknown(any): any
  "(null)" Null value as key: The key is null. A key must be a string.
{([]) = 1} -> unknown(any): any
  "([])" Incorrect key type: Cannot use this value as a key: string required.
{(later) = 1} -> unknown(any): any
{(secret) = 1} -> {"hunter2": 1}: object({hunter2 = number}) marked
{a.b = 1} -> unknown(any): any
  "a.b" Ambiguous attribute key: A key with dots can be meant in two ways. If "a.b" refers to a value, put it in parentheses: (a.b). If it is the text of the key, put it in quotes: "a.b".
{null = 1, true = 2} -> {"null": 1, "true": 2}: object({null = number, true = number})
[1, later, secret] -> [1, unknown(string), "hunter2"]: tuple([number, string, string])
"#);
}

#[test]
fn for_expressions() {
    insta::assert_snapshot!(table(r#"
        [for x in list : upper(x)]
        [for i, x in list : "${i}${x}" if x != "a"]
        [for k, v in map : "${k}=${v}"]
        [for k, v in set : "${k}=${v}"]
        {for x in ["a", "b", "a"] : x => 1}
        {for i, x in ["a", "b", "a"] : x => i...}
        {for x in list : x => later}
        {for x in list : later => x}
        [for x in list : x if later_bool]
        [for x in later_list : x]
        [for x in null : x]
        [for x in "abc" : x]
        [for x in [] : x if "no"]
        [for x in [1] : x if "no"]
        [for x in [1] : x if null]
        {for x in [1] : null => x}
        {for x in [1] : [x] => x}
        [for x in secret_map : x]
        [for x in [secret] : 1 if x != ""]
        {for x in [secret] : x => 1}
        [for x in [[1, 2], [3]] : [for y in x : x[0] + y]]
        [for x in list : x.y]
    "#), @r#"
[for x in list : upper(x)] -> ["A", "B"]: tuple([string, string])
[for i, x in list : "${i}${x}" if x != "a"] -> ["1b"]: tuple([string])
[for k, v in map : "${k}=${v}"] -> ["Name=x", "Team=y"]: tuple([string, string])
[for k, v in set : "${k}=${v}"] -> ["a=a", "b=b"]: tuple([string, string])
{for x in ["a", "b", "a"] : x => 1} -> {"a": 1, "b": 1}: object({a = number, b = number})
  "x" Duplicate object key: Two elements give the key "a". If that may be, write an ellipsis (...) after the value: it collects the values of each key in a list. [x is "a"]
{for i, x in ["a", "b", "a"] : x => i...} -> {"a": [0, 2], "b": [1]}: object({a = tuple([number, number]), b = tuple([number])})
{for x in list : x => later} -> {"a": unknown(string), "b": unknown(string)}: object({a = string, b = string})
{for x in list : later => x} -> unknown(any): any
[for x in list : x if later_bool] -> unknown(any): any
[for x in later_list : x] -> unknown(any): any
[for x in null : x] -> unknown(any): any
  "null" Iteration over null value: The collection is null. A 'for' expression can go through a list, set, map or object.
[for x in "abc" : x] -> unknown(any): any
  "\"abc\"" Iteration over non-iterable value: A string has no elements to go through; a list, set, map or object is needed here.
[for x in [] : x if "no"] -> unknown(any): any
  "\"no\"" Invalid 'for' condition: The 'if' clause must be true or false: a bool is required.
[for x in [1] : x if "no"] -> unknown(any): any
  "\"no\"" Invalid 'for' condition: The 'if' clause must be true or false: a bool is required.
[for x in [1] : x if null] -> unknown(any): any
  "null" Invalid 'for' condition: The 'if' clause is null, and must be true or false.
{for x in [1] : null => x} -> unknown(any): any
  "null" Invalid object key: The key expression of a 'for' expression must not give null.
{for x in [1] : [x] => x} -> unknown(any): any
  "[x]" Invalid object key: The key expression gives no key: string required. [x is 1]
[for x in secret_map : x] -> ["x"]: tuple([string]) marked
[for x in [secret] : 1 if x != ""] -> [1]: tuple([number]) marked
{for x in [secret] : x => 1} -> {"hunter2": 1}: object({hunter2 = number}) marked
[for x in [[1, 2], [3]] : [for y in x : x[0] + y]] -> [[2, 3], [6]]: tuple([tuple([number, number]), tuple([number])])
[for x in list : x.y] -> [unknown(any), unknown(any)]: tuple([any, any])
  ".y" Unsupported attribute: A string has no attributes. [x is "a"]
"#);
}

#[test]
fn splats() {
    insta::assert_snapshot!(table(r#"
        objs[*].a
        objs.*.a
        [{a = [1, 2]}, {a = [3]}][*].a[0]
        [{a = [1, 2]}, {a = [3]}].*.a[0]
        null[*].a
        null_string[*]
        s[*]
        obj[*].id
        set[*]
        tolist([])[*]
        later[*]
        id[*]
        later_list[*]
        later_any[*].x
        [1, null][*].a
        secret_map[*]
        [[{x = 1}], []][*][*].x
        tolist(null)[*]
    "#), @r#"
objs[*].a -> [1]: list(number)
objs.*.a -> [1]: list(number)
[{a = [1, 2]}, {a = [3]}][*].a[0] -> [1, 3]: tuple([number, number])
[{a = [1, 2]}, {a = [3]}].*.a[0] -> [1, 2]: tuple([number, number])
null[*].a -> []: tuple([])
null_string[*] -> []: tuple([])
s[*] -> ["text"]: tuple([string])
obj[*].id -> ["i"]: tuple([string])
set[*] -> ["a", "b"]: list(string)
tolist([])[*] -> []: list(any)
later[*] -> unknown(any): any
id[*] -> [unknown(string, not null)]: tuple([string])
later_list[*] -> unknown(list(string)): list(string)
later_any[*].x -> unknown(any): any
[1, null][*].a -> unknown(tuple([any, any])): tuple([any, any])
  ".a" Unsupported attribute: A number has no attributes.
  ".a" Attempt to get attribute from null value: The value is null, and null has no attributes.
secret_map[*] -> [{"password": "x"}]: tuple([map(string)]) marked
[[{x = 1}], []][*][*].x -> [[1], []]: tuple([tuple([number]), tuple([])])
tolist(null)[*] -> unknown(any): any
"#);
}

#[test]
fn calls() {
    insta::assert_snapshot!(table(r#"
        upper(s)
        upper(1)
        upper(null)
        upper([])
        upper(later)
        upper(later_any)
        upper(secret)
        upper()
        upper(1, 2)
        uper("x")
        max(1, [5, 3]...)
        max([]...)
        max(null...)
        max(s...)
        max(later_list...)
        max(1, ["a"]...)
        length([secret])
        fail(secret)
        fail(s)
        now()
        try(fail(1), list[7], "x")
        try(fail(1))
        can(list[7])
        [for x in list : try(x.y, "none")]
        nofunc(list[7])
        provider::aws::nope(1)
    "#), @r#"
upper(s) -> "TEXT": string
upper(1) -> "1": string
upper(null) -> unknown(any): any
  "null" Invalid function argument: The value for the parameter "str" of upper does not fit: argument must not be null.
upper([]) -> unknown(any): any
  "[]" Invalid function argument: The value for the parameter "str" of upper does not fit: string required.
upper(later) -> unknown(string, not null): string
upper(later_any) -> unknown(string, not null): string
upper(secret) -> "HUNTER2": string marked
upper() -> unknown(any): any
  "()" Not enough function arguments: "upper" takes 1 argument(s), and "str" is not given: the text
upper(1, 2) -> unknown(any): any
  "2" Too many function arguments: "upper" takes 1 argument(s). Remove the others.
uper("x") -> unknown(any): any
  "uper" Call to unknown function: No function is named "uper". Did you mean "upper"?
max(1, [5, 3]...) -> 5: number
max([]...) -> unknown(any): any
  "max" Error in function call: Call to function "max" failed: no numbers.
max(null...) -> unknown(any): any
  "null" Invalid expanding argument value: The argument before "..." is null. It must be a list, set or tuple.
max(s...) -> unknown(any): any
  "s" Invalid expanding argument value: The argument before "..." must be a list, set or tuple, and this is a string. [s is "text"]
max(later_list...) -> unknown(any): any
max(1, ["a"]...) -> unknown(any): any
  "[\"a\"]" Invalid function argument: The value for the parameter "numbers" of max does not fit: a number is required.
length([secret]) -> 1: number marked
fail(secret) -> unknown(any): any
  "fail" Error in function call: Call to function "fail" failed: sensitive: true. [secret is sensitive]
fail(s) -> unknown(any): any
  "fail" Error in function call: Call to function "fail" failed: sensitive: false. [s is "text"]
now() -> unknown(string, not null): string
try(fail(1), list[7], "x") -> "x": string
try(fail(1)) -> unknown(any): any
  "try" Error in function call: Call to function "try" failed: no expression succeeded.
can(list[7]) -> false: bool
[for x in list : try(x.y, "none")] -> ["none", "none"]: tuple([string, string])
nofunc(list[7]) -> unknown(any): any
  "nofunc" Call to unknown function: No function is named "nofunc".
  "[7]" Invalid index: The index leads to no element: there are 2, and counting begins at 0. [list is a list of string with 2 elements]
provider::aws::nope(1) -> unknown(any): any
  "provider::aws::nope" Call to unknown function: No function is named "provider::aws::nope". Check that its provider is required by this module and has that function.
"#);
}

#[test]
fn constants() {
    let constant = |text: &str| {
        let (e, _) = parse_expression(FileId::add("e", text));
        let (v, d) = eval_constant(&e);
        format!("{v:?} {}", show_diags(&d))
    };
    assert_eq!(constant("[1, {a = true}]"), r#"[1, {"a": true}] "#);
    assert!(constant("var.x").contains("Variables not allowed"));
    assert!(constant("upper(\"x\")").contains("Function calls not allowed"));
    let (e, d) = craton_hcl::json::parse_expression(FileId::add("e.json", r#"["${x}", {"a${1}": 1.50}]"#));
    assert!(d.is_empty());
    assert_eq!(format!("{:?}", eval_constant(&e).0), r#"["${x}", {"a${1}": 1.5}]"#);
}

#[test]
fn json_strings_are_templates() {
    let json = |text: &str| {
        let (e, d) = craton_hcl::json::parse_expression(FileId::add("e.json", text));
        assert!(d.is_empty());
        let (v, d) = eval(&e, &scope());
        format!("{v:?}\n{}", show_diags(&d))
    };
    insta::assert_snapshot!(json(r#"{"a": "${n}", "b": "x-${map[\"Name\"]}", "${s}": [null, true, "\u0041$${x}"]}"#), @r#"
{"a": 3, "b": "x-x", "text": [null(any), true, "A${x}"]}
"#);
    insta::assert_snapshot!(json(r#"{"a": "\n${list[7]} ${", "b": "\"${nope.x}"}"#), @r#"
{"a": unknown(any), "b": unknown(string, Refinement { not_null: true, prefix: None, min: None, max: None, min_len: None, max_len: None })}
  "" Invalid expression: The line ends where a value is expected. Write the value here; inside of parentheses an expression may go on over several lines.
  "nope.x" Unknown variable: There is no nope.
"#);
}

/// The deepest expressions that are allowed must not exhaust the stack of a thread as tests and tasks have it.
#[test]
fn the_deepest_expressions_evaluate() {
    for text in [
        format!("{}1{}", "(".repeat(120), ")".repeat(120)),
        format!("{}1{}", "[".repeat(240), "]".repeat(240)),
        format!("1{}", " + 1".repeat(240)),
        format!("{}true", "!".repeat(240)),
        format!("{}1", "true ? 1 : ".repeat(230)),
        format!("{}1{}", "upper(".repeat(120), ")".repeat(120)),
        format!("{}1{}", "\"a${".repeat(80), "}\"".repeat(80)),
        format!("{}1{}", "[for x in [1] : ".repeat(120), "]".repeat(120)),
        format!("{}1{}", "try(".repeat(120), ")".repeat(120)),
        format!("{}1{}", "{ a = ".repeat(240), "}".repeat(240)),
    ] {
        let (expr, d) = parse_expression(FileId::add("e", text.clone()));
        assert!(d.is_empty(), "{} {:?}", &text[..20], d.0[0]);
        let (value, d) = eval(&expr, &scope());
        assert!(d.is_empty(), "{} {d:?}", &text[..20]);
        assert!(value.is_wholly_known());
    }
}

#[test]
fn what_is_not_known_yet_is_looked_at_when_it_is() {
    insta::assert_snapshot!(table(r#"
        "a${later_list}"
        "a${[later]}"
        "%{ if later_list }x%{ endif }"
        later_list ? 1 : 2
        [later] ? 1 : 2
        {for k in ["a"] : later_list => k}
        {for k in ["a"] : [later] => k}
        [for x in later_list : x if 1.5]
        [for x in later_list : x if null]
        [for x in later_list : x if x.y]
        [for x in later_any : x if 1.5]
        s[later_any]
        set[later_any]
        null[later_any]
        later_list[-1]
        later_list[0.5]
        ["a"][-1]
        later_bool ? list : ["c"]
        later_bool ? list : tolist(["c", "d", "e"])
    "#), @r#"
    "a${later_list}" -> unknown(string, not null): string
    "a${[later]}" -> unknown(string, not null): string
      "[later]" Invalid template interpolation value: This value cannot be part of a text: string required. [later is a string that is known only after apply]
    "%{ if later_list }x%{ endif }" -> unknown(string, not null): string
    later_list ? 1 : 2 -> unknown(number, Refinement { not_null: true, prefix: None, min: Some((1, true)), max: Some((2, true)), min_len: None, max_len: None }): number
    [later] ? 1 : 2 -> unknown(number): number
      "[later]" Incorrect condition type: The condition of a conditional must be true or false: bool required. [later is a string that is known only after apply]
    {for k in ["a"] : later_list => k} -> unknown(any): any
    {for k in ["a"] : [later] => k} -> unknown(any): any
      "[later]" Invalid object key: The key expression gives no key: string required. [later is a string that is known only after apply]
    [for x in later_list : x if 1.5] -> unknown(any): any
      "1.5" Invalid 'for' condition: The 'if' clause must be true or false: bool required.
    [for x in later_list : x if null] -> unknown(any): any
      "null" Invalid 'for' condition: The 'if' clause is null, and must be true or false.
    [for x in later_list : x if x.y] -> unknown(any): any
    [for x in later_any : x if 1.5] -> unknown(any): any
    s[later_any] -> unknown(any): any
    set[later_any] -> unknown(any): any
    null[later_any] -> unknown(any): any
      "later_any" Attempt to index null value: The value is null, and null has no elements. [later_any is known only after apply]
    later_list[-1] -> unknown(string): string
    later_list[0.5] -> unknown(string): string
    ["a"][-1] -> unknown(any): any
      "-1" Invalid index: The index leads to no element: it is negative. Count from the end with length().
    later_bool ? list : ["c"] -> unknown(list(string), not null): list(string)
    later_bool ? list : tolist(["c", "d", "e"]) -> unknown(list(string), Refinement { not_null: true, prefix: None, min: None, max: None, min_len: Some(2), max_len: Some(3) }): list(string)
    "#);
}

#[test]
fn a_value_that_holds_too_much_is_an_error() {
    let mut text = "[0]".to_owned();
    for _ in 0..40 {
        text = format!("[for x in [{text}] : [x, x]][0]");
    }
    // It can be made, and taken apart.
    let shown = run(&format!("{text}[0][1]{}", "[0]".repeat(38)));
    assert!(shown.contains("-> [0]: tuple([number])"), "{shown}");
    for refused in [format!("length({text})"), format!("{text} == [1]"), format!("true ? {text} : [1]")] {
        let shown = run(&refused);
        assert!(shown.contains("Value is too large"), "{shown}");
    }
}
