//! Written deliverables from a wire assessment and nothing else
#![forbid(unsafe_code)]
