//! Terragrunt's flags (<https://terragrunt.gruntwork.io/docs/reference/cli/>), each with its earlier spelling.

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing; `=false` takes it back.
    Nothing,
    /// One value; of several the last counts.
    Value,
    /// A value each time it is given; in the environment several with commas between them.
    Values,
}

/// A flag.
pub struct Flag {
    /// Without dashes. In the environment it is `TG_` and the name in capitals.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// The name after `--terragrunt-` and (in capitals) `TERRAGRUNT_`, if it is not the same.
    pub old: &'static str,
    /// One line. Empty: not shown.
    pub help: &'static str,
}

const fn flag(name: &'static str, takes: Takes, old: &'static str, help: &'static str) -> Flag {
    Flag { name, takes, old, help }
}

use Takes::{Nothing, Value, Values};

/// All of them. What is accepted for the sake of existing scripts, and does nothing because craton does it anyway or
/// has no use for it, has no help line.
pub const FLAGS: &[Flag] = &[
    flag("all", Nothing, "", "Every unit below the folder, each after those it depends on"),
    flag("auth-provider-cmd", Value, "", "Program that gives each unit its credentials, as JSON"),
    flag("backend-bootstrap", Nothing, "", "Also update the bucket for the state where it differs from remote_state"),
    flag("backend-require-bootstrap", Nothing, "", "Fail where the place for the state would have to be made"),
    flag("config", Value, "", "Name or path of the configuration instead of terragrunt.hcl"),
    flag("dependency-fetch-output-from-state", Nothing, "fetch-dependency-output-from-state", ""),
    flag("destroy-dependencies-check", Nothing, "", "Before destroying a unit, say which others depend on it, and ask"),
    flag("disable-bucket-update", Nothing, "", "Leave a bucket that is there as it is"),
    flag("disable-command-validation", Nothing, "", ""),
    flag("download-dir", Value, "download", "Where working copies are instead of .terragrunt-cache"),
    flag("experiment", Values, "", ""),
    flag("experiment-mode", Nothing, "", ""),
    flag("fail-fast", Nothing, "", "After the first failure begin nothing more"),
    flag("feature", Values, "", "Set a feature flag: NAME=VALUE"),
    flag("filter", Values, "", "Only units that match: ./live/**, name, type=unit, vpc..., [main...HEAD], !./old"),
    flag("filter-affected", Nothing, "", "Only units that differ from the default branch"),
    flag("filter-allow-destroy", Nothing, "", "Destroy units that [commits] says were removed"),
    flag("filters-file", Value, "", "Filters, one a line [default: .terragrunt-filters]"),
    flag("graph", Nothing, "", "This unit, then everything that depends on it"),
    flag("graph-root", Value, "", "Where --graph looks for dependents [default: the repository]"),
    flag("iam-assume-role", Value, "iam-role", "Role to take on"),
    flag("iam-assume-role-duration", Value, "iam-assume-role-duration", "Its session's duration in seconds"),
    flag("iam-assume-role-session-name", Value, "iam-assume-role-session-name", "Its session's name"),
    flag(
        "iam-assume-role-web-identity-token",
        Value,
        "iam-web-identity-token",
        "Token to take it on with, or its file",
    ),
    flag("inputs-debug", Nothing, "debug", "Write the inputs to terragrunt-debug.tfvars.json"),
    flag("json-out-dir", Value, "", "Write each unit's plan as JSON below this folder"),
    flag("log-custom-format", Value, "", "Log lines in this form: %time %level %prefix %msg, each with (options)"),
    flag("log-disable", Nothing, "", "Write nothing of Terragrunt's part to standard error"),
    flag("log-format", Value, "", "pretty, key-value, json or bare"),
    flag("log-level", Value, "", "error, warn, info, debug or trace"),
    flag("log-show-abs-paths", Nothing, "", "Name units by their whole path"),
    flag("no-auto-approve", Nothing, "", "Ask before each unit, one unit at a time"),
    flag("no-auto-init", Nothing, "", ""),
    flag("no-auto-provider-cache-dir", Nothing, "", ""),
    flag("no-auto-retry", Nothing, "", "Try nothing again"),
    flag("no-cas", Nothing, "", ""),
    flag(
        "no-dependency-outputs",
        Nothing,
        "",
        "Ask no unit for its outputs (with --experiment optional-dependency-outputs)",
    ),
    flag("no-destroy-dependencies-check", Nothing, "", ""),
    flag("no-discovery-auth-provider-cmd", Nothing, "", "Do not run it while units are looked for"),
    flag("no-filters-file", Nothing, "", "Do not read .terragrunt-filters"),
    flag("no-hooks", Nothing, "", "Run no hooks (with --experiment optional-hooks)"),
    flag("no-stack-generate", Nothing, "", "Do not generate stacks first"),
    flag("no-stack-validate", Nothing, "", "Let pass what stacks generate without its configuration"),
    flag("no-tip", Values, "", ""),
    flag("no-tips", Nothing, "", ""),
    flag("out-dir", Value, "", "Keep each unit's plan below this folder: DIR/UNIT/tfplan.tfplan"),
    flag("provider-cache", Nothing, "", ""),
    flag("provider-cache-dir", Value, "", ""),
    flag("provider-cache-hostname", Value, "", ""),
    flag("provider-cache-port", Value, "", ""),
    flag("provider-cache-registry-names", Values, "", ""),
    flag("provider-cache-token", Value, "", ""),
    flag("queue-exclude-dir", Values, "exclude-dir", "Leave out these folders"),
    flag("queue-exclude-external", Nothing, "ignore-external-dependencies", ""),
    flag(
        "queue-excludes-file",
        Value,
        "excludes-file",
        "Folders to leave out, one a line [default: .terragrunt-excludes]",
    ),
    flag("queue-ignore-dag-order", Nothing, "ignore-dependency-order", "Begin all at once"),
    flag("queue-ignore-errors", Nothing, "ignore-dependency-errors", "Go on with units whose dependencies failed"),
    flag("queue-include-dir", Values, "include-dir", "Only these folders"),
    flag("queue-include-external", Nothing, "include-external-dependencies", "Also dependencies outside of the folder"),
    flag("queue-include-units-reading", Values, "queue-include-units-reading", "Only units that read this file"),
    flag("queue-strict-include", Nothing, "strict-include", ""),
    flag("report-file", Value, "", "Write a report of the run"),
    flag("report-format", Value, "", "csv, json or junit [default: by the file's name]"),
    flag("report-schema-file", Value, "", "Write the JSON schema of the report"),
    flag("source", Value, "", "Use this module source instead of the configured ones"),
    flag("source-map", Values, "", "Exchange module sources: FROM=TO"),
    flag("source-update", Nothing, "", "Make working copies anew"),
    flag("strict-control", Values, "", "Make a deprecated feature an error"),
    flag("strict-mode", Nothing, "", "Make all deprecated features errors"),
    flag("summary-disable", Nothing, "", "No summary at the end"),
    flag("summary-per-unit", Nothing, "", "In the summary, each unit with its time"),
    flag("tf-forward-stdout", Nothing, "forward-tf-stdout", "Write output as it is, without prefixes"),
    flag("tf-path", Value, "tfpath", ""),
    flag("units-that-include", Values, "modules-that-include", ""),
    flag("use-partial-parse-config-cache", Nothing, "", ""),
    flag("version-manager-file-name", Values, "", ""),
];

/// Flags of all commands, parsed with the others, that had an earlier spelling too.
pub const SHARED: &[(&str, &str, Takes)] = &[
    ("non-interactive", "non-interactive", Takes::Nothing),
    ("working-dir", "working-dir", Takes::Value),
    ("no-color", "no-color", Takes::Nothing),
    ("parallelism", "parallelism", Takes::Value),
];
