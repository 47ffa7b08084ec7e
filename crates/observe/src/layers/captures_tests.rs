//! Recorded captures of every envelope and file format: the innermost addresses and ports of each frame are those
//! that an independent decoder reads (tshark 4.0.17, without putting fragments together).

use super::link::{self, ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, Frame, LinkType};
use super::transport::{PROTOCOL_TCP, PROTOCOL_UDP};
use super::tunnel::{self, TUNNELS_MAX};
use super::{ip, transport};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Capture; how many of its frames have an IP packet in them; FNV-1a of one line a frame: its number, `tcp`, `udp`
/// or `-`, source address and port, destination address and port (0 without).
const READ_BY_TSHARK: &[(&str, usize, u64)] = &[
    ("encap/PcapPlusPlus__Packet++Test__PacketExamples__ArpRequestWithVlan.pcap", 0, 0xcbf2_9ce4_8422_2325),
    ("encap/PcapPlusPlus__Packet++Test__PacketExamples__GrePackets.pcap", 7, 0x5226_2092_71bc_d80a),
    ("encap/PcapPlusPlus__Packet++Test__PacketExamples__MplsPackets.pcap", 2, 0x5422_d123_ff1a_5d5f),
    ("encap/PcapPlusPlus__Packet++Test__PacketExamples__Sll2Packet.pcap", 1, 0xfe9b_fa69_99d9_fa3c),
    ("encap/PcapPlusPlus__Packet++Test__PacketExamples__Vxlan2.pcap", 1, 0x8af0_9c20_21a1_55b5),
    ("encap/PcapPlusPlus__Packet++Test__PacketExamples__WireGuard.pcap", 4, 0xd3d2_5ef4_8e21_a0f2),
    ("encap/PcapPlusPlus__Packet++Test__PacketExamples__ipsec.pcapng", 3, 0x2bbb_47d4_53fb_220f),
    ("encap/PcapPlusPlus__VlanPackets.pcap", 20, 0x75dd_7135_3056_69a7),
    ("encap/arkime__IKEv2.pcap", 197, 0xafb6_0158_a255_d599),
    ("encap/arkime__dot1ad.pcap", 2, 0xe01d_9052_27dc_a220),
    ("encap/arkime__gtp-u.pcap", 102, 0x7941_405b_ab2b_ffb7),
    ("encap/arkime__mpls-basic.pcap", 52, 0x8194_8292_02da_3c04),
    ("encap/arkime__wireshark-esp.pcap", 240, 0xafcc_b64f_68c4_79f5),
    ("encap/lab__labA_erspan2.pcap", 2600, 0x1129_f8eb_14c6_37d0),
    ("encap/lab__labA_vlan8021q.pcap", 2352, 0xf521_da96_80b0_6da2),
    ("encap/pcap-parser__assets__wireshark_samples-test.pcapng", 4088, 0xa79c_6669_c13c_74dc),
    ("encap/suricata-verify__arp__detect-arp-03-vlan__input.pcap", 0, 0xcbf2_9ce4_8422_2325),
    ("encap/suricata-verify__bug-4810__pppoe-session-http.pcap", 30, 0xc141_8813_ce96_ac19),
    ("encap/suricata-verify__bug-5633-gre-01__gre-udp.pcap", 3, 0x89bf_7fc7_54be_fb50),
    ("encap/suricata-verify__decode-erspan-typeI-02__input.pcap", 42, 0x926d_d5fd_4c3a_a770),
    ("encap/suricata-verify__decode-too-many-layers__input.pcap", 0, 0xcbf2_9ce4_8422_2325),
    (
        "encap/suricata-verify__defrag__bug-6887-defrag-ppp-ipv6-tcp__frag-ppp-ipv6-tcp.pcap",
        3,
        0x1cbb_bcdf_66e4_440e,
    ),
    ("encap/suricata-verify__eve-flow-esp__input.pcap", 8, 0xceb4_fb67_485d_c259),
    ("encap/suricata-verify__eve-flow-vlan__input.pcap", 2, 0x5ba2_10cd_1c28_63ae),
    ("encap/suricata-verify__security-8550__input.pcap", 2, 0xc2b1_8e7c_126b_b59d),
    ("encap/suricata-verify__smb-eicar-overlap__input.pcap", 27, 0xf183_79a7_c843_2dca),
    ("encap/suricata-verify__vxlan-decoder-01__input.pcap", 3, 0x22f4_4a3a_a692_1d84),
    ("encap/tcpdump__02-sunrise-sunset-esp.pcap", 8, 0x7f03_8bcd_4b36_9a85),
    ("encap/tcpdump__RADIUS-RFC5176-2.pcap", 1, 0x5050_727c_2bf3_d365),
    ("encap/tcpdump__babel.pcap", 25, 0xd0a5_9900_413c_253e),
    ("encap/tcpdump__erspan-type-ii-3.pcap", 108, 0x8873_5916_c3af_a94e),
    ("encap/tcpdump__erspan-type-iii-ft-0.pcap", 9, 0xcaa7_f13a_f5f0_a65b),
    ("encap/tcpdump__erspan-type-iii-pb-1.pcap", 1, 0x97d0_8853_92a4_2c8b),
    ("encap/tcpdump__gso-ipv4-geneve-ipv6.pcap", 1, 0x5248_2bd8_004c_c732),
    ("encap/tcpdump__gso-ipv6-geneve-ipv4.pcap", 1, 0xa985_cea6_6a40_5b57),
    ("encap/tcpdump__gso-ipv6-vxlan-ipv4.pcap", 1, 0xda02_f64e_3aa8_bd11),
    ("encap/tcpdump__isakmp4500.pcap", 27, 0x7c56_1626_d429_382e),
    ("encap/tcpdump__isis-infinite-loop.pcap", 5, 0xffb0_8c6d_d74a_da3e),
    ("encap/tcpdump__lspping-fec-ldp.pcap", 13, 0x8317_521f_2496_2f76),
    ("encap/tcpdump__mpls-traceroute.pcap", 18, 0x0ac5_1840_f358_3c62),
    ("encap/tcpdump__nhrp.pcapng", 25, 0xd38a_4e09_3ff8_228c),
    ("encap/tcpdump__pppoes.pcap", 0, 0xcbf2_9ce4_8422_2325),
    ("encap/tcpdump__resp_3_malicious.pcap", 163, 0x9ac9_8f15_b691_c959),
    ("encap/tcpdump__wccp_redirect_gre.pcap", 1, 0x9984_63f5_9c22_8653),
    (
        "encap/zeek__doc__advanced__devel__plugins__connkey-vxlan-fivetuple-plugin-src__Traces__vxlan-overlapping-http-get.pcap",
        42,
        0xc078_d640_7be9_a0c4,
    ),
    ("encap/zeek__erspanI.pcap", 10, 0xdded_4a67_e42a_ab3f),
    ("encap/zeek__erspanIII.pcap", 2, 0x94d1_bcfa_276c_a1ea),
    ("encap/zeek__http-vlan-0.pcap", 14, 0x7bb9_4e52_a784_5371),
    ("encap/zeek__ip6_esp.pcap", 121, 0xa2fe_8b92_dee2_21ce),
    ("encap/zeek__ldap__issue-32.pcapng", 6, 0x339f_6c71_162b_a976),
    ("encap/zeek__mixed-vlan-mpls.pcap", 47, 0x8fed_01aa_1c89_e178),
    ("encap/zeek__pbb-recursive-frames.pcapng", 1, 0x83e5_f9ae_dbcb_4e81),
    ("encap/zeek__pbb.pcap", 10, 0x5b81_4004_1d88_b00a),
    ("encap/zeek__ppp__quic-interop-retry.pcap", 26, 0xc340_8290_4275_9656),
    ("encap/zeek__quic__interop__quic-go_quic-go__handshake.pcap", 13, 0x1b79_caeb_3a2d_f829),
    ("encap/zeek__quic__interop__quic-go_quic-go__zerortt.pcap", 104, 0x133d_2536_1288_f5ee),
    ("encap/zeek__tunnels__Teredo.pcap", 78, 0xa7e2_9322_7993_be24),
    ("encap/zeek__tunnels__geneve-47101.pcap", 24, 0x90b4_f64d_62fe_3a3b),
    ("encap/zeek__tunnels__geneve-arp.pcap", 1, 0xa4bd_c4eb_6de7_aa7e),
    ("encap/zeek__tunnels__geneve-many-options.pcap", 10, 0x46ea_bed4_268d_6431),
    ("encap/zeek__tunnels__gtp__gtp8_teredo.pcap", 10, 0x3fb1_c135_40a7_4a90),
    ("encap/zeek__tunnels__gtp__gtp_control_prime.pcap", 10, 0xe9dd_2333_aff0_40a3),
    ("encap/zeek__tunnels__gtp__gtp_ext_header.pcap", 2, 0x47e9_3485_2c20_8b44),
    ("encap/zeek__tunnels__teredo_bubble_with_payload.pcap", 29, 0x5e17_a399_891c_0fcd),
    ("encap/zeek__tunnels__vxlan-encapsulated-igmp-v2.pcap", 3, 0x025c_9600_a892_4d9a),
    ("encap/zeek__tunnels__vxlan.pcap", 10, 0x7e8d_bada_511c_cd07),
    ("encap/zeek__vntag_vlan_sandwich_clean.pcap", 1, 0x4824_fde0_8915_1f95),
    ("formats/PcapPlusPlus__Packet++Test__PacketExamples__SomeIpTp.pcapng", 2, 0xff65_7db4_484f_f142),
    ("formats/PcapPlusPlus__Packet++Test__PacketExamples__dns_over_tcp.pcapng", 4, 0xa9e6_29f8_64c1_63a5),
    ("formats/PcapPlusPlus__Packet++Test__PacketExamples__doipPackets.pcapng", 20, 0x01ef_48dd_f386_d271),
    ("formats/PcapPlusPlus__Packet++Test__PacketExamples__igmp.pcapng", 4, 0x0518_94f5_748a_8387),
    ("formats/PcapPlusPlus__Packet++Test__PacketExamples__postgres.pcapng", 2, 0x0623_f1dd_ea48_ca62),
    ("formats/PcapPlusPlus__Packet++Test__PacketExamples__someip.pcapng", 2, 0xdd3a_85fe_9bb8_e940),
    ("formats/PcapPlusPlus__file_heuristics__microsecs.pcap", 0, 0xcbf2_9ce4_8422_2325),
    ("formats/PcapPlusPlus__file_heuristics__nanosecs.pcap", 0, 0xcbf2_9ce4_8422_2325),
    ("formats/PcapPlusPlus__file_heuristics__pcapng-example.pcapng", 1, 0x1f0a_f436_70d0_bbb0),
    ("formats/PcapPlusPlus__microsecs_big_endian.pcap", 0, 0xcbf2_9ce4_8422_2325),
    ("formats/PcapPlusPlus__nanosecs_big_endian.pcap", 10, 0x50c5_0113_29a8_8477),
    ("formats/PcapPlusPlus__null_loopback.pcap", 3, 0xa9ad_e464_95c5_298a),
    ("formats/PcapPlusPlus__raw_ip.pcap", 100, 0x6b48_e6c3_6a66_ee93),
    ("formats/lab__empty_valid.pcap", 0, 0xcbf2_9ce4_8422_2325),
    ("formats/lab__labA_snaplen96.pcap", 12011, 0x364e_4e05_beac_4ba1),
    ("formats/lab__labA_two_ifaces_options.pcapng", 2352, 0xf5ae_eefc_36e2_112e),
    ("formats/pcap-parser__assets__modified-format.pcap", 1, 0xf6f1_c4fa_dc46_734f),
    ("formats/pcap-parser__assets__test001-be.pcapng", 4, 0x63dd_502c_6478_e933),
    ("formats/pcap-parser__assets__test010-le.pcapng", 4, 0x63dd_502c_6478_e933),
    ("formats/pcap-parser__assets__test016-be.pcapng", 4, 0x63dd_502c_6478_e933),
    ("formats/pcap-parser__assets__test016-le.pcapng", 4, 0x63dd_502c_6478_e933),
    ("formats/pcap-parser__assets__test017-be.pcapng", 0, 0xcbf2_9ce4_8422_2325),
];

/// Where we read another thing than tshark on purpose, and what ours amounts to.
const OTHERWISE: &[(&str, &str, usize, u64)] = &[
    (
        "encap/suricata-verify__security-8550__input.pcap",
        "the packet inside ends before its addresses: the tunnel's ends are told",
        2,
        0x5c9c_e89f_0d92_67de,
    ),
    (
        "encap/zeek__pbb-recursive-frames.pcapng",
        "backbone tags within backbone tags, fifty deep: more than are followed, which is counted",
        0,
        0xcbf2_9ce4_8422_2325,
    ),
    (
        "encap/zeek__tunnels__gtp__gtp_control_prime.pcap",
        "charging of mobile networks (GTP') carries no users' packets by its standard",
        10,
        0x68ff_8ced_1ed8_19b1,
    ),
    (
        "encap/zeek__tunnels__gtp__gtp_ext_header.pcap",
        "the first part of a fragmented packet is read once all of it is there",
        2,
        0x12e3_73b6_6c5a_dcce,
    ),
];

struct Captured {
    link: u32,
    wire_len: u32,
    bytes: Vec<u8>,
}

fn word(bytes: &[u8], at: usize, big: bool) -> Option<u32> {
    let four = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
}

fn half(bytes: &[u8], at: usize, big: bool) -> Option<u32> {
    let two = bytes.get(at..at + 2)?.try_into().ok()?;
    Some(u32::from(if big { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) }))
}

fn read_pcap(file: &[u8]) -> Option<Vec<Captured>> {
    let big = match file.get(..4)? {
        [0xa1, 0xb2, 0xc3 | 0x3c, 0xd4 | 0x4d] => true,
        [0xd4 | 0x4d, 0xc3 | 0x3c, 0xb2, 0xa1] => false,
        // The classic format with a longer head of each packet.
        [0x34, 0xcd, 0xb2, 0xa1] => false,
        _ => return None,
    };
    let head = if file.starts_with(&[0x34]) { 24 } else { 16 };
    let link = word(file, 20, big)? & 0xffff;
    let (mut frames, mut at) = (Vec::new(), 24);
    while let (Some(length), Some(wire_len)) = (word(file, at + 8, big), word(file, at + 12, big)) {
        let Some(bytes) = file.get(at + head..at + head + length as usize) else { break };
        frames.push(Captured { link, wire_len, bytes: bytes.to_vec() });
        at += head + length as usize;
    }
    Some(frames)
}

fn read_pcapng(file: &[u8]) -> Option<Vec<Captured>> {
    let (mut frames, mut links, mut big, mut at) = (Vec::new(), Vec::new(), false, 0);
    word(file, 0, true).filter(|kind| *kind == 0x0a0d_0d0a)?;
    while let Some(kind) = word(file, at, big) {
        if kind == 0x0a0d_0d0a {
            big = file.get(at + 8) == Some(&0x1a);
            links.clear();
        }
        let Some(length) = word(file, at + 4, big) else { break };
        let Some(body) = file.get(at + 8..at + (length as usize).max(12) - 4) else { break };
        if kind == 0x0bad {
            // A maker's own block; tshark counts it as a frame.
            frames.push(Captured { link: u32::MAX, wire_len: 0, bytes: Vec::new() });
        }
        let mut push = |interface: usize, captured: usize, wire_len: u32, from: usize| {
            if let (Some(link), Some(bytes)) = (links.get(interface), body.get(from..from + captured)) {
                frames.push(Captured { link: *link, wire_len, bytes: bytes.to_vec() });
            }
        };
        match kind {
            1 => links.push(half(body, 0, big)?),
            2 => push(half(body, 0, big)? as usize, word(body, 12, big)? as usize, word(body, 16, big)?, 20),
            3 => {
                let wire_len = word(body, 0, big)?;
                push(0, (wire_len as usize).min(body.len() - 4), wire_len, 4);
            }
            6 => push(word(body, 0, big)? as usize, word(body, 12, big)? as usize, word(body, 16, big)?, 20),
            _ => {}
        }
        at += (length as usize).max(12);
    }
    Some(frames)
}

/// What the engine would find in a frame, as it would go about it.
fn innermost(frame: &Frame<'_>, cut: u32, depth: u8) -> Option<String> {
    let packet = match frame.ether_type {
        ETHER_TYPE_IPV4 => ip::v4(frame.payload, cut),
        ETHER_TYPE_IPV6 => ip::v6(frame.payload, cut),
        _ => return None,
    };
    let packet = packet.ok()?;
    let (source, destination) = (packet.source, packet.destination);
    let line = |name: &str, ports: (u16, u16)| {
        Some(format!("{name} {source} {} {destination} {}", ports.0, ports.1))
    };
    if packet.fragment.is_some() {
        return line("-", (0, 0));
    }
    let datagram = transport::udp(packet.payload, packet.missing).ok();
    let tunnel = match packet.protocol {
        PROTOCOL_UDP => datagram.as_ref().and_then(|datagram| {
            tunnel::of_udp(datagram.source_port, datagram.destination_port, datagram.payload)
        }),
        protocol => tunnel::of_ip(protocol, packet.payload),
    };
    if let Some(inside) = tunnel.and_then(|tunnel| tunnel.inside)
        && depth < TUNNELS_MAX
        && let Some(line) = innermost(&inside.ok()?, packet.missing, depth + 1)
    {
        return Some(line);
    }
    match packet.protocol {
        PROTOCOL_UDP if let Some(datagram) = datagram => {
            line("udp", (datagram.source_port, datagram.destination_port))
        }
        PROTOCOL_TCP if let Ok(segment) = transport::tcp(packet.payload) => {
            line("tcp", (segment.source_port, segment.destination_port))
        }
        _ => line("-", (0, 0)),
    }
}

fn lines(frames: &[Captured]) -> String {
    let mut text = String::new();
    for (captured, number) in frames.iter().zip(1..) {
        let Some(link) = LinkType::from_linktype(captured.link) else { continue };
        let cut = captured.wire_len.saturating_sub(captured.bytes.len() as u32);
        let Ok(frame) = link::decode(link, &captured.bytes) else { continue };
        if let Some(line) = innermost(&frame, cut, 0) {
            let _ = writeln!(text, "{number} {line}");
        }
    }
    text
}

fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[test]
fn innermost_addresses_and_ports_are_those_of_an_independent_decoder() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/captures");
    if !folder.exists() {
        eprintln!("skipped: no ../shared/data");
        return;
    }
    let mut wrong = Vec::new();
    for (name, theirs, hash) in READ_BY_TSHARK {
        let file = std::fs::read(folder.join(name)).unwrap();
        let Some(frames) = read_pcap(&file).or_else(|| read_pcapng(&file)) else {
            panic!("{name} is no capture");
        };
        let text = lines(&frames);
        if let Some(dump) = std::env::var_os("CORDON_DUMP_ENVELOPES") {
            let path = PathBuf::from(dump).join(format!("{}.ours", name.replace('/', "__")));
            std::fs::write(path, &text).unwrap();
        }
        let ours = (text.lines().count(), fingerprint(&text));
        let otherwise = OTHERWISE.iter().find(|(known, ..)| known == name);
        let wanted = otherwise.map_or((*theirs, *hash), |(_, _, count, hash)| (*count, *hash));
        if ours != wanted {
            wrong.push(format!("{name}: {} frames, 0x{:016x}, not {}", ours.0, ours.1, wanted.0));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
