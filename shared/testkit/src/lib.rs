//! Builders, a fixed clock, fault injection. Tests only.
