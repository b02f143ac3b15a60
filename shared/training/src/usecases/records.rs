//! What was done and what need not be: completions by report, roster, file or test; checks of self-reports;
//! exemptions.

use jiff::civil::Date;
use kernel::{Cause, CompletionId, CourseId, ExemptionId, LocalTime, PersonId};

use super::{Act, Call, Desk, Ground, Made, Receipt, change, not_own};
use crate::{
    TrainingError,
    events::Happened,
    model::{Assignment, CheckState, Completion, CompletionSource, Exemption, FreeText, LearnerFile, Percent},
    rules::due,
};

/// A machine's day may be so many days ahead of the person's.
const AHEAD: i32 = 1;
const NOT_YET: &str = "a completion lies today or earlier";

/// A completion to be recorded.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    /// Whose.
    pub person: PersonId,
    /// Of which course.
    pub course: CourseId,
    /// The day it was done.
    pub on: Date,
    /// Who says so.
    pub source: CompletionSource,
    /// The score, where there was one.
    pub score: Option<Percent>,
}

/// Records a completion. Roster, file and test are verified by their source; a self-report counts at once unless it is
/// in the sample that somebody else looks at. The same course, day and source is the same completion, however often it
/// is reported.
///
/// # Errors
/// [`TrainingError`] for unknown courses, a day in the future, a report that was refused before; store errors.
pub async fn report_completion(desk: &Desk<'_>, report: Report, call: &Call<'_>) -> Result<Receipt, TrainingError> {
    change(desk, report.person, call, &|file, ground| record(file, ground, &report)).await
}

/// Records who was there, one commit each. Everybody is looked up before: with somebody whom the directory does not know
/// nobody is recorded. Safe to repeat.
///
/// # Errors
/// [`TrainingError::UnknownPeople`], [`TrainingError::UnknownCourse`], oneself on the roster, a day in the future; store
/// errors. What was recorded before one of the store's stays recorded.
pub async fn record_roster(
    desk: &Desk<'_>,
    course: CourseId,
    on: Date,
    people: &[PersonId],
    call: &Call<'_>,
) -> Result<(), TrainingError> {
    check_roster(desk, on, people, call.cause).await?;
    record_all(desk, course, on, people, call.cause).await
}

/// Looks everybody on a roster up, by one read: whether the directory knows them, and whether the day has come where they
/// are.
pub(crate) async fn check_roster(
    desk: &Desk<'_>,
    on: Date,
    people: &[PersonId],
    cause: &Cause,
) -> Result<(), TrainingError> {
    for person in people {
        not_own(cause, *person)?;
    }
    let zones = desk.roster.zones(people).await?;
    let unknown = people.iter().filter(|person| !zones.contains_key(person));
    let unknown: Vec<PersonId> = unknown.copied().collect();
    if !unknown.is_empty() {
        return Err(TrainingError::UnknownPeople(unknown));
    }
    if zones.values().any(|zone| on > due::plus(zone.date_at(cause.at), AHEAD)) {
        return Err(TrainingError::Date(NOT_YET));
    }
    Ok(())
}

/// Records everybody on a roster that was checked.
pub(crate) async fn record_all(
    desk: &Desk<'_>,
    course: CourseId,
    on: Date,
    people: &[PersonId],
    cause: &Cause,
) -> Result<(), TrainingError> {
    for person in people {
        let report = Report { person: *person, course, on, source: CompletionSource::Roster, score: None };
        report_completion(desk, report, &Call::of(cause)).await?;
    }
    Ok(())
}

/// Adds a completion to a file, or finds the same one.
pub(crate) fn record(file: &mut LearnerFile, ground: &Ground<'_>, report: &Report) -> Result<Act, TrainingError> {
    let course = ground.catalogue.course(report.course).ok_or(TrainingError::UnknownCourse(report.course))?;
    let ahead = if report.source == CompletionSource::SelfReport { 0 } else { AHEAD };
    if report.on > due::plus(ground.today, ahead) {
        return Err(TrainingError::Date(NOT_YET));
    }
    // What could never count would still stop the ladder while it waits for a check.
    if report.source == CompletionSource::SelfReport && !course.is_valid(report.on, ground.today) {
        return Err(TrainingError::Date("a completion that you report is still valid today"));
    }
    let same = file
        .completions
        .iter()
        .find(|it| it.course == report.course && it.completed_on == report.on && it.source == report.source);
    if let Some(same) = same {
        return match same.check {
            CheckState::Refused { .. } => Err(TrainingError::RefusedBefore(same.id)),
            CheckState::NotNeeded | CheckState::Waiting | CheckState::Accepted { .. } => {
                Ok(Act::nothing(Made::Completion(same.id)))
            }
        };
    }
    let id = CompletionId::new(ground.cause.at);
    let drawn = is_sampled(id, ground.settings.sample_percent) || was_drawn(file, report.course);
    let waiting = report.source == CompletionSource::SelfReport && drawn;
    file.completions.push(Completion {
        id,
        course: report.course,
        completed_on: report.on,
        recorded_on: ground.today,
        source: report.source,
        score: report.score,
        check: if waiting { CheckState::Waiting } else { CheckState::NotNeeded },
    });
    let in_time = if waiting { None } else { in_time(file, ground, report.course, report.on) };
    let round = file.open_mut(report.course).map(|assignment| {
        if waiting {
            assignment.ask = None;
            assignment.acted();
        }
        assignment.round
    });
    let (course, on) = (report.course, report.on);
    let happened = Happened::Completed { course, round, completion: id, on, waiting, in_time };
    Ok(Act::of(Made::Completion(id), happened))
}

/// Whether a due date is met by a course that was done on a day: nothing where the course is not openly asked, where it
/// falls due on no day, and where the due date passed before and was counted then.
fn in_time(file: &LearnerFile, ground: &Ground<'_>, course: CourseId, on: Date) -> Option<bool> {
    met(file, ground, file.open(course)?, on)
}

/// Whether the due date of an assignment is met by what was done on a day.
pub(crate) fn met(file: &LearnerFile, ground: &Ground<'_>, open: &Assignment, on: Date) -> Option<bool> {
    if open.became_overdue.is_some() {
        return None;
    }
    Some(on <= due::effective(open, &file.pauses(open.course), ground.settings)?)
}

/// Whether an earlier report of the same thing waits or was refused: another day's report is not drawn for anew.
fn was_drawn(file: &LearnerFile, course: CourseId) -> bool {
    let since = file.latest(course).map_or(Date::MIN, |assignment| assignment.assigned_on);
    file.completions.iter().filter(|it| it.course == course && it.source == CompletionSource::SelfReport).any(|it| {
        match it.check {
            CheckState::Waiting => true,
            CheckState::Refused { on, .. } => on >= since,
            CheckState::NotNeeded | CheckState::Accepted { .. } => false,
        }
    })
}

/// Whether a self-report is in the sample: decided by its id alone, so that nobody chooses and repeating does not help.
/// The hash is 64-bit FNV-1a (draft-eastlake-fnv).
pub fn is_sampled(id: CompletionId, share: Percent) -> bool {
    let hash =
        id.as_uuid().as_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    // The low bits of this hash mix worst.
    (hash >> 16) % 100 < u64::from(share.get())
}

/// Confirms or refuses a self-report that waits. Refused: the ladder resumes where it was.
///
/// # Errors
/// [`TrainingError`] when it does not wait, or belongs to whoever decides; store errors.
pub async fn check(
    desk: &Desk<'_>,
    person: PersonId,
    completion: CompletionId,
    accepted: bool,
    call: &Call<'_>,
) -> Result<Receipt, TrainingError> {
    not_own(call.cause, person)?;
    change(desk, person, call, &|file, ground| {
        let found = file.completions.iter_mut().find(|it| it.id == completion);
        let found = found.ok_or(TrainingError::UnknownCompletion(completion))?;
        let (by, on) = (ground.cause.by.clone(), ground.today);
        let decided = if accepted { CheckState::Accepted { by, on } } else { CheckState::Refused { by, on } };
        if found.check == decided {
            return Ok(Act::nothing(Made::Completion(completion)));
        }
        if !found.is_waiting() {
            return Err(TrainingError::NotWaiting(completion));
        }
        found.check = decided;
        let (course, on) = (found.course, found.completed_on);
        let in_time = if accepted { in_time(file, ground, course, on) } else { None };
        let happened = Happened::Checked { course, completion, accepted, in_time };
        Ok(Act::of(Made::Completion(completion), happened))
    })
    .await
}

/// An exemption to be granted.
#[derive(Debug, Clone)]
pub struct Exempt {
    /// Whose.
    pub person: PersonId,
    /// From which course.
    pub course: CourseId,
    /// Why.
    pub reason: FreeText,
    /// The last day.
    pub until: Date,
}

/// Exempts a person from a course until a day. What is open pauses meanwhile.
///
/// # Errors
/// [`TrainingError`] for unknown courses, a day in the past, one's own; store errors.
pub async fn exempt(desk: &Desk<'_>, ask: &Exempt, call: &Call<'_>) -> Result<Receipt, TrainingError> {
    not_own(call.cause, ask.person)?;
    change(desk, ask.person, call, &|file, ground| grant(file, ground, ask)).await
}

/// Adds an exemption to a file, or finds the same one.
pub(crate) fn grant(file: &mut LearnerFile, ground: &Ground<'_>, ask: &Exempt) -> Result<Act, TrainingError> {
    if ground.catalogue.course(ask.course).is_none() {
        return Err(TrainingError::UnknownCourse(ask.course));
    }
    if ask.until < ground.today {
        return Err(TrainingError::Date("an exemption ends today or later"));
    }
    let same = file.exemptions.iter().find(|it| {
        it.course == ask.course && it.until == ask.until && it.ended_on.is_none() && it.reason == ask.reason
    });
    if let Some(same) = same {
        return Ok(Act::nothing(Made::Exemption(same.id)));
    }
    let id = ExemptionId::new(ground.cause.at);
    file.exemptions.push(Exemption {
        id,
        course: ask.course,
        from: ground.today,
        until: ask.until,
        reason: ask.reason.clone(),
        by: ground.cause.by.clone(),
        ended_on: None,
    });
    if let Some(assignment) = file.open_mut(ask.course) {
        assignment.ask = None;
        assignment.acted();
    }
    Ok(Act::of(Made::Exemption(id), Happened::Exempted { course: ask.course, exemption: id, until: ask.until }))
}

/// Ends an exemption today. Ending it twice changes nothing.
///
/// # Errors
/// [`TrainingError::UnknownExemption`], one's own; store errors.
pub async fn end_exemption(
    desk: &Desk<'_>,
    person: PersonId,
    exemption: ExemptionId,
    call: &Call<'_>,
) -> Result<Receipt, TrainingError> {
    not_own(call.cause, person)?;
    change(desk, person, call, &|file, ground| {
        let found = file.exemptions.iter_mut().find(|it| it.id == exemption);
        let found = found.ok_or(TrainingError::UnknownExemption(exemption))?;
        if found.ended_on.is_some() {
            return Ok(Act::nothing(Made::Exemption(exemption)));
        }
        // One that ran out unnoticed ended when it ran out.
        let on = ground.today.min(due::plus(found.until, 1));
        found.ended_on = Some(on);
        let happened = Happened::ExemptionEnded { course: found.course, exemption, on };
        Ok(Act::of(Made::Exemption(exemption), happened))
    })
    .await
}
