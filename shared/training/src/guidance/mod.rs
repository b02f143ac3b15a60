//! Guidance that a builder finds without asking: short articles that answer a requirement with a pattern, code,
//! templates and courses, filtered to a workload by its tier and technologies.
//!
//! An article is written in Markdown and rendered by [`render()`], which decides what reaches a browser. Every change
//! makes a version, and every version is kept; people read the one that was published last, until the article is
//! retired. The library is small ([`MOST_ARTICLES`]): a search reads its list by one query and sorts it out in
//! [`search`].
//!
//! Feedback is a person's, kept with them and forgotten with them; an article knows how many found it helpful, and
//! comments are read without knowing whose they are. It makes no event, for an event names who acted.

mod article;
mod error;
mod feedback;
pub mod ports;
pub mod render;
pub mod search;
#[cfg(test)]
mod tests;
mod text;
pub mod usecases;

pub use article::{Article, ArticleFacts, ArticleState, Entry, Listed, Template, TemplateKind};
pub use error::Error;
pub use feedback::{Counts, Feedback, Verdict};
pub use ports::{Found, GuidanceReader, Judged, Write};
pub use render::{Rendered, render};
pub use text::{ArticleCode, Body, Comment, Requirement, Summary, Technology, Tier};

/// The most articles that the library holds: its list is read whole.
pub const MOST_ARTICLES: usize = 500;
