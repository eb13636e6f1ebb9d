//! Developer tasks of craton.
fn main() {}
