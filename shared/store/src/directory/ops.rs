//! Collects the operations of one commit and joins those that meet on the same item, which a transaction may touch only
//! once: a lead who is also a new member, a team that is joined while its leads change, two reports of one manager.

use std::collections::{BTreeMap, BTreeSet};

use kernel::StoreError;

use crate::{
    commit::{Guard, Transaction},
    table::{Change, Condition, Key, Op, key_of},
};

#[derive(Default)]
pub(super) struct Ops {
    all: BTreeMap<Key, (Op, Guard)>,
}

impl Ops {
    pub(super) fn push(&mut self, op: Op, guard: Guard) -> Result<(), StoreError> {
        let key = match &op {
            Op::Put { item, .. } => key_of(item),
            Op::Update { key, .. } | Op::Delete { key, .. } | Op::Check { key, .. } => key.clone(),
        };
        let joined = match self.all.remove(&key) {
            None => (op, guard),
            Some((first, known)) => (join(first, op)?, known),
        };
        self.all.insert(key, joined);
        Ok(())
    }

    pub(super) fn into_transaction(self, transaction: &mut Transaction) {
        for (op, guard) in self.all.into_values() {
            transaction.push(op, guard);
        }
    }
}

fn join(first: Op, second: Op) -> Result<Op, StoreError> {
    let and = |mut left: Vec<Condition>, right: Vec<Condition>| {
        for condition in right {
            if !left.contains(&condition) {
                left.push(condition);
            }
        }
        left
    };
    match (first, second) {
        (Op::Check { when: more, .. }, Op::Put { item, when })
        | (Op::Put { item, when }, Op::Check { when: more, .. }) => Ok(Op::Put { item, when: and(when, more) }),
        (Op::Check { when: more, .. }, Op::Update { key, changes, when })
        | (Op::Update { key, changes, when }, Op::Check { when: more, .. }) => {
            Ok(Op::Update { key, changes, when: and(when, more) })
        }
        (Op::Check { when: more, .. }, Op::Delete { key, when })
        | (Op::Delete { key, when }, Op::Check { when: more, .. }) => Ok(Op::Delete { key, when: and(when, more) }),
        (Op::Check { key, when }, Op::Check { when: more, .. }) => Ok(Op::Check { key, when: and(when, more) }),
        (Op::Update { key, changes, when }, Op::Update { changes: more, when: conditions, .. }) => {
            Ok(Op::Update { key, changes: join_changes(changes, more), when: and(when, conditions) })
        }
        (Op::Put { .. } | Op::Delete { .. } | Op::Update { .. }, _) => {
            Err(StoreError::Unreadable("one commit writes an item twice".to_owned()))
        }
    }
}

fn join_changes(mut all: Vec<Change>, more: Vec<Change>) -> Vec<Change> {
    fn with(left: &mut BTreeSet<String>, right: BTreeSet<String>) {
        left.extend(right);
    }
    for change in more {
        let same = all.iter_mut().find(|known| match (&**known, &change) {
            (Change::Add(left, _), Change::Add(right, _))
            | (Change::Insert(left, _), Change::Insert(right, _))
            | (Change::Take(left, _), Change::Take(right, _)) => left == right,
            _ => false,
        });
        match (same, change) {
            (Some(Change::Add(_, sum)), Change::Add(_, number)) => *sum += number,
            (Some(Change::Insert(_, set) | Change::Take(_, set)), Change::Insert(_, new) | Change::Take(_, new)) => {
                with(set, new);
            }
            (_, change) => all.push(change),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Value;

    fn update(changes: Vec<Change>, when: Vec<Condition>) -> Op {
        Op::Update { key: Key::new("A", "B"), changes, when }
    }

    #[test]
    fn operations_on_one_item_become_one() {
        let mut ops = Ops::default();
        let set = |member: &str| BTreeSet::from([member.to_owned()]);
        ops.push(update(vec![Change::Add("reports", 1)], vec![Condition::Present]), Guard::Version).unwrap();
        ops.push(update(vec![Change::Add("reports", 2), Change::Insert("leads", set("x"))], vec![]), Guard::Version)
            .unwrap();
        ops.push(update(vec![Change::Insert("leads", set("y"))], vec![Condition::Present]), Guard::Version).unwrap();
        let check = Condition::Equals("state", Value::S("active".into()));
        ops.push(Op::Check { key: Key::new("A", "B"), when: vec![check.clone()] }, Guard::Version).unwrap();
        let (op, _) = ops.all.into_values().next().unwrap();
        let both = BTreeSet::from(["x".to_owned(), "y".to_owned()]);
        let changes = vec![Change::Add("reports", 3), Change::Insert("leads", both)];
        assert_eq!(op, update(changes, vec![Condition::Present, check]));
    }

    #[test]
    fn writing_an_item_twice_is_an_error() {
        let mut ops = Ops::default();
        let delete = || Op::Delete { key: Key::new("A", "B"), when: vec![] };
        ops.push(delete(), Guard::Version).unwrap();
        assert!(ops.push(delete(), Guard::Version).is_err());
    }
}
