//! `cordon.truth/1`: what the simulated hospital really is, as far as it said so on the wire.

use crate::patients::Patient;
use crate::site::{Device, Site, os_truth, stated};
use cordon_model::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::Ipv4Addr;

#[derive(Serialize)]
struct TruthDevice {
    name: String,
    macs: [String; 1],
    ips: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modality: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manufacturer: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    os: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    firmware: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hostname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<&'static str>,
}

/// Something that was made to happen.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TruthEvent {
    pub(crate) kind: &'static str,
    pub(crate) start: String,
    pub(crate) end: String,
    pub(crate) source: Option<String>,
    pub(crate) target: Option<String>,
}

impl TruthEvent {
    pub(crate) fn new(
        kind: &'static str,
        time: (Timestamp, Timestamp),
        source: &Device,
        target: Option<String>,
    ) -> TruthEvent {
        TruthEvent {
            kind,
            start: time.0.to_string(),
            end: time.1.to_string(),
            source: Some(source.ip.to_string()),
            target,
        }
    }
}

/// Who asks whom, whether by TCP (else UDP), on which port.
pub(crate) type Flow = (Ipv4Addr, Ipv4Addr, bool, u16);

/// What is needed.
pub(crate) type Needs = BTreeMap<Flow, TrueNeed>;

/// What is so of a flow that is needed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TrueNeed {
    /// It happens once in months.
    pub(crate) rare: bool,
    /// It is not in the capture.
    pub(crate) withheld: bool,
}

#[derive(Serialize)]
struct TruthNeed {
    from: Ipv4Addr,
    to: Ipv4Addr,
    transport: &'static str,
    port: u16,
    rare: bool,
    withheld: bool,
}

/// The name of a device in the truth.
pub(crate) fn name(device: &Device) -> String {
    format!("{}-{}", device.role().short(), device.nth + 1)
}

/// Writes the truth device by device; `input` is the capture's file name.
pub(crate) fn write(
    out: &mut impl Write,
    input: &str,
    site: &Site,
    events: &[TruthEvent],
    needs: Option<&Needs>,
    notes: impl Fn(&Device) -> Option<&'static str>,
) -> io::Result<()> {
    write!(out, "{{\n\"schema\": \"cordon.truth/1\",\n\"input\": ")?;
    serde_json::to_writer(&mut *out, input)?;
    write!(out, ",\n\"devices\": [")?;
    for (index, device) in site.devices.iter().enumerate() {
        writeln!(out, "{}", if index == 0 { "" } else { "," })?;
        serde_json::to_writer(&mut *out, &truth_of(site, device, notes(device)))?;
    }
    write!(out, "\n],\n\"events\": ")?;
    serde_json::to_writer(&mut *out, events)?;
    if let Some(needs) = needs {
        write!(out, ",\n\"needs\": [")?;
        for (at, ((from, to, tcp, port), need)) in needs.iter().enumerate() {
            writeln!(out, "{}", if at == 0 { "" } else { "," })?;
            let transport = if *tcp { "tcp" } else { "udp" };
            let (from, to, port, rare, withheld) = (*from, *to, *port, need.rare, need.withheld);
            serde_json::to_writer(&mut *out, &TruthNeed { from, to, transport, port, rare, withheld })?;
        }
        write!(out, "\n]")?;
    }
    let forbidden: Vec<String> =
        (0..site.patients).flat_map(|index| Patient::new(site.seed, index).forbidden()).collect();
    write!(out, ",\n\"forbidden_text\": ")?;
    serde_json::to_writer(&mut *out, &forbidden)?;
    writeln!(out, "\n}}")
}

fn truth_of(site: &Site, device: &Device, notes: Option<&'static str>) -> TruthDevice {
    let profile = device.profile;
    let said = |bit: u16| device.stated & bit != 0;
    let text = |bit: u16, value: &'static str| (said(bit) && !value.is_empty()).then_some(value);
    let mut ips = vec![device.ip.to_string()];
    if device.role() == crate::roles::Role::Router && site.vlans {
        ips.extend((0..5).filter(|zone| *zone != device.zone).map(|zone| site.gateway(zone).to_string()));
    }
    if device.role() == crate::roles::Role::CoreServer && site.vlans {
        ips.extend((1..5).map(|zone| site.leg(zone).to_string()));
    }
    TruthDevice {
        name: name(device),
        macs: [device.mac.to_string()],
        ips,
        category: if said(stated::CATEGORY) { device.role().category() } else { None },
        modality: text(stated::MODALITY, profile.modality),
        manufacturer: text(stated::MAKER, profile.maker),
        model: text(stated::MODEL, profile.model),
        os: os_truth(device),
        firmware: text(stated::FIRMWARE, profile.firmware),
        serial: said(stated::SERIAL).then(|| device.serial()),
        hostname: said(stated::HOSTNAME).then(|| device.hostname()),
        notes,
    }
}
