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

/// Actions for the whole estate, most risk removed per effort first.
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
    removes: f64,
    /// The words, given how many devices.
    words: Box<dyn Fn(usize) -> String>,
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
        removes: f64,
        words: impl Fn(usize) -> String + 'static,
    ) {
        let draft = self.by_key.entry(key).or_insert_with(|| Draft {
            kind,
            effort,
            devices: Vec::new(),
            removes: 0.0,
            words: Box::new(words),
        });
        draft.devices.push(subject.device.id.clone());
        draft.removes += removes;
    }

    fn segment(&mut self, subject: &Subject<'_>) {
        let risk = &subject.assessment.risk;
        let removes = risk.inherent - risk.residual;
        if removes <= 0.0 {
            return;
        }
        let category = subject.device.category();
        self.add(format!("segment-{}", category.name()), "segment", Effort::Medium, subject, removes, move |count| {
            format!(
                "Put {} behind the proposed rules, first only logging, then enforcing: other machines that have \
                 no business with {} could no longer connect.",
                counted(count, category),
                if count == 1 { "it" } else { "them" }
            )
        });
    }

    fn encrypt(&mut self, subject: &Subject<'_>) {
        if subject.profile.has("patient_data_in_clear") {
            let removes = subject.profile.removes(&["patient_data_in_clear"]);
            self.add("configure-encrypt".into(), "configure", Effort::Medium, subject, removes, |count| {
                format!(
                    "Patient data of {count} {} crosses the network readable. Switch on the encrypted form (DICOM \
                     or HL7 over TLS) where both ends can; where they cannot, keep the path inside one protected \
                     zone.",
                    devices(count)
                )
            });
        }
        if subject.profile.has("clear_credentials") {
            let removes = subject.profile.removes(&["clear_credentials"]);
            self.add("configure-credentials".into(), "configure", Effort::Low, subject, removes, |count| {
                format!(
                    "Passwords of {count} {} crossed the network readable. Change them, and use the encrypted page \
                     (https) from now on.",
                    devices(count)
                )
            });
        }
    }

    fn close_services(&mut self, subject: &Subject<'_>, context: &Context<'_>) {
        for (key, name, sure) in weakness::risky_services(subject.device, context) {
            let removes = subject.profile.removes(&[key.as_str()]);
            let slug: String = key.trim_start_matches("service_").replace('_', "-");
            self.add(format!("configure-close-{slug}"), "configure", Effort::Low, subject, removes, move |count| {
                let seen = if sure { "offer" } else { "answer on the port of" };
                format!(
                    "{count} {} {seen} {name}. Ask the maker or service partner whether it is needed; switch it off \
                     where it is not.",
                    devices(count)
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
        self.add(format!("replace-{slug}"), "replace", Effort::High, subject, removes, move |count| {
            format!(
                "{count} {} on {os}, for which there are no security updates any more. Ask the maker for an upgrade; \
                 otherwise plan the replacement and keep {} apart until then.",
                if count == 1 { "device runs" } else { "devices run" },
                if count == 1 { "it" } else { "them" }
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
        self.add(format!("disconnect-{}", category.name()), "disconnect", Effort::Low, subject, removes, move |count| {
            format!(
                "{} in contact with the internet. Ask the maker whether a remote service needs it; block the rest \
                 at the firewall.",
                if count == 1 {
                    format!("One {} is", category.label())
                } else {
                    format!("{} are", counted(count, category))
                }
            )
        });
    }

    fn find_out(&mut self, subject: &Subject<'_>) {
        let device = subject.device;
        if device.category() == Category::Unknown {
            let removes = subject.profile.removes(&["unknown_identity"]);
            self.add("find-out-unknown".into(), "find_out", Effort::Low, subject, removes, |count| {
                format!(
                    "Nobody can say from the traffic what {count} {}. Walk the floor with the inventory sheet and \
                     fill in what {} and who owns {}.",
                    if count == 1 { "device is" } else { "devices are" },
                    if count == 1 { "it is" } else { "they are" },
                    if count == 1 { "it" } else { "them" }
                )
            });
        } else if device.category().is_clinical() && device.claim(Attribute::Owner).is_none() {
            self.add("find-out-owner".into(), "find_out", Effort::Low, subject, 0.0, |count| {
                format!(
                    "No owner is on record for {count} clinical {}. Name a department for each: without one nobody \
                     decides about updates.",
                    devices(count)
                )
            });
        }
        if subject.profile.has("os_edition_unknown") {
            let removes = subject.profile.removes(&["os_edition_unknown"]);
            self.add("find-out-os-edition".into(), "find_out", Effort::Low, subject, removes, |count| {
                format!(
                    "Look up the exact edition of the operating system on {count} {} (on Windows: run winver): only \
                     the edition says whether there still are security updates.",
                    devices(count)
                )
            });
        }
    }

    fn finish(self) -> Vec<Action> {
        let mut ordered: Vec<(f64, Action)> = self
            .by_key
            .into_iter()
            .map(|(key, draft)| {
                let removes = (draft.removes * 10.0).round() / 10.0;
                let effort = draft.effort.for_devices(draft.kind, draft.devices.len());
                let action = Action {
                    id: format!("act-{key}"),
                    kind: draft.kind.to_string(),
                    why: (draft.words)(draft.devices.len()),
                    devices: draft.devices,
                    removes,
                    effort: effort.name().to_string(),
                };
                (removes / effort.cost(), action)
            })
            .collect();
        ordered.sort_by(|(a, left), (b, right)| b.total_cmp(a).then_with(|| left.id.cmp(&right.id)));
        ordered.into_iter().map(|(_, action)| action).collect()
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
        (1, label) => format!("the {label}"),
        (_, "network equipment") => format!("{count} pieces of network equipment"),
        (_, "device of unknown kind") => format!("{count} devices of unknown kind"),
        (_, label) if label.ends_with('y') && !label.ends_with("ay") => {
            format!("{count} {}ies", label.trim_end_matches('y'))
        }
        (_, label) => format!("{count} {label}s"),
    }
}
