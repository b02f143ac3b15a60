//! What training asks of the world: small object-safe traits in domain types. The store implements all three; tests
//! implement them in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};
use kernel::{
    AssignmentRound, Cause, Commit, CompletionId, CourseId, ExemptionId, JobId, Limit, Page, PersonId, Position, RunId,
    StoreError, Version, ZoneName, import::ImportJob,
};

use crate::{
    Settings, assessment, certificates, competency, effectiveness, guidance, materials,
    model::{
        Assignment, BoxKind, BoxLine, Catalogue, Check, Completion, Course, Exemption, Facts, Learner, LearnerFile,
        ReminderRun, RolePath, RollUp, Scope, Tray,
    },
    requests, sessions,
};

/// What a store answers.
pub type Stored<T> = Result<T, StoreError>;

/// A group's figures as they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRollUp {
    /// The figures.
    pub roll_up: RollUp,
    /// The UTC day of the last change.
    pub day: Date,
    /// How often it was written.
    pub version: Version,
}

/// Reads what training holds. Everything that a decision rests on is read consistently.
#[async_trait]
pub trait TrainingReader: Send + Sync {
    /// A learner's whole file, by one query.
    async fn file(&self, person: PersonId) -> Stored<Option<LearnerFile>>;
    /// The heads of some files; those that do not exist are left out.
    async fn learners(&self, people: &[PersonId]) -> Stored<Vec<Learner>>;
    /// Everybody with a file in a shard (0 to 15), as a page.
    async fn listed(&self, shard: u8, limit: Limit, after: Option<&Position>) -> Stored<Page<PersonId>>;
    /// Who of a shard must be visited up to an instant, soonest first, as a page.
    async fn due_people(
        &self,
        shard: u8,
        until: Timestamp,
        limit: Limit,
        after: Option<&Position>,
    ) -> Stored<Page<PersonId>>;
    /// Which boxes of a shard must be visited up to an instant, soonest first, as a page.
    async fn due_boxes(
        &self,
        shard: u8,
        until: Timestamp,
        limit: Limit,
        after: Option<&Position>,
    ) -> Stored<Page<(PersonId, BoxKind)>>;
    /// The whole catalogue, by one query.
    async fn catalogue(&self) -> Stored<Catalogue>;
    /// A box's head.
    async fn tray(&self, owner: PersonId, kind: BoxKind) -> Stored<Option<Tray>>;
    /// A box's lines, ordered by person and course.
    async fn lines(&self, owner: PersonId, kind: BoxKind) -> Stored<Vec<BoxLine>>;
    /// A group's figures now, or as they were at the end of a day (UTC): the last day with a change up to it.
    async fn roll_up(&self, scope: &Scope, as_of: Option<Date>) -> Stored<Option<StoredRollUp>>;
    /// The self-reports that wait for somebody's look, oldest first, as a page.
    async fn checks(&self, limit: Limit, after: Option<&Position>) -> Stored<Page<Check>>;
    /// One of them.
    async fn check(&self, completion: CompletionId) -> Stored<Option<Check>>;
    /// A reminder run.
    async fn run(&self, run: RunId) -> Stored<Option<ReminderRun>>;
    /// An import job.
    async fn job(&self, job: JobId) -> Stored<Option<ImportJob>>;
    /// The settings of a version, or the latest.
    async fn settings(&self, version: Option<Version>) -> Stored<Option<(Version, Settings)>>;
}

/// Writes what training decides: everything in a commit, or nothing.
#[async_trait]
pub trait TrainingWriter: Send + Sync {
    /// Makes a change. The cause says by whom and when: idempotency records are kept per caller, mails per instant.
    async fn commit(&self, commit: Commit<Write>, cause: &Cause) -> Stored<()>;
}

/// What the directory knows of people.
#[async_trait]
pub trait Roster: Send + Sync {
    /// A person's facts as they are now.
    async fn facts(&self, person: PersonId) -> Stored<Option<Facts>>;
    /// In which zones these people live, at most 100 of them, by one read; whom the directory does not know is left out.
    async fn zones(&self, people: &[PersonId]) -> Stored<BTreeMap<PersonId, ZoneName>>;
    /// Who has these e-mail addresses, folded before comparing; one answer per address, in order.
    async fn by_email(&self, emails: &[&str]) -> Stored<Vec<Option<PersonId>>>;
    /// Somebody's direct reports, as a page.
    async fn reports(&self, manager: PersonId, limit: Limit, after: Option<&Position>) -> Stored<Page<PersonId>>;
}

/// One write. `before` is the version that was read ([`Version::ABSENT`]: the thing must not exist); the value written
/// carries the version after it. Writes inside a file carry no version of their own: they travel with the file's head,
/// which guards them.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// The head of a file.
    Learner {
        /// The version that was read.
        before: Version,
        /// The head.
        head: Box<Learner>,
    },
    /// The head of a file is forgotten.
    ForgetLearner {
        /// Whose.
        person: PersonId,
        /// The version that was read.
        before: Version,
    },
    /// An assignment of a file.
    Assignment {
        /// Whose.
        person: PersonId,
        /// The assignment.
        assignment: Box<Assignment>,
    },
    /// An assignment is forgotten.
    ForgetAssignment {
        /// Whose.
        person: PersonId,
        /// Which course.
        course: CourseId,
        /// Which round.
        round: AssignmentRound,
    },
    /// A completion of a file.
    Completion {
        /// Whose.
        person: PersonId,
        /// The completion.
        completion: Completion,
    },
    /// A completion is forgotten.
    ForgetCompletion {
        /// Whose.
        person: PersonId,
        /// Which course.
        course: CourseId,
        /// Which one.
        completion: CompletionId,
    },
    /// An exemption of a file.
    Exemption {
        /// Whose.
        person: PersonId,
        /// The exemption.
        exemption: Exemption,
    },
    /// An exemption is forgotten.
    ForgetExemption {
        /// Whose.
        person: PersonId,
        /// Which course.
        course: CourseId,
        /// Which one.
        exemption: ExemptionId,
    },
    /// A self-report enters the list of checks.
    Check(Check),
    /// A self-report leaves the list of checks; nothing happens when it is not there.
    DropCheck(CompletionId),
    /// The guard of the catalogue: goes with every course and path.
    Catalogue {
        /// The version that was read.
        before: Version,
    },
    /// A course. When it is new, its code becomes taken.
    Course {
        /// The version that was read.
        before: Version,
        /// The course.
        course: Box<Course>,
    },
    /// A role path.
    Path {
        /// The version that was read.
        before: Version,
        /// The path.
        path: RolePath,
    },
    /// The head of a box.
    Tray {
        /// The version that was read.
        before: Version,
        /// The head.
        tray: Tray,
    },
    /// A line of a box, put or replaced.
    Line {
        /// Whose box.
        owner: PersonId,
        /// Which box.
        kind: BoxKind,
        /// The line.
        line: BoxLine,
    },
    /// A line of a box is removed; nothing happens when it is not there.
    DropLine {
        /// Whose box.
        owner: PersonId,
        /// Which box.
        kind: BoxKind,
        /// Whose course.
        person: PersonId,
        /// Which course.
        course: CourseId,
    },
    /// A reminder run.
    Run {
        /// The version that was read.
        before: Version,
        /// The run.
        run: ReminderRun,
    },
    /// An import job, written once more than before.
    Job(Box<ImportJob>),
    /// A new version of the settings, which must not exist yet.
    Settings {
        /// The new version.
        version: Version,
        /// The settings.
        settings: Box<Settings>,
    },
    /// Of the question bank, assessments and attempts.
    Assessment(assessment::Write),
    /// Of people's competency.
    Competency(competency::Write),
    /// Of what courses do.
    Effectiveness(effectiveness::Write),
    /// Of sessions and their bookings.
    Sessions(sessions::Write),
    /// Of the guidance library.
    Guidance(guidance::Write),
    /// Of the materials of courses.
    Materials(materials::Write),
    /// Of people's requests for seats and vouchers.
    Requests(requests::Write),
    /// Of a file's certificates.
    Certificates(certificates::Write),
}
