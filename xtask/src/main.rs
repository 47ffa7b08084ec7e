//! Checks of the house that cargo does not make.
fn main() {}
