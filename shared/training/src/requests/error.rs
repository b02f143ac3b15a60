//! What can go wrong with a request.

use kernel::{CourseId, CourseRequestId, ErrorKind};

use super::MOST_OPEN;

/// Why a request is not taken, decided or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such request.
    #[error("request {0} is not there")]
    Unknown(CourseRequestId),
    /// The company gives the course itself: nobody need be asked.
    #[error("course {0} is internal")]
    Internal(CourseId),
    /// A request for the course is open.
    #[error("a request for course {0} is open")]
    OpenAlready(CourseId),
    /// As many requests are open as may be.
    #[error("a person has at most {} open requests", MOST_OPEN)]
    TooMany,
    /// A refusal says why.
    #[error("a refusal needs a reason")]
    NoReason,
    /// A voucher is there with its code.
    #[error("a voucher is provided with its code")]
    NoVoucher,
    /// It was approved or declined, or taken back.
    #[error("request {0} does not wait for a decision")]
    NotWaiting(CourseRequestId),
    /// It was not approved, or has ended.
    #[error("request {0} is not approved")]
    NotApproved(CourseRequestId),
    /// It was declined, provided or taken back.
    #[error("request {0} has ended")]
    Ended(CourseRequestId),
}

impl Error {
    /// How a boundary should understand it.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown(_) => ErrorKind::NotFound,
            Self::Internal(_) | Self::NoReason | Self::NoVoucher => ErrorKind::Invalid,
            Self::OpenAlready(_) | Self::TooMany | Self::NotWaiting(_) | Self::NotApproved(_) | Self::Ended(_) => {
                ErrorKind::Conflict
            }
        }
    }

    /// A stable name of the fact, for problem documents.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "unknown_request",
            Self::Internal(_) => "course_internal",
            Self::OpenAlready(_) => "request_open",
            Self::TooMany => "too_many_requests",
            Self::NoReason => "reason_missing",
            Self::NoVoucher => "voucher_missing",
            Self::NotWaiting(_) => "request_not_waiting",
            Self::NotApproved(_) => "request_not_approved",
            Self::Ended(_) => "request_ended",
        }
    }
}
