//! What somebody who completed a course says of it, and what was done about it.

use jiff::civil::Date;
use kernel::{CompletionId, CourseId, PersonId, Principal, Redacted, Version};
use serde::{Deserialize, Serialize};

use crate::model::{FreeText, TextError};

/// A rating from 1 (not at all) to 5 (very much).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Rating(u8);

impl Rating {
    /// Checks a rating; `None` outside 1 to 5.
    pub const fn new(raw: u8) -> Option<Self> {
        if matches!(raw, 1..=5) { Some(Self(raw)) } else { None }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Rating {
    type Error = TextError;

    fn try_from(raw: u8) -> Result<Self, TextError> {
        Self::new(raw).ok_or(TextError { expected: "a whole number from 1 to 5" })
    }
}

impl From<Rating> for u8 {
    fn from(rating: Rating) -> Self {
        rating.0
    }
}

/// The three answers of a pulse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratings {
    /// Whether it fits what the person does.
    pub relevance: Rating,
    /// Whether it was well made.
    pub quality: Rating,
    /// Whether the person can apply it.
    pub confidence: Rating,
}

/// What a person wrote beside the ratings: 1 to 1,000 printable characters, never shown by `Debug`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Comment(Redacted<String>);

impl Comment {
    /// The most characters.
    pub const MOST: usize = 1000;
    /// What a correct comment looks like.
    pub const EXPECTED: &str = "a text of 1 to 1,000 printable characters that is no formula";

    /// Checks a comment.
    ///
    /// # Errors
    /// [`TextError`] when it is empty, too long, a formula or holds control characters.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let raw = raw.trim();
        let fits = (1..=Self::MOST).contains(&raw.chars().count()) && kernel::text::is_plain(raw);
        fits.then(|| Self(Redacted::new(raw.to_owned()))).ok_or(TextError { expected: Self::EXPECTED })
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

/// Feedback on one completion; there is one at most, and it does not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// Whose.
    pub person: PersonId,
    /// On which course.
    pub course: CourseId,
    /// On which completion of it.
    pub completion: CompletionId,
    /// The day (UTC) it was given.
    pub on: Date,
    /// The ratings.
    pub ratings: Ratings,
    /// What was written beside them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Comment>,
}

/// What was done about the feedback on a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The day (UTC) it was written.
    pub on: Date,
    /// Who wrote it.
    pub by: Principal,
    /// What was done.
    pub text: FreeText,
}

/// The notes on a course, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseNotes {
    /// On which course.
    pub course: CourseId,
    /// The last of them.
    pub notes: Vec<Note>,
    /// How often they were written.
    pub version: Version,
}

impl CourseNotes {
    /// How many notes a course keeps; an older one gives way.
    pub const KEPT: usize = 50;

    /// A course without notes.
    pub const fn new(course: CourseId) -> Self {
        Self { course, notes: Vec::new(), version: Version::ABSENT }
    }

    /// The notes with one more.
    #[must_use]
    pub fn with(&self, note: Note) -> Self {
        let mut notes = self.notes.clone();
        notes.push(note);
        let over = notes.len().saturating_sub(Self::KEPT);
        notes.drain(..over);
        Self { course: self.course, notes, version: self.version.next() }
    }
}
