//! Runs a folder of expressions with known answers, named by `CRATON_CONFORMANCE`, through the evaluator and the
//! functions. The folder holds `expressions.jsonl` (one `{"id","area","expr","expect"}` per line) and
//! `fixtures/context.tf`, whose variables and locals the expressions may use. `CRATON_CONFORMANCE_AREA` picks areas;
//! `CRATON_CONFORMANCE_MESSAGES` prints each error expected beside ours, to compare what they say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use craton_hcl::{
    BodySchema, Environment, Expr, FunctionRef, Scope, Traversal, ast, eval, eval_constant, functions, parse_file,
};
use craton_model::{Diagnostic, Diagnostics, FileId, Marks, Number, ObjectType, Type, Value, convert};
use serde_json::Value as Json;

/// Answers that differ from the folder's for a reason that is not a fault of evaluator or functions.
const LEFT_OUT: &[&str] = &[];

struct Context {
    roots: BTreeMap<&'static str, Value>,
    environment: Environment,
}

impl Scope for Context {
    fn lookup(&self, t: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let missing =
            |what: String| Diagnostics::from(Diagnostic::error("Reference to undeclared object", what).at(t.span));
        let Some(root) = self.roots.get(&*t.root.name) else {
            return Err(missing(format!("{} is not there", t.root.name)));
        };
        let Some(ast::Step::Attr(name)) = t.steps.first() else {
            return Err(missing(format!("{} needs an attribute", t.root.name)));
        };
        match root.get(&name.name) {
            Some(v) => Ok((v.clone(), 1)),
            None => Err(missing(format!("{}.{} is not there", t.root.name, name.name))),
        }
    }

    fn function(&self, name: &str) -> Option<FunctionRef> {
        functions::function(name)
    }

    fn environment(&self) -> &Environment {
        &self.environment
    }
}

/// A type constraint, and what `optional` puts in place of absent attributes.
fn type_of(expr: &Expr) -> Type {
    if let Some(name) = expr.as_keyword() {
        return match name {
            "string" => Type::String,
            "number" => Type::Number,
            "bool" => Type::Bool,
            _ => Type::Dynamic,
        };
    }
    let call = expr.static_call().expect("a type");
    let arg = &call.args[0];
    match call.name.as_ref() {
        "list" => Type::list(type_of(arg)),
        "set" => Type::set(type_of(arg)),
        "map" => Type::map(type_of(arg)),
        "optional" => type_of(arg),
        "object" => {
            let mut o = ObjectType::default();
            for item in arg.static_map().expect("attributes") {
                let name: Arc<str> = item.key.as_keyword().expect("a name").into();
                if item.value.static_call().is_ok_and(|c| &*c.name == "optional") {
                    o.optional.insert(name.clone());
                }
                o.attributes.insert(name, type_of(&item.value));
            }
            Type::Object(Arc::new(o))
        }
        other => panic!("type {other}"),
    }
}

fn with_defaults(expr: &Expr, v: Value) -> Value {
    let Ok(call) = expr.static_call() else { return v };
    let Some(arg) = call.args.first() else { return v };
    match (call.name.as_ref(), v.ty().clone()) {
        ("map" | "list", Type::Map(_)) => {
            let all: Vec<_> =
                v.as_map().unwrap().iter().map(|(k, v)| (k.clone(), with_defaults(arg, v.clone()))).collect();
            Value::map(all[0].1.ty().clone(), all)
        }
        ("list", Type::List(_)) => {
            let all: Vec<_> = v.as_seq().unwrap().iter().map(|v| with_defaults(arg, v.clone())).collect();
            if all.is_empty() { v } else { Value::list(all[0].ty().clone(), all) }
        }
        ("object", Type::Object(_)) => {
            let mut v = v;
            for item in arg.static_map().unwrap() {
                let name = item.key.as_keyword().unwrap().to_owned();
                let Ok(c) = item.value.static_call() else { continue };
                if &*c.name == "optional" && c.args.len() == 2 && v.get(&name).unwrap().is_null() {
                    let (default, _) = eval_constant(&c.args[1]);
                    let default = convert(&default, &type_of(&c.args[0])).unwrap();
                    v = v.with_attribute(&name, default);
                }
            }
            v
        }
        _ => v,
    }
}

fn context(folder: &Path) -> Context {
    let path = folder.join("fixtures/context.tf");
    let text = std::fs::read_to_string(&path).expect("fixtures/context.tf");
    let (body, diags) = parse_file(FileId::add(&path, text));
    assert!(!diags.has_errors(), "{diags:?}");
    let schema = BodySchema::new().block("variable", &["name"]).blocks(["locals", "terraform"]);
    let (content, _, _) = body.partial_content(&schema);
    let mut vars = Vec::new();
    for block in content.blocks_of("variable") {
        let (a, _) = block.body.attributes();
        let name = block.labels[0].name.to_string();
        let (mut v, _) = eval_constant(&a["default"].expr);
        if let Some(ty) = a.get("type") {
            v = with_defaults(&ty.expr, convert(&v, &type_of(&ty.expr)).unwrap());
        }
        if a.contains_key("sensitive") {
            v = v.sensitive();
        }
        if a.contains_key("ephemeral") {
            v = v.mark(Marks::EPHEMERAL);
        }
        vars.push((name, v));
    }
    let paths =
        Value::object([("module", Value::from(".")), ("root", Value::from(".")), ("cwd", Value::from("/work"))]);
    let mut environment = Environment::new(folder);
    environment.apply_time = Some(SystemTime::now());
    let mut context = Context {
        roots: BTreeMap::from([
            ("var", Value::object(vars)),
            ("path", paths),
            ("terraform", Value::object([("workspace", Value::from("default"))])),
        ]),
        environment,
    };
    let mut locals = Vec::new();
    for block in content.blocks_of("locals") {
        for (name, a) in block.body.attributes().0 {
            locals.push((name, eval(&a.expr, &context).0));
        }
    }
    context.roots.insert("local", Value::object(locals));
    context
}

/// What an output of this value ends as, or why it cannot be one.
fn answer(context: &Context, id: &str, expr: &str) -> Result<(Json, Json), String> {
    let (body, diags) = parse_file(FileId::add(format!("{id}.tf"), format!("locals {{\n  e = {expr}\n}}\n")));
    let first = |d: Diagnostics| {
        let d = d.into_iter().find(Diagnostic::is_error).unwrap();
        format!("{}: {}", d.summary, d.detail)
    };
    if diags.has_errors() {
        return Err(first(diags));
    }
    let (content, _, _) = body.partial_content(&BodySchema::new().blocks(["locals"]));
    let block = content.blocks_of("locals").next().ok_or("no block")?;
    let (attributes, diags) = block.body.attributes();
    if diags.has_errors() {
        return Err(first(diags));
    }
    let expr = &attributes.get("e").ok_or("no e")?.expr;
    for t in expr.variables() {
        context.lookup(t).map_err(first)?;
    }
    let (v, diags) = eval(expr, context);
    if diags.has_errors() {
        return Err(first(diags));
    }
    if v.marks_deep().contains(Marks::EPHEMERAL) {
        return Err("ephemeral".into());
    }
    let mut infinite = false;
    v.walk(&mut |_, v| {
        infinite |= v.as_number().is_some_and(Number::is_infinite);
        true
    });
    if infinite {
        return Err("infinity".into());
    }
    Ok((craton_model::json::to_json(&v), v.ty().to_json()))
}

fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => Number::parse(a.as_str()) == Number::parse(b.as_str()),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

#[test]
fn answers_are_terraforms() {
    let Some(folder) = std::env::var_os("CRATON_CONFORMANCE").map(PathBuf::from) else {
        println!("skipped: CRATON_CONFORMANCE names no folder");
        return;
    };
    let area = std::env::var("CRATON_CONFORMANCE_AREA").unwrap_or_default();
    let context = context(&folder);
    let cases = std::fs::read_to_string(folder.join("expressions.jsonl")).expect("expressions.jsonl");
    let messages = std::env::var_os("CRATON_CONFORMANCE_MESSAGES").is_some();
    let (mut passed, mut total, mut failures) = (0, 0, Vec::new());
    let mut areas: BTreeMap<String, usize> = BTreeMap::new();
    for line in cases.lines().filter(|l| !l.trim().is_empty()) {
        let case: Json = serde_json::from_str(line).expect("a JSON line");
        let field = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
        let (id, expr) = (field("id"), field("expr"));
        if !field("area").starts_with(&area) || LEFT_OUT.contains(&id.as_str()) {
            continue;
        }
        total += 1;
        let expect = &case["expect"];
        let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| answer(&context, &id, &expr)))
            .unwrap_or_else(|_| panic!("{id} panics: {expr}"));
        if let (Err(ours), true) = (&got, messages) {
            println!("{id}: {expr}\n  theirs {}: {}\n  ours   {ours}", expect["message"], expect["detail"]);
        }
        let wrong = match (&got, expect.get("error").is_some()) {
            (Err(_), true) => None,
            (Ok((value, ty)), true) => Some(format!("want error {}, got {value} {ty}", expect["detail"])),
            (Err(e), false) => Some(format!("want {} {}, got error {e}", expect["value"], expect["type"])),
            (Ok((value, ty)), false) => (!same(value, &expect["value"]) || *ty != expect["type"])
                .then(|| format!("want {} {}\n      got  {value} {ty}", expect["value"], expect["type"])),
        };
        match wrong {
            None => passed += 1,
            Some(why) => {
                *areas.entry(field("area")).or_default() += 1;
                failures.push(format!("{id}: {expr}\n      {why}"));
            }
        }
    }
    println!("{}", failures.join("\n"));
    println!("areas with failures: {areas:?}");
    println!("expressions: {passed} of {total} pass");
    assert!(failures.is_empty(), "{} expressions fail", failures.len());
}
