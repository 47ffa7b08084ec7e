#![no_main]

use cordon_fuzz::{Recorder, chunks};
use cordon_model::Mac;
use cordon_observe::dissect::neighbours::{cdp, eapol, lldp, stp};
use cordon_observe::dissect::{igmp, nd, routers};
use std::net::IpAddr;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let station = Mac([2, 0, 0, 0, 0, 9]);
    for chunk in chunks(data) {
        let Some((which, bytes)) = chunk.bytes.split_first() else { continue };
        let mut facts = Recorder::default();
        match which % 9 {
            0 => lldp::message(station, bytes, &mut facts),
            1 => cdp::message(station, bytes, &mut facts),
            2 => cdp::foundry(station, bytes, &mut facts),
            3 => stp::message(station, bytes, &mut facts),
            4 => eapol::message(station, bytes, &mut facts),
            5 => drop(nd::message(IpAddr::from([0xfe80, 0, 0, 0, 0, 0, 0, 9]), bytes, &mut facts)),
            6 => igmp::message(bytes, &mut facts),
            7 => igmp::message_v6(bytes, &mut facts),
            _ => routers::vrrp(IpAddr::from([10, 0, 0, 9]), bytes, &mut facts),
        }
    }
});
