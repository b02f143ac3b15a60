//! What can go wrong with a material.

use kernel::{ErrorKind, GatewayError, MaterialId, UploadId};

use super::{FileKind, MOST_MATERIALS, MOST_VERSIONS};

/// What is wrong with a file that was uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is longer or shorter than was announced.
    Length,
    /// Its checksum is another, or S3 knows none.
    Checksum,
    /// Its bytes are not those of its type.
    Content(FileKind),
    /// The list of an archive's entries cannot be seen in whole, or contradicts itself.
    Entries(FileKind),
}

/// Why a material or its file is not taken or handed out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such material, or nothing of it that the caller may have.
    #[error("material {0} is not there")]
    Unknown(MaterialId),
    /// The end of the file's name belongs to another type.
    #[error("the name of a {} file does not end like that", .0.as_str())]
    FileName(FileKind),
    /// The file is empty, or longer than its type may be.
    #[error("a {} file has at most {} bytes", .0.as_str(), .0.most_bytes())]
    Length(FileKind),
    /// Nobody announced this upload, or a later announcement took its place.
    #[error("upload {0} is not announced")]
    NotAnnounced(UploadId),
    /// Nothing was uploaded.
    #[error("nothing was uploaded as {0}")]
    NotUploaded(UploadId),
    /// The file is not what was announced.
    #[error("the file is refused: {0:?}")]
    Refused(Fault),
    /// The course has as many materials as it may have.
    #[error("a course has at most {} materials", MOST_MATERIALS)]
    Full,
    /// The material has as many versions as it may have.
    #[error("a material has at most {} versions", MOST_VERSIONS)]
    VersionsFull,
    /// It gets no further version.
    #[error("material {0} is retired")]
    Retired(MaterialId),
    /// The bucket did not do as asked.
    #[error("the bucket did not do as asked")]
    Files(#[source] GatewayError),
}

impl Error {
    /// How a boundary should understand it.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown(_) => ErrorKind::NotFound,
            Self::FileName(_) | Self::Length(_) | Self::NotUploaded(_) | Self::Refused(_) => ErrorKind::Invalid,
            Self::NotAnnounced(_) | Self::Full | Self::VersionsFull | Self::Retired(_) => ErrorKind::Conflict,
            Self::Files(error) => error.kind(),
        }
    }

    /// A stable name of the fact, for problem documents.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "unknown_material",
            Self::FileName(_) => "file_name_of_another_type",
            Self::Length(_) => "file_too_large",
            Self::NotAnnounced(_) => "upload_not_announced",
            Self::NotUploaded(_) => "upload_missing",
            Self::Refused(_) => "file_refused",
            Self::Full => "materials_full",
            Self::VersionsFull => "versions_full",
            Self::Retired(_) => "material_retired",
            Self::Files(_) => "unavailable",
        }
    }
}
