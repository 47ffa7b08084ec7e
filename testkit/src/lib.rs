//! Capture builder and harness shared by tests.
#![forbid(unsafe_code)]
