//! The seam under every store: items by key, conditional writes, queries of one partition. It offers just what the
//! house uses, so that a second implementation can be held to the same contract; there is no scan on purpose.

mod dynamo;
mod expression;
#[cfg(test)]
pub(crate) mod interrupted;
mod memory;

use std::{collections::BTreeSet, fmt};

use async_trait::async_trait;
pub use dynamo::{DynamoTable, Meter, Usage};
pub use memory::MemoryTable;
pub use serde_dynamo::{AttributeValue as Value, Item};

/// Attributes of the table's own key.
pub const PK: &str = "pk";
/// The sort half of the table's own key.
pub const SK: &str = "sk";

/// The most operations DynamoDB takes in one transaction.
pub const MAX_TRANSACTION: usize = 100;

/// The full key of an item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Partition.
    pub pk: String,
    /// Sort position.
    pub sk: String,
}

impl Key {
    /// Both halves.
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.pk, self.sk)
    }
}

/// The sparse indexes. An item is in one exactly while it has both of its attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Index {
    /// Listings by name, manager or day.
    List,
    /// What is due now.
    Next,
    /// Outbox rows not yet relayed, mails not yet sent.
    Pending,
}

impl Index {
    /// Every index.
    pub const ALL: &[Self] = &[Self::List, Self::Next, Self::Pending];

    /// The index's name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Next => "next",
            Self::Pending => "pending",
        }
    }

    /// The attribute that holds its partition.
    pub const fn pk(self) -> &'static str {
        match self {
            Self::List => "list_pk",
            Self::Next => "next_pk",
            Self::Pending => "pending_pk",
        }
    }

    /// The attribute that holds its sort position.
    pub const fn sk(self) -> &'static str {
        match self {
            Self::List => "list_sk",
            Self::Next => "next_sk",
            Self::Pending => "pending_sk",
        }
    }
}

/// What must hold for a write to happen; several are joined by "and".
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// The item does not exist.
    Absent,
    /// The item exists.
    Present,
    /// An attribute has exactly this value.
    Equals(&'static str, Value),
    /// An attribute exists and sorts at or before this value (strings by bytes, numbers by size).
    AtMost(&'static str, Value),
    /// An attribute does not exist.
    Missing(&'static str),
}

/// One change of an update.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Sets an attribute.
    Set(&'static str, Value),
    /// Sets an attribute that does not exist yet.
    SetIfMissing(&'static str, Value),
    /// Removes an attribute.
    Remove(&'static str),
    /// Adds to a number, from zero if it does not exist.
    Add(&'static str, i64),
    /// The same, of an attribute whose name holds data.
    AddTo(String, i64),
    /// Adds members to a set of strings.
    Insert(&'static str, BTreeSet<String>),
    /// Takes members from a set of strings; a set that runs empty goes.
    Take(&'static str, BTreeSet<String>),
}

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Writes a whole item, which carries its own key.
    Put {
        /// The item.
        item: Item,
        /// What must hold.
        when: Vec<Condition>,
    },
    /// Changes some attributes, creating the item if no condition forbids it.
    Update {
        /// Which item.
        key: Key,
        /// What changes.
        changes: Vec<Change>,
        /// What must hold.
        when: Vec<Condition>,
    },
    /// Removes an item.
    Delete {
        /// Which item.
        key: Key,
        /// What must hold.
        when: Vec<Condition>,
    },
    /// Changes nothing, but fails the transaction unless the conditions hold.
    Check {
        /// Which item.
        key: Key,
        /// What must hold.
        when: Vec<Condition>,
    },
}

impl Op {
    /// A new item: it must not exist.
    pub fn create(item: Item) -> Self {
        Self::Put { item, when: vec![Condition::Absent] }
    }

    /// An item whatever stands there.
    pub fn put(item: Item) -> Self {
        Self::Put { item, when: Vec::new() }
    }

    /// An item in place of the one with this version.
    pub fn replace(item: Item, expected: kernel::Version) -> Self {
        Self::Put { item, when: expect(expected) }
    }
}

/// The condition for "nobody wrote since": absence for [`kernel::Version::ABSENT`], else the same `version`.
pub fn expect(version: kernel::Version) -> Vec<Condition> {
    if version == kernel::Version::ABSENT {
        vec![Condition::Absent]
    } else {
        vec![Condition::Equals("version", Value::N(version.to_string()))]
    }
}

/// A stretch of sort positions, both ends included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Range {
    /// The lowest position.
    pub low: Option<String>,
    /// The highest position.
    pub high: Option<String>,
}

impl Range {
    /// The whole partition.
    pub fn all() -> Self {
        Self::default()
    }

    /// Positions that start with a text.
    pub fn prefix(prefix: &str) -> Self {
        Self { low: Some(prefix.to_owned()), high: Some(format!("{prefix}\u{10ffff}")) }
    }

    /// Positions up to a text and everything that starts with it.
    pub fn up_to(high: &str) -> Self {
        Self { low: None, high: Some(format!("{high}\u{10ffff}")) }
    }
}

/// A question to one partition of the table or of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Absent for the table itself.
    pub index: Option<Index>,
    /// The partition.
    pub partition: String,
    /// Which positions.
    pub range: Range,
    /// Largest position first.
    pub descending: bool,
    /// At most how many items, 1 to 1,000; absent for as many as fit into a megabyte.
    pub limit: Option<u16>,
    /// The position after which to go on: no position of a partition may be the start of another.
    pub after: Option<String>,
    /// A strongly consistent read; the table only.
    pub consistent: bool,
}

impl Query {
    /// The table's partition, in order.
    pub fn partition(partition: impl Into<String>) -> Self {
        Self {
            index: None,
            partition: partition.into(),
            range: Range::all(),
            descending: false,
            limit: None,
            after: None,
            consistent: false,
        }
    }

    /// An index's partition, in order.
    pub fn index(index: Index, partition: impl Into<String>) -> Self {
        Self { index: Some(index), ..Self::partition(partition) }
    }

    /// Only these positions.
    #[must_use]
    pub fn range(mut self, range: Range) -> Self {
        self.range = range;
        self
    }

    /// At most so many.
    #[must_use]
    pub fn limit(mut self, limit: u16) -> Self {
        self.limit = Some(limit);
        self
    }

    /// From after this position on.
    #[must_use]
    pub fn after(mut self, after: Option<String>) -> Self {
        self.after = after;
        self
    }

    /// Largest position first.
    #[must_use]
    pub fn descending(mut self) -> Self {
        self.descending = true;
        self
    }

    /// Reads what was last written.
    #[must_use]
    pub fn consistent(mut self) -> Self {
        self.consistent = true;
        self
    }
}

/// Items of a query, and where to go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// The items, in the asked order.
    pub items: Vec<Item>,
    /// The last position, when there may be more.
    pub next: Option<String>,
}

/// The table could not be reached, throttled or timed out. Whether a write happened is unknown.
#[derive(Debug, thiserror::Error)]
#[error("the table could not be reached")]
pub struct Unavailable(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// One operation whose conditions did not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Its place in the transaction.
    pub index: usize,
    /// The item as it stands.
    pub item: Option<Item>,
}

/// Why a write did not happen.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Conditions did not hold; nothing was written.
    #[error("the conditions of {} of the operations did not hold", .0.len())]
    Refused(Vec<Refusal>),
    /// Another transaction touched the same items at the same time; nothing was written.
    #[error("another transaction came first")]
    Contended,
    /// More operations than a transaction takes.
    #[error("{0} operations do not fit into one transaction")]
    TooLarge(usize),
    /// See [`Unavailable`].
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Items by key, conditional writes, and queries of one partition.
#[async_trait]
pub trait Table: Send + Sync {
    /// One item, strongly consistent where asked.
    async fn get(&self, key: &Key, consistent: bool) -> Result<Option<Item>, Unavailable>;

    /// Several items (at most 100), those that exist, in no order, strongly consistent.
    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Item>, Unavailable>;

    /// Items of one partition.
    async fn query(&self, query: &Query) -> Result<Slice, Unavailable>;

    /// One write alone. The answer is the item after an update, nothing after other writes.
    async fn write(&self, op: Op) -> Result<Option<Item>, WriteError>;

    /// All of the writes, or none.
    async fn transact(&self, ops: Vec<Op>) -> Result<(), WriteError>;
}

#[async_trait]
impl<T: Table + ?Sized> Table for std::sync::Arc<T> {
    async fn get(&self, key: &Key, consistent: bool) -> Result<Option<Item>, Unavailable> {
        (**self).get(key, consistent).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Item>, Unavailable> {
        (**self).get_many(keys).await
    }

    async fn query(&self, query: &Query) -> Result<Slice, Unavailable> {
        (**self).query(query).await
    }

    async fn write(&self, op: Op) -> Result<Option<Item>, WriteError> {
        (**self).write(op).await
    }

    async fn transact(&self, ops: Vec<Op>) -> Result<(), WriteError> {
        (**self).transact(ops).await
    }
}

/// The key an item carries.
pub fn key_of(item: &Item) -> Key {
    Key::new(text(item, PK).unwrap_or_default(), text(item, SK).unwrap_or_default())
}

/// A text attribute of an item.
pub fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    match item.get(name) {
        Some(Value::S(text)) => Some(text),
        _ => None,
    }
}

impl Query {
    /// The bounds with `after` worked in, and the position to leave out (a descending query cannot exclude its start).
    fn bounds(&self) -> (Option<String>, Option<String>) {
        let Range { mut low, mut high } = self.range.clone();
        if let Some(after) = &self.after {
            if self.descending {
                high = Some(high.map_or_else(|| after.clone(), |high| high.min(after.clone())));
            } else {
                let start = format!("{after} ");
                low = Some(low.map_or_else(|| start.clone(), |low| low.max(start.clone())));
            }
        }
        (low, high)
    }

    fn sort_attribute(&self) -> &'static str {
        self.index.map_or(SK, Index::sk)
    }

    fn partition_attribute(&self) -> &'static str {
        self.index.map_or(PK, Index::pk)
    }
}
