//! What every dissector must withstand, whatever it reads: others' traffic, messages without end, rubbish
//! between messages. What it withstands in its own messages its own tests say.

use super::known::{datagrams, streams};
use super::testing::{Piece, client, cut, server};
use super::{Datagram, Probe, Recognised};
use std::net::IpAddr;

/// Any cut of a stream tells the same, whatever is in it; the harness looks for leaks and for bytes held back.
fn withstands(run: fn(&[Piece]) -> String, pieces: &[Piece], what: &str) {
    let told = run(pieces);
    for size in [1, 13] {
        assert!(run(&cut(pieces, || size)) == told, "{what} in pieces of {size}");
    }
}

#[test]
fn streams_of_others_are_safe() {
    let all = streams();
    for own in &all {
        for other in &all {
            let what = format!("{} reads {}", own.target, other.target);
            withstands(own.run, &other.conversations[0], &what);
        }
    }
}

#[test]
fn messages_without_end_are_bounded() {
    for own in streams() {
        for piece in own.conversations.iter().flatten() {
            let Piece::Bytes(side, bytes) = piece else { continue };
            // A message that stops growing sense at some point and goes on with more of the same byte.
            for at in [1, bytes.len() / 4, bytes.len() / 2, bytes.len()] {
                let Some(last) = at.checked_sub(1).and_then(|at| bytes.get(at)) else { continue };
                let grown = [&bytes[..at], &vec![*last; 70_000]].concat();
                let told = (own.run)(&[Piece::Bytes(*side, grown.clone())]);
                let parts = cut(&[Piece::Bytes(*side, grown)], || 1460);
                assert!((own.run)(&parts) == told, "{} from byte {at}", own.target);
            }
        }
    }
}

#[test]
fn rubbish_between_messages_is_safe() {
    let rubbish: [&[u8]; 6] =
        [b"\0\0\0\0\0\0\0\0", &[0xff; 40], b"\r\n\r\n", b"<<<<>>>>", b"GET MSH|\x05\x02<HEL", &[0x80; 9]];
    for own in streams() {
        for (index, conversation) in own.conversations.iter().enumerate() {
            for bytes in rubbish {
                let mut pieces = Vec::new();
                for piece in conversation {
                    pieces.extend([client(bytes), server(bytes), piece.clone()]);
                }
                withstands(
                    own.run,
                    &pieces,
                    &format!("{} {index} with {}", own.target, bytes.escape_ascii()),
                );
            }
        }
    }
}

#[test]
fn damaged_datagrams_are_safe() {
    for own in datagrams() {
        for (ports, bytes) in &own.messages {
            assert!((own.told)(*ports, bytes, false).is_some(), "{} does not know its own", own.protocol);
            (own.batter)(*ports, bytes);
        }
    }
}

#[test]
fn datagrams_of_others_are_safe() {
    let all = datagrams();
    for own in &all {
        for (ports, bytes) in all.iter().flat_map(|other| &other.messages) {
            for (own_ports, _) in &own.messages {
                for cut in [false, true] {
                    (own.told)(*ports, bytes, cut);
                    (own.told)(*own_ports, bytes, cut);
                    let grown = [&bytes[..], &[0xc0; 60_000]].concat();
                    (own.told)(*own_ports, &grown, cut);
                }
            }
        }
    }
}

/// Heads of every golden conversation, each also with any other first byte.
fn heads() -> Vec<Vec<u8>> {
    let mut heads: Vec<Vec<u8>> = (0..=u16::MAX).map(|pair| pair.to_be_bytes().to_vec()).collect();
    for piece in streams().iter().flat_map(|own| own.conversations.iter().flatten()) {
        let Piece::Bytes(_, bytes) = piece else { continue };
        for length in [3, 4, 6, 8, 12, 16, 24, 40, 64, 128, 1460].map(|length: usize| length.min(bytes.len()))
        {
            heads.push(bytes[..length].to_vec());
        }
    }
    heads.retain(|head| !head.is_empty());
    heads.sort();
    heads.dedup();
    heads
}

/// The engine asks a dissector only about first bytes that it names: it may say yes to no other.
#[test]
fn streams_begin_as_their_dissector_says() {
    let all = streams();
    for own in &all {
        let begins = |bytes: &[u8]| own.starts.has(bytes[0]);
        for conversation in &own.conversations {
            let first = conversation.iter().find_map(|piece| match piece {
                Piece::Bytes(_, bytes) if !bytes.is_empty() => Some(bytes),
                _ => None,
            });
            assert!(first.is_none_or(|bytes| begins(bytes)), "{}: {first:02x?}", own.target);
        }
    }
    for mut head in heads() {
        for first in 0..=u8::MAX {
            head[0] = first;
            for own in all.iter().filter(|own| !own.starts.has(first)) {
                for port in [own.port, 50_000] {
                    let said = (own.probe)(&head, port);
                    assert_eq!(said, Probe::No, "{} of {}", own.target, head.escape_ascii());
                }
            }
            if head.len() == 2 {
                break;
            }
        }
    }
}

#[test]
fn datagrams_begin_as_their_dissector_says() {
    let all = datagrams();
    let others = streams();
    let mut messages: Vec<(Vec<u8>, [u16; 2])> = Vec::new();
    for own in &all {
        for (ports, bytes) in &own.messages {
            let named = own.ports.is_empty() || own.ports.iter().any(|port| ports.contains(port));
            assert!(own.starts.has(bytes[0]) && named, "{}: {ports:?} {:02x}", own.protocol, bytes[0]);
            messages.push((bytes.clone(), *ports));
        }
    }
    for piece in others.iter().filter_map(|own| own.conversations.first()?.first()) {
        let Piece::Bytes(_, bytes) = piece else { continue };
        messages.push((bytes.clone(), [50_000, 50_001]));
    }
    let address = IpAddr::from([10, 0, 0, 7]);
    for (mut bytes, ports) in messages {
        for first in 0..=u8::MAX {
            bytes[0] = first;
            for own in &all {
                let own_ports = own.messages.iter().map(|(ports, _)| *ports);
                for [source, destination] in own_ports.chain([ports]) {
                    let touched = own.ports.is_empty()
                        || own.ports.iter().any(|port| [source, destination].contains(port));
                    if own.starts.has(first) && touched {
                        continue;
                    }
                    let (source, destination) = ((address, source), (address, destination));
                    let datagram = Datagram { source, destination, bytes: &bytes, cut: false, first: true };
                    let said = (own.recognise)(&datagram);
                    assert_eq!(said, Recognised::No, "{} of {datagram:?}", own.protocol);
                }
            }
        }
    }
}
