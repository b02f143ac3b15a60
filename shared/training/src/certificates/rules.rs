//! What a decision notices of certificates: one lapsed, a path is done or was renewed, an end comes near. Each is noticed
//! once, whatever the mail mode, and only of people who have not left.
//!
//! A path's certificate is awarded when every course that the path requires of the person's role is validly completed. A
//! course that the person is exempt from was not completed: a certificate says what was done. It is valid until the first
//! of its courses lapses, and renewed when that day moves on or when the path requires a course that it does not cover. What
//! was awarded stays what it was, whatever becomes of path and catalogue.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use kernel::{CertificateId, JobRole, Principal};

use super::{Certificate, CertificateState, Covered, ExpiryRung, Facts, PathAward, model::Stamp};
use crate::{
    Settings,
    events::{self, Happened},
    model::{Catalogue, LearnerFile},
};

/// How many certificates one decision lapses or says to end soon: each is an item and an event. What is awarded is not
/// counted, because it belongs to the transaction that makes it true.
const NOTICED_AT_ONCE: usize = 2;
/// How many writes they are at most.
pub(crate) const MOST_NOTICED: usize = 2 * NOTICED_AT_ONCE;

/// What was noticed.
pub(crate) struct Noticed {
    pub(crate) happened: Vec<Happened>,
    /// More is to be noticed than fits into one decision.
    pub(crate) crowded: bool,
    /// How many lapsed or were said to end soon.
    count: usize,
}

/// Brings the certificates of a file up to a moment. Doing it again changes nothing.
pub(crate) fn notice(
    file: &mut LearnerFile,
    catalogue: &Catalogue,
    settings: &Settings,
    today: Date,
    now: Timestamp,
) -> Noticed {
    let mut noticed = Noticed { happened: Vec::new(), crowded: false, count: 0 };
    if file.head.facts.has_left(today) {
        return noticed;
    }
    let stamp = Stamp { on: today, at: now, by: Principal::Program };
    lapse(file, &stamp, &mut noticed);
    if let Some(award) = due_award(file, catalogue, settings, today) {
        give(file, award, &stamp, &mut noticed);
    }
    announce(file, today, &mut noticed);
    noticed
}

impl Noticed {
    /// Takes the room of one more; where there is none, somebody must look again.
    const fn takes(&mut self) -> bool {
        self.crowded |= self.count >= NOTICED_AT_ONCE;
        self.count += 1;
        !self.crowded
    }
}

/// What is said of a certificate.
pub(super) const fn said(kind: &'static str, certificate: &Certificate) -> Happened {
    Happened::Certificate { kind, certificate: certificate.id, expires: certificate.facts().expires() }
}

fn lapse(file: &mut LearnerFile, stamp: &Stamp, noticed: &mut Noticed) {
    for certificate in file.certificates.iter_mut().filter(|it| it.counts()) {
        if certificate.facts().expires().is_some_and(|expires| expires < stamp.on) {
            if !noticed.takes() {
                break;
            }
            certificate.turn(CertificateState::Lapsed, stamp);
            noticed.happened.push(said(events::CERTIFICATE_LAPSED, certificate));
        }
    }
}

fn announce(file: &mut LearnerFile, today: Date, noticed: &mut Noticed) {
    for certificate in file.certificates.iter_mut().filter(|it| it.counts()) {
        let Some(expires) = certificate.facts().expires() else { continue };
        let near = ExpiryRung::FIRST.day(expires) <= today && today <= expires;
        if near && certificate.announced != Some(expires) {
            if !noticed.takes() {
                break;
            }
            certificate.announced = Some(expires);
            noticed.happened.push(said(events::CERTIFICATE_EXPIRING, certificate));
        }
    }
}

/// The award that the file's completions are worth today; nothing while a required course is missing, or where the path
/// requires none.
pub fn earned(file: &LearnerFile, catalogue: &Catalogue, settings: &Settings, today: Date) -> Option<PathAward> {
    let job_role = file.head.facts.job_role;
    let required = catalogue.required(job_role, settings.threat_modelling_course.as_ref());
    if required.is_empty() {
        return None;
    }
    let mut award = PathAward { job_role, issued: today, expires: None, covers: Vec::new(), renews: None };
    for (course, _) in required {
        let done = file.done(course, today)?;
        let last = catalogue.course(course)?.last_valid_day(done.completed_on);
        if last.is_some_and(|last| last < today) {
            return None;
        }
        award.expires = award.expires.into_iter().chain(last).min();
        award.covers.push(Covered { course, completion: done.id });
    }
    Some(award)
}

/// The award before the next one: the path's certificate that no other renews.
fn latest(file: &LearnerFile, job_role: JobRole) -> Option<&Certificate> {
    let awards = || file.certificates.iter().filter_map(|it| Some((it, it.award()?)));
    let renewed: BTreeSet<CertificateId> = awards().filter_map(|(_, award)| award.renews).collect();
    awards().find(|(it, award)| award.job_role == job_role && !renewed.contains(&it.id)).map(|(it, _)| it)
}

/// The award that is to be made, if any.
fn due_award(file: &LearnerFile, catalogue: &Catalogue, settings: &Settings, today: Date) -> Option<PathAward> {
    let award = earned(file, catalogue, settings, today)?;
    let Some(before) = latest(file, award.job_role) else { return Some(award) };
    let renewing = match before.award() {
        Some(old) if before.counts() => {
            let later = match (old.expires, award.expires) {
                (Some(old), Some(new)) => new > old,
                (Some(_), None) => true,
                (None, _) => false,
            };
            let covered = |course| old.covers.iter().any(|covered| covered.course == course);
            later || award.covers.iter().any(|it| !covered(it.course))
        }
        _ => true,
    };
    renewing.then_some(PathAward { renews: Some(before.id), ..award })
}

/// Awards; with a new entry the former one, where it still counts, ends.
fn give(file: &mut LearnerFile, award: PathAward, stamp: &Stamp, noticed: &mut Noticed) {
    let id = CertificateId::new(stamp.at);
    let before = award.renews;
    for old in file.certificates.iter_mut().filter(|it| Some(it.id) == before && it.counts()) {
        old.turn(CertificateState::Renewed { successor: id }, stamp);
        noticed.happened.push(said(events::CERTIFICATE_RENEWED, old));
    }
    let certificate = Certificate::new(id, stamp.entry(Facts::Path(award), CertificateState::Awarded));
    noticed.happened.push(said(events::CERTIFICATE_AWARDED, &certificate));
    file.certificates.push(certificate);
}
