//! The records of the log, as far as they are read.

use serde::Deserialize;
use std::borrow::Cow;

pub(super) type Text<'a> = Option<Cow<'a, str>>;

/// A value whose form changed between versions: one text, several, or something else.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Texts {
    One(String),
    Several(Vec<String>),
    Other(serde::de::IgnoredAny),
}

impl Texts {
    pub(super) fn first(&self) -> Option<&str> {
        match self {
            Texts::One(text) => Some(text),
            Texts::Several(texts) => texts.first().map(String::as_str),
            Texts::Other(_) => None,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    pub(super) timestamp: Text<'a>,
    pub(super) event_type: Cow<'a, str>,
    pub(super) src_ip: Text<'a>,
    pub(super) dest_ip: Text<'a>,
    pub(super) dest_port: Option<u16>,
    pub(super) proto: Text<'a>,
    pub(super) app_proto: Text<'a>,
    #[serde(default)]
    pub(super) vlan: Vec<u16>,
    pub(super) ether: Option<Ether>,
    pub(super) flow: Option<Flow<'a>>,
    pub(super) netflow: Option<Netflow<'a>>,
    pub(super) tcp: Option<Tcp>,
    pub(super) dns: Option<Dns<'a>>,
    pub(super) dhcp: Option<Dhcp<'a>>,
    pub(super) http: Option<Http<'a>>,
    pub(super) tls: Option<Tls<'a>>,
    pub(super) alert: Option<Alert<'a>>,
    pub(super) ssh: Option<Ssh<'a>>,
    pub(super) snmp: Option<Snmp<'a>>,
    pub(super) smb: Option<Smb<'a>>,
    pub(super) krb5: Option<Krb5<'a>>,
    pub(super) rdp: Option<Rdp<'a>>,
    pub(super) ftp: Option<Ftp<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Ether {
    pub(super) src_mac: Option<Texts>,
    pub(super) src_macs: Option<Texts>,
    pub(super) dest_mac: Option<Texts>,
    pub(super) dest_macs: Option<Texts>,
}

#[derive(Deserialize)]
pub(super) struct Flow<'a> {
    #[serde(default)]
    pub(super) pkts_toserver: u64,
    #[serde(default)]
    pub(super) pkts_toclient: u64,
    #[serde(default)]
    pub(super) bytes_toserver: u64,
    #[serde(default)]
    pub(super) bytes_toclient: u64,
    #[serde(borrow)]
    pub(super) start: Text<'a>,
    pub(super) end: Text<'a>,
}

/// One direction of a flow.
#[derive(Deserialize)]
pub(super) struct Netflow<'a> {
    #[serde(default)]
    pub(super) pkts: u64,
    #[serde(default)]
    pub(super) bytes: u64,
    #[serde(borrow)]
    pub(super) start: Text<'a>,
    pub(super) end: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Tcp {
    #[serde(default)]
    pub(super) syn: bool,
}

#[derive(Deserialize)]
pub(super) struct Dns<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) kind: Text<'a>,
    pub(super) rrname: Text<'a>,
    pub(super) rrtype: Text<'a>,
    pub(super) rcode: Text<'a>,
    #[serde(default)]
    pub(super) answers: Vec<Answer<'a>>,
    #[serde(default)]
    pub(super) queries: Vec<Answer<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Answer<'a> {
    #[serde(borrow)]
    pub(super) rrname: Text<'a>,
    pub(super) rrtype: Text<'a>,
    pub(super) rdata: Option<Texts>,
}

#[derive(Deserialize)]
pub(super) struct Dhcp<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) kind: Text<'a>,
    pub(super) client_mac: Text<'a>,
    pub(super) assigned_ip: Text<'a>,
    pub(super) hostname: Text<'a>,
    pub(super) vendor_class_identifier: Text<'a>,
    pub(super) dhcp_type: Text<'a>,
    #[serde(default)]
    pub(super) routers: Vec<Cow<'a, str>>,
}

#[derive(Deserialize)]
pub(super) struct Http<'a> {
    #[serde(borrow)]
    pub(super) hostname: Text<'a>,
    pub(super) http_user_agent: Text<'a>,
    pub(super) server: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Tls<'a> {
    #[serde(borrow)]
    pub(super) subject: Text<'a>,
    pub(super) issuerdn: Text<'a>,
    pub(super) notafter: Text<'a>,
    pub(super) sni: Text<'a>,
    pub(super) version: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Alert<'a> {
    #[serde(default)]
    pub(super) signature_id: u64,
    #[serde(borrow)]
    pub(super) signature: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Ssh<'a> {
    #[serde(borrow)]
    pub(super) client: Option<SshSide<'a>>,
    pub(super) server: Option<SshSide<'a>>,
}

#[derive(Deserialize)]
pub(super) struct SshSide<'a> {
    #[serde(borrow)]
    pub(super) proto_version: Text<'a>,
    pub(super) software_version: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Snmp<'a> {
    pub(super) version: Option<u32>,
    #[serde(borrow)]
    pub(super) community: Text<'a>,
    pub(super) pdu_type: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Smb<'a> {
    #[serde(borrow)]
    pub(super) dialect: Text<'a>,
    pub(super) status: Text<'a>,
    pub(super) command: Text<'a>,
    pub(super) ntlmssp: Option<Ntlmssp<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Ntlmssp<'a> {
    #[serde(borrow)]
    pub(super) host: Text<'a>,
    pub(super) domain: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Krb5<'a> {
    #[serde(borrow)]
    pub(super) msg_type: Text<'a>,
    pub(super) cname: Text<'a>,
    pub(super) realm: Text<'a>,
    pub(super) error_code: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Rdp<'a> {
    #[serde(borrow)]
    pub(super) client: Option<RdpClient<'a>>,
}

#[derive(Deserialize)]
pub(super) struct RdpClient<'a> {
    #[serde(borrow)]
    pub(super) client_name: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Ftp<'a> {
    #[serde(borrow)]
    pub(super) command: Text<'a>,
    pub(super) command_data: Text<'a>,
}
