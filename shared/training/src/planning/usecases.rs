//! What events do to the offers of a person. What was offered, taken back or moved is noted on the head of the file in
//! the same transaction, so that it is told once.

use futures::future::join_all;
use jiff::civil::Date;
use kernel::{Cause, PersonId};

use super::{Finding, Offers, by_finding, by_gaps};
use crate::{
    Settings, TrainingError,
    competency::CompetencyReader,
    events::Happened,
    model::{LearnerFile, NewsCause, NewsKind, PlanNews},
    rules::{decide::data, plan::first_day},
    usecases::{Act, Call, Desk, Made, change, remind::AT_ONCE, work::supersede},
};

/// What planning works with.
#[derive(Clone, Copy)]
pub struct PlanDesk<'a> {
    /// What use cases of files work with.
    pub desk: Desk<'a>,
    /// Reads people's competency.
    pub competency: &'a dyn CompetencyReader,
}

/// Plans a person's offers by what is known of their competency; says whether anything changed. Nobody is offered
/// anything while nothing was judged of them. Safe to repeat.
///
/// # Errors
/// Store errors.
pub async fn offer(plan: &PlanDesk<'_>, person: PersonId, cause: &Cause) -> Result<bool, TrainingError> {
    let Some(profile) = plan.competency.profile(person).await? else { return Ok(false) };
    offered(&plan.desk, person, NewsCause::Competency, cause, &|file, settings, catalogue, today| {
        by_gaps(file, &profile, catalogue, settings, today)
    })
    .await
}

/// Offers a course to those who work on what a kind of finding came back in; says how many could not be served. People
/// that nobody knows any more are passed over. Safe to repeat.
pub async fn answer_finding(desk: &Desk<'_>, finding: &Finding, cause: &Cause) -> u64 {
    let people: Vec<PersonId> = finding.people.iter().copied().collect();
    let mut failed = 0;
    for some in people.chunks(AT_ONCE) {
        let rule: &Planning<'_> =
            &|file, settings, catalogue, today| by_finding(file, &finding.area, catalogue, settings, today);
        let all = some.iter().map(|person| offered(desk, *person, NewsCause::RecurringFinding, cause, rule));
        failed += join_all(all).await.into_iter().map(|served| u64::from(served.is_err())).sum::<u64>();
    }
    failed
}

/// A rule that plans offers.
type Planning<'a> = dyn Fn(&LearnerFile, &Settings, &crate::model::Catalogue, Date) -> Offers + Send + Sync + 'a;

async fn offered(
    desk: &Desk<'_>,
    person: PersonId,
    why: NewsCause,
    cause: &Cause,
    rule: &Planning<'_>,
) -> Result<bool, TrainingError> {
    let made = change(desk, person, &Call::of(cause), &|file, ground| {
        let offers = rule(file, ground.settings, ground.catalogue, ground.today);
        let happened = apply(file, offers, ground.today);
        note(file, &happened, why, ground.settings, ground.today);
        Ok(Act { made: Made::Nothing, happened })
    })
    .await;
    match made {
        Ok(receipt) => Ok(receipt.changed),
        Err(TrainingError::UnknownPerson(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

pub(super) fn apply(file: &mut LearnerFile, offers: Offers, today: Date) -> Vec<Happened> {
    let first = first_day(&file.head.facts, today);
    let mut happened: Vec<Happened> =
        offers.cancel.iter().filter_map(|course| supersede(file, *course, today)).collect();
    for sooner in offers.sooner {
        let Some(offer) = file.open_mut(sooner.course) else { continue };
        offer.reason = sooner.reason;
        let from = offer.due;
        if sooner.due < from {
            offer.due = sooner.due;
            offer.counted_from = first;
            offer.acted();
            happened.push(Happened::MovedUp { assignment: data(offer), from });
        }
    }
    for offer in offers.assign {
        happened.push(Happened::Assigned(data(&offer)));
        file.assignments.push(offer);
    }
    happened
}

/// Notes what changed in the plan, to be told in the next digest. Before the program's first day nobody is told.
pub(crate) fn note(file: &mut LearnerFile, happened: &[Happened], cause: NewsCause, settings: &Settings, today: Date) {
    if settings.go_live.is_some_and(|live| today < live) {
        return;
    }
    let assigned = |course| happened.iter().any(|it| matches!(it, Happened::Assigned(new) if new.course == course));
    for one in happened {
        let (course, kind) = match one {
            Happened::Assigned(new) => (new.course, NewsKind::Added),
            // An offer that is required now was added, not taken back.
            Happened::Cancelled(old) if !assigned(old.course) => (old.course, NewsKind::Removed),
            Happened::MovedUp { assignment, .. } => (assignment.course, NewsKind::Sooner),
            _ => continue,
        };
        file.head.note(PlanNews { course, kind, cause });
    }
}
