//! Makers' notices of the end of support, as a person recorded them, and which devices they speak of.

use cordon_model::Timestamp;
use cordon_model::assess::SupportStatus;
use cordon_model::identify::{Attribute, Device};

/// One notice: until when the maker looks after a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The maker.
    pub manufacturer: String,
    /// The model; `None` for all of the maker's.
    pub model: Option<String>,
    /// The end of full support: the first instant after it.
    pub full_until: Option<Timestamp>,
    /// The end of every support: the first instant after it (IMDRF N70, end of support).
    pub support_until: Option<Timestamp>,
    /// The end of support against payment.
    pub paid_until: Option<Timestamp>,
    /// Where the maker says so: the notice's title, number or address.
    pub source: String,
    /// Who recorded it.
    pub who: String,
    /// When.
    pub when: String,
    /// Why.
    pub why: String,
}

/// All notices of a site, in the order of its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    entries: Vec<Notice>,
}

impl Notices {
    /// Takes them as they are.
    pub fn new(entries: Vec<Notice>) -> Notices {
        Notices { entries }
    }

    /// The notice about a device: one for its model before one for all of its maker's, of two alike the later.
    pub fn about(&self, device: &Device) -> Option<&Notice> {
        let maker = key(device.value(Attribute::Manufacturer)?);
        let names = [Attribute::Model, Attribute::Brand].map(|about| device.value(about).map(key));
        let of_maker = || self.entries.iter().rev().filter(|notice| key(&notice.manufacturer) == maker);
        let of_model = of_maker().find(|notice| {
            let model = notice.model.as_deref().map(key);
            model.is_some() && names.contains(&model)
        });
        of_model.or_else(|| of_maker().find(|notice| notice.model.is_none()))
    }
}

impl Notice {
    /// The status at `now`; `None` when its dates do not say.
    pub fn status(&self, now: Timestamp) -> Option<SupportStatus> {
        let before = |end: Option<Timestamp>| end.is_some_and(|end| now < end);
        if self.support_until.or(self.paid_until).is_none() && !before(self.full_until) {
            // What follows full support is not said.
            return None;
        }
        Some(if before(self.full_until) {
            SupportStatus::Supported
        } else if before(self.support_until) {
            // Where only the end is given, all before it is full support.
            if self.full_until.is_none() { SupportStatus::Supported } else { SupportStatus::Limited }
        } else if before(self.paid_until) {
            SupportStatus::Extended
        } else {
            SupportStatus::Ended
        })
    }
}

/// A name without what two writers of it differ in: case, blanks and punctuation.
pub(crate) fn key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(full: Option<&str>, end: Option<&str>, paid: Option<&str>) -> Notice {
        let time = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        Notice {
            manufacturer: "Philips".into(),
            model: None,
            full_until: time(full),
            support_until: time(end),
            paid_until: time(paid),
            source: "s".into(),
            who: "w".into(),
            when: "t".into(),
            why: "y".into(),
        }
    }

    #[test]
    fn a_notice_goes_from_full_to_ended() {
        use SupportStatus::*;
        let at = |notice: &Notice, day: &str| notice.status(day.parse().unwrap());
        let full = notice(Some("2025-01-01"), Some("2026-01-01"), Some("2027-01-01"));
        for (day, status) in [
            ("2024-06-01", Supported),
            ("2025-06-01", Limited),
            ("2026-06-01", Extended),
            ("2027-06-01", Ended),
        ] {
            assert_eq!(at(&full, day), Some(status), "{day}");
        }
        assert_eq!(at(&notice(None, Some("2026-01-01"), None), "2025-06-01"), Some(Supported));
        assert_eq!(at(&notice(None, None, None), "2025-06-01"), None);
        assert_eq!(at(&notice(Some("2025-01-01"), None, None), "2025-06-01"), None);
    }

    #[test]
    fn names_are_compared_without_case_and_punctuation() {
        assert_eq!(key("IntelliVue MX-450"), key("intellivue  MX450"));
        assert_ne!(key("MX450"), key("MX4500"));
    }
}
