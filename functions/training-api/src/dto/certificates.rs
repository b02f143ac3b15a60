//! Certificates: what is recorded, how they stand, and files that show them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kernel::{CertificateId, Day, EvidenceId, JobRole};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;
use training::{
    certificates::{
        Certificate, CertificateName, CertificateState, CredentialNumber, Entry, Evidence, EvidenceKind, Facts, Issuer,
        MOST_EVIDENCE_BYTES,
    },
    model::{CompetencyArea, CourseUrl, FreeText},
};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        Array, ArrayBuilder, ObjectBuilder, Schema,
        schema::{SchemaType, Type},
    },
};

use super::{
    patterns::{AREA, PRINTABLE, URL},
    spelled, text,
};

fn name() -> Schema {
    text(Some(PRINTABLE), 1, 200).into()
}

fn optional(most: usize, pattern: &str) -> Schema {
    let kinds = SchemaType::from_iter([Type::String, Type::Null]);
    ObjectBuilder::new().schema_type(kinds).min_length(Some(1)).max_length(Some(most)).pattern(Some(pattern)).into()
}

fn optional_number() -> Schema {
    optional(100, PRINTABLE)
}

fn optional_reason() -> Schema {
    optional(500, PRINTABLE)
}

fn optional_url() -> Schema {
    optional(500, URL)
}

fn areas() -> Array {
    ArrayBuilder::new().items(text(Some(AREA), 1, 40)).max_items(Some(10)).build()
}

fn length() -> Schema {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(5_242_880)).into()
}

fn sha256() -> Schema {
    text(Some("^[0-9a-fA-F]{64}$"), 64, 64).into()
}

fn one_of_or_null(all: impl IntoIterator<Item = &'static str>) -> Schema {
    let values: Vec<Value> = all.into_iter().map(Value::from).chain([Value::Null]).collect();
    let kinds = SchemaType::from_iter([Type::String, Type::Null]);
    ObjectBuilder::new().schema_type(kinds).enum_values(Some(values)).into()
}

fn optional_role() -> Schema {
    one_of_or_null(JobRole::ALL.into_iter().map(JobRole::as_str))
}

fn optional_evidence_kind() -> Schema {
    one_of_or_null(EvidenceKind::ALL.iter().map(|kind| kind.as_str()))
}

fn kind() -> Schema {
    spelled(["external", "path"])
}

fn state() -> Schema {
    spelled(CertificateState::ALL.iter().copied())
}

/// As of which day.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CertificatesAsOf {
    /// The certificates as they stood at the end of this day, where the person is; now where absent.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub(crate) as_of: Option<Day>,
}

/// A certificate from elsewhere. A file or an address shows it: exactly one of them.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertificateDocument {
    /// What it is called.
    #[schema(schema_with = name)]
    pub(crate) name: CertificateName,
    /// Who gave it.
    #[schema(schema_with = name)]
    pub(crate) issuer: Issuer,
    /// The number under which the issuer knows it.
    #[serde(default)]
    #[schema(schema_with = optional_number)]
    pub(crate) number: Option<CredentialNumber>,
    /// The day it was given, not in the future.
    #[schema(value_type = String, format = Date)]
    pub(crate) issued_on: Day,
    /// The last day on which it is valid, after the day it was given; absent for ever.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) expires_on: Option<Day>,
    /// The competency areas it is about.
    #[serde(default)]
    #[schema(schema_with = areas)]
    pub(crate) areas: Vec<CompetencyArea>,
    /// Where its issuer shows it.
    #[serde(default)]
    #[schema(schema_with = optional_url)]
    pub(crate) evidence_url: Option<CourseUrl>,
    /// An uploaded file: PDF, PNG or JPEG.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub(crate) evidence_id: Option<EvidenceId>,
    /// The person's certificate that it renews.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub(crate) renews: Option<CertificateId>,
}

/// What a look at a certificate came to.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertificateCheck {
    /// Whether it is found to be true.
    pub(crate) verified: bool,
    /// Why not, where it is not.
    #[serde(default)]
    #[schema(schema_with = optional_reason)]
    pub(crate) reason: Option<FreeText>,
}

/// The SHA-256 of a file, in 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sha256(pub(crate) [u8; 32]);

impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = String::deserialize(deserializer)?;
        let mut bytes = [0_u8; 32];
        let hexadecimal = raw.len() == 64 && raw.bytes().all(|digit| digit.is_ascii_hexdigit());
        for (at, byte) in bytes.iter_mut().enumerate().filter(|_| hexadecimal) {
            let digits = raw.get(2 * at..2 * at + 2).unwrap_or_default();
            *byte = u8::from_str_radix(digits, 16).map_err(D::Error::custom)?;
        }
        if hexadecimal { Ok(Self(bytes)) } else { Err(D::Error::custom("64 hexadecimal digits")) }
    }
}

/// The length of a file of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub(crate) struct EvidenceLength(pub(crate) u64);

impl TryFrom<u64> for EvidenceLength {
    type Error = &'static str;

    fn try_from(length: u64) -> Result<Self, &'static str> {
        let fits = (1..=MOST_EVIDENCE_BYTES).contains(&length);
        fits.then_some(Self(length)).ok_or("a number from 1 to 5242880")
    }
}

/// A file that is going to be uploaded.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EvidenceUpload {
    /// Its length in bytes, 5 MiB at most.
    #[schema(schema_with = length)]
    pub(crate) length: EvidenceLength,
    /// Its SHA-256 in hexadecimal digits.
    #[schema(schema_with = sha256)]
    pub(crate) sha256: Sha256,
}

/// Where the file goes: send it by `PUT` to the address, with exactly these headers, within five minutes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvidenceTicket {
    /// Names the file in a certificate.
    #[schema(value_type = Uuid)]
    pub(crate) evidence_id: EvidenceId,
    /// The address, which is a secret until it expires.
    #[schema(format = "uri")]
    pub(crate) url: String,
    /// Headers that are part of the signature.
    pub(crate) headers: BTreeMap<String, String>,
}

/// One version of a certificate.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CertificateVersionView {
    /// The day it was written, where the person is.
    #[schema(value_type = String, format = Date)]
    on: Date,
    #[schema(schema_with = state)]
    state: &'static str,
    /// The last valid day that it names.
    #[schema(value_type = Option<String>, format = Date)]
    expires_on: Option<Date>,
}

/// A certificate.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CertificateView {
    #[schema(value_type = Uuid)]
    id: CertificateId,
    /// `external`, or `path`: awarded by the program for the path of a job role.
    #[schema(schema_with = kind)]
    kind: &'static str,
    #[schema(schema_with = state)]
    state: &'static str,
    /// Whether it counts: verified or awarded, and neither lapsed nor renewed nor withdrawn.
    counts: bool,
    /// The day (where the person is) since which it stands so.
    #[schema(value_type = String, format = Date)]
    since: Date,
    /// What it is called; null for a path's.
    name: Option<String>,
    /// Who gave it; null for a path's.
    issuer: Option<String>,
    /// The number under which the issuer knows it.
    number: Option<String>,
    /// Whose path it was awarded for; null for one from elsewhere.
    #[schema(schema_with = optional_role)]
    job_role: Option<JobRole>,
    #[schema(value_type = String, format = Date)]
    issued_on: Date,
    /// The last day on which it is valid; null for ever.
    #[schema(value_type = Option<String>, format = Date)]
    expires_on: Option<Date>,
    /// The competency areas it is about.
    areas: Vec<String>,
    /// Where its issuer shows it.
    evidence_url: Option<String>,
    /// The file that shows it.
    #[schema(value_type = Option<Uuid>)]
    evidence_id: Option<EvidenceId>,
    /// What the file is; null where there is none.
    #[schema(schema_with = optional_evidence_kind)]
    evidence_kind: Option<EvidenceKind>,
    /// The certificate before it.
    #[schema(value_type = Option<Uuid>)]
    renews: Option<CertificateId>,
    /// The certificate that took its place.
    #[schema(value_type = Option<Uuid>)]
    renewed_by: Option<CertificateId>,
    /// Why it was declined.
    reason: Option<String>,
    /// Its versions, oldest first.
    versions: Vec<CertificateVersionView>,
}

impl CertificateView {
    /// A certificate as it stands now.
    pub(crate) fn of(certificate: &Certificate) -> Self {
        Self::at(certificate, certificate.now(), certificate.versions())
    }

    /// A certificate as it stood at the end of a day; nothing before it was.
    pub(crate) fn as_of(certificate: &Certificate, day: Date) -> Option<Self> {
        let entry = certificate.as_of(day)?;
        Some(Self::at(certificate, entry, certificate.versions().filter(|version| version.on <= day)))
    }

    fn at<'a>(certificate: &Certificate, entry: &Entry, versions: impl Iterator<Item = &'a Entry>) -> Self {
        let external = match &entry.facts {
            Facts::External(external) => Some(external),
            Facts::Path(_) => None,
        };
        let job_role = match &entry.facts {
            Facts::External(_) => None,
            Facts::Path(award) => Some(award.job_role),
        };
        let file = external.and_then(|external| external.evidence.file());
        Self {
            id: certificate.id,
            kind: if external.is_some() { "external" } else { "path" },
            state: entry.state.as_str(),
            counts: matches!(entry.state, CertificateState::Verified | CertificateState::Awarded),
            since: entry.on,
            name: external.map(|external| external.name.as_str().to_owned()),
            issuer: external.map(|external| external.issuer.as_str().to_owned()),
            number: external.and_then(|external| external.number.as_ref()).map(|number| number.expose().to_owned()),
            job_role,
            issued_on: entry.facts.issued(),
            expires_on: entry.facts.expires(),
            areas: external
                .map(|external| external.areas.iter().map(|area| area.as_str().to_owned()).collect())
                .unwrap_or_default(),
            evidence_url: external.and_then(|external| match &external.evidence {
                Evidence::Url { url } => Some(url.as_str().to_owned()),
                Evidence::File { .. } => None,
            }),
            evidence_id: file.map(|(file, _)| file),
            evidence_kind: file.map(|(_, kind)| kind),
            renews: entry.facts.renews(),
            renewed_by: match entry.state {
                CertificateState::Renewed { successor } => Some(successor),
                _ => None,
            },
            reason: match &entry.state {
                CertificateState::Declined { reason } => Some(reason.expose().to_owned()),
                _ => None,
            },
            versions: versions
                .map(|version| CertificateVersionView {
                    on: version.on,
                    state: version.state.as_str(),
                    expires_on: version.facts.expires(),
                })
                .collect(),
        }
    }
}

/// Everything that certifies what a person can do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CertificatesView {
    /// By the day they were given, latest first.
    certificates: Vec<CertificateView>,
}

impl CertificatesView {
    /// All of a file, now or as of a day.
    pub(crate) fn of(all: &[Certificate], as_of: Option<Date>) -> Self {
        let view = |it: &Certificate| {
            as_of.map_or_else(|| Some(CertificateView::of(it)), |day| CertificateView::as_of(it, day))
        };
        let mut certificates: Vec<CertificateView> = all.iter().filter_map(view).collect();
        certificates.sort_by_key(|it| (std::cmp::Reverse(it.issued_on), it.id));
        Self { certificates }
    }
}
