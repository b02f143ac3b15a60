//! What certificates ask of the store. They are read with the learner's file, so that nothing here reads.

use kernel::{CertificateId, PersonId};

use super::Certificate;

/// One write inside a file: it travels with the file's head, which guards it.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A certificate, put or replaced by itself with one version more.
    Put {
        /// Whose.
        person: PersonId,
        /// The certificate.
        certificate: Box<Certificate>,
    },
    /// A certificate is forgotten.
    Forget {
        /// Whose.
        person: PersonId,
        /// Which one.
        certificate: CertificateId,
    },
}
