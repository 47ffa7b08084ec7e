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
        care_delivery = 0.50;
        /// Patient data disclosed or altered.
        patient_data = 0.50;
        /// A place from which an attacker reaches further.
        foothold = 0.30;
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
        let groups = [("likelihood", weights.likelihood.named()), ("impact", weights.impact.named())];
        for (group, named) in groups {
            for (name, value) in named {
                if !(0.0..=Self::MAX).contains(&value) {
                    let name = format!("{group}.{name}");
                    return Err(WeightsError::OutOfRange { name, value: value.to_string() });
                }
            }
        }
        Ok(weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_a_site_edits_says_the_defaults() {
        assert_eq!(Weights::from_toml(DEFAULT_TEXT), Ok(Weights::default()));
        assert_eq!(Weights::from_toml(""), Ok(Weights::default()));
        let named =
            Weights::default().likelihood.named().into_iter().chain(Weights::default().impact.named());
        for (name, _) in named {
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
