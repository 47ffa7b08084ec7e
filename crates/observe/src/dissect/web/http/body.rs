//! Where bodies end (RFC 9112 clauses 6 and 7), and which of their bytes are content.

/// Where the reading of a body stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// This many bytes are left.
    Counted(u64),
    /// The body ends with the connection.
    UntilClose,
    /// In the line that tells the next chunk's size; the extension, if any, has begun.
    ChunkSize { size: u64, digits: u8, extension: bool },
    /// This many bytes of the chunk are left.
    ChunkData(u64),
    /// Before the line end after a chunk.
    ChunkEnd,
}

/// What follows a step through a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Body(Body),
    Trailers,
    End,
    Malformed,
}

impl Body {
    /// Before the first chunk.
    pub(super) fn chunked() -> Body {
        Body::ChunkSize { size: 0, digits: 0, extension: false }
    }

    /// Takes bytes from the front, hands content on, and says where it stands then.
    pub(super) fn take(self, bytes: &[u8], mut content: impl FnMut(&[u8])) -> (usize, Next) {
        match self {
            Body::UntilClose => {
                content(bytes);
                (bytes.len(), Next::Body(self))
            }
            Body::Counted(left) | Body::ChunkData(left) => {
                let count = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                content(bytes.get(..count).unwrap_or_default());
                let left = left - count as u64;
                let next = match (self, left) {
                    (Body::Counted(_), 0) => Next::End,
                    (Body::Counted(_), left) => Next::Body(Body::Counted(left)),
                    (_, 0) => Next::Body(Body::ChunkEnd),
                    (_, left) => Next::Body(Body::ChunkData(left)),
                };
                (count, next)
            }
            Body::ChunkSize { size, digits, extension } => chunk_size(bytes, size, digits, extension),
            Body::ChunkEnd => match bytes.first() {
                Some(b'\r') => (1, Next::Body(self)),
                Some(b'\n') => (1, Next::Body(Body::chunked())),
                _ => (0, Next::Malformed),
            },
        }
    }

    /// Hands on the content in these bytes from the front, and says whether the body ends in them.
    pub(super) fn each_content(mut self, bytes: &[u8], mut content: impl FnMut(&[u8])) -> bool {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (count, next) = self.take(rest, &mut content);
            rest = rest.get(count..).unwrap_or_default();
            match next {
                Next::Body(body) => self = body,
                Next::Trailers | Next::End | Next::Malformed => return true,
            }
        }
        false
    }

    /// Where it stands after a loss, if that can be told.
    pub(super) fn after_gap(self, missing: u64) -> Option<Body> {
        match self {
            Body::Counted(left) => left.checked_sub(missing).map(Body::Counted),
            Body::ChunkData(left) => left.checked_sub(missing).map(Body::ChunkData),
            Body::UntilClose => Some(self),
            Body::ChunkSize { .. } | Body::ChunkEnd => None,
        }
    }
}

/// Reads on in a chunk's size line.
fn chunk_size(bytes: &[u8], mut size: u64, mut digits: u8, mut extension: bool) -> (usize, Next) {
    for (at, &byte) in bytes.iter().enumerate() {
        let digit = char::from(byte).to_digit(16).map(u64::from);
        match (byte, digit) {
            (b'\n', _) => {
                let next = match (digits, size) {
                    (0, _) => Next::Malformed,
                    (_, 0) => Next::Trailers,
                    (_, size) => Next::Body(Body::ChunkData(size)),
                };
                return (at + 1, next);
            }
            (_, Some(digit)) if !extension && digits < 16 => {
                size = size << 4 | digit;
                digits += 1;
            }
            (b';' | b' ' | b'\t' | b'\r', _) => extension = true,
            _ if extension => {}
            _ => return (at, Next::Malformed),
        }
    }
    (bytes.len(), Next::Body(Body::ChunkSize { size, digits, extension }))
}
