//! One buffer, filled again and again, through which a file passes.

use crate::input::Source;
use cordon_model::observe::Damage;
use std::io::Read;

/// Size of the buffer in bytes; the longest record, a frame with its headings and options, fits.
pub(crate) const BUFFER_BYTES: usize = 1024 * 1024;

/// Room for the longest record and for what is read ahead of it.
const ROOM_BYTES: usize = BUFFER_BYTES / 2;

/// Bytes read at once beyond what is needed, unless something else is asked for: few enough to stay in a
/// processor's own cache until they are used.
const READ_BYTES: usize = 256 * 1024;

/// The bytes of a source that were read and not yet passed over.
pub(crate) struct Window {
    source: Source,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset of `start` in the input after decompression.
    offset: u64,
    at_end: bool,
    /// A failure of the source that is told once all bytes before it were used.
    failure: Option<String>,
    fills: u64,
    read_ahead: usize,
    /// What lies before `floor` in the buffer stays where it is.
    keeps: bool,
    floor: usize,
}

impl Window {
    /// A window at the start of `source`.
    pub(crate) fn new(source: Source) -> Window {
        let buffer = vec![0; BUFFER_BYTES];
        Window {
            source,
            buffer,
            start: 0,
            end: 0,
            offset: 0,
            at_end: false,
            failure: None,
            fills: 0,
            read_ahead: READ_BYTES,
            keeps: false,
            floor: 0,
        }
    }

    /// What is held now.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Offset of the first byte held, after decompression.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads until at least `count` bytes are held, or the source ends; answers how many are held. `count`
    /// is at most [`BUFFER_BYTES`].
    pub(crate) fn need(&mut self, count: usize) -> Result<usize, Damage> {
        let held = self.end.saturating_sub(self.start);
        if held >= count {
            return Ok(held);
        }
        let held = self.prefetch(count);
        if held < count
            && let Some(reason) = self.failure.take()
        {
            return Err(Damage { offset: self.offset + held as u64, reason });
        }
        Ok(held)
    }

    /// Like [`Window::need`], but keeps a failure of the source for who really needs the bytes.
    #[cold]
    pub(crate) fn prefetch(&mut self, count: usize) -> usize {
        let floor = if self.keeps { self.floor } else { 0 };
        if self.start > floor {
            self.buffer.copy_within(self.start..self.end, floor);
        }
        self.end = floor + self.end.saturating_sub(self.start);
        self.start = floor;
        self.fills += 1;
        while self.end - floor < count && !self.at_end {
            let until = self.end.max(floor + count).saturating_add(self.read_ahead).min(self.buffer.len());
            let free = self.buffer.get_mut(self.end..until).unwrap_or_default();
            match self.source.read(free) {
                Ok(0) => self.at_end = true,
                Ok(more) => self.end = self.end.saturating_add(more).min(self.buffer.len()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.at_end = true;
                    self.failure = Some(format!("cannot read on: {error}"));
                }
            }
        }
        self.end - floor
    }

    /// Passes over `count` bytes that are held.
    pub(crate) fn consume(&mut self, count: usize) {
        let count = count.min(self.end.saturating_sub(self.start));
        self.start += count;
        self.offset += count as u64;
    }

    /// Passes over `count` bytes, held or not; answers false when the source ends before.
    pub(crate) fn skip(&mut self, mut count: u64) -> Result<bool, Damage> {
        while count > 0 {
            let held = self.need(1)?;
            if held == 0 {
                return Ok(false);
            }
            let step = usize::try_from(count).unwrap_or(usize::MAX).min(held);
            self.consume(step);
            count -= step as u64;
        }
        Ok(true)
    }

    /// Sets how many bytes are read at once beyond what is needed.
    pub(crate) fn read_ahead(&mut self, bytes: usize) {
        self.read_ahead = bytes;
    }

    /// What was passed over so far stays where it is in the buffer, as long as that is kept.
    #[inline]
    pub(crate) fn set_floor(&mut self) {
        self.floor = self.start;
    }

    /// Where the first byte held lies in the buffer.
    #[inline]
    pub(crate) fn position(&self) -> usize {
        self.start
    }

    /// True when the longest record has room behind what stays where it is.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.buffer.len() - self.start >= ROOM_BYTES
    }

    /// Goes on in another buffer; `keeps` says whether what is passed over in it stays where it is, as long as there
    /// is room.
    pub(crate) fn go_on_in(&mut self, buffer: &mut Vec<u8>, keeps: bool) {
        (self.keeps, self.floor) = (keeps, 0);
        buffer.resize(BUFFER_BYTES, 0);
        let left = self.buffer.get(self.start..self.end).unwrap_or_default();
        if let Some(front) = buffer.get_mut(..left.len()) {
            front.copy_from_slice(left);
        }
        self.end = left.len();
        self.start = 0;
        std::mem::swap(&mut self.buffer, buffer);
    }

    /// How often the buffer was filled.
    pub(crate) fn fills(&self) -> u64 {
        self.fills
    }

    /// Bytes of the file read so far, and how many there are when that is known.
    pub(crate) fn progress(&self) -> (u64, Option<u64>) {
        self.source.progress()
    }

    /// Reads the source to its end and gives the hash of its bytes; empty when that was not asked for.
    pub(crate) fn finish(self) -> String {
        self.source.finish()
    }
}
