//! Registers of devices as JSON: NetBox (its REST interface's list of devices), FHIR Device resources (R4, R5;
//! bundles, one a line, or one alone), and stations of a UniFi controller. An element is read at a time.
//!
//! What a register says of a device is a person's word, as in an asset list. Of a FHIR device nothing is read
//! that leads to a patient.

use crate::asset_list::{AssetList, Heading, Reading};
use crate::observed::station;
use crate::tell::{At, Teller};
use cordon_model::observe::{Damage, Fact};
use cordon_model::{Endpoint, Mac, Timestamp, Vlan};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;
use std::io::BufRead;

/// Calls `take` for each element: of an array, or of an array that stands under one of these keys of an
/// object, or for an object without such a key as a whole. Several documents may follow one another.
fn elements(
    reader: &mut dyn BufRead,
    keys: &'static [&'static str],
    take: &mut dyn FnMut(Value),
) -> Result<(), Damage> {
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    loop {
        // Nothing but blanks is the end; the reader says so as an error at its end.
        match (Documents { keys, take }).deserialize(&mut deserializer) {
            Ok(()) => {}
            Err(error) if error.is_eof() && error.to_string().starts_with("EOF while parsing a value") => {
                return Ok(());
            }
            Err(error) => {
                let reason = format!("no whole JSON: {error}");
                return Err(Damage { offset: 0, reason });
            }
        }
    }
}

/// The same for exactly one document: one that is cut off, wherever, is damage.
pub(crate) fn document(
    reader: &mut dyn BufRead,
    keys: &'static [&'static str],
    take: &mut dyn FnMut(Value),
) -> Result<(), Damage> {
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    let whole = (Documents { keys, take }).deserialize(&mut deserializer);
    let reason = |error| Damage { offset: 0, reason: format!("no whole JSON: {error}") };
    whole.and_then(|()| deserializer.end()).map_err(reason)
}

struct Documents<'t> {
    keys: &'static [&'static str],
    take: &'t mut dyn FnMut(Value),
}

impl<'de> DeserializeSeed<'de> for Documents<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Documents<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        while let Some(value) = values.next_element::<Value>()? {
            (self.take)(value);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut rest = serde_json::Map::new();
        let mut was_list = false;
        while let Some(key) = map.next_key::<String>()? {
            if self.keys.contains(&key.as_str()) {
                was_list = true;
                map.next_value_seed(Documents { keys: &[], take: &mut *self.take })?;
            } else if was_list {
                map.next_value::<IgnoredAny>()?;
            } else {
                rest.insert(key, map.next_value()?);
            }
        }
        if !was_list {
            (self.take)(Value::Object(rest));
        }
        Ok(())
    }
}

/// The text at a path of keys; numbers as text.
fn text<'v>(value: &'v Value, path: &[&str]) -> Option<std::borrow::Cow<'v, str>> {
    let mut at = value;
    for key in path {
        at = match at {
            Value::Array(all) => all.first()?.get(key)?,
            other => other.get(key)?,
        };
    }
    match at {
        Value::String(text) if !text.trim().is_empty() => Some(text.as_str().into()),
        Value::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}

fn first_text(value: &Value, paths: &[&[&str]]) -> String {
    paths.iter().find_map(|path| text(value, path)).map(std::borrow::Cow::into_owned).unwrap_or_default()
}

/// The columns that a register's records are brought into.
const COLUMNS: &[&str] = &[
    "asset_tag",
    "hostnames",
    "manufacturer",
    "model",
    "serial",
    "udi",
    "manufactured",
    "category",
    "os",
    "firmware",
    "ips",
    "macs",
    "owner",
    "location",
];

fn list(path: &str, kind: &str) -> (Reading, Option<Heading>) {
    let heading =
        Heading::of_rows(std::iter::once(COLUMNS.iter().map(|name| (*name).to_owned()).collect()), &[]);
    (Reading::of_records(path, kind), heading)
}

/// True for an object of NetBox's list of devices.
pub(crate) fn is_netbox(head: &[u8]) -> bool {
    let has = |text: &[u8]| memchr::memmem::find(head, text).is_some();
    has(b"\"device_type\"")
        && has(b"\"asset_tag\"")
        && (has(b"\"primary_ip\"") || has(b"\"primary_ip4\"") || has(b"\"results\""))
}

/// Reads NetBox's list of devices.
pub(crate) fn netbox(path: &str, reader: &mut dyn BufRead) -> AssetList {
    let (mut reading, heading) = list(path, "NetBox devices");
    let mut number = 0;
    let result = elements(reader, &["results"], &mut |device| {
        number += 1;
        reading.journal.report.packets += 1;
        let Some(heading) = &heading else { return };
        if !device.is_object() {
            reading.journal.reject(number, false, "it is no device".to_owned(), Vec::new());
            return;
        }
        let ips = [
            first_text(&device, &[&["primary_ip4", "address"], &["primary_ip", "address"]]),
            first_text(&device, &[&["primary_ip6", "address"]]),
        ];
        let place: Vec<String> = ["site", "location", "rack"]
            .iter()
            .map(|key| first_text(&device, &[&[key, "name"], &[key, "display"]]))
            .filter(|text| !text.is_empty())
            .collect();
        let category = first_text(&device, &[&["role", "name"], &["device_role", "name"]]);
        // A role that is none of the categories is no mistake of the register's.
        let category =
            if crate::values::of_fact(Fact::AssetCategory, &category).1 { category } else { String::new() };
        let cells = vec![
            first_text(&device, &[&["asset_tag"]]),
            first_text(&device, &[&["name"]]).replace(' ', "-"),
            first_text(
                &device,
                &[&["device_type", "manufacturer", "name"], &["device_type", "manufacturer", "display"]],
            ),
            first_text(&device, &[&["device_type", "model"], &["device_type", "display"]]),
            first_text(&device, &[&["serial"]]),
            String::new(),
            String::new(),
            category,
            first_text(&device, &[&["platform", "name"], &["platform", "display"]]),
            String::new(),
            ips.join(" ").trim().to_owned(),
            String::new(),
            first_text(&device, &[&["tenant", "name"], &["tenant", "display"]]),
            place.join(" / "),
        ];
        reading.row(heading, number, cells);
    });
    finish(reading, result)
}

fn finish(mut reading: Reading, result: Result<(), Damage>) -> AssetList {
    if let Err(damage) = result {
        reading.journal.damage(damage);
    }
    reading.finish()
}

/// True for FHIR resources with devices among them.
pub(crate) fn is_fhir(head: &[u8]) -> bool {
    let squeezed: Vec<u8> = head.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let has = |text: &[u8]| memchr::memmem::find(&squeezed, text).is_some();
    has(b"\"resourceType\":\"Device\"") || has(b"\"resourceType\":\"Bundle\"")
}

/// Reads FHIR Device resources.
pub(crate) fn fhir(path: &str, reader: &mut dyn BufRead) -> AssetList {
    let (mut reading, heading) = list(path, "FHIR devices");
    let mut number = 0;
    let result = elements(reader, &["entry"], &mut |entry| {
        number += 1;
        let resource = entry.get("resource").unwrap_or(&entry);
        let kind = resource.get("resourceType").and_then(Value::as_str);
        if kind != Some("Device") {
            reading.journal.skip("resources that are no devices", 1);
            return;
        }
        reading.journal.report.packets += 1;
        if resource.get("patient").is_some() || resource.get("subject").is_some() {
            reading.journal.skip("references to patients, which were not read", 1);
        }
        if let Some(heading) = &heading {
            reading.row(heading, number, device_cells(resource));
        }
    });
    let mut list = finish(reading, result);
    // A broken resource may name a patient.
    list.rejected.iter_mut().for_each(|row| row.cells.clear());
    list
}

/// The cells of a Device resource, of R4 and R5.
fn device_cells(device: &Value) -> Vec<String> {
    let get = |paths: &[&[&str]]| first_text(device, paths);
    let serial = match get(&[&["serialNumber"]]) {
        serial if serial.is_empty() => identifier(device, "SNO"),
        serial => serial,
    };
    let category = get(&[&["type", "text"], &["type", "coding", "display"]]);
    let category =
        if crate::values::of_fact(Fact::AssetCategory, &category).1 { category } else { String::new() };
    let model = get(&[
        &["modelNumber"],
        &["deviceName", "name"],
        &["name", "value"],
        &["type", "text"],
        &["type", "coding", "display"],
    ]);
    vec![
        String::new(),
        String::new(),
        get(&[&["manufacturer"]]),
        model,
        serial,
        get(&[&["udiCarrier", "carrierHRF"], &["udiCarrier", "deviceIdentifier"]]),
        get(&[&["manufactureDate"]]).chars().take(10).collect(),
        category,
        String::new(),
        get(&[&["version", "value"]]),
        String::new(),
        String::new(),
        get(&[&["owner", "display"]]),
        get(&[&["location", "display"]]),
    ]
}

/// The value of the identifier of this type (HL7 v2 table 0203; `SNO` is a serial number).
fn identifier(device: &Value, code: &str) -> String {
    let identifiers = device.get("identifier").and_then(Value::as_array).into_iter().flatten();
    let mut of_type = identifiers
        .filter(|identifier| text(identifier, &["type", "coding", "code"]).as_deref() == Some(code));
    of_type
        .next()
        .and_then(|identifier| text(identifier, &["value"]))
        .map(std::borrow::Cow::into_owned)
        .unwrap_or_default()
}

/// True for the list of stations of a UniFi controller.
pub(crate) fn is_unifi(head: &[u8]) -> bool {
    let has = |text: &[u8]| memchr::memmem::find(head, text).is_some();
    has(b"\"mac\"") && (has(b"\"essid\"") || has(b"\"ap_mac\"") || (has(b"\"is_wired\"") && has(b"\"oui\"")))
}

/// Reads the list of stations of a UniFi controller.
pub(crate) fn unifi(reader: &mut dyn BufRead, teller: &mut Teller<'_>) -> Result<(), Damage> {
    let mut row = 0;
    elements(reader, &["data", "clients"], &mut |client| {
        row += 1;
        teller.journal.report.packets += 1;
        let mac = text(&client, &["mac"]).and_then(|text| text.parse::<Mac>().ok());
        let Some(mac) = mac.filter(|mac| !mac.is_zero() && !mac.is_group()) else {
            teller.journal.reject(row, false, "no MAC address of a device".to_owned(), Vec::new());
            return;
        };
        let seconds = client.get("last_seen").and_then(Value::as_i64);
        let time = seconds.map_or_else(Timestamp::default, Timestamp::from_seconds);
        let at = At { row, time };
        if seconds.is_some() {
            teller.journal.at(time);
        }
        let vlan = client
            .get("vlan")
            .and_then(Value::as_u64)
            .and_then(|id| u16::try_from(id).ok())
            .and_then(Vlan::new);
        let whom = Endpoint { vlan, ..station(mac) };
        let switch = match text(&client, &["sw_port"]) {
            Some(port) => format!("{} {port}", first_text(&client, &[&["last_uplink_name"], &["sw_mac"]])),
            None => String::new(),
        };
        let told = [
            (Fact::ArpAddress, first_text(&client, &[&["ip"], &["last_ip"]])),
            (Fact::DhcpHostname, first_text(&client, &[&["hostname"]])),
            (Fact::NacManufacturer, first_text(&client, &[&["oui"]])),
            (Fact::WlanNetwork, first_text(&client, &[&["essid"]])),
            (Fact::WlanAccessPoint, first_text(&client, &[&["ap_name"], &["ap_mac"]])),
            (Fact::SwitchPort, switch),
        ];
        for (fact, value) in &told {
            let is_address = *fact != Fact::ArpAddress || crate::scan::ip(value.as_bytes()).is_some();
            if is_address {
                teller.fact(at, whom, *fact, value);
            }
        }
    })
}

#[cfg(test)]
mod tests;
