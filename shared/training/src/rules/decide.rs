//! Brings a learner's file up to a moment: notices what has come (a due date passed, an exemption ended, a validity is
//! running out, a certificate is earned or ends, the person left), tells what is to be told in at most one digest a local
//! day, puts and removes the lines in others' boxes, and says when somebody must look again.
//!
//! Deciding again at the same moment changes nothing, and the next moment never lies in the past. Facts are noticed
//! whatever the mail mode; rungs are used up only by the mode that tells them.
//!
//! What is decided must fit into one transaction: every step takes its writes out of one room, and what finds none waits.
//! The rare file with more news than that is brought up to the moment in several decisions: its next moment is now until
//! nothing is left.

mod boxes;
mod telling;

use jiff::{Timestamp, civil::Date};
use kernel::{LocalTime, PersonId};

use super::{digest::Digest, due, ladder, standing};
use crate::{
    MailSwitch, Settings,
    assessment::asking,
    certificates::{self, rungs},
    events::{AssignmentData, Happened, StandingData},
    model::{
        Assignment, AssignmentReason, AssignmentSource, AssignmentState, Catalogue, Completion, CompletionSource,
        Exemption, LearnerFile,
    },
    settings::Delivery,
};

/// What a decision rests on beside the file.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Every course and path.
    pub catalogue: &'a Catalogue,
    /// Training's settings.
    pub settings: &'a Settings,
    /// Whether mail leaves the house.
    pub mail: &'a MailSwitch,
    /// The moment.
    pub now: Timestamp,
    /// Whether a digest may be made.
    pub telling: Telling,
    /// The manager's manager, where known.
    pub next_manager: Option<PersonId>,
    /// How many writes the transaction has already.
    pub taken: usize,
}

/// Whether a decision may tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Somebody changed the file: what is to be told waits for the next run, which is due at once.
    Later,
    /// A reminder run: what is to be told is told, from the send hour on or at any hour.
    Now {
        /// Whether the send hour does not matter.
        ignore_send_hour: bool,
    },
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The file as it should be.
    pub file: LearnerFile,
    /// What happened on the way.
    pub happened: Vec<Happened>,
    /// What the person is told.
    pub digest: Option<Digest>,
}

/// Decides. See the module's description.
pub fn decide(file: &LearnerFile, context: &Context<'_>) -> Decision {
    let today = file.head.facts.today(context.now);
    let room = ROOM.saturating_sub(context.taken);
    let mut work = Work { file: file.clone(), context, today, happened: Vec::new(), crowded: false, room };
    work.notice_leave();
    work.notice_exemptions();
    work.notice_completions();
    let (mut digest, mut pending) = (None, Pending::Nothing);
    // While something is still to be settled, nobody is told what may not be true any more.
    if !work.crowded {
        work.open_recertifications();
        work.notice_overdue();
        work.notice_certificates();
        (digest, pending) = work.tell();
        work.place_lines();
    }
    work.notice_standing();
    work.file.head.next_at = work.next_at(pending);
    Decision { file: work.file, happened: work.happened, digest }
}

/// What an event says of an assignment.
pub(crate) const fn data(assignment: &Assignment) -> AssignmentData {
    AssignmentData { course: assignment.course, round: assignment.round, due: assignment.due }
}

/// How many writes a transaction takes (`TransactWriteItems`).
const TRANSACTION: usize = 100;
/// What a decision may write whatever room there is: the head, the events of a new standing and of a last day that is over,
/// the digest, and an award with its event, which may end another one with an event.
const ALWAYS: usize = 8;
/// What is left for everything else.
const ROOM: usize = TRANSACTION - ALWAYS;

/// How many assignments one decision cancels, opens, finds done or finds overdue, and how many exemptions it ends, so
/// that one kind of news leaves room for the others: each is an item, and most are an event.
const NOTICED_AT_ONCE: usize = 8;

struct Work<'a> {
    file: LearnerFile,
    context: &'a Context<'a>,
    today: Date,
    happened: Vec<Happened>,
    /// More is to be done than fits.
    crowded: bool,
    /// How many writes there is room for.
    room: usize,
}

/// Something is to be told and was not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pending {
    Nothing,
    /// As soon as a run comes by.
    Now,
    /// From a local day on.
    On(Date),
}

impl Work<'_> {
    /// Takes room for some writes; where there is too little, somebody must look again.
    const fn takes(&mut self, writes: usize) -> bool {
        match self.room.checked_sub(writes) {
            Some(left) => {
                self.room = left;
                true
            }
            None => {
                self.crowded = true;
                false
            }
        }
    }

    /// Whoever left is asked nothing any more; what was done stays.
    fn notice_leave(&mut self) {
        let last = self.file.head.facts.leave.filter(|last| *last < self.today);
        if self.file.head.left_on != last {
            self.file.head.left_on = last;
            self.happened.extend(last.map(|on| Happened::Left { on }));
        }
        if last.is_none() {
            return;
        }
        self.file.head.news.clear();
        let open: Vec<usize> =
            (0..self.file.assignments.len()).filter(|it| self.file.assignments[*it].is_open()).collect();
        for (count, index) in open.into_iter().enumerate() {
            if count >= NOTICED_AT_ONCE || !self.takes(2) {
                self.crowded = true;
                break;
            }
            let assignment = &mut self.file.assignments[index];
            assignment.state = AssignmentState::Cancelled { on: self.today };
            assignment.ask = None;
            assignment.acted();
            self.happened.push(Happened::Cancelled(data(assignment)));
        }
    }

    fn notice_exemptions(&mut self) {
        let mut noticed = 0;
        for index in 0..self.file.exemptions.len() {
            let Exemption { id, course, until, ended_on, .. } = self.file.exemptions[index];
            if ended_on.is_some() || until >= self.today {
                continue;
            }
            if noticed >= NOTICED_AT_ONCE || !self.takes(2) {
                self.crowded = true;
                break;
            }
            noticed += 1;
            let on = due::plus(until, 1);
            self.file.exemptions[index].ended_on = Some(on);
            self.happened.push(Happened::ExemptionEnded { course, exemption: id, on });
        }
    }

    /// A completion that counts closes what it answers.
    fn notice_completions(&mut self) {
        let mut noticed = 0;
        let completions = std::mem::take(&mut self.file.completions);
        for index in 0..self.file.assignments.len() {
            let (assignment, catalogue) = (&self.file.assignments[index], self.context.catalogue);
            if !assignment.is_open() {
                continue;
            }
            let answer = completions
                .iter()
                .filter(|it| it.course == assignment.course && answers(it, assignment, catalogue, self.today))
                .max_by_key(|it| (it.completed_on, it.id));
            let Some(answer) = answer else { continue };
            if noticed >= NOTICED_AT_ONCE || !self.takes(1) {
                self.crowded = true;
                break;
            }
            noticed += 1;
            let assignment = &mut self.file.assignments[index];
            assignment.state = AssignmentState::Completed { completion: answer.id, on: answer.completed_on };
            assignment.ask = None;
            assignment.acted();
        }
        self.file.completions = completions;
    }

    /// Before a required course's completion lapses, its next round opens; its due date is the last valid day, or as
    /// many days from now when that is later.
    fn open_recertifications(&mut self) {
        let (facts, today) = (&self.file.head.facts, self.today);
        if !facts.is_active(today) {
            return;
        }
        let lead = i32::from(self.context.settings.recertification_lead_days);
        let mut opened = Vec::new();
        for (course, opens) in self.recertifications() {
            if opens > today || self.file.is_exempt(course, today) {
                continue;
            }
            if opened.len() >= NOTICED_AT_ONCE || !self.takes(2) {
                self.crowded = true;
                break;
            }
            let due = due::plus(today, lead);
            let mut assignment =
                Assignment::new(course, today, due, AssignmentSource::Plan, AssignmentReason::Recertification);
            assignment.round = self.file.next_round(course);
            opened.push(assignment);
        }
        for assignment in opened {
            self.happened.push(Happened::Assigned(data(&assignment)));
            self.file.assignments.push(assignment);
        }
    }

    /// The required courses whose next round is still to be opened, and from which day.
    fn recertifications(&self) -> Vec<(kernel::CourseId, Date)> {
        let Context { catalogue, settings, .. } = self.context;
        let required = catalogue.required(self.file.head.facts.job_role, settings.threat_modelling_course.as_ref());
        let opens = |course: kernel::CourseId| {
            let done = self.file.done(course, self.today)?;
            let last = catalogue.course(course)?.last_valid_day(done.completed_on)?;
            let opens = due::plus(last, -i32::from(settings.recertification_lead_days));
            let asked = self.file.open(course).is_some() || self.file.is_waiting(course);
            // A round that was taken back after this one opened stays taken back.
            let declined = self
                .file
                .latest(course)
                .is_some_and(|it| matches!(it.state, AssignmentState::Cancelled { .. }) && it.assigned_on >= opens);
            (!asked && !declined).then_some(opens)
        };
        required.into_iter().filter_map(|(course, _)| opens(course).map(|day| (course, day))).collect()
    }

    fn notice_overdue(&mut self) {
        let mut noticed = 0;
        for index in 0..self.file.assignments.len() {
            let assignment = &self.file.assignments[index];
            let overdue = self.overdue_since(assignment);
            let became = match (assignment.became_overdue, overdue) {
                (Some(since), Some(_)) => Some(since),
                (None, Some(_)) | (Some(_), None) if noticed >= NOTICED_AT_ONCE => {
                    self.crowded = true;
                    assignment.became_overdue
                }
                (None, Some(due)) => {
                    let late = Happened::BecameOverdue(AssignmentData { due, ..data(assignment) });
                    if self.takes(2) {
                        noticed += 1;
                        self.happened.push(late);
                        Some(self.today)
                    } else {
                        None
                    }
                }
                (Some(since), None) => {
                    let room = self.takes(1);
                    noticed += usize::from(room);
                    (!room).then_some(since)
                }
                (None, None) => None,
            };
            self.file.assignments[index].became_overdue = became;
        }
    }

    fn notice_certificates(&mut self) {
        let Context { catalogue, settings, now, .. } = *self.context;
        if !self.takes(certificates::rules::MOST_NOTICED) {
            return;
        }
        let noticed = certificates::rules::notice(&mut self.file, catalogue, settings, self.today, now);
        self.happened.extend(noticed.happened);
        self.crowded |= noticed.crowded;
    }

    /// The due date in effect, when it has passed and nothing holds the ladder.
    fn overdue_since(&self, assignment: &Assignment) -> Option<Date> {
        let due = self.due(assignment)?;
        (due < self.today).then_some(due)
    }

    /// The due date in effect of what is to be done: nothing for what is closed, exempt or waiting.
    fn due(&self, assignment: &Assignment) -> Option<Date> {
        let held = self.file.is_exempt(assignment.course, self.today) || self.file.is_waiting(assignment.course);
        if !assignment.is_open() || held {
            return None;
        }
        due::effective(assignment, &self.file.pauses(assignment.course), self.context.settings)
    }

    fn escalates(&self) -> bool {
        self.context.settings.escalates(&self.file.head.facts.country)
    }

    fn delivery(&self) -> Delivery {
        self.context.mail.delivery(&self.file.head.facts.teams(self.today))
    }

    fn notice_standing(&mut self) {
        let Context { catalogue, settings, .. } = self.context;
        self.file.head.summary = standing::summary(&self.file, settings, self.today);
        self.file.head.courses = standing::courses(&self.file, catalogue, settings, self.today);
        let to = standing::placement(&self.file, catalogue, settings, self.today);
        if self.file.head.standing.as_ref() != Some(&to) {
            let from = self.file.head.standing.replace(to.clone());
            self.happened.push(Happened::StandingChanged(StandingData { from, to: Some(to) }));
        }
    }

    fn send_instant(&self, day: Date) -> Timestamp {
        let hour = i8::try_from(self.context.settings.send_hour).unwrap_or(8);
        self.file.head.facts.zone.instant_of(day, hour)
    }

    /// The earliest moment at which anything changes.
    fn next_at(&self, pending: Pending) -> Option<Timestamp> {
        let mut days: Vec<Date> = Vec::new();
        let facts = &self.file.head.facts;
        let spans = facts.absences.iter().copied().chain(facts.memberships.iter().filter_map(|it| it.span));
        let mut edges: Vec<kernel::DateSpan> = spans.collect();
        edges.extend(self.file.exemptions.iter().filter(|it| it.ended_on.is_none()).filter_map(Exemption::span));
        for span in edges {
            days.push(span.from());
            days.extend(span.until().map(|until| due::plus(until, 1)));
        }
        days.extend(facts.start);
        days.extend(facts.leave.map(|leave| due::plus(leave, 1)));
        if !facts.has_left(self.today) {
            for assignment in self.file.assignments.iter().filter(|it| it.is_open()) {
                days.extend(self.ladder_days(assignment));
            }
            // Not before the send hour of the day the exemption from the course ends, which is an edge already.
            let opens = self.recertifications().into_iter().map(|(_, opens)| opens);
            days.extend(opens);
            days.extend(self.lapses());
            days.extend(rungs::days(&self.file, self.today));
        }
        let day = days.into_iter().filter(|day| *day > self.today).min().map(|day| self.send_instant(day));
        let mut next = day.into_iter().chain(self.asks_again()).min();
        let pending = if self.crowded { Pending::Now } else { pending };
        match pending {
            Pending::Nothing => {}
            // A file that is due already stays where it stands in the queue.
            Pending::Now => {
                let now = self.context.now;
                next = Some(self.file.head.next_at.map_or(now, |at| at.min(now)));
            }
            Pending::On(day) => next = next.into_iter().chain([self.send_instant(day).max(self.context.now)]).min(),
        }
        next
    }

    /// From when on tests of the next periods are asked for: the first send hours that lie in them. A period begins
    /// with a UTC day, so that such a send hour may still be to come on what is its first day here already.
    fn asks_again(&self) -> impl Iterator<Item = Timestamp> {
        let Context { catalogue, settings, now, .. } = *self.context;
        let facts = &self.file.head.facts;
        let left = facts.has_left(self.today);
        let periods = if left { Vec::new() } else { asking::next_periods(facts, catalogue, settings, now) };
        let begins = periods.into_iter().map(|first| {
            let at = self.send_instant(first);
            if asking::utc_day(at) < first { self.send_instant(due::plus(first, 1)) } else { at }
        });
        begins.filter(move |at| *at > now)
    }

    fn ladder_days(&self, assignment: &Assignment) -> Vec<Date> {
        let Some(due) = self.due(assignment) else { return Vec::new() };
        let pauses = self.file.pauses(assignment.course);
        let (manager, others, _) = self.heard_from(assignment, due);
        let rung = ladder::climb(due, self.today, &pauses, self.escalates()).1;
        [Some(due::plus(due, 1)), rung, manager, others].into_iter().flatten().collect()
    }

    /// The first days on which completions that count today no longer do.
    fn lapses(&self) -> Vec<Date> {
        let Context { catalogue, settings, .. } = self.context;
        let required = standing::required(&self.file, catalogue, settings, self.today);
        let lapse = |course: kernel::CourseId| {
            let done = self.file.done(course, self.today)?;
            Some(due::plus(catalogue.course(course)?.last_valid_day(done.completed_on)?, 1))
        };
        required.into_iter().filter_map(lapse).collect()
    }
}

/// Whether a completion closes an open assignment.
fn answers(completion: &Completion, assignment: &Assignment, catalogue: &Catalogue, today: Date) -> bool {
    let course = catalogue.course(completion.course);
    if !completion.counts() || course.is_some_and(|course| !course.is_valid(completion.completed_on, today)) {
        return false;
    }
    if assignment.reason == AssignmentReason::Recertification {
        // The completion that is running out does not answer the round that renews it.
        let last = course.and_then(|course| course.last_valid_day(completion.completed_on));
        return completion.completed_on >= assignment.assigned_on || last.is_none_or(|last| last > assignment.due);
    }
    // What was done before somebody asked for it answers a plan; it does not answer who asked in spite of it, unless it
    // became known only later. Somebody who reports on the very day they were asked does so because of it.
    match assignment.source {
        AssignmentSource::Plan => true,
        AssignmentSource::Manual => {
            let reported = completion.source == CompletionSource::SelfReport;
            completion.completed_on >= assignment.assigned_on
                || completion.recorded_on > assignment.assigned_on
                || (reported && completion.recorded_on == assignment.assigned_on)
        }
        AssignmentSource::Import => completion.completed_on >= assignment.assigned_on,
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
