//! What the page behind a mail link does. Opening it only looks; a button acts. A link is bound to person, course, round
//! and nonce; any act on the assignment changes the nonce and so ends every link mailed before.

use jiff::civil::Date;
use kernel::{DateSpan, PersonId, StoreError};

use super::{
    Act, Call, Desk, Made, Receipt, change, records,
    work::{not_too_far, take_back},
};
use crate::{
    TrainingError,
    events::Happened,
    model::{Ask, AskKind, Assignment, CompletionSource, Course, LearnerFile, LinkClaims},
    rules::{decide::data, due},
};

/// What a person answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkAnswer {
    /// Done: a self-report for that day.
    Done {
        /// The day it was done; absent: today.
        on: Option<Date>,
    },
    /// More time is needed: the manager's box shows it; whoever may extend decides.
    MoreTime {
        /// By when it could be done; absent where the person does not say.
        until: Option<Date>,
    },
    /// Away for a while: said as an event, on which the directory records the absence.
    OnLeave {
        /// The first day away; absent: today.
        from: Option<Date>,
        /// The last day away.
        until: Date,
    },
    /// The course does not fit: the manager's box shows it; whoever may cancel decides.
    NotMyRole,
}

/// What a link's page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkView {
    /// The assignment.
    pub assignment: Assignment,
    /// Its course.
    pub course: Course,
    /// The due date in effect, absent while nothing falls due.
    pub due: Option<Date>,
    /// The person's day.
    pub today: Date,
    /// The person's language.
    pub language: String,
}

/// Looks at a link; changes nothing.
///
/// # Errors
/// [`TrainingError::LinkEnded`] when it was used or overtaken; store errors.
pub async fn look(desk: &Desk<'_>, claims: &LinkClaims, now: jiff::Timestamp) -> Result<LinkView, TrainingError> {
    let file = desk.reader.file(claims.person).await?.ok_or(TrainingError::LinkEnded)?;
    let assignment = bound(file.assignment(claims.course, claims.round), claims)?.clone();
    let catalogue = desk.reader.catalogue().await?;
    let course = catalogue.course(claims.course).ok_or(TrainingError::LinkEnded)?.clone();
    let due = due::effective(&assignment, &file.pauses(claims.course), desk.settings);
    let facts = &file.head.facts;
    Ok(LinkView { assignment, course, due, today: facts.today(now), language: facts.language.clone() })
}

/// Acts on a link, once.
///
/// # Errors
/// [`TrainingError::LinkEnded`] when it was used or overtaken, dates that cannot be; store errors.
pub async fn act(
    desk: &Desk<'_>,
    claims: &LinkClaims,
    answer: LinkAnswer,
    call: &Call<'_>,
) -> Result<Receipt, TrainingError> {
    let done = change(desk, claims.person, call, &|file, ground| {
        bound(file.assignment(claims.course, claims.round), claims)?;
        let today = ground.today;
        if let LinkAnswer::Done { on } = answer {
            let report = records::Report {
                person: claims.person,
                course: claims.course,
                on: on.unwrap_or(today),
                source: CompletionSource::SelfReport,
                score: None,
            };
            return records::record(file, ground, &report);
        }
        let assignment = file.open_mut(claims.course).ok_or(TrainingError::LinkEnded)?;
        assignment.acted();
        let made = Made::Assignment(assignment.course, assignment.round);
        let asked = |ask: AskKind, until| Happened::Asked { assignment: data(assignment), ask, until };
        match answer {
            LinkAnswer::Done { .. } => Ok(Act::nothing(made)),
            LinkAnswer::OnLeave { from, until } => {
                let from = from.unwrap_or(today);
                if until < today || until > due::plus(today, 366) {
                    return Err(TrainingError::Date("a leave ends today or within a year"));
                }
                if !DateSpan::new(from, Some(until)).is_ok_and(|span| span.is_own_absence(today)) {
                    return Err(TrainingError::Date("a leave starts on its last day or earlier, at most 7 days ago"));
                }
                let happened = vec![asked(AskKind::OnLeave, None), Happened::AbsenceReported { from, until }];
                Ok(Act { made, happened })
            }
            LinkAnswer::MoreTime { until } => {
                if let Some(until) = until {
                    if until <= today {
                        return Err(TrainingError::Date("more time ends after today"));
                    }
                    not_too_far(until, ground)?;
                }
                let act = Act::of(made, asked(AskKind::MoreTime, until));
                assignment.ask = Some(Ask { kind: AskKind::MoreTime, on: today, until });
                Ok(act)
            }
            LinkAnswer::NotMyRole => {
                let said = asked(AskKind::NotMyRole, None);
                if assignment.is_offered() {
                    // An offer is declined by its reader; nobody need answer.
                    return Ok(Act { made, happened: vec![said, take_back(assignment, today)] });
                }
                let act = Act::of(made, said);
                assignment.ask = Some(Ask { kind: AskKind::NotMyRole, on: today, until: None });
                Ok(act)
            }
        }
    })
    .await;
    match done {
        // Two clicks at once: the other one acted.
        Err(TrainingError::Store(StoreError::Conflict)) => Err(TrainingError::LinkEnded),
        done => done,
    }
}

/// What the link shows by which digests without anything required are declined, and asked for again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptOutView {
    /// The person's language.
    pub language: String,
    /// Whether the person declines them now: then the link asks for them again.
    pub declined: bool,
}

/// Looks at the link by which digests without anything required are declined; changes nothing.
///
/// # Errors
/// [`TrainingError::LinkEnded`] when it was used for both, or is overtaken; store errors.
pub async fn look_opt_out(desk: &Desk<'_>, person: PersonId, nonce: u32) -> Result<OptOutView, TrainingError> {
    let file = desk.reader.file(person).await?.ok_or(TrainingError::LinkEnded)?;
    let declined = file.head.declines_optional;
    opt_out_bound(&file, nonce, declined)?;
    Ok(OptOutView { language: file.head.facts.language, declined })
}

/// Declines digests without anything required, once.
///
/// # Errors
/// [`TrainingError::LinkEnded`] when it was used; store errors.
pub async fn opt_out(desk: &Desk<'_>, person: PersonId, nonce: u32, call: &Call<'_>) -> Result<Receipt, TrainingError> {
    decline(desk, person, nonce, true, call).await
}

/// Asks for such digests again, once, by the link that declined them. The link ends with it.
///
/// # Errors
/// [`TrainingError::LinkEnded`] when it did not decline them, or was used; store errors.
pub async fn opt_in(desk: &Desk<'_>, person: PersonId, nonce: u32, call: &Call<'_>) -> Result<Receipt, TrainingError> {
    decline(desk, person, nonce, false, call).await
}

async fn decline(
    desk: &Desk<'_>,
    person: PersonId,
    nonce: u32,
    declines: bool,
    call: &Call<'_>,
) -> Result<Receipt, TrainingError> {
    desk.reader.file(person).await?.ok_or(TrainingError::LinkEnded)?;
    change(desk, person, call, &|file, _| {
        opt_out_bound(file, nonce, !declines)?;
        file.head.declines_optional = declines;
        file.head.opt_out_nonce = file.head.opt_out_nonce.wrapping_add(1);
        let happened = if declines { Happened::OptionalDeclined } else { Happened::OptionalResumed };
        Ok(Act::of(Made::Nothing, happened))
    })
    .await
}

/// A link declines while its nonce is the head's, and takes that back while it was the last to decline.
fn opt_out_bound(file: &LearnerFile, nonce: u32, declined: bool) -> Result<(), TrainingError> {
    let living = if declined { nonce.wrapping_add(1) } else { nonce };
    let holds = file.head.declines_optional == declined && file.head.opt_out_nonce == living;
    if holds { Ok(()) } else { Err(TrainingError::LinkEnded) }
}

fn bound<'a>(assignment: Option<&'a Assignment>, claims: &LinkClaims) -> Result<&'a Assignment, TrainingError> {
    assignment.filter(|it| it.is_open() && it.nonce == claims.nonce).ok_or(TrainingError::LinkEnded)
}
