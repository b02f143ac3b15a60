//! The clock is a port: rules take the time as an argument, wiring asks a `Clock`.

/// Tells the time to the code that wires rules together.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> jiff::Timestamp;
}
