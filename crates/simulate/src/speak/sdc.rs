//! IEEE 11073 SDC: WS-Discovery 1.1 over UDP (OASIS 2009), DPWS metadata (OASIS 2009) and the medical device
//! information base (IEEE 11073-10207) in SOAP 1.2.

/// A provider as it describes itself.
#[derive(Clone, Debug)]
pub(crate) struct Provider<'a> {
    /// Endpoint reference, the same for ever: a UUID in text.
    pub(crate) uuid: &'a str,
    /// Its service address, such as `http://10.0.0.9:6464/sdc`.
    pub(crate) address: &'a str,
    pub(crate) manufacturer: &'a str,
    pub(crate) model: &'a str,
    pub(crate) firmware: &'a str,
    pub(crate) serial: &'a str,
    /// Context-free code of ISO/IEEE 11073-10101 for its kind.
    pub(crate) kind: u32,
}

const DISCOVERY: &str = "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01";
const ADDRESSING: &str = "http://www.w3.org/2005/08/addressing";

fn envelope(action: &str, to: &str, message: u64, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:a=\"{ADDRESSING}\" xmlns:d=\"{DISCOVERY}\" \
         xmlns:dpws=\"http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01\" \
         xmlns:mdpws=\"http://standards.ieee.org/downloads/11073/11073-20702-2016\"><s:Header>\
         <a:Action>{action}</a:Action><a:To>{to}</a:To>\
         <a:MessageID>urn:uuid:00000000-0000-4000-8000-{message:012x}</a:MessageID></s:Header>\
         <s:Body>{body}</s:Body></s:Envelope>"
    )
}

fn target(provider: &Provider<'_>) -> String {
    format!(
        "<a:EndpointReference><a:Address>urn:uuid:{}</a:Address></a:EndpointReference>\
         <d:Types>dpws:Device mdpws:MedicalDevice</d:Types>\
         <d:Scopes>sdc.mds.pkp:1.2.840.10004.20701.1.1</d:Scopes><d:XAddrs>{}</d:XAddrs>\
         <d:MetadataVersion>1</d:MetadataVersion>",
        provider.uuid, provider.address
    )
}

/// A provider comes onto the network.
pub(crate) fn hello(provider: &Provider<'_>, message: u64) -> Vec<u8> {
    let body = format!("<d:Hello>{}</d:Hello>", target(provider));
    let to = "urn:docs-oasis-open-org:ws-dd:ns:discovery:2009:01";
    envelope(&format!("{DISCOVERY}/Hello"), to, message & 0xffff_ffff_ffff, &body).into_bytes()
}

/// A consumer looks for providers.
pub(crate) fn probe(message: u64) -> Vec<u8> {
    let body = "<d:Probe><d:Types>mdpws:MedicalDevice</d:Types></d:Probe>";
    let to = "urn:docs-oasis-open-org:ws-dd:ns:discovery:2009:01";
    envelope(&format!("{DISCOVERY}/Probe"), to, message & 0xffff_ffff_ffff, body).into_bytes()
}

/// A provider answers.
pub(crate) fn probe_match(provider: &Provider<'_>, message: u64) -> Vec<u8> {
    let body = format!("<d:ProbeMatches><d:ProbeMatch>{}</d:ProbeMatch></d:ProbeMatches>", target(provider));
    let to = "http://www.w3.org/2005/08/addressing/anonymous";
    envelope(&format!("{DISCOVERY}/ProbeMatches"), to, message & 0xffff_ffff_ffff, &body).into_bytes()
}

/// Asks for the DPWS metadata.
pub(crate) fn metadata_request(provider: &Provider<'_>, message: u64) -> String {
    let to = format!("urn:uuid:{}", provider.uuid);
    envelope("http://schemas.xmlsoap.org/ws/2004/09/transfer/Get", &to, message & 0xffff_ffff_ffff, "")
}

/// ThisModel and ThisDevice (DPWS 1.1 section 4).
pub(crate) fn metadata(provider: &Provider<'_>, message: u64) -> String {
    let dpws = "http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01";
    let body = format!(
        "<x:Metadata xmlns:x=\"http://schemas.xmlsoap.org/ws/2004/09/mex\">\
         <x:MetadataSection Dialect=\"{dpws}/ThisModel\"><dpws:ThisModel>\
         <dpws:Manufacturer xml:lang=\"en\">{}</dpws:Manufacturer>\
         <dpws:ModelName xml:lang=\"en\">{}</dpws:ModelName></dpws:ThisModel></x:MetadataSection>\
         <x:MetadataSection Dialect=\"{dpws}/ThisDevice\"><dpws:ThisDevice>\
         <dpws:FriendlyName xml:lang=\"en\">{}</dpws:FriendlyName>\
         <dpws:FirmwareVersion>{}</dpws:FirmwareVersion><dpws:SerialNumber>{}</dpws:SerialNumber>\
         </dpws:ThisDevice></x:MetadataSection></x:Metadata>",
        provider.manufacturer, provider.model, provider.model, provider.firmware, provider.serial
    );
    let action = "http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse";
    envelope(action, "http://www.w3.org/2005/08/addressing/anonymous", message & 0xffff_ffff_ffff, &body)
}

const GET_SERVICE: &str = "http://standards.ieee.org/downloads/11073/11073-20701-2018/GetService";

/// Asks for the whole information base.
pub(crate) fn mdib_request(provider: &Provider<'_>, message: u64) -> String {
    let to = format!("urn:uuid:{}", provider.uuid);
    let body = "<m:GetMdib xmlns:m=\"http://standards.ieee.org/downloads/11073/11073-10207-2017/message\"/>";
    envelope(&format!("{GET_SERVICE}/GetMdib"), &to, message & 0xffff_ffff_ffff, body)
}

/// The information base: one medical device system, and a patient associated with it.
pub(crate) fn mdib(provider: &Provider<'_>, patient: (&str, &str, &str), message: u64) -> String {
    let (family, given, number) = patient;
    let body = format!(
        "<m:GetMdibResponse xmlns:m=\"http://standards.ieee.org/downloads/11073/11073-10207-2017/message\" \
         xmlns:p=\"http://standards.ieee.org/downloads/11073/11073-10207-2017/participant\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" MdibVersion=\"7\" SequenceId=\"urn:uuid:1\">\
         <m:Mdib MdibVersion=\"7\" SequenceId=\"urn:uuid:1\"><p:MdDescription><p:Mds Handle=\"mds0\">\
         <p:Type Code=\"{}\"/><p:SystemContext Handle=\"sc0\"><p:PatientContext Handle=\"pc0\"/>\
         </p:SystemContext><p:MetaData><p:Manufacturer>{}</p:Manufacturer>\
         <p:ModelName>{}</p:ModelName><p:SerialNumber>{}</p:SerialNumber></p:MetaData>\
         <p:ProductionSpecification><p:SpecType Code=\"531975\"/>\
         <p:ProductionSpec>{}</p:ProductionSpec></p:ProductionSpecification></p:Mds></p:MdDescription>\
         <p:MdState><p:State xsi:type=\"p:PatientContextState\" Handle=\"pc0.1\" DescriptorHandle=\"pc0\" \
         ContextAssociation=\"Assoc\"><p:Identification Root=\"urn:hospital\" Extension=\"{number}\"/>\
         <p:CoreData><p:Givenname>{given}</p:Givenname><p:Familyname>{family}</p:Familyname></p:CoreData>\
         </p:State></p:MdState></m:Mdib></m:GetMdibResponse>",
        provider.kind, provider.manufacturer, provider.model, provider.serial, provider.firmware
    );
    let to = "http://www.w3.org/2005/08/addressing/anonymous";
    envelope(&format!("{GET_SERVICE}/GetMdibResponse"), to, message & 0xffff_ffff_ffff, &body)
}
