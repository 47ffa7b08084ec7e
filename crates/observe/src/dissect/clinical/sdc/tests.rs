use super::*;
use crate::dissect::http::Http;
use crate::dissect::testing::{Piece, any_split, batter, check, client, run, server};
use proptest::prelude::*;

/// A SOAP message whose body is `body`.
fn envelope(body: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<s12:Envelope xmlns:s12=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:wsa=\"http://www.w3.org/2005/08/addressing\" xmlns:dpws=\"http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01\" \
         xmlns:wsx=\"http://schemas.xmlsoap.org/ws/2004/09/mex\" xmlns:wse=\"http://schemas.xmlsoap.org/ws/2004/08/eventing\" \
         xmlns:msg=\"http://standards.ieee.org/downloads/11073/11073-10207-2017/message\" \
         xmlns:pm=\"http://standards.ieee.org/downloads/11073/11073-10207-2017/participant\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><s12:Header><wsa:To>http://10.0.0.7/DOE</wsa:To></s12:Header>\
         <s12:Body>{body}</s12:Body></s12:Envelope>"
    )
}

/// A message asked of a device.
fn post(body: &str) -> Piece {
    let text = envelope(body);
    client(format!(
        "POST /5c1a8f10/Get HTTP/1.1\r\nContent-Type: application/soap+xml; charset=utf-8\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    ))
}

/// Its answer, in chunks.
fn answer(body: &str) -> Piece {
    let text = envelope(body);
    let (front, back) = text.split_at(text.len() / 3);
    server(format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{front}\r\n{:X}\r\n{back}\r\n0\r\n\r\n",
        front.len(),
        back.len()
    ))
}

/// A device's description, with all that a description may say of it.
fn device(handle: &str, serial: &str, more: &str) -> String {
    format!(
        "<pm:Mds Handle=\"{handle}\"><pm:Type Code=\"70041\" CodingSystem=\"urn:oid:1.2.840.10004.1.1.1.0.0.1\">\
         <pm:ConceptDescription Lang=\"en\">Anesthesia System</pm:ConceptDescription></pm:Type>\
         <pm:ProductionSpecification><pm:SpecType Code=\"531975\"/><pm:ProductionSpec>2.7.1</pm:ProductionSpec></pm:ProductionSpecification>\
         <pm:ProductionSpecification><pm:SpecType Code=\"531974\"/><pm:ProductionSpec>C</pm:ProductionSpec></pm:ProductionSpecification>\
         <pm:ProductionSpecification><pm:SpecType Code=\"531975\" CodingSystem=\"urn:oid:1.2.3\"/><pm:ProductionSpec>other</pm:ProductionSpec></pm:ProductionSpecification>\
         <pm:Sco Handle=\"sco\"><pm:Operation Handle=\"o\"><pm:Type Code=\"1\"/></pm:Operation></pm:Sco>\
         <pm:MetaData><pm:Udi><pm:DeviceIdentifier>04012345000016</pm:DeviceIdentifier>\
         <pm:HumanReadableForm>(01)04012345000016(21){serial}</pm:HumanReadableForm><pm:Issuer Root=\"1.3.160\"/></pm:Udi>\
         <pm:LotNumber>L7</pm:LotNumber><pm:Manufacturer Lang=\"de\">Dr&#228;ger &amp; Co</pm:Manufacturer>\
         <pm:Manufacturer Lang=\"en\">Draeger</pm:Manufacturer><pm:ManufactureDate>2024-05-17</pm:ManufactureDate>\
         <pm:ModelName>Zeus IE</pm:ModelName><pm:ModelNumber>01.00</pm:ModelNumber><pm:SerialNumber>{serial}</pm:SerialNumber></pm:MetaData>\
         <pm:SystemContext Handle=\"sc\"><pm:PatientContext Handle=\"pc\"/></pm:SystemContext>\
         <pm:Vmd Handle=\"v\"><pm:Type Code=\"2\"><pm:ConceptDescription>not of the device</pm:ConceptDescription></pm:Type>\
         <pm:ProductionSpecification><pm:SpecType Code=\"531972\"/><pm:ProductionSpec>module</pm:ProductionSpec></pm:ProductionSpecification></pm:Vmd>\
         {more}</pm:Mds>"
    )
}

/// The states after a description: a patient, a place that was left, one that is current, values.
const STATES: &str = "<pm:MdState>\
    <pm:State xsi:type=\"pm:LocationContextState\" ContextAssociation=\"Dis\"><pm:LocationDetail Bed=\"OLD\"/></pm:State>\
    <pm:State xsi:type=\"pm:LocationContextState\" ContextAssociation=\"Assoc\">\
    <pm:LocationDetail PoC=\"ICU3\" Bed=\"7\" Facility=\"HOSP\"/></pm:State>\
    <pm:State ContextAssociation=\"Assoc\" xsi:type=\"pm:PatientContextState\"><pm:Identification Root=\"r\" Extension=\"MRN4711\"/>\
    <pm:CoreData><pm:Givenname>JANE</pm:Givenname><pm:Familyname>DOE</pm:Familyname><pm:DateOfBirth>19440229</pm:DateOfBirth></pm:CoreData></pm:State>\
    <pm:State xsi:type=\"pm:NumericMetricState\"><pm:MetricValue Value=\"12\"/></pm:State>\
    <pm:State xsi:type=\"pm:RealTimeSampleArrayMetricState\"><pm:MetricValue Samples=\"1 2 3\"/></pm:State></pm:MdState>";

fn description(devices: &str, states: &str) -> String {
    format!(
        "<msg:GetMdibResponse><msg:Mdib><pm:MdDescription>{devices}</pm:MdDescription>{states}</msg:Mdib></msg:GetMdibResponse>"
    )
}

fn read_device() -> Vec<Piece> {
    vec![post("<msg:GetMdib/>"), answer(&description(&device("mds0", "ASKA-0042", ""), STATES))]
}

fn gateway() -> Vec<Piece> {
    let pump = "<pm:Mds Handle=\"mds1\"><pm:Type Code=\"P1\" CodingSystem=\"urn:oid:1.2.3\"/><pm:MetaData>\
        <pm:ModelName>Pump 8</pm:ModelName></pm:MetaData></pm:Mds>";
    let devices = [&device("mds0", "ASKA-0042", ""), pump].concat();
    vec![post("<msg:GetMdib/>"), answer(&description(&devices, STATES))]
}

fn metadata() -> Vec<Piece> {
    let body = "<wsx:Metadata><wsx:MetadataSection Dialect=\"m\"><dpws:ThisModel>\
        <dpws:Manufacturer xml:lang=\"en\">Acme</dpws:Manufacturer><dpws:ManufacturerUrl>http://acme.example</dpws:ManufacturerUrl>\
        <dpws:ModelName>Vent 5</dpws:ModelName><dpws:ModelNumber>V5</dpws:ModelNumber><dpws:ModelUrl>http://acme.example/v5</dpws:ModelUrl>\
        <dpws:PresentationUrl>http://10.0.0.7/</dpws:PresentationUrl></dpws:ThisModel></wsx:MetadataSection>\
        <wsx:MetadataSection><dpws:ThisDevice><dpws:FriendlyName>Vent in ICU 7</dpws:FriendlyName>\
        <dpws:FirmwareVersion>3.14.1</dpws:FirmwareVersion><dpws:SerialNumber>V-33</dpws:SerialNumber></dpws:ThisDevice></wsx:MetadataSection>\
        <wsx:MetadataSection xmlns:a=\"http://standards.ieee.org/downloads/11073/11073-20702-2016\" \
        xmlns:b=\"http://standards.ieee.org/downloads/11073/11073-20701-2018\"><dpws:Relationship><dpws:Host>\
        <wsa:EndpointReference><wsa:Address>urn:uuid:5c1a8f10</wsa:Address></wsa:EndpointReference>\
        <dpws:Types>dpws:Device a:MedicalDevice</dpws:Types></dpws:Host><dpws:Hosted><wsa:EndpointReference>\
        <wsa:Address>http://10.0.0.7:6464/Get</wsa:Address></wsa:EndpointReference><dpws:Types>b:GetService</dpws:Types>\
        <dpws:ServiceId>Get</dpws:ServiceId></dpws:Hosted></dpws:Relationship></wsx:MetadataSection></wsx:Metadata>";
    vec![post(""), answer(body)]
}

fn operations() -> Vec<Piece> {
    let fault = "<s12:Fault><s12:Code><s12:Value>s12:Sender</s12:Value><s12:Subcode><s12:Value>wsa:ActionNotSupported</s12:Value>\
        </s12:Subcode></s12:Code><s12:Reason><s12:Text xml:lang=\"en\">no DOE JANE</s12:Text></s12:Reason></s12:Fault>";
    let context = "<msg:SetContextState><msg:OperationHandleRef>opSetPatCtx</msg:OperationHandleRef>\
        <msg:ProposedContextState xsi:type=\"pm:PatientContextState\"><pm:CoreData><pm:Familyname>DOE</pm:Familyname></pm:CoreData>\
        </msg:ProposedContextState></msg:SetContextState>";
    vec![
        post(
            "<msg:SetValue><msg:OperationHandleRef>rate.op</msg:OperationHandleRef><msg:RequestedNumericValue>12</msg:RequestedNumericValue></msg:SetValue>",
        ),
        answer(
            "<msg:SetValueResponse><msg:InvocationInfo><msg:InvocationState>Wait</msg:InvocationState></msg:InvocationInfo></msg:SetValueResponse>",
        ),
        post(context),
        answer(
            "<msg:SetContextStateResponse><msg:InvocationInfo><msg:InvocationState>Fail</msg:InvocationState><msg:InvocationError>Inv</msg:InvocationError><msg:InvocationErrorMessage>no JANE</msg:InvocationErrorMessage></msg:InvocationInfo></msg:SetContextStateResponse>",
        ),
        post(
            "<msg:Activate><msg:OperationHandleRef>two words of JANE</msg:OperationHandleRef></msg:Activate>",
        ),
        answer(fault),
    ]
}

/// Messages that the committed corpus holds, without HTTP.
pub(crate) fn messages() -> Vec<Vec<u8>> {
    let content = |piece: Piece| match piece {
        Piece::Bytes(side, bytes) => {
            let text = String::from_utf8(bytes).unwrap();
            let (_, body) = text.split_once("\r\n\r\n").unwrap();
            // Chunks lie between their sizes.
            let parts: Vec<&str> = body.split("\r\n").skip(1).step_by(2).collect();
            if side == Side::Client { body.to_owned() } else { parts.concat() }.into_bytes()
        }
        Piece::Gap(..) => Vec::new(),
    };
    corpus().concat().into_iter().map(content).collect()
}

/// Conversations that the committed corpus holds.
pub(crate) fn corpus() -> Vec<Vec<Piece>> {
    vec![read_device(), gateway(), metadata(), operations(), reports(), subscription()]
}

fn reports() -> Vec<Piece> {
    let metric = "<msg:EpisodicMetricReport><msg:ReportPart><msg:MetricState DescriptorHandle=\"rate\" xsi:type=\"pm:NumericMetricState\">\
        <pm:MetricValue Value=\"12\"/></msg:MetricState></msg:ReportPart></msg:EpisodicMetricReport>";
    let context = "<msg:EpisodicContextReport><msg:ReportPart><msg:ContextState xsi:type=\"pm:PatientContextState\"><pm:CoreData>\
        <pm:Birthname>DOE</pm:Birthname></pm:CoreData></msg:ContextState></msg:ReportPart></msg:EpisodicContextReport>";
    vec![
        post(metric),
        post(
            "<msg:WaveformStream><msg:State DescriptorHandle=\"w\"><pm:MetricValue Samples=\"1 2\"/></msg:State></msg:WaveformStream>",
        ),
        post("<msg:EpisodicAlertReport><msg:ReportPart/></msg:EpisodicAlertReport>"),
        post(context),
    ]
}

fn subscription() -> Vec<Piece> {
    let filter = "http://standards.ieee.org/downloads/11073/11073-20701-2018/StateEventService";
    let body = format!(
        "<wse:Subscribe><wse:Delivery><wse:NotifyTo><wsa:Address>http://10.0.0.9:5000/</wsa:Address></wse:NotifyTo></wse:Delivery>\
         <wse:Filter Dialect=\"d\">{filter}/EpisodicAlertReport\n {filter}/EpisodicMetricReport http://other/EpisodicContextReport \
         {filter}/JANE</wse:Filter></wse:Subscribe>"
    );
    vec![post(&body), answer("<wse:SubscribeResponse/>")]
}

const ROLES: &str = "carries sdc\nClient sdc.role consumer\nServer sdc.role provider\ncarries sdc\nServer sdc.role provider\nClient sdc.role consumer\n";

#[test]
fn the_one_device_of_a_provider_is_the_endpoint() {
    let expected = format!(
        "{ROLES}Server sdc.type 70041
Server sdc.type_name Anesthesia System
Server sdc.software_revision 2.7.1
Server sdc.hardware_revision C
Server sdc.udi_di 04012345000016
Server sdc.udi (01)04012345000016(21)ASKA-0042
Server sdc.udi_issuer 1.3.160
Server sdc.lot L7
Server sdc.manufacturer Dräger & Co
Server sdc.manufactured 2024-05-17
Server sdc.model Zeus IE
Server sdc.model_number 01.00
Server sdc.serial ASKA-0042
Server sdc.location HOSP / ICU3 / 7
Server sdc.point_of_care ICU3
patient data: name identifier birth_date result waveform
"
    );
    assert_eq!(check::<Http>(&read_device()), expected);
}

#[test]
fn several_devices_are_spoken_for() {
    let told = check::<Http>(&gateway());
    for line in [
        "Server for [ASKA-0042] sdc.handle mds0",
        "Server for [ASKA-0042] sdc.manufacturer Dräger & Co",
        "Server for [ASKA-0042] sdc.serial ASKA-0042",
        "Server for [mds1] sdc.model Pump 8",
        "Server for [mds1] sdc.type urn:oid:1.2.3/P1",
        "Server sdc.devices 2",
        "patient data: name identifier birth_date result waveform",
    ] {
        assert!(told.lines().any(|told| told == line), "{line} in {told}");
    }
    // Where which of them stands is not known, and nothing of them is said of the gateway.
    assert!(!told.contains("sdc.location") && !told.contains("Server sdc.model"), "{told}");
}

#[test]
fn a_description_that_was_not_read_to_its_end_tells_of_nobody() {
    let mut pieces = read_device();
    let Some(Piece::Bytes(_, bytes)) = pieces.get_mut(1) else { unreachable!() };
    bytes.truncate(bytes.len() * 7 / 10);
    let told = run::<Http>(&pieces);
    assert!(told.contains("carries sdc") && !told.contains("sdc.model"), "{told}");
}

#[test]
fn metadata_describe_the_device_and_its_services() {
    let expected = "Server dpws.manufacturer Acme
Server dpws.manufacturer_url http://acme.example
Server dpws.model Vent 5
Server dpws.model_number V5
Server dpws.model_url http://acme.example/v5
Server dpws.presentation_url http://10.0.0.7/
Server dpws.friendly_name Vent in ICU 7
Server dpws.firmware 3.14.1
Server dpws.serial V-33
Server dpws.endpoint urn:uuid:5c1a8f10
Server dpws.type dpws:Device
Server dpws.type mdpws:MedicalDevice
Server dpws.service sdc:GetService
carries sdc
Server sdc.role provider
Client sdc.role consumer
";
    assert_eq!(check::<Http>(&metadata()), expected);
}

#[test]
fn people_s_names_are_not_told_for_devices() {
    let friendly = "<wsx:Metadata><wsx:MetadataSection><dpws:ThisDevice><dpws:FriendlyName>Vent of Mr DOE</dpws:FriendlyName>\
        <dpws:SerialNumber>V-3</dpws:SerialNumber></dpws:ThisDevice></wsx:MetadataSection></wsx:Metadata>";
    assert_eq!(check::<Http>(&[post(""), answer(friendly)]), "Server dpws.serial V-3\ncarries dpws\n");
    let states = "<pm:MdState><pm:State xsi:type=\"pm:LocationContextState\" ContextAssociation=\"Assoc\">\
        <pm:LocationDetail PoC=\"ICU3\" Room=\"Doe\" Bed=\"7 JANE\" Facility=\"HOSP\"/></pm:State></pm:MdState>";
    let told =
        check::<Http>(&[post("<msg:GetMdib/>"), answer(&description(&device("m", "A-1", ""), states))]);
    assert!(told.contains("sdc.location HOSP / ICU3\n"), "{told}");
    // A tag whose beginning was damaged.
    let spoilt = "<wsx:Metadata><wsx:MetadataSection><dpws:ThisDevice><dpws:SerialNumber>V-3/x>JANE</dpws:SerialNumber>\
        </dpws:ThisDevice></wsx:MetadataSection></wsx:Metadata>";
    assert_eq!(check::<Http>(&[post(""), answer(spoilt)]), "carries dpws\n");
}

#[test]
fn only_codes_are_told_of_faults() {
    let fault = |code: &str, sub: &str| {
        let body = format!(
            "<s12:Fault><s12:Code><s12:Value>{code}</s12:Value><s12:Subcode><s12:Value>{sub}</s12:Value></s12:Subcode></s12:Code></s12:Fault>"
        );
        check::<Http>(&[post(""), answer(&body)])
    };
    assert_eq!(fault("s12:Sender", "JANE"), "Server soap.fault: Sender\n");
    assert_eq!(fault("DOE", "x:19440229"), "Server soap.fault: \n");
    let called = |handle: &str| {
        check::<Http>(&[post(&format!(
            "<msg:Activate><msg:OperationHandleRef>{handle}</msg:OperationHandleRef></msg:Activate>"
        ))])
    };
    assert!(called("pump.op-1:2/3").contains("Activate pump.op-1:2/3\n"));
    assert!(called("DOE,JANE").contains("Activate\n") && called("DOE^JANE").contains("Activate\n"));
}

#[test]
fn messages_may_be_declared_as_any_xml() {
    let as_kind = |kind: &str| {
        let text = envelope("<msg:GetMdib/>");
        let length = text.len();
        check::<Http>(&[client(format!(
            "POST /Get HTTP/1.1\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{text}"
        ))])
    };
    let told = as_kind("application/soap+xml");
    assert!(
        told.contains("sdc.role consumer") && as_kind("application/xml; charset=utf-8") == told,
        "{told}"
    );
    assert_eq!((as_kind("text/xml"), as_kind("text/plain")), (told, String::new()));
}

#[test]
fn printers_and_computers_are_no_medical_devices() {
    let body = "<wsx:Metadata xmlns:p='http://schemas.microsoft.com/windows/pub/2005/07' \
        xmlns:d='http://schemas.xmlsoap.org/ws/2006/02/devprof'><wsx:MetadataSection><d:Relationship><d:Host>\
        <d:Types>p:Computer x:Unknown</d:Types><p:Computer>WS12/Domain:CLINIC</p:Computer></d:Host></d:Relationship>\
        </wsx:MetadataSection></wsx:Metadata>";
    let expected = "Server dpws.type pub:Computer
Server dpws.type Unknown
Server dpws.computer WS12/Domain:CLINIC
carries dpws
";
    assert_eq!(check::<Http>(&[post(""), answer(body)]), expected);
}

#[test]
fn who_reports_is_the_provider_though_it_connects() {
    let roles = "carries sdc\nClient sdc.role provider\nServer sdc.role consumer\nClient sdc.reports";
    let expected = format!(
        "{roles} metric\n{roles} waveform\n{roles} alert\n{roles} context\npatient data: name result waveform\n"
    );
    assert_eq!(check::<Http>(&reports()), expected);
}

#[test]
fn subscriptions_say_what_a_consumer_wants() {
    let expected = "carries sdc
Client sdc.role consumer
Server sdc.role provider
Client sdc.subscribes alert
Client sdc.subscribes metric
";
    assert_eq!(check::<Http>(&subscription()), expected);
}

#[test]
fn operations_and_faults_are_events() {
    let told = check::<Http>(&operations());
    let events: Vec<&str> = told.lines().filter(|line| line.contains(": ")).collect();
    let expected = [
        "Client sdc.operation: SetValue rate.op",
        "Client sdc.operation: SetContextState opSetPatCtx",
        "Server sdc.operation_failed: Fail: Inv",
        "Client sdc.operation: Activate",
        "Server soap.fault: Sender: ActionNotSupported",
        "patient data: name",
    ];
    assert_eq!(events, expected);
}

#[test]
fn cameras_describe_themselves() {
    let body = "<t:GetDeviceInformationResponse xmlns:t='http://www.onvif.org/ver10/device/wsdl'><t:Manufacturer>Axis</t:Manufacturer>\
        <t:Model>M3045</t:Model><t:FirmwareVersion>8.40</t:FirmwareVersion><t:SerialNumber>ACCC8E</t:SerialNumber>\
        <t:HardwareId>70A</t:HardwareId></t:GetDeviceInformationResponse>";
    let expected = "Server onvif.manufacturer Axis
Server onvif.model M3045
Server onvif.firmware 8.40
Server onvif.serial ACCC8E
Server onvif.hardware 70A
carries onvif
";
    assert_eq!(check::<Http>(&[post(""), answer(body)]), expected);
}

#[test]
fn a_device_may_be_searched_over_http() {
    let body = "<d:ProbeMatches xmlns:d='http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01'><d:ProbeMatch><wsa:EndpointReference>\
        <wsa:Address>urn:uuid:1</wsa:Address></wsa:EndpointReference><d:Types>dpws:Device</d:Types></d:ProbeMatch></d:ProbeMatches>";
    let expected = "Server ws_discovery.endpoint urn:uuid:1\nServer ws_discovery.type dpws:Device\n";
    assert_eq!(check::<Http>(&[post(""), answer(body)]), expected);
}

/// What is told of a body that is not sent over HTTP.
fn told(body: &[u8]) -> (String, bool) {
    let (mut soap, mut facts) = (Soap::default(), crate::dissect::testing::Recorder::default());
    soap.read(Side::Server, body, &mut facts);
    let over = soap.is_over();
    soap.finish(Side::Server, &mut facts);
    (facts.finish(), over)
}

#[test]
fn other_documents_are_left_alone() {
    assert_eq!(told(b"<html><body>x</body></html>"), (String::new(), true));
    assert_eq!(told(b"{\"a\": 1}"), (String::new(), true));
    let (text, over) = told(envelope("<x:Y xmlns:x='urn:z'><x:Model>M</x:Model></x:Y>").as_bytes());
    assert_eq!((text.as_str(), over), ("", true));
}

#[test]
fn what_contradicts_itself_or_is_too_much_is_counted_once() {
    let broken = envelope("<wsx:Metadata><<").into_bytes();
    assert_eq!(told(&broken).0, "malformed: 1\n");
    let deep = envelope(&format!("<wsx:Metadata>{}{}</wsx:Metadata>", "<a>".repeat(99), "</a>".repeat(99)));
    assert_eq!(told(deep.as_bytes()).0, "carries dpws\nlimits: 1\n");
    let long = "x".repeat(200);
    let meta: String = ["Manufacturer", "ModelName", "ModelNumber", "SerialNumber"]
        .map(|name| format!("<pm:{name}>{name}{long}</pm:{name}>"))
        .concat();
    let body = description(&format!("<pm:Mds Handle=\"m\"><pm:MetaData>{meta}</pm:MetaData></pm:Mds>"), "");
    let text = told(envelope(&body).as_bytes()).0;
    assert!(text.ends_with("limits: 1\n") && text.contains("sdc.model ModelName"), "{text}");
    assert!(!text.contains("sdc.serial"), "{text}");
}

#[test]
fn damage_is_safe() {
    for pieces in [gateway(), operations(), subscription()] {
        batter::<Http>(&pieces);
    }
}

proptest! {
    #[test]
    fn any_bodies_are_safe(
        parts in proptest::collection::vec(prop_oneof![
            Just("<msg:GetMdibResponse>"), Just("<pm:MdDescription>"), Just("</pm:MdDescription>"), Just("<pm:Mds Handle='h'>"),
            Just("</pm:Mds>"), Just("<pm:MetaData>"), Just("</pm:MetaData>"), Just("<pm:SerialNumber>1</pm:SerialNumber>"),
            Just("<pm:State xsi:type='PatientContextState'>"), Just("</pm:State>"), Just("<pm:Givenname>JANE</pm:Givenname>"),
            Just("<pm:LocationDetail Bed='1'/>"), Just("<msg:Activate>"), Just("<msg:OperationHandleRef>x</msg:OperationHandleRef>"),
            Just("<s12:Fault>"), Just("<s12:Value>a:B</s12:Value>"), Just("</x>"), Just("<wsx:Metadata>"), Just("<dpws:Types>a b</dpws:Types>"),
        ], 0..30),
        sizes in proptest::collection::vec(1usize..200, 1..6),
    ) {
        any_split::<Http>(&[post(&parts.concat()), answer(&parts.concat())], &sizes);
    }
}
