//! Every key of the table, in one place. The access patterns they serve are in `ARCHITECTURE.md`; a table test pins
//! their spelling, since a key once written is a key for ever.
//!
//! | system | prefix | partitions |
//! |---|---|---|
//! | every | `<SYS>#` | history with outbox rows, idempotency records, settings versions, jobs |
//! | directory | `DIR#` | person, access, e-mail, subject, search, team, workload |
//! | training | `TRAIN#` | person's file, catalogue, checks, boxes, roll-ups, rebuilds, runs, guidance, feedback, questions, attempts, materials, requests |
//! | mail | `MAIL#` | a person's mails, suppressed addresses |

use jiff::{Timestamp, civil::Date};
use kernel::{
    ArticleId, AssignmentRound, CertificateId, CompletionId, CourseId, EventId, ExemptionId, FeedbackId, JobId, MailId,
    PersonId, Principal, RunId, TeamId, WorkloadId, text::fold,
};
use sha2::{Digest, Sha256};

use crate::table::{Key, Range};

mod assessment;
mod materials;
mod requests;
mod sessions;

pub use assessment::{
    ASSESSMENTS, ATTEMPT, QUESTIONS, TRIES, asked_assessment, assessment, assessment_code, attempt, attempts_of,
    drawable, drawable_questions, question, question_position, question_positions, question_version, tries,
};
pub use materials::{material, materials_of};
pub use requests::{REQUEST, REQUESTED, open_requests_of, request, request_position, requests_of};
pub use sessions::{SESSIONS, booking, bookings_of, session, session_partition, session_position, sessions_from};

/// How many shards an index partition is spread over.
pub const SHARDS: u8 = 16;

/// A system's prefix: what `dynamodb:LeadingKeys` conditions name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum System {
    /// People, teams, workloads, program settings.
    Directory,
    /// Training and competency.
    Training,
    /// The mail queue.
    Mail,
}

impl System {
    /// Every system that holds something.
    pub const ALL: &[Self] = &[Self::Directory, Self::Training, Self::Mail];

    /// The prefix, without `#`.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Directory => "DIR",
            Self::Training => "TRAIN",
            Self::Mail => "MAIL",
        }
    }

    /// The system that an event's kind belongs to.
    pub fn of_event(kind: &str) -> Option<Self> {
        match kind.split('.').next() {
            Some("directory" | "program") => Some(Self::Directory),
            Some("training") => Some(Self::Training),
            Some("mail") => Some(Self::Mail),
            _ => None,
        }
    }
}

/// An instant as a sort position: fixed width, so that text order is time order.
pub fn instant(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// A key as it may stand in a log: partitions that are spelt with names or addresses show only what they are.
pub fn loggable(key: &Key) -> String {
    const PERSONAL: &[&str] = &["DIR#EMAIL#", "DIR#FIND#PERSON#"];
    match PERSONAL.iter().find(|prefix| key.pk.starts_with(**prefix)) {
        Some(prefix) => format!("{prefix}…"),
        None => key.to_string(),
    }
}

fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        // Length first, so that ("ab", "c") and ("a", "bc") differ.
        hasher.update(part.len().to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hex::encode(hasher.finalize())
}

// ---- every system ----

/// `<SYS>#HISTORY#<subject>` / `EVENT#<event>`: an event, outbox row and history in one.
pub fn event(system: System, subject: &str, event: EventId) -> Key {
    Key::new(history(system, subject), format!("EVENT#{event}"))
}

/// `<SYS>#HISTORY#<subject>`: everything that happened to a subject, in order.
pub fn history(system: System, subject: &str) -> String {
    format!("{}#HISTORY#{subject}", system.prefix())
}

/// `<SYS>#OUTBOX#<shard>` in the pending index.
pub fn outbox(system: System, shard: u8) -> String {
    format!("{}#OUTBOX#{shard:02}", system.prefix())
}

/// `<instant>#<id>`: a position in the pending index.
pub fn pending_position(at: Timestamp, id: impl std::fmt::Display) -> String {
    format!("{}#{id}", instant(at))
}

/// `<SYS>#IDEMPOTENCY#<actor>#<hash of the key>` / `RECORD`.
pub fn idempotency(system: System, actor: &Principal, key: &str) -> Key {
    Key::new(format!("{}#IDEMPOTENCY#{actor}#{}", system.prefix(), hash(&[key])), "RECORD")
}

/// `<SYS>#JOB#<job>` / `JOB`.
pub fn job(system: System, job: JobId) -> Key {
    Key::new(format!("{}#JOB#{job}", system.prefix()), "JOB")
}

/// `<SYS>#SETTINGS#<document>` / `V#<version>`.
pub fn settings(system: System, document: &str, version: u64) -> Key {
    Key::new(settings_history(system, document), format!("V#{version:08}"))
}

/// `<SYS>#SETTINGS#<document>`: every version of a settings document.
pub fn settings_history(system: System, document: &str) -> String {
    format!("{}#SETTINGS#{document}", system.prefix())
}

// ---- directory ----

/// `DIR#PERSON#<person>` / `PROFILE`.
pub fn person(person: PersonId) -> Key {
    Key::new(format!("DIR#PERSON#{person}"), "PROFILE")
}

/// `DIR#PEOPLE` in the list index.
pub const PEOPLE: &str = "DIR#PEOPLE";
/// `DIR#TEAMS` in the list index.
pub const TEAMS: &str = "DIR#TEAMS";
/// `DIR#WORKLOADS` in the list index.
pub const WORKLOADS: &str = "DIR#WORKLOADS";

/// `<folded name>#<id>`: a position in a listing by name.
pub fn name_position(name: &str, id: impl std::fmt::Display) -> String {
    format!("{}#{id}", fold(name))
}

/// `DIR#ACCESS#<person>` / `ACCESS`.
pub fn access(person: PersonId) -> Key {
    Key::new(format!("DIR#ACCESS#{person}"), "ACCESS")
}

/// `DIR#MANAGER#<manager>` in the list index: a manager's direct reports.
pub fn reports(manager: PersonId) -> String {
    format!("DIR#MANAGER#{manager}")
}

/// `DIR#EMAIL#<folded e-mail>` / `EMAIL`.
pub fn email(email: &str) -> Key {
    Key::new(format!("DIR#EMAIL#{}", fold(email)), "EMAIL")
}

/// `DIR#SUBJECT#<hash of issuer and subject>` / `SUBJECT`.
pub fn subject(issuer: &str, subject: &str) -> Key {
    Key::new(format!("DIR#SUBJECT#{}", hash(&[issuer, subject])), "SUBJECT")
}

/// `DIR#FIND#PERSON#<first two characters>` / `<folded text>#<person>`: a name or e-mail under which a person is found.
/// Nothing for a text of fewer than two characters.
pub fn find_person(found_by: &str, person: PersonId) -> Option<Key> {
    let (partition, folded) = find_partition(found_by)?;
    Some(Key::new(partition, format!("{folded}#{person}")))
}

/// The search partition and folded prefix for a query of at least two characters.
pub fn find_partition(prefix: &str) -> Option<(String, String)> {
    let folded = fold(prefix);
    let head: String = folded.chars().take(2).collect();
    (head.chars().count() == 2).then(|| (format!("DIR#FIND#PERSON#{head}"), folded))
}

/// `DIR#TEAM#<team>`: the team, its members and its workloads.
pub fn team_partition(team: TeamId) -> String {
    format!("DIR#TEAM#{team}")
}

/// `DIR#TEAM#<team>` / `TEAM`.
pub fn team(team: TeamId) -> Key {
    Key::new(team_partition(team), "TEAM")
}

/// `DIR#TEAM#<team>` / `MEMBER#<person>`.
pub fn member(team: TeamId, person: PersonId) -> Key {
    Key::new(team_partition(team), format!("MEMBER#{person}"))
}

/// `DIR#TEAM#<team>` / `OWNS#<workload>`.
pub fn owned_workload(team: TeamId, workload: WorkloadId) -> Key {
    Key::new(team_partition(team), format!("OWNS#{workload}"))
}

/// `DIR#TEAMCODE#<folded code>` / `CODE`.
pub fn team_code(code: &str) -> Key {
    Key::new(format!("DIR#TEAMCODE#{}", fold(code)), "CODE")
}

/// `DIR#WORKLOAD#<workload>` / `WORKLOAD`.
pub fn workload(workload: WorkloadId) -> Key {
    Key::new(format!("DIR#WORKLOAD#{workload}"), "WORKLOAD")
}

/// `DIR#WORKLOADCODE#<folded code>` / `CODE`.
pub fn workload_code(code: &str) -> Key {
    Key::new(format!("DIR#WORKLOADCODE#{}", fold(code)), "CODE")
}

// ---- training ----

/// `TRAIN#PERSON#<person>`: a learner's whole file.
pub fn learner_file(person: PersonId) -> String {
    format!("TRAIN#PERSON#{person}")
}

/// `TRAIN#PERSON#<person>` / `LEARNER`.
pub fn learner(person: PersonId) -> Key {
    Key::new(learner_file(person), "LEARNER")
}

/// `TRAIN#PERSON#<person>` / `ASSIGNMENT#<course>#<round>`.
pub fn assignment(person: PersonId, course: CourseId, round: AssignmentRound) -> Key {
    Key::new(learner_file(person), format!("ASSIGNMENT#{course}#{:03}", round.get()))
}

/// `TRAIN#PERSON#<person>` / `COMPLETION#<course>#<completion>`.
pub fn completion(person: PersonId, course: CourseId, completion: CompletionId) -> Key {
    Key::new(learner_file(person), format!("COMPLETION#{course}#{completion}"))
}

/// `TRAIN#PERSON#<person>` / `EXEMPTION#<course>#<exemption>`.
pub fn exemption(person: PersonId, course: CourseId, exemption: ExemptionId) -> Key {
    Key::new(learner_file(person), format!("EXEMPTION#{course}#{exemption}"))
}

/// `TRAIN#PERSON#<person>` / `CERTIFICATE#<certificate>`.
pub fn certificate(person: PersonId, certificate: CertificateId) -> Key {
    Key::new(learner_file(person), format!("CERTIFICATE#{certificate}"))
}

/// `TRAIN#EFFECT`: what was counted for every course.
pub const EFFECT: &str = "TRAIN#EFFECT";

/// `TRAIN#EFFECT` / `COURSE#<course>`.
pub fn effect(course: CourseId) -> Key {
    Key::new(EFFECT, format!("COURSE#{course}"))
}

/// `TRAIN#EFFECT#<course>` / `NOTES`: what was done about the feedback on a course.
pub fn effect_notes(course: CourseId) -> Key {
    Key::new(format!("TRAIN#EFFECT#{course}"), "NOTES")
}

/// `TRAIN#PULSE#<person>`: what a person said of courses.
pub fn pulses_of(person: PersonId) -> String {
    format!("TRAIN#PULSE#{person}")
}

/// `TRAIN#PULSE#<person>` / `<course>#<completion>`.
pub fn pulse(person: PersonId, course: CourseId, completion: CompletionId) -> Key {
    Key::new(pulses_of(person), format!("{course}#{completion}"))
}

/// `TRAIN#PULSES#<course>` in the list index: what was said of a course, by `<date>#<completion>`.
pub fn pulses_on(course: CourseId) -> String {
    format!("TRAIN#PULSES#{course}")
}

/// `TRAIN#COMPETENCY#<person>` / `PROFILE`.
pub fn competency(person: PersonId) -> Key {
    Key::new(format!("TRAIN#COMPETENCY#{person}"), "PROFILE")
}

/// `TRAIN#NEXT#PERSON#<shard>` in the next index.
pub fn next_people(shard: u8) -> String {
    format!("TRAIN#NEXT#PERSON#{shard:02}")
}

/// `TRAIN#NEXT#BOX#<shard>` in the next index.
pub fn next_boxes(shard: u8) -> String {
    format!("TRAIN#NEXT#BOX#{shard:02}")
}

/// `TRAIN#LEARNERS#<shard>` in the list index.
pub fn learners(shard: u8) -> String {
    format!("TRAIN#LEARNERS#{shard:02}")
}

/// `<instant>#<what>`: a position in the next index.
pub fn next_position(at: Timestamp, what: impl std::fmt::Display) -> String {
    format!("{}#{what}", instant(at))
}

/// Every position of the next index up to an instant, that instant included.
pub fn due_until(until: Timestamp) -> Range {
    Range::up_to(&instant(until))
}

/// `TRAIN#CATALOGUE`: all courses and role paths.
pub const CATALOGUE: &str = "TRAIN#CATALOGUE";

/// `TRAIN#CATALOGUE` / `VERSION`: the version that guards every change of the catalogue. It sorts after whatever it guards,
/// so that a query backwards reads it first.
pub fn catalogue() -> Key {
    Key::new(CATALOGUE, "VERSION")
}

/// `TRAIN#CATALOGUE` / `COURSE#<course>`.
pub fn course(course: CourseId) -> Key {
    Key::new(CATALOGUE, format!("COURSE#{course}"))
}

/// `TRAIN#CATALOGUE` / `PATH#<job role>`.
pub fn path(job_role: &str) -> Key {
    Key::new(CATALOGUE, format!("PATH#{job_role}"))
}

/// `TRAIN#COURSECODE#<folded code>` / `CODE`.
pub fn course_code(code: &str) -> Key {
    Key::new(format!("TRAIN#COURSECODE#{}", fold(code)), "CODE")
}

/// `TRAIN#CHECKS`: self-reports that wait for someone else's look.
pub const CHECKS: &str = "TRAIN#CHECKS";

/// `TRAIN#CHECKS` / `<completion>`.
pub fn check(completion: CompletionId) -> Key {
    Key::new(CHECKS, completion.to_string())
}

/// `TRAIN#BOX#<person>#<kind>`: a box and its lines.
pub fn box_partition(person: PersonId, kind: &str) -> String {
    format!("TRAIN#BOX#{person}#{kind}")
}

/// `TRAIN#BOX#<person>#<kind>` / `BOX`.
pub fn box_head(person: PersonId, kind: &str) -> Key {
    Key::new(box_partition(person, kind), "BOX")
}

/// `TRAIN#BOX#<person>#<kind>` / `LINE#<about>#<course>`.
pub fn box_line(person: PersonId, kind: &str, about: PersonId, course: CourseId) -> Key {
    Key::new(box_partition(person, kind), format!("LINE#{about}#{course}"))
}

/// `TRAIN#ROLLUP#<scope>` / `NOW`; a scope is `COMPANY`, `TEAM#<team>` or `DEPARTMENT#<code>`.
pub fn rollup(scope: &str) -> Key {
    Key::new(rollup_partition(scope), "NOW")
}

/// `TRAIN#ROLLUP#<scope>`: a roll-up now and at the end of each day on which it changed.
pub fn rollup_partition(scope: &str) -> String {
    format!("TRAIN#ROLLUP#{scope}")
}

/// `TRAIN#ROLLUP#<scope>` / `DAY#<date>`.
pub fn rollup_day(scope: &str, day: Date) -> Key {
    Key::new(rollup_partition(scope), format!("DAY#{day}"))
}

/// `TRAIN#COUNTED#<event>` / `MARK`: an event whose delta is in the roll-ups.
pub fn counted(event: EventId) -> Key {
    Key::new(format!("TRAIN#COUNTED#{event}"), "MARK")
}

/// `TRAIN#REBUILD#<rebuild>`: the notes of putting figures right.
pub fn rebuild_partition(rebuild: &str) -> String {
    format!("TRAIN#REBUILD#{rebuild}")
}

/// `TRAIN#REBUILD#<rebuild>` / `<note>`: `FIRST#<shard>#<position>`, `SECOND#<shard>#<position>` or `FIGURES#<number>`.
pub fn rebuild(rebuild: &str, note: &str) -> Key {
    Key::new(rebuild_partition(rebuild), note)
}

/// `TRAIN#RUN#<run>` / `RUN`.
pub fn run(run: RunId) -> Key {
    Key::new(format!("TRAIN#RUN#{run}"), "RUN")
}

/// `TRAIN#GUIDANCE`: what the list keeps of every article.
pub const GUIDANCE: &str = "TRAIN#GUIDANCE";

/// `TRAIN#GUIDANCE` / `<folded code>`: also what makes the code unique.
pub fn article_entry(code: &str) -> Key {
    Key::new(GUIDANCE, fold(code))
}

/// `TRAIN#GUIDANCE#<article>` / `NOW`: the latest version.
pub fn article(article: ArticleId) -> Key {
    Key::new(format!("TRAIN#GUIDANCE#{article}"), "NOW")
}

/// `TRAIN#GUIDANCE#<article>` / `V#<version>`: an earlier version.
pub fn article_version(article: ArticleId, version: u64) -> Key {
    Key::new(format!("TRAIN#GUIDANCE#{article}"), format!("V#{version:08}"))
}

/// `TRAIN#GUIDANCE#<article>` / `COUNTS`: how many found it helpful.
pub fn article_counts(article: ArticleId) -> Key {
    Key::new(format!("TRAIN#GUIDANCE#{article}"), "COUNTS")
}

/// `TRAIN#FEEDBACK#<person>`: what a person said of articles.
pub fn feedback_of(person: PersonId) -> String {
    format!("TRAIN#FEEDBACK#{person}")
}

/// `TRAIN#FEEDBACK#<person>` / `<article>#<version>`.
pub fn feedback(person: PersonId, article: ArticleId, version: u64) -> Key {
    Key::new(feedback_of(person), format!("{article}#{version:08}"))
}

/// `TRAIN#COMMENTS#<article>` in the list index: feedback with a comment, whoever gave it.
pub fn comments(article: ArticleId) -> String {
    format!("TRAIN#COMMENTS#{article}")
}

/// `<instant>#<feedback>`: a position among the comments on an article.
pub fn comment_position(at: Timestamp, feedback: FeedbackId) -> String {
    format!("{}#{feedback}", instant(at))
}

// ---- mail ----

/// `MAIL#PERSON#<person>` / `<mail>`.
pub fn mail(person: PersonId, mail: MailId) -> Key {
    Key::new(mails_of(person), mail.to_string())
}

/// `MAIL#PERSON#<person>`: a person's mails, oldest first.
pub fn mails_of(person: PersonId) -> String {
    format!("MAIL#PERSON#{person}")
}

/// `MAIL#DAY#<date>` in the list index; the date is in UTC.
pub fn mails_of_day(day: Date) -> String {
    format!("MAIL#DAY#{day}")
}

/// `<person>#<mail>`: a position among a day's mails.
pub fn mail_position(person: PersonId, mail: MailId) -> String {
    format!("{person}#{mail}")
}

/// `MAIL#PENDING#<shard>` in the pending index.
pub fn pending_mails(shard: u8) -> String {
    format!("MAIL#PENDING#{shard:02}")
}

/// `MAIL#SUPPRESSED#<SHA-256 of the folded e-mail>` / `SUPPRESSED`.
pub fn suppressed(address: &mail::AddressHash) -> Key {
    Key::new(format!("MAIL#SUPPRESSED#{address}"), "SUPPRESSED")
}

#[cfg(test)]
mod tests;
