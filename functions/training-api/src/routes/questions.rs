//! The question bank, for those who write it. These are the only routes that show a key.

use axum::extract::State;
use kernel::{Operation, QuestionId, Subject};
use training::assessment::{
    Content, Draft, Question,
    usecases::{self, QuestionAnswer},
};
use web::{Answer, Authenticated, Id, IdempotencyKey, IfMatch, Json, Listing, Refusal, Routes, kinds, routes};

use crate::{
    app::App,
    dto::{PageOf, QuestionDocument, QuestionFilter, QuestionView},
    problems,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new().routes(routes!(list, create)).routes(routes!(read, change))
}

fn answer(question: &Question) -> Answer {
    Answer::ok(&QuestionView::from(question)).version(question.version)
}

fn created(question: &Question) -> Answer {
    let path = format!("/training/questions/{}", question.id);
    Answer::created(path, &QuestionView::from(question)).showing_key().version(question.version)
}

fn checked(document: QuestionDocument) -> Result<Content, Refusal> {
    Draft::from(document).check().map_err(|error| problems::training(error.into()))
}

/// Questions with their keys, by area and age.
#[utoipa::path(
    get, path = "/training/questions", tag = "assessments", operation_id = Operation::ListQuestions.id(),
    params(QuestionFilter, crate::dto::PagingParams),
    responses((status = 200, description = "A page of questions.", body = PageOf<QuestionView>)),
)]
async fn list(State(app): State<App>, who: Authenticated, listing: Listing<QuestionFilter>) -> Result<Answer, Refusal> {
    who.may(Operation::ListQuestions, &Subject::program())?;
    let Listing { paging, filter } = listing;
    let page = app.ports.assessments.questions(filter.area.as_ref(), paging.limit, paging.after.as_ref()).await?;
    Ok(Answer::page(&page.map(|question| QuestionView::from(&question)), &paging))
}

/// A new question.
#[utoipa::path(
    post, path = "/training/questions", tag = "assessments", operation_id = Operation::CreateQuestion.id(),
    request_body = QuestionDocument,
    responses((status = 201, description = "The question.", body = QuestionView)),
)]
async fn create(
    State(app): State<App>,
    who: Authenticated,
    key: IdempotencyKey,
    body: Json<QuestionDocument>,
) -> Result<Answer, Refusal> {
    who.may(Operation::CreateQuestion, &Subject::program())?;
    let retired = body.value.retired;
    let content = checked(body.value)?;
    let record = key.record(&who, &body.hash);
    let keep = record.as_ref().map(|record| move |question: &Question| record.keep(&created(question)));
    let once = keep.as_ref().map(|keep| keep as QuestionAnswer<'_>);
    let (reader, writer) = (app.ports.assessments.as_ref(), app.ports.writer.as_ref());
    let outcome = usecases::create_question(reader, writer, content, retired, &who.cause, once).await;
    let outcome = outcome.map(|question| created(&question)).map_err(problems::training);
    let mut stored = match key.or_replay(&who, &body.hash, app.ports.answers.as_ref(), outcome).await {
        Err(Refusal::Replay(stored)) => *stored,
        Ok(told) if told.is_replayed() => told.stored().clone(),
        told => return told,
    };
    // The record keeps no key: a repetition is answered with the question as it is by now.
    let made = || stored.location.as_deref()?.rsplit('/').next()?.parse().ok();
    if let Some(id) = made() {
        let question = app.ports.assessments.question(id).await?.ok_or(kinds::NOT_FOUND)?;
        let now = created(&question);
        stored.body.clone_from(&now.stored().body);
        stored.etag.clone_from(&now.stored().etag);
    }
    Ok(Answer::replayed(stored))
}

/// One question with its key.
#[utoipa::path(
    get, path = "/training/questions/{question_id}", tag = "assessments", operation_id = Operation::ReadQuestion.id(),
    responses((status = 200, description = "The question.", body = QuestionView)),
)]
async fn read(State(app): State<App>, who: Authenticated, Id(question): Id<QuestionId>) -> Result<Answer, Refusal> {
    who.may(Operation::ReadQuestion, &Subject::program())?;
    let question = app.ports.assessments.question(question).await?;
    Ok(question.as_ref().map(answer).ok_or(kinds::NOT_FOUND)?)
}

/// Replaces what a question says. Attempts that show an earlier version go on with that one.
#[utoipa::path(
    put, path = "/training/questions/{question_id}", tag = "assessments", operation_id = Operation::ChangeQuestion.id(),
    request_body = QuestionDocument,
    responses((status = 200, description = "The question.", body = QuestionView)),
)]
async fn change(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<QuestionId>,
    version: IfMatch,
    body: Json<QuestionDocument>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ChangeQuestion, &Subject::program())?;
    let expected = version.version()?;
    let retired = body.value.retired;
    let content = checked(body.value)?;
    let rules = app.rules().await?;
    let (desk, reader) = (app.desk(&rules), app.ports.assessments.as_ref());
    let changed = usecases::change_question(&desk, reader, id, expected, content, retired, &who.cause).await;
    changed.map(|question| answer(&question)).map_err(problems::training)
}
