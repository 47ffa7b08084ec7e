//! The table of stream dissectors: one state of one of them per conversation, dispatched by `match`.

use crate::dissect::astm::Astm;
use crate::dissect::bedside::dri::Dri;
use crate::dissect::bedside::masimo::Masimo;
use crate::dissect::bedside::medibus::Medibus;
use crate::dissect::bedside::pb840::Pb840;
use crate::dissect::dicom::Dicom;
use crate::dissect::dns::Dns;
use crate::dissect::hl7::Hl7;
use crate::dissect::http::Http;
use crate::dissect::intellivue::Intellivue;
use crate::dissect::phd::Phd;
use crate::dissect::poct1a::Poct1a;
use crate::dissect::tls::Tls;
use crate::dissect::{Facts, Probe, Side, Step, StreamDissector};
use crate::streams::Offer;
use cordon_model::observe::Protocol;

macro_rules! dissectors {
    ($($name:ident,)*) => {
        /// The state of the one dissector that reads a conversation.
        #[expect(clippy::allow_attributes, reason = "whether sizes differ enough to warn changes with each")]
        #[allow(clippy::large_enum_variant, reason = "states live in numbered places of equal size")]
        pub(crate) enum Dissector { $($name($name)),* }

        impl Dissector {
            /// Asks all probes about the first bytes of one side.
            pub(crate) fn probe(head: &[u8], port: u16) -> Verdict {
                let mut verdict = Verdict::No;
                $(match $name::probe(head, port) {
                    Probe::Certain(side) => {
                        return Verdict::Certain(Protocol::$name, Some(side));
                    }
                    Probe::Unsided => return Verdict::Certain(Protocol::$name, None),
                    Probe::Unsure => verdict = Verdict::Unsure,
                    Probe::No => {}
                })*
                verdict
            }

            /// A fresh state for this protocol, if it is one for streams.
            pub(crate) fn new(protocol: Protocol) -> Option<Dissector> {
                match protocol {
                    $(Protocol::$name => Some(Dissector::$name($name::default())),)*
                    _ => None,
                }
            }

            /// Which protocol it reads.
            pub(crate) fn protocol(&self) -> Protocol {
                match self { $(Dissector::$name(_) => Protocol::$name),* }
            }

            /// How much of an incomplete message it may leave waiting.
            pub(crate) fn held_bytes_max(&self) -> usize {
                match self { $(Dissector::$name(_) => $name::HELD_BYTES_MAX),* }
            }

            /// Gives it bytes or a gap.
            pub(crate) fn read(&mut self, side: Side, offer: Offer<'_>, facts: &mut dyn Facts) -> Step {
                match self {
                    $(Dissector::$name(state) => match offer {
                        Offer::Bytes(bytes) => state.stream(side, bytes, facts),
                        Offer::Gap(missing) => state.gap(side, missing, facts),
                    }),*
                }
            }

            /// Nothing more will come.
            pub(crate) fn end(&mut self, facts: &mut dyn Facts) {
                match self { $(Dissector::$name(state) => state.end(facts)),* }
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
    Dri,
    Medibus,
    Masimo,
    Pb840,
}

/// What the probes say together.
pub(crate) enum Verdict {
    /// It is this one; the sender of the bytes is on this side, where the content tells.
    Certain(Protocol, Option<Side>),
    /// More bytes would tell.
    Unsure,
    /// None of them.
    No,
}
