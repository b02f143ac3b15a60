//! A certificate and its versions. What it says now is its latest version; nothing else repeats it.

use jiff::{Timestamp, civil::Date};
use kernel::{CertificateId, CompletionId, CourseId, EvidenceId, JobRole, Principal, text::fold};
use serde::{Deserialize, Serialize};

use super::{CertificateName, CredentialNumber, Evidence, Issuer, ToldOfExpiry};
use crate::model::{CompetencyArea, FreeText};

/// How many external certificates a file holds at most, whatever became of them.
pub const MOST_EXTERNAL: usize = 100;
/// How many versions a certificate has at most that people make.
pub const MOST_VERSIONS: usize = 30;
/// How many competency areas a certificate names at most.
pub const MOST_AREAS: usize = 10;

/// What somebody outside certified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct External {
    /// What it is called.
    pub name: CertificateName,
    /// Who gave it.
    pub issuer: Issuer,
    /// The number under which the issuer knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<CredentialNumber>,
    /// The day it was given.
    pub issued: Date,
    /// The last day on which it is valid; absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
    /// The competency areas it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<CompetencyArea>,
    /// What shows it.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// The certificate of the same person that it renews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renews: Option<CertificateId>,
}

impl External {
    /// Whether both are the same certificate, whatever shows them: of one name, issuer, number and day, in any spelling.
    pub fn is_same(&self, other: &Self) -> bool {
        let number = |it: &Self| it.number.as_ref().map(|number| fold(number.expose()));
        self.issued == other.issued
            && fold(self.name.as_str()) == fold(other.name.as_str())
            && fold(self.issuer.as_str()) == fold(other.issuer.as_str())
            && number(self) == number(other)
    }
}

/// A course of a path, and what completed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// Which course.
    pub course: CourseId,
    /// By which completion.
    pub completion: CompletionId,
}

/// What the program awards for a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathAward {
    /// The path of which role.
    pub job_role: JobRole,
    /// The day it was awarded.
    pub issued: Date,
    /// The last day on which every course of it is still valid; absent: none of them lapses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
    /// What it rests on: the courses that the path required then.
    pub covers: Vec<Covered>,
    /// The award before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renews: Option<CertificateId>,
}

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Facts {
    /// Somebody outside certified it.
    External(External),
    /// The program awarded it for a path.
    Path(PathAward),
}

impl Facts {
    /// The day it was given.
    pub const fn issued(&self) -> Date {
        match self {
            Self::External(external) => external.issued,
            Self::Path(award) => award.issued,
        }
    }

    /// The last valid day.
    pub const fn expires(&self) -> Option<Date> {
        match self {
            Self::External(external) => external.expires,
            Self::Path(award) => award.expires,
        }
    }

    /// What it renews.
    pub const fn renews(&self) -> Option<CertificateId> {
        match self {
            Self::External(external) => external.renews,
            Self::Path(award) => award.renews,
        }
    }

    /// The file that shows it.
    pub const fn file(&self) -> Option<EvidenceId> {
        match self {
            Self::External(External { evidence: Evidence::File { file, .. }, .. }) => Some(*file),
            Self::External(_) | Self::Path(_) => None,
        }
    }
}

/// Where a certificate stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CertificateState {
    /// Nobody has looked at it yet.
    Submitted,
    /// Somebody else found it to be true.
    Verified,
    /// Somebody else did not.
    Declined {
        /// Why.
        reason: FreeText,
    },
    /// The program gave it.
    Awarded,
    /// Another one took its place before it lapsed.
    Renewed {
        /// Which one.
        successor: CertificateId,
    },
    /// Its holder or the program took it back.
    Withdrawn,
    /// Its last valid day is over.
    Lapsed,
}

impl CertificateState {
    /// Every spelling, in the order of a certificate's life.
    pub const ALL: &[&str] = &["submitted", "verified", "declined", "awarded", "renewed", "withdrawn", "lapsed"];

    /// The one spelling.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Verified => "verified",
            Self::Declined { .. } => "declined",
            Self::Awarded => "awarded",
            Self::Renewed { .. } => "renewed",
            Self::Withdrawn => "withdrawn",
            Self::Lapsed => "lapsed",
        }
    }
}

/// One version of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What it says from then on.
    pub facts: Facts,
    /// Where it stands from then on.
    #[serde(flatten)]
    pub state: CertificateState,
    /// The holder's day.
    pub on: Date,
    /// When it was written.
    pub at: Timestamp,
    /// By whom.
    pub by: Principal,
}

/// A certificate of a person. Versions are added and never taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its id.
    pub id: CertificateId,
    /// The latest version.
    now: Entry,
    /// The versions before it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Entry>,
    /// What was told of its end, an entry for each last valid day it had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) told: Vec<ToldOfExpiry>,
    /// The last valid day that was said to come near.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) announced: Option<Date>,
}

impl Certificate {
    /// A certificate with its first version.
    pub const fn new(id: CertificateId, first: Entry) -> Self {
        Self { id, now: first, earlier: Vec::new(), told: Vec::new(), announced: None }
    }

    /// The latest version.
    pub const fn now(&self) -> &Entry {
        &self.now
    }

    /// What it says.
    pub const fn facts(&self) -> &Facts {
        &self.now.facts
    }

    /// Where it stands.
    pub const fn state(&self) -> &CertificateState {
        &self.now.state
    }

    /// Every version, oldest first.
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.earlier.iter().chain([&self.now])
    }

    /// How many versions there are.
    pub fn version(&self) -> usize {
        self.earlier.len() + 1
    }

    /// The version as of the end of a day, where the holder is; nothing before the first.
    pub fn as_of(&self, day: Date) -> Option<&Entry> {
        self.versions().rev().find(|entry| entry.on <= day)
    }

    /// Whether it counts: verified or awarded, and not lapsed, renewed or withdrawn since.
    pub const fn counts(&self) -> bool {
        matches!(self.now.state, CertificateState::Verified | CertificateState::Awarded)
    }

    /// Whether it waits for somebody's look.
    pub const fn is_waiting(&self) -> bool {
        matches!(self.now.state, CertificateState::Submitted)
    }

    /// What somebody outside certified, where it is that.
    pub const fn external(&self) -> Option<&External> {
        match &self.now.facts {
            Facts::External(external) => Some(external),
            Facts::Path(_) => None,
        }
    }

    /// What the program awarded, where it is that.
    pub const fn award(&self) -> Option<&PathAward> {
        match &self.now.facts {
            Facts::Path(award) => Some(award),
            Facts::External(_) => None,
        }
    }

    /// Every file that ever was its evidence.
    pub fn files(&self) -> impl Iterator<Item = EvidenceId> {
        self.versions().filter_map(|entry| entry.facts.file())
    }

    /// Adds a version.
    pub(super) fn add(&mut self, entry: Entry) {
        self.earlier.push(std::mem::replace(&mut self.now, entry));
    }

    /// Adds a version that says the same and stands elsewhere.
    pub(super) fn turn(&mut self, state: CertificateState, stamp: &Stamp) {
        let facts = self.now.facts.clone();
        self.add(stamp.entry(facts, state));
    }
}

/// When and by whom a version is written.
#[derive(Debug, Clone)]
pub(super) struct Stamp {
    /// The holder's day.
    pub(super) on: Date,
    /// The moment.
    pub(super) at: Timestamp,
    /// By whom.
    pub(super) by: Principal,
}

impl Stamp {
    pub(super) fn entry(&self, facts: Facts, state: CertificateState) -> Entry {
        Entry { facts, state, on: self.on, at: self.at, by: self.by.clone() }
    }
}
