//! A person of the directory, and what remains of one who was erased.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use kernel::{DateSpan, JobRole, PersonId, Redacted, TeamId, Version, ZoneName, text::fold};
use serde::{Deserialize, Serialize};

use crate::{Country, Email, Invalid, Language, Memberships, PersonName, WorkingShare};

/// How a person is employed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Employment {
    /// Employed by the organisation.
    Employee,
    /// Working for it under another contract; counts only where marked.
    Contractor,
}

impl Employment {
    /// What a value must look like.
    pub const EXPECTED: &'static str = "employee or contractor";

    /// Whether a person counts in figures unless said otherwise.
    pub const fn counts_by_default(self) -> bool {
        matches!(self, Self::Employee)
    }
}

/// Why someone is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsenceKind {
    /// Holidays.
    Vacation,
    /// Illness.
    Sick,
    /// Parental leave.
    Parental,
    /// Anything else.
    Other,
}

/// Some days on which a person is away: no mail, and what falls due moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Absence {
    /// The first and the last day. It always has a last day.
    pub span: DateSpan,
    /// Why.
    pub kind: AbsenceKind,
}

/// A person's absences, ordered, none twice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Absence>", into = "Vec<Absence>")]
pub struct Absences(Vec<Absence>);

/// Absences that cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AbsencesError {
    /// More than [`Absences::MOST`].
    #[error("a person has at most 100 absences")]
    TooMany,
    /// An absence without a last day, or longer than [`Absences::LONGEST_DAYS`].
    #[error("an absence has a last day and is at most 1,100 days long")]
    Unbounded,
    /// Two that share a day.
    #[error("no two absences share a day")]
    Overlapping,
    /// Somebody enters for themselves what somebody else has to: absences pause the reminders that others hear of.
    #[error("for yourself you enter absences that begin at most 7 days ago and last at most 366 days")]
    NotYourself,
}

impl Absences {
    /// How many absences are kept.
    pub const MOST: usize = 100;
    /// How long one may be: three years of parental leave.
    pub const LONGEST_DAYS: i32 = 1_100;

    /// Checks absences that somebody states.
    ///
    /// # Errors
    /// [`AbsencesError`] when there are too many, one has no reasonable end, or two share a day.
    pub fn new(all: Vec<Absence>) -> Result<Self, AbsencesError> {
        let all = Self::bounded(all)?;
        // In order, so that only neighbours can share a day without any other two doing so.
        let overlap = all.0.iter().zip(all.0.iter().skip(1)).any(|(one, next)| one.span.overlaps(&next.span));
        if overlap { Err(AbsencesError::Overlapping) } else { Ok(all) }
    }

    /// These absences and the days of another one that none of them covers yet.
    ///
    /// # Errors
    /// [`AbsencesError`] when that makes too many, or the other one has no reasonable end.
    pub fn with(&self, more: Absence) -> Result<Self, AbsencesError> {
        let mut all = self.0.clone();
        let Some(until) = more.span.until() else { return Err(AbsencesError::Unbounded) };
        let mut from = Some(more.span.from());
        for known in &self.0 {
            let Some(first) = from else { break };
            let before = known.span.from().yesterday().ok().map(|last| last.min(until));
            if let Some(free) = before.and_then(|last| DateSpan::new(first, Some(last)).ok()) {
                all.push(Absence { span: free, kind: more.kind });
            }
            let after = known.span.until().and_then(|last| last.tomorrow().ok());
            from = after.map(|after| after.max(first));
        }
        if let Some(rest) = from.and_then(|first| DateSpan::new(first, Some(until)).ok()) {
            all.push(Absence { span: rest, kind: more.kind });
        }
        Self::bounded(all)
    }

    /// Whether somebody may set these for themselves, in place of `before`: what is new lies within what was known, or is
    /// an absence of their own by [`DateSpan::is_own_absence`].
    ///
    /// # Errors
    /// [`AbsencesError::NotYourself`].
    pub fn by_oneself(&self, before: &Self, today: Date) -> Result<(), AbsencesError> {
        let known = |span: &DateSpan| {
            let last = span.until().unwrap_or(Date::MAX);
            before.0.iter().any(|known| known.span.contains(span.from()) && known.span.contains(last))
        };
        let fits = |absence: &Absence| known(&absence.span) || absence.span.is_own_absence(today);
        if self.0.iter().all(fits) { Ok(()) } else { Err(AbsencesError::NotYourself) }
    }

    fn bounded(mut all: Vec<Absence>) -> Result<Self, AbsencesError> {
        let bounded = |absence: &Absence| {
            let days = |until: Date| until.since(absence.span.from()).map_or(i32::MAX, |span| span.get_days());
            absence.span.until().is_some_and(|until| days(until) < Self::LONGEST_DAYS)
        };
        if !all.iter().all(bounded) {
            return Err(AbsencesError::Unbounded);
        }
        all.sort();
        all.dedup();
        if all.len() > Self::MOST { Err(AbsencesError::TooMany) } else { Ok(Self(all)) }
    }

    /// The absences in order.
    pub fn all(&self) -> &[Absence] {
        &self.0
    }

    /// Whether the person is away on a day.
    pub fn covers(&self, day: Date) -> bool {
        self.0.iter().any(|absence| absence.span.contains(day))
    }
}

impl TryFrom<Vec<Absence>> for Absences {
    type Error = AbsencesError;

    /// What is on record may share days, from a time when that was taken.
    fn try_from(all: Vec<Absence>) -> Result<Self, AbsencesError> {
        Self::bounded(all)
    }
}

impl From<Absences> for Vec<Absence> {
    fn from(all: Absences) -> Self {
        all.0
    }
}

/// Who someone is at an identity provider: the pair that a token proves. Its `Debug` hides the subject.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IdentitySubject {
    issuer: String,
    subject: Redacted<String>,
}

impl IdentitySubject {
    /// What a value must look like.
    pub const EXPECTED: &'static str = "an https issuer and a subject, each of 1 to 255 printable characters";

    /// Checks a pair. An issuer is the same with and without slashes at its end; it is kept without.
    ///
    /// # Errors
    /// [`Invalid`] when it is no such pair.
    pub fn new(issuer: &str, subject: &str) -> Result<Self, Invalid> {
        let issuer = issuer.trim_end_matches('/');
        let plain = |text: &str| (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if issuer.starts_with("https://") && plain(issuer) && plain(subject) {
            Ok(Self { issuer: issuer.to_owned(), subject: Redacted::new(subject.to_owned()) })
        } else {
            Err(Invalid(Self::EXPECTED))
        }
    }

    /// The provider.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The provider's own name for the person.
    pub fn expose_subject(&self) -> &str {
        self.subject.expose()
    }
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The id, which stays whatever else changes.
    pub id: PersonId,
    /// How often the record was written.
    pub version: Version,
    /// The natural key.
    pub email: Email,
    /// What the person is called.
    pub name: PersonName,
    /// What the person does.
    pub job_role: JobRole,
    /// How the person is employed.
    pub employment: Employment,
    /// Whether the person counts in figures.
    pub counts: bool,
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
    /// The teams, then and now.
    pub memberships: Memberships,
    /// The direct manager.
    pub manager: Option<PersonId>,
    /// The first day.
    pub start: Date,
    /// The last day, once known.
    pub leave: Option<Date>,
    /// Who this is at the identity provider.
    pub subject: Option<IdentitySubject>,
    /// When the record was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub changed_at: Timestamp,
}

impl Person {
    /// Whether the person works here on a day.
    pub fn is_active_on(&self, day: Date) -> bool {
        self.start <= day && self.leave.is_none_or(|leave| day <= leave)
    }

    /// What a line of a listing shows.
    pub fn summary(&self) -> PersonSummary {
        PersonSummary {
            id: self.id,
            name: self.name.clone(),
            email: self.email.clone(),
            job_role: self.job_role,
            leave: self.leave,
        }
    }

    /// The folded texts under which the person is found: the name from each of its first words on, and the address.
    pub fn search_texts(&self) -> BTreeSet<String> {
        let name = self.name.folded();
        let words: Vec<&str> = name.split(' ').collect();
        let from_word = |at: usize| words.get(at..).unwrap_or_default().join(" ");
        let mut texts: BTreeSet<String> = (0..words.len().min(Self::SEARCHED_WORDS)).map(from_word).collect();
        texts.insert(fold(&self.email.folded()));
        texts.retain(|text| text.chars().count() >= Self::SHORTEST_SEARCH);
        texts
    }

    /// From how many of a name's words a search may start.
    pub const SEARCHED_WORDS: usize = 4;
    /// The shortest text that can be searched for.
    pub const SHORTEST_SEARCH: usize = 2;
}

/// A person as a line of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonSummary {
    /// The id.
    pub id: PersonId,
    /// What the person is called.
    pub name: PersonName,
    /// The address.
    pub email: Email,
    /// What the person does.
    pub job_role: JobRole,
    /// The last day, once known.
    pub leave: Option<Date>,
}

/// What remains of an erased person: what past figures rest on, and nothing that says who it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The id, on which history and counts hang.
    pub id: PersonId,
    /// How often the record was written.
    pub version: Version,
    /// In which role the person was counted.
    pub job_role: JobRole,
    /// How the person was employed.
    pub employment: Employment,
    /// Whether the person was counted.
    pub counts: bool,
    /// In which teams, when.
    pub memberships: Memberships,
    /// The first day.
    pub start: Date,
    /// The last day.
    pub leave: Option<Date>,
    /// When the person was erased.
    pub erased_at: Timestamp,
}

impl Tombstone {
    /// The teams whose figures the person was part of.
    pub fn teams(&self) -> BTreeSet<TeamId> {
        self.memberships.teams()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn absence(from: Date, until: Option<Date>) -> Absence {
        Absence { span: DateSpan::new(from, until).unwrap(), kind: AbsenceKind::Vacation }
    }

    #[test]
    fn absences_are_bounded_in_number_and_length() {
        let one = absence(date(2026, 8, 1), Some(date(2026, 8, 14)));
        assert!(Absences::new(vec![one; 150]).is_ok_and(|all| all.all().len() == 1));
        let many =
            (1..=101).map(|n| absence(date(2026, 1, 1), date(2026, 1, 1).checked_add(jiff::Span::new().days(n)).ok()));
        assert_eq!(Absences::new(many.collect()), Err(AbsencesError::TooMany));
        assert_eq!(Absences::new(vec![absence(date(2026, 8, 1), None)]), Err(AbsencesError::Unbounded));
        let long = absence(date(2026, 1, 1), Some(date(2030, 1, 1)));
        assert_eq!(Absences::new(vec![long]), Err(AbsencesError::Unbounded));
    }

    #[test]
    fn absences_that_share_a_day_are_refused_and_those_on_record_still_read() {
        let (one, two) =
            (absence(date(2026, 8, 1), Some(date(2026, 8, 14))), absence(date(2026, 8, 14), Some(date(2026, 8, 20))));
        assert_eq!(Absences::new(vec![two, one]), Err(AbsencesError::Overlapping));
        let next = absence(date(2026, 8, 15), Some(date(2026, 8, 20)));
        assert!(Absences::new(vec![next, one]).is_ok());
        let stored = serde_json::to_string(&[one, two]).unwrap();
        assert!(serde_json::from_str::<Absences>(&stored).is_ok());
    }

    #[test]
    fn another_absence_adds_the_days_that_none_covers() {
        let known = Absences::new(vec![
            absence(date(2026, 8, 3), Some(date(2026, 8, 5))),
            absence(date(2026, 8, 8), Some(date(2026, 8, 9))),
        ])
        .unwrap();
        let more = |from, until| Absence { kind: AbsenceKind::Other, ..absence(from, Some(until)) };
        let spans = |all: Absences| {
            all.all().iter().map(|it| (it.span.from().day(), it.span.until().unwrap().day())).collect::<Vec<_>>()
        };
        let around = known.with(more(date(2026, 8, 1), date(2026, 8, 12))).unwrap();
        assert_eq!(spans(around), [(1, 2), (3, 5), (6, 7), (8, 9), (10, 12)]);
        assert_eq!(known.with(more(date(2026, 8, 4), date(2026, 8, 5))).unwrap(), known);
        assert_eq!(spans(known.with(more(date(2026, 8, 10), date(2026, 8, 10))).unwrap()), [(3, 5), (8, 9), (10, 10)]);
        assert_eq!(spans(known.with(more(date(2026, 8, 1), date(2026, 8, 1))).unwrap()), [(1, 1), (3, 5), (8, 9)]);
    }

    #[test]
    fn for_oneself_nothing_is_entered_that_began_long_ago() {
        let today = date(2026, 8, 10);
        let old = absence(date(2026, 6, 1), Some(date(2026, 6, 3)));
        let known = Absences::new(vec![old]).unwrap();
        let with = |from, until| Absences::new(vec![old, absence(from, Some(until))]).unwrap();
        let check = |from, until| with(from, until).by_oneself(&known, today);
        assert_eq!(check(date(2026, 8, 3), date(2026, 8, 5)), Ok(()));
        assert_eq!(check(date(2026, 8, 2), date(2026, 8, 5)), Err(AbsencesError::NotYourself));
        assert_eq!(check(date(2026, 9, 1), date(2027, 9, 1)), Ok(()));
        assert_eq!(check(date(2026, 9, 1), date(2027, 9, 2)), Err(AbsencesError::NotYourself));
        assert_eq!(Absences::default().by_oneself(&known, today), Ok(()));
        // Whoever came back early says so.
        let early = Absences::new(vec![absence(date(2026, 6, 1), Some(date(2026, 6, 2)))]).unwrap();
        assert_eq!(early.by_oneself(&known, today), Ok(()));
    }

    #[test]
    fn an_identity_names_a_secure_issuer() {
        assert!(IdentitySubject::new("https://id.example.com/pool", "abc-1").is_ok());
        let slashed = IdentitySubject::new("https://id.example.com/", "abc-1");
        assert_eq!(slashed, IdentitySubject::new("https://id.example.com", "abc-1"));
        assert!(IdentitySubject::new("https://", "abc").is_err());
        assert!(IdentitySubject::new("http://id.example.com", "abc").is_err());
        assert!(IdentitySubject::new("https://id.example.com", "").is_err());
        let shown = format!("{:?}", IdentitySubject::new("https://id.example.com", "secret-sub"));
        assert!(!shown.contains("secret-sub"));
    }
}
