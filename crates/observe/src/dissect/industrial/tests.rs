//! Golden conversations of building and plant control, put together from the published formats.

use super::super::testing::{
    Piece, any_split, batter, batter_datagram, check, client, datagram, run, server,
};
use super::super::{Probe, Side, StreamDissector};
use super::bacnet::Bacnet;
use super::enip::{EtherNetIp, EtherNetIpDatagram};
use super::modbus::Modbus;
use super::opcua::Opcua;
use super::s7::S7comm;
use proptest::prelude::*;

fn modbus(transaction: u8, unit: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 1).unwrap().to_be_bytes();
    [&[0, transaction, 0, 0][..], &length, &[unit], body].concat()
}

fn identification(objects: &[(u8, &str)]) -> Vec<u8> {
    let mut body = vec![43, 14, 1, 0x83, 0, 0, u8::try_from(objects.len()).unwrap()];
    for (id, text) in objects {
        body.extend([*id, u8::try_from(text.len()).unwrap()]);
        body.extend(text.as_bytes());
    }
    body
}

pub(in crate::dissect) fn modbus_corpus() -> Vec<Vec<Piece>> {
    let objects = [(0, "Ventura Air"), (1, "AHU-7"), (2, "V2.10"), (4, "Air handling"), (5, "AHU 7000")];
    let asked = |unit| client(modbus(2, unit, &[43, 14, 1, 0]));
    vec![
        vec![
            client(modbus(1, 255, &[3, 0, 0, 0, 2])),
            server(modbus(1, 255, &[3, 4, 0, 1, 0, 2])),
            asked(255),
            server(modbus(2, 255, &identification(&objects))),
            client(modbus(3, 255, &[6, 0, 1, 0, 7])),
            server(modbus(3, 255, &[0x86, 2])),
        ],
        vec![asked(17), server(modbus(2, 17, &identification(&objects[..3])))],
    ]
}

#[test]
fn modbus_servers_say_what_they_are_and_gateways_for_whom() {
    let [whole, behind] = modbus_corpus().try_into().unwrap();
    insta::assert_snapshot!(check::<Modbus>(&whole), @r"
    Client modbus.asks read_holding_registers
    Client modbus.asks encapsulated_interface
    Server modbus.vendor Ventura Air
    Server modbus.product_code AHU-7
    Server modbus.revision V2.10
    Server modbus.product_name Air handling
    Server modbus.model AHU 7000
    Client modbus.asks write_single_register
    ");
    insta::assert_snapshot!(check::<Modbus>(&behind), @r"
    Client modbus.asks encapsulated_interface
    Server modbus.unit 17
    Server for [17] modbus.vendor Ventura Air
    Server for [17] modbus.product_code AHU-7
    Server for [17] modbus.revision V2.10
    ");
}

#[test]
fn modbus_is_told_by_form_and_its_port_only_helps() {
    let request = modbus(1, 1, &[3, 0, 0, 0, 2]);
    assert_eq!(Modbus::probe(&request, 502), Probe::Certain(Side::Client));
    assert_eq!(Modbus::probe(&request, 1502), Probe::Certain(Side::Client));
    assert_eq!(Modbus::probe(&[&request[..], b"x"].concat(), 1502), Probe::No);
    assert_eq!(Modbus::probe(&modbus(1, 1, &[3, 4, 0, 1, 0, 2]), 502), Probe::Certain(Side::Server));
    assert_eq!(Modbus::probe(&request[..7], 502), Probe::Unsure);
    assert_eq!(Modbus::probe(b"GET / HTTP/1.1\r\n", 502), Probe::No);
    assert_eq!(Modbus::probe(&modbus(1, 1, &[99, 0, 0, 0, 2]), 502), Probe::No);
}

fn tpkt(transport: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + transport.len()).unwrap().to_be_bytes();
    [&[3, 0][..], &length, transport].concat()
}

fn s7(kind: u8, parameters: &[u8], data: &[u8]) -> Vec<u8> {
    let [a, b] = [parameters, data].map(|part| u16::try_from(part.len()).unwrap().to_be_bytes());
    let head = [&[2, 0xf0, 0x80, 0x32, kind, 0, 0, 0, 1][..], &a, &b].concat();
    let error: &[u8] = if kind == 3 { &[0, 0] } else { &[] };
    tpkt(&[&head, error, parameters, data].concat())
}

fn s7_list(list: u16, records: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let length = 2 + records[0].1.len();
    let mut content = list.to_be_bytes().to_vec();
    content.extend([0, 0]);
    content.extend(u16::try_from(length).unwrap().to_be_bytes());
    content.extend(u16::try_from(records.len()).unwrap().to_be_bytes());
    for (index, value) in records {
        content.extend(index.to_be_bytes());
        content.extend(value);
    }
    let size = u16::try_from(content.len()).unwrap().to_be_bytes();
    let data = [&[0xff, 9][..], &size, &content].concat();
    s7(7, &[0, 1, 0x12, 8, 0x12, 0x84, 1, 1, 0, 0, 0, 0], &data)
}

fn padded(text: &str, length: usize, fill: u8) -> Vec<u8> {
    let mut field = text.as_bytes().to_vec();
    field.resize(length, fill);
    field
}

pub(in crate::dissect) fn s7_corpus() -> Vec<Vec<Piece>> {
    let connect = [&[17, 0xe0, 0, 0, 0, 1, 0, 0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2][..]].concat();
    let confirm = [&[17, 0xd0, 0, 1, 0, 2, 0, 0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2][..]].concat();
    let setup = [0xf0, 0, 0, 1, 0, 1, 1, 0xe0];
    let module = |order: &str, tail: [u8; 6]| [padded(order, 20, b' '), tail.to_vec()].concat();
    let asked = [0xff, 9, 0, 4, 0, 0x11, 0, 0];
    vec![vec![
        client(tpkt(&connect)),
        server(tpkt(&confirm)),
        client(s7(1, &setup, &[])),
        server(s7(3, &setup, &[])),
        client(s7(7, &[0, 1, 0x12, 4, 0x11, 0x44, 1, 0], &asked)),
        server(s7_list(
            0x11,
            &[
                (1, module("6ES7 315-2EH14-0AB0", [0, 0xc0, 0, 4, 0, 1])),
                (6, module("6ES7 315-2EH14-0AB0", [0, 0xc0, 0, 4, 0, 1])),
                (7, module("Boot Loader", [0, 0, b'V', 3, 2, 8])),
            ],
        )),
        server(s7_list(
            0x1c,
            &[
                (1, padded("SIMATIC 300", 32, 0)),
                (2, padded("Autoclave 4", 32, 0)),
                (5, padded("S C-B1U490892010", 32, 0)),
                (7, padded("CPU 315-2 PN/DP", 32, 0)),
            ],
        )),
        client(s7(1, &[0x1a, 0, 1, 0, 0, 0, 0, 0, 9], &[])),
        client(s7(1, &[0x1b, 0, 0, 0, 0, 0, 0, 0, 9], &[])),
        client(s7(1, &[&[0x28, 0, 0, 0, 0, 0, 0, 0xfd, 0, 0, 9][..], b"P_PROGRAM"].concat(), &[])),
        client(s7(1, &[&[0x29, 0, 0, 0, 0, 0, 9][..], b"P_PROGRAM"].concat(), &[])),
    ]]
}

#[test]
fn s7_controllers_say_what_they_are_and_what_is_done_to_them() {
    insta::assert_snapshot!(check::<S7comm>(&s7_corpus()[0]), @r"
    Server s7.order_number 6ES7 315-2EH14-0AB0
    Server s7.hardware 4
    Server s7.firmware 3.2.8
    Server s7.system_name SIMATIC 300
    Server s7.module_name Autoclave 4
    Server s7.serial S C-B1U490892010
    Server s7.module_type CPU 315-2 PN/DP
    Client configuration.transfer: s7: blocks are loaded into the controller
    Client control.operation: s7: the controller is started
    Client control.operation: s7: the controller is stopped
    ");
}

#[test]
fn the_transport_of_s7_alone_is_not_s7() {
    let Piece::Bytes(_, connect) = &s7_corpus()[0][0] else { unreachable!() };
    assert_eq!(S7comm::probe(connect, 102), Probe::Unsure);
    let job = [&connect[..], &s7(1, &[0xf0], &[])].concat();
    assert_eq!(S7comm::probe(&job, 102), Probe::Certain(Side::Client));
    let desktop = tpkt(&[&[14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0][..]].concat());
    assert_ne!(S7comm::probe(&desktop, 3389), Probe::Certain(Side::Client));
    let mms = [&connect[..], &tpkt(&[2, 0xf0, 0x80, 0x0d, 1, 2, 3, 4, 5])].concat();
    assert_eq!(S7comm::probe(&mms, 102), Probe::No);
}

fn enip(command: u16, session: u32, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap();
    let mut message = command.to_le_bytes().to_vec();
    message.extend(length.to_le_bytes());
    message.extend(session.to_le_bytes());
    message.extend([0; 16]);
    message.extend(body);
    message
}

fn enip_identity() -> Vec<u8> {
    let name = b"1769-L33ER/A LOGIX5333ER";
    let mut object = vec![1, 0, 14, 0, 0xa7, 0, 20, 11, 0x60, 0x31, 0xef, 0xbe, 0xad, 0xde];
    object.push(u8::try_from(name.len()).unwrap());
    object.extend(name);
    object
}

/// A List Identity answer.
fn enip_listed() -> Vec<u8> {
    let item = [&[1, 0][..], &[0, 2, 0xaf, 0x12, 10, 0, 0, 9], &[0; 8], &enip_identity(), &[3]].concat();
    let length = u16::try_from(item.len()).unwrap().to_le_bytes();
    enip(0x63, 0, &[&[1, 0, 0x0c, 0][..], &length, &item].concat())
}

fn enip_data(cip: &[u8]) -> Vec<u8> {
    let length = u16::try_from(cip.len()).unwrap().to_le_bytes();
    enip(0x6f, 7, &[&[0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0xb2, 0][..], &length, cip].concat())
}

pub(in crate::dissect) fn enip_corpus() -> Vec<Vec<Piece>> {
    vec![
        vec![
            client(enip(0x65, 0, &[1, 0, 0, 0])),
            server(enip(0x65, 7, &[1, 0, 0, 0])),
            client(enip_data(&[1, 2, 0x20, 1, 0x24, 1])),
            server(enip_data(&[&[0x81, 0, 0, 0][..], &enip_identity()].concat())),
            client(enip_data(&[14, 3, 0x20, 4, 0x24, 1, 0x30, 3])),
            server(enip_data(&[&[0x8e, 0, 0, 0][..], &enip_identity()].concat())),
            client(enip_data(&[5, 2, 0x20, 1, 0x24, 1])),
        ],
        vec![client(enip(0x63, 0, &[])), server(enip_listed())],
    ]
}

pub(in crate::dissect) fn enip_datagrams() -> Vec<Vec<u8>> {
    vec![enip(0x63, 0, &[]), enip_listed()]
}

#[test]
fn ethernet_ip_devices_give_their_identity() {
    let [whole, listed] = enip_corpus().try_into().unwrap();
    insta::assert_snapshot!(check::<EtherNetIp>(&whole), @r"
    Server enip.vendor_id 1
    Server enip.device_type 14
    Server enip.product_code 167
    Server enip.revision 20.011
    Server enip.serial deadbeef
    Server enip.product_name 1769-L33ER/A LOGIX5333ER
    Client control.operation: enip: the device is reset
    ");
    let identity = check::<EtherNetIp>(&listed);
    assert_eq!(identity, run::<EtherNetIp>(&whole[..4]));
    assert_eq!(datagram::<EtherNetIpDatagram>([44_818, 50_000], &enip_listed(), false), Some(identity));
    assert_eq!(datagram::<EtherNetIpDatagram>([50_000, 50_001], &enip_listed(), false), None);
}

/// BACnet/IP: an original unicast with this network and application layer.
fn bacnet(network: &[u8], application: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + network.len() + application.len()).unwrap().to_be_bytes();
    [&[0x81, 0x0a][..], &length, network, application].concat()
}

const DIRECT: &[u8] = &[1, 0];
/// From network 5, address 12 there.
const ROUTED: &[u8] = &[1, 0x08, 0, 5, 1, 12];
const DEVICE_77: [u8; 5] = [0x0c, 2, 0, 0, 77];

fn string(text: &str) -> Vec<u8> {
    [&[0x75, u8::try_from(text.len() + 1).unwrap(), 0][..], text.as_bytes()].concat()
}

pub(in crate::dissect) fn bacnet_corpus() -> Vec<Vec<u8>> {
    let i_am = [0x10, 0, 0xc4, 2, 0, 0, 77, 0x22, 5, 0xc4, 0x91, 3, 0x21, 24];
    let model = [&[0x30, 1, 12][..], &DEVICE_77, &[0x19, 70, 0x3e], &string("EY-AS 525"), &[0x3f]].concat();
    let several = [
        &[0x30, 2, 14][..],
        &DEVICE_77,
        &[0x1e, 0x29, 121, 0x4e],
        &string("Kältewerk AG"),
        &[0x4f, 0x29, 44, 0x4e],
        &string("2.1.0"),
        &[0x4f, 0x29, 28, 0x4e],
        &string("in the cellar"),
        &[0x4f, 0x2a, 1, 0x74, 0x4e],
        &string("SN-889"),
        &[0x4f, 0x1f],
    ]
    .concat();
    let restart = [0, 5, 3, 20, 0x09, 0];
    vec![
        bacnet(DIRECT, &i_am),
        bacnet(ROUTED, &i_am),
        bacnet(DIRECT, &model),
        bacnet(ROUTED, &several),
        bacnet(&[1, 4], &restart),
        vec![0x81, 5, 0, 6, 0, 60],
    ]
}

#[test]
fn bacnet_devices_announce_themselves_also_from_behind_routers() {
    let told: Vec<String> = bacnet_corpus()
        .iter()
        .map(|message| datagram::<Bacnet>([47_808; 2], message, false).unwrap())
        .collect();
    insta::assert_snapshot!(told.concat(), @r"
    Client bacnet.instance 77
    Client bacnet.vendor_id 24
    Client for [bacnet device 77] bacnet.instance 77
    Client for [bacnet device 77] bacnet.vendor_id 24
    Server bacnet.model EY-AS 525
    Server bacnet.instance 77
    Server for [bacnet device 77] bacnet.vendor Kältewerk AG
    Server for [bacnet device 77] bacnet.firmware 2.1.0
    Server for [bacnet device 77] bacnet.serial SN-889
    Client control.operation: bacnet: the device is restarted
    ");
    assert_eq!(datagram::<Bacnet>([47_808; 2], &[0x81, 0x0a, 0, 9, 1, 0], false), None, "another length");
}

fn opcua(kind: &[u8; 3], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(8 + body.len()).unwrap().to_le_bytes();
    [&kind[..], b"F", &length, body].concat()
}

fn text(value: &str) -> Vec<u8> {
    [&u32::try_from(value.len()).unwrap().to_le_bytes()[..], value.as_bytes()].concat()
}

const NULL: [u8; 4] = [0xff; 4];

fn opcua_hello() -> Vec<u8> {
    opcua(b"HEL", &[&[0; 20][..], &text("opc.tcp://plant:4840/ua")].concat())
}

fn opcua_open(policy: &str) -> Vec<u8> {
    let uri = text(&format!("http://opcfoundation.org/UA/SecurityPolicy#{policy}"));
    opcua(b"OPN", &[&[0; 4][..], &uri, &NULL, &NULL, &[1, 0, 0, 0, 1, 0, 0, 0]].concat())
}

fn opcua_service(kind: u16, body: &[u8]) -> Vec<u8> {
    let [low, high] = kind.to_le_bytes();
    opcua(b"MSG", &[&[0; 16][..], &[1, 0, low, high], body].concat())
}

fn opcua_application(name: &str) -> Vec<u8> {
    let name = [&[2][..], &text(name)].concat();
    [&text("urn:plant:server")[..], &text("urn:maker:product"), &name, &[0; 4], &NULL, &NULL, &NULL].concat()
}

fn opcua_endpoint(mode: u8, policy: &str) -> Vec<u8> {
    let uri = text(&format!("http://opcfoundation.org/UA/SecurityPolicy#{policy}"));
    let token = [&text("anonymous")[..], &[0; 4], &NULL, &NULL, &NULL].concat();
    let parts = [
        &text("opc.tcp://plant:4840/ua")[..],
        &opcua_application("Steriliser"),
        &NULL,
        &[mode, 0, 0, 0],
        &uri,
        &[1, 0, 0, 0],
        &token,
        &NULL,
        &[0],
    ];
    parts.concat()
}

pub(in crate::dissect) fn opcua_corpus() -> Vec<Vec<Piece>> {
    // The header of a request: token, time, handle, diagnostics, audit, timeout, more.
    let request = [&[0, 0][..], &[0; 16], &NULL, &[0; 4], &[0, 0, 0]].concat();
    let response = |result: u32| [&[0; 12][..], &result.to_le_bytes(), &[0], &NULL, &[0, 0, 0]].concat();
    let listed =
        [&response(0)[..], &[2, 0, 0, 0], &opcua_endpoint(1, "None"), &opcua_endpoint(3, "Basic256Sha256")]
            .concat();
    let session = [&request[..], &opcua_application("Historian")].concat();
    let token = [&text("user")[..], &text("DOE.JANE"), &text("c2VjcmV0"), &NULL].concat();
    let token =
        [&[1, 0, 0x44, 1, 1][..], &u32::try_from(token.len()).unwrap().to_le_bytes(), &token].concat();
    let activate = [&request[..], &NULL, &NULL, &NULL, &NULL, &token].concat();
    vec![
        vec![
            client(opcua_hello()),
            server(opcua(b"ACK", &[0; 20])),
            client(opcua_open("None")),
            server(opcua_open("None")),
            server(opcua_service(431, &listed)),
            client(opcua_service(461, &session)),
            client(opcua_service(467, &activate)),
            server(opcua_service(397, &response(0x801f_0000))),
        ],
        vec![client(opcua_hello()), client(opcua_open("Basic256Sha256")), client(opcua(b"MSG", &[9; 300]))],
    ]
}

#[test]
fn opc_ua_servers_say_what_they_are_and_how_they_are_protected() {
    let [clear, protected] = opcua_corpus().try_into().unwrap();
    insta::assert_snapshot!(check::<Opcua>(&clear), @r"
    Server opcua.endpoint opc.tcp://plant:4840/ua
    Server opcua.policy_used None
    Client encryption.weak: opcua: security policy None, nothing is encrypted
    Server opcua.endpoint opc.tcp://plant:4840/ua
    Server opcua.application_uri urn:plant:server
    Server opcua.product_uri urn:maker:product
    Server opcua.application Steriliser
    Server opcua.offers none None
    Server opcua.endpoint opc.tcp://plant:4840/ua
    Server opcua.application_uri urn:plant:server
    Server opcua.product_uri urn:maker:product
    Server opcua.application Steriliser
    Server opcua.offers sign_and_encrypt Basic256Sha256
    Client opcua.application Historian
    Client opcua.product_uri urn:maker:product
    Client opcua.user 8c2736f609557b73
    Client log_in.clear_credentials: opcua: user name and password
    Client log_in.failed: opcua: refused by the server
    ");
    insta::assert_snapshot!(check::<Opcua>(&protected), @r"
    Server opcua.endpoint opc.tcp://plant:4840/ua
    Server opcua.policy_used Basic256Sha256
    ");
}

#[test]
fn damaged_conversations_are_safe() {
    modbus_corpus().iter().for_each(|pieces| batter::<Modbus>(pieces));
    s7_corpus().iter().for_each(|pieces| batter::<S7comm>(pieces));
    enip_corpus().iter().for_each(|pieces| batter::<EtherNetIp>(pieces));
    opcua_corpus().iter().for_each(|pieces| batter::<Opcua>(pieces));
    bacnet_corpus().iter().for_each(|message| batter_datagram::<Bacnet>([47_808; 2], message));
    enip_datagrams().iter().for_each(|message| batter_datagram::<EtherNetIpDatagram>([44_818; 2], message));
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_tell_the_same(
        start in 0_usize..5,
        tail in proptest::collection::vec(any::<u8>(), 0..200),
        sizes in proptest::collection::vec(1_usize..40, 1..10),
    ) {
        let mut pieces = [modbus_corpus(), s7_corpus(), enip_corpus(), opcua_corpus()].concat().swap_remove(start);
        pieces.push(server(tail));
        any_split::<Modbus>(&pieces, &sizes);
        any_split::<S7comm>(&pieces, &sizes);
        any_split::<EtherNetIp>(&pieces, &sizes);
        any_split::<Opcua>(&pieces, &sizes);
    }
}
