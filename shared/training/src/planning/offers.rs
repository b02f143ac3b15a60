//! Which courses are offered, and by when.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel::CourseId;

use super::hours::Weeks;
use crate::{
    Settings,
    competency::{Area, Gap, Priority, Profile, Standing, gaps, teaching},
    model::{Assignment, AssignmentReason, AssignmentSource, AssignmentState, Catalogue, LearnerFile},
    rules::{due, plan},
};

/// How many open courses an area is trained by at a time, required ones included.
const PER_AREA: usize = 2;
/// How many open offers a person has at a time because of gaps, prerequisites included.
pub(super) const MOST: usize = 6;
/// How many with those that answer findings.
pub(super) const MOST_IN_ALL: usize = 12;

/// What planning changes of a person's offers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offers {
    /// New ones, prerequisites before what needs them.
    pub assign: Vec<Assignment>,
    /// Offers that nothing asks for any more.
    pub cancel: Vec<CourseId>,
    /// Offers that became urgent.
    pub sooner: Vec<Sooner>,
}

/// An offer that became urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sooner {
    /// Which course.
    pub course: CourseId,
    /// By when it is to be done, not later than before.
    pub due: Date,
    /// Why it is offered.
    pub reason: AssignmentReason,
}

/// What is offered for the gaps that are known: for each area, largest gap first, up to two of the courses that teach it,
/// shortest first, with what they build on, and six offers in all. They fall due within the phase of the gap (30, 60 or
/// 90 days) or later, as far as hours allow. Offers whose area has no gap any more are taken back. An area in which
/// nothing was ever judged asks for an assessment, not for a course.
pub fn by_gaps(
    file: &LearnerFile,
    profile: &Profile,
    catalogue: &Catalogue,
    settings: &Settings,
    today: Date,
) -> Offers {
    let Some(mut laying) = Laying::new(file, catalogue, settings, today) else { return Offers::default() };
    let targets = settings.targets(file.head.facts.job_role).cloned().unwrap_or_default();
    let gaps = gaps(profile, &targets, catalogue);
    let below: Vec<(&Gap, Priority)> = gaps.iter().filter_map(|gap| Some((gap, priority(gap)?))).collect();
    laying.withdraw(|course| below.iter().any(|(gap, _)| gap.courses.contains(&course)));
    for (gap, priority) in below {
        for course in &gap.courses {
            if gap.courses.iter().filter(|course| laying.is_open(**course)).count() >= PER_AREA {
                break;
            }
            laying.offer(*course, AssignmentReason::Recommended, priority, MOST);
        }
    }
    laying.offers
}

/// How urgent a gap is; nothing where nobody knows.
pub(super) const fn priority(gap: &Gap) -> Option<Priority> {
    match gap.standing {
        Standing::Below { priority, .. } => Some(priority),
        Standing::Unmeasured => None,
    }
}

/// What is offered because a kind of finding came back: the shortest course that teaches the area and was not done, in
/// the first phase. A course of the area that is offered already is moved there; where one is asked already, nothing is
/// added.
pub fn by_finding(file: &LearnerFile, area: &Area, catalogue: &Catalogue, settings: &Settings, today: Date) -> Offers {
    let Some(mut laying) = Laying::new(file, catalogue, settings, today) else { return Offers::default() };
    let courses = teaching(area, catalogue);
    let open: Vec<&Assignment> = courses.iter().filter_map(|course| file.open(*course)).collect();
    if open.iter().any(|it| !it.is_offered() || it.reason == AssignmentReason::RecurringFinding) {
        return laying.offers;
    }
    if let Some(offer) = open.first() {
        laying.hasten(offer.course);
        return laying.offers;
    }
    let reason = AssignmentReason::RecurringFinding;
    courses.iter().any(|course| laying.offer(*course, reason, Priority::High, MOST_IN_ALL));
    laying.offers
}

/// Offers while they are laid out.
struct Laying<'a> {
    file: &'a LearnerFile,
    catalogue: &'a Catalogue,
    first: Date,
    /// No planned course falls due before this day.
    least: Date,
    /// What the role requires is not offered.
    required: BTreeSet<CourseId>,
    weeks: Weeks<'a>,
    /// How many offers are open.
    count: usize,
    offers: Offers,
}

impl<'a> Laying<'a> {
    /// Nothing for those who have left.
    fn new(file: &'a LearnerFile, catalogue: &'a Catalogue, settings: &'a Settings, today: Date) -> Option<Self> {
        let facts = &file.head.facts;
        if facts.has_left(today) {
            return None;
        }
        let first = plan::first_day(facts, today);
        let required = catalogue.required(facts.job_role, settings.threat_modelling_course.as_ref());
        Some(Self {
            file,
            catalogue,
            first,
            least: due::plus(first, i32::from(settings.first_due_day)),
            required: required.into_iter().map(|(course, _)| course).collect(),
            weeks: Weeks::new(file, catalogue, settings, first),
            count: file.assignments.iter().filter(|it| it.is_open() && it.is_offered()).count(),
            offers: Offers::default(),
        })
    }

    fn is_retired(&self, course: CourseId) -> bool {
        self.catalogue.course(course).is_none_or(|course| course.retired.is_some())
    }

    fn is_open(&self, course: CourseId) -> bool {
        let planned = self.offers.assign.iter().any(|it| it.course == course);
        planned || self.file.open(course).is_some() && !self.offers.cancel.contains(&course)
    }

    /// Whether it need not be done: done validly, reported, or exempt.
    fn is_met(&self, course: CourseId) -> bool {
        let file = self.file;
        file.is_valid(course, self.catalogue, self.first)
            || file.is_waiting(course)
            || file.is_exempt(course, self.first)
    }

    /// Whether it may be offered: it is neither open nor done, and nobody declined it or took it back.
    fn may_be_offered(&self, course: CourseId) -> bool {
        let refused = self.file.latest(course).is_some_and(|latest| match latest.state {
            AssignmentState::Cancelled { .. } => !latest.superseded,
            AssignmentState::Open | AssignmentState::Completed { .. } => false,
        });
        let asked = self.is_open(course) || self.required.contains(&course);
        !refused && !asked && !self.is_retired(course) && !self.is_met(course)
    }

    /// When something falls due that is open or is being offered.
    fn due(&self, course: CourseId) -> Option<Date> {
        let sooner = self.offers.sooner.iter().find(|it| it.course == course).map(|it| it.due);
        let planned = || self.offers.assign.iter().find(|it| it.course == course).map(|it| it.due);
        let open = || self.file.open(course).filter(|_| self.is_open(course)).map(|it| it.due);
        sooner.or_else(planned).or_else(open)
    }

    fn prerequisites(&self, course: CourseId) -> &'a [CourseId] {
        self.catalogue.course(course).map_or(&[], |course| course.prerequisites.as_slice())
    }

    /// Takes back what is offered and not wanted any more, unless something that stays builds on it.
    fn withdraw(&mut self, wanted: impl Fn(CourseId) -> bool) {
        let offers = self.file.assignments.iter().filter(|it| it.is_open() && it.is_offered());
        let stays = |it: &&Assignment| {
            let asked = it.reason == AssignmentReason::RecurringFinding || wanted(it.course);
            !self.is_retired(it.course) && (asked || self.file.is_waiting(it.course))
        };
        let roots = offers.clone().filter(stays);
        let needed: BTreeSet<CourseId> =
            roots.flat_map(|root| self.catalogue.with_prerequisites(root.course)).collect();
        let gone = offers.filter(|it| self.is_retired(it.course) || !needed.contains(&it.course));
        let gone: Vec<CourseId> = gone.map(|it| it.course).collect();
        for course in &gone {
            self.weeks.lift(*course);
        }
        self.count -= gone.len();
        self.offers.cancel = gone;
    }

    /// Lists what must be offered first and then the course; nothing where some of it cannot be offered.
    fn chain(&self, course: CourseId) -> Option<Vec<CourseId>> {
        let mut chain = Vec::new();
        self.lead_to(course, MOST_IN_ALL, &mut chain).then_some(chain)
    }

    fn lead_to(&self, course: CourseId, depth: usize, chain: &mut Vec<CourseId>) -> bool {
        if chain.contains(&course) {
            return true;
        }
        if depth == 0 || !self.may_be_offered(course) {
            return false;
        }
        let missing =
            |before: &&CourseId| !self.is_retired(**before) && !self.is_met(**before) && !self.is_open(**before);
        for before in self.prerequisites(course).iter().filter(missing) {
            if !self.lead_to(*before, depth - 1, chain) {
                return false;
            }
        }
        chain.push(course);
        true
    }

    /// Offers a course and what it builds on, where there are not too many offers then; says whether it did.
    fn offer(&mut self, course: CourseId, reason: AssignmentReason, phase: Priority, most: usize) -> bool {
        let Some(chain) = self.chain(course).filter(|chain| self.count + chain.len() <= most) else { return false };
        self.count += chain.len();
        for step in chain {
            let minutes = plan::minutes(self.catalogue, step);
            if let Some(place) = self.offers.cancel.iter().position(|it| *it == step) {
                // It was about to be taken back, and is needed after all.
                self.offers.cancel.remove(place);
                if let Some(open) = self.file.open(step) {
                    self.weeks.put(step, open.due, minutes);
                }
                continue;
            }
            let due = self.weeks.fit(minutes, self.earliest(step, phase));
            self.weeks.put(step, due, minutes);
            let reason = if step == course { reason } else { AssignmentReason::Prerequisite };
            let mut offer = Assignment::new(step, self.first, due, AssignmentSource::Plan, reason);
            offer.required = false;
            offer.round = self.file.next_round(step);
            self.offers.assign.push(offer);
        }
        true
    }

    /// Not before the end of its phase, nor before what it builds on.
    fn earliest(&self, course: CourseId, phase: Priority) -> Date {
        let phase = due::plus(self.first, i32::from(phase.days())).max(self.least);
        self.prerequisites(course).iter().filter_map(|before| self.due(*before)).fold(phase, Date::max)
    }

    /// Moves an open offer, and the offers it builds on, to the first phase.
    fn hasten(&mut self, course: CourseId) {
        for step in self.catalogue.with_prerequisites(course) {
            let Some(offer) = self.file.open(step).filter(|it| it.is_offered()) else { continue };
            let minutes = plan::minutes(self.catalogue, step);
            self.weeks.lift(step);
            let due = self.weeks.fit(minutes, self.earliest(step, Priority::High)).min(offer.due);
            self.weeks.put(step, due, minutes);
            let reason = if step == course { AssignmentReason::RecurringFinding } else { offer.reason };
            if due < offer.due || reason != offer.reason {
                self.offers.sooner.push(Sooner { course: step, due, reason });
            }
        }
    }
}
