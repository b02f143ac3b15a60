//! From a file before and after to the writes between them: only what differs is written, the head always, so that its
//! version guards the rest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kernel::{Cause, Commit, CourseId, LocalTime, PersonId};

use super::Desk;
use crate::{
    TrainingError, Write, certificates,
    events::Happened,
    model::{BoxKind, BoxLine, Check, LearnerFile, Tray},
    rules::{Digest, due},
};

/// A change of a file, decided.
pub(crate) struct Change<'a> {
    pub(crate) before: &'a LearnerFile,
    pub(crate) after: LearnerFile,
    pub(crate) happened: Vec<Happened>,
    pub(crate) digest: Option<Digest>,
}

/// The commit of a change, the file with its new version, and whether there is anything to write.
pub(crate) async fn commit(
    desk: &Desk<'_>,
    change: Change<'_>,
    cause: &Cause,
) -> Result<(Commit<Write>, LearnerFile, bool), TrainingError> {
    let Change { before, mut after, happened, digest } = change;
    let new = before.head.version == kernel::Version::ABSENT;
    if !new && *before == after && happened.is_empty() && digest.is_none() {
        return Ok((Commit::of(Vec::new()), after, false));
    }
    after.head.version = before.head.version.next();
    let person = after.person();
    let mut writes = vec![Write::Learner { before: before.head.version, head: Box::new(after.head.clone()) }];
    for assignment in &after.assignments {
        if before.assignment(assignment.course, assignment.round) != Some(assignment) {
            writes.push(Write::Assignment { person, assignment: Box::new(assignment.clone()) });
        }
    }
    for completion in &after.completions {
        let old = before.completion(completion.id);
        if old == Some(completion) {
            continue;
        }
        if completion.is_waiting() {
            writes.push(Write::Check(Check {
                completion: completion.id,
                person,
                course: completion.course,
                completed_on: completion.completed_on,
                recorded_on: completion.recorded_on,
            }));
        } else if old.is_some_and(crate::model::Completion::is_waiting) {
            writes.push(Write::DropCheck(completion.id));
        }
        writes.push(Write::Completion { person, completion: completion.clone() });
    }
    for exemption in &after.exemptions {
        if before.exemption(exemption.id) != Some(exemption) {
            writes.push(Write::Exemption { person, exemption: exemption.clone() });
        }
    }
    for certificate in &after.certificates {
        if before.certificate(certificate.id) != Some(certificate) {
            let certificate = Box::new(certificate.clone());
            writes.push(Write::Certificates(certificates::Write::Put { person, certificate }));
        }
    }
    writes.extend(line_writes(desk, before, &after, cause.at).await?);
    let mut commit = Commit::of(writes);
    commit.events = happened.iter().map(|it| it.event(person, cause)).collect();
    commit.mails = digest.iter().map(|digest| digest.mail(person, cause.at)).collect();
    Ok((commit, after, true))
}

/// How many writes the differences between a file before and after come to, without its head and without the lines in
/// others' boxes.
pub(crate) fn differences(before: &LearnerFile, after: &LearnerFile) -> usize {
    let assignments = after.assignments.iter().filter(|it| before.assignment(it.course, it.round) != Some(it)).count();
    let completions = after.completions.iter().filter(|it| before.completion(it.id) != Some(it)).count();
    let exemptions = after.exemptions.iter().filter(|it| before.exemption(it.id) != Some(it)).count();
    let certificates = after.certificates.iter().filter(|it| before.certificate(it.id) != Some(it)).count();
    // A completion may put a check, or remove it.
    assignments + 2 * completions + exemptions + certificates
}

type Place = (PersonId, BoxKind, CourseId);

fn lines(file: &LearnerFile) -> BTreeMap<Place, BoxLine> {
    let placed = file.assignments.iter().flat_map(|it| it.lines.iter());
    placed.map(|it| ((it.owner, it.kind, it.line.course), it.line)).collect()
}

async fn line_writes(
    desk: &Desk<'_>,
    before: &LearnerFile,
    after: &LearnerFile,
    now: Timestamp,
) -> Result<Vec<Write>, TrainingError> {
    let (old, new) = (lines(before), lines(after));
    let person = after.person();
    let mut writes = Vec::new();
    let mut boxes = BTreeSet::new();
    for (place @ (owner, kind, _), line) in &new {
        if old.get(place) != Some(line) {
            writes.push(Write::Line { owner: *owner, kind: *kind, line: *line });
            boxes.insert((*owner, *kind));
        }
    }
    for place @ (owner, kind, course) in old.keys() {
        if !new.contains_key(place) {
            writes.push(Write::DropLine { owner: *owner, kind: *kind, person, course: *course });
        }
    }
    for (owner, kind) in boxes {
        writes.extend(wake(desk, owner, kind, now).await?);
    }
    Ok(writes)
}

/// Wakes a box that sleeps or was found empty; one that is awake is left alone, so that people whose lines go to the
/// same box do not race.
async fn wake(desk: &Desk<'_>, owner: PersonId, kind: BoxKind, now: Timestamp) -> Result<Option<Write>, TrainingError> {
    let tray = desk.reader.tray(owner, kind).await?.unwrap_or_else(|| Tray::new(owner, kind));
    if tray.next_at.is_some() && tray.empty_visits == 0 {
        return Ok(None);
    }
    let before = tray.version;
    let last = tray.last_digest.max(tray.last_preview);
    // The owner's zone is not known here; the visit settles the hour.
    let week_later = last.map(|last| kernel::ZoneName::parse("UTC").map(|utc| utc.instant_of(due::plus(last, 7), 0)));
    let at = week_later.and_then(Result::ok).map_or(now, |at| at.max(now));
    let next_at = Some(tray.next_at.map_or(at, |planned| planned.min(at)));
    Ok(Some(Write::Tray { before, tray: Tray { next_at, empty_visits: 0, version: before.next(), ..tray } }))
}
