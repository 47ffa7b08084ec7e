//! NetFlow version 5: a heading of 24 bytes and up to 30 records of 48 (Cisco, "NetFlow Export Datagram Format").

use super::{Kind, Malformed, Reading, Record, Told, transport, u16_at, u32_at, v4_at};

const HEADING_BYTES: usize = 24;
const RECORD_BYTES: usize = 48;
/// The lower bits of the sampling field are the interval, the upper two how packets are picked.
const INTERVAL: u16 = 0x3fff;

pub(super) fn read(reading: &mut Reading<'_, '_>) -> Result<(), Malformed> {
    let datagram = reading.datagram;
    let count = u16_at(datagram, 2).ok_or(Malformed)?;
    let uptime = u32_at(datagram, 4).ok_or(Malformed)?;
    let number = u32_at(datagram, 16).ok_or(Malformed)?;
    let engine = u16_at(datagram, 20).ok_or(Malformed)?;
    let sampling = u16_at(datagram, 22).ok_or(Malformed)? & INTERVAL;
    reading.set_sampling(u32::from(sampling));
    reading.sequence(Kind::NetFlow5, u32::from(engine), number, Some(u32::from(count)));
    let mut records = datagram.get(HEADING_BYTES..).ok_or(Malformed)?;
    for _ in 0..count {
        let (record, rest) = records.split_at_checked(RECORD_BYTES).ok_or(Malformed)?;
        let record = one(reading, record, uptime).ok_or(Malformed)?;
        reading.tell(Told::Record(record));
        records = rest;
    }
    Ok(())
}

fn one(reading: &Reading<'_, '_>, bytes: &[u8], uptime: u32) -> Option<Record> {
    // Times are milliseconds since the exporter started, and wrap.
    let when =
        |at| Some(reading.ago(i64::from(uptime.wrapping_sub(u32_at(bytes, at)?).cast_signed()) * 1_000));
    let (first, last) = (when(24)?, when(28)?);
    Some(Record {
        source: (v4_at(bytes, 0)?, u16_at(bytes, 32)?),
        destination: (v4_at(bytes, 4)?, u16_at(bytes, 34)?),
        is_asked_by_source: None,
        transport: transport(*bytes.get(38)?),
        packets: u64::from(u32_at(bytes, 16)?),
        bytes: u64::from(u32_at(bytes, 20)?),
        back_packets: 0,
        back_bytes: 0,
        first: first.min(last),
        last,
        tcp_flags: *bytes.get(37)?,
        vlan: 0,
        source_mac: None,
        destination_mac: None,
    })
}
