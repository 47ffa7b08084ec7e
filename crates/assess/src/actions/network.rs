//! What can be done on the network and in the settings of a device.

use super::{Drafts, Effect, Effort, Subject, words};
use crate::{Context, exposure, mds2};
use std::collections::BTreeMap;

impl Drafts {
    pub(super) fn segment(&mut self, subject: &Subject<'_>) {
        let risk = &subject.assessment.risk;
        let points = risk.inherent - risk.residual;
        if points <= 0.0 {
            return;
        }
        let removes = Effect { points, ..Effect::default() };
        let group = words::group(subject.device().category());
        self.add((format!("segment-{group}"), "segment", Effort::Medium), subject, removes, |whom| {
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

    pub(super) fn encrypt(&mut self, subject: &Subject<'_>) {
        if subject.profile().has("patient_data_in_clear") {
            let removes = subject.clears(&["patient_data_in_clear"]);
            self.add(("configure-encrypt".into(), "configure", Effort::Medium), subject, removes, |whom| {
                format!(
                    "Patient data of {} crosses the network readable. Switch on the encrypted form (DICOM or HL7 \
                     over TLS) where both ends can; where they cannot, keep the path inside one protected zone.",
                    whom.devices()
                )
            });
        }
        if subject.profile().has("clear_credentials") {
            let removes = subject.clears(&["clear_credentials"]);
            self.add(("configure-credentials".into(), "configure", Effort::Low), subject, removes, |whom| {
                format!(
                    "Names and passwords crossed the network readable in conversations of {}. Change them, and use \
                     the encrypted page (https) from now on.",
                    whom.devices()
                )
            });
        }
    }

    pub(super) fn set_passwords(&mut self, subject: &Subject<'_>) {
        if subject.profile().has("default_credentials") {
            let removes = subject.clears(&["default_credentials"]);
            self.add(("configure-passwords".into(), "configure", Effort::Low), subject, removes, |whom| {
                format!(
                    "{} can be asked or changed with a name or password that everybody knows from the factory. Set one \
                     of your own (for SNMP a community of your own, or version 3), outside of care and after asking \
                     the maker.",
                    whom.devices()
                )
            });
        }
    }

    pub(super) fn close_services(&mut self, subject: &Subject<'_>, context: &Context<'_>) {
        // What belongs together is one question to the maker: key → (names of weaknesses, words, content seen).
        let mut questions: BTreeMap<String, (Vec<String>, String, bool)> = BTreeMap::new();
        for service in &subject.device().services {
            let usual = exposure::risky_port(subject.device(), service, context);
            let risky = exposure::port_service(subject.device(), service, context);
            let (Some(risky), Some(usual)) = (risky, usual) else { continue };
            let (key, sure) = (risky.name, risky.sure);
            let name = format!("{} ({}/{})", usual.name, service.transport, service.port);
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
            let removes = subject.clears(&keys);
            self.add((format!("configure-close-{slug}"), "configure", Effort::Low), subject, removes, move |whom| {
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

    pub(super) fn disconnect(&mut self, subject: &Subject<'_>) {
        let category = subject.device().category();
        let names = ["internet_contact", "internet_inbound", "internet_attempt"];
        if !names.iter().any(|name| subject.profile().has(name)) || !exposure::may_be_cut_off(category) {
            return;
        }
        let removes = subject.clears(&names);
        self.add(("disconnect-internet".into(), "disconnect", Effort::Low), subject, removes, |whom| {
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

    /// What nothing seen needs on the network.
    pub(super) fn unplug(&mut self, subject: &Subject<'_>) {
        if subject.assessment.exposure.can_be_disconnected.is_none() {
            return;
        }
        let names: Vec<&str> =
            subject.profile().names().filter(|name| *name != "local_vulnerability").collect();
        let removes = subject.clears(&names);
        self.add(("disconnect-idle".into(), "disconnect", Effort::Low), subject, removes, |whom| {
            format!(
                "{} {} on the network for no reason that could be seen ({}): nothing was exchanged within the site but \
                 names, addresses and time. Ask the department; unplug {}, or switch the port off, if nobody needs {} \
                 there.",
                whom.devices(),
                whom.is_are(),
                whom.kinds,
                whom.it_them(),
                whom.it_them()
            )
        });
    }

    /// Protection that the device itself was seen to lack.
    pub(super) fn harden(&mut self, subject: &Subject<'_>) {
        for (name, words) in HARDENED {
            if !subject.assessment.exposure.risky_services.iter().any(|risky| risky.name == *name) {
                continue;
            }
            let removes = subject.clears(&[name]);
            let key = format!("configure-{}", name.replace('_', "-"));
            self.add((key, "configure", Effort::Low), subject, removes, move |whom| {
                format!("{}: {words} Ask the maker or service partner first.", whom.devices())
            });
        }
    }
}

impl Drafts {
    /// Protection that the maker's form says is built in.
    pub(super) fn switch_on(&mut self, subject: &Subject<'_>, context: &Context<'_>) {
        let Some(form) = mds2::about(&context.beside.forms, subject.device()) else { return };
        for built_in in form.built_in() {
            let ends: Vec<&str> = built_in.ends.into_iter().collect();
            let removes = subject.clears(&ends);
            let (id, what) = (built_in.id, built_in.words);
            let key = format!("configure-mds2-{}", words::slug(id));
            self.add((key, "configure", Effort::Low), subject, removes, move |whom| {
                format!(
                    "The maker says that {} can do this by {}: {what} (MDS2 {id}). See whether it is switched on; it \
                     leaves the clinical function as it is, as far as the form says.",
                    whom.devices(),
                    if whom.count == 1 { "itself" } else { "themselves" }
                )
            });
        }
    }
}

/// What to do about protection that is missing, by the name of the risky service.
const HARDENED: &[(&str, &str)] = &[
    ("smb1", "switch SMB version 1 off (version 3 with signing on)."),
    ("rdp_without_nla", "require network level authentication (CredSSP) for remote desktop."),
    ("vnc_open", "set a password for the shared screen (VNC), or switch it off."),
    ("vnc_password", "let VNC be reached only through an encrypted tunnel, or switch it off."),
    ("tls_old", "allow TLS 1.2 and 1.3 only."),
    ("certificate_expired", "replace the expired certificate."),
    ("certificate_weak", "replace the certificate by one signed with SHA-256 or better."),
];

/// Ports that Windows opens together, as they stand in the names of weaknesses.
const WINDOWS_SHARING: [&str; 5] = ["tcp_135", "tcp_139", "tcp_445", "udp_137", "udp_138"];
