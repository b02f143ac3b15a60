//! Cells that only the directory's files have.

use kernel::{DateSpan, import::date};

/// `from`, or `from..until`.
pub(super) fn span(raw: &str) -> Option<DateSpan> {
    match raw.split_once("..") {
        None => DateSpan::new(date(raw)?, None).ok(),
        Some((from, until)) => DateSpan::new(date(from)?, Some(date(until)?)).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_an_end_or_none() {
        assert!(span("2026-01-01").is_some_and(|span| span.until().is_none()));
        assert!(span("2026-01-01..2026-06-30").is_some());
        assert!(span("2026-06-30..2026-01-01").is_none());
    }
}
