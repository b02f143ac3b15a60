//! A date as it comes from outside: `YYYY-MM-DD` and nothing else. Parsers of dates take much more (a time beside it,
//! digits without hyphens, years with a sign), which would make two spellings of one request.

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, de};

/// A date spelled `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Day(pub Date);

/// Something that is not spelled as a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {}", Day::EXPECTED)]
pub struct DayError;

impl Day {
    /// What a date must look like.
    pub const EXPECTED: &str = "a date as YYYY-MM-DD";
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(raw: &str) -> Result<Self, DayError> {
        let spelled = raw.len() == 10
            && raw.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !spelled {
            return Err(DayError);
        }
        raw.parse().map(Self).map_err(|_| DayError)
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self(date)
    }
}

impl From<Day> for Date {
    fn from(day: Day) -> Self {
        day.0
    }
}

struct Spelling;

impl de::Visitor<'_> for Spelling {
    type Value = Day;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Day::EXPECTED)
    }

    fn visit_str<E: de::Error>(self, raw: &str) -> Result<Day, E> {
        raw.parse().map_err(|_| E::invalid_value(de::Unexpected::Other("text"), &self))
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Spelling)
    }
}

/// For fields of type `Option<Date>`: `#[serde(deserialize_with = "kernel::day::optional")]`.
///
/// # Errors
/// As of the deserializer, and for whatever is not spelled as a date.
pub fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    Ok(Option::<Day>::deserialize(deserializer)?.map(Date::from))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn one_spelling_is_a_date() {
        assert_eq!("2028-02-29".parse(), Ok(Day(date(2028, 2, 29))));
        for other in [
            "",
            "2026-02-29",
            "2026-13-01",
            "20260201",
            "2026-2-1",
            "2026-02-01T10:00",
            "2026-02-01T10:00:00[Europe/Berlin]",
            " 2026-02-01",
            "+002026-02-01",
            "2026/02/01",
            "2026-W05-7",
            "٢٠٢٦-02-01",
        ] {
            assert_eq!(other.parse::<Day>(), Err(DayError), "{other}");
        }
    }

    #[test]
    fn what_is_refused_is_not_repeated() {
        for sent in [r#""hunter2""#, "20260201", "null", r#"["2026-02-01"]"#] {
            let error = serde_json::from_str::<Day>(sent).map_err(|error| error.to_string());
            let said = error.expect_err("it is no date");
            assert!(said.contains("expected a date as YYYY-MM-DD") && !said.contains("hunter2"), "{said}");
        }
        assert_eq!(serde_json::to_string(&Day(date(2026, 3, 1))).ok().as_deref(), Some("\"2026-03-01\""));
    }
}
