//! Points in time as the database and the wire write them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Datelike, Months, NaiveTime, SecondsFormat, TimeDelta, Utc};
use sea_orm::DeriveValueType;

/// A point in time in UTC, to the millisecond, written as `2026-01-31T09:30:00.000Z`: always 24 characters, so that
/// text order is time order in both databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
#[sea_orm(value_type = "String")]
pub struct Timestamp(DateTime<Utc>);

/// The text is not an RFC 3339 time between the years 1 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 time")]
pub struct NotATimestamp;

impl Timestamp {
    /// From milliseconds since 1970. Times outside the years 1 to 9999 become the nearest time inside.
    pub fn from_millis(millis: i64) -> Self {
        const FIRST: i64 = -62_135_596_800_000;
        const LAST: i64 = 253_402_300_799_999;
        Self(DateTime::from_timestamp_millis(millis.clamp(FIRST, LAST)).unwrap_or(DateTime::UNIX_EPOCH))
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0.timestamp_millis()
    }

    /// Seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// The day it is in, as `2026-01-31`.
    pub fn day(self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }

    /// The month it is in, as `2026-01`.
    pub fn month(self) -> String {
        self.0.format("%Y-%m").to_string()
    }

    /// The beginning of the next month.
    #[must_use]
    pub fn next_month(self) -> Self {
        let first = self.0.date_naive().with_day(1).unwrap_or_default();
        let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
        Self::from_millis(next.and_time(NaiveTime::MIN).and_utc().timestamp_millis())
    }

    /// So much later.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self::from_millis(
            self.millis()
                .saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// So much earlier.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self::from_millis(
            self.millis()
                .saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// The same day and time so many days later.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        let span = TimeDelta::try_days(days).unwrap_or(TimeDelta::MAX);
        Self::from_millis(self.millis().saturating_add(span.num_milliseconds()))
    }

    /// How long ago `earlier` was; nothing when it is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.millis() - earlier.millis()).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl FromStr for Timestamp {
    type Err = NotATimestamp;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = DateTime::parse_from_rfc3339(text).map_err(|_| NotATimestamp)?;
        let stamp = Self::from_millis(time.timestamp_millis());
        if stamp.millis() == time.timestamp_millis() {
            Ok(stamp)
        } else {
            Err(NotATimestamp)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_24_characters_that_sort_as_times() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (1_767_225_599_001, "2025-12-31T23:59:59.001Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
            (i64::MIN, "0001-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(Timestamp::from_millis(millis).to_string(), text);
            assert_eq!(
                text.parse::<Timestamp>().map(|stamp| stamp.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn the_next_month_begins_at_midnight() {
        for (at, next) in [
            ("2026-01-31T23:59:59.999Z", "2026-02-01T00:00:00.000Z"),
            ("2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"),
            ("2028-02-29T12:00:00.000Z", "2028-03-01T00:00:00.000Z"),
        ] {
            let at: Timestamp = at.parse().unwrap();
            assert_eq!(at.next_month().to_string(), next);
            assert_eq!(at.month(), at.to_string()[..7]);
        }
    }

    #[test]
    fn reads_other_zones_and_refuses_what_is_no_time() {
        assert_eq!(
            "2026-01-01T01:00:00+01:00".parse(),
            Ok(Timestamp::from_millis(1_767_225_600_000))
        );
        for text in [
            "",
            "tomorrow",
            "2026-01-01",
            "2026-13-01T00:00:00Z",
            "2026-01-01T00:00:00",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(NotATimestamp), "{text}");
        }
    }
}
