//! What a certificate is called and who gave it, each piece checked when it is made.

use kernel::text::is_plain;
use serde::{Deserialize, Serialize};

use crate::model::{TextError, text_type};

text_type! {
    /// What a certificate is called.
    CertificateName,
    "a name of 1 to 200 printable characters that is no formula",
    |raw| ((1..=200).contains(&raw.chars().count()) && is_plain(raw)).then(|| raw.to_owned())
}

text_type! {
    /// Who gave a certificate.
    Issuer,
    "an issuer of 1 to 200 printable characters that is no formula",
    |raw| ((1..=200).contains(&raw.chars().count()) && is_plain(raw)).then(|| raw.to_owned())
}

/// The number under which an issuer knows a certificate, and so its holder: never shown by `Debug`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CredentialNumber(kernel::Redacted<String>);

impl CredentialNumber {
    /// What a correct number looks like.
    pub const EXPECTED: &str = "a number of 1 to 100 printable characters that is no formula";

    /// Checks a number.
    ///
    /// # Errors
    /// [`TextError`] says what is expected.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let raw = raw.trim();
        let fits = (1..=100).contains(&raw.chars().count()) && is_plain(raw);
        fits.then(|| Self(kernel::Redacted::new(raw.to_owned()))).ok_or(TextError { expected: Self::EXPECTED })
    }

    /// The number, for whoever has a reason to see it.
    pub const fn expose(&self) -> &str {
        self.0.expose().as_str()
    }
}

impl TryFrom<String> for CredentialNumber {
    type Error = TextError;

    fn try_from(raw: String) -> Result<Self, TextError> {
        Self::parse(&raw)
    }
}

impl From<CredentialNumber> for String {
    fn from(number: CredentialNumber) -> Self {
        number.0.into_inner()
    }
}
