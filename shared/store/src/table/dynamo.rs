//! The table in DynamoDB.

use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::{
        AttributeValue, ConditionCheck, ConsumedCapacity, Delete, KeysAndAttributes, Put, ReturnConsumedCapacity,
        ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
    },
};

use super::{
    Item, Key, MAX_TRANSACTION, Op, PK, Query, Refusal, SK, Slice, Table, Unavailable, WriteError,
    expression::Expression, text,
};

/// What a table was asked for and what that cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// Requests sent.
    pub requests: u64,
    /// Read units, those of indexes included.
    pub read_units: f64,
    /// Write units, those of indexes included.
    pub write_units: f64,
}

/// Adds up what a table's requests cost. Share it between clones to read it from outside.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<Usage>>);

impl Meter {
    /// What was used since the last call, which starts from zero again.
    pub fn take(&self) -> Usage {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, capacity: &[ConsumedCapacity], writing: bool) {
        let mut usage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        usage.requests += 1;
        for one in capacity {
            let units = one.capacity_units().unwrap_or_default();
            if writing {
                usage.write_units += one.write_capacity_units().unwrap_or(units);
            } else {
                usage.read_units += one.read_capacity_units().unwrap_or(units);
            }
        }
    }
}

/// One table behind an SDK client.
#[derive(Debug, Clone)]
pub struct DynamoTable {
    client: Client,
    name: String,
    meter: Option<Meter>,
}

impl DynamoTable {
    /// The table of this name.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into(), meter: None }
    }

    /// Asks DynamoDB for the units of every request and adds them up.
    #[must_use]
    pub fn metered(mut self, meter: Meter) -> Self {
        self.meter = Some(meter);
        self
    }

    fn capacity(&self) -> Option<ReturnConsumedCapacity> {
        self.meter.as_ref().map(|_| ReturnConsumedCapacity::Total)
    }

    fn count(&self, capacity: &[ConsumedCapacity], writing: bool) {
        if let Some(meter) = &self.meter {
            meter.add(capacity, writing);
        }
    }
}

type SdkItem = HashMap<String, AttributeValue>;

fn sdk_key(key: &Key) -> SdkItem {
    HashMap::from([
        (PK.to_owned(), AttributeValue::S(key.pk.clone())),
        (SK.to_owned(), AttributeValue::S(key.sk.clone())),
    ])
}

fn unavailable<E: Error + Send + Sync + 'static, R: std::fmt::Debug + Send + Sync + 'static>(
    error: SdkError<E, R>,
) -> Unavailable {
    Unavailable(Box::new(error))
}

/// The SDK's builders fail only on a missing required field; all of them are given here.
fn built<T, E: Error + Send + Sync + 'static>(result: Result<T, E>) -> Result<T, WriteError> {
    result.map_err(|error| Unavailable(Box::new(error)).into())
}

impl DynamoTable {
    fn transact_item(&self, op: Op) -> Result<TransactWriteItem, WriteError> {
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let mut expression = Expression::default();
        Ok(match op {
            Op::Put { item, when } => {
                let condition = expression.conditions(&when);
                let (names, values) = expression.placeholders();
                let put = Put::builder()
                    .table_name(&self.name)
                    .set_item(Some(item.into()))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old);
                TransactWriteItem::builder().put(built(put.build())?).build()
            }
            Op::Update { key, changes, when } => {
                let update = expression.changes(&changes);
                let condition = expression.conditions(&when);
                let (names, values) = expression.placeholders();
                let update = Update::builder()
                    .table_name(&self.name)
                    .set_key(Some(sdk_key(&key)))
                    .update_expression(update)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old);
                TransactWriteItem::builder().update(built(update.build())?).build()
            }
            Op::Delete { key, when } => {
                let condition = expression.conditions(&when);
                let (names, values) = expression.placeholders();
                let delete = Delete::builder()
                    .table_name(&self.name)
                    .set_key(Some(sdk_key(&key)))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old);
                TransactWriteItem::builder().delete(built(delete.build())?).build()
            }
            Op::Check { key, when } => {
                let condition = expression.conditions(&when).unwrap_or_default();
                let (names, values) = expression.placeholders();
                let check = ConditionCheck::builder()
                    .table_name(&self.name)
                    .set_key(Some(sdk_key(&key)))
                    .condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old);
                TransactWriteItem::builder().condition_check(built(check.build())?).build()
            }
        })
    }
}

#[async_trait]
impl Table for DynamoTable {
    async fn get(&self, key: &Key, consistent: bool) -> Result<Option<Item>, Unavailable> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(sdk_key(key)))
            .consistent_read(consistent)
            .set_return_consumed_capacity(self.capacity())
            .send()
            .await
            .map_err(unavailable)?;
        self.count(answer.consumed_capacity.as_slice(), false);
        Ok(answer.item.map(Item::from))
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Item>, Unavailable> {
        let mut found = Vec::new();
        let mut wanted: Vec<SdkItem> = keys.iter().map(sdk_key).collect();
        // A batch may come back in part; what is left is asked for again, a bounded number of times.
        for _ in 0..5 {
            if wanted.is_empty() {
                return Ok(found);
            }
            let request = KeysAndAttributes::builder()
                .set_keys(Some(std::mem::take(&mut wanted)))
                .consistent_read(true)
                .build()
                .map_err(|error| Unavailable(Box::new(error)))?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.name, request)
                .set_return_consumed_capacity(self.capacity())
                .send()
                .await
                .map_err(unavailable)?;
            self.count(answer.consumed_capacity(), false);
            found.extend(
                answer.responses.unwrap_or_default().remove(&self.name).unwrap_or_default().into_iter().map(Item::from),
            );
            wanted = answer
                .unprocessed_keys
                .unwrap_or_default()
                .remove(&self.name)
                .map(|rest| rest.keys)
                .unwrap_or_default();
        }
        if wanted.is_empty() { Ok(found) } else { Err(Unavailable("a batch read was left incomplete".into())) }
    }

    async fn query(&self, query: &Query) -> Result<Slice, Unavailable> {
        let (low, high) = query.bounds();
        if let (Some(low), Some(high)) = (&low, &high)
            && low > high
        {
            return Ok(Slice { items: Vec::new(), next: None });
        }
        let mut expression = Expression::default();
        let sort = query.sort_attribute();
        let condition = expression.range((query.partition_attribute(), &query.partition), sort, low, high);
        let (names, values) = expression.placeholders();
        // A descending query starts at `after` itself, which is dropped below; one more item tells whether a page follows.
        let extra = 1 + i32::from(query.descending && query.after.is_some());
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .set_index_name(query.index.map(|index| index.name().to_owned()))
            .key_condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .scan_index_forward(!query.descending)
            .consistent_read(query.consistent)
            .set_limit(query.limit.map(|limit| i32::from(limit) + extra))
            .set_return_consumed_capacity(self.capacity())
            .send()
            .await
            .map_err(unavailable)?;
        self.count(answer.consumed_capacity.as_slice(), false);
        let cut = answer.last_evaluated_key.is_some();
        let mut items: Vec<Item> = answer.items.unwrap_or_default().into_iter().map(Item::from).collect();
        items.retain(|item| query.after.is_none() || text(item, sort) != query.after.as_deref());
        let limit = query.limit.map_or(usize::MAX, usize::from);
        let more = cut || items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).and_then(|item| text(item, sort)).map(str::to_owned);
        Ok(Slice { items, next })
    }

    async fn write(&self, op: Op) -> Result<Option<Item>, WriteError> {
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let mut expression = Expression::default();
        let (capacity, item) = match op {
            Op::Put { item, when } => {
                let condition = expression.conditions(&when);
                let (names, values) = expression.placeholders();
                let answer = self
                    .client
                    .put_item()
                    .table_name(&self.name)
                    .set_item(Some(item.into()))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old)
                    .set_return_consumed_capacity(self.capacity())
                    .send()
                    .await
                    .map_err(|error| {
                        refused(error, |error| match error {
                            aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(
                                why,
                            ) => Some(why.item.clone()),
                            _ => None,
                        })
                    })?;
                (answer.consumed_capacity, None)
            }
            Op::Update { key, changes, when } => {
                let update = expression.changes(&changes);
                let condition = expression.conditions(&when);
                let (names, values) = expression.placeholders();
                let answer = self
                    .client
                    .update_item()
                    .table_name(&self.name)
                    .set_key(Some(sdk_key(&key)))
                    .update_expression(update)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values(ReturnValue::AllNew)
                    .return_values_on_condition_check_failure(old)
                    .set_return_consumed_capacity(self.capacity())
                    .send()
                    .await
                    .map_err(|error| refused(error, |error| match error {
                        aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException(why) => Some(why.item.clone()),
                        _ => None,
                    }))?;
                (answer.consumed_capacity, answer.attributes.map(Item::from))
            }
            Op::Delete { key, when } => {
                let condition = expression.conditions(&when);
                let (names, values) = expression.placeholders();
                let answer = self
                    .client
                    .delete_item()
                    .table_name(&self.name)
                    .set_key(Some(sdk_key(&key)))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old)
                    .set_return_consumed_capacity(self.capacity())
                    .send()
                    .await
                    .map_err(|error| refused(error, |error| match error {
                        aws_sdk_dynamodb::operation::delete_item::DeleteItemError::ConditionalCheckFailedException(why) => Some(why.item.clone()),
                        _ => None,
                    }))?;
                (answer.consumed_capacity, None)
            }
            check @ Op::Check { .. } => {
                self.transact(vec![check]).await?;
                return Ok(None);
            }
        };
        self.count(capacity.as_slice(), true);
        Ok(item)
    }

    async fn transact(&self, ops: Vec<Op>) -> Result<(), WriteError> {
        if ops.len() > MAX_TRANSACTION {
            return Err(WriteError::TooLarge(ops.len()));
        }
        let items = ops.into_iter().map(|op| self.transact_item(op)).collect::<Result<Vec<_>, _>>()?;
        let answer = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .set_return_consumed_capacity(self.capacity())
            .send()
            .await
            .map_err(cancelled)?;
        self.count(answer.consumed_capacity(), true);
        Ok(())
    }
}

/// A single write's failed condition, with the item that stands there.
fn refused<E, R>(error: SdkError<E, R>, condition: impl Fn(&E) -> Option<Option<SdkItem>>) -> WriteError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let service = error.as_service_error();
    if let Some(item) = service.and_then(condition) {
        WriteError::Refused(vec![Refusal { index: 0, item: item.map(Item::from) }])
    } else if service.and_then(ProvideErrorMetadata::code) == Some("TransactionConflictException") {
        WriteError::Contended
    } else {
        unavailable(error).into()
    }
}

/// A cancelled transaction: which conditions failed, or that another transaction came first.
fn cancelled<R: std::fmt::Debug + Send + Sync + 'static>(
    error: SdkError<aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError, R>,
) -> WriteError {
    use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError as Reason;
    let reasons = match error.as_service_error() {
        Some(Reason::TransactionCanceledException(cancelled)) => cancelled.cancellation_reasons(),
        Some(Reason::TransactionInProgressException(_)) => return WriteError::Contended,
        _ => return unavailable(error).into(),
    };
    let refusals: Vec<Refusal> = reasons
        .iter()
        .enumerate()
        .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
        .map(|(index, reason)| Refusal { index, item: reason.item().cloned().map(Item::from) })
        .collect();
    let conflict = reasons.iter().any(|reason| reason.code() == Some("TransactionConflict"));
    if !refusals.is_empty() {
        WriteError::Refused(refusals)
    } else if conflict {
        WriteError::Contended
    } else {
        unavailable(error).into()
    }
}
