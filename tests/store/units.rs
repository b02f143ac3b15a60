//! What the seam's requests cost on a real engine, so that the cost tests of the systems stand on checked ground.

use store::{
    Table,
    table::{Item, Key, Op, PK, Query, SK, Value},
};
use testkit::Dynoxide;

fn item(sk: &str, bytes: usize) -> Item {
    let mut item = Item::default();
    item.insert(PK.into(), Value::S("A".into()));
    item.insert(SK.into(), Value::S(sk.into()));
    item.insert("body".into(), Value::S("x".repeat(bytes)));
    item
}

#[tokio::test]
async fn a_read_costs_half_a_unit_per_four_kilobytes_and_a_transaction_twice_a_write() {
    let engine = Dynoxide::start().await.unwrap();
    let (table, meter) = (&engine.table, &engine.meter);
    table.write(Op::create(item("1", 100))).await.unwrap();
    assert_eq!(meter.take().write_units.to_string(), "1");
    table.transact(vec![Op::create(item("2", 100)), Op::create(item("3", 1500))]).await.unwrap();
    assert_eq!(meter.take().write_units.to_string(), "6");
    table.get(&Key::new("A", "1"), false).await.unwrap();
    assert_eq!(meter.take().read_units.to_string(), "0.5");
    table.query(&Query::partition("A")).await.unwrap();
    let usage = meter.take();
    assert_eq!((usage.requests, usage.read_units.to_string()), (1, "0.5".to_owned()));
}
