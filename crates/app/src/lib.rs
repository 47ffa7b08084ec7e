//! The use cases: authorise, prepare, run the pure stages, write
#![forbid(unsafe_code)]
