//! What the boundaries call. A use case reads a file, lets a rule act on it, lets [`crate::rules::decide`] draw the
//! consequences, and hands the store one commit. A lost race is read and decided again a few times, unless the caller
//! said which version it had seen.
//!
//! Permissions are decided before; here only "nobody judges their own thing" is held once more.

pub mod boxes;
pub mod catalogue;
pub mod figures;
pub mod links;
pub mod people;
pub mod records;
pub mod remind;
pub mod work;

#[cfg(test)]
mod size_tests;
#[cfg(test)]
mod tests;
mod writing;

use std::sync::Arc;

use kernel::{
    AssignmentRound, Cause, CertificateId, Commit, CompletionId, CourseId, ExemptionId, Once, PersonId, Principal,
    StoreError, Version,
};

use crate::{
    MailSwitch, Roster, Settings, TrainingError, TrainingReader, TrainingWriter, Write,
    events::Happened,
    model::{Catalogue, LearnerFile},
    rules::{Context, Telling, decide},
};

pub(crate) use writing::{Change, commit};

/// How often a lost race is decided again.
pub(crate) const TRIES: usize = 4;
/// What use cases write beside a file in its transaction, at most: with an attempt that is handed in the attempt, its event,
/// the competency, what was learnt, an event for each of ten areas, and the idempotency record.
const BESIDE: usize = 15;

/// Everything a use case works with.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// Reads.
    pub reader: &'a dyn TrainingReader,
    /// Writes.
    pub writer: &'a dyn TrainingWriter,
    /// Asks the directory.
    pub roster: &'a dyn Roster,
    /// Training's settings.
    pub settings: &'a Settings,
    /// Whether mail leaves the house.
    pub mail: &'a MailSwitch,
}

/// Makes the idempotency record of a request from what came of it.
pub type Answer<'a> = &'a (dyn Fn(&Receipt) -> Once + Send + Sync);

/// A request as its boundary understood it.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Why, through whom, and when.
    pub cause: &'a Cause,
    /// The version of the file that the caller had seen; then a lost race is the caller's to decide.
    pub expected: Option<Version>,
    /// The idempotency record, where the request carries a key.
    pub once: Option<Answer<'a>>,
}

impl<'a> Call<'a> {
    /// A call without expectations or idempotency record.
    pub const fn of(cause: &'a Cause) -> Self {
        Self { cause, expected: None, once: None }
    }
}

/// What a call made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// Nothing with an id of its own.
    Nothing,
    /// A part of a plan: the rest found no room in the transaction and is planned next.
    Part,
    /// An assignment.
    Assignment(CourseId, AssignmentRound),
    /// A completion.
    Completion(CompletionId),
    /// An exemption.
    Exemption(ExemptionId),
    /// A certificate.
    Certificate(CertificateId),
}

/// What came of a call: the file as it is now. Its head's version is the entity tag.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The file after the call.
    pub file: LearnerFile,
    /// What was made, or found made by an earlier, equal call.
    pub made: Made,
    /// Whether anything changed.
    pub changed: bool,
    /// The catalogue that was decided by.
    pub catalogue: Arc<Catalogue>,
}

/// The ground an act stands on.
pub(crate) struct Ground<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) settings: &'a Settings,
    pub(crate) today: jiff::civil::Date,
    pub(crate) cause: &'a Cause,
}

/// What an act says it did.
pub(crate) struct Act {
    pub(crate) made: Made,
    pub(crate) happened: Vec<Happened>,
}

impl Act {
    pub(crate) const fn nothing(made: Made) -> Self {
        Self { made, happened: Vec::new() }
    }

    pub(crate) fn of(made: Made, happened: Happened) -> Self {
        Self { made, happened: vec![happened] }
    }
}

/// A file, made from the directory's facts when it does not exist yet.
///
/// # Errors
/// [`TrainingError::UnknownPerson`] when the directory knows nobody; store errors.
pub async fn open_file(desk: &Desk<'_>, person: PersonId) -> Result<LearnerFile, TrainingError> {
    if let Some(file) = desk.reader.file(person).await? {
        return Ok(file);
    }
    let facts = desk.roster.facts(person).await?.ok_or(TrainingError::UnknownPerson(person))?;
    Ok(LearnerFile::new(facts))
}

/// Reads, acts, decides and commits; again when a race was lost.
pub(crate) async fn change(
    desk: &Desk<'_>,
    person: PersonId,
    call: &Call<'_>,
    act: &Acting<'_>,
) -> Result<Receipt, TrainingError> {
    change_with(desk, person, call, act, &Vec::new).await
}

/// Does something to a file on some ground.
pub(crate) type Acting<'a> = dyn Fn(&mut LearnerFile, &Ground<'_>) -> Result<Act, TrainingError> + Send + Sync + 'a;

/// [`change`], with writes of the caller's that belong into the same transaction. They are asked for after the act, and
/// only when there is something to write.
pub(crate) async fn change_with(
    desk: &Desk<'_>,
    person: PersonId,
    call: &Call<'_>,
    act: &Acting<'_>,
    beside: &(dyn Fn() -> Vec<Write> + Send + Sync),
) -> Result<Receipt, TrainingError> {
    let mut tries = TRIES;
    loop {
        let before = open_file(desk, person).await?;
        if call.expected.is_some_and(|expected| expected != before.head.version) {
            return Err(TrainingError::Stale);
        }
        let catalogue = Arc::new(desk.reader.catalogue().await?);
        match change_once(desk, &before, &catalogue, call, act, beside).await {
            Err(TrainingError::Store(StoreError::Conflict)) if call.expected.is_some() => {
                return Err(TrainingError::Stale);
            }
            Err(TrainingError::Store(StoreError::Conflict)) if tries > 1 => tries -= 1,
            done => return done,
        }
    }
}

async fn change_once(
    desk: &Desk<'_>,
    before: &LearnerFile,
    catalogue: &Arc<Catalogue>,
    call: &Call<'_>,
    act: &Acting<'_>,
    beside: &(dyn Fn() -> Vec<Write> + Send + Sync),
) -> Result<Receipt, TrainingError> {
    let (mut commit, receipt) = drafted(desk, before, catalogue, call.cause, act).await?;
    // What is answered is kept when it is whole.
    commit.once = call.once.filter(|_| receipt.made != Made::Part).map(|answer| answer(&receipt));
    if receipt.changed {
        commit.writes.extend(beside());
    }
    if receipt.changed || commit.once.is_some() {
        desk.writer.commit(commit, call.cause).await?;
    }
    Ok(receipt)
}

/// Acts on a file and draws the consequences: the commit that writes them, empty where nothing changed, and what came of
/// it. For whoever has more to write in the same transaction; a lost race is theirs to decide again.
pub(crate) async fn drafted(
    desk: &Desk<'_>,
    before: &LearnerFile,
    catalogue: &Arc<Catalogue>,
    cause: &Cause,
    act: &Acting<'_>,
) -> Result<(Commit<Write>, Receipt), TrainingError> {
    let now = cause.at;
    let ground = Ground { catalogue, settings: desk.settings, today: before.head.facts.today(now), cause };
    let mut file = before.clone();
    let Act { made, mut happened } = act(&mut file, &ground)?;
    let next_manager = next_manager(desk, &file).await?;
    let taken = BESIDE + happened.len() + writing::differences(before, &file);
    let (settings, mail, telling) = (desk.settings, desk.mail, Telling::Later);
    let context = Context { catalogue, settings, mail, now, telling, next_manager, taken };
    let decision = decide(&file, &context);
    happened.extend(decision.happened);
    let change = Change { before, after: decision.file, happened, digest: None };
    let (commit, file, changed) = commit(desk, change, cause).await?;
    Ok((commit, Receipt { file, made, changed, catalogue: Arc::clone(catalogue) }))
}

/// The manager's manager, asked for only where an escalation can need it.
pub(crate) async fn next_manager(desk: &Desk<'_>, file: &LearnerFile) -> Result<Option<PersonId>, TrainingError> {
    let facts = &file.head.facts;
    let late = file.assignments.iter().any(|it| it.is_open() && (it.became_overdue.is_some() || !it.lines.is_empty()));
    if !late || !desk.settings.escalates(&facts.country) {
        return Ok(None);
    }
    let Some(manager) = facts.manager else { return Ok(None) };
    Ok(desk.roster.facts(manager).await?.and_then(|facts| facts.manager))
}

/// Nobody judges their own thing.
pub(crate) fn not_own(cause: &Cause, person: PersonId) -> Result<(), TrainingError> {
    if cause.by == Principal::Person(person) { Err(TrainingError::OwnThing) } else { Ok(()) }
}
