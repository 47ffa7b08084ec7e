use super::*;
use crate::dissect::testing::{Piece, any_split, batter, check, client, server};
use insta::assert_snapshot;
use proptest::prelude::*;

fn string(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat()
}

fn packet(content: &[u8]) -> Vec<u8> {
    let padding = 4 + (8 - (5 + content.len() + 4) % 8) % 8;
    let length = (1 + content.len() + padding) as u32;
    [&length.to_be_bytes()[..], &[padding as u8], content, &vec![0x77; padding]].concat()
}

fn offer(lists: [&str; 4]) -> Vec<u8> {
    let [exchange, key, cipher, integrity] = lists;
    let all = [exchange, key, cipher, cipher, integrity, integrity, "none", "none", "", ""];
    let lists: Vec<u8> = all.iter().flat_map(|list| string(list.as_bytes())).collect();
    packet(&[&[KEXINIT][..], &[9; 16], &lists, &[0; 5]].concat())
}

fn key(bits: usize) -> Vec<u8> {
    let modulus = [&[0][..], &vec![0xc5; bits / 8]].concat();
    [string(b"ssh-rsa"), string(&[1, 0, 1]), string(&modulus)].concat()
}

fn reply(key: &[u8]) -> Vec<u8> {
    packet(&[&[KEX_REPLY][..], &string(key), &string(&[7; 32]), &string(&[8; 83])].concat())
}

fn new_keys() -> Vec<u8> {
    packet(&[NEWKEYS])
}

fn golden() -> Vec<Piece> {
    vec![
        server("SSH-2.0-dropbear_2012.55\r\n"),
        client("SSH-2.0-PuTTY_Release_0.62\r\n"),
        server(offer([
            "diffie-hellman-group1-sha1,diffie-hellman-group14-sha1",
            "ssh-rsa,ssh-dss",
            "aes128-ctr,3des-cbc",
            "hmac-sha1,hmac-md5",
        ])),
        client(offer([
            "curve25519-sha256,diffie-hellman-group1-sha1",
            "ssh-ed25519,ssh-rsa",
            "aes256-ctr,aes128-ctr",
            "hmac-sha2-256,hmac-sha1",
        ])),
        client(packet(&[&[30][..], &string(&[3; 33])].concat())),
        server([reply(&key(1024)), new_keys()].concat()),
        client([new_keys(), vec![0xe1; 40]].concat()),
        server(vec![0xe2; 40]),
        client(vec![0xe3; 400]),
    ]
}

pub(crate) fn corpus() -> Vec<Vec<Piece>> {
    vec![golden()]
}

#[test]
fn a_conversation_tells_software_agreement_and_key() {
    assert_snapshot!(check::<Ssh>(&golden()), @r#"
    Server ssh.identification SSH-2.0-dropbear_2012.55
    Client ssh.identification SSH-2.0-PuTTY_Release_0.62
    Server ssh.weak_offer diffie-hellman-group1-sha1
    Server ssh.weak_offer ssh-dss
    Server ssh.weak_offer 3des-cbc
    Server ssh.weak_offer hmac-md5
    Server ssh.key_exchange diffie-hellman-group1-sha1
    Server encryption.weak: diffie-hellman-group1-sha1
    Server ssh.host_key_algorithm ssh-rsa
    Server ssh.cipher aes128-ctr
    Server ssh.integrity hmac-sha1
    Server ssh.host_key_type ssh-rsa
    Server ssh.host_key_fingerprint SHA256:5r7+CJDphsRoSlFfkYRoJo0Ps1ZZigeknWXIz6UbPU4
    Server encryption.weak: SSH host key with RSA of 1024 bits
    Client administration.session: ssh
    "#);
    batter::<Ssh>(&golden());
}

/// The same is agreed on whoever names its algorithms first.
#[test]
fn order_makes_no_difference() {
    let mut pieces = golden();
    pieces.swap(2, 3);
    let lines = |told: String| {
        let mut lines: Vec<String> = told.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(check::<Ssh>(&pieces)), lines(check::<Ssh>(&golden())));
}

#[test]
fn old_versions_and_chained_ciphers_are_weak() {
    assert_snapshot!(check::<Ssh>(&[server("SSH-1.5-Cisco-1.25\n"), client("SSH-1.5-x\n\x01\x02")]), @r#"
    Server ssh.identification SSH-1.5-Cisco-1.25
    Server encryption.weak: SSH 1
    Client ssh.identification SSH-1.5-x
    Client encryption.weak: SSH 1
    "#);
    let told = check::<Ssh>(&[
        server("Hello\r\nSSH-1.99-OpenSSH_3.9\r\n"),
        server(offer(["ecdh-sha2-nistp256", "ssh-ed25519", "aes128-cbc,aes256-cbc", "hmac-sha1"])),
    ]);
    assert_snapshot!(told, @r#"
    Server ssh.identification SSH-1.99-OpenSSH_3.9
    Server ssh.weak_offer aes128-cbc
    Server ssh.weak_offer aes256-cbc
    "#);
}

#[test]
fn other_exchanges_tell_no_key() {
    let group = packet(&[&[KEX_REPLY][..], &string(&[0xff; 128]), &string(&[2])].concat());
    let told = check::<Ssh>(&[server([b"SSH-2.0-x\r\n".to_vec(), group].concat())]);
    assert_eq!(told, "Server ssh.identification SSH-2.0-x\n");
    let reply = packet(&[&[KEX_GROUP_REPLY][..], &string(&key(2048)), &string(&[7; 32])].concat());
    let told = check::<Ssh>(&[server([b"SSH-2.0-x\r\n".to_vec(), reply].concat())]);
    assert!(told.contains("ssh.host_key_type ssh-rsa") && !told.contains("weak"), "{told}");
}

#[test]
fn fingerprints_are_written_as_tools_do() {
    let mut line = Line::default();
    base64(&mut line, b"any carnal pleas");
    assert_eq!(line.text(), "YW55IGNhcm5hbCBwbGVhcw");
}

#[test]
fn hostile_lengths_are_bounded() {
    let huge = [&b"SSH-2.0-x\r\n"[..], &[0, 3, 0, 0, 4, KEXINIT], &[0; 9_000]].concat();
    assert!(check::<Ssh>(&[client(huge)]).contains("limits: 1"));
    let wrong = [&b"SSH-2.0-x\r\n"[..], &[0xff, 0, 0, 0, 4, KEXINIT]].concat();
    assert!(check::<Ssh>(&[client(wrong)]).contains("malformed: 1"));
    assert!(check::<Ssh>(&[client([b'S'; 300])]).contains("malformed: 1"));
}

#[test]
fn probes_want_a_version() {
    assert_eq!(Ssh::probe(b"SSH-2.0-OpenSSH", 2222), Probe::Unsided);
    assert_eq!(Ssh::probe(b"SSH", 22), Probe::Unsure);
    assert_eq!(Ssh::probe(b"SSHD", 22), Probe::No);
    assert_eq!(Ssh::probe(b"SSH-3", 22), Probe::No);
    assert!(size_of::<Ssh>() <= 512, "{}", size_of::<Ssh>());
}

proptest! {
    #[test]
    fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..300, 1..12)) {
        any_split::<Ssh>(&golden(), &sizes);
    }
}
