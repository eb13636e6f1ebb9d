//! The flags of `stack`.

use clap::{Args, Subcommand, ValueEnum};

/// `stack`
#[derive(Subcommand, Debug, Clone)]
pub enum StackCommand {
    /// Generate the units and stacks that terragrunt.stack.hcl files declare
    #[command(after_help = crate::args::terragrunt::help())]
    Generate,
    /// Generate, then run a command in every unit: stack run plan
    #[command(after_help = crate::args::terragrunt::help())]
    Run,
    /// Show the outputs of all units of the stacks in and below the folder
    #[command(after_help = crate::args::terragrunt::help())]
    Output(StackOutputArgs),
    /// Remove what was generated
    #[command(after_help = crate::args::terragrunt::help())]
    Clean,
}

/// How `stack output` writes.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is its own name")]
pub enum StackFormat {
    #[default]
    Hcl,
    Json,
    Raw,
}

/// `stack output`
#[derive(Args, Debug, Clone)]
pub struct StackOutputArgs {
    /// hcl, json or raw
    #[arg(long, value_enum, default_value = "hcl")]
    pub format: StackFormat,
    /// As --format json
    #[arg(short, long, conflicts_with = "raw")]
    pub json: bool,
    /// As --format raw
    #[arg(long)]
    pub raw: bool,
    /// The output to show: UNIT, UNIT.OUTPUT, STACK.UNIT.OUTPUT
    pub path: Option<String>,
}
