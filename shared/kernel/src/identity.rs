//! Who a token's subject is, and what decides about a person on a day: the two reads of every request, as a port.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::civil::Date;

use crate::{Actor, PersonId, Principal, Role, StoreError, Subject, TeamId};

/// What decides about a person on a day, both as one who asks and as one who is asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Started and has not left.
    pub active: bool,
    /// The teams they belong to.
    pub teams: Vec<TeamId>,
    /// The teams they lead.
    pub leads: Vec<TeamId>,
    /// Their direct manager.
    pub manager: Option<PersonId>,
    /// Whether anyone reports to them.
    pub has_reports: bool,
}

impl Access {
    /// The person as one who asks, with the roles that the token proves and those that follow from the facts.
    pub fn actor(self, person: PersonId, claimed: impl IntoIterator<Item = Role>) -> Actor {
        let mut roles: BTreeSet<Role> = claimed.into_iter().collect();
        roles.insert(Role::Builder);
        roles.extend(self.has_reports.then_some(Role::Manager));
        roles.extend((!self.leads.is_empty()).then_some(Role::TeamLead));
        Actor { principal: Principal::Person(person), roles, teams: self.teams, leads: self.leads }
    }

    /// The person as one who is asked about.
    pub fn subject(self, person: PersonId) -> Subject {
        Subject { person: Some(person), manager: self.manager, teams: self.teams }
    }
}

/// The two directory reads of a request.
#[async_trait]
pub trait Identity: Send + Sync {
    /// The person a subject of an issuer is linked to.
    async fn person_of(&self, issuer: &str, subject: &str) -> Result<Option<PersonId>, StoreError>;

    /// What decides about a person on a day; absent for nobody the directory knows.
    async fn access_on(&self, person: PersonId, day: Date) -> Result<Option<Access>, StoreError>;
}
