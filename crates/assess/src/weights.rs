//! How much each factor counts: documented defaults, and a site's own `weights.toml`.

use serde::Deserialize;

/// A `weights.toml` that says what the defaults are, for a site to edit.
pub const DEFAULT_TEXT: &str = include_str!("weights.toml");

macro_rules! weights {
    ($(#[$meta:meta])* $type:ident { $($(#[$doc:meta])* $field:ident = $default:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $type {
            $($(#[$doc])* pub $field: f64,)*
        }

        impl Default for $type {
            fn default() -> Self {
                $type { $($field: $default,)* }
            }
        }

        impl $type {
            fn named(&self) -> Vec<(&'static str, f64)> {
                vec![$((stringify!($field), self.$field)),*]
            }
        }
    };
}

weights! {
    /// How likely each weakness alone makes a compromise, 0 (not at all) to 0.99; together they combine as
    /// 1 − ∏(1 − weight × strength), so that each further weakness adds and none can lower the result.
    Likelihood {
        /// Being on a network at all.
        on_the_network = 0.05;
        /// Every further device that can connect to it, nearing the whole weight with their number.
        flat_reachability = 0.25;
        /// No security updates for the operating system.
        os_support_ended = 0.45;
        /// The maker looks after the device no more.
        device_support_ended = 0.30;
        /// The maker looks after the device only in part (IMDRF N70, limited support).
        device_support_limited = 0.10;
        /// Each advisory that hits it with a vulnerability attackers are known to use; times its severity.
        exploited_vulnerability = 0.70;
        /// Each advisory that hits it with a vulnerability for which a way to exploit it is known; times its severity.
        published_exploit = 0.45;
        /// Every other advisory that hits it; times its severity.
        known_vulnerability = 0.30;
        /// Each advisory that may hit it, for want of one fact; times its severity.
        undetermined_vulnerability = 0.10;
        /// What EPSS expects of an advisory's vulnerabilities at least; times that probability and the severity.
        exploit_probability = 0.60;
        /// The maker recalls it (FDA), and the recall is open; times its class, half where it is not about software.
        recall = 0.25;
        /// The same, where lot, serial number or version would decide whether it is among those recalled.
        undetermined_recall = 0.05;
        /// Security updates only against payment.
        os_support_paid = 0.30;
        /// It depends on the edition whether there are updates, and the edition was not seen.
        os_edition_unknown = 0.15;
        /// It cannot be patched, whatever the reason.
        cannot_be_patched = 0.20;
        /// Each service known to be risky.
        risky_service = 0.25;
        /// A service for people in unencrypted HTTP.
        http_in_clear = 0.10;
        /// Names and passwords crossed the network readable.
        clear_credentials = 0.40;
        /// It lets in by a name or password everybody knows from the factory.
        default_credentials = 0.40;
        /// Encryption that can be broken was agreed to.
        weak_encryption = 0.10;
        /// Patient data crossed the network readable.
        patient_data_in_clear = 0.30;
        /// It talks to addresses outside the site.
        internet_contact = 0.35;
        /// Addresses outside the site opened connections to it, and it answered.
        internet_inbound = 0.60;
        /// It tries in vain to reach addresses outside the site.
        internet_attempt = 0.10;
        /// A channel for remote support leads out of the site.
        remote_support = 0.10;
        /// Its certificate has expired or can be forged.
        bad_certificate = 0.05;
        /// Nobody knows what it is, so nobody looks after it.
        unknown_identity = 0.20;
        /// Another station claims its address.
        address_conflict = 0.15;
    }
}

weights! {
    /// How much each harm counts, 0 to 0.99; the harms of a category combine as 1 − ∏(1 − weight × harm).
    Impact {
        /// Injury or death of a patient.
        patient_safety = 0.80;
        /// Diagnosis or treatment delayed or stopped.
        care_delivery = 0.45;
        /// Patient data disclosed or altered.
        patient_data = 0.30;
        /// A place from which an attacker reaches further.
        foothold = 0.20;
        /// What the harm to patients and care grows by where patients cannot bear a failure (intensive care, theatre).
        critical_area = 0.10;
        /// What the harm to care grows by when there is no other of its kind.
        only_one = 0.10;
    }
}

weights! {
    /// How much a verified control takes from what it acts on, 0 to 0.99.
    Controls {
        /// Somebody is told of what it does on the network and acts; of every weakness.
        monitoring = 0.20;
        /// Nobody unknown comes near it; of vulnerabilities that need it.
        physical = 0.50;
        /// What an advisory advises besides a fix is done; of that advisory's vulnerabilities.
        mitigation = 0.50;
    }
}

/// All weights of the risk model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// How likely a compromise is.
    pub likelihood: Likelihood,
    /// How bad it would be.
    pub impact: Impact,
    /// What verified controls take away.
    pub controls: Controls,
}

/// Why a `weights.toml` cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// It is not TOML, or holds something that is no weight.
    #[error("weights cannot be read: {0}")]
    Unreadable(String),
    /// A weight is out of range.
    #[error("weight {name} is {value}; weights go from 0 to 0.99")]
    OutOfRange {
        /// Which one, as `likelihood.internet_contact`.
        name: String,
        /// The value as given.
        value: String,
    },
}

impl Weights {
    /// The greatest weight: nothing alone makes a compromise certain.
    pub const MAX: f64 = 0.99;

    /// Reads a `weights.toml`; what it leaves out keeps its default.
    pub fn from_toml(text: &str) -> Result<Weights, WeightsError> {
        let weights: Weights = toml::from_str(text)
            .map_err(|error| WeightsError::Unreadable(error.to_string().trim_end().to_owned()))?;
        match weights.named().into_iter().find(|(_, value)| !(0.0..=Self::MAX).contains(value)) {
            Some((name, value)) => Err(WeightsError::OutOfRange { name, value: value.to_string() }),
            None => Ok(weights),
        }
    }

    /// Every weight by its full name, such as `likelihood.internet_contact`, in order of presentation.
    pub fn named(&self) -> Vec<(String, f64)> {
        let groups = [
            ("likelihood", self.likelihood.named()),
            ("impact", self.impact.named()),
            ("controls", self.controls.named()),
        ];
        let named = groups.into_iter().flat_map(|(group, named)| {
            named.into_iter().map(move |(name, value)| (format!("{group}.{name}"), value))
        });
        named.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_a_site_edits_says_the_defaults() {
        assert_eq!(Weights::from_toml(DEFAULT_TEXT), Ok(Weights::default()));
        assert_eq!(Weights::from_toml(""), Ok(Weights::default()));
        for (name, _) in Weights::default().named() {
            let name = name.split('.').next_back().unwrap();
            assert!(DEFAULT_TEXT.contains(&format!("\n{name} = ")), "{name} is not in the text");
        }
    }

    #[test]
    fn a_site_changes_one_and_keeps_the_rest() {
        let weights = Weights::from_toml("[likelihood]\ninternet_contact = 0.9\n").unwrap();
        assert_eq!(weights.likelihood.internet_contact, 0.9);
        assert_eq!(weights.impact, Impact::default());
    }

    #[test]
    fn mistakes_are_named() {
        let error = |text: &str| Weights::from_toml(text).unwrap_err().to_string();
        assert!(error("[likelihood]\ninternet_contact = 1.5").contains("likelihood.internet_contact is 1.5"));
        assert!(error("[impact]\nfoothold = nan").contains("foothold"));
        assert!(error("[likelihood]\ninternet = 0.5").contains("internet"));
    }
}
