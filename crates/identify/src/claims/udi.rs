//! What a unique device identifier says: itself, and the serial number and dates it carries.

use super::Said;
use crate::gather::Seen;
use cordon_model::Udi;
use cordon_model::identify::Attribute;
use cordon_model::udi::{Agency, UdiError};

/// What is left of an identifier whose check digit is wrong: it was mistyped or misread somewhere.
const CHECK_FAILED: f64 = 0.3;
/// What is left of a text in none of the agencies' forms.
const NO_IDENTIFIER: f64 = 0.5;
/// How sure the number and dates within it are, beside the identifier itself.
const WITHIN: f64 = 0.98;

/// Draws what an identifier stated by `seen` says; `probability` is how sure the statement itself is.
pub(crate) fn claim<'a>(seen: &Seen<'a>, rule: &'static str, probability: f64, said: &mut Said<'a>) {
    let value = seen.value.trim();
    let udi = match Udi::parse(value) {
        Ok(udi) => udi,
        Err(UdiError::Check { .. }) => {
            let probability = probability.min(CHECK_FAILED);
            return said.fact(seen, "udi/check-failed", Attribute::Udi, value, probability);
        }
        Err(_) => {
            let probability = probability.min(NO_IDENTIFIER);
            return said.fact(seen, "udi/no-agency", Attribute::Udi, value, probability);
        }
    };
    said.fact(seen, rule, Attribute::Udi, value, probability);
    let rule = match udi.agency {
        Agency::Gs1 => "udi/gs1",
        Agency::Hibcc => "udi/hibcc",
        Agency::Iccbba => "udi/iccbba",
    };
    if let Some(serial) = &udi.serial {
        said.fact(seen, rule, Attribute::Serial, serial.clone(), probability * WITHIN);
    }
    if let Some(made) = udi.manufactured {
        said.fact(seen, rule, Attribute::Manufactured, made.to_string(), probability * WITHIN);
    }
}
