//! Callers and the objects they act on: on paper for the kernel, and as people who sign in to a stack.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kernel::{Actor, PersonId, Principal, Role, Subject, TeamId};
use serde_json::json;

use super::{
    super::harness::{
        Person, Stack, Team, Town, Who,
        cast::{join, member_of, token_of},
    },
    table::Thing,
};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Builder,
    Manager,
    Lead,
    Security,
    Admin,
    Service,
}

/// Whose the object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Own,
    Reports,
    Teams,
    Others,
}

impl Relation {
    pub(super) const ALL: [Self; 4] = [Self::Own, Self::Reports, Self::Teams, Self::Others];
}

impl Kind {
    pub(super) const ALL: [Self; 6] =
        [Self::Builder, Self::Manager, Self::Lead, Self::Security, Self::Admin, Self::Service];

    /// Objects this caller can have: someone without reports has no report's thing, a machine has nothing at all.
    pub(super) const fn relations(self, thing: Thing) -> &'static [Relation] {
        match (thing, self) {
            (Thing::Program, _) | (_, Self::Service) => &[Relation::Others],
            (Thing::Person, Self::Builder | Self::Lead) => &[Relation::Own, Relation::Teams, Relation::Others],
            (Thing::Person, Self::Manager | Self::Security | Self::Admin) => &Relation::ALL,
            (Thing::Team, _) => &[Relation::Teams, Relation::Others],
        }
    }

    const fn groups(self) -> &'static [&'static str] {
        match self {
            Self::Security => &["security"],
            Self::Admin => &["program-admin"],
            Self::Builder | Self::Manager | Self::Lead | Self::Service => &[],
        }
    }

    fn has_reports(self) -> bool {
        self.relations(Thing::Person).contains(&Relation::Reports)
    }
}

/// People and teams as the kernel sees them.
pub(super) struct Company {
    caller: PersonId,
    manager: PersonId,
    other: PersonId,
    team: TeamId,
    elsewhere: TeamId,
}

impl Company {
    pub(super) fn on_paper() -> Self {
        let at = Timestamp::UNIX_EPOCH;
        Self {
            caller: PersonId::new(at),
            manager: PersonId::new(at),
            other: PersonId::new(at),
            team: TeamId::new(at),
            elsewhere: TeamId::new(at),
        }
    }

    /// What the kernel decides about.
    pub(super) fn decision(&self, kind: Kind, thing: Thing, relation: Relation) -> (Actor, Subject) {
        let mut roles = BTreeSet::from([Role::Builder]);
        if kind.has_reports() {
            roles.insert(Role::Manager);
        }
        match kind {
            Kind::Lead => roles.insert(Role::TeamLead),
            Kind::Security => roles.insert(Role::Security),
            Kind::Admin => roles.insert(Role::ProgramAdmin),
            Kind::Builder | Kind::Manager | Kind::Service => false,
        };
        let actor = if kind == Kind::Service {
            Actor {
                principal: Principal::Service("portal".to_owned()),
                roles: BTreeSet::from([Role::Service]),
                teams: vec![],
                leads: vec![],
            }
        } else {
            Actor {
                principal: Principal::Person(self.caller),
                roles,
                teams: vec![self.team],
                leads: if kind == Kind::Lead { vec![self.team] } else { vec![] },
            }
        };
        let person =
            |person, manager, team| Subject { person: Some(person), manager: Some(manager), teams: vec![team] };
        let subject = match (thing, relation) {
            (Thing::Program, _) => Subject::program(),
            (Thing::Team, Relation::Teams) => Subject::team(self.team),
            (Thing::Team, _) => Subject::team(self.elsewhere),
            (Thing::Person, Relation::Own) => person(self.caller, self.manager, self.team),
            (Thing::Person, Relation::Reports) => person(self.other, self.caller, self.elsewhere),
            (Thing::Person, Relation::Teams) => person(self.other, self.manager, self.team),
            (Thing::Person, Relation::Others) => person(self.other, self.manager, self.elsewhere),
        };
        (actor, subject)
    }
}

/// A caller who signed in, with a team, and with a report where the kind has one.
pub(super) struct Caller {
    pub(super) kind: Kind,
    /// Absent for a machine.
    pub(super) who: Option<Who>,
    pub(super) token: String,
    /// A token from before they held a role: whoever may read the keys of questions takes no test any more.
    pub(super) before: String,
    pub(super) team: Team,
    pub(super) elsewhere: Team,
}

impl Caller {
    pub(super) fn new(town: &Town, kind: Kind) -> Self {
        let (team, elsewhere) = (town.team("home"), town.team("elsewhere"));
        if kind == Kind::Service {
            let token = Stack::get().token("service").to_owned();
            return Self { kind, who: None, before: token.clone(), token, team, elsewhere };
        }
        let manager = town.member("boss", &elsewhere);
        let team_of = json!([member_of(&team.id)]);
        let person = town.person_with("caller", json!({"teams": team_of, "manager_id": manager.id}));
        if kind == Kind::Lead {
            town.make_lead(&team, &person);
        }
        let who = town.sign_in(&person, &[]);
        let before = who.token.clone();
        let token = if kind.groups().is_empty() {
            before.clone()
        } else {
            join(&person.email, kind.groups());
            token_of(&person.email)
        };
        Self { kind, who: Some(who), token, before, team, elsewhere }
    }

    /// Someone new who stands in a relation to the caller.
    pub(super) fn someone(&self, town: &Town, word: &str, relation: Relation) -> Person {
        let team = if relation == Relation::Teams { &self.team } else { &self.elsewhere };
        let mut more = json!({"teams": [member_of(&team.id)]});
        if relation == Relation::Reports {
            more["manager_id"] = json!(self.who.as_ref().map(|who| &who.person.id));
        }
        town.person_with(word, more)
    }
}
