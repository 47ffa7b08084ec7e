//! The `cordon` binary: arguments, configuration, wiring.
#![forbid(unsafe_code)]
fn main() {}
