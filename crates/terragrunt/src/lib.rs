//! Folders to units to ordered engine sessions.
//!
//! **Takes** a working folder with terragrunt.hcl files.
//! **Gives** units with generated files, inputs and backends, in order.
//! **Never** plans or applies by itself.
