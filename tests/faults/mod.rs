//! The reminder-and-mail path under faults, by seed: the real rules, relay, mailer and store over a table that throttles,
//! loses answers and conflicts, a stream and queues that drop, repeat and reorder, a sender whose answers get lost, and
//! workers that are paused and killed between any two requests. A seed decides all of it in memory; on an engine the order
//! in which requests are answered is its own.
//!
//! What must hold in the end, once the faults stop: every mail has ended and none was lost; a mail was sent twice only
//! where ARCHITECTURE.md says it may; no rung of the ladder was told twice; nobody got two digests on a day.
//!
//! `GUILDHALL_SEEDS=n` runs other than the default number of seeds, `GUILDHALL_SEED=s` exactly one.

mod outside;
mod world;

use std::sync::Arc;

use testkit::Dynoxide;
use world::World;

use crate::seeds;

/// How many seeds run over the table in memory.
const SEEDS_IN_MEMORY: u64 = 10_000;
/// How many run over a real engine.
const SEEDS_ON_ENGINE: u64 = 200;

#[derive(Default)]
struct Totals {
    seeds: u64,
    mails: u64,
    duplicates: u64,
    faults: u64,
}

impl Totals {
    fn add(&mut self, report: &world::Report) {
        self.seeds += 1;
        self.mails += report.mails;
        self.duplicates += report.duplicates;
        self.faults += report.faults;
    }

    fn print(&self, side: &str) {
        println!(
            "faults, {side}: {} seeds, {} mails sent, {} sent twice ({:.2} per 1,000), {} faults",
            self.seeds,
            self.mails,
            self.duplicates,
            1000.0 * self.duplicates as f64 / self.mails.max(1) as f64,
            self.faults,
        );
    }
}

/// Runs seeds on every processor and sums up what they came to.
fn run(range: &std::ops::Range<u64>, seed: fn(u64) -> Result<world::Report, String>) -> Totals {
    let workers = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    std::thread::scope(|scope| {
        let part = |worker: u64| {
            let mut totals = Totals::default();
            for number in range.clone().filter(|number| number % workers == worker) {
                let report = seed(number).unwrap_or_else(|broken| panic!("GUILDHALL_SEED={number}: {broken}"));
                totals.add(&report);
            }
            totals
        };
        let threads: Vec<_> = (0..workers).map(|worker| scope.spawn(move || part(worker))).collect();
        let mut sum = Totals::default();
        for thread in threads {
            let part = thread.join().unwrap();
            sum.seeds += part.seeds;
            sum.mails += part.mails;
            sum.duplicates += part.duplicates;
            sum.faults += part.faults;
        }
        sum
    })
}

fn in_memory(seed: u64) -> Result<world::Report, String> {
    futures::executor::block_on(async { World::new(Arc::new(store::MemoryTable::new()), seed).await.run().await })
}

/// Each seed has an engine and a runtime of its own, which end with it.
fn on_engine(seed: u64) -> Result<world::Report, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let engine = Dynoxide::start().await.unwrap();
        World::new(Arc::new(engine.table.clone()), seed).await.run().await
    })
}

#[test]
fn no_mail_is_lost_and_no_rung_told_twice_in_memory() {
    let sum = run(&seeds(SEEDS_IN_MEMORY), in_memory);
    sum.print("in memory");
    assert!(sum.seeds < 100 || (sum.duplicates > 0 && sum.faults > sum.seeds), "the faults are not biting");
}

#[test]
fn no_mail_is_lost_and_no_rung_told_twice_on_a_real_engine() {
    run(&seeds(SEEDS_ON_ENGINE), on_engine).print("on a real engine");
}

#[test]
fn a_seed_that_is_repeated_in_memory_comes_to_the_same_mail_for_mail() {
    for seed in 0..40 {
        assert_eq!(in_memory(seed), in_memory(seed), "seed {seed}");
    }
}
