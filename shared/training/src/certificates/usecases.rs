//! What people do with certificates: record and change an external one, look at it, withdraw it. Each is one version more,
//! written with the file's head in one commit.

use kernel::{CertificateId, PersonId};

use super::{
    Certificate, CertificateState, Error, External, Facts, MOST_AREAS, MOST_EXTERNAL, MOST_VERSIONS, model::Stamp,
    rules::said,
};
use crate::{
    TrainingError, events,
    model::{FreeText, LearnerFile},
    usecases::{Act, Call, Desk, Ground, Made, Receipt, change, not_own},
};

impl Ground<'_> {
    fn stamp(&self) -> Stamp {
        Stamp { on: self.today, at: self.cause.at, by: self.cause.by.clone() }
    }
}

/// Records what somebody outside certified. It counts once somebody else verified it. The same one is the same
/// certificate, however often it is recorded.
///
/// # Errors
/// [`Error`] for dates, areas or a renewal that are not possible, one that is recorded already with other evidence or
/// areas, and a full file; [`TrainingError::Left`]; store errors.
pub async fn record(
    desk: &Desk<'_>,
    person: PersonId,
    external: &External,
    call: &Call<'_>,
) -> Result<Receipt, TrainingError> {
    change(desk, person, call, &|file, ground| {
        if file.head.facts.has_left(ground.today) {
            return Err(TrainingError::Left(person));
        }
        let open = |it: &&Certificate| it.is_waiting() || it.counts();
        if let Some(same) = file.certificates.iter().filter(open).find(|it| it.external() == Some(external)) {
            return Ok(Act::nothing(Made::Certificate(same.id)));
        }
        let known =
            file.certificates.iter().filter(open).find(|it| it.external().is_some_and(|it| it.is_same(external)));
        if let Some(known) = known {
            return Err(Error::Recorded(known.id).into());
        }
        if file.certificates.iter().filter(|it| it.external().is_some()).count() >= MOST_EXTERNAL {
            return Err(Error::TooMany.into());
        }
        let id = CertificateId::new(ground.cause.at);
        possible(file, id, external, ground)?;
        let facts = Facts::External(external.clone());
        let certificate = Certificate::new(id, ground.stamp().entry(facts, CertificateState::Submitted));
        let happened = said(events::CERTIFICATE_RECORDED, &certificate);
        file.certificates.push(certificate);
        Ok(Act::of(Made::Certificate(id), happened))
    })
    .await
}

/// Says something else in an external certificate that is not closed. What was verified waits for a look again.
///
/// # Errors
/// As [`record`]; [`Error::Unknown`], [`Error::Closed`] and [`Error::TooManyVersions`].
pub async fn correct(
    desk: &Desk<'_>,
    person: PersonId,
    certificate: CertificateId,
    external: &External,
    call: &Call<'_>,
) -> Result<Receipt, TrainingError> {
    change(desk, person, call, &|file, ground| {
        let made = Made::Certificate(certificate);
        let found = open(file, certificate)?;
        if found.external() == Some(external) {
            return Ok(Act::nothing(made));
        }
        if found.version() >= MOST_VERSIONS {
            return Err(Error::TooManyVersions(certificate).into());
        }
        possible(file, certificate, external, ground)?;
        let found = open(file, certificate)?;
        found.add(ground.stamp().entry(Facts::External(external.clone()), CertificateState::Submitted));
        Ok(Act::of(made, said(events::CERTIFICATE_CHANGED, found)))
    })
    .await
}

/// What a look at a certificate came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is true.
    Verified,
    /// It is not, or cannot be seen to be.
    Declined(FreeText),
}

/// Looks at a certificate that waits. With a verified one, the one that it renews ends, unless it has lapsed.
///
/// # Errors
/// [`Error::NotWaiting`], one's own, or [`Error::OwnSubmission`]; store errors.
pub async fn check(
    desk: &Desk<'_>,
    person: PersonId,
    certificate: CertificateId,
    verdict: &Verdict,
    call: &Call<'_>,
) -> Result<Receipt, TrainingError> {
    not_own(call.cause, person)?;
    change(desk, person, call, &|file, ground| {
        let made = Made::Certificate(certificate);
        let found = found(file, certificate)?;
        if !found.is_waiting() {
            return Err(Error::NotWaiting(certificate).into());
        }
        if found.now().by == ground.cause.by {
            return Err(Error::OwnSubmission.into());
        }
        let stamp = ground.stamp();
        let (state, kind) = match verdict {
            Verdict::Verified => (CertificateState::Verified, events::CERTIFICATE_VERIFIED),
            Verdict::Declined(reason) => {
                (CertificateState::Declined { reason: reason.clone() }, events::CERTIFICATE_DECLINED)
            }
        };
        found.turn(state, &stamp);
        let mut happened = vec![said(kind, found)];
        let before = found.facts().renews().filter(|_| *verdict == Verdict::Verified);
        let valid = |it: &Certificate| it.facts().expires().is_none_or(|expires| expires >= stamp.on);
        for old in file.certificates.iter_mut().filter(|it| Some(it.id) == before && it.counts() && valid(it)) {
            old.turn(CertificateState::Renewed { successor: certificate }, &stamp);
            happened.push(said(events::CERTIFICATE_RENEWED, old));
        }
        Ok(Act { made, happened })
    })
    .await
}

/// Takes an external certificate back. Taking it back twice changes nothing.
///
/// # Errors
/// [`Error::Unknown`] and [`Error::Closed`]; store errors.
pub async fn withdraw(
    desk: &Desk<'_>,
    person: PersonId,
    certificate: CertificateId,
    call: &Call<'_>,
) -> Result<Receipt, TrainingError> {
    change(desk, person, call, &|file, ground| {
        let made = Made::Certificate(certificate);
        if *found(file, certificate)?.state() == CertificateState::Withdrawn {
            return Ok(Act::nothing(made));
        }
        let found = open(file, certificate)?;
        found.turn(CertificateState::Withdrawn, &ground.stamp());
        Ok(Act::of(made, said(events::CERTIFICATE_WITHDRAWN, found)))
    })
    .await
}

fn found(file: &mut LearnerFile, certificate: CertificateId) -> Result<&mut Certificate, Error> {
    file.certificates.iter_mut().find(|it| it.id == certificate).ok_or(Error::Unknown(certificate))
}

/// An external certificate that can still be changed or taken back.
fn open(file: &mut LearnerFile, certificate: CertificateId) -> Result<&mut Certificate, Error> {
    let found = found(file, certificate)?;
    let open = matches!(
        found.state(),
        CertificateState::Submitted | CertificateState::Verified | CertificateState::Declined { .. }
    );
    if open && found.external().is_some() { Ok(found) } else { Err(Error::Closed(certificate)) }
}

/// Whether a certificate of this id can say this.
fn possible(file: &LearnerFile, id: CertificateId, external: &External, ground: &Ground<'_>) -> Result<(), Error> {
    if external.issued > ground.today {
        return Err(Error::FromTheFuture);
    }
    if external.expires.is_some_and(|expires| expires <= external.issued) {
        return Err(Error::ExpiresBefore);
    }
    if external.areas.len() > MOST_AREAS {
        return Err(Error::TooManyAreas);
    }
    let Some(renewed) = external.renews else { return Ok(()) };
    let all = || file.certificates.iter().filter(|it| it.id != id);
    // Of two that renew the same one, neither would be its successor.
    let taken = all().any(|it| (it.is_waiting() || it.counts()) && it.facts().renews() == Some(renewed));
    let renewable = all().any(|it| {
        let state = match it.state() {
            CertificateState::Verified | CertificateState::Lapsed => true,
            CertificateState::Renewed { successor } => *successor == id,
            _ => false,
        };
        it.id == renewed && it.external().is_some() && state
    });
    if renewable && !taken { Ok(()) } else { Err(Error::RenewsNothing(renewed)) }
}
