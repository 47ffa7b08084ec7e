//! Suricata's EVE log: a JSON object a line, each with its `event_type` (Suricata user guide, "Eve JSON Format").
//!
//! Addresses and protocols, names of hosts, programs and certificates are read. Names of users and files,
//! paths and payloads are read over.

mod records;

use crate::lines::Lines;
use crate::observed::{self, Handshake, Lease, Session};
use crate::scan;
use crate::tell::{At, Recorded, Teller};
use cordon_model::observe::{Direction, EventKind, Fact, Transport};
use cordon_model::{Endpoint, Mac, Timestamp, Vlan};
use records::{Record, SshSide, Text, Texts};
use serde::Deserialize;

/// So much of a file is looked at at least.
const HEAD_BYTES: usize = 4096;

/// True when a line is a record of this log.
pub(crate) fn is_record(line: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Marks {
        timestamp: Option<serde::de::IgnoredAny>,
        event_type: Option<String>,
    }
    let has = |text: &[u8]| memchr::memmem::find(line, text).is_some();
    // The first line of a long record may not be there whole.
    if line.len() >= HEAD_BYTES && !line.ends_with(b"}") {
        return has(b"\"event_type\":\"") && has(b"\"timestamp\":\"");
    }
    serde_json::from_slice::<Marks>(line)
        .is_ok_and(|marks| marks.timestamp.is_some() && marks.event_type.is_some())
}

/// Reads the log.
pub(crate) fn read(lines: &mut Lines<'_>, teller: &mut Teller<'_>) {
    loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(damage) => {
                teller.journal.damage(damage);
                break;
            }
        };
        if line.bytes.trim_ascii().is_empty() {
            continue;
        }
        teller.journal.report.packets += 1;
        if let Err(reason) = record(line.bytes, line.number, line.is_cut, teller) {
            teller.journal.reject(line.number, false, reason, Vec::new());
        }
    }
    teller.journal.report.bytes = lines.bytes();
}

/// Where a record is of: between whom, and when.
struct Place {
    at: At,
    source: Endpoint,
    destination: Endpoint,
}

/// The kinds of records that say something of devices.
const KINDS: &[&str] =
    &["flow", "netflow", "dns", "dhcp", "http", "tls", "alert", "ssh", "snmp", "smb", "krb5", "rdp", "ftp"];

fn record(line: &[u8], number: u64, is_cut: bool, teller: &mut Teller<'_>) -> Result<(), String> {
    if is_cut {
        return Err("the line is too long".to_owned());
    }
    let record: Record<'_> = serde_json::from_slice(line).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            format!("a field has another form than Suricata gives it (column {})", error.column())
        }
        _ => format!("it is no whole JSON object (column {})", error.column()),
    })?;
    let time = record.timestamp.as_deref().and_then(time).ok_or("no time")?;
    let at = At { row: number, time };
    let kind = record.event_type.as_ref();
    if !KINDS.contains(&kind) {
        teller.journal.skip(&format!("records that say nothing of devices: {}", shown(kind)), 1);
        return Ok(());
    }
    teller.journal.at(time);
    let place = Place {
        at,
        source: endpoint(&record, record.src_ip.as_deref(), true).ok_or("no source address")?,
        destination: endpoint(&record, record.dest_ip.as_deref(), false).ok_or("no destination address")?,
    };
    match kind {
        "flow" => flow(&record, &place, teller)?,
        "netflow" => netflow(&record, &place, teller)?,
        "dns" => dns(&record, &place, teller),
        "dhcp" => dhcp(&record, &place, teller),
        "http" => http(&record, &place, teller),
        "tls" => tls(&record, &place, teller),
        "ssh" | "snmp" | "smb" | "krb5" | "rdp" | "ftp" => session(&record, &place, teller),
        _ => alert(&record, &place, teller),
    }
    Ok(())
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect()
}

fn time(text: &str) -> Option<Timestamp> {
    scan::time(text.as_bytes())
}

fn endpoint(record: &Record<'_>, address: Option<&str>, is_source: bool) -> Option<Endpoint> {
    let ip = scan::ip(address?.as_bytes())?;
    let mac = record.ether.as_ref().and_then(|ether| {
        let (one, several) = match is_source {
            true => (&ether.src_mac, &ether.src_macs),
            false => (&ether.dest_mac, &ether.dest_macs),
        };
        // Several of a flow are a router that failed over, or a flow seen on both of its sides.
        if let Some(Texts::Several(all)) = several
            && all.len() != 1
        {
            return None;
        }
        one.as_ref().or(several.as_ref())?.first()?.parse::<Mac>().ok()
    });
    // From the outside inwards.
    let vlan = record.vlan.last().copied().and_then(Vlan::new);
    Some(Endpoint { vlan, mac, ip: Some(ip) })
}

fn transport(record: &Record<'_>) -> Option<Transport> {
    let name = record.proto.as_deref()?;
    let known = [
        ("TCP", Transport::Tcp),
        ("UDP", Transport::Udp),
        ("ICMP", Transport::Icmp),
        ("IPv6-ICMP", Transport::Icmp),
        ("ICMPv6", Transport::Icmp),
        ("GRE", Transport::Other(47)),
        ("ESP", Transport::Other(50)),
        ("AH", Transport::Other(51)),
        ("SCTP", Transport::Other(132)),
        ("IGMP", Transport::Other(2)),
        ("OSPFIGP", Transport::Other(89)),
        ("VRRP", Transport::Other(112)),
        ("PIM", Transport::Other(103)),
        ("EIGRP", Transport::Other(88)),
    ];
    let found = known.iter().find(|(theirs, _)| name.eq_ignore_ascii_case(theirs));
    found.map(|(_, transport)| *transport).or_else(|| name.parse().ok().map(Transport::Other))
}

/// What was recorded of a flow by itself; packets and bytes are added by the caller.
fn recorded(
    record: &Record<'_>,
    place: &Place,
    start: &Text<'_>,
    end: &Text<'_>,
) -> Result<Recorded, String> {
    let transport = transport(record).ok_or("no transport protocol that is known")?;
    let port = match transport {
        Transport::Tcp | Transport::Udp => record.dest_port.ok_or("no destination port")?,
        _ => 0,
    };
    let first = start.as_deref().and_then(time).unwrap_or(place.at.time);
    let last = end.as_deref().and_then(time).unwrap_or(first);
    let opened = record.tcp.as_ref().is_some_and(|tcp| tcp.syn);
    Ok(Recorded {
        client: place.source,
        server: place.destination,
        transport,
        port,
        application: record.app_proto.as_deref().and_then(application),
        direction: if opened { Direction::Handshake } else { Direction::Port },
        answered: true,
        packets: 0,
        bytes: 0,
        first,
        last,
    })
}

/// What Suricata calls protocols otherwise than the vocabulary does.
fn application(name: &str) -> Option<cordon_model::observe::Protocol> {
    let name = match name {
        "krb5" => "kerberos",
        "rfb" => "vnc",
        "http2" => "http2",
        "enip" => "ethernet_ip",
        "pgsql" => "postgresql",
        name => name,
    };
    crate::zeek::protocol(name.as_bytes())
}

fn flow(record: &Record<'_>, place: &Place, teller: &mut Teller<'_>) -> Result<(), String> {
    let flow = record.flow.as_ref().ok_or("no counts of the flow")?;
    let told = recorded(record, place, &flow.start, &flow.end)?;
    let told = Recorded {
        answered: flow.pkts_toclient > 0,
        packets: flow.pkts_toserver.saturating_add(flow.pkts_toclient),
        bytes: flow.bytes_toserver.saturating_add(flow.bytes_toclient),
        ..told
    };
    teller.flow(place.at.row, &told);
    Ok(())
}

/// Each direction has a record of its own; which of both is the client's only ports tell.
fn netflow(record: &Record<'_>, place: &Place, teller: &mut Teller<'_>) -> Result<(), String> {
    let flow = record.netflow.as_ref().ok_or("no counts of the flow")?;
    let told = recorded(record, place, &flow.start, &flow.end)?;
    teller.flow(
        place.at.row,
        &Recorded {
            direction: Direction::Port,
            answered: false,
            packets: flow.pkts,
            bytes: flow.bytes,
            ..told
        },
    );
    Ok(())
}

fn dns(record: &Record<'_>, place: &Place, teller: &mut Teller<'_>) {
    let Some(dns) = &record.dns else { return };
    if matches!(record.dest_port, Some(5353 | 5355)) {
        teller.journal.skip("records of names announced to a link, which do not say whose they are", 1);
        return;
    }
    let kind = dns.kind.as_deref().unwrap_or_default();
    if matches!(kind, "query" | "request") {
        for name in dns.rrname.iter().chain(dns.queries.iter().filter_map(|query| query.rrname.as_ref())) {
            observed::dns_query(teller, place.at, place.source, name);
        }
        return;
    }
    if !matches!(kind, "answer" | "response") || !matches!(dns.rcode.as_deref(), Some("NOERROR" | "NXDOMAIN"))
    {
        return;
    }
    // An answer's record keeps the direction of the question.
    let question =
        dns.rrname.as_deref().or_else(|| dns.queries.first().and_then(|query| query.rrname.as_deref()));
    teller.presence(place.at, place.destination, Fact::DnsServer);
    for answer in &dns.answers {
        let name = answer.rrname.as_deref().or(question).unwrap_or_default();
        let of_type = answer.rrtype.as_deref().or(dns.rrtype.as_deref()).unwrap_or_default();
        let data = answer.rdata.as_ref().and_then(Texts::first);
        observed::dns_answer(teller, place.at, place.destination, name, of_type, data.into_iter());
    }
}

fn dhcp(record: &Record<'_>, place: &Place, teller: &mut Teller<'_>) {
    let Some(dhcp) = &record.dhcp else { return };
    let Some(mac) = dhcp.client_mac.as_deref().and_then(|text| text.parse::<Mac>().ok()) else { return };
    let is_ack = dhcp.dhcp_type.as_deref() == Some("ack");
    let address = dhcp.assigned_ip.as_deref().filter(|_| is_ack).and_then(|text| scan::ip(text.as_bytes()));
    let lease = Lease {
        mac: Some(mac),
        address: address.filter(|address| !address.is_unspecified()),
        hostname: dhcp.hostname.as_deref(),
        vendor_class: dhcp.vendor_class_identifier.as_deref(),
        ..Lease::default()
    };
    observed::lease(teller, place.at, &lease);
    if dhcp.kind.as_deref() == Some("reply") {
        if let Some(ip) = place.source.ip.filter(|ip| !ip.is_unspecified()) {
            teller.fact(place.at, place.source, Fact::DhcpServer, &ip.to_string());
        }
        for router in &dhcp.routers {
            teller.fact(place.at, observed::station(mac), Fact::DhcpRouter, router);
        }
    }
}

fn http(record: &Record<'_>, place: &Place, teller: &mut Teller<'_>) {
    let Some(http) = &record.http else { return };
    let told = [
        (place.destination, Fact::HttpHost, &http.hostname),
        (place.source, Fact::HttpUserAgent, &http.http_user_agent),
        (place.destination, Fact::HttpServer, &http.server),
    ];
    for (whom, fact, value) in told {
        if let Some(value) = value {
            teller.fact(place.at, whom, fact, value);
        }
    }
}

fn tls(record: &Record<'_>, place: &Place, teller: &mut Teller<'_>) {
    let Some(tls) = &record.tls else { return };
    let shown = Handshake {
        server_name: tls.sni.as_deref(),
        version: tls.version.as_deref(),
        subject: tls.subject.as_deref(),
        issuer: tls.issuerdn.as_deref(),
        not_after: tls.notafter.as_deref().and_then(time),
    };
    observed::handshake(teller, place.at, place.destination, &shown);
}

/// Log-ins and what servers say of themselves. Names of users and files, passwords and communities are looked
/// at, never told.
fn session(record: &Record<'_>, place: &Place, teller: &mut Teller<'_>) {
    let (at, client, server) = (place.at, place.source, place.destination);
    let session = Session { at, client, server };
    let mut tell = |whom: Endpoint, fact: Fact, value: &Text<'_>| {
        if let Some(value) = value {
            teller.fact(at, whom, fact, value);
        }
    };
    if let Some(smb) = &record.smb {
        if smb.status.as_deref() == Some("STATUS_SUCCESS") {
            tell(server, Fact::SmbDialect, &smb.dialect);
        }
        if let Some(ntlm) = &smb.ntlmssp {
            tell(client, Fact::NtlmWorkstation, &ntlm.host);
            tell(client, Fact::NtlmUserDomain, &ntlm.domain);
        }
    }
    if let Some(rdp) = record.rdp.as_ref().and_then(|rdp| rdp.client.as_ref()) {
        tell(client, Fact::RdpClientName, &rdp.client_name);
    }
    if let Some(kerberos) = &record.krb5 {
        tell(client, Fact::KerberosRealm, &kerberos.realm);
        // Only the accounts of computers end so; all others may be people's.
        if kerberos.cname.as_deref().is_some_and(|name| name.ends_with('$')) {
            tell(client, Fact::KerberosComputer, &kerberos.cname);
        }
    }
    if let Some(snmp) = &record.snmp
        && snmp.pdu_type.as_deref() == Some("response")
    {
        let version =
            snmp.version.map(|version| if version == 2 { "2c".into() } else { version.to_string().into() });
        tell(server, Fact::SnmpVersion, &version);
        if let Some(word) = &snmp.community {
            observed::community(teller, session, word);
        }
    }
    software(record, session, teller);
    refused(record, session, teller);
}

/// What both ends of SSH call themselves.
fn software(record: &Record<'_>, session: Session, teller: &mut Teller<'_>) {
    let Some(ssh) = &record.ssh else { return };
    for (whom, side) in [(session.client, &ssh.client), (session.server, &ssh.server)] {
        if let Some(SshSide { proto_version: Some(version), software_version: Some(software) }) = side {
            teller.fact(session.at, whom, Fact::SshIdentification, &format!("SSH-{version}-{software}"));
        }
    }
}

/// Log-ins that failed, and passwords in clear text.
fn refused(record: &Record<'_>, session: Session, teller: &mut Teller<'_>) {
    if let Some(smb) = &record.smb
        && smb.command.as_deref() == Some("SMB2_COMMAND_SESSION_SETUP")
        && smb.status.as_deref() == Some("STATUS_LOGON_FAILURE")
    {
        observed::log_in_failed(teller, session, "SMB");
    }
    if let Some(kerberos) = &record.krb5
        && kerberos.msg_type.as_deref() == Some("KRB_ERROR")
        && let Some(code) = kerberos.error_code.as_deref().filter(|code| *code != "KDC_ERR_PREAUTH_REQUIRED")
    {
        observed::log_in_failed(teller, session, &format!("Kerberos {}", shown(code)));
    }
    if let Some(ftp) = &record.ftp
        && ftp.command.as_deref() == Some("USER")
        && ftp.command_data.as_deref().is_some_and(|user| !matches!(user, "anonymous" | "ftp"))
    {
        observed::clear_credentials(teller, session, "FTP");
    }
}

fn alert(record: &Record<'_>, place: &Place, teller: &mut Teller<'_>) {
    let Some(alert) = &record.alert else { return };
    let title = alert.signature.as_deref().unwrap_or_default();
    let detail = format!("Suricata {} {title}", alert.signature_id);
    teller.event(place.at, place.source, Some(place.destination), EventKind::IntrusionAlert, &detail);
}

#[cfg(test)]
mod tests;
