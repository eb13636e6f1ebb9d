//! Validation: the whole configuration is evaluated with unknown inputs, and the providers check
//! what comes out.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use craton_hcl::decode_body;
use craton_model::addr::{ConfigResource, InstanceKey, ResourceMode};
use craton_model::{Diagnostic, Diagnostics, Span, State, Value};

use crate::evaluate::placed;
use crate::graph::{Graph, Node, NodeId};
use crate::order::{self, Visit};
use crate::plan_managed::ephemeral_use;
use crate::providers::Schemas;
use crate::session::Session;
use crate::table::{Outcome, Repetition};
use crate::walk::{Phase, Walk, guarded};
use crate::{checks, expand, providers, provision};

/// Checks everything that can be checked without inputs, state or anything real.
pub async fn validate(session: &Session) -> Diagnostics {
    let (graph, schemas, found) = session.resolve(&State::default()).await;
    // A module that leaves a configuration to its caller is none the worse for it.
    let mut found: Diagnostics = found.into_iter().filter(|d| d.summary != craton_config::MISSING_PROVIDER).collect();
    let broken = found.has_errors();
    if graph.cycles().has_errors() {
        return found;
    }
    let more = evaluate(session, graph, schemas, false).await;
    // After an undeclared reference the evaluator says the same once more in other words.
    found.extend(more.into_iter().filter(|d| !broken || !is_repeat(d)));
    dedup(found)
}

/// What is wrong with a configuration whatever its inputs, the state and the real objects are. That holds for blocks
/// and modules of which there are no instances as well. When something is, the inputs are put in, so that the findings
/// show values, and what is wrong with these is said in the same run.
pub async fn before_plan(session: &Session, graph: &Arc<Graph>, schemas: &Arc<Schemas>) -> Diagnostics {
    let wrong = evaluate(session, graph.clone(), schemas.clone(), false).await;
    if !wrong.has_errors() {
        return Diagnostics::new();
    }
    let mut found = evaluate(session, graph.clone(), schemas.clone(), true).await;
    let told: HashSet<(String, Option<Span>)> = found.0.iter().map(|d| (d.summary.clone(), d.subject)).collect();
    found.extend(wrong.into_iter().filter(|d| !told.contains(&(d.summary.clone(), d.subject))));
    found
}

async fn evaluate(session: &Session, graph: Arc<Graph>, schemas: Arc<Schemas>, given: bool) -> Diagnostics {
    let walk = Walk { given, ..session.walk(Phase::Validate, graph.clone(), schemas) };
    order::walk(&graph.deps, |n| visit(session, &walk, n)).await;
    dedup(walk.take_found())
}

fn is_repeat(d: &Diagnostic) -> bool {
    d.summary.starts_with("Reference to undeclared") || d.summary == "Invalid reference"
}

fn dedup(found: Diagnostics) -> Diagnostics {
    let mut all: Vec<Diagnostic> = Vec::new();
    for d in found {
        if !all.iter().any(|a| a.summary == d.summary && a.subject == d.subject && a.detail == d.detail) {
            all.push(d);
        }
    }
    Diagnostics(all)
}

async fn visit(session: &Session, walk: &Walk, n: NodeId) -> Visit {
    match &walk.graph.nodes[n] {
        Node::Provider(addr) => {
            // Nothing is done with one that nothing needs, so it may say what it likes.
            if walk.graph.is_needed(n)
                && walk.schemas.get(&addr.provider).is_some()
                && let Err(found) = providers::configure(walk, &session.options.registry, addr, false).await
            {
                // What only a root module can say is not there when a module is checked by itself.
                let missing = crate::graph::provider_block(&walk.tree, addr).is_none();
                walk.report(found.into_iter().filter(|_| !missing));
            }
            Visit::Done
        }
        Node::Resource(addr) => {
            let value = resource(session, walk, addr).await;
            let values = walk.module_instances(&addr.module).into_iter().map(|m| (m, value.clone()));
            walk.table.set(n, Outcome::Values(values.collect::<HashMap<_, _>>()));
            Visit::Done
        }
        _ => walk.visit_value(n),
    }
}

async fn resource(session: &Session, walk: &Walk, addr: &ConfigResource) -> Value {
    let Some(node) = walk.tree.get(&addr.module) else { return Value::dynamic() };
    let Some(block) = node.module.resources.get(&addr.resource) else { return Value::dynamic() };
    let provider = node.provider_config(&block.provider);
    let Some(schema) = walk.schemas.resource(&provider.provider, &addr.resource) else { return Value::dynamic() };
    let Some(factory) = session.options.registry.get(&provider.provider) else { return Value::dynamic() };
    let mut repeats = false;
    for module in walk.module_instances(&addr.module) {
        let Some(scope) = walk.scope(&module) else { continue };
        let repetition = expand::repetition(&scope, block.count.as_ref(), block.for_each.as_ref(), true);
        let repetition = match repetition {
            Ok((r, found)) => {
                walk.report(found);
                r
            }
            Err(found) => {
                walk.report(found.into_iter().map(|d| d.for_address(addr)));
                continue;
            }
        };
        repeats |= repetition != Repetition::Single;
        if walk.given && repetition.instances().is_empty() {
            continue;
        }
        for instance in repetition.open().instances() {
            let scope = scope.with_instance(&instance);
            let at = module.resource(addr.resource.clone()).instance(InstanceKey::None);
            let (config, found) = decode_body(&block.body, &schema.block, &scope);
            let failed = found.has_errors();
            walk.report(found.into_iter().map(|d| d.for_address(addr)));
            walk.report(ephemeral_use(&config, &schema.block, block, &at));
            let this = Value::unknown(schema.block.implied_type().clone());
            for (rules, scope) in
                [(&block.lifecycle.preconditions, scope), (&block.lifecycle.postconditions, scope.with_this(&this))]
            {
                walk.report(checks::sound(&scope, rules).into_iter().map(|d| d.for_address(addr)));
            }
            for p in &block.provisioners {
                let ty = schema.block.implied_type();
                walk.report(provision::validate(p, block.connection.as_ref(), &scope, ty));
            }
            if failed {
                continue;
            }
            let (plain, _) = config.unmark_deep();
            let (mode, t) = (addr.resource.mode, addr.resource.r#type.clone());
            let checked = async {
                let p = factory.start().await?;
                Ok(guarded(async move { p.validate_resource(mode, &t, &plain).await }).await?)
            };
            let found = checked.await.unwrap_or_else(|d: Diagnostics| d);
            walk.report(placed(found, Some((&block.body, block.span)), &schema.block, &at));
        }
    }
    let value = Value::unknown(schema.block.implied_type().clone());
    if repeats || addr.resource.mode == ResourceMode::Ephemeral { Value::dynamic() } else { value }
}
