//! What a file is, told from its first bytes and never from its name.

use crate::capture::{is_modified_pcap, is_pcap, is_pcapng};
use cordon_wire::batch::LINE_START;

/// How many first bytes [`recognise`] looks at, at most.
pub(crate) const HEAD_BYTES: usize = 4096;

macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// What a file was recognised as.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Format {
            $($(#[$doc])* $variant,)*
        }

        impl Format {
            /// What a person calls it.
            pub fn name(self) -> &'static str {
                match self { $(Format::$variant => $name),* }
            }
        }
    };
}

formats! {
    /// Classic capture file.
    Pcap = "pcap";
    /// Classic capture file with longer record headings.
    PcapModified = "pcap (modified)";
    /// Capture file of blocks.
    Pcapng = "pcapng";
    /// `cordon.batch/N`, one a line.
    Batches = "batches";
    /// Nothing at all.
    Empty = "empty file";
    /// Sun's capture format (RFC 1761).
    Snoop = "snoop capture";
    /// Microsoft's capture format.
    NetMon = "Network Monitor capture";
    /// Some other JSON.
    Json = "JSON text";
    /// A web page.
    Html = "HTML page";
    /// Some XML.
    Xml = "XML text";
    /// Text without a format of its own, asset lists among it.
    Text = "text";
    /// Compressed with gzip.
    Gzip = "gzip";
    /// Compressed with Zstandard.
    Zstd = "Zstandard";
    /// Compressed with xz.
    Xz = "xz";
    /// Compressed with bzip2.
    Bzip2 = "bzip2";
    /// Compressed with LZ4.
    Lz4 = "LZ4";
    /// An archive, or one of the many formats inside one (XLSX, DOCX, JAR).
    Zip = "ZIP archive or office document";
    /// An archive.
    SevenZip = "7-Zip archive";
    /// An archive.
    Rar = "RAR archive";
    /// An archive.
    Tar = "tar archive";
    /// A document.
    Pdf = "PDF document";
    /// A document of older office programs.
    Ole = "older office document";
    /// A picture.
    Png = "PNG picture";
    /// A picture.
    Jpeg = "JPEG picture";
    /// A picture.
    Gif = "GIF picture";
    /// A medical image.
    Dicom = "DICOM file";
    /// A program.
    Elf = "ELF program";
    /// A program.
    WindowsProgram = "Windows program";
    /// A database.
    Sqlite = "SQLite database";
    /// Bytes that look like nothing known.
    Unknown = "unknown";
}

impl Format {
    /// True when frames can be read from it.
    pub fn is_capture(self) -> bool {
        matches!(self, Format::Pcap | Format::PcapModified | Format::Pcapng)
    }

    /// True for text that an importer may know: a list, or an export of another tool.
    pub fn is_text(self) -> bool {
        matches!(self, Format::Text | Format::Json | Format::Xml | Format::Html)
    }
}

/// First bytes that settle it, and where they stand.
const MAGICS: &[(usize, &[u8], Format)] = &[
    (0, b"snoop\0\0\0", Format::Snoop),
    (0, b"GMBU", Format::NetMon),
    (0, b"\x1f\x8b", Format::Gzip),
    (0, b"\x28\xb5\x2f\xfd", Format::Zstd),
    (0, b"\xfd7zXZ\0", Format::Xz),
    (0, b"BZh", Format::Bzip2),
    (0, b"\x04\x22\x4d\x18", Format::Lz4),
    (0, b"PK\x03\x04", Format::Zip),
    (0, b"PK\x05\x06", Format::Zip),
    (0, b"7z\xbc\xaf\x27\x1c", Format::SevenZip),
    (0, b"Rar!\x1a\x07", Format::Rar),
    (257, b"ustar", Format::Tar),
    (0, b"%PDF-", Format::Pdf),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Format::Ole),
    (0, b"\x89PNG\r\n\x1a\n", Format::Png),
    (0, b"\xff\xd8\xff", Format::Jpeg),
    (0, b"GIF87a", Format::Gif),
    (0, b"GIF89a", Format::Gif),
    (128, b"DICM", Format::Dicom),
    (0, b"\x7fELF", Format::Elf),
    (0, b"MZ\x90\0", Format::WindowsProgram),
    (0, b"SQLite format 3\0", Format::Sqlite),
];

/// What a file that starts with `head` is; compressed files are recognised as that.
pub fn recognise(head: &[u8]) -> Format {
    if head.is_empty() {
        return Format::Empty;
    }
    if is_pcapng(head) {
        return Format::Pcapng;
    }
    if is_pcap(head) {
        return if is_modified_pcap(head) { Format::PcapModified } else { Format::Pcap };
    }
    let starts = |(at, magic, _): &&(usize, &[u8], Format)| {
        head.get(*at..).is_some_and(|from_there| from_there.starts_with(magic))
    };
    if let Some((_, _, format)) = MAGICS.iter().find(starts) {
        return *format;
    }
    // A skippable Zstandard frame (RFC 8878, 3.1.2) also starts a stream.
    if matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]) {
        return Format::Zstd;
    }
    recognise_text(head)
}

fn recognise_text(head: &[u8]) -> Format {
    let head = head.get(..HEAD_BYTES).unwrap_or(head);
    // UTF-16 with its mark is text with every second byte a null.
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Format::Text;
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let is_control = |byte: &u8| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127);
    if head.iter().any(is_control) {
        return Format::Unknown;
    }
    let start = head.trim_ascii_start();
    if start.starts_with(LINE_START.as_bytes()) {
        return Format::Batches;
    }
    let lower: Vec<u8> = start.iter().take(16).map(u8::to_ascii_lowercase).collect();
    if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") {
        Format::Html
    } else if lower.starts_with(b"<?xml") || lower.starts_with(b"<!") {
        Format::Xml
    } else if is_json(start) {
        Format::Json
    } else {
        Format::Text
    }
}

/// An opening bracket and what may follow it.
fn is_json(start: &[u8]) -> bool {
    let after = |rest: &[u8]| rest.trim_ascii_start().first().copied();
    match start.split_first() {
        Some((b'{', rest)) => matches!(after(rest), None | Some(b'"' | b'}')),
        Some((b'[', rest)) => {
            matches!(
                after(rest),
                None | Some(b'{' | b'[' | b'"' | b']' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n')
            )
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_first_bytes() {
        let mut tar = vec![b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        let mut dicom = vec![0; 132];
        dicom[128..].copy_from_slice(b"DICM");
        let cases: &[(&[u8], Format)] = &[
            (b"", Format::Empty),
            (b"\xd4\xc3\xb2\xa1\x02\0", Format::Pcap),
            (b"\xa1\xb2\x3c\x4d", Format::Pcap),
            (b"\x34\xcd\xb2\xa1", Format::PcapModified),
            (b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a", Format::Pcapng),
            (b"\n\r\r\nHello, this is text", Format::Text),
            (b"snoop\0\0\0\0\0\0\x02", Format::Snoop),
            (b"%PDF-1.7", Format::Pdf),
            (b"PK\x03\x04\x14", Format::Zip),
            (b"\x7fELF\x02", Format::Elf),
            (b"\x89PNG\r\n\x1a\n", Format::Png),
            (b"\x1f\x8b\x08", Format::Gzip),
            (b"\x28\xb5\x2f\xfd", Format::Zstd),
            (b"\x52\x2a\x4d\x18\0\0\0\0", Format::Zstd),
            (b"<!DOCTYPE html><html>", Format::Html),
            (b"\xef\xbb\xbf<?xml version=\"1.0\"?>", Format::Xml),
            (b" { \"a\": 1 }", Format::Json),
            (b"[1, 2]", Format::Json),
            (b"[section]\nkey = value", Format::Text),
            (b"asset_tag;mac\n1;2\n", Format::Text),
            (b"Ger\xe4t;Ort\n", Format::Text),
            (b"{\"schema\":\"cordon.batch/1\",\"sensor\":", Format::Batches),
            (&tar, Format::Tar),
            (&dicom, Format::Dicom),
            (&[0, 1, 2, 3], Format::Unknown),
        ];
        for (head, format) in cases {
            assert_eq!(recognise(head), *format, "{:?}", String::from_utf8_lossy(head));
        }
    }
}
