//! Roll-ups: figures of the company, a team or a department, kept by adding differences. `NOW` holds the running sums,
//! `DAY#<date>` what that day (UTC) changed; a figure as of a day is `NOW` less every day after it, by one query. An
//! event's mark is written in the same transaction as its difference, so that a redelivered event counts once, and
//! because everything is added the order does not matter.

use std::{collections::HashMap, sync::Arc};

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use kernel::{Commit, CourseId, Event, EventId, StoreError, Version};
use training::{
    effectiveness::Sums,
    model::{RollUp, Scope},
    usecases::figures::{Correction, Kept},
};

use crate::{
    Table,
    commit::{Guard, Transaction, unavailable},
    item::{ItemBuilder, Kind, version},
    keys::{self, System},
    table::{Change, Item, Key, MAX_TRANSACTION, Op, PK, Query, Range, SK, Value, WriteError, text},
    training::effectiveness,
};

const MARK: Kind = Kind::first("counted");
const ROLLUP: Kind = Kind::first("rollup");
/// How long a mark is kept: far longer than any event can still be under way.
const MARKS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 400);

/// Figures of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// The sums.
    pub roll_up: RollUp,
    /// The day they stand for: of the last change, or the day that was asked for.
    pub day: Date,
    /// How often the running sums were changed.
    pub version: Version,
}

/// Differences of some events: one mark an event, and for each group and day the sum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    /// The events.
    pub events: Vec<EventId>,
    /// What they add to each group on each day.
    pub deltas: Vec<(Scope, Date, RollUp)>,
    /// What they add to each course.
    pub courses: Vec<(CourseId, Sums)>,
}

impl Count {
    /// How many writes it takes: a mark an event, a day a delta, and the running sums of each group and course.
    pub fn writes(&self) -> usize {
        self.events.len() + self.deltas.len() + self.scopes().len() + self.courses.len()
    }

    /// Whether it fits into one transaction.
    pub fn fits(&self) -> bool {
        self.writes() <= MAX_TRANSACTION
    }

    fn scopes(&self) -> std::collections::BTreeMap<&Scope, (RollUp, Date)> {
        let mut sums = std::collections::BTreeMap::new();
        for (scope, day, delta) in &self.deltas {
            let (sum, last) = sums.entry(scope).or_insert((RollUp::ZERO, *day));
            *sum = sum.plus(*delta);
            *last = (*last).max(*day);
        }
        sums
    }
}

/// Why a count was not written.
#[derive(Debug, thiserror::Error)]
pub enum CountError {
    /// These events were counted before; nothing was written.
    #[error("{} events were counted before", .0.len())]
    Counted(Vec<EventId>),
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The roll-ups.
#[derive(Clone)]
pub struct RollUps {
    table: Arc<dyn Table>,
}

fn adding(key: Key, delta: RollUp, day: Date) -> Op {
    let changes = vec![
        Change::SetIfMissing("type", Value::S(ROLLUP.name.to_owned())),
        Change::SetIfMissing("schema", Value::N(ROLLUP.schema.to_string())),
        Change::Set("day", Value::S(day.to_string())),
        Change::Add("people", delta.people),
        Change::Add("clear", delta.clear),
        Change::Add("required", delta.required),
        Change::Add("valid", delta.valid),
        Change::Add("version", 1),
    ];
    Op::Update { key, changes, when: Vec::new() }
}

/// The same item written whole.
fn summed(key: &Key, sums: RollUp, day: Date, version: Version) -> Item {
    let number = |number: i64| Value::N(number.to_string());
    let attributes = [
        (PK, Value::S(key.pk.clone())),
        (SK, Value::S(key.sk.clone())),
        ("type", Value::S(ROLLUP.name.to_owned())),
        ("schema", Value::N(ROLLUP.schema.to_string())),
        ("day", Value::S(day.to_string())),
        ("people", number(sums.people)),
        ("clear", number(sums.clear)),
        ("required", number(sums.required)),
        ("valid", number(sums.valid)),
        ("version", Value::N(version.to_string())),
    ];
    Item::from(attributes.map(|(name, value)| (name.to_owned(), value)).into_iter().collect::<HashMap<_, _>>())
}

fn sums(item: &Item) -> RollUp {
    let number = |name: &str| match item.get(name) {
        Some(Value::N(number)) => number.parse().unwrap_or_default(),
        _ => 0,
    };
    RollUp { people: number("people"), clear: number("clear"), required: number("required"), valid: number("valid") }
}

impl RollUps {
    /// The roll-ups in this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table }
    }

    /// Adds differences, all of them or none.
    ///
    /// # Errors
    /// [`CountError::Counted`] names events to leave out of another try.
    pub async fn count(&self, count: &Count, at: Timestamp) -> Result<(), CountError> {
        let mut ops = Vec::with_capacity(count.writes());
        for event in &count.events {
            let mark = ItemBuilder::new(&keys::counted(*event), MARK, &at)?.expires(at + MARKS_KEPT).build();
            ops.push(Op::create(mark));
        }
        for (scope, day, delta) in &count.deltas {
            ops.push(adding(keys::rollup_day(&scope.to_string(), *day), *delta, *day));
        }
        for (scope, (sum, day)) in count.scopes() {
            ops.push(adding(keys::rollup(&scope.to_string()), sum, day));
        }
        ops.extend(count.courses.iter().map(|(course, sums)| effectiveness::adding(*course, sums)));
        match self.table.transact(ops).await {
            Ok(()) => Ok(()),
            Err(WriteError::Refused(refusals)) => {
                // Only marks carry a condition, and they come first.
                let counted = refusals.iter().filter_map(|refusal| count.events.get(refusal.index).copied());
                Err(CountError::Counted(counted.collect()))
            }
            Err(WriteError::Contended) => Err(StoreError::Conflict.into()),
            Err(error) => Err(StoreError::Unavailable(Box::new(error)).into()),
        }
    }

    /// The running sums of a group, as last written.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be read.
    pub async fn kept(&self, scope: &Scope) -> Result<Kept, StoreError> {
        let item = self.table.get(&keys::rollup(&scope.to_string()), true).await.map_err(unavailable)?;
        let empty = Kept { roll_up: RollUp::ZERO, version: Version::ABSENT };
        Ok(item.map_or(empty, |item| Kept { roll_up: sums(&item), version: version(&item) }))
    }

    /// Adds differences to running sums of known versions, and to what the event's day changed, with the event. Whatever
    /// is counted meanwhile changes the running sums too, so that their version guards the day's item as well.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when one of the versions is not the last any more; nothing was written then.
    pub async fn correct(&self, corrections: &[Correction], event: &Event) -> Result<(), StoreError> {
        let day = event.recorded_at.to_zoned(jiff::tz::TimeZone::UTC).date();
        let mut transaction = Transaction::new(System::Training);
        for Correction { scope, kept, difference } in corrections {
            let name = scope.to_string();
            let sum = kept.roll_up.plus(*difference);
            let now = summed(&keys::rollup(&name), sum, day, kept.version.next());
            transaction.push(Op::replace(now, kept.version), Guard::Version);
            let key = keys::rollup_day(&name, day);
            let item = self.table.get(&key, true).await.map_err(unavailable)?;
            let (changed, read) = item.map_or((RollUp::ZERO, Version::ABSENT), |item| (sums(&item), version(&item)));
            let item = summed(&key, changed.plus(*difference), day, read.next());
            transaction.push(Op::replace(item, read), Guard::Version);
        }
        transaction.push_rest(&Commit::of(Vec::<()>::new()).event(event.clone()), event.recorded_at)?;
        transaction.run(self.table.as_ref()).await
    }

    /// Figures of a group now, or at the end of a day (UTC). None where nothing was ever counted.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be read.
    pub async fn read(&self, scope: &Scope, as_of: Option<Date>) -> Result<Option<Figures>, StoreError> {
        let name = scope.to_string();
        // Without a day, and on the calendar's last one, nothing can have come after.
        let day = as_of.and_then(|day| Some((day, day.checked_add(1.day()).ok()?)));
        let Some((as_of, next_day)) = day else {
            let item = self.table.get(&keys::rollup(&name), false).await.map_err(unavailable)?;
            return item.as_ref().map(now_of).transpose();
        };
        let range = Range { low: Some(keys::rollup_day(&name, next_day).sk), high: None };
        let mut query = Query::partition(keys::rollup_partition(&name)).range(range);
        let (mut now, mut after) = (None, RollUp::ZERO);
        loop {
            let slice = self.table.query(&query).await.map_err(unavailable)?;
            for item in &slice.items {
                if text(item, SK) == Some(keys::rollup(&name).sk.as_str()) {
                    now = Some(now_of(item)?);
                } else {
                    after = after.plus(sums(item));
                }
            }
            match slice.next {
                Some(next) => query = query.after(Some(next)),
                None => break,
            }
        }
        Ok(now.map(|now| Figures { roll_up: now.roll_up.minus(after), day: as_of, ..now }))
    }
}

fn now_of(item: &Item) -> Result<Figures, StoreError> {
    let day = text(item, "day").and_then(|day| day.parse().ok());
    let day = day.ok_or_else(|| StoreError::Unreadable(format!("{}: its day", crate::table::key_of(item))))?;
    Ok(Figures { roll_up: sums(item), day, version: version(item) })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::MemoryTable;

    const ONE: RollUp = RollUp { people: 1, clear: 1, required: 3, valid: 2 };

    fn at() -> Timestamp {
        Timestamp::from_second(1_782_000_000).unwrap()
    }

    fn count(event: EventId, day: Date, delta: RollUp) -> Count {
        Count { events: vec![event], deltas: vec![(Scope::Company, day, delta)], courses: Vec::new() }
    }

    #[tokio::test]
    async fn an_event_counts_once() {
        let roll_ups = RollUps::new(Arc::new(MemoryTable::new()));
        let event = EventId::new(at());
        let day = date(2026, 2, 9);
        roll_ups.count(&count(event, day, ONE), at()).await.unwrap();
        let again = roll_ups.count(&count(event, day, ONE), at()).await.unwrap_err();
        assert!(matches!(again, CountError::Counted(events) if events == [event]));
        assert_eq!(roll_ups.read(&Scope::Company, None).await.unwrap().unwrap().roll_up, ONE);
    }

    #[tokio::test]
    async fn figures_can_be_asked_as_of_any_day_whatever_the_order_of_events() {
        let roll_ups = RollUps::new(Arc::new(MemoryTable::new()));
        for day in [12, 3, 7] {
            roll_ups.count(&count(EventId::new(at()), date(2026, 2, day), ONE), at()).await.unwrap();
        }
        let mut people = Vec::new();
        for day in [1, 3, 6, 7, 11, 12, 28] {
            let figures = roll_ups.read(&Scope::Company, Some(date(2026, 2, day))).await.unwrap().unwrap();
            people.push(figures.roll_up.people);
        }
        assert_eq!(people, [0, 1, 1, 2, 2, 3, 3]);
        assert_eq!(roll_ups.read(&Scope::Department("X".into()), None).await.unwrap(), None);
    }
}
