//! What a protocol can begin with, so that of many dissectors only a few are asked about any conversation.

/// A set of bytes: those that the first byte of one side's messages may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Starts {
    low: u128,
    high: u128,
}

impl Starts {
    /// Every byte.
    pub const ANY: Starts = Starts { low: u128::MAX, high: u128::MAX };
    const NONE: Starts = Starts { low: 0, high: 0 };

    /// Each of these bytes.
    pub const fn of(mut bytes: &[u8]) -> Starts {
        let mut set = Starts::NONE;
        while let [first, rest @ ..] = bytes {
            set = set.or(Starts::range(*first, *first));
            bytes = rest;
        }
        set
    }

    /// The first byte of each of these words.
    pub const fn of_words(mut words: &[&[u8]]) -> Starts {
        let mut set = Starts::NONE;
        while let [first, rest @ ..] = words {
            if let [byte, ..] = first {
                set = set.or(Starts::range(*byte, *byte));
            }
            words = rest;
        }
        set
    }

    /// All bytes from `first` to `last`, both included.
    pub const fn range(first: u8, last: u8) -> Starts {
        let mut set = Starts::NONE;
        let mut byte = first as u32;
        while byte <= last as u32 {
            if byte < 128 {
                set.low |= 1 << byte;
            } else {
                set.high |= 1 << (byte - 128);
            }
            byte += 1;
        }
        set
    }

    /// The bytes of both sets.
    #[must_use]
    pub const fn or(self, other: Starts) -> Starts {
        Starts { low: self.low | other.low, high: self.high | other.high }
    }

    /// True when it has this byte.
    pub const fn has(self, byte: u8) -> bool {
        let half = if byte < 128 { self.low } else { self.high };
        half >> (byte & 127) & 1 == 1
    }
}

/// For each of 256 values the dissectors to ask, a bit each; the first in its list has the lowest bit.
pub(crate) type Asked = [u64; 256];

/// Whom to ask about a first byte.
pub(crate) const fn by_first(all: &[Starts]) -> Asked {
    assert!(all.len() <= 64, "a bit each");
    let mut table = [0; 256];
    let (mut rest, mut byte): (&mut [u64], u8) = (&mut table, 0);
    while let [place, after @ ..] = rest {
        let (mut sets, mut bit) = (all, 1u64);
        while let [set, others @ ..] = sets {
            if set.has(byte) {
                *place |= bit;
            }
            (sets, bit) = (others, bit << 1);
        }
        (rest, byte) = (after, byte.wrapping_add(1));
    }
    table
}

/// Whom to ask about a port, by its low byte: ports that share one are told apart by who is asked. Who names
/// no port is asked about each.
pub(crate) const fn by_port(all: &[&[u16]]) -> Asked {
    assert!(all.len() <= 64, "a bit each");
    let mut table = [0; 256];
    let (mut rest, mut low): (&mut [u64], u16) = (&mut table, 0);
    while let [place, after @ ..] = rest {
        let (mut lists, mut bit) = (all, 1u64);
        while let [list, others @ ..] = lists {
            let mut ports = *list;
            if ports.is_empty() {
                *place |= bit;
            }
            while let [port, more @ ..] = ports {
                if *port & 0xff == low {
                    *place |= bit;
                }
                ports = more;
            }
            (lists, bit) = (others, bit << 1);
        }
        (rest, low) = (after, low + 1);
    }
    table
}

/// The numbers of the bits that are set, from the lowest.
pub(crate) fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = mask.trailing_zeros() as usize;
        // 0 has no lowest bit.
        mask &= mask.checked_sub(1)?;
        Some(lowest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_what_was_put_in() {
        let set = Starts::of(b"<\xff").or(Starts::range(0x7e, 0x81)).or(Starts::of_words(&[b"GET", b""]));
        let held: Vec<u8> = (0..=255).filter(|byte| set.has(*byte)).collect();
        assert_eq!(held, [b'<', b'G', 0x7e, 0x7f, 0x80, 0x81, 0xff]);
        assert!((0..=255).all(|byte| Starts::ANY.has(byte) && Starts::range(0, 255).has(byte)));
    }

    #[test]
    fn tables_name_whom_to_ask_in_order() {
        let first = by_first(&[Starts::of(b"a"), Starts::ANY, Starts::of(b"ab")]);
        let asked = |mask: u64| bits(mask).collect::<Vec<_>>();
        assert_eq!(
            [b'a', b'b', b'c'].map(|byte| asked(first[usize::from(byte)])),
            [vec![0, 1, 2], vec![1, 2], vec![1]]
        );
        let port = by_port(&[&[53, 0x0135], &[]]);
        assert_eq!([53, 0x35, 7].map(|low| asked(port[low])), [vec![0, 1], vec![0, 1], vec![1]]);
        assert_eq!(asked(u64::MAX).len(), 64);
    }
}
