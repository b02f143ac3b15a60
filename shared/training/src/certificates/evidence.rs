//! What shows that somebody has a certificate: an address where its issuer shows it, or a file. A file is known by its
//! first bytes, never by a name or a type that somebody gave it.

use std::fmt;

use kernel::{EvidenceId, PersonId};
use serde::{Deserialize, Serialize};

use crate::model::{CourseUrl, spelled};

/// The longest file, in bytes: 5 MiB.
pub const MOST_EVIDENCE_BYTES: u64 = 5 * 1024 * 1024;

spelled! {
    /// What a file of evidence may be.
    EvidenceKind {
        /// A document (ISO 32000).
        Pdf = "pdf",
        /// A picture (ISO/IEC 15948).
        Png = "png",
        /// A picture (ISO/IEC 10918).
        Jpeg = "jpeg",
    }
}

impl EvidenceKind {
    /// What a file is by its first bytes: a PDF's header, PNG's signature with its header chunk, JPEG's start of image with
    /// the marker after it. Nothing for whatever else.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
        match bytes {
            _ if bytes.starts_with(b"%PDF-") => Some(Self::Pdf),
            _ if bytes.starts_with(PNG) && bytes.get(12..16) == Some(b"IHDR") => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            _ => None,
        }
    }

    /// The media type it is sent as.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// What a file that holds it is called.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Pdf => "certificate.pdf",
            Self::Png => "certificate.png",
            Self::Jpeg => "certificate.jpg",
        }
    }
}

/// What shows that somebody has a certificate. An address leads to its holder, so that `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "evidence", rename_all = "snake_case")]
pub enum Evidence {
    /// An address where its issuer shows it.
    Url {
        /// The address.
        url: CourseUrl,
    },
    /// A file, which was looked into.
    File {
        /// Which one.
        file: EvidenceId,
        /// What it is.
        format: EvidenceKind,
    },
}

impl Evidence {
    /// The file, where it is one.
    pub const fn file(&self) -> Option<(EvidenceId, EvidenceKind)> {
        match self {
            Self::Url { .. } => None,
            Self::File { file, format } => Some((*file, *format)),
        }
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { .. } => f.write_str("Url([redacted])"),
            Self::File { file, format } => f.debug_struct("File").field("file", file).field("format", format).finish(),
        }
    }
}

/// Where a file lies that was uploaded and belongs to no record yet. It names the person, so that nobody can add what
/// another uploaded.
pub fn uploaded_object(person: PersonId, file: EvidenceId) -> String {
    format!("uploads/training/{person}.{file}")
}

/// Where a file lies that belongs to a record.
pub fn kept_object(person: PersonId, file: EvidenceId) -> String {
    format!("evidence/{person}.{file}")
}
