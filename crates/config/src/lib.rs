//! Turns a folder into a module tree.
//!
//! **Takes** a folder of .tf files.
//! **Gives** a module tree, one noun per block kind, with spans.
//! **Never** evaluates what depends on state or a plan.

pub mod reference;
pub mod types;
pub mod version;

mod decode;
mod inputs;
mod install;
mod load;
mod lock_file;
mod nouns;
mod statics;

pub use inputs::{InputOrigin, RawInput, RawValue, VariableInputs};
pub use install::{InstallEvent, install};
pub use load::{
    FileCache, Installed, Manifest, clean, config_files, load, load_folder, load_installed, load_root, read_text,
};
pub use lock_file::{LockFile, LockedProvider};
pub use nouns::*;
