//! What courses do: people say what they think of a course they completed, the program says what was done about it, and
//! reads figures of each course from sums that are kept as things happen.

use axum::extract::State;
use kernel::{CourseId, Limit, Operation, Subject};
use training::effectiveness::{
    CourseNotes, Feedback, ranking,
    usecases::{self, FeedbackAnswer, NewFeedback, NoteAnswer},
};
use web::{Answer, Authenticated, Id, IdempotencyKey, Json, Refusal, Routes, kinds, routes};

use crate::{
    app::App,
    dto::{CourseFeedbackView, CourseFiguresView, EffectivenessView, NewNote, NewPulse, PageOf, PulseView},
    problems,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .routes(routes!(own, give))
        .routes(routes!(note))
        .routes(routes!(effectiveness))
        .routes(routes!(ranked))
}

fn path_of(course: CourseId) -> String {
    format!("/training/courses/{course}/feedback")
}

/// 404 for a course that the catalogue does not have.
async fn known(app: &App, course: CourseId) -> Result<(), Refusal> {
    let catalogue = app.ports.reader.catalogue().await?;
    Ok(catalogue.course(course).map(|_| ()).ok_or(kinds::NOT_FOUND)?)
}

/// Says what the caller thinks of a course they completed, once for each completion.
#[utoipa::path(
    post, path = "/training/courses/{course_id}/feedback", tag = "effectiveness",
    operation_id = Operation::GiveCourseFeedback.id(), request_body = NewPulse,
    responses((status = 201, description = "What was said.", body = PulseView)),
)]
async fn give(
    State(app): State<App>,
    who: Authenticated,
    Id(course): Id<CourseId>,
    key: IdempotencyKey,
    body: Json<NewPulse>,
) -> Result<Answer, Refusal> {
    who.may(Operation::GiveCourseFeedback, &Subject::program())?;
    let person = who.actor.person().ok_or(kinds::FORBIDDEN)?;
    let NewPulse { completion_id: completion, relevance, quality, confidence, comment } = body.value;
    let ratings = training::effectiveness::Ratings { relevance, quality, confidence };
    let new = NewFeedback { person, course, completion, ratings, comment };
    let given = |feedback: &Feedback| Answer::created(path_of(course), &PulseView::from(feedback)).showing_person();
    let record = key.record(&who, &body.hash);
    let keep = record.as_ref().map(|record| move |feedback: &Feedback| record.keep(&given(feedback)));
    let once = keep.as_ref().map(|keep| keep as FeedbackAnswer<'_>);
    let (reader, writer) = (app.ports.reader.as_ref(), app.ports.writer.as_ref());
    let outcome = usecases::give(reader, writer, new, &who.cause, once).await;
    let outcome = outcome.map(|feedback| given(&feedback)).map_err(problems::training);
    let mut stored = match key.or_replay(&who, &body.hash, app.ports.answers.as_ref(), outcome).await {
        Err(Refusal::Replay(stored)) => *stored,
        Ok(told) if told.is_replayed() => told.stored().clone(),
        told => return told,
    };
    // The record keeps nothing that somebody wrote: what holds now is shown, or nothing of who was erased since.
    let own = app.ports.effectiveness.feedback(person).await?;
    if let Some(feedback) = own.iter().find(|feedback| feedback.completion == completion) {
        stored.body.clone_from(&given(feedback).stored().body);
    }
    Ok(Answer::replayed(stored))
}

/// What the caller said of a course, and what was done about what people said.
#[utoipa::path(
    get, path = "/training/courses/{course_id}/feedback", tag = "effectiveness",
    operation_id = Operation::ReadCourseFeedback.id(),
    responses((status = 200, description = "The caller's feedback, and the notes.", body = CourseFeedbackView)),
)]
async fn own(State(app): State<App>, who: Authenticated, Id(course): Id<CourseId>) -> Result<Answer, Refusal> {
    who.may(Operation::ReadCourseFeedback, &Subject::program())?;
    let person = who.actor.person().ok_or(kinds::FORBIDDEN)?;
    known(&app, course).await?;
    let feedback = app.ports.effectiveness.feedback(person).await?;
    let notes = app.ports.effectiveness.notes(course).await?;
    Ok(Answer::ok(&CourseFeedbackView::of(course, &feedback, notes.as_ref())))
}

/// Notes what was done about the feedback on a course. Everybody reads it.
#[utoipa::path(
    post, path = "/training/courses/{course_id}/feedback/notes", tag = "effectiveness",
    operation_id = Operation::AnswerCourseFeedback.id(), request_body = NewNote,
    responses((status = 201, description = "The notes.", body = CourseFeedbackView)),
)]
async fn note(
    State(app): State<App>,
    who: Authenticated,
    Id(course): Id<CourseId>,
    key: IdempotencyKey,
    body: Json<NewNote>,
) -> Result<Answer, Refusal> {
    who.may(Operation::AnswerCourseFeedback, &Subject::program())?;
    let noted =
        |notes: &CourseNotes| Answer::created(path_of(course), &CourseFeedbackView::of(course, &[], Some(notes)));
    let record = key.record(&who, &body.hash);
    let keep = record.as_ref().map(|record| move |notes: &CourseNotes| record.keep(&noted(notes)));
    let once = keep.as_ref().map(|keep| keep as NoteAnswer<'_>);
    let readers = (app.ports.reader.as_ref(), app.ports.effectiveness.as_ref());
    let outcome = usecases::note(readers, app.ports.writer.as_ref(), course, &body.value.text, &who.cause, once).await;
    let outcome = outcome.map(|notes| noted(&notes)).map_err(problems::training);
    key.or_replay(&who, &body.hash, app.ports.answers.as_ref(), outcome).await
}

/// What a course does: what was learnt, how often due dates are met, what people say, and what was done about it.
#[utoipa::path(
    get, path = "/training/courses/{course_id}/effectiveness", tag = "effectiveness",
    operation_id = Operation::ReadCourseEffectiveness.id(),
    responses((status = 200, description = "The figures, comments and notes.", body = EffectivenessView)),
)]
async fn effectiveness(
    State(app): State<App>,
    who: Authenticated,
    Id(course): Id<CourseId>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ReadCourseEffectiveness, &Subject::program())?;
    known(&app, course).await?;
    let reader = app.ports.effectiveness.as_ref();
    let sums = reader.sums(course).await?;
    let latest = reader.latest(course, Limit::default()).await?;
    let notes = reader.notes(course).await?;
    Ok(Answer::ok(&EffectivenessView::of(course, &sums, &latest, notes.as_ref())))
}

/// The courses by what is learnt in them, most first; those of too few pairs of scores come after, by code.
#[utoipa::path(
    get, path = "/training/effectiveness", tag = "effectiveness", operation_id = Operation::RankCourses.id(),
    responses((status = 200, description = "The whole list.", body = PageOf<CourseFiguresView>)),
)]
async fn ranked(State(app): State<App>, who: Authenticated) -> Result<Answer, Refusal> {
    who.may(Operation::RankCourses, &Subject::program())?;
    let catalogue = app.ports.reader.catalogue().await?;
    let sums = app.ports.effectiveness.all_sums().await?;
    let ranked = ranking(&catalogue, &sums);
    let items = ranked.iter().map(|(course, figures)| CourseFiguresView::of(*course, figures)).collect();
    Ok(Answer::ok(&PageOf::<CourseFiguresView> { items, next: None }))
}
