//! Everything that needs no running stack: the store's contract against a real engine and in memory, faults by seed,
//! and the walls of the house.

#[path = "house/mod.rs"]
mod house;
#[path = "store/mod.rs"]
mod store_contract;
