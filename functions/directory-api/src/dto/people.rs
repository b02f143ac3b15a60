//! People over the wire.

use std::collections::BTreeSet;

use directory::{
    Absence, AbsenceKind, Absences, Country, DirectoryError, Email, Employment, Exported, IdentitySubject, Language,
    Membership, Memberships, Person, PersonName, PersonSummary, WorkingShare,
    people::{NewPerson, PersonChange},
};
use jiff::{Timestamp, civil::Date};
use kernel::{Actor, DateSpan, Day, Event, EventId, JobRole, PersonId, Role, TeamId, ZoneName};
use serde::{Deserialize, Serialize};
use utoipa::{ToSchema, openapi::Schema};
use web::{Problem, kinds};

use super::{one_of, stated};

fn job_role() -> Schema {
    one_of(JobRole::ALL.map(JobRole::as_str))
}

fn employment() -> Schema {
    one_of(["employee", "contractor"])
}

fn absence_kind() -> Schema {
    one_of(["vacation", "sick", "parental", "other"])
}

/// A stay in a team. On every day with a stay exactly one is primary.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MembershipBody {
    #[schema(value_type = Uuid)]
    team_id: TeamId,
    /// The first day.
    #[schema(value_type = Date)]
    from: Day,
    /// The last day, left out while open.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    until: Option<Day>,
    /// Whether the person is counted in this team.
    primary: bool,
}

impl From<&Membership> for MembershipBody {
    fn from(stay: &Membership) -> Self {
        Self {
            team_id: stay.team,
            from: stay.span.from().into(),
            until: stay.span.until().map(Day::from),
            primary: stay.primary,
        }
    }
}

/// Days on which a person is away.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AbsenceBody {
    /// The first day.
    #[schema(value_type = Date)]
    from: Day,
    /// The last day.
    #[schema(value_type = Date)]
    until: Day,
    #[schema(schema_with = absence_kind)]
    kind: AbsenceKind,
}

fn memberships(stays: Vec<MembershipBody>) -> Result<Memberships, DirectoryError> {
    let all: Option<Vec<Membership>> = stays
        .into_iter()
        .map(|stay| {
            let span = DateSpan::new(stay.from.into(), stay.until.map(Date::from)).ok()?;
            Some(Membership { team: stay.team_id, span, primary: stay.primary })
        })
        .collect();
    // A stay that ends before it starts is on no day at all.
    Ok(Memberships::new(all.ok_or(directory::MembershipError::Overlap)?)?)
}

fn absences(all: Vec<AbsenceBody>) -> Result<Absences, DirectoryError> {
    let all: Option<Vec<Absence>> = all
        .into_iter()
        .map(|away| {
            Some(Absence { span: DateSpan::new(away.from.into(), Some(away.until.into())).ok()?, kind: away.kind })
        })
        .collect();
    Ok(Absences::new(all.ok_or(directory::AbsencesError::Unbounded)?)?)
}

/// A person to be created.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPersonBody {
    /// Unique; case does not matter.
    #[schema(value_type = String, format = "email", max_length = 254)]
    email: Email,
    #[schema(value_type = String, min_length = 1, max_length = 120)]
    name: PersonName,
    #[schema(schema_with = job_role)]
    job_role: JobRole,
    #[serde(default)]
    #[schema(schema_with = employment)]
    employment: Option<Employment>,
    /// Whether the person counts in figures; employees do and contractors do not, unless said.
    #[serde(default)]
    counts: Option<bool>,
    /// ISO 3166-1 alpha-2.
    #[schema(value_type = String, pattern = "^[A-Za-z]{2}$")]
    country: Country,
    /// An IANA time zone.
    #[schema(value_type = String, example = "Europe/Berlin")]
    time_zone: ZoneName,
    /// The language of mails, `en` unless said.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "de")]
    language: Option<Language>,
    /// Percent of a full week, 100 unless said.
    #[serde(default)]
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 100)]
    working_share: Option<WorkingShare>,
    #[serde(default)]
    #[schema(max_items = 100)]
    absences: Vec<AbsenceBody>,
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    delegate_id: Option<PersonId>,
    #[serde(default)]
    #[schema(max_items = 50)]
    teams: Vec<MembershipBody>,
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    manager_id: Option<PersonId>,
    /// The first day.
    #[schema(value_type = Date)]
    start: Day,
    /// The last day, once known.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    leave: Option<Day>,
}

impl NewPersonBody {
    pub(crate) fn parse(self) -> Result<NewPerson, DirectoryError> {
        Ok(NewPerson {
            email: self.email,
            name: self.name,
            job_role: self.job_role,
            employment: self.employment.unwrap_or(Employment::Employee),
            counts: self.counts,
            country: self.country,
            zone: self.time_zone,
            language: self.language.unwrap_or_default(),
            working_share: self.working_share.unwrap_or(WorkingShare::FULL),
            absences: absences(self.absences)?,
            delegate: self.delegate_id,
            memberships: memberships(self.teams)?,
            manager: self.manager_id,
            start: self.start.into(),
            leave: self.leave.map(Date::from),
            subject: None,
        })
    }
}

/// What changes of a person; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonChangeBody {
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "email", max_length = 254)]
    email: Option<Email>,
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 120)]
    name: Option<PersonName>,
    #[serde(default)]
    #[schema(schema_with = job_role)]
    job_role: Option<JobRole>,
    #[serde(default)]
    #[schema(schema_with = employment)]
    employment: Option<Employment>,
    #[serde(default)]
    counts: Option<bool>,
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z]{2}$")]
    country: Option<Country>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    time_zone: Option<ZoneName>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    language: Option<Language>,
    #[serde(default)]
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 100)]
    working_share: Option<WorkingShare>,
    #[serde(default)]
    #[schema(max_items = 100)]
    absences: Option<Vec<AbsenceBody>>,
    /// Null for nobody.
    #[serde(default, deserialize_with = "stated")]
    #[schema(value_type = Option<Uuid>)]
    delegate_id: Option<Option<PersonId>>,
    /// All stays, then and now; they replace those that are known.
    #[serde(default)]
    #[schema(max_items = 50)]
    teams: Option<Vec<MembershipBody>>,
    /// Null for nobody.
    #[serde(default, deserialize_with = "stated")]
    #[schema(value_type = Option<Uuid>)]
    manager_id: Option<Option<PersonId>>,
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    start: Option<Day>,
    /// Null takes an announced last day back.
    #[serde(default, deserialize_with = "stated")]
    #[schema(value_type = Option<Date>)]
    leave: Option<Option<Day>>,
}

impl PersonChangeBody {
    pub(crate) fn parse(self) -> Result<PersonChange, DirectoryError> {
        Ok(PersonChange {
            email: self.email,
            name: self.name,
            job_role: self.job_role,
            employment: self.employment,
            counts: self.counts,
            country: self.country,
            zone: self.time_zone,
            language: self.language,
            working_share: self.working_share,
            absences: self.absences.map(absences).transpose()?,
            delegate: self.delegate_id,
            memberships: self.teams.map(memberships).transpose()?,
            manager: self.manager_id,
            start: self.start.map(Date::from),
            leave: self.leave.map(|leave| leave.map(Date::from)),
            subject: None,
        })
    }
}

/// What a person may change of themselves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AbsencesBody {
    /// All absences; they replace those that are known. What is new in one's own begins at most 7 days back and lasts at
    /// most 366 days.
    #[schema(max_items = 100)]
    absences: Vec<AbsenceBody>,
    /// Who stands in; null for nobody, left out to keep it.
    #[serde(default, deserialize_with = "stated")]
    #[schema(value_type = Option<Uuid>)]
    delegate_id: Option<Option<PersonId>>,
    /// The language of mails; left out to keep it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    language: Option<Language>,
    /// An IANA time zone; left out to keep it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    time_zone: Option<ZoneName>,
}

impl AbsencesBody {
    pub(crate) fn parse(self) -> Result<PersonChange, DirectoryError> {
        Ok(PersonChange {
            absences: Some(absences(self.absences)?),
            delegate: self.delegate_id,
            language: self.language,
            zone: self.time_zone,
            ..PersonChange::default()
        })
    }
}

/// Who a person is at the identity provider.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubjectBody {
    /// The token's `iss`: the identity provider of this deployment.
    #[schema(format = "uri", max_length = 255)]
    issuer: String,
    /// The token's `sub`.
    #[schema(min_length = 1, max_length = 255)]
    subject: String,
}

impl SubjectBody {
    /// Who it is, if at the identity provider whose tokens are taken: a link to another would never let anyone in.
    pub(crate) fn parse(&self, issuer: &str) -> Result<IdentitySubject, Problem> {
        let bad = |path: &str, expected: &str| Problem::new(kinds::INVALID_BODY).at(path, expected);
        if self.issuer.trim_end_matches('/') != issuer {
            return Err(bad("$.issuer", "the issuer of the tokens that this API takes"));
        }
        IdentitySubject::new(issuer, &self.subject).map_err(|error| bad("$.subject", error.0))
    }
}

/// A last day.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeaveBody {
    /// The last day, past or to come.
    #[schema(value_type = Date)]
    pub(crate) date: Day,
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonView {
    #[schema(value_type = Uuid)]
    person_id: PersonId,
    version: u64,
    #[schema(format = "email")]
    email: String,
    name: String,
    #[schema(schema_with = job_role)]
    job_role: JobRole,
    country: String,
    time_zone: String,
    language: String,
    #[schema(value_type = Option<Uuid>)]
    manager_id: Option<PersonId>,
    #[schema(value_type = Option<Uuid>)]
    delegate_id: Option<PersonId>,
    /// With the private part every stay, then and now; without it those of today, and not when they end.
    teams: Vec<MembershipBody>,
    /// Whether the last day is over.
    left: bool,
    /// For the person, their manager and those who run the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    private: Option<PrivateView>,
}

/// What not everyone sees of a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PrivateView {
    /// The first day.
    start: Date,
    /// The last day, once known.
    leave: Option<Date>,
    #[schema(schema_with = employment)]
    employment: Employment,
    /// Whether the person counts in figures.
    counts: bool,
    /// Percent of a full week.
    working_share: u8,
    absences: Vec<AbsenceBody>,
    /// Whether the person is linked to a sign-in.
    linked: bool,
}

/// What everyone sees of stays: those of a day, and not when they end, which says who goes where, and when.
fn of_today(stays: &[Membership], today: Date) -> Vec<MembershipBody> {
    let stays = stays.iter().filter(|stay| stay.span.contains(today));
    stays.map(|stay| MembershipBody { until: None, ..MembershipBody::from(stay) }).collect()
}

impl PersonView {
    /// A person as shown on a day to someone who sees everything, or not.
    pub(crate) fn of(person: &Person, everything: bool, today: Date) -> Self {
        let away = |absence: &Absence| {
            let until = absence.span.until().unwrap_or(absence.span.from());
            AbsenceBody { from: absence.span.from().into(), until: until.into(), kind: absence.kind }
        };
        let stays = person.memberships.all();
        Self {
            person_id: person.id,
            version: person.version.get(),
            email: person.email.expose().to_owned(),
            name: person.name.expose().to_owned(),
            job_role: person.job_role,
            country: person.country.to_string(),
            time_zone: person.zone.as_str().to_owned(),
            language: person.language.to_string(),
            manager_id: person.manager,
            delegate_id: person.delegate,
            teams: if everything { stays.iter().map(MembershipBody::from).collect() } else { of_today(stays, today) },
            left: person.leave.is_some_and(|leave| leave < today),
            private: everything.then(|| PrivateView {
                start: person.start,
                leave: person.leave,
                employment: person.employment,
                counts: person.counts,
                working_share: person.working_share.get(),
                absences: person.absences.all().iter().map(away).collect(),
                linked: person.subject.is_some(),
            }),
        }
    }
}

/// A person as a line of a listing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonLine {
    #[schema(value_type = Uuid)]
    person_id: PersonId,
    name: String,
    #[schema(format = "email")]
    email: String,
    #[schema(schema_with = job_role)]
    job_role: JobRole,
    /// Whether the last day is over.
    left: bool,
}

impl PersonLine {
    /// A person as they are on a day.
    pub(crate) fn of(person: PersonSummary, today: Date) -> Self {
        Self {
            person_id: person.id,
            name: person.name.into(),
            email: person.email.into(),
            job_role: person.job_role,
            left: person.leave.is_some_and(|leave| leave < today),
        }
    }
}

/// A member of a team, with their stays there.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberView {
    person: PersonLine,
    /// For those who may change people every stay from today on; for others those of today, and not when they end.
    stays: Vec<MembershipBody>,
}

impl MemberView {
    /// A member as shown on a day to someone who sees what is to come, or not; nothing where there is nothing to see.
    pub(crate) fn of(person: PersonSummary, stays: &[Membership], everything: bool, today: Date) -> Option<Self> {
        let stays = if everything { stays.iter().map(MembershipBody::from).collect() } else { of_today(stays, today) };
        (!stays.is_empty()).then(|| Self { person: PersonLine::of(person, today), stays })
    }
}

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeView {
    /// The caller's person; null for machines.
    person: Option<PersonView>,
    #[schema(value_type = Vec<String>)]
    roles: BTreeSet<Role>,
    /// The teams of today.
    #[schema(value_type = Vec<Uuid>)]
    team_ids: Vec<TeamId>,
    /// The teams the caller leads.
    #[schema(value_type = Vec<Uuid>)]
    lead_of_ids: Vec<TeamId>,
}

impl MeView {
    pub(crate) fn of(actor: &Actor, person: Option<&Person>, today: Date) -> Self {
        Self {
            person: person.map(|person| PersonView::of(person, true, today)),
            roles: actor.roles.clone(),
            team_ids: actor.teams.clone(),
            lead_of_ids: actor.leads.clone(),
        }
    }
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    #[schema(value_type = Uuid)]
    event_id: EventId,
    /// Such as `directory.person_changed`.
    kind: String,
    occurred_at: Timestamp,
    recorded_at: Timestamp,
    /// Who did it: `person:<id>`, `service:<client>` or `program`.
    actor: String,
    correlation_id: String,
    /// Ids, numbers and dates.
    #[schema(value_type = Object)]
    data: serde_json::Value,
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        Self {
            event_id: event.id,
            kind: event.kind,
            occurred_at: event.occurred_at,
            recorded_at: event.recorded_at,
            actor: event.actor.to_string(),
            correlation_id: event.correlation_id,
            data: event.data,
        }
    }
}

/// Everything held on a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExportView {
    #[schema(value_type = Uuid)]
    person_id: PersonId,
    parts: Vec<ExportPart>,
}

/// What one part of the program holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExportPart {
    /// `directory`, `training` or `mail`.
    system: &'static str,
    /// The items as they are stored, without keys of the table and secrets of links.
    #[schema(value_type = Vec<Object>)]
    items: Vec<serde_json::Value>,
}

impl ExportView {
    pub(crate) fn of(person: PersonId, parts: Vec<Exported>) -> Self {
        let parts = parts.into_iter().map(|part| ExportPart { system: part.system, items: part.items }).collect();
        Self { person_id: person, parts }
    }
}
