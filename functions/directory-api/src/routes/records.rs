//! A person's record as a whole: leaving, export, erasure, history.

use axum::extract::State;
use directory::people::{self, PersonChange};
use kernel::{Operation, PersonId, Subject};
use web::{Answer, Authenticated, Empty, Id, IdempotencyKey, Json, Listing, NoFilter, Refusal, Routes, kinds, routes};

use super::{
    Request,
    people::{found, shown},
};
use crate::{
    app::{App, subject, today},
    dto::{EventView, ExportView, LeaveBody, PageOf, PagingParams, PersonView},
    problems,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new().routes(routes!(leave)).routes(routes!(export)).routes(routes!(erase)).routes(routes!(history))
}

/// Records a person's last day.
#[utoipa::path(
    post, path = "/directory/people/{person_id}/leave", tag = "people", operation_id = Operation::RecordLeave.id(),
    request_body = LeaveBody,
    responses((status = 200, description = "The person as it is now.", body = PersonView)),
)]
async fn leave(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<PersonId>,
    key: IdempotencyKey,
    body: Json<LeaveBody>,
) -> Result<Answer, Refusal> {
    let before = found(&app, id).await?;
    who.may(Operation::RecordLeave, &subject(&before, today(&who)))?;
    let request = Request { app: &app, who: &who, key: &key, hash: &body.hash };
    let outcome = async {
        let change = PersonChange { leave: Some(Some(body.value.date.into())), ..PersonChange::default() };
        let changed = people::change(app.ports.reader.as_ref(), &before, change, &who.cause)
            .await
            .map_err(problems::directory)?;
        let Some((person, commit)) = changed else {
            return request.unchanged(Answer::ok(&shown(&who, &before)).showing_person().version(before.version)).await;
        };
        request.commit(commit, Answer::ok(&shown(&who, &person)).showing_person().version(person.version)).await
    };
    request.or_replay_person(outcome.await, Some(id)).await
}

/// Everything held on a person, from every part of the program. Each time it is handed out, the person's history says to
/// whom.
#[utoipa::path(
    get, path = "/directory/people/{person_id}/export", tag = "people", operation_id = Operation::ExportPerson.id(),
    responses((status = 200, description = "Everything.", body = ExportView)),
)]
async fn export(State(app): State<App>, who: Authenticated, Id(id): Id<PersonId>) -> Result<Answer, Refusal> {
    let person = found(&app, id).await?;
    who.may(Operation::ExportPerson, &subject(&person, today(&who)))?;
    app.ports.writer.commit(people::export(&person, &who.cause)).await?;
    Ok(Answer::ok(&ExportView::of(id, app.ports.listing.export_of(id).await?)))
}

/// Forgets a person. Figures of the past stay true; nothing is left that says who it was.
#[utoipa::path(
    post, path = "/directory/people/{person_id}/erasure", tag = "people", operation_id = Operation::ErasePerson.id(),
    responses((status = 204, description = "Forgotten.")),
)]
async fn erase(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<PersonId>,
    key: IdempotencyKey,
    body: Empty,
) -> Result<Answer, Refusal> {
    let request = Request { app: &app, who: &who, key: &key, hash: &body.hash };
    let outcome = async {
        let person = found(&app, id).await?;
        who.may(Operation::ErasePerson, &subject(&person, today(&who)))?;
        let reader = app.ports.reader.as_ref();
        while let Some(part) = people::before_erasure(reader, id, &who.cause).await.map_err(problems::directory)? {
            app.ports.writer.commit(part).await?;
        }
        let (_, commit) = people::erase(reader, &person, &who.cause).await.map_err(problems::directory)?;
        request.commit(commit, Answer::no_content()).await
    };
    request.or_replay(outcome.await).await
}

/// What happened to a person's record, oldest first. It outlives the person's erasure: it holds no name.
#[utoipa::path(
    get, path = "/directory/people/{person_id}/history", tag = "people",
    operation_id = Operation::ReadPersonHistory.id(),
    params(PagingParams),
    responses((status = 200, description = "A page of events.", body = PageOf<EventView>)),
)]
async fn history(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<PersonId>,
    listing: Listing<NoFilter>,
) -> Result<Answer, Refusal> {
    let about = match app.ports.reader.person(id).await? {
        Some(person) => subject(&person, today(&who)),
        None if app.ports.reader.tombstone(id).await?.is_some() => Subject { person: Some(id), ..Subject::default() },
        None => return Err(kinds::NOT_FOUND.into()),
    };
    who.may(Operation::ReadPersonHistory, &about)?;
    let (limit, after) = (listing.paging.limit, listing.paging.after.as_ref());
    let page = app.ports.listing.history_of(&id.to_string(), limit, after).await?;
    Ok(Answer::page(&page.map(EventView::from), &listing.paging))
}
