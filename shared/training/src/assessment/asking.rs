//! Who is asked to take which test, and when. A test of purpose initial is asked for once, from the first day on; one of
//! purpose quarterly or annual once in each calendar quarter or year. It is asked of whom it is about: whose job role
//! has a target in at least one of its areas. In the quarter and year in which somebody joins, the initial test stands
//! for the others, where there is one for them; whoever comes back was asked for it in their earlier stay, and is asked
//! like everybody. Nothing is asked of security contacts and program leads, as the settings name them: they may read
//! what is right, and take no tests.
//!
//! A period is the round that an attempt started at that moment is counted within, so that what is asked for is what is
//! taken. Nothing here follows up: who was told, or started an attempt, is asked no more in that period.

use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use kernel::AssessmentId;
use serde::{Deserialize, Serialize};

use super::{Assessment, Purpose, Round, Terms};
use crate::{
    Settings,
    model::{Catalogue, Facts, JobRole, Learner},
};

/// The UTC day of an instant: rounds are told by it.
pub(crate) fn utc_day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// What a person knows of a test in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Which test.
    pub assessment: AssessmentId,
    /// In which period.
    pub round: Round,
    /// Whether an attempt was started.
    #[serde(default)]
    pub started: bool,
    /// Whether a mail that was sent asked for it.
    #[serde(default)]
    pub told: bool,
    /// Whether a preview did.
    #[serde(default)]
    pub previewed: bool,
}

/// How a person came to know of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// They started an attempt.
    Started,
    /// A mail asked for it; false for a preview.
    Told {
        /// Whether it was sent.
        real: bool,
    },
}

/// A test that is to be taken in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due<'a> {
    /// The test.
    pub assessment: &'a Assessment,
    /// The period.
    pub round: Round,
    /// Its last day (UTC); nothing where it does not end.
    pub until: Option<Date>,
}

/// The first day of the period that a day lies in, and the first one after it; nothing where there is one period only.
fn period(purpose: Purpose, day: Date) -> Option<(Date, Date)> {
    let (month, months) = match purpose {
        Purpose::Quarterly => ((day.month() - 1) / 3 * 3 + 1, 3),
        Purpose::Annual => (1, 12),
        Purpose::Initial | Purpose::PostTraining | Purpose::Pre => return None,
    };
    let first = Date::new(day.year(), month, 1).ok()?;
    Some((first, first.saturating_add(Span::new().months(months))))
}

fn applies(terms: &Terms, role: JobRole, settings: &Settings) -> bool {
    let Some(targets) = settings.targets(role) else { return false };
    terms.is_asked() && terms.sections.iter().any(|section| targets.contains_key(&section.area))
}

fn about<'a>(facts: &Facts, catalogue: &'a Catalogue, settings: &Settings) -> Vec<&'a Assessment> {
    if settings.security_contacts.iter().chain(&settings.program_admins).any(|person| *person == facts.person) {
        return Vec::new();
    }
    let role = facts.job_role;
    let mut found: Vec<&Assessment> = catalogue.tests().filter(|it| applies(&it.terms, role, settings)).collect();
    found.sort_by_key(|it| (it.terms.purpose, it.code.as_str().to_owned()));
    found
}

/// What somebody is to take in the periods that an instant lies in, whether they know of it or not: the initial test
/// first. Nothing before the first day and after the last.
pub fn due<'a>(head: &Learner, catalogue: &'a Catalogue, settings: &Settings, at: Timestamp) -> Vec<Due<'a>> {
    let facts = &head.facts;
    if !facts.is_active(facts.today(at)) {
        return Vec::new();
    }
    let (found, day) = (about(facts, catalogue, settings), utc_day(at));
    let initial = found.iter().any(|it| it.terms.purpose == Purpose::Initial) && !head.is_back();
    let due = |assessment: &'a Assessment| {
        let purpose = assessment.terms.purpose;
        let period = period(purpose, day);
        let joined_in_it = period.is_some_and(|(first, _)| facts.start.is_some_and(|start| start >= first));
        (!(initial && joined_in_it)).then(|| Due {
            assessment,
            round: Round::of(purpose, None, day),
            until: period.map(|(_, next)| next.saturating_sub(Span::new().days(1))),
        })
    };
    found.into_iter().filter_map(due).collect()
}

/// The first days (UTC) of the next periods in which somebody is asked for something.
pub fn next_periods(facts: &Facts, catalogue: &Catalogue, settings: &Settings, at: Timestamp) -> Vec<Date> {
    let next = |assessment: &Assessment| period(assessment.terms.purpose, utc_day(at)).map(|(_, next)| next);
    about(facts, catalogue, settings).into_iter().filter_map(next).collect()
}

impl Learner {
    /// Whether the present stay follows an earlier one; a first day that was put right since changes nothing about it.
    fn is_back(&self) -> bool {
        self.returned_on.is_some_and(|since| self.facts.start.is_none_or(|start| start >= since))
    }

    /// Whether the person knows of a test in a period; a preview counts for previews only.
    pub fn knows(&self, assessment: AssessmentId, round: &Round, real: bool) -> bool {
        let known = self.tests.iter().find(|it| it.assessment == assessment && it.round == *round);
        known.is_some_and(|it| it.started || it.told || (it.previewed && !real))
    }

    /// Whether the person started an attempt at a test in a period.
    pub fn started(&self, assessment: AssessmentId, round: &Round) -> bool {
        self.tests.iter().any(|it| it.assessment == assessment && it.round == *round && it.started)
    }

    /// Notes that the person knows of a test in a period, and forgets periods that are over. Says whether that is new.
    pub(crate) fn heard(&mut self, assessment: AssessmentId, round: &Round, how: Heard, at: Timestamp) -> bool {
        let day = utc_day(at);
        let now = [Purpose::Initial, Purpose::Quarterly, Purpose::Annual].map(|purpose| Round::of(purpose, None, day));
        if !now.contains(round) {
            return false;
        }
        let before = self.tests.clone();
        self.tests.retain(|it| now.contains(&it.round));
        let place = self.tests.iter().position(|it| it.assessment == assessment && it.round == *round);
        let place = place.unwrap_or_else(|| {
            let (round, started, told, previewed) = (round.clone(), false, false, false);
            self.tests.push(Asked { assessment, round, started, told, previewed });
            self.tests.len() - 1
        });
        let known = &mut self.tests[place];
        match how {
            Heard::Started => known.started = true,
            Heard::Told { real: true } => known.told = true,
            Heard::Told { real: false } => known.previewed = true,
        }
        self.tests != before
    }
}
