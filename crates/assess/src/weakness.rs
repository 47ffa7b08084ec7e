//! What makes a device likely to be compromised and what that would do, each with the words for it.

use crate::Context;
use crate::exposure::Exposure;
use crate::risk::{Part, combine, score_tenths, share_out};
use crate::support::{OsJudgement, publisher};
use crate::weights::{Likelihood, Weights};
use cordon_knowledge::Harm;
use cordon_model::Category;
use cordon_model::assess::{Risk, SupportStatus};
use cordon_model::identify::{Attribute, Device, Service, ServiceSeen};

/// Half of the whole weight of reachability is reached with this many devices.
const REACHABLE_HALF: f64 = 50.0;

/// What a service known by its port number only counts, of one that was seen.
const PORT_ONLY_STRENGTH: f64 = 0.5;

/// However few devices may still connect, a weakness keeps this part of its strength.
const STRENGTH_MIN_UNDER_PLAN: f64 = 0.2;

/// How a plan that cuts reachability acts on a weakness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// It can be used by whoever can connect: fewer of them, less likely.
    WithReach,
    /// It is the reachability itself.
    IsReach,
    /// A plan of zones does not change it.
    Not,
}

#[derive(Clone, Debug)]
struct Weakness {
    part: Part,
    weight: f64,
    cut: Cut,
}

/// Everything that counts for one device's risk.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    weaknesses: Vec<Weakness>,
    harms: Vec<Part>,
}

impl Profile {
    /// The score of 0 to 100.
    pub(crate) fn score(&self) -> f64 {
        f64::from(self.tenths()) / 10.0
    }

    /// What the score would lose if the weaknesses with these names were gone.
    pub(crate) fn removes(&self, names: &[&str]) -> f64 {
        let mut without = self.clone();
        without.weaknesses.retain(|weakness| !names.contains(&weakness.part.name.as_str()));
        self.score() - without.score()
    }

    /// True when it has this weakness.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.weaknesses.iter().any(|weakness| weakness.part.name == name)
    }

    /// The profile when `after` instead of `before` devices can connect.
    pub(crate) fn under_plan(&self, before: u64, after: u64) -> Profile {
        let (was, is) = (reach_strength(before), reach_strength(after.min(before)));
        let ratio = if was > 0.0 { (is / was).clamp(STRENGTH_MIN_UNDER_PLAN, 1.0) } else { 1.0 };
        let mut profile = self.clone();
        for weakness in &mut profile.weaknesses {
            match weakness.cut {
                Cut::WithReach => weakness.part.value *= ratio,
                Cut::IsReach => weakness.part.value = weakness.part.value.min(weakness.weight * is),
                Cut::Not => {}
            }
        }
        profile
    }

    /// The risk without controls.
    pub(crate) fn risk(&self) -> Risk {
        let tenths = self.tenths();
        let score = f64::from(tenths) / 10.0;
        let weaknesses: Vec<Part> = self.weaknesses.iter().map(|weakness| weakness.part.clone()).collect();
        Risk { inherent: score, residual: score, factors: share_out(tenths, &weaknesses, &self.harms) }
    }

    fn tenths(&self) -> u32 {
        let likelihood = combine(self.weaknesses.iter().map(|weakness| weakness.part.value));
        let impact = combine(self.harms.iter().map(|harm| harm.value));
        score_tenths(likelihood, impact)
    }
}

/// 0 with nobody, nearing 1 with their number.
fn reach_strength(devices: u64) -> f64 {
    let devices = devices as f64;
    devices / (devices + REACHABLE_HALF)
}

pub(crate) fn profile(
    device: &Device,
    os: &OsJudgement,
    exposure: &Exposure,
    context: &Context<'_>,
) -> Profile {
    let mut list = List { weaknesses: Vec::new() };
    let weights = &context.weights.likelihood;
    list.add("on_the_network", weights.on_the_network, 1.0, Cut::Not, "it is on the network".into());
    if exposure.reachable_by > 0 {
        let why = format!(
            "{} other devices can send to it, as far as watching can tell: no barrier between them was seen",
            exposure.reachable_by
        );
        let strength = reach_strength(exposure.reachable_by);
        list.add("flat_reachability", weights.flat_reachability, strength, Cut::IsReach, why);
    }
    list.system(device, os, weights);
    list.services(device, context);
    list.contacts(exposure, weights);
    list.hygiene(device, exposure, weights);
    let harm = context.knowledge.harms.of(device.category());
    Profile { weaknesses: list.weaknesses, harms: harms(device, exposure, harm, context.weights) }
}

/// From this confidence on, what runs on a device is said as a fact; below, as what it seems.
const SAID_AS_FACT_FROM: f64 = 0.9;

fn runs(device: &Device) -> &'static str {
    let claims = [Attribute::Os, Attribute::OsVersion].into_iter().filter_map(|about| device.claim(about));
    let shown = claims.map(|claim| claim.confidence.value()).filter(|value| *value >= Device::SHOWN_FROM);
    match shown.fold(1.0, f64::min) < SAID_AS_FACT_FROM {
        true => "it seems to run",
        false => "it runs",
    }
}

struct List {
    weaknesses: Vec<Weakness>,
}

impl List {
    fn add(&mut self, name: &str, weight: f64, strength: f64, cut: Cut, why: String) {
        let part = Part { name: name.to_owned(), value: weight * strength, why };
        self.weaknesses.push(Weakness { part, weight, cut });
    }

    fn system(&mut self, device: &Device, os: &OsJudgement, weights: &Likelihood) {
        let named = os.named.as_deref().unwrap_or("its operating system");
        let runs = runs(device);
        let source = os.support.source.as_deref().map_or("lifecycle knowledge", publisher);
        let until: Option<String> = os.support.until.map(|time| time.to_string().chars().take(10).collect());
        match os.support.os {
            SupportStatus::Ended => {
                let when = until.map(|day| format!(" since {day}")).unwrap_or_default();
                let why = format!("{runs} {named}, without security updates{when} ({source})");
                self.add("os_support_ended", weights.os_support_ended, 1.0, Cut::WithReach, why);
            }
            SupportStatus::Extended => {
                let when = until.map(|day| format!(" since {day}")).unwrap_or_default();
                let why = format!(
                    "{runs} {named}, which gets security updates only against payment{when} ({source})"
                );
                self.add("os_support_paid", weights.os_support_paid, 1.0, Cut::WithReach, why);
            }
            SupportStatus::Unknown if os.note.as_deref().is_some_and(|note| note.contains("edition")) => {
                let why = format!(
                    "{runs} {named}; whether that still gets security updates depends on the edition, which \
                     was not seen ({source})"
                );
                self.add("os_edition_unknown", weights.os_edition_unknown, 1.0, Cut::WithReach, why);
            }
            _ => {}
        }
        if device.value(Attribute::PatchPossible) == Some("no") {
            let why = match device.value(Attribute::PatchWhyNot) {
                Some(reason) => format!("it cannot be patched ({})", reason.replace('_', " ")),
                None => "it cannot be patched".to_string(),
            };
            self.add("cannot_be_patched", weights.cannot_be_patched, 1.0, Cut::WithReach, why);
        }
    }

    fn services(&mut self, device: &Device, context: &Context<'_>) {
        let weights = &context.weights.likelihood;
        for service in &device.services {
            if let Some((name, why)) = risky(service, context) {
                let strength = if service.seen == ServiceSeen::PortOnly { PORT_ONLY_STRENGTH } else { 1.0 };
                self.add(&name, weights.risky_service, strength, Cut::WithReach, why);
            } else if service.seen != ServiceSeen::PortOnly && service.application.as_deref() == Some("http")
            {
                let why = format!(
                    "it serves pages without encryption (HTTP on {}/{})",
                    service.transport, service.port
                );
                let known = self.weaknesses.iter().any(|weakness| weakness.part.name == "http_in_clear");
                if !known {
                    self.add("http_in_clear", weights.http_in_clear, 1.0, Cut::WithReach, why);
                }
            }
        }
    }

    fn contacts(&mut self, exposure: &Exposure, weights: &Likelihood) {
        let named: Vec<&str> = exposure.destinations.iter().take(3).map(String::as_str).collect();
        if !exposure.asked_outside.is_empty() {
            let count = exposure.asked_outside.len();
            // One destination counts half, each further one half of what is left.
            let strength = 1.0 - 0.5f64.powi(count.min(30) as i32);
            let why =
                format!("it talks to {} outside the site, such as {}", addresses(count), named.join(", "));
            self.add("internet_contact", weights.internet_contact, strength, Cut::Not, why);
        }
        if !exposure.inbound.is_empty() {
            let count = exposure.inbound.len();
            let why =
                format!("it answered connections that {} outside the site opened to it", addresses(count));
            self.add("internet_inbound", weights.internet_inbound, 1.0, Cut::Not, why);
        }
        if !exposure.attempts.is_empty() {
            let count = exposure.attempts.len();
            let why = format!("it tried to reach {} outside the site that never answered", addresses(count));
            self.add("internet_attempt", weights.internet_attempt, 1.0, Cut::Not, why);
        }
        if !exposure.patient_data.is_empty() {
            let kinds: Vec<String> =
                exposure.patient_data.names().map(|kind| kind.replace('_', " ")).collect();
            let protocols: Vec<String> =
                exposure.patient_data_in.iter().map(|protocol| protocol.to_uppercase()).collect();
            let over =
                if protocols.is_empty() { String::new() } else { format!(" in {}", protocols.join(" and ")) };
            let why = format!(
                "patient data ({}) crossed the network readable{over}, with {} other {}",
                kinds.join(", "),
                exposure.patient_data_with.len(),
                if exposure.patient_data_with.len() == 1 { "address" } else { "addresses" }
            );
            self.add("patient_data_in_clear", weights.patient_data_in_clear, 1.0, Cut::Not, why);
        }
    }

    fn hygiene(&mut self, device: &Device, exposure: &Exposure, weights: &Likelihood) {
        if exposure.clear_credentials > 0 {
            let why = format!(
                "names and passwords crossed the network readable {} in its conversations",
                times(exposure.clear_credentials)
            );
            self.add("clear_credentials", weights.clear_credentials, 1.0, Cut::Not, why);
        }
        if exposure.default_credentials > 0 {
            let why = format!(
                "it answered {} to a name or password that is known from the factory",
                times(exposure.default_credentials)
            );
            self.add("default_credentials", weights.default_credentials, 1.0, Cut::WithReach, why);
        }
        if exposure.weak_encryption > 0 {
            let why = format!(
                "encryption that can be broken was agreed to {} in its conversations",
                times(exposure.weak_encryption)
            );
            self.add("weak_encryption", weights.weak_encryption, 1.0, Cut::Not, why);
        }
        if exposure.address_conflicts > 0 {
            let why = format!("another station claimed its address {}", times(exposure.address_conflicts));
            self.add("address_conflict", weights.address_conflict, 1.0, Cut::Not, why);
        }
        if device.category() == Category::Unknown {
            let why = "nothing seen says what it is, so nobody may be looking after it".to_string();
            self.add("unknown_identity", weights.unknown_identity, 1.0, Cut::WithReach, why);
        }
    }
}

fn addresses(count: usize) -> String {
    if count == 1 { "one address".to_string() } else { format!("{count} addresses") }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_string() } else { format!("{count} times") }
}

/// The name of the weakness and the words, when the port table calls a service risky and what was seen there
/// does not contradict the port.
fn risky(service: &Service, context: &Context<'_>) -> Option<(String, String)> {
    let port = context.knowledge.ports.get(service.transport, service.port)?;
    let reason = port.risky.as_deref()?;
    let usual = port.name.to_lowercase();
    if service.seen != ServiceSeen::PortOnly {
        let spoken = service.application.as_deref().map(str::to_lowercase)?;
        if !usual.contains(&spoken) && !spoken.contains(&usual) {
            return None;
        }
    }
    let slug: String = usual.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let place = format!("{}/{}", service.transport, service.port);
    let why = match service.seen {
        ServiceSeen::PortOnly => {
            format!(
                "it answers on {place} ({} by port number only): {reason}, if that is what it is",
                port.name
            )
        }
        _ => format!("it offers {} on {place}: {reason}", port.name),
    };
    Some((format!("service_{}_{}_{slug}", service.transport, service.port), why))
}

fn harms(device: &Device, exposure: &Exposure, harm: &Harm, weights: &Weights) -> Vec<Part> {
    let carries = !exposure.patient_data.is_empty() || !device.patient_data.is_empty();
    // What was seen to carry patient data can lose it, whatever its category suggests.
    let data = if carries { harm.patient_data.max(0.8) } else { harm.patient_data };
    let part = |name: &str, weight: f64, strength: f64, why: String| Part {
        name: name.to_owned(),
        value: weight * strength,
        why,
    };
    let impact = &weights.impact;
    let kind = as_kind(device.category());
    let data_why = if carries {
        "patient data was seen to pass through it".to_string()
    } else {
        format!("{kind} it may hold or pass on patient data")
    };
    let safety_why = match device.category() {
        Category::Unknown => harm.why.clone(),
        _ => format!("{kind}: {}", harm.why),
    };
    let care_why = format!("care goes on without it for about {}", hours(harm.downtime_tolerance_hours));
    let foothold_why = "whoever takes it over can go on to other devices".to_string();
    vec![
        part("harm_patient_safety", impact.patient_safety, harm.patient_safety, safety_why),
        part("harm_care_delivery", impact.care_delivery, harm.care_delivery, care_why),
        part("harm_patient_data", impact.patient_data, data, data_why),
        part("harm_foothold", impact.foothold, harm.foothold, foothold_why),
    ]
}

/// `as an infusion pump`, to begin a sentence with.
fn as_kind(category: Category) -> String {
    let label = category.label();
    match category {
        Category::Unknown => "as a device of unknown kind".to_string(),
        Category::NetworkEquipment => format!("as {label}"),
        _ if label.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("as an {label}"),
        _ => format!("as a {label}"),
    }
}

fn hours(hours: u32) -> String {
    match hours {
        1 => "an hour".to_string(),
        48.. => format!("{} days", hours / 24),
        _ => format!("{hours} hours"),
    }
}

/// The risky services of a device: the weakness's name, what the service is called, and whether its content
/// was seen.
pub(crate) fn risky_services(device: &Device, context: &Context<'_>) -> Vec<(String, String, bool)> {
    let named = |service: &Service| {
        let (key, _) = risky(service, context)?;
        let port = context.knowledge.ports.get(service.transport, service.port)?;
        let sure = service.seen != ServiceSeen::PortOnly;
        Some((key, format!("{} ({}/{})", port.name, service.transport, service.port), sure))
    };
    device.services.iter().filter_map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cordon_model::identify::{Claim, Confidence, DeviceId};
    use cordon_model::observe::PatientDataKinds;

    #[test]
    fn what_is_not_sure_is_not_said_as_a_fact() {
        let claim = |attribute, value: &str, confidence| Claim {
            attribute,
            value: value.into(),
            confidence: Confidence::new(confidence),
            conflict: false,
            evidence: Vec::new(),
        };
        let device = |version| Device {
            id: DeviceId::new("dev-1"),
            macs: Vec::new(),
            ips: Vec::new(),
            vlans: Vec::new(),
            hostnames: Vec::new(),
            claims: vec![claim(Attribute::Os, "Windows", 0.95), claim(Attribute::OsVersion, "XP", version)],
            services: Vec::new(),
            roles: Vec::new(),
            patient_data: PatientDataKinds::NONE,
            parent: None,
            links: Vec::new(),
            presence: None,
            listings: Vec::new(),
        };
        assert_eq!(runs(&device(0.95)), "it runs");
        assert_eq!(runs(&device(0.65)), "it seems to run");
        assert_eq!(runs(&device(0.3)), "it runs", "too weak to be shown, so nothing is said of the version");
    }
}
