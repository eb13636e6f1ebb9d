//! A plan for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use craton_model::addr::{ModuleInstance, ResourceMode};
use craton_model::plan::{Action, ActionReason, ChangeCounts, OutputChange, PlanMode, ResourceChange};
use craton_model::schema::Block;
use craton_model::{Path, Plan, Value};

use super::diff::Diff;
use super::style::Style;
use crate::json::{Schemas, schema};

/// The whole plan: what changed outside, what will change, outputs, the summary.
pub fn render(plan: &Plan, schemas: &Schemas, style: &Style) -> String {
    let mut out = String::new();
    let drift = drift(plan, schemas, style);
    let shown: Vec<&ResourceChange> = plan.changes.iter().filter(|c| is_shown(c)).collect();
    let outputs: Vec<_> = plan.outputs.iter().filter(|(_, o)| o.action != Action::NoOp).collect();
    out.push_str(&drift);
    if shown.is_empty() && outputs.is_empty() {
        out.push_str(&nothing(plan, style, !drift.is_empty()));
        return out;
    }
    if !shown.is_empty() {
        out.push_str("craton will perform the following actions:\n");
        for change in &shown {
            out.push('\n');
            out.push_str(&resource(change, schemas, style));
        }
        out.push('\n');
        let _ = writeln!(out, "{}", summary(&plan.counts(), style));
        out.push_str(&by_module(&shown, style));
    }
    if !outputs.is_empty() {
        if shown.is_empty() {
            out.push_str("The outputs change, no resource does. Applying saves the new outputs.\n");
        }
        out.push('\n');
        let _ = writeln!(out, "{}", style.bold("Changes to Outputs:"));
        out.push_str(&outputs_text(&outputs, style));
    }
    out
}

fn nothing(plan: &Plan, style: &Style, drift: bool) -> String {
    let (head, tail) = match plan.mode {
        PlanMode::Destroy => ("No changes.", "No objects need to be destroyed."),
        PlanMode::RefreshOnly if drift => {
            ("Objects changed outside of craton.", "Applying brings the state up to date; nothing else changes.")
        }
        PlanMode::RefreshOnly => ("No changes.", "The state matches what exists."),
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
    let mut modules: BTreeMap<&ModuleInstance, ChangeCounts> = BTreeMap::new();
    for c in changes {
        let n = modules.entry(&c.addr.module).or_default();
        let one = Plan { changes: vec![(*c).clone()], ..Plan::default() }.counts();
        n.import += one.import;
        n.add += one.add;
        n.change += one.change;
        n.destroy += one.destroy;
        n.forget += one.forget;
    }
    if modules.len() < 2 {
        return String::new();
    }
    let name = |m: &ModuleInstance| if m.is_root() { "(root module)".to_owned() } else { m.to_string() };
    let width = modules.keys().map(|m| name(m).len()).max().unwrap_or(0);
    let mut out = String::new();
    for (module, c) in &modules {
        let name = name(module);
        let line = format!("  {name:width$}  {} to add, {} to change, {} to destroy", c.add, c.change, c.destroy);
        let _ = writeln!(out, "{}", style.dim(line));
    }
    out
}

fn is_shown(c: &ResourceChange) -> bool {
    match c.action {
        Action::NoOp => c.previous_addr.is_some() || c.importing.is_some(),
        _ => true,
    }
}

fn drift(plan: &Plan, schemas: &Schemas, style: &Style) -> String {
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
    let mut out =
        format!("{} Objects have changed outside of craton since the last apply:\n", style.bold_yellow("Note:"));
    for c in shown {
        if c.action == Action::Delete {
            // What it was like no longer matters; which one it was does.
            let id = c.before.get("id").and_then(Value::as_str).map_or_else(String::new, |id| format!(" [id={id}]"));
            let _ = writeln!(out, "\n  {}", style.bold(format!("# {} was deleted{id}", c.addr)));
            continue;
        }
        let _ = writeln!(out, "\n  {}", style.bold(format!("# {} has changed", c.addr)));
        out.push_str(&body(c, schemas, style));
    }
    out.push('\n');
    out
}

/// One resource: why, and what changes.
pub fn resource(c: &ResourceChange, schemas: &Schemas, style: &Style) -> String {
    let mut out = String::new();
    for (i, line) in title(c, style).into_iter().enumerate() {
        let text = if i == 0 {
            style.bold(format!("# {line}")).to_string()
        } else {
            style.dim(format!("# {line}")).to_string()
        };
        let _ = writeln!(out, "  {text}");
    }
    out.push_str(&body(c, schemas, style));
    out
}

fn title(c: &ResourceChange, style: &Style) -> Vec<String> {
    let mut addr = c.addr.to_string();
    if let Some(key) = &c.deposed {
        addr = format!("{addr} (deposed object {key})");
    }
    let first = match c.action {
        Action::NoOp if c.importing.is_some() => format!("{addr} will be imported"),
        Action::NoOp => format!("{addr} moves in the state"),
        Action::Create => format!("{addr} will be created"),
        Action::Read => format!("{addr} will be read during apply"),
        Action::Update => format!("{addr} will be updated in-place"),
        Action::Delete => format!("{addr} will be {}", style.red("destroyed")),
        Action::Forget => format!("{addr} will be dropped from the state, but not destroyed"),
        Action::DeleteThenCreate | Action::CreateThenDelete => match c.reason {
            ActionReason::ReplaceBecauseTainted => {
                format!("{addr} is tainted, so it must be {}", style.red("replaced"))
            }
            ActionReason::ReplaceByRequest => format!("{addr} will be {}, as requested", style.red("replaced")),
            ActionReason::ReplaceByTriggers => {
                format!("{addr} will be {} because of replace_triggered_by", style.red("replaced"))
            }
            _ => format!("{addr} must be {}{}", style.red("replaced"), because(&c.replace_paths)),
        },
    };
    let mut lines = vec![first];
    lines.extend(reason(c));
    if c.action == Action::CreateThenDelete {
        lines.push("(the new one is created before the old one is destroyed)".into());
    }
    if let Some(previous) = &c.previous_addr {
        lines.push(format!("(moved from {previous})"));
    }
    if let Some(id) = &c.importing {
        lines.push(format!("(imported from {id:?})"));
    }
    lines
}

fn because(paths: &[Path]) -> String {
    let names: Vec<String> = paths.iter().map(ToString::to_string).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!(" because {one} changed"),
        [init @ .., last] => format!(" because {} and {last} changed", init.join(", ")),
    }
}

fn reason(c: &ResourceChange) -> Option<String> {
    use ActionReason as R;
    let resource = &c.addr.resource;
    Some(match c.reason {
        R::DeleteBecauseNoResourceConfig => format!("(because {resource} is not in the configuration)"),
        R::DeleteBecauseNoMoveTarget => {
            format!("(because {} was moved to an address that is not in the configuration)", c.addr)
        }
        R::DeleteBecauseNoModule => format!("(because {} is not in the configuration)", c.addr.module),
        R::DeleteBecauseWrongRepetition => "(because the resource uses count or for_each differently now)".into(),
        R::DeleteBecauseCountIndex => format!("(because index {} is out of range for count)", c.addr.key),
        R::DeleteBecauseEachKey => format!("(because key {} is not in for_each)", c.addr.key),
        R::ReadBecauseConfigUnknown => "(config refers to values not yet known)".into(),
        R::ReadBecauseDependencyPending => "(depends on a resource or a module with changes pending)".into(),
        R::ReadBecauseCheckNested => "(config will be reloaded to verify a check block)".into(),
        _ => return None,
    })
}

fn body(c: &ResourceChange, schemas: &Schemas, style: &Style) -> String {
    let kind = if c.addr.resource.mode == ResourceMode::Data { "data" } else { "resource" };
    let sign = match c.action {
        Action::NoOp => " ".into(),
        Action::Create => format!("{}", style.green("+")),
        Action::Read => format!("{}", style.cyan("<=")),
        Action::Update => format!("{}", style.yellow("~")),
        Action::Delete => format!("{}", style.red("-")),
        Action::DeleteThenCreate => format!("{}/{}", style.red("-"), style.green("+")),
        Action::CreateThenDelete => format!("{}/{}", style.green("+"), style.red("-")),
        Action::Forget => format!("{}", style.red(".")),
    };
    let width = match c.action {
        Action::DeleteThenCreate | Action::CreateThenDelete => 3,
        Action::Read => 2,
        _ => 1,
    };
    let pad = " ".repeat(3_usize.saturating_sub(width));
    let head = format!("{kind} \"{}\" \"{}\"", c.addr.resource.r#type, c.addr.resource.name);
    if c.action == Action::Delete && c.before.is_null() || c.action == Action::Forget {
        return format!("{pad}{sign} {head}\n");
    }
    let found = schema(schemas, &c.provider.provider, c.addr.resource.mode, &c.addr.resource.r#type);
    let fallback = Block::default();
    let block = found.map_or(&fallback, |s| s.block.as_ref());
    let mut diff = Diff::new(style, &c.replace_paths);
    diff.body(6, &c.before, &c.after, block, &Path::default());
    format!("{pad}{sign} {head} {{\n{}    }}\n", diff.finish())
}

fn outputs_text(outputs: &[(&std::sync::Arc<str>, &OutputChange)], style: &Style) -> String {
    let width = outputs.iter().map(|(k, _)| k.len()).max().unwrap_or(0);
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
        let text =
            resource(&change(Action::Create, Value::null(after.ty().clone()), after, &[]), &schemas(), &Style::PLAIN);
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
        let text =
            resource(&change(Action::DeleteThenCreate, before, after, &["cidr_block"]), &schemas(), &Style::PLAIN);
        let expected = r#"  # aws_thing.x["a"] must be replaced because cidr_block changed
-/+ resource "aws_thing" "x" {
      ~ cidr_block = "10.0.1.0/24" -> "10.0.2.0/24" # forces replacement
      ~ id         = "i-1" -> (known after apply)
      ~ policy     = jsonencode(
          ~ {
              ~ b = 2 -> 3
                # (1 unchanged element hidden)
            }
        )
      ~ zones      = [
          - "b",
          + "d",
            # (2 unchanged elements hidden)
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
        let text = render(&plan, &schemas(), &Style::PLAIN);
        assert!(
            text.ends_with(
                "Plan: 1 to add, 0 to change, 0 to destroy.\n\nChanges to Outputs:\n  + id = (known after apply)\n"
            ),
            "{text}"
        );
        let none = render(&Plan::default(), &schemas(), &Style::PLAIN);
        assert_eq!(none, "No changes. Your infrastructure matches the configuration.\n");
    }
}
