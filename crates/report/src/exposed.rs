//! `exposure.csv`: what makes each device easy to attack, a row for each thing, with the packet that shows it.

use crate::sheets::{CELL_MAX, heading, write};
use crate::{ReportError, words};
use cordon_wire::assessment::{Assessment, Device, Place};

pub(crate) const COLUMNS: &[&str] = &[
    "device",
    "asset_tag",
    "name",
    "category",
    "department",
    "location",
    "addresses",
    "kind",
    "what",
    "port",
    "sure",
    "why",
    "input",
    "packet",
];

/// The sheet: devices as they rank, of each its services first.
pub(crate) fn sheet(assessment: &Assessment) -> Result<Vec<u8>, ReportError> {
    let rows = assessment.devices.iter().flat_map(|device| things(device).map(|thing| row(device, &thing)));
    write("exposure.csv", std::iter::once(heading(COLUMNS)).chain(rows))
}

/// Something that exposes a device.
struct Thing<'a> {
    kind: &'static str,
    what: String,
    port: Option<&'a str>,
    /// False when only a port number says so.
    sure: bool,
    why: String,
    seen: Option<&'a Place>,
}

fn things(device: &Device) -> impl Iterator<Item = Thing<'_>> {
    let exposure = &device.exposure;
    let plain =
        |kind, what: String, why: String| Thing { kind, what, port: None, sure: true, why, seen: None };
    let services = exposure.risky_services.iter().map(|service| {
        let name = words::factor(&service.name);
        Thing {
            kind: "risky_service",
            what: name.strip_prefix("risky service ").unwrap_or(&name).to_owned(),
            port: service.port.as_deref(),
            sure: service.sure,
            why: service.why.clone(),
            seen: service.seen.as_ref(),
        }
    });
    let in_clear = exposure.patient_data_in_clear.iter().map(|kind| Thing {
        kind: "patient_data_in_clear",
        what: kind.replace('_', " "),
        port: None,
        sure: true,
        why: "it crossed the network readable".to_owned(),
        seen: exposure.patient_data_seen.as_ref(),
    });
    let remote = exposure.remote_support.iter().map(move |channel| {
        let why = "a channel for remote support leads out of the site".to_owned();
        plain("remote_support", channel.clone(), why)
    });
    let accounts = exposure
        .default_accounts
        .iter()
        .map(move |account| plain("default_account", "account everybody knows".to_owned(), account.clone()));
    let contact = exposure.internet_asked + exposure.internet_inbound;
    let internet = (contact > 0).then(|| {
        let what = words::some_of(&device.internet.destinations, 3);
        let needed = match exposure.internet_needed {
            Some(true) => "needed: ",
            Some(false) => "not needed: ",
            None => "whether it is needed nobody said",
        };
        let why = exposure.internet_needed_why.as_deref().unwrap_or_default();
        plain("internet_contact", what, format!("{needed}{why}"))
    });
    let idle = exposure.can_be_disconnected.iter().map(move |why| {
        plain("can_be_disconnected", "connected for no clinical reason".to_owned(), why.clone())
    });
    services.chain(in_clear).chain(remote).chain(accounts).chain(internet).chain(idle)
}

fn row(device: &Device, thing: &Thing<'_>) -> Vec<String> {
    let text = |value: &Option<String>| words::clean(value.as_deref().unwrap_or_default(), CELL_MAX);
    vec![
        words::clean(&device.id, CELL_MAX),
        text(&device.asset_tag),
        words::device_name(device),
        words::clean(&device.category, 60),
        text(&device.department),
        text(&device.location),
        words::clean(&device.ips.join(" "), CELL_MAX),
        thing.kind.to_owned(),
        words::clean(&thing.what, 200),
        words::clean(thing.port.unwrap_or_default(), 20),
        if thing.sure { "yes" } else { "no" }.to_owned(),
        words::clean(&thing.why, CELL_MAX),
        thing.seen.map(|place| words::clean(&place.input, CELL_MAX)).unwrap_or_default(),
        thing.seen.map(|place| place.packet.to_string()).unwrap_or_default(),
    ]
}
