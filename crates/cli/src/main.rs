//! The `cordon` binary: arguments, configuration, wiring. Every command is a use case of `cordon_app`; what
//! is decided here is only how it is asked for and shown.
#![forbid(unsafe_code)]

mod args;
mod edge;
mod live;
mod output;
mod planning;
mod progress;
mod run;
mod tables;

use clap::Parser as _;
use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Large estates are millions of short texts, which the C library's allocator keeps slower and in more memory.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    edge::start_log();
    run::run(args::Cordon::parse())
}
