//! Brings a learner's file up to a moment: notices what has come (a due date passed, an exemption ended, a validity is
//! running out, a certificate is earned or ends, the person left), tells what is to be told in at most one digest a local day, puts and removes the
//! lines in others' boxes, and says when somebody must look again.
//!
//! Deciding again at the same moment changes nothing, and the next moment never lies in the past. Facts are noticed
//! whatever the mail mode; rungs are used up only by the mode that tells them.
//!
//! What is decided must fit into one transaction. The rare file with more news than that is brought up to the moment in
//! several decisions: its next moment is now until nothing is left.

use jiff::{Timestamp, civil::Date};
use kernel::{LocalTime, PersonId};

use super::{
    digest::{CertificateLine, Digest, DigestLine},
    due, ladder, news, standing,
};
use crate::{
    MailSwitch, Settings,
    certificates::{self, rungs},
    events::{AssignmentData, Happened, StandingData},
    model::{
        Assignment, AssignmentReason, AssignmentSource, AssignmentState, BoxKind, BoxLine, Catalogue, Completion,
        CompletionSource, Exemption, LearnerFile, Mark, PlacedLine, Rung, Told,
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
    let mut work = Work { file: file.clone(), context, today, happened: Vec::new(), crowded: false };
    work.notice_leave();
    work.notice_exemptions();
    work.notice_completions();
    work.open_recertifications();
    work.notice_overdue();
    work.notice_certificates();
    let (digest, pending) = work.tell();
    work.place_lines();
    work.notice_standing();
    work.file.head.next_at = work.next_at(pending);
    Decision { file: work.file, happened: work.happened, digest }
}

/// What an event says of an assignment.
pub(crate) const fn data(assignment: &Assignment) -> AssignmentData {
    AssignmentData { course: assignment.course, round: assignment.round, due: assignment.due }
}

/// How many assignments one decision cancels, opens or finds overdue: each is an item and an event.
const NOTICED_AT_ONCE: usize = 10;
/// How many lines one digest has; what is less urgent waits a day.
const TOLD_AT_ONCE: usize = 15;
/// How many certificates one digest names; the others wait a day.
const CERTIFICATES_AT_ONCE: usize = 3;
/// How many lines of others' boxes one decision puts and removes.
const PLACED_AT_ONCE: usize = 15;

struct Work<'a> {
    file: LearnerFile,
    context: &'a Context<'a>,
    today: Date,
    happened: Vec<Happened>,
    /// More is to be done than fits.
    crowded: bool,
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
    /// Whoever left is asked nothing any more; what was done stays.
    fn notice_leave(&mut self) {
        if !self.file.head.facts.has_left(self.today) {
            return;
        }
        self.file.head.news.clear();
        for (count, assignment) in self.file.assignments.iter_mut().filter(|it| it.is_open()).enumerate() {
            if count >= NOTICED_AT_ONCE {
                self.crowded = true;
                break;
            }
            assignment.state = AssignmentState::Cancelled { on: self.today };
            assignment.ask = None;
            assignment.acted();
            self.happened.push(Happened::Cancelled(data(assignment)));
        }
    }

    fn notice_exemptions(&mut self) {
        for exemption in &mut self.file.exemptions {
            if exemption.ended_on.is_none() && exemption.until < self.today {
                let on = due::plus(exemption.until, 1);
                exemption.ended_on = Some(on);
                self.happened.push(Happened::ExemptionEnded { course: exemption.course, exemption: exemption.id, on });
            }
        }
    }

    /// A completion that counts closes what it answers.
    fn notice_completions(&mut self) {
        let Self { file, context, today, .. } = self;
        let completions = std::mem::take(&mut file.completions);
        for assignment in file.assignments.iter_mut().filter(|it| it.is_open()) {
            let answer = completions
                .iter()
                .filter(|it| it.course == assignment.course && answers(it, assignment, context.catalogue, *today))
                .max_by_key(|it| (it.completed_on, it.id));
            if let Some(answer) = answer {
                assignment.state = AssignmentState::Completed { completion: answer.id, on: answer.completed_on };
                assignment.ask = None;
                assignment.acted();
            }
        }
        file.completions = completions;
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
            if opened.len() >= NOTICED_AT_ONCE {
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
                (None, Some(_)) if noticed >= NOTICED_AT_ONCE => {
                    self.crowded = true;
                    None
                }
                (None, Some(due)) => {
                    noticed += 1;
                    self.happened.push(Happened::BecameOverdue(AssignmentData { due, ..data(assignment) }));
                    Some(self.today)
                }
                (_, None) => None,
            };
            self.file.assignments[index].became_overdue = became;
        }
    }

    fn notice_certificates(&mut self) {
        let Context { catalogue, settings, now, .. } = *self.context;
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

    /// Tells what is to be told, in one digest, or says when it can be.
    fn tell(&mut self) -> (Option<Digest>, Pending) {
        let real = match self.delivery() {
            Delivery::None => {
                // What changes while no mail is made is never told later: going live begins quietly.
                self.file.head.news.clear();
                return (None, Pending::Nothing);
            }
            Delivery::Preview => false,
            Delivery::Real => true,
        };
        if !self.file.head.facts.is_reachable(self.today) {
            return (None, Pending::Nothing);
        }
        let mut fresh: Vec<(usize, Date, Rung)> = (0..self.file.assignments.len())
            .filter_map(|index| {
                let assignment = &self.file.assignments[index];
                let due = self.due(assignment)?;
                let pauses = self.file.pauses(assignment.course);
                let latest = ladder::climb(due, self.today, &pauses, self.escalates()).0?;
                let told = ladder::told_in(assignment.told_for(due), real);
                told.is_none_or(|mark| mark.rung < latest).then_some((index, due, latest))
            })
            .collect();
        let mut ending = rungs::fresh(&self.file, self.today, real);
        let changes = news::lines(&self.file, self.context.catalogue, self.context.settings);
        let required = |index: usize| self.file.assignments[index].required;
        let asks = fresh.iter().any(|(index, ..)| required(*index)) || changes.iter().any(|change| change.required);
        let nothing = fresh.is_empty() && changes.is_empty() && ending.is_empty();
        if nothing || (self.file.head.declines_optional && ending.is_empty() && !asks) {
            self.file.head.news.clear();
            return (None, Pending::Nothing);
        }
        let head = &self.file.head;
        let last = if real { head.last_digest } else { head.last_digest.max(head.last_preview) };
        if let Some(last) = last.filter(|last| *last >= self.today) {
            return (None, Pending::On(due::plus(last, 1)));
        }
        let hour = self.send_instant(self.today);
        match self.context.telling {
            Telling::Now { ignore_send_hour: true } => {}
            Telling::Now { .. } if self.context.now >= hour => {}
            Telling::Now { .. } => return (None, Pending::On(self.today)),
            Telling::Later if self.context.now >= hour => return (None, Pending::Now),
            Telling::Later => return (None, Pending::On(self.today)),
        }
        // Where optional courses make no digest of their own, they also take no required one's place.
        fresh.sort_by_key(|(index, due, _)| (head.declines_optional && !required(*index), *due));
        let more = fresh.len() > TOLD_AT_ONCE || ending.len() > CERTIFICATES_AT_ONCE;
        let left = if more { Pending::On(due::plus(self.today, 1)) } else { Pending::Nothing };
        fresh.truncate(TOLD_AT_ONCE);
        ending.truncate(CERTIFICATES_AT_ONCE);
        let mut lines: Vec<DigestLine> =
            fresh.into_iter().map(|(index, due, rung)| self.tell_one(index, due, rung, real)).collect();
        lines.sort_by(|a, b| (a.days_left, &a.title, a.course_id).cmp(&(b.days_left, &b.title, b.course_id)));
        if real {
            self.file.head.last_digest = Some(self.today);
        } else {
            self.file.head.last_preview = Some(self.today);
        }
        let certificates: Vec<CertificateLine> = ending.into_iter().map(|it| self.tell_end(it, real)).collect();
        // Told or previewed, once: what changed is no reminder.
        self.file.head.news.clear();
        let required = lines.iter().any(|line| line.required) || changes.iter().any(|change| change.required);
        let optional = certificates.is_empty() && !required;
        let opt_out = optional.then_some(self.file.head.opt_out_nonce);
        (Some(Digest { date: self.today, lines, changes, certificates, real, opt_out }), left)
    }

    fn tell_end(&mut self, ending: rungs::Fresh, real: bool) -> CertificateLine {
        let rungs::Fresh { index, expires, rung } = ending;
        let certificate = &mut self.file.certificates[index];
        rungs::remember(certificate, expires, rung, real);
        CertificateLine {
            certificate_id: certificate.id,
            name: certificate.external().map(|external| external.name.as_str().to_owned()),
            path: certificate.award().map(|award| award.job_role),
            expires,
            days_left: rungs::days_left(expires, self.today),
            rung: rung.days(),
            next_reminder_on: rungs::climb(expires, self.today).1,
        }
    }

    fn tell_one(&mut self, index: usize, due: Date, rung: Rung, real: bool) -> DigestLine {
        let (today, escalates) = (self.today, self.escalates());
        let assignment = &self.file.assignments[index];
        let pauses = self.file.pauses(assignment.course);
        let before = ladder::told_in(assignment.told_for(due), real);
        let mark = ladder::mark(before, rung, today, escalates);
        let hears = |warned: Option<Date>, day| warned.and_then(|warned| ladder::hears_on(due, day, warned, &pauses));
        let required = assignment.required;
        let course = self.context.catalogue.course(assignment.course);
        let line = DigestLine {
            course_id: assignment.course,
            round: assignment.round,
            nonce: assignment.nonce.to_string(),
            title: course.map_or_else(String::new, |course| course.title.as_str().to_owned()),
            url: course.and_then(|course| course.url.clone()).map(String::from),
            due,
            days_left: due::between(today, due),
            rung: rung.days(),
            required,
            reason: assignment.reason,
            manager_sees_on: hears(mark.warned, ladder::MANAGER_DAY).filter(|_| required),
            others_see_on: hears(mark.escalation_warned, ladder::ESCALATION_DAY).filter(|_| required),
            next_reminder_on: ladder::climb(due, today, &pauses, escalates).1,
        };
        remember(&mut self.file.assignments[index].told, due, mark, real);
        line
    }

    /// Puts the lines that should stand in others' boxes.
    fn place_lines(&mut self) {
        let mut moved = 0;
        for index in 0..self.file.assignments.len() {
            let wanted = self.wanted_lines(&self.file.assignments[index]);
            let placed = &self.file.assignments[index].lines;
            let puts = wanted.iter().filter(|line| !placed.contains(line)).count();
            let drops = placed.iter().filter(|line| !wanted.contains(line)).count();
            if moved > 0 && moved + puts + drops > PLACED_AT_ONCE {
                self.crowded = true;
                continue;
            }
            moved += puts + drops;
            self.file.assignments[index].lines = wanted;
        }
    }

    fn wanted_lines(&self, assignment: &Assignment) -> Vec<PlacedLine> {
        let facts = &self.file.head.facts;
        let Some(due) = self.due(assignment) else { return Vec::new() };
        if !assignment.required || !facts.is_reachable(self.today) {
            return Vec::new();
        }
        let overdue = due < self.today;
        let (manager_from, escalation_from, real) = self.heard_from(assignment, due);
        let hears = |from: Option<Date>| overdue && from.is_some_and(|from| from <= self.today);
        let settings = self.context.settings;
        let mut lines = Vec::new();
        let mut put = |owner: PersonId, kind: BoxKind, overdue: bool| {
            let placed = assignment.lines.iter().find(|it| it.owner == owner && it.kind == kind);
            let since = placed.map_or(self.today, |placed| placed.line.since);
            let team = facts.primary(self.today).map(|membership| membership.team);
            let ask = assignment.ask.filter(|_| kind == BoxKind::Manager);
            let line =
                BoxLine { person: facts.person, course: assignment.course, team, due, overdue, since, real, ask };
            if owner != facts.person && lines.iter().all(|it: &PlacedLine| it.owner != owner || it.kind != kind) {
                lines.push(PlacedLine { owner, kind, line });
            }
        };
        if hears(manager_from) || assignment.ask.is_some() {
            // Who really reads a box is settled when its digest is made; without any manager it is the program's.
            let owner = facts.manager.filter(|it| *it != facts.person).or(settings.program_admins.first().copied());
            if let Some(owner) = owner {
                put(owner, BoxKind::Manager, hears(manager_from));
            }
        }
        if self.escalates() && hears(escalation_from) {
            for owner in self.context.next_manager.iter().chain(&settings.security_contacts) {
                put(*owner, BoxKind::Escalation, true);
            }
        }
        lines
    }

    /// From which days the manager and others hear, and whether the person was really told before.
    fn heard_from(&self, assignment: &Assignment, due: Date) -> (Option<Date>, Option<Date>, bool) {
        let told = assignment.told_for(due);
        let sent = told.and_then(|told| told.sent).filter(|mark| mark.warned.is_some());
        let mark = match self.delivery() {
            Delivery::Real => sent,
            Delivery::Preview | Delivery::None => sent.or(told.and_then(|told| told.previewed)),
        };
        let pauses = self.file.pauses(assignment.course);
        let hears = |warned: fn(&Mark) -> Option<Date>, day| {
            ladder::hears_on(due, day, mark.as_ref().and_then(warned)?, &pauses)
        };
        let manager = hears(|mark| mark.warned, ladder::MANAGER_DAY);
        let others = hears(|mark| mark.escalation_warned, ladder::ESCALATION_DAY);
        (manager, others, sent.is_some())
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
        let mut next = days.into_iter().filter(|day| *day > self.today).min().map(|day| self.send_instant(day));
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

/// How many due dates are remembered per assignment; more changes than that is not a ladder any more.
const REMEMBERED: usize = 40;

fn remember(all: &mut Vec<Told>, due: Date, mark: Mark, real: bool) {
    let index = all.iter().position(|told| told.due == due).unwrap_or_else(|| {
        if all.len() >= REMEMBERED {
            all.remove(0);
        }
        all.push(Told { due, sent: None, previewed: None });
        all.len() - 1
    });
    if real {
        all[index].sent = Some(mark);
    } else {
        all[index].previewed = Some(mark);
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
