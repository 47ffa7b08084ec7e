//! Captures built byte by byte: a client 10.0.0.9 and a server 10.0.0.1 on one Ethernet.

/// TCP flags of a handshake's first two segments, and of one with content.
const SYN: u8 = 0x02;
const SYN_ACK: u8 = 0x12;
const PUSH_ACK: u8 = 0x18;

/// A capture in the classic format, one frame a millisecond.
pub(super) fn pcap(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut out = [&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0][..], &[0; 8], &[0, 0, 4, 0, 1, 0, 0, 0]].concat();
    for (frame, millisecond) in frames.iter().zip(0u32..) {
        let length = u32::try_from(frame.len()).unwrap();
        let second = 1_763_800_000 + millisecond / 1000;
        for word in [second, millisecond % 1000 * 1000, length, length] {
            out.extend(word.to_le_bytes());
        }
        out.extend(frame);
    }
    out
}

fn ethernet(from_client: bool, payload: &[u8]) -> Vec<u8> {
    let (client, server) = ([0, 0x1b, 0x0d, 0, 0, 1], [0, 0x1b, 0x0d, 0, 0, 2]);
    let (to, from) = if from_client { (server, client) } else { (client, server) };
    [&to[..], &from, &[8, 0], payload].concat()
}

fn ip(from_client: bool, protocol: u8, [identifier, fragment]: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
    let (from, to) = if from_client { (9, 1) } else { (1, 9) };
    let ([a, b], [c, d]) = (identifier.to_be_bytes(), fragment.to_be_bytes());
    let head = [0x45, 0, length[0], length[1], a, b, c, d, 64, protocol, 0, 0, 10, 0, 0, from, 10, 0, 0, to];
    ethernet(from_client, &[&head[..], payload].concat())
}

/// A fragment of a UDP datagram that another follows; `offset` counts eight bytes.
pub(super) fn fragment(identifier: u16, offset: u16, fill: u8) -> Vec<u8> {
    ip(true, 17, [identifier, 0x2000 | offset], &[fill; 64])
}

/// A UDP datagram from the client.
pub(super) fn udp([source, destination]: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + payload.len()).unwrap();
    let head = [source, destination, length, 0].map(u16::to_be_bytes);
    ip(true, 17, [1, 0], &[head.as_flattened(), payload].concat())
}

fn tcp(from_client: bool, [client, server]: [u16; 2], sequence: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let [from, to] = if from_client { [client, server] } else { [server, client] };
    let sequence = sequence.to_be_bytes();
    let ports = [from, to].map(u16::to_be_bytes);
    let head = [ports.as_flattened(), &sequence, &[0; 4]].concat();
    ip(from_client, 6, [1, 0], &[&head[..], &[0x50, flags, 255, 255, 0, 0, 0, 0], payload].concat())
}

/// A connection to `port` that carries one request and perhaps an answer, and is never closed.
pub(super) fn connection(ports: [u16; 2], request: &[u8], answer: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = vec![
        tcp(true, ports, 99, SYN, b""),
        tcp(false, ports, 99, SYN_ACK, b""),
        tcp(true, ports, 100, PUSH_ACK, request),
    ];
    if !answer.is_empty() {
        frames.push(tcp(false, ports, 100, PUSH_ACK, answer));
    }
    frames
}

/// One length-prefixed thing: prefix bytes, length as two bytes, content.
fn counted(prefix: &[u8], content: &[u8]) -> Vec<u8> {
    [prefix, &u16::try_from(content.len()).unwrap().to_be_bytes(), content].concat()
}

/// Every dissected protocol once, with `word` in each of its text fields.
pub(super) fn everywhere(word: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    let request = [b"GET / HTTP/1.1\r\nHost: ", word, b"\r\nUser-Agent: ", word, b"\r\n\r\n"].concat();
    let answer = [
        &b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nServer: "[..],
        word,
        b"\r\n\r\n<title>",
        word,
        b"</title>",
    ];
    frames.extend(connection([50_000, 80], &request, &answer.concat()));
    let hl7 = [
        &b"\x0bMSH|^~\\&|"[..],
        &[word, word, word, word].join(&b'|'),
        b"|20260101||ORU^R01|1|P|2.6\rOBX|1|NM|a||5|||||||||||||",
        word,
        b"^x^AABBCCDDEEFF0011^EUI-64\r\x1c\r",
    ];
    frames.extend(connection([50_001, 2575], &hl7.concat(), b""));
    frames.extend(connection([50_002, 104], &dicom(word), b""));
    frames.extend(connection([50_003, 443], &tls(word), b""));
    let label = |text: &[u8]| [&[u8::try_from(text.len()).unwrap()], text].concat();
    let query = [&[1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], &label(word)[..], &[0, 0, 1, 0, 1]].concat();
    frames.push(udp([50_004, 53], &query));
    let mut dhcp = vec![0; 236];
    dhcp[..8].copy_from_slice(&[1, 1, 6, 0, 9, 9, 9, 9]);
    dhcp[28..34].copy_from_slice(&[0, 0x1b, 0x0d, 0, 0, 1]);
    dhcp.extend(b"\x63\x82\x53\x63\x35\x01\x03");
    for option in [12, 15, 60] {
        dhcp.push(option);
        dhcp.extend(label(word));
    }
    dhcp.push(255);
    frames.push(udp([68, 67], &dhcp));
    frames
}

fn dicom(word: &[u8]) -> Vec<u8> {
    let mut title = [b' '; 16];
    let length = word.len().min(16);
    title[..length].copy_from_slice(&word[..length]);
    let syntaxes =
        [counted(&[0x30, 0], b"1.2.840.10008.1.1"), counted(&[0x40, 0], b"1.2.840.10008.1.2")].concat();
    let context = counted(&[0x20, 0], &[&[1, 0, 0, 0], &syntaxes[..]].concat());
    let user = counted(&[0x50, 0], &[counted(&[0x52, 0], b"1.2.3"), counted(&[0x55, 0], &title)].concat());
    let body = [&[0, 1, 0, 0][..], &title, &title, &[0; 32], &context, &user].concat();
    [&[1, 0, 0, 0][..], &u16::try_from(body.len()).unwrap().to_be_bytes(), &body].concat()
}

fn tls(word: &[u8]) -> Vec<u8> {
    let names = counted(&[], &counted(&[0], word));
    let extensions = counted(&[], &counted(&[0, 0], &names));
    let hello = [&[3, 3][..], &[7; 32], &[0, 0, 2, 0, 0x2f, 1, 0], &extensions].concat();
    counted(&[22, 3, 1], &counted(&[1, 0], &hello))
}
