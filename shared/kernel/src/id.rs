//! Ids that differ by type, so that a person is never passed where a course is wanted.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id is a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057")]
pub struct IdError;

/// A UUID of version 7: milliseconds first, then chance.
fn ordered(at: jiff::Timestamp) -> Uuid {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
    #[cfg(debug_assertions)]
    if let Some(tail) = seeded::tail() {
        return uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid();
    }
    let nanos = u32::try_from(millis % 1000).unwrap_or_default() * 1_000_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, millis / 1000, nanos))
}

/// Ids that follow from a seed, so that a simulation can be run again. Release builds don't contain this.
#[cfg(debug_assertions)]
pub mod seeded {
    use std::cell::Cell;

    thread_local! {
        static STATE: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// From here on every new id of this thread follows from the seed; without one, from chance again.
    pub fn start(seed: Option<u64>) {
        STATE.set(seed);
    }

    /// The next ten bytes (SplitMix64).
    pub(super) fn tail() -> Option<[u8; 10]> {
        let mut state = STATE.get()?;
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed ^ (mixed >> 31)).to_be_bytes()
        };
        let (first, second) = (next(), next());
        STATE.set(Some(state));
        let mut tail = [0; 10];
        tail[..8].copy_from_slice(&first);
        tail[8..].copy_from_slice(&second[..2]);
        Some(tail)
    }
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that was made or checked elsewhere.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// A new id whose order follows `at` (UUID version 7). Randomness comes from the operating system.
            pub fn new(at: jiff::Timestamp) -> Self {
                Self(ordered(at))
            }

            /// The UUID inside.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }

            /// The shard, 0 to 15, that this id's index entries live in.
            pub const fn shard(&self) -> u8 {
                self.0.as_bytes()[15] & 0x0f
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(raw: &str) -> Result<Self, IdError> {
                // Only the hyphenated form in lower case: one id has one spelling in keys, links and logs.
                if raw.len() != 36 || raw.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    return Err(IdError);
                }
                Uuid::try_parse(raw).map(Self).map_err(|_| IdError)
            }
        }
    )+};
}

typed_ids! {
    /// A person of the directory.
    PersonId,
    /// A team of the directory.
    TeamId,
    /// A workload of the directory.
    WorkloadId,
    /// A course of the catalogue.
    CourseId,
    /// One completion of a course by a person.
    CompletionId,
    /// One exemption of a person from a course.
    ExemptionId,
    /// A question of the bank.
    QuestionId,
    /// An assessment: how a test is drawn from the bank.
    AssessmentId,
    /// One attempt at an assessment by a person.
    AttemptId,
    /// An article of the guidance library.
    ArticleId,
    /// What one person said of an article.
    FeedbackId,
    /// An event, which is also its outbox row.
    EventId,
    /// A mail, which is also its outbox row and its tag at SES.
    MailId,
    /// A job that runs after the request that asked for it, such as an import.
    JobId,
    /// One run of a state machine.
    RunId,
    /// A dated holding of a course.
    SessionId,
}

/// Which time a course is assigned to the same person: 1 at first, one more with each recertification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AssignmentRound(u16);

impl AssignmentRound {
    /// The first round.
    pub const FIRST: Self = Self(1);

    /// The round after this one; it stays at the largest once 999 is reached.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(if self.0 < 999 { self.0 + 1 } else { 999 })
    }

    /// The number, 1 to 999.
    pub const fn get(self) -> u16 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let id = PersonId::new(jiff::Timestamp::from_second(1_700_000_000).unwrap_or_default());
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.as_uuid().simple().to_string().parse::<PersonId>(), Err(IdError));
    }

    #[test]
    fn seeded_ids_come_again() {
        let three = || {
            seeded::start(Some(7));
            [(); 3].map(|()| EventId::new(jiff::Timestamp::UNIX_EPOCH))
        };
        let ids = three();
        assert_eq!(ids, three());
        assert!(ids[0] != ids[1] && ids[1] != ids[2]);
        seeded::start(None);
        assert_ne!(EventId::new(jiff::Timestamp::UNIX_EPOCH), EventId::new(jiff::Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn later_ids_sort_later() {
        let at = |second| CourseId::new(jiff::Timestamp::from_second(second).unwrap_or_default()).to_string();
        assert!(at(1_700_000_000) < at(1_700_000_001));
    }
}
