//! What the directory's events and changed rules do to files: the projection is renewed, a joiner or somebody with a new
//! role gets a plan, everybody is looked at again and asked for what a path asks since then, and a person is forgotten.

use futures::future::join_all;
use kernel::{Cause, Commit, Limit, PersonId, Position, StoreError};

use super::{Act, Call, Desk, Made, Receipt, TRIES, change, work};
use crate::{
    TrainingError, Write, certificates,
    events::{Happened, StandingData},
    model::{LearnerFile, NewsCause},
    planning::onboarding,
    rules::{due, plan::Asked},
};

/// Why a file is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Occasion {
    /// The directory knows something new of the person.
    Person,
    /// Rules changed: what the role asks may be more than was planned.
    Rules,
}

/// How many days after the start somebody still counts as joining.
const JOINING_DAYS: i32 = 30;

/// Renews what a file holds of the directory. Facts older than those in the file are ignored. Somebody who is joining,
/// comes back after leaving, or whose role changed is planned for. Returns nothing when the directory knows nobody.
///
/// # Errors
/// Store errors.
pub async fn on_person_changed(
    desk: &Desk<'_>,
    person: PersonId,
    cause: &Cause,
) -> Result<Option<Receipt>, TrainingError> {
    look(desk, person, Occasion::Person, cause).await
}

async fn look(
    desk: &Desk<'_>,
    person: PersonId,
    occasion: Occasion,
    cause: &Cause,
) -> Result<Option<Receipt>, TrainingError> {
    let Some(facts) = desk.roster.facts(person).await? else { return Ok(None) };
    let receipt = change(desk, person, &Call::of(cause), &|file, ground| {
        let new = file.head.version == kernel::Version::ABSENT;
        let old = &file.head.facts;
        if facts.directory_version < old.directory_version {
            return Ok(Act::nothing(Made::Nothing));
        }
        let joins = facts.start.is_some_and(|start| due::plus(start, JOINING_DAYS) >= ground.today);
        let returns = !new && onboarding::returns(old, &facts);
        let plan = if new { joins } else { returns || old.job_role != facts.job_role };
        if returns {
            file.head.returned_on = facts.start;
            file.head.checked_in = None;
        }
        file.head.facts = facts.clone();
        let today = file.head.facts.today(ground.cause.at);
        let ground = super::Ground { today, ..*ground };
        let why = if new || returns { NewsCause::Joined } else { NewsCause::Role };
        Ok(match occasion {
            _ if plan => work::apply_plan(file, &ground, Asked::Again, Some(why)),
            _ if file.head.unplanned.is_some() => work::go_on(file, &ground),
            Occasion::Rules => work::apply_plan(file, &ground, Asked::Once, None),
            Occasion::Person => Act::nothing(Made::Nothing),
        })
    })
    .await?;
    work::whole(desk, receipt, &Call::of(cause)).await.map(Some)
}

/// Looks at everybody of a shard again, a page at a time, because settings, mail mode, catalogue or a large team changed:
/// what is known from the directory is renewed, what the role's path asks and was never asked of the person is planned,
/// what is due moves, and what is to be told comes up at the next run. Returns where the next page starts.
///
/// # Errors
/// Store errors of the page itself; those of single people are counted, and come up again when somebody reviews again.
pub async fn review_page(
    desk: &Desk<'_>,
    shard: u8,
    limit: Limit,
    after: Option<&Position>,
    cause: &Cause,
) -> Result<Reviewed, TrainingError> {
    let page = desk.reader.listed(shard, limit, after).await?;
    let reviewed = look_at_all(desk, &page.items, Occasion::Rules, cause).await;
    Ok(Reviewed { next: page.next, ..reviewed })
}

/// Renews what is held of these people, several at a time; nobody's failure stops the others.
pub async fn renew_all(desk: &Desk<'_>, people: &[PersonId], cause: &Cause) -> Reviewed {
    look_at_all(desk, people, Occasion::Person, cause).await
}

async fn look_at_all(desk: &Desk<'_>, people: &[PersonId], occasion: Occasion, cause: &Cause) -> Reviewed {
    let mut reviewed = Reviewed { next: None, people: 0, changed: 0, failed: 0 };
    for some in people.chunks(super::remind::AT_ONCE) {
        for done in join_all(some.iter().map(|person| look(desk, *person, occasion, cause))).await {
            reviewed.people += 1;
            match done {
                Ok(receipt) => reviewed.changed += u64::from(receipt.is_some_and(|receipt| receipt.changed)),
                Err(_) => reviewed.failed += 1,
            }
        }
    }
    reviewed
}

/// What a page of reviews did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    /// Where the next page starts, absent on the last.
    pub next: Option<Position>,
    /// Files looked at.
    pub people: u64,
    /// Of them changed.
    pub changed: u64,
    /// Files that could not be looked at.
    pub failed: u64,
}

/// How many items of a file one commit forgets: well under a transaction's hundred, with each assignment's lines.
const FORGOTTEN_AT_ONCE: usize = 5;

/// Empties the file of somebody who is forgotten. Its head stays until [`forget`], so that whatever rests on what was in
/// the file and has not been written yet never is, and what was written is there to be forgotten.
///
/// # Errors
/// Store errors.
pub async fn empty(desk: &Desk<'_>, person: PersonId, cause: &Cause) -> Result<(), TrainingError> {
    clear(desk, person, Until::Empty, cause).await.map(|_| ())
}

/// Forgets everything held on a person; roll-ups lose what the person contributed. Safe to repeat, also after it
/// stopped half way: the head goes last, with the event that takes the contribution away.
///
/// # Errors
/// Store errors.
pub async fn forget(desk: &Desk<'_>, person: PersonId, cause: &Cause) -> Result<bool, TrainingError> {
    clear(desk, person, Until::Gone, cause).await
}

/// How far a file is cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// Nothing is left but the head.
    Empty,
    /// Nothing is left.
    Gone,
}

/// Clears a file; says whether there was one.
async fn clear(desk: &Desk<'_>, person: PersonId, until: Until, cause: &Cause) -> Result<bool, TrainingError> {
    let mut conflicts = 0;
    let mut found = false;
    loop {
        let Some(file) = desk.reader.file(person).await? else { return Ok(found) };
        found = true;
        let (commit, last) = forget_some(&file, cause);
        if last && until == Until::Empty {
            return Ok(found);
        }
        match desk.writer.commit(commit, cause).await {
            Ok(()) if last => return Ok(true),
            Ok(()) => {}
            Err(StoreError::Conflict) if conflicts < TRIES => conflicts += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

fn forget_some(file: &LearnerFile, cause: &Cause) -> (Commit<Write>, bool) {
    let person = file.person();
    let mut writes = Vec::new();
    for assignment in file.assignments.iter().take(FORGOTTEN_AT_ONCE) {
        writes.push(Write::ForgetAssignment { person, course: assignment.course, round: assignment.round });
        writes.extend(assignment.lines.iter().map(|placed| Write::DropLine {
            owner: placed.owner,
            kind: placed.kind,
            person,
            course: assignment.course,
        }));
    }
    for completion in file.completions.iter().take(FORGOTTEN_AT_ONCE) {
        let id = completion.id;
        writes.push(Write::ForgetCompletion { person, course: completion.course, completion: id });
        if completion.is_waiting() {
            writes.push(Write::DropCheck(id));
        }
    }
    for exemption in file.exemptions.iter().take(FORGOTTEN_AT_ONCE) {
        writes.push(Write::ForgetExemption { person, course: exemption.course, exemption: exemption.id });
    }
    for certificate in file.certificates.iter().take(FORGOTTEN_AT_ONCE) {
        writes.push(Write::Certificates(certificates::Write::Forget { person, certificate: certificate.id }));
    }
    let before = file.head.version;
    if writes.is_empty() {
        let mut events = Vec::new();
        if let Some(from) = file.head.standing.clone() {
            let gone = Happened::StandingChanged(StandingData { from: Some(from), to: None });
            events.push(gone.event(person, cause));
        }
        events.push(Happened::Forgotten.event(person, cause));
        let mut commit = Commit::of(vec![Write::ForgetLearner { person, before }]);
        commit.events = events;
        return (commit, true);
    }
    let mut head = file.head.clone();
    head.version = before.next();
    // Nobody reminds of a file that is being forgotten.
    head.next_at = None;
    writes.insert(0, Write::Learner { before, head: Box::new(head) });
    (Commit::of(writes), false)
}
