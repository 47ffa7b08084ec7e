//! NetFlow 9 (RFC 3954) and IPFIX (RFC 7011): exporters say first what their records look like.

use super::fields::{Field, Gathered, REVERSE, Sent, VARIABLE};
use super::{Kind, Malformed, Reading, Told, u16_at, u32_at};
use cordon_model::Timestamp;
use std::collections::BTreeMap;

/// Templates remembered, of all exporters.
const TEMPLATES_MAX: usize = 4_096;
/// Fields of one template.
const FIELDS_MAX: usize = 256;
/// A template that is not told again within this time is forgotten: three times the longest usual interval.
const LIFE_MICROS: i64 = 5_400 * 1_000_000;
/// Sets with this number or a higher one hold records.
const DATA_MIN: u16 = 256;

/// Exporter, kind, domain, and the template's own number.
type Name = (usize, Kind, u32, u16);

struct Template {
    fields: Vec<Field>,
    /// Bytes of its shortest record.
    record_bytes_min: usize,
    told: Timestamp,
}

/// What exporters said of their records.
#[derive(Default)]
pub(super) struct Templates {
    known: BTreeMap<Name, Template>,
    shed: u64,
}

impl Templates {
    pub(super) fn take_shed(&mut self) -> u64 {
        std::mem::take(&mut self.shed)
    }

    fn learn(&mut self, name: Name, fields: Vec<Field>, now: Timestamp) {
        if self.known.len() >= TEMPLATES_MAX && !self.known.contains_key(&name) {
            self.known.retain(|_, template| now.micros_since(template.told) < LIFE_MICROS);
            if self.known.len() >= TEMPLATES_MAX {
                self.shed += 1;
                return;
            }
        }
        let least = |field: &Field| if field.length == VARIABLE { 1 } else { usize::from(field.length) };
        let record_bytes_min = fields.iter().map(least).sum();
        self.known.insert(name, Template { fields, record_bytes_min, told: now });
    }

    fn forget(&mut self, name: Name) {
        self.known.remove(&name);
    }
}

/// How the two formats differ.
#[derive(Clone, Copy)]
struct Format {
    kind: Kind,
    domain: u32,
    sent: Sent,
    templates: u16,
    options: u16,
}

pub(super) fn netflow9(reading: &mut Reading<'_, '_>) -> Result<(), Malformed> {
    let datagram = reading.datagram;
    let word = |at| u32_at(datagram, at).ok_or(Malformed);
    let (uptime, seconds, number, domain) = (word(4)?, word(8)?, word(12)?, word(16)?);
    // Counts datagrams.
    reading.sequence(Kind::NetFlow9, domain, number, Some(1));
    let sent = Sent { uptime: Some(uptime), seconds };
    let format = Format { kind: Kind::NetFlow9, domain, sent, templates: 0, options: 1 };
    sets(reading, format, datagram.get(20..).ok_or(Malformed)?).map(|_| ())
}

pub(super) fn ipfix(reading: &mut Reading<'_, '_>) -> Result<(), Malformed> {
    let datagram = reading.datagram;
    let word = |at| u32_at(datagram, at).ok_or(Malformed);
    let length = usize::from(u16_at(datagram, 2).ok_or(Malformed)?);
    let (seconds, number, domain) = (word(4)?, word(8)?, word(12)?);
    let sent = Sent { uptime: None, seconds };
    let format = Format { kind: Kind::Ipfix, domain, sent, templates: 2, options: 3 };
    let body = datagram.get(16..length).ok_or(Malformed)?;
    let records = sets(reading, format, body);
    // Counts records, so that the next number is known only if all were read.
    reading.sequence(Kind::Ipfix, domain, number, records.ok().flatten());
    records.map(|_| ())
}

/// Reads all sets; answers how many records there were, if that is known.
fn sets(reading: &mut Reading<'_, '_>, format: Format, mut rest: &[u8]) -> Result<Option<u32>, Malformed> {
    let mut records = Some(0u32);
    // Some exporters pad the datagram with less than a heading.
    while rest.len() >= 4 {
        let id = u16_at(rest, 0).ok_or(Malformed)?;
        let length = usize::from(u16_at(rest, 2).ok_or(Malformed)?);
        let set = rest.get(4..length).ok_or(Malformed)?;
        rest = rest.get(length..).unwrap_or_default();
        if id == format.templates {
            templates(reading, format, set)?;
        } else if id == format.options {
            options(reading, format, set)?;
        } else if id >= DATA_MIN {
            let read = data(reading, format, id, set)?;
            records = records.zip(read).map(|(all, more)| all.saturating_add(more));
        }
    }
    Ok(records)
}

fn templates(reading: &mut Reading<'_, '_>, format: Format, mut set: &[u8]) -> Result<(), Malformed> {
    while set.len() >= 4 {
        let (id, count) = heading(set)?;
        set = set.get(4..).unwrap_or_default();
        let name = (reading.exporter, format.kind, format.domain, id);
        if id < DATA_MIN {
            // Padding, or the withdrawal of all templates.
            return Ok(());
        }
        if count == 0 {
            reading.templates.forget(name);
            continue;
        }
        let fields = fields(reading, format, &mut set, usize::from(count))?;
        learn(reading, name, fields);
    }
    Ok(())
}

/// Options templates: records that tell how the exporter works, of which sampling is read.
fn options(reading: &mut Reading<'_, '_>, format: Format, mut set: &[u8]) -> Result<(), Malformed> {
    while set.len() >= 6 {
        let (id, second) = heading(set)?;
        let third = u16_at(set, 4).ok_or(Malformed)?;
        if id < DATA_MIN {
            return Ok(());
        }
        let name = (reading.exporter, format.kind, format.domain, id);
        if format.kind == Kind::Ipfix && second == 0 {
            set = set.get(4..).unwrap_or_default();
            reading.templates.forget(name);
            continue;
        }
        set = set.get(6..).unwrap_or_default();
        let (count, scopes) = match format.kind {
            // Fields in all, of which the first so many are the scope.
            Kind::Ipfix => (second, third),
            // Bytes of scope fields and of the others, 4 for each field.
            _ => ((second / 4).saturating_add(third / 4), second / 4),
        };
        let mut fields = fields(reading, format, &mut set, usize::from(count))?;
        for scope in fields.iter_mut().take(usize::from(scopes)) {
            // What the record is about; the numbers of NetFlow 9's scopes are others.
            scope.element = 0;
        }
        learn(reading, name, fields);
    }
    Ok(())
}

fn learn(reading: &mut Reading<'_, '_>, name: Name, fields: Vec<Field>) {
    let now = reading.now;
    if fields.is_empty() {
        // Too many fields: its records cannot be read.
        reading.counts.add("limit.templates", 1);
        return reading.templates.forget(name);
    }
    reading.templates.learn(name, fields, now);
}

fn heading(set: &[u8]) -> Result<(u16, u16), Malformed> {
    Ok((u16_at(set, 0).ok_or(Malformed)?, u16_at(set, 2).ok_or(Malformed)?))
}

/// Reads so many fields; answers none when they are more than is remembered.
fn fields(
    reading: &Reading<'_, '_>,
    format: Format,
    set: &mut &[u8],
    count: usize,
) -> Result<Vec<Field>, Malformed> {
    let mut fields = Vec::with_capacity(count.min(FIELDS_MAX).min(reading.datagram.len() / 4));
    for _ in 0..count {
        let (number, length) = heading(set)?;
        *set = set.get(4..).unwrap_or_default();
        let mut field = Field { element: number, reverse: false, length };
        if format.kind == Kind::Ipfix && number & 0x8000 != 0 {
            let enterprise = u32_at(set, 0).ok_or(Malformed)?;
            *set = set.get(4..).unwrap_or_default();
            field.reverse = enterprise == REVERSE;
            // Elements of makers are passed over.
            field.element = if field.reverse { number & 0x7fff } else { 0 };
        }
        if fields.len() < FIELDS_MAX {
            fields.push(field);
        }
    }
    Ok(if count > FIELDS_MAX { Vec::new() } else { fields })
}

/// Reads the records of a set; answers how many there were, `None` without their template.
fn data(
    reading: &mut Reading<'_, '_>,
    format: Format,
    id: u16,
    mut set: &[u8],
) -> Result<Option<u32>, Malformed> {
    let name = (reading.exporter, format.kind, format.domain, id);
    // Taken out while its records are told, which may change what else is known of the exporter.
    let Some(template) = reading.templates.known.remove(&name) else {
        reading.counts.add("flows.sets_without_template", 1);
        return Ok(None);
    };
    if reading.now.micros_since(template.told) >= LIFE_MICROS {
        reading.counts.add("flows.templates_expired", 1);
        reading.counts.add("flows.sets_without_template", 1);
        return Ok(None);
    }
    let read = records(reading, format, &template, &mut set);
    reading.templates.known.insert(name, template);
    read.map(Some)
}

fn records(
    reading: &mut Reading<'_, '_>,
    format: Format,
    template: &Template,
    set: &mut &[u8],
) -> Result<u32, Malformed> {
    let mut count = 0;
    // What is shorter than a record is padding. A template of empty fields has no end.
    while template.record_bytes_min > 0 && set.len() >= template.record_bytes_min {
        let mut gathered = Gathered::default();
        for field in &template.fields {
            gathered.take(*field, value(set, field.length).ok_or(Malformed)?);
        }
        count += 1;
        match (gathered.record(reading, format.sent), gathered.sampling()) {
            (Some(record), sampling) => {
                if let Some(rate) = sampling {
                    reading.set_sampling(rate);
                }
                reading.tell(Told::Record(record));
            }
            (None, Some(rate)) => reading.set_sampling(rate),
            (None, None) => reading.counts.add("flows.other_records", 1),
        }
    }
    Ok(count)
}

/// The next field's bytes. A variable length stands before them: one byte, or 255 and two.
fn value<'a>(set: &mut &'a [u8], length: u16) -> Option<&'a [u8]> {
    let mut length = usize::from(length);
    if length == usize::from(VARIABLE) {
        let (short, rest) = set.split_first()?;
        (length, *set) = (usize::from(*short), rest);
        if *short == 0xff {
            length = usize::from(u16_at(set, 0)?);
            *set = set.get(2..)?;
        }
    }
    let (value, rest) = set.split_at_checked(length)?;
    *set = rest;
    Some(value)
}
