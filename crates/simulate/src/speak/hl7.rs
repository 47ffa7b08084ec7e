//! HL7 v2 messages in MLLP frames (HL7 v2.6 chapters 2, 3, 4, 7; MLLP release 1).

use crate::patients::Patient;

/// The equipment a result comes from: OBX-18 and PRT-10/16/20.
#[derive(Clone, Debug)]
pub(crate) struct Equipment<'a> {
    pub(crate) serial: &'a str,
    pub(crate) model: &'a str,
    /// EUI-64 in hexadecimal.
    pub(crate) eui64: &'a str,
    /// GS1 device identifier of PRT-10; empty when none is stated.
    pub(crate) udi: &'a str,
}

/// Sender, receiver and message control of the MSH segment.
#[derive(Clone, Debug)]
pub(crate) struct Header<'a> {
    pub(crate) sender: &'a str,
    pub(crate) facility: &'a str,
    pub(crate) receiver: &'a str,
    /// Such as `ORU^R01^ORU_R01`.
    pub(crate) kind: &'a str,
    /// `yyyymmddhhmmss`.
    pub(crate) time: &'a str,
    pub(crate) control: u64,
    pub(crate) version: &'a str,
}

/// One observation: code, name, value, unit.
pub(crate) type Observation<'a> = (&'a str, &'a str, String, &'a str);

fn msh(header: &Header<'_>) -> String {
    format!(
        "MSH|^~\\&|{}|{}|{}|HOSPITAL|{}||{}|{}|P|{}\r",
        header.sender,
        header.facility,
        header.receiver,
        header.time,
        header.kind,
        header.control,
        header.version
    )
}

fn pid(patient: &Patient) -> String {
    format!(
        "PID|1||{}^^^HOSPITAL^MR||{}^{}||{}|{}\r",
        patient.number, patient.family, patient.given, patient.birth, patient.sex
    )
}

/// A result message with device identification in every OBX and in PRT segments.
pub(crate) fn observations(
    header: &Header<'_>,
    patient: &Patient,
    bed: &str,
    equipment: &Equipment<'_>,
    observations: &[Observation<'_>],
) -> Vec<u8> {
    let mut text = msh(header);
    text.push_str(&pid(patient));
    text.push_str(&format!("PV1|1|I|{bed}\r"));
    text.push_str(&format!(
        "OBR|1|{0}|{0}|182777000^monitoring of patient^SCT|||{1}\r",
        header.control, header.time
    ));
    let instance = format!("{}^{}^{}^EUI-64", equipment.serial, equipment.model, equipment.eui64);
    for (index, (code, name, value, unit)) in observations.iter().enumerate() {
        text.push_str(&format!(
            "OBX|{}|NM|{code}^{name}^MDC|1.0.0.{}|{value}|{unit}|||||R|||{}||||{instance}\r",
            index + 1,
            index + 1,
            header.time
        ));
        if index == 0 && !equipment.udi.is_empty() {
            text.push_str(&format!(
                "PRT|1|AD||EQUIP^Equipment^HL70912||||||{}||||||{}^^{}^EUI-64||||{}\r",
                equipment.udi, equipment.model, equipment.eui64, equipment.serial
            ));
        }
    }
    frame(&text)
}

/// An admission or an order for a patient.
pub(crate) fn order(header: &Header<'_>, patient: &Patient, bed: &str, procedure: &str) -> Vec<u8> {
    let mut text = msh(header);
    text.push_str(&pid(patient));
    text.push_str(&format!("PV1|1|I|{bed}\r"));
    if !procedure.is_empty() {
        text.push_str(&format!("ORC|NW|{0}|{0}\rOBR|1|{0}|{0}|{procedure}\r", header.control));
    }
    frame(&text)
}

/// An alarm that begins (IHE Devices technical framework, PCD-04): what alarms, where, how urgently.
pub(crate) fn alarm(header: &Header<'_>, patient: &Patient, bed: &str, equipment: &Equipment<'_>) -> Vec<u8> {
    let mut text = msh(header);
    text.truncate(text.trim_end().len());
    text.push_str("|||AL|NE|||||IHE_PCD_ACM_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.4.1^ISO\r");
    text.push_str(&pid(patient));
    text.push_str(&format!("PV1|1|I|{bed}\r"));
    text.push_str(&format!(
        "OBR|1|{0}|{0}^^{1}^EUI-64|196616^MDC_EVT_ALARM^MDC|||{2}\r",
        header.control, equipment.eui64, header.time
    ));
    let instance = format!("{}^{}^{}^EUI-64", equipment.serial, equipment.model, equipment.eui64);
    let lines = [
        ("ST", "196674^MDC_EVT_LO^MDC", "1.1.1.150456.1", "Low", ""),
        ("ST", "68481^MDC_ATTR_EVENT_PHASE^MDC", "1.1.1.150456.2", "start", ""),
        ("ST", "68482^MDC_ATTR_ALARM_STATE^MDC", "1.1.1.150456.3", "active", "PH"),
    ];
    for (index, (kind, code, place, value, flag)) in lines.iter().enumerate() {
        let number = index + 1;
        text.push_str(&format!(
            "OBX|{number}|{kind}|{code}|{place}|{value}|||{flag}|||F|||{}||||{instance}\r",
            header.time
        ));
    }
    frame(&text)
}

/// The acknowledgment of the message with this control id.
pub(crate) fn ack(header: &Header<'_>) -> Vec<u8> {
    frame(&format!("{}MSA|AA|{}\r", msh(header), header.control))
}

fn frame(text: &str) -> Vec<u8> {
    let mut bytes = vec![0x0b];
    bytes.extend_from_slice(text.as_bytes());
    bytes.extend_from_slice(&[0x1c, 0x0d]);
    bytes
}
