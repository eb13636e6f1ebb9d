//! `terraform` blocks.

use super::providers;
use crate::nouns::{Backend, Cloud, ConfigurationAlias, CoreVersion, Module, ProviderMeta, RequiredProvider};
use crate::statics;
use crate::version::{TERRAFORM_VERSION, Version};
use craton_hcl::{Attribute, Block, BodySchema, Content, Expr};
use craton_model::addr::ProviderAddr;
use craton_model::{Diagnostic, Diagnostics, similar};
use indexmap::IndexMap;
use std::sync::Arc;

pub(super) fn decode(blocks: &[Block], overrides: &[Block], module: &mut Module, diags: &mut Diagnostics) {
    let mut requiring: Option<&Block> = None;
    let contents: Vec<Content> = blocks.iter().map(|block| read(block, diags)).collect();
    for content in &contents {
        for b in content.blocks_of("required_providers") {
            match requiring {
                Some(first) => diags.push(duplicate(b, "required providers configuration", first.span)),
                None => requiring = Some(b),
            }
        }
    }
    for content in contents {
        module.required_versions.extend(core_version(&content, diags));
        required_providers(&content, false, module, diags);
        for b in content.blocks_of("backend") {
            match &module.backend {
                Some(first) => diags.push(duplicate(b, "backend configuration", first.span)),
                None => module.backend = Some(backend(b)),
            }
        }
        for b in content.blocks_of("cloud") {
            match &module.cloud {
                Some(first) => diags.push(duplicate(b, "HCP Terraform configuration", first.span)),
                None => module.cloud = Some(Cloud { body: b.body.clone(), span: b.span }),
            }
        }
        provider_metas(&content, module, diags);
    }
    if let (Some(_), Some(cloud)) = (&module.backend, &module.cloud) {
        let detail = "The state has one place: either the one of a backend block or the one of a cloud block. Remove one of the two.";
        diags.push(Diagnostic::error("Both a backend and a cloud configuration are present", detail).at(cloud.span));
    }
    for block in overrides {
        let content = read(block, diags);
        if let Some(v) = core_version(&content, diags) {
            module.required_versions = vec![v];
        }
        required_providers(&content, true, module, diags);
        if let Some(b) = content.single_block("backend", diags) {
            module.backend = Some(backend(b));
            module.cloud = None;
        }
        if let Some(b) = content.single_block("cloud", diags) {
            module.cloud = Some(Cloud { body: b.body.clone(), span: b.span });
            module.backend = None;
        }
        provider_metas(&content, module, diags);
    }
    check_same_source(&module.required_providers, diags);
    check_core_version(module, diags);
}

fn read(block: &Block, diags: &mut Diagnostics) -> Content {
    let schema = BodySchema::new()
        .optional(["required_version", "experiments", "language"])
        .blocks(["required_providers", "cloud"])
        .block("backend", &["type"])
        .block("provider_meta", &["provider"]);
    let (content, found) = block.body.content(&schema);
    diags.extend(found);
    if let Some(a) = content.attribute("experiments") {
        let detail = "craton has no experiments of the language. Remove the argument.";
        diags.push(Diagnostic::error("Unsupported experiments", detail).at(a.span));
    }
    if let Some(a) = content.attribute("language")
        && a.expr.as_keyword() != Some("TF2021")
    {
        let detail = "The only edition of the language is TF2021. Remove the argument.";
        diags.push(Diagnostic::error("Unsupported language edition", detail).at(a.span));
    }
    content
}

fn duplicate(block: &Block, what: &str, first: craton_model::Span) -> Diagnostic {
    let detail = format!("A module has one at most; the first is at {}. Remove one of the two.", first.place());
    Diagnostic::error(format!("Duplicate {what}"), detail).at(block.span)
}

fn backend(b: &Block) -> Backend {
    let kind = b.labels.first().map(|l| l.name.clone()).unwrap_or_default();
    Backend { kind, body: b.body.clone(), span: b.span }
}

fn core_version(content: &Content, diags: &mut Diagnostics) -> Option<CoreVersion> {
    let expr = content.expr("required_version")?;
    if matches!(statics::constant(expr), statics::Constant::Value(v) if v.is_null()) {
        return None;
    }
    Some(CoreVersion { constraint: providers::constraint(expr, diags)?, span: expr.span() })
}

fn check_core_version(module: &Module, diags: &mut Diagnostics) {
    let Some(version) = Version::parse(TERRAFORM_VERSION) else { return };
    for required in module.required_versions.iter().filter(|r| !r.constraint.allows(&version)) {
        let detail = format!(
            "The configuration demands a Terraform version of {}; craton runs the language of Terraform {version}. Widen the constraint if the configuration works with it.",
            required.constraint
        );
        diags.push(Diagnostic::error("Unsupported Terraform Core version", detail).at(required.span));
    }
}

fn provider_metas(content: &Content, module: &mut Module, diags: &mut Diagnostics) {
    for b in content.blocks_of("provider_meta") {
        let provider = b.labels.first().map(|l| l.name.clone()).unwrap_or_default();
        for a in b.body.attributes().0.values() {
            if let Some(t) = a.expr.variables().first() {
                let detail = "What a module tells a provider about itself is the same wherever it is called, so it has to be written out.";
                diags.push(Diagnostic::error("Variables not allowed", detail).at(t.span));
            }
        }
        match module.provider_metas.get(&provider) {
            Some(first) => diags.push(duplicate(b, "provider_meta block", first.span)),
            None => {
                let meta = ProviderMeta { provider: provider.clone(), body: b.body.clone(), span: b.span };
                module.provider_metas.insert(provider, meta);
            }
        }
    }
}

fn required_providers(content: &Content, is_override: bool, module: &mut Module, diags: &mut Diagnostics) {
    for block in content.blocks_of("required_providers") {
        let (attributes, found) = block.body.attributes();
        diags.extend(found);
        for (name, a) in attributes {
            providers::check_local_name(&name, a.name_span, diags);
            let Some(required) = required_provider(&name, &a, diags) else { continue };
            match module.required_providers.get(&name) {
                Some(first) if !is_override => {
                    let detail = format!(
                        "The provider {name:?} is required at {} already. Remove one of the two.",
                        first.span.place()
                    );
                    diags.push(Diagnostic::error("Duplicate required provider", detail).at(a.name_span));
                }
                _ => {
                    module.required_providers.insert(name, required);
                }
            }
        }
    }
}

fn check_same_source(all: &IndexMap<Arc<str>, RequiredProvider>, diags: &mut Diagnostics) {
    let mut seen: IndexMap<&ProviderAddr, &RequiredProvider> = IndexMap::new();
    for required in all.values() {
        match seen.get(&required.source) {
            Some(first) => {
                let detail = format!(
                    "{:?} and {:?} are the same provider, {}, which can have one local name in a module. Remove one of the two.",
                    first.name,
                    required.name,
                    required.source.short()
                );
                diags.push(Diagnostic::error("Duplicate required provider", detail).at(required.span));
            }
            None => {
                seen.insert(&required.source, required);
            }
        }
    }
}

fn required_provider(name: &Arc<str>, a: &Attribute, diags: &mut Diagnostics) -> Option<RequiredProvider> {
    let mut required = RequiredProvider {
        name: name.clone(),
        source: ProviderAddr::implied(name),
        version: None,
        configuration_aliases: Vec::new(),
        span: a.span,
    };
    if a.expr.static_string().is_some() {
        // The form of version 0.12: the version alone.
        required.version = providers::constraint(&a.expr, diags);
        return Some(required);
    }
    let Ok(items) = a.expr.static_map() else {
        let detail = "A required provider is written as { source = \"hashicorp/aws\", version = \"~> 5.0\" }.";
        diags.push(Diagnostic::error("Invalid required_providers object", detail).at(a.expr.span()));
        return None;
    };
    for item in items {
        match item.key_text() {
            Some("source") => {
                let Some(text) = statics::constant(&item.value).reported(diags) else { continue };
                let Some(text) = text.as_str() else {
                    let detail = "The source of a provider is a string such as \"hashicorp/aws\".";
                    diags.push(Diagnostic::error("Invalid source", detail).at(item.value.span()));
                    continue;
                };
                match ProviderAddr::parse(text) {
                    Some(addr) => required.source = addr,
                    None => {
                        let detail = format!(
                            "{text:?} is no provider address. One has the form NAMESPACE/TYPE or HOST/NAMESPACE/TYPE, such as hashicorp/aws."
                        );
                        diags.push(Diagnostic::error("Invalid provider source string", detail).at(item.value.span()));
                    }
                }
            }
            Some("version") => required.version = providers::constraint(&item.value, diags),
            Some("configuration_aliases") => {
                required.configuration_aliases = aliases(name, &item.value, diags);
            }
            other => {
                let known = ["source", "version", "configuration_aliases"];
                let hint =
                    other.and_then(|o| similar(o, known)).map(|k| format!(" Did you mean {k}?")).unwrap_or_default();
                let detail = format!(
                    "A required provider has source, version and configuration_aliases, and nothing else.{hint}"
                );
                diags.push(Diagnostic::error("Invalid required_providers object", detail).at(item.key.span()));
            }
        }
    }
    Some(required)
}

fn aliases(name: &Arc<str>, expr: &Expr, diags: &mut Diagnostics) -> Vec<ConfigurationAlias> {
    let items = diags.keep(expr.static_list()).unwrap_or_default();
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        let Some(r) = providers::reference(item, diags) else { continue };
        match r.alias {
            Some(alias) if r.name == *name => all.push(ConfigurationAlias { alias, span: r.span }),
            // The name alone is the default configuration, which a caller can pass anyway.
            None if r.name == *name => {}
            _ => {
                let detail =
                    format!("Each item is the provider's local name, a dot and an alias, such as {name}.east.");
                diags.push(Diagnostic::error("Invalid configuration_aliases value", detail).at(r.span));
            }
        }
    }
    all
}
