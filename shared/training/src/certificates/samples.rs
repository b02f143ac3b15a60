//! Certificates for tests.

use jiff::{Timestamp, civil::Date};
use kernel::{CertificateId, Principal};

use super::{
    Certificate, CertificateName, CertificateState, CredentialNumber, Entry, Evidence, External, Facts, Issuer,
};
use crate::model::CourseUrl;

/// A certificate from elsewhere, shown by its issuer.
pub(crate) fn external(issued: Date, expires: Option<Date>) -> External {
    External {
        name: CertificateName::parse("Cloud security").unwrap(),
        issuer: Issuer::parse("Example institute").unwrap(),
        number: CredentialNumber::parse("A-17").ok(),
        issued,
        expires,
        areas: Vec::new(),
        evidence: Evidence::Url { url: CourseUrl::parse("https://certificates.example.com/a-17").unwrap() },
        renews: None,
    }
}

/// The same, as it stands in a file since a day.
pub(crate) fn certificate(external: External, state: CertificateState, on: Date) -> Certificate {
    let (at, by) = (Timestamp::UNIX_EPOCH, Principal::Program);
    Certificate::new(CertificateId::new(at), Entry { facts: Facts::External(external), state, on, at, by })
}
