//! A small company in a table: teams and people, made by the directory's own use cases.

use std::sync::Arc;

use directory::{
    Absences, Country, DepartmentCode, DirectoryWriter, Email, Employment, IdentitySubject, Language, Membership,
    Memberships, PersonName, TeamCode, TeamName, WorkingShare,
    people::{self, NewPerson},
    teams::{self, NewTeam},
};
use jiff::{Timestamp, civil::date};
use kernel::{Cause, DateSpan, JobRole, PersonId, Principal, TeamId, ZoneName};
use store::{DirectoryStore, Table};

/// A company that hires.
pub struct Company {
    /// Its directory.
    pub directory: DirectoryStore,
    issuer: String,
    at: Timestamp,
}

#[expect(clippy::unwrap_used, reason = "a test whose company cannot be founded has failed")]
impl Company {
    /// A company in a table, whose people sign in at an identity provider.
    pub fn over(table: &Arc<dyn Table>, issuer: &str, at: Timestamp) -> Self {
        Self { directory: DirectoryStore::new(Arc::clone(table)), issuer: issuer.to_owned(), at }
    }

    fn cause(&self) -> Cause {
        Cause { by: Principal::Program, at: self.at, correlation_id: "company".to_owned(), causation_id: None }
    }

    /// A team of department `engineering`, named as its code.
    ///
    /// # Panics
    /// When the directory refuses it.
    pub async fn team(&self, code: &str) -> TeamId {
        let new = NewTeam {
            code: TeamCode::parse(code).unwrap(),
            name: TeamName::parse(code).unwrap(),
            department: DepartmentCode::parse("engineering").unwrap(),
            leads: Vec::new(),
        };
        let (team, commit) = teams::create(&self.directory, new, &self.cause()).await.unwrap();
        self.directory.commit(commit).await.unwrap();
        team.id
    }

    /// A developer in Berlin since 2025, who signs in by their first name.
    ///
    /// # Panics
    /// When the directory refuses them.
    pub async fn person(&self, name: &str, manager: Option<PersonId>, team: Option<TeamId>) -> PersonId {
        let start = date(2025, 1, 1);
        let stay = team.map(|team| Membership { team, span: DateSpan::new(start, None).unwrap(), primary: true });
        let new = NewPerson {
            email: Email::parse(&format!("{name}@example.com")).unwrap(),
            name: PersonName::parse(&format!("{name} Example")).unwrap(),
            job_role: JobRole::Developer,
            employment: Employment::Employee,
            counts: None,
            country: Country::parse("DE").unwrap(),
            zone: ZoneName::parse("Europe/Berlin").unwrap(),
            language: Language::default(),
            working_share: WorkingShare::FULL,
            absences: Absences::default(),
            delegate: None,
            memberships: Memberships::new(stay.into_iter().collect()).unwrap(),
            manager,
            start,
            leave: None,
            subject: Some(IdentitySubject::new(&self.issuer, name).unwrap()),
        };
        let (person, commit) = people::create(&self.directory, new, &self.cause()).await.unwrap();
        self.directory.commit(commit).await.unwrap();
        person.id
    }
}
