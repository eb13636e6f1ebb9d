//! `aws_iam_policy_document`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/iam_policy_document>).

use std::collections::BTreeSet;

use craton_model::Value;

use super::iam_policy_model::{Document, Statement, Texts, descending};
use super::{DataSource, data};
use crate::cx::Cx;
use crate::decl::*;
use crate::fail::Fail;
use crate::hash::{hashcode, set_order};
use crate::json;
use crate::obj::{Obj, zero};

const PRINCIPALS: Kind = Kind::Object(&[strings("identifiers").required(), string("type").required()]);

const CONDITION: Kind =
    Kind::Object(&[string("test").required(), list("values", &Kind::String).required(), string("variable").required()]);

const STATEMENT: Kind = Kind::Object(&[
    strings("actions"),
    block_set("condition", &CONDITION),
    string("effect").default_str("Allow").check(&[Check::OneOf(&["Allow", "Deny"])]),
    strings("not_actions"),
    block_set("not_principals", &PRINCIPALS),
    strings("not_resources"),
    block_set("principals", &PRINCIPALS),
    strings("resources"),
    string("sid"),
]);

const VERSIONS: &[&str] = &["2008-10-17", "2012-10-17"];

/// `aws_iam_policy_document`.
pub static POLICY_DOCUMENT: DataSource = data(
    "aws_iam_policy_document",
    &[
        string("json").computed(),
        string("minified_json").computed(),
        string("override_json").deprecated().check(&[Check::By(retired)]),
        list("override_policy_documents", &Kind::String).check(&[Check::By(document)]),
        string("policy_id"),
        string("source_json").deprecated().check(&[Check::By(retired)]),
        list("source_policy_documents", &Kind::String).check(&[Check::By(document)]),
        blocks("statement", &STATEMENT),
        string("version").check(&[Check::OneOf(VERSIONS)]),
    ],
    read,
);

/// The provider keeps two arguments that can only be empty any more.
fn retired(s: &str) -> Result<(), String> {
    match s {
        "" => Ok(()),
        _ => Err(
            "this argument can only be empty; source_policy_documents and override_policy_documents have taken its \
                  place"
                .into(),
        ),
    }
}

fn document(s: &str) -> Result<(), String> {
    match serde_json::from_str::<serde_json::Value>(s) {
        Err(e) if !s.is_empty() => Err(format!("this is not a valid JSON document: {e}")),
        _ => Ok(()),
    }
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        complete(obj);
        let merged = merged(obj)?.json();
        let mut minified = String::new();
        json::write(&merged, false, &mut minified);
        let indented = json::indented(&merged);
        obj.set("id", hashcode(&indented).to_string());
        obj.set("json", indented);
        obj.set("minified_json", minified);
        Ok(())
    })
}

/// Sets defaults. Arguments of statements that are not given are empty in the state, not null.
fn complete(obj: &mut Obj) {
    if obj.is_zero("version") {
        obj.set("version", VERSIONS[1]);
    }
    // Text that is given empty is null in what the plugin SDK gives.
    for name in ["override_json", "policy_id", "source_json"] {
        if obj.is_zero(name) {
            obj.clear(name);
        }
    }
    let statements = obj.objects("statement").into_iter().map(|mut s| {
        if s.is_zero("effect") {
            s.set("effect", "Allow");
        }
        let absent: Vec<_> = s.iter().filter(|(_, v)| v.is_null()).map(|(n, _)| n.clone()).collect();
        for name in absent {
            let v = zero(&s.type_of(&name));
            s.set(&name, v);
        }
        s.value()
    });
    let ty = obj.type_of("statement");
    if let Some(element) = ty.element() {
        let statements: Vec<Value> = statements.collect();
        obj.set("statement", Value::list(element.clone(), statements));
    }
}

fn not_mergeable(argument: &str, index: usize, why: &str) -> Fail {
    Fail::new(
        "Invalid policy document",
        format!("Item {index} of {argument} cannot be merged into the policy document: {why}."),
    )
}

fn merged(obj: &Obj) -> Result<Document, Fail> {
    let mut out = Document::default();
    let mut known = BTreeSet::new();
    for (i, source) in obj.strs("source_policy_documents").into_iter().enumerate().filter(|(_, s)| !s.is_empty()) {
        let fail = |why: &str| not_mergeable("source_policy_documents", i, why);
        let source = Document::parse(source).map_err(|e| fail(&e))?;
        if let Some(sid) = source.note_sids(&mut known) {
            return Err(fail(&format!(
                "it has a statement with the Sid {sid:?}, which another statement has already. Rename or remove one of \
                 the two Sids, or use override_policy_documents, where the later statement takes the place of the other"
            )));
        }
        out.merge(source);
    }
    out.merge(configured(obj)?);
    for (i, other) in obj.strs("override_policy_documents").into_iter().enumerate().filter(|(_, s)| !s.is_empty()) {
        out.merge(Document::parse(other).map_err(|e| not_mergeable("override_policy_documents", i, &e))?);
    }
    Ok(out)
}

/// The document of the block's own statements.
fn configured(obj: &Obj) -> Result<Document, Fail> {
    let version = obj.text("version").to_owned();
    let statements = obj.objects("statement").iter().map(|s| statement(s, &version)).collect::<Result<_, _>>()?;
    let out = Document { version, id: obj.text("policy_id").to_owned(), statements };
    if let Some(sid) = out.note_sids(&mut BTreeSet::new()) {
        return Err(Fail::new(
            "Invalid policy document",
            format!("Two statements have the Sid {sid:?}. Rename or remove one of the two Sids."),
        ));
    }
    Ok(out)
}

fn statement(s: &Obj, version: &str) -> Result<Statement, Fail> {
    let mut out =
        Statement { sid: s.text("sid").to_owned(), effect: s.text("effect").to_owned(), ..Statement::default() };
    let lists = [
        ("Action", "actions", false),
        ("NotAction", "not_actions", false),
        ("Resource", "resources", true),
        ("NotResource", "not_resources", true),
    ];
    for (name, argument, variables) in lists {
        let items = s.strs(argument);
        if items.is_empty() {
            continue;
        }
        let items = items.into_iter().map(|i| if variables { filled_in(i, version) } else { Ok(i.to_owned()) });
        out.lists.insert(name, Texts::of(descending(items.collect::<Result<_, _>>()?)).json());
    }
    out.principals = principals(s, "principals", version)?;
    out.not_principals = principals(s, "not_principals", version)?;
    for c in in_order(s, "condition") {
        let values = c.strs("values").into_iter().map(|v| filled_in(v, version)).collect::<Result<_, _>>()?;
        out.conditions.push((c.text("test").to_owned(), c.text("variable").to_owned(), Texts::of(values)));
    }
    Ok(out)
}

/// The blocks of a set, in the order in which the plugin SDK goes through them: it shows where several end up in one list.
fn in_order(s: &Obj, name: &str) -> Vec<Obj> {
    let mut all = s.get(name).as_seq().unwrap_or(&[]).to_vec();
    all.sort_by_cached_key(set_order);
    all.iter().map(|v| Obj::of(v.ty(), v)).collect()
}

fn principals(s: &Obj, name: &str, version: &str) -> Result<Vec<(String, Texts)>, Fail> {
    let of = |p: Obj| {
        let ids = p.strs("identifiers").into_iter().map(|i| filled_in(i, version)).collect::<Result<_, _>>()?;
        Ok((p.text("type").to_owned(), Texts::of(descending(ids))))
    };
    in_order(s, name).into_iter().map(of).collect()
}

/// `&{aws:username}` is how a configuration writes IAM's `${aws:username}`, which documents of the older version do not
/// have.
fn filled_in(text: &str, version: &str) -> Result<String, Fail> {
    if !text.contains("&{") {
        return Ok(text.to_owned());
    }
    if version == VERSIONS[0] {
        return Err(Fail::new(
            "Invalid policy document",
            format!(
                "{text:?} has a policy variable, which documents of version {version} cannot have. Use 2012-10-17."
            ),
        ));
    }
    Ok(text.replace("&{", "${"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::json as documents;

    fn document(config: Json) -> Result<String, Fail> {
        let ty = super::super::schema(&POLICY_DOCUMENT).block.empty_value();
        let mut obj = Obj::of(ty.ty(), &ty);
        for (k, v) in config.as_object().unwrap() {
            obj.set_json(k, v).unwrap();
        }
        complete(&mut obj);
        let doc = merged(&obj)?.json();
        let mut out = String::new();
        documents::write(&doc, false, &mut out);
        Ok(out)
    }

    // What the AWS provider 5.100.0 answers to the same, but for the number in the condition: that provider loses it,
    // and with it the condition, which lets more through than was asked for.
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
            r#""Principal":"*","Condition":{"Bool":{"aws:B":"true","aws:Sec":"true","n":"5"},"StringLike":{"k":"v","l":["b","a"]}}},"#,
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
