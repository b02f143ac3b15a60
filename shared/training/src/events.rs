//! What training says to the rest of the program. Kinds are constants, data are ids, numbers and dates; a kind's data
//! may grow and never changes meaning within a version.

mod said;

use jiff::civil::Date;
use kernel::{AssignmentRound, Cause, CertificateId, CompletionId, CourseId, Event, ExemptionId, PersonId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{AskKind, Placement};

pub use said::{
    article, assessment, attempt_started, attempt_submitted, course, judged, material, path, pulse_answered,
    pulse_given, question, request, seat, session, settings,
};

/// A course entered the catalogue.
pub const COURSE_PUBLISHED: &str = "training.course_published";
/// A course changed.
pub const COURSE_CHANGED: &str = "training.course_changed";
/// A course is asked of nobody any more.
pub const COURSE_RETIRED: &str = "training.course_retired";
/// A role path was set.
pub const PATH_CHANGED: &str = "training.path_changed";
/// A course was asked of a person.
pub const ASSIGNED: &str = "training.assigned";
/// The due date passed.
pub const BECAME_OVERDUE: &str = "training.became_overdue";
/// A course was done, or reported as done.
pub const COMPLETED: &str = "training.completed";
/// Somebody looked at a self-report.
pub const COMPLETION_CHECKED: &str = "training.completion_checked";
/// More time was given.
pub const EXTENDED: &str = "training.extended";
/// An offer became urgent: it falls due sooner.
pub const MOVED_UP: &str = "training.moved_up";
/// It was written down how far somebody was some days after they started.
pub const CHECKED_IN: &str = "training.onboarding_checked";
/// An assignment was taken back.
pub const CANCELLED: &str = "training.cancelled";
/// A course need not be done for a while.
pub const EXEMPTED: &str = "training.exempted";
/// That while is over.
pub const EXEMPTION_ENDED: &str = "training.exemption_ended";
/// A person answered on the page behind a mail link.
pub const ASKED: &str = "training.asked";
/// A person said to be away: the directory records the absence.
pub const ABSENCE_REPORTED: &str = "training.absence_reported";
/// A person declined digests without anything required.
pub const OPTIONAL_DECLINED: &str = "training.optional_declined";
/// A person wants them again.
pub const OPTIONAL_RESUMED: &str = "training.optional_resumed";
/// What a person contributes to the figures changed.
pub const STANDING_CHANGED: &str = "training.standing_changed";
/// Figures had drifted from what people's files say and were put right.
pub const FIGURES_REBUILT: &str = "training.figures_rebuilt";
/// An article of the guidance library was written, or written anew.
pub const ARTICLE_WRITTEN: &str = "training.article_written";
/// An article is read by everybody.
pub const ARTICLE_PUBLISHED: &str = "training.article_published";
/// An article is a draft again.
pub const ARTICLE_WITHDRAWN: &str = "training.article_withdrawn";
/// An article is read by nobody but those who write.
pub const ARTICLE_RETIRED: &str = "training.article_retired";
/// Settings changed.
pub const SETTINGS_CHANGED: &str = "training.settings_changed";
/// A file was taken on.
pub const IMPORT_STARTED: &str = "training.import_started";
/// An import has ended.
pub const IMPORT_FINISHED: &str = "training.import_finished";
/// A question entered the bank, changed or was retired.
pub const QUESTION_CHANGED: &str = "training.question_changed";
/// An assessment was added or changed.
pub const ASSESSMENT_CHANGED: &str = "training.assessment_changed";
/// A person started an attempt at an assessment.
pub const ATTEMPT_STARTED: &str = "training.attempt_started";
/// A person handed an attempt in, and it was scored.
pub const ATTEMPT_SUBMITTED: &str = "training.attempt_submitted";
/// Somebody said what they think of a course they completed.
pub const PULSE_GIVEN: &str = "training.pulse_given";
/// It was noted what was done about the feedback on a course.
pub const PULSE_ANSWERED: &str = "training.pulse_answered";
/// Something was judged of a person in a competency area.
pub const COMPETENCY_JUDGED: &str = "training.competency_judged";
/// A session was planned.
pub const SESSION_PLANNED: &str = "training.session_planned";
/// A session changed, its seats included.
pub const SESSION_CHANGED: &str = "training.session_changed";
/// A session was called off.
pub const SESSION_CANCELLED: &str = "training.session_cancelled";
/// A session took place: its first roster was taken.
pub const SESSION_HELD: &str = "training.session_held";
/// A person got a seat.
pub const SEAT_BOOKED: &str = "training.seat_booked";
/// A person waits for a seat.
pub const SEAT_AWAITED: &str = "training.seat_awaited";
/// A person who waited got a seat.
pub const SEAT_MOVED_UP: &str = "training.seat_moved_up";
/// A person gave their seat, or their place in the waiting list, back.
pub const SEAT_GIVEN_BACK: &str = "training.seat_given_back";
/// A person has a certificate from elsewhere, says a record that nobody has looked at yet.
pub const CERTIFICATE_RECORDED: &str = "training.certificate_recorded";
/// A record of a certificate says something else, and waits for a look.
pub const CERTIFICATE_CHANGED: &str = "training.certificate_changed";
/// Somebody else found a certificate to be true.
pub const CERTIFICATE_VERIFIED: &str = "training.certificate_verified";
/// Somebody else did not.
pub const CERTIFICATE_DECLINED: &str = "training.certificate_declined";
/// A certificate was taken back.
pub const CERTIFICATE_WITHDRAWN: &str = "training.certificate_withdrawn";
/// A person has completed the path of their role, or has done so again.
pub const CERTIFICATE_AWARDED: &str = "training.certificate_awarded";
/// A certificate was followed by another one before it lapsed.
pub const CERTIFICATE_RENEWED: &str = "training.certificate_renewed";
/// The last valid day of a certificate is at most 90 days away.
pub const CERTIFICATE_EXPIRING: &str = "training.certificate_expiring";
/// The last valid day of a certificate is over.
pub const CERTIFICATE_LAPSED: &str = "training.certificate_lapsed";
/// A file was announced for a material of a course.
pub const MATERIAL_ANNOUNCED: &str = "training.material_announced";
/// An uploaded file was looked at and became the current version of a material.
pub const MATERIAL_PUBLISHED: &str = "training.material_published";
/// A material was renamed, retired or brought back.
pub const MATERIAL_CHANGED: &str = "training.material_changed";
/// A person asked for a seat in a course, or for a voucher.
pub const COURSE_REQUESTED: &str = "training.course_requested";
/// A request was approved.
pub const REQUEST_APPROVED: &str = "training.request_approved";
/// A request was declined.
pub const REQUEST_DECLINED: &str = "training.request_declined";
/// What was approved was provided.
pub const REQUEST_PROVIDED: &str = "training.request_provided";
/// A person took their request back.
pub const REQUEST_WITHDRAWN: &str = "training.request_withdrawn";
/// Everything held on a person was forgotten.
pub const PERSON_FORGOTTEN: &str = "training.person_forgotten";
/// Somebody's last day is over.
pub const PERSON_LEFT: &str = "training.person_left";

/// A kind of finding came back in a workload: what delivery says and training hears, see [`crate::planning::Finding`].
pub const FINDING_RECURRED: &str = "delivery.finding_recurred";

/// Every kind training writes.
pub const ALL: &[&str] = &[
    COURSE_PUBLISHED,
    COURSE_CHANGED,
    COURSE_RETIRED,
    PATH_CHANGED,
    ASSIGNED,
    BECAME_OVERDUE,
    COMPLETED,
    COMPLETION_CHECKED,
    EXTENDED,
    MOVED_UP,
    CHECKED_IN,
    CANCELLED,
    EXEMPTED,
    EXEMPTION_ENDED,
    ASKED,
    ABSENCE_REPORTED,
    OPTIONAL_DECLINED,
    OPTIONAL_RESUMED,
    STANDING_CHANGED,
    FIGURES_REBUILT,
    ARTICLE_WRITTEN,
    ARTICLE_PUBLISHED,
    ARTICLE_WITHDRAWN,
    ARTICLE_RETIRED,
    SETTINGS_CHANGED,
    IMPORT_STARTED,
    IMPORT_FINISHED,
    QUESTION_CHANGED,
    ASSESSMENT_CHANGED,
    ATTEMPT_STARTED,
    ATTEMPT_SUBMITTED,
    PULSE_GIVEN,
    PULSE_ANSWERED,
    COMPETENCY_JUDGED,
    SESSION_PLANNED,
    SESSION_CHANGED,
    SESSION_CANCELLED,
    SESSION_HELD,
    SEAT_BOOKED,
    SEAT_AWAITED,
    SEAT_MOVED_UP,
    SEAT_GIVEN_BACK,
    MATERIAL_ANNOUNCED,
    MATERIAL_PUBLISHED,
    MATERIAL_CHANGED,
    COURSE_REQUESTED,
    REQUEST_APPROVED,
    REQUEST_DECLINED,
    REQUEST_PROVIDED,
    REQUEST_WITHDRAWN,
    CERTIFICATE_RECORDED,
    CERTIFICATE_CHANGED,
    CERTIFICATE_VERIFIED,
    CERTIFICATE_DECLINED,
    CERTIFICATE_WITHDRAWN,
    CERTIFICATE_AWARDED,
    CERTIFICATE_RENEWED,
    CERTIFICATE_EXPIRING,
    CERTIFICATE_LAPSED,
    PERSON_FORGOTTEN,
    PERSON_LEFT,
];

/// What is said of an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentData {
    /// Which course.
    pub course: CourseId,
    /// Which time.
    pub round: AssignmentRound,
    /// The due date, as set.
    pub due: Date,
}

/// How far somebody was some days after they started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckInData {
    /// How many days after the start: 14, 30, 60 or 90.
    pub day: u16,
    /// Required courses validly done.
    pub done: u32,
    /// Required courses.
    pub total: u32,
    /// Of the required ones, those that are overdue.
    pub overdue: u32,
    /// Whether threat modelling is validly done; absent where the catalogue has no such course.
    pub threat_modelling: Option<bool>,
}

/// What is said when a placement changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingData {
    /// What the person contributed before.
    pub from: Option<Placement>,
    /// What the person contributes now.
    pub to: Option<Placement>,
}

/// An event as it is passed on. What a person contributes is counted before that; what they reached in an area is theirs,
/// and is taken out.
#[must_use]
pub fn passed_on(mut event: Event) -> Event {
    if event.kind == STANDING_CHANGED {
        for side in ["from", "to"] {
            if let Some(placement) = event.data.get_mut(side).and_then(Value::as_object_mut) {
                placement.remove("areas");
            }
        }
    }
    event
}

/// One thing that happened to a learner, before it becomes an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// A course was asked of the person.
    Assigned(AssignmentData),
    /// The due date passed.
    BecameOverdue(AssignmentData),
    /// A course was done, or reported as done.
    Completed {
        /// Which course.
        course: CourseId,
        /// Which time, when it was assigned.
        round: Option<AssignmentRound>,
        /// By which completion.
        completion: CompletionId,
        /// The day it was done.
        on: Date,
        /// Whether it waits for somebody's look.
        waiting: bool,
        /// Whether a due date was met by it; absent where none was settled.
        in_time: Option<bool>,
    },
    /// Somebody looked at a self-report.
    Checked {
        /// Which course.
        course: CourseId,
        /// Which completion.
        completion: CompletionId,
        /// Whether it was confirmed.
        accepted: bool,
        /// Whether a due date was met by it; absent where none was settled.
        in_time: Option<bool>,
    },
    /// More time was given.
    Extended {
        /// The assignment, with its new date.
        assignment: AssignmentData,
        /// The date before.
        from: Date,
    },
    /// An offer became urgent.
    MovedUp {
        /// The assignment, with its new date.
        assignment: AssignmentData,
        /// The date before.
        from: Date,
    },
    /// It was written down how far the person was.
    CheckedIn(CheckInData),
    /// An assignment was taken back.
    Cancelled(AssignmentData),
    /// A course need not be done for a while.
    Exempted {
        /// Which course.
        course: CourseId,
        /// By which exemption.
        exemption: ExemptionId,
        /// The last day.
        until: Date,
    },
    /// That while is over.
    ExemptionEnded {
        /// Which course.
        course: CourseId,
        /// Which exemption.
        exemption: ExemptionId,
        /// The first day after it.
        on: Date,
    },
    /// The person answered on the page behind a mail link.
    Asked {
        /// The assignment.
        assignment: AssignmentData,
        /// What was answered.
        ask: AskKind,
        /// By when it could be done, where more time was asked for and the person said so.
        until: Option<Date>,
    },
    /// The person declined digests without anything required.
    OptionalDeclined,
    /// The person wants them again.
    OptionalResumed,
    /// The person said to be away.
    AbsenceReported {
        /// The first day.
        from: Date,
        /// The last day.
        until: Date,
    },
    /// Something became of a certificate.
    Certificate {
        /// What: one of the kinds of certificates.
        kind: &'static str,
        /// Which one.
        certificate: CertificateId,
        /// Its last valid day.
        expires: Option<Date>,
    },
    /// What the person contributes changed.
    StandingChanged(StandingData),
    /// The last day is over.
    Left {
        /// Which day it was.
        on: Date,
    },
    /// Everything was forgotten.
    Forgotten,
}

impl Happened {
    /// As an event about a person.
    pub fn event(&self, person: PersonId, cause: &Cause) -> Event {
        let value = |data: &AssignmentData| json!({"course": data.course, "round": data.round, "due": data.due});
        let (kind, data): (&str, Value) = match self {
            Self::Assigned(data) => (ASSIGNED, value(data)),
            Self::BecameOverdue(data) => (BECAME_OVERDUE, value(data)),
            Self::Completed { course, round, completion, on, waiting, in_time } => (
                COMPLETED,
                json!({
                    "course": course, "round": round, "completion": completion, "on": on, "waiting": waiting,
                    "in_time": in_time
                }),
            ),
            Self::Checked { course, completion, accepted, in_time } => (
                COMPLETION_CHECKED,
                json!({"course": course, "completion": completion, "accepted": accepted, "in_time": in_time}),
            ),
            Self::Extended { assignment, from } => (
                EXTENDED,
                json!({
                    "course": assignment.course, "round": assignment.round, "due": assignment.due, "from": from
                }),
            ),
            Self::MovedUp { assignment, from } => (
                MOVED_UP,
                json!({
                    "course": assignment.course, "round": assignment.round, "due": assignment.due, "from": from
                }),
            ),
            Self::CheckedIn(data) => (CHECKED_IN, json!(data)),
            Self::Cancelled(data) => (CANCELLED, value(data)),
            Self::Exempted { course, exemption, until } => {
                (EXEMPTED, json!({"course": course, "exemption": exemption, "until": until}))
            }
            Self::ExemptionEnded { course, exemption, on } => {
                (EXEMPTION_ENDED, json!({"course": course, "exemption": exemption, "on": on}))
            }
            Self::Asked { assignment, ask, until } => (
                ASKED,
                json!({
                    "course": assignment.course, "round": assignment.round, "due": assignment.due, "ask": ask,
                    "until": until
                }),
            ),
            Self::OptionalDeclined => (OPTIONAL_DECLINED, json!({})),
            Self::OptionalResumed => (OPTIONAL_RESUMED, json!({})),
            Self::AbsenceReported { from, until } => (ABSENCE_REPORTED, json!({"from": from, "until": until})),
            Self::Certificate { kind, certificate, expires } => {
                (*kind, json!({"certificate": certificate, "expires": expires}))
            }
            Self::StandingChanged(data) => (STANDING_CHANGED, json!({"from": data.from, "to": data.to})),
            Self::Left { on } => (PERSON_LEFT, json!({"on": on})),
            Self::Forgotten => (PERSON_FORGOTTEN, json!({})),
        };
        Event::new(kind, person, data, cause)
    }
}
