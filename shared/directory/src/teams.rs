//! Use cases on teams: create, change, merge, split, and settling what a merge or a split leaves to be moved.
//!
//! A merge or a split is decided in one transaction, from which on nobody can join the old team. Its members and
//! workloads follow one transaction each, in the order of their ids: [`settle`] can be interrupted anywhere and called
//! again, so a team of any size is moved in bounded pieces.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Cause, Commit, Event, Limit, PersonId, StoreError, TeamId, Version};

use crate::{
    DepartmentCode, DirectoryError, DirectoryListing, DirectoryReader, DirectoryWriter, Person, Team, TeamCode,
    TeamName, TeamState, Write, event,
    people::{self, day_of},
    workloads,
};

/// Into how many teams one may split.
pub const MOST_PARTS: usize = 10;
/// How often a move that lost a race is tried again.
const TRIES: usize = 4;

/// A team to be created.
#[derive(Debug, Clone)]
pub struct NewTeam {
    /// The natural key.
    pub code: TeamCode,
    /// What it is called.
    pub name: TeamName,
    /// The department it belongs to.
    pub department: DepartmentCode,
    /// Who leads it.
    pub leads: Vec<PersonId>,
}

/// What changes of a team: what is absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct TeamChange {
    /// The natural key.
    pub code: Option<TeamCode>,
    /// What it is called.
    pub name: Option<TeamName>,
    /// The department it belongs to.
    pub department: Option<DepartmentCode>,
    /// Who leads it.
    pub leads: Option<Vec<PersonId>>,
}

/// One of the teams that follow a split.
#[derive(Debug, Clone)]
pub struct Part {
    /// The new team.
    pub team: NewTeam,
    /// The members who go there; whoever is named nowhere goes to the first part.
    pub members: Vec<PersonId>,
}

/// Makes a team.
///
/// # Errors
/// [`DirectoryError`] naming what does not hold.
pub async fn create(
    reader: &dyn DirectoryReader,
    new: NewTeam,
    cause: &Cause,
) -> Result<(Team, Commit<Write>), DirectoryError> {
    let leads = checked_leads(reader, &[], new.leads).await?;
    let team = fresh(NewTeam { leads, ..new }, cause);
    let commit = Commit::of(vec![write(None, &team)]).event(event::team("created", &team, cause));
    Ok((team, commit))
}

/// Changes a team; absent when nothing would be different.
///
/// # Errors
/// [`DirectoryError`] naming what does not hold.
pub async fn change(
    reader: &dyn DirectoryReader,
    before: &Team,
    change: TeamChange,
    cause: &Cause,
) -> Result<Option<(Team, Commit<Write>)>, DirectoryError> {
    let mut after = before.clone();
    after.code = change.code.unwrap_or(after.code);
    after.name = change.name.unwrap_or(after.name);
    after.department = change.department.unwrap_or(after.department);
    if let Some(leads) = change.leads {
        after.leads = checked_leads(reader, &before.leads, leads).await?;
    }
    if after == *before {
        return Ok(None);
    }
    if !before.is_active() {
        return Err(DirectoryError::TeamEnded(before.id));
    }
    let after = written(after, cause);
    let commit = Commit::of(vec![write(Some(before), &after)]).event(event::team("changed", &after, cause));
    Ok(Some((after, commit)))
}

/// Decides that a team becomes part of another. Absent when that was decided before.
///
/// # Errors
/// [`DirectoryError`] when either team has ended otherwise, or both are one.
pub async fn merge(
    reader: &dyn DirectoryReader,
    before: &Team,
    into: TeamId,
    cause: &Cause,
) -> Result<Option<(Team, Commit<Write>)>, DirectoryError> {
    if before.state == (TeamState::Merged { into }) {
        return Ok(None);
    }
    if into == before.id {
        return Err(DirectoryError::OwnSuccessor);
    }
    if !before.is_active() {
        return Err(DirectoryError::TeamEnded(before.id));
    }
    let target = reader.team(into).await?.ok_or(DirectoryError::UnknownTeam(into))?;
    if !target.is_active() {
        return Err(DirectoryError::TeamEnded(into));
    }
    let after = Team { state: TeamState::Merged { into }, leads: Vec::new(), ..before.clone() };
    let after = written(after, cause);
    let write =
        Write::Team { before: Some(Box::new(before.clone())), after: Box::new(after.clone()), successors: vec![into] };
    Ok(Some((after.clone(), Commit::of(vec![write]).event(event::team_merged(&after, into, cause)))))
}

/// Decides that a team becomes several new ones. The first takes over whatever is named nowhere.
///
/// # Errors
/// [`DirectoryError`] naming what does not hold.
pub async fn split(
    reader: &dyn DirectoryReader,
    before: &Team,
    parts: Vec<Part>,
    cause: &Cause,
) -> Result<(Team, Vec<Team>, Commit<Write>), DirectoryError> {
    if !before.is_active() {
        return Err(DirectoryError::TeamEnded(before.id));
    }
    if parts.len() < 2 || parts.len() > MOST_PARTS {
        return Err(DirectoryError::Parts);
    }
    let codes: BTreeSet<&TeamCode> = parts.iter().map(|part| &part.team.code).collect();
    if codes.len() < parts.len() {
        return Err(DirectoryError::Parts);
    }
    let mut named = BTreeSet::new();
    if let Some(twice) = parts.iter().flat_map(|part| &part.members).find(|person| !named.insert(**person)) {
        return Err(DirectoryError::NamedTwice(*twice));
    }
    let mut successors = Vec::new();
    for part in parts {
        let leads = checked_leads(reader, &[], part.team.leads).await?;
        successors.push(fresh(NewTeam { leads, ..part.team }, cause));
    }
    let into: Vec<TeamId> = successors.iter().map(|team| team.id).collect();
    let after = Team { state: TeamState::Split { into: into.clone() }, leads: Vec::new(), ..before.clone() };
    let after = written(after, cause);
    let mut commit = Commit::of(vec![write(Some(before), &after)]).event(event::team_split(&after, &into, cause));
    for team in &successors {
        commit.writes.push(write(None, team));
        commit.events.push(event::team("created", team, cause));
    }
    Ok((after, successors, commit))
}

/// What moving members and workloads needs.
pub struct Settling<'a> {
    /// Reads single things.
    pub reader: &'a dyn DirectoryReader,
    /// Lists members and workloads.
    pub listing: &'a dyn DirectoryListing,
    /// Writes.
    pub writer: &'a dyn DirectoryWriter,
    /// Why.
    pub cause: &'a Cause,
}

impl Settling<'_> {
    /// Moves what a merged or split team still has to its successors, at most `budget` people and workloads. `named`
    /// says who goes where; everyone else goes to the first successor. Answers whether nothing is left.
    ///
    /// # Errors
    /// [`DirectoryError`] when something could not be moved; what was moved stays moved.
    pub async fn settle(
        &self,
        team: &Team,
        named: &BTreeMap<PersonId, TeamId>,
        budget: usize,
    ) -> Result<bool, DirectoryError> {
        let first = match &team.state {
            TeamState::Active => return Ok(true),
            TeamState::Merged { into } => *into,
            TeamState::Split { into } => *into.first().ok_or(DirectoryError::Parts)?,
        };
        let heir = self.living(first).await?;
        let day = day_of(team.changed_at);
        let (mut left, mut after) = (budget, None);
        loop {
            let page = self.listing.members_of(team.id, day, Limit::default(), after.as_ref()).await?;
            for (person, _) in page.items {
                if left == 0 {
                    return Ok(false);
                }
                left -= 1;
                let to = match named.get(&person.id) {
                    Some(to) => self.living(*to).await?,
                    None => heir,
                };
                self.move_person(person.id, team.id, to, day).await?;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        loop {
            let page = self.listing.workloads_of(team.id, Limit::default(), after.as_ref()).await?;
            for workload in page.items {
                if left == 0 {
                    return Ok(false);
                }
                left -= 1;
                self.move_workload(workload, heir).await?;
            }
            after = page.next;
            if after.is_none() {
                return Ok(true);
            }
        }
    }

    /// The team itself, or whoever follows it by now.
    async fn living(&self, team: TeamId) -> Result<TeamId, DirectoryError> {
        let mut heir = team;
        for _ in 0..MOST_PARTS {
            let found = self.reader.team(heir).await?.ok_or(DirectoryError::UnknownTeam(heir))?;
            heir = match found.state {
                TeamState::Active => return Ok(heir),
                TeamState::Merged { into } => into,
                TeamState::Split { into } => *into.first().ok_or(DirectoryError::Parts)?,
            };
        }
        Err(DirectoryError::TeamEnded(team))
    }

    async fn move_person(
        &self,
        person: PersonId,
        from: TeamId,
        to: TeamId,
        day: jiff::civil::Date,
    ) -> Result<(), DirectoryError> {
        for attempt in 1.. {
            let Some(before) = self.reader.person(person).await? else { return Ok(()) };
            let memberships = before.memberships.moved(from, to, day)?;
            if memberships == before.memberships {
                return Ok(());
            }
            let version = before.version.next();
            let after = Person { memberships, version, changed_at: self.cause.at, ..before.clone() };
            let write = people::checked(self.reader, Some(&before), &after, day).await?;
            let commit = Commit::of(vec![write]).event(people::changed_event(&after, self.cause));
            match self.writer.commit(commit).await {
                Err(StoreError::Conflict) if attempt < TRIES => {}
                result => return Ok(result?),
            }
        }
        Ok(())
    }

    async fn move_workload(&self, workload: kernel::WorkloadId, to: TeamId) -> Result<(), DirectoryError> {
        for attempt in 1.. {
            let Some(before) = self.reader.workload(workload).await? else { return Ok(()) };
            let change = workloads::WorkloadChange { owner: Some(to), ..Default::default() };
            let Some((_, commit)) = workloads::change(self.reader, &before, change, self.cause).await? else {
                return Ok(());
            };
            match self.writer.commit(commit).await {
                Err(StoreError::Conflict) if attempt < TRIES => {}
                result => return Ok(result?),
            }
        }
        Ok(())
    }
}

/// The write and the event that take a lead off a team.
pub(crate) fn without_lead(before: &Team, lead: PersonId, cause: &Cause) -> (Write, Event) {
    let leads = before.leads.iter().copied().filter(|known| *known != lead).collect();
    let after = written(Team { leads, ..before.clone() }, cause);
    (write(Some(before), &after), event::team("changed", &after, cause))
}

/// The write and the event that give a team one more lead.
pub(crate) fn with_lead(before: &Team, lead: PersonId, cause: &Cause) -> Result<(Write, Event), DirectoryError> {
    if !before.is_active() {
        return Err(DirectoryError::TeamEnded(before.id));
    }
    if before.leads.len() >= Team::MOST_LEADS {
        return Err(DirectoryError::TooMany { what: "leads", most: Team::MOST_LEADS });
    }
    let leads = before.leads.iter().copied().chain([lead]).collect();
    let after = written(Team { leads, ..before.clone() }, cause);
    Ok((write(Some(before), &after), event::team("changed", &after, cause)))
}

fn fresh(new: NewTeam, cause: &Cause) -> Team {
    Team {
        id: TeamId::new(cause.at),
        version: Version::FIRST,
        code: new.code,
        name: new.name,
        department: new.department,
        leads: new.leads,
        state: TeamState::Active,
        created_at: cause.at,
        changed_at: cause.at,
    }
}

fn written(team: Team, cause: &Cause) -> Team {
    Team { version: team.version.next(), changed_at: cause.at, ..team }
}

fn write(before: Option<&Team>, after: &Team) -> Write {
    Write::Team { before: before.cloned().map(Box::new), after: Box::new(after.clone()), successors: Vec::new() }
}

async fn checked_leads(
    reader: &dyn DirectoryReader,
    known: &[PersonId],
    leads: Vec<PersonId>,
) -> Result<Vec<PersonId>, DirectoryError> {
    let mut seen = BTreeSet::new();
    let leads: Vec<PersonId> = leads.into_iter().filter(|lead| seen.insert(*lead)).collect();
    if leads.len() > Team::MOST_LEADS {
        return Err(DirectoryError::TooMany { what: "leads", most: Team::MOST_LEADS });
    }
    for lead in leads.iter().filter(|lead| !known.contains(lead)) {
        reader.access(*lead).await?.ok_or(DirectoryError::UnknownLead)?;
    }
    Ok(leads)
}
