//! Times as microseconds of Coordinated Universal Time, and the hour of the week they fall in.

use std::fmt;
use std::str::FromStr;

/// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX).
///
/// Displayed and parsed as RFC 3339 in UTC with microseconds (`2026-11-22T05:00:00.000000Z`; whole seconds
/// leave the fraction out).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Year 0000 and year 9999 bound what RFC 3339 can write.
const MICROS_MIN: i64 = -62_167_219_200_000_000;
const MICROS_MAX: i64 = 253_402_300_799_999_999;
const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

impl Timestamp {
    /// The time `micros` microseconds after the epoch, held within the years 0000 to 9999.
    #[inline]
    pub fn from_micros(micros: i64) -> Timestamp {
        Timestamp(micros.clamp(MICROS_MIN, MICROS_MAX))
    }

    /// The time `seconds` after the epoch, held within the years 0000 to 9999.
    pub fn from_seconds(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Microseconds since the epoch.
    #[inline]
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Microseconds from `earlier` to this time; negative when it is later.
    pub fn micros_since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This time moved by `micros`, held within range.
    pub fn plus_micros(self, micros: i64) -> Timestamp {
        Timestamp::from_micros(self.0.saturating_add(micros))
    }

    /// The calendar date in UTC as (year, month 1–12, day 1–31).
    pub fn date(self) -> (i64, u32, u32) {
        civil_from_days(self.0.div_euclid(MICROS_PER_SECOND * SECONDS_PER_DAY))
    }

    /// The start of the calendar day `year`-`month`-`day` in UTC; `None` when there is no such day.
    pub fn from_date(year: i64, month: u32, day: u32) -> Option<Timestamp> {
        if !(0..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 || day > days_in(year, month)
        {
            return None;
        }
        Some(Timestamp::from_seconds(days_from_civil(year, month, day) * SECONDS_PER_DAY))
    }
}

/// The hour of the week in UTC: 0 is Monday 00:00–00:59, 167 is Sunday 23:00–23:59.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HourOfWeek(u8);

impl HourOfWeek {
    /// How many hours a week has.
    pub const COUNT: usize = 168;

    /// The hour of the week `time` falls in.
    pub fn of(time: Timestamp) -> HourOfWeek {
        let hours = time.0.div_euclid(MICROS_PER_SECOND * 3600);
        // 1970-01-01 was a Thursday: three days after Monday.
        HourOfWeek((hours + 3 * 24).rem_euclid(168) as u8)
    }

    /// The hour with this number; `None` from 168 on.
    pub fn new(hour: u8) -> Option<HourOfWeek> {
        (usize::from(hour) < Self::COUNT).then_some(HourOfWeek(hour))
    }

    /// 0 to 167.
    pub fn index(self) -> u8 {
        self.0
    }
}

// Days and civil dates of the proleptic Gregorian calendar, counted in 400-year eras of 146,097 days that
// start on 1 March so that the leap day comes last.
fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u32, day as u32)
}

fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn days_in(year: i64, month: u32) -> u32 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let seconds = self.0.div_euclid(MICROS_PER_SECOND).rem_euclid(SECONDS_PER_DAY);
        let micros = self.0.rem_euclid(MICROS_PER_SECOND);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if micros != 0 {
            write!(f, ".{micros:06}")?;
        }
        write!(f, "Z")
    }
}

/// A text that is no RFC 3339 time or date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeError(String);

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is not a time such as 2026-11-22T05:00:00Z or a date such as 2026-11-22", self.0)
    }
}

impl std::error::Error for TimeError {}

impl FromStr for Timestamp {
    type Err = TimeError;

    /// Reads RFC 3339 with any offset, or a plain date as its first instant in UTC.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let fail = || TimeError(text.chars().take(64).collect());
        let parsed = match text.parse::<jiff::Timestamp>() {
            Ok(time) => time.as_microsecond(),
            Err(_) => {
                let date: jiff::civil::Date = text.parse().map_err(|_| fail())?;
                date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| fail())?.timestamp().as_microsecond()
            }
        };
        Ok(Timestamp::from_micros(parsed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_round_trips() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2000-02-29T23:59:59.000001Z",
            "2026-11-22T05:00:00Z",
            "0000-03-01T00:00:00Z",
        ] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        }
        assert_eq!("2026-11-22".parse::<Timestamp>().unwrap().to_string(), "2026-11-22T00:00:00Z");
        assert_eq!(
            "2026-11-22T06:00:00+01:00".parse::<Timestamp>().unwrap().to_string(),
            "2026-11-22T05:00:00Z"
        );
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn weeks_start_on_monday() {
        let monday: Timestamp = "2026-11-16T00:30:00Z".parse().unwrap();
        assert_eq!(HourOfWeek::of(monday).index(), 0);
        let sunday: Timestamp = "2026-11-22T23:30:00Z".parse().unwrap();
        assert_eq!(HourOfWeek::of(sunday).index(), 167);
    }

    #[test]
    fn out_of_range_is_held_at_the_border() {
        assert_eq!(Timestamp::from_micros(i64::MAX).to_string(), "9999-12-31T23:59:59.999999Z");
        assert_eq!(Timestamp::from_seconds(i64::MIN).date().0, 0);
        assert_eq!(Timestamp::from_date(2023, 2, 29), None);
        assert_eq!(
            Timestamp::from_date(2024, 2, 29).map(|t| t.to_string()).as_deref(),
            Some("2024-02-29T00:00:00Z")
        );
    }
}
