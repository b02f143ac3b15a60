//! The first 90 days: what the state machine of an onboarding asks on days 14, 30, 60 and 90 after the start. Asking makes
//! sure that the plan is there, brings the file up to the day, and writes down how far the person is, each day once.
//! Nobody is told anything here: what is late, the ladder tells, the person first.

use jiff::{Timestamp, civil::Date};
use kernel::{Cause, LocalTime, PersonId};

use crate::{
    Settings, TrainingError,
    events::{CheckInData, Happened},
    model::{AssignmentSource, Facts, LearnerFile, NewsCause, Status},
    rules::{
        due::{between, plus},
        plan::Asked,
        standing,
    },
    usecases::{
        Act, Call, Desk, Ground, Made, change,
        work::{apply_plan, whole},
    },
};

/// The days after the start on which is asked.
pub const CHECK_INS: [u16; 4] = [14, 30, 60, 90];
const LAST: u16 = CHECK_INS[CHECK_INS.len() - 1];

/// What an answer comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onboarding {
    /// Ask again then.
    Waiting(Timestamp),
    /// Everything that is required was done by a check-in.
    Completed,
    /// The last check-in is over, and something is still to be done.
    Ended,
    /// The person left, has come back for another stay since, or nobody knows them any more.
    Left,
}

/// Whether what the directory says of somebody now is another stay than what it said before: it begins after the former
/// one's last day, or so much later that nobody only put the day right.
pub(crate) fn returns(before: &Facts, now: &Facts) -> bool {
    let (Some(old), Some(new)) = (before.start, now.start) else { return false };
    new > old && (before.leave.is_some_and(|last| last < new) || between(old, new) > i32::from(LAST))
}

/// Whether somebody is to be accompanied: who started within 90 days or starts later, and has no history from another
/// system, which would tell that they were here before. Who comes back has a history of their own.
pub fn begins(file: &LearnerFile, today: Date) -> bool {
    let facts = &file.head.facts;
    let Some(start) = facts.start else { return false };
    let imported = file.assignments.iter().any(|it| it.source == AssignmentSource::Import);
    let earlier = file.completions.iter().any(|it| it.completed_on < start);
    let history = file.head.returned_on != Some(start) && (imported || earlier);
    plus(start, i32::from(LAST)) >= today && !facts.has_left(today) && !history
}

/// The name under which a person's execution is started, so that starting twice starts one, and whoever comes back gets
/// one of their own. Executions that began before stays were told apart know no first day.
pub fn name(person: PersonId, start: Option<Date>) -> String {
    let person = person.as_uuid().simple();
    start.map_or_else(|| format!("onboarding-{person}"), |start| format!("onboarding-{person}-{start}"))
}

/// Whether the stay that began on a day was followed by another one.
fn is_past(file: &LearnerFile, start: Option<Date>) -> bool {
    file.head.returned_on.is_some_and(|since| start.is_none_or(|start| start < since))
}

/// Makes sure of the plan, writes down the check-in whose day has come, and says when to ask again; for the stay that began
/// on a day. Safe to repeat. Of several that were missed, the latest is written down.
///
/// # Errors
/// Store errors.
pub async fn accompany(
    desk: &Desk<'_>,
    person: PersonId,
    start: Option<Date>,
    cause: &Cause,
) -> Result<Onboarding, TrainingError> {
    // A file is not made for somebody who was forgotten.
    if desk.reader.file(person).await?.is_none() {
        return Ok(Onboarding::Left);
    }
    let asked = change(desk, person, &Call::of(cause), &|file, ground| {
        if !file.head.facts.has_left(ground.today) && !is_past(file, start) {
            let mut act = apply_plan(file, ground, Asked::Once, Some(NewsCause::Joined));
            act.happened.extend(check_in(file, ground));
            return Ok(act);
        }
        Ok(Act::nothing(Made::Nothing))
    })
    .await;
    let asked = match asked {
        Ok(receipt) => whole(desk, receipt, &Call::of(cause)).await,
        Err(error) => Err(error),
    };
    match asked {
        Ok(receipt) if is_past(&receipt.file, start) => Ok(Onboarding::Left),
        Ok(receipt) => {
            let standing = receipt.file.head.standing.as_ref();
            let done = standing.is_some_and(|it| it.required > 0 && it.valid >= it.required);
            Ok(outcome(&receipt.file, done, desk.settings, cause.at))
        }
        Err(TrainingError::UnknownPerson(_)) => Ok(Onboarding::Left),
        Err(error) => Err(error),
    }
}

/// How many days have passed since the start; nothing before it.
fn days_since(facts: &Facts, today: Date) -> Option<u16> {
    u16::try_from(between(facts.start?, today)).ok()
}

/// Writes down the latest check-in whose day has come and that is not written down yet.
fn check_in(file: &mut LearnerFile, ground: &Ground<'_>) -> Option<Happened> {
    let since = days_since(&file.head.facts, ground.today)?;
    let day = CHECK_INS.into_iter().rev().find(|day| *day <= since)?;
    if file.head.checked_in >= Some(day) {
        return None;
    }
    file.head.checked_in = Some(day);
    let placed = standing::placement(file, ground.catalogue, ground.settings, ground.today);
    let late = |it: &&crate::model::Assignment| {
        it.required && file.status(it, ground.settings, ground.today) == Status::Overdue
    };
    let first = ground.settings.threat_modelling_course.as_ref().and_then(|code| ground.catalogue.by_code(code));
    Some(Happened::CheckedIn(CheckInData {
        day,
        done: placed.valid,
        total: placed.required,
        overdue: u32::try_from(file.assignments.iter().filter(late).count()).unwrap_or(u32::MAX),
        threat_modelling: first.map(|course| file.is_valid(course.id, ground.catalogue, ground.today)),
    }))
}

fn outcome(file: &LearnerFile, done: bool, settings: &Settings, now: Timestamp) -> Onboarding {
    let facts = &file.head.facts;
    if facts.has_left(facts.today(now)) {
        return Onboarding::Left;
    }
    let checked = file.head.checked_in;
    if done && checked.is_some() {
        return Onboarding::Completed;
    }
    let next = CHECK_INS.into_iter().find(|day| Some(*day) > checked);
    match next.zip(facts.start) {
        Some((day, start)) => {
            let hour = i8::try_from(settings.send_hour).unwrap_or(8);
            Onboarding::Waiting(facts.zone.instant_of(plus(start, i32::from(day)), hour))
        }
        None => Onboarding::Ended,
    }
}
