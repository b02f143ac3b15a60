//! The catalogue: courses, and who was there when one was held.

use std::collections::BTreeSet;

use axum::extract::State;
use kernel::{Commit, CourseId, Operation, Page, PersonId, Subject};
use training::{
    model::{Course, CourseHours},
    usecases::{
        Call,
        catalogue::{self, CourseFacts},
        records,
    },
};
use web::{
    Answer, Authenticated, Id, IdempotencyKey, IfMatch, Json, Listing, NoFilter, Problem, Refusal, Routes, kinds,
    routes,
};

use crate::{
    app::App,
    dto::{CourseChange, CourseView, NewCourse, Roster, RosterView},
    problems,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new().routes(routes!(list, create)).routes(routes!(read, change)).routes(routes!(roster))
}

fn answer(course: &Course) -> Answer {
    Answer::ok(&CourseView::from(course)).version(course.version)
}

fn path_of(course: CourseId) -> String {
    format!("/training/courses/{course}")
}

/// The catalogue, by code.
#[utoipa::path(
    get, path = "/training/courses", tag = "catalogue", operation_id = Operation::ListCourses.id(),
    params(crate::dto::PagingParams),
    responses((status = 200, description = "A page of courses.", body = crate::dto::PageOf<CourseView>)),
)]
async fn list(State(app): State<App>, who: Authenticated, listing: Listing<NoFilter>) -> Result<Answer, Refusal> {
    who.may(Operation::ListCourses, &Subject::program())?;
    let catalogue = app.ports.reader.catalogue().await?;
    let mut courses: Vec<&Course> = catalogue.courses().collect();
    courses.sort_by(|a, b| a.code.cmp(&b.code));
    let after = listing.paging.after.as_ref().map(|position| position.0.as_str());
    let mut rest = courses.into_iter().filter(|course| after.is_none_or(|after| course.code.as_str() > after));
    let items: Vec<&Course> = rest.by_ref().take(usize::from(listing.paging.limit.get())).collect();
    let next = rest.next().and(items.last()).map(|last| kernel::Position(last.code.as_str().to_owned()));
    let page = Page { items, next }.map(CourseView::from);
    Ok(Answer::page(&page, &listing.paging))
}

/// A new course.
#[utoipa::path(
    post, path = "/training/courses", tag = "catalogue", operation_id = Operation::CreateCourse.id(),
    request_body = NewCourse,
    responses((status = 201, description = "The course.", body = CourseView)),
)]
async fn create(
    State(app): State<App>,
    who: Authenticated,
    key: IdempotencyKey,
    body: Json<NewCourse>,
) -> Result<Answer, Refusal> {
    who.may(Operation::CreateCourse, &Subject::program())?;
    let rules = app.rules().await?;
    let new = body.value;
    let facts = checked(CourseFacts {
        title: new.title,
        format: new.format,
        provider: new.provider,
        hours: hours(new.hours)?,
        competencies: new.competencies,
        prerequisites: new.prerequisites,
        validity_months: new.validity_months,
        languages: new.languages,
        url: new.url,
    })?;
    let created =
        |course: &Course| Answer::created(path_of(course.id), &CourseView::from(course)).version(course.version);
    let record = key.record(&who, &body.hash);
    let keep = record.as_ref().map(|record| move |course: &Course| record.keep(&created(course)));
    let once = keep.as_ref().map(|keep| keep as catalogue::CourseAnswer<'_>);
    let outcome = catalogue::create_course(&app.desk(&rules), new.code, facts, &who.cause, once).await;
    let outcome = outcome.map(|course| created(&course)).map_err(problems::training);
    key.or_replay(&who, &body.hash, app.ports.answers.as_ref(), outcome).await
}

/// One course.
#[utoipa::path(
    get, path = "/training/courses/{course_id}", tag = "catalogue", operation_id = Operation::ReadCourse.id(),
    responses((status = 200, description = "The course.", body = CourseView)),
)]
async fn read(State(app): State<App>, who: Authenticated, Id(course): Id<CourseId>) -> Result<Answer, Refusal> {
    who.may(Operation::ReadCourse, &Subject::program())?;
    let catalogue = app.ports.reader.catalogue().await?;
    Ok(catalogue.course(course).map(answer).ok_or(kinds::NOT_FOUND)?)
}

/// Changes a course; fields left out stay as they are.
#[utoipa::path(
    patch, path = "/training/courses/{course_id}", tag = "catalogue", operation_id = Operation::ChangeCourse.id(),
    request_body = CourseChange,
    responses((status = 200, description = "The course.", body = CourseView)),
)]
async fn change(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<CourseId>,
    version: IfMatch,
    body: Json<CourseChange>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ChangeCourse, &Subject::program())?;
    let catalogue = app.ports.reader.catalogue().await?;
    let old = catalogue.course(id).ok_or(kinds::NOT_FOUND)?;
    let change = body.value;
    let mut facts = CourseFacts::of(old);
    facts.title = change.title.unwrap_or(facts.title);
    facts.format = change.format.unwrap_or(facts.format);
    facts.provider = change.provider.unwrap_or(facts.provider);
    if let Some(raw) = change.hours {
        facts.hours = hours(raw)?;
    }
    facts.competencies = change.competencies.unwrap_or(facts.competencies);
    facts.prerequisites = change.prerequisites.unwrap_or(facts.prerequisites);
    facts.validity_months = change.validity_months.unwrap_or(facts.validity_months);
    facts.languages = change.languages.unwrap_or(facts.languages);
    facts.url = change.url.unwrap_or(facts.url);
    let retired = change.retired.unwrap_or(old.retired.is_some());
    let (writer, expected) = (app.ports.writer.as_ref(), version.version()?);
    let changed =
        catalogue::change_course(writer, &catalogue, id, expected, checked(facts)?, retired, &who.cause).await;
    changed.map(|course| answer(&course)).map_err(problems::at_path)
}

/// Records who took part in a course on a day. With somebody whom the directory does not know nobody is recorded.
#[utoipa::path(
    post, path = "/training/courses/{course_id}/roster", tag = "catalogue", operation_id = Operation::RecordRoster.id(),
    request_body = Roster,
    responses((status = 200, description = "Everybody is recorded.", body = RosterView)),
)]
async fn roster(
    State(app): State<App>,
    who: Authenticated,
    Id(course): Id<CourseId>,
    key: IdempotencyKey,
    body: Json<Roster>,
) -> Result<Answer, Refusal> {
    who.may(Operation::RecordRoster, &Subject::program())?;
    // A roster names people, course and day: each of its changes is safe to repeat, and the answer is kept last.
    if let Some(answer) = key.answered(&who, &body.hash, app.ports.answers.as_ref()).await? {
        return Ok(answer);
    }
    let Roster { date, people } = body.value;
    listed(&people)?;
    let rules = app.rules().await?;
    let call = Call::of(&who.cause);
    let recorded = records::record_roster(&app.desk(&rules), course, date.into(), &people, &call).await;
    recorded.map_err(|error| problems::on_roster(&people, error))?;
    let answer = Answer::ok(&RosterView { recorded: people });
    if let Some(record) = key.record(&who, &body.hash) {
        let kept = Commit::of(Vec::new()).once(Some(record.keep(&answer)));
        app.ports.writer.commit(kept, &who.cause).await?;
    }
    Ok(answer)
}

/// Who may stand on a roster: 1 to 80 people, each once.
pub(super) fn listed(people: &[PersonId]) -> Result<(), Problem> {
    let wrong = || Problem::new(kinds::INVALID_BODY);
    if people.is_empty() || people.len() > 80 {
        return Err(wrong().at("$.people", "1 to 80 people"));
    }
    let mut seen = BTreeSet::new();
    let twice = people.iter().enumerate().filter(|(_, person)| !seen.insert(**person)).map(|(place, _)| place);
    let named = twice.fold(None, |named: Option<Problem>, place| {
        Some(named.unwrap_or_else(wrong).at(format!("$.people[{place}]"), "each person once"))
    });
    named.map_or(Ok(()), Err)
}

fn hours(raw: f64) -> Result<CourseHours, Problem> {
    CourseHours::from_hours(raw).map_err(|error| Problem::new(kinds::INVALID_BODY).at("$.hours", error.expected))
}

/// Small lists of small tags; months that make sense.
fn checked(facts: CourseFacts) -> Result<CourseFacts, Problem> {
    let small = |tags: &[String]| tags.len() <= Course::MOST_TAGS && tags.iter().all(|tag| Course::is_tag(tag));
    let wrong = |path: &str, expected: &str| Err(Problem::new(kinds::INVALID_BODY).at(path, expected));
    if !small(&facts.competencies) {
        return wrong("$.competencies", "at most 20 codes of letters, digits, dots, underscores or hyphens");
    }
    if !small(&facts.languages) {
        return wrong("$.languages", "at most 20 language tags such as de or en-GB");
    }
    if facts.prerequisites.len() > Course::MOST_TAGS {
        return wrong("$.prerequisites", "at most 20 courses");
    }
    if facts.validity_months.is_some_and(|months| !(1..=120).contains(&months)) {
        return wrong("$.validity_months", "1 to 120 months, or null");
    }
    Ok(facts)
}
