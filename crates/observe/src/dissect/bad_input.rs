//! What every dissector must withstand, whatever it reads: others' traffic, messages without end, rubbish
//! between messages. What it withstands in its own messages its own tests say.

use super::known::{datagrams, streams};
use super::testing::{Piece, client, cut, server};

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
