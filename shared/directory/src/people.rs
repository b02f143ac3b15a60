//! Use cases on people: join, change, leave, be forgotten.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kernel::{Cause, Commit, Event, JobRole, PersonId, TeamId, Version, ZoneName};

use crate::{
    Absences, Country, DirectoryError, DirectoryReader, Email, Employment, IdentitySubject, Language, ManagerLink,
    Memberships, Person, PersonName, Tombstone, WorkingShare, Write, event, teams,
};

/// From how many teams an erasure takes the lead in the commit that forgets the person; what is over that goes before.
const LEADS_AT_ONCE: usize = 10;

/// How long a line of managers may be.
pub const LONGEST_LINE: usize = 40;

/// A person to be created.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// The natural key.
    pub email: Email,
    /// What the person is called.
    pub name: PersonName,
    /// What the person does.
    pub job_role: JobRole,
    /// How the person is employed.
    pub employment: Employment,
    /// Whether the person counts; by employment unless said.
    pub counts: Option<bool>,
    /// Where the person works.
    pub country: Country,
    /// The zone in which the person's day begins.
    pub zone: ZoneName,
    /// The language of mails.
    pub language: Language,
    /// How much of a full week.
    pub working_share: WorkingShare,
    /// When the person is away.
    pub absences: Absences,
    /// Who stands in.
    pub delegate: Option<PersonId>,
    /// The teams.
    pub memberships: Memberships,
    /// The direct manager.
    pub manager: Option<PersonId>,
    /// The first day.
    pub start: Date,
    /// The last day, once known.
    pub leave: Option<Date>,
    /// Who this is at the identity provider.
    pub subject: Option<IdentitySubject>,
}

/// What changes of a person: what is absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct PersonChange {
    /// The natural key.
    pub email: Option<Email>,
    /// What the person is called.
    pub name: Option<PersonName>,
    /// What the person does.
    pub job_role: Option<JobRole>,
    /// How the person is employed.
    pub employment: Option<Employment>,
    /// Whether the person counts.
    pub counts: Option<bool>,
    /// Where the person works.
    pub country: Option<Country>,
    /// The zone in which the person's day begins.
    pub zone: Option<ZoneName>,
    /// The language of mails.
    pub language: Option<Language>,
    /// How much of a full week.
    pub working_share: Option<WorkingShare>,
    /// When the person is away.
    pub absences: Option<Absences>,
    /// Who stands in, or that nobody does.
    pub delegate: Option<Option<PersonId>>,
    /// The teams, then and now.
    pub memberships: Option<Memberships>,
    /// The direct manager, or that there is none.
    pub manager: Option<Option<PersonId>>,
    /// The first day.
    pub start: Option<Date>,
    /// The last day, or that none is known.
    pub leave: Option<Option<Date>>,
    /// Who this is at the identity provider, or that the link is cut.
    pub subject: Option<Option<IdentitySubject>>,
}

/// Makes a person.
///
/// # Errors
/// [`DirectoryError`] naming what does not hold.
pub async fn create(
    reader: &dyn DirectoryReader,
    new: NewPerson,
    cause: &Cause,
) -> Result<(Person, Commit<Write>), DirectoryError> {
    let person = Person {
        id: PersonId::new(cause.at),
        version: Version::FIRST,
        email: new.email,
        name: new.name,
        job_role: new.job_role,
        employment: new.employment,
        counts: new.counts.unwrap_or(new.employment.counts_by_default()),
        country: new.country,
        zone: new.zone,
        language: new.language,
        working_share: new.working_share,
        absences: new.absences,
        delegate: new.delegate,
        memberships: new.memberships,
        manager: new.manager,
        start: new.start,
        leave: new.leave,
        subject: new.subject,
        created_at: cause.at,
        changed_at: cause.at,
    };
    let write = checked(reader, None, &person, day_of(cause.at)).await?;
    let commit = Commit::of(vec![write]).event(event::person("joined", &person, cause));
    Ok((person, commit))
}

/// Changes a person; absent when nothing would be different.
///
/// # Errors
/// [`DirectoryError`] naming what does not hold.
pub async fn change(
    reader: &dyn DirectoryReader,
    before: &Person,
    change: PersonChange,
    cause: &Cause,
) -> Result<Option<(Person, Commit<Write>)>, DirectoryError> {
    let mut after = changed(before, change);
    if after == *before {
        return Ok(None);
    }
    after.version = before.version.next();
    after.changed_at = cause.at;
    let write = checked(reader, Some(before), &after, day_of(cause.at)).await?;
    let left = after.leave.is_some() && after.leave != before.leave;
    let what = if left { "left" } else { "changed" };
    let commit = Commit::of(vec![write]).event(event::person(what, &after, cause));
    Ok(Some((after, commit)))
}

/// Writes down that everything held on a person is handed out: who asked, on whom, and when. It comes before the handing
/// out, so that there is none without it.
pub fn export(person: &Person, cause: &Cause) -> Commit<Write> {
    Commit::of(Vec::new()).event(event::person("exported", person, cause))
}

/// Forgets a person: profile, address, identity, search entries and memberships' names go, the teams led lose their
/// lead, and a tombstone stays for the figures of the past.
///
/// # Errors
/// [`DirectoryError`] when the store could not be read.
pub async fn erase(
    reader: &dyn DirectoryReader,
    before: &Person,
    cause: &Cause,
) -> Result<(Tombstone, Commit<Write>), DirectoryError> {
    let today = day_of(cause.at);
    let tombstone = Tombstone {
        id: before.id,
        version: before.version.next(),
        job_role: before.job_role,
        employment: before.employment,
        counts: before.counts,
        memberships: before.memberships.clone(),
        start: before.start,
        leave: Some(before.leave.map_or(today, |leave| leave.min(today)).max(before.start)),
        erased_at: cause.at,
    };
    let mut commit =
        Commit::of(vec![Write::Erase { before: Box::new(before.clone()), tombstone: Box::new(tombstone.clone()) }]);
    relieve(reader, before.id, &led(reader, before.id).await?, &mut commit, cause).await?;
    commit.events.push(event::person_erased(before.id, tombstone.version, cause));
    Ok((tombstone, commit))
}

/// What has to be committed before [`erase`] when a person leads more teams than one commit can relieve them of, a part
/// at a time; absent once the rest fits. Ask again after each commit. Stopping in between leaves fewer leads and nothing
/// else, and starting over goes on from there.
///
/// # Errors
/// [`DirectoryError`] when the store could not be read.
pub async fn before_erasure(
    reader: &dyn DirectoryReader,
    person: PersonId,
    cause: &Cause,
) -> Result<Option<Commit<Write>>, DirectoryError> {
    let led = led(reader, person).await?;
    if led.len() <= LEADS_AT_ONCE {
        return Ok(None);
    }
    let mut commit = Commit::of(Vec::new());
    relieve(reader, person, led.get(..LEADS_AT_ONCE).unwrap_or_default(), &mut commit, cause).await?;
    Ok(Some(commit))
}

async fn led(reader: &dyn DirectoryReader, person: PersonId) -> Result<Vec<TeamId>, DirectoryError> {
    Ok(reader.access(person).await?.map(|facts| facts.leads.into_iter().collect()).unwrap_or_default())
}

/// Takes a person off the leads of teams.
async fn relieve(
    reader: &dyn DirectoryReader,
    person: PersonId,
    led: &[TeamId],
    commit: &mut Commit<Write>,
    cause: &Cause,
) -> Result<(), DirectoryError> {
    for team in reader.teams(led).await? {
        let (write, happened) = teams::without_lead(&team, person, cause);
        commit.writes.push(write);
        commit.events.push(happened);
    }
    Ok(())
}

/// The day on which something happens, in UTC: the program's own day, for rules that know no person's zone.
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

pub(crate) fn changed(before: &Person, change: PersonChange) -> Person {
    let mut after = before.clone();
    macro_rules! take {
        ($($field:ident),+) => {$(
            if let Some(value) = change.$field {
                after.$field = value;
            }
        )+};
    }
    take!(
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
        subject
    );
    after
}

pub(crate) fn changed_event(after: &Person, cause: &Cause) -> Event {
    event::person("changed", after, cause)
}

pub(crate) async fn checked(
    reader: &dyn DirectoryReader,
    before: Option<&Person>,
    after: &Person,
    today: Date,
) -> Result<Write, DirectoryError> {
    if after.leave.is_some_and(|leave| leave < after.start) {
        return Err(DirectoryError::LeaveBeforeStart);
    }
    if let Some(delegate) = after.delegate.filter(|_| before.is_none_or(|before| before.delegate != after.delegate)) {
        if delegate == after.id {
            return Err(DirectoryError::OwnDelegate);
        }
        reader.access(delegate).await?.ok_or(DirectoryError::UnknownDelegate)?;
    }
    let line = match after.manager {
        Some(manager) if before.is_none_or(|before| before.manager != after.manager) => {
            manager_line(reader, after.id, manager).await?
        }
        _ => Vec::new(),
    };
    let known = before.map(|before| before.memberships.teams()).unwrap_or_default();
    let named: Vec<TeamId> = after.memberships.teams().difference(&known).copied().collect();
    let found = reader.teams(&named).await?;
    let reached = |team: &TeamId| after.memberships.reaches(*team, today);
    for team in &named {
        match found.iter().find(|found| found.id == *team) {
            None => return Err(DirectoryError::UnknownTeam(*team)),
            Some(found) if !found.is_active() && reached(team) => return Err(DirectoryError::TeamEnded(*team)),
            Some(_) => {}
        }
    }
    let joins = named.into_iter().filter(reached).collect();
    Ok(Write::Person { before: before.cloned().map(Box::new), after: Box::new(after.clone()), line, joins })
}

/// The line of managers from `manager` up. What is returned must still hold when the change is written: two changes that
/// would close a circle together cannot both be.
async fn manager_line(
    reader: &dyn DirectoryReader,
    person: PersonId,
    manager: PersonId,
) -> Result<Vec<ManagerLink>, DirectoryError> {
    let mut line = Vec::new();
    let mut next = Some(manager);
    while let Some(above) = next {
        if above == person {
            return Err(DirectoryError::ManagerCycle);
        }
        if line.len() >= LONGEST_LINE {
            return Err(DirectoryError::ManagerLineTooLong(LONGEST_LINE));
        }
        let Some(facts) = reader.access(above).await? else {
            // Whoever was erased ends the line; only the direct manager has to exist.
            if above == manager {
                return Err(DirectoryError::UnknownManager);
            }
            break;
        };
        line.push(ManagerLink { person: above, manager: facts.manager });
        next = facts.manager;
    }
    Ok(line)
}
