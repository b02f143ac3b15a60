//! The one mapping of the directory's errors to HTTP, exhaustive on purpose.

use directory::DirectoryError;
use web::{Kind, Problem, Refusal, kinds};

macro_rules! own {
    ($($name:ident = $status:literal, $code:literal, $title:literal;)+) => {
        $(pub(crate) const $name: Kind = Kind { status: $status, code: $code, title: $title };)+

        /// The kinds of problem the directory adds to the common ones.
        #[cfg(test)]
        pub(crate) const ALL: &[Kind] = &[$($name),+];
    };
}

own! {
    UNKNOWN_PERSON = 422, "unknown_person", "A person named in the request does not exist";
    UNKNOWN_TEAM = 422, "unknown_team", "A team named in the request does not exist";
    TEAM_ENDED = 409, "team_ended", "The team was merged or split";
    MANAGER_CYCLE = 422, "manager_cycle", "A person would report to themselves, directly or through others";
    OWN_DELEGATE = 422, "own_delegate", "Nobody stands in for themselves";
    LEAVE_BEFORE_START = 422, "leave_before_start", "The last day is before the first";
    INVALID_MEMBERSHIPS = 422, "invalid_memberships", "The memberships do not fit together";
    INVALID_ABSENCES = 422, "invalid_absences", "The absences cannot be kept";
    OWN_SUCCESSOR = 422, "own_successor", "A team is not its own successor";
    INVALID_PARTS = 422, "invalid_parts", "A team splits into 2 to 10, and nobody goes to two of them";
    TOO_MANY = 422, "too_many", "There are more of something than there may be";
    INVALID_SETTINGS = 422, "invalid_settings", "The settings break their rules";
    MAIL_UNREADABLE = 422, "mail_unreadable", "This mail can no longer be shown";
}

/// The problem of one of the directory's errors.
pub(crate) fn directory(error: DirectoryError) -> Refusal {
    let kind = match &error {
        DirectoryError::NoPerson(_) | DirectoryError::NoTeam(_) | DirectoryError::NoWorkload(_) => kinds::NOT_FOUND,
        DirectoryError::UnknownManager | DirectoryError::UnknownDelegate | DirectoryError::UnknownLead => {
            UNKNOWN_PERSON
        }
        DirectoryError::UnknownTeam(_) => UNKNOWN_TEAM,
        DirectoryError::TeamEnded(_) => TEAM_ENDED,
        DirectoryError::ManagerCycle | DirectoryError::ManagerLineTooLong(_) => MANAGER_CYCLE,
        DirectoryError::OwnDelegate => OWN_DELEGATE,
        DirectoryError::LeaveBeforeStart => LEAVE_BEFORE_START,
        DirectoryError::Memberships(_) => INVALID_MEMBERSHIPS,
        DirectoryError::Absences(_) => INVALID_ABSENCES,
        DirectoryError::OwnSuccessor => OWN_SUCCESSOR,
        DirectoryError::Parts | DirectoryError::NamedTwice(_) => INVALID_PARTS,
        DirectoryError::TooMany { .. } => TOO_MANY,
        DirectoryError::Stale => kinds::VERSION_MISMATCH,
        DirectoryError::Store(_) => kinds::INTERNAL,
    };
    match error {
        DirectoryError::Store(error) => error.into(),
        // These texts hold ids, dates and numbers that the request itself named.
        error => Problem::new(kind).detail(error.to_string()).into(),
    }
}
