//! What the person is told: at most one digest a local day, of rungs that have come, certificates that end soon, tests to be
//! taken and changes of the plan. What is told is remembered on what it is about, so that nobody is told the same rung twice.

use jiff::civil::Date;

use super::{Pending, Telling, Work};
use crate::{
    assessment::asking::{self, Due, Heard},
    certificates::rungs,
    model::{Mark, Rung, Told},
    rules::{
        digest::{CertificateLine, Digest, DigestLine, TestLine},
        due, ladder, news,
    },
    settings::Delivery,
};

/// How many lines one digest has; what is less urgent waits a day.
const TOLD_AT_ONCE: usize = 15;
/// How many certificates one digest names; the others wait a day.
const CERTIFICATES_AT_ONCE: usize = 3;
/// How many tests one digest asks for; the others wait a day.
const TESTS_AT_ONCE: usize = 3;
/// How many due dates are remembered per assignment; more changes than that is not a ladder any more.
const REMEMBERED: usize = 40;

impl<'a> Work<'a> {
    /// Tells what is to be told, in one digest, or says when it can be.
    pub(super) fn tell(&mut self) -> (Option<Digest>, Pending) {
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
        let mut tests = self.untold_tests(real);
        let asks = fresh.iter().any(|(index, ..)| required(*index)) || changes.iter().any(|change| change.required);
        let owed = !ending.is_empty() || !tests.is_empty();
        let nothing = fresh.is_empty() && changes.is_empty() && !owed;
        if nothing || (self.file.head.declines_optional && !owed && !asks) {
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
        // A digest is told whole: there is one a day.
        if !self.takes(fresh.len().min(TOLD_AT_ONCE) + ending.len().min(CERTIFICATES_AT_ONCE)) {
            return (None, Pending::Now);
        }
        let more = fresh.len() > TOLD_AT_ONCE || ending.len() > CERTIFICATES_AT_ONCE || tests.len() > TESTS_AT_ONCE;
        let left = if more { Pending::On(due::plus(self.today, 1)) } else { Pending::Nothing };
        fresh.truncate(TOLD_AT_ONCE);
        ending.truncate(CERTIFICATES_AT_ONCE);
        tests.truncate(TESTS_AT_ONCE);
        let mut lines: Vec<DigestLine> =
            fresh.into_iter().map(|(index, due, rung)| self.tell_one(index, due, rung, real)).collect();
        lines.sort_by(|a, b| (a.days_left, &a.title, a.course_id).cmp(&(b.days_left, &b.title, b.course_id)));
        if real {
            self.file.head.last_digest = Some(self.today);
        } else {
            self.file.head.last_preview = Some(self.today);
        }
        let certificates: Vec<CertificateLine> = ending.into_iter().map(|it| self.tell_end(it, real)).collect();
        for Due { assessment, round, .. } in &tests {
            self.file.head.heard(assessment.id, round, Heard::Told { real }, self.context.now);
        }
        let tests: Vec<TestLine> = tests.iter().map(TestLine::from).collect();
        // Told or previewed, once: what changed is no reminder.
        self.file.head.news.clear();
        let required = lines.iter().any(|line| line.required) || changes.iter().any(|change| change.required);
        let optional = certificates.is_empty() && tests.is_empty() && !required;
        let opt_out = optional.then_some(self.file.head.opt_out_nonce);
        (Some(Digest { date: self.today, lines, changes, certificates, tests, real, opt_out }), left)
    }

    /// What the person is to take and does not know of.
    fn untold_tests(&self, real: bool) -> Vec<Due<'a>> {
        let (context, head) = (self.context, &self.file.head);
        let mut tests = asking::due(head, context.catalogue, context.settings, context.now);
        tests.retain(|due| !head.knows(due.assessment.id, &due.round, real));
        tests
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
        // A day that is over is no warning any more.
        let hears = |warned: Option<Date>, day| {
            warned.and_then(|warned| ladder::hears_on(due, day, warned, &pauses)).filter(|day| *day >= today)
        };
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
}

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
