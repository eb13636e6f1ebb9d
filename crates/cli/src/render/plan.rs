//! A plan for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use craton_config::ModuleTree;
use craton_model::addr::{ModuleInstance, ResourceMode};
use craton_model::plan::{Action, ChangeCounts, OutputChange, PlanMode, ResourceChange};
use craton_model::schema::Block;
use craton_model::{Path, Plan, Value};

use super::diff::Diff;
use super::style::{Style, fold};
use super::why::Why;
use crate::json::{Schemas, schema};

/// The whole plan: what changed outside, what will change, outputs, the summary. `tree` is the configuration it was
/// made of.
pub fn render(plan: &Plan, schemas: &Schemas, tree: &ModuleTree, style: &Style) -> String {
    let page = Page { schemas, why: Why::new(plan, tree), style };
    fold(&page.plan(plan, tree), style)
}

/// What all parts of a plan are written with.
struct Page<'a> {
    schemas: &'a Schemas,
    why: Why<'a>,
    style: &'a Style,
}

impl Page<'_> {
    fn plan(&self, plan: &Plan, tree: &ModuleTree) -> String {
        let style = self.style;
        let mut out = self.drift(plan);
        let shown: Vec<&ResourceChange> = plan.changes.iter().filter(|c| is_shown(c)).collect();
        let outputs: Vec<_> = plan.outputs.iter().filter(|(_, o)| o.action != Action::NoOp).collect();
        if shown.is_empty() && outputs.is_empty() {
            out.push_str(&nothing(plan, style, !out.is_empty()));
            out.push_str(&left_out(plan, tree, style));
            return out;
        }
        if !shown.is_empty() {
            out.push_str("craton will perform the following actions:\n");
            for change in &shown {
                out.push('\n');
                out.push_str(&self.resource(change));
            }
            out.push('\n');
            let _ = writeln!(out, "{}", summary(&plan.counts(), style));
            out.push_str(&by_module(&shown, style));
            out.push_str(&left_out(plan, tree, style));
        }
        if !outputs.is_empty() {
            if shown.is_empty() {
                out.push_str("The outputs change, no resource does. Applying saves the new outputs.\n");
                out.push_str(&left_out(plan, tree, style));
            }
            out.push('\n');
            let _ = writeln!(out, "{}", style.bold("Changes to Outputs:"));
            out.push_str(&outputs_text(&outputs, style));
        }
        out.push_str(&open_checks(plan, style));
        out
    }

    fn drift(&self, plan: &Plan) -> String {
        // What changed outside matters where it led to something: an object that is gone, or one that is
        // about to be changed. The rest (an address that was associated) is no news to anybody.
        let planned: std::collections::HashSet<_> =
            plan.changes.iter().filter(|c| c.action != Action::NoOp).map(|c| &c.addr).collect();
        let matters = |d: &ResourceChange| match plan.mode {
            PlanMode::RefreshOnly => true,
            PlanMode::Destroy => false,
            PlanMode::Normal => d.action == Action::Delete || planned.contains(&d.addr),
        };
        let shown: Vec<&ResourceChange> = plan
            .drift
            .iter()
            .filter(|d| d.addr.resource.mode == ResourceMode::Managed && d.action != Action::NoOp && matters(d))
            .collect();
        if shown.is_empty() {
            return String::new();
        }
        let style = self.style;
        let mut out =
            format!("{} Objects have changed outside of craton since the last apply:\n", style.bold_yellow("Note:"));
        for c in shown {
            if c.action == Action::Delete {
                // What it was like no longer matters; which one it was does.
                let _ = writeln!(out, "\n  {}", style.bold(format!("# {} was deleted{}", c.addr, id_note(&c.before))));
                continue;
            }
            let _ = writeln!(out, "\n  {}", style.bold(format!("# {} has changed", c.addr)));
            out.push_str(&self.body(c));
        }
        out.push('\n');
        out
    }

    /// One resource: why, and what changes.
    fn resource(&self, c: &ResourceChange) -> String {
        let mut out = String::new();
        for (i, line) in self.why.title(c, self.style).into_iter().enumerate() {
            let text = if i == 0 {
                self.style.bold(format!("# {line}")).to_string()
            } else {
                self.style.dim(format!("# {line}")).to_string()
            };
            let _ = writeln!(out, "  {text}");
        }
        out.push_str(&self.body(c));
        out
    }

    fn body(&self, c: &ResourceChange) -> String {
        let style = self.style;
        let kind = if c.addr.resource.mode == ResourceMode::Data { "data" } else { "resource" };
        let (sign, width) = match c.action {
            Action::NoOp => (" ".into(), 1),
            Action::Create => (style.green("+").to_string(), 1),
            Action::Read => (style.cyan("<=").to_string(), 2),
            Action::Update => (style.yellow("~").to_string(), 1),
            Action::Delete => (style.red("-").to_string(), 1),
            Action::DeleteThenCreate => (format!("{}/{}", style.red("-"), style.green("+")), 3),
            Action::CreateThenDelete => (format!("{}/{}", style.green("+"), style.red("-")), 3),
            Action::Forget => (style.red(".").to_string(), 1),
        };
        let pad = " ".repeat(3_usize.saturating_sub(width));
        let head = format!("{kind} \"{}\" \"{}\"", c.addr.resource.r#type, c.addr.resource.name);
        if c.before.is_null() && c.after.is_null() {
            return format!("{pad}{sign} {head}\n");
        }
        let found = schema(self.schemas, &c.provider.provider, c.addr.resource.mode, &c.addr.resource.r#type);
        let fallback = Block::default();
        let block = found.map_or(&fallback, |s| s.block.as_ref());
        let mut diff = Diff::new(style, &c.replace_paths).with_write_only(self.why.write_only(c, block));
        match c.action {
            // Of what comes under management and stays as it is, all is news.
            Action::NoOp if c.importing.is_some() => diff.listing(8, &c.after, block, &Path::default()),
            Action::Forget => diff.body(6, &c.before, &c.before, block, &Path::default()),
            _ => diff.body(6, &c.before, &c.after, block, &Path::default()),
        }
        format!("{pad}{sign} {head} {{\n{}    }}\n", diff.finish())
    }
}

/// ` [id=vpc-1]`, of an object that has one.
pub fn id_note(object: &Value) -> String {
    object.get("id").and_then(Value::as_str).map_or_else(String::new, |id| format!(" [id={id}]"))
}

fn nothing(plan: &Plan, style: &Style, drift: bool) -> String {
    let (head, tail) = match plan.mode {
        PlanMode::Destroy => ("No changes.", "No objects need to be destroyed: the state holds none."),
        PlanMode::RefreshOnly if drift => {
            ("Objects changed outside of craton.", "Applying brings the state up to date; nothing else changes.")
        }
        PlanMode::RefreshOnly => ("No changes.", "The state matches what exists."),
        PlanMode::Normal if !plan.targets.is_empty() => {
            ("No changes.", "What -target names, and what that needs, matches the configuration.")
        }
        PlanMode::Normal => ("No changes.", "Your infrastructure matches the configuration."),
    };
    format!("{} {tail}\n", style.bold_green(head))
}

/// "Plan: 1 to add, 2 to change, 0 to destroy."
pub fn summary(c: &ChangeCounts, style: &Style) -> String {
    let mut parts = Vec::new();
    if c.import > 0 {
        parts.push(format!("{} to import", c.import));
    }
    parts.push(format!("{} to add", c.add));
    parts.push(format!("{} to change", c.change));
    parts.push(format!("{} to destroy", c.destroy));
    if c.forget > 0 {
        parts.push(format!("{} to forget", c.forget));
    }
    format!("{} {}.", style.bold("Plan:"), parts.join(", "))
}

/// One line a module, where there are several.
fn by_module(changes: &[&ResourceChange], style: &Style) -> String {
    let mut modules: BTreeMap<&ModuleInstance, (ChangeCounts, usize)> = BTreeMap::new();
    for c in changes {
        let (n, reads) = modules.entry(&c.addr.module).or_default();
        n.count(c);
        *reads += usize::from(c.action == Action::Read);
    }
    if modules.len() < 2 {
        return String::new();
    }
    let name = |m: &ModuleInstance| if m.is_root() { "(root module)".to_owned() } else { m.to_string() };
    let width = modules.keys().map(|m| name(m).chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for (module, (c, reads)) in &modules {
        let all = [
            (c.import, "import"),
            (c.add, "add"),
            (c.change, "change"),
            (c.destroy, "destroy"),
            (c.forget, "forget"),
            (*reads, "read"),
        ];
        let parts: Vec<String> = all.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} to {what}")).collect();
        let parts = if parts.is_empty() { "moves only".to_owned() } else { parts.join(", ") };
        let _ = writeln!(out, "{}", style.dim(format!("  {:width$}  {parts}", name(module))));
    }
    out
}

/// How many addresses a sentence names before it counts the rest.
const NAMED: usize = 6;

/// What a plan that is limited to some addresses does not look at.
fn left_out(plan: &Plan, tree: &ModuleTree, style: &Style) -> String {
    if plan.targets.is_empty() {
        return String::new();
    }
    let planned: std::collections::HashSet<_> = plan.changes.iter().map(|c| c.addr.config()).collect();
    let mut others: Vec<String> = Vec::new();
    for node in tree.modules() {
        for addr in node.module.resources.keys().filter(|r| r.mode == ResourceMode::Managed) {
            let config = craton_model::addr::ConfigResource { module: node.path.clone(), resource: addr.clone() };
            if !planned.contains(&config) {
                others.push(config.to_string());
            }
        }
    }
    if others.is_empty() {
        return String::new();
    }
    others.sort();
    let count = others.len();
    let text = format!(
        "Left out by -target, whether {} to change or not: {count} resource{} of the configuration ({}).",
        if count == 1 { "it has" } else { "they have" },
        if count == 1 { "" } else { "s" },
        listed(&others)
    );
    let lines = super::style::wrap(&text, style.width);
    lines.iter().map(|l| format!("{}\n", style.dim(l))).collect()
}

/// Names with commas, the last of many as a count.
fn listed(names: &[String]) -> String {
    match names.len().checked_sub(NAMED) {
        Some(more) if more > 1 => format!("{} and {more} more", names[..NAMED].join(", ")),
        _ => names.join(", "),
    }
}

/// The conditions that nobody can tell yet.
fn open_checks(plan: &Plan, style: &Style) -> String {
    let is_open = |c: &&serde_json::Value| c["status"] == "unknown";
    let name = |c: &serde_json::Value| c["address"]["to_display"].as_str().map(ToOwned::to_owned);
    let open: Vec<String> = plan.checks.iter().filter(is_open).filter_map(name).collect();
    if open.is_empty() || plan.mode == PlanMode::Destroy {
        return String::new();
    }
    let text = format!("Conditions that are known only after apply, and checked then: {}.", listed(&open));
    let lines = super::style::wrap(&text, style.width);
    format!("\n{}", lines.iter().map(|l| format!("{}\n", style.dim(l))).collect::<String>())
}

fn is_shown(c: &ResourceChange) -> bool {
    match c.action {
        Action::NoOp => c.previous_addr.is_some() || c.importing.is_some(),
        _ => true,
    }
}

fn outputs_text(outputs: &[(&std::sync::Arc<str>, &OutputChange)], style: &Style) -> String {
    let width = outputs.iter().map(|(k, _)| k.chars().count()).max().unwrap_or(0);
    let mut diff = Diff::new(style, &[]);
    for (name, o) in outputs {
        let secret = |v: &Value| if o.sensitive && !v.is_null() { v.clone().sensitive() } else { v.clone() };
        diff.named(2, &format!("{name:width$} = "), &secret(&o.before), &secret(&o.after));
    }
    diff.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use craton_model::Type;
    use craton_model::addr::{InstanceKey, ProviderAddr, ProviderConfigAddr, Resource};
    use craton_model::plan::ActionReason;
    use craton_model::schema::{Attribute, AttributeType, NestedBlock, Nesting, ProviderSchema, Schema};
    use std::sync::Arc;

    fn attribute(ty: Type) -> Attribute {
        Attribute { ty: AttributeType::Plain(ty), optional: true, ..Attribute::default() }
    }

    fn block() -> Arc<Block> {
        let rule = Block::new([("port".into(), attribute(Type::Number))].into(), Default::default());
        let rule = NestedBlock { nesting: Nesting::Set, block: Arc::new(rule), min_items: 0, max_items: 0 };
        Arc::new(Block::new(
            [
                ("arn".into(), attribute(Type::String)),
                ("cidr_block".into(), attribute(Type::String)),
                ("id".into(), attribute(Type::String)),
                ("password".into(), Attribute { sensitive: true, ..attribute(Type::String) }),
                ("policy".into(), attribute(Type::String)),
                ("tags".into(), attribute(Type::map(Type::String))),
                ("zones".into(), attribute(Type::list(Type::String))),
            ]
            .into(),
            [("rule".into(), rule)].into(),
        ))
    }

    fn schemas() -> Schemas {
        let schema = Schema { version: 0, block: block() };
        let none = Schema { version: 0, block: Arc::default() };
        let provider = ProviderSchema {
            provider: none,
            resources: [("aws_thing".into(), schema)].into(),
            data_sources: Default::default(),
            ephemeral: Default::default(),
            functions: Default::default(),
        };
        [(ProviderAddr::new("hashicorp", "aws"), Arc::new(provider))].into()
    }

    fn thing(values: &[(&str, Value)]) -> Value {
        values.iter().fold(block().empty_value(), |v, (k, new)| v.with_attribute(k, new.clone()))
    }

    fn change(action: Action, before: Value, after: Value, replace: &[&str]) -> ResourceChange {
        ResourceChange {
            addr: ModuleInstance::root()
                .resource(Resource::managed("aws_thing", "x"))
                .instance(InstanceKey::Str("a".into())),
            deposed: None,
            previous_addr: None,
            provider: ProviderConfigAddr {
                module: Default::default(),
                provider: ProviderAddr::new("hashicorp", "aws"),
                alias: None,
            },
            action,
            reason: ActionReason::None,
            before,
            after,
            replace_paths: replace.iter().map(|p| Path::attr(*p)).collect(),
            private: Vec::new().into(),
            importing: None,
            generated_config: None,
        }
    }

    fn resource(c: &ResourceChange) -> String {
        let (plan, tree, schemas) = (Plan::default(), ModuleTree::default(), schemas());
        Page { schemas: &schemas, why: Why::new(&plan, &tree), style: &Style::PLAIN }.resource(c)
    }

    fn rule(port: i64) -> Value {
        Value::object([("port", Value::from(port))])
    }

    fn rules(ports: &[i64]) -> Value {
        Value::set(rule(0).ty().clone(), ports.iter().map(|p| rule(*p)))
    }

    #[test]
    fn a_creation_shows_what_is_set_and_what_comes() {
        let after = thing(&[
            ("arn", Value::unknown(Type::String)),
            ("id", Value::unknown(Type::String)),
            ("cidr_block", Value::from("10.0.0.0/16")),
            ("password", Value::from("hunter2")),
            ("policy", Value::from("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\"}]}")),
            ("tags", Value::map(Type::String, [("Name", Value::from("x"))])),
            ("rule", rules(&[443])),
        ]);
        let text = resource(&change(Action::Create, Value::null(after.ty().clone()), after, &[]));
        let expected = r#"  # aws_thing.x["a"] will be created
  + resource "aws_thing" "x" {
      + arn        = (known after apply)
      + cidr_block = "10.0.0.0/16"
      + id         = (known after apply)
      + password   = (sensitive value)
      + policy     = jsonencode(
          + {
              + Statement = [
                  + {
                      + Effect = "Allow"
                    },
                ]
              + Version   = "2012-10-17"
            }
        )
      + tags       = {
          + "Name" = "x"
        }

      + rule {
          + port = 443
        }
    }
"#;
        assert_eq!(text, expected);
        assert!(!text.contains("hunter2"));
    }

    #[test]
    fn a_replacement_says_because_of_what() {
        let before = thing(&[
            ("id", Value::from("i-1")),
            ("cidr_block", Value::from("10.0.1.0/24")),
            ("policy", Value::from("{\"a\":1,\"b\":2}")),
            ("zones", Value::list(Type::String, ["a", "b", "c"].map(Value::from))),
            ("rule", rules(&[22, 443])),
        ]);
        let after = thing(&[
            ("id", Value::unknown(Type::String)),
            ("cidr_block", Value::from("10.0.2.0/24")),
            ("policy", Value::from("{\"a\":1,\"b\":3}")),
            ("zones", Value::list(Type::String, ["a", "c", "d"].map(Value::from))),
            ("rule", rules(&[443, 8443])),
        ]);
        let text = resource(&change(Action::DeleteThenCreate, before, after, &["cidr_block"]));
        let expected = r#"  # aws_thing.x["a"] must be replaced because cidr_block changed
-/+ resource "aws_thing" "x" {
      ~ cidr_block = "10.0.1.0/24" -> "10.0.2.0/24" # forces replacement
      ~ id         = "i-1" -> (known after apply)
      ~ policy     = jsonencode(
          ~ {
              ~ b = 2 -> 3
                # (1 unchanged attribute hidden)
            }
        )
      ~ zones      = [
            "a",
          - "b",
            "c",
          + "d",
        ]

      - rule {
          - port = 22 -> null
        }

      + rule {
          + port = 8443
        }
        # (1 unchanged block hidden)
    }
"#;
        assert_eq!(text, expected);
    }

    #[test]
    fn the_whole_plan_ends_with_its_counts() {
        let after = thing(&[("cidr_block", Value::from("10.0.0.0/16"))]);
        let mut plan = Plan {
            changes: vec![change(Action::Create, Value::null(after.ty().clone()), after, &[])],
            ..Plan::default()
        };
        plan.outputs.insert(
            "id".into(),
            OutputChange {
                action: Action::Create,
                before: Value::null(Type::Dynamic),
                after: Value::unknown(Type::String),
                sensitive: false,
            },
        );
        let text = render(&plan, &schemas(), &ModuleTree::default(), &Style::PLAIN);
        assert!(
            text.ends_with(
                "Plan: 1 to add, 0 to change, 0 to destroy.\n\nChanges to Outputs:\n  + id = (known after apply)\n"
            ),
            "{text}"
        );
        let none = render(&Plan::default(), &schemas(), &ModuleTree::default(), &Style::PLAIN);
        assert_eq!(none, "No changes. Your infrastructure matches the configuration.\n");
    }
}
