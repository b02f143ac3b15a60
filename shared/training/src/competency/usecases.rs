//! What others do with this room: hand in what was judged, and forget a person.

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use kernel::{Cause, Commit, Event, PersonId, StoreError};

use super::{CompetencyReader, Error, Evidence, Profile, Write};
use crate::{TrainingError, TrainingWriter, events, usecases::TRIES};

/// Takes evidence of one judgement into a person's profile. What comes back belongs into the commit of the judgement, so
/// that neither is there without the other; nothing comes back for evidence that is known already. The profile is
/// written at most once however many areas the evidence is of, and guarded by its version: a lost race is the whole
/// commit's, to be read and decided again.
///
/// # Errors
/// [`TrainingError::Competency`] for a score above the scale, a day to come, evidence that contradicts what the same
/// judgement said before, or more areas than are kept; store errors.
pub async fn judged(
    reader: &dyn CompetencyReader,
    person: PersonId,
    evidence: &[Evidence],
    cause: &Cause,
) -> Result<(Vec<Write>, Vec<Event>), TrainingError> {
    let old = reader.profile(person).await?.unwrap_or_else(|| Profile::new(person));
    let mut profile = old.clone();
    let mut happened = Vec::new();
    for one in evidence {
        not_to_come(one.on, cause)?;
        if profile.take(one)? {
            happened.push(events::judged(person, one, cause));
        }
    }
    if profile == old {
        return Ok((Vec::new(), happened));
    }
    let before = old.version;
    profile.version = before.next();
    Ok((vec![Write::Profile { before, profile: Box::new(profile) }], happened))
}

/// A day may have begun east of where the clock is read, and no further.
fn not_to_come(on: Date, cause: &Cause) -> Result<(), Error> {
    let today = cause.at.to_zoned(TimeZone::UTC).date();
    if on > today.saturating_add(1.day()) { Err(Error::Future(on)) } else { Ok(()) }
}

/// Forgets a person's profile. Safe to repeat; says whether there was one.
///
/// # Errors
/// Store errors.
pub async fn forget(
    reader: &dyn CompetencyReader,
    writer: &dyn TrainingWriter,
    person: PersonId,
    cause: &Cause,
) -> Result<bool, TrainingError> {
    let mut tries = TRIES;
    loop {
        let Some(profile) = reader.profile(person).await? else { return Ok(false) };
        let write = Write::Forget { person, before: profile.version };
        match writer.commit(Commit::of(vec![crate::Write::Competency(write)]), cause).await {
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            done => return done.map(|()| true).map_err(TrainingError::from),
        }
    }
}
