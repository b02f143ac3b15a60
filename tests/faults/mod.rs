//! The reminder-and-mail path under faults, by seed: the real rules, relay, mailer and store over a table that throttles,
//! loses answers and conflicts, a stream and queues that drop, repeat and reorder, a sender whose answers get lost, and
//! workers that are paused and killed between any two requests.
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

/// How many seeds run over the table in memory.
const SEEDS_IN_MEMORY: u64 = 10_000;
/// How many run over a real engine.
const SEEDS_ON_ENGINE: u64 = 200;

#[expect(clippy::disallowed_methods, reason = "seeds are said to the test, not to the program")]
fn seeds(default: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|raw| raw.parse::<u64>().ok());
    match number("GUILDHALL_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("GUILDHALL_SEEDS").unwrap_or(default).min(default),
    }
}

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

#[test]
fn no_mail_is_lost_and_no_rung_told_twice_in_memory() {
    let range = seeds(SEEDS_IN_MEMORY);
    let workers = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let totals: Vec<Totals> = std::thread::scope(|scope| {
        let run = |worker: u64| {
            let mut totals = Totals::default();
            for seed in range.clone().filter(|seed| seed % workers == worker) {
                let report = futures::executor::block_on(async {
                    World::new(Arc::new(store::MemoryTable::new()), seed).await.run().await
                });
                totals.add(&report.unwrap_or_else(|broken| panic!("GUILDHALL_SEED={seed}: {broken}")));
            }
            totals
        };
        let threads: Vec<_> = (0..workers).map(|worker| scope.spawn(move || run(worker))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut sum = Totals::default();
    for part in totals {
        sum.seeds += part.seeds;
        sum.mails += part.mails;
        sum.duplicates += part.duplicates;
        sum.faults += part.faults;
    }
    sum.print("in memory");
    assert!(sum.seeds < 100 || (sum.duplicates > 0 && sum.faults > sum.seeds), "the faults are not biting");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mail_is_lost_and_no_rung_told_twice_on_a_real_engine() {
    let mut totals = Totals::default();
    for seed in seeds(SEEDS_ON_ENGINE) {
        let engine = Dynoxide::start().await.unwrap();
        let report = World::new(Arc::new(engine.table.clone()), seed).await.run().await;
        totals.add(&report.unwrap_or_else(|broken| panic!("GUILDHALL_SEED={seed}: {broken}")));
    }
    totals.print("on a real engine");
}
