//! What this room asks of a store, and what it has written.

use async_trait::async_trait;
use kernel::{ArticleId, Limit, Page, PersonId, Position, Version};

use super::{Article, Counts, Entry, Feedback};
use crate::ports::Stored;

/// An article as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its latest version.
    pub latest: Article,
    /// The version that was asked for, where it is an earlier one that is there.
    pub earlier: Option<Article>,
    /// How many found it helpful.
    pub counts: Counts,
}

/// An article and what a person said of one of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Its latest version.
    pub latest: Article,
    /// What the person said.
    pub feedback: Option<Feedback>,
    /// How many found it helpful.
    pub counts: Counts,
}

/// Reads the library. Each read is one request unless it says otherwise, and as last written.
#[async_trait]
pub trait GuidanceReader: Send + Sync {
    /// What the list keeps of every article, by code.
    async fn entries(&self) -> Stored<Vec<Entry>>;
    /// An article, and beside its latest version an earlier one.
    async fn article(&self, article: ArticleId, version: Option<Version>) -> Stored<Option<Found>>;
    /// An article, and what a person said of a version.
    async fn judged(&self, article: ArticleId, version: Version, person: PersonId) -> Stored<Option<Judged>>;
    /// The feedback on an article that has a comment, oldest first, as a page; what was written a moment ago may still
    /// be missing.
    async fn comments(&self, article: ArticleId, limit: Limit, after: Option<&Position>) -> Stored<Page<Feedback>>;
    /// Of what a person has given feedback.
    async fn feedback_of(&self, person: PersonId) -> Stored<Vec<(ArticleId, Version)>>;
}

/// One write. `before` is the version that was read ([`Version::ABSENT`]: the thing must not exist); the value written
/// carries the version after it.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// An article in a new version; the one before it is kept. When it is new, its code becomes taken.
    Article {
        /// The version before, absent for a new article.
        was: Option<Box<Article>>,
        /// The new version.
        article: Box<Article>,
    },
    /// What a person says of an article.
    Feedback {
        /// Whose.
        person: PersonId,
        /// The version that was read.
        before: Version,
        /// What is said now.
        feedback: Box<Feedback>,
    },
    /// How many found an article helpful.
    Counts {
        /// Which article.
        article: ArticleId,
        /// The counts.
        counts: Counts,
    },
    /// What a person said is forgotten.
    ForgetFeedback {
        /// Whose.
        person: PersonId,
        /// Of which article.
        article: ArticleId,
        /// Of which version.
        version: Version,
    },
}
