//! The configuration as plans carry it in `show -json`: expressions by their constant value or by
//! what they refer to (<https://developer.hashicorp.com/terraform/internals/json-format#configuration-representation>).

use craton_config::reference::{Reference, Subject};
use craton_config::{Module, ModuleNode, ModuleTree, Provisioner, ResourceBlock};
use craton_hcl::{Body, BodySchema, Expr, ExprKind, IndexKey, ObjectItem, Step, Traversal};
use craton_model::addr::ResourceMode;
use craton_model::json as value_json;
use craton_model::schema::{Block, Nesting};
use serde_json::{Map, Value as Json};

use super::provider_configs::ProviderConfigs;
use super::{Schemas, mode_name, schema};

/// The module tree.
pub fn render(tree: &ModuleTree, schemas: &Schemas) -> Json {
    let mut doc = Map::new();
    let providers = ProviderConfigs::of(tree, schemas);
    if let Some(root) = tree.root() {
        doc.insert("root_module".into(), module(tree, root, schemas, &providers));
    }
    let providers = providers.render();
    if !providers.is_empty() {
        doc.insert("provider_config".into(), Json::Object(providers));
    }
    Json::Object(doc)
}

fn module(tree: &ModuleTree, node: &ModuleNode, schemas: &Schemas, providers: &ProviderConfigs) -> Json {
    let module: &Module = &node.module;
    let mut m = Map::new();
    let outputs: Map<String, Json> = module
        .outputs
        .values()
        .map(|o| {
            let mut m = Map::new();
            if o.sensitive {
                m.insert("sensitive".into(), true.into());
            }
            m.insert("expression".into(), expression(&o.value));
            describe(&mut m, o.description.as_deref());
            depends(&mut m, &o.depends_on);
            (o.name.to_string(), Json::Object(m))
        })
        .collect();
    put(&mut m, "outputs", outputs);
    // Managed resources first, each kind by its addresses.
    let mut blocks: Vec<&ResourceBlock> = module.resources.values().collect();
    blocks.sort_by_cached_key(|r| (r.addr.mode, r.addr.to_string()));
    let resources: Vec<Json> = blocks.into_iter().map(|r| resource(node, r, schemas, providers)).collect();
    if !resources.is_empty() {
        m.insert("resources".into(), Json::Array(resources));
    }
    let calls: Map<String, Json> = module
        .module_calls
        .values()
        .map(|c| {
            let mut m = Map::new();
            m.insert("source".into(), c.source.as_ref().into());
            let inputs = c.body.attributes().0;
            put(&mut m, "expressions", inputs.iter().map(|(k, a)| (k.to_string(), expression(&a.expr))).collect());
            repetition(&mut m, c.count.as_ref(), c.for_each.as_ref());
            if let Some(child) = tree.get(&node.path.child(c.name.clone())) {
                m.insert("module".into(), self::module(tree, child, schemas, providers));
            }
            if let Some(version) = &c.version {
                m.insert("version_constraint".into(), version.as_ref().into());
            }
            depends(&mut m, &c.depends_on);
            (c.name.to_string(), Json::Object(m))
        })
        .collect();
    put(&mut m, "module_calls", calls);
    let variables: Map<String, Json> = module
        .variables
        .values()
        .map(|v| {
            let mut m = Map::new();
            if let Some(default) = &v.default {
                m.insert("default".into(), value_json::to_json(default));
            }
            describe(&mut m, v.description.as_deref());
            if v.sensitive {
                m.insert("sensitive".into(), true.into());
            }
            (v.name.to_string(), Json::Object(m))
        })
        .collect();
    put(&mut m, "variables", variables);
    Json::Object(m)
}

fn put(m: &mut Map<String, Json>, key: &str, value: Map<String, Json>) {
    if !value.is_empty() {
        m.insert(key.into(), Json::Object(value));
    }
}

fn describe(m: &mut Map<String, Json>, text: Option<&str>) {
    if let Some(text) = text.filter(|t| !t.is_empty()) {
        m.insert("description".into(), text.into());
    }
}

/// What is waited for, by its address: `resource.` only says that a managed resource is meant.
fn waited_for(t: &Traversal) -> String {
    let whole = text(t, t.steps.len());
    whole.strip_prefix("resource.").map_or_else(|| whole.clone(), str::to_owned)
}

fn depends(m: &mut Map<String, Json>, on: &[Traversal]) {
    if !on.is_empty() {
        m.insert("depends_on".into(), on.iter().map(|t| Json::String(waited_for(t))).collect());
    }
}

fn repetition(m: &mut Map<String, Json>, count: Option<&Expr>, for_each: Option<&Expr>) {
    let mut add = |key: &str, of: Option<&Expr>| {
        // One that is neither constant nor refers to anything, as toset(["a"]), has nothing to show.
        if let Some(shown) = of.map(expression).filter(|e| e.as_object().is_some_and(|e| !e.is_empty())) {
            m.insert(key.into(), shown);
        }
    };
    add("count_expression", count);
    add("for_each_expression", for_each);
}

fn resource(node: &ModuleNode, r: &ResourceBlock, schemas: &Schemas, providers: &ProviderConfigs) -> Json {
    let mut m = Map::new();
    m.insert("address".into(), r.addr.to_string().into());
    m.insert("mode".into(), mode_name(r.addr.mode).into());
    m.insert("type".into(), r.addr.r#type.as_ref().into());
    m.insert("name".into(), r.addr.name.as_ref().into());
    m.insert("provider_config_key".into(), providers.key_of(node, &r.provider).into());
    let provisioners: Vec<Json> = r.provisioners.iter().map(provisioner).collect();
    if !provisioners.is_empty() && r.addr.mode == ResourceMode::Managed {
        m.insert("provisioners".into(), Json::Array(provisioners));
    }
    let addr = node.module.provider_addr(&r.provider.name);
    if let Some(schema) = schema(schemas, &addr, r.addr.mode, &r.addr.r#type) {
        put(&mut m, "expressions", expressions(&r.body, &schema.block));
        m.insert("schema_version".into(), schema.version.into());
    }
    repetition(&mut m, r.count.as_ref(), r.for_each.as_ref());
    depends(&mut m, &r.depends_on);
    Json::Object(m)
}

fn provisioner(p: &Provisioner) -> Json {
    let mut m = Map::from_iter([("type".to_owned(), p.kind.as_ref().into())]);
    if let Some(schema) = craton_engine::provisioner_schema(&p.kind) {
        put(&mut m, "expressions", expressions(&p.body, schema));
    }
    Json::Object(m)
}

/// The arguments and blocks of a body. Dynamic blocks are there as what their content refers to.
pub fn expressions(body: &Body, block: &Block) -> Map<String, Json> {
    let names = block.attributes.keys().map(AsRef::as_ref);
    let kinds = block.blocks.iter();
    let mut wanted = BodySchema::new().optional(names).block("dynamic", &["type"]);
    for (name, nested) in kinds {
        wanted = wanted.block(name, if nested.nesting == Nesting::Map { &["key"] } else { &[] });
    }
    let (content, _, _) = body.partial_content(&wanted);
    let mut m: Map<String, Json> =
        content.attributes.iter().map(|(k, a)| (k.to_string(), expression(&a.expr))).collect();
    for (name, nested) in &block.blocks {
        let of_kind = content.blocks_of(name).map(|b| (b.labels.first(), &b.body));
        match nested.nesting {
            Nesting::Single | Nesting::Group => {
                if let Some((_, body)) = of_kind.into_iter().next() {
                    m.insert(name.to_string(), Json::Object(expressions(body, &nested.block)));
                }
            }
            Nesting::List | Nesting::Set => {
                let all: Vec<Json> = of_kind.map(|(_, body)| Json::Object(expressions(body, &nested.block))).collect();
                if !all.is_empty() {
                    m.insert(name.to_string(), Json::Array(all));
                }
            }
            Nesting::Map => {
                let all: Map<String, Json> = of_kind
                    .filter_map(|(label, body)| {
                        Some((label?.name.to_string(), Json::Object(expressions(body, &nested.block))))
                    })
                    .collect();
                put(&mut m, name, all);
            }
        }
    }
    m
}

/// An expression: its value if it is constant, and what it refers to. A string of the JSON syntax has both, because
/// as JSON it is constant.
fn expression(expr: &Expr) -> Json {
    let mut m = Map::new();
    let variables = expr.variables();
    let mut calls = false;
    expr.visit_calls(&mut |_| calls = true);
    if is_json(expr) {
        m.insert("constant_value".into(), as_json(expr));
    } else if variables.is_empty() && !calls {
        let (value, found) = craton_hcl::eval_constant(expr);
        if !found.has_errors() && value.is_wholly_known() {
            m.insert("constant_value".into(), value_json::to_json(&value));
        }
    }
    let references: Vec<String> = variables.into_iter().flat_map(prefixes).collect();
    if !references.is_empty() {
        m.insert("references".into(), references.into());
    }
    Json::Object(m)
}

/// Whether an expression is written in the JSON syntax and holds a string there.
fn is_json(expr: &Expr) -> bool {
    match expr.kind() {
        ExprKind::JsonString(_) => true,
        ExprKind::Tuple(items) => items.iter().any(is_json),
        ExprKind::Object(items) => items.iter().any(|i| is_json(&i.key) || is_json(&i.value)),
        _ => false,
    }
}

fn as_json(expr: &Expr) -> Json {
    match expr.kind() {
        ExprKind::JsonString(s) => s.text.as_ref().into(),
        ExprKind::Tuple(items) => items.iter().map(as_json).collect(),
        ExprKind::Object(items) => {
            let entry = |i: &ObjectItem| Some((as_json(&i.key).as_str()?.to_owned(), as_json(&i.value)));
            Json::Object(items.iter().filter_map(entry).collect())
        }
        _ => value_json::to_json(&craton_hcl::eval_constant(expr).0),
    }
}

/// A reference and what it goes through, longest first, down to its subject: `a.b[0].c.d`, `a.b[0].c`, `a.b[0]`, and
/// then what that is an instance or an output of: `a.b`.
fn prefixes(t: &Traversal) -> Vec<String> {
    let Ok(reference) = Reference::parse(t) else { return vec![text(t, t.steps.len())] };
    let shortest = match reference.subject {
        Subject::ModuleOutput(..) | Subject::Module(_, Some(_)) | Subject::Resource(_, Some(_)) => reference.steps - 1,
        _ => reference.steps,
    };
    (shortest..=t.steps.len()).rev().map(|n| text(t, n)).collect()
}

fn text(t: &Traversal, steps: usize) -> String {
    let mut out = t.root.name.to_string();
    for step in t.steps.iter().take(steps) {
        match step {
            Step::Attr(name) => {
                out.push('.');
                out.push_str(&name.name);
            }
            Step::Index(IndexKey::Number(n), _) => out.push_str(&format!("[{n}]")),
            Step::Index(IndexKey::String(s), _) => out.push_str(&format!("[{s:?}]")),
        }
    }
    out
}
