//! The directory as the gate of every API asks it.

use async_trait::async_trait;
use directory::{DirectoryReader, IdentitySubject};
use jiff::civil::Date;
use kernel::{Access, Identity, PersonId, StoreError};

use super::DirectoryStore;

#[async_trait]
impl Identity for DirectoryStore {
    async fn person_of(&self, issuer: &str, subject: &str) -> Result<Option<PersonId>, StoreError> {
        match IdentitySubject::new(issuer, subject) {
            Ok(subject) => self.person_by_subject(&subject).await,
            // What could never be linked is linked to nobody.
            Err(_) => Ok(None),
        }
    }

    async fn access_on(&self, person: PersonId, day: Date) -> Result<Option<Access>, StoreError> {
        Ok(self.access(person).await?.map(|facts| facts.on(day)))
    }
}
