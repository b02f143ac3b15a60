//! The nouns: a material, its versions, and what is announced to become the next one.

use std::fmt;

use jiff::Timestamp;
use kernel::{CourseId, MaterialId, UploadId, Version};
use serde::{Deserialize, Serialize};

use super::Error;
use crate::model::{Retirement, TextError, Title, spelled, text_type};

const MIB: u64 = 1024 * 1024;

spelled! {
    /// What a file is: a closed list. Images that can carry scripts (SVG) and pages (HTML) are not on it.
    FileKind {
        /// A PDF document.
        Pdf = "pdf",
        /// A PNG image.
        Png = "png",
        /// A JPEG image.
        Jpeg = "jpeg",
        /// A ZIP archive, such as the files of a lab.
        Zip = "zip",
        /// Plain text in UTF-8.
        Text = "text",
        /// Markdown in UTF-8.
        Markdown = "markdown",
        /// Slides in Office Open XML, without macros.
        Pptx = "pptx",
        /// A document in Office Open XML, without macros.
        Docx = "docx",
        /// A film in an MPEG-4 container.
        Mp4 = "mp4",
    }
}

impl FileKind {
    /// How the names of such files may end, in lower case.
    pub const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Zip => &["zip"],
            Self::Text => &["txt"],
            Self::Markdown => &["md", "markdown"],
            Self::Pptx => &["pptx"],
            Self::Docx => &["docx"],
            Self::Mp4 => &["mp4", "m4v"],
        }
    }

    /// The type under which such files are sent (the registry of IANA).
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Zip => "application/zip",
            Self::Text => "text/plain; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Mp4 => "video/mp4",
        }
    }

    /// How long such a file may be, in bytes.
    pub const fn most_bytes(self) -> u64 {
        match self {
            Self::Text | Self::Markdown => MIB,
            Self::Png | Self::Jpeg => 10 * MIB,
            Self::Pdf | Self::Docx => 50 * MIB,
            Self::Zip | Self::Pptx => 100 * MIB,
            Self::Mp4 => 500 * MIB,
        }
    }

    /// The longest of all files, in bytes.
    pub const MOST_BYTES: u64 = Self::Mp4.most_bytes();
}

text_type! {
    /// What a file is called when it is saved.
    FileName,
    "a file name of 3 to 120 printable characters with an ending, without path",
    |raw| {
        let (stem, ending) = raw.rsplit_once('.')?;
        let fits = raw.chars().count() <= 120
            && !stem.is_empty()
            && !stem.starts_with('.')
            && (1..=10).contains(&ending.len())
            && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && kernel::text::is_plain(raw)
            && !raw.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|']);
        fits.then(|| raw.to_owned())
    }
}

impl FileName {
    /// Whether it ends as files of a type do.
    pub fn fits(&self, kind: FileKind) -> bool {
        let ending = self.as_str().rsplit_once('.').map_or("", |(_, ending)| ending);
        kind.endings().iter().any(|known| known.eq_ignore_ascii_case(ending))
    }
}

/// A SHA-256, read and written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Checksum([u8; 32]);

impl Checksum {
    /// What a correct text looks like.
    pub const EXPECTED: &str = "64 hexadecimal digits";

    /// From its bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`TextError`] for anything else.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let bytes = raw.as_bytes();
        let mut found = [0; 32];
        if bytes.len() != 64 {
            return Err(TextError { expected: Self::EXPECTED });
        }
        for (place, pair) in found.iter_mut().zip(bytes.chunks_exact(2)) {
            let [high, low] = pair else { continue };
            let both = digit(*high).zip(digit(*low)).ok_or(TextError { expected: Self::EXPECTED })?;
            *place = (both.0 << 4) | both.1;
        }
        Ok(Self(found))
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Checksum {
    type Error = TextError;

    fn try_from(raw: String) -> Result<Self, TextError> {
        Self::parse(&raw)
    }
}

impl From<Checksum> for String {
    fn from(checksum: Checksum) -> Self {
        checksum.to_string()
    }
}

/// What is said of a file before it is uploaded, and held of it afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterialFile {
    /// What it is called.
    pub name: FileName,
    /// What it is.
    pub kind: FileKind,
    /// How long it is, in bytes.
    pub length: u64,
    /// Its checksum.
    pub sha256: Checksum,
}

impl MaterialFile {
    /// Checks what types cannot.
    ///
    /// # Errors
    /// [`Error::FileName`] for the ending of another type, [`Error::Length`] for an empty file and one that is longer
    /// than its type may be.
    pub fn check(&self) -> Result<(), Error> {
        if !self.name.fits(self.kind) {
            return Err(Error::FileName(self.kind));
        }
        if !(1..=self.kind.most_bytes()).contains(&self.length) {
            return Err(Error::Length(self.kind));
        }
        Ok(())
    }
}

/// A file that was announced and not yet confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// Names the upload. Each announcement has its own, so that an old ticket writes over nothing.
    pub upload: UploadId,
    /// What will come.
    pub file: MaterialFile,
    /// When it was announced.
    pub at: Timestamp,
}

/// A file that was looked at and found to be what was announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterialVersion {
    /// Its number: 1 for the first, one more with each.
    pub number: u16,
    /// The upload it came by.
    pub upload: UploadId,
    /// What it is.
    pub file: MaterialFile,
    /// When it became the current version.
    pub since: Timestamp,
}

/// A material of a course, with its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    /// Its id.
    pub id: MaterialId,
    /// Of which course.
    pub course: CourseId,
    /// What it is called.
    pub title: Title,
    /// Every version, oldest first; the last is the current one.
    pub versions: Vec<MaterialVersion>,
    /// What is announced to become the next version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced: Option<Announced>,
    /// Set once learners get it no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<Retirement>,
    /// How often it was written.
    pub version: Version,
}

impl Material {
    /// The version that learners get.
    pub fn current(&self) -> Option<&MaterialVersion> {
        self.versions.last()
    }

    /// Whether learners see it.
    pub fn is_open(&self) -> bool {
        self.retired.is_none() && !self.versions.is_empty()
    }

    /// Where the file of an upload lies in the bucket.
    pub fn object(&self, upload: UploadId) -> String {
        format!("materials/{}/{}/{upload}", self.course, self.id)
    }
}
