//! Files and standard input as named, recognised, decompressed streams whose bytes are hashed as given.

use crate::capture::window::{BUFFER_BYTES, Window};
use crate::recognise::{HEAD_BYTES, recognise};
use cordon_model::observe::Damage;
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

pub use crate::recognise::Format;

/// The name that stands for standard input.
pub const STANDARD_INPUT: &str = "-";

/// Bytes read at once from a compressed file.
const COMPRESSED_READ_BYTES: usize = 128 * 1024;

/// How a file is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
    Zstd,
}

/// A named input whose first bytes were looked at.
pub struct Input {
    path: String,
    format: Format,
    compression: Compression,
    window: Window,
}

/// Why an input cannot even be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open {path}: {source}")]
pub struct OpenError {
    /// The name as given.
    pub path: String,
    /// What the operating system says.
    pub source: io::Error,
}

impl Input {
    /// Opens a file, or standard input for `-`. `hash` asks for the SHA-256 of its bytes.
    pub fn open(path: &str, hash: bool) -> Result<Input, OpenError> {
        let fail = |source| OpenError { path: path.to_owned(), source };
        if path == STANDARD_INPUT {
            return Ok(Input::from_reader(path, Box::new(io::stdin()), None, hash));
        }
        let file = File::open(Path::new(path)).map_err(fail)?;
        let metadata = file.metadata().map_err(fail)?;
        if metadata.is_dir() {
            return Err(fail(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")));
        }
        let total = metadata.is_file().then_some(metadata.len());
        Ok(Input::from_reader(path, Box::new(file), total, hash))
    }

    /// An input over any reader; `total` is its length in bytes where that is known, for progress.
    pub fn from_reader(path: &str, reader: Box<dyn Read + Send>, total: Option<u64>, hash: bool) -> Input {
        let tap = Tap::new(reader, total, hash);
        let compression = match recognise(tap.peek()) {
            Format::Gzip => Compression::Gzip,
            Format::Zstd => Compression::Zstd,
            _ => Compression::None,
        };
        let source = Source::new(tap, compression);
        let mut window = Window::new(source);
        window.prefetch(HEAD_BYTES);
        let format = recognise(window.bytes());
        Input { path: path.to_owned(), format, compression, window }
    }

    /// The name as given.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What it is, after decompression.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The first bytes after decompression, for who knows further formats.
    pub fn head(&self) -> &[u8] {
        self.window.bytes()
    }

    /// What it is, in words for `InputReport::kind`: `pcap`, `pcapng (gzip)`.
    pub fn kind(&self) -> String {
        self.kind_named(self.format.name())
    }

    /// `name` with the compression, where there is one.
    pub fn kind_named(&self, name: &str) -> String {
        match self.compression {
            Compression::None => name.to_owned(),
            Compression::Gzip => format!("{name} (gzip)"),
            Compression::Zstd => format!("{name} (zstd)"),
        }
    }

    /// Reads the next line, without its end, into `line`; `false` at the end of the input. A line of more
    /// than `bytes_max` bytes is damage.
    pub fn line(&mut self, line: &mut Vec<u8>, bytes_max: usize) -> Result<bool, Damage> {
        line.clear();
        let offset = self.window.offset();
        loop {
            if self.window.need(1)? == 0 {
                return Ok(!line.is_empty());
            }
            let held = self.window.bytes();
            let (part, ends) = match held.iter().position(|byte| *byte == b'\n') {
                Some(at) => (held.get(..at).unwrap_or_default(), true),
                None => (held, false),
            };
            if line.len() + part.len() > bytes_max {
                return Err(Damage { offset, reason: format!("a line is longer than {bytes_max} bytes") });
            }
            line.extend_from_slice(part);
            let taken = part.len() + usize::from(ends);
            self.window.consume(taken);
            if ends {
                return Ok(true);
            }
        }
    }

    /// Reads all that is left, at most `bytes_max` bytes; more is damage.
    pub fn read_all(&mut self, bytes_max: usize) -> Result<Vec<u8>, Damage> {
        let mut all = Vec::new();
        while self.window.need(1)? > 0 {
            let held = self.window.bytes();
            if all.len() + held.len() > bytes_max {
                let reason = format!("longer than {bytes_max} bytes, the most that is read of such a file");
                return Err(Damage { offset: self.window.offset(), reason });
            }
            all.extend_from_slice(held);
            let taken = held.len();
            self.window.consume(taken);
        }
        Ok(all)
    }

    /// Bytes read so far as given, and how many there are when that is known.
    pub fn progress(&self) -> (u64, Option<u64>) {
        self.window.progress()
    }

    /// Reads to the end and gives the SHA-256 of the bytes as given, hexadecimal; empty when it was not
    /// asked for.
    pub fn finish(self) -> String {
        self.window.finish()
    }

    pub(crate) fn into_window(self) -> Window {
        self.window
    }
}

/// The bytes after decompression; a damaged input is an error where the damage is.
impl Read for Input {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let held = self.fill_buf()?;
        let count = held.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), held.get(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.window.need(1).map_err(|damage| io::Error::other(damage.reason))?;
        Ok(self.window.bytes())
    }

    fn consume(&mut self, count: usize) {
        self.window.consume(count);
    }
}

/// Counts and hashes the bytes of an input as they pass.
pub(crate) struct Tap {
    inner: Box<dyn Read + Send>,
    /// First bytes that were looked at and are to be read again.
    head: Vec<u8>,
    head_taken: usize,
    read: u64,
    total: Option<u64>,
    hash: Option<Sha256>,
    failure: Option<io::Error>,
}

impl Tap {
    fn new(inner: Box<dyn Read + Send>, total: Option<u64>, hash: bool) -> Tap {
        let hash = hash.then(Sha256::new);
        let mut tap = Tap { inner, head: Vec::new(), head_taken: 0, read: 0, total, hash, failure: None };
        tap.fill_head();
        tap
    }

    /// Reads the first bytes; a failure is kept for whoever reads on.
    fn fill_head(&mut self) {
        let mut head = vec![0; HEAD_BYTES];
        let mut held = 0;
        while held < head.len() {
            match self.read_inner(head.get_mut(held..).unwrap_or_default()) {
                Ok(0) => break,
                Ok(more) => held += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(error);
                    break;
                }
            }
        }
        head.truncate(held);
        self.head = head;
    }

    fn peek(&self) -> &[u8] {
        &self.head
    }

    fn read_inner(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.read += count as u64;
        if let (Some(hash), Some(new)) = (&mut self.hash, out.get(..count)) {
            hash.update(new);
        }
        Ok(count)
    }

    fn finish(mut self) -> String {
        if self.hash.is_some() {
            // What is left was not needed; a failure here shows in the bytes that were.
            let _ = io::copy(&mut BufReader::with_capacity(BUFFER_BYTES, &mut self), &mut io::sink());
        }
        let Some(hash) = self.hash else { return String::new() };
        let mut text = String::with_capacity(64);
        for byte in hash.finalize() {
            for nibble in [byte >> 4, byte & 0xf] {
                text.extend(char::from_digit(u32::from(nibble), 16));
            }
        }
        text
    }
}

impl Read for Tap {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let head = self.head.get(self.head_taken..).unwrap_or_default();
        if !head.is_empty() {
            let count = head.len().min(out.len());
            if let (Some(to), Some(from)) = (out.get_mut(..count), head.get(..count)) {
                to.copy_from_slice(from);
            }
            self.head_taken += count;
            return Ok(count);
        }
        match self.failure.take() {
            Some(error) => Err(error),
            None => self.read_inner(out),
        }
    }
}

/// An input after decompression.
pub(crate) enum Source {
    Plain(Tap),
    Gzip(Box<MultiGzDecoder<BufReader<Tap>>>),
    Zstd(Box<zstd::Decoder<'static, BufReader<Tap>>>),
    /// The decompressor could not be made.
    Failed(Tap, Option<io::Error>),
}

impl Source {
    fn new(tap: Tap, compression: Compression) -> Source {
        match compression {
            Compression::None => Source::Plain(tap),
            Compression::Gzip => {
                let buffered = BufReader::with_capacity(COMPRESSED_READ_BYTES, tap);
                Source::Gzip(Box::new(MultiGzDecoder::new(buffered)))
            }
            Compression::Zstd => {
                let buffered = BufReader::with_capacity(COMPRESSED_READ_BYTES, tap);
                match zstd::Decoder::with_buffer(buffered) {
                    Ok(decoder) => Source::Zstd(Box::new(decoder)),
                    Err(error) => {
                        let nothing = Tap::new(Box::new(io::empty()), None, false);
                        Source::Failed(nothing, Some(error))
                    }
                }
            }
        }
    }

    fn tap(&self) -> &Tap {
        match self {
            Source::Plain(tap) | Source::Failed(tap, _) => tap,
            Source::Gzip(decoder) => decoder.get_ref().get_ref(),
            Source::Zstd(decoder) => decoder.get_ref().get_ref(),
        }
    }

    pub(crate) fn progress(&self) -> (u64, Option<u64>) {
        let tap = self.tap();
        (tap.read, tap.total)
    }

    pub(crate) fn finish(self) -> String {
        match self {
            Source::Plain(tap) | Source::Failed(tap, _) => tap.finish(),
            Source::Gzip(decoder) => decoder.into_inner().into_inner().finish(),
            Source::Zstd(decoder) => decoder.finish().into_inner().finish(),
        }
    }
}

impl Read for Source {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Source::Plain(tap) => tap.read(out),
            Source::Gzip(decoder) => decoder.read(out),
            Source::Zstd(decoder) => decoder.read(out),
            Source::Failed(_, error) => error.take().map_or(Ok(0), Err),
        }
    }
}
