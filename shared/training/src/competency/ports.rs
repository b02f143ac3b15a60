//! What this room asks of a store, and what it has written.

use async_trait::async_trait;
use kernel::{PersonId, Version};

use super::Profile;
use crate::ports::Stored;

/// Reads people's competency.
#[async_trait]
pub trait CompetencyReader: Send + Sync {
    /// A person's profile, by one request and as last written; nothing where nothing was ever judged.
    async fn profile(&self, person: PersonId) -> Stored<Option<Profile>>;
}

/// One write. `before` is the version that was read ([`Version::ABSENT`]: there must be none yet).
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A person's profile.
    Profile {
        /// The version that was read.
        before: Version,
        /// The profile, with the version after it.
        profile: Box<Profile>,
    },
    /// A person's profile is forgotten.
    Forget {
        /// Whose.
        person: PersonId,
        /// The version that was read.
        before: Version,
    },
}
