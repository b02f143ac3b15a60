//! People: the caller, listings, creating and changing.

use axum::extract::State;
use directory::{
    Person,
    people::{self, PersonChange},
};
use kernel::{Operation, PersonId, Subject, text::fold};
use serde::Deserialize;
use web::{Answer, Authenticated, Id, IdempotencyKey, IfMatch, Json, Listing, Problem, Refusal, Routes, kinds, routes};

use super::Request;
use crate::{
    app::{App, subject, today},
    dto::{
        AbsencesBody, MeView, NewPersonBody, PageOf, PagingParams, PersonChangeBody, PersonLine, PersonView,
        SubjectBody,
    },
    problems,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .routes(routes!(me))
        .routes(routes!(list, create))
        .routes(routes!(read, change))
        .routes(routes!(absences))
        .routes(routes!(link))
}

/// A person that exists.
pub(crate) async fn found(app: &App, person: PersonId) -> Result<Person, Refusal> {
    app.ports.reader.person(person).await?.ok_or_else(|| kinds::NOT_FOUND.into())
}

/// A person as the caller may see them.
pub(crate) fn shown(who: &Authenticated, person: &Person) -> PersonView {
    // Whoever may change the private part may also see it.
    let everything = who.may(Operation::ChangeAbsences, &subject(person, today(who))).is_ok();
    PersonView::of(person, everything, today(who))
}

/// The caller's own person and roles.
#[utoipa::path(
    get, path = "/directory/me", tag = "people", operation_id = Operation::ReadMe.id(),
    responses((status = 200, description = "The caller.", body = MeView)),
)]
async fn me(State(app): State<App>, who: Authenticated) -> Result<Answer, Refusal> {
    who.may(Operation::ReadMe, &Subject::program())?;
    let person = match who.actor.person() {
        Some(person) => app.ports.reader.person(person).await?,
        None => None,
    };
    let answer = Answer::ok(&MeView::of(&who.actor, person.as_ref(), today(&who)));
    Ok(match person {
        Some(person) => answer.version(person.version),
        None => answer,
    })
}

/// What a listing of people is limited to.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PeopleFilter {
    /// People whose name, any of its first words on, or address begins so: at least 2 characters. Accents and case do
    /// not matter.
    #[serde(default)]
    #[param(min_length = 2, max_length = 100)]
    prefix: Option<String>,
    /// People who report to someone.
    #[serde(default)]
    #[param(value_type = Option<Uuid>)]
    manager: Option<PersonId>,
}

/// People by name, found by a prefix, or those who report to someone.
#[utoipa::path(
    get, path = "/directory/people", tag = "people", operation_id = Operation::ListPeople.id(),
    params(PagingParams, PeopleFilter),
    responses((status = 200, description = "A page of people.", body = PageOf<PersonLine>)),
)]
async fn list(State(app): State<App>, who: Authenticated, listing: Listing<PeopleFilter>) -> Result<Answer, Refusal> {
    who.may(Operation::ListPeople, &Subject::program())?;
    let (limit, after) = (listing.paging.limit, listing.paging.after.as_ref());
    let bad = |name: &str, expected: &str| Refusal::from(Problem::new(kinds::INVALID_QUERY).at(name, expected));
    let page = match (&listing.filter.prefix, listing.filter.manager) {
        (Some(_), Some(_)) => return Err(bad("manager", "either prefix or manager")),
        (Some(prefix), None) => {
            let length = fold(prefix).chars().count();
            if !(Person::SHORTEST_SEARCH..=100).contains(&length) {
                return Err(bad("prefix", "2 to 100 characters"));
            }
            app.ports.listing.find_people(prefix, limit, after).await?
        }
        (None, Some(manager)) => app.ports.listing.reports_of(manager, limit, after).await?,
        (None, None) => app.ports.listing.list_people(limit, after).await?,
    };
    Ok(Answer::page(&page.map(|person| PersonLine::of(person, today(&who))), &listing.paging))
}

/// A new person.
#[utoipa::path(
    post, path = "/directory/people", tag = "people", operation_id = Operation::CreatePerson.id(),
    request_body = NewPersonBody,
    responses((status = 201, description = "Created.", body = PersonView)),
)]
async fn create(
    State(app): State<App>,
    who: Authenticated,
    key: IdempotencyKey,
    body: Json<NewPersonBody>,
) -> Result<Answer, Refusal> {
    who.may(Operation::CreatePerson, &Subject::program())?;
    let request = Request { app: &app, who: &who, key: &key, hash: &body.hash };
    let outcome = async {
        let new = body.value.parse().map_err(problems::directory)?;
        let (person, commit) =
            people::create(app.ports.reader.as_ref(), new, &who.cause).await.map_err(problems::directory)?;
        let answer =
            Answer::created(format!("/directory/people/{}", person.id), &shown(&who, &person)).showing_person();
        request.commit(commit, answer.version(person.version)).await
    };
    request.or_replay_person(outcome.await, None).await
}

/// One person.
#[utoipa::path(
    get, path = "/directory/people/{person_id}", tag = "people", operation_id = Operation::ReadPerson.id(),
    responses((status = 200, description = "The person.", body = PersonView)),
)]
async fn read(State(app): State<App>, who: Authenticated, Id(id): Id<PersonId>) -> Result<Answer, Refusal> {
    let person = found(&app, id).await?;
    who.may(Operation::ReadPerson, &subject(&person, today(&who)))?;
    Ok(Answer::ok(&shown(&who, &person)).version(person.version))
}

/// Applies a change to a person of a version.
async fn apply(
    app: &App,
    who: &Authenticated,
    before: &Person,
    expected: IfMatch,
    change: PersonChange,
) -> Result<Answer, Refusal> {
    expected.check(before.version)?;
    if let Some(absences) = change.absences.as_ref().filter(|_| who.actor.person() == Some(before.id)) {
        absences.by_oneself(&before.absences, today(who)).map_err(|error| problems::directory(error.into()))?;
    }
    let changed =
        people::change(app.ports.reader.as_ref(), before, change, &who.cause).await.map_err(problems::directory)?;
    let Some((person, commit)) = changed else {
        return Ok(Answer::ok(&shown(who, before)).version(before.version));
    };
    app.ports.writer.commit(commit).await?;
    Ok(Answer::ok(&shown(who, &person)).version(person.version))
}

/// Changes a person's record.
#[utoipa::path(
    patch, path = "/directory/people/{person_id}", tag = "people", operation_id = Operation::ChangePerson.id(),
    request_body = PersonChangeBody,
    responses((status = 200, description = "The person as it is now.", body = PersonView)),
)]
async fn change(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<PersonId>,
    expected: IfMatch,
    body: Json<PersonChangeBody>,
) -> Result<Answer, Refusal> {
    let before = found(&app, id).await?;
    who.may(Operation::ChangePerson, &subject(&before, today(&who)))?;
    let change = body.value.parse().map_err(problems::directory)?;
    apply(&app, &who, &before, expected, change).await
}

/// Sets a person's absences and, where given, delegate, language and time zone.
#[utoipa::path(
    put, path = "/directory/people/{person_id}/absences", tag = "people",
    operation_id = Operation::ChangeAbsences.id(),
    request_body = AbsencesBody,
    responses((status = 200, description = "The person as it is now.", body = PersonView)),
)]
async fn absences(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<PersonId>,
    expected: IfMatch,
    body: Json<AbsencesBody>,
) -> Result<Answer, Refusal> {
    let before = found(&app, id).await?;
    who.may(Operation::ChangeAbsences, &subject(&before, today(&who)))?;
    let change = body.value.parse().map_err(problems::directory)?;
    apply(&app, &who, &before, expected, change).await
}

/// Links a person to their sign-in at the identity provider.
#[utoipa::path(
    put, path = "/directory/people/{person_id}/subject", tag = "people", operation_id = Operation::LinkSubject.id(),
    request_body = SubjectBody,
    responses((status = 200, description = "The person as it is now.", body = PersonView)),
)]
async fn link(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<PersonId>,
    expected: IfMatch,
    body: Json<SubjectBody>,
) -> Result<Answer, Refusal> {
    let before = found(&app, id).await?;
    who.may(Operation::LinkSubject, &subject(&before, today(&who)))?;
    let identity = body.value.parse(app.issuer())?;
    let change = PersonChange { subject: Some(Some(identity)), ..PersonChange::default() };
    apply(&app, &who, &before, expected, change).await
}
