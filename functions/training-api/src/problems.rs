//! The one mapping of training's errors to HTTP, exhaustive on purpose.

use kernel::StoreError;
use training::{TrainingError, model::CatalogueError};
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
    INVALID_SETTINGS = 422, "invalid_settings", "The settings contradict themselves";
}

/// The problem of one of training's errors.
pub(crate) fn training(error: TrainingError) -> Refusal {
    let kind = match &error {
        TrainingError::UnknownPerson(_) | TrainingError::UnknownCompletion(_) | TrainingError::UnknownExemption(_) => {
            kinds::NOT_FOUND
        }
        TrainingError::UnknownCourse(_) | TrainingError::Catalogue(CatalogueError::Unknown(_)) => UNKNOWN_COURSE,
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
        TrainingError::Catalogue(CatalogueError::CodeTaken(_)) | TrainingError::Store(StoreError::Taken(_)) => {
            COURSE_CODE_TAKEN
        }
        TrainingError::Text(text) => {
            return Problem::new(INVALID_TEXT).detail(format!("Expected {}.", text.expected)).into();
        }
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
