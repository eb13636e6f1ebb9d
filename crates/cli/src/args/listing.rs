//! The flags of `find` and `list`.

use clap::{Args, Subcommand, ValueEnum};

/// What both take.
#[derive(Args, Debug, Clone, Default)]
pub struct ListingArgs {
    /// In the order in which they would run, dependencies first
    #[arg(long)]
    pub dag: bool,
    /// Show dependencies
    #[arg(long)]
    pub dependencies: bool,
    /// Also dependencies outside of the folder
    #[arg(long)]
    pub external: bool,
    /// Not in folders whose names begin with a dot
    #[arg(long)]
    pub no_hidden: bool,
    /// Accepted: folders whose names begin with a dot are searched
    #[arg(long, hide = true)]
    pub hidden: bool,
    /// In the order of this command, without the units that it leaves out
    #[arg(long, value_name = "COMMAND", alias = "as")]
    pub queue_construct_as: Option<String>,
}

/// How `find` writes.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is its own name")]
pub enum FindFormat {
    Text,
    Json,
}

/// `find`
#[derive(Args, Debug, Clone)]
pub struct FindArgs {
    /// text or json
    #[arg(long, value_enum, default_value = "text")]
    pub format: FindFormat,
    /// As --format json
    #[arg(short, long)]
    pub json: bool,
    /// Show exclude blocks (json)
    #[arg(long)]
    pub exclude: bool,
    /// Show included files (json)
    #[arg(long)]
    pub include: bool,
    /// Show the files that configurations are read from (json)
    #[arg(long)]
    pub reading: bool,
    #[command(flatten)]
    pub listing: ListingArgs,
}

/// How `list` writes.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is its own name")]
pub enum ListFormat {
    Text,
    Tree,
    Long,
    Dot,
}

/// `list`
#[derive(Args, Debug, Clone)]
pub struct ListArgs {
    /// text, tree, long or dot
    #[arg(long, value_enum, default_value = "text")]
    pub format: ListFormat,
    /// As --format long
    #[arg(short, long)]
    pub long: bool,
    /// As --format tree
    #[arg(short = 'T', long)]
    pub tree: bool,
    #[command(flatten)]
    pub listing: ListingArgs,
}

/// `dag`
#[derive(Subcommand, Debug, Clone)]
pub enum DagCommand {
    /// Show the graph of the units below the folder in DOT
    #[command(after_help = crate::args::terragrunt::help())]
    Graph,
}
