//! What the functions need beside the table, as still as possible: costs are those of the table alone.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use jiff::Timestamp;
use kernel::{Active, ActiveSettings, Clock, GatewayError, MailMode, PersonId, TeamId, Version, ZoneName};
use mail::{ProgramSettings, links::LinkKeys, ports::SettingsError};
use store::{Table, TrainingStore};
use testkit::FixedClock;
use training::{
    MailSwitch, Settings,
    model::{Facts, JobRole, Membership, Percent},
    usecases::Desk,
};

/// Settings that never change, files that are not there, machines that start nothing.
pub(super) struct Still;

pub(super) fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

pub(super) fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock::at(now()))
}

/// No self-report is drawn for a check: which one is follows from its id, and a check costs a write more.
fn rules() -> Settings {
    Settings { sample_percent: Percent::new(0).unwrap(), ..Settings::default() }
}

fn program() -> ProgramSettings {
    ProgramSettings { mail_mode: MailMode::On, ..ProgramSettings::default() }
}

#[async_trait]
impl ActiveSettings<Settings> for Still {
    async fn active(&self) -> Result<Arc<Active<Settings>>, GatewayError> {
        Ok(Arc::new(Active { version: 0, body: rules(), edited_by_hand: false }))
    }

    async fn activate(&self, _version: u64, _settings: &Settings) -> Result<(), GatewayError> {
        Ok(())
    }
}

#[async_trait]
impl mail::ports::Settings for Still {
    async fn program(&self) -> Result<ProgramSettings, SettingsError> {
        Ok(program())
    }

    async fn link_keys(&self) -> Result<LinkKeys, SettingsError> {
        LinkKeys::parse(&"ab".repeat(32)).map_err(|error| SettingsError::Invalid("key", error.to_string()))
    }
}

#[async_trait]
impl ActiveSettings<ProgramSettings> for Still {
    async fn active(&self) -> Result<Arc<Active<ProgramSettings>>, GatewayError> {
        Ok(Arc::new(Active { version: 0, body: program(), edited_by_hand: false }))
    }

    async fn activate(&self, _version: u64, _settings: &ProgramSettings) -> Result<(), GatewayError> {
        Ok(())
    }
}

#[async_trait]
impl kernel::Uploads for Still {
    async fn ticket(&self, _: &str, _: u64, _: &[u8; 32]) -> Result<(String, BTreeMap<String, String>), GatewayError> {
        Err(GatewayError::NotFound("S3"))
    }

    async fn length(&self, _: &str) -> Result<u64, GatewayError> {
        Err(GatewayError::NotFound("S3"))
    }
}

#[async_trait]
impl kernel::MaterialFiles for Still {
    async fn ticket(&self, _: &str, _: u64, _: &[u8; 32]) -> Result<(String, BTreeMap<String, String>), GatewayError> {
        Err(GatewayError::NotFound("S3"))
    }

    async fn facts(&self, _: &str) -> Result<kernel::StoredFile, GatewayError> {
        Err(GatewayError::NotFound("S3"))
    }

    async fn part(&self, _: &str, _: u64, _: u64) -> Result<Vec<u8>, GatewayError> {
        Err(GatewayError::NotFound("S3"))
    }

    async fn remove(&self, _: &str) -> Result<(), GatewayError> {
        Ok(())
    }

    async fn link(&self, _: &str, _: &str, _: &str) -> Result<String, GatewayError> {
        Err(GatewayError::NotFound("S3"))
    }
}

#[async_trait]
impl kernel::EvidenceFiles for Still {
    async fn keep(&self, _: &str, _: Vec<u8>, _: &str) -> Result<(), GatewayError> {
        Ok(())
    }

    async fn link(&self, _: &str, _: &str, _: &str) -> Result<String, GatewayError> {
        Err(GatewayError::NotFound("S3"))
    }

    async fn remove(&self, _: &str) -> Result<(), GatewayError> {
        Ok(())
    }
}

#[async_trait]
impl kernel::StartMachine for Still {
    async fn start(&self, _: &str, _: &serde_json::Value) -> Result<(), GatewayError> {
        Ok(())
    }
}

#[async_trait]
impl kernel::ImportFiles for Still {
    async fn get(&self, _: &str, _: u64) -> Result<Vec<u8>, GatewayError> {
        Err(GatewayError::NotFound("S3"))
    }

    async fn put(&self, _: &str, _: Vec<u8>) -> Result<(), GatewayError> {
        Ok(())
    }
}

#[async_trait]
impl workflow_tasks::tasks::training::PutGauges for Still {
    async fn put(&self, _: &[insights::Reading], _: Timestamp) -> Result<(), GatewayError> {
        Ok(())
    }
}

/// The facts of a developer in Berlin.
pub(super) fn facts(person: PersonId, team: TeamId, manager: Option<PersonId>) -> Facts {
    Facts {
        person,
        directory_version: Version::FIRST,
        memberships: vec![Membership { team, department: Some("retail".into()), span: None }],
        job_role: JobRole::Developer,
        country: "DE".into(),
        zone: ZoneName::parse("Europe/Berlin").unwrap(),
        language: "en".into(),
        manager,
        delegate: None,
        start: None,
        leave: None,
        absences: Vec::new(),
        counted: true,
        working_share: Percent::FULL,
    }
}

/// The use cases' desk over a table, with these facts for anybody.
pub(super) struct Office {
    pub(super) store: TrainingStore,
    settings: Settings,
    mail: MailSwitch,
    roster: OneTeam,
}

struct OneTeam {
    team: TeamId,
    manager: PersonId,
}

#[async_trait]
impl training::Roster for OneTeam {
    async fn facts(&self, person: PersonId) -> Result<Option<Facts>, kernel::StoreError> {
        Ok(Some(facts(person, self.team, Some(self.manager))))
    }

    async fn zones(&self, people: &[PersonId]) -> Result<BTreeMap<PersonId, ZoneName>, kernel::StoreError> {
        Ok(people.iter().map(|person| (*person, facts(*person, self.team, Some(self.manager)).zone)).collect())
    }

    async fn by_email(&self, emails: &[&str]) -> Result<Vec<Option<PersonId>>, kernel::StoreError> {
        Ok(vec![None; emails.len()])
    }

    async fn reports(
        &self,
        _: PersonId,
        _: kernel::Limit,
        _: Option<&kernel::Position>,
    ) -> Result<kernel::Page<PersonId>, kernel::StoreError> {
        Ok(kernel::Page { items: vec![], next: None })
    }
}

impl Office {
    pub(super) fn new(table: Arc<dyn Table>, team: TeamId, manager: PersonId) -> Self {
        Self {
            store: TrainingStore::new(table),
            settings: rules(),
            mail: MailSwitch::on(),
            roster: OneTeam { team, manager },
        }
    }

    pub(super) fn desk(&self) -> Desk<'_> {
        Desk {
            reader: &self.store,
            writer: &self.store,
            roster: &self.roster,
            settings: &self.settings,
            mail: &self.mail,
        }
    }
}
