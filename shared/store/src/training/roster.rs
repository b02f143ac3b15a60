//! What training asks of the directory, read from the directory's own items.

use std::collections::BTreeMap;

use async_trait::async_trait;
use directory::{DirectoryListing, DirectoryReader, Email, Person};
use kernel::{Limit, Page, PersonId, Position, StoreError, ZoneName};
use training::{
    Roster,
    model::{Facts, Membership, Percent},
};

use super::TrainingStore;

impl TrainingStore {
    async fn facts_of(&self, person: Person) -> Result<Facts, StoreError> {
        let teams: Vec<_> = person.memberships.teams().into_iter().collect();
        let teams = self.directory.teams(&teams).await?;
        let department = |id| teams.iter().find(|team| team.id == id).map(|team| team.department.as_str().to_owned());
        // On every day with memberships exactly one is primary; first comes first.
        let mut stays = person.memberships.all().to_vec();
        stays.sort_by_key(|stay| !stay.primary);
        let membership = |stay: &directory::Membership| Membership {
            team: stay.team,
            department: department(stay.team),
            span: Some(stay.span),
        };
        Ok(Facts {
            person: person.id,
            directory_version: person.version,
            memberships: stays.iter().map(membership).collect(),
            job_role: person.job_role,
            country: person.country.as_str().to_owned(),
            zone: person.zone,
            language: person.language.as_str().to_owned(),
            manager: person.manager,
            delegate: person.delegate,
            start: Some(person.start),
            leave: person.leave,
            absences: person.absences.all().iter().map(|absence| absence.span).collect(),
            counted: person.counts,
            working_share: Percent::new(person.working_share.into()).unwrap_or(Percent::FULL),
        })
    }
}

#[async_trait]
impl Roster for TrainingStore {
    async fn facts(&self, person: PersonId) -> Result<Option<Facts>, StoreError> {
        match self.directory.person(person).await? {
            Some(person) => self.facts_of(person).await.map(Some),
            None => Ok(None),
        }
    }

    async fn zones(&self, people: &[PersonId]) -> Result<BTreeMap<PersonId, ZoneName>, StoreError> {
        Ok(self.directory.people(people).await?.into_iter().map(|person| (person.id, person.zone)).collect())
    }

    async fn by_email(&self, emails: &[&str]) -> Result<Vec<Option<PersonId>>, StoreError> {
        let parsed: Vec<Option<Email>> = emails.iter().map(|email| Email::parse(email).ok()).collect();
        let known: Vec<Email> = parsed.iter().flatten().cloned().collect();
        let mut found = self.directory.people_by_email(&known).await?.into_iter();
        Ok(parsed.iter().map(|email| email.as_ref().and_then(|_| found.next().flatten())).collect())
    }

    async fn reports(
        &self,
        manager: PersonId,
        limit: Limit,
        after: Option<&Position>,
    ) -> Result<Page<PersonId>, StoreError> {
        let page = self.directory.reports_of(manager, limit, after).await?;
        Ok(page.map(|person| person.id))
    }
}
