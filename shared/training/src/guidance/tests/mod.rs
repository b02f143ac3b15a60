//! Articles, counts, searches; what reaches a browser is in `rendered`.

mod rendered;

use jiff::civil::date;
use kernel::{ArticleId, Limit, Position, Version};
use proptest::prelude::*;

use super::{
    Article, ArticleCode, ArticleFacts, ArticleState, Body, Counts, Entry, Error, Requirement, Summary, Technology,
    Template, TemplateKind, Tier,
    search::{Wanted, Words, Workload, find},
};
use crate::model::{CompetencyArea, CourseUrl, LanguageTag, Title};

const ON: jiff::civil::Date = date(2026, 3, 2);

fn tags(all: &str) -> std::collections::BTreeSet<Technology> {
    all.split_whitespace().map(|tag| Technology::parse(tag).unwrap()).collect()
}

fn facts(title: &str) -> ArticleFacts {
    ArticleFacts {
        title: Title::parse(title).unwrap(),
        summary: Summary::parse("How it is done here").unwrap(),
        body: Body::parse("# How").unwrap(),
        area: CompetencyArea::parse("secure-coding").unwrap(),
        requirement: Requirement::parse("Every input is checked").unwrap(),
        tiers: std::collections::BTreeSet::new(),
        technologies: std::collections::BTreeSet::new(),
        templates: Vec::new(),
        courses: std::collections::BTreeSet::new(),
        language: LanguageTag::parse("en").unwrap(),
    }
}

fn draft(code: &str, facts: ArticleFacts) -> Article {
    Article::new(ArticleId::new(jiff::Timestamp::UNIX_EPOCH), ArticleCode::parse(code).unwrap(), facts, ON)
}

fn published(code: &str, facts: ArticleFacts) -> Entry {
    draft(code, facts).moved(ArticleState::Published, ON).unwrap().entry()
}

fn anything() -> Wanted {
    Wanted {
        state: ArticleState::Published,
        words: None,
        area: None,
        tier: None,
        technology: None,
        workload: None,
        language: None,
    }
}

fn codes(entries: &[Entry], wanted: &Wanted) -> Vec<String> {
    let found = find(entries, wanted, Limit::MAX, None);
    found.items.into_iter().map(|hit| hit.entry.code.as_str().to_owned()).collect()
}

#[test]
fn what_is_published_is_read_until_the_next_draft_is() {
    let first = draft("a1", facts("One"));
    assert_eq!((first.version, first.published()), (Version::FIRST, None));
    let second = first.moved(ArticleState::Published, ON).unwrap();
    assert_eq!((second.version.get(), second.published()), (2, Some(second.version)));
    assert_eq!(second.moved(ArticleState::Published, ON), None, "published twice is published once");
    assert_eq!(second.rewritten(facts("One"), ON), None, "the same text is no change");
    let third = second.rewritten(facts("Three"), ON).unwrap();
    let fourth = third.rewritten(facts("Four"), ON).unwrap();
    for draft in [&third, &fourth] {
        assert_eq!((draft.state, draft.published()), (ArticleState::Draft, Some(second.version)));
        let entry = draft.entry();
        assert_eq!(entry.shown(ArticleState::Published).map(|it| it.title.as_str()), Some("One"));
        assert_eq!(entry.shown(ArticleState::Draft), Some(&draft.listed()));
    }
    let fifth = fourth.moved(ArticleState::Published, ON).unwrap();
    assert_eq!((fifth.published(), fifth.beside.clone()), (Some(fifth.version), None));
    let entry = fifth.entry();
    assert_eq!(entry.shown(ArticleState::Published).map(|it| it.title.as_str()), Some("Four"));
    assert_eq!(entry.shown(ArticleState::Draft), None);
}

#[test]
fn what_is_retired_or_withdrawn_is_read_by_nobody_else() {
    let live = draft("a1", facts("One")).moved(ArticleState::Published, ON).unwrap();
    let beside = live.rewritten(facts("Two"), ON).unwrap();
    for gone in [
        live.moved(ArticleState::Retired, ON).unwrap(),
        beside.moved(ArticleState::Retired, ON).unwrap(),
        live.moved(ArticleState::Draft, ON).unwrap(),
    ] {
        assert_eq!(gone.published(), None);
        assert_eq!(gone.entry().shown(ArticleState::Published), None);
    }
    let retired = live.moved(ArticleState::Retired, ON).unwrap();
    assert_eq!(
        retired.rewritten(facts("New"), ON).map(|it| (it.state, it.published())),
        Some((ArticleState::Draft, None))
    );
    assert_eq!(retired.moved(ArticleState::Published, ON).and_then(|it| it.published()).map(Version::get), Some(4));
}

#[test]
fn more_than_is_kept_is_refused() {
    let many = |field: &'static str, most| Err(Error::TooMany { field, most });
    let mut technologies = facts("T");
    technologies.technologies = (0..21).map(|n| Technology::parse(&format!("t{n}")).unwrap()).collect();
    assert_eq!(technologies.check(), many("technologies", 20));
    let mut templates = facts("T");
    let url = CourseUrl::parse("https://example.com/t").unwrap();
    templates.templates = vec![Template { kind: TemplateKind::CdkConstruct, url }; 11];
    assert_eq!(templates.check(), many("templates", 10));
    let mut courses = facts("T");
    courses.courses = (0..11).map(|_| kernel::CourseId::new(jiff::Timestamp::UNIX_EPOCH)).collect();
    assert_eq!(courses.check(), many("course_ids", 10));
    let mut swollen = facts("T");
    // A table of a thousand columns, whose rows are filled up with empty cells.
    let row = "|a".repeat(1000);
    let line = format!("|{}", "-|".repeat(1000));
    swollen.body = Body::parse(&format!("{row}\n{line}\n{}", "|x\n".repeat(10_000))).unwrap();
    assert_eq!(swollen.check(), Err(Error::TooLarge));
    assert_eq!(facts("T").check(), Ok(()));
}

#[test]
fn a_verdict_takes_the_place_of_the_one_before() {
    let once = Counts::NONE.with(None, true);
    assert_eq!((once.helpful, once.not_helpful, once.version.get()), (1, 0, 1));
    let other = once.with(None, false).with(Some(true), false);
    assert_eq!((other.helpful, other.not_helpful, other.version.get()), (0, 2, 3));
}

#[test]
fn words_find_what_begins_with_them() {
    let mut secrets = facts("Where secrets live");
    secrets.technologies = tags("lambda step-functions");
    let mut input = facts("Überprüfung of input");
    input.summary = Summary::parse("No secrets in here").unwrap();
    let all = [published("input", input), published("secrets", secrets)];
    let asked = |q: &str| codes(&all, &Wanted { words: Some(Words::parse(q).unwrap()), ..anything() });
    assert_eq!(asked("SECR"), ["secrets", "input"], "a title before a summary");
    assert_eq!(asked("uber"), ["input"]);
    assert_eq!(asked("step"), ["secrets"]);
    assert_eq!(asked("secrets lambda"), ["secrets"], "every word must be there");
    assert_eq!(asked("checked"), ["input", "secrets"], "the requirement counts, and equals stand by code");
    assert_eq!(asked("ecrets"), Vec::<String>::new(), "the middle of a word is no beginning");
    for bad in ["", "a", "a b c", "--", &"word ".repeat(30), "ab cd ef gh ij kl mn op qr"] {
        assert!(Words::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_workload_finds_what_is_about_it_best_first() {
    let of = |title: &str, tiers: &[u8], technologies: &str| {
        let mut facts = facts(title);
        facts.tiers = tiers.iter().map(|tier| Tier::new(*tier).unwrap()).collect();
        facts.technologies = tags(technologies);
        facts
    };
    let all = [
        published("everywhere", of("E", &[], "")),
        published("lambda", of("L", &[], "lambda")),
        published("lambda-dynamodb", of("B", &[], "lambda dynamodb s3")),
        published("first-tier", of("F", &[1], "")),
        published("third-tier", of("T", &[3], "lambda")),
        published("kubernetes", of("K", &[], "kubernetes")),
    ];
    let workload = Workload { tier: Tier::new(1).unwrap(), technologies: tags("lambda dynamodb rust") };
    let wanted = Wanted { workload: Some(workload), ..anything() };
    assert_eq!(codes(&all, &wanted), ["lambda-dynamodb", "lambda", "first-tier", "everywhere"]);
    let bare = Workload { tier: Tier::new(3).unwrap(), technologies: tags("") };
    assert_eq!(codes(&all, &Wanted { workload: Some(bare), ..anything() }), ["everywhere"]);
    let tier = Wanted { tier: Tier::new(3).ok(), technology: Technology::parse("lambda").ok(), ..anything() };
    assert_eq!(codes(&all, &tier), ["everywhere", "lambda", "lambda-dynamodb", "third-tier"]);
}

#[test]
fn a_search_keeps_to_state_area_and_language() {
    let mut german = facts("G");
    german.language = LanguageTag::parse("de-AT").unwrap();
    let mut cloud = facts("C");
    cloud.area = CompetencyArea::parse("cloud-security").unwrap();
    let all = [published("german", german), published("cloud", cloud), draft("draft", facts("D")).entry()];
    assert_eq!(codes(&all, &anything()), ["cloud", "german"]);
    assert_eq!(codes(&all, &Wanted { state: ArticleState::Draft, ..anything() }), ["draft"]);
    assert_eq!(codes(&all, &Wanted { state: ArticleState::Retired, ..anything() }), Vec::<String>::new());
    assert_eq!(codes(&all, &Wanted { language: LanguageTag::parse("de").ok(), ..anything() }), ["german"]);
    assert_eq!(codes(&all, &Wanted { area: CompetencyArea::parse("cloud-security").ok(), ..anything() }), ["cloud"]);
}

proptest! {
    #[test]
    fn pages_together_are_the_whole(count in 0_usize..40, limit in 1_u16..10, q in proptest::option::of("[a-c]{2}")) {
        let all: Vec<Entry> =
            (0..count).map(|n| published(&format!("code-{n}"), facts(["ab", "bc cab", "ca"][n % 3]))).collect();
        let wanted = Wanted { words: q.map(|q| Words::parse(&q).unwrap()), ..anything() };
        let whole = codes(&all, &wanted);
        let (mut seen, mut after) = (Vec::new(), None::<Position>);
        loop {
            let page = find(&all, &wanted, Limit::new(limit).unwrap(), after.as_ref());
            prop_assert!(page.items.len() <= usize::from(limit));
            seen.extend(page.items.iter().map(|hit| hit.entry.code.as_str().to_owned()));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        prop_assert_eq!(seen, whole);
    }
}
