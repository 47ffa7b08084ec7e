//! Which device a set of facts describes, what it is, how sure we are
#![forbid(unsafe_code)]
