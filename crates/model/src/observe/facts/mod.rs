//! The kinds of facts, each with what it means and where the standard says so. A fact's name starts with its
//! protocol's. The lists stand in the files of this folder, one for each field of work; each hands on to the
//! next, and the last makes the type.

mod application;
mod bedside;
mod clinical;
mod enterprise;
mod industrial;
mod lists;
mod logs;
mod network;
mod web;

use super::vocabulary::{Protocol, UnknownName, named};
use application::application_facts;
use bedside::bedside_facts;
use clinical::clinical_facts;
use enterprise::enterprise_facts;
use industrial::industrial_facts;
use lists::lists_facts;
use logs::logs_facts;
use network::network_facts;
use std::fmt;
use std::str::FromStr;
use web::web_facts;

macro_rules! facts {
    ([] $($(#[$doc:meta])* $variant:ident: $protocol:ident = $name:literal;)*) => {
        named! {
            /// The kind of a fact; its name starts with its protocol's.
            Fact, "kind of fact" { $($(#[$doc])* $variant = $name;)* }
        }

        impl Fact {
            /// The protocol that states facts of this kind.
            pub const fn protocol(self) -> Protocol {
                match self { $(Fact::$variant => Protocol::$protocol),* }
            }
        }
    };
}

network_facts! {
    [web_facts application_facts enterprise_facts industrial_facts clinical_facts bedside_facts logs_facts lists_facts facts]
}

impl Fact {
    /// True for facts that say an endpoint sends alarms, some of them with this value only.
    pub fn tells_alarms(self, value: &str) -> bool {
        let always = matches!(
            self,
            Fact::Hl7Alarms
                | Fact::IntellivueAlarms
                | Fact::BccAlarms
                | Fact::CarescapeAlarms
                | Fact::DriAlarms
                | Fact::MedibusAlarms
                | Fact::MasimoAlarms
                | Fact::Pb840Alarms
        );
        always || (self == Fact::SdcReports && value == "alert")
    }
}
