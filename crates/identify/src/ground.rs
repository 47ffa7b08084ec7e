//! Why a claim is made, as long as it is not known whether the claim is kept: everything borrowed.
//!
//! A device's facts say some fifty things of it, of which the claims keep the strongest; only for those the words are
//! written out as [`Evidence`].

use crate::claims::time_of;
use crate::gather::Seen;
use cordon_model::Timestamp;
use cordon_model::identify::Evidence;
use cordon_model::observe::{Fact, Protocol, Source};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

/// One sighting, or what was concluded from several, and the rule that read it; see [`Evidence`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ground<'a> {
    pub(crate) protocol: Protocol,
    pub(crate) words: Wording<'a>,
    pub(crate) rule: Cow<'a, str>,
    pub(crate) source: Source,
    pub(crate) at: Option<Timestamp>,
}

impl<'a> Ground<'a> {
    /// One fact as a rule reads it.
    pub(crate) fn of(seen: &Seen<'a>, rule: impl Into<Cow<'a, str>>) -> Ground<'a> {
        Ground {
            protocol: seen.fact.protocol(),
            words: Wording::Fact(seen.fact, seen.value),
            rule: rule.into(),
            source: seen.source,
            at: time_of(seen),
        }
    }

    /// The same to be kept.
    pub(crate) fn evidence(&self) -> Evidence {
        Evidence {
            protocol: self.protocol,
            fact: self.words.to_string(),
            rule: self.rule.clone().into_owned(),
            source: self.source,
            at: self.at,
        }
    }
}

/// What was seen, in words. Equal, and in order, as the words are that they stand for.
#[derive(Clone, Debug)]
pub(crate) enum Wording<'a> {
    /// A fact and its value: `dhcp.vendor_class = MSFT 5.0`.
    Fact(Fact, &'a str),
    /// Wording of their own.
    Text(Cow<'a, str>),
}

impl Wording<'_> {
    /// The words in three parts.
    fn parts(&self) -> [&str; 3] {
        match self {
            Wording::Fact(fact, "") => [fact.name(), "", ""],
            Wording::Fact(fact, value) => [fact.name(), " = ", value],
            Wording::Text(text) => [text, "", ""],
        }
    }
}

impl fmt::Display for Wording<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().into_iter().try_for_each(|part| f.write_str(part))
    }
}

impl Ord for Wording<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Wording::Fact(one, value), Wording::Fact(other, than)) if one == other => value.cmp(than),
            _ => {
                let (mine, others) = (self.parts(), other.parts());
                mine.iter().flat_map(|part| part.bytes()).cmp(others.iter().flat_map(|part| part.bytes()))
            }
        }
    }
}

impl PartialOrd for Wording<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Wording<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Wording<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_order_as_the_text_they_stand_for() {
        let text = |text: &'static str| Wording::Text(text.into());
        let all = [
            Wording::Fact(Fact::DhcpVendorClass, ""),
            Wording::Fact(Fact::DhcpVendorClass, "MSFT 5.0"),
            Wording::Fact(Fact::DhcpHostname, "a"),
            Wording::Fact(Fact::HttpServer, "a"),
            text("dhcp.vendor_class"),
            text("dhcp.vendor_class = MSFT 5.0"),
            text("dhcp.vendor_class = MSFT 5.1"),
            text("dhcp"),
            text(""),
        ];
        for one in &all {
            for other in &all {
                assert_eq!(one.cmp(other), one.to_string().cmp(&other.to_string()), "{one} {other}");
            }
        }
    }
}
