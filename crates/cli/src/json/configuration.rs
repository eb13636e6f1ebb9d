//! The configuration as plans carry it in `show -json`: expressions by their constant value or by
//! what they refer to (<https://developer.hashicorp.com/terraform/internals/json-format#configuration-representation>).

use craton_config::{Module, ModuleNode, ModuleTree, ProviderRef, ResourceBlock};
use craton_hcl::{Body, BodySchema, Expr, IndexKey, Step, Traversal};
use craton_model::addr::ResourceMode;
use craton_model::schema::{Block, Nesting};
use craton_model::{Value, json as value_json};
use serde_json::{Map, Value as Json, json};

use super::{Schemas, mode_name, schema};

/// The module tree.
pub fn render(tree: &ModuleTree, schemas: &Schemas) -> Json {
    let mut doc = Map::new();
    let mut providers = Map::new();
    for node in tree.modules() {
        provider_configs(node, schemas, &mut providers);
    }
    if !providers.is_empty() {
        doc.insert("provider_config".into(), Json::Object(providers));
    }
    if let Some(root) = tree.root() {
        doc.insert("root_module".into(), module(tree, root, schemas));
    }
    Json::Object(doc)
}

/// The key that resources name their provider configuration by: `module.a:aws.west`.
fn provider_key(node: &ModuleNode, provider: &ProviderRef) -> String {
    if node.path.is_root() { provider.to_string() } else { format!("{}:{provider}", node.path) }
}

fn provider_configs(node: &ModuleNode, schemas: &Schemas, out: &mut Map<String, Json>) {
    let module = &node.module;
    let mut add = |name: &ProviderRef, body: Option<&Body>| {
        let addr = module.provider_addr(&name.name);
        let mut m = Map::new();
        m.insert("name".into(), name.name.as_ref().into());
        m.insert("full_name".into(), addr.to_string().into());
        if let Some(alias) = &name.alias {
            m.insert("alias".into(), alias.as_ref().into());
        }
        if !node.path.is_root() {
            m.insert("module_address".into(), node.path.to_string().into());
        }
        if let Some(required) = module.required_providers.get(&name.name).and_then(|r| r.version.as_ref()) {
            m.insert("version_constraint".into(), required.to_string().into());
        }
        if let (Some(body), Some(schema)) = (body, schemas.get(&addr)) {
            let expressions = expressions(body, &schema.provider.block);
            if !expressions.is_empty() {
                m.insert("expressions".into(), Json::Object(expressions));
            }
        }
        out.entry(provider_key(node, name)).or_insert(Json::Object(m));
    };
    for p in module.provider_configs.values() {
        add(&ProviderRef { name: p.name.clone(), alias: p.alias.clone(), span: p.span }, Some(&p.body));
    }
    for r in module.resources.values().filter(|r| r.provider.alias.is_none()) {
        add(&r.provider, None);
    }
}

fn module(tree: &ModuleTree, node: &ModuleNode, schemas: &Schemas) -> Json {
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
    let resources: Vec<Json> = module.resources.values().map(|r| resource(node, r, schemas)).collect();
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
                m.insert("module".into(), self::module(tree, child, schemas));
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

fn depends(m: &mut Map<String, Json>, on: &[Traversal]) {
    if !on.is_empty() {
        m.insert("depends_on".into(), on.iter().map(|t| Json::String(text(t, t.steps.len()))).collect());
    }
}

fn repetition(m: &mut Map<String, Json>, count: Option<&Expr>, for_each: Option<&Expr>) {
    if let Some(count) = count {
        m.insert("count_expression".into(), expression(count));
    }
    if let Some(for_each) = for_each {
        m.insert("for_each_expression".into(), expression(for_each));
    }
}

fn resource(node: &ModuleNode, r: &ResourceBlock, schemas: &Schemas) -> Json {
    let mut m = Map::new();
    m.insert("address".into(), r.addr.to_string().into());
    m.insert("mode".into(), mode_name(r.addr.mode).into());
    m.insert("type".into(), r.addr.r#type.as_ref().into());
    m.insert("name".into(), r.addr.name.as_ref().into());
    m.insert("provider_config_key".into(), provider_key(node, &r.provider).into());
    let provisioners: Vec<Json> = r.provisioners.iter().map(|p| json!({"type": p.kind.as_ref()})).collect();
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

/// The arguments and blocks of a body. Dynamic blocks are there as what their content refers to.
fn expressions(body: &Body, block: &Block) -> Map<String, Json> {
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

/// An expression: its value if it is constant, else its references.
fn expression(expr: &Expr) -> Json {
    let variables = expr.variables();
    let mut calls = false;
    expr.visit_calls(&mut |_| calls = true);
    if variables.is_empty() && !calls {
        let (value, found) = craton_hcl::eval_constant(expr);
        if !found.has_errors() && value.is_wholly_known() {
            return constant(&value);
        }
    }
    let mut references: Vec<String> = Vec::new();
    for t in variables {
        for reference in prefixes(t) {
            if !references.contains(&reference) {
                references.push(reference);
            }
        }
    }
    if references.is_empty() { json!({}) } else { json!({"references": references}) }
}

fn constant(value: &Value) -> Json {
    json!({"constant_value": value_json::to_json(value)})
}

/// A reference and what it goes through, longest first: `a.b.c[0].d`, `a.b.c[0]`, `a.b.c`, `a.b`.
fn prefixes(t: &Traversal) -> Vec<String> {
    let subject = match &*t.root.name {
        "var" | "local" | "each" | "count" | "path" | "terraform" | "self" => 1,
        "module" => 1,
        "data" | "ephemeral" | "resource" => 2,
        _ => 1,
    };
    let whole = matches!(&*t.root.name, "var" | "local" | "count" | "path" | "terraform");
    // Of a module or resource, an output or an attribute is the smallest thing worth naming; of
    // a variable, the whole.
    let longest = if whole { subject.min(t.steps.len()) } else { t.steps.len() };
    (subject.min(longest)..=longest).rev().map(|n| text(t, n)).collect()
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
