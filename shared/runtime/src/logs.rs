//! Structured logs: one JSON object a line on standard output. Whatever holds a name, an address or an answer hides
//! itself (`kernel::Redacted`), so that a log line cannot show it by accident.

use std::str::FromStr;

use tracing::Level;

use crate::config::{names, process};

/// Starts logging. A second call changes nothing.
pub fn start() {
    let level = process(names::LOG_LEVEL).and_then(|raw| Level::from_str(raw.trim()).ok()).unwrap_or(Level::INFO);
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_max_level(level)
        .with_ansi(false)
        .finish();
    // A subscriber that is already there is what a test or a second call wants to keep.
    tracing::subscriber::set_global_default(subscriber).ok();
}

/// An error with its causes, for the one log line at a boundary: `could not load the file: throttled`.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use kernel::StoreError;

    use super::*;

    #[test]
    fn a_chain_names_every_cause_once() {
        let error = StoreError::Unavailable("throttled".into());
        assert_eq!(chain(&error), "the store could not be reached: throttled");
    }
}
