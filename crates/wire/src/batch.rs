//! `cordon.batch/1`: a Batch as one line of JSON.
