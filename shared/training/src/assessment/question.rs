//! A question of the bank: what is asked, what can be chosen, and what is right.

use std::{collections::BTreeSet, fmt};

use kernel::{
    QuestionId, Version,
    text::{fold, is_printable},
};
use serde::{Deserialize, Serialize};

pub use crate::model::CompetencyArea as Area;

use super::{Error, Pin};
use crate::model::{Course, TextError, spelled, text_type};

spelled! {
    /// How a question is answered.
    QuestionKind {
        /// By choosing the one right option.
        Single = "single",
        /// By choosing every right option and no other.
        Multiple = "multiple",
        /// By putting all options in order.
        Ordering = "ordering",
        /// In a few words.
        ShortText = "short_text",
    }
}

/// Text in lines: printable, without tabs, so that it looks the same everywhere. Lines may begin with anything, code
/// included: nobody opens a question in a spreadsheet.
fn in_lines(raw: &str, most: usize) -> Option<String> {
    let text = raw.replace("\r\n", "\n");
    let fits = (1..=most).contains(&text.chars().count()) && text.split('\n').all(is_printable);
    fits.then_some(text)
}

text_type! {
    /// What is asked, or why what is right is right.
    QuestionText,
    "a text of 1 to 2000 printable characters, in lines",
    |raw| in_lines(raw, 2_000)
}

text_type! {
    /// What can be chosen.
    OptionText,
    "a text of 1 to 500 printable characters, in lines",
    |raw| in_lines(raw, 500)
}

text_type! {
    /// The code of an option within its question; stays the same from version to version. Kept in lower case.
    OptionId,
    "a code of 1 to 20 letters, digits, '_' or '-'",
    |raw| {
        let fits = (1..=20).contains(&raw.len())
            && raw.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        fits.then(|| raw.to_ascii_lowercase())
    }
}

/// An answer in a few words, accepted or given: 1 to 200 printable characters. Never shown by `Debug`: it is a person's
/// answer, or the key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AnswerText(String);

impl AnswerText {
    /// What a correct text looks like.
    pub const EXPECTED: &str = "a text of 1 to 200 printable characters";

    /// Checks a text.
    ///
    /// # Errors
    /// [`TextError`] when it is empty, too long or holds control characters.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let raw = raw.trim();
        let fits = (1..=200).contains(&raw.chars().count()) && is_printable(raw) && !fold(raw).is_empty();
        fits.then(|| Self(raw.to_owned())).ok_or(TextError { expected: Self::EXPECTED })
    }

    /// The text, for whoever has a reason to see it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether two answers are the same but for case, accents and spacing.
    pub fn is_same(&self, other: &Self) -> bool {
        fold(&self.0) == fold(&other.0)
    }
}

impl fmt::Debug for AnswerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnswerText([redacted])")
    }
}

impl TryFrom<String> for AnswerText {
    type Error = TextError;

    fn try_from(raw: String) -> Result<Self, TextError> {
        Self::parse(&raw)
    }
}

impl From<AnswerText> for String {
    fn from(text: AnswerText) -> Self {
        text.0
    }
}

/// One option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its code within the question.
    pub id: OptionId,
    /// What it says.
    pub text: OptionText,
}

/// What is right. It has no serialised form and `Debug` shows nothing of it, so that it gets into no answer and no log
/// by accident.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct AnswerKey {
    /// The right options; of an ordering all options, in the right order.
    pub right: Vec<OptionId>,
    /// The texts that are accepted, whatever their case, accents and spacing.
    pub accepted: Vec<AnswerText>,
}

impl fmt::Debug for AnswerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnswerKey([redacted])")
    }
}

/// What an author writes, not yet checked as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it is evidence of.
    pub area: Area,
    /// How it is answered.
    pub kind: QuestionKind,
    /// What is asked.
    pub text: QuestionText,
    /// What can be chosen, in the author's order.
    pub options: Vec<Choice>,
    /// What is right.
    pub key: AnswerKey,
    /// Why; shown to learners when they cannot try again.
    pub explanation: Option<QuestionText>,
    /// The languages it is written in, as BCP 47 tags.
    pub languages: Vec<String>,
}

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $field:literal, $expected:literal;)+) => {
        /// Why a question cannot be asked.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Fault {$(
            $(#[$doc])*
            $name,
        )+}

        impl Fault {
            /// The field that is wrong.
            pub const fn field(self) -> &'static str {
                match self {$(Self::$name => $field,)+}
            }

            /// What it should be.
            pub const fn expected(self) -> &'static str {
                match self {$(Self::$name => $expected,)+}
            }
        }
    };
}

faults! {
    /// Options of a question that is answered in words.
    NoOptionsHere = "options", "no options: the question is answered in words";
    /// One option or none.
    TooFewOptions = "options", "2 to 10 options";
    /// More options than are allowed.
    TooManyOptions = "options", "at most 10 options";
    /// Two options with one code or one text.
    OptionTwice = "options", "options that differ in code and text";
    /// Nothing is right.
    NothingRight = "right", "a right option";
    /// Every option of a single choice is right.
    AllRight = "right", "one right option, not all of them";
    /// Several options of a single choice are right.
    SeveralRight = "right", "one right option";
    /// The key names what is no option.
    NoSuchOption = "right", "codes of options";
    /// The key names an option twice.
    RightTwice = "right", "each option at most once";
    /// An order that leaves an option out.
    OrderIncomplete = "right", "every option, in the right order";
    /// Right options of a question that is answered in words.
    NothingToChoose = "right", "no options: the question is answered in words";
    /// Accepted texts of a question that is answered by choosing.
    NothingToWrite = "accepted", "no texts: the question is answered by choosing";
    /// No text is accepted.
    NothingAccepted = "accepted", "an accepted text";
    /// More texts than are allowed.
    TooManyAccepted = "accepted", "at most 20 texts";
    /// Two texts that are the same once folded.
    AcceptedTwice = "accepted", "texts that differ by more than case, accents and spacing";
    /// Something that is no list of language tags.
    Languages = "languages", "at most 20 language tags such as de or en-GB";
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}", self.field(), self.expected())
    }
}

impl Draft {
    /// The most options.
    pub const MOST_OPTIONS: usize = 10;
    /// The most accepted texts.
    pub const MOST_ACCEPTED: usize = 20;

    /// Checks the whole: that something is right, that not everything is, and that the key fits the options.
    ///
    /// # Errors
    /// [`Error::Question`] says what is wrong.
    pub fn check(self) -> Result<Content, Error> {
        let fault = self.options_fault().or_else(|| self.key_fault()).or_else(|| self.languages_fault());
        fault.map_or(Ok(Content(self)), |fault| Err(Error::Question(fault)))
    }

    fn options_fault(&self) -> Option<Fault> {
        let count = self.options.len();
        if count > Self::MOST_OPTIONS {
            return Some(Fault::TooManyOptions);
        }
        if self.kind == QuestionKind::ShortText {
            return (count > 0).then_some(Fault::NoOptionsHere);
        }
        let codes: BTreeSet<_> = self.options.iter().map(|option| &option.id).collect();
        let texts: BTreeSet<_> = self.options.iter().map(|option| &option.text).collect();
        if count < 2 {
            Some(Fault::TooFewOptions)
        } else {
            (codes.len() < count || texts.len() < count).then_some(Fault::OptionTwice)
        }
    }

    fn key_fault(&self) -> Option<Fault> {
        let AnswerKey { right, accepted } = &self.key;
        if self.kind == QuestionKind::ShortText {
            let folded: BTreeSet<String> = accepted.iter().map(|text| fold(text.expose())).collect();
            return if !right.is_empty() {
                Some(Fault::NothingToChoose)
            } else if accepted.is_empty() {
                Some(Fault::NothingAccepted)
            } else if accepted.len() > Self::MOST_ACCEPTED {
                Some(Fault::TooManyAccepted)
            } else {
                (folded.len() < accepted.len()).then_some(Fault::AcceptedTwice)
            };
        }
        let distinct: BTreeSet<&OptionId> = right.iter().collect();
        if !accepted.is_empty() {
            Some(Fault::NothingToWrite)
        } else if right.is_empty() {
            Some(Fault::NothingRight)
        } else if right.iter().any(|id| self.options.iter().all(|option| option.id != *id)) {
            Some(Fault::NoSuchOption)
        } else if distinct.len() < right.len() {
            Some(Fault::RightTwice)
        } else {
            match self.kind {
                QuestionKind::Single if right.len() == self.options.len() => Some(Fault::AllRight),
                QuestionKind::Single => (right.len() > 1).then_some(Fault::SeveralRight),
                QuestionKind::Ordering => (right.len() < self.options.len()).then_some(Fault::OrderIncomplete),
                QuestionKind::Multiple | QuestionKind::ShortText => None,
            }
        }
    }

    fn languages_fault(&self) -> Option<Fault> {
        let fit = self.languages.len() <= Course::MOST_TAGS && self.languages.iter().all(|tag| Course::is_tag(tag));
        (!fit).then_some(Fault::Languages)
    }
}

/// A question that can be asked: a [`Draft`] that passed its check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content(Draft);

impl Content {
    /// What the author wrote.
    pub const fn draft(&self) -> &Draft {
        &self.0
    }
}

/// A question of the bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Its id.
    pub id: QuestionId,
    /// What it says, and what is right.
    pub content: Content,
    /// Whether it is drawn no more.
    pub retired: bool,
    /// How often it was written. Every version is kept: forms name the one they show.
    pub version: Version,
}

impl Question {
    /// The most questions of an area that can be drawn: a form reads them all.
    pub const MOST_OF_AN_AREA: usize = 300;

    /// What the author wrote.
    pub const fn draft(&self) -> &Draft {
        self.content.draft()
    }

    /// What it is evidence of.
    pub const fn area(&self) -> &Area {
        &self.draft().area
    }

    /// This version of it.
    pub const fn pin(&self) -> Pin {
        Pin { question: self.id, version: self.version }
    }
}
