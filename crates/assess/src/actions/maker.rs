//! What only the maker, an owner or a closer look can do: patch, mitigate, replace, accept, find out.

use super::{Drafts, Effect, Effort, Subject, words};
use crate::Context;
use cordon_model::Category;
use cordon_model::assess::{Finding, FindingStatus, RemedyKind, SupportStatus, Tier};
use cordon_model::identify::Attribute;
use std::collections::BTreeSet;

/// What goes with a device's old software and hardware.
const REPLACED: [&str; 10] = [
    "os_support_ended",
    "os_support_paid",
    "device_support_ended",
    "device_support_limited",
    "cannot_be_patched",
    "exploited_vulnerability",
    "published_exploit",
    "known_vulnerability",
    "local_vulnerability",
    "undetermined_vulnerability",
];

/// The most advisories that one action's words name.
const NAMED_MAX: usize = 5;

impl Drafts {
    /// The maker's fixes, where nobody says that the device cannot be patched.
    pub(super) fn patch(&mut self, subject: &Subject<'_>) {
        if subject.assessment.patch.possible == Some(false) {
            return;
        }
        let done = advised(subject, |finding| {
            finding.status == FindingStatus::Affected && has(finding, &[RemedyKind::VendorFix])
        });
        if done.is_empty() {
            return;
        }
        let device = subject.device();
        let value = |about| device.value(about).unwrap_or_default();
        let product =
            format!("{} {}", value(Attribute::Manufacturer), value(Attribute::Model)).trim().to_owned();
        let product = if product.is_empty() { device.category().label().to_owned() } else { product };
        let named = listed(&done);
        let who = match (subject.assessment.patch.possible, subject.assessment.patch.responsible.as_deref()) {
            (_, Some(who)) => format!("{who} is responsible for that."),
            (Some(true), None) => "Plan it with whoever looks after it.".to_owned(),
            _ => "Ask the maker whether it may be installed here, and who may do it.".to_owned(),
        };
        let effect = subject.lowers(&done, 0.0);
        let key = format!("patch-{}-{}", words::slug(&product), words::mark(&format!("{named}{who}")));
        self.add((key, "patch", Effort::Medium), subject, effect, move |whom| {
            format!("Install the maker's fix on {} ({product}): {named}. {who}", whom.devices())
        });
    }

    /// What advisories advise besides a fix.
    pub(super) fn mitigate(&mut self, subject: &Subject<'_>, context: &Context<'_>) {
        let keep = 1.0 - context.weights.controls.mitigation;
        for finding in &subject.assessment.findings {
            let wanted = matches!(finding.status, FindingStatus::Affected | FindingStatus::Undetermined);
            let kinds = [RemedyKind::Mitigation, RemedyKind::Workaround];
            let Some(remedy) = finding.remedies.iter().find(|remedy| kinds.contains(&remedy.kind)) else {
                continue;
            };
            if !wanted {
                continue;
            }
            let done = BTreeSet::from([finding.advisory.as_str()]);
            let effect = subject.lowers(&done, keep);
            let (advisory, text) = (finding.advisory.clone(), shortened(&remedy.text));
            let key = format!("configure-mitigate-{}", words::slug(&advisory));
            self.add((key, "configure", Effort::Medium), subject, effect, move |whom| {
                format!("{} advises for {}: {text}", advisory, whom.devices())
            });
        }
    }

    /// Recalls that hit the device: what the firm does about it is to be done here too.
    pub(super) fn recall(&mut self, subject: &Subject<'_>) {
        for recall in &subject.assessment.recalls {
            if !recall.is_open {
                continue;
            }
            let (number, firm) = (recall.number.clone(), recall.firm.clone());
            let class = recall.class.as_ref().map(|class| format!(", class {class}")).unwrap_or_default();
            match (recall.verdict, recall.question.clone()) {
                (FindingStatus::Affected, _) => {
                    let alone = subject
                        .assessment
                        .recalls
                        .iter()
                        .filter(|other| other.is_open && other.verdict == FindingStatus::Affected);
                    // The weakness goes with the last of them; each alone removes its part of it.
                    let effect =
                        if alone.count() == 1 { subject.clears(&["recall"]) } else { Effect::default() };
                    let does = recall.action.as_deref().map(shortened).filter(|text| !text.is_empty());
                    let does = does.map_or_else(
                        || "Ask for the correction".to_owned(),
                        |text| format!("What it does about it: {text}"),
                    );
                    let reason = shortened(&recall.reason);
                    let key = format!("recall-{}", words::slug(&number));
                    self.add((key, "patch", Effort::Medium), subject, effect, move |whom| {
                        format!("{firm} recalls {} ({number}{class}): {reason} {does}", whom.devices())
                    });
                }
                (FindingStatus::Undetermined, Some(question)) => {
                    let key = format!("find-out-recall-{}", words::slug(&number));
                    let effect = Effect::default();
                    self.add((key, "find_out", Effort::Low), subject, effect, move |whom| {
                        format!(
                            "{question} Asked of {}; it decides a recall of {firm}{class}.",
                            whom.devices()
                        )
                    });
                }
                _ => {}
            }
        }
    }

    pub(super) fn replace(&mut self, subject: &Subject<'_>) {
        let support = &subject.assessment.support;
        let removes = subject.clears(&REPLACED);
        if support.device == SupportStatus::Ended {
            let device = subject.device();
            let value = |about| device.value(about).unwrap_or_default().to_owned();
            let product = format!("{} {}", value(Attribute::Manufacturer), value(Attribute::Model));
            let key = format!("replace-{}", words::slug(&product));
            self.add((key, "replace", Effort::High), subject, removes, move |whom| {
                format!(
                    "The maker looks after {} no more ({}). Plan the replacement and keep {} apart until then.",
                    product.trim(),
                    whom.kinds,
                    whom.it_them()
                )
            });
        } else if support.os == SupportStatus::Ended {
            let os = subject.judged.support.named.clone().unwrap_or_else(|| "an operating system".to_owned());
            let key = format!("replace-{}", words::slug(&os));
            self.add((key, "replace", Effort::High), subject, removes, move |whom| {
                format!(
                    "{} {} on {os}, for which there are no security updates any more: {}. Ask the maker for an \
                     upgrade; otherwise plan the replacement and keep {} apart until then.",
                    whom.devices(),
                    if whom.count == 1 { "runs" } else { "run" },
                    whom.kinds,
                    whom.it_them()
                )
            });
        }
    }

    /// What cannot be mended and is small once the plan is in force: somebody decides to live with it, for a time.
    pub(super) fn accept(&mut self, subject: &Subject<'_>) {
        let risk = &subject.assessment.risk;
        let is_hit =
            subject.assessment.findings.iter().any(|finding| finding.status == FindingStatus::Affected);
        let is_small = Tier::of(risk.residual) <= Tier::Medium;
        if subject.assessment.patch.possible != Some(false) || !is_hit || !is_small {
            return;
        }
        let group = words::group(subject.device().category());
        let nothing = Effect::default();
        self.add((format!("accept-{group}"), "accept", Effort::Low), subject, nothing, |whom| {
            format!(
                "{} ({}) cannot be patched, and what risk remains under the plan is medium or low. Have somebody \
                 accept it by name, with a date to look at it again.",
                whom.devices(),
                whom.kinds
            )
        });
    }

    /// The facts that would decide advisories.
    pub(super) fn settle(&mut self, subject: &Subject<'_>) {
        let open = subject
            .assessment
            .findings
            .iter()
            .filter(|finding| finding.status == FindingStatus::Undetermined);
        let questions: BTreeSet<&str> = open.filter_map(|finding| finding.question.as_deref()).collect();
        for question in questions {
            let done = advised(subject, |finding| {
                finding.status == FindingStatus::Undetermined && finding.question.as_deref() == Some(question)
            });
            let effect = subject.lowers(&done, 0.0);
            let key = format!("find-out-{}", words::mark(question));
            let (question, count) = (question.to_owned(), done.len());
            self.add((key, "find_out", Effort::Low), subject, effect, move |whom| {
                format!(
                    "{question} Asked of {}; the answer decides {count} {}.",
                    whom.devices(),
                    if count == 1 { "advisory" } else { "advisories" }
                )
            });
        }
    }

    pub(super) fn find_out(&mut self, subject: &Subject<'_>) {
        let device = subject.device();
        if device.category() == Category::Unknown {
            let removes = subject.clears(&["unknown_identity"]);
            self.add(("find-out-unknown".into(), "find_out", Effort::Low), subject, removes, |whom| {
                format!(
                    "Nobody can say from the traffic what {} {}. Walk the floor with the inventory sheet and fill in \
                     kind and owner.",
                    whom.devices(),
                    whom.is_are()
                )
            });
        } else if device.category().is_clinical() && device.claim(Attribute::Owner).is_none() {
            let nothing = Effect::default();
            self.add(("find-out-owner".into(), "find_out", Effort::Low), subject, nothing, |whom| {
                format!(
                    "No owner is on record for {} ({}). Name a department for each: without one nobody decides about \
                     updates.",
                    whom.devices(),
                    whom.kinds
                )
            });
        }
        if subject.profile().has("os_edition_unknown") {
            let removes = subject.clears(&["os_edition_unknown"]);
            self.add(("find-out-os-edition".into(), "find_out", Effort::Low), subject, removes, |whom| {
                format!(
                    "Look up the exact edition of the operating system on {} (on Windows: run winver). Only the \
                     edition says whether there still are security updates.",
                    whom.devices()
                )
            });
        }
    }
}

fn has(finding: &Finding, kinds: &[RemedyKind]) -> bool {
    finding.remedies.iter().any(|remedy| kinds.contains(&remedy.kind))
}

/// The advisories whose finding is as wanted.
fn advised<'a>(subject: &Subject<'a>, wanted: impl Fn(&Finding) -> bool) -> BTreeSet<&'a str> {
    let findings = subject.assessment.findings.iter().filter(|finding| wanted(finding));
    findings.map(|finding| finding.advisory.as_str()).collect()
}

fn listed(advisories: &BTreeSet<&str>) -> String {
    let named: Vec<&str> = advisories.iter().take(NAMED_MAX).copied().collect();
    match advisories.len().saturating_sub(NAMED_MAX) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// The beginning of a maker's text, in one line.
fn shortened(text: &str) -> String {
    const CHARACTERS_MAX: usize = 300;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= CHARACTERS_MAX {
        return line;
    }
    format!("{} …", line.chars().take(CHARACTERS_MAX).collect::<String>().trim_end())
}
