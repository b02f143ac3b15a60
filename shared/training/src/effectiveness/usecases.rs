//! Giving feedback, saying what was done about it, and forgetting who said what.

use jiff::tz::TimeZone;
use kernel::{Cause, Commit, CompletionId, CourseId, Once, PersonId, StoreError};

use super::{Comment, CourseNotes, EffectivenessReader, Error, Feedback, Note, Pairs, Ratings, Sums, Write};
use crate::{
    TrainingError, TrainingReader, TrainingWriter,
    competency::Score,
    events,
    model::{FreeText, LearnerFile},
    usecases::TRIES,
};

/// How many pieces of feedback one commit forgets.
const FORGOTTEN_AT_ONCE: usize = 50;

/// Feedback to be given.
#[derive(Debug, Clone)]
pub struct NewFeedback {
    /// Whose.
    pub person: PersonId,
    /// On which course.
    pub course: CourseId,
    /// On which completion of it.
    pub completion: CompletionId,
    /// The ratings.
    pub ratings: Ratings,
    /// What was written beside them.
    pub comment: Option<Comment>,
}

/// Makes the idempotency record of feedback.
pub type FeedbackAnswer<'a> = &'a (dyn Fn(&Feedback) -> Once + Send + Sync);

/// Takes feedback on a completion that counts, once. Whoever is forgotten meanwhile has said nothing.
///
/// # Errors
/// [`TrainingError::Effectiveness`] for a completion that the person does not have or that does not count, and for one
/// with feedback; store errors.
pub async fn give(
    reader: &dyn TrainingReader,
    writer: &dyn TrainingWriter,
    new: NewFeedback,
    cause: &Cause,
    once: Option<FeedbackAnswer<'_>>,
) -> Result<Feedback, TrainingError> {
    let NewFeedback { person, course, completion, ratings, comment } = new;
    let counts = |file: &LearnerFile| file.completion(completion).is_some_and(|it| it.course == course && it.counts());
    let on = cause.at.to_zoned(TimeZone::UTC).date();
    let feedback = Feedback { person, course, completion, on, ratings, comment };
    let mut tries = TRIES;
    loop {
        let file = reader.file(person).await?.filter(counts).ok_or(Error::NotCompleted(completion))?;
        let said = Write::Feedback { file: file.head.version, feedback: Box::new(feedback.clone()) };
        let writes = vec![crate::Write::Effectiveness(said), count(course, Sums::feedback(ratings))];
        let commit = Commit::of(writes).event(events::pulse_given(person, course, completion, cause));
        let commit = commit.once(once.map(|answer| answer(&feedback)));
        match writer.commit(commit, cause).await {
            Ok(()) => return Ok(feedback),
            Err(StoreError::Taken(_)) => return Err(Error::GivenBefore(completion).into()),
            // Others count for the same course at the same moment, or the file changed.
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

fn count(course: CourseId, sums: Sums) -> crate::Write {
    crate::Write::Effectiveness(Write::Count { course, sums })
}

/// What a pair of scores of one person, before a course and after it, adds: a write for the commit that the score after
/// belongs to, which makes sure that it is added once.
pub fn paired(course: CourseId, pre: Score, post: Score) -> Write {
    Write::Count { course, sums: Sums::pair(Pairs::of(pre, post)) }
}

/// Makes the idempotency record of a note.
pub type NoteAnswer<'a> = &'a (dyn Fn(&CourseNotes) -> Once + Send + Sync);

/// Notes what was done about the feedback on a course; everybody reads it.
///
/// # Errors
/// [`TrainingError::Effectiveness`] for a course that is not in the catalogue; store errors.
pub async fn note(
    (training, reader): (&dyn TrainingReader, &dyn EffectivenessReader),
    writer: &dyn TrainingWriter,
    course: CourseId,
    text: &FreeText,
    cause: &Cause,
    once: Option<NoteAnswer<'_>>,
) -> Result<CourseNotes, TrainingError> {
    if training.catalogue().await?.course(course).is_none() {
        return Err(Error::UnknownCourse(course).into());
    }
    let on = cause.at.to_zoned(TimeZone::UTC).date();
    let mut tries = TRIES;
    loop {
        let old = reader.notes(course).await?.unwrap_or_else(|| CourseNotes::new(course));
        let notes = old.with(Note { on, by: cause.by.clone(), text: text.clone() });
        let write = Write::Notes { before: old.version, notes: notes.clone() };
        let commit = Commit::of(vec![crate::Write::Effectiveness(write)]);
        let commit = commit.event(events::pulse_answered(course, notes.version, cause));
        match writer.commit(commit.once(once.map(|answer| answer(&notes))), cause).await {
            Ok(()) => return Ok(notes),
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Forgets what a person said of courses; what was counted stays true. Their file is empty by then
/// ([`crate::usecases::people::empty`]), so that they say nothing more. Safe to repeat; says whether there was anything.
///
/// # Errors
/// Store errors.
pub async fn forget(
    reader: &dyn EffectivenessReader,
    writer: &dyn TrainingWriter,
    person: PersonId,
    cause: &Cause,
) -> Result<bool, TrainingError> {
    let all = reader.feedback(person).await?;
    for some in all.chunks(FORGOTTEN_AT_ONCE) {
        let writes = some.iter().map(|it| {
            let Feedback { person, course, completion, .. } = *it;
            crate::Write::Effectiveness(Write::Forget { person, course, completion })
        });
        writer.commit(Commit::of(writes.collect()), cause).await?;
    }
    Ok(!all.is_empty())
}
