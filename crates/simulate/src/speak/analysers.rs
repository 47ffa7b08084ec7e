//! Laboratory and point-of-care analysers: ASTM E1381 frames around E1394 records (now CLSI LIS01-A2 and
//! LIS02-A2), and POCT1-A2 messages.

use crate::patients::Patient;

pub(crate) const ENQ: u8 = 5;
pub(crate) const ACK: u8 = 6;
pub(crate) const EOT: u8 = 4;

/// The instrument and its result.
#[derive(Clone, Debug)]
pub(crate) struct Instrument<'a> {
    pub(crate) maker: &'a str,
    pub(crate) model: &'a str,
    pub(crate) firmware: &'a str,
    pub(crate) serial: &'a str,
    /// `yyyymmddhhmmss`.
    pub(crate) time: &'a str,
}

/// The records of one result, each in a frame of its own (E1381 section 6.3).
pub(crate) fn astm_frames(
    from: &Instrument<'_>,
    patient: &Patient,
    specimen: u64,
    value: u64,
) -> Vec<Vec<u8>> {
    let records = [
        format!("H|\\^&|||{}^{}^{}||||||||E1394-97|{}", from.model, from.firmware, from.serial, from.time),
        format!(
            "P|1||{}||{}^{}||{}|{}",
            patient.number, patient.family, patient.given, patient.birth, patient.sex
        ),
        format!("O|1|{specimen}||^^^WBC|R||{}", from.time),
        format!("R|1|^^^WBC|{value}.4|10*3/uL||N||F||||{}|{}", from.time, from.serial),
        "L|1|N".to_owned(),
    ];
    let frame = |(index, record): (usize, &String)| {
        let mut inside = vec![b'0' + ((index + 1) % 8) as u8];
        inside.extend_from_slice(record.as_bytes());
        inside.extend_from_slice(b"\r\x03");
        let sum = inside.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        let mut bytes = vec![2];
        bytes.extend_from_slice(&inside);
        bytes.extend_from_slice(format!("{sum:02X}\r\n").as_bytes());
        bytes
    };
    records.iter().enumerate().map(frame).collect()
}

fn poct_header(kind: &str, control: u32, time: &str) -> String {
    format!(
        "<HDR><HDR.message_type V=\"{kind}\"/><HDR.control_id V=\"{control}\"/>\
         <HDR.version_id V=\"POCT1\"/><HDR.creation_dttm V=\"{time}\"/></HDR>"
    )
}

/// The greeting a device opens with (POCT1-A2 device messaging layer, HEL.R01).
pub(crate) fn poct_hello(from: &Instrument<'_>, eui64: &str) -> Vec<u8> {
    format!(
        "<HEL.R01>{}<DEV><DEV.device_id V=\"{eui64}\"/><DEV.vendor_id V=\"{}\"/><DEV.model_id V=\"{}\"/>\
         <DEV.serial_id V=\"{}\"/><DEV.manufacturer_name V=\"{}\"/><DEV.sw_version V=\"{}\"/>\
         <DCP><DCP.application_timeout V=\"60\"/></DCP>\
         <DSC><DSC.connection_profile_cd V=\"CS\"/><DSC.max_message_sz V=\"65535\"/></DSC></DEV></HEL.R01>",
        poct_header("HEL.R01", 1, from.time),
        from.maker,
        from.model,
        from.serial,
        from.maker,
        from.firmware
    )
    .into_bytes()
}

/// One patient's result (OBS.R01).
pub(crate) fn poct_observation(from: &Instrument<'_>, patient: &Patient, value: u64) -> Vec<u8> {
    format!(
        "<OBS.R01>{}<SVC><SVC.role_cd V=\"OBS\"/><SVC.observation_dttm V=\"{}\"/><PT>\
         <PT.patient_id V=\"{}\"/><PT.name V=\"{} {}\"/><OBS><OBS.observation_id V=\"2339-0\" SN=\"LN\"/>\
         <OBS.value V=\"{value}\" U=\"mg/dL\"/><OBS.method_cd V=\"M\"/></OBS></PT></SVC></OBS.R01>",
        poct_header("OBS.R01", 2, from.time),
        from.time,
        patient.number,
        patient.family,
        patient.given
    )
    .into_bytes()
}

/// The other side accepts message `control`.
pub(crate) fn poct_acknowledge(control: u32, time: &str) -> Vec<u8> {
    format!(
        "<ACK.R01>{}<ACK><ACK.type_cd V=\"AA\"/><ACK.ack_control_id V=\"{control}\"/></ACK></ACK.R01>",
        poct_header("ACK.R01", 100 + control, time)
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_numbered_and_add_up() {
        let from = Instrument { maker: "M", model: "X", firmware: "1", serial: "S", time: "20260101000000" };
        let frames = astm_frames(&from, &Patient::new(1, 1), 5, 6);
        assert_eq!(frames.len(), 5);
        for (index, frame) in frames.iter().enumerate() {
            assert_eq!((frame[0], frame[1]), (2, b'1' + index as u8));
            let end = frame.iter().position(|byte| *byte == 3).unwrap();
            let sum = frame[1..=end].iter().map(|byte| u32::from(*byte)).sum::<u32>() & 0xff;
            assert_eq!(frame[end + 1..], *format!("{sum:02X}\r\n").as_bytes());
        }
    }
}
