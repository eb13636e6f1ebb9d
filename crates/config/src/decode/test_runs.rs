//! `run` blocks.

use super::{check_name, module_calls, moves, overrides, rules};
use crate::nouns::{Checkable, During, Expected, ModuleCall, RunCommand, RunPlan, TestRun};
use crate::statics;
use craton_hcl::{Block, BodySchema, Expr};
use craton_model::plan::PlanMode;
use craton_model::{Diagnostic, Diagnostics};
use indexmap::IndexMap;
use std::sync::Arc;

fn schema() -> BodySchema<'static> {
    BodySchema::new()
        .optional(["command", "providers", "expect_failures", "state_key", "parallel"])
        .blocks(["plan_options", "assert", "variables", "module"])
        .blocks(overrides::KINDS)
}

pub(super) fn decode(block: &Block, diags: &mut Diagnostics) -> Option<TestRun> {
    let label = block.labels.first()?;
    check_name(&label.name, label.span, "a run", diags);
    let (content, found) = block.body.content(&schema());
    diags.extend(found);
    if let Some(parallel) = content.attribute("parallel") {
        diags.push(since_1_12("argument \"parallel\"").at(parallel.name_span));
    }
    let command = content.expr("command").map(|e| self::command(e, diags)).unwrap_or_default();
    let plan = content.single_block("plan_options", diags).map(|b| plan_options(b, diags)).unwrap_or_default();
    let variables = content.single_block("variables", diags).map(|b| variables(b, diags)).unwrap_or_default();
    let module = content.single_block("module", diags).and_then(|b| module(b, &label.name, diags));
    let providers = content.expr("providers").map(|e| module_calls::passed_providers(e, diags));
    let asserts = content.blocks_of("assert").filter_map(|b| rules::decode(b, diags)).collect();
    let expect_failures = content.expr("expect_failures").map(|e| expected(e, diags)).unwrap_or_default();
    let state_key = content.expr("state_key").and_then(|e| statics::string(e, "state_key", diags));
    Some(TestRun {
        name: label.name.clone(),
        span: block.span,
        command,
        plan,
        variables,
        module,
        providers,
        asserts,
        expect_failures,
        state_key,
        overrides: overrides::decode(&content, During::Apply, diags),
    })
}

/// What later versions of the language have.
pub(super) fn since_1_12(what: &str) -> Diagnostic {
    let detail = format!(
        "The {what} came with Terraform 1.12; craton speaks the language of 1.11, in which runs are made one after another. Remove it."
    );
    Diagnostic::error("Unsupported in this version of the language", detail)
}

fn command(expr: &Expr, diags: &mut Diagnostics) -> RunCommand {
    match statics::keyword(expr).as_deref() {
        Some("plan") => RunCommand::Plan,
        Some("apply") => RunCommand::Apply,
        _ => {
            let detail = "The command of a run is plan or apply, written without quotes.";
            diags.push(Diagnostic::error("Invalid \"command\" keyword", detail).at(expr.span()));
            RunCommand::Apply
        }
    }
}

/// A `variables` block.
pub(super) fn variables(block: &Block, diags: &mut Diagnostics) -> IndexMap<Arc<str>, Expr> {
    let (attributes, found) = block.body.attributes();
    diags.extend(found);
    attributes.into_iter().map(|(name, a)| (name, a.expr)).collect()
}

fn plan_options(block: &Block, diags: &mut Diagnostics) -> RunPlan {
    let schema = BodySchema::new().optional(["mode", "refresh", "replace", "target"]);
    let (content, found) = block.body.content(&schema);
    diags.extend(found);
    let mode = content.expr("mode").map_or(PlanMode::Normal, |e| match statics::keyword(e).as_deref() {
        Some("normal") => PlanMode::Normal,
        Some("refresh-only") => PlanMode::RefreshOnly,
        _ => {
            let detail = "The mode of a plan in a test is normal or refresh-only, written without quotes.";
            diags.push(Diagnostic::error("Invalid \"mode\" keyword", detail).at(e.span()));
            PlanMode::Normal
        }
    });
    let refresh = content.expr("refresh").and_then(|e| statics::bool(e, "refresh", diags)).unwrap_or(true);
    if let Some(a) = content.attribute("refresh").filter(|_| mode == PlanMode::RefreshOnly && !refresh) {
        let detail = "The mode refresh-only asks for nothing but a refresh, and refresh = false for none. Remove one of the two.";
        diags.push(Diagnostic::error("Incompatible plan options", detail).at(a.span));
    }
    let mut addresses = |name| {
        let found = content.expr(name).map(|e| statics::references(e, diags)).unwrap_or_default();
        found.iter().map(ToString::to_string).collect()
    };
    RunPlan { mode, refresh, targets: addresses("target"), replace: addresses("replace") }
}

fn module(block: &Block, run: &Arc<str>, diags: &mut Diagnostics) -> Option<ModuleCall> {
    let (content, found) = block.body.content(&BodySchema::new().required("source").optional(["version"]));
    diags.extend(found);
    let version = content.expr("version").and_then(|e| statics::string(e, "version", diags));
    let source_expr = content.expr("source")?;
    let source = statics::string(source_expr, "source", diags)?;
    Some(ModuleCall {
        name: run.clone(),
        span: block.span,
        source,
        source_span: source_expr.span(),
        version,
        count: None,
        for_each: None,
        depends_on: Vec::new(),
        providers: None,
        body: block.body.clone(),
    })
}

fn expected(expr: &Expr, diags: &mut Diagnostics) -> Vec<Expected> {
    let mut all = Vec::new();
    for t in statics::references(expr, diags) {
        let (module, steps) = moves::module_steps(&t);
        let found = if module.is_root() { moves::two_names(&steps) } else { None };
        let object = match found {
            Some((word, name)) if &*word == "var" => Checkable::Variable(name),
            Some((word, name)) if &*word == "output" => Checkable::Output(name),
            Some((word, name)) if &*word == "check" => Checkable::Check(name),
            _ => match moves::resource_steps(steps).filter(|_| module.is_root()) {
                Some((resource, key)) if !["var", "output", "check", "local"].contains(&&*resource.r#type) => {
                    Checkable::Resource(resource, key)
                }
                _ => {
                    let detail = format!(
                        "{t} cannot be expected to fail. What has conditions are input variables, outputs, checks, resources and data sources of the module that the run is about."
                    );
                    diags.push(Diagnostic::error("Invalid \"expect_failures\" reference", detail).at(t.span));
                    continue;
                }
            },
        };
        all.push(Expected { object, span: t.span });
    }
    all
}
