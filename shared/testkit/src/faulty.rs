//! A table that fails the way DynamoDB and the network do, decided by a seeded random source.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use fastrand::Rng;
use store::{
    Table,
    table::{Item, Key, Op, Query, Slice, Unavailable, WriteError},
};

use crate::pause;

/// How often, in percent of the requests, what goes wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// Refused before anything happened.
    pub throttled: u8,
    /// Done, but the answer was lost.
    pub lost_answer: u8,
    /// Another transaction is in the way.
    pub contended: u8,
    /// From here on the worker is dead: every later request of this table handle fails before it happens.
    pub killed: u8,
}

/// Wraps a table; every request is a point at which another worker may run.
#[derive(Clone)]
pub struct Faulty<T> {
    inner: T,
    faults: Faults,
    state: Arc<Mutex<State>>,
}

struct State {
    rng: Rng,
    dead: bool,
}

enum Fate {
    Fine,
    Before(&'static str),
    After,
    Contended,
}

impl<T> Faulty<T> {
    /// Faults by this seed.
    pub fn new(inner: T, faults: Faults, seed: u64) -> Self {
        Self { inner, faults, state: Arc::new(Mutex::new(State { rng: Rng::with_seed(seed), dead: false })) }
    }

    fn fate(&self) -> Fate {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.dead {
            return Fate::Before("the worker is dead");
        }
        let roll = state.rng.u8(0..100);
        let mut edge = self.faults.killed;
        if roll < edge {
            state.dead = true;
            // Half of the deaths come right after the request took effect.
            return if state.rng.bool() { Fate::After } else { Fate::Before("the worker is dead") };
        }
        edge += self.faults.throttled;
        if roll < edge {
            return Fate::Before("throttled");
        }
        edge += self.faults.lost_answer;
        if roll < edge {
            return Fate::After;
        }
        edge += self.faults.contended;
        if roll < edge { Fate::Contended } else { Fate::Fine }
    }
}

fn failed(why: &'static str) -> Unavailable {
    Unavailable(why.into())
}

impl<T: Table> Faulty<T> {
    async fn read<V>(&self, answer: impl Future<Output = Result<V, Unavailable>> + Send) -> Result<V, Unavailable> {
        pause().await;
        match self.fate() {
            Fate::Fine | Fate::Contended => answer.await,
            Fate::Before(why) => Err(failed(why)),
            Fate::After => Err(failed("the answer was lost")),
        }
    }

    async fn change<V>(&self, answer: impl Future<Output = Result<V, WriteError>> + Send) -> Result<V, WriteError> {
        pause().await;
        let result = match self.fate() {
            Fate::Fine => answer.await,
            Fate::Contended => Err(WriteError::Contended),
            Fate::Before(why) => Err(failed(why).into()),
            Fate::After => answer.await.and_then(|_| Err(failed("the answer was lost").into())),
        };
        pause().await;
        result
    }
}

#[async_trait]
impl<T: Table> Table for Faulty<T> {
    async fn get(&self, key: &Key, consistent: bool) -> Result<Option<Item>, Unavailable> {
        self.read(self.inner.get(key, consistent)).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Item>, Unavailable> {
        self.read(self.inner.get_many(keys)).await
    }

    async fn query(&self, query: &Query) -> Result<Slice, Unavailable> {
        self.read(self.inner.query(query)).await
    }

    async fn write(&self, op: Op) -> Result<Option<Item>, WriteError> {
        self.change(self.inner.write(op)).await
    }

    async fn transact(&self, ops: Vec<Op>) -> Result<(), WriteError> {
        self.change(self.inner.transact(ops)).await
    }
}
