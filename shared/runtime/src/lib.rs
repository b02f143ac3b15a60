//! Typed configuration, tracing, metrics and SDK clients.
