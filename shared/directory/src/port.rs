//! What the directory needs of its store, in its own terms.

use async_trait::async_trait;
use jiff::civil::Date;
use kernel::{
    Commit, Event, JobId, Limit, Page, PersonId, Position, StoreError, TeamId, WorkloadId, import::ImportJob,
};

use crate::{
    AccessFacts, Email, IdentitySubject, Membership, Person, PersonSummary, Team, TeamCode, Tombstone, Workload,
    WorkloadCode,
};

/// One step of a line of managers that a decision rested on: it must still be so when the change is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManagerLink {
    /// Someone in the line.
    pub person: PersonId,
    /// Whom they report to.
    pub manager: Option<PersonId>,
}

/// One thing to write. The store turns `before` and `after` into the items that differ.
#[derive(Debug, Clone)]
pub enum Write {
    /// A new or changed person, with e-mail, identity, search entries, memberships and access facts.
    Person {
        /// What was read; absent for a new person.
        before: Option<Box<Person>>,
        /// What it becomes.
        after: Box<Person>,
        /// The line of managers above, when the manager changes.
        line: Vec<ManagerLink>,
        /// The teams joined with this change, which must be active.
        joins: Vec<TeamId>,
    },
    /// A person forgotten.
    Erase {
        /// What was read.
        before: Box<Person>,
        /// What remains.
        tombstone: Box<Tombstone>,
    },
    /// A new or changed team.
    Team {
        /// What was read; absent for a new team.
        before: Option<Box<Team>>,
        /// What it becomes.
        after: Box<Team>,
        /// The teams that follow it and must be active.
        successors: Vec<TeamId>,
    },
    /// A new or changed workload.
    Workload {
        /// What was read; absent for a new workload.
        before: Option<Box<Workload>>,
        /// What it becomes. Its owner must be active when that is new.
        after: Box<Workload>,
    },
    /// The progress of an import.
    Job(Box<ImportJob>),
}

/// Reads of single things. Every read is consistent.
#[async_trait]
pub trait DirectoryReader: Send + Sync {
    /// The access facts of a person.
    async fn access(&self, person: PersonId) -> Result<Option<AccessFacts>, StoreError>;
    /// A person; absent once erased.
    async fn person(&self, person: PersonId) -> Result<Option<Person>, StoreError>;
    /// Several people at once, at most 100; those who are not there or were erased are left out.
    async fn people(&self, people: &[PersonId]) -> Result<Vec<Person>, StoreError>;
    /// What remains of an erased person.
    async fn tombstone(&self, person: PersonId) -> Result<Option<Tombstone>, StoreError>;
    /// Who has an address.
    async fn person_by_email(&self, email: &Email) -> Result<Option<PersonId>, StoreError>;
    /// Who has these addresses, at most 100; one answer per address, in order.
    async fn people_by_email(&self, emails: &[Email]) -> Result<Vec<Option<PersonId>>, StoreError>;
    /// Whom a token's issuer and subject name.
    async fn person_by_subject(&self, subject: &IdentitySubject) -> Result<Option<PersonId>, StoreError>;
    /// A team.
    async fn team(&self, team: TeamId) -> Result<Option<Team>, StoreError>;
    /// Several teams at once; those that do not exist are left out.
    async fn teams(&self, teams: &[TeamId]) -> Result<Vec<Team>, StoreError>;
    /// Which team has a code.
    async fn team_by_code(&self, code: &TeamCode) -> Result<Option<TeamId>, StoreError>;
    /// Which teams have these codes, at most 100; one answer per code, in order.
    async fn teams_by_code(&self, codes: &[TeamCode]) -> Result<Vec<Option<TeamId>>, StoreError>;
    /// A workload.
    async fn workload(&self, workload: WorkloadId) -> Result<Option<Workload>, StoreError>;
    /// Which workload has a code.
    async fn workload_by_code(&self, code: &WorkloadCode) -> Result<Option<WorkloadId>, StoreError>;
    /// An import job.
    async fn job(&self, job: JobId) -> Result<Option<ImportJob>, StoreError>;
}

/// Everything held on a person, item by item, without what only the program's own work needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// Which part of the program holds it: `directory`, `training`, `mail`.
    pub system: &'static str,
    /// The items.
    pub items: Vec<serde_json::Value>,
}

/// Listings, each one query a page.
#[async_trait]
pub trait DirectoryListing: Send + Sync {
    /// People by name.
    async fn list_people(&self, limit: Limit, after: Option<&Position>) -> Result<Page<PersonSummary>, StoreError>;
    /// People whose folded name, any of its first words on, or address begins with a text of at least two characters.
    async fn find_people(
        &self,
        prefix: &str,
        limit: Limit,
        after: Option<&Position>,
    ) -> Result<Page<PersonSummary>, StoreError>;
    /// The people who report to someone, by name.
    async fn reports_of(
        &self,
        manager: PersonId,
        limit: Limit,
        after: Option<&Position>,
    ) -> Result<Page<PersonSummary>, StoreError>;
    /// The people with a stay in a team on a day or later, each with those stays. A page may hold fewer than asked for.
    async fn members_of(
        &self,
        team: TeamId,
        from: Date,
        limit: Limit,
        after: Option<&Position>,
    ) -> Result<Page<(PersonSummary, Vec<Membership>)>, StoreError>;
    /// Teams by name.
    async fn list_teams(&self, limit: Limit, after: Option<&Position>) -> Result<Page<Team>, StoreError>;
    /// Workloads by name.
    async fn list_workloads(&self, limit: Limit, after: Option<&Position>) -> Result<Page<Workload>, StoreError>;
    /// The workloads a team owns.
    async fn workloads_of(
        &self,
        team: TeamId,
        limit: Limit,
        after: Option<&Position>,
    ) -> Result<Page<WorkloadId>, StoreError>;
    /// What happened to a thing, oldest first.
    async fn history_of(
        &self,
        subject: &str,
        limit: Limit,
        after: Option<&Position>,
    ) -> Result<Page<Event>, StoreError>;
    /// Everything held on a person in the partitions of every system.
    async fn export_of(&self, person: PersonId) -> Result<Vec<Exported>, StoreError>;
}

/// Takes a commit: all of it or nothing.
#[async_trait]
pub trait DirectoryWriter: Send + Sync {
    /// Writes.
    async fn commit(&self, commit: Commit<Write>) -> Result<(), StoreError>;
}
