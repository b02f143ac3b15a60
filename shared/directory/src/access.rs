//! What a decision about access needs of a person: small, read on every request.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel::{Access, PersonId, TeamId};

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

    /// What decides about the person on a day.
    pub fn on(self, day: Date) -> Access {
        Access {
            active: self.is_active_on(day),
            teams: self.memberships.on(day).map(|stay| stay.team).collect(),
            leads: self.leads.into_iter().collect(),
            manager: self.manager,
            has_reports: self.reports > 0,
        }
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
    fn whoever_has_not_started_or_has_left_is_not_active() {
        for (day, active) in [
            (date(2025, 12, 31), false),
            (date(2026, 1, 1), true),
            (date(2026, 6, 30), true),
            (date(2026, 7, 1), false),
        ] {
            assert_eq!(facts().on(day).active, active, "{day}");
        }
    }

    #[test]
    fn reports_and_led_teams_show() {
        let access = facts().on(date(2026, 3, 1));
        assert!(access.has_reports && access.leads.len() == 1);
    }
}
