//! The reminder ladder: 30, 7 and 1 days before, on the day, then after it: a warning on day 4 that the manager will
//! hear, weekly on days 7, 14, 21 and 28, where escalation is switched on a warning on day 18 that others will hear,
//! and from then on every 30 days. A rung is identified by assignment, due date and rung; of several that have come,
//! only the latest is told. Days after the due date are counting days, see [`super::due`].

use jiff::civil::Date;
use kernel::DateSpan;

use super::due::{after, between, counting, plus};
use crate::model::{Mark, Rung, Told};

/// The warning that the manager will hear.
pub const MANAGER_WARNING: Rung = Rung(4);
/// The first day on which the manager hears.
pub const MANAGER_DAY: i32 = 7;
/// The warning that others will hear.
pub const ESCALATION_WARNING: Rung = Rung(18);
/// The first day on which others hear.
pub const ESCALATION_DAY: i32 = 21;
/// How many days before anybody else the person is warned.
pub const WARNING_DAYS: i32 = 3;

const BEFORE: [i32; 4] = [-30, -7, -1, 0];
const OVERDUE: [i32; 6] = [4, 7, 14, 18, 21, 28];
const MONTH: i32 = 30;

/// The rungs up to some days after the due date, and the first one beyond.
fn rungs(up_to: i32, escalates: bool) -> (Option<Rung>, Rung) {
    let fixed = BEFORE.iter().chain(&OVERDUE).copied().filter(|day| escalates || *day != ESCALATION_WARNING.0);
    let last = OVERDUE[OVERDUE.len() - 1];
    let mut latest = None;
    for day in fixed {
        if day > up_to {
            return (latest, Rung(day));
        }
        latest = Some(Rung(day));
    }
    let months = (up_to - last) / MONTH;
    (Some(Rung(last + months * MONTH)), Rung(last + (months + 1) * MONTH))
}

/// Counting days from the due date to a day, negative calendar days before it.
pub fn position(due: Date, today: Date, pauses: &[DateSpan]) -> i32 {
    if today <= due { between(due, today) } else { counting(due, today, pauses) }
}

/// The latest rung that has come, and the day on which the next one comes.
pub fn climb(due: Date, today: Date, pauses: &[DateSpan], escalates: bool) -> (Option<Rung>, Option<Date>) {
    let (latest, next) = rungs(position(due, today, pauses), escalates);
    (latest, day_of(due, next, pauses))
}

/// The day of a rung; absent when a pause without an end comes first.
pub fn day_of(due: Date, rung: Rung, pauses: &[DateSpan]) -> Option<Date> {
    if rung.0 <= 0 { Some(plus(due, rung.0)) } else { after(due, rung.0, pauses) }
}

/// From which day others hear, given the day the person was warned: never before the ladder says so, never less than
/// three counting days after the warning, however late that came.
pub fn hears_on(due: Date, day: i32, warned: Date, pauses: &[DateSpan]) -> Option<Date> {
    let by_ladder = after(due, day, pauses)?;
    let by_warning = after(warned, WARNING_DAYS, pauses)?;
    Some(by_ladder.max(by_warning))
}

/// What was told, once a rung was told on a day.
pub fn mark(before: Option<Mark>, rung: Rung, today: Date, escalates: bool) -> Mark {
    let warned = before.and_then(|mark| mark.warned);
    let escalation_warned = before.and_then(|mark| mark.escalation_warned);
    Mark {
        rung,
        on: today,
        warned: warned.or_else(|| (rung >= MANAGER_WARNING).then_some(today)),
        escalation_warned: escalation_warned.or_else(|| (escalates && rung >= ESCALATION_WARNING).then_some(today)),
    }
}

/// What counts as told when deciding whether a rung is still to be told: in a preview, what was previewed or sent; when
/// mail is really sent, only what was sent.
pub fn told_in(told: Option<&Told>, real: bool) -> Option<Mark> {
    let told = told?;
    if real {
        return told.sent;
    }
    match (told.sent, told.previewed) {
        (Some(sent), Some(previewed)) if previewed.rung > sent.rung => Some(previewed),
        (sent, previewed) => sent.or(previewed),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const DUE: Date = date(2026, 3, 1);

    #[test]
    fn the_ladder_has_these_days() {
        let mut days = Vec::new();
        let mut today = plus(DUE, -40);
        while let Some(next) = climb(DUE, today, &[], true).1.filter(|next| *next <= plus(DUE, 100)) {
            days.push(between(DUE, next));
            today = next;
        }
        assert_eq!(days, [-30, -7, -1, 0, 4, 7, 14, 18, 21, 28, 58, 88]);
    }

    #[test]
    fn without_escalation_nobody_is_warned_of_it() {
        assert_eq!(climb(DUE, plus(DUE, 18), &[], false).0, Some(Rung(14)));
        assert_eq!(climb(DUE, plus(DUE, 18), &[], true).0, Some(Rung(18)));
        assert_eq!(mark(None, Rung(21), DUE, false).escalation_warned, None);
    }

    #[test]
    fn an_absence_pauses_the_ladder() {
        let away = DateSpan::new(plus(DUE, 2), Some(plus(DUE, 31))).unwrap();
        assert_eq!(climb(DUE, plus(DUE, 32), &[away], false), (Some(Rung(0)), Some(plus(DUE, 34))));
    }

    #[test]
    fn nobody_hears_less_than_three_days_after_the_warning() {
        assert_eq!(hears_on(DUE, MANAGER_DAY, plus(DUE, 4), &[]), Some(plus(DUE, 7)));
        assert_eq!(hears_on(DUE, MANAGER_DAY, plus(DUE, 14), &[]), Some(plus(DUE, 17)));
    }

    proptest! {
        #[test]
        fn the_next_rung_lies_ahead_and_is_the_latest_once_it_has_come(
            offset in -60i32..400, escalates: bool, gap in 0i32..40, length in 0i32..40
        ) {
            let away = DateSpan::new(plus(DUE, gap), Some(plus(DUE, gap + length))).unwrap();
            // The due date itself is never a day that does not count.
            let due = after(DUE, 0, &[away]).unwrap();
            let today = plus(due, offset);
            let (latest, next) = climb(due, today, &[away], escalates);
            let next = next.unwrap();
            prop_assert!(next > today);
            let reached = climb(due, next, &[away], escalates).0;
            prop_assert!(reached > latest);
            prop_assert_eq!(climb(due, plus(next, -1), &[away], escalates).0, latest);
        }
    }
}
