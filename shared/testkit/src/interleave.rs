//! Runs workers step by step in an order that a seed decides, so that a race found once is found again. Whoever waits
//! for the outside world has no turn until it answers; in memory nobody ever waits, and the seed alone decides.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use fastrand::Rng;
use futures::task::AtomicWaker;

/// A worker under the scheduler.
pub type Worker<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Lets another worker run: every request of a [`crate::Faulty`] table passes here before and after.
pub async fn pause() {
    let mut passed = false;
    poll_fn(|context| {
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

/// Says that a worker may go on, and wakes the scheduler where it sleeps.
struct Turn {
    due: AtomicBool,
    scheduler: Arc<AtomicWaker>,
}

impl Wake for Turn {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.due.store(true, Ordering::Release);
        self.scheduler.wake();
    }
}

struct Running<'a, T> {
    at: usize,
    turn: Arc<Turn>,
    worker: Worker<'a, T>,
}

/// Polls the workers one step at a time in seeded order until all have ended. At each step a worker is killed with a
/// probability of `kill_permille` in a thousand.
pub async fn interleave<T>(workers: Vec<Worker<'_, T>>, rng: &mut Rng, kill_permille: u16) -> Vec<Outcome<T>> {
    let mut outcomes: Vec<Option<Outcome<T>>> = workers.iter().map(|_| None).collect();
    let scheduler = Arc::new(AtomicWaker::new());
    let mut running: Vec<Running<'_, T>> = workers
        .into_iter()
        .enumerate()
        .map(|(at, worker)| {
            let turn = Turn { due: AtomicBool::new(true), scheduler: Arc::clone(&scheduler) };
            Running { at, turn: Arc::new(turn), worker }
        })
        .collect();
    while !running.is_empty() {
        let due = due(&running, &scheduler).await;
        let next = due[rng.usize(0..due.len())];
        let Running { at, turn, worker } = &mut running[next];
        let step = if rng.u16(0..1000) < kill_permille {
            Some(Outcome::Killed)
        } else {
            turn.due.store(false, Ordering::Release);
            match worker.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(turn)))) {
                Poll::Ready(value) => Some(Outcome::Done(value)),
                Poll::Pending => None,
            }
        };
        if let Some(outcome) = step {
            outcomes[*at] = Some(outcome);
            drop(running.swap_remove(next));
        }
        // A runtime gets its turn too: it lets nobody go on for ever without one.
        pause().await;
    }
    outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Killed)).collect()
}

/// The places of those who may go on; sleeps until there is one.
async fn due<T>(running: &[Running<'_, T>], scheduler: &AtomicWaker) -> Vec<usize> {
    poll_fn(|context| {
        scheduler.register(context.waker());
        let due: Vec<usize> = (0..running.len()).filter(|at| running[*at].turn.due.load(Ordering::Acquire)).collect();
        if due.is_empty() { Poll::Pending } else { Poll::Ready(due) }
    })
    .await
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
    async fn who_waits_has_no_turn_and_is_woken_once_it_may_go_on() {
        let polls = RefCell::new(0);
        let (answer, waiting) = futures::channel::oneshot::channel::<u8>();
        let mut waiting = waiting;
        let waits = Box::pin(async {
            poll_fn(|context| {
                *polls.borrow_mut() += 1;
                Pin::new(&mut waiting).poll(context)
            })
            .await
            .unwrap();
        }) as Worker<'_, ()>;
        let works = Box::pin(async {
            for _ in 0..50 {
                pause().await;
            }
        }) as Worker<'_, ()>;
        let outside = async {
            for _ in 0..200 {
                pause().await;
            }
            answer.send(1).unwrap();
        };
        let mut rng = Rng::with_seed(1);
        let (outcomes, ()) = futures::join!(interleave(vec![waits, works], &mut rng, 0), outside);
        assert_eq!(outcomes, [Outcome::Done(()), Outcome::Done(())]);
        assert_eq!(*polls.borrow(), 2);
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
