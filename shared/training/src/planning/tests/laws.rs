//! What holds of every plan: nothing before its prerequisites, no week over its hours, what is asked never later because
//! of an offer, and planning again changes nothing.

use std::collections::BTreeSet;

use kernel::CompletionId;
use proptest::prelude::*;

use super::*;
use crate::{
    model::{CheckState, Completion, CompletionSource, Percent},
    planning::offers::{MOST, MOST_IN_ALL},
    rules::due::between,
};

const AREAS: [&str; 3] = ["a", "b", "c"];

/// A course as it is drawn.
#[derive(Debug, Clone)]
struct Drawn {
    hours: u32,
    before: Vec<prop::sample::Index>,
    area: usize,
    required: bool,
    /// 0: done; 1: taken back; 2: retired; else nothing.
    history: u8,
}

#[derive(Debug)]
struct Case {
    courses: Vec<Course>,
    catalogue: Catalogue,
    settings: Settings,
    file: LearnerFile,
    profile: Profile,
}

fn case() -> impl Strategy<Value = Case> {
    let before = prop::collection::vec(any::<prop::sample::Index>(), 0..3);
    let drawn = (1u32..12, before, 0..AREAS.len(), prop::bool::weighted(0.3), 0u8..9)
        .prop_map(|(hours, before, area, required, history)| Drawn { hours, before, area, required, history });
    let scores = prop::collection::vec(prop::option::weighted(0.8, 0u16..=1000), AREAS.len());
    (prop::collection::vec(drawn, 1..14), scores, 20u8..=100)
        .prop_map(|(drawn, scores, share)| build(&drawn, &scores, share))
}

fn build(drawn: &[Drawn], scores: &[Option<u16>], share: u8) -> Case {
    let mut courses: Vec<Course> = Vec::new();
    let mut file = file();
    file.head.facts.working_share = Percent::new(share).unwrap();
    for (number, one) in drawn.iter().enumerate() {
        let mut before: Vec<usize> =
            one.before.iter().filter(|_| number > 0).map(|it| it.index(number.max(1))).collect();
        before.sort_unstable();
        before.dedup();
        let before: Vec<&Course> = before.into_iter().map(|place| &courses[place]).collect();
        let mut new = teaches(&format!("c{number:02}"), f64::from(one.hours), AREAS[one.area], &before);
        if one.history == 2 {
            new.retired = Some(Retirement { on: TODAY });
        }
        courses.push(new);
    }
    for (one, course) in drawn.iter().zip(&courses) {
        match one.history {
            0 => file.completions.push(done(course.id)),
            1 => {
                let (source, reason) = (AssignmentSource::Manual, AssignmentReason::Request);
                let mut back = Assignment::new(course.id, TODAY, plus(TODAY, 30), source, reason);
                back.state = AssignmentState::Cancelled { on: TODAY };
                file.assignments.push(back);
            }
            _ => {}
        }
    }
    let required: Vec<&Course> = drawn.iter().zip(&courses).filter(|(it, _)| it.required).map(|(_, it)| it).collect();
    let catalogue = offering(&courses.iter().collect::<Vec<_>>(), &required);
    let known = AREAS.iter().zip(scores).filter_map(|(code, score)| Some((*code, (*score)?)));
    let profile = knowing(&known.collect::<Vec<_>>());
    Case { courses, catalogue, settings: asking(&AREAS), file, profile }
}

fn done(course: CourseId) -> Completion {
    Completion {
        id: CompletionId::new(jiff::Timestamp::UNIX_EPOCH),
        course,
        completed_on: TODAY,
        recorded_on: TODAY,
        source: CompletionSource::Lms,
        score: None,
        check: CheckState::NotNeeded,
    }
}

impl Case {
    fn require(&self, file: &LearnerFile) -> Vec<Assignment> {
        plan::plan(file, &self.catalogue, &self.settings, TODAY, plan::Asked::Once).assign
    }

    fn offers(&self, day: Date) -> Offers {
        by_gaps(&self.file, &self.profile, &self.catalogue, &self.settings, day)
    }

    fn minutes(&self, assignment: &Assignment) -> i64 {
        i64::from(self.catalogue.course(assignment.course).unwrap().hours.minutes())
    }

    /// Everything that holds of the offers of a file.
    fn check(&self) {
        let open: Vec<&Assignment> = self.file.assignments.iter().filter(|it| it.is_open()).collect();
        let asked: i64 = open.iter().filter(|it| !it.is_offered()).map(|it| self.minutes(it)).sum();
        let weekly = i64::from(self.settings.weekly_hours) * 60 * i64::from(self.file.head.facts.working_share.get());
        let offers: Vec<&&Assignment> = open.iter().filter(|it| it.is_offered()).collect();
        for offer in &offers {
            let days = between(TODAY, offer.due);
            assert!(days >= 30, "an offer falls due before its phase ends");
            let by_then: i64 = offers.iter().filter(|it| it.due <= offer.due).map(|it| self.minutes(it)).sum();
            assert!((asked + by_then) * 700 <= weekly * i64::from(days), "more than a week's hours");
            let course = self.catalogue.course(offer.course).unwrap();
            assert!(course.retired.is_none() && !self.file.is_valid(offer.course, &self.catalogue, TODAY));
            for before in &course.prerequisites {
                let met = self.file.is_valid(*before, &self.catalogue, TODAY);
                let gone = self.catalogue.course(*before).unwrap().retired.is_some();
                let first = self.file.open(*before).is_some_and(|before| before.due <= offer.due);
                assert!(met || gone || first, "before a prerequisite");
            }
        }
        let once: BTreeSet<CourseId> = open.iter().map(|it| it.course).collect();
        assert_eq!(once.len(), open.len(), "a course is open twice");
    }

    fn refused(&self) -> BTreeSet<CourseId> {
        let back = self.file.assignments.iter().filter(|it| !it.is_open() && !it.superseded);
        back.map(|it| it.course).collect()
    }
}

proptest! {
    #[test]
    fn offers_keep_their_promises(mut case in case()) {
        let refused = case.refused();
        let asked = case.require(&case.file);
        case.file.assignments.extend(asked);
        let offers = case.offers(TODAY);
        prop_assert!(offers.cancel.is_empty() && offers.sooner.is_empty());
        prop_assert!(offers.assign.len() <= MOST && offers.assign.iter().all(|it| !refused.contains(&it.course)));
        usecases::apply(&mut case.file, offers, TODAY);
        case.check();
        // Planning again changes nothing, today or later.
        for later in [0, 5, 50] {
            prop_assert_eq!(case.offers(plus(TODAY, later)), Offers::default());
            prop_assert_eq!(case.require(&case.file), Vec::new());
        }
    }

    /// What is asked after something was offered falls due on the same days as if nothing had been.
    #[test]
    fn what_is_asked_is_never_later_because_of_an_offer(mut case in case()) {
        let alone = case.require(&case.file);
        // Offered by a catalogue that required nothing yet.
        let free = offering(&case.courses.iter().collect::<Vec<_>>(), &[]);
        let offers = by_gaps(&case.file, &case.profile, &free, &case.settings, TODAY);
        usecases::apply(&mut case.file, offers, TODAY);
        let laid = |all: Vec<Assignment>| all.into_iter().map(|it| (it.course, it.due)).collect::<Vec<_>>();
        prop_assert_eq!(laid(case.require(&case.file)), laid(alone));
    }

    /// Findings and new results, in any order: the promises hold after each, and hearing the same again changes nothing.
    #[test]
    fn promises_hold_whatever_happens(
        mut case in case(), steps in prop::collection::vec((any::<bool>(), 0..AREAS.len(), 0u16..=1000), 1..6)
    ) {
        let asked = case.require(&case.file);
        case.file.assignments.extend(asked);
        for (finding, place, score) in steps {
            let area = area(AREAS[place]);
            let answer = |case: &Case| {
                if finding {
                    by_finding(&case.file, &area, &case.catalogue, &case.settings, TODAY)
                } else {
                    case.offers(TODAY)
                }
            };
            if !finding {
                case.profile.take(&evidence(AREAS[place], score, TODAY)).unwrap();
            }
            let refused = case.refused();
            let offers = answer(&case);
            prop_assert!(offers.assign.iter().all(|it| !refused.contains(&it.course)));
            usecases::apply(&mut case.file, offers, TODAY);
            case.check();
            let open = case.file.assignments.iter().filter(|it| it.is_open() && it.is_offered()).count();
            prop_assert!(open <= MOST_IN_ALL);
            prop_assert_eq!(answer(&case), Offers::default());
        }
    }
}
