//! Other tools' files to Batches
#![forbid(unsafe_code)]
