//! What courses do: one item a course with everything that is counted, what people said of courses, and notes on it.
//! Sums are added to, never read first, so that whoever counts at the same moment does not decide again.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kernel::{CourseId, Limit, PersonId, StoreError};
use training::effectiveness::{CourseNotes, EffectivenessReader, Feedback, Sums, Write};

use super::{TrainingStore, items};
use crate::{
    commit::{Guard, Transaction, unavailable},
    item::{ItemBuilder, Kind, body},
    keys,
    table::{Change, Index, Item, Op, Query, Range, SK, Value, expect, text},
};

const SUMS: Kind = Kind::first("course_sums");
const PULSE: Kind = Kind::first("pulse");
const NOTES: Kind = Kind::first("course_notes");

/// Adds to what is counted for a course; numbers that do not change are left out.
pub(crate) fn adding(course: CourseId, sums: &Sums) -> Op {
    let changes = [
        Change::SetIfMissing("type", Value::S(SUMS.name.to_owned())),
        Change::SetIfMissing("schema", Value::N(SUMS.schema.to_string())),
    ];
    let more = sums.parts().into_iter().filter(|(_, number)| *number != 0);
    let changes = changes.into_iter().chain(more.map(|(name, number)| Change::Add(name, number))).collect();
    Op::Update { key: keys::effect(course), changes, when: Vec::new() }
}

fn sums(item: &Item) -> Sums {
    Sums::of(|name| match item.get(name) {
        Some(Value::N(number)) => number.parse().unwrap_or_default(),
        _ => 0,
    })
}

fn pulse(feedback: &Feedback) -> Result<Item, StoreError> {
    let Feedback { person, course, completion, on, .. } = *feedback;
    let key = keys::pulse(person, course, completion);
    let item = ItemBuilder::new(&key, PULSE, feedback)?;
    Ok(item.index(Index::List, keys::pulses_on(course), format!("{on}#{completion}")).build())
}

fn notes(notes: &CourseNotes) -> Result<Item, StoreError> {
    Ok(ItemBuilder::new(&keys::effect_notes(notes.course), NOTES, notes)?.version(notes.version).build())
}

/// Adds a write of this room to a transaction.
pub(super) fn push(transaction: &mut Transaction, write: &Write) -> Result<(), StoreError> {
    match write {
        Write::Feedback { file, feedback } => {
            let file = Op::Check { key: keys::learner(feedback.person), when: expect(*file) };
            transaction.push(file, Guard::Version);
            transaction.push(Op::create(pulse(feedback)?), Guard::Taken("pulse"));
        }
        Write::Forget { person, course, completion } => {
            let key = keys::pulse(*person, *course, *completion);
            transaction.push(Op::Delete { key, when: Vec::new() }, Guard::Version);
        }
        Write::Notes { before, notes: after } => transaction.push(Op::replace(notes(after)?, *before), Guard::Version),
        Write::Count { course, sums } => transaction.push(adding(*course, sums), Guard::Version),
    }
    Ok(())
}

#[async_trait]
impl EffectivenessReader for TrainingStore {
    async fn all_sums(&self) -> Result<BTreeMap<CourseId, Sums>, StoreError> {
        let mut all = BTreeMap::new();
        for item in &self.all(keys::EFFECT.to_owned(), Range::prefix("COURSE#")).await? {
            let course = text(item, SK).and_then(|sort| sort.strip_prefix("COURSE#")?.parse().ok());
            all.insert(course.ok_or_else(|| items::unreadable(item, "names no course"))?, sums(item));
        }
        Ok(all)
    }

    async fn sums(&self, course: CourseId) -> Result<Sums, StoreError> {
        let item = self.table.get(&keys::effect(course), false).await.map_err(unavailable)?;
        Ok(item.as_ref().map(sums).unwrap_or_default())
    }

    async fn feedback(&self, person: PersonId) -> Result<Vec<Feedback>, StoreError> {
        self.all(keys::pulses_of(person), Range::all()).await?.iter().map(|item| body(item, PULSE)).collect()
    }

    async fn latest(&self, course: CourseId, limit: Limit) -> Result<Vec<Feedback>, StoreError> {
        let query = Query::index(Index::List, keys::pulses_on(course)).descending().limit(limit.get());
        let slice = self.table.query(&query).await.map_err(unavailable)?;
        slice.items.iter().map(|item| body(item, PULSE)).collect()
    }

    async fn notes(&self, course: CourseId) -> Result<Option<CourseNotes>, StoreError> {
        self.one(&keys::effect_notes(course), NOTES).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::civil::date;
    use kernel::{Cause, Commit, CompletionId, Principal, Version};
    use training::{
        TrainingWriter,
        competency::Score,
        effectiveness::{Comment, Note, Rating, Ratings, usecases},
        model::FreeText,
    };

    use super::*;
    use crate::{MemoryTable, Table};

    fn cause() -> Cause {
        let at = "2026-03-02T12:00:00Z".parse().unwrap();
        Cause { by: Principal::Program, at, correlation_id: "c".into(), causation_id: None }
    }

    fn feedback(person: PersonId, course: CourseId, day: i8) -> Feedback {
        let rating = |raw| Rating::new(raw).unwrap();
        Feedback {
            person,
            course,
            completion: CompletionId::new(cause().at),
            on: date(2026, 3, day),
            ratings: Ratings { relevance: rating(5), quality: rating(4), confidence: rating(1) },
            comment: Comment::parse("More labs").ok(),
        }
    }

    /// Feedback of somebody who has no file.
    fn said(feedback: &Feedback) -> Write {
        Write::Feedback { file: Version::ABSENT, feedback: Box::new(feedback.clone()) }
    }

    async fn write(store: &TrainingStore, writes: Vec<Write>) -> Result<(), StoreError> {
        let writes = writes.into_iter().map(training::Write::Effectiveness).collect();
        store.commit(Commit::of(writes), &cause()).await
    }

    #[tokio::test]
    async fn what_is_counted_adds_up_course_by_course() {
        let store = TrainingStore::new(Arc::new(MemoryTable::new()));
        let (one, other) = (CourseId::new(cause().at), CourseId::new(cause().at));
        assert_eq!(store.sums(one).await.unwrap(), Sums::default());
        let score = |tenths| Score::from_tenths(tenths).unwrap();
        let person = PersonId::new(cause().at);
        write(&store, vec![usecases::paired(one, score(200), score(605))]).await.unwrap();
        write(&store, vec![usecases::paired(one, score(400), score(700))]).await.unwrap();
        let given = feedback(person, one, 1);
        let counted = Write::Count { course: one, sums: Sums::feedback(given.ratings) };
        write(&store, vec![said(&given), counted]).await.unwrap();
        write(&store, vec![usecases::paired(other, score(0), score(1000))]).await.unwrap();
        let sums = store.sums(one).await.unwrap();
        assert_eq!((sums.pairs.pairs, sums.pairs.pre, sums.pairs.product), (2, 600, 200 * 605 + 400 * 700));
        assert_eq!((sums.answers, sums.relevance, sums.quality, sums.confidence), (1, 5, 4, 1));
        let all = store.all_sums().await.unwrap();
        assert_eq!((all.len(), all[&one], all[&other].pairs.post_squared), (2, sums, 1_000_000));
    }

    #[tokio::test]
    async fn feedback_is_given_once_listed_by_course_and_forgotten_by_person() {
        let store = TrainingStore::new(Arc::new(MemoryTable::new()));
        let course = CourseId::new(cause().at);
        let (ada, bob) = (PersonId::new(cause().at), PersonId::new(cause().at));
        let (first, second) = (feedback(ada, course, 1), feedback(bob, course, 2));
        for given in [&first, &second] {
            write(&store, vec![said(given)]).await.unwrap();
        }
        let again = write(&store, vec![said(&first)]).await;
        assert!(matches!(again, Err(StoreError::Taken("pulse"))));
        let latest = store.latest(course, Limit::MAX).await.unwrap();
        assert_eq!(latest, [second.clone(), first.clone()]);
        assert_eq!(store.feedback(ada).await.unwrap(), [first]);
        assert!(usecases::forget(&store, &store, ada, &cause()).await.unwrap());
        assert!(!usecases::forget(&store, &store, ada, &cause()).await.unwrap());
        assert_eq!(store.latest(course, Limit::MAX).await.unwrap(), [second]);
    }

    #[tokio::test]
    async fn feedback_rests_on_the_file_that_was_read() {
        let house = Arc::new(MemoryTable::new());
        let store = TrainingStore::new(house.clone());
        let (ada, course) = (PersonId::new(cause().at), CourseId::new(cause().at));
        let head = |version: u64| {
            let item = ItemBuilder::new(&keys::learner(ada), items::LEARNER, &ada).unwrap();
            Op::put(item.version(Version::new(version)).build())
        };
        let given = feedback(ada, course, 1);
        let say = |file: u64| Write::Feedback { file: Version::new(file), feedback: Box::new(given.clone()) };
        let counted = || Write::Count { course, sums: Sums::feedback(given.ratings) };
        // The file is gone, then it has changed since.
        let gone = write(&store, vec![say(7), counted()]).await;
        house.write(head(8)).await.unwrap();
        let changed = write(&store, vec![say(7), counted()]).await;
        for refused in [gone, changed] {
            assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
        }
        assert_eq!((store.feedback(ada).await.unwrap(), store.sums(course).await.unwrap().answers), (Vec::new(), 0));
        write(&store, vec![say(8), counted()]).await.unwrap();
        assert_eq!(store.feedback(ada).await.unwrap(), std::slice::from_ref(&given));
    }

    #[tokio::test]
    async fn of_two_notes_at_once_one_is_written_again() {
        let store = TrainingStore::new(Arc::new(MemoryTable::new()));
        let course = CourseId::new(cause().at);
        let note = Note { on: date(2026, 3, 2), by: Principal::Program, text: FreeText::parse("Added a lab").unwrap() };
        let notes = CourseNotes::new(course).with(note);
        let write_notes = || write(&store, vec![Write::Notes { before: Version::ABSENT, notes: notes.clone() }]);
        write_notes().await.unwrap();
        assert!(matches!(write_notes().await, Err(StoreError::Conflict)));
        assert_eq!(store.notes(course).await.unwrap(), Some(notes.clone()));
    }
}
