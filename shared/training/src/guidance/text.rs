//! What an article is made of, each piece checked when it is made.

use kernel::text::{fold, is_plain, is_printable};
use serde::{Deserialize, Serialize};

use crate::model::{TextError, text_type};

text_type! {
    /// The code of an article, such as `input-validation`: its natural key, kept in lower case.
    ArticleCode,
    "a code of 2 to 60 letters, digits, '.', '_' or '-'",
    |raw| {
        let fits = (2..=60).contains(&raw.len())
            && raw.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
            && raw.starts_with(|c: char| c.is_ascii_alphanumeric());
        fits.then(|| raw.to_ascii_lowercase())
    }
}

text_type! {
    /// What an article says, in a sentence or two.
    Summary,
    "a text of 1 to 300 printable characters that is no formula",
    |raw| short(raw)
}

text_type! {
    /// The requirement that an article answers, in the words of whoever asks for it.
    Requirement,
    "a text of 1 to 300 printable characters that is no formula",
    |raw| short(raw)
}

text_type! {
    /// A technology, spelt as the tags of workloads are; upper case is folded.
    Technology,
    "a tag of 1 to 40 letters, digits and hyphens",
    |raw| {
        let tag = fold(raw);
        let fits = (1..=40).contains(&tag.len())
            && tag.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        fits.then_some(tag)
    }
}

text_type! {
    /// An article's text in Markdown: 1 byte to 64 KiB, lines ended by a line feed.
    Body,
    "Markdown of at most 65,536 bytes without control characters",
    |raw| {
        let text = raw.replace("\r\n", "\n");
        let fits = (1..=Body::LONGEST).contains(&text.len())
            && text.split(['\n', '\t']).all(is_printable);
        fits.then_some(text)
    }
}

impl Body {
    /// The most bytes.
    pub const LONGEST: usize = 64 * 1024;
}

fn short(raw: &str) -> Option<String> {
    let fits = (1..=300).contains(&raw.chars().count()) && is_plain(raw);
    fits.then(|| raw.to_owned())
}

/// How much depends on a workload: 1 most, 3 least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Tier(u8);

impl Tier {
    /// What a correct tier looks like.
    pub const EXPECTED: &str = "a tier: 1, 2 or 3";

    /// Checks a tier.
    ///
    /// # Errors
    /// [`TextError`] outside 1 to 3.
    pub const fn new(tier: u8) -> Result<Self, TextError> {
        if tier >= 1 && tier <= 3 { Ok(Self(tier)) } else { Err(TextError { expected: Self::EXPECTED }) }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Tier {
    type Error = TextError;

    fn try_from(tier: u8) -> Result<Self, TextError> {
        Self::new(tier)
    }
}

impl From<Tier> for u8 {
    fn from(tier: Tier) -> Self {
        tier.0
    }
}

/// What a person wrote about an article: 1 to 1,000 printable characters and line feeds, never shown by `Debug`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Comment(kernel::Redacted<String>);

impl Comment {
    /// What a correct text looks like.
    pub const EXPECTED: &str = "a text of 1 to 1000 printable characters that is no formula";

    /// Checks a text.
    ///
    /// # Errors
    /// [`TextError`] when it is empty, too long, a formula or holds control characters.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let text = raw.trim().replace("\r\n", "\n");
        let fits = (1..=1000).contains(&text.chars().count()) && text.split('\n').all(is_plain);
        fits.then(|| Self(kernel::Redacted::new(text))).ok_or(TextError { expected: Self::EXPECTED })
    }

    /// The text, for whoever has a reason to see it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl TryFrom<String> for Comment {
    type Error = TextError;

    fn try_from(raw: String) -> Result<Self, TextError> {
        Self::parse(&raw)
    }
}

impl From<Comment> for String {
    fn from(comment: Comment) -> Self {
        comment.0.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn technologies_are_folded_to_the_tags_of_workloads() {
        let read = |raw| Technology::parse(raw).map(String::from);
        assert_eq!(read(" Step-Functions "), Ok("step-functions".to_owned()));
        for bad in ["", "a b", "c++", "<b>", &"a".repeat(41)] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_body_has_lines_and_no_hidden_characters() {
        assert_eq!(Body::parse("# A\r\n\tb\r\n").map(String::from), Ok("# A\n\tb".to_owned()));
        for bad in ["", " \n ", "a\u{0}b", "a\rb", "admin\u{202e}nimda", &"a".repeat(Body::LONGEST + 1)] {
            assert!(Body::parse(bad).is_err(), "{bad:.40}");
        }
        assert!(Body::parse(&"a".repeat(Body::LONGEST)).is_ok());
    }

    #[test]
    fn a_tier_is_one_of_three() {
        assert_eq!([0, 1, 3, 4].map(|tier| Tier::new(tier).is_ok()), [false, true, true, false]);
    }

    #[test]
    fn a_comment_has_lines_and_is_not_shown() {
        let comment = Comment::parse("good,\nbut long").unwrap();
        assert_eq!(comment.expose(), "good,\nbut long");
        assert_eq!(format!("{comment:?}"), "Comment([redacted])");
        for bad in ["", " ", "=1+1", "a\n@b", "a\u{7}b", &"a".repeat(1001)] {
            assert!(Comment::parse(bad).is_err(), "{bad:.40}");
        }
    }
}
