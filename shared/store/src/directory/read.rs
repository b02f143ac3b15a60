//! Reads of single things, each one consistent request, and the indirections by natural key.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use directory::{
    AccessFacts, DirectoryReader, Email, IdentitySubject, Person, Team, TeamCode, Tombstone, Workload, WorkloadCode,
};
use kernel::{JobId, PersonId, StoreError, TeamId, WorkloadId, import::ImportJob};
use serde::de::DeserializeOwned;

use super::{
    DirectoryStore,
    items::{
        EMAIL, SUBJECT, TEAM_CODE, WORKLOAD_CODE, read_access, read_job, read_person, read_team, read_tombstone,
        read_workload,
    },
};
use crate::{
    commit::unavailable,
    item::{Kind, body},
    keys::{self, System},
    table::{Item, Key, key_of},
};

impl DirectoryStore {
    pub(super) async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.table.get(key, true).await.map_err(unavailable)
    }

    async fn named<T: DeserializeOwned>(&self, key: &Key, kind: Kind) -> Result<Option<T>, StoreError> {
        self.get(key).await?.map(|item| body(&item, kind)).transpose()
    }

    /// What these keys name, one answer per key.
    async fn all_named<T: DeserializeOwned + Copy>(
        &self,
        keys: Vec<Key>,
        kind: Kind,
    ) -> Result<Vec<Option<T>>, StoreError> {
        // A key that several spellings share is asked for once.
        let mut asked = keys.clone();
        asked.sort_unstable();
        asked.dedup();
        let items =
            if asked.is_empty() { Vec::new() } else { self.table.get_many(&asked).await.map_err(unavailable)? };
        let mut found = HashMap::new();
        for item in &items {
            found.insert(key_of(item), body::<T>(item, kind)?);
        }
        Ok(keys.iter().map(|key| found.get(key).copied()).collect())
    }
}

#[async_trait]
impl DirectoryReader for DirectoryStore {
    async fn access(&self, person: PersonId) -> Result<Option<AccessFacts>, StoreError> {
        match self.get(&keys::access(person)).await? {
            Some(item) => read_access(&item),
            None => Ok(None),
        }
    }

    async fn person(&self, person: PersonId) -> Result<Option<Person>, StoreError> {
        match self.get(&keys::person(person)).await? {
            Some(item) => read_person(&item),
            None => Ok(None),
        }
    }

    async fn people(&self, people: &[PersonId]) -> Result<Vec<Person>, StoreError> {
        let keys: BTreeSet<Key> = people.iter().map(|person| keys::person(*person)).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let items = self.table.get_many(&Vec::from_iter(keys)).await.map_err(unavailable)?;
        items.iter().filter_map(|item| read_person(item).transpose()).collect()
    }

    async fn tombstone(&self, person: PersonId) -> Result<Option<Tombstone>, StoreError> {
        match self.get(&keys::person(person)).await? {
            Some(item) => read_tombstone(&item),
            None => Ok(None),
        }
    }

    async fn person_by_email(&self, email: &Email) -> Result<Option<PersonId>, StoreError> {
        self.named(&keys::email(email.expose()), EMAIL).await
    }

    async fn people_by_email(&self, emails: &[Email]) -> Result<Vec<Option<PersonId>>, StoreError> {
        self.all_named(emails.iter().map(|email| keys::email(email.expose())).collect(), EMAIL).await
    }

    async fn person_by_subject(&self, subject: &IdentitySubject) -> Result<Option<PersonId>, StoreError> {
        self.named(&keys::subject(subject.issuer(), subject.expose_subject()), SUBJECT).await
    }

    async fn team(&self, team: TeamId) -> Result<Option<Team>, StoreError> {
        self.get(&keys::team(team)).await?.map(|item| read_team(&item)).transpose()
    }

    async fn teams(&self, teams: &[TeamId]) -> Result<Vec<Team>, StoreError> {
        if teams.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<Key> = teams.iter().map(|team| keys::team(*team)).collect();
        let items = self.table.get_many(&keys).await.map_err(unavailable)?;
        items.iter().map(read_team).collect()
    }

    async fn team_by_code(&self, code: &TeamCode) -> Result<Option<TeamId>, StoreError> {
        self.named(&keys::team_code(code.as_str()), TEAM_CODE).await
    }

    async fn teams_by_code(&self, codes: &[TeamCode]) -> Result<Vec<Option<TeamId>>, StoreError> {
        self.all_named(codes.iter().map(|code| keys::team_code(code.as_str())).collect(), TEAM_CODE).await
    }

    async fn workload(&self, workload: WorkloadId) -> Result<Option<Workload>, StoreError> {
        self.get(&keys::workload(workload)).await?.map(|item| read_workload(&item)).transpose()
    }

    async fn workload_by_code(&self, code: &WorkloadCode) -> Result<Option<WorkloadId>, StoreError> {
        self.named(&keys::workload_code(code.as_str()), WORKLOAD_CODE).await
    }

    async fn job(&self, job: JobId) -> Result<Option<ImportJob>, StoreError> {
        self.get(&keys::job(System::Directory, job)).await?.map(|item| read_job(&item)).transpose()
    }
}
