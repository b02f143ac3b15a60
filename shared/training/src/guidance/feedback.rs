//! Whether an article helped. One person says one thing of one version; saying another takes its place.

use jiff::Timestamp;
use kernel::{ArticleId, FeedbackId, Version};
use serde::{Deserialize, Serialize};

use super::Comment;

/// What a person says of an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether it helped.
    pub helpful: bool,
    /// Why, in the person's words.
    pub comment: Option<Comment>,
}

/// A verdict as it is kept. It does not say whose it is: the place where it is kept does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// By this it is listed, so that no list names a person.
    pub id: FeedbackId,
    /// Of which article.
    pub article: ArticleId,
    /// Of which of its versions.
    pub article_version: Version,
    /// What was said.
    pub verdict: Verdict,
    /// When it was said, or said anew.
    pub given_at: Timestamp,
    /// How often it was written.
    pub version: Version,
}

/// How many people found an article helpful, over all its versions. Forgetting a person leaves the numbers: they name
/// nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Verdicts that it helped.
    pub helpful: u32,
    /// Verdicts that it did not.
    pub not_helpful: u32,
    /// How often they were written.
    pub version: Version,
}

impl Counts {
    /// Of an article that nobody judged.
    pub const NONE: Self = Self { helpful: 0, not_helpful: 0, version: Version::ABSENT };

    /// The counts after a verdict took the place of another, or of none.
    #[must_use]
    pub fn with(self, before: Option<bool>, after: bool) -> Self {
        let mut counts = Self { version: self.version.next(), ..self };
        if let Some(before) = before {
            let slot = counts.of(before);
            *slot = slot.saturating_sub(1);
        }
        let slot = counts.of(after);
        *slot = slot.saturating_add(1);
        counts
    }

    const fn of(&mut self, helpful: bool) -> &mut u32 {
        if helpful { &mut self.helpful } else { &mut self.not_helpful }
    }
}
