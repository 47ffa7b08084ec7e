//! Laboratory and point-of-care analysers through the engine: who connects and who measures are two things.

mod common;

use common::*;
use cordon_model::observe::{Direction, PatientDataKinds, Protocol};

/// One record in a frame of its own.
fn astm_frame(number: u8, record: &str) -> Vec<u8> {
    let body = format!("{number}{record}\r\x03");
    let sum = body.bytes().fold(0_u8, u8::wrapping_add);
    format!("\x02{body}{sum:02X}\r\n").into_bytes()
}

#[test]
fn an_analyser_that_is_connected_to_sends_its_results() {
    let (host, analyser) = (host(9, 49_200), host(7, 4_000));
    let header = astm_frame(1, r"H|\^&|||XN-10^00-18^11001|||||LIS||P|LIS2-A2");
    let result = astm_frame(2, "R|1|^^^WBC|4.7");
    let end = astm_frame(3, "L|1|N");
    let said: [(bool, &[u8]); 9] = [
        (false, &[5]),
        (true, &[6]),
        (false, &header),
        (true, &[6]),
        (false, &result),
        (true, &[0x15]),
        (false, &result),
        (true, &[6]),
        (false, &end),
    ];
    for handshake in [true, false] {
        let notes = talk(host, analyser, handshake, &said);
        let mut expected = vec![
            "10.0.0.7 astm.processing P",
            "10.0.0.7 astm.role instrument",
            "10.0.0.7 astm.sender XN-10",
            "10.0.0.7 astm.serial 11001",
            "10.0.0.7 astm.software 00-18",
            "10.0.0.7 astm.version LIS2-A2",
            "10.0.0.9 astm.receiver LIS",
        ];
        let mut facts = notes.facts;
        facts.sort();
        expected.sort_unstable();
        assert_eq!(facts, expected);
        assert_eq!(notes.events, ["10.0.0.9 astm.refused frame refused (NAK)"]);
        let flow = notes.flows[0];
        assert_eq!((flow.application, flow.port), (Some(Protocol::Astm), 4_000), "handshake {handshake}");
        assert_eq!(flow.patient_data, PatientDataKinds::RESULT);
        // Either side may speak first, so content alone does not turn the direction.
        let basis = if handshake { Direction::Handshake } else { Direction::Port };
        assert_eq!(flow.direction, basis);
    }
}

#[test]
fn a_point_of_care_analyser_behind_a_serial_server_is_still_the_device() {
    let (manager, meter) = (host(9, 49_300), host(8, 2_101));
    let hello = b"<HEL.R01><HDR><HDR.control_id V=\"1\"/></HDR><DEV><DEV.device_id V=\"0080\"/>\
        <DEV.manufacturer_name V=\"Quidel\"/><DEV.device_name V=\"Sofia\"/><DEV.serial_id V=\"00010387\"/></DEV></HEL.R01>";
    let observed = b"<OBS.R01><HDR/><SVC><PT><PT.patient_id V=\"MRN4711\"/><OBS><OBS.value V=\"5\"/></OBS></PT></SVC></OBS.R01>";
    let refused = b"<ACK.R01><ACK><ACK.type_cd V=\"AE\"/><ACK.note_txt V=\"MRN4711\"/></ACK></ACK.R01>";
    let notes = talk(manager, meter, true, &[(false, hello), (false, observed), (true, refused)]);
    assert_eq!(
        notes.facts,
        [
            "10.0.0.8 poct1a.role device",
            "10.0.0.8 poct1a.device_id 0080",
            "10.0.0.8 poct1a.manufacturer Quidel",
            "10.0.0.8 poct1a.name Sofia",
            "10.0.0.8 poct1a.serial 00010387",
        ]
    );
    assert_eq!(notes.events, ["10.0.0.9 poct1a.refused message not accepted"]);
    let flow = notes.flows[0];
    assert_eq!((flow.application, flow.port), (Some(Protocol::Poct1a), 2_101));
    assert_eq!((flow.direction, flow.client.ip), (Direction::Handshake, Some(manager.ip.into())));
    let kinds = PatientDataKinds::IDENTIFIER.union(PatientDataKinds::RESULT);
    assert_eq!(flow.patient_data, kinds);
}
