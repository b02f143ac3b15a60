//! The order in which rows of people are applied: managers before those who report to them. Whoever names a delegate who
//! comes later gets a second step at the end, since two people may stand in for each other.

use std::collections::HashMap;

use super::people_rows::PersonRow;

/// One step of applying a file of people; the number is the row's index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Everything of a row, without its delegate if `later`.
    Row {
        /// Which row.
        index: usize,
        /// Whether the delegate follows in a step of its own.
        delegate_later: bool,
    },
    /// A row's delegate.
    Delegate {
        /// Which row.
        index: usize,
    },
}

pub(super) fn by_email(rows: &[PersonRow]) -> HashMap<String, usize> {
    rows.iter().enumerate().map(|(index, row)| (row.email.folded(), index)).collect()
}

/// Every step for a file. Rows in a circle of managers, which a check refuses, come in any order.
pub(super) fn steps(rows: &[PersonRow]) -> Vec<Step> {
    let known = by_email(rows);
    let index_of = |email: &Option<Option<crate::Email>>| {
        email.as_ref().and_then(Option::as_ref).and_then(|email| known.get(&email.folded()).copied())
    };
    let mut place: Vec<Option<usize>> = vec![None; rows.len()];
    let mut order = Vec::with_capacity(rows.len());
    for first in 0..rows.len() {
        let mut line = Vec::new();
        let mut next = Some(first);
        while let Some(index) = next.filter(|index| place.get(*index) == Some(&None)) {
            // Marked at once, so that a circle ends; the real place follows below.
            if let Some(place) = place.get_mut(index) {
                *place = Some(usize::MAX);
            }
            line.push(index);
            next = rows.get(index).and_then(|row| index_of(&row.manager));
        }
        for index in line.into_iter().rev() {
            if let Some(place) = place.get_mut(index) {
                *place = Some(order.len());
            }
            order.push(index);
        }
    }
    let later = |index: usize| {
        let delegate = rows.get(index).and_then(|row| index_of(&row.delegate));
        delegate.is_some_and(|delegate| place.get(delegate) > place.get(index))
    };
    let first = order.iter().map(|index| Step::Row { index: *index, delegate_later: later(*index) });
    let second = order.iter().filter(|index| later(**index)).map(|index| Step::Delegate { index: *index });
    first.chain(second).collect()
}

/// The rows whose line of managers leads back to themselves. `outer` says to whom people outside the file report.
pub(super) fn circles(rows: &[PersonRow], outer: &HashMap<String, Option<String>>) -> Vec<usize> {
    let known = by_email(rows);
    let above = |email: &str| -> Option<String> {
        match known.get(email).and_then(|index| rows.get(*index)) {
            Some(row) => row.manager.as_ref()?.as_ref().map(crate::Email::folded),
            None => outer.get(email)?.clone(),
        }
    };
    // 0 unknown, otherwise the number of the walk that came by first.
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut found = Vec::new();
    for (walk, row) in rows.iter().enumerate() {
        let mut line: Vec<String> = Vec::new();
        let mut next = Some(row.email.folded());
        while let Some(email) = next {
            match seen.get(&email) {
                Some(by) if *by == walk => {
                    let from = line.iter().position(|one| *one == email).unwrap_or_default();
                    found.extend(line.iter().skip(from).filter_map(|one| known.get(one).copied()));
                    break;
                }
                Some(_) => break,
                None => {
                    seen.insert(email.clone(), walk);
                    next = above(&email);
                    line.push(email);
                }
            }
        }
    }
    found.sort_unstable();
    found
}
