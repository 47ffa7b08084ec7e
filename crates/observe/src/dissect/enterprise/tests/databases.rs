//! Golden messages of databases, put together from the published formats, and damage done to them.

use super::super::super::known::Message;
use super::super::super::testing::{Piece, any_split, batter, check, client, datagram, run, server};
use super::super::super::tls;
use super::super::super::{Probe, Side, StreamDissector};
use super::super::mssql::{Mssql, MssqlBrowser};
use super::super::mysql::Mysql;
use super::super::oracle::Oracle;
use super::super::postgres::Postgres;
use super::wide;
use insta::assert_snapshot;
use proptest::prelude::*;

fn tds(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u16 + 8).to_be_bytes();
    [&[kind, 1][..], &length, &[0, 0, 1, 0], body].concat()
}

/// Options of a prelogin, then their values.
fn prelogin(kind: u8, options: &[(u8, &[u8])]) -> Vec<u8> {
    let (mut at, mut heads, mut values) = (5 * options.len() as u16 + 1, Vec::new(), Vec::new());
    for (option, value) in options {
        heads.extend([&[*option][..], &at.to_be_bytes(), &(value.len() as u16).to_be_bytes()].concat());
        values.extend_from_slice(value);
        at += value.len() as u16;
    }
    tds(kind, &[heads, vec![0xff], values].concat())
}

/// A log-in record with texts in the order of their places.
fn login(host: &str, user: &str, password: &str, program: &str) -> Vec<u8> {
    let texts = [host, user, password, program, "sql1.clinic.local", "", "ODBC", "", "pacs"];
    let (mut at, mut places, mut content) = (94u16, Vec::new(), Vec::new());
    for text in texts {
        let text = wide(text);
        places.extend([at.to_le_bytes(), (text.len() as u16 / 2).to_le_bytes()].concat());
        at += text.len() as u16;
        content.extend(text);
    }
    let rest = [&[0, 0x1b, 0x0d, 1, 2, 3][..], &[0; 16]].concat();
    let head = [&0x7400_0004_u32.to_le_bytes()[..], &[0; 28]].concat();
    let body = [&head[..], &places, &rest, &content].concat();
    tds(0x10, &[&(body.len() as u32 + 4).to_le_bytes()[..], &body].concat())
}

fn token(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &(body.len() as u16).to_le_bytes(), body].concat()
}

/// SQL Server: a log-in in clear that is accepted, one that fails, one that is encrypted.
pub(crate) fn mssql() -> Vec<Vec<Piece>> {
    let ask =
        prelogin(0x12, &[(0, &[11, 0, 0x0c, 0x38, 0, 0]), (1, &[0]), (2, b"PACS\0"), (3, &[1, 2, 3, 4])]);
    let answer =
        |encryption: u8| prelogin(4, &[(0, &[15, 0, 0x07, 0xd0, 0, 0]), (1, &[encryption]), (2, &[0])]);
    let program = wide("Microsoft SQL Server");
    let accepted =
        [&[1, 0x74, 0, 0, 4, program.len() as u8 / 2][..], &program, &[15, 0, 0x07, 0xd0]].concat();
    let words = wide("Login failed for user 'Jane Doe'.");
    let name = wide("SQL1");
    let failed = [
        &18456u32.to_le_bytes()[..],
        &[1, 14],
        &(words.len() as u16 / 2).to_le_bytes(),
        &words,
        &[4],
        &name,
        &[0, 1, 0, 0, 0],
    ]
    .concat();
    let change = token(0xe3, &[1, 4, b'p', 0, b'a', 0, b'c', 0, b's', 0, 0]);
    vec![
        vec![
            client(ask.clone()),
            server(answer(2)),
            client(login("WARD7-PC", "Jane Doe", "c2VjcmV0", "ViewerPro")),
            server(tds(4, &[change, token(0xad, &accepted)].concat())),
        ],
        vec![client(login("WARD7-PC", "sa", "x", "ViewerPro")), server(tds(4, &token(0xaa, &failed)))],
        vec![client(ask), server(answer(1)), client(tds(0x12, b"\x16\x03\x01\0\x05hello"))],
    ]
}

/// What a computer's browser says of its instances.
pub(crate) fn instances() -> Message {
    let text = "ServerName;SQL1;InstanceName;PACS;IsClustered;No;Version;15.0.2000.5;tcp;1433;;\
                ServerName;SQL1;InstanceName;RIS;IsClustered;No;Version;11.0.2100.60;tcp;1500;;";
    ([1434, 50_000], [&[5][..], &(text.len() as u16).to_le_bytes(), text.as_bytes()].concat())
}

fn mysql_packet(number: u8, body: &[u8]) -> Vec<u8> {
    let [low, middle, high, _] = (body.len() as u32).to_le_bytes();
    [&[low, middle, high, number][..], body].concat()
}

/// MySQL: a log-in that is accepted, one that fails after another method, one that is encrypted, one that is not
/// let in at all.
pub(crate) fn mysql() -> Vec<Vec<Piece>> {
    let greeting = |version: &str| {
        let rest = [
            &[7, 0, 0, 0][..],
            b"saltsalt\0",
            &[0xff, 0xf7, 8, 2, 0, 0xff, 0xc1, 21],
            &[0; 10],
            b"saltsaltsalt\0",
        ];
        mysql_packet(
            0,
            &[&[10][..], version.as_bytes(), &[0], &rest.concat(), b"mysql_native_password\0"].concat(),
        )
    };
    let head = |abilities: u32| [&abilities.to_le_bytes()[..], &[0, 0, 0, 1, 45], &[0; 23]].concat();
    let counted = |text: &str| [&[text.len() as u8][..], text.as_bytes()].concat();
    let attributes = [
        ("_client_name", "libmysql"),
        ("_client_version", "8.0.32"),
        ("_os", "Linux"),
        ("_pid", "5550199"),
        ("program_name", "mysqldump"),
    ]
    .map(|(name, value)| [counted(name), counted(value)].concat())
    .concat();
    let login = [
        &head(0x0018_8208 | 8)[..],
        b"Jane Doe\0",
        &[20],
        &[0x5a; 20],
        b"pacs\0mysql_native_password\0",
        &[attributes.len() as u8],
        &attributes,
    ]
    .concat();
    let plain = [&head(0x0008_8200)[..], b"Jane Doe\0", &[0], b"caching_sha2_password\0"].concat();
    let denied = [&[0xff][..], &1045u16.to_le_bytes(), b"#28000Access denied for user 'Jane Doe'"].concat();
    let blocked = [&[0xff][..], &1130u16.to_le_bytes(), b"Host 'x' is not allowed"].concat();
    vec![
        vec![
            server(greeting("8.0.32-0ubuntu0.22.04.2")),
            client(mysql_packet(1, &login)),
            server(mysql_packet(2, &[0, 0, 0, 2, 0, 0, 0])),
            client(mysql_packet(0, b"\x03select * from patients where name = 'DOE'")),
        ],
        vec![
            server(greeting("5.5.5-10.6.12-MariaDB")),
            client(mysql_packet(1, &plain)),
            server(mysql_packet(2, b"\xfemysql_clear_password\0")),
            client(mysql_packet(3, b"c2VjcmV0\0")),
            server(mysql_packet(4, &denied)),
        ],
        vec![
            server(greeting("5.7.40")),
            client(mysql_packet(1, &head(0x8a00))),
            client(b"\x16\x03\x01\0\x05hello".to_vec()),
        ],
        vec![server(mysql_packet(0, &blocked))],
    ]
}

fn postgres_message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &(body.len() as u32 + 4).to_be_bytes(), body].concat()
}

/// PostgreSQL: encryption is not offered and the log-in accepted, one fails, one is encrypted.
pub(crate) fn postgres() -> Vec<Vec<Piece>> {
    let ask = [&8u32.to_be_bytes()[..], &80_877_103_u32.to_be_bytes()].concat();
    let start = |text: &[u8]| [&(text.len() as u32 + 8).to_be_bytes()[..], &[0, 3, 0, 0], text].concat();
    let parameters = b"user\0Jane Doe\0database\0pacs\0application_name\0psql\0client_encoding\0UTF8\0\0";
    let authentication =
        |code: u32, rest: &[u8]| postgres_message(b'R', &[&code.to_be_bytes()[..], rest].concat());
    let failed = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user \"Jane Doe\"\0\0";
    vec![
        vec![
            client(ask.clone()),
            server(b"N".to_vec()),
            client(start(parameters)),
            server(authentication(3, &[])),
            client(postgres_message(b'p', b"c2VjcmV0\0")),
            server(authentication(0, &[])),
            server(postgres_message(b'S', b"server_version\x0015.4 (Debian 15.4-1)\0")),
            server(postgres_message(b'S', b"session_authorization\0Jane Doe\0")),
            server(postgres_message(b'Z', b"I")),
            client(postgres_message(b'Q', b"select * from patients where name = 'DOE'\0")),
        ],
        vec![
            client(start(b"user\0doe\0database\0doe\0\0")),
            server(authentication(10, b"SCRAM-SHA-256\0\0")),
            client(postgres_message(b'p', b"SCRAM-SHA-256\0\0\0\0\x05n,,n=")),
            server(postgres_message(b'E', failed)),
        ],
        vec![client(ask), server(b"S".to_vec()), client(b"\x16\x03\x01\0\x05hello".to_vec())],
    ]
}

fn tns(kind: u8, body: &[u8]) -> Vec<u8> {
    [&(body.len() as u16 + 8).to_be_bytes()[..], &[0, 0, kind, 0, 0, 0], body].concat()
}

/// Oracle: a session that is accepted, one that is not.
pub(crate) fn oracle() -> Vec<Vec<Piece>> {
    let connect = |text: &str| {
        let numbers = [314u16, 300, 0x0c41, 0x2000, 0x7fff, 0x7f08, 0, 1, text.len() as u16, 58];
        let mut body = numbers.map(u16::to_be_bytes).concat();
        body.resize(50, 0);
        tns(1, &[&body[..], text.as_bytes()].concat())
    };
    let text = "(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=10.0.0.5)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=RISPROD)\
                (CID=(PROGRAM=C:\\Users\\Doe\\viewer.exe)(HOST=WARD7-PC)(USER=Jane Doe))))";
    let services = |version: u32| {
        let body =
            [&[0, 0][..], &0xdead_beef_u32.to_be_bytes(), &[0, 150], &version.to_be_bytes(), &[0, 4, 0]];
        tns(6, &body.concat())
    };
    let accept = [&314u16.to_be_bytes()[..], &[0; 22]].concat();
    let refusal =
        "(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR=12514)(ERROR_STACK=(ERROR=(CODE=12514)(EMFI=4))))";
    let refuse = [&[4, 0][..], &(refusal.len() as u16).to_be_bytes(), refusal.as_bytes()].concat();
    vec![
        vec![
            client(connect(text)),
            server(tns(11, &[])),
            client(connect(text)),
            server(tns(2, &accept)),
            client(services(0x0b20_0400)),
            server(services(0x1300_0000)),
        ],
        vec![client(connect("(DESCRIPTION=(CONNECT_DATA=(SID=ORCL)))")), server(tns(4, &refuse))],
    ]
}

fn told<D: StreamDissector>(conversations: &[Vec<Piece>]) -> String {
    let told: Vec<String> = conversations.iter().map(|pieces| check::<D>(pieces)).collect();
    told.join("--\n")
}

#[test]
fn log_ins_to_sql_server_are_read() {
    assert_snapshot!(told::<Mssql>(&mssql()), @r"
    Client mssql.client_version 11.0.3128
    Server mssql.instance PACS
    Server mssql.version 15.0.2000
    Server mssql.encryption not supported
    Client mssql.client_host WARD7-PC
    Client mssql.application ViewerPro
    Server mssql.asked_name sql1.clinic.local
    Client mssql.database pacs
    Client mssql.user ecc55be4445d1856
    Client log_in.clear_credentials: mssql: log-in without encryption
    Server mssql.version 15.0.2000
    --
    Client mssql.client_host WARD7-PC
    Client mssql.application ViewerPro
    Server mssql.asked_name sql1.clinic.local
    Client mssql.database pacs
    Client mssql.user 6e5c6db80d2c46ba
    Client log_in.clear_credentials: mssql: log-in without encryption
    Server mssql.server_name SQL1
    Client log_in.failed: mssql: wrong name or password (18456)
    --
    Client mssql.client_version 11.0.3128
    Server mssql.instance PACS
    Server mssql.version 15.0.2000
    Server mssql.encryption everything
    ");
}

#[test]
fn instances_of_sql_server_are_read() {
    let (ports, bytes) = instances();
    assert_snapshot!(datagram::<MssqlBrowser>(ports, &bytes, false).unwrap(), @r"
    Server mssql.server_name SQL1
    Server mssql.instance PACS
    Server mssql.version 15.0.2000.5
    Server mssql.server_name SQL1
    Server mssql.instance RIS
    Server mssql.version 11.0.2100.60
    ");
    assert_eq!(datagram::<MssqlBrowser>([50_000, 1434], &bytes, false), None);
}

#[test]
fn log_ins_to_mysql_are_read() {
    assert_snapshot!(told::<Mysql>(&mysql()), @r"
    Server mysql.version 8.0.32-0ubuntu0.22.04.2
    Client mysql.user ecc55be4445d1856
    Server mysql.encryption none
    Client mysql.database pacs
    Client mysql.client libmysql
    Client mysql.client_version 8.0.32
    Client mysql.client_os Linux
    Client mysql.application mysqldump
    --
    Server mysql.version 5.5.5-10.6.12-MariaDB
    Client mysql.user ecc55be4445d1856
    Server mysql.encryption none
    Client log_in.clear_credentials: mysql: password in clear
    Client log_in.failed: mysql: wrong name or password (1045)
    --
    Server mysql.version 5.7.40
    Server mysql.encryption TLS
    --
    Client log_in.failed: mysql: this host may not connect (1130)
    ");
}

#[test]
fn log_ins_to_postgres_are_read() {
    assert_snapshot!(told::<Postgres>(&postgres()), @r"
    Server postgres.encryption not offered
    Client postgres.application psql
    Client postgres.user ecc55be4445d1856
    Client postgres.database pacs
    Server postgres.authentication password
    Client log_in.clear_credentials: postgres: password in clear
    Server postgres.version 15.4 (Debian 15.4-1)
    --
    Client postgres.user d7c8f7d91bdd2c6a
    Server postgres.authentication SCRAM-SHA-256
    Client log_in.failed: postgres: wrong password (28P01)
    --
    Server postgres.encryption TLS
    ");
}

/// A client asks for TLS, and the server agrees.
fn agreed() -> Vec<Piece> {
    postgres().pop().unwrap().into_iter().take(2).collect()
}

/// The agreement on TLS, and the handshake after it.
fn secured() -> Vec<Piece> {
    let handshake = tls::tests::corpus().swap_remove(0);
    [agreed(), handshake].concat()
}

#[test]
fn what_follows_an_agreement_on_tls_is_read() {
    let told = check::<Postgres>(&secured());
    for fact in ["Server postgres.encryption TLS\n", "Server tls.version 1.2\n", "Server tls.subject CN="] {
        assert!(told.contains(fact), "{told}");
    }
    batter::<Postgres>(&secured());
    // Nothing but a handshake is taken for TLS.
    let mut other = agreed();
    other.push(client(vec![22, 4, 1, 0, 5, 1, 2, 3, 4, 5]));
    assert_eq!(check::<Postgres>(&other), "Server postgres.encryption TLS\n");
}

#[test]
fn sessions_with_oracle_are_read() {
    assert_snapshot!(told::<Oracle>(&oracle()), @r"
    Server oracle.service RISPROD
    Client oracle.program viewer.exe
    Client oracle.client_host WARD7-PC
    Client oracle.user ecc55be4445d1856
    Server oracle.service RISPROD
    Client oracle.program viewer.exe
    Client oracle.client_host WARD7-PC
    Client oracle.user ecc55be4445d1856
    Client oracle.client_version 11.2.0.4.0
    Server oracle.version 19.0.0.0.0
    --
    Server oracle.service ORCL
    Server oracle.version 19.0.0.0.0
    Client log_in.failed: oracle: no such service (12514)
    ");
}

#[test]
fn damage_is_safe() {
    mssql().iter().for_each(|pieces| batter::<Mssql>(pieces));
    mysql().iter().for_each(|pieces| batter::<Mysql>(pieces));
    postgres().iter().for_each(|pieces| batter::<Postgres>(pieces));
    oracle().iter().for_each(|pieces| batter::<Oracle>(pieces));
}

#[test]
fn probes_know_both_sides() {
    let first = |conversations: &[Vec<Piece>], piece: usize| match &conversations[0][piece] {
        Piece::Bytes(_, bytes) => bytes[..bytes.len().min(64)].to_vec(),
        Piece::Gap(..) => Vec::new(),
    };
    assert_eq!(Mssql::probe(&first(&mssql(), 0), 0), Probe::Certain(Side::Client));
    assert_eq!(Mssql::probe(&first(&mssql(), 1), 0), Probe::Certain(Side::Server));
    assert_eq!(Mssql::probe(&first(&mssql(), 2), 0), Probe::Certain(Side::Client));
    assert_eq!(Mysql::probe(&first(&mysql(), 0), 0), Probe::Certain(Side::Server));
    assert_eq!(Postgres::probe(&first(&postgres(), 0), 0), Probe::Certain(Side::Client));
    assert_eq!(Postgres::probe(&first(&postgres(), 2), 0), Probe::Certain(Side::Client));
    assert_eq!(Postgres::probe(&first(&postgres(), 3), 0), Probe::Certain(Side::Server));
    assert_eq!(Oracle::probe(&first(&oracle(), 0), 0), Probe::Certain(Side::Client));
    for other in
        [&b"\0\0\0\x90\xfeSMB"[..], b"\0\x0a\x01\0\0\0\0\0\0\0\0\0", b"\x4a\0\0\0\x0aMSH|", b"RTSP/1.0"]
    {
        assert_eq!(Mysql::probe(other, 3306), Probe::No);
        assert_eq!(Postgres::probe(other, 5432), Probe::No);
        assert_eq!(Oracle::probe(other, 1521), Probe::No);
        assert_eq!(Mssql::probe(other, 1433), Probe::No);
    }
}

#[test]
fn statements_are_not_read() {
    let mut pieces = mysql().remove(0);
    pieces.push(server(mysql_packet(1, b"\xff\x15\x04#28000x")));
    assert_eq!(run::<Mysql>(&pieces), run::<Mysql>(&mysql()[0]));
}

proptest! {
    #[test]
    fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 1..300), sizes in proptest::collection::vec(1usize..50, 1..8)) {
        let pieces = |conversations: Vec<Vec<Piece>>| {
            let mut pieces = conversations[0].clone();
            pieces.insert(1, client(bytes.clone()));
            pieces.insert(1, server(bytes.clone()));
            pieces
        };
        any_split::<Mssql>(&pieces(mssql()), &sizes);
        any_split::<Mysql>(&pieces(mysql()), &sizes);
        any_split::<Postgres>(&pieces(postgres()), &sizes);
        any_split::<Oracle>(&pieces(oracle()), &sizes);
    }
}
