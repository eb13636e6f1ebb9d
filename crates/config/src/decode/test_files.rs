//! Test files.

use super::{File, mocks, overrides, providers, test_runs};
use crate::nouns::{During, ProviderBlock, TestFile, TestProvider};
use craton_hcl::BodySchema;
use craton_model::{Diagnostic, Diagnostics};

fn schema() -> BodySchema<'static> {
    BodySchema::new()
        .blocks(["variables", "test"])
        .blocks(overrides::KINDS)
        .block("run", &["name"])
        .block("provider", &["name"])
        .block("mock_provider", &["name"])
}

/// Reads a test file. `files` gives the files of a folder of mock data.
pub(crate) fn test_file(name: &str, file: &File, files: mocks::MockFiles<'_>) -> (TestFile, Diagnostics) {
    let mut diags = Diagnostics::new();
    let mut test = TestFile { name: name.to_owned(), ..TestFile::default() };
    let (content, found) = file.body.content(&schema());
    diags.extend(found);
    for block in content.blocks_of("test") {
        diags.push(test_runs::since_1_12("block \"test\"").at(block.span));
    }
    if let Some(block) = content.single_block("variables", &mut diags) {
        test.variables = test_runs::variables(block, &mut diags);
    }
    for block in &content.blocks {
        let (key, provider) = match &*block.kind {
            "provider" => {
                let (key, version, body) = providers::read(block, &mut diags);
                let (name, alias) = key.clone();
                (key, Some(TestProvider::Real(ProviderBlock { name, alias, version, body, span: block.span })))
            }
            "mock_provider" => {
                let (key, mock) = mocks::decode(block, &mut *files, &mut diags);
                (key, mock.map(TestProvider::Mock))
            }
            _ => continue,
        };
        if let Some(first) = test.providers.get(&key) {
            let detail = format!(
                "This file already has a provider of this name and alias at {}. Set another alias, or remove one of the two.",
                first.span().place()
            );
            diags.push(Diagnostic::error("Duplicate provider block", detail).at(block.span));
            continue;
        }
        test.providers.extend(provider.map(|p| (key, p)));
    }
    test.overrides = overrides::decode(&content, During::Apply, &mut diags);
    for block in content.blocks_of("run") {
        let Some(run) = test_runs::decode(block, &mut diags) else { continue };
        if let Some(first) = test.runs.iter().find(|r| r.name == run.name) {
            let detail = format!(
                "This file already has a run named {:?} at {}. Rename one of the two.",
                &*run.name,
                first.span.place()
            );
            diags.push(Diagnostic::error("Duplicate \"run\" block names", detail).at(block.span));
            continue;
        }
        test.runs.push(run);
    }
    (test, diags)
}
