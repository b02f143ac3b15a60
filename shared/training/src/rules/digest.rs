//! The models of the mails that training writes: ids, numbers, dates and catalogue titles, in the shape the templates
//! `training-digest`, `manager-digest` and `escalation-digest` read. People's and teams' names are looked up when a mail
//! is rendered; links are signed then, from person, course, round and nonce.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use kernel::{AssessmentId, AssignmentRound, CertificateId, CourseId, JobRole, MailDraft, MailId, PersonId, TeamId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{due, news::ChangeLine};
use crate::{
    assessment::{Purpose, asking::Due},
    model::{AskKind, BoxKind, BoxLine, Catalogue, LinkClaims},
};

/// The learner's daily digest.
pub const TRAINING_TEMPLATE: &str = "training-digest";
/// The manager's weekly digest.
pub const MANAGER_TEMPLATE: &str = "manager-digest";
/// The escalations' weekly digest.
pub const ESCALATION_TEMPLATE: &str = "escalation-digest";

/// How many changes of a plan a digest names; of the others it says how many there are.
const CHANGES_AT_ONCE: usize = 15;

/// One course in a learner's digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestLine {
    /// The course.
    pub course_id: CourseId,
    /// Which assignment of it.
    pub round: AssignmentRound,
    /// What the line's link is bound to.
    pub nonce: String,
    /// The catalogue's title.
    pub title: String,
    /// Where the course is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The due date in effect.
    pub due: Date,
    /// Days until then; negative when overdue.
    pub days_left: i32,
    /// The rung that is told, as days from the due date.
    pub rung: i32,
    /// Whether it counts and managers hear of it.
    pub required: bool,
    /// Why the course is asked.
    pub reason: crate::model::AssignmentReason,
    /// From which day the manager hears.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager_sees_on: Option<Date>,
    /// From which day the next manager and security see it in counts without names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others_see_on: Option<Date>,
    /// When the next reminder would come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_reminder_on: Option<Date>,
}

impl DigestLine {
    /// What the line's link is bound to.
    pub fn claims(&self, person: PersonId) -> LinkClaims {
        LinkClaims { person, course: self.course_id, round: self.round, nonce: self.nonce.parse().unwrap_or_default() }
    }
}

/// One certificate in a learner's digest that ends soon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateLine {
    /// The certificate.
    pub certificate_id: CertificateId,
    /// What it is called; absent for a path's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The path that it was awarded for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<JobRole>,
    /// Its last valid day.
    pub expires: Date,
    /// Days until then.
    pub days_left: i32,
    /// The rung that is told, as days from the last valid day.
    pub rung: i32,
    /// When the next reminder would come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_reminder_on: Option<Date>,
}

/// One test in a learner's digest that they are asked to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestLine {
    /// Which test.
    pub assessment_id: AssessmentId,
    /// What it is called.
    pub title: String,
    /// When it is taken: at the start, once a quarter or once a year.
    pub purpose: Purpose,
    /// How many questions it has.
    pub questions: u16,
    /// How many minutes there are.
    pub minutes: u16,
    /// The last day of the period it is asked for in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl From<&Due<'_>> for TestLine {
    fn from(due: &Due<'_>) -> Self {
        let terms = &due.assessment.terms;
        Self {
            assessment_id: due.assessment.id,
            title: terms.title.as_str().to_owned(),
            purpose: terms.purpose,
            questions: terms.questions(),
            minutes: terms.minutes,
            until: due.until,
        }
    }
}

/// A learner's digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// The learner's day.
    pub date: Date,
    /// What is told, most urgent first.
    pub lines: Vec<DigestLine>,
    /// What changed in the plan.
    pub changes: Vec<ChangeLine>,
    /// Certificates that end soon, the nearest end first.
    pub certificates: Vec<CertificateLine>,
    /// Tests to be taken, the initial one first.
    pub tests: Vec<TestLine>,
    /// False for a preview.
    pub real: bool,
    /// What the opt-out link is bound to; only where nothing is told but courses that are not required.
    pub opt_out: Option<u32>,
}

impl Digest {
    /// As a mail.
    pub fn mail(&self, person: PersonId, now: Timestamp) -> MailDraft {
        let mut model = json!({"date": self.date, "lines": self.lines});
        if !self.changes.is_empty() {
            let (told, more) = self.changes.split_at(self.changes.len().min(CHANGES_AT_ONCE));
            model["changes"] = json!(told);
            model["more_changes"] = json!(more.len());
        }
        if !self.certificates.is_empty() {
            model["certificates"] = json!(self.certificates);
        }
        if !self.tests.is_empty() {
            model["tests"] = json!(self.tests);
        }
        if let Some(nonce) = self.opt_out {
            model["opt_out"] = json!(nonce.to_string());
        }
        draft(person, TRAINING_TEMPLATE, model, self.real, now)
    }
}

/// A box's weekly digest, or nothing when no line is to be shown. `today` is the reader's.
pub fn box_mail(
    kind: BoxKind,
    reader: PersonId,
    lines: &[BoxLine],
    catalogue: &Catalogue,
    real: bool,
    today: Date,
    now: Timestamp,
) -> Option<MailDraft> {
    // A line from a preview is no news in a mail that is really sent; nobody reads of themselves.
    let told = |line: &&BoxLine| line.person != reader && (line.ask.is_some() || line.real || !real);
    let lines: Vec<BoxLine> = lines
        .iter()
        .filter(told)
        .map(|line| BoxLine { overdue: line.overdue && (line.real || !real), ..*line })
        .collect();
    match kind {
        BoxKind::Manager => {
            let people = manager_people(&lines, catalogue, today);
            (!people.is_empty())
                .then(|| draft(reader, MANAGER_TEMPLATE, json!({"date": today, "people": people}), real, now))
        }
        BoxKind::Escalation => {
            let teams = escalation_teams(&lines, today);
            (!teams.is_empty())
                .then(|| draft(reader, ESCALATION_TEMPLATE, json!({"date": today, "teams": teams}), real, now))
        }
    }
}

#[derive(Serialize)]
struct OverduePerson {
    person_id: PersonId,
    courses: Vec<OverdueCourse>,
}

#[derive(Serialize)]
struct OverdueCourse {
    course_id: CourseId,
    title: String,
    due: Date,
    days_overdue: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<AskKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wished: Option<Date>,
}

fn manager_people(lines: &[BoxLine], catalogue: &Catalogue, today: Date) -> Vec<OverduePerson> {
    let mut people: BTreeMap<PersonId, Vec<OverdueCourse>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.overdue || line.ask.is_some()) {
        let title = catalogue.course(line.course).map_or_else(String::new, |course| course.title.as_str().to_owned());
        people.entry(line.person).or_default().push(OverdueCourse {
            course_id: line.course,
            title,
            due: line.due,
            days_overdue: due::between(line.due, today).max(0),
            ask: line.ask.map(|ask| ask.kind),
            wished: line.ask.and_then(|ask| ask.until),
        });
    }
    people.into_iter().map(|(person_id, courses)| OverduePerson { person_id, courses }).collect()
}

#[derive(Serialize)]
struct OverdueTeam {
    /// Absent for what is told of several groups together, none of them by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    team_id: Option<TeamId>,
    people: usize,
    courses: usize,
    longest_days_overdue: i32,
}

fn escalation_teams(lines: &[BoxLine], today: Date) -> Vec<OverdueTeam> {
    let mut teams: BTreeMap<Option<TeamId>, Vec<&BoxLine>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.overdue) {
        teams.entry(line.team).or_default().push(line);
    }
    teams
        .into_iter()
        .map(|(team_id, lines)| OverdueTeam {
            team_id,
            people: lines.iter().map(|line| line.person).collect::<BTreeSet<_>>().len(),
            courses: lines.len(),
            longest_days_overdue: lines.iter().map(|line| due::between(line.due, today)).max().unwrap_or(0).max(0),
        })
        .collect()
}

fn draft(person: PersonId, template: &str, model: serde_json::Value, deliver: bool, now: Timestamp) -> MailDraft {
    MailDraft { id: MailId::new(now), person, template: template.to_owned(), model, deliver }
}
