//! A person's attempts at assessments. Scores belong to the person: nobody else reads them here, whoever they are. No
//! answer shows a key: of a question it says whether it was answered rightly, and why, only when its round is over. Whoever
//! may read keys takes no test: what they reach would say nothing of what they can.

use axum::extract::State;
use jiff::Timestamp;
use kernel::{AttemptId, Operation, PersonId, access::reads_keys};
use training::{
    TrainingError,
    assessment::{
        Attempt, Seed,
        usecases::{self, Taken, TakenAnswer},
    },
};
use web::{
    Answer, Authenticated, Id, IdempotencyKey, Json, Listing, NoFilter, Pair, Problem, Refusal, Routes, kinds, routes,
};

use crate::{
    app::App,
    dto::{AttemptView, NewAttempt, NewSubmission, PageOf, TakenView},
    problems,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new().routes(routes!(list, start)).routes(routes!(read)).routes(routes!(submit))
}

/// How an attempt is answered.
type Shown = fn(&Taken, Timestamp) -> Answer;

fn started(taken: &Taken, at: Timestamp) -> Answer {
    let Attempt { id, person, version, .. } = &taken.attempt;
    let path = format!("/training/people/{person}/attempts/{id}");
    Answer::created(path, &TakenView::of(taken, at)).showing_person().version(*version)
}

fn submitted(taken: &Taken, at: Timestamp) -> Answer {
    Answer::ok(&TakenView::of(taken, at)).showing_person().version(taken.attempt.version)
}

/// A request that may be a repetition.
struct Asked<'a> {
    app: &'a App,
    who: &'a Authenticated,
    key: &'a IdempotencyKey,
    hash: &'a str,
    person: PersonId,
    /// Which attempt; absent while it is being started.
    attempt: Option<AttemptId>,
}

impl Asked<'_> {
    /// Answers it. Forms and scores are the person's: the record of an answer keeps neither, and a repetition is answered
    /// with the attempt as it is by then.
    async fn answer(&self, outcome: Result<Taken, TrainingError>, shown: Shown) -> Result<Answer, Refusal> {
        let at = self.who.cause.at;
        let outcome = outcome.map(|taken| shown(&taken, at)).map_err(problems::training);
        let told = self.key.or_replay(self.who, self.hash, self.app.ports.answers.as_ref(), outcome).await;
        let mut stored = match told {
            Err(Refusal::Replay(stored)) => *stored,
            Ok(told) if told.is_replayed() => told.stored().clone(),
            told => return told,
        };
        let made = || stored.location.as_deref()?.rsplit('/').next()?.parse().ok();
        if let Some(attempt) = self.attempt.or_else(made) {
            let taken = usecases::read(self.app.ports.assessments.as_ref(), self.person, attempt, at).await;
            let now = shown(&taken.map_err(problems::training)?, at);
            stored.body.clone_from(&now.stored().body);
            stored.etag.clone_from(&now.stored().etag);
        }
        Ok(Answer::replayed(stored))
    }
}

/// Whether the caller may do their part of a test. Whoever may read the keys is told why they may not.
async fn may_take(app: &App, who: &Authenticated, operation: Operation, person: PersonId) -> Result<(), Refusal> {
    match app.may(who, operation, person).await {
        Err(Refusal::Problem(refused)) if who.actor.person() == Some(person) && reads_keys(&who.actor) => {
            Err((*refused).detail("Whoever may read what is right takes no test.").into())
        }
        decided => decided,
    }
}

/// A person's attempts, latest first.
#[utoipa::path(
    get, path = "/training/people/{person_id}/attempts", tag = "assessments",
    operation_id = Operation::ListAttempts.id(), params(crate::dto::PagingParams),
    responses((status = 200, description = "A page of attempts.", body = PageOf<AttemptView>)),
)]
async fn list(
    State(app): State<App>,
    who: Authenticated,
    Id(person): Id<PersonId>,
    listing: Listing<NoFilter>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::ListAttempts, person).await?;
    let (limit, after) = (listing.paging.limit, listing.paging.after.as_ref());
    let page = app.ports.assessments.attempts(person, limit, after).await?;
    Ok(Answer::page(&page.map(|attempt| AttemptView::of(&attempt, who.cause.at)), &listing.paging))
}

/// Starts an attempt: a form is drawn, and its time begins. Not for security and program leads, who read the keys.
#[utoipa::path(
    post, path = "/training/people/{person_id}/attempts", tag = "assessments",
    operation_id = Operation::StartAttempt.id(), request_body = NewAttempt,
    responses((status = 201, description = "The attempt with its form.", body = TakenView)),
)]
async fn start(
    State(app): State<App>,
    who: Authenticated,
    Id(person): Id<PersonId>,
    key: IdempotencyKey,
    body: Json<NewAttempt>,
) -> Result<Answer, Refusal> {
    may_take(&app, &who, Operation::StartAttempt, person).await?;
    let rules = app.rules().await?;
    let at = who.cause.at;
    let (assessment, seed) = (body.value.assessment_id, Seed::of_chance(at));
    let record = key.record(&who, &body.hash);
    let keep = record.as_ref().map(|record| move |taken: &Taken| record.keep(&started(taken, at)));
    let once = keep.as_ref().map(|keep| keep as TakenAnswer<'_>);
    let outcome = usecases::start(&app.room(&rules), person, assessment, seed, &who.cause, once).await;
    let asked = Asked { app: &app, who: &who, key: &key, hash: &body.hash, person, attempt: None };
    asked.answer(outcome, started).await
}

/// One attempt: its form while it is open, what was reached once it is handed in, and what came of each question once its
/// round is over.
#[utoipa::path(
    get, path = "/training/people/{person_id}/attempts/{attempt_id}", tag = "assessments",
    operation_id = Operation::ReadAttempt.id(),
    responses((status = 200, description = "The attempt.", body = TakenView)),
)]
async fn read(
    State(app): State<App>,
    who: Authenticated,
    Pair(person, attempt): Pair<PersonId, AttemptId>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::ReadAttempt, person).await?;
    let at = who.cause.at;
    let taken =
        usecases::read(app.ports.assessments.as_ref(), person, attempt, at).await.map_err(problems::training)?;
    Ok(Answer::ok(&TakenView::of(&taken, at)).version(taken.attempt.version))
}

/// Hands an attempt in, once and in time. It is scored at once. Not for security and program leads, who read the keys.
#[utoipa::path(
    post, path = "/training/people/{person_id}/attempts/{attempt_id}/submission", tag = "assessments",
    operation_id = Operation::SubmitAttempt.id(), request_body = NewSubmission,
    responses((status = 200, description = "What came of it.", body = TakenView)),
)]
async fn submit(
    State(app): State<App>,
    who: Authenticated,
    Pair(person, attempt): Pair<PersonId, AttemptId>,
    key: IdempotencyKey,
    body: Json<NewSubmission>,
) -> Result<Answer, Refusal> {
    may_take(&app, &who, Operation::SubmitAttempt, person).await?;
    let rules = app.rules().await?;
    let mut answers = Vec::with_capacity(body.value.answers.len());
    for (place, answer) in body.value.answers.into_iter().enumerate() {
        let expected = || Problem::new(kinds::INVALID_BODY).at(format!("$.answers[{place}]"), "options or a text");
        answers.push(answer.read().ok_or_else(expected)?);
    }
    let at = who.cause.at;
    let record = key.record(&who, &body.hash);
    let keep = record.as_ref().map(|record| move |taken: &Taken| record.keep(&submitted(taken, at)));
    let once = keep.as_ref().map(|keep| keep as TakenAnswer<'_>);
    let outcome = usecases::submit(&app.room(&rules), person, attempt, &answers, &who.cause, once).await;
    let asked = Asked { app: &app, who: &who, key: &key, hash: &body.hash, person, attempt: Some(attempt) };
    asked.answer(outcome, submitted).await
}
