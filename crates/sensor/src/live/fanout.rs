//! Which ring a frame is for, as a program that the kernel runs for each frame.
//!
//! It keeps what [`cordon_observe::shard`] keeps for files: everything between two addresses goes to one ring,
//! both directions, all ports and fragments; what is not IP goes to the first. The kernel's own hash would
//! not: it takes ports in where a frame has them, which fragments have not.

use super::ring::Instruction;

// Instructions of the classic packet filter (linux/bpf_common.h).
const LOAD: u16 = 0x00;
const LOAD_WORD: u16 = 0x20;
const LOAD_WORD_AT_X: u16 = 0x40;
const LOAD_HALF_AT_X: u16 = 0x48;
const LOAD_KEPT: u16 = 0x60;
const LOAD_X: u16 = 0x01;
const LOAD_KEPT_X: u16 = 0x61;
const KEEP: u16 = 0x02;
const KEEP_X: u16 = 0x03;
const TO_X: u16 = 0x07;
const FROM_X: u16 = 0x87;
const ADD: u16 = 0x04;
const MULTIPLY: u16 = 0x24;
const SHIFT_RIGHT: u16 = 0x74;
const EXCLUSIVE_OR_X: u16 = 0xac;
const JUMP_EQUAL: u16 = 0x15;
const ANSWER: u16 = 0x06;
const ANSWER_A: u16 = 0x16;

/// What the kernel knows of a frame besides its bytes: `SKF_AD_OFF` with `SKF_AD_PROTOCOL`, `SKF_AD_PKTTYPE`.
const PROTOCOL: u32 = 0xffff_f000;
const PACKET_TYPE: u32 = 0xffff_f004;
/// `PACKET_OUTGOING`.
const OUTGOING: u32 = 4;

/// Places where the program keeps what it adds up, where the IP header begins, what a tag carries.
const SUM: u32 = 0;
const START: u32 = 1;
const CARRIED: u32 = 2;

/// A program that lets no frame through.
pub(super) const NOTHING: &[Instruction] = &[(ANSWER, 0, 0, 0)];

/// The program, for an interface whose frames have a link header of so many bytes. A received frame is looked
/// at from behind its link header, one that this machine sends from its beginning.
pub(super) fn program(link_header: u32) -> Vec<Instruction> {
    let sum_of = |from: u32, words: u32| {
        let word = move |number: u32| {
            [
                (LOAD_KEPT_X, 0, 0, START),
                (LOAD_WORD_AT_X, 0, 0, from + 4 * number),
                (TO_X, 0, 0, 0),
                (LOAD_KEPT, 0, 0, SUM),
                (EXCLUSIVE_OR_X, 0, 0, 0),
                (KEEP, 0, 0, SUM),
            ]
        };
        (0..words).flat_map(word)
    };
    // Spreads neighbouring addresses; the kernel takes the rest of a division by the number of rings.
    let spread = [(MULTIPLY, 0, 0, 0x9e37_79b1), (SHIFT_RIGHT, 0, 0, 16), (ANSWER_A, 0, 0, 0)];
    let version4: Vec<Instruction> = sum_of(12, 2).chain(spread).collect();
    let version6 = sum_of(8, 8).chain(spread);
    // Behind a second VLAN tag: what it carries is named at its third byte.
    let behind_tag = [
        (LOAD_HALF_AT_X, 0, 0, 2),
        (KEEP, 0, 0, CARRIED),
        (FROM_X, 0, 0, 0),
        (ADD, 0, 0, 4),
        (KEEP, 0, 0, START),
        (LOAD_KEPT, 0, 0, CARRIED),
    ];
    let beyond = behind_tag.len() as u8;
    let mut program = vec![
        (LOAD, 0, 0, 0),
        (KEEP, 0, 0, SUM),
        (LOAD_X, 0, 0, 0),
        (LOAD_WORD, 0, 0, PACKET_TYPE),
        (JUMP_EQUAL, 0, 1, OUTGOING),
        (LOAD_X, 0, 0, link_header),
        (KEEP_X, 0, 0, START),
        // The kernel has taken out an outer tag and names what it carries; a second stands where IP would.
        (LOAD_WORD, 0, 0, PROTOCOL),
        (JUMP_EQUAL, 2, 0, 0x8100),
        (JUMP_EQUAL, 1, 0, 0x88a8),
        (JUMP_EQUAL, 0, beyond, 0x9100),
    ];
    program.extend(behind_tag);
    program.extend([
        (JUMP_EQUAL, 2, 0, 0x0800),
        (JUMP_EQUAL, version4.len() as u8 + 1, 0, 0x86dd),
        (ANSWER, 0, 0, 0),
    ]);
    program.extend(version4);
    program.extend(version6);
    program
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A frame as the kernel shows it to the program.
    struct Shown<'a> {
        bytes: &'a [u8],
        protocol: u32,
        kind: u32,
    }

    /// What the kernel answers, as Documentation/networking/filter.rst describes the machine.
    fn run(program: &[Instruction], shown: &Shown<'_>) -> u32 {
        let (mut a, mut x, mut kept, mut at) = (0u32, 0u32, [0u32; 16], 0);
        loop {
            let (code, yes, no, k) = program[at];
            at += 1;
            let load = |offset: u32, length: usize| {
                let offset = offset as usize;
                let bytes = shown.bytes.get(offset..offset + length)?;
                Some(bytes.iter().fold(0, |whole, byte| whole << 8 | u32::from(*byte)))
            };
            match code {
                LOAD_WORD if k == PROTOCOL => a = shown.protocol,
                LOAD_WORD if k == PACKET_TYPE => a = shown.kind,
                LOAD_WORD_AT_X | LOAD_HALF_AT_X => {
                    let Some(value) = load(x + k, if code == LOAD_WORD_AT_X { 4 } else { 2 }) else {
                        return 0;
                    };
                    a = value;
                }
                LOAD_KEPT => a = kept[k as usize],
                LOAD_X => x = k,
                LOAD_KEPT_X => x = kept[k as usize],
                KEEP => kept[k as usize] = a,
                KEEP_X => kept[k as usize] = x,
                TO_X => x = a,
                FROM_X => a = x,
                LOAD => a = k,
                ADD => a = a.wrapping_add(k),
                MULTIPLY => a = a.wrapping_mul(k),
                SHIFT_RIGHT => a >>= k,
                EXCLUSIVE_OR_X => a ^= x,
                JUMP_EQUAL => at += usize::from(if a == k { yes } else { no }),
                ANSWER => return k,
                ANSWER_A => return a,
                other => panic!("no instruction {other:#x}"),
            }
        }
    }

    fn packet(one: &[u8], other: &[u8], rest: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x45; if one.len() == 4 { 12 } else { 8 }];
        bytes.extend(one);
        bytes.extend(other);
        bytes.extend(rest);
        bytes
    }

    fn received(bytes: &[u8], protocol: u32) -> u32 {
        run(&program(14), &Shown { bytes, protocol, kind: 0 })
    }

    proptest! {
        #[test]
        fn both_directions_go_to_one_ring_tagged_or_not_received_or_sent(
            one in any::<[u8; 16]>(), other in any::<[u8; 16]>(), rest in any::<[u8; 8]>(), tag in any::<u16>(),
        ) {
            for (one, other, protocol) in [(&one[..4], &other[..4], 0x0800u16), (&one[..], &other[..], 0x86dd)] {
                let there = received(&packet(one, other, &rest), u32::from(protocol));
                let back = packet(other, one, &[]);
                prop_assert_eq!(there, received(&back, u32::from(protocol)));
                let mut second = tag.to_be_bytes().to_vec();
                second.extend(protocol.to_be_bytes());
                second.extend(&back);
                for kind in [0x8100, 0x88a8, 0x9100] {
                    prop_assert_eq!(there, received(&second, kind));
                }
                let sent = [&[9; 14], &back[..]].concat();
                let shown = Shown { bytes: &sent, protocol: u32::from(protocol), kind: OUTGOING };
                prop_assert_eq!(there, run(&program(14), &shown));
            }
        }
    }

    #[test]
    fn pairs_are_spread_and_the_rest_goes_to_the_first() {
        let mut rings = [0; 4];
        for last in 0..=255 {
            rings[received(&packet(&[10, 0, 0, last], &[10, 0, 1, 7], &[]), 0x0800) as usize % 4] += 1;
        }
        assert!(rings.iter().all(|count| *count > 32), "{rings:?}");
        assert_eq!(received(&[0; 28], 0x0806), 0);
        assert_eq!(received(&[0x45; 15], 0x0800), 0, "cut");
        assert_eq!(received(&[0, 1, 8], 0x8100), 0, "cut");
    }
}
