//! What the boundaries call: articles are written, published and retired, read, found and judged. Who may write is
//! decided before; what a reader is shown is decided here.

use jiff::{civil::Date, tz::TimeZone};
use kernel::{ArticleId, Cause, Commit, FeedbackId, Once, PersonId, StoreError, Version};

use super::{
    Article, ArticleCode, ArticleFacts, ArticleState, Counts, Error, Feedback, GuidanceReader, MOST_ARTICLES, Verdict,
    Write,
};
use crate::{TrainingError, TrainingReader, TrainingWriter, events, usecases::TRIES};

/// Everything these use cases work with.
#[derive(Clone, Copy)]
pub struct Library<'a> {
    /// Reads articles.
    pub reader: &'a dyn GuidanceReader,
    /// Knows the courses.
    pub training: &'a dyn TrainingReader,
    /// Writes.
    pub writer: &'a dyn TrainingWriter,
}

/// Makes the idempotency record of a new article from the article.
pub type ArticleAnswer<'a> = &'a (dyn Fn(&Article) -> Once + Send + Sync);

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Somebody who may write: reads every version in every state.
    Writer,
    /// Anybody else: reads what is or was published, while the article is.
    Anybody,
}

/// Writes a new article, a draft.
///
/// # Errors
/// [`TrainingError::Guidance`] for a taken code, a full library or too much of something,
/// [`TrainingError::UnknownCourse`]; store errors.
pub async fn create(
    library: &Library<'_>,
    code: ArticleCode,
    facts: ArticleFacts,
    cause: &Cause,
    once: Option<ArticleAnswer<'_>>,
) -> Result<Article, TrainingError> {
    check(library, &facts).await?;
    let entries = library.reader.entries().await?;
    if entries.iter().any(|entry| entry.code == code) {
        return Err(Error::CodeTaken.into());
    }
    if entries.len() >= MOST_ARTICLES {
        return Err(Error::Full.into());
    }
    let article = Article::new(ArticleId::new(cause.at), code, facts, today(cause));
    let commit = saved(None, &article, events::ARTICLE_WRITTEN, cause).once(once.map(|answer| answer(&article)));
    match library.writer.commit(commit, cause).await {
        Err(StoreError::Taken(_)) => Err(Error::CodeTaken.into()),
        done => done.map(|()| article).map_err(TrainingError::from),
    }
}

/// Writes an article anew, as a draft. What was published is read until the draft is. The same text changes nothing.
///
/// # Errors
/// [`TrainingError::Guidance`] for an unknown article, another code or too much of something,
/// [`TrainingError::UnknownCourse`], [`TrainingError::Stale`] when `expected` is not the latest version; store errors.
pub async fn rewrite(
    library: &Library<'_>,
    id: ArticleId,
    expected: Version,
    code: &ArticleCode,
    facts: ArticleFacts,
    cause: &Cause,
) -> Result<Article, TrainingError> {
    let old = latest(library, id, expected).await?;
    if old.code != *code {
        return Err(Error::CodeFixed.into());
    }
    check(library, &facts).await?;
    match old.rewritten(facts, today(cause)) {
        Some(next) => save(library, old, next, events::ARTICLE_WRITTEN, cause).await,
        None => Ok(old),
    }
}

/// Publishes an article's latest version, retires the article, or makes a draft of it. The state it has changes
/// nothing.
///
/// # Errors
/// [`TrainingError::Guidance`] for an unknown article, [`TrainingError::Stale`] when `expected` is not the latest
/// version; store errors.
pub async fn set_state(
    library: &Library<'_>,
    id: ArticleId,
    expected: Version,
    state: ArticleState,
    cause: &Cause,
) -> Result<Article, TrainingError> {
    let old = latest(library, id, expected).await?;
    let kind = match state {
        ArticleState::Draft => events::ARTICLE_WITHDRAWN,
        ArticleState::Published => events::ARTICLE_PUBLISHED,
        ArticleState::Retired => events::ARTICLE_RETIRED,
    };
    match old.moved(state, today(cause)) {
        Some(next) => save(library, old, next, kind, cause).await,
        None => Ok(old),
    }
}

/// An article as a reader sees it: a version, or the one that is theirs to read now. One request, and a second one
/// while a draft stands beside what everybody reads.
///
/// # Errors
/// [`Error::Unknown`] for what is not there or not theirs to read; store errors.
pub async fn read(
    reader: &dyn GuidanceReader,
    id: ArticleId,
    version: Option<Version>,
    who: Reader,
) -> Result<(Article, Counts), TrainingError> {
    let found = reader.article(id, version).await?.ok_or(Error::Unknown(id))?;
    let wanted = match who {
        Reader::Writer => version.unwrap_or(found.latest.version),
        Reader::Anybody => {
            let published = found.latest.published().ok_or(Error::Unknown(id))?;
            version.unwrap_or(published)
        }
    };
    let counts = found.counts;
    let article = if wanted == found.latest.version {
        Some(found.latest)
    } else if version.is_some() {
        found.earlier
    } else {
        reader.article(id, Some(wanted)).await?.and_then(|found| found.earlier)
    };
    let readable = |article: &Article| who == Reader::Writer || article.state == ArticleState::Published;
    Ok((article.filter(readable).ok_or(Error::Unknown(id))?, counts))
}

/// Takes a person's verdict of the version that everybody reads, in the place of an earlier one of that version. The
/// same verdict changes nothing.
///
/// # Errors
/// [`Error::Unknown`] for an article that is not published, [`TrainingError::Stale`] when another version is read by
/// now; store errors.
pub async fn judge(
    library: &Library<'_>,
    id: ArticleId,
    article_version: Version,
    person: PersonId,
    verdict: Verdict,
    cause: &Cause,
) -> Result<Verdict, TrainingError> {
    let mut tries = TRIES;
    loop {
        let found = library.reader.judged(id, article_version, person).await?.ok_or(Error::Unknown(id))?;
        if found.latest.published().ok_or(Error::Unknown(id))? != article_version {
            return Err(TrainingError::Stale);
        }
        let old = found.feedback.as_ref();
        if old.is_some_and(|old| old.verdict == verdict) {
            return Ok(verdict);
        }
        let before = old.map_or(Version::ABSENT, |old| old.version);
        let feedback = Feedback {
            id: old.map_or_else(|| FeedbackId::new(cause.at), |old| old.id),
            article: id,
            article_version,
            verdict: verdict.clone(),
            given_at: cause.at,
            version: before.next(),
        };
        let counts = found.counts.with(old.map(|old| old.verdict.helpful), verdict.helpful);
        let writes =
            [Write::Feedback { person, before, feedback: Box::new(feedback) }, Write::Counts { article: id, counts }];
        let commit = Commit::of(writes.map(crate::Write::Guidance).into());
        match library.writer.commit(commit, cause).await {
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            done => return done.map(|()| verdict).map_err(TrainingError::from),
        }
    }
}

/// How much feedback one commit forgets.
const FORGOTTEN_AT_ONCE: usize = 50;

/// Forgets what a person said of articles; numbers stay. Safe to repeat. Returns how much there was.
///
/// # Errors
/// Store errors.
pub async fn forget(
    reader: &dyn GuidanceReader,
    writer: &dyn TrainingWriter,
    person: PersonId,
    cause: &Cause,
) -> Result<usize, TrainingError> {
    let given = reader.feedback_of(person).await?;
    for some in given.chunks(FORGOTTEN_AT_ONCE) {
        let write = |(article, version): &(ArticleId, Version)| {
            crate::Write::Guidance(Write::ForgetFeedback { person, article: *article, version: *version })
        };
        writer.commit(Commit::of(some.iter().map(write).collect()), cause).await?;
    }
    Ok(given.len())
}

/// The latest version, if it is the one that the caller has seen.
async fn latest(library: &Library<'_>, id: ArticleId, expected: Version) -> Result<Article, TrainingError> {
    let found = library.reader.article(id, None).await?.ok_or(Error::Unknown(id))?;
    if found.latest.version == expected { Ok(found.latest) } else { Err(TrainingError::Stale) }
}

/// Whether facts are within bounds and their courses in the catalogue, which is read only where there are any.
async fn check(library: &Library<'_>, facts: &ArticleFacts) -> Result<(), TrainingError> {
    facts.check()?;
    if facts.courses.is_empty() {
        return Ok(());
    }
    let catalogue = library.training.catalogue().await?;
    match facts.courses.iter().find(|course| catalogue.course(**course).is_none()) {
        Some(unknown) => Err(TrainingError::UnknownCourse(*unknown)),
        None => Ok(()),
    }
}

async fn save(
    library: &Library<'_>,
    old: Article,
    next: Article,
    kind: &str,
    cause: &Cause,
) -> Result<Article, TrainingError> {
    match library.writer.commit(saved(Some(old), &next, kind, cause), cause).await {
        // The caller said which version it had seen.
        Err(StoreError::Conflict) => Err(TrainingError::Stale),
        done => done.map(|()| next).map_err(TrainingError::from),
    }
}

fn saved(was: Option<Article>, article: &Article, kind: &str, cause: &Cause) -> Commit<crate::Write> {
    let write = Write::Article { was: was.map(Box::new), article: Box::new(article.clone()) };
    let event = events::article(kind, article.id, article.version, cause);
    Commit::of(vec![crate::Write::Guidance(write)]).event(event)
}

/// The UTC day of a cause.
fn today(cause: &Cause) -> Date {
    cause.at.to_zoned(TimeZone::UTC).date()
}
