//! An attempt of a person: the form that was drawn, until when it can be handed in, and what came of it. It holds no
//! key, and a person's export may show all of it but the seed.

use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{AssessmentId, AssignmentRound, AttemptId, CourseId, PersonId, Version};
use serde::{Deserialize, Serialize};

use super::{Answer, Assessment, Error, Outcome, Pin, Purpose, Seed, asking::utc_day};
use crate::model::{Percent, spelled};

/// What the attempts of an assessment are counted within: once and for all, a quarter, a year, or the round in which a
/// course is asked of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Round(String);

impl Round {
    /// The round of a day (UTC). `course` is the latest round in which the assessment's course is asked of the person; a
    /// course that nobody asked for is counted by year.
    pub fn of(purpose: Purpose, course: Option<AssignmentRound>, day: Date) -> Self {
        let year = day.year();
        Self(match (purpose, course) {
            (Purpose::Initial, _) => "once".to_owned(),
            (Purpose::Quarterly, _) => format!("{year}-q{}", (day.month() + 2) / 3),
            (Purpose::PostTraining | Purpose::Pre, Some(round)) => format!("round-{:03}", round.get()),
            (Purpose::Annual | Purpose::PostTraining | Purpose::Pre, _) => year.to_string(),
        })
    }
}

spelled! {
    /// Where an attempt stands.
    AttemptState {
        /// It can be handed in.
        Open = "open",
        /// It was handed in and scored.
        Submitted = "submitted",
        /// Its time ran out; it has no score and counts as an attempt.
        Expired = "expired",
    }
}

/// What was handed in, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// When.
    pub at: Timestamp,
    /// The answers, as they were given.
    pub answers: Vec<Answer>,
    /// What came of them.
    pub outcome: Outcome,
}

/// One attempt at an assessment. What it says of the assessment is as it was at the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// Whose.
    pub person: PersonId,
    /// At which assessment.
    pub assessment: AssessmentId,
    /// In which version.
    pub assessment_version: Version,
    /// When it is taken.
    pub purpose: Purpose,
    /// The course it belongs to.
    pub course: Option<CourseId>,
    /// What it is counted within.
    pub round: Round,
    /// Which attempt of the round it is, from 1.
    pub number: u8,
    /// How many there are in the round, as its first attempt found it: whoever was told that none is left, and what
    /// came of the questions, is not let in again by a change of the assessment.
    pub allowed: u8,
    /// What the form follows from.
    pub seed: Seed,
    /// The questions, in the form's order.
    pub questions: Vec<Pin>,
    /// The score from which it is passed.
    pub pass_mark: Percent,
    /// When it was started.
    pub started_at: Timestamp,
    /// Until when it can be handed in, [`Self::GRACE`] beside.
    pub deadline: Timestamp,
    /// What was handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission: Option<Submission>,
    /// How often it was written: once when started, once more when handed in.
    pub version: Version,
}

impl Attempt {
    /// What the network may take: answers that arrive so much after the deadline are still taken.
    pub const GRACE: SignedDuration = SignedDuration::from_secs(30);

    /// Where it stands at an instant.
    pub fn state(&self, at: Timestamp) -> AttemptState {
        if self.submission.is_some() {
            AttemptState::Submitted
        } else if at <= self.deadline.saturating_add(Self::GRACE).unwrap_or(Timestamp::MAX) {
            AttemptState::Open
        } else {
            AttemptState::Expired
        }
    }

    /// What came of it.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.submission.as_ref().map(|submission| &submission.outcome)
    }

    /// Whether it was passed.
    pub fn is_passed(&self) -> bool {
        self.outcome().is_some_and(|outcome| outcome.passed)
    }

    /// Whether no other attempt of its round comes after it, whenever that is.
    pub fn is_last(&self) -> bool {
        self.is_passed() || self.number >= self.allowed
    }

    /// How many attempts of its round are left after it at an instant: none once it is passed, or the quarter or year
    /// is over in which it was started. The round of a course ends with the next one alone, of which the attempt knows
    /// nothing.
    pub fn left(&self, at: Timestamp) -> u8 {
        let past = self.purpose.is_asked() && Round::of(self.purpose, None, utc_day(at)) != self.round;
        if past || self.is_passed() { 0 } else { self.allowed.saturating_sub(self.number) }
    }

    /// Whether its round is over with it at an instant: no other one is left, and it cannot be handed in any more.
    pub fn ends_round(&self, at: Timestamp) -> bool {
        self.left(at) == 0 && self.state(at) != AttemptState::Open
    }
}

/// The attempts of a person at an assessment in the latest round. Its version guards every start, so that two at once
/// are not both the last one that is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    /// Whose.
    pub person: PersonId,
    /// At which assessment.
    pub assessment: AssessmentId,
    /// Which round.
    pub round: Round,
    /// The attempts, in order.
    pub attempts: Vec<AttemptId>,
    /// How often it was written.
    pub version: Version,
}

impl Tries {
    /// None yet.
    pub const fn none(person: PersonId, assessment: AssessmentId, round: Round) -> Self {
        Self { person, assessment, round, attempts: Vec::new(), version: Version::ABSENT }
    }

    /// The same attempts as far as they are of a round.
    #[must_use]
    pub fn within(self, round: &Round) -> Self {
        if self.round == *round { self } else { Self { round: round.clone(), attempts: Vec::new(), ..self } }
    }
}

/// How many attempts there are in a round of which some may have been started: what is told of a round's end and who
/// may start follow from this one number.
pub(crate) fn allowed(assessment: &Assessment, earlier: &[Attempt]) -> u8 {
    let latest = earlier.iter().max_by_key(|attempt| attempt.number);
    latest.map_or(assessment.terms.attempts, |attempt| attempt.allowed)
}

/// Whether another attempt may start. `earlier` are the attempts of the round.
///
/// # Errors
/// [`Error`]: the assessment is retired, an attempt is open, the round is passed, no attempt is left, or it is too early.
pub(crate) fn may_start(assessment: &Assessment, earlier: &[Attempt], now: Timestamp) -> Result<(), Error> {
    let terms = &assessment.terms;
    if terms.retired {
        return Err(Error::Retired(assessment.id));
    }
    if let Some(open) = earlier.iter().find(|attempt| attempt.state(now) == AttemptState::Open) {
        return Err(Error::Open(open.id));
    }
    if earlier.iter().any(Attempt::is_passed) {
        return Err(Error::Passed);
    }
    if earlier.len() >= usize::from(allowed(assessment, earlier)) {
        return Err(Error::NoneLeft);
    }
    let pause = SignedDuration::from_hours(24 * i64::from(terms.days_between));
    let again = |attempt: &Attempt| attempt.started_at.saturating_add(pause).unwrap_or(Timestamp::MAX);
    match earlier.iter().map(again).max() {
        Some(from) if now < from => Err(Error::TooSoon(from)),
        _ => Ok(()),
    }
}

/// The scores in tenths before and after a course, of one person: the last test before the first one after. Nothing
/// where either is missing.
pub fn paired(attempts: &[Attempt], course: CourseId) -> Option<(u16, u16)> {
    let scored = |purpose| {
        let of_course = attempts.iter().filter(move |it| it.course == Some(course) && it.purpose == purpose);
        of_course.filter_map(|it| Some((it.submission.as_ref()?.at, it.outcome()?.score_tenths)))
    };
    let first_pre = scored(Purpose::Pre).map(|(at, _)| at).min()?;
    let (post_at, post) = scored(Purpose::PostTraining).filter(|(at, _)| *at > first_pre).min_by_key(|(at, _)| *at)?;
    let (_, pre) = scored(Purpose::Pre).filter(|(at, _)| *at < post_at).max_by_key(|(at, _)| *at)?;
    Some((pre, post))
}
