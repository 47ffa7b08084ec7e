//! Builders of golden messages, from the published format.

use crate::dissect::testing::{Piece, client, server};

pub(super) const CT_IMAGE: &str = "1.2.840.10008.5.1.4.1.1.2";
pub(super) const ECG: &str = "1.2.840.10008.5.1.4.1.1.9.1.1";
pub(super) const VERIFICATION: &str = "1.2.840.10008.1.1";
pub(super) const IMPLICIT: &str = "1.2.840.10008.1.2";
pub(super) const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub(super) const BIG: &str = "1.2.840.10008.1.2.2";
pub(super) const DEFLATED: &str = "1.2.840.10008.1.2.1.99";

pub(super) fn item(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind, 0][..], &(content.len() as u16).to_be_bytes(), content].concat()
}

pub(super) fn pdu(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind, 0][..], &(content.len() as u32).to_be_bytes(), content].concat()
}

pub(super) fn proposal(id: u8, class: &str, syntaxes: &[&str]) -> Vec<u8> {
    let mut content = vec![id, 0, 0, 0];
    content.extend(item(0x30, class.as_bytes()));
    syntaxes.iter().for_each(|syntax| content.extend(item(0x40, syntax.as_bytes())));
    item(0x20, &content)
}

pub(super) fn answer(id: u8, result: u8, syntax: &str) -> Vec<u8> {
    item(0x21, &[&[id, 0, result, 0][..], &item(0x40, syntax.as_bytes())].concat())
}

pub(super) fn role(class: &str, user: u8, provider: u8) -> Vec<u8> {
    item(0x54, &[&(class.len() as u16).to_be_bytes()[..], class.as_bytes(), &[user, provider]].concat())
}

pub(super) fn associate(kind: u8, items: &[Vec<u8>], information: &[Vec<u8>]) -> Vec<u8> {
    let fixed = [&[0, 1, 0, 0][..], b"ARCHIVE         CT99            ", &[0; 32]].concat();
    let context = item(0x10, b"1.2.840.10008.3.1.1.1");
    pdu(kind, &[fixed, context, items.concat(), item(0x50, &information.concat())].concat())
}

/// A command set: implicit, little endian, with its group length; class, field, then further elements.
pub(super) fn message(class: &str, field: u16, more: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut all = vec![(0x0000_0100, field.to_le_bytes().to_vec()), (0x0000_0800, vec![1, 0])];
    if !class.is_empty() {
        all.push((0x0000_0002, padded(class.as_bytes(), 0)));
    }
    all.extend_from_slice(more);
    all.sort();
    let elements: Vec<u8> = all.iter().flat_map(|(tag, value)| implicit(*tag, value)).collect();
    [implicit(0, &(elements.len() as u32).to_le_bytes()), elements].concat()
}

/// A response with its status.
pub(super) fn status(class: &str, field: u16, status: u16) -> Vec<u8> {
    message(class, field, &[(0x0000_0900, status.to_le_bytes().to_vec())])
}

/// A command set on CT images.
pub(super) fn command(field: u16, moved: bool) -> Vec<u8> {
    let mover = [(0x0000_1030, b"MOVER ".to_vec())];
    message(CT_IMAGE, field, if moved { &mover } else { &[] })
}

/// A value of even length.
pub(super) fn padded(value: &[u8], with: u8) -> Vec<u8> {
    let mut value = value.to_vec();
    value.resize(value.len().next_multiple_of(2), with);
    value
}

/// A set compressed as a whole, with the byte that makes its length even.
pub(super) fn deflate(set: &[u8]) -> Vec<u8> {
    padded(&crate::inflate::packing::raw(set), 0)
}

/// A message of a command set and perhaps a data set, in units of one fragment.
pub(super) fn sent(context: u8, command: &[u8], set: &[u8]) -> Vec<u8> {
    let first = data(context, true, command, 4096, 1);
    if set.is_empty() { first } else { [first, data(context, false, set, 4096, 1)].concat() }
}

pub(super) fn tag_bytes(tag: u32) -> [u8; 4] {
    let [a, b, c, d] = tag.to_be_bytes();
    [b, a, d, c]
}

pub(super) fn implicit(tag: u32, value: &[u8]) -> Vec<u8> {
    [&tag_bytes(tag)[..], &(value.len() as u32).to_le_bytes(), value].concat()
}

pub(super) fn explicit(tag: u32, representation: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let long = matches!(representation, b"OB" | b"OW" | b"SQ" | b"UN" | b"UT");
    let length = match long {
        true => [&[0, 0][..], &(value.len() as u32).to_le_bytes()].concat(),
        false => (value.len() as u16).to_le_bytes().to_vec(),
    };
    [&tag_bytes(tag)[..], representation, &length, value].concat()
}

pub(super) fn explicit_big(tag: u32, representation: &[u8; 2], value: &[u8]) -> Vec<u8> {
    [&tag.to_be_bytes()[..], representation, &(value.len() as u16).to_be_bytes(), value].concat()
}

/// A sequence of undefined length with an item of undefined length.
pub(super) fn open_sequence(tag: u32, content: &[u8]) -> Vec<u8> {
    let undefined = u32::MAX.to_le_bytes();
    [
        &tag_bytes(tag)[..],
        b"SQ\0\0",
        &undefined,
        &tag_bytes(0xfffe_e000),
        &undefined,
        content,
        &implicit(0xfffe_e00d, &[]),
        &implicit(0xfffe_e0dd, &[]),
    ]
    .concat()
}

pub(super) fn patient() -> Vec<u8> {
    [
        explicit(0x0010_0010, b"PN", b"DOE^JANE"),
        explicit(0x0010_0020, b"LO", b"MRN4711 "),
        explicit(0x0010_0030, b"DA", b"19440229"),
        explicit(0x0010_1040, b"LO", b"12 ELM STREET "),
    ]
    .concat()
}

/// An object in explicit encoding with sequences of every kind in the way.
pub(super) fn object() -> Vec<u8> {
    let nested = [explicit(0x0008_0060, b"CS", b"XX"), open_sequence(0x0008_1199, &patient())].concat();
    let unknown = [
        &tag_bytes(0x0009_1001)[..],
        b"UN\0\0",
        &u32::MAX.to_le_bytes(),
        &tag_bytes(0xfffe_e000),
        &u32::MAX.to_le_bytes(),
        &implicit(0x0008_0070, b"NESTED"),
        &implicit(0xfffe_e00d, &[]),
        &implicit(0xfffe_e0dd, &[]),
    ]
    .concat();
    let frames = [
        &tag_bytes(0x7fe0_0010)[..],
        b"OB\0\0",
        &u32::MAX.to_le_bytes(),
        &implicit(0xfffe_e000, &[]),
        &implicit(0xfffe_e000, &[0xab; 700]),
        &implicit(0xfffe_e0dd, &[]),
    ]
    .concat();
    [
        explicit(0x0008_0016, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0"),
        explicit(0x0008_0060, b"CS", b"CT"),
        explicit(0x0008_0070, b"LO", b"Imaging Works "),
        explicit(0x0008_1010, b"SH", b"CT01_OC0"),
        explicit(0x0008_1030, b"LO", b"LUNG NODULE "),
        explicit(0x0008_1090, b"LO", "Größe 64".as_bytes()),
        open_sequence(0x0008_1140, &nested),
        unknown,
        patient(),
        explicit(0x0018_1000, b"LO", b"SN-77\0"),
        explicit(0x0018_1020, b"LO", b"5.1\\K7"),
        explicit(0x0040_0275, b"SQ", &implicit(0xfffe_e000, &patient())),
        frames,
    ]
    .concat()
}

/// The set as presentation data values of `size` bytes, `per_pdu` of them in a unit.
pub(super) fn data(context: u8, is_command: bool, set: &[u8], size: usize, per_pdu: usize) -> Vec<u8> {
    let count = set.len().div_ceil(size);
    let values: Vec<Vec<u8>> = set
        .chunks(size)
        .enumerate()
        .map(|(index, fragment)| {
            let control = u8::from(is_command) | if index + 1 == count { 2 } else { 0 };
            [&(fragment.len() as u32 + 2).to_be_bytes()[..], &[context, control], fragment].concat()
        })
        .collect();
    values.chunks(per_pdu).flat_map(|values| pdu(4, &values.concat())).collect()
}

pub(super) fn negotiation(syntax: &str) -> Vec<Piece> {
    let request = [
        proposal(1, CT_IMAGE, &[EXPLICIT, syntax]),
        proposal(3, ECG, &[IMPLICIT]),
        proposal(5, VERIFICATION, &[IMPLICIT]),
    ];
    let answers = [answer(1, 0, syntax), answer(3, 4, IMPLICIT), answer(5, 0, IMPLICIT)];
    vec![
        client(associate(
            1,
            &request,
            &[
                item(0x51, &[0, 0, 0x40, 0]),
                item(0x52, b"1.2.276.0.7230010.3.0.3.6.7"),
                item(0x55, b"OFFIS_DCMTK_367"),
            ],
        )),
        server(associate(
            2,
            &answers,
            &[item(0x52, b"1.3.6.1.4.1.5962.2\0"), item(0x55, b"ARCHIVE 9       ")],
        )),
    ]
}

pub(super) fn stored(syntax: &str, set: &[u8], moved: bool) -> Vec<Piece> {
    let mut pieces = negotiation(syntax);
    pieces.push(client([data(1, true, &command(1, moved), 4096, 1), data(1, false, set, 61, 3)].concat()));
    pieces.push(server(data(1, true, &command(0x8001, false), 50, 1)));
    pieces.push(client(pdu(5, &[0; 4])));
    pieces.push(server(pdu(6, &[0; 4])));
    pieces
}
