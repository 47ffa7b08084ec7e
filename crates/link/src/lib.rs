//! The outside world behind small interfaces, each with a fake: today, published feeds over HTTP.
//!
//! [`Exchange`] is one request and its answer; [`Client`] does it for real. [`Fetcher`] makes of that a download
//! that can be trusted: asked for only when it changed, resumed where it broke off, tried again when the server
//! is busy, bounded in size, and whole or not there. [`csaf`] finds the documents of a provider. What the files
//! mean is not known here.
#![forbid(unsafe_code)]

mod cache;
#[cfg(feature = "client")]
mod client;
pub mod csaf;
mod exchange;
mod fetch;
mod headers;
pub mod nvd;
pub mod signature;
pub mod sums;

#[cfg(feature = "client")]
pub use client::{Client, Proxies, Trust};
pub use exchange::{Answer, Exchange, Request, Trouble};
pub use fetch::{Failure, Fetched, Fetcher, Limits, Wanted};
pub use url::Url;
