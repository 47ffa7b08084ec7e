//! Files as they come: in other encodings, cut off anywhere, far too long, with circles.

use super::*;
use crate::lists::{Decider, Way};
use crate::packets::Packets;

const SAMPLES: [&str; 6] = [
    include_str!("../../../../fuzz/corpus/nftables/ruleset"),
    include_str!("../../../../fuzz/corpus/nftables_json/ruleset"),
    include_str!("../../../../fuzz/corpus/iptables/sets"),
    include_str!("../../../../fuzz/corpus/cisco_asa/firewall"),
    include_str!("../../../../fuzz/corpus/cisco_ios/router"),
    include_str!("../../../../fuzz/corpus/cisco_ios/router_v6"),
];

#[test]
fn encodings_change_nothing() {
    for sample in SAMPLES {
        let plain = configuration(sample, &[]).unwrap();
        let wide = |unit: fn(u16) -> [u8; 2], mark: &[u8]| -> Vec<u8> {
            mark.iter().copied().chain(sample.encode_utf16().flat_map(unit)).collect()
        };
        let encoded = [
            wide(u16::to_le_bytes, &[0xff, 0xfe]),
            wide(u16::to_be_bytes, &[0xfe, 0xff]),
            wide(u16::to_le_bytes, &[]),
            wide(u16::to_be_bytes, &[]),
            [&[0xef, 0xbb, 0xbf], sample.as_bytes()].concat(),
            sample.replace('\n', "\r\n").into_bytes(),
            sample.replace('\n', "\r").into_bytes(),
        ];
        for (at, bytes) in encoded.iter().enumerate() {
            let text = decode(bytes).unwrap();
            assert_eq!(configuration(&text, &[]).as_ref(), Ok(&plain), "encoding {at} of {sample}");
        }
    }
}

#[test]
fn text_of_one_byte_a_character_is_read() {
    let text = b"interface Vlan1\n description Kardiologie f\xfcr Erwachsene\n ip address 10.1.0.1 255.255.255.0\n ip access-group A in\nip access-list extended A\n remark Ger\xe4te\n permit ip any any\n";
    let found = configuration(&decode(text).unwrap(), &[]).unwrap();
    assert_eq!((found.filter_lines, found.passed_over_count), (1, 0));
    assert_eq!(decode(b"\x00\x01\x02\x00\x00"), Err(Unreadable::NotText));
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_read_or_refused_with_its_line() {
    for sample in SAMPLES {
        let lines = sample.lines().count() as u32;
        for end in (0..sample.len()).filter(|end| sample.is_char_boundary(*end)) {
            match configuration(&sample[..end], &[]) {
                Ok(found) => assert!(found.doubtful_lines <= found.filter_lines),
                Err(Unreadable::Broken { line, why }) => {
                    assert!((1..=lines).contains(&line) && !why.is_empty(), "{line}: {why}");
                }
                Err(other) => assert!(!other.to_string().is_empty()),
            }
        }
    }
}

#[test]
fn what_a_terminal_was_cut_off_at_is_told() {
    let whole = "Building configuration...\nCurrent configuration : 1234 bytes\nhostname r\ninterface Vlan1\n ip address 10.1.0.1 255.255.255.0\nend\n";
    assert_eq!(cisco_ios(whole).unwrap().passed_over, []);
    let cut = whole.replace("end\n", "");
    let told = cisco_ios(&cut).unwrap().passed_over;
    assert_eq!(told.len(), 1);
    assert!(told[0].0 == 5 && told[0].1.contains("cut off"), "{told:?}");
    let saved =
        ": Saved\nASA Version 9.14(4)\ninterface G0\n nameif a\n ip address 10.1.0.1 255.255.255.0\n: end\n";
    assert_eq!(cisco_asa(saved).unwrap().passed_over, []);
    let told = cisco_asa(&saved.replace(": end\n", "")).unwrap().passed_over;
    assert!(told.len() == 1 && told[0].1.contains("cut off"), "{told:?}");
}

#[test]
fn a_hundred_thousand_lines_are_read_and_the_wrong_one_is_told() {
    let mut text = String::from(
        "interface Vlan1\n ip address 10.0.0.1 255.0.0.0\n ip access-group A in\nip access-list extended A\n",
    );
    for at in 0..100_000u32 {
        let address = std::net::Ipv4Addr::from(0x0a00_0000 + at);
        match at {
            77_777 => text.push_str(" permit tcp any object-group NOBODY\n"),
            _ => text.push_str(&format!(" permit tcp host {address} any eq 443\n")),
        }
    }
    let found = configuration(&text, &[]).unwrap();
    assert_eq!((found.filter_lines, found.doubtful_lines), (100_000, 1));
    assert_eq!(found.passed_over[0].0, 77_777 + 5);
    let longer = "!\n".repeat(LINES_MAX + 1);
    assert_eq!(decode(longer.as_bytes()), Err(Unreadable::TooLong));
}

#[test]
fn lists_that_hand_on_in_a_circle_are_never_fine() {
    let nft = "table ip f {\n chain forward {\n  type filter hook forward priority 0; policy drop;\n  jump a\n }\n chain a {\n  jump b\n }\n chain b {\n  jump a\n  accept\n }\n}\n";
    let saved = "*filter\n:FORWARD DROP [0:0]\n:A - [0:0]\n:B - [0:0]\n-A FORWARD -j A\n-A A -j B\n-A B -j A\n-A B -j ACCEPT\nCOMMIT\n";
    for text in [nft, saved] {
        let found = configuration(text, &[]).unwrap();
        let mut packets = Packets::default();
        let hook = &found.hooks[0].list;
        let decided = Decider::new(&found.lists).decide(hook, Way::default(), &mut packets).unwrap();
        assert!(packets.is_empty(decided.permitted) && !packets.is_empty(decided.unsure), "{text}");
    }
}
