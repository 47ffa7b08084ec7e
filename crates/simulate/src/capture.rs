//! Classic pcap files with microseconds (draft-ietf-opsawg-pcap), written as a stream.

use crate::frames::Frame;
use cordon_model::Timestamp;
use std::io::{self, Write};

/// Link type of Ethernet in capture files.
pub const LINKTYPE_ETHERNET: u32 = 1;

const SNAPLEN: u32 = 262_144;

/// Writes frames to a pcap file, little endian, one after another, holding none.
#[derive(Debug)]
pub struct PcapWriter<W: Write> {
    out: W,
    /// Frames written.
    packets: u64,
    /// Bytes written, headers included.
    bytes: u64,
}

impl<W: Write> PcapWriter<W> {
    /// Starts a file of the given link type by writing its header.
    pub fn new(mut out: W, link_type: u32) -> io::Result<PcapWriter<W>> {
        let mut header = Vec::with_capacity(24);
        header.extend_from_slice(&0xa1b2_c3d4_u32.to_le_bytes());
        header.extend_from_slice(&2u16.to_le_bytes());
        header.extend_from_slice(&4u16.to_le_bytes());
        header.extend_from_slice(&[0; 8]);
        header.extend_from_slice(&SNAPLEN.to_le_bytes());
        header.extend_from_slice(&link_type.to_le_bytes());
        out.write_all(&header)?;
        Ok(PcapWriter { out, packets: 0, bytes: 24 })
    }

    /// Appends one frame. Times before 1970 or after 2106 do not fit the format and are written modulo 2^32 s.
    pub fn write(&mut self, time: Timestamp, frame: &[u8]) -> io::Result<()> {
        let seconds = time.micros().div_euclid(1_000_000) as u32;
        let micros = time.micros().rem_euclid(1_000_000) as u32;
        let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        let mut header = [0u8; 16];
        let fields = [seconds, micros, length, length];
        for (place, field) in header.chunks_exact_mut(4).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        self.out.write_all(&header)?;
        self.out.write_all(frame)?;
        self.packets += 1;
        self.bytes += 16 + u64::from(length);
        Ok(())
    }

    /// Appends frames in the order given.
    pub fn write_all(&mut self, frames: &[Frame]) -> io::Result<()> {
        frames.iter().try_for_each(|frame| self.write(frame.time, &frame.bytes))
    }

    /// Frames written so far.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Bytes written so far, headers included.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Flushes and gives the writer back.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_records_are_as_the_format_says() {
        let mut writer = PcapWriter::new(Vec::new(), LINKTYPE_ETHERNET).unwrap();
        writer.write(Timestamp::from_micros(1_000_002), &[1, 2, 3]).unwrap();
        assert_eq!((writer.packets(), writer.bytes()), (1, 43));
        let bytes = writer.finish().unwrap();
        assert_eq!(&bytes[..4], &[0xd4, 0xc3, 0xb2, 0xa1]);
        assert_eq!(&bytes[24..], &[1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3]);
    }
}
