//! What a person has done this year, and what to do next.

use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{AssessmentId, AttemptId, CourseId, SessionId};

use crate::{
    Settings,
    assessment::{Attempt, AttemptState, Purpose, asking, may_start},
    competency::{Area, Gap, Priority, Standing},
    model::{Catalogue, LearnerFile, Status, Title, yearly_hours},
    rules::due,
};

/// How many steps a person is told of at once.
pub const MOST_STEPS: usize = 10;
/// How far ahead a seat in a session is a step.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Hours of training in a calendar year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hours {
    /// Which year, where the person is.
    pub year: i16,
    /// Hours of the courses completed in it, each completion that counts.
    pub done: f64,
    /// Hours that the program asks of the role in a year.
    pub asked: u16,
}

/// A person's hours of the year that a day lies in.
pub fn hours(file: &LearnerFile, catalogue: &Catalogue, on: Date) -> Hours {
    let of_the_year = |day: Date| day.year() == on.year() && day <= on;
    let completed = file.completions.iter().filter(|it| it.counts() && of_the_year(it.completed_on));
    let minutes: u32 = completed.filter_map(|it| catalogue.course(it.course)).map(|it| it.hours.minutes()).sum();
    Hours { year: on.year(), done: f64::from(minutes) / 60.0, asked: yearly_hours(file.head.facts.job_role) }
}

/// What only the person is told of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    /// What is missing to what the role is asked for, the most urgent first.
    pub gaps: Vec<Gap>,
    /// Latest attempts at assessments.
    pub attempts: Vec<Attempt>,
    /// Whether they take tests: whoever may read the keys does not.
    pub takes_tests: bool,
}

/// A session to come in which the person asked for a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// Which session.
    pub session: SessionId,
    /// Of which course.
    pub course: CourseId,
    /// When it begins.
    pub starts: Timestamp,
    /// Whether a seat is theirs; else they wait for one.
    pub seated: bool,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Hand in an attempt that was started.
    HandIn {
        /// Which attempt.
        attempt: AttemptId,
        /// By when.
        by: Timestamp,
    },
    /// Take a test that is asked for at the start, in this quarter or in this year.
    Take {
        /// Which test.
        assessment: AssessmentId,
        /// What it is called.
        title: Title,
        /// When it is taken.
        purpose: Purpose,
        /// The last day of the period (UTC), absent where it does not end.
        until: Option<Date>,
    },
    /// Do a course that is asked of the person.
    Do {
        /// Which course.
        course: CourseId,
        /// The due date in effect, absent while a pause without an end holds it.
        due: Option<Date>,
        /// Whether that has passed.
        overdue: bool,
    },
    /// Take part in a session in which a seat is theirs.
    Attend {
        /// Which session.
        session: SessionId,
        /// Of which course.
        course: CourseId,
        /// When it begins.
        starts: Timestamp,
    },
    /// Close a gap by a course that was not done yet.
    Learn {
        /// In which area.
        area: Area,
        /// By which course.
        course: CourseId,
        /// How urgent that is.
        priority: Priority,
    },
    /// Have an area assessed: nothing was judged yet, or every course that teaches it was done since.
    Assess {
        /// Which area.
        area: Area,
    },
}

/// What to do next, at most [`MOST_STEPS`]: what runs out within minutes, what is overdue, what has a date in the order
/// of dates with what is required first on a day, then gaps in their order. A test that does not run out counts as
/// dated today: it comes after what is overdue, and before whatever is still to come. A course is named once.
pub fn steps(
    file: &LearnerFile,
    catalogue: &Catalogue,
    settings: &Settings,
    own: &Own,
    seats: &[Seat],
    at: Timestamp,
) -> Vec<Step> {
    let today = file.head.facts.today(at);
    let open = own.attempts.iter().filter(|attempt| attempt.state(at) == AttemptState::Open);
    let mut handing_in: Vec<&Attempt> = open.collect();
    handing_in.sort_by_key(|attempt| attempt.deadline);
    let mut steps: Vec<Step> =
        handing_in.into_iter().map(|it| Step::HandIn { attempt: it.id, by: it.deadline }).collect();
    let mut dated: Vec<((bool, Date, bool), Step)> = Vec::new();
    for assignment in file.assignments.iter().filter(|it| it.is_open()) {
        let overdue = match file.status(assignment, settings, today) {
            Status::Overdue => true,
            Status::Open => false,
            Status::Waiting | Status::Exempt | Status::Completed | Status::Cancelled => continue,
        };
        let due = due::effective(assignment, &file.pauses(assignment.course), settings);
        let place = (!overdue, due.unwrap_or(Date::MAX), !assignment.required);
        dated.push((place, Step::Do { course: assignment.course, due, overdue }));
    }
    // A test that does not run out comes before what does, and after what is late.
    let take = |asking::Due { assessment, until, .. }: asking::Due<'_>| {
        let (assessment, terms) = (assessment.id, &assessment.terms);
        let (title, purpose) = (terms.title.clone(), terms.purpose);
        ((true, until.unwrap_or(today), false), Step::Take { assessment, title, purpose, until })
    };
    dated.extend(to_take(file, catalogue, settings, own, at).into_iter().map(take));
    let soon = at.saturating_add(SOON).unwrap_or(Timestamp::MAX);
    let mut seats: Vec<&Seat> =
        seats.iter().filter(|seat| seat.seated && seat.starts > at && seat.starts <= soon).collect();
    // Of several sessions of a course the first.
    seats.sort_by_key(|seat| (seat.starts, seat.session));
    let mut attended: Vec<CourseId> = Vec::new();
    for seat in seats {
        let Seat { session, course, starts, .. } = *seat;
        if attended.contains(&course) {
            continue;
        }
        attended.push(course);
        // What is asked of the person is done by going there.
        dated.retain(|(_, step)| step.course() != Some(course));
        dated.push(((true, file.head.facts.today(starts), false), Step::Attend { session, course, starts }));
    }
    dated.sort_by_key(|(place, _)| *place);
    steps.extend(dated.into_iter().map(|(_, step)| step));
    let mut named: Vec<CourseId> = steps.iter().filter_map(Step::course).collect();
    for gap in &own.gaps {
        let (step, course) = close(file, catalogue, gap, today);
        if course.is_none_or(|course| !named.contains(&course)) {
            named.extend(course);
            steps.push(step);
        }
    }
    steps.truncate(MOST_STEPS);
    steps
}

impl Step {
    /// The course it is about.
    pub const fn course(&self) -> Option<CourseId> {
        match self {
            Self::Do { course, .. } | Self::Attend { course, .. } | Self::Learn { course, .. } => Some(*course),
            Self::HandIn { .. } | Self::Take { .. } | Self::Assess { .. } => None,
        }
    }
}

/// The tests that the person is to take and may start now: none that was handed in in its period.
fn to_take<'a>(
    file: &LearnerFile,
    catalogue: &'a Catalogue,
    settings: &Settings,
    own: &Own,
    at: Timestamp,
) -> Vec<asking::Due<'a>> {
    if !own.takes_tests {
        return Vec::new();
    }
    let mut due = asking::due(&file.head, catalogue, settings, at);
    due.retain(|asking::Due { assessment, round, .. }| {
        let mut attempts: Vec<Attempt> = own.attempts.clone();
        attempts.retain(|it| it.assessment == assessment.id && it.round == *round);
        // What was started before the latest attempts is known from the file alone.
        let before = attempts.is_empty() && file.head.started(assessment.id, round);
        let handed_in = attempts.iter().any(|it| it.submission.is_some());
        !before && !handed_in && may_start(assessment, &attempts, at).is_ok()
    });
    due
}

fn close(file: &LearnerFile, catalogue: &Catalogue, gap: &Gap, today: Date) -> (Step, Option<CourseId>) {
    let assess = Step::Assess { area: gap.area.clone() };
    let Standing::Below { priority, .. } = gap.standing else { return (assess, None) };
    let next = gap.courses.iter().copied().find(|course| !file.is_valid(*course, catalogue, today));
    match next {
        Some(course) => (Step::Learn { area: gap.area.clone(), course, priority }, Some(course)),
        None => (assess, None),
    }
}
