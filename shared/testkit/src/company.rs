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

/// A developer in Berlin since 2025, in no team, who cannot sign in.
///
/// # Panics
/// When this is no e-mail address or no name.
#[expect(clippy::unwrap_used, reason = "a test whose people cannot be named has failed")]
pub fn newcomer(email: &str, name: &str) -> NewPerson {
    NewPerson {
        email: Email::parse(email).unwrap(),
        name: PersonName::parse(name).unwrap(),
        job_role: JobRole::Developer,
        employment: Employment::Employee,
        counts: None,
        country: Country::parse("DE").unwrap(),
        zone: ZoneName::parse("Europe/Berlin").unwrap(),
        language: Language::default(),
        working_share: WorkingShare::FULL,
        absences: Absences::default(),
        delegate: None,
        memberships: Memberships::default(),
        manager: None,
        start: date(2025, 1, 1),
        leave: None,
        subject: None,
    }
}

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
        let new = newcomer(&format!("{name}@example.com"), &format!("{name} Example"));
        let span = DateSpan::new(new.start, None).unwrap();
        let stay = team.map(|team| Membership { team, span, primary: true });
        let new = NewPerson {
            memberships: Memberships::new(stay.into_iter().collect()).unwrap(),
            manager,
            subject: Some(IdentitySubject::new(&self.issuer, name).unwrap()),
            ..new
        };
        let (person, commit) = people::create(&self.directory, new, &self.cause()).await.unwrap();
        self.directory.commit(commit).await.unwrap();
        person.id
    }
}
