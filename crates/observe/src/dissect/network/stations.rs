//! What address dissectors tell, written down for their tests.

use crate::dissect::{Facts, Side, StationFacts};
use crate::users::{User, UserNames};
use cordon_model::Mac;
use cordon_model::observe::{EventKind, Fact, PatientDataKinds, Protocol};
use std::fmt::Write as _;
use std::net::IpAddr;

#[derive(Default)]
pub(crate) struct Stations {
    lines: String,
}

/// Everything a dissector tells while `run` lasts, one line a thing.
pub(crate) fn told(run: impl FnOnce(&mut Stations)) -> String {
    let mut stations = Stations::default();
    run(&mut stations);
    stations.lines
}

fn clean(value: &[u8]) -> String {
    crate::text::clean(value, &mut [0; cordon_model::observe::FACT_BYTES_MAX]).to_owned()
}

impl Facts for Stations {
    fn fact(&mut self, about: Side, fact: Fact, value: &[u8]) {
        let _ = writeln!(self.lines, "{about:?} {fact} {}", clean(value));
    }

    fn fact_of(&mut self, speaker: Side, record: &[u8], fact: Fact, value: &[u8]) {
        let _ = writeln!(self.lines, "{speaker:?} for {} {fact} {}", clean(record), clean(value));
    }

    fn fact_at(&mut self, address: IpAddr, fact: Fact, value: &[u8]) {
        let _ = writeln!(self.lines, "{address} {fact} {}", clean(value));
    }

    fn user(&mut self, about: Side, fact: Fact, name: &[u8]) {
        if let Some(User::Hash(digits)) = UserNames::Hashed([0; 32]).told(name) {
            self.fact(about, fact, &digits);
        }
    }

    fn carries(&mut self, protocol: Protocol) {
        let _ = writeln!(self.lines, "carries {protocol}");
    }

    fn patient_data(&mut self, _kinds: PatientDataKinds) {
        let _ = writeln!(self.lines, "patient data");
    }

    fn event(&mut self, by: Side, kind: EventKind, detail: &str) {
        let _ = writeln!(self.lines, "{by:?} {kind} {detail}");
    }

    fn malformed(&mut self) {
        let _ = writeln!(self.lines, "malformed");
    }

    fn limit(&mut self) {
        let _ = writeln!(self.lines, "limit");
    }
}

impl StationFacts for Stations {
    fn fact_on(&mut self, station: Mac, address: Option<IpAddr>, nearby: bool, fact: Fact, value: &[u8]) {
        let address = address.map_or(String::from("-"), |address| address.to_string());
        let place = if nearby { "" } else { " (relayed)" };
        let _ = writeln!(self.lines, "{station} {address}{place} {fact} {}", clean(value));
    }

    fn user_on(&mut self, station: Mac, fact: Fact, name: &[u8]) {
        if let Some(User::Hash(digits)) = UserNames::Hashed([0; 32]).told(name) {
            self.fact_on(station, None, true, fact, &digits);
        }
    }

    fn conflict(&mut self, address: IpAddr, now: Mac, before: Mac) {
        let _ = writeln!(self.lines, "conflict {address} {now} {before}");
    }
}
