//! Events of courses, tests, sessions, requests and whatever else is no learner's file.

use kernel::{ArticleId, AssessmentId, Cause, CompletionId, CourseId, Event, PersonId, QuestionId, SessionId, Version};
use serde_json::json;

use super::{
    ASSESSMENT_CHANGED, ATTEMPT_STARTED, ATTEMPT_SUBMITTED, COMPETENCY_JUDGED, PATH_CHANGED, PULSE_ANSWERED,
    PULSE_GIVEN, QUESTION_CHANGED, SETTINGS_CHANGED,
};
use crate::{
    assessment::Attempt, competency::Evidence, materials::Material, model::JobRole, requests::Request,
    sessions::Session,
};

/// A course entered the catalogue, changed or was retired.
pub fn course(kind: &str, course: CourseId, version: Version, cause: &Cause) -> Event {
    Event::new(kind, course, json!({"version": version}), cause)
}

/// A role path was set.
pub fn path(job_role: JobRole, version: Version, cause: &Cause) -> Event {
    Event::new(PATH_CHANGED, job_role, json!({"job_role": job_role, "version": version}), cause)
}

/// A question entered the bank, changed or was retired.
pub fn question(question: QuestionId, version: Version, retired: bool, cause: &Cause) -> Event {
    Event::new(QUESTION_CHANGED, question, json!({"version": version, "retired": retired}), cause)
}

/// An assessment was added or changed.
pub fn assessment(assessment: AssessmentId, version: Version, cause: &Cause) -> Event {
    Event::new(ASSESSMENT_CHANGED, assessment, json!({"version": version}), cause)
}

/// A person started an attempt.
pub fn attempt_started(attempt: &Attempt, cause: &Cause) -> Event {
    let data = json!({"attempt": attempt.id, "assessment": attempt.assessment, "number": attempt.number});
    Event::new(ATTEMPT_STARTED, attempt.person, data, cause)
}

/// A person handed an attempt in. What came of it is the person's: it stands with the attempt and is not told.
pub fn attempt_submitted(attempt: &Attempt, cause: &Cause) -> Event {
    let data = json!({
        "attempt": attempt.id, "assessment": attempt.assessment, "purpose": attempt.purpose, "course": attempt.course,
    });
    Event::new(ATTEMPT_SUBMITTED, attempt.person, data, cause)
}

/// Somebody said what they think of a course they completed; what they said is not told.
pub fn pulse_given(person: PersonId, course: CourseId, completion: CompletionId, cause: &Cause) -> Event {
    Event::new(PULSE_GIVEN, person, json!({"course": course, "completion": completion}), cause)
}

/// It was noted what was done about the feedback on a course.
pub fn pulse_answered(course: CourseId, version: Version, cause: &Cause) -> Event {
    Event::new(PULSE_ANSWERED, course, json!({"version": version}), cause)
}

/// Something was judged of a person in a competency area. The score is the person's: it stands with its source and is not
/// told.
pub fn judged(person: PersonId, evidence: &Evidence, cause: &Cause) -> Event {
    let Evidence { area, source, on, .. } = evidence;
    let data = json!({"area": area, "source": source, "on": on});
    Event::new(COMPETENCY_JUDGED, person, data, cause)
}

/// A session was planned, changed, called off or held.
pub fn session(kind: &str, session: &Session, cause: &Cause) -> Event {
    let data = json!({"course": session.course, "starts": session.facts.starts, "version": session.version});
    Event::new(kind, session.id, data, cause)
}

/// A person got, awaits or gave back a seat.
pub fn seat(kind: &str, person: PersonId, session: SessionId, cause: &Cause) -> Event {
    Event::new(kind, person, json!({"session": session}), cause)
}

/// A file was announced for a material, became its current version, or the material changed.
pub fn material(kind: &str, material: &Material, cause: &Cause) -> Event {
    let current = material.current().map(|current| current.number);
    let data = json!({"course": material.course, "current": current, "version": material.version});
    Event::new(kind, material.id, data, cause)
}

/// A request was made, decided or ended; what people wrote and a voucher's code are not told.
pub fn request(kind: &str, request: &Request, cause: &Cause) -> Event {
    let data = json!({"request": request.id, "course": request.course, "kind": request.kind});
    Event::new(kind, request.person, data, cause)
}

/// Settings changed.
pub fn settings(version: Version, cause: &Cause) -> Event {
    Event::new(SETTINGS_CHANGED, "training", json!({"version": version}), cause)
}

/// An article of the guidance library was written, published, withdrawn or retired.
pub fn article(kind: &str, article: ArticleId, version: Version, cause: &Cause) -> Event {
    Event::new(kind, article, json!({"version": version}), cause)
}
