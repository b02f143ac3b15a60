//! When an assignment is due, in days that count.
//!
//! The rule: between the day an assignment was made (or last extended) and its due date lie a number of days. Days on
//! which the person had not started, was away, was exempt or waited for somebody's check do not count; the due date in
//! effect is the day on which as many counting days have passed. It is therefore never a day that does not count. The
//! days after the due date are counted in the same way, so that an absence pauses the ladder and does not jump it.
//!
//! What was brought in from another system and fell due before go-live is due a number of days (30) after go-live (before
//! go-live is set: after the import), until somebody extends it. What fell due later keeps its date.

use jiff::{Span, civil::Date};
use kernel::DateSpan;

use crate::{Settings, model::Assignment};

/// The due date in effect; absent while a pause without an end keeps it from coming.
pub fn effective(assignment: &Assignment, pauses: &[DateSpan], settings: &Settings) -> Option<Date> {
    let (from, due) = match assignment.imported_on {
        Some(imported) if assignment.extensions.is_empty() => {
            let live = settings.go_live.unwrap_or(imported);
            if assignment.due < live {
                (live, plus(live, i32::from(settings.grace_days)))
            } else {
                (assignment.counted_from, assignment.due)
            }
        }
        _ => (assignment.counted_from, assignment.due),
    };
    if due <= from { after(due, 0, pauses) } else { after(from, between(from, due), pauses) }
}

/// The day on which a number of counting days have passed since a day; for none, the day itself or the first counting
/// day after it. Absent when a pause without an end comes first.
pub fn after(from: Date, days: i32, pauses: &[DateSpan]) -> Option<Date> {
    let mut spans: Vec<&DateSpan> = pauses.iter().collect();
    spans.sort();
    if days <= 0 {
        let mut day = from;
        for span in spans {
            if span.contains(day) {
                day = plus(span.until()?, 1);
            }
        }
        return Some(day);
    }
    let (mut passed, mut left) = (from, days);
    for span in spans {
        if span.until().is_some_and(|until| until <= passed) {
            continue;
        }
        let counting = (between(passed, span.from()) - 1).max(0);
        if left <= counting {
            break;
        }
        left -= counting;
        passed = span.until()?;
    }
    Some(plus(passed, left))
}

/// How many counting days lie after a day, up to and including another.
pub fn counting(from: Date, until: Date, pauses: &[DateSpan]) -> i32 {
    let mut spans: Vec<&DateSpan> = pauses.iter().collect();
    spans.sort();
    let (mut passed, mut days) = (from, 0);
    for span in spans {
        let end = span.until().unwrap_or(Date::MAX).min(until);
        if end <= passed || span.from() > until {
            continue;
        }
        days += (between(passed, span.from()) - 1).max(0);
        passed = end;
    }
    days + between(passed, until).max(0)
}

/// Days from one date to another, negative backwards.
pub fn between(from: Date, to: Date) -> i32 {
    // The largest span of two civil dates is about 7,300,000 days.
    from.until(to).map_or(0, |span| span.get_days())
}

/// A date some days on, or back; it stays at the calendar's end.
pub fn plus(day: Date, days: i32) -> Date {
    day.saturating_add(Span::new().days(days))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use kernel::CourseId;
    use proptest::prelude::*;

    use super::*;
    use crate::model::{AssignmentReason, AssignmentSource};

    fn away(from: Date, until: Date) -> DateSpan {
        DateSpan::new(from, Some(until)).unwrap()
    }

    fn assignment(assigned: Date, due: Date) -> Assignment {
        let course = CourseId::new(jiff::Timestamp::UNIX_EPOCH);
        Assignment::new(course, assigned, due, AssignmentSource::Manual, AssignmentReason::Request)
    }

    #[test]
    fn a_fortnight_away_moves_the_due_date_by_a_fortnight() {
        let asked = assignment(date(2026, 1, 1), date(2026, 1, 31));
        let pause = away(date(2026, 1, 10), date(2026, 1, 23));
        assert_eq!(effective(&asked, &[pause], &Settings::default()), Some(date(2026, 2, 14)));
    }

    #[test]
    fn an_absence_after_the_due_date_does_not_move_it() {
        let asked = assignment(date(2026, 1, 1), date(2026, 1, 31));
        let pause = away(date(2026, 2, 1), date(2026, 2, 10));
        assert_eq!(effective(&asked, &[pause], &Settings::default()), Some(date(2026, 1, 31)));
    }

    #[test]
    fn an_absence_without_an_end_holds_the_due_date_off() {
        let asked = assignment(date(2026, 1, 1), date(2026, 1, 31));
        let pause = DateSpan::new(date(2026, 1, 31), None).unwrap();
        assert_eq!(effective(&asked, &[pause], &Settings::default()), None);
    }

    #[test]
    fn what_was_overdue_when_imported_is_due_thirty_days_after_go_live() {
        let mut asked = assignment(date(2025, 1, 1), date(2025, 3, 1));
        asked.imported_on = Some(date(2026, 1, 5));
        let live = |go_live| Settings { go_live, ..Settings::default() };
        assert_eq!(effective(&asked, &[], &live(Some(date(2026, 2, 1)))), Some(date(2026, 3, 3)));
        assert_eq!(effective(&asked, &[], &live(Some(date(2025, 6, 1)))), Some(date(2025, 7, 1)));
        // Due after go-live: an ordinary date, however late it was brought in.
        assert_eq!(effective(&asked, &[], &live(Some(date(2025, 2, 1)))), Some(date(2025, 3, 1)));
        assert_eq!(effective(&asked, &[], &live(None)), Some(date(2026, 2, 4)));
    }

    #[test]
    fn what_was_not_overdue_when_imported_keeps_its_date() {
        let mut asked = assignment(date(2025, 12, 1), date(2026, 2, 20));
        asked.imported_on = Some(date(2026, 1, 5));
        assert_eq!(effective(&asked, &[], &Settings::default()), Some(date(2026, 2, 20)));
    }

    #[test]
    fn a_leap_day_is_a_day() {
        assert_eq!(after(date(2028, 2, 28), 1, &[]), Some(date(2028, 2, 29)));
        assert_eq!(counting(date(2028, 2, 28), date(2028, 3, 1), &[]), 2);
    }

    fn spans() -> impl Strategy<Value = Vec<DateSpan>> {
        prop::collection::vec((0i32..120, 0i32..30), 0..5).prop_map(|raw| {
            let start = date(2026, 1, 1);
            raw.into_iter().map(|(from, days)| away(plus(start, from), plus(start, from + days))).collect()
        })
    }

    proptest! {
        #[test]
        fn after_is_what_counting_day_by_day_gives(pauses in spans(), days in 1i32..90) {
            let start = date(2026, 1, 1);
            let is_paused = |day: Date| pauses.iter().any(|span| span.contains(day));
            let (mut day, mut left) = (start, days);
            while left > 0 {
                day = plus(day, 1);
                if !is_paused(day) {
                    left -= 1;
                }
            }
            prop_assert_eq!(after(start, days, &pauses), Some(day));
            prop_assert_eq!(counting(start, day, &pauses), days);
        }
    }
}
