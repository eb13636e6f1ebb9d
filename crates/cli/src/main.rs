//! The craton command line.
fn main() {}
