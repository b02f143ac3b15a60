//! What is asked of a person: planning, assigning, more time, taking back.

use jiff::civil::Date;
use kernel::{CourseId, PersonId};

use super::{Act, Call, Desk, Ground, Made, Receipt, change, not_own};
use crate::{
    TrainingError,
    events::Happened,
    model::{
        Assignment, AssignmentReason, AssignmentSource, AssignmentState, Extension, FreeText, LearnerFile, NewsCause,
        Unplanned,
    },
    planning,
    rules::{
        decide::data,
        due,
        plan::{self as rule, Asked, Plan},
    },
};

/// Assigns what the role's path asks for and is missing, and takes back what was planned for another role. Safe to
/// repeat.
///
/// # Errors
/// [`TrainingError::Left`] and store errors.
pub async fn plan(desk: &Desk<'_>, person: PersonId, call: &Call<'_>) -> Result<Receipt, TrainingError> {
    let first = change(desk, person, call, &|file, ground| {
        active(file, ground)?;
        Ok(apply_plan(file, ground, Asked::Again, None))
    })
    .await?;
    whole(desk, first, &Call { expected: None, ..*call }).await
}

/// The most changes of a plan in one transaction: each is a write and an event, and what follows from them needs room too.
const PLANNED_AT_ONCE: usize = 30;

/// Plans what is missing and takes back what the role no longer asks for, as much as one transaction takes. What is left
/// stays on the head of the file: [`whole`], or whoever plans next, goes on with it.
pub(crate) fn apply_plan(file: &mut LearnerFile, ground: &Ground<'_>, asked: Asked, news: Option<NewsCause>) -> Act {
    // What is left of an earlier plan is asked for as that one asked.
    let left = file.head.unplanned.filter(|_| asked == Asked::Once);
    let (asked, news) = left.map_or((asked, news), |left| (left.asked, left.news.or(news)));
    let Plan { assign, cancel } = rule::plan(file, ground.catalogue, ground.settings, ground.today, asked);
    // What was an offer and is required now is taken back and assigned at once.
    let replaced = |course: CourseId| cancel.iter().any(|(other, _)| *other == course);
    let gone = cancel.iter().filter(|(course, _)| !assign.iter().any(|new| new.course == *course));
    let changes = cancel.len() + assign.len();
    let (mut happened, mut room) = (Vec::new(), PLANNED_AT_ONCE);
    for (course, _) in gone.take(PLANNED_AT_ONCE) {
        happened.extend(supersede(file, *course, ground.today));
        room -= 1;
    }
    let mut made = PLANNED_AT_ONCE - room;
    for assignment in &assign {
        let needed = 1 + usize::from(replaced(assignment.course));
        if needed > room {
            break;
        }
        if needed > 1 {
            happened.extend(supersede(file, assignment.course, ground.today));
        }
        happened.push(Happened::Assigned(data(assignment)));
        file.assignments.push(assignment.clone());
        (room, made) = (room - needed, made + needed);
    }
    if let Some(why) = news {
        planning::usecases::note(file, &happened, why, ground.settings, ground.today);
    }
    file.head.unplanned = (made < changes).then_some(Unplanned { asked, news });
    let made = if file.head.unplanned.is_some() { Made::Part } else { Made::Nothing };
    Act { made, happened }
}

/// Goes on until a plan is whole: what found no room in one transaction is written in the next. Where that stops half way,
/// whoever repeats the call, or looks at the file again, goes on.
pub(crate) async fn whole(desk: &Desk<'_>, first: Receipt, call: &Call<'_>) -> Result<Receipt, TrainingError> {
    let mut receipt = first;
    while receipt.made == Made::Part {
        let next = change(desk, receipt.file.person(), call, &|file, ground| Ok(go_on(file, ground))).await?;
        receipt = Receipt { changed: true, ..next };
    }
    Ok(receipt)
}

/// Plans what found no room before; nothing where nothing is left.
pub(crate) fn go_on(file: &mut LearnerFile, ground: &Ground<'_>) -> Act {
    match file.head.unplanned {
        Some(Unplanned { asked, news }) => apply_plan(file, ground, asked, news),
        None => Act::nothing(Made::Nothing),
    }
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
