//! A learner's file: the consistency boundary of training. One query reads it, the head's version guards every write.

use jiff::civil::Date;
use kernel::{AssignmentRound, CertificateId, CompletionId, CourseId, DateSpan, ExemptionId, PersonId};

use super::{Assignment, AssignmentState, Catalogue, Completion, Exemption, Facts, Learner};
use crate::{Settings, certificates::Certificate, rules::due};

spelled! {
    /// Where an assignment stands on a day.
    Status {
        /// To be done.
        Open = "open",
        /// To be done, and late.
        Overdue = "overdue",
        /// Reported, waiting for somebody's look; never late meanwhile.
        Waiting = "waiting",
        /// Need not be done for now.
        Exempt = "exempt",
        /// Done.
        Completed = "completed",
        /// Taken back.
        Cancelled = "cancelled",
    }
}

/// Everything training holds on a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnerFile {
    /// The head.
    pub head: Learner,
    /// What was asked, every round of every course.
    pub assignments: Vec<Assignment>,
    /// What was done.
    pub completions: Vec<Completion>,
    /// What need not be done.
    pub exemptions: Vec<Exemption>,
    /// What was certified elsewhere, or awarded for a whole path.
    pub certificates: Vec<Certificate>,
}

impl LearnerFile {
    /// A new, empty file.
    pub fn new(facts: Facts) -> Self {
        Self {
            head: Learner::new(facts),
            assignments: Vec::new(),
            completions: Vec::new(),
            exemptions: Vec::new(),
            certificates: Vec::new(),
        }
    }

    /// Whose.
    pub const fn person(&self) -> PersonId {
        self.head.person()
    }

    /// The open assignment of a course; there is at most one.
    pub fn open(&self, course: CourseId) -> Option<&Assignment> {
        self.assignments.iter().find(|assignment| assignment.course == course && assignment.is_open())
    }

    /// The same, to be changed.
    pub(crate) fn open_mut(&mut self, course: CourseId) -> Option<&mut Assignment> {
        self.assignments.iter_mut().find(|assignment| assignment.course == course && assignment.is_open())
    }

    /// The latest assignment of a course, whatever its state.
    pub fn latest(&self, course: CourseId) -> Option<&Assignment> {
        self.assignments
            .iter()
            .filter(|assignment| assignment.course == course)
            .max_by_key(|assignment| assignment.round)
    }

    /// One assignment.
    pub fn assignment(&self, course: CourseId, round: AssignmentRound) -> Option<&Assignment> {
        self.assignments.iter().find(|assignment| assignment.course == course && assignment.round == round)
    }

    /// The round that a new assignment of a course gets.
    pub fn next_round(&self, course: CourseId) -> AssignmentRound {
        self.latest(course).map_or(AssignmentRound::FIRST, |assignment| assignment.round.next())
    }

    /// One completion.
    pub fn completion(&self, id: CompletionId) -> Option<&Completion> {
        self.completions.iter().find(|completion| completion.id == id)
    }

    /// One exemption.
    pub fn exemption(&self, id: ExemptionId) -> Option<&Exemption> {
        self.exemptions.iter().find(|exemption| exemption.id == id)
    }

    /// One certificate.
    pub fn certificate(&self, id: CertificateId) -> Option<&Certificate> {
        self.certificates.iter().find(|certificate| certificate.id == id)
    }

    /// The latest completion of a course that counts, as of a day.
    pub fn done(&self, course: CourseId, on: Date) -> Option<&Completion> {
        self.completions
            .iter()
            .filter(|completion| completion.course == course && completion.counts() && completion.completed_on <= on)
            .max_by_key(|completion| (completion.completed_on, completion.id))
    }

    /// Whether a course is validly completed on a day. A course that was done and has lapsed is not; it still has
    /// [`Self::done`].
    pub fn is_valid(&self, course: CourseId, catalogue: &Catalogue, on: Date) -> bool {
        self.done(course, on).is_some_and(|completion| {
            catalogue.course(course).is_none_or(|course| course.is_valid(completion.completed_on, on))
        })
    }

    /// Whether the person need not do a course on a day.
    pub fn is_exempt(&self, course: CourseId, on: Date) -> bool {
        self.exemptions.iter().any(|exemption| exemption.course == course && exemption.holds(on))
    }

    /// Whether a self-report of a course waits for somebody's look.
    pub fn is_waiting(&self, course: CourseId) -> bool {
        self.completions.iter().any(|completion| completion.course == course && completion.is_waiting())
    }

    /// The days that do not count on the way to a course's due date and after it: not yet started, away, exempt, or
    /// waiting for somebody's look.
    pub fn pauses(&self, course: CourseId) -> Vec<DateSpan> {
        let facts = &self.head.facts;
        let before_start = facts
            .start
            .and_then(|start| DateSpan::new(Date::MIN, Some(start.saturating_sub(jiff::Span::new().days(1)))).ok());
        let exempt = self.exemptions.iter().filter(|it| it.course == course).filter_map(Exemption::span);
        let waited = self.completions.iter().filter(|it| it.course == course).filter_map(Completion::waited);
        before_start.into_iter().chain(facts.absences.iter().copied()).chain(exempt).chain(waited).collect()
    }

    /// Where an assignment stands on a day.
    pub fn status(&self, assignment: &Assignment, settings: &Settings, on: Date) -> Status {
        match assignment.state {
            AssignmentState::Completed { .. } => Status::Completed,
            AssignmentState::Cancelled { .. } => Status::Cancelled,
            AssignmentState::Open if self.is_exempt(assignment.course, on) => Status::Exempt,
            AssignmentState::Open if self.is_waiting(assignment.course) => Status::Waiting,
            AssignmentState::Open => {
                let due = due::effective(assignment, &self.pauses(assignment.course), settings);
                if due.is_some_and(|due| due < on) { Status::Overdue } else { Status::Open }
            }
        }
    }
}
