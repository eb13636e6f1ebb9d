//! Brings remote sources to local folders.
//!
//! **Takes** a source address and a cache folder.
//! **Gives** a local folder with the source's files.
//! **Never** interprets what it fetched.
