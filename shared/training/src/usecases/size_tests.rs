//! However much is to be noticed, told and placed at once: no commit of a file is more than a transaction takes, and nothing
//! is left undone.

use futures::executor::block_on;
use jiff::civil::{Date, date};
use kernel::{Cause, CompletionId, CourseId, ExemptionId, PersonId, Principal, Version};
use proptest::prelude::*;

use super::{Call, Ground, Made, change, people, records, remind, work::apply_plan};
use crate::{
    TrainingWriter, Write,
    certificates::{self, CertificateState, samples},
    model::{
        Assignment, AssignmentReason, AssignmentSource, Catalogue, CheckState, Completion, CompletionSource, Course,
        Exemption, Facts, FreeText, JobRole, LearnerFile, Mark, NewsCause, PathStep, Requirement, RolePath, Rung, Told,
    },
    rules::plan::Asked,
    samples::{World, catalogue, cause, course, facts, instant},
};

const TODAY: Date = date(2026, 3, 1);
const NOW: &str = "2026-03-01T12:00:00Z";
/// What `TransactWriteItems` takes.
const TRANSACTION: usize = 100;

/// How much of each kind happens at once.
#[derive(Debug, Clone, Copy)]
struct Much {
    /// Overdue for seven weeks, told of, and heard of by nobody yet.
    late: usize,
    /// As many of which one thing each is new: that the date is over, that the manager hears, and a rung.
    apart: usize,
    /// Noticed as overdue before, and not any more since an absence.
    paused: bool,
    /// About to lapse, so that the next round opens.
    lapsing: usize,
    /// Exemptions that ended.
    exempt: usize,
    /// Done, and still open.
    answered: usize,
    /// Certificates that lapsed, and that end soon.
    certificates: usize,
    /// Whether the person left.
    left: bool,
}

struct House {
    world: World,
    ada: PersonId,
    late: Vec<CourseId>,
}

fn by_program() -> Cause {
    cause(instant(NOW), Principal::Program)
}

fn courses(prefix: &str, count: usize, validity: Option<u16>) -> Vec<Course> {
    (0..count).map(|number| course(&format!("{prefix}{number:02}"), 1.0, &[], validity)).collect()
}

fn done(course: CourseId, on: Date) -> Completion {
    Completion {
        id: CompletionId::new(instant("2026-01-01T00:00:00Z")),
        course,
        completed_on: on,
        recorded_on: on,
        source: CompletionSource::Roster,
        score: None,
        check: CheckState::NotNeeded,
    }
}

fn asked(course: &Course, due: Date) -> Assignment {
    Assignment::new(course.id, date(2025, 12, 1), due, AssignmentSource::Plan, AssignmentReason::RolePath)
}

fn crowded(much: Much) -> House {
    let (late, lapsing) = (courses("late", much.late, None), courses("laps", much.lapsing, Some(12)));
    let (exempt, answered) = (courses("exem", much.exempt, None), courses("answ", much.answered, None));
    let [passed, heard, coming] = ["pass", "hear", "come"].map(|prefix| courses(prefix, much.apart, None));
    let all = [&late, &lapsing, &exempt, &answered, &passed, &heard, &coming];
    let all: Vec<Course> = all.into_iter().flatten().cloned().collect();
    let mut world = World::new(catalogue(all));
    if much.apart == 0 {
        world.settings.escalation_countries = ["DE".to_owned()].into();
    }
    world.settings.security_contacts = (0..5).map(|_| crate::samples::person()).collect();
    let boss = world.hire(facts("Europe/Berlin"));
    let mut ada = Facts { manager: Some(boss), ..facts("Europe/Berlin") };
    ada.leave = much.left.then_some(date(2026, 2, 27));
    if much.paused {
        ada.absences = vec![kernel::DateSpan::new(date(2026, 1, 2), Some(date(2026, 2, 28))).unwrap()];
    }
    let mut file = LearnerFile::new(ada.clone());
    let due = date(2026, 1, 10);
    let warned = |rung, day| Mark { rung: Rung(rung), on: day, warned: Some(day), escalation_warned: Some(day) };
    for course in &late {
        let mut one = asked(course, due);
        one.told = vec![Told { due, sent: Some(warned(14, date(2026, 1, 24))), previewed: None }];
        one.became_overdue = much.paused.then_some(date(2026, 1, 11));
        file.assignments.push(one);
    }
    for (course, required, became_overdue) in passed
        .iter()
        .map(|course| (course, false, None))
        .chain(heard.iter().map(|course| (course, true, Some(date(2026, 1, 11)))))
    {
        let told = vec![Told { due, sent: Some(warned(28, date(2026, 2, 7))), previewed: None }];
        file.assignments.push(Assignment { required, told, became_overdue, ..asked(course, due) });
    }
    file.assignments.extend(coming.iter().map(|course| asked(course, date(2026, 3, 21))));
    file.completions.extend(lapsing.iter().map(|course| done(course.id, date(2025, 3, 10))));
    file.completions.extend(answered.iter().map(|course| done(course.id, date(2026, 2, 1))));
    file.assignments.extend(answered.iter().chain(&exempt).map(|course| asked(course, date(2026, 6, 1))));
    file.exemptions.extend(exempt.iter().map(|course| Exemption {
        id: ExemptionId::new(instant(NOW)),
        course: course.id,
        from: date(2026, 1, 1),
        until: date(2026, 2, 28),
        reason: FreeText::parse("Project").unwrap(),
        by: Principal::Program,
        ended_on: None,
    }));
    for number in 0..2 * much.certificates {
        let expires = if number % 2 == 0 { date(2026, 2, 20) } else { date(2026, 4, 1) };
        let external = samples::external(date(2025, 1, 1), Some(expires));
        file.certificates.push(samples::certificate(external, CertificateState::Verified, date(2025, 1, 1)));
    }
    let ada = world.hire(ada);
    store(&world, file);
    House { world, ada, late: late.iter().map(|course| course.id).collect() }
}

fn store(world: &World, mut file: LearnerFile) {
    let person = file.person();
    file.head.version = Version::FIRST;
    let mut writes = vec![Write::Learner { before: Version::ABSENT, head: Box::new(file.head) }];
    let assignment = |it| Write::Assignment { person, assignment: Box::new(it) };
    writes.extend(file.assignments.into_iter().map(assignment));
    writes.extend(file.completions.into_iter().map(|completion| Write::Completion { person, completion }));
    writes.extend(file.exemptions.into_iter().map(|exemption| Write::Exemption { person, exemption }));
    writes.extend(file.certificates.into_iter().map(|certificate| {
        let certificate = Box::new(certificate);
        Write::Certificates(certificates::Write::Put { person, certificate })
    }));
    // One at a time: what is laid down here is no commit of anybody's.
    for write in writes {
        block_on(world.commit(kernel::Commit::of(vec![write]), &by_program())).unwrap();
    }
}

impl House {
    fn remind(&self) -> remind::Reminded {
        block_on(remind::remind_person(&self.world.desk(), self.ada, false, &by_program())).unwrap()
    }

    /// Whatever could be noticed is noticed, and nothing is due any more.
    fn is_settled(&self) -> bool {
        let file = self.world.stored(self.ada);
        let left = file.head.facts.has_left(TODAY);
        let open = |course: &CourseId| file.open(*course).is_some();
        let answered = |it: &Assignment| it.is_open() && file.completions.iter().any(|done| done.course == it.course);
        file.exemptions.iter().all(|it| it.ended_on.is_some())
            && file.head.next_at.is_none_or(|next| next > instant(NOW))
            && (!left || file.assignments.iter().all(|it| !it.is_open() && it.lines.is_empty()))
            && (left || self.late.iter().all(open))
            && !file.assignments.iter().any(|it| answered(it) && it.reason != AssignmentReason::Recertification)
    }
}

#[test]
fn the_worst_that_can_happen_at_once_is_one_full_transaction() {
    let much =
        Much { late: 0, apart: 30, paused: false, lapsing: 30, exempt: 0, answered: 0, certificates: 10, left: false };
    let house = crowded(much);
    assert!(house.remind().mailed && house.is_settled());
    // Head, standing and digest; eight that are late, eight that open and two certificates, each with an event; the fifteen
    // courses and three certificates of the digest; fifteen lines with their assignments, and the box they wake.
    let worst = 3 + 2 * (8 + 8 + 2) + 15 + 3 + 2 * 15 + 1;
    assert_eq!(house.world.largest(), worst);
    assert!(worst <= TRANSACTION - 8, "an award and a last day need room as well");
    let file = house.world.stored(house.ada);
    let count = |of: fn(&Assignment) -> bool| file.assignments.iter().filter(|it| of(it)).count();
    assert_eq!(count(|it| it.became_overdue.is_some()), 60);
    assert_eq!(count(|it| it.reason == AssignmentReason::Recertification), 30);
    assert_eq!(count(|it| it.lines.len() == 1), 30);
}

/// A role that asks for these, each after a course of its own.
fn path(role: JobRole, prefix: &str, steps: usize) -> (Vec<Course>, RolePath) {
    let before = courses(&format!("{prefix}b"), steps, None);
    let mut asked = courses(prefix, steps, None);
    for (course, first) in asked.iter_mut().zip(&before) {
        course.prerequisites = vec![first.id];
    }
    let step = |course: &Course| PathStep { course: course.id, requirement: Requirement::Required };
    let steps = asked.iter().map(step).collect();
    (before.into_iter().chain(asked).collect(), RolePath { job_role: role, steps, version: Version::FIRST })
}

/// A house where somebody is about to work as something else; two roles that ask for this many courses each.
fn roles(steps: (usize, usize)) -> (World, Facts) {
    let (first, second) = (path(JobRole::Developer, "dev", steps.0), path(JobRole::Devops, "ops", steps.1));
    let all = first.0.into_iter().chain(second.0);
    let world = World::new(Catalogue::new(all, [first.1, second.1], Version::FIRST));
    let ada = Facts { start: Some(TODAY), job_role: JobRole::Developer, ..facts("Europe/Berlin") };
    world.hire(ada.clone());
    (world, ada)
}

fn look(world: &World, person: PersonId) -> LearnerFile {
    block_on(people::on_person_changed(&world.desk(), person, &by_program())).unwrap().unwrap().file
}

/// The courses that are asked of somebody, as their role says.
fn is_planned(world: &World, person: PersonId) -> bool {
    let file = world.stored(person);
    let asked = block_on(world.desk().reader.catalogue()).unwrap().required(file.head.facts.job_role, None);
    let open: Vec<CourseId> = file.assignments.iter().filter(|it| it.is_open()).map(|it| it.course).collect();
    file.head.unplanned.is_none() && open.len() == asked.len() && asked.iter().all(|(it, _)| open.contains(it))
}

#[test]
fn a_plan_that_stopped_half_way_goes_on_as_it_began() {
    let (world, Facts { person: ada, .. }) = roles((20, 0));
    let part = |file: &mut LearnerFile, ground: &Ground<'_>| {
        Ok(apply_plan(file, ground, Asked::Again, Some(NewsCause::Joined)))
    };
    let receipt = block_on(change(&world.desk(), ada, &Call::of(&by_program()), &part)).unwrap();
    assert_eq!((receipt.made, receipt.file.assignments.len()), (Made::Part, 30));
    let due: Vec<Date> = world.stored(ada).assignments.iter().map(|it| it.due).collect();
    look(&world, ada);
    assert!(is_planned(&world, ada));
    let file = world.stored(ada);
    assert!(file.assignments.iter().filter(|it| !due.contains(&it.due)).all(|it| due.iter().all(|day| *day < it.due)));
    assert_eq!(file.head.news.len(), 40, "all of it is told as what a joiner is asked");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever a role asks, and whatever the next one asks instead.
    #[test]
    fn no_plan_is_more_than_a_transaction(first in 0..=40_usize, second in 0..=40_usize) {
        let (world, facts) = roles((first, second));
        let ada = facts.person;
        look(&world, ada);
        prop_assert!(is_planned(&world, ada));
        world.hire(Facts { job_role: JobRole::Devops, ..facts });
        look(&world, ada);
        prop_assert!(is_planned(&world, ada), "{:?}", world.stored(ada).head.unplanned);
        prop_assert!(world.largest() <= TRANSACTION, "{}", world.largest());
        let version = world.stored(ada).head.version;
        prop_assert_eq!(look(&world, ada).head.version, version, "planning again changes nothing");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Of a run, of what somebody reports, and of what the directory says.
    #[test]
    fn no_commit_of_a_file_is_more_than_a_transaction(
        counts in (0..35_usize, 0..20_usize, 0..35_usize, 0..60_usize, 0..120_usize, 0..8_usize), paused in any::<bool>(),
        left in any::<bool>(), first in 0..3_u8
    ) {
        let (late, apart, lapsing, exempt, answered, certificates) = counts;
        let house = crowded(Much { late, apart, paused, lapsing, exempt, answered, certificates, left });
        let (desk, program) = (house.world.desk(), by_program());
        match first {
            0 => if let Some(course) = house.late.first().filter(|_| !left) {
                let (on, source) = (date(2026, 2, 2), CompletionSource::Roster);
                let report = records::Report { person: house.ada, course: *course, on, source, score: None };
                block_on(records::report_completion(&desk, report, &Call::of(&program))).unwrap();
                let file = house.world.stored(house.ada);
                prop_assert!(file.completions.iter().any(|it| it.course == *course));
            },
            1 => {
                block_on(people::on_person_changed(&desk, house.ada, &program)).unwrap();
            }
            _ => {}
        }
        house.remind();
        prop_assert!(house.world.largest() <= TRANSACTION, "{}", house.world.largest());
        let file = house.world.stored(house.ada);
        prop_assert!(house.is_settled() || first == 0, "{:?}", file.head.next_at);
        prop_assert!(file.head.next_at.is_none_or(|next| next > instant(NOW)));
        let again = house.remind();
        prop_assert!(!again.changed && !again.mailed);
    }
}
