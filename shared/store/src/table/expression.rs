//! Turns conditions and changes into DynamoDB's expression language, names and values always by placeholder.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::{Change, Condition, PK, Value};

/// What placeholders of attribute names stand for.
pub(super) type Names = Option<HashMap<String, String>>;
/// What placeholders of values stand for.
pub(super) type Values = Option<HashMap<String, AttributeValue>>;

/// An expression under construction with its placeholders.
#[derive(Default)]
pub(super) struct Expression {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Expression {
    fn name(&mut self, name: &str) -> String {
        let placeholder = format!("#{name}");
        self.names.insert(placeholder.clone(), name.to_owned());
        placeholder
    }

    /// Placeholders know letters, digits and underscores only; a name that holds data may have others.
    fn any_name(&mut self, name: &str) -> String {
        let placeholder = format!("#d{}", self.names.len());
        self.names.insert(placeholder.clone(), name.to_owned());
        placeholder
    }

    fn value(&mut self, value: Value) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value.into());
        placeholder
    }

    /// The condition expression, absent when nothing is asked.
    pub(super) fn conditions(&mut self, conditions: &[Condition]) -> Option<String> {
        let parts: Vec<String> = conditions
            .iter()
            .map(|condition| match condition {
                Condition::Absent => format!("attribute_not_exists({})", self.name(PK)),
                Condition::Present => format!("attribute_exists({})", self.name(PK)),
                Condition::Equals(name, value) => format!("{} = {}", self.name(name), self.value(value.clone())),
                Condition::AtMost(name, value) => format!("{} <= {}", self.name(name), self.value(value.clone())),
                Condition::Missing(name) => format!("attribute_not_exists({})", self.name(name)),
            })
            .collect();
        (!parts.is_empty()).then(|| parts.join(" AND "))
    }

    /// The update expression.
    pub(super) fn changes(&mut self, changes: &[Change]) -> String {
        let (mut set, mut remove, mut add, mut delete) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for change in changes {
            match change {
                Change::Set(name, value) => set.push(format!("{} = {}", self.name(name), self.value(value.clone()))),
                Change::SetIfMissing(name, value) => {
                    let (name, value) = (self.name(name), self.value(value.clone()));
                    set.push(format!("{name} = if_not_exists({name}, {value})"));
                }
                Change::Remove(name) => remove.push(self.name(name)),
                Change::Add(name, number) => {
                    add.push(format!("{} {}", self.name(name), self.value(Value::N(number.to_string()))));
                }
                Change::AddTo(name, number) => {
                    add.push(format!("{} {}", self.any_name(name), self.value(Value::N(number.to_string()))));
                }
                Change::Insert(name, members) => {
                    add.push(format!(
                        "{} {}",
                        self.name(name),
                        self.value(Value::Ss(members.iter().cloned().collect()))
                    ));
                }
                Change::Take(name, members) => {
                    delete.push(format!(
                        "{} {}",
                        self.name(name),
                        self.value(Value::Ss(members.iter().cloned().collect()))
                    ));
                }
            }
        }
        [("SET", set), ("REMOVE", remove), ("ADD", add), ("DELETE", delete)]
            .into_iter()
            .filter(|(_, parts)| !parts.is_empty())
            .map(|(word, parts)| format!("{word} {}", parts.join(", ")))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The key condition of a query.
    pub(super) fn range(
        &mut self,
        partition: (&str, &str),
        sort: &str,
        low: Option<String>,
        high: Option<String>,
    ) -> String {
        let head = format!("{} = {}", self.name(partition.0), self.value(Value::S(partition.1.to_owned())));
        let sort = self.name(sort);
        let tail = match (low.map(|low| self.value(Value::S(low))), high.map(|high| self.value(Value::S(high)))) {
            (Some(low), Some(high)) => format!(" AND {sort} BETWEEN {low} AND {high}"),
            (Some(low), None) => format!(" AND {sort} >= {low}"),
            (None, Some(high)) => format!(" AND {sort} <= {high}"),
            (None, None) => {
                self.names.remove(&sort);
                String::new()
            }
        };
        head + &tail
    }

    /// The placeholders, each absent when empty, as DynamoDB insists.
    pub(super) fn placeholders(self) -> (Names, Values) {
        ((!self.names.is_empty()).then_some(self.names), (!self.values.is_empty()).then_some(self.values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_names_each_clause_once() {
        let mut expression = Expression::default();
        let text = expression.changes(&[
            Change::Set("a", Value::Bool(true)),
            Change::SetIfMissing("b", Value::N("1".to_owned())),
            Change::Remove("c"),
            Change::Add("d", -2),
        ]);
        assert_eq!(text, "SET #a = :v0, #b = if_not_exists(#b, :v1) REMOVE #c ADD #d :v2");
    }

    #[test]
    fn a_name_that_holds_data_gets_a_placeholder_of_its_own() {
        let mut expression = Expression::default();
        let text = expression.changes(&[
            Change::Add("a", 1),
            Change::AddTo("asked#secure-coding".to_owned(), 2),
            Change::AddTo("asked#v1.0".to_owned(), -2),
        ]);
        assert_eq!(text, "ADD #a :v0, #d1 :v1, #d2 :v2");
        let (names, _) = expression.placeholders();
        assert_eq!(names.unwrap()["#d2"], "asked#v1.0");
    }

    #[test]
    fn conditions_are_joined_by_and() {
        let mut expression = Expression::default();
        let text = expression.conditions(&[Condition::Present, Condition::Missing("sent_at")]);
        assert_eq!(text.as_deref(), Some("attribute_exists(#pk) AND attribute_not_exists(#sent_at)"));
    }
}
