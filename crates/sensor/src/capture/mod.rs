//! Capture files as a stream of lent frames: pcap and pcapng, recognised by content.
//!
//! Memory does not grow with the length of a file: one buffer of `BUFFER_BYTES` is used again and
//! again, and a frame is lent from it. A damaged place ends the reading of its file and is reported; all
//! before it stays read. What the frames mean is not known here.

mod pcap;
mod pcapng;
pub(crate) mod window;

pub(crate) use pcap::{is_modified as is_modified_pcap, is_pcap};
pub(crate) use pcapng::is_pcapng;

use crate::input::{Format, Input};
use cordon_model::Timestamp;
use cordon_model::observe::Damage;
use std::collections::BTreeMap;
use window::Window;

/// The longest frame that is read, in bytes: the limit of the common capture tools for networks. A record
/// that claims more is damage.
pub const FRAME_BYTES_MAX: usize = 256 * 1024;

/// Kinds of things passed over that are counted apart in one file; further kinds are counted together.
const SKIPPED_KINDS_MAX: usize = 64;

/// One captured frame, lent until the next is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// 1-based number in its file.
    pub number: u64,
    /// When it was captured; `None` when the file does not say (pcapng simple packets).
    pub at: Option<Timestamp>,
    /// Number of the link type in the registry of the pcap formats (`LINKTYPE_…`).
    pub link: u32,
    /// Length on the wire; never less than `bytes`.
    pub wire_len: u32,
    /// What was captured of it.
    pub bytes: &'a [u8],
}

/// Where a frame lies in the window, and what its record says.
#[derive(Clone, Copy)]
struct Located {
    at: Option<Timestamp>,
    link: u32,
    wire_len: u32,
    /// Offset of the frame within its record.
    start: usize,
    /// Captured length.
    len: usize,
    /// Length of the whole record, padding and options included.
    record: usize,
}

/// What was passed over in one file, with counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped(BTreeMap<String, u64>);

impl Skipped {
    /// Counts one more of a kind; `name` is only called when it is needed.
    pub fn count(&mut self, name: impl FnOnce() -> String) {
        let mut name = name();
        if self.0.len() >= SKIPPED_KINDS_MAX && !self.0.contains_key(&name) {
            name = "other".to_owned();
        }
        *self.0.entry(name).or_insert(0) += 1;
    }

    /// The counts by name.
    pub fn into_counts(self) -> BTreeMap<String, u64> {
        self.0
    }
}

enum Records {
    Pcap(pcap::Records),
    Pcapng(pcapng::Records),
}

/// A capture file being read.
pub struct Capture {
    window: Window,
    records: Records,
    /// Length of the record lent last; it is passed over when the next is asked for.
    lent: usize,
    packets: u64,
    skipped: Skipped,
    ended: bool,
}

impl Capture {
    /// Starts reading an input that was recognised as a capture. An input of another format, or a heading
    /// that cannot be read, gives its damage at the first frame.
    pub fn new(input: Input) -> Capture {
        let records = match input.format() {
            Format::Pcapng => Records::Pcapng(pcapng::Records::new()),
            _ => Records::Pcap(pcap::Records::new()),
        };
        let window = input.into_window();
        Capture { window, records, lent: 0, packets: 0, skipped: Skipped::default(), ended: false }
    }

    /// The next frame, `None` at the end. Damage is given once; after it comes `None`.
    // Not an iterator: the frame is lent from the buffer that the next one overwrites.
    #[expect(clippy::should_implement_trait, reason = "frames are lent; Iterator cannot lend")]
    pub fn next(&mut self) -> Result<Option<Frame<'_>>, Damage> {
        Ok(self.next_placed()?.map(|(_, frame)| frame))
    }

    /// The next frame, and where it lies in the buffer.
    pub(crate) fn next_placed(&mut self) -> Result<Option<(usize, Frame<'_>)>, Damage> {
        let Some(located) = self.step()? else { return Ok(None) };
        let end = located.start.saturating_add(located.len);
        let bytes = self.window.bytes().get(located.start..end).unwrap_or_default();
        let frame = Frame {
            number: self.packets,
            at: located.at,
            link: located.link,
            wire_len: located.wire_len.max(bytes.len() as u32),
            bytes,
        };
        Ok(Some((self.window.position() + located.start, frame)))
    }

    /// Passes over frames that were read before, so that so many were lent.
    pub(crate) fn pass_over(&mut self, frames: u64) -> Result<(), Damage> {
        while self.packets < frames && self.step()?.is_some() {}
        Ok(())
    }

    /// Finds the next frame.
    fn step(&mut self) -> Result<Option<Located>, Damage> {
        if self.ended {
            return Ok(None);
        }
        self.window.consume(std::mem::take(&mut self.lent));
        self.window.set_floor();
        let located = match &mut self.records {
            Records::Pcap(records) => records.locate(&mut self.window, &mut self.skipped),
            Records::Pcapng(records) => records.locate(&mut self.window, &mut self.skipped),
        };
        match located {
            Ok(Some(located)) => {
                self.packets += 1;
                self.lent = located.record;
                Ok(Some(located))
            }
            Ok(None) => {
                self.ended = true;
                Ok(None)
            }
            Err(damage) => {
                self.ended = true;
                Err(damage)
            }
        }
    }

    /// Goes on in another buffer; what was read ahead is taken along. With `keeps` all frames lent from it stay in it,
    /// as long as [`Capture::has_room`].
    pub(crate) fn go_on_in(&mut self, buffer: &mut Vec<u8>, keeps: bool) {
        self.window.consume(std::mem::take(&mut self.lent));
        self.window.go_on_in(buffer, keeps);
    }

    /// True when the next frame has room behind those that stay in the buffer.
    pub(crate) fn has_room(&self) -> bool {
        self.window.has_room()
    }

    /// Sets how many bytes are read at once beyond what is needed.
    pub(crate) fn read_ahead(&mut self, bytes: usize) {
        self.window.read_ahead(bytes);
    }

    /// Frames lent so far.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// What was passed over so far, to be added to by who reads the frames.
    pub fn skipped(&mut self) -> &mut Skipped {
        &mut self.skipped
    }

    /// Bytes of the file read so far (compressed where it is), and how many there are when that is known.
    pub fn progress(&self) -> (u64, Option<u64>) {
        self.window.progress()
    }

    /// How many times the buffer was filled; changes about once for each quarter of `BUFFER_BYTES`.
    pub fn fills(&self) -> u64 {
        self.window.fills()
    }

    /// Ends the reading: the hash of all bytes as given (empty when not asked for), and what was passed over.
    pub fn finish(self) -> (String, Skipped) {
        (self.window.finish(), self.skipped)
    }
}

/// Whole numbers at an offset of a record, in the byte order of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Order::Little => u16::from_le_bytes(bytes),
            Order::Big => u16::from_be_bytes(bytes),
        })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Order::Little => u32::from_le_bytes(bytes),
            Order::Big => u32::from_be_bytes(bytes),
        })
    }

    fn i64(self, bytes: &[u8], at: usize) -> Option<i64> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Order::Little => i64::from_le_bytes(bytes),
            Order::Big => i64::from_be_bytes(bytes),
        })
    }
}

/// What a person calls a link type.
pub fn link_name(link: u32) -> String {
    let name = match link {
        0 => "BSD loopback",
        1 => "Ethernet",
        6 => "Token Ring",
        8 => "SLIP",
        9 => "PPP",
        10 => "FDDI",
        12 | 14 | 101 => "raw IP",
        50 => "PPP with HDLC framing",
        51 => "PPPoE session",
        99 => "Symantec firewall",
        100 => "RFC 1483 ATM",
        104 => "Cisco HDLC",
        105 => "IEEE 802.11",
        107 => "frame relay",
        108 => "OpenBSD loopback",
        113 => "Linux cooked v1",
        117 => "OpenBSD packet filter log",
        119 => "IEEE 802.11 with Prism header",
        122 => "IP over Fibre Channel",
        127 => "IEEE 802.11 with radiotap header",
        137 => "Juniper",
        138 => "IEEE 1394",
        143 => "DOCSIS",
        147..=162 => "private use",
        163 => "IEEE 802.11 with AVS header",
        187 | 201 => "Bluetooth HCI",
        189 | 220 => "Linux USB",
        192 => "per-packet information",
        195 | 215 | 230 => "IEEE 802.15.4",
        197 => "ERF",
        209 => "I2C",
        227 => "CAN",
        228 => "raw IPv4",
        229 => "raw IPv6",
        239 => "Linux netfilter log",
        249 => "USBPcap",
        251 | 256 => "Bluetooth low energy",
        253 => "Linux netlink",
        276 => "Linux cooked v2",
        _ => return format!("link type {link}"),
    };
    format!("link type {link} ({name})")
}

#[cfg(test)]
mod tests;
