//! The web and what secures it: pages and their programs' interfaces, encrypted or in clear.

pub mod http;
pub mod http2;
pub mod quic;
pub mod tls;
