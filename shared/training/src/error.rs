//! What can go wrong in training. Each error names a fact; boundaries map [`TrainingError::kind`] and
//! [`TrainingError::code`] and nothing else.

use kernel::{CompletionId, CourseId, ErrorKind, ExemptionId, PersonId, StoreError};

use crate::{
    assessment, certificates, competency, effectiveness, guidance, materials,
    model::{CatalogueError, TextError},
    requests, sessions,
};

/// Why a use case could not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// The directory knows nobody with this id.
    #[error("person {0} is not in the directory")]
    UnknownPerson(PersonId),
    /// The directory does not know some of several people.
    #[error("{} of the people are not in the directory", .0.len())]
    UnknownPeople(Vec<PersonId>),
    /// The catalogue has no such course.
    #[error("course {0} is not in the catalogue")]
    UnknownCourse(CourseId),
    /// Nothing open is asked of the person in this course.
    #[error("course {0} is not assigned")]
    NotAssigned(CourseId),
    /// The file has no such completion.
    #[error("completion {0} is not in the file")]
    UnknownCompletion(CompletionId),
    /// The file has no such exemption.
    #[error("exemption {0} is not in the file")]
    UnknownExemption(ExemptionId),
    /// The course is asked of nobody any more.
    #[error("course {0} is retired")]
    Retired(CourseId),
    /// The person's last day is over.
    #[error("person {0} has left")]
    Left(PersonId),
    /// The course is already asked of the person.
    #[error("course {0} is already assigned")]
    AlreadyAssigned(CourseId),
    /// A date that must not lie in the past does, or the other way round.
    #[error("{0}")]
    Date(&'static str),
    /// The completion does not wait for a look, or not any more.
    #[error("completion {0} does not wait for a check")]
    NotWaiting(CompletionId),
    /// The same report was refused before.
    #[error("completion {0} was refused before")]
    RefusedBefore(CompletionId),
    /// Nobody judges their own thing.
    #[error("nobody decides on their own training")]
    OwnThing,
    /// The mail link was used, has ended, or was overtaken by another act.
    #[error("the link has ended")]
    LinkEnded,
    /// The course or path does not fit the catalogue.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A text breaks its rule.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A question, an assessment or an attempt that is not taken.
    #[error(transparent)]
    Assessment(#[from] assessment::Error),
    /// Feedback on a course that is not taken.
    #[error(transparent)]
    Effectiveness(#[from] effectiveness::Error),
    /// Evidence of competency that is not taken.
    #[error(transparent)]
    Competency(#[from] competency::Error),
    /// A session or a booking that is not as asked for.
    #[error(transparent)]
    Sessions(#[from] sessions::Error),
    /// An article or feedback that is not taken.
    #[error(transparent)]
    Guidance(#[from] guidance::Error),
    /// A certificate that is not taken.
    #[error(transparent)]
    Certificates(#[from] certificates::Error),
    /// A material or a file that is not taken or handed out.
    #[error(transparent)]
    Materials(#[from] materials::Error),
    /// A request for a seat or a voucher that is not taken, decided or ended.
    #[error(transparent)]
    Requests(#[from] requests::Error),
    /// The settings contradict themselves; the text says where.
    #[error("{0}")]
    Settings(String),
    /// What the caller had read is no longer true.
    #[error("the thing was changed since it was read")]
    Stale,
    /// The store could not do as asked.
    #[error("the store could not do as asked")]
    Store(#[source] StoreError),
}

impl From<StoreError> for TrainingError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl TrainingError {
    /// How a boundary should understand it.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownPerson(_)
            | Self::UnknownCourse(_)
            | Self::NotAssigned(_)
            | Self::UnknownCompletion(_)
            | Self::UnknownExemption(_) => ErrorKind::NotFound,
            Self::Retired(_)
            | Self::Left(_)
            | Self::AlreadyAssigned(_)
            | Self::NotWaiting(_)
            | Self::RefusedBefore(_)
            | Self::LinkEnded
            | Self::Catalogue(CatalogueError::CodeTaken(_))
            | Self::Stale => ErrorKind::Conflict,
            Self::OwnThing => ErrorKind::Forbidden,
            Self::UnknownPeople(_) | Self::Date(_) | Self::Catalogue(_) | Self::Text(_) | Self::Settings(_) => {
                ErrorKind::Invalid
            }
            Self::Assessment(error) => error.kind(),
            Self::Competency(error) => error.kind(),
            Self::Effectiveness(error) => error.kind(),
            Self::Sessions(error) => error.kind(),
            Self::Guidance(error) => error.kind(),
            Self::Materials(error) => error.kind(),
            Self::Requests(error) => error.kind(),
            Self::Certificates(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    /// A stable name of the fact, for problem documents.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownPerson(_) => "unknown_person",
            Self::UnknownPeople(_) => "unknown_people",
            Self::UnknownCourse(_) => "unknown_course",
            Self::NotAssigned(_) => "not_assigned",
            Self::UnknownCompletion(_) => "unknown_completion",
            Self::UnknownExemption(_) => "unknown_exemption",
            Self::Retired(_) => "course_retired",
            Self::Left(_) => "person_left",
            Self::AlreadyAssigned(_) => "already_assigned",
            Self::Date(_) => "invalid_date",
            Self::NotWaiting(_) => "not_waiting",
            Self::RefusedBefore(_) => "refused_before",
            Self::OwnThing => "own_thing",
            Self::LinkEnded => "link_ended",
            Self::Catalogue(CatalogueError::Cycle(_)) => "prerequisite_cycle",
            Self::Catalogue(CatalogueError::Unknown(_)) => "unknown_course",
            Self::Catalogue(CatalogueError::CodeTaken(_)) => "course_code_taken",
            Self::Catalogue(CatalogueError::Twice(_)) => "course_twice",
            Self::Catalogue(CatalogueError::TooLong) => "path_too_long",
            Self::Text(_) => "invalid_text",
            Self::Settings(_) => "invalid_settings",
            Self::Assessment(error) => error.code(),
            Self::Competency(error) => error.code(),
            Self::Effectiveness(error) => error.code(),
            Self::Sessions(error) => error.code(),
            Self::Guidance(error) => error.code(),
            Self::Materials(error) => error.code(),
            Self::Requests(error) => error.code(),
            Self::Certificates(error) => error.code(),
            Self::Stale => "stale",
            Self::Store(StoreError::Conflict) => "conflict",
            Self::Store(StoreError::Taken(what)) => what,
            Self::Store(StoreError::Replay(_)) => "replay",
            Self::Store(StoreError::KeyReused) => "idempotency_key_reused",
            Self::Store(StoreError::Unavailable(_)) => "unavailable",
            Self::Store(StoreError::TooLarge(_)) => "change_too_large",
            Self::Store(StoreError::Unreadable(_)) => "internal",
        }
    }
}
