//! What makes a device likely to be compromised and what that would do, each with the words for it.

use crate::Context;
use crate::controls::Control;
use crate::exposure::{self, Exposure};
use crate::findings::Threat;
use crate::impact::Harms;
use crate::risk::{Part, combine, score_tenths, share_out};
use crate::ssvc::Exploitation;
use crate::support::{Judgement, publisher};
use crate::weights::Likelihood;
use cordon_model::Category;
use cordon_model::assess::{Finding, FindingStatus, Recall, Risk, Side, SupportStatus};
use cordon_model::identify::{Attribute, Device};
use std::collections::{BTreeMap, BTreeSet};

/// Half of the whole weight of reachability is reached with this many devices.
const REACHABLE_HALF: f64 = 50.0;

/// What a service known by its port number only counts, of one that was seen.
const PORT_ONLY_STRENGTH: f64 = 0.5;

/// What a vulnerability counts for which an attacker has to be at the device.
const LOCAL_STRENGTH: f64 = 0.5;

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
    /// It needs somebody at the device.
    AtDevice,
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
    /// Each advisory that counts: which, the weakness it is part of, and its value in it.
    advisories: Vec<(String, &'static str, f64)>,
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

    /// What is left of each weakness when the advisories of `done` count only `keep` of what they did.
    pub(crate) fn left_after(&self, done: &BTreeSet<&str>, keep: f64) -> Vec<(&'static str, f64)> {
        let hit = self.advisories.iter().filter(|(advisory, ..)| done.contains(advisory.as_str()));
        let groups: BTreeSet<&'static str> = hit.map(|(_, group, _)| *group).collect();
        let left = groups.into_iter().map(|group| {
            let members = self.advisories.iter().filter(|(_, other, _)| *other == group);
            let values = members.map(
                |(advisory, _, value)| {
                    if done.contains(advisory.as_str()) { value * keep } else { *value }
                },
            );
            (group, combine(values).min(crate::Weights::MAX))
        });
        left.collect()
    }

    /// What the score would lose if weaknesses had only these values left.
    pub(crate) fn removes_lowered(&self, left: &[(&'static str, f64)]) -> f64 {
        let mut lowered = self.clone();
        for weakness in &mut lowered.weaknesses {
            let less = left.iter().find(|(name, _)| *name == weakness.part.name);
            weakness.part.value = less.map_or(weakness.part.value, |(_, left)| left.min(weakness.part.value));
        }
        self.score() - lowered.score()
    }

    /// Names of all weaknesses, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.weaknesses.iter().map(|weakness| weakness.part.name.as_str())
    }

    /// True when it has this weakness.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.weaknesses.iter().any(|weakness| weakness.part.name == name)
    }

    /// The profile when `after` instead of `before` devices can connect, and with these controls in force.
    pub(crate) fn controlled(
        &self,
        reach: Option<(u64, u64)>,
        controls: &[Control],
        weights: &crate::Weights,
    ) -> Profile {
        let (before, after) = reach.unwrap_or_default();
        let (was, is) = (reach_strength(before), reach_strength(after.min(before)));
        let ratio = if was > 0.0 { (is / was).clamp(STRENGTH_MIN_UNDER_PLAN, 1.0) } else { 1.0 };
        let left =
            |control: Control, weight: f64| if controls.contains(&control) { 1.0 - weight } else { 1.0 };
        let watched = left(Control::Monitoring, weights.controls.monitoring);
        let guarded = left(Control::Physical, weights.controls.physical);
        let mut profile = self.clone();
        for weakness in &mut profile.weaknesses {
            match weakness.cut {
                Cut::WithReach => weakness.part.value *= ratio,
                Cut::IsReach if reach.is_some() => {
                    weakness.part.value = weakness.part.value.min(weakness.weight * is);
                }
                Cut::AtDevice => weakness.part.value *= guarded,
                Cut::IsReach | Cut::Not => {}
            }
            weakness.part.value *= watched;
        }
        profile
    }

    /// Sets the residual risk and each factor's controlled value to what this profile says.
    pub(crate) fn leave(&self, risk: &mut Risk) {
        risk.residual = self.score().min(risk.inherent);
        let values: BTreeMap<&str, f64> = self
            .weaknesses
            .iter()
            .map(|weakness| (weakness.part.name.as_str(), weakness.part.value))
            .collect();
        for factor in risk.factors.iter_mut().filter(|factor| factor.side == Side::Likelihood) {
            if let Some(value) = values.get(factor.name.as_str()) {
                factor.controlled = value.clamp(0.0, factor.value);
            }
        }
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

/// What is known of a device when its profile is drawn.
pub(crate) struct Known<'a> {
    pub(crate) device: &'a Device,
    pub(crate) support: &'a Judgement,
    pub(crate) exposure: &'a Exposure,
    pub(crate) harms: &'a Harms,
    /// Findings with their threats.
    pub(crate) findings: &'a [(Finding, Threat)],
    /// Recalls of its product.
    pub(crate) recalls: &'a [Recall],
}

pub(crate) fn profile(known: &Known<'_>, context: &Context<'_>) -> Profile {
    let Known { device, support, exposure, harms, findings, recalls } = known;
    let mut list = List { weaknesses: Vec::new(), advisories: Vec::new() };
    let weights = &context.weights.likelihood;
    list.add("on_the_network", weights.on_the_network, 1.0, Cut::Not, "it is on the network".into());
    if exposure.reachable_by > 0 {
        let count = exposure.reachable_by;
        let why = match &exposure.ways {
            Some(ways) => format!("{count} other devices can send to it, {ways}"),
            None => format!(
                "{count} other devices can send to it, as far as watching can tell: no barrier between them was seen"
            ),
        };
        let strength = reach_strength(exposure.reachable_by);
        list.add("flat_reachability", weights.flat_reachability, strength, Cut::IsReach, why);
    }
    list.vulnerabilities(findings, weights);
    list.recalls(recalls, weights);
    list.system(device, support, weights);
    list.services(device, context);
    list.contacts(device, exposure, weights);
    list.hygiene(device, exposure, weights);
    Profile { weaknesses: list.weaknesses, harms: harms.parts.clone(), advisories: list.advisories }
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
    advisories: Vec<(String, &'static str, f64)>,
}

impl List {
    fn add(&mut self, name: &str, weight: f64, strength: f64, cut: Cut, why: String) {
        let part = Part { name: name.to_owned(), value: weight * strength, why };
        self.weaknesses.push(Weakness { part, weight, cut });
    }

    /// Advisories by how ripe an attack is; each group is one weakness that every further advisory raises.
    fn vulnerabilities(&mut self, findings: &[(Finding, Threat)], weights: &Likelihood) {
        let groups = [
            (
                "exploited_vulnerability",
                "it has vulnerabilities that attackers are known to use",
                Cut::WithReach,
            ),
            (
                "published_exploit",
                "it has vulnerabilities for which a way to exploit them is known",
                Cut::WithReach,
            ),
            ("known_vulnerability", "it has known vulnerabilities", Cut::WithReach),
            (
                "local_vulnerability",
                "it has vulnerabilities for somebody who is at the device",
                Cut::AtDevice,
            ),
            (
                "undetermined_vulnerability",
                "it may have vulnerabilities, for want of one fact",
                Cut::WithReach,
            ),
        ];
        for (name, words, cut) in groups {
            let of_group: Vec<(&Finding, f64)> = findings
                .iter()
                .filter_map(|(finding, threat)| {
                    let (group, value) = vulnerability(finding, threat, weights)?;
                    (group == name).then_some((finding, value))
                })
                .collect();
            if of_group.is_empty() {
                continue;
            }
            let of_each = of_group.iter().map(|(finding, value)| (finding.advisory.clone(), name, *value));
            self.advisories.extend(of_each);
            let value = combine(of_group.iter().map(|(_, value)| *value)).min(crate::Weights::MAX);
            let why = format!("{words}: {}", advisories(&of_group));
            self.add(name, value, 1.0, cut, why);
        }
    }

    /// Recalls that are not terminated; each group is one weakness that every further recall raises.
    fn recalls(&mut self, recalls: &[Recall], weights: &Likelihood) {
        let groups = [
            (FindingStatus::Affected, "recall", weights.recall, "its maker recalls it"),
            (
                FindingStatus::Undetermined,
                "undetermined_recall",
                weights.undetermined_recall,
                "it may be recalled, for want of one fact",
            ),
        ];
        for (verdict, name, weight, words) in groups {
            let open: Vec<&Recall> =
                recalls.iter().filter(|recall| recall.is_open && recall.verdict == verdict).collect();
            if open.is_empty() {
                continue;
            }
            let values = open.iter().map(|recall| weight * recall_strength(recall));
            let value = combine(values).min(crate::Weights::MAX);
            let named: Vec<String> = open.iter().take(3).map(|recall| recall_words(recall)).collect();
            let more = match open.len().saturating_sub(3) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let why = format!("{words}: {}{more}", named.join(", "));
            // A firewall mends no recalled device.
            self.add(name, value, 1.0, Cut::Not, why);
        }
    }

    fn system(&mut self, device: &Device, os: &Judgement, weights: &Likelihood) {
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
        let device_until: Option<String> =
            os.support.device_until.map(|time| time.to_string().chars().take(10).collect());
        let says = os.support.device_source.as_deref().unwrap_or("a notice");
        match os.support.device {
            SupportStatus::Ended => {
                let when = device_until.map(|day| format!(" since {day}")).unwrap_or_default();
                let why = format!("its maker looks after it no more{when} ({says})");
                self.add("device_support_ended", weights.device_support_ended, 1.0, Cut::WithReach, why);
            }
            SupportStatus::Limited | SupportStatus::Extended => {
                let why = format!("its maker looks after it only in part or against payment ({says})");
                self.add("device_support_limited", weights.device_support_limited, 1.0, Cut::WithReach, why);
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
            if let Some(risky) = exposure::port_service(device, service, context) {
                let strength = if risky.sure { 1.0 } else { PORT_ONLY_STRENGTH };
                self.add(&risky.name, weights.risky_service, strength, Cut::WithReach, risky.why);
            }
        }
        if let Some(plain) = exposure::plain_pages(device, context) {
            self.add(&plain.name, weights.http_in_clear, 1.0, Cut::WithReach, plain.why);
        }
        for risky in exposure::protection_services(device, context.now) {
            let (weight, strength) = match risky.name.as_str() {
                "smb1" | "vnc_open" => (weights.risky_service, 1.0),
                "rdp_without_nla" | "vnc_password" => (weights.risky_service, 0.5),
                "certificate_expired" | "certificate_weak" => (weights.bad_certificate, 1.0),
                // Counted already: by their port, by what was let in, by what was agreed to.
                _ => continue,
            };
            self.add(&risky.name, weight, strength, Cut::WithReach, risky.why);
        }
    }

    fn contacts(&mut self, device: &Device, exposure: &Exposure, weights: &Likelihood) {
        let channels = exposure::remote_support(device);
        if !channels.is_empty() {
            let why = format!("a channel for remote support leads out of the site: {}", channels.join(", "));
            self.add("remote_support", weights.remote_support, 1.0, Cut::Not, why);
        }
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

/// The group of an advisory's vulnerabilities and what they count; `None` for what does not hit the device.
fn vulnerability(finding: &Finding, threat: &Threat, weights: &Likelihood) -> Option<(&'static str, f64)> {
    let severity = f64::from(threat.severity) / 10.0 / 10.0;
    let (group, weight) = match (finding.status, threat.exploitation) {
        (FindingStatus::Affected, Exploitation::Active) => {
            ("exploited_vulnerability", weights.exploited_vulnerability)
        }
        (FindingStatus::Affected, Exploitation::PublicPoc) => {
            ("published_exploit", weights.published_exploit)
        }
        (FindingStatus::Affected, Exploitation::None) => ("known_vulnerability", weights.known_vulnerability),
        (FindingStatus::Undetermined, _) => {
            return Some(("undetermined_vulnerability", weights.undetermined_vulnerability * severity));
        }
        (FindingStatus::Fixed | FindingStatus::NotAffected, _) => return None,
    };
    let value = weight.max(weights.exploit_probability * threat.probability) * severity;
    Some(if threat.local { ("local_vulnerability", value * LOCAL_STRENGTH) } else { (group, value) })
}

/// By FDA's class (21 CFR 7.3(m)); a recall without one counts as one of class II. What is not about software or
/// the network makes a compromise only half as much likelier: it shows that the maker knows of a fault left in it.
fn recall_strength(recall: &Recall) -> f64 {
    let class = match recall.class.as_deref() {
        Some("I") => 1.0,
        Some("III") => 0.3,
        _ => 0.6,
    };
    if recall.is_software { class } else { class / 2.0 }
}

/// `Z-0001-2026 (class I)`.
fn recall_words(recall: &Recall) -> String {
    match &recall.class {
        Some(class) => format!("{} (class {class})", recall.number),
        None => recall.number.clone(),
    }
}

/// The advisories that count most, and how many more.
fn advisories(findings: &[(&Finding, f64)]) -> String {
    const NAMED_MAX: usize = 3;
    let mut ordered: Vec<&(&Finding, f64)> = findings.iter().collect();
    ordered.sort_by(|(one, a), (other, b)| b.total_cmp(a).then_with(|| one.advisory.cmp(&other.advisory)));
    let named: Vec<String> = ordered
        .iter()
        .take(NAMED_MAX)
        .map(|(finding, _)| match &finding.cvss {
            Some(severity) => {
                format!("{} (CVSS {}.{})", finding.advisory, severity.tenths / 10, severity.tenths % 10)
            }
            None => finding.advisory.clone(),
        })
        .collect();
    match findings.len().saturating_sub(NAMED_MAX) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

fn addresses(count: usize) -> String {
    if count == 1 { "one address".to_string() } else { format!("{count} addresses") }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_string() } else { format!("{count} times") }
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
            protections: Vec::new(),
            banners: Vec::new(),
        };
        assert_eq!(runs(&device(0.95)), "it runs");
        assert_eq!(runs(&device(0.65)), "it seems to run");
        assert_eq!(runs(&device(0.3)), "it runs", "too weak to be shown, so nothing is said of the version");
    }
}
