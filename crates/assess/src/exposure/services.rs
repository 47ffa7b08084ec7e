//! Services that make a device easier to attack, from its ports and from how it protects what it offers.

use crate::Context;
use cordon_knowledge::Port;
use cordon_model::Timestamp;
use cordon_model::assess::RiskyService;
use cordon_model::identify::{Device, Protection, Service, ServiceSeen};
use cordon_model::observe::Fact;

/// What begins a role that names a channel of remote support; see the fingerprints.
const REMOTE_SUPPORT: &str = "remote support: ";

/// A service that the port table calls risky.
pub(crate) fn port_service(
    device: &Device,
    service: &Service,
    context: &Context<'_>,
) -> Option<RiskyService> {
    let port = risky_port(device, service, context)?;
    let reason = port.risky.as_deref()?;
    let usual = port.name.to_lowercase();
    let slug: String = usual.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let place = format!("{}/{}", service.transport, service.port);
    let sure = service.seen != ServiceSeen::PortOnly;
    let why = if sure {
        format!("it offers {} on {place}: {reason}", port.name)
    } else {
        format!("it answers on {place} ({} by port number only): {reason}, if that is what it is", port.name)
    };
    let name = format!("service_{}_{}_{slug}", service.transport, service.port);
    Some(RiskyService { name, port: Some(place), sure, why, seen: None })
}

/// The row of the port table that calls a service risky: of its own port, when what was seen there does not contradict
/// it, else of the usual port of what was seen to be spoken there.
pub(crate) fn risky_port<'k>(device: &Device, service: &Service, context: &Context<'k>) -> Option<&'k Port> {
    let ports = &context.knowledge.ports;
    let at_port = ports.get(service.transport, service.port).filter(|port| port.risky.is_some());
    match (service.seen, service.application.as_deref().map(str::to_lowercase)) {
        (ServiceSeen::PortOnly, _) => at_port,
        (_, None) => None,
        // The port's reason is about versions that it does not answer to.
        (_, Some(spoken)) if spoken == "snmp" && speaks_guarded_snmp(device) => None,
        (_, Some(spoken)) => {
            let is_it = |port: &&Port| {
                let usual = port.name.to_lowercase();
                usual.contains(&spoken) || spoken.contains(&usual)
            };
            at_port.filter(is_it).or_else(|| ports.risky(service.transport, &spoken))
        }
    }
}

/// True where version 3 is the only one that it was seen to answer to.
fn speaks_guarded_snmp(device: &Device) -> bool {
    let mut versions =
        device.protections.iter().filter(|one| one.fact == Fact::SnmpVersion).map(|one| one.value.as_str());
    versions.next() == Some("3") && versions.next().is_none()
}

/// What the device itself said of its protection that is worth an attacker's while; each kind once.
pub(crate) fn protection_services(device: &Device, now: Timestamp) -> Vec<RiskyService> {
    let mut found: Vec<RiskyService> = Vec::new();
    for protection in &device.protections {
        let Some((name, why)) = judge(protection, now) else { continue };
        if !found.iter().any(|one| one.name == name) {
            let seen = Some(protection.source);
            found.push(RiskyService { name: name.to_owned(), port: None, sure: true, why, seen });
        }
    }
    found
}

fn judge(protection: &Protection, now: Timestamp) -> Option<(&'static str, String)> {
    let value = protection.value.as_str();
    let said = match protection.fact {
        Fact::SmbDialect if value == "1.0" || value == "core" => (
            "smb1",
            "it agreed to SMB version 1, which guards neither against listening nor against worms".to_owned(),
        ),
        Fact::RdpSecurity if value == "RDP" || value == "TLS" => (
            "rdp_without_nla",
            format!("it shows its log-in screen to anybody: remote desktop without log-in before ({value})"),
        ),
        Fact::VncSecurity if value == "none" => {
            ("vnc_open", "it shares its screen (VNC) without a password".to_owned())
        }
        Fact::VncSecurity if value == "password" => (
            "vnc_password",
            "it shares its screen (VNC) for a password of at most 8 letters, unencrypted".to_owned(),
        ),
        Fact::SnmpCommunity if value != "of the site's own" => (
            "snmp_default_community",
            format!("it answers to the SNMP community \"{value}\", known from the factory"),
        ),
        Fact::SnmpVersion if value == "1" || value == "2c" => (
            "snmp_unprotected",
            format!("it answers to SNMP version {value}, guarded only by an unencrypted word"),
        ),
        Fact::TlsVersion if matches!(value, "1.0" | "1.1" | "ssl2" | "ssl3") => {
            let name = if value.starts_with("ssl") { value.to_uppercase() } else { format!("TLS {value}") };
            ("tls_old", format!("it agreed to {name}, which RFC 8996 and RFC 7568 forbid"))
        }
        Fact::TlsNotAfter => {
            let end: Timestamp = value.parse().ok().filter(|end| *end < now)?;
            let day: String = end.to_string().chars().take(10).collect();
            ("certificate_expired", format!("its certificate expired on {day}"))
        }
        Fact::TlsWeakSignature => ("certificate_weak", format!("its certificate can be forged: {value}")),
        _ => return None,
    };
    Some(said)
}

/// Pages for people without encryption: who administers it there is overheard. The first port stands for all.
pub(crate) fn plain_pages(device: &Device, context: &Context<'_>) -> Option<RiskyService> {
    let plain = device.services.iter().find(|service| {
        service.seen != ServiceSeen::PortOnly
            && service.application.as_deref() == Some("http")
            && port_service(device, service, context).is_none()
    })?;
    let place = format!("{}/{}", plain.transport, plain.port);
    let why = format!("it serves pages without encryption (HTTP on {place})");
    Some(RiskyService { name: "http_in_clear".to_owned(), port: Some(place), sure: true, why, seen: None })
}

/// Channels for remote support, as its roles name them.
pub(crate) fn remote_support(device: &Device) -> Vec<String> {
    device.roles.iter().filter_map(|role| role.strip_prefix(REMOTE_SUPPORT)).map(str::to_owned).collect()
}
