//! What can go wrong with a certificate.

use kernel::{CertificateId, ErrorKind};

/// Why a certificate is not as asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file has no such certificate.
    #[error("certificate {0} is not in the file")]
    Unknown(CertificateId),
    /// It was given in the future.
    #[error("a certificate was issued today or earlier")]
    FromTheFuture,
    /// Its last valid day is not after the day it was given.
    #[error("a certificate expires after it was issued")]
    ExpiresBefore,
    /// It names more areas than one can be about.
    #[error("a certificate is about at most 10 areas")]
    TooManyAreas,
    /// What it is said to renew is no external certificate of the same person that could be renewed.
    #[error("certificate {0} cannot be renewed")]
    RenewsNothing(CertificateId),
    /// The file holds as many as it may.
    #[error("a file holds at most 100 external certificates")]
    TooMany,
    /// It was changed as often as it may be.
    #[error("certificate {0} was changed as often as it may be")]
    TooManyVersions(CertificateId),
    /// The same certificate is recorded, and waits or counts.
    #[error("certificate {0} is the same")]
    Recorded(CertificateId),
    /// It is the program's, or no longer open to change.
    #[error("certificate {0} is closed")]
    Closed(CertificateId),
    /// It does not wait for a look, or not any more.
    #[error("certificate {0} does not wait for a look")]
    NotWaiting(CertificateId),
    /// Whoever looks at it has submitted it.
    #[error("nobody verifies what they submitted")]
    OwnSubmission,
    /// A file is neither PDF nor PNG nor JPEG.
    #[error("a file of evidence is a PDF, a PNG or a JPEG")]
    FileKind,
}

impl Error {
    /// How a boundary should understand it.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown(_) => ErrorKind::NotFound,
            Self::FromTheFuture
            | Self::ExpiresBefore
            | Self::TooManyAreas
            | Self::RenewsNothing(_)
            | Self::FileKind => ErrorKind::Invalid,
            Self::TooMany | Self::TooManyVersions(_) | Self::Recorded(_) | Self::Closed(_) | Self::NotWaiting(_) => {
                ErrorKind::Conflict
            }
            Self::OwnSubmission => ErrorKind::Forbidden,
        }
    }

    /// A stable name of the fact, for problem documents.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "unknown_certificate",
            Self::FromTheFuture => "certificate_of_the_future",
            Self::ExpiresBefore => "certificate_expires_before",
            Self::TooManyAreas => "certificate_areas",
            Self::RenewsNothing(_) => "certificate_renews_nothing",
            Self::TooMany => "too_many_certificates",
            Self::TooManyVersions(_) => "too_many_certificate_versions",
            Self::Recorded(_) => "certificate_recorded",
            Self::Closed(_) => "certificate_closed",
            Self::NotWaiting(_) => "certificate_not_waiting",
            Self::OwnSubmission => "own_submission",
            Self::FileKind => "evidence_kind",
        }
    }
}
