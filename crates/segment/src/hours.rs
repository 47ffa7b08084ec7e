//! In which hours of the week something was seen: a set of 168, small enough to keep for every flow.

use cordon_model::HourOfWeek;
use cordon_model::observe::HoursOfWeek;

const HOURS_PER_DAY: u8 = 24;
/// Saturday 00:00 UTC, as an hour of the week.
const WEEKEND_FROM: u8 = 120;
/// Night is from 22:00 to 06:00 UTC.
const NIGHT_FROM: u8 = 22;
const NIGHT_UNTIL: u8 = 6;

/// A set of hours of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hours(u64, u64, u64);

impl Hours {
    /// The hours with packets in them.
    pub(crate) fn of(counts: &HoursOfWeek) -> Hours {
        let mut hours = Hours::default();
        for (hour, packets) in counts.iter() {
            if packets > 0 {
                hours.insert(hour);
            }
        }
        hours
    }

    fn insert(&mut self, hour: HourOfWeek) {
        let bit = 1u64 << (hour.index() % 64);
        match hour.index() / 64 {
            0 => self.0 |= bit,
            1 => self.1 |= bit,
            _ => self.2 |= bit,
        }
    }

    pub(crate) fn merge(&mut self, other: Hours) {
        *self = Hours(self.0 | other.0, self.1 | other.1, self.2 | other.2);
    }

    fn iter(self) -> impl Iterator<Item = u8> {
        (0..HourOfWeek::COUNT as u8).filter(move |hour| {
            let word = [self.0, self.1, self.2].get(usize::from(hour / 64)).copied().unwrap_or(0);
            word & (1 << (hour % 64)) != 0
        })
    }

    /// How many of the 168.
    pub(crate) fn count(self) -> u8 {
        (self.0.count_ones() + self.1.count_ones() + self.2.count_ones()) as u8
    }

    /// On how many of the seven days of the week.
    pub(crate) fn days(self) -> usize {
        let mut days = [false; 7];
        for hour in self.iter() {
            if let Some(day) = days.get_mut(usize::from(hour / HOURS_PER_DAY)) {
                *day = true;
            }
        }
        days.iter().filter(|seen| **seen).count()
    }

    /// In how many of the 24 hours of the day.
    pub(crate) fn hours_of_day(self) -> usize {
        let mut hours = [false; HOURS_PER_DAY as usize];
        for hour in self.iter() {
            if let Some(seen) = hours.get_mut(usize::from(hour % HOURS_PER_DAY)) {
                *seen = true;
            }
        }
        hours.iter().filter(|seen| **seen).count()
    }

    /// True when one hour lies between Monday and Friday, outside the night.
    pub(crate) fn has_weekday(self) -> bool {
        self.iter().any(|hour| hour < WEEKEND_FROM && !is_night(hour))
    }

    pub(crate) fn has_night(self) -> bool {
        self.iter().any(is_night)
    }

    pub(crate) fn has_weekend(self) -> bool {
        self.iter().any(|hour| hour >= WEEKEND_FROM)
    }
}

fn is_night(hour: u8) -> bool {
    let hour = hour % HOURS_PER_DAY;
    !(NIGHT_UNTIL..NIGHT_FROM).contains(&hour)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(list: &[u8]) -> Hours {
        let mut counts = HoursOfWeek::default();
        for hour in list {
            counts.add(HourOfWeek::new(*hour).unwrap(), 1);
        }
        Hours::of(&counts)
    }

    #[test]
    fn days_nights_and_weekends_are_told_apart() {
        let monday_noon = hours(&[12]);
        assert!(monday_noon.has_weekday() && !monday_noon.has_night() && !monday_noon.has_weekend());
        let friday_night = hours(&[119]);
        assert!(!friday_night.has_weekday() && friday_night.has_night() && !friday_night.has_weekend());
        let saturday = hours(&[132]);
        assert!(!saturday.has_weekday() && !saturday.has_night() && saturday.has_weekend());
        let mut all = hours(&[0, 63, 64, 127, 128, 167]);
        all.merge(monday_noon);
        assert_eq!((all.count(), all.days(), all.hours_of_day()), (7, 4, 7));
        let week: Vec<u8> = (0..168).collect();
        let week = hours(&week);
        assert_eq!((week.count(), week.days(), week.hours_of_day()), (168, 7, 24));
    }
}
