//! Every dissector with conversations or messages it understands: what the fuzz corpus is made from, and what
//! the tests that hold for all of them go through. A test of the engine fails when one is missing here.

use super::astm;
use super::bedside;
use super::corpus::{dhcp_request, dns_answer, dns_query};
use super::dhcp;
use super::dhcpv6;
use super::dicom;
use super::dns;
use super::enterprise;
use super::ftp;
use super::hl7;
use super::http;
use super::http2;
use super::ike;
use super::industrial;
use super::industrial::{bacnet, enip, modbus, opcua, s7};
use super::intellivue;
use super::mailboxes;
use super::mqtt;
use super::neighbours;
use super::netbios;
use super::ntp;
use super::phd;
use super::poct1a;
use super::quic;
use super::routers;
use super::rtsp;
use super::sip;
use super::smtp;
use super::ssdp;
use super::ssh;
use super::syslog;
use super::telnet;
use super::testing::{Piece, batter_datagram, client, datagram, run, server};
use super::tftp;
use super::tls;
use super::tunnels;
use super::vnc;
use super::ws_discovery;
use super::{Datagram, DatagramDissector, Probe, Recognised, Starts, StreamDissector};
use cordon_model::observe::Protocol;

/// A stream dissector.
pub(crate) struct Stream {
    pub(crate) protocol: Protocol,
    /// Its fuzz target.
    pub(crate) target: &'static str,
    /// A port its servers use.
    pub(crate) port: u16,
    pub(crate) conversations: Vec<Vec<Piece>>,
    pub(crate) run: fn(&[Piece]) -> String,
    pub(crate) starts: Starts,
    pub(crate) probe: fn(&[u8], u16) -> Probe,
}

fn stream<D: StreamDissector>(
    protocol: Protocol,
    target: &'static str,
    port: u16,
    conversations: Vec<Vec<Piece>>,
) -> Stream {
    Stream { protocol, target, port, conversations, run: run::<D>, starts: D::STARTS, probe: D::probe }
}

/// All stream dissectors.
pub(crate) fn streams() -> Vec<Stream> {
    let length = |message: &[u8]| [&(message.len() as u16).to_be_bytes()[..], message].concat();
    let names = vec![client(length(&dns_query())), server(length(&dns_answer()))];
    let mut all = vec![
        stream::<http::Http>(Protocol::Http, "http", 80, http::tests::corpus()),
        stream::<tls::Tls>(Protocol::Tls, "tls", 443, tls::tests::corpus()),
        stream::<dicom::Dicom>(Protocol::Dicom, "dicom", 104, dicom::tests::corpus()),
        stream::<hl7::Hl7>(Protocol::Hl7, "hl7", 2575, hl7::tests::corpus()),
        stream::<astm::Astm>(Protocol::Astm, "astm", 5000, astm::tests::corpus()),
        stream::<poct1a::Poct1a>(Protocol::Poct1a, "poct1a", 9001, poct1a::tests::corpus()),
        stream::<dns::Dns>(Protocol::Dns, "dns_stream", 53, vec![names]),
        stream::<intellivue::Intellivue>(
            Protocol::Intellivue,
            "intellivue_stream",
            4001,
            intellivue::tests::corpus(),
        ),
        stream::<phd::Phd>(Protocol::Phd, "phd", 6024, phd::tests::corpus()),
        stream::<bedside::bcc::Bcc>(Protocol::Bcc, "bcc", 4001, bedside::tests::bcc_corpus()),
        stream::<bedside::dri::Dri>(Protocol::Dri, "dri", 4001, bedside::tests::dri_corpus()),
        stream::<bedside::medibus::Medibus>(
            Protocol::Medibus,
            "medibus",
            4001,
            bedside::tests::medibus_corpus(),
        ),
        stream::<bedside::masimo::Masimo>(Protocol::Masimo, "masimo", 4001, bedside::tests::masimo_corpus()),
        stream::<bedside::pb840::Pb840>(Protocol::Pb840, "pb840", 4001, bedside::tests::pb840_corpus()),
        stream::<syslog::Syslog>(Protocol::Syslog, "syslog_stream", 601, syslog::tests::corpus()),
        stream::<enip::EtherNetIp>(
            Protocol::EtherNetIp,
            "enip_stream",
            44_818,
            industrial::tests::enip_corpus(),
        ),
        stream::<s7::S7comm>(Protocol::S7comm, "s7", 102, industrial::tests::s7_corpus()),
        stream::<opcua::Opcua>(Protocol::Opcua, "opcua", 4840, industrial::tests::opcua_corpus()),
        stream::<modbus::Modbus>(Protocol::Modbus, "modbus", 502, industrial::tests::modbus_corpus()),
    ];
    all.extend(enterprise_streams());
    all
}

/// Those of what computers of an enterprise speak.
fn enterprise_streams() -> Vec<Stream> {
    use enterprise::tests::{access, databases, kerberos, ldap, rdp, smb, snmp};
    vec![
        stream::<enterprise::smb::Smb>(Protocol::Smb, "smb", 445, smb::corpus()),
        stream::<enterprise::snmp::Snmp>(Protocol::Snmp, "snmp_stream", 161, snmp::corpus()),
        stream::<enterprise::kerberos::Kerberos>(
            Protocol::Kerberos,
            "kerberos_stream",
            88,
            kerberos::corpus(),
        ),
        stream::<enterprise::ldap::Ldap>(Protocol::Ldap, "ldap_stream", 389, ldap::corpus()),
        stream::<enterprise::mssql::Mssql>(Protocol::Mssql, "mssql", 1433, databases::mssql()),
        stream::<enterprise::mysql::Mysql>(Protocol::Mysql, "mysql", 3306, databases::mysql()),
        stream::<enterprise::postgres::Postgres>(Protocol::Postgres, "postgres", 5432, databases::postgres()),
        stream::<enterprise::oracle::Oracle>(Protocol::Oracle, "oracle", 1521, databases::oracle()),
        stream::<enterprise::dcerpc::DceRpc>(Protocol::DceRpc, "dcerpc", 135, access::dcerpc()),
        stream::<enterprise::tacacs::Tacacs>(Protocol::Tacacs, "tacacs", 49, access::tacacs()),
        stream::<enterprise::rdp::Rdp>(Protocol::Rdp, "rdp", 3389, rdp::corpus()),
        stream::<ssh::Ssh>(Protocol::Ssh, "ssh", 22, ssh::tests::corpus()),
        stream::<http2::Http2>(Protocol::Http2, "http2", 8080, http2::tests::corpus()),
        stream::<rtsp::Rtsp>(Protocol::Rtsp, "rtsp", 554, rtsp::tests::corpus()),
        stream::<sip::Sip>(Protocol::Sip, "sip_stream", 5060, sip::tests::corpus()),
        stream::<mqtt::Mqtt>(Protocol::Mqtt, "mqtt", 1883, mqtt::tests::corpus()),
        stream::<vnc::Vnc>(Protocol::Vnc, "vnc", 5900, vnc::tests::corpus()),
        stream::<tunnels::OpenVpn>(Protocol::OpenVpn, "openvpn_stream", 1194, tunnels::tests::corpus()),
        stream::<telnet::Telnet>(Protocol::Telnet, "telnet", 23, telnet::tests::corpus()),
        stream::<smtp::Smtp>(Protocol::Smtp, "smtp", 25, smtp::tests::corpus()),
        stream::<ftp::Ftp>(Protocol::Ftp, "ftp", 21, ftp::tests::corpus()),
        stream::<mailboxes::Pop3>(Protocol::Pop3, "pop3", 110, mailboxes::tests::pop3()),
        stream::<mailboxes::Imap>(Protocol::Imap, "imap", 143, mailboxes::tests::imap()),
    ]
}

/// A message with its source and destination ports.
pub(crate) type Message = ([u16; 2], Vec<u8>);

/// A datagram dissector.
pub(crate) struct Datagrams {
    pub(crate) protocol: Protocol,
    pub(crate) messages: Vec<Message>,
    /// Reads one, whole or cut off by the capture; `None` when it is not its own.
    pub(crate) told: fn([u16; 2], &[u8], bool) -> Option<String>,
    pub(crate) batter: fn([u16; 2], &[u8]),
    pub(crate) starts: Starts,
    pub(crate) ports: &'static [u16],
    pub(crate) recognise: fn(&Datagram<'_>) -> Recognised,
}

fn datagrams_of<D: DatagramDissector>(protocol: Protocol, messages: Vec<Message>) -> Datagrams {
    Datagrams {
        protocol,
        messages,
        told: datagram::<D>,
        batter: batter_datagram::<D>,
        starts: D::STARTS,
        ports: D::PORTS,
        recognise: D::recognise,
    }
}

/// Those of the network's own protocols.
fn network() -> Vec<Datagrams> {
    let at = |port: u16, messages: Vec<Vec<u8>>| -> Vec<Message> {
        messages.into_iter().map(|bytes| ([port, port], bytes)).collect()
    };
    vec![
        datagrams_of::<dhcpv6::Dhcpv6>(
            Protocol::Dhcpv6,
            vec![([546, 547], dhcpv6::tests::request()), ([547, 546], dhcpv6::tests::reply())],
        ),
        datagrams_of::<netbios::names::NetbiosNames>(
            Protocol::Nbns,
            at(
                137,
                vec![
                    netbios::names::tests::registration(0x20, false),
                    netbios::names::tests::status_answer(),
                    netbios::names::tests::answer(0x20, &[0, 0, 10, 0, 0, 9]),
                ],
            ),
        ),
        datagrams_of::<netbios::browser::Browser>(
            Protocol::Browser,
            at(138, vec![netbios::browser::tests::host_announcement()]),
        ),
        datagrams_of::<ntp::Ntp>(
            Protocol::Ntp,
            vec![
                ([123, 50_000], ntp::tests::answer(2, [10, 0, 0, 1])),
                ([123, 50_000], ntp::tests::variables()),
            ],
        ),
        datagrams_of::<tftp::Tftp>(Protocol::Tftp, vec![([50_000, 69], tftp::tests::asked(2, "pump.bin"))]),
        datagrams_of::<routers::Hsrp>(Protocol::Hsrp, at(1985, vec![routers::tests::hello()])),
        datagrams_of::<neighbours::mndp::Mndp>(
            Protocol::Mndp,
            at(5678, vec![neighbours::mndp::tests::announcement()]),
        ),
        datagrams_of::<neighbours::ubnt::Ubnt>(
            Protocol::Ubnt,
            vec![([10_001, 50_000], neighbours::ubnt::tests::answer())],
        ),
        datagrams_of::<ssdp::Ssdp>(
            Protocol::Ssdp,
            vec![
                ([50_000, 1900], ssdp::tests::NOTIFY.to_vec()),
                ([50_000, 1900], ssdp::tests::SEARCH.to_vec()),
            ],
        ),
    ]
}

/// All datagram dissectors.
pub(crate) fn datagrams() -> Vec<Datagrams> {
    let at = |port: u16, messages: Vec<Vec<u8>>| -> Vec<Message> {
        messages.into_iter().map(|bytes| ([port, port], bytes)).collect()
    };
    let content = |piece: &Piece| match piece {
        Piece::Bytes(_, bytes) => bytes.clone(),
        Piece::Gap(..) => Vec::new(),
    };
    let log = syslog::tests::datagrams().iter().map(content).collect();
    let announcements = bedside::tests::announcements();
    let announcements = announcements.into_iter().map(|(port, bytes)| ([port, port], bytes)).collect();
    let mut all = vec![
        datagrams_of::<dhcp::Dhcp>(Protocol::Dhcp, vec![([68, 67], dhcp_request())]),
        datagrams_of::<dns::Mdns>(Protocol::Mdns, at(5353, vec![dns_query(), dns_answer()])),
        datagrams_of::<dns::Llmnr>(Protocol::Llmnr, vec![([50_000, 5355], dns_query())]),
        datagrams_of::<dns::Names>(
            Protocol::Dns,
            vec![([50_000, 53], dns_query()), ([53, 50_000], dns_answer())],
        ),
        datagrams_of::<bedside::carescape::Carescape>(Protocol::Carescape, announcements),
        datagrams_of::<intellivue::DataExport>(
            Protocol::Intellivue,
            at(24_105, intellivue::tests::datagrams()),
        ),
        datagrams_of::<sip::SipMessage>(Protocol::Sip, at(5060, sip::tests::datagrams())),
        datagrams_of::<ike::IkeMessage>(
            Protocol::Ike,
            ike::tests::datagrams().into_iter().map(|bytes| ([500, 4_500], bytes)).collect(),
        ),
        datagrams_of::<tunnels::WireGuardMessage>(
            Protocol::WireGuard,
            at(51_820, tunnels::tests::wireguard()),
        ),
        datagrams_of::<tunnels::OpenVpnMessage>(Protocol::OpenVpn, at(1194, tunnels::tests::openvpn())),
        datagrams_of::<quic::Quic>(
            Protocol::Quic,
            quic::tests::datagrams().into_iter().map(|bytes| ([50_000, 443], bytes)).collect(),
        ),
        datagrams_of::<syslog::SyslogMessages>(Protocol::Syslog, at(514, log)),
        datagrams_of::<ws_discovery::WsDiscovery>(
            Protocol::WsDiscovery,
            ws_discovery::tests::datagrams().into_iter().map(|bytes| ([50_000, 3702], bytes)).collect(),
        ),
        datagrams_of::<enip::EtherNetIpDatagram>(
            Protocol::EtherNetIp,
            at(44_818, industrial::tests::enip_datagrams()),
        ),
        datagrams_of::<bacnet::Bacnet>(Protocol::Bacnet, at(47_808, industrial::tests::bacnet_corpus())),
    ];
    all.extend(enterprise_datagrams());
    all.extend(network());
    all
}

/// Those of what computers of an enterprise speak.
fn enterprise_datagrams() -> Vec<Datagrams> {
    use enterprise::tests::{access, databases, kerberos, ldap, snmp};
    vec![
        datagrams_of::<enterprise::snmp::SnmpMessages>(Protocol::Snmp, snmp::messages()),
        datagrams_of::<enterprise::kerberos::KerberosMessages>(Protocol::Kerberos, kerberos::messages()),
        datagrams_of::<enterprise::ldap::LdapMessages>(Protocol::Ldap, ldap::messages()),
        datagrams_of::<enterprise::mssql::MssqlBrowser>(Protocol::Mssql, vec![databases::instances()]),
        datagrams_of::<enterprise::radius::RadiusMessages>(Protocol::Radius, access::radius()),
    ]
}
