//! Links in mails: a token binds person, purpose and subject, expires, and is proved by an HMAC, so that it works
//! without a sign-in and cannot be made or altered by its holder. Single use comes from the nonce: the thing a link
//! acts on keeps it and changes it when the link was used.
//!
//! This module makes and proves tokens. It never acts on one, and knows nothing of HTTP.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use kernel::{AssignmentRound, CourseId, PersonId};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The longest token that is looked at. Ours are about 330 characters.
pub const MAX_TOKEN: usize = 640;
const MAX_NONCE: usize = 64;
const MAC_BYTES: usize = 32;

/// What a link is for. A token made for one purpose proves nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The page of one assignment: done, need more time, on leave, not my role.
    Assignment,
    /// No more mails that are not mandatory.
    OptOut,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// What it is for.
    #[serde(rename = "u")]
    pub purpose: Purpose,
    /// Who was written to, and who acts by using it.
    #[serde(rename = "p")]
    pub person: PersonId,
    /// What it is about: `<course>/<round>` for an assignment.
    #[serde(rename = "s")]
    pub subject: String,
    /// Single use: compared with what the subject holds.
    #[serde(rename = "n")]
    pub nonce: String,
    /// From this instant on it is worth nothing. Whole seconds.
    #[serde(rename = "e", with = "jiff::fmt::serde::timestamp::second::required")]
    pub expires: Timestamp,
}

impl Claims {
    /// The subject of an assignment's link.
    pub fn assignment_subject(course: CourseId, round: AssignmentRound) -> String {
        format!("{course}/{}", round.get())
    }

    /// Which assignment the link is about.
    ///
    /// # Errors
    /// [`LinkError::Malformed`] for another purpose or a subject that is not an assignment's.
    pub fn assignment(&self) -> Result<(CourseId, AssignmentRound), LinkError> {
        if self.purpose != Purpose::Assignment {
            return Err(LinkError::Malformed);
        }
        let (course, round) = self.subject.split_once('/').ok_or(LinkError::Malformed)?;
        let number = round.parse::<u16>().ok().filter(|n| (1..=999).contains(n)).ok_or(LinkError::Malformed)?;
        let round = serde_json::from_value(number.into()).map_err(|_| LinkError::Malformed)?;
        Ok((course.parse().map_err(|_| LinkError::Malformed)?, round))
    }
}

/// A signing key of 32 bytes. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct LinkKey([u8; 32]);

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey([redacted])")
    }
}

impl LinkKey {
    /// Wraps 32 random bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn parse(hex: &str) -> Result<Self, KeyError> {
        let hex = hex.trim();
        if hex.len() != 64 || !hex.is_ascii() {
            return Err(KeyError);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok()).ok_or(KeyError);
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }

    fn mac(&self, payload: &[u8]) -> [u8; MAC_BYTES] {
        // A key shorter than the hash's block of 64 bytes is padded with zeros (RFC 2104, section 2).
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.0);
        <Hmac<Sha256> as KeyInit>::new(&block.into())
            .chain_update(CONTEXT)
            .chain_update(payload)
            .finalize()
            .into_bytes()
            .into()
    }
}

/// Separates these MACs from any other use of the same key.
const CONTEXT: &[u8] = b"guildhall link 1\n";

/// A text that holds no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("link keys are one or two texts of 64 hexadecimal digits, separated by a comma")]
pub struct KeyError;

/// The key that signs, and the one before it, which still proves links that were mailed before a rotation.
#[derive(Debug, Clone)]
pub struct LinkKeys {
    current: LinkKey,
    previous: Option<LinkKey>,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It is not a token, or not one for this purpose.
    #[error("the link is malformed")]
    Malformed,
    /// It was not made with one of our keys, or was altered.
    #[error("the link is not genuine")]
    Forged,
    /// Its time is over.
    #[error("the link has expired")]
    Expired,
}

impl LinkKeys {
    /// Keys from their bytes.
    pub const fn new(current: LinkKey, previous: Option<LinkKey>) -> Self {
        Self { current, previous }
    }

    /// Reads `<hex>` or `<hex>,<previous hex>`, as kept in the parameter store. To rotate, put a new key in front.
    ///
    /// # Errors
    /// [`KeyError`] for anything else.
    pub fn parse(raw: &str) -> Result<Self, KeyError> {
        let (current, previous) = match raw.split_once(',') {
            Some((current, previous)) => (current, Some(LinkKey::parse(previous)?)),
            None => (raw, None),
        };
        Ok(Self { current: LinkKey::parse(current)?, previous })
    }

    /// Makes a token: `<base64url of the claims>.<base64url of the MAC>`.
    pub fn sign(&self, claims: &Claims) -> String {
        let payload = serde_json::to_vec(claims).unwrap_or_default();
        let mac = self.current.mac(&payload);
        format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(payload), BASE64_URL_SAFE_NO_PAD.encode(mac))
    }

    /// Proves a token and reads what it says. The comparison takes the same time whatever differs.
    ///
    /// # Errors
    /// [`LinkError`]; nothing of the payload is parsed before the MAC is proved.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, LinkError> {
        if token.len() > MAX_TOKEN {
            return Err(LinkError::Malformed);
        }
        let (payload, mac) = token.split_once('.').ok_or(LinkError::Malformed)?;
        let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).map_err(|_| LinkError::Malformed)?;
        let mac = BASE64_URL_SAFE_NO_PAD.decode(mac).map_err(|_| LinkError::Malformed)?;
        let genuine = [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .fold(0u8.ct_eq(&1), |proved, key| proved | key.mac(&payload).as_slice().ct_eq(&mac));
        if !bool::from(genuine) {
            return Err(LinkError::Forged);
        }
        let claims: Claims = serde_json::from_slice(&payload).map_err(|_| LinkError::Malformed)?;
        if claims.nonce.len() > MAX_NONCE {
            return Err(LinkError::Malformed);
        }
        if claims.expires <= now { Err(LinkError::Expired) } else { Ok(claims) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_782_000_000 + second).unwrap()
    }

    fn keys(current: u8, previous: Option<u8>) -> LinkKeys {
        LinkKeys::new(LinkKey::new([current; 32]), previous.map(|byte| LinkKey::new([byte; 32])))
    }

    fn claims(nonce: &str, expires: i64) -> Claims {
        let subject = Claims::assignment_subject(CourseId::new(at(0)), AssignmentRound::FIRST);
        let (purpose, person) = (Purpose::Assignment, PersonId::new(at(0)));
        Claims { purpose, person, subject, nonce: nonce.to_owned(), expires: at(expires) }
    }

    #[test]
    fn a_token_says_what_was_signed_until_it_expires() {
        let claims = claims("n", 60);
        let token = keys(1, None).sign(&claims);
        assert!(token.len() <= 400, "{}", token.len());
        assert_eq!(keys(1, None).verify(&token, at(59)), Ok(claims));
        assert_eq!(keys(1, None).verify(&token, at(60)), Err(LinkError::Expired));
    }

    #[test]
    fn a_rotation_keeps_mailed_links_alive_for_one_key() {
        let token = keys(1, None).sign(&claims("n", 60));
        assert!(keys(2, Some(1)).verify(&token, at(0)).is_ok());
        assert_eq!(keys(3, Some(2)).verify(&token, at(0)), Err(LinkError::Forged));
    }

    #[test]
    fn keys_are_read_from_the_parameter_and_never_shown() {
        let (one, two) = ("0a".repeat(32), "0B".repeat(32));
        let token = keys(10, None).sign(&claims("n", 60));
        assert!(LinkKeys::parse(&one).unwrap().verify(&token, at(0)).is_ok());
        let rotated = LinkKeys::parse(&format!("{two}, {one}\n")).unwrap();
        assert!(rotated.verify(&token, at(0)).is_ok());
        assert!(!format!("{rotated:?}").contains("10"));
        for bad in ["", "00", &"zz".repeat(32), &format!("{one},"), &format!("{one},{two},{one}"), &"é".repeat(32)] {
            assert_eq!(LinkKeys::parse(bad).err(), Some(KeyError), "{bad}");
        }
    }

    #[test]
    fn another_purpose_is_no_assignment() {
        let claims = Claims { purpose: Purpose::OptOut, ..claims("n", 60) };
        assert_eq!(claims.assignment(), Err(LinkError::Malformed));
        for subject in
            ["", "x/1", "01890a5d-ac96-774b-bcce-b302099a8057/0", "01890a5d-ac96-774b-bcce-b302099a8057/1000"]
        {
            let claims = Claims { purpose: Purpose::Assignment, subject: subject.to_owned(), ..claims.clone() };
            assert_eq!(claims.assignment(), Err(LinkError::Malformed), "{subject}");
        }
    }

    proptest! {
        #[test]
        fn a_token_changed_anywhere_is_refused(nonce in "[a-z0-9]{1,32}", place in 0usize..1000, letter in "[A-Za-z0-9_.-]") {
            let keys = keys(1, Some(2));
            let token = keys.sign(&claims(&nonce, 60));
            let place = place % token.len();
            let mut forged = token.clone();
            forged.replace_range(place..=place, &letter);
            // Base64 leaves spare bits at an end; the decoder refuses all spellings but one.
            prop_assume!(forged != token);
            prop_assert!(keys.verify(&forged, at(0)).is_err(), "{forged}");
        }

        #[test]
        fn rubbish_is_refused(token in "\\PC{0,700}") {
            prop_assert!(keys(1, Some(2)).verify(&token, at(0)).is_err());
        }

        #[test]
        fn another_key_proves_nothing(nonce in "[a-z0-9]{1,32}", other in 2u8..) {
            let token = keys(1, None).sign(&claims(&nonce, 60));
            prop_assert_eq!(keys(other, None).verify(&token, at(0)), Err(LinkError::Forged));
        }
    }
}
