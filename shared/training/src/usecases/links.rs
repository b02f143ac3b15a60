//! What the page behind a mail link does. Opening it only looks; a button acts. A link is bound to person, course, round
//! and nonce; any act on the assignment changes the nonce and so ends every link mailed before.

use jiff::civil::Date;
use kernel::{PersonId, StoreError};

use super::{Act, Call, Desk, Made, Receipt, change, records};
use crate::{
    TrainingError,
    events::Happened,
    model::{Ask, AskKind, Assignment, CompletionSource, Course, LinkClaims},
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
    MoreTime,
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
        let asked = |ask: AskKind| Happened::Asked { assignment: data(assignment), ask };
        match answer {
            LinkAnswer::Done { .. } => Ok(Act::nothing(made)),
            LinkAnswer::OnLeave { from, until } => {
                let from = from.unwrap_or(today);
                if until < today || until > due::plus(today, 366) {
                    return Err(TrainingError::Date("a leave ends today or within a year"));
                }
                if from > until || from < due::plus(today, -366) {
                    return Err(TrainingError::Date("a leave starts on its last day or earlier, within a year"));
                }
                let happened = vec![asked(AskKind::OnLeave), Happened::AbsenceReported { from, until }];
                Ok(Act { made, happened })
            }
            LinkAnswer::MoreTime => {
                let act = Act::of(made, asked(AskKind::MoreTime));
                assignment.ask = Some(Ask { kind: AskKind::MoreTime, on: today });
                Ok(act)
            }
            LinkAnswer::NotMyRole => {
                let act = Act::of(made, asked(AskKind::NotMyRole));
                assignment.ask = Some(Ask { kind: AskKind::NotMyRole, on: today });
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

/// Looks at the link by which digests without anything required are declined; changes nothing. Answers with the
/// person's language.
///
/// # Errors
/// [`TrainingError::LinkEnded`] when it was used; store errors.
pub async fn look_opt_out(desk: &Desk<'_>, person: PersonId, nonce: u32) -> Result<String, TrainingError> {
    let file = desk.reader.file(person).await?.ok_or(TrainingError::LinkEnded)?;
    if file.head.opt_out_nonce == nonce { Ok(file.head.facts.language) } else { Err(TrainingError::LinkEnded) }
}

/// Declines digests without anything required, once: the link ends with it.
///
/// # Errors
/// [`TrainingError::LinkEnded`] when it was used; store errors.
pub async fn opt_out(desk: &Desk<'_>, person: PersonId, nonce: u32, call: &Call<'_>) -> Result<Receipt, TrainingError> {
    look_opt_out(desk, person, nonce).await?;
    change(desk, person, call, &|file, _| {
        if file.head.opt_out_nonce != nonce {
            return Err(TrainingError::LinkEnded);
        }
        file.head.declines_optional = true;
        file.head.opt_out_nonce = nonce.wrapping_add(1);
        Ok(Act::nothing(Made::Nothing))
    })
    .await
}

fn bound<'a>(assignment: Option<&'a Assignment>, claims: &LinkClaims) -> Result<&'a Assignment, TrainingError> {
    assignment.filter(|it| it.is_open() && it.nonce == claims.nonce).ok_or(TrainingError::LinkEnded)
}
