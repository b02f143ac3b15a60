//! Everything that needs no running stack: the store's contract against a real engine and in memory, faults by seed,
//! figures put right while they change, what operations cost, and the walls of the house.

// `cfg(test)` tells the lints that these modules are tests, helpers included.
#[cfg(test)]
#[path = "costs/mod.rs"]
mod costs;
#[cfg(test)]
#[path = "faults/mod.rs"]
mod faults;
#[cfg(test)]
#[path = "figures/mod.rs"]
mod figures;
#[cfg(test)]
#[path = "house/mod.rs"]
mod house;
#[cfg(test)]
#[path = "store/mod.rs"]
mod store_contract;

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "seeds are said to the test, not to the program")]
fn seeds(default: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|raw| raw.parse::<u64>().ok());
    match number("GUILDHALL_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("GUILDHALL_SEEDS").unwrap_or(default).min(default),
    }
}
