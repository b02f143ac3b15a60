//! What a decision about access needs of a person: small, read on every request.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel::{Actor, PersonId, Principal, Role, Subject, TeamId};

use crate::Memberships;

/// The facts behind a person's roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessFacts {
    /// The person.
    pub person: PersonId,
    /// The first day.
    pub start: Date,
    /// The last day, once known.
    pub leave: Option<Date>,
    /// The teams, then and now.
    pub memberships: Memberships,
    /// The direct manager.
    pub manager: Option<PersonId>,
    /// The teams the person leads.
    pub leads: BTreeSet<TeamId>,
    /// How many people report to this one.
    pub reports: u32,
}

impl AccessFacts {
    /// Whether the person works here on a day.
    pub fn is_active_on(&self, day: Date) -> bool {
        self.start <= day && self.leave.is_none_or(|leave| day <= leave)
    }

    /// The teams on a day.
    pub fn teams_on(&self, day: Date) -> Vec<TeamId> {
        self.memberships.on(day).map(|stay| stay.team).collect()
    }

    /// The person as one who asks. `claimed` are the roles that the token proves; whoever is not active has none.
    pub fn actor(&self, claimed: impl IntoIterator<Item = Role>, day: Date) -> Actor {
        let mut roles = BTreeSet::new();
        if self.is_active_on(day) {
            roles.extend(claimed.into_iter().filter(|role| matches!(role, Role::Security | Role::ProgramAdmin)));
            roles.insert(Role::Builder);
            roles.extend((self.reports > 0).then_some(Role::Manager));
            roles.extend((!self.leads.is_empty()).then_some(Role::TeamLead));
        }
        Actor {
            principal: Principal::Person(self.person),
            roles,
            teams: self.teams_on(day),
            leads: self.leads.iter().copied().collect(),
        }
    }

    /// The person as one who is asked about.
    pub fn subject(&self, day: Date) -> Subject {
        Subject { person: Some(self.person), manager: self.manager, teams: self.teams_on(day) }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, civil::date};

    use super::*;

    fn facts() -> AccessFacts {
        AccessFacts {
            person: PersonId::new(Timestamp::UNIX_EPOCH),
            start: date(2026, 1, 1),
            leave: Some(date(2026, 6, 30)),
            memberships: Memberships::default(),
            manager: None,
            leads: BTreeSet::from([TeamId::new(Timestamp::UNIX_EPOCH)]),
            reports: 2,
        }
    }

    #[test]
    fn roles_come_from_facts_and_proven_claims() {
        let actor = facts().actor([Role::Security, Role::Service, Role::Manager], date(2026, 3, 1));
        assert_eq!(actor.roles, BTreeSet::from([Role::Builder, Role::Manager, Role::TeamLead, Role::Security]));
    }

    #[test]
    fn whoever_has_not_started_or_has_left_has_no_role() {
        for day in [date(2025, 12, 31), date(2026, 7, 1)] {
            assert!(facts().actor([Role::ProgramAdmin], day).roles.is_empty());
        }
    }
}
