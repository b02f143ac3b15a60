//! Live sessions of courses: planning them, seats and the waiting list, and who was there.

use axum::extract::State;
use jiff::tz::TimeZone;
use kernel::{Commit, Operation, Page, PersonId, Position, SessionId, Subject, Version};
use training::sessions::{
    Booking, Session, Standing, Upcoming,
    usecases::{self, SessionAnswer},
};
use web::{
    Answer, Authenticated, Empty, Id, IdempotencyKey, IfMatch, Json, Listing, NoFilter, Pair, Problem, Refusal, Routes,
    kinds, routes,
};

use crate::{
    app::App,
    dto::{
        Attendance, BookingView, NewSession, PageOf, PagingParams, RosterView, SessionFilter, SessionPatch, SessionView,
    },
    problems,
    routes::courses::listed,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .routes(routes!(list, plan))
        .routes(routes!(read, change))
        .routes(routes!(cancel))
        .routes(routes!(bookings))
        .routes(routes!(booking, book, give_back))
        .routes(routes!(roster))
}

/// A session as those see it who plan sessions.
fn answer(session: &Session) -> Answer {
    Answer::ok(&SessionView::of(session, true)).version(session.version)
}

/// Whether somebody holds a session or plans sessions.
fn runs(who: &Authenticated, session: &Session) -> bool {
    who.may(Operation::RecordSessionRoster, &hosted(session)).is_ok()
}

/// Sessions by the time they begin; `join_url` is told to who holds a session or plans sessions. With `course_id` a
/// page may be short while there are more.
#[utoipa::path(
    get, path = "/training/sessions", tag = "sessions", operation_id = Operation::ListSessions.id(),
    params(PagingParams, SessionFilter),
    responses((status = 200, description = "A page of sessions.", body = PageOf<SessionView>)),
)]
async fn list(State(app): State<App>, who: Authenticated, listing: Listing<SessionFilter>) -> Result<Answer, Refusal> {
    who.may(Operation::ListSessions, &Subject::program())?;
    let SessionFilter { course_id: course, from } = listing.filter;
    let morning = from.and_then(|day| day.0.to_zoned(TimeZone::UTC).ok());
    let from = morning.map_or(who.cause.at, |morning| morning.timestamp());
    let (limit, after) = (listing.paging.limit, listing.paging.after.as_ref());
    let page = app.ports.sessions.upcoming(Upcoming { from, course }, limit, after).await?;
    let shown = page.map(|session| SessionView::of(&session, runs(&who, &session)));
    Ok(Answer::page(&shown, &listing.paging))
}

/// Plans a session of a course.
#[utoipa::path(
    post, path = "/training/sessions", tag = "sessions", operation_id = Operation::PlanSession.id(),
    request_body = NewSession,
    responses((status = 201, description = "The session.", body = SessionView)),
)]
async fn plan(
    State(app): State<App>,
    who: Authenticated,
    key: IdempotencyKey,
    body: Json<NewSession>,
) -> Result<Answer, Refusal> {
    who.may(Operation::PlanSession, &Subject::program())?;
    let rules = app.rules().await?;
    let created = |session: &Session| {
        Answer::created(format!("/training/sessions/{}", session.id), &SessionView::of(session, true))
            .version(session.version)
    };
    let record = key.record(&who, &body.hash);
    let keep = record.as_ref().map(|record| move |session: &Session| record.keep(&created(session)));
    let once = keep.as_ref().map(|keep| keep as SessionAnswer<'_>);
    let course = body.value.course_id;
    let planned = usecases::plan(&app.session_desk(&rules), course, body.value.into(), &who.cause, once).await;
    let outcome = planned.map(|session| created(&session)).map_err(problems::training);
    key.or_replay(&who, &body.hash, app.ports.answers.as_ref(), outcome).await
}

/// One session, with `join_url` for those who have a seat in it, hold it or plan sessions.
#[utoipa::path(
    get, path = "/training/sessions/{session_id}", tag = "sessions", operation_id = Operation::ReadSession.id(),
    responses((status = 200, description = "The session.", body = SessionView)),
)]
async fn read(State(app): State<App>, who: Authenticated, Id(session): Id<SessionId>) -> Result<Answer, Refusal> {
    who.may(Operation::ReadSession, &Subject::program())?;
    let rules = app.rules().await?;
    let seen = usecases::seen(&app.session_desk(&rules), session, who.actor.person()).await;
    let (session, seated) = seen.map_err(problems::training)?;
    let address = seated || runs(&who, &session);
    Ok(Answer::ok(&SessionView::of(&session, address)).version(session.version))
}

/// Changes a session that has not begun; fields left out stay as they are. Who moves up to a new seat, and everybody with
/// a seat where time or place change, is told by mail shortly after.
#[utoipa::path(
    patch, path = "/training/sessions/{session_id}", tag = "sessions", operation_id = Operation::ChangeSession.id(),
    request_body = SessionPatch,
    responses((status = 200, description = "The session.", body = SessionView)),
)]
async fn change(
    State(app): State<App>,
    who: Authenticated,
    Id(session): Id<SessionId>,
    version: IfMatch,
    body: Json<SessionPatch>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ChangeSession, &Subject::program())?;
    let rules = app.rules().await?;
    let (desk, expected) = (app.session_desk(&rules), version.version()?);
    let changed = usecases::change(&desk, session, expected, body.value.into(), &who.cause).await;
    changed.map(|session| answer(&session)).map_err(problems::training)
}

/// Calls a session off that has not begun. Everybody who has a seat or waits for one is told by mail shortly after.
#[utoipa::path(
    post, path = "/training/sessions/{session_id}/cancellation", tag = "sessions",
    operation_id = Operation::CancelSession.id(),
    responses((status = 200, description = "The session, cancelled.", body = SessionView)),
)]
async fn cancel(
    State(app): State<App>,
    who: Authenticated,
    Id(session): Id<SessionId>,
    key: IdempotencyKey,
    body: Empty,
) -> Result<Answer, Refusal> {
    who.may(Operation::CancelSession, &Subject::program())?;
    let rules = app.rules().await?;
    let record = key.record(&who, &body.hash);
    let keep = record.as_ref().map(|record| move |session: &Session| record.keep(&answer(session)));
    let once = keep.as_ref().map(|keep| keep as SessionAnswer<'_>);
    let cancelled = usecases::cancel(&app.session_desk(&rules), session, &who.cause, once).await;
    let outcome = cancelled.map(|session| answer(&session)).map_err(problems::training);
    key.or_replay(&who, &body.hash, app.ports.answers.as_ref(), outcome).await
}

/// What a session's host does counts as their own.
fn hosted(session: &Session) -> Subject {
    Subject { person: session.facts.host, ..Subject::default() }
}

/// Everybody who asked for a seat, in the order of asking.
#[utoipa::path(
    get, path = "/training/sessions/{session_id}/bookings", tag = "sessions",
    operation_id = Operation::ListBookings.id(), params(PagingParams),
    responses((status = 200, description = "A page of bookings.", body = PageOf<BookingView>)),
)]
async fn bookings(
    State(app): State<App>,
    who: Authenticated,
    Id(session): Id<SessionId>,
    listing: Listing<NoFilter>,
) -> Result<Answer, Refusal> {
    let seating = app.ports.sessions.seating(session).await?.ok_or(kinds::NOT_FOUND)?;
    who.may(Operation::ListBookings, &hosted(seating.session()))?;
    let after = listing.paging.after.as_ref().map(|position| position.0.parse::<u64>());
    let after = after.transpose().map_err(|_| Problem::new(kinds::INVALID_CURSOR))?;
    let mut rest = seating.all().filter(|(booking, _)| after.is_none_or(|after| booking.ticket > after));
    let items: Vec<(&Booking, Standing)> = rest.by_ref().take(usize::from(listing.paging.limit.get())).collect();
    let next = rest.next().and(items.last()).map(|(last, _)| Position(last.ticket.to_string()));
    let page = Page { items, next }.map(|(booking, standing)| BookingView::of(booking, standing, false));
    Ok(Answer::page(&page, &listing.paging))
}

fn shown(booking: &Booking, standing: Standing, who: &Authenticated) -> Answer {
    let own = who.actor.person() == Some(booking.person);
    Answer::ok(&BookingView::of(booking, standing, own)).version(booking.version)
}

/// Where a person stands in a session. The version is 0 while they asked for no seat.
#[utoipa::path(
    get, path = "/training/sessions/{session_id}/bookings/{person_id}", tag = "sessions",
    operation_id = Operation::ReadBooking.id(),
    responses((status = 200, description = "Booked, waiting or none.", body = BookingView)),
)]
async fn booking(
    State(app): State<App>,
    who: Authenticated,
    Pair(session, person): Pair<SessionId, PersonId>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::ReadBooking, person).await?;
    let rules = app.rules().await?;
    let found = usecases::booking(&app.session_desk(&rules), session, person).await.map_err(problems::training)?;
    Ok(found.map_or_else(
        || Answer::ok(&BookingView::none(session, person)).version(Version::ABSENT),
        |(booking, standing)| shown(&booking, standing, &who),
    ))
}

/// Asks for a seat. Where all are taken, the person waits in the order of asking. `If-Match` is `"0"`; who has asked
/// before finds what came of it.
#[utoipa::path(
    put, path = "/training/sessions/{session_id}/bookings/{person_id}", tag = "sessions",
    operation_id = Operation::BookSeat.id(),
    responses((status = 200, description = "Booked or waiting.", body = BookingView)),
)]
async fn book(
    State(app): State<App>,
    who: Authenticated,
    Pair(session, person): Pair<SessionId, PersonId>,
    version: IfMatch,
    _body: Empty,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::BookSeat, person).await?;
    let rules = app.rules().await?;
    let (desk, expected) = (app.session_desk(&rules), version.version()?);
    let booked = usecases::book(&desk, session, person, expected, &who.cause).await;
    booked.map(|(booking, standing)| shown(&booking, standing, &who)).map_err(problems::training)
}

/// Gives a seat, or a place in the waiting list, back. The first of those who wait moves up.
#[utoipa::path(
    delete, path = "/training/sessions/{session_id}/bookings/{person_id}", tag = "sessions",
    operation_id = Operation::GiveSeatBack.id(),
    responses((status = 200, description = "None any more.", body = BookingView)),
)]
async fn give_back(
    State(app): State<App>,
    who: Authenticated,
    Pair(session, person): Pair<SessionId, PersonId>,
    version: IfMatch,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::GiveSeatBack, person).await?;
    let rules = app.rules().await?;
    let (desk, expected) = (app.session_desk(&rules), version.version()?);
    usecases::give_back(&desk, session, person, expected, &who.cause).await.map_err(problems::training)?;
    Ok(Answer::ok(&BookingView::none(session, person)).version(Version::ABSENT))
}

/// Records who was there, once the session has begun: each gets a completion of its course, on its day. People without a
/// seat are refused unless `walk_ins` says that they may be among them. With somebody whom the directory does not know
/// nobody is recorded.
#[utoipa::path(
    post, path = "/training/sessions/{session_id}/roster", tag = "sessions",
    operation_id = Operation::RecordSessionRoster.id(), request_body = Attendance,
    responses((status = 200, description = "Everybody is recorded.", body = RosterView)),
)]
async fn roster(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<SessionId>,
    key: IdempotencyKey,
    body: Json<Attendance>,
) -> Result<Answer, Refusal> {
    let session = app.ports.sessions.session(id).await?.ok_or(kinds::NOT_FOUND)?;
    who.may(Operation::RecordSessionRoster, &hosted(&session))?;
    // As with a course's roster: each of its changes is safe to repeat, and the answer is kept last.
    if let Some(answer) = key.answered(&who, &body.hash, app.ports.answers.as_ref()).await? {
        return Ok(answer);
    }
    let Attendance { people, walk_ins } = body.value;
    listed(&people)?;
    let rules = app.rules().await?;
    let held = usecases::hold(&app.session_desk(&rules), id, &people, walk_ins, &who.cause).await;
    held.map_err(|error| problems::on_roster(&people, error))?;
    let answer = Answer::ok(&RosterView { recorded: people });
    if let Some(record) = key.record(&who, &body.hash) {
        let kept = Commit::of(Vec::new()).once(Some(record.keep(&answer)));
        app.ports.writer.commit(kept, &who.cause).await?;
    }
    Ok(answer)
}
