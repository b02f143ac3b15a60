//! The nouns: a request, and which of a person's are open.

use jiff::Timestamp;
use kernel::{AssignmentRound, CourseId, CourseRequestId, PersonId, Principal, Redacted, Version};
use serde::{Deserialize, Serialize};

use super::{Error, MOST_OPEN};
use crate::model::{FreeText, TextError, Title, spelled};

spelled! {
    /// What is asked for.
    RequestKind {
        /// A seat that somebody books and pays for.
        Seat = "seat",
        /// A voucher, such as for an examination.
        Voucher = "voucher",
    }
}

spelled! {
    /// Where a request stands.
    RequestState {
        /// It waits for a decision.
        Asked = "asked",
        /// It was approved and waits for what was asked for.
        Approved = "approved",
        /// It was declined.
        Declined = "declined",
        /// What was asked for is there.
        Provided = "provided",
        /// The person took it back, or leaves.
        Withdrawn = "withdrawn",
    }
}

impl RequestState {
    /// Whether something is still to come.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Asked | Self::Approved)
    }
}

/// The code of a voucher: 4 to 100 visible ASCII characters, never shown by `Debug`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VoucherCode(Redacted<String>);

impl VoucherCode {
    /// What a correct code looks like.
    pub const EXPECTED: &str = "a code of 4 to 100 visible ASCII characters without spaces";

    /// Checks a code.
    ///
    /// # Errors
    /// [`TextError`] says what is expected, never what was given.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let fits = (4..=100).contains(&raw.len()) && raw.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(Redacted::new(raw.to_owned()))).ok_or(TextError { expected: Self::EXPECTED })
    }

    /// The code, for the person whose it is.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl TryFrom<String> for VoucherCode {
    type Error = TextError;

    fn try_from(raw: String) -> Result<Self, TextError> {
        Self::parse(&raw)
    }
}

impl From<VoucherCode> for String {
    fn from(code: VoucherCode) -> Self {
        code.0.into_inner()
    }
}

/// What was decided on a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Principal,
    /// Why; always there where it was declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<FreeText>,
}

/// Somebody's request for a seat or a voucher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its id.
    pub id: CourseRequestId,
    /// Who asks, for themselves.
    pub person: PersonId,
    /// For which course.
    pub course: CourseId,
    /// What the course was called when it was asked for.
    pub title: Title,
    /// What for.
    pub kind: RequestKind,
    /// Why.
    pub reason: FreeText,
    /// Where it stands.
    pub state: RequestState,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
    /// The assignment that its approval made; none where the course was asked of the person already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<AssignmentRound>,
    /// When it was declined, provided or taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The voucher's code, for the person's eyes alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<VoucherCode>,
    /// How often it was written.
    pub version: Version,
}

/// One open request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRequest {
    /// For which course.
    pub course: CourseId,
    /// Which request.
    pub request: CourseRequestId,
}

/// A person's open requests: written with each that is made or ends, its version guards that there is one a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Whose.
    pub person: PersonId,
    /// The open ones, oldest first.
    pub requests: Vec<OpenRequest>,
    /// How often it was written; [`Version::ABSENT`] while the person never asked for anything.
    pub version: Version,
}

impl Open {
    /// Of somebody who never asked for anything.
    pub const fn none(person: PersonId) -> Self {
        Self { person, requests: Vec::new(), version: Version::ABSENT }
    }

    /// With one more.
    pub(crate) fn with(&self, one: OpenRequest) -> Result<Self, Error> {
        if self.requests.iter().any(|known| known.course == one.course) {
            return Err(Error::OpenAlready(one.course));
        }
        if self.requests.len() >= MOST_OPEN {
            return Err(Error::TooMany);
        }
        let requests = self.requests.iter().copied().chain([one]).collect();
        Ok(Self { person: self.person, requests, version: self.version.next() })
    }

    /// Without any.
    pub(crate) fn cleared(&self) -> Self {
        Self { person: self.person, requests: Vec::new(), version: self.version.next() }
    }

    /// Without one that ended.
    pub(crate) fn without(&self, ended: CourseRequestId) -> Self {
        let requests = self.requests.iter().copied().filter(|known| known.request != ended).collect();
        Self { person: self.person, requests, version: self.version.next() }
    }
}
