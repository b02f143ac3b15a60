//! Small texts with rules: codes, titles, addresses of courses, what people wrote.

use serde::{Deserialize, Serialize};

/// A text that breaks its rule; the message says what is expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct TextError {
    /// What a correct text looks like.
    pub expected: &'static str,
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// What a correct text looks like.
            pub const EXPECTED: &str = $expected;

            /// Checks a text.
            ///
            /// # Errors
            /// [`TextError`] says what is expected.
            pub fn parse(raw: &str) -> Result<Self, TextError> {
                let check: fn(&str) -> Option<String> = $check;
                check(raw.trim()).map(Self).ok_or(TextError { expected: Self::EXPECTED })
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(raw: String) -> Result<Self, TextError> {
                Self::parse(&raw)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}

pub(crate) use text_type;

text_type! {
    /// The short code a course is known by in files, such as `sec-101`; kept in lower case.
    CourseCode,
    "a code of 2 to 40 letters, digits, '.', '_' or '-'",
    |raw| {
        let fits = (2..=40).contains(&raw.len())
            && raw.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
            && raw.starts_with(|c: char| c.is_ascii_alphanumeric());
        fits.then(|| raw.to_ascii_lowercase())
    }
}

text_type! {
    /// The code of a competency area, such as `secure-coding`; kept in lower case.
    CompetencyArea,
    "a code of 1 to 40 letters, digits, '.', '_' or '-'",
    |raw| super::Course::is_tag(raw).then(|| raw.to_ascii_lowercase())
}

text_type! {
    /// What a course is called.
    Title,
    "a title of 1 to 200 printable characters that is no formula",
    |raw| {
        let fits = (1..=200).contains(&raw.chars().count()) && kernel::text::is_plain(raw);
        fits.then(|| raw.to_owned())
    }
}

text_type! {
    /// Where people meet.
    Place,
    "a place of 1 to 200 printable characters that is no formula",
    |raw| {
        let fits = (1..=200).contains(&raw.chars().count()) && kernel::text::is_plain(raw);
        fits.then(|| raw.to_owned())
    }
}

text_type! {
    /// A language, as a BCP 47 tag.
    LanguageTag,
    "a language tag of at most 35 characters such as de or en-GB",
    |raw| {
        let subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
        let primary = raw.split('-').next().is_some_and(|part| {
            (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic())
        });
        (raw.len() <= 35 && primary && raw.split('-').all(subtag)).then(|| raw.to_owned())
    }
}

impl LanguageTag {
    /// Whether what is in this language serves somebody who asks for another tag: `en-GB` serves `en`.
    pub fn serves(&self, asked: &Self) -> bool {
        let (mine, asked) = (self.as_str().to_ascii_lowercase(), asked.as_str().to_ascii_lowercase());
        mine == asked || mine.strip_prefix(&asked).is_some_and(|rest| rest.starts_with('-'))
    }
}

text_type! {
    /// Where a course is taken: an `https` address.
    CourseUrl,
    "an https address of at most 500 characters",
    |raw| {
        let rest = raw.strip_prefix("https://")?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let fits = raw.len() <= 500
            && !host.is_empty()
            && !host.contains('@')
            && raw.is_ascii()
            && !raw.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '\\'));
        fits.then(|| raw.to_owned())
    }
}

/// What a person wrote, such as a reason: 1 to 500 printable characters, never shown by `Debug`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FreeText(kernel::Redacted<String>);

impl FreeText {
    /// What a correct text looks like.
    pub const EXPECTED: &str = "a text of 1 to 500 printable characters that is no formula";

    /// Checks a text.
    ///
    /// # Errors
    /// [`TextError`] when it is empty, too long, a formula or holds control characters.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let raw = raw.trim();
        let fits = (1..=500).contains(&raw.chars().count()) && kernel::text::is_plain(raw);
        fits.then(|| Self(kernel::Redacted::new(raw.to_owned()))).ok_or(TextError { expected: Self::EXPECTED })
    }

    /// The text, for whoever has a reason to see it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl TryFrom<String> for FreeText {
    type Error = TextError;

    fn try_from(raw: String) -> Result<Self, TextError> {
        Self::parse(&raw)
    }
}

impl From<FreeText> for String {
    fn from(text: FreeText) -> Self {
        text.0.into_inner()
    }
}

/// A whole percentage from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Percent(u8);

impl Percent {
    /// Everything.
    pub const FULL: Self = Self(100);

    /// Checks a percentage; `None` above 100.
    pub const fn new(raw: u8) -> Option<Self> {
        if raw <= 100 { Some(Self(raw)) } else { None }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Percent {
    type Error = TextError;

    fn try_from(raw: u8) -> Result<Self, TextError> {
        Self::new(raw).ok_or(TextError { expected: "a whole number from 0 to 100" })
    }
}

impl From<Percent> for u8 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_folded_and_bounded() {
        assert_eq!(CourseCode::parse(" SEC-101 ").map(String::from), Ok("sec-101".to_owned()));
        for bad in ["", "a", "-ab", "sec 101", "séc", &"a".repeat(41)] {
            assert!(CourseCode::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_plain_https_addresses_are_links() {
        assert!(CourseUrl::parse("https://learn.example.com/a?b=c").is_ok());
        for bad in
            ["http://learn.example.com", "javascript:alert(1)", "https://", "https://a@b.example.com", "https://a b"]
        {
            assert!(CourseUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_files_refuse_is_refused_everywhere() {
        for formula in ["=cmd", "+1", "-1", "@sum", " =cmd"] {
            assert!(Title::parse(formula).is_err() && FreeText::parse(formula).is_err(), "{formula}");
        }
        assert!(Title::parse("C++ for C# people").is_ok());
    }

    #[test]
    fn a_language_is_a_tag_and_serves_whoever_asks_for_less() {
        let tag = |raw| LanguageTag::parse(raw).unwrap();
        assert!(tag("en-GB").serves(&tag("en")) && tag("EN").serves(&tag("en")));
        assert!(!tag("en").serves(&tag("en-GB")) && !tag("eng").serves(&tag("en")));
        assert_eq!(tag("de-u-co-phonebk").as_str(), "de-u-co-phonebk");
        for bad in ["", "e", "english", "en_GB", "en-", "en--GB", "1a", "<b>", "en-abcdefghi", &"en-abc".repeat(7)] {
            assert!(LanguageTag::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_people_wrote_is_not_shown() {
        let text = FreeText::parse("parental leave");
        assert_eq!(format!("{text:?}"), "Ok(FreeText([redacted]))");
    }
}
