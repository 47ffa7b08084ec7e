//! Looking things up and writing down that one did: storage commitment, performed steps, clinical web
//! services, the audit trail.

use super::Scene;
use crate::random::Random;
use crate::roles::Role;
use crate::site::{DOMAIN, Device, stated};
use crate::speak::dicom::{
    COMMITMENT_INSTANCE, Dataset, EXPLICIT_LE, N_ACTION, N_CREATE, N_EVENT_REPORT, N_SET, Normalized,
    PERFORMED_STEP, STORAGE_COMMITMENT, data, normalized,
};
use crate::speak::{audit, http, resources};

const DICOM_PORT: u16 = 11_112;
const WORKLIST_PORT: u16 = 104;
const FHIR_PORT: u16 = 8_090;
const WEB_PORT: u16 = 8_042;
const SYSLOG_PORT: u16 = 514;

impl Scene<'_> {
    /// Asks the archive to answer for what was stored; it says so within the same association.
    pub(super) fn commit(&mut self, device: &Device) -> Option<()> {
        let pacs = self.server(Role::Pacs, device)?;
        let contexts = [(STORAGE_COMMITMENT, EXPLICIT_LE)];
        let (client, server, mut connection) = self.associate(device, &pacs, DICOM_PORT, &contexts);
        let transaction = format!("2.25.{}", self.random.next());
        let list = commitment(&transaction, &mut self.random);
        let ask = Normalized {
            field: N_ACTION,
            class: STORAGE_COMMITMENT,
            instance: COMMITMENT_INSTANCE,
            message: 1,
            dataset: true,
            kind: Some(1),
            status: None,
        };
        connection.client(&data(1, &normalized(&ask), Some(&list)));
        connection.pause(4_000);
        let answer = Normalized { dataset: false, status: Some(0), ..ask };
        connection.server(&data(1, &normalized(&answer), None));
        connection.pause(60_000);
        let report = Normalized { field: N_EVENT_REPORT, message: 2, ..ask };
        connection.server(&data(1, &normalized(&report), Some(&list)));
        connection.pause(3_000);
        let taken = Normalized { dataset: false, status: Some(0), ..report };
        connection.client(&data(1, &normalized(&taken), None));
        self.release(&client, &server, connection);
        Some(())
    }

    /// Tells the worklist's server that an examination began and ended.
    pub(super) fn perform(&mut self, device: &Device) -> Option<()> {
        let ris = self.server(Role::Ris, device)?;
        let contexts = [(PERFORMED_STEP, EXPLICIT_LE)];
        let (client, server, mut connection) = self.associate(device, &ris, WORKLIST_PORT, &contexts);
        let instance = format!("2.25.{}", self.random.next());
        let begun = self.performed(device, "IN PROGRESS");
        let create = Normalized {
            field: N_CREATE,
            class: PERFORMED_STEP,
            instance: &instance,
            message: 1,
            dataset: true,
            kind: None,
            status: None,
        };
        let mut ended = Dataset::new(EXPLICIT_LE);
        ended.text(0x0040, 0x0252, "CS", "COMPLETED");
        let ended = ended.bytes();
        for (ask, set) in [(create, &begun), (Normalized { field: N_SET, message: 2, ..create }, &ended)] {
            connection.client(&data(1, &normalized(&ask), Some(set)));
            connection.pause(5_000);
            let answer = Normalized { dataset: false, status: Some(0), ..ask };
            connection.server(&data(1, &normalized(&answer), None));
        }
        self.release(&client, &server, connection);
        Some(())
    }

    fn performed(&mut self, device: &Device, status: &str) -> Vec<u8> {
        let (patient, (date, time)) = (self.patient(), self.clock());
        let mut set = Dataset::new(EXPLICIT_LE);
        set.text(0x0008, 0x0060, "CS", device.profile.modality);
        set.text(0x0010, 0x0010, "PN", &format!("{}^{}", patient.family, patient.given));
        set.text(0x0010, 0x0020, "LO", &patient.number);
        set.text(0x0010, 0x0030, "DA", &patient.birth);
        set.text(0x0040, 0x0241, "AE", &device.ae_title());
        set.text(0x0040, 0x0244, "DA", &date);
        set.text(0x0040, 0x0245, "TM", &time);
        set.text(0x0040, 0x0252, "CS", status);
        set.bytes()
    }

    /// A nurse looks a patient up in the clinical server, in clear text.
    pub(super) fn look_up_patient(&mut self, device: &Device) -> Option<()> {
        if device.nth % 4 != 2 {
            return None;
        }
        let ris = self.server(Role::Ris, device)?;
        let patient = self.patient();
        let (client, server) = (self.peer(device), self.peer(&ris));
        let host = format!("fhir.{DOMAIN}:{FHIR_PORT}");
        let mut connection = self.connect(&client, &server, FHIR_PORT);
        let banner = ris.banner();
        let ask = [("Accept", "application/fhir+json")];
        let tell = [("Server", banner.as_str()), ("Content-Type", "application/fhir+json;charset=utf-8")];
        let search = format!("/fhir/Patient?family={}&given={}", patient.family, patient.given);
        let answers = [
            ("/fhir/metadata", resources::capabilities("Clinical Data Server", "6.2.1")),
            (search.as_str(), resources::patient_bundle(&patient)),
        ];
        for (path, body) in &answers {
            connection.client(&http::request("GET", path, &host, &ask, None));
            connection.pause(15_000);
            connection.server(&http::response("200 OK", &tell, body));
            connection.pause(800_000);
        }
        self.done(&client, &server, connection.close());
        Some(())
    }

    /// A reading station asks the archive for today's studies by its web service.
    pub(super) fn web_studies(&mut self, device: &Device) -> Option<()> {
        let pacs = self.server(Role::Pacs, device)?;
        let patient = self.patient();
        let (client, server) = (self.peer(device), self.peer(&pacs));
        let (date, _) = self.clock();
        let mut connection = self.connect(&client, &server, WEB_PORT);
        let path = format!("/dicom-web/studies?StudyDate={date}&ModalitiesInStudy=CT&limit=25");
        let host = format!("pacs.{DOMAIN}:{WEB_PORT}");
        connection.client(&http::request("GET", &path, &host, &[("Accept", "application/dicom+json")], None));
        connection.pause(20_000);
        let banner = pacs.banner();
        let headers = [("Server", banner.as_str()), ("Content-Type", "application/dicom+json")];
        let body = resources::study(&patient, "CT", self.random.next());
        connection.server(&http::response("200 OK", &headers, &body));
        self.done(&client, &server, connection.close());
        Some(())
    }

    /// The archive writes down who looked at whom.
    pub(super) fn audit(&mut self, device: &Device) -> Option<()> {
        let log = self.server(Role::CoreServer, device)?;
        let patient = self.patient();
        let time = self.at.to_string();
        let host = format!("pacs{:02}.{DOMAIN}", device.nth + 1);
        let application: String = device.profile.model.chars().filter(char::is_ascii_alphanumeric).collect();
        let line = audit::instances_accessed(&host, &application, &device.ae_title(), &time, &patient);
        let (from, to) = (self.peer(device), self.peer(&log));
        let port = self.use_port(&from);
        self.asked(&from, &to, false, SYSLOG_PORT);
        let frame = self.datagram(&from, &to, (port, SYSLOG_PORT), &line);
        self.done(&from, &to, vec![frame]);
        self.state(device, stated::MAKER);
        Some(())
    }
}

/// The transaction and one or two instances it is about (PS3.4 table J.3-1).
fn commitment(transaction: &str, random: &mut Random) -> Vec<u8> {
    let mut set = Dataset::new(EXPLICIT_LE);
    set.text(0x0008, 0x1195, "UI", transaction);
    let mut item = Dataset::new(EXPLICIT_LE);
    item.text(0x0008, 0x1150, "UI", "1.2.840.10008.5.1.4.1.1.2");
    item.text(0x0008, 0x1155, "UI", &format!("2.25.{}", random.next()));
    set.sequence(0x0008, 0x1199, item);
    set.bytes()
}
