//! What kind of failure an error is: the one thing a boundary needs to know of it.

/// How a caller should understand a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request is wrong and stays wrong.
    Invalid,
    /// What is asked for does not exist, or not for this caller.
    NotFound,
    /// The caller may see it but not do this.
    Forbidden,
    /// It collides with the present state, or a race was lost.
    Conflict,
    /// It may work later: throttled, timed out, unreachable.
    Unavailable,
    /// Our own fault: a stored item that does not parse, a broken invariant.
    Internal,
}
