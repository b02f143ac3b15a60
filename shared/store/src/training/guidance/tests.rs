//! The library on the table in memory: versions that come back, races, counts that add up, and what erasure leaves.

use std::{collections::BTreeSet, sync::Arc};

use directory::DirectoryListing;
use futures::future::join_all;
use kernel::{ArticleId, Cause, Commit, CourseId, FeedbackId, Limit, PersonId, Principal, StoreError, Version};
use training::{
    TrainingError, TrainingWriter,
    guidance::{
        Article, ArticleCode, ArticleFacts, ArticleState, Body, Comment, Counts, Error, Feedback, GuidanceReader,
        Requirement, Summary, Verdict, Write,
        usecases::{self, Library, Reader},
    },
    model::{CompetencyArea, LanguageTag, Title},
};

use super::TrainingStore;
use crate::{
    DirectoryStore, MemoryTable, keys,
    table::{Query, Table},
};

fn cause() -> Cause {
    let at = "2026-03-02T12:00:00Z".parse().unwrap();
    Cause { by: Principal::Program, at, correlation_id: "c".into(), causation_id: None }
}

fn facts(title: &str) -> ArticleFacts {
    ArticleFacts {
        title: Title::parse(title).unwrap(),
        summary: Summary::parse("How it is done here").unwrap(),
        body: Body::parse("# How\n\nLike this.").unwrap(),
        area: CompetencyArea::parse("secure-coding").unwrap(),
        requirement: Requirement::parse("Every input is checked").unwrap(),
        tiers: BTreeSet::new(),
        technologies: BTreeSet::new(),
        templates: Vec::new(),
        courses: BTreeSet::new(),
        language: LanguageTag::parse("en").unwrap(),
    }
}

fn verdict(helpful: bool, comment: Option<&str>) -> Verdict {
    Verdict { helpful, comment: comment.map(|text| Comment::parse(text).unwrap()) }
}

struct House {
    table: Arc<MemoryTable>,
    store: TrainingStore,
}

impl House {
    fn new() -> Self {
        let table = Arc::new(MemoryTable::new());
        Self { store: TrainingStore::new(table.clone()), table }
    }

    fn library(&self) -> Library<'_> {
        Library { reader: &self.store, training: &self.store, writer: &self.store }
    }

    async fn create(&self, code: &str, title: &str) -> Result<Article, TrainingError> {
        let code = ArticleCode::parse(code).unwrap();
        usecases::create(&self.library(), code, facts(title), &cause(), None).await
    }

    async fn rewrite(&self, article: &Article, title: &str) -> Result<Article, TrainingError> {
        let Article { id, version, code, .. } = article;
        usecases::rewrite(&self.library(), *id, *version, code, facts(title), &cause()).await
    }

    async fn set(&self, article: &Article, state: ArticleState) -> Article {
        usecases::set_state(&self.library(), article.id, article.version, state, &cause()).await.unwrap()
    }

    async fn published(&self, code: &str) -> Article {
        let made = self.create(code, "One").await.unwrap();
        self.set(&made, ArticleState::Published).await
    }

    async fn title(&self, id: ArticleId, version: Option<u64>, who: Reader) -> Option<String> {
        let read = usecases::read(&self.store, id, version.map(Version::new), who).await;
        match read {
            Ok((article, _)) => Some(article.facts.title.as_str().to_owned()),
            Err(TrainingError::Guidance(Error::Unknown(_))) => None,
            Err(error) => panic!("{error}"),
        }
    }

    async fn judge(&self, article: &Article, person: PersonId, said: Verdict) -> Result<Verdict, TrainingError> {
        usecases::judge(&self.library(), article.id, article.version, person, said, &cause()).await
    }

    async fn counts(&self, article: &Article) -> (u32, u32) {
        let Counts { helpful, not_helpful, .. } = self.store.article(article.id, None).await.unwrap().unwrap().counts;
        (helpful, not_helpful)
    }
}

#[tokio::test]
async fn every_version_comes_back_to_whoever_may_read_it() {
    let house = House::new();
    let first = house.create("a1", "One").await.unwrap();
    let second = house.set(&first, ArticleState::Published).await;
    let third = house.rewrite(&second, "Three").await.unwrap();
    let id = first.id;
    for (version, writer, anybody) in [
        (None, Some("Three"), Some("One")),
        (Some(1), Some("One"), None),
        (Some(2), Some("One"), Some("One")),
        (Some(3), Some("Three"), None),
        (Some(4), None, None),
        (Some(0), None, None),
    ] {
        let read = async |who| house.title(id, version, who).await;
        assert_eq!(read(Reader::Writer).await.as_deref(), writer, "{version:?}");
        assert_eq!(read(Reader::Anybody).await.as_deref(), anybody, "{version:?}");
    }
    let fourth = house.set(&third, ArticleState::Published).await;
    assert_eq!(house.title(id, None, Reader::Anybody).await.as_deref(), Some("Three"));
    assert_eq!(house.title(id, Some(2), Reader::Anybody).await.as_deref(), Some("One"));
    house.set(&fourth, ArticleState::Retired).await;
    for version in [None, Some(2), Some(4), Some(5)] {
        assert_eq!(house.title(id, version, Reader::Anybody).await, None, "{version:?}");
        assert!(house.title(id, version, Reader::Writer).await.is_some(), "{version:?}");
    }
    let stored = house.store.article(id, Some(second.version)).await.unwrap().unwrap();
    assert_eq!(stored.earlier, Some(second));
}

#[tokio::test]
async fn a_list_shows_what_each_version_said() {
    let house = House::new();
    let one = house.published("b-one").await;
    house.rewrite(&one, "Two").await.unwrap();
    house.create("a-two", "Draft").await.unwrap();
    let entries = house.store.entries().await.unwrap();
    let shown = |state| {
        let listed = entries.iter().filter_map(|entry| Some((entry.code.as_str(), entry.shown(state)?)));
        listed.map(|(code, listed)| (code, listed.title.as_str(), listed.version.get())).collect::<Vec<_>>()
    };
    assert_eq!(shown(ArticleState::Draft), [("a-two", "Draft", 1), ("b-one", "Two", 3)]);
    assert_eq!(shown(ArticleState::Published), [("b-one", "One", 2)]);
}

#[tokio::test]
async fn a_code_is_taken_once_however_many_ask_at_a_time() {
    let house = House::new();
    let made = join_all((0..4).map(|_| house.create("a1", "One"))).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    let taken = |made: &Result<Article, TrainingError>| matches!(made, Err(TrainingError::Guidance(Error::CodeTaken)));
    assert_eq!(made.iter().filter(|made| taken(made)).count(), 3, "{made:?}");
    let lost = usecases::create(&house.library(), ArticleCode::parse("A1").unwrap(), facts("T"), &cause(), None).await;
    assert!(taken(&lost), "case does not matter: {lost:?}");
}

#[tokio::test]
async fn what_was_read_at_the_same_moment_is_written_once() {
    let house = House::new();
    let commit = async |writes: Vec<Write>| {
        let writes = writes.into_iter().map(training::Write::Guidance).collect();
        house.store.commit(Commit::of(writes), &cause()).await
    };
    let new = || {
        let code = ArticleCode::parse("a1").unwrap();
        let on = jiff::civil::date(2026, 3, 2);
        Box::new(Article::new(ArticleId::new(cause().at), code, facts("One"), on))
    };
    let first = new();
    commit(vec![Write::Article { was: None, article: first.clone() }]).await.unwrap();
    let second = commit(vec![Write::Article { was: None, article: new() }]).await;
    assert!(matches!(second, Err(StoreError::Taken("article_code"))), "{second:?}");

    let next = |title: &str| {
        let article = Box::new(first.rewritten(facts(title), first.changed_on).unwrap());
        vec![Write::Article { was: Some(first.clone()), article }]
    };
    commit(next("Two")).await.unwrap();
    assert!(matches!(commit(next("Three")).await, Err(StoreError::Conflict)));
    assert_eq!(house.title(first.id, None, Reader::Writer).await.as_deref(), Some("Two"));

    let said = |helpful| {
        let feedback = Feedback {
            id: FeedbackId::new(cause().at),
            article: first.id,
            article_version: Version::FIRST,
            verdict: verdict(helpful, None),
            given_at: cause().at,
            version: Version::FIRST,
        };
        let person = PersonId::new(cause().at);
        vec![
            Write::Feedback { person, before: Version::ABSENT, feedback: Box::new(feedback) },
            Write::Counts { article: first.id, counts: Counts::NONE.with(None, helpful) },
        ]
    };
    commit(said(true)).await.unwrap();
    assert!(matches!(commit(said(false)).await, Err(StoreError::Conflict)), "a count is never lost");
    assert_eq!(house.counts(&first).await, (1, 0));
}

#[tokio::test]
async fn of_two_writers_one_is_told_that_the_other_was_faster() {
    let house = House::new();
    let first = house.create("a1", "One").await.unwrap();
    house.rewrite(&first, "Two").await.unwrap();
    assert!(matches!(house.rewrite(&first, "Three").await, Err(TrainingError::Stale)));
    let state = ArticleState::Published;
    let publish = usecases::set_state(&house.library(), first.id, first.version, state, &cause()).await;
    assert!(matches!(publish, Err(TrainingError::Stale)), "what was not read is not published");
    assert_eq!(house.title(first.id, None, Reader::Anybody).await, None);
}

#[tokio::test]
async fn an_article_names_courses_of_the_catalogue_and_keeps_its_code() {
    let house = House::new();
    let mut wrong = facts("T");
    wrong.courses.insert(CourseId::new(cause().at));
    let code = ArticleCode::parse("a1").unwrap();
    let made = usecases::create(&house.library(), code.clone(), wrong, &cause(), None).await;
    assert!(matches!(made, Err(TrainingError::UnknownCourse(_))), "{made:?}");
    assert!(house.store.entries().await.unwrap().is_empty(), "nothing was half-written");
    let made = house.create("a1", "One").await.unwrap();
    let other = ArticleCode::parse("a2").unwrap();
    let moved = usecases::rewrite(&house.library(), made.id, made.version, &other, facts("T"), &cause()).await;
    assert!(matches!(moved, Err(TrainingError::Guidance(Error::CodeFixed))));
}

#[tokio::test]
async fn a_person_says_one_thing_of_a_version() {
    let house = House::new();
    let article = house.published("a1").await;
    let [ada, bob] = [(); 2].map(|()| PersonId::new(cause().at));
    for _ in 0..2 {
        house.judge(&article, ada, verdict(true, Some("Good"))).await.unwrap();
    }
    house.judge(&article, bob, verdict(false, None)).await.unwrap();
    assert_eq!(house.counts(&article).await, (1, 1));
    house.judge(&article, ada, verdict(false, Some("On a second look: no"))).await.unwrap();
    assert_eq!(house.counts(&article).await, (0, 2));
    let page = house.store.comments(article.id, Limit::MAX, None).await.unwrap();
    let said: Vec<_> = page.items.iter().filter_map(|it| it.verdict.comment.as_ref()).map(Comment::expose).collect();
    assert_eq!(said, ["On a second look: no"]);
    house.judge(&article, ada, verdict(false, None)).await.unwrap();
    assert!(house.store.comments(article.id, Limit::MAX, None).await.unwrap().items.is_empty());

    let draft = house.rewrite(&article, "Two").await.unwrap();
    assert!(matches!(house.judge(&draft, ada, verdict(true, None)).await, Err(TrainingError::Stale)));
    house.judge(&article, ada, verdict(true, None)).await.unwrap();
    let next = house.set(&draft, ArticleState::Published).await;
    assert!(matches!(house.judge(&article, ada, verdict(false, None)).await, Err(TrainingError::Stale)));
    house.judge(&next, ada, verdict(true, None)).await.unwrap();
    assert_eq!(house.counts(&next).await, (2, 1), "of each version once");
    let gone = house.set(&next, ArticleState::Retired).await;
    let judged = house.judge(&gone, ada, verdict(false, None)).await;
    assert!(matches!(judged, Err(TrainingError::Guidance(Error::Unknown(_)))));
}

#[tokio::test]
async fn comments_are_paged_and_name_nobody() {
    let house = House::new();
    let article = house.published("a1").await;
    let people: Vec<_> = (0..5).map(|_| PersonId::new(cause().at)).collect();
    for person in &people {
        house.judge(&article, *person, verdict(true, Some("Good"))).await.unwrap();
    }
    let (mut seen, mut after) = (0, None);
    loop {
        let page = house.store.comments(article.id, Limit::new(2).unwrap(), after.as_ref()).await.unwrap();
        seen += page.items.len();
        let told = format!("{:?} {:?}", page.items, page.next);
        assert!(people.iter().all(|person| !told.contains(&person.to_string())), "{told}");
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, 5);
}

#[tokio::test]
async fn verdicts_given_at_once_all_count() {
    let house = House::new();
    let article = house.published("a1").await;
    let given = (0..20).map(|n| house.judge(&article, PersonId::new(cause().at), verdict(n % 4 != 0, None)));
    let given = join_all(given).await;
    let taken = given.iter().filter(|given| given.is_ok()).count();
    let (helpful, not_helpful) = house.counts(&article).await;
    assert_eq!(usize::try_from(helpful + not_helpful), Ok(taken));
    assert_eq!((helpful, not_helpful), (15, 5));
}

#[tokio::test]
async fn a_forgotten_person_leaves_numbers_and_no_word() {
    let house = House::new();
    let directory = DirectoryStore::new(house.table.clone());
    let [ada, bob] = [(); 2].map(|()| PersonId::new(cause().at));
    let articles = [house.published("a1").await, house.published("a2").await];
    for article in &articles {
        house.judge(article, ada, verdict(true, Some("From Ada"))).await.unwrap();
        house.judge(article, bob, verdict(true, Some("From Bob"))).await.unwrap();
    }
    let export = async |person| {
        let all = directory.export_of(person).await.unwrap();
        let training = all.iter().find(|part| part.system == "training").unwrap();
        serde_json::to_string(&training.items).unwrap()
    };
    let told = export(ada).await;
    assert!(told.matches("From Ada").count() == 2 && !told.contains("From Bob"), "{told}");
    for expected in [2, 0] {
        let forgotten = usecases::forget(&house.store, &house.store, ada, &cause()).await.unwrap();
        assert_eq!(forgotten, expected);
    }
    assert_eq!(export(ada).await, "[]");
    let left = house.table.query(&Query::partition(keys::feedback_of(ada))).await.unwrap();
    assert!(left.items.is_empty());
    let comments = house.store.comments(articles[0].id, Limit::MAX, None).await.unwrap();
    let said: Vec<_> = comments.items.iter().filter_map(|it| it.verdict.comment.as_ref()).collect();
    assert_eq!(said.iter().map(|it| it.expose()).collect::<Vec<_>>(), ["From Bob"]);
    assert_eq!(house.counts(&articles[0]).await, (2, 0));
}
