//! Products that are a part of a device: an advisory on a monitor's WLAN module gives the module's version, not the
//! monitor's.

use crate::advisory::Product;
use crate::version::{Condition, Requirement};
use std::borrow::Cow;

/// Parts with software of their own, as names of products end.
const PARTS: [&str; 12] = [
    "wlan",
    "wlan module",
    "wlan adapter",
    "wi-fi module",
    "wifi module",
    "wireless module",
    "wireless adapter",
    "wireless battery module",
    "bluetooth module",
    "network module",
    "communication module",
    "radio module",
];

/// The condition of a product, asked of its part where its name says that it is one and the device's own names do
/// not: `names` are those of the device.
pub(super) fn of_part<'a>(
    product: &Product,
    names: &[String],
    condition: Cow<'a, Condition>,
) -> Cow<'a, Condition> {
    let Some(part) = part_of(product) else { return condition };
    let ends_so = |name: &String| name.to_lowercase().ends_with(&part.to_lowercase());
    let is_itself = names.iter().any(ends_so);
    let Condition::Typed(readings) = condition.as_ref() else { return condition };
    match readings.first().filter(|_| !is_itself && !condition.is_all()) {
        Some(versions) => {
            let name = part.to_owned();
            let part = Requirement::Part { name, versions: versions.clone() };
            Cow::Owned(Condition::all().requiring(&part))
        }
        None => condition,
    }
}

/// The part's name as the product writes it.
fn part_of(product: &Product) -> Option<&str> {
    let name = if product.name.is_empty() { &product.full_name } else { &product.name };
    let name = name.split(':').next().unwrap_or_default().trim();
    let end = |part: &&str| {
        let (rest, end) = name.split_at_checked(name.len().checked_sub(part.len())?)?;
        // A word before the part says of what it is one.
        (end.eq_ignore_ascii_case(part) && rest.ends_with(' ')).then_some(end)
    };
    PARTS.iter().filter_map(end).max_by_key(|part| part.len())
}
