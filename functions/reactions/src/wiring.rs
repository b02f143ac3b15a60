//! The ports over AWS and the table.

use std::sync::Arc;

use async_trait::async_trait;
use directory::{Absence, AbsenceKind, DirectoryError, DirectoryListing, DirectoryReader, DirectoryWriter, people};
use gateways::{Machine, Settings as Document};
use jiff::civil::Date;
use kernel::{
    ActiveSettings, Cause, Clock, DateSpan, Limit, MailId, Page, PersonId, Position, StartMachine, StoreError, TeamId,
};
use mail::ProgramSettings;
use runtime::{Clients, config::Reactions};
use store::{
    DirectoryStore, DynamoTable, Table, TrainingStore,
    commit::unavailable,
    keys,
    table::{Op, Query, WriteError, key_of},
};
use training::Settings;

use crate::{Away, Directory, Mails, Ports, ReactError};

/// How often a lost race about a person's record is decided again.
const TRIES: usize = 4;

/// The ports of a deployed function.
pub fn ports(config: &Reactions, clients: &Clients, clock: Arc<dyn Clock>) -> Ports {
    let prefix = &config.settings_prefix;
    let outside = Outside {
        settings: Arc::new(Document::<Settings>::new(clients.ssm(), prefix, "training", Arc::clone(&clock))),
        program: Arc::new(Document::<ProgramSettings>::new(clients.ssm(), prefix, "program", Arc::clone(&clock))),
        reviews: Arc::new(Machine::new(clients.sfn(), &config.review_machine)),
        clock,
    };
    over(Arc::new(DynamoTable::new(clients.dynamodb(), &config.table)), outside)
}

/// Everything beside the table.
pub struct Outside {
    /// Training's settings in force.
    pub settings: Arc<dyn ActiveSettings<Settings>>,
    /// The program's.
    pub program: Arc<dyn ActiveSettings<ProgramSettings>>,
    /// The state machine that looks at everybody again.
    pub reviews: Arc<dyn StartMachine>,
    /// The time the program lives by.
    pub clock: Arc<dyn Clock>,
}

/// The ports over any table.
pub fn over(table: Arc<dyn Table>, outside: Outside) -> Ports {
    let training = Arc::new(TrainingStore::new(Arc::clone(&table)));
    let Outside { settings, program, reviews, clock } = outside;
    Ports {
        reader: training.clone(),
        writer: training.clone(),
        sessions: training.clone(),
        assessments: training.clone(),
        competency: training.clone(),
        effectiveness: training.clone(),
        guidance: training.clone(),
        roster: training,
        directory: Arc::new(InTable(DirectoryStore::new(Arc::clone(&table)))),
        mails: Arc::new(MailsInTable(table)),
        settings,
        program,
        reviews,
        clock,
    }
}

struct InTable(DirectoryStore);

#[async_trait]
impl Directory for InTable {
    async fn members(
        &self,
        team: TeamId,
        on: Date,
        limit: Limit,
        after: Option<&Position>,
    ) -> Result<Page<PersonId>, StoreError> {
        Ok(self.0.members_of(team, on, limit, after).await?.map(|(person, _)| person.id))
    }

    async fn record_absence(&self, person: PersonId, away: Away, cause: &Cause) -> Result<(), ReactError> {
        let Ok(span) = DateSpan::new(away.from, Some(away.until)) else { return Err(ReactError::Malformed) };
        let mut tries = TRIES;
        loop {
            // Erased since: nobody is away.
            let Some(before) = self.0.person(person).await? else { return Ok(()) };
            // A full list stays as it is: what is on record is worth more than one more entry.
            let more = Absence { span, kind: AbsenceKind::Other };
            let Ok(absences) = before.absences.with(more) else { return Ok(()) };
            let change = people::PersonChange { absences: Some(absences), ..people::PersonChange::default() };
            let commit = match people::change(&self.0, &before, change, cause).await {
                Ok(Some((_, commit))) => commit,
                Err(DirectoryError::Store(error)) => return Err(error.into()),
                // Nothing to change, or a record that no change of absences can mend.
                Ok(None) | Err(_) => return Ok(()),
            };
            match self.0.commit(commit).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Conflict) if tries > 1 => tries -= 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

struct MailsInTable(Arc<dyn Table>);

#[async_trait]
impl Mails for MailsInTable {
    async fn forget(&self, person: PersonId) -> Result<(), StoreError> {
        let partition = keys::mail(person, MailId::new(jiff::Timestamp::UNIX_EPOCH)).pk;
        loop {
            let query = Query::partition(partition.clone()).limit(100).consistent();
            let slice = self.0.query(&query).await.map_err(unavailable)?;
            if slice.items.is_empty() {
                return Ok(());
            }
            for item in &slice.items {
                let removed = self.0.write(Op::Delete { key: key_of(item), when: Vec::new() }).await;
                removed.map_err(|error| match error {
                    WriteError::Unavailable(error) => unavailable(error),
                    error => StoreError::Unavailable(Box::new(error)),
                })?;
            }
        }
    }
}
