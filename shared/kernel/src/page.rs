//! Paging: a limit that is always bounded, and a position that carries no authority.

use serde::{Deserialize, Serialize};

/// How many entries a page may hold, 1 to 200; 50 unless asked otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u16);

/// A limit outside 1 to 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a limit is a number from 1 to 200")]
pub struct LimitError;

impl Limit {
    /// The largest page.
    pub const MAX: Self = Self(200);

    /// Checks a limit.
    ///
    /// # Errors
    /// [`LimitError`] outside 1 to 200.
    pub const fn new(limit: u16) -> Result<Self, LimitError> {
        if limit >= 1 && limit <= Self::MAX.0 { Ok(Self(limit)) } else { Err(LimitError) }
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

/// A place in a listing: the sort position after which the next page starts. The partition never comes from here, so a
/// forged position shows nothing that its holder could not list anyway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub String);

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries, in the listing's order.
    pub items: Vec<T>,
    /// Where the next page starts, absent on the last.
    pub next: Option<Position>,
}

impl<T> Page<T> {
    /// The same page with every entry turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(turn).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_bounded_on_both_sides() {
        assert_eq!(Limit::new(0), Err(LimitError));
        assert_eq!(Limit::new(201), Err(LimitError));
        assert_eq!(Limit::new(200).map(Limit::get), Ok(200));
        assert_eq!(Limit::default().get(), 50);
    }
}
