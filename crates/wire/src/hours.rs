//! Packets per hour of the week: 168 counts in JSON, only the busy hours in memory.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

const HOURS: usize = 168;

/// 168 counts, Monday 00:00–00:59 UTC first. A large estate has many conversations and most are silent in
/// most hours, so only counts above zero are held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HoursOfWeek(Vec<(u8, u64)>);

impl HoursOfWeek {
    /// From (hour, count) pairs in ascending order of hours below 168; others and zeros are left out.
    pub fn new(busy: impl IntoIterator<Item = (u8, u64)>) -> HoursOfWeek {
        HoursOfWeek(
            busy.into_iter().filter(|(hour, count)| usize::from(*hour) < HOURS && *count > 0).collect(),
        )
    }

    /// The hours with a count above zero, in order.
    pub fn busy(&self) -> &[(u8, u64)] {
        &self.0
    }
}

impl Serialize for HoursOfWeek {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(HOURS))?;
        let mut busy = self.0.iter().peekable();
        for hour in 0..HOURS {
            let count = busy.next_if(|(at, _)| usize::from(*at) == hour).map_or(0, |(_, count)| *count);
            sequence.serialize_element(&count)?;
        }
        sequence.end()
    }
}

impl<'de> Deserialize<'de> for HoursOfWeek {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counts;

        impl<'de> Visitor<'de> for Counts {
            type Value = HoursOfWeek;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("168 counts, one for each hour of the week")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<HoursOfWeek, A::Error> {
                let mut busy = Vec::new();
                let mut hour = 0usize;
                while let Some(count) = sequence.next_element::<u64>()? {
                    if hour >= HOURS {
                        return Err(A::Error::invalid_length(hour + 1, &self));
                    }
                    if count > 0 {
                        busy.push((hour as u8, count));
                    }
                    hour += 1;
                }
                if hour == HOURS { Ok(HoursOfWeek(busy)) } else { Err(A::Error::invalid_length(hour, &self)) }
            }
        }

        deserializer.deserialize_seq(Counts)
    }
}

impl JsonSchema for HoursOfWeek {
    fn schema_name() -> Cow<'static, str> {
        "HoursOfWeek".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "items": { "type": "integer", "minimum": 0 },
            "minItems": HOURS,
            "maxItems": HOURS
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_168_counts_in_json() {
        let hours = HoursOfWeek::new([(0, 3), (5, 0), (167, 9), (168, 1)]);
        let text = serde_json::to_string(&hours).unwrap();
        assert!(text.starts_with("[3,0,") && text.ends_with(",0,9]"), "{text}");
        assert_eq!(text.matches(',').count(), 167);
        assert_eq!(serde_json::from_str::<HoursOfWeek>(&text).unwrap(), hours);
        assert!(serde_json::from_str::<HoursOfWeek>("[1,2]").is_err());
    }
}
