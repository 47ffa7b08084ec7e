//! Advisories and versions: real documents where the sample data is present, made-up ones everywhere.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests stop loudly, and say what they skip"
)]

mod csaf;
mod real;
mod records;
mod triples;
mod versions;
mod vex;
