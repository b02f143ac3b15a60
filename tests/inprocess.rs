//! Everything that needs no running stack: the store's contract against a real engine and in memory, faults by seed,
//! what operations cost, and the walls of the house.

// `cfg(test)` tells the lints that these modules are tests, helpers included.
#[cfg(test)]
#[path = "costs/mod.rs"]
mod costs;
#[cfg(test)]
#[path = "faults/mod.rs"]
mod faults;
#[cfg(test)]
#[path = "house/mod.rs"]
mod house;
#[cfg(test)]
#[path = "store/mod.rs"]
mod store_contract;
