//! Rows of `people.csv`.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;
use kernel::{
    DateSpan, JobRole, PersonId, StoreError, ZoneName,
    import::{Cells, Columns, DATE, Problems, Row, SeenKeys, Sheet, date},
};

use super::{Mentions, cell::span, order};
use crate::{
    Absence, AbsenceKind, Absences, AbsencesError, Country, DirectoryReader, Email, Employment, IdentitySubject,
    Language, Memberships, PersonName, TeamCode, WorkingShare,
    people::{LONGEST_LINE, NewPerson, PersonChange},
};

pub(super) const COLUMNS: Columns = Columns {
    required: &["email", "name", "job_role", "country", "time_zone", "start"],
    optional: &[
        "employment",
        "counts",
        "language",
        "working_share",
        "manager_email",
        "delegate_email",
        "teams",
        "leads",
        "leave",
        "absences",
        "subject",
    ],
};

/// How many teams a row may name, and how many it may have led.
const MOST_TEAMS: usize = Memberships::MOST / 2;

pub(super) const NO_CIRCLE: &str = "a manager who does not report to this person";

/// One row. The outer `Option` of an optional column is absent when the file leaves the column out.
#[derive(Debug)]
pub(super) struct PersonRow {
    pub(super) line: u32,
    pub(super) email: Email,
    pub(super) name: PersonName,
    pub(super) job_role: JobRole,
    pub(super) country: Country,
    pub(super) zone: ZoneName,
    pub(super) start: Date,
    pub(super) employment: Option<Employment>,
    pub(super) counts: Option<Option<bool>>,
    pub(super) language: Option<Language>,
    pub(super) working_share: Option<WorkingShare>,
    pub(super) manager: Option<Option<Email>>,
    pub(super) delegate: Option<Option<Email>>,
    pub(super) teams: Option<Vec<(TeamCode, Option<DateSpan>)>>,
    pub(super) leads: Option<BTreeSet<TeamCode>>,
    pub(super) leave: Option<Option<Date>>,
    pub(super) absences: Option<Absences>,
    /// An empty cell says nothing here: no file cuts a link by leaving it out.
    pub(super) subject: Option<IdentitySubject>,
}

impl PersonRow {
    /// The person a row makes.
    pub(super) fn new_person(
        &self,
        manager: Option<PersonId>,
        delegate: Option<PersonId>,
        memberships: Memberships,
    ) -> NewPerson {
        NewPerson {
            email: self.email.clone(),
            name: self.name.clone(),
            job_role: self.job_role,
            employment: self.employment.unwrap_or(Employment::Employee),
            counts: self.counts.flatten(),
            country: self.country.clone(),
            zone: self.zone.clone(),
            language: self.language.clone().unwrap_or_default(),
            working_share: self.working_share.unwrap_or(WorkingShare::FULL),
            absences: self.absences.clone().unwrap_or_default(),
            delegate,
            memberships,
            manager,
            start: self.start,
            leave: self.leave.flatten(),
            subject: self.subject.clone(),
        }
    }

    /// What a row changes of a person.
    pub(super) fn change(
        &self,
        manager: Option<Option<PersonId>>,
        delegate: Option<Option<PersonId>>,
        memberships: Option<Memberships>,
    ) -> PersonChange {
        let by_default = || self.employment.unwrap_or(Employment::Employee).counts_by_default();
        PersonChange {
            // The spelling of the natural key stays as it is: it is how the row was found.
            email: None,
            name: Some(self.name.clone()),
            job_role: Some(self.job_role),
            employment: self.employment,
            counts: self.counts.map(|stated| stated.unwrap_or_else(by_default)),
            country: Some(self.country.clone()),
            zone: Some(self.zone.clone()),
            language: self.language.clone(),
            working_share: self.working_share,
            absences: self.absences.clone(),
            delegate,
            memberships,
            manager,
            start: Some(self.start),
            leave: self.leave,
            subject: self.subject.clone().map(Some),
        }
    }
}

fn employment(raw: &str) -> Option<Employment> {
    match raw {
        "employee" => Some(Employment::Employee),
        "contractor" => Some(Employment::Contractor),
        _ => None,
    }
}

fn yes_or_no(raw: &str) -> Option<bool> {
    match raw {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

fn membership(raw: &str) -> Option<(TeamCode, Option<DateSpan>)> {
    match raw.split_once('@') {
        None => Some((TeamCode::parse(raw).ok()?, None)),
        Some((code, dates)) => Some((TeamCode::parse(code).ok()?, Some(span(dates)?))),
    }
}

fn absence(raw: &str) -> Option<Absence> {
    let (dates, kind) = raw.split_once(':')?;
    let kind = match kind {
        "vacation" => AbsenceKind::Vacation,
        "sick" => AbsenceKind::Sick,
        "parental" => AbsenceKind::Parental,
        "other" => AbsenceKind::Other,
        _ => return None,
    };
    Some(Absence { span: span(dates).filter(|span| span.until().is_some())?, kind })
}

fn identity(raw: &str) -> Option<IdentitySubject> {
    let (issuer, subject) = raw.split_once('|')?;
    IdentitySubject::new(issuer, subject).ok()
}

fn email(raw: &str) -> Option<Email> {
    Email::parse(raw).ok()
}

/// A row by itself; whom and what it names is mentioned even where the row has a problem.
pub(super) fn read_row(row: Row<'_>, mentions: &mut Mentions, problems: &mut Problems) -> Option<PersonRow> {
    let before = problems.count();
    let mut cells = Cells::new(row, problems);
    let address = cells.required("email", Email::EXPECTED, email);
    let name = cells.required("name", PersonName::EXPECTED, |raw| PersonName::parse(raw).ok());
    let job_role =
        cells.required("job_role", "developer, devops, architect, manager, tester or product", |raw| raw.parse().ok());
    let country = cells.required("country", Country::EXPECTED, |raw| Country::parse(raw).ok());
    let zone = cells.required("time_zone", "an IANA time zone such as Europe/Berlin", |raw| ZoneName::parse(raw).ok());
    let start = cells.required("start", DATE, date);
    let employed = cells.optional("employment", Employment::EXPECTED, employment);
    let counts = cells.optional("counts", "yes, no or nothing", yes_or_no);
    let language = cells.optional("language", Language::EXPECTED, |raw| Language::parse(raw).ok());
    let share =
        cells.optional("working_share", WorkingShare::EXPECTED, |raw| WorkingShare::new(raw.parse().ok()?).ok());
    let manager = cells.optional("manager_email", Email::EXPECTED, email);
    let delegate = cells.optional("delegate_email", Email::EXPECTED, email);
    let teams = cells.list(
        "teams",
        "team codes separated by ;, each with dates if any: code@2026-01-01..2026-06-30",
        membership,
    );
    let leads = cells.list("leads", "team codes separated by ;", |raw| TeamCode::parse(raw).ok());
    let leave = cells.optional("leave", DATE, date);
    let absences = cells.list(
        "absences",
        "absences separated by ;, such as 2026-12-01..2026-12-14:vacation (vacation, sick, parental, other)",
        absence,
    );
    let subject = cells.optional("subject", "issuer|subject as the identity provider names them", identity);

    let absences = absences.and_then(|stated| match stated.map(Absences::new).transpose() {
        Ok(absences) => Some(absences),
        Err(error) => {
            cells.expect("absences", expected_absences(error));
            None
        }
    });
    let stated = |cell: &Option<Option<Option<Email>>>| cell.clone().flatten().flatten();
    let (named_manager, named_delegate) = (stated(&manager), stated(&delegate));
    if leave.flatten().flatten().zip(start).is_some_and(|(leave, start)| leave < start) {
        cells.expect("leave", "a day on or after the first day");
    }
    let same = |other: &Option<Email>| {
        other.as_ref().zip(address.as_ref()).is_some_and(|(other, own)| other.folded() == own.folded())
    };
    if same(&named_manager) {
        cells.expect("manager_email", NO_CIRCLE);
    }
    if same(&named_delegate) {
        cells.expect("delegate_email", "the address of someone else");
    }
    if teams.iter().flatten().any(|teams| teams.len() > MOST_TEAMS) {
        cells.expect("teams", "at most 25 teams");
    }
    if leads.iter().flatten().any(|leads| leads.len() > MOST_TEAMS) {
        cells.expect("leads", "at most 25 teams");
    }
    for (column, named) in [("manager_email", named_manager), ("delegate_email", named_delegate)] {
        mentions.people.extend(named.map(|email| (row.line, column, email)));
    }
    for (code, _) in teams.iter().flatten().flatten() {
        mentions.team(row.line, "teams", code);
    }
    for code in leads.iter().flatten().flatten() {
        mentions.team(row.line, "leads", code);
    }
    if problems.count() > before {
        return None;
    }
    Some(PersonRow {
        line: row.line,
        email: address?,
        name: name?,
        job_role: job_role?,
        country: country?,
        zone: zone?,
        start: start?,
        employment: employed?.map(|stated| stated.unwrap_or(Employment::Employee)),
        counts: counts?,
        language: language?.map(Option::unwrap_or_default),
        working_share: share?.map(|stated| stated.unwrap_or(WorkingShare::FULL)),
        manager: manager?,
        delegate: delegate?,
        teams: teams?,
        leads: leads?.map(|codes| codes.into_iter().collect()),
        leave: leave?,
        absences: absences?,
        subject: subject?.flatten(),
    })
}

/// What absences that cannot be kept should have been.
pub(super) const fn expected_absences(error: AbsencesError) -> &'static str {
    match error {
        AbsencesError::TooMany => "at most 100 absences",
        AbsencesError::Unbounded => "absences of at most 1,100 days each",
        AbsencesError::Overlapping => "absences of which no two share a day",
        AbsencesError::NotYourself => "absences that somebody else entered",
    }
}

/// The rows that were understood, and every address that the file holds, those of other rows included.
pub(super) fn read(sheet: &Sheet, mentions: &mut Mentions, problems: &mut Problems) -> (Vec<PersonRow>, SeenKeys) {
    let (mut emails, mut subjects) = (SeenKeys::default(), SeenKeys::default());
    let mut rows = Vec::new();
    for row in sheet.rows() {
        let address = email(row.get("email"));
        let mut fresh = address.is_none_or(|address| emails.note(address.folded(), row.line, "email", problems));
        let Some(found) = read_row(row, mentions, problems) else {
            continue;
        };
        if let Some(subject) = &found.subject {
            let key = format!("{}|{}", subject.issuer(), subject.expose_subject());
            fresh &= subjects.note(key, row.line, "subject", problems);
        }
        if fresh {
            rows.push(found);
        }
    }
    (rows, emails)
}

/// No line of managers may be a circle, whoever of it is in the file.
pub(super) async fn check(
    rows: &[PersonRow],
    mentioned: &SeenKeys,
    reader: &dyn DirectoryReader,
    problems: &mut Problems,
) -> Result<(), StoreError> {
    let inside = |email: &Email| mentioned.line_of(&email.folded()).is_some();
    let managers = rows.iter().filter_map(|row| row.manager.clone().flatten());
    let outer = lines_outside(managers.filter(|email| !inside(email)), reader).await?;
    for index in order::circles(rows, &outer) {
        if let Some(row) = rows.get(index) {
            problems.add(row.line, "manager_email", NO_CIRCLE);
        }
    }
    Ok(())
}

/// To whom managers outside the file report, and so on upwards.
async fn lines_outside(
    managers: impl Iterator<Item = Email>,
    reader: &dyn DirectoryReader,
) -> Result<HashMap<String, Option<String>>, StoreError> {
    let mut above: HashMap<String, Option<String>> = HashMap::new();
    for email in managers.collect::<BTreeSet<_>>() {
        let mut next = Some(email);
        for _ in 0..LONGEST_LINE {
            let Some(email) = next.take().filter(|email| !above.contains_key(&email.folded())) else { break };
            let person = match reader.person_by_email(&email).await? {
                Some(id) => reader.person(id).await?,
                None => None,
            };
            let manager = match person.and_then(|person| person.manager) {
                Some(id) => reader.person(id).await?.map(|manager| manager.email),
                None => None,
            };
            above.insert(email.folded(), manager.as_ref().map(Email::folded));
            next = manager;
        }
    }
    Ok(above)
}
