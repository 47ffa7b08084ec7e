//! The table of stream dissectors: one state of one of them per conversation, dispatched by `match`. States
//! of different dissectors lie apart, so that a conversation takes what its own protocol needs.

use crate::dissect::astm::Astm;
use crate::dissect::bedside::bcc::Bcc;
use crate::dissect::bedside::dri::Dri;
use crate::dissect::bedside::masimo::Masimo;
use crate::dissect::bedside::medibus::Medibus;
use crate::dissect::bedside::pb840::Pb840;
use crate::dissect::dicom::Dicom;
use crate::dissect::dns::Dns;
use crate::dissect::enterprise::dcerpc::DceRpc;
use crate::dissect::enterprise::kerberos::Kerberos;
use crate::dissect::enterprise::ldap::Ldap;
use crate::dissect::enterprise::mssql::Mssql;
use crate::dissect::enterprise::mysql::Mysql;
use crate::dissect::enterprise::oracle::Oracle;
use crate::dissect::enterprise::postgres::Postgres;
use crate::dissect::enterprise::rdp::Rdp;
use crate::dissect::enterprise::smb::Smb;
use crate::dissect::enterprise::snmp::Snmp;
use crate::dissect::enterprise::tacacs::Tacacs;
use crate::dissect::ftp::Ftp;
use crate::dissect::hl7::Hl7;
use crate::dissect::http::Http;
use crate::dissect::http2::Http2;
use crate::dissect::industrial::{enip::EtherNetIp, modbus::Modbus, opcua::Opcua, s7::S7comm};
use crate::dissect::intellivue::Intellivue;
use crate::dissect::mailboxes::{Imap, Pop3};
use crate::dissect::mqtt::Mqtt;
use crate::dissect::phd::Phd;
use crate::dissect::poct1a::Poct1a;
use crate::dissect::rtsp::Rtsp;
use crate::dissect::sip::Sip;
use crate::dissect::smtp::Smtp;
use crate::dissect::ssh::Ssh;
use crate::dissect::starts::{Asked, bits, by_first};
use crate::dissect::syslog::Syslog;
use crate::dissect::telnet::Telnet;
use crate::dissect::tls::Tls;
use crate::dissect::tunnels::OpenVpn;
use crate::dissect::vnc::Vnc;
use crate::dissect::{Facts, Probe, Side, Step, StreamDissector};
use crate::slab::Slab;
use crate::streams::Offer;
use cordon_model::observe::Protocol;

macro_rules! dissectors {
    ($($name:ident,)*) => {
        /// The states of all dissectors that read, each kind in numbered places of its own size.
        #[expect(non_snake_case, reason = "a field is named after its dissector")]
        pub(crate) struct Dissectors { $($name: Slab<$name>),* }

        /// Every protocol that has a stream dissector.
        pub(crate) const PROTOCOLS: &[Protocol] = &[$(Protocol::$name),*];

        const PROBES: &[fn(&[u8], u16) -> Probe] = &[$($name::probe),*];
        static ASKED: Asked = by_first(&[$($name::STARTS),*]);

        impl Dissectors {
            /// Room for so many states of each kind.
            pub(crate) fn new(states_max: u32) -> Dissectors {
                Dissectors { $($name: Slab::new(states_max)),* }
            }

            /// A fresh state for this protocol, if it is one for streams and there is room.
            pub(crate) fn take(&mut self, protocol: Protocol) -> Option<State> {
                let number = match protocol {
                    $(Protocol::$name => self.$name.take(),)*
                    _ => None,
                }?;
                Some(State { protocol, number })
            }

            /// Ends the use of a state.
            pub(crate) fn give_back(&mut self, state: State) {
                match state.protocol {
                    $(Protocol::$name => self.$name.give_back(state.number),)*
                    _ => {}
                }
            }

            /// Gives it bytes or a gap.
            pub(crate) fn read(
                &mut self,
                state: State,
                side: Side,
                offer: Offer<'_>,
                facts: &mut dyn Facts,
            ) -> Step {
                match state.protocol {
                    $(Protocol::$name => match (self.$name.get_mut(state.number), offer) {
                        (Some(state), Offer::Bytes(bytes)) => state.stream(side, bytes, facts),
                        (Some(state), Offer::Gap(missing)) => state.gap(side, missing, facts),
                        (None, _) => Step::Done,
                    },)*
                    _ => Step::Done,
                }
            }

            /// Nothing more will come.
            pub(crate) fn end(&mut self, state: State, facts: &mut dyn Facts) {
                match state.protocol {
                    $(Protocol::$name => {
                        if let Some(state) = self.$name.get_mut(state.number) {
                            state.end(facts);
                        }
                    })*
                    _ => {}
                }
            }
        }

        impl State {
            /// How much of an incomplete message it may leave waiting.
            pub(crate) fn held_bytes_max(self) -> usize {
                match self.protocol {
                    $(Protocol::$name => $name::HELD_BYTES_MAX,)*
                    _ => 0,
                }
            }
        }
    };
}

// The order decides only where two were certain of the same bytes.
dissectors! {
    Tls,
    Http,
    Dicom,
    Hl7,
    Astm,
    Poct1a,
    Dns,
    Intellivue,
    Phd,
    Bcc,
    Dri,
    Medibus,
    Masimo,
    Pb840,
    Syslog,
    EtherNetIp,
    S7comm,
    Opcua,
    Modbus,
    Smb,
    Snmp,
    Kerberos,
    Ldap,
    Rdp,
    Mssql,
    Mysql,
    Postgres,
    Oracle,
    DceRpc,
    Tacacs,
    Ssh,
    Telnet,
    Smtp,
    Ftp,
    Pop3,
    Imap,
    Http2,
    Rtsp,
    Sip,
    Mqtt,
    Vnc,
    OpenVpn,
}

/// Asks those dissectors about the first bytes of one side that may begin so.
pub(crate) fn probe(head: &[u8], port: u16) -> Verdict {
    let Some(first) = head.first() else { return Verdict::Unsure };
    let mut verdict = Verdict::No;
    for number in bits(ASKED.get(usize::from(*first)).copied().unwrap_or(0)) {
        let (Some(probe), Some(&protocol)) = (PROBES.get(number), PROTOCOLS.get(number)) else { break };
        match probe(head, port) {
            Probe::Certain(side) => return Verdict::Certain(protocol, Some(side)),
            Probe::Unsided => return Verdict::Certain(protocol, None),
            Probe::Unsure => verdict = Verdict::Unsure,
            Probe::No => {}
        }
    }
    verdict
}

/// Which dissector reads a conversation, and where its state lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    pub(crate) protocol: Protocol,
    number: u32,
}

/// What the probes say together.
#[derive(Clone, Copy)]
pub(crate) enum Verdict {
    /// It is this one; the sender of the bytes is on this side, where the content tells.
    Certain(Protocol, Option<Side>),
    /// More bytes would tell.
    Unsure,
    /// None of them.
    No,
}
