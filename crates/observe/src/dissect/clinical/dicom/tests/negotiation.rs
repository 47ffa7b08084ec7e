//! Negotiation: every item, every refusal.

use super::super::Dicom;
use super::build::*;
use crate::dissect::testing::{Piece, batter, check, client, server};
use insta::assert_snapshot;

const WORKLIST: &str = "1.2.840.10008.5.1.4.31";
const ENHANCED_CT: &str = "1.2.840.10008.5.1.4.1.1.2.1";

/// Texts with their lengths before them.
fn texts(texts: &[&[u8]]) -> Vec<u8> {
    texts.iter().flat_map(|text| [&(text.len() as u16).to_be_bytes()[..], text].concat()).collect()
}

fn identity(kind: u8, response: u8, primary: &[u8], secondary: &[u8]) -> Vec<u8> {
    item(0x58, &[&[kind, response][..], &texts(&[primary, secondary])].concat())
}

/// Every item a negotiation can hold.
pub(crate) fn everything() -> Vec<Piece> {
    let request = [
        proposal(1, CT_IMAGE, &[EXPLICIT, DEFLATED]),
        proposal(3, ENHANCED_CT, &[IMPLICIT]),
        proposal(5, WORKLIST, &[IMPLICIT]),
        proposal(7, VERIFICATION, &[BIG]),
        proposal(9, ECG, &[IMPLICIT]),
    ];
    let answers = [
        answer(1, 0, DEFLATED),
        answer(3, 1, IMPLICIT),
        answer(5, 2, IMPLICIT),
        answer(7, 3, ""),
        item(0x21, &[9, 0, 4, 0]),
    ];
    let general = texts(&[&texts(&[CT_IMAGE.as_bytes()])]);
    let common = [texts(&[ENHANCED_CT.as_bytes(), b"1.2.840.10008.4.2"]), general].concat();
    let extended = [texts(&[CT_IMAGE.as_bytes()]), vec![2, 0, 0, 0, 1, 0]].concat();
    vec![
        client(associate(
            1,
            &request,
            &[
                item(0x51, &[0, 0, 0x40, 0]),
                item(0x52, b"1.2.3.4"),
                item(0x53, &[0, 5, 0, 0]),
                role(CT_IMAGE, 1, 0),
                item(0x55, b"TEST_1"),
                item(0x56, &extended),
                item(0x57, &common),
                identity(2, 1, b"DOE", b"c2VjcmV0"),
            ],
        )),
        server(associate(
            2,
            &answers,
            &[
                item(0x51, &[0, 0, 0, 0]),
                item(0x52, b"1.2.3.5"),
                item(0x53, &[0, 1, 0, 1]),
                role(CT_IMAGE, 1, 0),
                item(0x56, &extended),
                item(0x59, &texts(&[b"DOE"])),
            ],
        )),
    ]
}

#[test]
fn every_item_is_told() {
    assert_snapshot!(check::<Dicom>(&everything()), @r"
    Client dicom.calling_ae CT99
    Client dicom.maximum_length 16384
    Client dicom.implementation_class_uid 1.2.3.4
    Client dicom.asynchronous_operations 5/0
    Client dicom.implementation_version TEST_1
    Client dicom.extended_negotiation 1.2.840.10008.5.1.4.1.1.2 020000000100
    Client dicom.extended_negotiation 1.2.840.10008.5.1.4.1.1.2.1 of 1.2.840.10008.4.2, as 1.2.840.10008.5.1.4.1.1.2
    Client dicom.user_identity user name and passcode, response requested
    Client dicom.clear_credentials: a user name and passcode in an association request
    Server dicom.called_ae ARCHIVE
    Server dicom.transfer_syntax 1.2.840.10008.1.2.1.99
    Server dicom.maximum_length 0
    Server dicom.implementation_class_uid 1.2.3.5
    Server dicom.asynchronous_operations 1/1
    Server dicom.extended_negotiation 1.2.840.10008.5.1.4.1.1.2 020000000100
    Server dicom.user_identity answers a user's identity
    Client dicom.scu 1.2.840.10008.5.1.4.1.1.2
    Server dicom.scp 1.2.840.10008.5.1.4.1.1.2
    Server dicom.refused 1.2.840.10008.5.1.4.1.1.2.1 user rejection
    Server dicom.refused 1.2.840.10008.5.1.4.31 provider rejection, no reason
    Server dicom.refused 1.2.840.10008.1.1 abstract syntax not supported
    Server dicom.refused 1.2.840.10008.5.1.4.1.1.9.1.1 transfer syntaxes not supported
    ");
    batter::<Dicom>(&everything());
}

#[test]
fn an_identity_is_told_by_its_kind_only() {
    let told = |identity: Vec<u8>| {
        let told =
            check::<Dicom>(&[client(associate(1, &[proposal(1, CT_IMAGE, &[IMPLICIT])], &[identity]))]);
        told.lines().skip(1).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(told(identity(1, 0, b"DOE", b"")), @"Client dicom.user_identity user name");
    assert_snapshot!(told(identity(3, 1, &[9; 600], b"")), @"Client dicom.user_identity Kerberos service ticket, response requested");
    // An assertion may be longer than what is held of an item.
    assert_snapshot!(told(identity(4, 0, &[b'<'; 30_000], b"")), @r"
    Client dicom.user_identity SAML assertion
    Client dicom.clear_credentials: a SAML assertion in an association request
    ");
    assert_snapshot!(told(identity(5, 0, b"c2VjcmV0.DOE.", b"")), @r"
    Client dicom.user_identity JSON Web Token
    Client dicom.clear_credentials: a JSON Web Token in an association request
    ");
    assert_snapshot!(told(item(0x58, &[2])), @"malformed: 1");
    let private = item(0x10, b"1.3.46.670589.1");
    assert_snapshot!(told(private), @"Client dicom.application_context 1.3.46.670589.1");
}

#[test]
fn roles_are_as_selected() {
    let request = [
        proposal(1, CT_IMAGE, &[EXPLICIT]),
        proposal(3, VERIFICATION, &[IMPLICIT]),
        proposal(7, "1.3.99.1", &[IMPLICIT]),
    ];
    let answers = [answer(1, 0, EXPLICIT), answer(3, 0, IMPLICIT), answer(7, 0, IMPLICIT)];
    let told = check::<Dicom>(&[
        client(associate(1, &request, &[role(CT_IMAGE, 1, 1), role("1.3.99.1", 1, 1)])),
        server(associate(2, &answers, &[role(CT_IMAGE, 0, 1), role("1.3.99.1", 1, 1)])),
    ]);
    assert_snapshot!(told, @r"
    Client dicom.calling_ae CT99
    Server dicom.called_ae ARCHIVE
    Server dicom.transfer_syntax 1.2.840.10008.1.2.1
    Server dicom.transfer_syntax 1.2.840.10008.1.2
    Client dicom.scp 1.2.840.10008.5.1.4.1.1.2
    Server dicom.scu 1.2.840.10008.5.1.4.1.1.2
    Client dicom.scu 1.2.840.10008.1.1
    Server dicom.scp 1.2.840.10008.1.1
    Client dicom.scu 1.3.99.1
    Server dicom.scp 1.3.99.1
    Client dicom.scp 1.3.99.1
    Server dicom.scu 1.3.99.1
    ");
}

#[test]
fn rejections_and_aborts_are_told_in_words() {
    let told = check::<Dicom>(&[
        negotiation(EXPLICIT).remove(0),
        server(pdu(3, &[0, 1, 1, 7])),
        client(pdu(7, &[0, 0, 0, 0])),
        server(pdu(7, &[0, 0, 2, 1])),
        server(pdu(3, &[0, 9, 9, 9])),
    ]);
    assert_snapshot!(told, @r"
    Client dicom.calling_ae CT99
    Client dicom.maximum_length 16384
    Client dicom.implementation_class_uid 1.2.276.0.7230010.3.0.3.6.7
    Client dicom.implementation_version OFFIS_DCMTK_367
    Server dicom.wrong_ae_title: called AE title not recognized: ARCHIVE, asked for by CT99
    Client dicom.association_aborted: aborted by the service user
    Server dicom.association_aborted: aborted by the service provider: unrecognized PDU
    Server dicom.association_rejected: rejected by a reserved source
    ");
}
