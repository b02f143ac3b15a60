//! Profiles, gaps and what is handed in, by example and by property.

use futures::executor::block_on;
use jiff::{ToSpan, civil::Date, civil::date};
use kernel::{AttemptId, Principal, Version};
use proptest::prelude::*;

use super::*;
use crate::{
    TrainingError, TrainingWriter,
    events::COMPETENCY_JUDGED,
    model::{Catalogue, Percent, Retirement},
    samples::{World, catalogue, cause, course, instant, person},
};

fn area(code: &str) -> Area {
    Area::parse(code).unwrap()
}

/// Attempts in the order of their numbers.
fn attempt(number: u8) -> EvidenceSource {
    let id: AttemptId = format!("01900a5d-ac96-774b-bcce-b302099a80{number:02x}").parse().unwrap();
    EvidenceSource::Assessment(id)
}

fn evidence(code: &str, score_tenths: u16, number: u8, on: Date) -> Evidence {
    Evidence { area: area(code), score_tenths, source: attempt(number), on }
}

fn profile(all: &[Evidence]) -> Profile {
    // Always the same person, so that profiles can be compared.
    let mut profile = Profile::new("01900a5d-ac96-774b-bcce-b302099a8000".parse().unwrap());
    for one in all {
        profile.take(one).unwrap();
    }
    profile
}

/// The score that held on a day.
fn held(profile: &Profile, code: &str, day: Date) -> Option<u16> {
    match profile.as_of(Some(day)).remove(&area(code))? {
        Known::Measured { latest, .. } => Some(latest.score.tenths()),
        Known::NotKept => None,
    }
}

#[test]
fn the_latest_evidence_holds_and_the_earlier_one_held_before() {
    let profile = profile(&[
        evidence("a", 860, 1, date(2026, 1, 10)),
        evidence("a", 400, 2, date(2026, 2, 10)),
        evidence("b", 705, 3, date(2026, 2, 10)),
    ]);
    assert_eq!(profile.latest(&area("A")).map(|held| held.score.level()), Some(Level::Novice));
    assert_eq!(held(&profile, "a", date(2026, 1, 9)), None);
    assert_eq!(held(&profile, "a", date(2026, 2, 9)), Some(860));
    assert_eq!(held(&profile, "a", date(2026, 2, 10)), Some(400));
    assert_eq!(profile.as_of(Some(date(2026, 2, 9))).len(), 1);
}

#[test]
fn of_one_day_the_later_attempt_holds_whatever_came_first() {
    let day = date(2026, 1, 10);
    for order in [[1, 2], [2, 1]] {
        let all = order.map(|number| evidence("a", u16::from(number) * 100, number, day));
        assert_eq!(held(&profile(&all), "a", day), Some(200));
    }
}

#[test]
fn an_attempt_says_one_thing_of_an_area() {
    let first = evidence("a", 500, 1, date(2026, 1, 10));
    let mut profile = profile(std::slice::from_ref(&first));
    let before = profile.clone();
    assert_eq!(profile.take(&first), Ok(false));
    let other = Evidence { score_tenths: 501, ..first.clone() };
    assert_eq!(profile.take(&other), Err(Error::Contradicts(area("a"))));
    assert_eq!(profile, before);
    assert_eq!(profile.take(&Evidence { area: area("b"), ..other }), Ok(true));
}

#[test]
fn what_is_not_kept_is_not_nought() {
    let start = date(2026, 1, 1);
    let all: Vec<Evidence> =
        (0..=20).map(|n| evidence("a", 500, n, start.saturating_add(i64::from(n).days()))).collect();
    let mut profile = profile(&all);
    let day = |profile: &Profile, on| format!("{:?}", profile.as_of(Some(on)).remove(&area("a")));
    assert_eq!(day(&profile, start), "Some(NotKept)");
    assert!(day(&profile, start.saturating_add(1.day())).contains("earlier: true"));
    // Evidence from before what is kept has its place before it, and so none here.
    let before = profile.clone();
    assert_eq!(profile.take(&evidence("a", 100, 99, date(2025, 1, 1))), Ok(true));
    assert_eq!(profile, before);
    assert_eq!(day(&profile, date(2024, 12, 31)), "Some(NotKept)");
}

#[test]
fn a_profile_is_bounded() {
    let mut profile = Profile::new(person());
    for number in 0..50 {
        profile.take(&evidence(&format!("area-{number}"), 500, 1, date(2026, 1, 1))).unwrap();
    }
    let more = evidence("one-more", 500, 1, date(2026, 1, 1));
    assert_eq!(profile.take(&more), Err(Error::TooManyAreas));
    assert_eq!(profile.take(&evidence("area-7", 600, 2, date(2026, 1, 1))), Ok(true));
    assert_eq!(profile.take(&evidence("area-7", 1001, 3, date(2026, 1, 1))), Err(Error::Score(1001)));
}

fn some_evidence() -> impl Strategy<Value = Vec<Evidence>> {
    // An attempt has one day; it says one thing of each of two areas.
    prop::collection::vec((0..60_i64, 0..=1000_u16, any::<bool>()), 0..20).prop_map(|raw| {
        raw.into_iter()
            .zip(0..)
            .map(|((day, score, first), number)| {
                let on = date(2026, 1, 1).saturating_add(day.days());
                evidence(if first { "a" } else { "b" }, score, number, on)
            })
            .collect()
    })
}

proptest! {
    /// As of any day the profile says what a fold over all evidence up to that day says, in whatever order it came.
    #[test]
    fn as_of_is_the_fold_of_the_history(
        (all, shuffled) in some_evidence().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        day in 0..60_i64,
    ) {
        let on = date(2026, 1, 1).saturating_add(day.days());
        let (straight, turned) = (profile(&all), profile(&shuffled));
        prop_assert_eq!(&straight, &turned);
        for code in ["a", "b"] {
            let mut latest: Option<&Evidence> = None;
            for one in all.iter().filter(|one| one.area == area(code) && one.on <= on) {
                if latest.is_none_or(|before| (before.on, before.source) < (one.on, one.source)) {
                    latest = Some(one);
                }
            }
            prop_assert_eq!(held(&turned, code, on), latest.map(|one| one.score_tenths));
        }
    }

    #[test]
    fn the_same_evidence_twice_changes_nothing(all in some_evidence()) {
        let once = profile(&all);
        let mut twice = once.clone();
        for one in &all {
            prop_assert_eq!(twice.take(one), Ok(false));
        }
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn a_profile_comes_back_as_it_was_written(all in some_evidence()) {
        let profile = profile(&all);
        let written = serde_json::to_value(&profile).unwrap();
        prop_assert_eq!(serde_json::from_value::<Profile>(written).unwrap(), profile);
    }

    /// A gap is open exactly where the target is not known to be reached, and its phases follow its size.
    #[test]
    fn gaps_are_what_is_missing_to_the_target(score in prop::option::of(0..=1000_u16), target in 1..=100_u8) {
        let known: Vec<Evidence> = score.into_iter().map(|score| evidence("a", score, 1, date(2026, 1, 1))).collect();
        let targets = Targets::from([(area("a"), Percent::new(target).unwrap())]);
        let gaps = gaps(&profile(&known), &targets, &Catalogue::default());
        let missing = score.map(|score| i32::from(target) * 10 - i32::from(score));
        match (missing, gaps.first().map(|gap| gap.standing)) {
            (None, Some(Standing::Unmeasured)) => {}
            (Some(missing), None) => prop_assert!(missing <= 0),
            (Some(missing), Some(Standing::Below { gap, priority, .. })) => {
                prop_assert_eq!(i32::from(gap.tenths()), missing);
                let days = if missing > 400 { 30 } else if missing > 200 { 60 } else { 90 };
                prop_assert_eq!(priority.days(), days);
            }
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        }
    }
}

#[test]
fn gaps_name_what_to_do_the_largest_first() {
    let teaches = |code: &str, hours: f64, areas: &[&str]| {
        let mut course = course(code, hours, &[], None);
        course.competencies = areas.iter().map(|area| (*area).to_owned()).collect();
        course
    };
    let (long, short) = (teaches("long", 8.0, &["Coding", "cloud"]), teaches("short", 2.0, &["coding"]));
    let mut gone = teaches("gone", 1.0, &["coding"]);
    gone.retired = Some(Retirement { on: date(2026, 1, 1) });
    let expected = vec![short.id, long.id];
    let catalogue = catalogue(vec![long, gone, short]);
    let target = |code: &str, score| (area(code), Percent::new(score).unwrap());
    let targets = Targets::from([
        target("coding", 71),
        target("cloud", 71),
        target("met", 41),
        target("close", 41),
        target("unknown", 41),
    ]);
    let day = date(2026, 1, 1);
    let profile = profile(&[
        evidence("coding", 300, 1, day),
        evidence("cloud", 509, 2, day),
        evidence("met", 410, 3, day),
        evidence("close", 409, 4, day),
        evidence("not-asked-for", 0, 5, day),
    ]);
    let gaps = gaps(&profile, &targets, &catalogue);
    let order: Vec<(&str, Option<Priority>)> = gaps
        .iter()
        .map(|gap| match gap.standing {
            Standing::Below { priority, .. } => (gap.area.as_str(), Some(priority)),
            Standing::Unmeasured => (gap.area.as_str(), None),
        })
        .collect();
    let (high, medium, low) = (Some(Priority::High), Some(Priority::Medium), Some(Priority::Low));
    assert_eq!(order, [("coding", high), ("cloud", medium), ("close", low), ("unknown", None)]);
    assert_eq!(gaps[0].courses, expected);
    assert_eq!((gaps[1].courses.len(), gaps[2].courses.len()), (1, 0));
}

#[test]
fn a_gap_of_exactly_forty_is_not_above_forty() {
    for (gap, priority) in [
        (401, Priority::High),
        (400, Priority::Medium),
        (201, Priority::Medium),
        (200, Priority::Low),
        (1, Priority::Low),
    ] {
        assert_eq!(Priority::of(gap), priority, "{gap}");
    }
}

#[test]
fn what_is_judged_is_written_with_its_event_once() {
    let world = World::new(Catalogue::default());
    let who = person();
    let cause = cause(instant("2026-03-02T10:00:00Z"), Principal::Program);
    let all = [evidence("a", 705, 1, date(2026, 3, 2)), evidence("b", 410, 1, date(2026, 3, 2))];
    let judge = |all: &[Evidence]| {
        let (writes, events) = block_on(usecases::judged(&world, who, all, &cause))?;
        let made = (writes.len(), events.len());
        let mut commit = kernel::Commit::of(writes.into_iter().map(crate::Write::Competency).collect());
        commit.events = events;
        block_on(world.commit(commit, &cause))?;
        Ok::<_, TrainingError>(made)
    };
    assert_eq!(judge(&all).unwrap(), (1, 2));
    assert_eq!(judge(&all).unwrap(), (0, 0));
    assert_eq!(judge(&[]).unwrap(), (0, 0));
    let stored = block_on(world.profile(who)).unwrap();
    assert_eq!(stored.map(|profile| profile.version), Some(Version::FIRST));
    let event = &world.events()[0];
    assert_eq!((event.kind.as_str(), event.subject.clone()), (COMPETENCY_JUDGED, who.to_string()));
    // The score is the person's, and is told nobody.
    let told = serde_json::json!({"area": "a", "source": attempt(1), "on": "2026-03-02"});
    assert_eq!(event.data, told);
    // One wrong piece leaves everything as it was.
    let late = [evidence("c", 1, 2, date(2026, 3, 3)), evidence("d", 1, 2, date(2026, 3, 4))];
    let refused = judge(&late).unwrap_err();
    assert_eq!((refused.code(), world.events().len()), ("evidence_of_the_future", 2));
    assert_eq!(judge(&late[..1]).unwrap(), (1, 1));
}

#[test]
fn forgetting_wins_its_race_and_can_be_repeated() {
    let world = World::new(Catalogue::default());
    let who = person();
    let cause = cause(instant("2026-03-02T10:00:00Z"), Principal::Program);
    let all = [evidence("a", 705, 1, date(2026, 3, 2))];
    let (writes, _) = block_on(usecases::judged(&world, who, &all, &cause)).unwrap();
    let commit = kernel::Commit::of(writes.into_iter().map(crate::Write::Competency).collect());
    block_on(world.commit(commit, &cause)).unwrap();
    world.lose_races(2);
    assert!(block_on(usecases::forget(&world, &world, who, &cause)).unwrap());
    assert!(!block_on(usecases::forget(&world, &world, who, &cause)).unwrap());
}
