//! The contract of the table seam. Each test runs against every side that stands beside it: in process the table in
//! memory and a real engine, so that what is proven in memory holds for real; on a stack the local cloud's tables.

use std::{collections::BTreeSet, sync::Arc};

use kernel::Version;
use store::table::{Change, Condition, Index, Item, Key, Op, PK, Query, Range, SK, Value, WriteError, text};

use super::sides;

fn item(pk: &str, sk: &str, more: &[(&str, Value)]) -> Item {
    let mut item = Item::default();
    item.insert(PK.into(), Value::S(pk.into()));
    item.insert(SK.into(), Value::S(sk.into()));
    for (name, value) in more {
        item.insert((*name).into(), value.clone());
    }
    item
}

fn number(n: i64) -> Value {
    Value::N(n.to_string())
}

fn sort_keys(items: &[Item]) -> Vec<&str> {
    items.iter().filter_map(|item| text(item, SK)).collect()
}

#[tokio::test]
async fn what_was_put_is_read_back() {
    for (side, table) in sides().await {
        let thing = item("A", "1", &[("n", number(7)), ("s", Value::Ss(vec!["x".into()])), ("b", Value::Bool(true))]);
        table.write(Op::create(thing.clone())).await.unwrap();
        assert_eq!(table.get(&Key::new("A", "1"), true).await.unwrap(), Some(thing), "{side}");
        assert_eq!(table.get(&Key::new("A", "2"), true).await.unwrap(), None, "{side}");
    }
}

#[tokio::test]
async fn a_second_creation_is_refused_and_shows_what_stands_there() {
    for (side, table) in sides().await {
        table.write(Op::create(item("A", "1", &[("n", number(1))]))).await.unwrap();
        let refused = table.write(Op::create(item("A", "1", &[("n", number(2))]))).await.unwrap_err();
        let WriteError::Refused(refusals) = refused else { panic!("{side}: {refused:?}") };
        assert_eq!(refusals[0].item.as_ref().and_then(|item| item.get("n")), Some(&number(1)), "{side}");
    }
}

#[tokio::test]
async fn a_replacement_needs_the_version_that_was_read() {
    for (side, table) in sides().await {
        table.write(Op::create(item("A", "1", &[("version", number(1))]))).await.unwrap();
        let next = item("A", "1", &[("version", number(2))]);
        table.write(Op::replace(next.clone(), Version::FIRST)).await.unwrap();
        let stale = table.write(Op::replace(next, Version::FIRST)).await;
        assert!(matches!(stale, Err(WriteError::Refused(_))), "{side}");
    }
}

#[tokio::test]
async fn one_failed_condition_undoes_the_whole_transaction() {
    for (side, table) in sides().await {
        table.write(Op::create(item("A", "1", &[]))).await.unwrap();
        let ops = vec![
            Op::create(item("B", "1", &[])),
            Op::Check { key: Key::new("C", "1"), when: vec![Condition::Present] },
            Op::create(item("A", "1", &[])),
        ];
        let refused = table.transact(ops).await.unwrap_err();
        let WriteError::Refused(refusals) = refused else { panic!("{side}: {refused:?}") };
        assert_eq!(refusals.iter().map(|refusal| refusal.index).collect::<Vec<_>>(), [1, 2], "{side}");
        assert_eq!(table.get(&Key::new("B", "1"), true).await.unwrap(), None, "{side}");
    }
}

#[tokio::test]
async fn a_transaction_touches_an_item_once_and_holds_a_hundred() {
    for (side, table) in sides().await {
        let twice = vec![Op::put(item("A", "1", &[])), Op::put(item("A", "1", &[]))];
        assert!(matches!(table.transact(twice).await, Err(WriteError::Unavailable(_))), "{side}");
        let many = (0..101).map(|n| Op::put(item("A", &n.to_string(), &[]))).collect();
        assert!(matches!(table.transact(many).await, Err(WriteError::TooLarge(101))), "{side}");
    }
}

#[tokio::test]
async fn updates_add_set_keep_and_remove() {
    for (side, table) in sides().await {
        let key = Key::new("A", "1");
        let set = |members: &[&str]| members.iter().map(|member| (*member).to_owned()).collect::<BTreeSet<_>>();
        let changes = vec![
            Change::Add("n", 5),
            Change::Set("a", Value::S("x".into())),
            Change::SetIfMissing("f", number(1)),
            Change::Insert("teams", set(&["p", "q"])),
        ];
        table.write(Op::Update { key: key.clone(), changes, when: vec![Condition::Absent] }).await.unwrap();
        let changes = vec![
            Change::Add("n", -2),
            Change::Remove("a"),
            Change::SetIfMissing("f", number(2)),
            Change::Take("teams", set(&["q"])),
        ];
        let after = table.write(Op::Update { key: key.clone(), changes, when: vec![] }).await.unwrap();
        let after = after.unwrap_or_else(|| panic!("{side}: an update answers with the item"));
        let expected = item("A", "1", &[("n", number(3)), ("f", number(1)), ("teams", Value::Ss(vec!["p".into()]))]);
        assert_eq!(after, expected, "{side}");
        let changes = vec![Change::Take("teams", set(&["p"]))];
        let after = table.write(Op::Update { key, changes, when: vec![] }).await.unwrap();
        assert!(after.is_some_and(|item| !item.contains_key("teams")), "{side}: an empty set goes");
    }
}

#[tokio::test]
async fn conditions_compare_values_and_absence() {
    for (side, table) in sides().await {
        let lease = |until: &str| Value::S(until.into());
        table.write(Op::create(item("A", "1", &[("lease_until", lease("2026-01-02"))]))).await.unwrap();
        let holds = async |when: Vec<Condition>| table.write(Op::Check { key: Key::new("A", "1"), when }).await.is_ok();
        assert!(holds(vec![Condition::AtMost("lease_until", lease("2026-01-02"))]).await, "{side}");
        assert!(!holds(vec![Condition::AtMost("lease_until", lease("2026-01-01"))]).await, "{side}");
        assert!(!holds(vec![Condition::AtMost("other", lease("2026-01-01"))]).await, "{side}: absent is not at most");
        assert!(holds(vec![Condition::Missing("other"), Condition::Present]).await, "{side}");
        assert!(!holds(vec![Condition::Equals("lease_until", number(1))]).await, "{side}");
    }
}

#[tokio::test]
async fn a_query_pages_by_position_in_both_directions() {
    for (side, table) in sides().await {
        for n in 0..7 {
            table.write(Op::create(item("A", &format!("K#{n}"), &[]))).await.unwrap();
        }
        table.write(Op::create(item("A", "L#0", &[]))).await.unwrap();
        let mut query = Query::partition("A").range(Range::prefix("K#")).limit(3).consistent();
        let mut seen = Vec::new();
        loop {
            let page = table.query(&query).await.unwrap();
            assert!(page.items.len() <= 3, "{side}");
            seen.extend(sort_keys(&page.items).into_iter().map(str::to_owned));
            let Some(next) = page.next else { break };
            query = query.after(Some(next));
        }
        assert_eq!(seen, ["K#0", "K#1", "K#2", "K#3", "K#4", "K#5", "K#6"], "{side}");

        let query = Query::partition("A").range(Range::prefix("K#")).limit(3).descending();
        let first = table.query(&query).await.unwrap();
        assert_eq!(sort_keys(&first.items), ["K#6", "K#5", "K#4"], "{side}");
        let second = table.query(&query.clone().after(first.next)).await.unwrap();
        assert_eq!(sort_keys(&second.items), ["K#3", "K#2", "K#1"], "{side}");
        let third = table.query(&query.after(second.next)).await.unwrap();
        assert_eq!((sort_keys(&third.items), third.next), (vec!["K#0"], None), "{side}");
    }
}

#[tokio::test]
async fn a_position_from_elsewhere_shows_nothing_outside_the_range() {
    for (side, table) in sides().await {
        table.write(Op::create(item("A", "K#1", &[]))).await.unwrap();
        table.write(Op::create(item("A", "Z#1", &[]))).await.unwrap();
        for forged in ["", "A", "Z", "\u{10ffff}"] {
            let query = Query::partition("A").range(Range::prefix("K#")).after(Some(forged.into()));
            let page = table.query(&query).await.unwrap();
            assert!(sort_keys(&page.items).iter().all(|sk| sk.starts_with("K#")), "{side}: {forged:?}");
        }
    }
}

#[tokio::test]
async fn an_index_holds_an_item_exactly_while_it_has_both_attributes() {
    for (side, table) in sides().await {
        let due = |sk: &str, at: &str| {
            item("P", sk, &[("next_pk", Value::S("N#00".into())), ("next_sk", Value::S(at.into()))])
        };
        table.write(Op::create(due("1", "2026-01-02#1"))).await.unwrap();
        table.write(Op::create(due("2", "2026-01-01#2"))).await.unwrap();
        table.write(Op::create(due("3", "2026-01-03#3"))).await.unwrap();
        let query = Query::index(Index::Next, "N#00").range(Range::up_to("2026-01-02"));
        assert_eq!(sort_keys(&table.query(&query).await.unwrap().items), ["2", "1"], "{side}");
        let changes = vec![Change::Remove("next_pk"), Change::Remove("next_sk")];
        table.write(Op::Update { key: Key::new("P", "2"), changes, when: vec![] }).await.unwrap();
        assert_eq!(sort_keys(&table.query(&query).await.unwrap().items), ["1"], "{side}");
    }
}

#[tokio::test]
async fn many_are_read_at_once() {
    for (side, table) in sides().await {
        for n in 0..5 {
            table.write(Op::create(item("A", &n.to_string(), &[]))).await.unwrap();
        }
        let keys: Vec<Key> = [1, 3, 9].iter().map(|n| Key::new("A", n.to_string())).collect();
        let found = table.get_many(&keys).await.unwrap();
        let mut found = sort_keys(&found);
        found.sort_unstable();
        assert_eq!(found, ["1", "3"], "{side}");
        assert_eq!(table.get_many(&[]).await.unwrap(), vec![], "{side}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_writers_with_the_same_version_one_wins() {
    for (side, table) in sides().await {
        table.write(Op::create(item("A", "1", &[("version", number(1))]))).await.unwrap();
        let race = |n: i64| {
            let table = Arc::clone(&table);
            tokio::spawn(async move {
                let ops = vec![
                    Op::replace(item("A", "1", &[("version", number(2)), ("by", number(n))]), Version::FIRST),
                    Op::create(item("A", &format!("by#{n}"), &[])),
                ];
                table.transact(ops).await
            })
        };
        let racers: Vec<_> = (0..8).map(race).collect();
        let mut won = 0;
        for racer in racers {
            match racer.await.unwrap() {
                Ok(()) => won += 1,
                Err(WriteError::Refused(_) | WriteError::Contended) => {}
                Err(error) => panic!("{side}: {error:?}"),
            }
        }
        let written = table.query(&Query::partition("A").range(Range::prefix("by#"))).await.unwrap();
        assert_eq!((won, written.items.len()), (1, 1), "{side}");
    }
}
