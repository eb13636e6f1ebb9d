//! `aws_iam_policy_document`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/iam_policy_document>).

use craton_model::Value;
use serde_json::{Map, Value as Json, json};

use super::{DataSource, data};
use crate::cx::Cx;
use crate::decl::*;
use crate::fail::Fail;
use crate::hash::{hashcode, set_order};
use crate::json;
use crate::obj::Obj;

const PRINCIPAL: Kind = Kind::Object(&[strings("identifiers").required(), string("type").required()]);

const CONDITION: Kind =
    Kind::Object(&[string("test").required(), list("values", &Kind::String).required(), string("variable").required()]);

const STATEMENT: Kind = Kind::Object(&[
    strings("actions"),
    block_set("condition", &CONDITION),
    string("effect").default_str("Allow").check(&[Check::OneOf(&["Allow", "Deny"])]),
    strings("not_actions"),
    block_set("not_principals", &PRINCIPAL),
    strings("not_resources"),
    block_set("principals", &PRINCIPAL),
    strings("resources"),
    string("sid"),
]);

/// `aws_iam_policy_document`.
pub static POLICY_DOCUMENT: DataSource = data(
    "aws_iam_policy_document",
    &[
        string("json").computed(),
        string("minified_json").computed(),
        string("override_json").deprecated(),
        list("override_policy_documents", &Kind::String),
        string("policy_id"),
        string("source_json").deprecated(),
        list("source_policy_documents", &Kind::String),
        blocks("statement", &STATEMENT),
        string("version").default_str("2012-10-17").check(&[Check::OneOf(&["2008-10-17", "2012-10-17"])]),
    ],
    read,
);

/// A document while it is put together.
#[derive(Default)]
struct Document {
    version: String,
    id: String,
    statements: Vec<Map<String, Json>>,
}

/// Fields of a statement in the order in which they are written.
const FIELDS: &[&str] =
    &["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"];

fn invalid(text: impl Into<String>) -> Fail {
    Fail::new("Invalid IAM policy document", text)
}

fn sid(statement: &Map<String, Json>) -> &str {
    statement.get("Sid").and_then(Json::as_str).unwrap_or_default()
}

impl Document {
    fn parse(text: &str, what: &str) -> Result<Self, Fail> {
        let doc: Json = serde_json::from_str(text).map_err(|e| invalid(format!("{what} is not valid JSON: {e}.")))?;
        let Json::Object(doc) = doc else { return Err(invalid(format!("{what} is not a JSON object."))) };
        let string = |n: &str| doc.get(n).and_then(Json::as_str).unwrap_or_default().to_owned();
        let statements = match doc.get("Statement") {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::Array(all)) => all.iter().map(|s| statement_of(s, what)).collect::<Result<_, _>>()?,
            Some(_) => return Err(invalid(format!("\"Statement\" in {what} must be a list."))),
        };
        Ok(Self { version: string("Version"), id: string("Id"), statements })
    }

    /// Statements of `other` replace those with the same `Sid`; the others come after.
    fn merge(&mut self, other: Document) {
        if !other.id.is_empty() {
            self.id = other.id;
        }
        if !other.version.is_empty() {
            self.version = other.version;
        }
        for s in other.statements {
            let same = |o: &&mut Map<String, Json>| !sid(&s).is_empty() && sid(o) == sid(&s);
            match self.statements.iter_mut().find(same) {
                Some(old) => *old = s,
                None => self.statements.push(s),
            }
        }
    }

    fn json(&self) -> Json {
        let mut out = Map::new();
        for (name, v) in [("Version", &self.version), ("Id", &self.id)] {
            if !v.is_empty() {
                out.insert(name.into(), json!(v));
            }
        }
        if !self.statements.is_empty() {
            out.insert("Statement".into(), self.statements.iter().map(written).collect());
        }
        Json::Object(out)
    }
}

/// A statement with its fields in order, those that are empty left out.
fn written(statement: &Map<String, Json>) -> Json {
    let mut out = Map::new();
    for field in FIELDS {
        match statement.get(*field) {
            None | Some(Json::Null) => {}
            Some(Json::String(s)) if s.is_empty() => {}
            Some(v) => {
                out.insert((*field).into(), v.clone());
            }
        }
    }
    Json::Object(out)
}

/// A statement of a given document. Principals and conditions are brought into the order that all documents have.
fn statement_of(doc: &Json, what: &str) -> Result<Map<String, Json>, Fail> {
    let Json::Object(doc) = doc else { return Err(invalid(format!("A statement in {what} is not a JSON object."))) };
    let mut out = doc.clone();
    for field in ["Principal", "NotPrincipal"] {
        if let Some(Json::Object(kinds)) = doc.get(field) {
            let mut sorted: Vec<(&String, Json)> = kinds
                .iter()
                .map(|(k, v)| match v {
                    Json::Array(all) => {
                        let mut all: Vec<&str> = all.iter().filter_map(Json::as_str).collect();
                        all.sort_by(|a, b| b.cmp(a));
                        (k, json!(all))
                    }
                    other => (k, other.clone()),
                })
                .collect();
            sorted.sort_by_key(|(k, _)| *k);
            let all: Map<String, Json> = sorted.into_iter().map(|(k, v)| (k.clone(), v)).collect();
            out.insert(field.into(), lone_star(all));
        }
    }
    if let Some(Json::Object(tests)) = doc.get("Condition") {
        let mut rows = Vec::new();
        for (test, variables) in tests {
            for (variable, values) in variables.as_object().into_iter().flatten() {
                let values: Vec<String> = match values {
                    Json::String(s) => vec![s.clone()],
                    Json::Bool(b) => vec![b.to_string()],
                    Json::Array(all) => all.iter().filter_map(Json::as_str).map(String::from).collect(),
                    // The provider drops everything else.
                    _ => continue,
                };
                rows.push((test.clone(), variable.clone(), values));
            }
        }
        out.insert("Condition".into(), conditions(rows));
    }
    Ok(out)
}

/// `{"*": "*"}` is written `"*"`.
fn lone_star(all: Map<String, Json>) -> Json {
    let star = all.len() == 1 && all.get("*").is_some_and(|v| v == "*" || v == &json!(["*"]));
    if star { json!("*") } else { Json::Object(all) }
}

/// Conditions by test and variable, sorted; a lone value is no list.
fn conditions(rows: Vec<(String, String, Vec<String>)>) -> Json {
    let mut all: std::collections::BTreeMap<String, std::collections::BTreeMap<String, Vec<String>>> =
        std::collections::BTreeMap::new();
    for (test, variable, values) in rows {
        all.entry(test).or_default().entry(variable).or_default().extend(values);
    }
    let one = |values: Vec<String>| match values.as_slice() {
        [only] => json!(only),
        _ => json!(values),
    };
    let tests = all.into_iter().map(|(test, variables)| {
        (test, Json::Object(variables.into_iter().map(|(name, values)| (name, one(values))).collect()))
    });
    Json::Object(tests.collect())
}

/// `&{aws:username}` stands for `${aws:username}`, which HCL would take for its own.
fn variables(text: &str, version: &str) -> Result<String, Fail> {
    if text.contains("&{") && version == "2008-10-17" {
        return Err(invalid(format!(
            "{text:?} has a policy variable, which version 2008-10-17 does not know. Use version 2012-10-17."
        )));
    }
    Ok(text.replace("&{", "${"))
}

/// Text of a set or list, the last in the alphabet first, as the provider writes them; a lone one is no list.
fn bag(all: Vec<String>) -> Json {
    let mut all = all;
    all.sort_by(|a, b| b.cmp(a));
    match all.as_slice() {
        [only] => json!(only),
        _ => json!(all),
    }
}

fn texts(obj: &Obj, name: &str) -> Vec<String> {
    obj.strs(name).into_iter().map(String::from).collect()
}

fn in_order(obj: &Obj, name: &str) -> Vec<Obj> {
    let mut all: Vec<Value> = obj.get(name).as_seq().unwrap_or(&[]).to_vec();
    all.sort_by_cached_key(set_order);
    all.iter().map(|v| Obj::of(v.ty(), v)).collect()
}

fn configured(obj: &Obj, version: &str) -> Result<Map<String, Json>, Fail> {
    let mut out = Map::new();
    out.insert("Sid".into(), json!(obj.text("sid")));
    out.insert("Effect".into(), json!(obj.str("effect").unwrap_or("Allow")));
    for (name, field) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        let all = texts(obj, name);
        if !all.is_empty() {
            let all = match field.ends_with("Resource") {
                true => all.iter().map(|t| variables(t, version)).collect::<Result<_, _>>()?,
                false => all,
            };
            out.insert(field.into(), bag(all));
        }
    }
    for (name, field) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        let mut all: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
        for p in in_order(obj, name) {
            let mut ids =
                texts(&p, "identifiers").iter().map(|t| variables(t, version)).collect::<Result<Vec<_>, _>>()?;
            ids.sort_by(|a, b| b.cmp(a));
            all.entry(p.text("type").to_owned()).or_default().extend(ids);
        }
        if !all.is_empty() {
            let one = |ids: Vec<String>| if let [only] = ids.as_slice() { json!(only) } else { json!(ids) };
            out.insert(field.into(), lone_star(all.into_iter().map(|(k, ids)| (k, one(ids))).collect()));
        }
    }
    let mut rows = Vec::new();
    for c in in_order(obj, "condition") {
        let values = texts(&c, "values").iter().map(|t| variables(t, version)).collect::<Result<Vec<_>, _>>()?;
        rows.push((c.text("test").to_owned(), c.text("variable").to_owned(), values));
    }
    if !rows.is_empty() {
        out.insert("Condition".into(), conditions(rows));
    }
    Ok(out)
}

fn documents(obj: &Obj, one: &str, many: &str) -> Vec<String> {
    let lone = obj.str(one).map(String::from);
    lone.into_iter().chain(texts(obj, many)).filter(|t| !t.trim().is_empty()).collect()
}

fn assemble(obj: &Obj) -> Result<Json, Fail> {
    let version = obj.str("version").unwrap_or("2012-10-17").to_owned();
    let mut all = Document::default();
    let mut seen: Vec<String> = Vec::new();
    for (i, text) in documents(obj, "source_json", "source_policy_documents").iter().enumerate() {
        let doc = Document::parse(text, &format!("source document {i}"))?;
        for s in doc.statements.iter().map(sid).filter(|s| !s.is_empty()) {
            if seen.iter().any(|o| o == s) {
                return Err(invalid(format!(
                    "The Sid {s:?} is in more than one statement of the source documents. Sids must be unique; remove it or \
                     choose another."
                )));
            }
            seen.push(s.to_owned());
        }
        all.merge(doc);
    }
    let mut own = Document { version: version.clone(), id: obj.text("policy_id").to_owned(), statements: Vec::new() };
    for s in obj.objects("statement") {
        let s = configured(&s, &version)?;
        if !sid(&s).is_empty() && own.statements.iter().any(|o| sid(o) == sid(&s)) {
            return Err(invalid(format!(
                "The Sid {:?} is in more than one statement. Remove it or choose another.",
                sid(&s)
            )));
        }
        own.statements.push(s);
    }
    all.merge(own);
    for (i, text) in documents(obj, "override_json", "override_policy_documents").iter().enumerate() {
        all.merge(Document::parse(text, &format!("override document {i}"))?);
    }
    Ok(all.json())
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let document = assemble(obj)?;
        let mut minified = String::new();
        json::write(&document, false, &mut minified);
        let indented = json::indented(&document);
        obj.set("id", hashcode(&indented).to_string());
        obj.set("json", indented);
        obj.set("minified_json", minified);
        if obj.str("version").is_none() {
            obj.set("version", "2012-10-17");
        }
        fill_statements(obj);
        Ok(())
    })
}

/// The state has empty collections and the default effect where nothing is written.
fn fill_statements(obj: &mut Obj) {
    let statements = obj.objects("statement").into_iter().map(|mut s| {
        if s.str("effect").is_none() {
            s.set("effect", "Allow");
        }
        for name in ["actions", "not_actions", "resources", "not_resources", "sid"] {
            if s.is_zero(name) {
                s.set_zero(name);
            }
        }
        s.value()
    });
    let statements: Vec<Value> = statements.collect();
    let ty = crate::doc::type_of(&STATEMENT);
    obj.set("statement", Value::list(ty, statements));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(config: Json) -> Result<String, Fail> {
        let ty = super::super::schema(&POLICY_DOCUMENT).block.empty_value();
        let mut obj = Obj::of(ty.ty(), &ty);
        for (k, v) in config.as_object().unwrap() {
            obj.set_json(k, v).unwrap();
        }
        let doc = assemble(&obj)?;
        let mut out = String::new();
        json::write(&doc, false, &mut out);
        Ok(out)
    }

    // What the AWS provider 5.100.0 answers to the same.
    #[test]
    fn documents_are_merged_and_written_as_the_aws_provider_does() {
        let source = r#"{"Version":"2008-10-17","Id":"i1","Statement":[
            {"Sid":"One","Effect":"Allow","Action":["s3:A"],"Resource":["x"],"Principal":"*","Condition":{"Bool":{"aws:Sec":"true","aws:B":true,"n":5},"StringLike":{"k":["v"],"l":["b","a"]}}},
            {"Sid":"Two","Effect":"Deny","NotAction":["z:1","a:2"],"Resource":["b","a"],"Principal":{"AWS":["arn:a","arn:b"],"Federated":"f"}},
            {"Effect":"Allow","Action":"only:one","Resource":"*","Principal":{"AWS":"*"}},
            {"Effect":"Allow","Action":"only:two","Resource":"*","Principal":{"AWS":["*"]}}]}"#;
        let over = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Two","Effect":"Allow","Action":["n:1"],"Resource":"<&>"}]}"#;
        let aws = |ids: &[&str]| json!({"type": "AWS", "identifiers": ids});
        let found = document(json!({
            "source_policy_documents": [source, "", r#"{"Statement":[{"Sid":"Single","Effect":"Allow","Action":"q","Resource":"*"}]}"#],
            "override_policy_documents": [over],
            "statement": [
                {"sid": "One2", "effect": "Deny", "actions": ["b", "a", "c"], "resources": ["*"],
                 "principals": [{"type": "*", "identifiers": ["*"]}],
                 "condition": [
                    {"test": "StringEquals", "variable": "v", "values": ["${aws:x}", "&{aws:y}"]},
                    {"test": "StringEquals", "variable": "v", "values": ["third"]},
                    {"test": "Null", "variable": "e", "values": []}]},
                {"sid": "P", "actions": ["a"], "resources": ["*"],
                 "principals": [aws(&["arn:1"]), aws(&["arn:3", "arn:2"]), aws(&["arn:0"])]}
            ]
        }))
        .unwrap();
        let expected = concat!(
            r#"{"Version":"2012-10-17","Id":"i1","Statement":[{"Sid":"One","Effect":"Allow","Action":["s3:A"],"Resource":["x"],"#,
            r#""Principal":"*","Condition":{"Bool":{"aws:B":"true","aws:Sec":"true"},"StringLike":{"k":"v","l":["b","a"]}}},"#,
            r#"{"Sid":"Two","Effect":"Allow","Action":["n:1"],"Resource":"\u003c\u0026\u003e"},"#,
            r#"{"Effect":"Allow","Action":"only:one","Resource":"*","Principal":{"AWS":"*"}},"#,
            r#"{"Effect":"Allow","Action":"only:two","Resource":"*","Principal":{"AWS":["*"]}},"#,
            r#"{"Sid":"Single","Effect":"Allow","Action":"q","Resource":"*"},"#,
            r#"{"Sid":"One2","Effect":"Deny","Action":["c","b","a"],"Resource":"*","Principal":"*","#,
            r#""Condition":{"Null":{"e":[]},"StringEquals":{"v":["third","${aws:x}","${aws:y}"]}}},"#,
            r#"{"Sid":"P","Effect":"Allow","Action":"a","Resource":"*","Principal":{"AWS":["arn:3","arn:2","arn:0","arn:1"]}}]}"#,
        );
        assert_eq!(found, expected);
    }

    #[test]
    fn sids_are_unique() {
        let twice = json!({"statement": [{"sid": "A", "actions": ["x"]}, {"sid": "A", "actions": ["y"]}]});
        assert!(document(twice).is_err());
        let source = r#"{"Statement":[{"Sid":"A","Effect":"Allow"}]}"#;
        assert!(document(json!({"source_policy_documents": [source, source]})).is_err());
        assert_eq!(document(json!({})).unwrap(), r#"{"Version":"2012-10-17"}"#);
    }

    #[test]
    fn policy_variables_need_the_newer_version() {
        let s = json!([{"actions": ["a"], "resources": ["&{aws:x}"]}]);
        assert!(document(json!({"version": "2008-10-17", "statement": s})).is_err());
    }
}
