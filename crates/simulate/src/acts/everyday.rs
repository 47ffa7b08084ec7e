//! What every large building does: browsing, device pages, printing, telephony, cameras.

use super::Scene;
use super::clinical::play;
use crate::roles::{Os, Role};
use crate::site::{Device, stated};
use crate::speak::{http, small, tls};

/// Names in the internet that offices ask for; addresses are of documentation blocks.
const SITES: [&str; 8] = [
    "www.office-suite.example",
    "login.office-suite.example",
    "cdn.news.example",
    "search.example",
    "mail.example",
    "updates.os-vendor.example",
    "telemetry.os-vendor.example",
    "journals.medicine.example",
];

impl Scene<'_> {
    /// A TLS connection into the internet: 1.2 with a certificate where `names` are given, otherwise 1.3.
    pub(super) fn internet_tls(
        &mut self,
        device: &Device,
        name: &str,
        names: Option<&tls::Names<'_>>,
    ) -> Option<()> {
        let address = Self::outside_address(name);
        self.name_query(device, name, Some(address));
        let (client, server) = (self.peer(device), self.outside(address)?);
        let sizes = [(self.random.between(300, 900) as usize, self.random.between(800, 9_000) as usize)];
        let flights = match names {
            Some(names) => tls::tls12(name, names, &sizes, &mut self.random),
            None => tls::tls13(name, &sizes, &mut self.random),
        };
        let mut connection = self.connect(&client, &server, 443);
        play(&mut connection, &flights);
        let frames = if self.random.chance(20) { connection.reset() } else { connection.close() };
        self.done(&client, &server, frames);
        Some(())
    }

    /// A clear-text request into the internet, with the browser's User-Agent.
    pub(super) fn internet_http(&mut self, device: &Device, name: &str, path: &str) -> Option<()> {
        let (platform, _) = device.profile.os.platform()?;
        let address = Self::outside_address(name);
        self.name_query(device, name, Some(address));
        let agent = match device.profile.os {
            Os::WindowsXp => format!("Mozilla/4.0 (compatible; MSIE 8.0; {platform}; Trident/4.0)"),
            Os::Windows7 => format!("Mozilla/5.0 ({platform}; Trident/7.0; rv:11.0) like Gecko"),
            _ => format!(
                "Mozilla/5.0 ({platform}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
            ),
        };
        let (client, server) = (self.peer(device), self.outside(address)?);
        let mut connection = self.connect(&client, &server, 80);
        let headers = [("User-Agent", agent.as_str()), ("Accept", "*/*"), ("Connection", "close")];
        connection.client(&http::request("GET", path, name, &headers, None));
        connection.pause(20_000);
        let body = "<html><head><title>page</title></head><body>".to_owned()
            + &"text ".repeat(self.random.between(40, 700) as usize)
            + "</body></html>";
        let headers = [("Server", "nginx"), ("Content-Type", "text/html")];
        connection.server(&http::response("200 OK", &headers, &body));
        self.done(&client, &server, connection.close());
        self.state(device, stated::OS | stated::OS_VERSION);
        Some(())
    }

    pub(super) fn browse(&mut self, device: &Device) -> Option<()> {
        let name = self.random.pick(&SITES);
        self.internet_http(device, name, "/")?;
        self.state(device, stated::CATEGORY);
        Some(())
    }

    pub(super) fn secure(&mut self, device: &Device) -> Option<()> {
        let name = self.random.pick(&SITES);
        let names = tls::Names { subject: name, organization: "Example", issuer: "Public TLS CA 1" };
        let old = device.profile.os == Os::Windows7 || self.random.chance(25);
        self.internet_tls(device, name, old.then_some(&names))
    }

    /// A look into the image archive's web viewer: TLS with the hospital's own authority.
    pub(super) fn archive(&mut self, device: &Device) -> Option<()> {
        let pacs = self.server(Role::Pacs, device)?;
        let name = format!("pacs.{}", crate::site::DOMAIN);
        self.name_query(device, &name, Some(pacs.ip));
        let issuer = "Hospital Issuing CA 1";
        let names = tls::Names { subject: &name, organization: pacs.profile.spelled, issuer };
        let (client, server) = (self.peer(device), self.peer(&pacs));
        let sizes = [(500, self.random.between(2_000, 20_000) as usize)];
        let flights = tls::tls12(&name, &names, &sizes, &mut self.random);
        let mut connection = self.connect(&client, &server, 443);
        play(&mut connection, &flights);
        self.done(&client, &server, connection.close());
        self.state(&pacs, stated::MAKER);
        Some(())
    }

    /// An administrator opens the device's page. Power supplies and cameras ask for a password, which then
    /// crosses the network readable (RFC 7617).
    pub(super) fn page(&mut self, device: &Device) -> Option<()> {
        let admin = self.someone(Role::Workstation, device)?;
        let (client, server) = (self.peer(&admin), self.peer(device));
        let profile = device.profile;
        let banner = device.banner();
        let host = device.ip.to_string();
        let title = match profile.model.contains(profile.spelled) {
            true => profile.model.to_owned(),
            false => format!("{} {}", profile.spelled, profile.model),
        };
        let body = format!(
            "<html><head><title>{title}</title></head><body><table><tr><td>Model</td><td>{}</td></tr>\
             <tr><td>Firmware version</td><td>{}</td></tr><tr><td>Serial number</td><td>{}</td></tr>\
             </table></body></html>",
            profile.model,
            profile.firmware,
            device.serial()
        );
        let (platform, _) = admin.profile.os.platform().unwrap_or(("X11; Linux x86_64", ""));
        let agent =
            format!("Mozilla/5.0 ({platform}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0");
        let secret = http::base64(b"admin:admin");
        let basic = format!("Basic {secret}");
        let mut headers = vec![("User-Agent", agent.as_str()), ("Accept", "text/html")];
        let mut connection = self.connect(&client, &server, 80);
        if matches!(device.role(), Role::Ups | Role::Camera) {
            connection.client(&http::request("GET", "/", &host, &headers, None));
            connection.pause(6_000);
            let realm = format!("Basic realm=\"{title}\"");
            let refusal = [("Server", banner.as_str()), ("WWW-Authenticate", realm.as_str())];
            connection.server(&http::response("401 Unauthorized", &refusal, ""));
            connection.pause(3_100_000);
            headers.push(("Authorization", &basic));
        }
        connection.client(&http::request("GET", "/", &host, &headers, None));
        connection.pause(9_000);
        let headers = [("Server", banner.as_str()), ("Content-Type", "text/html")];
        connection.server(&http::response("200 OK", &headers, &body));
        self.done(&client, &server, connection.close());
        self.state(device, stated::PRODUCT | stated::FIRMWARE | stated::SERIAL);
        if admin.profile.os.platform().is_some() {
            self.state(&admin, stated::OS | stated::OS_VERSION | stated::CATEGORY);
        }
        Some(())
    }

    /// A job on the raw port, in PJL.
    pub(super) fn print(&mut self, printer: &Device) -> Option<()> {
        let from = self.someone(Role::Workstation, printer)?;
        let (client, server) = (self.peer(&from), self.peer(printer));
        let mut connection = self.connect(&client, &server, 9_100);
        let mut job = b"\x1b%-12345X@PJL JOB NAME=\"document\"\r\n@PJL ENTER LANGUAGE=PCL\r\n".to_vec();
        let size = self.random.between(3_000, 30_000) as usize;
        job.extend_from_slice(&self.random.bytes(size));
        job.extend_from_slice(b"\x1b%-12345X@PJL EOJ\r\n\x1b%-12345X");
        connection.client(&job);
        self.done(&client, &server, connection.close());
        self.state(printer, stated::CATEGORY);
        Some(())
    }

    pub(super) fn register(&mut self, phone: &Device) -> Option<()> {
        let server_device = self.server(Role::CoreServer, phone)?;
        let (client, server) = (self.peer(phone), self.peer(&server_device));
        let (own, other) = (phone.ip.to_string(), server_device.ip.to_string());
        let line = (4_000 + phone.nth).to_string();
        let call = self.random.next();
        let agent = phone.banner();
        let question = small::sip_register(&line, &own, &other, &agent, call, false);
        let answer = small::sip_register(&line, &own, &other, "pbx", call, true);
        self.ask(&client, &server, (5_060, 5_060), &question, &answer);
        self.state(phone, stated::PRODUCT | stated::FIRMWARE);
        Some(())
    }

    /// Video to the recorder, here the core server.
    pub(super) fn stream(&mut self, camera: &Device) -> Option<()> {
        let recorder = self.server(Role::CoreServer, camera)?;
        let (from, to) = (self.peer(camera), self.peer(&recorder));
        self.asked(&from, &to, false, 41_004);
        for _ in 0..8 {
            let payload = self.opaque(1_100);
            let frame = self.datagram(&from, &to, (40_004, 41_004), &payload);
            self.done(&from, &to, vec![frame]);
            self.wait(30_000, 40_000);
        }
        Some(())
    }
}
