//! What to do first: actions in plain words, ordered by the risk they remove for the effort they take.

use crate::weakness::{self, Profile};
use crate::{Context, exposure, support};
use cordon_model::Category;
use cordon_model::assess::{Action, DeviceAssessment, SupportStatus};
use cordon_model::identify::{Attribute, Device, DeviceId};
use std::collections::BTreeMap;

/// From more devices than this on, work done device by device is no low effort any more.
const LOW_EFFORT_DEVICES_MAX: usize = 25;

/// How much work an action is, as a divisor when ordering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effort {
    Low,
    Medium,
    High,
}

impl Effort {
    fn name(self) -> &'static str {
        match self {
            Effort::Low => "low",
            Effort::Medium => "medium",
            Effort::High => "high",
        }
    }

    /// What is little work on one device is no longer little on a whole ward of them.
    fn for_devices(self, kind: &str, count: usize) -> Effort {
        let one_by_one = matches!(kind, "configure" | "find_out");
        if self == Effort::Low && one_by_one && count > LOW_EFFORT_DEVICES_MAX {
            Effort::Medium
        } else {
            self
        }
    }

    fn cost(self) -> f64 {
        match self {
            Effort::Low => 1.0,
            Effort::Medium => 3.0,
            Effort::High => 10.0,
        }
    }
}

/// Actions for the whole estate, most risk removed per effort first; what only finds out comes last, for
/// knowing removes nothing by itself.
///
/// Call it after [`crate::with_controls`]: segmentation removes what lies between inherent and residual.
pub fn actions(context: &Context<'_>, assessments: &[DeviceAssessment]) -> Vec<Action> {
    let exposures = exposure::of_estate(context);
    let by_id: BTreeMap<&DeviceId, &DeviceAssessment> =
        assessments.iter().map(|assessment| (&assessment.device, assessment)).collect();
    let mut drafts = Drafts::default();
    for (device, exposure) in context.estate.devices.iter().zip(&exposures) {
        let Some(assessment) = by_id.get(&device.id) else { continue };
        let support = support::of(device, context);
        let profile = weakness::profile(device, &support, exposure, context);
        let subject = Subject { device, assessment, profile: &profile };
        drafts.segment(&subject);
        drafts.encrypt(&subject);
        drafts.set_passwords(&subject);
        drafts.close_services(&subject, context);
        drafts.replace(&subject, support.named.as_deref());
        drafts.disconnect(&subject);
        drafts.find_out(&subject);
    }
    drafts.finish()
}

struct Subject<'a> {
    device: &'a Device,
    assessment: &'a DeviceAssessment,
    profile: &'a Profile,
}

struct Draft {
    kind: &'static str,
    effort: Effort,
    devices: Vec<DeviceId>,
    /// How many devices of each category.
    categories: BTreeMap<Category, usize>,
    /// Points that would go; of an action that only finds out, points counted for not knowing.
    points: f64,
    /// The words, given how many devices.
    words: Box<dyn Fn(&Whom) -> String>,
}

/// The devices of an action, for its words.
struct Whom {
    count: usize,
    /// `2 imaging modalities, 1 infusion pump`.
    kinds: String,
}

impl Whom {
    fn is_are(&self) -> &'static str {
        if self.count == 1 { "is" } else { "are" }
    }

    fn it_them(&self) -> &'static str {
        if self.count == 1 { "it" } else { "them" }
    }

    fn devices(&self) -> String {
        format!("{} {}", self.count, devices(self.count))
    }
}

#[derive(Default)]
struct Drafts {
    by_key: BTreeMap<String, Draft>,
}

impl Drafts {
    fn add(
        &mut self,
        key: String,
        kind: &'static str,
        effort: Effort,
        subject: &Subject<'_>,
        points: f64,
        words: impl Fn(&Whom) -> String + 'static,
    ) {
        let draft = self.by_key.entry(key).or_insert_with(|| Draft {
            kind,
            effort,
            devices: Vec::new(),
            categories: BTreeMap::new(),
            points: 0.0,
            words: Box::new(words),
        });
        draft.devices.push(subject.device.id.clone());
        *draft.categories.entry(subject.device.category()).or_insert(0) += 1;
        draft.points += points;
    }

    fn segment(&mut self, subject: &Subject<'_>) {
        let risk = &subject.assessment.risk;
        let removes = risk.inherent - risk.residual;
        if removes <= 0.0 {
            return;
        }
        let group = group(subject.device.category());
        self.add(format!("segment-{group}"), "segment", Effort::Medium, subject, removes, |whom| {
            format!(
                "Put {} behind the proposed rules ({}), first only logging, then enforcing. Machines that have no \
                 business with {} can then no longer connect. What {} over the network, readable or to the \
                 outside, stays as it is.",
                whom.devices(),
                whom.kinds,
                whom.it_them(),
                if whom.count == 1 { "it sends" } else { "they send" }
            )
        });
    }

    fn encrypt(&mut self, subject: &Subject<'_>) {
        if subject.profile.has("patient_data_in_clear") {
            let removes = subject.profile.removes(&["patient_data_in_clear"]);
            self.add("configure-encrypt".into(), "configure", Effort::Medium, subject, removes, |whom| {
                format!(
                    "Patient data of {} crosses the network readable. Switch on the encrypted form (DICOM or HL7 \
                     over TLS) where both ends can; where they cannot, keep the path inside one protected zone.",
                    whom.devices()
                )
            });
        }
        if subject.profile.has("clear_credentials") {
            let removes = subject.profile.removes(&["clear_credentials"]);
            self.add("configure-credentials".into(), "configure", Effort::Low, subject, removes, |whom| {
                format!(
                    "Names and passwords crossed the network readable in conversations of {}. Change them, and use \
                     the encrypted page (https) from now on.",
                    whom.devices()
                )
            });
        }
    }

    fn set_passwords(&mut self, subject: &Subject<'_>) {
        if subject.profile.has("default_credentials") {
            let removes = subject.profile.removes(&["default_credentials"]);
            self.add("configure-passwords".into(), "configure", Effort::Low, subject, removes, |whom| {
                format!(
                    "{} can be asked or changed with a name or password that everybody knows from the factory. Set one \
                     of your own (for SNMP a community of your own, or version 3), outside of care and after asking \
                     the maker.",
                    whom.devices()
                )
            });
        }
    }

    fn close_services(&mut self, subject: &Subject<'_>, context: &Context<'_>) {
        // What belongs together is one question to the maker: key → (names of weaknesses, words, content seen).
        let mut questions: BTreeMap<String, (Vec<String>, String, bool)> = BTreeMap::new();
        for (key, name, sure) in weakness::risky_services(subject.device, context) {
            let of_windows = WINDOWS_SHARING.iter().any(|port| key.starts_with(&format!("service_{port}_")));
            let (slug, words) = if of_windows {
                let words = "Windows file sharing and remote calls (tcp/135, tcp/139, tcp/445)";
                ("windows-sharing".to_string(), words.to_string())
            } else {
                (key.trim_start_matches("service_").replace('_', "-"), name)
            };
            let question = questions.entry(slug).or_insert((Vec::new(), words, false));
            question.0.push(key);
            question.2 |= sure;
        }
        for (slug, (keys, name, sure)) in questions {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let removes = subject.profile.removes(&keys);
            self.add(format!("configure-close-{slug}"), "configure", Effort::Low, subject, removes, move |whom| {
                let (one, many) = if sure { ("offers", "offer") } else { ("answers", "answer") };
                format!(
                    "{} {}{} {name}. Ask the maker or service partner whether it is needed; switch it off where it is \
                     not.",
                    whom.devices(),
                    if whom.count == 1 { one } else { many },
                    if sure { "" } else { " on the port of" }
                )
            });
        }
    }

    fn replace(&mut self, subject: &Subject<'_>, os: Option<&str>) {
        if subject.assessment.support.os != SupportStatus::Ended {
            return;
        }
        let os = os.unwrap_or("an operating system").to_string();
        let removes = subject.profile.removes(&["os_support_ended"]);
        let slug: String =
            os.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        self.add(format!("replace-{slug}"), "replace", Effort::High, subject, removes, move |whom| {
            format!(
                "{} {} on {os}, for which there are no security updates any more: {}. Ask the maker for an upgrade; \
                 otherwise plan the replacement and keep {} apart until then.",
                whom.devices(),
                if whom.count == 1 { "runs" } else { "run" },
                whom.kinds,
                whom.it_them()
            )
        });
    }

    fn disconnect(&mut self, subject: &Subject<'_>) {
        let category = subject.device.category();
        let names = ["internet_contact", "internet_inbound", "internet_attempt"];
        if !names.iter().any(|name| subject.profile.has(name)) || !may_be_cut_off(category) {
            return;
        }
        let removes = subject.profile.removes(&names);
        self.add("disconnect-internet".into(), "disconnect", Effort::Low, subject, removes, |whom| {
            format!(
                "{} that rarely {} it {} in contact with the internet: {}. Ask the makers whether a remote service \
                 needs that; block the rest at the firewall.",
                whom.devices(),
                if whom.count == 1 { "needs" } else { "need" },
                whom.is_are(),
                whom.kinds
            )
        });
    }

    fn find_out(&mut self, subject: &Subject<'_>) {
        let device = subject.device;
        if device.category() == Category::Unknown {
            let removes = subject.profile.removes(&["unknown_identity"]);
            self.add("find-out-unknown".into(), "find_out", Effort::Low, subject, removes, |whom| {
                format!(
                    "Nobody can say from the traffic what {} {}. Walk the floor with the inventory sheet and fill in \
                     kind and owner.",
                    whom.devices(),
                    whom.is_are()
                )
            });
        } else if device.category().is_clinical() && device.claim(Attribute::Owner).is_none() {
            self.add("find-out-owner".into(), "find_out", Effort::Low, subject, 0.0, |whom| {
                format!(
                    "No owner is on record for {} ({}). Name a department for each: without one nobody decides about \
                     updates.",
                    whom.devices(),
                    whom.kinds
                )
            });
        }
        if subject.profile.has("os_edition_unknown") {
            let removes = subject.profile.removes(&["os_edition_unknown"]);
            self.add("find-out-os-edition".into(), "find_out", Effort::Low, subject, removes, |whom| {
                format!(
                    "Look up the exact edition of the operating system on {} (on Windows: run winver). Only the \
                     edition says whether there still are security updates.",
                    whom.devices()
                )
            });
        }
    }

    fn finish(self) -> Vec<Action> {
        let mut ordered: Vec<(bool, f64, Action)> = Vec::new();
        for (key, draft) in self.by_key {
            let points = (draft.points * 10.0).round() / 10.0;
            let finds_out = draft.kind == "find_out";
            let effort = draft.effort.for_devices(draft.kind, draft.devices.len());
            let mut why = (draft.words)(&draft.whom());
            if finds_out && points > 0.0 {
                why.push_str(&format!(
                    " That removes no risk by itself; it settles whether {points} points counted for not knowing \
                     belong there."
                ));
            }
            let action = Action {
                id: format!("act-{key}"),
                kind: draft.kind.to_string(),
                why,
                devices: draft.devices,
                removes: if finds_out { 0.0 } else { points },
                effort: effort.name().to_string(),
            };
            ordered.push((finds_out, points / effort.cost(), action));
        }
        ordered.sort_by(|(later, a, left), (other, b, right)| {
            later.cmp(other).then_with(|| b.total_cmp(a)).then_with(|| left.id.cmp(&right.id))
        });
        ordered.into_iter().map(|(_, _, action)| action).collect()
    }
}

impl Draft {
    fn whom(&self) -> Whom {
        let mut kinds: Vec<(&Category, &usize)> = self.categories.iter().collect();
        kinds.sort_by(|(left, a), (right, b)| b.cmp(a).then_with(|| left.cmp(right)));
        let kinds: Vec<String> =
            kinds.into_iter().map(|(category, count)| counted(*count, *category)).collect();
        Whom { count: self.devices.len(), kinds: kinds.join(", ") }
    }
}

/// Ports that Windows opens together, as they stand in the names of weaknesses.
const WINDOWS_SHARING: [&str; 5] = ["tcp_135", "tcp_139", "tcp_445", "udp_137", "udp_138"];

/// What is put behind rules in one go: devices of one field of work, named as in the action's id.
fn group(category: Category) -> &'static str {
    match category {
        Category::ImagingModality
        | Category::ImageArchive
        | Category::ImagingWorkstation
        | Category::Radiotherapy
        | Category::Endoscopy => "imaging",
        Category::LaboratoryAnalyser | Category::PointOfCareAnalyser => "laboratory",
        Category::Workstation | Category::Tablet | Category::Printer | Category::Phone => "office",
        Category::Server
        | Category::NetworkEquipment
        | Category::ClinicalServer
        | Category::IntegrationEngine => "servers-and-network",
        Category::Unknown | Category::Other => "unknown",
        clinical if clinical.is_clinical() => "patient-care",
        _ => "building",
    }
}

/// Offices and servers need the internet; what treats patients or runs the house rarely does.
fn may_be_cut_off(category: Category) -> bool {
    !matches!(
        category,
        Category::Workstation
            | Category::Server
            | Category::Tablet
            | Category::Phone
            | Category::NetworkEquipment
            | Category::ClinicalServer
            | Category::Unknown
            | Category::Other
    )
}

fn devices(count: usize) -> &'static str {
    if count == 1 { "device" } else { "devices" }
}

fn counted(count: usize, category: Category) -> String {
    let label = match category {
        Category::Unknown => "device of unknown kind",
        Category::Other => "other device",
        known => known.label(),
    };
    match (count, label) {
        (1, "network equipment") => "1 piece of network equipment".to_string(),
        (1, label) => format!("1 {label}"),
        (_, "network equipment") => format!("{count} pieces of network equipment"),
        (_, "uninterruptible power supply") => format!("{count} uninterruptible power supplies"),
        (_, "device of unknown kind") => format!("{count} devices of unknown kind"),
        (_, label) if label.ends_with('y') && !label.ends_with("ay") => {
            format!("{count} {}ies", label.trim_end_matches('y'))
        }
        (_, label) => format!("{count} {label}s"),
    }
}
