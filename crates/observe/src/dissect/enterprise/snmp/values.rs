//! What an agent's variables say of it: objects of the standard's modules and of makers.

use super::super::super::{Facts, Side};
use super::super::ber::{self, Element, OBJECT, OCTETS};
use super::bindings;
use crate::text::Line;
use cordon_model::observe::Fact;
use std::fmt::Write as _;

/// 1.3.6.1.2.1: the standard's own objects.
const MIB_2: &[u8] = &[0x2b, 6, 1, 2, 1];
/// 1.3.6.1.4.1: those of makers.
const ENTERPRISES: &[u8] = &[0x2b, 6, 1, 4, 1];
/// Objects of one value, below mib-2: system (RFC 3418), UPS-MIB (RFC 1628).
const STANDARD_OBJECTS: &[(&[u8], Fact)] = &[
    (&[1, 1, 0], Fact::SnmpDescription),
    (&[1, 2, 0], Fact::SnmpObjectId),
    (&[1, 5, 0], Fact::SnmpName),
    (&[1, 6, 0], Fact::SnmpLocation),
    (&[33, 1, 1, 1, 0], Fact::SnmpManufacturer),
    (&[33, 1, 1, 2, 0], Fact::SnmpModel),
    (&[33, 1, 1, 3, 0], Fact::SnmpSoftware),
    (&[33, 1, 1, 4, 0], Fact::SnmpAgentSoftware),
];

/// Objects of one value of makers whose devices fill none of the standard's.
const MAKERS_OBJECTS: &[(&[u8], Fact)] = &[
    // APC PowerNet-MIB: upsBasicIdentModel, upsAdvIdentFirmwareRevision, upsAdvIdentSerialNumber.
    (&[0x82, 0x3e, 1, 1, 1, 1, 1, 1, 0], Fact::SnmpModel),
    (&[0x82, 0x3e, 1, 1, 1, 1, 2, 1, 0], Fact::SnmpFirmware),
    (&[0x82, 0x3e, 1, 1, 1, 1, 2, 3, 0], Fact::SnmpSerial),
    // OLD-CISCO-CHASSIS-MIB: chassisId.
    (&[9, 3, 6, 3, 0], Fact::SnmpSerial),
    // HP LaserJet: model name and serial number of the general device.
    (&[11, 2, 3, 9, 4, 2, 1, 1, 3, 2, 0], Fact::SnmpModel),
    (&[11, 2, 3, 9, 4, 2, 1, 1, 3, 3, 0], Fact::SnmpSerial),
];

/// Tells what the variables of a PDU say of the agent.
pub(super) fn variables(pdu: Element<'_>, agent: Side, facts: &mut dyn Facts) {
    for (name, value) in bindings(pdu) {
        if let Some(name) = name.strip_prefix(MIB_2) {
            match (name.first(), value.tag) {
                // entPhysicalTable, hrDeviceTable, prtGeneralTable, ifTable.
                (Some(47), OCTETS) => entity(name, value, pdu, agent, facts),
                (Some(25 | 43 | 2), OCTETS) => row(name, value, agent, facts),
                _ => standard(name, value, agent, facts),
            }
        } else if let Some(name) = name.strip_prefix(ENTERPRISES)
            && let Some((_, fact)) = MAKERS_OBJECTS.iter().find(|(object, _)| *object == name)
            && value.tag == OCTETS
        {
            facts.fact(agent, *fact, value.value);
        }
    }
}

fn standard(name: &[u8], value: Element<'_>, agent: Side, facts: &mut dyn Facts) {
    const CONTACT: &[u8] = &[1, 4, 0];
    if name == CONTACT && value.tag == OCTETS && !value.value.trim_ascii().is_empty() {
        return facts.fact(agent, Fact::SnmpContact, b"present");
    }
    let Some((_, fact)) = STANDARD_OBJECTS.iter().find(|(object, _)| *object == name) else { return };
    match value.tag {
        OCTETS => facts.fact(agent, *fact, value.value),
        OBJECT => facts.fact(agent, *fact, ber::object_line(value.value).text().as_bytes()),
        _ => {}
    }
}

/// A column of entPhysicalTable (RFC 6933), where the row is the whole device rather than a part of it.
fn entity(name: &[u8], value: Element<'_>, pdu: Element<'_>, agent: Side, facts: &mut dyn Facts) {
    const COLUMNS: &[u8] = &[47, 1, 1, 1, 1];
    let Some((&column, index)) = name.strip_prefix(COLUMNS).and_then(|rest| rest.split_first()) else {
        return;
    };
    let fact = match column {
        8 => Fact::SnmpHardware,
        9 => Fact::SnmpFirmware,
        10 => Fact::SnmpSoftware,
        11 => Fact::SnmpSerial,
        12 => Fact::SnmpManufacturer,
        13 => Fact::SnmpModel,
        _ => return,
    };
    if is_chassis(index, pdu) {
        facts.fact(agent, fact, value.value);
    }
}

/// True for the first row, which is the outermost part in practice, for the first of a stack as Cisco counts,
/// and for one that the same message says is a chassis or a stack.
fn is_chassis(index: &[u8], pdu: Element<'_>) -> bool {
    const CLASS: &[u8] = &[47, 1, 1, 1, 1, 5];
    if matches!(ber::first_arc(index), Some((1 | 1001, []))) {
        return true;
    }
    let is_its_class =
        |name: &[u8]| name.strip_prefix(MIB_2).and_then(|name| name.strip_prefix(CLASS)) == Some(index);
    bindings(pdu).any(|(name, value)| is_its_class(name) && matches!(value.number(), Some(3 | 11)))
}

/// A row of a table that says what the device is: hrDeviceDescr (RFC 2790), prtGeneralPrinterName and
/// prtGeneralSerialNumber (RFC 3805); ifPhysAddress (RFC 2863).
fn row(name: &[u8], value: Element<'_>, agent: Side, facts: &mut dyn Facts) {
    match *name {
        [25, 3, 2, 1, 3, 1] => facts.fact(agent, Fact::SnmpDevice, value.value),
        [43, 5, 1, 1, 16, 1] => facts.fact(agent, Fact::SnmpPrinterName, value.value),
        [43, 5, 1, 1, 17, 1] => facts.fact(agent, Fact::SnmpSerial, value.value),
        [2, 2, 1, 6, ..] => {
            let Ok(address) = <[u8; 6]>::try_from(value.value) else { return };
            let mac = cordon_model::Mac(address);
            if !mac.is_zero() && !mac.is_group() {
                let mut line = Line::default();
                let _ = write!(line, "{mac}");
                facts.fact(agent, Fact::SnmpInterface, line.text().as_bytes());
            }
        }
        _ => {}
    }
}
