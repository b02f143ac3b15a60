//! Texts and numbers that were checked once and are right ever after. What a value must look like is said in one
//! sentence, which the API and the import report in the same words.

use std::fmt;

use kernel::{
    Redacted,
    text::{fold, is_plain},
};
use serde::{Deserialize, Serialize};

/// A value that is not what it should be; the text says what is expected and never repeats the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct Invalid(pub &'static str);

/// Trimmed, with single spaces, printable, no formula and within bounds.
fn line(raw: &str, most: usize) -> Option<String> {
    let text = raw.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = text.chars().count();
    // Control characters are looked for in the raw text: splitting would hide a line break.
    (length >= 1 && length <= most && is_plain(raw.trim())).then_some(text)
}

/// A code: lower case letters, digits and hyphens, starting with a letter or digit.
fn code(raw: &str) -> Option<String> {
    let text = raw.trim().to_ascii_lowercase();
    let fits = (1..=40).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    fits.then_some(text)
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $expected:literal, $parse:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// What a value must look like.
            pub const EXPECTED: &'static str = $expected;

            /// Checks a text.
            ///
            /// # Errors
            /// [`Invalid`] when it is not what [`Self::EXPECTED`] says.
            pub fn parse(raw: &str) -> Result<Self, Invalid> {
                let parse: fn(&str) -> Option<String> = $parse;
                parse(raw).map(Self).ok_or(Invalid(Self::EXPECTED))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(raw: String) -> Result<Self, Invalid> {
                Self::parse(&raw)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

texts! {
    /// The code of a team: its natural key.
    TeamCode = "a code of 1 to 40 lower case letters, digits and hyphens", code;
    /// The code of a department.
    DepartmentCode = "a code of 1 to 40 lower case letters, digits and hyphens", code;
    /// The code of a workload: its natural key.
    WorkloadCode = "a code of 1 to 40 lower case letters, digits and hyphens", code;
    /// What a team is called.
    TeamName = "a name of 1 to 120 printable characters that is no formula", |raw| line(raw, 120);
    /// What a workload is called.
    WorkloadName = "a name of 1 to 120 printable characters that is no formula", |raw| line(raw, 120);
    /// A technology or any other mark on a workload.
    Tag = "a tag of 1 to 40 lower case letters, digits and hyphens", code;
    /// Where a repository is.
    Repository = "an https address of at most 300 characters", repository;
    /// An ISO 3166-1 alpha-2 country code.
    Country = "a two-letter country code of ISO 3166-1, such as DE", country;
    /// A language tag: a language, and a region where it matters.
    Language = "a language tag such as en, de or pt-BR", language;
}

impl Default for Language {
    fn default() -> Self {
        Self("en".to_owned())
    }
}

fn repository(raw: &str) -> Option<String> {
    let text = raw.trim();
    let rest = text.strip_prefix("https://")?;
    let (host, path) = rest.split_once('/')?;
    let plain = |part: &str, more: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.as_bytes().contains(&byte))
    };
    (text.len() <= 300 && plain(host, ".-:") && plain(path, "-._~/%+")).then(|| text.to_owned())
}

fn country(raw: &str) -> Option<String> {
    let text = raw.trim().to_ascii_uppercase();
    (text.len() == 2 && COUNTRIES.split(' ').any(|known| known == text)).then_some(text)
}

fn language(raw: &str) -> Option<String> {
    let letters = |part: &str, lengths: &[usize]| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    match raw.trim().split_once('-') {
        None if letters(raw.trim(), &[2, 3]) => Some(raw.trim().to_ascii_lowercase()),
        Some((tongue, region)) if letters(tongue, &[2, 3]) && letters(region, &[2]) => {
            Some(format!("{}-{}", tongue.to_ascii_lowercase(), region.to_ascii_uppercase()))
        }
        _ => None,
    }
}

/// The officially assigned codes of ISO 3166-1.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR \
BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI \
FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS \
IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO \
MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA \
RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT \
TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// An e-mail address. Its `Debug` shows nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(Redacted<String>);

impl Email {
    /// What a value must look like.
    pub const EXPECTED: &'static str = "an e-mail address in ASCII, such as ada@example.com";

    /// Checks an address: enough to be delivered to, not all that the standards allow.
    ///
    /// # Errors
    /// [`Invalid`] when it is no such address.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let text = raw.trim();
        let fits = text.rsplit_once('@').is_some_and(|(local, domain)| {
            (1..=64).contains(&local.len())
                && local.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte))
                && !local.starts_with('.')
                && !local.ends_with('.')
                && !local.contains("..")
                && domain.contains('.')
                && domain.split('.').all(|label| {
                    (1..=63).contains(&label.len())
                        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                        && !label.starts_with('-')
                        && !label.ends_with('-')
                })
        });
        if fits && text.len() <= 254 { Ok(Self(Redacted::new(text.to_owned()))) } else { Err(Invalid(Self::EXPECTED)) }
    }

    /// The address as it was given.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The address for comparison: nobody has two that differ in case.
    pub fn folded(&self) -> String {
        self.expose().to_ascii_lowercase()
    }
}

/// What a person is called. Its `Debug` shows nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonName(Redacted<String>);

impl PersonName {
    /// What a value must look like.
    pub const EXPECTED: &'static str = "a name of 1 to 120 printable characters that is no formula";

    /// Checks a name.
    ///
    /// # Errors
    /// [`Invalid`] when it is empty, too long, not printable, or folds to nothing that could be searched.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        match line(raw, 120) {
            Some(text) if !fold(&text).is_empty() => Ok(Self(Redacted::new(text))),
            _ => Err(Invalid(Self::EXPECTED)),
        }
    }

    /// The name as it was given.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The name for sorting and searching.
    pub fn folded(&self) -> String {
        fold(self.expose())
    }
}

macro_rules! private_texts {
    ($($name:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(raw: String) -> Result<Self, Invalid> {
                Self::parse(&raw)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0.into_inner()
            }
        }
    )+};
}

private_texts!(Email, PersonName);

/// How much of a full week a person works, in percent, 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct WorkingShare(u8);

impl WorkingShare {
    /// What a value must look like.
    pub const EXPECTED: &'static str = "a whole number from 1 to 100";
    /// A full week.
    pub const FULL: Self = Self(100);

    /// Checks a share.
    ///
    /// # Errors
    /// [`Invalid`] outside 1 to 100.
    pub const fn new(percent: u8) -> Result<Self, Invalid> {
        if percent >= 1 && percent <= 100 { Ok(Self(percent)) } else { Err(Invalid(Self::EXPECTED)) }
    }

    /// The percentage.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for WorkingShare {
    type Error = Invalid;

    fn try_from(percent: u8) -> Result<Self, Invalid> {
        Self::new(percent)
    }
}

impl From<WorkingShare> for u8 {
    fn from(share: WorkingShare) -> Self {
        share.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_checked_and_compared_without_case() {
        assert_eq!(Email::parse(" Ada.L@Example.com ").map(|email| email.folded()), Ok("ada.l@example.com".into()));
        for bad in ["", "ada", "ada@", "@example.com", "ada@example", "a b@example.com", "ada@exa_mple.com", ".a@b.cc"]
        {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
        assert!(Email::parse(&format!("{}@example.com", "x".repeat(65))).is_err());
    }

    #[test]
    fn names_and_addresses_never_show_in_debug() {
        let shown = format!("{:?} {:?}", Email::parse("ada@example.com"), PersonName::parse("Ada Lovelace"));
        assert!(!shown.contains("ada@") && !shown.contains("Ada"), "{shown}");
    }

    #[test]
    fn a_name_is_one_printable_line() {
        assert_eq!(PersonName::parse("  Zoë   O’Brien ").map(String::from), Ok("Zoë O’Brien".into()));
        assert!(PersonName::parse("Anne-Marie").is_ok());
        for bad in ["", "  ", "a\u{202e}b", "a\nb", "=cmd", "+49", "-x", "@sum", "\t=cmd"] {
            assert!(PersonName::parse(bad).is_err(), "{bad:?}");
        }
        assert!(PersonName::parse(&"x".repeat(121)).is_err());
    }

    #[test]
    fn codes_countries_and_languages_have_one_spelling() {
        assert_eq!(TeamCode::parse(" Payments-2 ").map(String::from), Ok("payments-2".into()));
        assert!(TeamCode::parse("pay_ments").is_err() && TeamCode::parse("-a").is_err());
        assert_eq!(Country::parse("de").map(String::from), Ok("DE".into()));
        assert!(Country::parse("XX").is_err());
        assert_eq!(Language::parse("PT-br").map(String::from), Ok("pt-BR".into()));
        assert!(Language::parse("english").is_err());
    }

    #[test]
    fn a_repository_is_an_https_address() {
        assert!(Repository::parse("https://git.example.com/team/app").is_ok());
        for bad in ["http://git.example.com/a", "https://git.example.com", "https://a b/c", "javascript:alert(1)"] {
            assert!(Repository::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn whatever_was_parsed_parses_to_itself(raw in "\\PC{0,60}") {
            if let Ok(name) = PersonName::parse(&raw) {
                prop_assert_eq!(PersonName::parse(name.expose()), Ok(name.clone()));
            }
            if let Ok(code) = TeamCode::parse(&raw) {
                prop_assert_eq!(TeamCode::parse(code.as_str()), Ok(code.clone()));
            }
        }
    }
}
