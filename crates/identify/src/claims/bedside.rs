//! What the protocols of devices at the bed and the bench, and of the services behind them, say of a device.

use super::{Said, Subject};
use crate::gather::Seen;
use cordon_knowledge::Knowledge;
use cordon_model::Category;
use cordon_model::identify::Attribute;
use cordon_model::observe::{Fact, Protocol};

/// An instance identifier as serial number: of a device that only a gateway speaks of, and of one that is on the
/// network itself and found by the link-layer address that stands beside it.
const INSTANCE: f64 = 0.55;
const INSTANCE_OF_STATION: f64 = 0.88;

/// What an instrument calls itself as its model, and where that is the name of a known product.
const INSTRUMENT: f64 = 0.85;
const KNOWN_INSTRUMENT: f64 = 0.93;

/// Nomenclature codes of kinds of systems (ISO/IEEE 11073-10101, object-oriented partition).
const MULTI_PARAMETER_MONITOR: &str = "4429";

/// Device specializations of personal health devices by their standard (ISO/IEEE 11073-104xx), where the
/// standard names one kind of device.
const SPECIALIZATIONS: &[(&str, &str)] = &[
    ("11073-10404", "pulse oximeter"),
    ("11073-10406", "basic ECG"),
    ("11073-10407", "blood pressure monitor"),
    ("11073-10408", "thermometer"),
    ("11073-10415", "weighing scale"),
    ("11073-10417", "glucose meter"),
    ("11073-10418", "coagulation meter"),
    ("11073-10419", "insulin pump"),
    ("11073-10420", "body composition analyser"),
    ("11073-10421", "peak flow monitor"),
    ("11073-10424", "sleep apnoea therapy equipment"),
    ("11073-10425", "continuous glucose monitor"),
];

/// What a fact says of the device's kind: category, how sure, the rule's name.
fn kind(seen: &Seen<'_>) -> Option<(Category, f64, &'static str)> {
    Some(match (seen.fact, seen.value) {
        (Fact::IntellivueSystemType, MULTI_PARAMETER_MONITOR) => {
            (Category::PatientMonitor, 0.95, "intellivue/system-type")
        }
        (Fact::IntellivueModel, _) => (Category::PatientMonitor, 0.9, "intellivue/monitor"),
        (Fact::PhdSpecialization, "11073-10406") => (Category::Ecg, 0.75, "phd/specialization"),
        (Fact::PhdSpecialization, "11073-10417" | "11073-10418") => {
            (Category::PointOfCareAnalyser, 0.6, "phd/specialization")
        }
        (Fact::PhdSpecialization, _) => (Category::HomeMonitor, 0.75, "phd/specialization"),
        (Fact::AstmRole, "instrument") => (Category::LaboratoryAnalyser, 0.75, "astm/instrument"),
        (Fact::AstmRole, "host") => (Category::ClinicalServer, 0.5, "astm/host"),
        (Fact::Poct1aModel | Fact::Poct1aDeviceId, _) => {
            (Category::PointOfCareAnalyser, 0.9, "poct1a/device")
        }
        (Fact::Poct1aRole, "manager") => (Category::ClinicalServer, 0.6, "poct1a/manager"),
        (Fact::BccSerial, _) => (Category::InfusionPump, 0.95, "bcc/pump"),
        (Fact::Pb840Serial, _) => (Category::Ventilator, 0.95, "pb840/report"),
        (Fact::MasimoSerial, _) => (Category::PatientMonitor, 0.75, "masimo/oximeter"),
        (Fact::SdcRole, "consumer") => (Category::CentralStation, 0.75, "sdc/consumer"),
        (Fact::DriLevel, _) => (Category::PatientMonitor, 0.8, "dri/monitor"),
        (Fact::CarescapeSends, "alarm") => (Category::PatientMonitor, 0.7, "carescape/alarms"),
        (Fact::CarescapeSends, _) => (Category::PatientMonitor, 0.5, "carescape/node"),
        (Fact::FhirSoftware, _) => (Category::ClinicalServer, 0.7, "fhir/server"),
        (Fact::DicomWebScp, "QIDO-RS" | "WADO-RS" | "STOW-RS") => {
            (Category::ImageArchive, 0.75, "dicomweb/archive")
        }
        _ => return None,
    })
}

/// Makers whose own protocol a fact is of.
fn maker(fact: Fact) -> Option<(&'static str, f64)> {
    Some(match fact {
        Fact::MedibusDeviceName => ("Draeger", 0.9),
        Fact::BccSerial => ("B. Braun", 0.9),
        Fact::MasimoSerial => ("Masimo", 0.9),
        Fact::Pb840Serial => ("Medtronic", 0.85),
        Fact::CarescapeSends | Fact::DriLevel => ("GE", 0.85),
        _ => return None,
    })
}

/// What a fact says the device does, in words.
fn role(seen: &Seen<'_>) -> Option<String> {
    Some(match (seen.fact, seen.value) {
        (Fact::IntellivueCollects, _) => "collects data from patient monitors".to_owned(),
        (Fact::PhdManagerId, _) => "collects data from personal health devices".to_owned(),
        (Fact::PhdSpecialization, value) => {
            SPECIALIZATIONS.iter().find(|(standard, _)| *standard == value)?.1.to_owned()
        }
        (Fact::AstmRole, "instrument") => "laboratory instrument".to_owned(),
        (Fact::AstmRole, "host") => "laboratory host".to_owned(),
        (Fact::Poct1aRole, "device") => "point-of-care device".to_owned(),
        (Fact::Poct1aRole, "manager") => "manages point-of-care devices".to_owned(),
        (Fact::Hl7DeviceIdentifier | Fact::PhdSystemId | Fact::FhirDeviceIdentifier, value)
            if seen.record.is_some() =>
        {
            format!("reported as {value}")
        }
        (Fact::Hl7Profile, profile) => format!("takes part in IHE {profile}"),
        (fact, value) if fact.tells_alarms(value) => "sends alarms".to_owned(),
        (Fact::SdcRole | Fact::SdcCertificateRole, part) => format!("SDC {part}"),
        (Fact::SyslogApplication, _) => "sends its log over the network".to_owned(),
        (Fact::AtnaSource, _) => "sends an audit trail (IHE ATNA)".to_owned(),
        (Fact::FhirServes, _) => "FHIR server".to_owned(),
        (Fact::FhirAsks, _) => "FHIR client".to_owned(),
        (Fact::DicomWebScp, _) => "DICOM web server".to_owned(),
        (Fact::DicomWebScu, _) => "DICOM web client".to_owned(),
        _ => return None,
    })
}

/// Draws claims of kind and roles.
pub(crate) fn claim<'a>(subject: &Subject<'a>, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    // What an integration engine takes in, it takes in for others.
    let engine = subject.deeds.hl7_clients.len() > 1;
    for seen in &subject.facts {
        let kind = kind(seen).filter(|(category, ..)| !engine || *category != Category::ClinicalServer);
        if let Some((category, probability, rule)) = kind {
            let words = format!("{} = {}", seen.fact, seen.value);
            said.deed(seen.fact.protocol(), words, rule, category, probability, seen.source);
        }
        if let Some((maker, probability)) = maker(seen.fact) {
            said.fact(seen, "protocol/one-maker", Attribute::Manufacturer, maker, probability);
        }
        said.roles.extend(role(seen).map(Into::into));
    }
    name_instrument(subject, knowledge, said);
    number_reported(subject, said);
    // Only one maker's monitors speak this protocol.
    if let Some(source) = subject.deeds.serves.get(&Protocol::Intellivue) {
        let words = "answers in the IntelliVue data export protocol";
        let (rule, category) = ("intellivue/server", Category::PatientMonitor);
        said.deed(Protocol::Intellivue, words, rule, category, 0.85, *source);
    }
}

/// An instrument calls itself by its model in the messages it sends, where no component looks more like one
/// (LIS2-A2 6.5). What a host calls itself is no model.
fn name_instrument<'a>(subject: &Subject<'a>, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    let of = |fact: Fact| subject.facts.iter().filter(move |seen| seen.fact == fact);
    let is_instrument = of(Fact::AstmRole).any(|seen| seen.value == "instrument");
    if is_instrument && of(Fact::AstmModel).next().is_none() {
        for seen in of(Fact::AstmSender) {
            let known = !knowledge.fingerprints.matching(Fact::AssetModel, seen.value).is_empty();
            let likely = if known { KNOWN_INSTRUMENT } else { INSTRUMENT };
            said.fact(seen, "astm/instrument-name", Attribute::Model, seen.value, likely);
        }
    }
}

/// A device that only a gateway speaks of is found again by the instance identifier it is reported with (HL7
/// v2.6 7.4.2.18), most often its serial number; where a serial number is stated, that one counts.
fn number_reported<'a>(subject: &Subject<'a>, said: &mut Said<'a>) {
    let stated = subject.facts.iter().any(|seen| super::stated::is_serial(seen.fact));
    if stated {
        return;
    }
    let on_wire = !subject.stations.is_empty();
    for seen in subject.facts.iter().filter(|seen| seen.fact == Fact::Hl7DeviceIdentifier) {
        let digits = seen.value.chars().filter(char::is_ascii_digit).count();
        // Sixteen hexadecimal digits are an EUI-64, the system's identifier and nothing on its label.
        let is_system = seen.value.len() == 16 && seen.value.chars().all(|letter| letter.is_ascii_hexdigit());
        if digits < 3 || is_system {
            continue;
        }
        // Whoever names it by the same number has it from the label.
        let bears = |other: &&Seen<'_>| {
            let name = matches!(super::stated::stated(other.fact), Some((Attribute::Hostname, _)));
            name && digits >= 5 && other.value.to_uppercase().contains(&seen.value.to_uppercase())
        };
        let likely = if on_wire { INSTANCE_OF_STATION } else { INSTANCE };
        said.fact(seen, "hl7/instance-identifier", Attribute::Serial, seen.value, likely);
        if let Some(name) = subject.facts.iter().find(bears) {
            said.fact(name, "hl7/instance-in-name", Attribute::Serial, seen.value, INSTANCE_OF_STATION);
        }
    }
}
