//! What is asked of a person: planning, assigning, more time, taking back.

use jiff::civil::Date;
use kernel::{CourseId, PersonId};

use super::{Act, Call, Desk, Ground, Made, Receipt, change, not_own};
use crate::{
    TrainingError,
    events::Happened,
    model::{Assignment, AssignmentReason, AssignmentSource, AssignmentState, Extension, FreeText, LearnerFile},
    rules::{
        decide::data,
        due,
        plan::{self as rule, Asked},
    },
};

/// Assigns what the role's path asks for and is missing, and takes back what was planned for another role. Safe to
/// repeat.
///
/// # Errors
/// [`TrainingError::Left`] and store errors.
pub async fn plan(desk: &Desk<'_>, person: PersonId, call: &Call<'_>) -> Result<Receipt, TrainingError> {
    change(desk, person, call, &|file, ground| {
        active(file, ground)?;
        Ok(Act { made: Made::Nothing, happened: apply_plan(file, ground, Asked::Again) })
    })
    .await
}

/// Plans what is missing and takes back what the role no longer asks for.
pub(crate) fn apply_plan(file: &mut LearnerFile, ground: &Ground<'_>, asked: Asked) -> Vec<Happened> {
    let plan = rule::plan(file, ground.catalogue, ground.settings, ground.today, asked);
    let mut happened = Vec::new();
    for (course, _) in plan.cancel {
        happened.extend(supersede(file, course, ground.today));
    }
    for assignment in plan.assign {
        happened.push(Happened::Assigned(data(&assignment)));
        file.assignments.push(assignment);
    }
    happened
}

/// One course for one person.
#[derive(Debug, Clone, Copy)]
pub struct Assign {
    /// Who.
    pub person: PersonId,
    /// Which course.
    pub course: CourseId,
    /// By when; absent: 30 days from today.
    pub due: Option<Date>,
    /// Whether it counts and managers hear of it.
    pub required: bool,
}

/// Assigns one course. A second, equal request finds the first one's assignment.
///
/// # Errors
/// [`TrainingError`] for unknown or retired courses, a course that is open with another date, a date in the past, a
/// person who has left; store errors.
pub async fn assign(desk: &Desk<'_>, ask: Assign, call: &Call<'_>) -> Result<Receipt, TrainingError> {
    change(desk, ask.person, call, &|file, ground| {
        active(file, ground)?;
        let course = ground.catalogue.course(ask.course).ok_or(TrainingError::UnknownCourse(ask.course))?;
        if course.retired.is_some() {
            return Err(TrainingError::Retired(ask.course));
        }
        let first = file.head.facts.start.map_or(ground.today, |start| start.max(ground.today));
        let due = ask.due.unwrap_or_else(|| due::plus(first, 30));
        if let Some(open) = file.open(ask.course) {
            if open.source == AssignmentSource::Manual && open.due == due && open.required == ask.required {
                return Ok(Act::nothing(Made::Assignment(open.course, open.round)));
            }
            if !open.is_offered() {
                return Err(TrainingError::AlreadyAssigned(ask.course));
            }
        }
        if due < ground.today {
            return Err(TrainingError::Date("a due date lies today or later"));
        }
        not_too_far(due, ground)?;
        let mut assignment =
            Assignment::new(ask.course, first, due, AssignmentSource::Manual, AssignmentReason::Request);
        assignment.round = file.next_round(ask.course);
        assignment.required = ask.required;
        // What somebody asks for takes the place of an offer.
        let offer = supersede(file, ask.course, ground.today);
        let happened = offer.into_iter().chain([Happened::Assigned(data(&assignment))]).collect();
        let made = Made::Assignment(ask.course, assignment.round);
        file.assignments.push(assignment);
        Ok(Act { made, happened })
    })
    .await
}

/// How far ahead a date may lie. What is due in another life is never overdue, and that is not for a manager to say.
const FARTHEST: i32 = 3 * 366;

pub(super) fn not_too_far(date: Date, ground: &Ground<'_>) -> Result<(), TrainingError> {
    if date > due::plus(ground.today, FARTHEST) {
        return Err(TrainingError::Date("a due date lies within three years"));
    }
    Ok(())
}

/// More time for one assignment.
#[derive(Debug, Clone)]
pub struct Extend {
    /// Whose.
    pub person: PersonId,
    /// Which course.
    pub course: CourseId,
    /// The new date.
    pub due: Date,
    /// Why.
    pub reason: FreeText,
}

/// Gives more time: the ladder starts again for the new date, and lines about the old one leave the boxes.
///
/// # Errors
/// [`TrainingError::NotAssigned`], a date that is not later, one's own assignment; store errors.
pub async fn extend(desk: &Desk<'_>, ask: &Extend, call: &Call<'_>) -> Result<Receipt, TrainingError> {
    not_own(call.cause, ask.person)?;
    change(desk, ask.person, call, &|file, ground| {
        let pauses = file.pauses(ask.course);
        let assignment = file.open_mut(ask.course).ok_or(TrainingError::NotAssigned(ask.course))?;
        let made = Made::Assignment(assignment.course, assignment.round);
        let repeated = assignment.extensions.last().is_some_and(|last| {
            last.to == ask.due && last.on == ground.today && last.by == ground.cause.by && last.reason == ask.reason
        });
        if repeated {
            return Ok(Act::nothing(made));
        }
        let current = due::effective(assignment, &pauses, ground.settings);
        if ask.due <= ground.today || current.is_some_and(|current| ask.due <= current) {
            return Err(TrainingError::Date("an extension ends after today and after the present due date"));
        }
        not_too_far(ask.due, ground)?;
        let from = assignment.due;
        assignment.extensions.push(Extension {
            from,
            to: ask.due,
            on: ground.today,
            at: ground.cause.at,
            by: ground.cause.by.clone(),
            reason: ask.reason.clone(),
        });
        assignment.due = ask.due;
        assignment.counted_from = ground.today;
        assignment.ask = None;
        assignment.acted();
        Ok(Act::of(made, Happened::Extended { assignment: data(assignment), from }))
    })
    .await
}

/// Takes an assignment back.
///
/// # Errors
/// [`TrainingError::NotAssigned`] when nothing is open, one's own assignment; store errors.
pub async fn cancel(
    desk: &Desk<'_>,
    person: PersonId,
    course: CourseId,
    call: &Call<'_>,
) -> Result<Receipt, TrainingError> {
    not_own(call.cause, person)?;
    change(desk, person, call, &|file, ground| {
        let assignment = file.open_mut(course).ok_or(TrainingError::NotAssigned(course))?;
        let made = Made::Assignment(course, assignment.round);
        Ok(Act::of(made, take_back(assignment, ground.today)))
    })
    .await
}

/// Takes back what planning asked for and what is not asked for any more.
pub(crate) fn supersede(file: &mut LearnerFile, course: CourseId, today: Date) -> Option<Happened> {
    let assignment = file.open_mut(course)?;
    assignment.superseded = true;
    Some(take_back(assignment, today))
}

pub(crate) fn take_back(assignment: &mut Assignment, today: Date) -> Happened {
    assignment.state = AssignmentState::Cancelled { on: today };
    assignment.ask = None;
    assignment.acted();
    Happened::Cancelled(data(assignment))
}

fn active(file: &LearnerFile, ground: &Ground<'_>) -> Result<(), TrainingError> {
    if file.head.facts.has_left(ground.today) { Err(TrainingError::Left(file.person())) } else { Ok(()) }
}
