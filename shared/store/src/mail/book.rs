//! The address book as mail sees it: people and teams of the directory, read one by one when a mail is rendered.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use directory::DirectoryReader as _;
use futures::future::try_join_all;
use kernel::{Clock, LocalTime, PersonId, Redacted, StoreError, TeamId};
use mail::ports::{Contact, Contacts};

use crate::DirectoryStore;

/// The directory as an address book.
#[derive(Clone)]
pub struct AddressBook {
    directory: DirectoryStore,
    clock: Arc<dyn Clock>,
}

impl AddressBook {
    /// Over the directory; the clock tells who works here today, where they are.
    pub const fn new(directory: DirectoryStore, clock: Arc<dyn Clock>) -> Self {
        Self { directory, clock }
    }
}

#[async_trait]
impl Contacts for AddressBook {
    async fn contact(&self, person: PersonId) -> Result<Option<Contact>, StoreError> {
        let Some(person) = self.directory.person(person).await? else { return Ok(None) };
        let today = person.zone.date_at(self.clock.now());
        Ok(Some(Contact {
            name: Redacted::new(person.name.expose().to_owned()),
            email: Redacted::new(person.email.expose().to_owned()),
            language: person.language.as_str().to_owned(),
            teams: person.memberships.on(today).map(|stay| stay.team).collect(),
            active: person.is_active_on(today),
        }))
    }

    async fn people(&self, people: &[PersonId]) -> Result<BTreeMap<PersonId, Redacted<String>>, StoreError> {
        let read = people.iter().map(|person| self.directory.person(*person));
        let found = try_join_all(read).await?;
        Ok(found.into_iter().flatten().map(|one| (one.id, Redacted::new(one.name.expose().to_owned()))).collect())
    }

    async fn teams(&self, teams: &[TeamId]) -> Result<BTreeMap<TeamId, String>, StoreError> {
        let found = self.directory.teams(teams).await?;
        Ok(found.into_iter().map(|team| (team.id, team.name.as_str().to_owned())).collect())
    }
}
