//! The one mapping of training's errors to HTTP, exhaustive on purpose.

use kernel::{PersonId, StoreError};
use training::{
    TrainingError, assessment, certificates, competency, effectiveness, guidance, materials, model::CatalogueError,
    requests, sessions,
};
use web::{Kind, Problem, Refusal, kinds};

macro_rules! own {
    ($($name:ident = $status:literal, $code:literal, $title:literal;)+) => {
        $(const $name: Kind = Kind { status: $status, code: $code, title: $title };)+

        /// The kinds of problem training adds to the common ones.
        #[cfg(test)]
        pub(crate) const ALL: &[Kind] = &[$($name),+];
    };
}

own! {
    UNKNOWN_COURSE = 422, "unknown_course", "The catalogue has no such course";
    UNKNOWN_PEOPLE = 422, "unknown_people", "The directory does not know everybody on the roster";
    NOT_ASSIGNED = 404, "not_assigned", "This course is not openly assigned to this person";
    RETIRED = 409, "course_retired", "The course is retired";
    LEFT = 409, "person_left", "The person has left";
    ALREADY_ASSIGNED = 409, "already_assigned", "The course is already assigned with another date";
    NOT_WAITING = 409, "not_waiting", "The completion does not wait for a check";
    REFUSED_BEFORE = 409, "refused_before", "The same report was refused before";
    LINK_ENDED = 409, "link_ended", "The link has ended";
    OWN_THING = 403, "own_thing", "Nobody decides on their own training";
    INVALID_DATE = 422, "invalid_date", "The date is not possible here";
    PREREQUISITE_CYCLE = 422, "prerequisite_cycle", "The prerequisites lead back to the course itself";
    COURSE_TWICE = 422, "course_twice", "A course occurs twice";
    PATH_TOO_LONG = 422, "path_too_long", "A path has at most 40 courses";
    COURSE_CODE_TAKEN = 409, "course_code_taken", "Another course has this code";
    INVALID_TEXT = 422, "invalid_text", "A text breaks its rule";
    ASSESSMENT_CODE_TAKEN = 409, "assessment_code_taken", "Another assessment has this code";
    INVALID_QUESTION = 422, "invalid_question", "The question cannot be asked like this";
    INVALID_ASSESSMENT = 422, "invalid_assessment", "The assessment cannot be taken like this";
    BANK_FULL = 409, "bank_full", "An area has at most 300 questions that can be drawn";
    TOO_FEW_QUESTIONS = 409, "too_few_questions", "The bank has too few questions of an area";
    QUESTION_NEEDED = 409, "question_needed", "A test that people are asked to take cannot do without the question";
    UNKNOWN_ASSESSMENT = 422, "unknown_assessment", "There is no such assessment";
    ASSESSMENT_RETIRED = 409, "assessment_retired", "The assessment is retired";
    ATTEMPT_OPEN = 409, "attempt_open", "Another attempt is still open";
    ASSESSMENT_PASSED = 409, "assessment_passed", "The assessment is passed already";
    NO_ATTEMPT_LEFT = 409, "no_attempt_left", "Every attempt was made";
    ATTEMPT_TOO_SOON = 409, "attempt_too_soon", "The next attempt may not start yet";
    ATTEMPT_SUBMITTED = 409, "attempt_submitted", "The attempt was handed in before";
    ATTEMPT_EXPIRED = 409, "attempt_expired", "The time of the attempt is over";
    FOREIGN_ANSWER = 422, "foreign_answer", "An answer is to a question that the form does not have";
    ANSWERED_TWICE = 422, "answered_twice", "A question is answered twice";
    INVALID_ANSWER = 422, "invalid_answer", "An answer does not fit its question";
    NOT_COMPLETED = 422, "not_completed", "There is no such completion of the course that counts";
    FEEDBACK_GIVEN = 409, "feedback_given", "There is feedback on this completion";
    INVALID_SCORE = 422, "invalid_score", "A score lies above the scale";
    EVIDENCE_OF_THE_FUTURE = 422, "evidence_of_the_future", "Evidence of a day to come is not possible";
    EVIDENCE_CONTRADICTS = 409, "evidence_contradicts", "The same judgement said something else before";
    TOO_MANY_AREAS = 409, "too_many_areas", "A person is judged in at most 50 areas";
    ARTICLE_CODE_TAKEN = 409, "article_code_taken", "Another article has this code";
    ARTICLE_CODE_FIXED = 422, "article_code_fixed", "The code of an article never changes";
    ARTICLE_TOO_LARGE = 422, "article_too_large", "The text becomes too much HTML";
    LIBRARY_FULL = 409, "library_full", "The library holds at most 500 articles";
    SESSION_BEGINS = 422, "session_begins", "A session begins on a full minute, in the future and within three years";
    SESSION_NOWHERE = 422, "session_nowhere", "A session has a place, an address to join at, or both";
    UNKNOWN_HOST = 422, "unknown_host", "The directory does not know the host";
    SEATS_TAKEN = 409, "seats_taken", "More people have a seat than there would be";
    WAITING_LIST_FULL = 409, "waiting_list_full", "As many people wait for a seat as may wait";
    SESSION_CANCELLED = 409, "session_cancelled", "The session does not take place";
    SESSION_HELD = 409, "session_held", "The session was held";
    SESSION_BEGUN = 409, "session_begun", "The session has begun";
    SESSION_NOT_BEGUN = 409, "session_not_begun", "The session has not begun";
    STRANGERS = 422, "strangers", "People on the roster have no seat";
    CERTIFICATE_OF_THE_FUTURE = 422, "certificate_of_the_future", "A certificate was issued today or earlier";
    CERTIFICATE_EXPIRES_BEFORE = 422, "certificate_expires_before", "A certificate expires after it was issued";
    CERTIFICATE_AREAS = 422, "certificate_areas", "A certificate is about at most 10 areas";
    CERTIFICATE_RENEWS_NOTHING = 422, "certificate_renews_nothing", "What it renews is no certificate of this person that could be renewed";
    TOO_MANY_CERTIFICATES = 409, "too_many_certificates", "A person has at most 100 certificates from elsewhere";
    TOO_MANY_CERTIFICATE_VERSIONS = 409, "too_many_certificate_versions", "The certificate was changed as often as it may be";
    CERTIFICATE_RECORDED = 409, "certificate_recorded", "The person has this certificate, open, already";
    CERTIFICATE_CLOSED = 409, "certificate_closed", "The certificate is the program's, or no longer open to change";
    CERTIFICATE_NOT_WAITING = 409, "certificate_not_waiting", "The certificate does not wait for a check";
    OWN_SUBMISSION = 403, "own_submission", "Nobody verifies what they submitted";
    EVIDENCE_KIND = 422, "evidence_kind", "The file is neither a PDF nor a PNG nor a JPEG";
    ONE_EVIDENCE = 422, "one_evidence", "Either evidence_url or evidence_id says what shows the certificate";
    REASON_OF_DECLINING = 422, "reason_of_declining", "A certificate is declined with a reason, and verified without one";
    FILE_NAME_OF_ANOTHER_TYPE = 422, "file_name_of_another_type", "The file's name does not end as its type's do";
    FILE_TOO_LARGE = 422, "file_too_large", "The file is empty, or longer than its type may be";
    FILE_REFUSED = 422, "file_refused", "The file is not what was announced";
    UPLOAD_NOT_ANNOUNCED = 409, "upload_not_announced", "This upload is not announced, or not any more";
    MATERIALS_FULL = 409, "materials_full", "A course has at most 40 materials";
    VERSIONS_FULL = 409, "versions_full", "A material has at most 20 versions";
    MATERIAL_RETIRED = 409, "material_retired", "The material is retired";
    COURSE_INTERNAL = 422, "course_internal", "The company gives the course itself: nobody need be asked";
    REQUEST_OPEN = 409, "request_open", "A request for this course is open";
    TOO_MANY_REQUESTS = 409, "too_many_requests", "A person has at most 5 open requests";
    REASON_MISSING = 422, "reason_missing", "A refusal needs a reason";
    VOUCHER_MISSING = 422, "voucher_missing", "A voucher is provided with its code";
    REQUEST_NOT_WAITING = 409, "request_not_waiting", "The request does not wait for a decision";
    REQUEST_NOT_APPROVED = 409, "request_not_approved", "The request is not approved";
    REQUEST_ENDED = 409, "request_ended", "The request was declined, provided or withdrawn";
    INVALID_SETTINGS = 422, "invalid_settings", "The settings contradict themselves";
}

/// The problem of one of training's errors.
pub(crate) fn training(error: TrainingError) -> Refusal {
    let kind = match &error {
        TrainingError::UnknownPerson(_) | TrainingError::UnknownCompletion(_) | TrainingError::UnknownExemption(_) => {
            kinds::NOT_FOUND
        }
        TrainingError::UnknownCourse(_) | TrainingError::Catalogue(CatalogueError::Unknown(_)) => UNKNOWN_COURSE,
        TrainingError::UnknownPeople(_) => UNKNOWN_PEOPLE,
        TrainingError::NotAssigned(_) => NOT_ASSIGNED,
        TrainingError::Retired(_) => RETIRED,
        TrainingError::Left(_) => LEFT,
        TrainingError::AlreadyAssigned(_) => ALREADY_ASSIGNED,
        TrainingError::NotWaiting(_) => NOT_WAITING,
        TrainingError::RefusedBefore(_) => REFUSED_BEFORE,
        TrainingError::LinkEnded => LINK_ENDED,
        TrainingError::OwnThing => OWN_THING,
        TrainingError::Stale => kinds::VERSION_MISMATCH,
        TrainingError::Date(expected) => return Problem::new(INVALID_DATE).detail(*expected).into(),
        TrainingError::Catalogue(CatalogueError::Cycle(_)) => PREREQUISITE_CYCLE,
        TrainingError::Catalogue(CatalogueError::Twice(_)) => COURSE_TWICE,
        TrainingError::Catalogue(CatalogueError::TooLong) => PATH_TOO_LONG,
        TrainingError::Catalogue(CatalogueError::CodeTaken(_))
        | TrainingError::Store(StoreError::Taken("course_code")) => COURSE_CODE_TAKEN,
        TrainingError::Text(text) => {
            return Problem::new(INVALID_TEXT).detail(format!("Expected {}.", text.expected)).into();
        }
        TrainingError::Assessment(error) => return assessment(error),
        TrainingError::Effectiveness(effectiveness::Error::NotCompleted(_)) => NOT_COMPLETED,
        TrainingError::Effectiveness(effectiveness::Error::GivenBefore(_)) => FEEDBACK_GIVEN,
        TrainingError::Effectiveness(effectiveness::Error::UnknownCourse(_)) => kinds::NOT_FOUND,
        TrainingError::Competency(competency::Error::Score(_)) => INVALID_SCORE,
        TrainingError::Competency(competency::Error::Future(_)) => EVIDENCE_OF_THE_FUTURE,
        TrainingError::Competency(competency::Error::Contradicts(_)) => EVIDENCE_CONTRADICTS,
        TrainingError::Competency(competency::Error::TooManyAreas) => TOO_MANY_AREAS,
        TrainingError::Guidance(guidance::Error::Unknown(_)) => kinds::NOT_FOUND,
        TrainingError::Guidance(guidance::Error::CodeTaken) => ARTICLE_CODE_TAKEN,
        TrainingError::Guidance(guidance::Error::CodeFixed) => ARTICLE_CODE_FIXED,
        TrainingError::Guidance(guidance::Error::TooLarge) => ARTICLE_TOO_LARGE,
        TrainingError::Guidance(guidance::Error::Full) => LIBRARY_FULL,
        TrainingError::Guidance(guidance::Error::TooMany { field, most }) => {
            let expected = format!("at most {most}");
            return Problem::new(kinds::INVALID_BODY).at(format!("$.{field}"), expected).into();
        }
        TrainingError::Sessions(sessions::Error::Unknown(_)) => kinds::NOT_FOUND,
        TrainingError::Sessions(sessions::Error::Begins) => SESSION_BEGINS,
        TrainingError::Sessions(sessions::Error::Nowhere) => SESSION_NOWHERE,
        TrainingError::Sessions(sessions::Error::UnknownHost(_)) => UNKNOWN_HOST,
        TrainingError::Sessions(sessions::Error::SeatsTaken(booked)) => {
            return Problem::new(SEATS_TAKEN).detail(format!("{booked} seats are booked.")).into();
        }
        TrainingError::Sessions(sessions::Error::ListFull(_)) => WAITING_LIST_FULL,
        TrainingError::Sessions(sessions::Error::Cancelled(_)) => SESSION_CANCELLED,
        TrainingError::Sessions(sessions::Error::Held(_)) => SESSION_HELD,
        TrainingError::Sessions(sessions::Error::Begun(_)) => SESSION_BEGUN,
        TrainingError::Sessions(sessions::Error::NotBegun(_)) => SESSION_NOT_BEGUN,
        TrainingError::Sessions(sessions::Error::Strangers(_)) => STRANGERS,
        TrainingError::Certificates(error) => certificate(error),
        TrainingError::Materials(error) => return material(error),
        TrainingError::Requests(error) => request(*error),
        TrainingError::Settings(expected) => {
            let (field, expected) = expected.split_once(": ").unwrap_or(("", expected));
            return Problem::new(INVALID_SETTINGS).at_field(field, expected).into();
        }
        TrainingError::Store(_) => kinds::INTERNAL,
    };
    match error {
        TrainingError::Store(error) if kind == kinds::INTERNAL => error.into(),
        _ => kind.into(),
    }
}

/// The kind of problem of one of the room of certificates' errors.
const fn certificate(error: &certificates::Error) -> Kind {
    use certificates::Error;
    match error {
        Error::Unknown(_) => kinds::NOT_FOUND,
        Error::FromTheFuture => CERTIFICATE_OF_THE_FUTURE,
        Error::ExpiresBefore => CERTIFICATE_EXPIRES_BEFORE,
        Error::TooManyAreas => CERTIFICATE_AREAS,
        Error::RenewsNothing(_) => CERTIFICATE_RENEWS_NOTHING,
        Error::TooMany => TOO_MANY_CERTIFICATES,
        Error::TooManyVersions(_) => TOO_MANY_CERTIFICATE_VERSIONS,
        Error::Recorded(_) => CERTIFICATE_RECORDED,
        Error::Closed(_) => CERTIFICATE_CLOSED,
        Error::NotWaiting(_) => CERTIFICATE_NOT_WAITING,
        Error::OwnSubmission => OWN_SUBMISSION,
        Error::FileKind => EVIDENCE_KIND,
    }
}

/// A certificate without anything that shows it, or with two things.
pub(crate) fn one_evidence() -> Refusal {
    ONE_EVIDENCE.into()
}

/// A certificate that is declined without a reason, or verified with one.
pub(crate) fn reason_of_declining() -> Refusal {
    REASON_OF_DECLINING.into()
}

/// The problem of one of the room of assessments' errors.
fn assessment(error: &assessment::Error) -> Refusal {
    use assessment::Error;
    let kind = match error {
        Error::UnknownQuestion(_) | Error::UnknownAttempt(_) => kinds::NOT_FOUND,
        Error::UnknownAssessment(_) => UNKNOWN_ASSESSMENT,
        Error::Question(fault) => {
            return Problem::new(INVALID_QUESTION).at_field(fault.field(), fault.expected()).into();
        }
        Error::Terms { field, expected } => {
            return Problem::new(INVALID_ASSESSMENT).at_field(field, *expected).into();
        }
        Error::CodeTaken => ASSESSMENT_CODE_TAKEN,
        Error::BankFull(_) => BANK_FULL,
        Error::TooFewQuestions(area) => {
            return Problem::new(TOO_FEW_QUESTIONS).detail(format!("Of area {}.", area.as_str())).into();
        }
        Error::Needed(test) => {
            return Problem::new(QUESTION_NEEDED).detail(format!("The test is {}.", test.as_str())).into();
        }
        Error::Retired(_) => ASSESSMENT_RETIRED,
        Error::Open(_) => ATTEMPT_OPEN,
        Error::Passed => ASSESSMENT_PASSED,
        Error::NoneLeft => NO_ATTEMPT_LEFT,
        Error::TooSoon(from) => {
            return Problem::new(ATTEMPT_TOO_SOON).detail(format!("From {from} on.")).into();
        }
        Error::Submitted(_) => ATTEMPT_SUBMITTED,
        Error::Expired(_) => ATTEMPT_EXPIRED,
        Error::ForeignAnswer(_) => FOREIGN_ANSWER,
        Error::AnsweredTwice(_) => ANSWERED_TWICE,
        Error::NoAnswer { question, expected } => {
            return Problem::new(INVALID_ANSWER)
                .detail(format!("Question {question} is answered by {expected}."))
                .into();
        }
    };
    kind.into()
}

/// The problem of one of the room of materials' errors.
fn material(error: &materials::Error) -> Refusal {
    use materials::{Error, Fault};
    let kind = match error {
        Error::Unknown(_) => kinds::NOT_FOUND,
        Error::FileName(kind) => {
            let expected = format!("a name that ends in .{}", kind.endings().join(" or ."));
            return Problem::new(FILE_NAME_OF_ANOTHER_TYPE).at("$.file_name", expected).into();
        }
        Error::Length(kind) => {
            let expected = format!("1 to {} bytes", kind.most_bytes());
            return Problem::new(FILE_TOO_LARGE).at("$.length", expected).into();
        }
        Error::NotUploaded(_) => kinds::UPLOAD_MISSING,
        Error::Refused(fault) => {
            let detail = match fault {
                Fault::Length => "Its length is another.".to_owned(),
                Fault::Checksum => "Its checksum is another.".to_owned(),
                Fault::Content(kind) => format!("Its content is not that of a {kind} file."),
                Fault::Entries(kind) => format!(
                    "The list of entries of a {kind} file must be whole and without contradiction in its last MiB, and not \
                     of ZIP64."
                ),
            };
            return Problem::new(FILE_REFUSED).detail(detail).into();
        }
        Error::NotAnnounced(_) => UPLOAD_NOT_ANNOUNCED,
        Error::Full => MATERIALS_FULL,
        Error::VersionsFull => VERSIONS_FULL,
        Error::Retired(_) => MATERIAL_RETIRED,
        Error::Files(error) => return gateway(error),
    };
    kind.into()
}

/// The kind of problem of one of the room of requests' errors.
const fn request(error: requests::Error) -> Kind {
    use requests::Error;
    match error {
        Error::Unknown(_) => kinds::NOT_FOUND,
        Error::Internal(_) => COURSE_INTERNAL,
        Error::OpenAlready(_) => REQUEST_OPEN,
        Error::TooMany => TOO_MANY_REQUESTS,
        Error::NoReason => REASON_MISSING,
        Error::NoVoucher => VOUCHER_MISSING,
        Error::NotWaiting(_) => REQUEST_NOT_WAITING,
        Error::NotApproved(_) => REQUEST_NOT_APPROVED,
        Error::Ended(_) => REQUEST_ENDED,
    }
}

/// The problem of a roster: people whom the directory does not know, or without a seat, are named by their places on it.
pub(crate) fn on_roster(roster: &[PersonId], error: TrainingError) -> Refusal {
    let (kind, expected, named) = match &error {
        TrainingError::UnknownPeople(people) => (UNKNOWN_PEOPLE, "somebody in the directory", people),
        TrainingError::Sessions(sessions::Error::Strangers(people)) => {
            (STRANGERS, "somebody with a seat, or walk_ins", people)
        }
        _ => return at_path(error),
    };
    let places = roster.iter().enumerate().filter(|(_, person)| named.contains(person));
    let problem = Problem::new(kind);
    places.fold(problem, |problem, (place, _)| problem.at(format!("$.people[{place}]"), expected)).into()
}

/// A course that the path of the request names and that is not there.
pub(crate) fn at_path(error: TrainingError) -> Refusal {
    match error {
        TrainingError::UnknownCourse(_) => kinds::NOT_FOUND.into(),
        error => training(error),
    }
}

/// The problem of something outside the table that does not answer as it should.
pub(crate) fn gateway(error: &dyn std::error::Error) -> Refusal {
    Problem::outside(error).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_courses_code_that_is_taken_is_told_as_one() {
        let code = |what| match training(StoreError::Taken(what).into()) {
            Refusal::Problem(problem) => problem.kind().code,
            Refusal::Replay(_) => "replay",
        };
        assert_eq!((code("course_code"), code("anything")), ("course_code_taken", "taken"));
    }
}
