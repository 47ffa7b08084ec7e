//! Advisories and versions: real documents where the sample data is present, made-up ones everywhere.

mod csaf;
mod real;
mod triples;
mod versions;
