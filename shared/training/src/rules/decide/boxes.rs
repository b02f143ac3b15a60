//! The lines that stand in others' boxes: the manager's from the day they hear, and those who hear of what is late for
//! long. The person was warned three days before anybody else hears.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel::PersonId;

use super::Work;
use crate::{
    model::{Assignment, BoxKind, BoxLine, Mark, PlacedLine},
    rules::ladder,
    settings::Delivery,
};

/// How many lines of others' boxes one decision puts and removes; those of one assignment are fewer: its manager's, the
/// next manager's and five of security, each of which may be taken from somebody else's box.
const PLACED_AT_ONCE: usize = 15;

impl Work<'_> {
    /// Puts the lines that should stand in others' boxes.
    pub(super) fn place_lines(&mut self) {
        let (mut moved, mut boxes) = (0, BTreeSet::new());
        for index in 0..self.file.assignments.len() {
            let wanted = self.wanted_lines(&self.file.assignments[index]);
            let placed = &self.file.assignments[index].lines;
            let puts = wanted.iter().filter(|line| !placed.contains(line)).count();
            let drops = placed.iter().filter(|line| !wanted.contains(line)).count();
            if puts + drops == 0 {
                continue;
            }
            // With each line its assignment is written, and a box that sleeps is woken.
            let woken = wanted.iter().map(|line| (line.owner, line.kind)).filter(|place| !boxes.contains(place));
            let woken: BTreeSet<(PersonId, BoxKind)> = woken.collect();
            if moved + puts + drops > PLACED_AT_ONCE || !self.takes(1 + puts + drops + woken.len()) {
                self.crowded = true;
                continue;
            }
            boxes.extend(woken);
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
    pub(super) fn heard_from(&self, assignment: &Assignment, due: Date) -> (Option<Date>, Option<Date>, bool) {
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
}
