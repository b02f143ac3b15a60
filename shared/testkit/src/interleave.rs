//! Runs workers step by step in an order that a seed decides, so that a race found once is found again.

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use fastrand::Rng;

/// A worker under the scheduler.
pub type Worker<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Lets another worker run: every request of a [`crate::Faulty`] table passes here before and after.
pub async fn pause() {
    let mut passed = false;
    futures::future::poll_fn(|context| {
        if passed {
            return Poll::Ready(());
        }
        passed = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// How a worker ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// It came to its end.
    Done(T),
    /// It was dropped at one of its pauses: a process killed between two requests.
    Killed,
}

/// Polls the workers one step at a time in seeded order until all have ended. At each step a worker is killed with a
/// probability of `kill_permille` in a thousand.
pub async fn interleave<T>(workers: Vec<Worker<'_, T>>, rng: &mut Rng, kill_permille: u16) -> Vec<Outcome<T>> {
    let mut outcomes: Vec<Option<Outcome<T>>> = workers.iter().map(|_| None).collect();
    let mut running: Vec<(usize, Worker<'_, T>)> = workers.into_iter().enumerate().collect();
    while !running.is_empty() {
        let turn = rng.usize(0..running.len());
        let (at, worker) = &mut running[turn];
        let step = if rng.u16(0..1000) < kill_permille {
            Some(Outcome::Killed)
        } else {
            // Whoever waits for the outside world is asked again at its next turn, so nobody needs to be woken.
            match worker.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(value) => Some(Outcome::Done(value)),
                Poll::Pending => None,
            }
        };
        if let Some(outcome) = step {
            outcomes[*at] = Some(outcome);
            drop(running.swap_remove(turn));
        }
        // Lets the runtime bring in answers from outside, where there is one.
        pause().await;
    }
    outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Killed)).collect()
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, collections::BTreeSet};

    use super::*;

    async fn order(seed: u64) -> Vec<u8> {
        let seen = RefCell::new(Vec::new());
        let worker = |id: u8| {
            let seen = &seen;
            Box::pin(async move {
                for _ in 0..3 {
                    seen.borrow_mut().push(id);
                    pause().await;
                }
            }) as Worker<'_, ()>
        };
        interleave(vec![worker(1), worker(2)], &mut Rng::with_seed(seed), 0).await;
        seen.into_inner()
    }

    #[tokio::test]
    async fn the_same_seed_gives_the_same_order_and_seeds_differ() {
        assert_eq!(order(7).await, order(7).await);
        let mut orders = BTreeSet::new();
        for seed in 0..20 {
            orders.insert(order(seed).await);
        }
        assert!(orders.len() > 3);
    }
}
