//! Why an article or feedback is not taken.

use kernel::{ArticleId, ErrorKind};

use super::MOST_ARTICLES;

/// Why guidance cannot do as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such article or version, or none that the caller reads.
    #[error("article {0} is not in the library")]
    Unknown(ArticleId),
    /// Another article has the code.
    #[error("another article has this code")]
    CodeTaken,
    /// An article keeps the code it was made with.
    #[error("the code of an article never changes")]
    CodeFixed,
    /// There are as many articles as are kept.
    #[error("the library holds at most {} articles", MOST_ARTICLES)]
    Full,
    /// There is more of something than is kept.
    #[error("there are at most {most} {field}")]
    TooMany {
        /// Of what, as requests call it.
        field: &'static str,
        /// How many are kept.
        most: usize,
    },
    /// The text becomes too much HTML.
    #[error("the text is too much when rendered")]
    TooLarge,
}

impl Error {
    /// How a boundary should understand it.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown(_) => ErrorKind::NotFound,
            Self::CodeTaken | Self::Full => ErrorKind::Conflict,
            Self::CodeFixed | Self::TooMany { .. } | Self::TooLarge => ErrorKind::Invalid,
        }
    }

    /// A stable name of the fact, for problem documents.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "unknown_article",
            Self::CodeTaken => "article_code_taken",
            Self::CodeFixed => "article_code_fixed",
            Self::Full => "library_full",
            Self::TooMany { .. } => "too_many",
            Self::TooLarge => "article_too_large",
        }
    }
}
