//! What a port number suggests, and whether a service there is risky, unencrypted or for administration.

use crate::file::{File, KnowledgeError};
use crate::reference::mistake;
use cordon_model::observe::Transport;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PortsFile {
    port: Vec<PortFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PortFile {
    transport: String,
    port: u16,
    name: String,
    risky: Option<String>,
    #[serde(default)]
    clear_text: bool,
    #[serde(default)]
    admin: bool,
    source: String,
}

/// What usually answers on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The service's usual name, such as `Telnet`.
    pub name: String,
    /// Why it matters when an attacker reaches it, as the end of a sentence; `None` when nothing special.
    pub risky: Option<String>,
    /// True when the protocol does not encrypt.
    pub clear_text: bool,
    /// True when the device can be administered or controlled through it.
    pub admin: bool,
    /// Who says so.
    pub source: String,
}

/// The table of ports.
#[derive(Clone, Debug, Default)]
pub struct Ports {
    ports: BTreeMap<(Transport, u16), Port>,
    /// The lowest risky port of each name in small letters.
    risky: BTreeMap<(Transport, String), u16>,
}

impl Ports {
    /// Reads and validates port files; of two files that speak of the same thing the later stands.
    pub(crate) fn load(files: &[File<'_>]) -> Result<Ports, KnowledgeError> {
        let mut ports = BTreeMap::new();
        for file in files {
            let table: PortsFile = file.read()?;
            let mut rows = BTreeSet::new();
            for row in table.port {
                let fail = |what: &str| {
                    mistake(
                        file,
                        &format!("port = {}\n", row.port),
                        format!("{}/{} {what}", row.transport, row.port),
                    )
                };
                let transport: Transport =
                    row.transport.parse().map_err(|_| fail("has no known transport"))?;
                if row.name.trim().is_empty() || row.source.trim().is_empty() {
                    return Err(fail("needs a name and a source"));
                }
                let (risky, clear_text, admin) = (row.risky.clone(), row.clear_text, row.admin);
                let port =
                    Port { name: row.name.clone(), risky, clear_text, admin, source: row.source.clone() };
                if !rows.insert((transport, row.port)) {
                    return Err(fail("is given twice"));
                }
                ports.insert((transport, row.port), port);
            }
        }
        let mut risky = BTreeMap::new();
        for ((transport, port), row) in ports.iter().filter(|(_, row): &(_, &Port)| row.risky.is_some()) {
            risky.entry((*transport, row.name.to_lowercase())).or_insert(*port);
        }
        Ok(Ports { ports, risky })
    }

    /// What the table says about a port.
    pub fn get(&self, transport: Transport, port: u16) -> Option<&Port> {
        self.ports.get(&(transport, port))
    }

    /// What the table says of the usual port of a risky service, by its name in small letters.
    pub fn risky(&self, transport: Transport, name: &str) -> Option<&Port> {
        self.get(transport, *self.risky.get(&(transport, name.to_owned()))?)
    }

    /// Every row, by transport and number.
    pub fn iter(&self) -> impl Iterator<Item = (Transport, u16, &Port)> {
        self.ports.iter().map(|((transport, port), row)| (*transport, *port, row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telnet_is_risky_and_https_is_not() {
        let ports = crate::Knowledge::builtin().unwrap().ports;
        let telnet = ports.get(Transport::Tcp, 23).unwrap();
        assert!(telnet.risky.is_some() && telnet.clear_text && telnet.admin);
        let https = ports.get(Transport::Tcp, 443).unwrap();
        assert!(https.risky.is_none() && !https.clear_text && !https.admin);
        assert_eq!(ports.get(Transport::Udp, 23), None);
        assert_eq!(ports.risky(Transport::Tcp, "telnet"), Some(telnet));
        assert_eq!(ports.risky(Transport::Tcp, "ssh"), None);
        assert!(ports.iter().all(|(_, _, row)| !row.source.is_empty()));
    }

    #[test]
    fn rows_that_say_nothing_or_twice_are_refused() {
        let row = "[[port]]\ntransport = \"tcp\"\nport = 1\nname = \"x\"\nsource = \"s\"\n";
        let error = |text: &str| Ports::load(&[File::builtin("ports/p.toml", text)]).unwrap_err().to_string();
        assert!(error(&format!("{row}{row}")).contains("twice"));
        assert!(error(&row.replace("\"s\"", "\"\"")).contains("source"));
        assert!(error(&row.replace("tcp", "tco")).contains("transport"));
    }
}
