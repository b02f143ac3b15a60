//! A person's training: what is asked, done and exempt, and changing what is asked.

use axum::extract::State;
use jiff::civil::Date;
use kernel::{CourseId, Operation, PersonId, StoredAnswer, Subject};
use training::{
    TrainingError,
    usecases::{self, Call, Desk, Made, Receipt, open_file, work},
};
use web::{
    Answer, Authenticated, Empty, Id, IdempotencyKey, IfMatch, Json, Listing, NoFilter, Pair, Refusal, Routes, routes,
};

use crate::{
    app::{App, Rules, expecting},
    dto::{LearnerView, NewAssignment, NewExtension, PageOf, ReportView},
    problems,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .routes(routes!(reports))
        .routes(routes!(read))
        .routes(routes!(plan))
        .routes(routes!(assign))
        .routes(routes!(extend))
        .routes(routes!(cancel))
}

/// A change of a file: how its answer is kept, and how its outcome is told.
pub(crate) struct Changing<'a> {
    pub(crate) app: &'a App,
    pub(crate) who: &'a Authenticated,
    pub(crate) key: &'a IdempotencyKey,
    pub(crate) hash: &'a str,
    pub(crate) desk: &'a Desk<'a>,
    pub(crate) person: PersonId,
}

impl Changing<'_> {
    /// Runs a use case whose answer is a file, once per idempotency key.
    pub(crate) async fn run<F>(
        &self,
        answer: &(dyn Fn(&Receipt) -> Answer + Send + Sync),
        act: F,
    ) -> Result<Answer, Refusal>
    where
        F: AsyncFnOnce(Call<'_>) -> Result<Receipt, TrainingError>,
    {
        let record = self.key.record(self.who, self.hash);
        let keep = record.as_ref().map(|record| move |receipt: &Receipt| record.keep(&answer(receipt)));
        let once = keep.as_ref().map(|keep| keep as usecases::Answer<'_>);
        let outcome = act(Call { cause: &self.who.cause, expected: None, once }).await;
        let outcome = outcome.map(|receipt| answer(&receipt)).map_err(problems::training);
        let told = self.key.or_replay(self.who, self.hash, self.app.ports.answers.as_ref(), outcome).await;
        let mut stored = match told {
            Err(Refusal::Replay(stored)) => *stored,
            Ok(told) if told.is_replayed() => told.stored().clone(),
            told => return told,
        };
        if stored.body.is_empty() && stored.status != 204 {
            self.renew(&mut stored, answer).await?;
        }
        Ok(Answer::replayed(stored))
    }

    /// Fills in what the record of an answer that shows a person does not keep: the file as it is now, or nothing of who
    /// was erased since.
    async fn renew(
        &self,
        stored: &mut StoredAnswer,
        answer: &(dyn Fn(&Receipt) -> Answer + Send + Sync),
    ) -> Result<(), Refusal> {
        let file = match open_file(self.desk, self.person).await {
            Err(TrainingError::UnknownPerson(_)) => return Ok(()),
            file => file.map_err(problems::training)?,
        };
        let made = stored.location.as_deref().and_then(named).unwrap_or(Made::Nothing);
        let catalogue = self.app.ports.reader.catalogue().await?;
        let now = answer(&Receipt { file, made, changed: false, catalogue: catalogue.into() });
        stored.body.clone_from(&now.stored().body);
        stored.etag.clone_from(&now.stored().etag);
        Ok(())
    }
}

/// What the location of an answer names.
fn named(location: &str) -> Option<Made> {
    let mut parts = location.rsplit('/');
    let (id, what) = (parts.next()?, parts.next()?);
    match what {
        "exemptions" => id.parse().ok().map(Made::Exemption),
        "certificates" => id.parse().ok().map(Made::Certificate),
        _ => None,
    }
}

/// How a file is answered.
pub(crate) fn view<'a>(rules: &'a Rules, who: &Authenticated) -> impl Fn(&Receipt) -> Answer + Send + Sync + 'a {
    let at = who.cause.at;
    move |receipt: &Receipt| {
        let view = LearnerView::of(&receipt.file, &receipt.catalogue, &rules.settings, at);
        Answer::ok(&view).showing_person().version(receipt.file.head.version)
    }
}

/// The training of the caller's direct reports, as a page.
#[utoipa::path(
    get, path = "/training/reports", tag = "people", operation_id = Operation::ListReports.id(),
    params(crate::dto::PagingParams),
    responses((status = 200, description = "A page of reports.", body = PageOf<ReportView>)),
)]
async fn reports(State(app): State<App>, who: Authenticated, listing: Listing<NoFilter>) -> Result<Answer, Refusal> {
    who.may(Operation::ListReports, &Subject::program())?;
    let Some(manager) = who.actor.person() else {
        return Ok(Answer::ok(&PageOf::<ReportView> { items: Vec::new(), next: None }));
    };
    let page = app.ports.roster.reports(manager, listing.paging.limit, listing.paging.after.as_ref()).await?;
    let learners = app.ports.reader.learners(&page.items).await?;
    let page = page.map(|person| {
        let learner = learners.iter().find(|learner| learner.person() == person);
        learner.map_or_else(|| ReportView::none(person), ReportView::from)
    });
    Ok(Answer::page(&page, &listing.paging))
}

/// A person's training: standing, assignments, completions, exemptions.
#[utoipa::path(
    get, path = "/training/people/{person_id}", tag = "people", operation_id = Operation::ReadLearner.id(),
    responses((status = 200, description = "The person's training; its version is 0 while nothing was asked.", body = LearnerView)),
)]
async fn read(State(app): State<App>, who: Authenticated, Id(person): Id<PersonId>) -> Result<Answer, Refusal> {
    app.may(&who, Operation::ReadLearner, person).await?;
    let rules = app.rules().await?;
    let file = open_file(&app.desk(&rules), person).await.map_err(problems::training)?;
    let catalogue = app.ports.reader.catalogue().await?;
    let view = LearnerView::of(&file, &catalogue, &rules.settings, who.cause.at);
    Ok(Answer::ok(&view).version(file.head.version))
}

/// Assigns what the job role's path asks for and is missing.
#[utoipa::path(
    post, path = "/training/people/{person_id}/plan", tag = "people", operation_id = Operation::PlanLearner.id(),
    responses((status = 200, description = "The person's training.", body = LearnerView)),
)]
async fn plan(
    State(app): State<App>,
    who: Authenticated,
    Id(person): Id<PersonId>,
    key: IdempotencyKey,
    body: Empty,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::PlanLearner, person).await?;
    let rules = app.rules().await?;
    let answer = view(&rules, &who);
    let desk = app.desk(&rules);
    let changing = Changing { app: &app, who: &who, key: &key, hash: &body.hash, desk: &desk, person };
    changing.run(&answer, async |call| work::plan(&desk, person, &call).await).await
}

/// Assigns one course.
#[utoipa::path(
    post, path = "/training/people/{person_id}/assignments", tag = "people", operation_id = Operation::AssignCourse.id(),
    request_body = NewAssignment,
    responses((status = 200, description = "The person's training.", body = LearnerView)),
)]
async fn assign(
    State(app): State<App>,
    who: Authenticated,
    Id(person): Id<PersonId>,
    key: IdempotencyKey,
    body: Json<NewAssignment>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::AssignCourse, person).await?;
    let rules = app.rules().await?;
    let answer = view(&rules, &who);
    let desk = app.desk(&rules);
    let NewAssignment { course_id: course, due, required } = body.value;
    let ask = work::Assign { person, course, due: due.map(Date::from), required };
    let changing = Changing { app: &app, who: &who, key: &key, hash: &body.hash, desk: &desk, person };
    changing.run(&answer, async |call| work::assign(&desk, ask, &call).await).await
}

/// Gives more time for an assignment.
#[utoipa::path(
    post, path = "/training/people/{person_id}/assignments/{course_id}/extension", tag = "people",
    operation_id = Operation::ExtendAssignment.id(), request_body = NewExtension,
    responses((status = 200, description = "The person's training.", body = LearnerView)),
)]
async fn extend(
    State(app): State<App>,
    who: Authenticated,
    Pair(person, course): Pair<PersonId, CourseId>,
    key: IdempotencyKey,
    body: Json<NewExtension>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::ExtendAssignment, person).await?;
    let rules = app.rules().await?;
    let answer = view(&rules, &who);
    let desk = app.desk(&rules);
    let ask = work::Extend { person, course, due: body.value.due.into(), reason: body.value.reason };
    let changing = Changing { app: &app, who: &who, key: &key, hash: &body.hash, desk: &desk, person };
    changing.run(&answer, async |call| work::extend(&desk, &ask, &call).await).await
}

/// Takes an assignment back.
#[utoipa::path(
    delete, path = "/training/people/{person_id}/assignments/{course_id}", tag = "people",
    operation_id = Operation::CancelAssignment.id(),
    responses((status = 200, description = "The person's training.", body = LearnerView)),
)]
async fn cancel(
    State(app): State<App>,
    who: Authenticated,
    Pair(person, course): Pair<PersonId, CourseId>,
    version: IfMatch,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::CancelAssignment, person).await?;
    let rules = app.rules().await?;
    let answer = view(&rules, &who);
    let receipt = work::cancel(&app.desk(&rules), person, course, &expecting(&who.cause, version.version()?)).await;
    receipt.map(|receipt| answer(&receipt)).map_err(problems::training)
}
