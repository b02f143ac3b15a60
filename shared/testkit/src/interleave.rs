//! Runs workers step by step in an order that a seed decides, so that a race found once is found again.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use fastrand::Rng;

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
    /// It was still paused when everyone else had ended, and was dropped there.
    Dropped,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Polls the workers one step at a time in seeded order until all have ended. A worker may be dropped at any of its
/// pauses with `drop_percent` probability per step, which is a process killed between two requests.
pub fn interleave<T>(
    workers: Vec<Pin<Box<dyn Future<Output = T> + '_>>>,
    rng: &mut Rng,
    drop_percent: u8,
) -> Vec<Outcome<T>> {
    let flag = Arc::new(Flag(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&flag));
    let mut context = Context::from_waker(&waker);
    let mut running: Vec<Option<Pin<Box<dyn Future<Output = T> + '_>>>> = workers.into_iter().map(Some).collect();
    let mut outcomes: Vec<Option<Outcome<T>>> = running.iter().map(|_| None).collect();
    loop {
        let alive: Vec<usize> =
            running.iter().enumerate().filter(|(_, worker)| worker.is_some()).map(|(at, _)| at).collect();
        if alive.is_empty() {
            return outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Dropped)).collect();
        }
        let at = alive[rng.usize(0..alive.len())];
        if drop_percent > 0 && rng.u8(0..100) < drop_percent {
            running[at] = None;
            outcomes[at] = Some(Outcome::Dropped);
            continue;
        }
        if let Some(worker) = running[at].as_mut()
            && let Poll::Ready(value) = worker.as_mut().poll(&mut context)
        {
            running[at] = None;
            outcomes[at] = Some(Outcome::Done(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn order(seed: u64) -> Vec<u8> {
        let seen = RefCell::new(Vec::new());
        let worker = |id: u8| {
            let seen = &seen;
            Box::pin(async move {
                for _ in 0..3 {
                    seen.borrow_mut().push(id);
                    pause().await;
                }
            }) as Pin<Box<dyn Future<Output = ()>>>
        };
        interleave(vec![worker(1), worker(2)], &mut Rng::with_seed(seed), 0);
        seen.into_inner()
    }

    #[test]
    fn the_same_seed_gives_the_same_order_and_seeds_differ() {
        assert_eq!(order(7), order(7));
        assert!((0..20).map(order).collect::<std::collections::BTreeSet<_>>().len() > 3);
    }
}
