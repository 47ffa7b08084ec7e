//! One request and its answer: the whole surface between us and a server.

use std::io::Read;
use url::Url;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Where.
    pub url: Url,
    /// Headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
}

/// What came back: the body is read by whoever asked, and may fail on the way.
pub struct Answer {
    /// The status code of HTTP.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, without any decoding.
    pub body: Box<dyn Read + Send>,
}

impl Answer {
    /// The first header of a name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Trouble {
    /// In words.
    pub reason: String,
    /// True for what may be gone at the next try: a broken connection, not an unknown certificate.
    pub is_passing: bool,
}

/// Does one request. Follows no redirect, decodes nothing, keeps nothing.
pub trait Exchange {
    /// Asks a server.
    fn get(&mut self, request: &Request) -> Result<Answer, Trouble>;
}
