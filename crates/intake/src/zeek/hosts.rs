//! Logs that say who a host is: names, leases, banners, certificates, software.
//!
//! Names of users, of files and of resources within a server are read over: they may be, or name, patients.

use super::Rejection;
use crate::fields::Row;
use crate::observed::{self, Handshake, Lease};
use crate::tell::{At, Teller};
use cordon_model::Endpoint;
use cordon_model::observe::{EventKind, Fact};

type Told = Result<(), Rejection>;

/// The fields every log of connections begins with.
pub(super) struct Talk {
    pub(super) at: At,
    pub(super) client: Endpoint,
    pub(super) server: Endpoint,
}

/// Time, originator and responder stand at the first places of each list of fields.
pub(super) fn talk(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Result<Talk, Rejection> {
    let at = moment(row, number, teller)?;
    let client = row.host(1).ok_or("no address of the originator")?;
    let server = row.host(2).ok_or("no address of the responder")?;
    Ok(Talk { at, client, server })
}

fn moment(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Result<At, Rejection> {
    let time = row.time(0).ok_or("no time")?;
    teller.journal.at(time);
    Ok(At { row: number, time })
}

const PORT_MDNS: u16 = 5353;
const PORT_LLMNR: u16 = 5355;

pub(super) const DNS: &[&str] =
    &["ts", "id.orig_h", "id.resp_h", "id.resp_p", "query", "qtype_name", "rcode_name", "answers", "rcode"];

pub(super) fn dns(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Told {
    let Talk { at, client, server } = talk(row, number, teller)?;
    // Of messages to a whole link Zeek does not say which side announced.
    if matches!(row.port(3), Some(PORT_MDNS | PORT_LLMNR | 137)) {
        teller.journal.skip("records of names announced to a link, which do not say whose they are", 1);
        return Ok(());
    }
    let Some(query) = row.text(4) else { return Ok(()) };
    observed::dns_query(teller, at, client, &query);
    let code = row.text(6);
    if matches!(code.as_deref(), Some("NOERROR" | "NXDOMAIN")) {
        let kind = row.text(5).unwrap_or_default();
        let answers = row.text(7).unwrap_or_default();
        observed::dns_answer(teller, at, server, &query, &kind, answers.split(','));
    }
    Ok(())
}

pub(super) const DHCP: &[&str] = &[
    "ts",
    "client_addr",
    "server_addr",
    "mac",
    "host_name",
    "client_fqdn",
    "domain",
    "assigned_addr",
    "client_software",
    "requested_addr",
    "msg_types",
];

pub(super) fn dhcp(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Told {
    let at = moment(row, number, teller)?;
    let (hostname, fqdn, domain, vendor) = (row.text(4), row.text(5), row.text(6), row.text(8));
    let lease = Lease {
        mac: row.mac(3),
        address: row.ip(7),
        hostname: hostname.as_deref(),
        fqdn: fqdn.as_deref(),
        domain: domain.as_deref(),
        vendor_class: vendor.as_deref(),
        ..Lease::default()
    };
    if !observed::lease(teller, at, &lease) {
        return Err("neither the client's MAC address nor its IP address");
    }
    if let Some(server) = row.ip(2) {
        teller.fact(at, observed::host(server), Fact::DhcpServer, &server.to_string());
    }
    Ok(())
}

pub(super) const HTTP: &[&str] = &[
    "ts",
    "id.orig_h",
    "id.resp_h",
    "id.resp_p",
    "host",
    "user_agent",
    "username",
    "password",
    "status_code",
];

pub(super) fn http(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Told {
    let Talk { at, client, server } = talk(row, number, teller)?;
    if let Some(host) = row.text(4) {
        teller.fact(at, server, Fact::HttpHost, &host);
    }
    if let Some(agent) = row.text(5) {
        teller.fact(at, client, Fact::HttpUserAgent, &agent);
    }
    if row.bytes(6).is_some() || row.bytes(7).is_some() {
        teller.event(at, client, Some(server), EventKind::HttpClearCredentials, "Basic");
    }
    Ok(())
}

pub(super) const SSL: &[&str] =
    &["ts", "id.orig_h", "id.resp_h", "version", "server_name", "subject", "issuer", "established"];

pub(super) fn ssl(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Told {
    let Talk { at, server, .. } = talk(row, number, teller)?;
    let (version, name, subject, issuer) = (row.text(3), row.text(4), row.text(5), row.text(6));
    let shown = Handshake {
        server_name: name.as_deref(),
        version: version.as_deref(),
        subject: subject.as_deref(),
        issuer: issuer.as_deref(),
        not_after: None,
    };
    observed::handshake(teller, at, server, &shown);
    Ok(())
}

pub(super) const SOFTWARE: &[&str] = &["ts", "host", "host_p", "software_type", "name", "unparsed_version"];

pub(super) fn software(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Told {
    let at = moment(row, number, teller)?;
    let host = row.host(1).ok_or("no address of the host")?;
    let kind = row.text(3).unwrap_or_default();
    let (name, whole) = (row.text(4).unwrap_or_default(), row.text(5).unwrap_or_default());
    match kind.as_str() {
        "HTTP::SERVER" => teller.fact(at, host, Fact::HttpServer, &whole),
        "HTTP::BROWSER" => teller.fact(at, host, Fact::HttpUserAgent, &whole),
        _ => {}
    }
    let version = if whole.is_empty() { name } else { whole };
    if !version.is_empty() {
        teller.fact(at, host, Fact::ZeekSoftware, format!("{kind} {version}").trim());
    }
    Ok(())
}

pub(super) const KNOWN_HOSTS: &[&str] = &["ts", "host"];

pub(super) fn known_hosts(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Told {
    let at = moment(row, number, teller)?;
    teller.presence(at, row.host(1).ok_or("no address of the host")?, Fact::ZeekHost);
    Ok(())
}

pub(super) const KNOWN_SERVICES: &[&str] = &["ts", "host", "port_num", "port_proto", "service"];

pub(super) fn known_services(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Told {
    let at = moment(row, number, teller)?;
    let host = row.host(1).ok_or("no address of the host")?;
    let port = row.port(2).ok_or("no port")?;
    let transport = row.text(3).unwrap_or_default();
    let service = row.text(4).unwrap_or_default();
    teller.fact(at, host, Fact::ZeekService, format!("{transport}/{port} {service}").trim());
    Ok(())
}

pub(super) const NOTICE: &[&str] = &["ts", "id.orig_h", "id.resp_h", "note", "src", "dst"];

pub(super) fn notice(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Told {
    let at = moment(row, number, teller)?;
    let note = row.text(3).ok_or("no kind of notice")?;
    // Its message may name users and files; its kind cannot.
    let Some(client) = row.host(1).or_else(|| row.host(4)) else {
        teller.journal.skip("notices that name no host", 1);
        return Ok(());
    };
    let server = row.host(2).or_else(|| row.host(5));
    teller.event(at, client, server, EventKind::IntrusionAlert, &format!("Zeek {note}"));
    Ok(())
}
