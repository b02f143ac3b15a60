//! What a table's stream brings: the items that were put, in the order in which they were. A change that nobody waits for
//! any more, because its worker was killed, still comes to its end, and is known.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use async_trait::async_trait;
use futures::{
    FutureExt as _,
    future::{BoxFuture, join_all},
};
use store::{
    Table,
    table::{Item, Key, Op, Query, Slice, Unavailable, WriteError},
};

/// Wraps a table and keeps every item that was put, until it is taken. Clones share what they keep.
#[derive(Clone)]
pub struct Streaming<T> {
    inner: T,
    put: Arc<Mutex<Vec<Item>>>,
    left: Left,
}

/// Changes under way that nobody waits for.
type Left = Arc<Mutex<Vec<BoxFuture<'static, ()>>>>;

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A change that outlives whoever made it, once it has begun.
struct Change<V: Send + 'static> {
    future: Option<BoxFuture<'static, V>>,
    begun: bool,
    left: Left,
}

impl<V: Send + 'static> Future for Change<V> {
    type Output = V;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<V> {
        self.begun = true;
        let Some(future) = &mut self.future else { return Poll::Pending };
        let answer = future.as_mut().poll(context);
        if answer.is_ready() {
            self.future = None;
        }
        answer
    }
}

impl<V: Send + 'static> Drop for Change<V> {
    fn drop(&mut self) {
        if let (true, Some(future)) = (self.begun, self.future.take()) {
            held(&self.left).push(future.map(drop).boxed());
        }
    }
}

impl<T> Streaming<T> {
    /// Starts with nothing kept.
    pub fn new(inner: T) -> Self {
        Self { inner, put: Arc::default(), left: Arc::default() }
    }

    /// The table itself.
    pub const fn inner(&self) -> &T {
        &self.inner
    }

    /// What was put since the last call.
    pub fn take(&self) -> Vec<Item> {
        std::mem::take(&mut *held(&self.put))
    }

    /// Waits for the changes that killed workers had under way.
    pub async fn settle(&self) {
        let left = std::mem::take(&mut *held(&self.left));
        join_all(left).await;
    }

    fn change<V: Send + 'static>(&self, future: impl Future<Output = V> + Send + 'static) -> Change<V> {
        Change { future: Some(future.boxed()), begun: false, left: Arc::clone(&self.left) }
    }
}

fn puts(ops: &[Op]) -> Vec<Item> {
    let put = |op: &Op| match op {
        Op::Put { item, .. } => Some(item.clone()),
        Op::Update { .. } | Op::Delete { .. } | Op::Check { .. } => None,
    };
    ops.iter().filter_map(put).collect()
}

#[async_trait]
impl<T: Table + Clone + 'static> Table for Streaming<T> {
    async fn get(&self, key: &Key, consistent: bool) -> Result<Option<Item>, Unavailable> {
        self.inner.get(key, consistent).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Item>, Unavailable> {
        self.inner.get_many(keys).await
    }

    async fn query(&self, query: &Query) -> Result<Slice, Unavailable> {
        self.inner.query(query).await
    }

    async fn write(&self, op: Op) -> Result<Option<Item>, WriteError> {
        let (inner, kept) = (self.inner.clone(), Arc::clone(&self.put));
        self.change(async move {
            let put = puts(std::slice::from_ref(&op));
            let answer = inner.write(op).await?;
            held(&kept).extend(put);
            Ok(answer)
        })
        .await
    }

    async fn transact(&self, ops: Vec<Op>) -> Result<(), WriteError> {
        let (inner, kept) = (self.inner.clone(), Arc::clone(&self.put));
        self.change(async move {
            let put = puts(&ops);
            inner.transact(ops).await?;
            held(&kept).extend(put);
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use kernel::{MailDraft, MailId, PersonId};
    use store::{MemoryTable, commit::mail_item};

    use super::*;
    use crate::pause;

    /// Answers late: the request is under way for a while.
    #[derive(Clone)]
    struct Slow(Arc<MemoryTable>);

    #[async_trait]
    impl Table for Slow {
        async fn get(&self, key: &Key, consistent: bool) -> Result<Option<Item>, Unavailable> {
            self.0.get(key, consistent).await
        }

        async fn get_many(&self, keys: &[Key]) -> Result<Vec<Item>, Unavailable> {
            self.0.get_many(keys).await
        }

        async fn query(&self, query: &Query) -> Result<Slice, Unavailable> {
            self.0.query(query).await
        }

        async fn write(&self, op: Op) -> Result<Option<Item>, WriteError> {
            pause().await;
            self.0.write(op).await
        }

        async fn transact(&self, ops: Vec<Op>) -> Result<(), WriteError> {
            pause().await;
            self.0.transact(ops).await
        }
    }

    #[tokio::test]
    async fn a_change_that_was_begun_ends_and_is_known_though_nobody_waits() {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let draft = || MailDraft {
            id: MailId::new(at),
            person: PersonId::new(at),
            template: "t".into(),
            model: serde_json::json!({}),
            deliver: true,
        };
        let memory = Arc::new(MemoryTable::new());
        let table = Streaming::new(Slow(Arc::clone(&memory)));
        let begun = table.write(Op::create(mail_item(&draft(), at).unwrap()));
        assert!(begun.now_or_never().is_none());
        drop(table.transact(vec![Op::create(mail_item(&draft(), at).unwrap())]));
        assert!(memory.items().is_empty() && table.take().is_empty());
        table.settle().await;
        assert_eq!((memory.items().len(), table.take().len()), (1, 1));
    }
}
