//! The shapes of the directory's items, apart from the domain's own types: a stored item that no longer satisfies its
//! type is unreadable, never half-read.

use std::collections::BTreeSet;

use directory::{
    Absences, AccessFacts, Country, DepartmentCode, Email, Employment, IdentitySubject, Language, Membership,
    Memberships, Person, PersonName, PersonSummary, Repository, Tag, Team, TeamCode, TeamName, TeamState, Tier,
    Tombstone, WorkingShare, Workload, WorkloadCode, WorkloadKind, WorkloadName,
};
use jiff::{Timestamp, civil::Date};
use kernel::{JobRole, PersonId, StoreError, TeamId, WorkloadId, ZoneName, import::ImportJob};
use serde::{Deserialize, Serialize};

use crate::{
    item::{ItemBuilder, Kind, body, kind_of, version},
    keys::{self, System},
    table::{Index, Item, Value},
};

pub(super) const PERSON: Kind = Kind::first("person");
pub(super) const TOMBSTONE: Kind = Kind::first("tombstone");
pub(super) const ACCESS: Kind = Kind::first("access");
pub(super) const EMAIL: Kind = Kind::first("email");
pub(super) const SUBJECT: Kind = Kind::first("subject");
pub(super) const FIND: Kind = Kind::first("find_person");
pub(super) const MEMBER: Kind = Kind::first("member");
pub(super) const TEAM: Kind = Kind::first("team");
pub(super) const TEAM_CODE: Kind = Kind::first("team_code");
pub(super) const OWNS: Kind = Kind::first("owned_workload");
pub(super) const WORKLOAD: Kind = Kind::first("workload");
pub(super) const WORKLOAD_CODE: Kind = Kind::first("workload_code");
pub(super) const JOB: Kind = Kind::first("import_job");

/// The attribute of a team that conditions ask for.
pub(super) const STATE: &str = "state";
/// What it says while people may join and workloads be owned.
pub(super) const ACTIVE: &str = "active";
/// The attribute of an access item that conditions ask for: the manager's id.
pub(super) const MANAGER: &str = "manager";
/// The attribute of an access item that stays when its person was erased.
pub(super) const ERASED: &str = "erased";
/// How many people report to someone: moved by their changes.
pub(super) const REPORTS: &str = "reports";
/// The teams someone leads: moved by changes of teams.
pub(super) const LEADS: &str = "leads";

#[derive(Serialize, Deserialize)]
struct PersonBody {
    id: PersonId,
    email: Email,
    name: PersonName,
    job_role: JobRole,
    employment: Employment,
    counts: bool,
    country: Country,
    zone: ZoneName,
    language: Language,
    working_share: WorkingShare,
    absences: Absences,
    delegate: Option<PersonId>,
    memberships: Memberships,
    manager: Option<PersonId>,
    start: Date,
    leave: Option<Date>,
    subject: Option<IdentitySubject>,
    created_at: Timestamp,
    changed_at: Timestamp,
}

pub(super) fn person_item(person: &Person) -> Result<Item, StoreError> {
    let person = person.clone();
    let place = keys::name_position(person.name.expose(), person.id);
    let body = PersonBody {
        id: person.id,
        email: person.email,
        name: person.name,
        job_role: person.job_role,
        employment: person.employment,
        counts: person.counts,
        country: person.country,
        zone: person.zone,
        language: person.language,
        working_share: person.working_share,
        absences: person.absences,
        delegate: person.delegate,
        memberships: person.memberships,
        manager: person.manager,
        start: person.start,
        leave: person.leave,
        subject: person.subject,
        created_at: person.created_at,
        changed_at: person.changed_at,
    };
    Ok(ItemBuilder::new(&keys::person(person.id), PERSON, &body)?
        .version(person.version)
        .index(Index::List, keys::PEOPLE, place)
        .build())
}

/// The person of a profile item, absent where a tombstone stands.
pub(super) fn read_person(item: &Item) -> Result<Option<Person>, StoreError> {
    if kind_of(item) == Some(TOMBSTONE.name) {
        return Ok(None);
    }
    let PersonBody {
        id,
        email,
        name,
        job_role,
        employment,
        counts,
        country,
        zone,
        language,
        working_share,
        absences,
        delegate,
        memberships,
        manager,
        start,
        leave,
        subject,
        created_at,
        changed_at,
    } = body(item, PERSON)?;
    Ok(Some(Person {
        id,
        version: version(item),
        email,
        name,
        job_role,
        employment,
        counts,
        country,
        zone,
        language,
        working_share,
        absences,
        delegate,
        memberships,
        manager,
        start,
        leave,
        subject,
        created_at,
        changed_at,
    }))
}

pub(super) fn tombstone_item(tombstone: &Tombstone) -> Result<Item, StoreError> {
    Ok(ItemBuilder::new(&keys::person(tombstone.id), TOMBSTONE, tombstone)?.version(tombstone.version).build())
}

pub(super) fn read_tombstone(item: &Item) -> Result<Option<Tombstone>, StoreError> {
    if kind_of(item) == Some(PERSON.name) { Ok(None) } else { body(item, TOMBSTONE).map(Some) }
}

/// The part of an access item that a person's own record decides.
#[derive(Serialize, Deserialize)]
pub(super) struct AccessBody {
    pub(super) person: PersonId,
    pub(super) start: Date,
    pub(super) leave: Option<Date>,
    pub(super) memberships: Memberships,
    pub(super) manager: Option<PersonId>,
    pub(super) summary: Option<PersonSummary>,
}

pub(super) fn read_access(item: &Item) -> Result<Option<AccessFacts>, StoreError> {
    if item.contains_key(ERASED) {
        return Ok(None);
    }
    let facts: AccessBody = body(item, ACCESS)?;
    let leads = match item.get(LEADS) {
        Some(Value::Ss(teams)) => teams.iter().filter_map(|team| team.parse().ok()).collect(),
        _ => BTreeSet::new(),
    };
    let reports = match item.get(REPORTS) {
        Some(Value::N(number)) => number.parse().unwrap_or_default(),
        _ => 0,
    };
    Ok(Some(AccessFacts {
        person: facts.person,
        start: facts.start,
        leave: facts.leave,
        memberships: facts.memberships,
        manager: facts.manager,
        leads,
        reports,
    }))
}

/// A text under which a person is found. It knows its person's other texts, so that a search that more than one of them
/// answers shows the person once.
#[derive(Serialize, Deserialize)]
pub(super) struct FindBody {
    pub(super) summary: PersonSummary,
    pub(super) text: String,
    pub(super) texts: BTreeSet<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct MemberBody {
    pub(super) summary: PersonSummary,
    pub(super) stays: Vec<Membership>,
}

#[derive(Serialize, Deserialize)]
struct TeamBody {
    id: TeamId,
    code: TeamCode,
    name: TeamName,
    department: DepartmentCode,
    leads: Vec<PersonId>,
    state: TeamState,
    created_at: Timestamp,
    changed_at: Timestamp,
}

pub(super) fn team_item(team: &Team) -> Result<Item, StoreError> {
    let body = TeamBody {
        id: team.id,
        code: team.code.clone(),
        name: team.name.clone(),
        department: team.department.clone(),
        leads: team.leads.clone(),
        state: team.state.clone(),
        created_at: team.created_at,
        changed_at: team.changed_at,
    };
    let state = match team.state {
        TeamState::Active => ACTIVE,
        TeamState::Merged { .. } => "merged",
        TeamState::Split { .. } => "split",
    };
    Ok(ItemBuilder::new(&keys::team(team.id), TEAM, &body)?
        .version(team.version)
        .with(STATE, Value::S(state.to_owned()))
        .index(Index::List, keys::TEAMS, keys::name_position(team.name.as_str(), team.id))
        .build())
}

pub(super) fn read_team(item: &Item) -> Result<Team, StoreError> {
    let found: TeamBody = body(item, TEAM)?;
    Ok(Team {
        id: found.id,
        version: version(item),
        code: found.code,
        name: found.name,
        department: found.department,
        leads: found.leads,
        state: found.state,
        created_at: found.created_at,
        changed_at: found.changed_at,
    })
}

#[derive(Serialize, Deserialize)]
struct WorkloadBody {
    id: WorkloadId,
    code: WorkloadCode,
    name: WorkloadName,
    owner: TeamId,
    tier: Tier,
    kind: WorkloadKind,
    repositories: BTreeSet<Repository>,
    tags: BTreeSet<Tag>,
    created_at: Timestamp,
    changed_at: Timestamp,
}

pub(super) fn workload_item(workload: &Workload) -> Result<Item, StoreError> {
    let body = WorkloadBody {
        id: workload.id,
        code: workload.code.clone(),
        name: workload.name.clone(),
        owner: workload.owner,
        tier: workload.tier,
        kind: workload.kind,
        repositories: workload.repositories.clone(),
        tags: workload.tags.clone(),
        created_at: workload.created_at,
        changed_at: workload.changed_at,
    };
    Ok(ItemBuilder::new(&keys::workload(workload.id), WORKLOAD, &body)?
        .version(workload.version)
        .index(Index::List, keys::WORKLOADS, keys::name_position(workload.name.as_str(), workload.id))
        .build())
}

pub(super) fn read_workload(item: &Item) -> Result<Workload, StoreError> {
    let found: WorkloadBody = body(item, WORKLOAD)?;
    Ok(Workload {
        id: found.id,
        version: version(item),
        code: found.code,
        name: found.name,
        owner: found.owner,
        tier: found.tier,
        kind: found.kind,
        repositories: found.repositories,
        tags: found.tags,
        created_at: found.created_at,
        changed_at: found.changed_at,
    })
}

pub(super) fn job_item(job: &ImportJob) -> Result<Item, StoreError> {
    Ok(ItemBuilder::new(&keys::job(System::Directory, job.id), JOB, job)?.version(job.version).build())
}

pub(super) fn read_job(item: &Item) -> Result<ImportJob, StoreError> {
    body(item, JOB)
}
