//! Guidance: articles that a builder finds without asking, and what people say of them.

use axum::extract::State;
use kernel::{ArticleId, Operation, Subject, Version};
use training::guidance::{
    Article, ArticleState, Technology, Tier,
    search::{self, Wanted, Words, Workload},
    usecases::{self, ArticleAnswer, Library, Reader},
};
use web::{
    Answer, Authenticated, Id, IdempotencyKey, IfMatch, Json, Listing, NoFilter, Problem, Query, Refusal, Routes,
    kinds, routes,
};

use crate::{
    app::App,
    dto::{
        ArticleDocument, ArticleEntryView, ArticleFactsView, ArticleFilter, ArticleVersion, ArticleView, CommentView,
        FeedbackDocument, NewArticleState, PageOf,
    },
    problems,
};

/// The bound of a body that carries an article's text: 64 KiB, escaped as JSON.
const ARTICLE: usize = 256 * 1024;

pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .routes(routes!(list, create))
        .routes(routes!(read, rewrite))
        .routes(routes!(set_state))
        .routes(routes!(comments, judge))
}

fn library(app: &App) -> Library<'_> {
    let ports = &app.ports;
    Library { reader: ports.guidance.as_ref(), training: ports.reader.as_ref(), writer: ports.writer.as_ref() }
}

fn answer(article: &Article) -> Answer {
    Answer::ok(&ArticleFactsView::from(article)).version(article.version)
}

/// Whoever may write reads what is not published.
fn reader(who: &Authenticated) -> Reader {
    match who.may(Operation::ChangeArticle, &Subject::program()) {
        Ok(()) => Reader::Writer,
        Err(_) => Reader::Anybody,
    }
}

/// The version that a request names; of an article that is not there, it is said first.
async fn named(app: &App, who: &Authenticated, id: ArticleId, version: &IfMatch) -> Result<Version, Refusal> {
    match version.version() {
        Ok(version) => Ok(version),
        Err(problem) => {
            let found = usecases::read(app.ports.guidance.as_ref(), id, None, reader(who)).await;
            found.map_err(problems::training)?;
            Err(problem.into())
        }
    }
}

/// Articles, best first: by words, area, tier, technology and language, or for a workload.
#[utoipa::path(
    get, path = "/training/guidance", tag = "guidance", operation_id = Operation::ListArticles.id(),
    params(ArticleFilter, crate::dto::PagingParams),
    responses((status = 200, description = "A page of articles.", body = PageOf<ArticleEntryView>)),
)]
async fn list(State(app): State<App>, who: Authenticated, listing: Listing<ArticleFilter>) -> Result<Answer, Refusal> {
    who.may(Operation::ListArticles, &Subject::program())?;
    let Listing { paging, filter } = listing;
    let invalid = |name: &str, expected: &str| Problem::new(kinds::INVALID_QUERY).at(name, expected);
    let words = filter.q.map(|raw| Words::parse(&raw)).transpose();
    let words = words.map_err(|error| invalid("q", error.expected))?;
    let workload = match filter.workload_id {
        None => None,
        Some(id) => {
            let found = app.ports.directory.workload(id).await?;
            let found = found.ok_or_else(|| invalid("workload_id", "a workload of the directory"))?;
            let tier = Tier::new(found.tier.get()).map_err(|error| invalid("workload_id", error.expected))?;
            let technologies = found.tags.iter().filter_map(|tag| Technology::parse(tag.as_str()).ok()).collect();
            Some(Workload { tier, technologies })
        }
    };
    let wanted = Wanted {
        state: filter.state.unwrap_or(ArticleState::Published),
        words,
        area: filter.area,
        tier: filter.tier,
        technology: filter.technology,
        workload,
        language: filter.language,
    };
    // Nobody else learns that there are drafts.
    let entries = if wanted.state == ArticleState::Published || reader(&who) == Reader::Writer {
        app.ports.guidance.entries().await?
    } else {
        Vec::new()
    };
    let page = search::find(&entries, &wanted, paging.limit, paging.after.as_ref()).map(ArticleEntryView::from);
    Ok(Answer::page(&page, &paging))
}

/// A new article, a draft until it is published.
#[utoipa::path(
    post, path = "/training/guidance", tag = "guidance", operation_id = Operation::CreateArticle.id(),
    request_body = ArticleDocument,
    responses((status = 201, description = "The article.", body = ArticleFactsView)),
)]
async fn create(
    State(app): State<App>,
    who: Authenticated,
    key: IdempotencyKey,
    body: Json<ArticleDocument, ARTICLE>,
) -> Result<Answer, Refusal> {
    who.may(Operation::CreateArticle, &Subject::program())?;
    let record = key.record(&who, &body.hash);
    let keep = record.as_ref().map(|record| move |article: &Article| record.keep(&created(article)));
    let once = keep.as_ref().map(|keep| keep as ArticleAnswer<'_>);
    let (code, facts) = body.value.parts();
    let outcome = usecases::create(&library(&app), code, facts, &who.cause, once).await;
    let outcome = outcome.map(|article| created(&article)).map_err(problems::training);
    key.or_replay(&who, &body.hash, app.ports.answers.as_ref(), outcome).await
}

fn created(article: &Article) -> Answer {
    let view = ArticleFactsView::from(article);
    Answer::created(format!("/training/guidance/{}", article.id), &view).version(article.version)
}

/// One article, as Markdown and as HTML.
#[utoipa::path(
    get, path = "/training/guidance/{article_id}", tag = "guidance", operation_id = Operation::ReadArticle.id(),
    params(ArticleVersion),
    responses((status = 200, description = "The article.", body = ArticleView)),
)]
async fn read(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<ArticleId>,
    Query(ArticleVersion { version }): Query<ArticleVersion>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ReadArticle, &Subject::program())?;
    let found = usecases::read(app.ports.guidance.as_ref(), id, version, reader(&who)).await;
    let (article, counts) = found.map_err(problems::training)?;
    Ok(Answer::ok(&ArticleView::of(&article, counts)).version(article.version))
}

/// Writes an article anew, whole, as a draft. What was published is read until the draft is.
#[utoipa::path(
    put, path = "/training/guidance/{article_id}", tag = "guidance", operation_id = Operation::ChangeArticle.id(),
    request_body = ArticleDocument,
    responses((status = 200, description = "The article.", body = ArticleFactsView)),
)]
async fn rewrite(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<ArticleId>,
    version: IfMatch,
    body: Json<ArticleDocument, ARTICLE>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ChangeArticle, &Subject::program())?;
    let expected = named(&app, &who, id, &version).await?;
    let (code, facts) = body.value.parts();
    let changed = usecases::rewrite(&library(&app), id, expected, &code, facts, &who.cause).await;
    changed.map(|article| answer(&article)).map_err(problems::training)
}

/// Publishes the latest version of an article, retires the article, or makes it a draft again.
#[utoipa::path(
    put, path = "/training/guidance/{article_id}/state", tag = "guidance",
    operation_id = Operation::SetArticleState.id(), request_body = NewArticleState,
    responses((status = 200, description = "The article.", body = ArticleFactsView)),
)]
async fn set_state(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<ArticleId>,
    version: IfMatch,
    body: Json<NewArticleState>,
) -> Result<Answer, Refusal> {
    who.may(Operation::SetArticleState, &Subject::program())?;
    let expected = named(&app, &who, id, &version).await?;
    let changed = usecases::set_state(&library(&app), id, expected, body.value.state, &who.cause).await;
    changed.map(|article| answer(&article)).map_err(problems::training)
}

/// Whether the version of `If-Match`, the one that everybody reads, helped the caller. A later word takes the place of
/// an earlier one.
#[utoipa::path(
    put, path = "/training/guidance/{article_id}/feedback", tag = "guidance",
    operation_id = Operation::GiveArticleFeedback.id(), request_body = FeedbackDocument,
    responses((status = 200, description = "What the caller says.", body = FeedbackDocument)),
)]
async fn judge(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<ArticleId>,
    version: IfMatch,
    body: Json<FeedbackDocument>,
) -> Result<Answer, Refusal> {
    who.may(Operation::GiveArticleFeedback, &Subject::program())?;
    let person = who.actor.person().ok_or(kinds::FORBIDDEN)?;
    let expected = named(&app, &who, id, &version).await?;
    let judged = usecases::judge(&library(&app), id, expected, person, body.value.into(), &who.cause).await;
    let verdict = judged.map_err(problems::training)?;
    Ok(Answer::ok(&FeedbackDocument::from(verdict)).version(expected))
}

/// Comments on an article, oldest first. They don't say whose they are.
#[utoipa::path(
    get, path = "/training/guidance/{article_id}/feedback", tag = "guidance",
    operation_id = Operation::ListArticleFeedback.id(), params(crate::dto::PagingParams),
    responses((status = 200, description = "A page of comments.", body = PageOf<CommentView>)),
)]
async fn comments(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<ArticleId>,
    listing: Listing<NoFilter>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ListArticleFeedback, &Subject::program())?;
    let page = app.ports.guidance.comments(id, listing.paging.limit, listing.paging.after.as_ref()).await?;
    // Without comments: there may be no such article.
    if page.items.is_empty() {
        app.ports.guidance.article(id, None).await?.ok_or(kinds::NOT_FOUND)?;
    }
    Ok(Answer::page(&page.map(CommentView::from), &listing.paging))
}
