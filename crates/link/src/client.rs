//! Requests over the network: HTTP/1.1 with TLS by rustls, certificates as the machine trusts them.

use crate::exchange::{Answer, Exchange, Request, Trouble};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use ureq::config::AutoHeaderValue;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};
use ureq::{Agent, Proxy};

/// Time for name and connection.
const CONNECT: Duration = Duration::from_secs(30);
/// Time between a request and the head of its answer.
const ANSWER: Duration = Duration::from_secs(90);
/// Time that one read may wait: a server that falls silent is given up.
const SILENCE: Duration = Duration::from_secs(60);
/// Time for one whole download; what was read by then is kept and resumed.
const WHOLE: Duration = Duration::from_secs(3 * 3600);

/// Which way requests take, as the environment says (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For `https`.
    pub https: Option<String>,
    /// For `http`.
    pub http: Option<String>,
    /// Hosts that are asked directly: names, `.domain` for all below it, `*` for all; with commas between.
    pub none: String,
}

impl Proxies {
    /// The proxy for a host of a scheme; `None` for a direct way.
    pub fn way(&self, scheme: &str, host: &str) -> Option<&str> {
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        let is_direct = self.none.split(',').map(str::trim).filter(|rule| !rule.is_empty()).any(|rule| {
            let rule = rule.to_ascii_lowercase();
            let domain = rule.trim_start_matches('*').trim_start_matches('.');
            let is_below =
                host.strip_suffix(domain).is_some_and(|above| above.is_empty() || above.ends_with('.'));
            rule == "*" || (!domain.is_empty() && is_below)
        });
        let proxy = if scheme == "https" { self.https.as_deref() } else { self.http.as_deref() };
        proxy.filter(|proxy| !is_direct && !proxy.trim().is_empty())
    }
}

/// Whose certificates are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// A file of certificates (PEM) that are believed besides those of the machine, such as that of a proxy that
    /// looks into connections.
    pub further: Option<PathBuf>,
}

/// A client that keeps connections open between requests.
pub struct Client {
    direct: Agent,
    by_proxy: Vec<(String, Agent)>,
    proxies: Proxies,
    roots: RootCerts,
}

impl Client {
    /// A client; fails when the file of certificates cannot be used.
    pub fn new(proxies: Proxies, trust: &Trust) -> Result<Client, Trouble> {
        let lasting = |reason: String| Trouble { reason, is_passing: false };
        let machine = rustls_native_certs::load_native_certs();
        let mut roots: Vec<Certificate<'static>> =
            machine.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        if let Some(path) = &trust.further {
            let text = fs::read(path).map_err(|error| lasting(format!("{}: {error}", path.display())))?;
            let before = roots.len();
            for item in ureq::tls::parse_pem(&text) {
                match item {
                    Ok(PemItem::Certificate(certificate)) => roots.push(certificate),
                    Ok(_) => {}
                    Err(error) => return Err(lasting(format!("{}: {error}", path.display()))),
                }
            }
            if roots.len() == before {
                return Err(lasting(format!("{}: it holds no certificate (PEM)", path.display())));
            }
        }
        let roots = RootCerts::Specific(Arc::new(roots));
        Ok(Client { direct: agent(None, &roots), by_proxy: Vec::new(), proxies, roots })
    }

    fn agent(&mut self, request: &Request) -> Result<Agent, Trouble> {
        let host = request.url.host_str().unwrap_or_default();
        let Some(way) = self.proxies.way(request.url.scheme(), host).map(str::to_owned) else {
            return Ok(self.direct.clone());
        };
        if let Some((_, agent)) = self.by_proxy.iter().find(|(known, _)| *known == way) {
            return Ok(agent.clone());
        }
        let proxy = Proxy::new(&way).map_err(|_| Trouble {
            // Not the text itself: it may hold a password.
            reason: "the proxy of the environment is no address such as http://proxy.example:3128".to_owned(),
            is_passing: false,
        })?;
        let agent = agent(Some(proxy), &self.roots);
        self.by_proxy.push((way, agent.clone()));
        Ok(agent)
    }
}

fn agent(proxy: Option<Proxy>, roots: &RootCerts) -> Agent {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls =
        TlsConfig::builder().root_certs(roots.clone()).unversioned_rustls_crypto_provider(provider).build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .proxy(proxy)
        // Redirects are ours to judge, and every status is an answer.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(AutoHeaderValue::Provided(Arc::new(USER_AGENT.to_owned())))
        .accept(AutoHeaderValue::Provided(Arc::new("*/*".to_owned())))
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(ANSWER))
        .timeout_per_read(Some(SILENCE))
        .timeout_global(Some(WHOLE))
        .build();
    config.into()
}

/// Says who asks, and where to complain.
const USER_AGENT: &str =
    concat!("cordon/", env!("CARGO_PKG_VERSION"), " (medical device security; feed update)");

impl Exchange for Client {
    fn get(&mut self, request: &Request) -> Result<Answer, Trouble> {
        let agent = self.agent(request)?;
        let mut asked = agent.get(request.url.as_str());
        for (name, value) in &request.headers {
            asked = asked.header(*name, value);
        }
        let answer = asked.call().map_err(trouble)?;
        let (head, body) = answer.into_parts();
        let headers = head
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        let body = body.into_with_config().limit(u64::MAX).reader();
        Ok(Answer { status: head.status.as_u16(), headers: headers.collect(), body: Box::new(body) })
    }
}

fn trouble(error: ureq::Error) -> Trouble {
    let is_passing = match &error {
        ureq::Error::Io(error) => !is_certificate(error),
        ureq::Error::Timeout(_) | ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => true,
        ureq::Error::Protocol(_) => true,
        _ => false,
    };
    let advice = match &error {
        ureq::Error::Rustls(_) => {
            "; behind a proxy that looks into connections, name its certificate with --ca FILE"
        }
        ureq::Error::Io(error) if is_certificate(error) => {
            "; behind a proxy that looks into connections, name its certificate with --ca FILE"
        }
        ureq::Error::HostNotFound => "; is the network there, or a proxy to be named in HTTPS_PROXY?",
        _ => "",
    };
    Trouble { reason: format!("{error}{advice}"), is_passing }
}

fn is_certificate(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_without_proxy_are_asked_directly() {
        let proxies = Proxies {
            https: Some("http://proxy:3128".into()),
            http: None,
            none: "localhost, .hospital.example,127.0.0.1,*.lab".into(),
        };
        assert_eq!(proxies.way("https", "api.example"), Some("http://proxy:3128"));
        assert_eq!(proxies.way("http", "api.example"), None);
        for host in ["localhost", "mirror.hospital.example", "Hospital.Example", "127.0.0.1", "a.lab"] {
            assert_eq!(proxies.way("https", host), None, "{host}");
        }
        assert!(proxies.way("https", "nothospital.example").is_some());
        assert_eq!(Proxies { none: "*".into(), ..proxies }.way("https", "api.example"), None);
    }

    #[test]
    fn a_file_without_certificates_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        fs::write(&path, "nothing").unwrap();
        for path in [path, folder.path().join("missing.pem")] {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let error = Client::new(Proxies::default(), &Trust { further: Some(path) }).err().unwrap();
            assert!(error.reason.contains(&name) && !error.is_passing, "{error}");
        }
    }
}
