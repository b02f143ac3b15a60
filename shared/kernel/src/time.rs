//! Calendar helpers: spans of dates, zone names and the local hour of a person.

use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// A span of whole days, both ends included; without an end it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawSpan", into = "RawSpan")]
pub struct DateSpan {
    from: Date,
    until: Option<Date>,
}

#[derive(Serialize, Deserialize)]
struct RawSpan {
    from: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Date>,
}

/// A span that ends before it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a span of dates ends on or after the day it starts")]
pub struct SpanError;

impl DateSpan {
    /// Checks a span.
    ///
    /// # Errors
    /// [`SpanError`] when `until` is before `from`.
    pub fn new(from: Date, until: Option<Date>) -> Result<Self, SpanError> {
        if until.is_some_and(|until| until < from) { Err(SpanError) } else { Ok(Self { from, until }) }
    }

    /// How many days back an absence may begin that people enter for themselves.
    const OWN_ABSENCE_DAYS_BACK: i32 = 7;
    /// How many days it may have.
    const OWN_ABSENCE_DAYS: i32 = 366;

    /// The first day that an absence may have which people enter for themselves on a day.
    pub fn earliest_own_absence(today: Date) -> Date {
        today.saturating_sub(Span::new().days(Self::OWN_ABSENCE_DAYS_BACK))
    }

    /// Whether people may enter this as an absence of their own on a day. Absences pause the reminders that others hear
    /// of: what began more than 7 days ago, lasts more than 366 days or has no end, somebody else enters.
    pub fn is_own_absence(&self, today: Date) -> bool {
        let earliest = Self::earliest_own_absence(today);
        let last = self.from.saturating_add(Span::new().days(Self::OWN_ABSENCE_DAYS - 1));
        self.from >= earliest && self.until.is_some_and(|until| until <= last)
    }

    /// The first day.
    pub const fn from(&self) -> Date {
        self.from
    }

    /// The last day, absent while open.
    pub const fn until(&self) -> Option<Date> {
        self.until
    }

    /// Whether a day lies inside.
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    /// Whether two spans share a day.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.until.is_none_or(|until| other.from <= until) && other.until.is_none_or(|until| self.from <= until)
    }
}

impl TryFrom<RawSpan> for DateSpan {
    type Error = SpanError;

    fn try_from(raw: RawSpan) -> Result<Self, SpanError> {
        Self::new(raw.from, raw.until)
    }
}

impl From<DateSpan> for RawSpan {
    fn from(span: DateSpan) -> Self {
        Self { from: span.from, until: span.until }
    }
}

/// The name of an IANA time zone that the bundled database knows, such as `Europe/Berlin`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneName(String);

/// A name the time zone database does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a time zone is an IANA name such as Europe/Berlin")]
pub struct ZoneNameError;

impl ZoneName {
    /// Checks a name against the bundled database and keeps its canonical spelling.
    ///
    /// # Errors
    /// [`ZoneNameError`] when the database has no such zone.
    pub fn parse(raw: &str) -> Result<Self, ZoneNameError> {
        let zone = TimeZone::get(raw.trim()).map_err(|_| ZoneNameError)?;
        zone.iana_name().map(|name| Self(name.to_owned())).ok_or(ZoneNameError)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The zone's rules.
    pub fn zone(&self) -> TimeZone {
        // Parsing proved the zone exists in the bundled database; UTC is what remains if a later one dropped it.
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

impl TryFrom<String> for ZoneName {
    type Error = ZoneNameError;

    fn try_from(raw: String) -> Result<Self, ZoneNameError> {
        Self::parse(&raw)
    }
}

impl From<ZoneName> for String {
    fn from(zone: ZoneName) -> Self {
        zone.0
    }
}

/// Local days and hours of a zone.
pub trait LocalTime {
    /// The date there at an instant.
    fn date_at(&self, at: Timestamp) -> Date;
    /// The instant of a full hour (0 to 23) there on a date. In a gap the first instant after it, in a fold the earlier.
    fn instant_of(&self, day: Date, hour: i8) -> Timestamp;
}

impl LocalTime for ZoneName {
    fn date_at(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone()).date()
    }

    fn instant_of(&self, day: Date, hour: i8) -> Timestamp {
        let local = day.at(hour.clamp(0, 23), 0, 0, 0);
        self.zone().to_ambiguous_timestamp(local).compatible().unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_span_never_ends_before_it_starts() {
        assert_eq!(DateSpan::new(date(2026, 2, 2), Some(date(2026, 2, 1))), Err(SpanError));
        assert!(serde_json::from_str::<DateSpan>(r#"{"from":"2026-02-02","until":"2026-02-01"}"#).is_err());
    }

    #[test]
    fn an_hour_that_daylight_saving_skips_is_the_first_instant_after_it() {
        let berlin = ZoneName::parse("Europe/Berlin");
        let at = berlin.map(|zone| zone.instant_of(date(2026, 3, 29), 2).to_string());
        assert_eq!(at, Ok("2026-03-29T01:00:00Z".to_owned()));
    }

    #[test]
    fn an_unknown_zone_is_refused() {
        assert_eq!(ZoneName::parse("Mars/Olympus"), Err(ZoneNameError));
        assert_eq!(ZoneName::parse("europe/berlin").map(String::from), Ok("Europe/Berlin".to_owned()));
    }
}
