//! Points in time, passed in as arguments: nothing here asks what time it is.

use crate::calendar::Day;
use serde::{Deserialize, Serialize};
use std::{fmt, ops::Add, time::Duration};

/// Seconds of a day: POSIX time has no leap seconds.
const DAY: i64 = 86_400;

/// Microseconds since 1970-01-01T00:00:00Z, as the databases store them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since the epoch, as browsers count.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Whole seconds since the epoch, as the provider counts.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// How long after `earlier` this is; zero when it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The beginning of this time's month, in UTC: budgets are counted by it.
    #[must_use]
    pub fn month_began(self) -> Self {
        let days = self.as_seconds().div_euclid(DAY);
        // Out of the calendar's range there is one endless month.
        let day = Day::from_epoch(days).map_or(1, |day| i64::from(day.day));
        Self((days - (day - 1)).saturating_mul(DAY * 1_000_000))
    }

    /// The time this long ago.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)),
        )
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)),
        )
    }
}

/// RFC 3339 in UTC, to the second.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (
            self.as_seconds().div_euclid(DAY),
            self.as_seconds().rem_euclid(DAY),
        );
        let Some(day) = Day::from_epoch(days) else {
            return f.write_str("out of range");
        };
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{day}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_at_its_first_midnight() {
        let began = |seconds: i64| {
            Timestamp::from_micros(seconds * 1_000_000)
                .month_began()
                .to_string()
        };
        assert_eq!(began(1_795_305_600), "2026-11-01T00:00:00Z");
        assert_eq!(began(1_793_491_199), "2026-10-01T00:00:00Z");
        assert_eq!(began(1_793_491_200), "2026-11-01T00:00:00Z");
    }

    #[test]
    fn shown_as_rfc_3339() {
        assert_eq!(
            Timestamp::from_micros(1_795_230_600_999_999).to_string(),
            "2026-11-21T03:10:00Z"
        );
        assert_eq!(
            Timestamp::from_micros(-1).to_string(),
            "1969-12-31T23:59:59Z"
        );
        assert_eq!(Timestamp::from_micros(i64::MAX).to_string(), "out of range");
    }

    #[test]
    fn spans_never_run_backwards() {
        let at = Timestamp::from_micros(5);
        assert_eq!(at.since(at + Duration::from_secs(1)), Duration::ZERO);
        assert_eq!(
            (at + Duration::from_secs(1)).since(at),
            Duration::from_secs(1)
        );
    }
}
