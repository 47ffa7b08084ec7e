//! No patient's value becomes a fact, whatever is lost, doubled, changed or joined on the way: conversations
//! full of people's values are damaged at random, and everything told is searched for pieces of those values.
//!
//! What a network loses is a gap, and known to be one; what senders and media damage are single bytes and the
//! ends of records. `CORDON_DAMAGE_CASES` sets how many cases each conversation sees.

use super::testing::{Piece, client, run, server};
use super::{Side, StreamDissector};
use super::{astm::Astm, hl7::Hl7, http::Http, poct1a::Poct1a, syslog::Syslog};
use std::collections::BTreeMap;

/// People's values, in braces in the conversations below.
const PEOPLE: [&str; 12] = [
    "Quixvolt",
    "Zamyrna",
    "KX77203941",
    "19370816",
    "Pfeilgrunz",
    "0882993164",
    "Wolfgrimm",
    "lungherdjx",
    "Ympvault",
    "c3VwZXJn",
    "48130957",
    "BDQWZX",
];
const CASES: u64 = 500;
/// As many bytes of a value give it away.
const GIVEN_AWAY: usize = 4;

/// A generator of even numbers for dice, not for secrets (Marsaglia 2003, xorshift).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 16) as usize % limit.max(1)
    }
}

/// What structures the formats.
const STRUCTURE: &[u8] = b"\r\n|^~\\&<>\"'=/:;,{}[] \0\x02\x03\x04\x05\x0b\x17\x1c";

/// A place in the bytes, often one that matters.
fn place(bytes: &[u8], dice: &mut Dice) -> usize {
    let start = dice.below(bytes.len());
    if dice.below(3) == 0 {
        return start;
    }
    let ends: &[u8] = if dice.below(2) == 0 { b"\r\n\x03\x1c\x17" } else { STRUCTURE };
    let found = bytes.iter().enumerate().skip(start).find(|(_, byte)| ends.contains(byte));
    found.map_or(start, |(at, _)| at)
}

/// One damage to one piece; answers what stands there then.
fn hurt(pieces: &mut Vec<Piece>, dice: &mut Dice) -> String {
    let index = dice.below(pieces.len());
    let Some(Piece::Bytes(side, mut bytes)) = pieces.get(index).cloned() else { return String::new() };
    if bytes.is_empty() {
        return String::new();
    }
    let at = place(&bytes, dice);
    let few = |dice: &mut Dice| 1 + dice.below(3);
    let symbol = |dice: &mut Dice| STRUCTURE[dice.below(STRUCTURE.len())];
    let kind = dice.below(8);
    match kind {
        0 => drop(bytes.drain(at..(at + few(dice)).min(bytes.len()))),
        1 => {
            let again = bytes[at..(at + few(dice)).min(bytes.len())].to_vec();
            drop(bytes.splice(at..at, again));
        }
        2 => bytes[at] ^= 1 << dice.below(8),
        3 => bytes[at] = symbol(dice),
        4 => bytes.insert(at, symbol(dice)),
        5 => {
            // The end of a record was never sent.
            let length = bytes[at..].iter().take_while(|byte| **byte <= b' ').count();
            drop(bytes.drain(at..at + length));
        }
        // The sender gave up and begins anew.
        6 => bytes.truncate(at),
        _ => {
            let end = (at + 1 + dice.below(300)).min(bytes.len());
            let after = Piece::Bytes(side, bytes[end..].to_vec());
            pieces.splice(index + 1..index + 1, [Piece::Gap(side, (end - at) as u64), after]);
            bytes.truncate(at);
        }
    }
    let shown = &bytes[at.saturating_sub(90)..(at + 110).min(bytes.len())];
    let shown = format!("damage {kind}: {}", shown.escape_ascii());
    pieces[index] = Piece::Bytes(side, bytes);
    shown
}

/// Pieces of values that stand nowhere else in a conversation.
struct Secrets {
    pieces: Vec<[u8; GIVEN_AWAY]>,
}

impl Secrets {
    fn of(pieces: &[Piece]) -> Secrets {
        let mut public = String::new();
        for piece in pieces {
            if let Piece::Bytes(_, bytes) = piece {
                public += &String::from_utf8_lossy(bytes);
            }
        }
        for value in PEOPLE {
            public = public.replace(value, "\n");
        }
        let windows = PEOPLE.iter().flat_map(|value| value.as_bytes().windows(GIVEN_AWAY));
        let mut pieces: Vec<[u8; GIVEN_AWAY]> = windows
            .filter(|part| !public.as_bytes().windows(GIVEN_AWAY).any(|known| known == *part))
            .map(|part| part.try_into().unwrap())
            .collect();
        pieces.sort_unstable();
        Secrets { pieces }
    }

    /// The first line that gives something away.
    fn leak<'a>(&self, told: &'a str) -> Option<&'a str> {
        told.lines().find(|line| {
            line.as_bytes()
                .windows(GIVEN_AWAY)
                .any(|part| self.pieces.binary_search_by(|known| known[..].cmp(part)).is_ok())
        })
    }
}

/// Damages a conversation many times; answers how often which fact leaked, with an example.
fn leaks(run: fn(&[Piece]) -> String, pieces: &[Piece], seed: u64) -> BTreeMap<String, (u64, String)> {
    let cases = std::env::var_os("CORDON_DAMAGE_CASES").and_then(|text| text.to_str()?.parse().ok());
    let secrets = Secrets::of(pieces);
    let mut found = BTreeMap::new();
    let whole = run(pieces);
    assert_eq!(secrets.leak(&whole), None, "leaks undamaged:\n{whole}");
    assert!(whole.lines().count() > 2, "nothing is told:\n{whole}");
    for case in 0..cases.unwrap_or(CASES) {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ (seed << 40) ^ (case + 1));
        (0..9).for_each(|_| _ = dice.next());
        let mut damaged = pieces.to_vec();
        let hurts: Vec<String> = (0..=dice.below(3)).map(|_| hurt(&mut damaged, &mut dice)).collect();
        let told = run(&damaged);
        if let Some(line) = secrets.leak(&told) {
            let fact = line.split(' ').find(|word| word.contains('.')).unwrap_or(line).to_owned();
            let example = || (0, format!("case {case}: {line}\n    {}\n", hurts.join("\n    ")));
            let entry = found.entry(fact).or_insert_with(example);
            entry.0 += 1;
        }
    }
    found
}

fn keeps_secrets<D: StreamDissector>(conversations: &[Vec<Piece>]) {
    let mut report = String::new();
    for (pieces, number) in conversations.iter().zip(1..) {
        for (fact, (count, example)) in leaks(run::<D>, pieces, number) {
            report += &format!("conversation {number}: {fact} leaked {count} times, in {example}");
        }
    }
    assert!(report.is_empty(), "{report}");
}

/// Segments in a frame.
fn framed(segments: &[&str]) -> Vec<u8> {
    [b"\x0b", segments.join("\r").as_bytes(), b"\r\x1c\r"].concat()
}

/// Segments about people, between which devices are spoken of.
const PEOPLE_SEGMENTS: [&str; 13] = [
    "PID|1|48130957|KX77203941^^^CLINIC^MR||Quixvolt^Zamyrna^Ympvault||19370816|F|Ympvault^Zamyrna||Pfeilgrunz 12^^TOWN||0882993164|0882993164|||S|ACC^48130957|KX77203941",
    "PD1||||Wolfgrimm^BDQWZX",
    "NK1|1|Ympvault^Zamyrna|SPO|Pfeilgrunz 12|0882993164",
    "PV1|1|I|ICU^7^2|||||BDQWZX^Wolfgrimm|BDQWZX^Wolfgrimm||||||||BDQWZX^Wolfgrimm||48130957",
    "MRG|KX77203941^^^CLINIC||48130957||||Quixvolt^Zamyrna",
    "AL1|1|DA|^lungherdjx|SV|lungherdjx",
    "DG1|1||C34^lungherdjx|lungherdjx|20250309||||||||||||BDQWZX^Wolfgrimm",
    "IN1|1|PLAN|48130957|Ympvault|||||||||||||Quixvolt^Zamyrna|SEL|19370816|Pfeilgrunz 12",
    "ORC|NW|48130957|||||||20250310|||BDQWZX^Wolfgrimm||0882993164",
    "OBR|1|48130957||1^lungherdjx|||20250310|||BDQWZX^Wolfgrimm|||lungherdjx|||BDQWZX^Wolfgrimm|0882993164",
    "NTE|1|L|lungherdjx Quixvolt lungherdjx",
    "SPM|1|48130957||BLD|||||||||lungherdjx",
    "ZPD|Quixvolt^Zamyrna|19370816|lungherdjx|48130957",
];

/// A gateway's message in which people and devices alternate.
fn hl7_mixed(header: &str, device: &str) -> Vec<Piece> {
    let mut segments = vec![header, "SFT|Maker|4.1|Gateway 7|build 9"];
    for people in PEOPLE_SEGMENTS {
        segments.extend([people, device]);
    }
    segments.extend([
        "PRT|1|AD||EQUIP^Equipment|BDQWZX^Wolfgrimm^Zamyrna|||||00889876543210^X||||||DI-8|20240101|20300101|LOT-1|SER-9||5^Syringe pump",
        "PRT|2|AD||AP^Provider|BDQWZX^Wolfgrimm^Zamyrna|BDQWZX||||||||Pfeilgrunz 12|0882993164",
        PEOPLE_SEGMENTS[0],
        "OBX|9|ST|531969^MDC_ID_MODEL_NUMBER^MDC|1.0.0.1|Vent 5||||||R",
        PEOPLE_SEGMENTS[10],
    ]);
    let answer = [
        "MSH|^~\\&|ENGINE|CLINIC|Gateway|WARD 3|20250310||ACK^R01^ACK|9|P|2.6",
        "MSA|AE|77|Quixvolt unknown",
        "ERR|||207|E|||lungherdjx",
    ];
    vec![client(framed(&segments)), server(framed(&answer)), client(framed(&segments))]
}

fn hl7() -> Vec<Vec<Piece>> {
    let long = format!(
        "OBX|2|ED|1^lungherdjx||^IM^PNG^Base64^{}||||||F|||20250310|LAB|||CAM-4^ICU||||||BDQWZX^Wolfgrimm",
        "QUFB".repeat(1_100)
    );
    let header = "MSH|^~\\&|Gateway|WARD 3|ENGINE|CLINIC|20250310||ORU^R01^ORU_R01|77|P|2.6|||AL|NE||ASCII|||IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO";
    vec![
        hl7_mixed(
            header,
            "OBX|1|NM|147842^MDC_ECG_HEART_RATE^MDC|1.2.1.1|80|lungherdjx|||||R|||20250310|LAB|BDQWZX^Wolfgrimm||MON-77^ICU^AABBCCDDEEFF0011^EUI-64||||||BDQWZX^Wolfgrimm||BDQWZX^Wolfgrimm",
        ),
        hl7_mixed(
            "MSH|^~\\&|A|B|C|D|2025||ORU^R01|1|P|2.3",
            "OBX|1|ST|1^x||lungherdjx Quixvolt||||||F||||LAB|||PUMP-5|||||||BDQWZX^Wolfgrimm",
        ),
        hl7_mixed(
            "MSH|^~\\&|LAS||||2025||ESU^U01|1|P|2.9",
            "EQU|AN-7^LAB|2025|OP\rDEV|1|D-1|5^Ventilator||Acme||Breeze 2|CAT-9|00889876543210|LOT-2|SN-12",
        ),
        vec![
            client(
                "FHS|^~\\&|LAB|NORTH|EHR|SOUTH|2025\rBHS|^~\\&|LAB|NORTH\rMSH|^~\\&|LAB|N|||2025||ADT^A40|1|P|2.3\r",
            ),
            client(format!("{}\r{}\rBTS|1\rFTS|1\r", PEOPLE_SEGMENTS[0], PEOPLE_SEGMENTS[4])),
            client(framed(&[header, &long, PEOPLE_SEGMENTS[0], PEOPLE_SEGMENTS[10]])),
        ],
    ]
}

#[test]
fn hl7_messages_keep_their_secrets() {
    keeps_secrets::<Hl7>(&hl7());
}

const ANALYSER: [&str; 9] = [
    r"H|\^&||c3VwZXJn|XN-10^00-18^11001^^^^AP807129|||||LIS||P|LIS2-A2|20250310120000",
    "P|1|KX77203941|48130957||Quixvolt^Zamyrna^A|Ympvault|19370816|F||Pfeilgrunz 12^^TOWN||0882993164|Wolfgrimm",
    "C|1|I|lungherdjx Quixvolt",
    "O|1|S-1|48130957|^^^WBC|R||||||A||||Wolfgrimm|0882993164|lungherdjx|||||||||F",
    "R|1|^^^WBC|4.7|10*3/uL||N||F||Wolfgrimm^BDQWZX|20250310|20250310120300|XN-10^1",
    "C|1|I|lungherdjx",
    "R|2|^^^RBC|4.7|10*3/uL||N||F||Wolfgrimm|||XN-10^2",
    "Q|1|KX77203941^S-1||ALL||||||||O",
    "L|1|N",
];

fn astm() -> Vec<Vec<Piece>> {
    let frame = |number: usize, text: &str, end: u8| {
        let body = [format!("{}", number % 8).as_bytes(), text.as_bytes(), &[end]].concat();
        let sum = body.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        [&[2], &body[..], format!("{sum:02X}\r\n").as_bytes()].concat()
    };
    let mut frames = vec![client(*b"\x05"), server(*b"\x06")];
    for (record, number) in ANALYSER.iter().zip(1..) {
        frames.extend([client(frame(number, &format!("{record}\r"), 3)), server(*b"\x06")]);
    }
    frames.push(client(*b"\x04"));
    let text = ANALYSER.join("\r") + "\r";
    let mut cut = vec![client(*b"\x05")];
    for (part, number) in text.as_bytes().chunks(64).zip(1..) {
        cut.push(client(frame(number, std::str::from_utf8(part).unwrap(), 0x17)));
    }
    cut.push(client(frame(cut.len(), "L|1|N\r", 3)));
    let short = "H|\\^&|||XN-10\rP|1||KX77203941||Quixvolt^Zamyrna|Ympvault|19370816|F||Pfeilgrunz 12||0882993164\r\
        R|1|^^^WBC|4.7\rC|1|I|lungherdjx|lungherdjx\rL|1\r";
    vec![
        frames,
        cut,
        vec![client(text.clone()), client(ANALYSER.join("\r\n")), client(text)],
        vec![client(short), client(short), server(short)],
    ]
}

#[test]
fn astm_records_keep_their_secrets() {
    keeps_secrets::<Astm>(&astm());
}

#[test]
fn point_of_care_messages_keep_their_secrets() {
    let message = |root: &str, body: &str| {
        format!(
            "<{root}>\n<HDR><HDR.control_id V=\"1\"/>\n<HDR.version_id V=\"POCT1\"/></HDR>\n{body}\n</{root}>\n"
        )
    };
    let device = "<DEV><DEV.device_id V=\"00-80-25\">WARD^3</DEV.device_id>\n<DEV.vendor_id V=\"ABT\"/>\n<DEV.model_id V=\"Precision\"/>\n\
        <DEV.serial_id V=\"SN-1\"/>\n<DEV.device_name V=\"ED meter\"/>\n<DEV.sw_version V=\"1.2\"/></DEV>";
    let patient = "<SVC><SVC.role_cd V=\"OBS\"/><PT><PT.patient_id V=\"KX77203941\"/>\n<PT.name V=\"Quixvolt, Zamyrna\"><GIV V=\"Zamyrna\"/>\
        <FAM V=\"Quixvolt\">Quixvolt</FAM></PT.name>\n<PT.birth_date V=\"19370816\"/>\n<OBS><OBS.observation_id V=\"2339-0\"/>\
        <OBS.value V=\"112\"/></OBS></PT>\n<OPR><OPR.operator_id V=\"48130957\"/><OPR.name V=\"Wolfgrimm\"/></OPR>\n\
        <ORD><ORD.order_id V=\"48130957\"/></ORD><NTE><NTE.text V=\"lungherdjx\">lungherdjx Quixvolt</NTE></NTE></SVC>";
    let operators = "<OPR><OPR.operator_id V=\"BDQWZX\"/><OPR.name V=\"Wolfgrimm\"/><ACC><ACC.password>c3VwZXJn</ACC.password></ACC></OPR>";
    keeps_secrets::<Poct1a>(&[vec![
        client(message("HEL.R01", &format!("{patient}{device}{patient}"))),
        server(message("REQ.R01", &format!("<REQ><REQ.request_cd V=\"ROBS\"/></REQ>{patient}"))),
        server(message("OPL.R01", operators)),
        client(message("OBS.R01", &format!("{patient}{device}{patient}"))),
        server(message(
            "ACK.R01",
            "<ACK><ACK.type_cd V=\"AE\"/><ACK.note_txt V=\"Quixvolt\"/><ACK.error_detail_cd V=\"E_17\"/></ACK>",
        )),
        server(message(
            "DTV.R01",
            "<DTV><DTV.command_cd V=\"START_CONTINUOUS\"/></DTV><PTL><PT.name V=\"Quixvolt\"/></PTL>",
        )),
        client(message("ESC.R01", "<ESC><ESC.detail_cd V=\"CNF\"/><ESC.note_txt V=\"lungherdjx\"/></ESC>")),
    ]]);
}

/// A question and its answer, both with bodies.
fn exchange(kind: &str, target: &str, ask: &str, answer: &str) -> Vec<Piece> {
    let fields = "User-Agent: Pump/4.1 (Linux)\r\nHost: engine.clinic:8080\r\nAuthorization: Basic c3VwZXJn\r\nCookie: name=Quixvolt; id=KX77203941\r\n\
        Referer: http://engine.clinic/?patient=KX77203941\r\nX-User: Wolfgrimm\r\n";
    vec![
        client(format!(
            "POST {target} HTTP/1.1\r\n{fields}Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{ask}",
            ask.len()
        )),
        server(format!(
            "HTTP/1.1 200 OK\r\nServer: Acme/2.0\r\nX-Powered-By: PHP/8.1\r\nWWW-Authenticate: Basic realm=\"Pump 7\"\r\n\
             Set-Cookie: name=Quixvolt\r\nLocation: /patient/KX77203941\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        )),
    ]
}

fn envelope(body: &str) -> String {
    format!(
        "<?xml version='1.0'?>\n<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:a=\"http://www.w3.org/2005/08/addressing\" \
         xmlns:dpws=\"http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01\" xmlns:wsx=\"http://schemas.xmlsoap.org/ws/2004/09/mex\" \
         xmlns:msg=\"http://standards.ieee.org/downloads/11073/11073-10207-2017/message\" \
         xmlns:pm=\"http://standards.ieee.org/downloads/11073/11073-10207-2017/participant\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><s:Header><a:To>http://10.0.0.7/Quixvolt</a:To></s:Header>\
         <s:Body>{body}</s:Body></s:Envelope>"
    )
}

#[test]
fn device_soap_keeps_its_secrets() {
    const KIND: &str = "application/soap+xml";
    let people = "<pm:State ContextAssociation=\"Assoc\" xsi:type=\"pm:PatientContextState\">\n<pm:Identification Root=\"r\" Extension=\"KX77203941\"/>\n\
        <pm:CoreData><pm:Givenname>Zamyrna</pm:Givenname>\n<pm:Familyname>Quixvolt</pm:Familyname>\n<pm:Birthname>Ympvault</pm:Birthname>\n\
        <pm:DateOfBirth>19370816</pm:DateOfBirth></pm:CoreData>\n<pm:PatientDemographics Name=\"Quixvolt\" Room=\"Zamyrna\"/></pm:State>";
    let place = "<pm:State xsi:type=\"pm:LocationContextState\" ContextAssociation=\"Assoc\"><pm:LocationDetail PoC=\"ICU3\" Bed=\"7\" Facility=\"HOSP\"/></pm:State>";
    let device = "<pm:Mds Handle=\"mds0\"><pm:Type Code=\"70041\"><pm:ConceptDescription>Monitor</pm:ConceptDescription></pm:Type>\n\
        <pm:MetaData><pm:Udi><pm:DeviceIdentifier>04012345000016</pm:DeviceIdentifier></pm:Udi>\n<pm:LotNumber>L7</pm:LotNumber>\n\
        <pm:Manufacturer>Acme</pm:Manufacturer>\n<pm:ModelName>Zeus</pm:ModelName>\n<pm:SerialNumber>A-42</pm:SerialNumber></pm:MetaData>\n\
        <pm:Note>lungherdjx</pm:Note></pm:Mds>";
    let description = format!(
        "<msg:GetMdibResponse><msg:Mdib><pm:MdDescription>{people}{device}{people}</pm:MdDescription><pm:MdState>{people}{place}{people}</pm:MdState></msg:Mdib></msg:GetMdibResponse>"
    );
    let metadata = "<wsx:Metadata><wsx:MetadataSection><dpws:ThisModel><dpws:Manufacturer>Acme</dpws:Manufacturer>\n<dpws:Note>Quixvolt</dpws:Note>\n\
        <dpws:ModelName>Vent 5</dpws:ModelName>\n<dpws:Note>lungherdjx</dpws:Note></dpws:ThisModel><dpws:ThisDevice>\n<dpws:FriendlyName>Vent 5</dpws:FriendlyName>\n\
        <dpws:Note>Wolfgrimm</dpws:Note>\n<dpws:SerialNumber>V-3</dpws:SerialNumber></dpws:ThisDevice></wsx:MetadataSection></wsx:Metadata>";
    let fault = "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>a:Unsupported</s:Value></s:Subcode></s:Code>\n\
        <s:Reason><s:Text>no Quixvolt</s:Text></s:Reason><s:Detail>KX77203941</s:Detail></s:Fault>";
    let operation = "<msg:SetContextState><msg:OperationHandleRef>opSetPat</msg:OperationHandleRef><msg:ProposedContextState xsi:type=\"pm:PatientContextState\">\
        <pm:CoreData><pm:Familyname>Quixvolt</pm:Familyname></pm:CoreData></msg:ProposedContextState></msg:SetContextState>";
    let failed = "<msg:SetContextStateResponse><msg:InvocationInfo><msg:InvocationState>Fail</msg:InvocationState><msg:InvocationError>Inv</msg:InvocationError>\
        <msg:InvocationErrorMessage>no Quixvolt</msg:InvocationErrorMessage></msg:InvocationInfo></msg:SetContextStateResponse>";
    let ask = envelope("<msg:GetMdib/>");
    let conversations = [
        (ask.clone(), envelope(&description)),
        (ask, envelope(metadata)),
        (envelope(operation), envelope(failed)),
        (envelope(operation), envelope(fault)),
    ];
    let conversations: Vec<Vec<Piece>> =
        conversations.iter().map(|(ask, told)| exchange(KIND, "/5c1a/Get", ask, told)).collect();
    keeps_secrets::<Http>(&conversations);
}

#[test]
fn web_services_keep_their_secrets() {
    let bundle = r#"{"resourceType":"Bundle","entry":[
{"resource":{"resourceType":"Patient","id":"KX77203941","identifier":[{"value":"48130957"}],"name":[{"family":"Quixvolt","given":["Zamyrna"]}],
"birthDate":"19370816","address":[{"text":"Pfeilgrunz"}],"telecom":[{"value":"0882993164"}]}},
{"resource":{"resourceType":"Device","id":"dev-1","identifier":[{"value":"BME-1"}],"manufacturer":"Example","serialNumber":"SN-1","modelNumber":"M7",
"note":[{"text":"lungherdjx"}],"version":[{"value":"2.4"}],"owner":{"display":"Wolfgrimm"},"location":{"display":"Wolfgrimm"}}},
{"resource":{"resourceType":"Observation","subject":{"reference":"Patient/KX77203941","display":"Quixvolt"},"valueString":"lungherdjx",
"device":{"display":"Quixvolt"}}}]}"#;
    let outcome = r#"{"resourceType":"OperationOutcome","text":{"div":"Quixvolt"},"issue":[{"severity":"error","code":"not-found","diagnostics":"lungherdjx KX77203941"}]}"#;
    let studies = r#"[{"00080005":{"vr":"CS","Value":["ISO_IR 100"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"Quixvolt^Zamyrna"}]},
"00100020":{"vr":"LO","Value":["KX77203941"]},"00100030":{"vr":"DA","Value":["19370816"]},"00080070":{"vr":"LO","Value":["Acme"]},
"00081030":{"vr":"LO","Value":["lungherdjx"]},"00081090":{"vr":"LO","Value":["CT 5"]},"00080090":{"vr":"PN","Value":[{"Alphabetic":"Wolfgrimm"}]}}]"#;
    let page = "<html><head><title>Pump 7</title></head><body><h1>Quixvolt, Zamyrna</h1><p>lungherdjx</p></body></html>";
    let mut shown = exchange("text/html", "/", "", page);
    let Some(Piece::Bytes(_, request)) = shown.first_mut() else { unreachable!() };
    let end = request.len();
    *request = b"GET / HTTP/1.1\r\nUser-Agent: Pump/4.1\r\nHost: pump.clinic\r\nReferer: http://x/KX77203941\r\n\r\n".to_vec();
    assert!(end > 0);
    keeps_secrets::<Http>(&[
        exchange("application/fhir+json", "/fhir/Patient?family=Quixvolt", bundle, bundle),
        exchange("application/fhir+json", "/fhir/Patient/KX77203941", "{}", outcome),
        exchange("application/dicom+json", "/dicom-web/studies?PatientID=KX77203941", "", studies),
        shown,
    ]);
}

#[test]
fn logs_keep_their_secrets() {
    let audit = "<AuditMessage><EventIdentification EventOutcomeIndicator=\"0\"><EventID csd-code=\"110112\"/></EventIdentification>\n\
        <ActiveParticipant UserID=\"Wolfgrimm\" UserName=\"Wolfgrimm\" AlternativeUserID=\"AETITLES=CT1\" NetworkAccessPointTypeCode=\"2\" NetworkAccessPointID=\"10.0.0.9\"/>\n\
        <AuditSourceIdentification AuditSourceID=\"PACS\" AuditEnterpriseSiteID=\"NORTH\"/>\n\
        <ParticipantObjectIdentification ParticipantObjectID=\"KX77203941\" ParticipantObjectTypeCode=\"1\" ParticipantObjectTypeCodeRole=\"1\">\
        <ParticipantObjectName>Quixvolt</ParticipantObjectName><ParticipantObjectQuery>UXVp</ParticipantObjectQuery></ParticipantObjectIdentification></AuditMessage>";
    let messages = [
        "<34>1 2025-03-10T12:00:00Z pump7.clinic infusor 811 ID47 [origin software=\"Acme\" swVersion=\"2.1\"][x@1 who=\"Wolfgrimm\"] Quixvolt lungherdjx".to_owned(),
        "<13>Mar 10 12:00:00 pump8 infusor[7]: Quixvolt KX77203941 lungherdjx".to_owned(),
        "<13>Mar 10 12:00:00 pump8 infusor: from Quixvolt: Zamyrna[7]: lungherdjx".to_owned(),
        format!("<85>1 2025-03-10T12:00:00Z archive pacs - IHE+RFC-3881 - {audit}"),
        "<13>Mar 10 12:00:01 Quixvolt lungherdjx Zamyrna".to_owned(),
    ];
    let counted: String = messages.iter().map(|message| format!("{} {message}", message.len())).collect();
    let ended = messages.join("\n")
        + "\nQuixvolt 48130957 lungherdjx\n48130957 <13>Mar 10 12:00:00 ward note[1]: Quixvolt Zamyrna\n"
        + &messages[1]
        + "\n";
    keeps_secrets::<Syslog>(&[vec![client(counted)], vec![client(ended)]]);
}

#[test]
fn the_dice_fall_on_every_side() {
    let mut dice = Dice(1);
    let mut seen = [0_u32; 8];
    (0..800).for_each(|_| seen[dice.below(8)] += 1);
    assert!(seen.iter().all(|count| *count > 50), "{seen:?}");
    let pieces = [client("a|b\rc|d\r")];
    let hurts = (0..200).filter(|seed| {
        let mut damaged = pieces.to_vec();
        hurt(&mut damaged, &mut Dice(seed * 7919 + 3));
        damaged.len() != 1
            || !matches!(&damaged[0], Piece::Bytes(Side::Client, bytes) if bytes == b"a|b\rc|d\r")
    });
    assert!(hurts.count() > 150);
}
