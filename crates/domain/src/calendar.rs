//! Days of the Gregorian calendar, just far enough to check a date and to write a point in time. The
//! page needs no more, and a whole calendar library would be a good part of what it loads.

use std::fmt;

/// Days from 1 January of the year 0 to 1 January 1970.
const EPOCH: i64 = 719_528;

/// A day of the years 0 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day {
    pub(crate) year: u16,
    pub(crate) month: u8,
    pub(crate) day: u8,
}

impl Day {
    /// A day of the calendar, written as year, month and day with four, two and two digits (ISO 8601):
    /// `2026-11-21`, or without the hyphens. A time behind it is refused: it would be lost.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (year, month, day) = match text.len() {
            8 => (text.get(..4)?, text.get(4..6)?, text.get(6..)?),
            _ => {
                let mut parts = text.splitn(3, '-');
                (parts.next()?, parts.next()?, parts.next()?)
            }
        };
        let (year, month, day) = (digits(year, 4)?, digits(month, 2)?, digits(day, 2)?);
        let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        let there = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        there.then_some(Self { year, month, day })
    }

    /// The day that is so many days after 1 January 1970. None outside of the years 0 to 9999.
    pub(crate) fn from_epoch(days: i64) -> Option<Self> {
        let mut rest = days.checked_add(EPOCH)?;
        // 400 years have 146,097 days. The first year of a century is long when its number divides by 400.
        let mut year = rest.div_euclid(146_097).checked_mul(400)?;
        rest = rest.rem_euclid(146_097);
        while rest >= year_length(year) {
            rest -= year_length(year);
            year += 1;
        }
        let year = u16::try_from(year).ok().filter(|year| *year <= 9999)?;
        let mut month = 1;
        while rest >= i64::from(days_in(year, month)) {
            rest -= i64::from(days_in(year, month));
            month += 1;
        }
        let day = u8::try_from(rest + 1).ok()?;
        Some(Self { year, month, day })
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn digits(text: &str, count: usize) -> Option<u16> {
    let plain = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

const fn is_long(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn year_length(year: i64) -> i64 {
    if is_long(year) { 366 } else { 365 }
}

const fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if is_long(year as i64) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: u16, month: u8, day: u8) -> Day {
        Day { year, month, day }
    }

    #[test]
    fn days_are_counted_from_the_epoch() {
        for (days, expected) in [
            (0, day(1970, 1, 1)),
            (-1, day(1969, 12, 31)),
            (59, day(1970, 3, 1)),
            (11_016, day(2000, 2, 29)),
            (11_017, day(2000, 3, 1)),
            (20_778, day(2026, 11, 21)),
            (-719_528, day(0, 1, 1)),
            (2_932_896, day(9999, 12, 31)),
        ] {
            assert_eq!(Day::from_epoch(days), Some(expected), "{days}");
        }
        for days in [-719_529, 2_932_897, i64::MAX, i64::MIN] {
            assert_eq!(Day::from_epoch(days), None, "{days}");
        }
    }

    #[test]
    fn each_day_follows_the_one_before() {
        let mut before = Day::from_epoch(-100_000).unwrap();
        for days in -99_999..100_000 {
            let now = Day::from_epoch(days).unwrap();
            assert!(now > before, "{now:?} does not follow {before:?}");
            let text = now.to_string();
            assert_eq!(Day::parse(&text), Some(now));
            assert_eq!(Day::parse(&text.replace('-', "")), Some(now));
            before = now;
        }
    }

    #[test]
    fn only_days_of_the_calendar_are_read() {
        for text in ["2024-02-29", "2000-02-29", "0000-01-01", "9999-12-31"] {
            assert!(Day::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "2026",
            "2026-11",
            "2023-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "2026-01-00",
            "26-01-01",
            "2026-1-1",
            "2026-01-01-1",
            "2026-01-01T00:00",
            "+026-01-01",
            "２０２６-01-01",
            "20261301",
            "2026-101",
            "2026101１",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }
}
