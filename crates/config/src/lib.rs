//! Turns a folder into a module tree.
//!
//! **Takes** a folder of .tf files.
//! **Gives** a module tree, one noun per block kind, with spans.
//! **Never** evaluates what depends on state or a plan.

pub mod reference;
pub mod types;
pub use craton_model::version;

mod cli_config;
mod decode;
mod inputs;
mod install;
mod load;
mod lock_file;
mod nouns;
mod statics;

pub use cli_config::registry_hosts;
pub use inputs::{InputOrigin, RawInput, RawValue, VariableInputs};
pub use install::{InstallEvent, install, install_with_tests};
pub use load::{
    FileCache, Installed, MISSING_PROVIDER, Manifest, TEST_DIRECTORY, clean, config_files, load, load_folder,
    load_installed, load_root, load_run_module, load_tests, load_under_test, read_text,
};
pub use lock_file::{LockFile, LockedProvider};
pub use nouns::*;
