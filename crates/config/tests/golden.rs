//! Each folder of `tests/golden/config` against its `expected.txt`. With `CRATON_BLESS` set, writes what there is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use craton_config::*;
use craton_model::Diagnostics;
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/config").canonicalize().unwrap()
}

fn diagnostics(d: &Diagnostics, root: &str, out: &mut String) {
    for d in d {
        let place = d.subject.map(|s| s.place().replace(root, "")).unwrap_or_default();
        let text = d.subject.map(|s| s.text()).unwrap_or_default();
        writeln!(out, "\n{:?}: {}\n  {place}: {}", d.severity, d.summary, text.lines().next().unwrap_or("")).unwrap();
        for line in d.detail.replace(root, "").lines() {
            writeln!(out, "  | {line}").unwrap();
        }
    }
}

fn opt<T: std::fmt::Display>(name: &str, v: Option<T>) -> String {
    v.map(|v| format!(" {name}={v}")).unwrap_or_default()
}

fn flag(name: &str, on: bool) -> &str {
    if on { name } else { "" }
}

fn text(e: &craton_hcl::Expr) -> String {
    e.span().text()
}

fn body_names(body: &craton_hcl::Body) -> String {
    let (attributes, _) = body.attributes();
    attributes.keys().map(|k| format!(" {k}")).collect()
}

fn module(node: &ModuleNode, out: &mut String) -> std::fmt::Result {
    let m = &node.module;
    writeln!(out, "module {:?} in {}", node.path.to_string(), m.dir.display())?;
    for v in &m.required_versions {
        writeln!(out, "  required_version {}", v.constraint)?;
    }
    for p in m.required_providers.values() {
        let aliases: Vec<&str> = p.configuration_aliases.iter().map(|a| &*a.alias).collect();
        writeln!(
            out,
            "  requires {} = {}{} {aliases:?}",
            p.name,
            p.source.short(),
            opt("version", p.version.as_ref())
        )?;
    }
    if let Some(b) = &m.backend {
        writeln!(out, "  backend {}:{}", b.kind, body_names(&b.body))?;
    }
    for p in m.provider_configs.values() {
        writeln!(out, "  provider {}{}:{}", p.name, opt("alias", p.alias.as_ref()), body_names(&p.body))?;
    }
    for v in m.variables.values() {
        let flags = [flag(" sensitive", v.sensitive), flag(" ephemeral", v.ephemeral), flag(" not-null", !v.nullable)];
        let default = v.default.as_ref().map(|d| format!("{d:?}"));
        writeln!(out, "  variable {}: {}{}{}", v.name, v.ty, opt("default", default), flags.concat())?;
        for rule in &v.validations {
            writeln!(out, "    validation {}", text(&rule.condition))?;
        }
    }
    for l in m.locals.values() {
        writeln!(out, "  local {} = {}", l.name, text(&l.expr))?;
    }
    for r in m.resources.values() {
        let config = node.provider_config(&r.provider);
        let depends: String = r.depends_on.iter().map(|d| format!(" depends:{d}")).collect();
        let (count, each) = (opt("count", r.count.as_ref().map(text)), opt("for_each", r.for_each.as_ref().map(text)));
        writeln!(out, "  {}{count}{each}{depends}:{} <- {config}", r.addr, body_names(&r.body))?;
        let l = &r.lifecycle;
        let ignored = match &l.ignore_changes {
            IgnoreChanges::All => "all".to_owned(),
            IgnoreChanges::Paths(p) => p.iter().map(|p| p.path.to_string()).collect::<Vec<_>>().join(", "),
        };
        if l.span.is_some() {
            let triggers: Vec<String> = l.replace_triggered_by.iter().map(text).collect();
            writeln!(
                out,
                "    lifecycle cbd={:?} prevent={} ignore=[{ignored}] triggers={triggers:?} pre={} post={}",
                l.create_before_destroy,
                l.prevent_destroy,
                l.preconditions.len(),
                l.postconditions.len()
            )?;
        }
        for p in &r.provisioners {
            writeln!(out, "    provisioner {} {:?} {:?}:{}", p.kind, p.when, p.on_failure, body_names(&p.body))?;
        }
    }
    for c in m.module_calls.values() {
        let passed: String = c.providers.iter().flatten().map(|p| format!(" {}<-{}", p.child, p.parent)).collect();
        writeln!(
            out,
            "  call {} {:?}{}{passed}:{}",
            c.name,
            c.source,
            opt("version", c.version.as_ref()),
            body_names(&c.body)
        )?;
    }
    for o in m.outputs.values() {
        writeln!(out, "  output {} = {}{}", o.name, text(&o.value), flag(" sensitive", o.sensitive))?;
    }
    for v in &m.moved {
        writeln!(out, "  moved {} -> {}", endpoint(&v.from), endpoint(&v.to))?;
    }
    for v in &m.removed {
        writeln!(out, "  removed {:?} destroy={}", v.from, v.destroy)?;
    }
    for v in &m.imports {
        writeln!(
            out,
            "  import {} ({}) from {}{}",
            text(&v.to),
            v.resource,
            text(&v.id),
            opt("each", v.for_each.as_ref().map(text))
        )?;
    }
    for v in m.checks.values() {
        writeln!(
            out,
            "  check {} data={:?} asserts={}",
            v.name,
            v.data.as_ref().map(ToString::to_string),
            v.asserts.len()
        )?;
    }
    Ok(())
}

fn endpoint(e: &MoveEndpoint) -> String {
    match &e.resource {
        None => e.module.to_string(),
        Some((r, key)) => e.module.resource(r.clone()).instance(key.clone()).to_string(),
    }
}

fn render(case: &Path) -> String {
    let root = format!("{}/", case.display());
    let cache = FileCache::new();
    let (tree, diags) = load(case, &case.join(".terraform"), &cache);
    let mut out = String::new();
    for node in tree.modules() {
        module(node, &mut out).unwrap();
    }
    for (addr, all) in tree.provider_requirements() {
        let by: Vec<String> =
            all.iter().map(|r| format!("{:?}{}", r.module.to_string(), opt("", r.version.as_ref()))).collect();
        writeln!(out, "needs {}: {}", addr.short(), by.join(", ")).unwrap();
    }
    let all: Diagnostics = diags.into_iter().chain(tree.absent().clone()).collect();
    diagnostics(&all, &root, &mut out);
    out
}

#[test]
fn golden_folders() {
    let mut failed = Vec::new();
    let mut cases: Vec<PathBuf> = std::fs::read_dir(golden()).unwrap().map(|e| e.unwrap().path()).collect();
    cases.sort();
    assert!(!cases.is_empty());
    for case in cases {
        let got = render(&case);
        let file = case.join("expected.txt");
        if std::env::var_os("CRATON_BLESS").is_some() {
            std::fs::write(&file, &got).unwrap();
        } else if std::fs::read_to_string(&file).unwrap_or_default() != got {
            failed.push(format!("== {}\n{got}", case.display()));
        }
    }
    assert!(failed.is_empty(), "differs from expected.txt (CRATON_BLESS=1 writes it anew):\n{}", failed.join("\n"));
}
