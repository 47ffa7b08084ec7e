//! Clinical traffic: images and worklists, results and vital signs, pumps.

use super::{Peer, Scene};
use crate::frames::Connection;
use crate::patients::Patient;
use crate::roles::{Os, Role};
use crate::site::{Device, stated};
use crate::speak::dicom::{
    ANSWER, C_ECHO, C_FIND, C_STORE, Command, Dataset, EXPLICIT_LE, IMPLICIT_LE, Implementation, PENDING,
    Peers, VERIFICATION, WORKLIST_FIND, associate_accept, associate_reject, associate_request, command, data,
    release_answer, release_request,
};
use crate::speak::hl7::{self, Equipment, Header, Observation};
use crate::speak::{http, tls};

/// The port a simulated archive listens on.
const DICOM_PORT: u16 = 11_112;
/// The worklist's, the first one ever registered.
const WORKLIST_PORT: u16 = 104;
const MLLP_PORT: u16 = 2_575;
const PUMP_PORT: u16 = 8_080;

/// SOP class of a modality's images (PS3.4 table B.5-1).
fn storage_class(modality: &str) -> &'static str {
    match modality {
        "CT" => "1.2.840.10008.5.1.4.1.1.2",
        "MR" => "1.2.840.10008.5.1.4.1.1.4",
        "US" => "1.2.840.10008.5.1.4.1.1.6.1",
        "CR" => "1.2.840.10008.5.1.4.1.1.1",
        "DX" => "1.2.840.10008.5.1.4.1.1.1.1",
        "MG" => "1.2.840.10008.5.1.4.1.1.1.2",
        "XA" => "1.2.840.10008.5.1.4.1.1.12.1",
        "NM" => "1.2.840.10008.5.1.4.1.1.20",
        _ => "1.2.840.10008.5.1.4.1.1.7",
    }
}

/// Makers' registered roots, as their conformance statements print them; others use the UUID root 2.25.
fn class_uid(maker: &str) -> &'static str {
    match maker {
        "GE" => "1.2.840.113619.6.336",
        "Siemens" => "1.3.12.2.1107.5.8.2",
        "Philips" => "1.3.46.670589.11.0.0.51.4.46.0",
        "Canon" => "1.2.392.200036.9116.2.6",
        "Fujifilm" => "1.2.392.200036.9125.5342",
        "Carestream" => "1.2.840.113564.3.4.2",
        "Agfa" => "1.2.124.113532.3500.7",
        "Sectra" => "1.2.752.24.3.3.25.14",
        _ => "2.25.302984712098347123",
    }
}

/// At most 16 characters (PS3.7 D.3.3.2.4).
fn version_name(device: &Device) -> String {
    let text: String = device.profile.model.chars().filter(char::is_ascii_alphanumeric).collect();
    text.to_uppercase().chars().take(16).collect()
}

fn implementation<'a>(device: &Device, version: &'a str) -> Implementation<'a> {
    Implementation { class_uid: class_uid(device.profile.maker), version }
}

impl Scene<'_> {
    /// Opens an association with one context; the caller sends messages and releases it.
    pub(super) fn associate(
        &mut self,
        client: &Device,
        server: &Device,
        port: u16,
        contexts: &[(&str, &str)],
    ) -> (Peer, Peer, Connection) {
        let (client_peer, server_peer) = (self.peer(client), self.peer(server));
        let mut connection = self.connect(&client_peer, &server_peer, port);
        let (called, calling) = (server.ae_title(), client.ae_title());
        let peers = Peers { called: &called, calling: &calling };
        let version = version_name(client);
        connection.client(&associate_request(&peers, contexts, &implementation(client, &version)));
        connection.pause(self.random.between(500, 9_000) as i64);
        let version = version_name(server);
        let syntaxes: Vec<&str> = contexts.iter().map(|(_, transfer)| *transfer).collect();
        connection.server(&associate_accept(&peers, &syntaxes, &implementation(server, &version)));
        self.state(server, stated::CATEGORY);
        (client_peer, server_peer, connection)
    }

    pub(super) fn release(&mut self, client: &Peer, server: &Peer, mut connection: Connection) {
        connection.client(&release_request());
        connection.server(&release_answer());
        self.done(client, server, connection.close());
    }

    pub(super) fn echo(&mut self, device: &Device) -> Option<()> {
        let pacs = self.server(Role::Pacs, device)?;
        let contexts = [(VERIFICATION, IMPLICIT_LE)];
        let (client, server, mut connection) = self.associate(device, &pacs, DICOM_PORT, &contexts);
        let ask = Command {
            field: C_ECHO,
            class: VERIFICATION,
            message: 1,
            dataset: false,
            status: None,
            instance: "",
        };
        connection.client(&data(1, &command(&ask), None));
        connection.pause(800);
        connection.server(&data(
            1,
            &command(&Command { field: C_ECHO | ANSWER, status: Some(0), ..ask }),
            None,
        ));
        self.release(&client, &server, connection);
        if device.role() == Role::ReadingStation {
            self.state(device, stated::CATEGORY);
        }
        Some(())
    }

    /// Sends one to three images of a patient to the archive.
    pub(super) fn store(&mut self, device: &Device) -> Option<()> {
        let pacs = self.server(Role::Pacs, device)?;
        let syntax = if device.nth % 3 == 1 { IMPLICIT_LE } else { EXPLICIT_LE };
        let class = storage_class(device.profile.modality);
        let contexts = [(VERIFICATION, IMPLICIT_LE), (class, syntax)];
        let (client, server, mut connection) = self.associate(device, &pacs, DICOM_PORT, &contexts);
        let patient = self.patient();
        let study = self.random.next();
        for number in 1..=self.random.between(1, 3) as u16 {
            let instance = format!("2.25.{}", self.random.next());
            let ask = Command {
                field: C_STORE,
                class,
                message: number,
                dataset: true,
                status: None,
                instance: &instance,
            };
            let image = self.image(device, &patient, (class, syntax), &instance, (study, number));
            connection.client(&data(3, &command(&ask), Some(&image)));
            connection.pause(self.random.between(3_000, 40_000) as i64);
            let answer = Command { field: C_STORE | ANSWER, dataset: false, status: Some(0), ..ask };
            connection.server(&data(3, &command(&answer), None));
        }
        self.release(&client, &server, connection);
        let bits = stated::PRODUCT | stated::MODALITY | stated::FIRMWARE | stated::SERIAL;
        self.state(device, bits);
        Some(())
    }

    /// An image's data set: SOP common, patient, study, series, equipment and image modules (PS3.3).
    fn image(
        &mut self,
        device: &Device,
        patient: &Patient,
        (class, syntax): (&str, &str),
        instance: &str,
        (study, number): (u64, u16),
    ) -> Vec<u8> {
        let (date, time) = self.clock();
        let profile = device.profile;
        let mut set = Dataset::new(syntax);
        set.text(0x0008, 0x0005, "CS", "ISO_IR 100");
        set.text(0x0008, 0x0008, "CS", "ORIGINAL\\PRIMARY");
        set.text(0x0008, 0x0016, "UI", class);
        set.text(0x0008, 0x0018, "UI", instance);
        set.text(0x0008, 0x0020, "DA", &date);
        set.text(0x0008, 0x0030, "TM", &time);
        set.text(0x0008, 0x0050, "SH", &format!("A{:09}", study % 1_000_000_000));
        set.text(0x0008, 0x0060, "CS", profile.modality);
        set.text(0x0008, 0x0070, "LO", profile.spelled);
        set.text(0x0008, 0x0080, "LO", "HOSPITAL");
        set.text(0x0008, 0x0090, "PN", "");
        set.text(0x0008, 0x1010, "SH", &device.ae_title());
        set.text(0x0008, 0x1090, "LO", profile.model);
        set.text(0x0010, 0x0010, "PN", &format!("{}^{}", patient.family, patient.given));
        set.text(0x0010, 0x0020, "LO", &patient.number);
        set.text(0x0010, 0x0030, "DA", &patient.birth);
        set.text(0x0010, 0x0040, "CS", &patient.sex.to_string());
        set.text(0x0018, 0x1000, "LO", &device.serial());
        set.text(0x0018, 0x1020, "LO", profile.firmware);
        set.text(0x0020, 0x000d, "UI", &format!("2.25.{study}"));
        set.text(0x0020, 0x000e, "UI", &format!("2.25.{study}.1"));
        set.text(0x0020, 0x0010, "SH", "1");
        set.text(0x0020, 0x0011, "IS", "1");
        set.text(0x0020, 0x0013, "IS", &number.to_string());
        set.u16(0x0028, 0x0002, 1);
        set.text(0x0028, 0x0004, "CS", "MONOCHROME2");
        let (rows, columns) = (64, 64 + 32 * self.random.below(3) as u16);
        for (element, value) in
            [(0x0010, rows), (0x0011, columns), (0x0100, 16), (0x0101, 12), (0x0102, 11), (0x0103, 0)]
        {
            set.u16(0x0028, element, value);
        }
        let pixels = self.random.bytes(usize::from(rows) * usize::from(columns) * 2);
        set.element(0x7fe0, 0x0010, "OW", &pixels);
        set.bytes()
    }

    /// Asks the worklist for today's patients and gets up to three.
    pub(super) fn worklist(&mut self, device: &Device) -> Option<()> {
        let ris = self.server(Role::Ris, device)?;
        let syntax = if device.nth.is_multiple_of(2) { IMPLICIT_LE } else { EXPLICIT_LE };
        let contexts = [(WORKLIST_FIND, syntax)];
        let (client, server, mut connection) = self.associate(device, &ris, WORKLIST_PORT, &contexts);
        let ask = Command {
            field: C_FIND,
            class: WORKLIST_FIND,
            message: 1,
            dataset: true,
            status: None,
            instance: "",
        };
        let query = self.worklist_entry(device, syntax, None);
        connection.client(&data(1, &command(&ask), Some(&query)));
        connection.pause(4_000);
        for _ in 0..self.random.below(4) {
            let patient = self.patient();
            let entry = self.worklist_entry(device, syntax, Some(&patient));
            let answer = Command { field: C_FIND | ANSWER, status: Some(PENDING), ..ask };
            connection.server(&data(1, &command(&answer), Some(&entry)));
        }
        let last = Command { field: C_FIND | ANSWER, dataset: false, status: Some(0), ..ask };
        connection.server(&data(1, &command(&last), None));
        self.release(&client, &server, connection);
        Some(())
    }

    fn worklist_entry(&mut self, device: &Device, syntax: &str, patient: Option<&Patient>) -> Vec<u8> {
        let (date, _) = self.clock();
        let order = patient.map_or(String::new(), |_| format!("A{:09}", self.random.below(1_000_000_000)));
        let of = |text: &dyn Fn(&Patient) -> String| patient.map_or(String::new(), text);
        let mut step = Dataset::new(syntax);
        step.text(0x0008, 0x0060, "CS", device.profile.modality);
        step.text(0x0040, 0x0001, "AE", &device.ae_title());
        step.text(0x0040, 0x0002, "DA", &date);
        step.text(0x0040, 0x0003, "TM", "");
        let mut set = Dataset::new(syntax);
        set.text(0x0008, 0x0050, "SH", &order);
        set.text(0x0010, 0x0010, "PN", &of(&|patient| format!("{}^{}", patient.family, patient.given)));
        set.text(0x0010, 0x0020, "LO", &of(&|patient| patient.number.clone()));
        set.text(0x0010, 0x0030, "DA", &of(&|patient| patient.birth.clone()));
        set.text(0x0010, 0x0040, "CS", &of(&|patient| patient.sex.to_string()));
        set.sequence(0x0040, 0x0100, step);
        set.bytes()
    }

    /// Sends an image to an archive under a title it does not have any more, and is rejected.
    pub(super) fn wrong_title(&mut self, device: &Device) -> Option<()> {
        let pacs = self.server(Role::Pacs, device)?;
        let (client, server) = (self.peer(device), self.peer(&pacs));
        let start = self.at;
        let mut connection = self.connect(&client, &server, DICOM_PORT);
        let calling = device.ae_title();
        let peers = Peers { called: "OLDARCHIVE", calling: &calling };
        let version = version_name(device);
        let contexts = [(storage_class(device.profile.modality), EXPLICIT_LE)];
        connection.client(&associate_request(&peers, &contexts, &implementation(device, &version)));
        connection.pause(1_500);
        connection.server(&associate_reject());
        self.done(&client, &server, connection.close());
        self.note("dicom association rejected", start, device, Some(pacs.ip.to_string()));
        Some(())
    }

    /// Some makers look into their scanners from outside.
    pub(super) fn remote_service(&mut self, device: &Device) -> Option<()> {
        if device.nth % 6 != 1 {
            return None;
        }
        let name = match device.profile.maker {
            "GE" => "insite.gehealthcare.com",
            "Siemens" => "srs.healthcare.siemens.com",
            "Philips" => "rsn.philips.com",
            _ => "remote.modality-service.example",
        };
        let names =
            tls::Names { subject: name, organization: device.profile.spelled, issuer: "Public TLS CA 2" };
        self.internet_tls(device, name, Some(&names))?;
        // An old console also fetches its updates in clear text, and so tells its age.
        if matches!(device.profile.os, Os::WindowsXp | Os::Windows7) {
            self.internet_http(device, name, "/updates/catalog.xml")?;
        }
        Some(())
    }

    pub(super) fn header<'a>(
        &mut self,
        sender: &'a str,
        receiver: &'a str,
        kind: &'a str,
        time: &'a str,
        version: &'a str,
    ) -> Header<'a> {
        let control = self.random.between(100_000, 999_999_999);
        Header { sender, facility: "HOSPITAL", receiver, kind, time, control, version }
    }

    /// A message to an MLLP listener, and its acknowledgment.
    pub(super) fn mllp(
        &mut self,
        from: &Device,
        to: &Device,
        port: u16,
        message: &[u8],
        header: &Header<'_>,
    ) {
        let (client, server) = (self.peer(from), self.peer(to));
        let mut connection = self.connect(&client, &server, port);
        connection.client(message);
        connection.pause(self.random.between(1_000, 20_000) as i64);
        let event = header.kind.split('^').nth(1).unwrap_or_default();
        let kind = format!("ACK^{event}^ACK");
        let answer =
            Header { sender: header.receiver, receiver: header.sender, kind: &kind, ..header.clone() };
        connection.server(&hl7::ack(&answer));
        self.done(&client, &server, connection.close());
        if to.role() == Role::Engine {
            self.state(to, stated::CATEGORY);
        }
    }

    pub(super) fn now_text(&self) -> String {
        let (date, time) = self.clock();
        date + &time
    }

    fn vital_signs(&mut self) -> Vec<Observation<'static>> {
        // Codes and names of ISO/IEEE 11073-10101.
        vec![
            (
                "147842",
                "MDC_ECG_HEART_RATE",
                self.random.between(52, 120).to_string(),
                "264864^MDC_DIM_BEAT_PER_MIN^MDC",
            ),
            (
                "150456",
                "MDC_PULS_OXIM_SAT_O2",
                self.random.between(90, 100).to_string(),
                "262688^MDC_DIM_PERCENT^MDC",
            ),
            (
                "151562",
                "MDC_RESP_RATE",
                self.random.between(9, 24).to_string(),
                "264928^MDC_DIM_RESP_PER_MIN^MDC",
            ),
        ]
    }

    /// A monitor's vital signs to the integration engine, sent by itself or by `speaker`.
    pub(super) fn vitals(&mut self, monitor: &Device, speaker: Option<&Device>) -> Option<()> {
        let from = speaker.unwrap_or(monitor);
        let engine = self.server(Role::Engine, from)?;
        let patient = self.patient();
        let time = self.now_text();
        let (serial, eui64) = (monitor.serial(), monitor.eui64());
        let model = monitor.profile.model;
        let short: String = model.chars().filter(|letter| !letter.is_whitespace()).collect();
        let sender = match speaker {
            Some(_) => "PHILIPS_PICIX".to_owned(),
            None => format!("{}_{}^{eui64}^EUI-64", monitor.profile.spelled.replace(' ', "_"), short),
        };
        let udi = format!("(01){}(21){serial}", gtin(884_838_001_000 + u64::from(monitor.nth % 7)));
        let states_udi = monitor.nth.is_multiple_of(2);
        let equipment =
            Equipment { serial: &serial, model, eui64: &eui64, udi: if states_udi { &udi } else { "" } };
        let header = self.header(&sender, "ENGINE", "ORU^R01^ORU_R01", &time, "2.6");
        let signs = self.vital_signs();
        let bed = format!("ICU^{}^{}", 1 + monitor.nth / 12, 1 + monitor.nth % 12);
        let message = hl7::observations(&header, &patient, &bed, &equipment, &signs);
        self.mllp(from, &engine, MLLP_PORT, &message, &header);
        self.state(monitor, stated::CATEGORY | stated::MODEL | stated::SERIAL | stated::MAKER);
        if let Some(speaker) = speaker {
            self.state(speaker, stated::CATEGORY | stated::MAKER);
        }
        Some(())
    }

    pub(super) fn reported(&mut self, monitor: &Device) -> Option<()> {
        let central = self.server(Role::Central, monitor)?;
        self.vitals(monitor, Some(&central))
    }

    /// Datagrams between monitor and central station whose meaning is not published here.
    pub(super) fn waveform(&mut self, monitor: &Device) -> Option<()> {
        let central = self.server(Role::Central, monitor)?;
        let (from, to) = (self.peer(monitor), self.peer(&central));
        self.asked(&from, &to, false, 24_105);
        for _ in 0..6 {
            let payload = self.opaque(280);
            let frame = self.datagram(&from, &to, (24_105, 24_105), &payload);
            self.done(&from, &to, vec![frame]);
            self.wait(60_000, 250_000);
        }
        Some(())
    }

    pub(super) fn results(&mut self, analyser: &Device) -> Option<()> {
        let engine = self.server(Role::Engine, analyser)?;
        let patient = self.patient();
        let time = self.now_text();
        let (serial, eui64) = (analyser.serial(), analyser.eui64());
        let profile = analyser.profile;
        let sender = format!("{}^{}", profile.model, profile.spelled);
        let header = self.header(&sender, "LIS", "ORU^R01^ORU_R01", &time, "2.5.1");
        let equipment = Equipment { serial: &serial, model: profile.model, eui64: &eui64, udi: "" };
        // LOINC codes in the place of 11073 ones.
        let signs: Vec<Observation<'_>> = vec![
            ("2345-7", "Glucose", self.random.between(60, 240).to_string(), "mg/dL"),
            (
                "2823-3",
                "Potassium",
                format!("{}.{}", self.random.between(3, 5), self.random.below(10)),
                "mmol/L",
            ),
            ("718-7", "Hemoglobin", self.random.between(8, 17).to_string(), "g/dL"),
        ];
        let message = hl7::observations(&header, &patient, "LAB", &equipment, &signs);
        self.mllp(analyser, &engine, MLLP_PORT, &message, &header);
        self.state(analyser, stated::PRODUCT | stated::SERIAL);
        Some(())
    }

    pub(super) fn order(&mut self, ris: &Device) -> Option<()> {
        let engine = self.server(Role::Engine, ris)?;
        let (patient, time) = (self.patient(), self.now_text());
        let header = self.header("RIS", "ENGINE", "ORM^O01^ORM_O01", &time, "2.5.1");
        let procedure = self.random.pick(&["CTHEAD^CT head^L", "MRKNEE^MR knee^L", "XRCHEST^chest x-ray^L"]);
        let message = hl7::order(&header, &patient, "RAD", procedure);
        self.mllp(ris, &engine, MLLP_PORT, &message, &header);
        self.state(ris, stated::CATEGORY);
        Some(())
    }

    pub(super) fn admit(&mut self, engine: &Device) -> Option<()> {
        let ris = self.server(Role::Ris, engine)?;
        let (patient, time) = (self.patient(), self.now_text());
        let kind = self.random.pick(&["ADT^A01^ADT_A01", "ADT^A08^ADT_A01", "ADT^A03^ADT_A03"]);
        let header = self.header("ENGINE", "RIS", kind, &time, "2.5.1");
        let message = hl7::order(&header, &patient, "WARD^3^1", "");
        self.mllp(engine, &ris, 2_576, &message, &header);
        self.state(engine, stated::CATEGORY);
        Some(())
    }

    /// A pump's status to its server: clear text for two makers, TLS for the others.
    pub(super) fn pump_report(&mut self, pump: &Device) -> Option<()> {
        let server_device = self.server(Role::PumpServer, pump)?;
        let (client, server) = (self.peer(pump), self.peer(&server_device));
        let profile = pump.profile;
        if pump.nth % 4 >= 2 {
            let names = tls::Names {
                subject: "pumpserver.hospital.example",
                organization: "Hospital",
                issuer: "Hospital Device CA",
            };
            let flights = tls::tls12("pumpserver.hospital.example", &names, &[(420, 90)], &mut self.random);
            let mut connection = self.connect(&client, &server, 443);
            play(&mut connection, &flights);
            self.done(&client, &server, connection.close());
            self.state(pump, stated::CATEGORY);
            return Some(());
        }
        let body = format!(
            "<?xml version=\"1.0\"?><status><manufacturer>{}</manufacturer><model>{}</model>\
             <serialNumber>{}</serialNumber><softwareVersion>{}</softwareVersion><library>ICU-7</library>\
             <battery>{}</battery></status>",
            profile.spelled,
            profile.model,
            pump.serial(),
            profile.firmware,
            self.random.between(20, 100)
        );
        let agent = pump.banner();
        let mut connection = self.connect(&client, &server, PUMP_PORT);
        let headers = [("User-Agent", agent.as_str()), ("Content-Type", "text/xml")];
        connection.client(&http::request(
            "POST",
            "/gateway/pump/status",
            "pumpserver",
            &headers,
            Some(&body),
        ));
        connection.pause(9_000);
        let banner = server_device.banner();
        connection.server(&http::response(
            "200 OK",
            &[("Server", &banner), ("Content-Type", "text/xml")],
            "<ok/>",
        ));
        self.done(&client, &server, connection.close());
        self.state(pump, stated::PRODUCT | stated::FIRMWARE | stated::SERIAL);
        self.state(&server_device, stated::CATEGORY | stated::OS);
        Some(())
    }

    /// Every twenty-fifth pump was delivered with its service console open.
    pub(super) fn pump_telnet(&mut self, pump: &Device) -> Option<()> {
        if pump.nth % 25 != 1 {
            return None;
        }
        let technician = self.someone(Role::Workstation, pump)?;
        let (client, server) = (self.peer(&technician), self.peer(pump));
        let mut connection = self.connect(&client, &server, 23);
        let greeting = format!("\r\n{} {}\r\nlogin: ", pump.profile.spelled, pump.profile.model);
        connection.server(greeting.as_bytes());
        connection.pause(2_400_000);
        connection.client(b"service\r\n");
        connection.server(b"Password: ");
        connection.pause(1_900_000);
        connection.client(b"\r\n");
        connection.server(b"\r\nLogin incorrect\r\n");
        self.done(&client, &server, connection.close());
        Some(())
    }

    pub(super) fn cabinet_poll(&mut self, cabinet: &Device) -> Option<()> {
        let ris = self.server(Role::Ris, cabinet)?;
        let (client, server) = (self.peer(cabinet), self.peer(&ris));
        let agent = cabinet.banner();
        let mut connection = self.connect(&client, &server, 80);
        let profile = cabinet.profile;
        let station = format!("{} {}; station {}", profile.spelled, profile.model, cabinet.hostname());
        let headers = [("User-Agent", agent.as_str()), ("X-Station", station.as_str())];
        connection.client(&http::request("GET", "/orders?since=300", "ris.hospital.example", &headers, None));
        connection.pause(12_000);
        let banner = ris.banner();
        connection.server(&http::response(
            "200 OK",
            &[("Server", &banner), ("Content-Type", "text/plain")],
            "none",
        ));
        self.done(&client, &server, connection.close());
        self.state(cabinet, stated::PRODUCT | stated::FIRMWARE);
        self.state(&ris, stated::OS);
        Some(())
    }
}

/// A GTIN-14: thirteen digits and the check digit of GS1 General Specifications section 7.9.
fn gtin(number: u64) -> String {
    let digits = format!("{number:013}");
    let sum: u32 = digits
        .bytes()
        .enumerate()
        .map(|(at, digit)| u32::from(digit - b'0') * if at.is_multiple_of(2) { 3 } else { 1 })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// Sends handshake and data in turn.
pub(super) fn play(connection: &mut Connection, flights: &tls::Flights) {
    for (from_client, bytes) in flights {
        connection.pause(700);
        if *from_client {
            connection.client(bytes);
        } else {
            connection.server(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_a_published_example() {
        // The check digit example of GS1: 0061414112345 2.
        assert_eq!(gtin(61_414_112_345), "00614141123452");
    }
}
