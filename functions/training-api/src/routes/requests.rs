//! Requests for seats and vouchers: asking, deciding, providing, taking back, and the lists of those who do.

use axum::extract::State;
use kernel::{CourseRequestId, Operation, PersonId, Subject};
use training::requests::{
    Request,
    usecases::{self, RequestAnswer, RequestDesk},
};
use web::{
    Answer, Authenticated, Id, IdempotencyKey, IfMatch, Json, Listing, NoFilter, Pair, Refusal, Routes, kinds, routes,
};

use crate::{
    app::{App, Rules},
    dto::{NewRequest, PageOf, PagingParams, RequestDecision, RequestProvision, RequestView},
    problems,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .routes(routes!(open))
        .routes(routes!(of_reports))
        .routes(routes!(list, ask))
        .routes(routes!(read, withdraw))
        .routes(routes!(decide))
        .routes(routes!(provide))
}

fn desk<'a>(app: &'a App, rules: &'a Rules) -> RequestDesk<'a> {
    RequestDesk { desk: app.desk(rules), reader: app.ports.requests.as_ref() }
}

fn view(request: Request, who: &Authenticated) -> RequestView {
    let own = who.actor.person() == Some(request.person);
    RequestView::of(request, own)
}

fn shown(request: Request, who: &Authenticated) -> Answer {
    let version = request.version;
    Answer::ok(&view(request, who)).version(version)
}

/// Every open request, in the order of asking: those that wait for a decision, and those that wait for what was approved.
#[utoipa::path(
    get, path = "/training/requests", tag = "requests", operation_id = Operation::ListOpenRequests.id(),
    params(PagingParams),
    responses((status = 200, description = "A page of requests.", body = PageOf<RequestView>)),
)]
async fn open(State(app): State<App>, who: Authenticated, listing: Listing<NoFilter>) -> Result<Answer, Refusal> {
    who.may(Operation::ListOpenRequests, &Subject::program())?;
    let page = app.ports.requests.open_requests(listing.paging.limit, listing.paging.after.as_ref()).await?;
    Ok(Answer::page(&page.map(|request| view(request, &who)), &listing.paging))
}

/// The requests of the caller's direct reports that wait for a decision. `limit` counts reports, each of whom has at most
/// five; a page may be empty while there are more.
#[utoipa::path(
    get, path = "/training/reports/requests", tag = "requests", operation_id = Operation::ListReportRequests.id(),
    params(PagingParams),
    responses((status = 200, description = "A page of requests.", body = PageOf<RequestView>)),
)]
async fn of_reports(State(app): State<App>, who: Authenticated, listing: Listing<NoFilter>) -> Result<Answer, Refusal> {
    who.may(Operation::ListReportRequests, &Subject::program())?;
    let Some(manager) = who.actor.person() else {
        return Ok(Answer::ok(&PageOf::<RequestView> { items: Vec::new(), next: None }));
    };
    let rules = app.rules().await?;
    let (limit, after) = (listing.paging.limit, listing.paging.after.as_ref());
    let page = usecases::waiting_for(&desk(&app, &rules), manager, limit, after).await.map_err(problems::training)?;
    Ok(Answer::page(&page.map(|request| view(request, &who)), &listing.paging))
}

/// A person's requests, in the order of asking.
#[utoipa::path(
    get, path = "/training/people/{person_id}/requests", tag = "requests", operation_id = Operation::ListRequests.id(),
    params(PagingParams),
    responses((status = 200, description = "A page of requests.", body = PageOf<RequestView>)),
)]
async fn list(
    State(app): State<App>,
    who: Authenticated,
    Id(person): Id<PersonId>,
    listing: Listing<NoFilter>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::ListRequests, person).await?;
    let (limit, after) = (listing.paging.limit, listing.paging.after.as_ref());
    let page = app.ports.requests.requests_of(person, limit, after).await?;
    Ok(Answer::page(&page.map(|request| view(request, &who)), &listing.paging))
}

/// Asks for a seat in a course, or for a voucher. The manager is told by mail; while it is open, nothing else is asked for
/// in the same course.
#[utoipa::path(
    post, path = "/training/people/{person_id}/requests", tag = "requests", operation_id = Operation::AskForCourse.id(),
    request_body = NewRequest,
    responses((status = 201, description = "The request.", body = RequestView)),
)]
async fn ask(
    State(app): State<App>,
    who: Authenticated,
    Id(person): Id<PersonId>,
    key: IdempotencyKey,
    body: Json<NewRequest>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::AskForCourse, person).await?;
    let rules = app.rules().await?;
    let created = |request: &Request| {
        Answer::created(format!("/training/people/{person}/requests/{}", request.id), &view(request.clone(), &who))
            .showing_person()
            .version(request.version)
    };
    let record = key.record(&who, &body.hash);
    let keep = record.as_ref().map(|record| move |request: &Request| record.keep(&created(request)));
    let once = keep.as_ref().map(|keep| keep as RequestAnswer<'_>);
    let asked = usecases::ask(&desk(&app, &rules), person, body.value.into(), &who.cause, once).await;
    let outcome = asked.map(|request| created(&request)).map_err(problems::training);
    let mut stored = match key.or_replay(&who, &body.hash, app.ports.answers.as_ref(), outcome).await {
        Err(Refusal::Replay(stored)) => *stored,
        Ok(told) if told.is_replayed() => told.stored().clone(),
        told => return told,
    };
    // The record keeps nothing of what the person wrote: a repetition shows the request as it is by now.
    let id = stored.location.as_deref().and_then(|location| location.rsplit('/').next()?.parse().ok());
    if let Some(id) = id
        && let Some((request, _)) = app.ports.requests.request(person, id).await?
    {
        let now = created(&request);
        stored.body.clone_from(&now.stored().body);
        stored.etag.clone_from(&now.stored().etag);
    }
    Ok(Answer::replayed(stored))
}

/// One request. A voucher's code is told to the person alone.
#[utoipa::path(
    get, path = "/training/people/{person_id}/requests/{request_id}", tag = "requests",
    operation_id = Operation::ReadRequest.id(),
    responses((status = 200, description = "The request.", body = RequestView)),
)]
async fn read(
    State(app): State<App>,
    who: Authenticated,
    Pair(person, request): Pair<PersonId, CourseRequestId>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::ReadRequest, person).await?;
    let (request, _) = app.ports.requests.request(person, request).await?.ok_or(kinds::NOT_FOUND)?;
    Ok(shown(request, &who))
}

/// Takes a request back. The assignment that came of an approved one is taken back with it while it is open.
#[utoipa::path(
    delete, path = "/training/people/{person_id}/requests/{request_id}", tag = "requests",
    operation_id = Operation::WithdrawRequest.id(),
    responses((status = 200, description = "The request, withdrawn.", body = RequestView)),
)]
async fn withdraw(
    State(app): State<App>,
    who: Authenticated,
    Pair(person, request): Pair<PersonId, CourseRequestId>,
    version: IfMatch,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::WithdrawRequest, person).await?;
    let rules = app.rules().await?;
    let expected = version.version()?;
    let done = usecases::withdraw(&desk(&app, &rules), person, request, expected, &who.cause).await;
    done.map(|request| shown(request, &who)).map_err(problems::training)
}

/// Approves or declines a request that waits, never one's own. What is approved is assigned to the person as a
/// recommendation, unless the course is asked of them already. The person is told by mail.
#[utoipa::path(
    put, path = "/training/people/{person_id}/requests/{request_id}/decision", tag = "requests",
    operation_id = Operation::DecideRequest.id(), request_body = RequestDecision,
    responses((status = 200, description = "The request.", body = RequestView)),
)]
async fn decide(
    State(app): State<App>,
    who: Authenticated,
    Pair(person, request): Pair<PersonId, CourseRequestId>,
    version: IfMatch,
    body: Json<RequestDecision>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::DecideRequest, person).await?;
    let rules = app.rules().await?;
    let (expected, ruled) = (version.version()?, body.value.into());
    let done = usecases::decide(&desk(&app, &rules), person, request, expected, &ruled, &who.cause).await;
    done.map(|request| shown(request, &who)).map_err(problems::training)
}

/// Says that what was approved is there: a voucher with its code, without which it is refused (422 `voucher_missing`). The
/// person is told by mail, and reads the code in their request.
#[utoipa::path(
    put, path = "/training/people/{person_id}/requests/{request_id}/provision", tag = "requests",
    operation_id = Operation::ProvideRequest.id(), request_body = RequestProvision,
    responses((status = 200, description = "The request.", body = RequestView)),
)]
async fn provide(
    State(app): State<App>,
    who: Authenticated,
    Pair(person, request): Pair<PersonId, CourseRequestId>,
    version: IfMatch,
    body: Json<RequestProvision>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::ProvideRequest, person).await?;
    let rules = app.rules().await?;
    let (expected, voucher) = (version.version()?, body.value.voucher);
    let done = usecases::provide(&desk(&app, &rules), person, request, expected, voucher.as_ref(), &who.cause).await;
    done.map(|request| shown(request, &who)).map_err(problems::training)
}
