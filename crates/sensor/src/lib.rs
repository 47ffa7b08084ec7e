//! Reads capture files, drives observe, aggregates into Batches
#![forbid(unsafe_code)]
