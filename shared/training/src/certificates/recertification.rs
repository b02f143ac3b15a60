//! What the state machine of a recertification asks, time and again, from the day a certificate's end comes near: whether
//! it was renewed. Asking has the file decided, so that the rounds of the courses behind a path's certificate open when
//! their time has come and the lapse is noticed when it has; asking again changes nothing.

use jiff::{Timestamp, civil::Date};
use kernel::{Cause, CertificateId, LocalTime, PersonId};

use super::{Certificate, CertificateState, ExpiryRung};
use crate::{
    Settings, TrainingError,
    model::LearnerFile,
    rules::due::plus,
    usecases::{Act, Call, Desk, Made, change},
};

/// Which end of which certificate: what an execution is about, and named after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recertification {
    /// Whose.
    pub person: PersonId,
    /// Which certificate.
    pub certificate: CertificateId,
    /// Its last valid day.
    pub expires: Date,
}

impl Recertification {
    /// The name under which an execution is started, so that starting twice starts one: at most 80 letters, digits and
    /// hyphens.
    pub fn name(&self) -> String {
        let (person, certificate) = (self.person.as_uuid().simple(), self.certificate.as_uuid().simple());
        format!("{person}-{certificate}-{}", self.expires.strftime("%Y%m%d"))
    }
}

/// What an answer comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It still counts, or waits for somebody's look: ask again then.
    Waiting(Timestamp),
    /// Another certificate took its place.
    Renewed,
    /// Its last valid day is over.
    Lapsed,
    /// It was withdrawn or declined, or ends on another day now.
    Withdrawn,
    /// Certificate or person is not there any more.
    Gone,
}

/// Looks after one recertification.
///
/// # Errors
/// Store errors; asking again is safe.
pub async fn look_after(desk: &Desk<'_>, what: Recertification, cause: &Cause) -> Result<Outcome, TrainingError> {
    // A file is not made for somebody who was forgotten.
    if desk.reader.file(what.person).await?.is_none() {
        return Ok(Outcome::Gone);
    }
    let looked = change(desk, what.person, &Call::of(cause), &|_, _| Ok(Act::nothing(Made::Nothing))).await;
    match looked {
        Ok(receipt) => Ok(outcome(&receipt.file, what, desk.settings, cause.at)),
        Err(TrainingError::UnknownPerson(_)) => Ok(Outcome::Gone),
        Err(error) => Err(error),
    }
}

/// Where a recertification stands at a moment.
pub fn outcome(file: &LearnerFile, what: Recertification, settings: &Settings, now: Timestamp) -> Outcome {
    let facts = &file.head.facts;
    let today = facts.today(now);
    let found = file.certificates.iter().find(|it| it.id == what.certificate);
    let Some(certificate) = found.filter(|_| !facts.has_left(today)) else { return Outcome::Gone };
    if certificate.facts().expires() != Some(what.expires) {
        return Outcome::Withdrawn;
    }
    match certificate.state() {
        CertificateState::Renewed { .. } => Outcome::Renewed,
        CertificateState::Lapsed => ended(file, certificate),
        // Of many that end on one day a decision writes some down, and the next run the others.
        CertificateState::Verified | CertificateState::Awarded if what.expires < today => ended(file, certificate),
        CertificateState::Withdrawn | CertificateState::Declined { .. } => Outcome::Withdrawn,
        CertificateState::Submitted | CertificateState::Verified | CertificateState::Awarded => {
            let lead = plus(what.expires, -i32::from(settings.recertification_lead_days));
            let days = ExpiryRung::ALL.into_iter().map(|rung| rung.day(what.expires));
            let next = days.chain([lead, plus(what.expires, 1)]).filter(|day| *day > today).min();
            let hour = i8::try_from(settings.send_hour).unwrap_or(8);
            next.map_or(Outcome::Withdrawn, |day| Outcome::Waiting(facts.zone.instant_of(day, hour)))
        }
    }
}

/// What became of one whose last valid day is over: a later one that counts may have taken its place all the same.
fn ended(file: &LearnerFile, over: &Certificate) -> Outcome {
    let renewed = file.certificates.iter().any(|it| it.counts() && it.facts().renews() == Some(over.id));
    if renewed { Outcome::Renewed } else { Outcome::Lapsed }
}
