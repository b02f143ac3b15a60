//! The order in which rows of people are applied: managers before those who report to them. Whoever names a delegate who
//! comes later gets a second step at the end, since two people may stand in for each other.

use std::collections::HashMap;

use kernel::import::{Half, Turn};

use super::people_rows::PersonRow;

pub(super) fn by_email(rows: &[PersonRow]) -> HashMap<String, usize> {
    rows.iter().enumerate().map(|(index, row)| (row.email.folded(), index)).collect()
}

/// Every turn for a file: all of a row, or without its delegate, who then follows in a turn of its own. Rows in a circle of
/// managers, which a check refuses, come in any order.
pub(super) fn turns(rows: &[PersonRow]) -> Vec<Turn> {
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
    let turn = |index: &usize, half| rows.get(*index).map(|row| Turn { line: row.line, half });
    let first = order.iter().filter_map(|index| turn(index, if later(*index) { Half::First } else { Half::Whole }));
    let second = order.iter().filter(|index| later(**index)).filter_map(|index| turn(index, Half::Second));
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
