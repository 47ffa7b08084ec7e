//! The real binary from end to end: what a user types, what comes out, and what must never come out.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests stop loudly, and say what they skip"
)]

mod affected;
mod bad_input;
mod beside;
mod compare;
mod corrections;
mod enforcing;
mod exposed;
mod feeds;
mod harness;
mod knowledge;
mod live;
mod mixed_inputs;
mod needs;
mod no_patient_data;
mod outlook;
mod ownership;
mod planning;
mod published;
mod records;
mod segment;
mod whole_way;
