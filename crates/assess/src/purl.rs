//! Package URLs (ECMA-427): which package of which ecosystem a component is.

use std::collections::BTreeMap;

/// Longer texts are no package URLs.
const PURL_BYTES_MAX: usize = 2_000;
/// Qualifiers kept of one.
const QUALIFIERS_MAX: usize = 32;

/// A package URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Purl {
    /// The type, in lower case: `npm`, `maven`, `deb`.
    pub kind: String,
    /// The namespace: a scope, a group, a distribution.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The version, where it states one.
    pub version: Option<String>,
    /// Qualifiers by name.
    pub qualifiers: BTreeMap<String, String>,
}

impl Purl {
    /// Reads a package URL; `None` for what is none.
    pub fn parse(text: &str) -> Option<Purl> {
        let text = text.trim();
        if text.len() > PURL_BYTES_MAX {
            return None;
        }
        let rest =
            text.get(..4).filter(|head| head.eq_ignore_ascii_case("pkg:")).and_then(|_| text.get(4..))?;
        let rest = rest.split('#').next()?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (kind, path) = path.trim_start_matches('/').split_once('/')?;
        let is_kind = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-');
        if kind.is_empty() || !kind.chars().all(is_kind) {
            return None;
        }
        // An `@` may begin a namespace; the version's stands behind the last slash.
        let slash = path.rfind('/').map_or(0, |at| at + 1);
        let version = path.get(slash..)?.rfind('@').filter(|at| slash + at > 0).map(|at| slash + at);
        let (path, version) = match version {
            Some(at) => (path.get(..at)?, path.get(at + 1..).map(decoded)),
            None => (path, None),
        };
        let mut parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decoded).collect();
        let name = parts.pop().filter(|name| !name.is_empty())?;
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let qualifiers =
            pairs.take(QUALIFIERS_MAX).map(|(key, value)| (key.to_ascii_lowercase(), decoded(value)));
        Some(Purl {
            kind: kind.to_ascii_lowercase(),
            namespace: parts.join("/"),
            name,
            version: version.filter(|version| !version.is_empty()),
            qualifiers: qualifiers.collect(),
        })
    }

    /// The ecosystem in OSV's spelling, and the name of the package there; `None` for a type that OSV does not have.
    pub fn package(&self) -> Option<(String, String)> {
        let joined = |between: &str| match self.namespace.as_str() {
            "" => self.name.clone(),
            namespace => format!("{namespace}{between}{}", self.name),
        };
        let (ecosystem, name) = match self.kind.as_str() {
            "npm" => ("npm", joined("/")),
            "pypi" => ("PyPI", python(&self.name)),
            "maven" => ("Maven", joined(":")),
            "cargo" => ("crates.io", self.name.clone()),
            "golang" => ("Go", joined("/")),
            "nuget" => ("NuGet", self.name.clone()),
            "gem" => ("RubyGems", self.name.clone()),
            "composer" => ("Packagist", joined("/")),
            "hex" => ("Hex", self.name.clone()),
            "pub" => ("Pub", self.name.clone()),
            "apk" => ("Alpine", self.name.clone()),
            "deb" | "rpm" => return Some((self.distribution()?, self.name.clone())),
            _ => return None,
        };
        Some((ecosystem.to_owned(), name))
    }

    /// `Debian:12` for `pkg:deb/debian/…?distro=debian-12`; without the release where it is not said.
    fn distribution(&self) -> Option<String> {
        let family = match self.namespace.to_ascii_lowercase().as_str() {
            "debian" => "Debian",
            "ubuntu" => "Ubuntu",
            "redhat" => "Red Hat",
            "rocky" | "rocky-linux" => "Rocky Linux",
            "almalinux" => "AlmaLinux",
            "opensuse" => "openSUSE",
            "suse" => "SUSE",
            _ => return None,
        };
        let distro = self.qualifiers.get("distro").map(String::as_str).unwrap_or_default();
        let release = distro.rsplit('-').next().unwrap_or_default();
        let is_release = release.starts_with(|c: char| c.is_ascii_digit());
        Some(if is_release { format!("{family}:{release}") } else { family.to_owned() })
    }
}

/// Runs of hyphens, points and underlines count as one hyphen (PEP 503).
fn python(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '-' | '_' | '.' if plain.ends_with('-') => {}
            '-' | '_' | '.' => plain.push('-'),
            other => plain.extend(other.to_lowercase()),
        }
    }
    plain
}

/// Letters behind per cent signs; what is no code stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..2).filter(|_| *first == b'%').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_url_names_a_package_of_an_ecosystem() {
        let package = |text: &str| Purl::parse(text).and_then(|purl| purl.package());
        for (text, ecosystem, name) in [
            ("pkg:npm/%40angular/core@12.0.0", "npm", "@angular/core"),
            ("pkg:npm/@angular/core", "npm", "@angular/core"),
            ("pkg:pypi/Typing_Extensions@4.0", "PyPI", "typing-extensions"),
            (
                "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=jar",
                "Maven",
                "org.apache.logging.log4j:log4j-core",
            ),
            ("pkg:golang/github.com/gorilla/websocket@v1.4.0#sub", "Go", "github.com/gorilla/websocket"),
            ("pkg:deb/debian/openssl@1.1.1d-0%2Bdeb10u3?arch=amd64&distro=debian-10", "Debian:10", "openssl"),
            ("pkg:rpm/redhat/openssl@1.1.1k?epoch=1", "Red Hat", "openssl"),
        ] {
            assert_eq!(package(text), Some((ecosystem.to_owned(), name.to_owned())), "{text}");
        }
        let debian = Purl::parse("pkg:deb/debian/openssl@1.1.1d-0%2Bdeb10u3").unwrap();
        assert_eq!(debian.version.as_deref(), Some("1.1.1d-0+deb10u3"));
        for none in ["", "pkg:", "pkg:npm", "pkg:npm/", "cpe:/a:b:c", "pkg:n m/x", "pkg:/x"] {
            assert_eq!(Purl::parse(none), None, "{none}");
        }
        assert_eq!(package("pkg:generic/x@1"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_not(text in "(pkg:)?[a-z@/%?#&=.:-]{0,60}") {
            if let Some(purl) = Purl::parse(&text) {
                proptest::prop_assert!(!purl.name.is_empty());
                let _ = purl.package();
            }
        }
    }
}
