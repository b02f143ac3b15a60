//! Items and what they hold. An item is its keys, its `type`, the `schema` version of its shape, and a `body`; a thing
//! that can change also has its `version` beside them, where conditions can see it. Whatever does not parse is an error
//! that names the item's key.

use kernel::{StoreError, Version};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    keys::loggable,
    table::{Index, Item, Key, PK, SK, Value, key_of, text},
};

/// Names an item's type and the version of its shape; raise `schema` when the shape changes and read both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// What the item is, such as `person`.
    pub name: &'static str,
    /// The version of the body's shape.
    pub schema: u16,
}

impl Kind {
    /// A kind in its first shape.
    pub const fn first(name: &'static str) -> Self {
        Self { name, schema: 1 }
    }
}

/// Builds an item.
pub struct ItemBuilder(Item);

impl ItemBuilder {
    /// An item of a kind with a body.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] if the body has no item form, such as a map with keys that are no strings.
    pub fn new<T: Serialize>(key: &Key, kind: Kind, body: &T) -> Result<Self, StoreError> {
        let body = serde_dynamo::to_attribute_value(body)
            .map_err(|error| StoreError::Unreadable(format!("{}: {error}", loggable(key))))?;
        let mut item = Item::default();
        let inner = item.inner_mut();
        inner.insert(PK.to_owned(), Value::S(key.pk.clone()));
        inner.insert(SK.to_owned(), Value::S(key.sk.clone()));
        inner.insert("type".to_owned(), Value::S(kind.name.to_owned()));
        inner.insert("schema".to_owned(), Value::N(kind.schema.to_string()));
        inner.insert("body".to_owned(), body);
        Ok(Self(item))
    }

    /// Sets the version that conditions compare.
    #[must_use]
    pub fn version(self, version: Version) -> Self {
        self.with("version", Value::N(version.to_string()))
    }

    /// Puts the item into an index.
    #[must_use]
    pub fn index(self, index: Index, partition: impl Into<String>, sort: impl Into<String>) -> Self {
        self.with(index.pk(), Value::S(partition.into())).with(index.sk(), Value::S(sort.into()))
    }

    /// Lets DynamoDB delete the item some time after an instant.
    #[must_use]
    pub fn expires(self, at: jiff::Timestamp) -> Self {
        self.with("expires_at", Value::N(at.as_second().to_string()))
    }

    /// Sets an attribute beside the body, where conditions and updates can reach it.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.0.inner_mut().insert(name.to_owned(), value);
        self
    }

    /// The item.
    pub fn build(self) -> Item {
        self.0
    }
}

/// The body of an item of a kind.
///
/// # Errors
/// [`StoreError::Unreadable`], naming the key, if the item is of another kind, of a later schema, or does not parse.
pub fn body<T: DeserializeOwned>(item: &Item, kind: Kind) -> Result<T, StoreError> {
    let unreadable = |why: &str| StoreError::Unreadable(format!("{}: {why}", loggable(&key_of(item))));
    if text(item, "type") != Some(kind.name) {
        return Err(unreadable(&format!("not a {}", kind.name)));
    }
    let schema: u16 = match item.get("schema") {
        Some(Value::N(number)) => number.parse().unwrap_or(u16::MAX),
        _ => u16::MAX,
    };
    if schema > kind.schema {
        return Err(unreadable(&format!("schema {schema} is later than {}", kind.schema)));
    }
    let body = item.get("body").cloned().ok_or_else(|| unreadable("no body"))?;
    serde_dynamo::from_attribute_value(body).map_err(|error| unreadable(&error.to_string()))
}

/// The version of an item, [`Version::ABSENT`] where it has none.
pub fn version(item: &Item) -> Version {
    match item.get("version") {
        Some(Value::N(number)) => number.parse().map_or(Version::ABSENT, Version::new),
        _ => Version::ABSENT,
    }
}

/// The type an item says it is.
pub fn kind_of(item: &Item) -> Option<&str> {
    text(item, "type")
}

#[cfg(test)]
mod tests {
    use super::*;

    const THING: Kind = Kind::first("thing");

    #[test]
    fn a_body_comes_back_as_it_went() {
        let item =
            ItemBuilder::new(&Key::new("A", "B"), THING, &vec!["x", "y"]).unwrap().version(Version::FIRST).build();
        assert_eq!(body::<Vec<String>>(&item, THING).unwrap(), ["x", "y"]);
        assert_eq!(version(&item), Version::FIRST);
    }

    #[test]
    fn a_bad_item_is_an_error_that_names_its_key() {
        let item = ItemBuilder::new(&Key::new("A", "B"), THING, &"text").unwrap().build();
        let error = body::<u32>(&item, THING).unwrap_err();
        assert!(error.to_string().contains("A / B"), "{error}");
        let other = body::<String>(&item, Kind::first("other")).unwrap_err();
        assert!(other.to_string().contains("not a other"), "{other}");
    }

    #[test]
    fn a_later_schema_is_not_guessed_at() {
        let later = Kind { schema: 2, ..THING };
        let item = ItemBuilder::new(&Key::new("A", "B"), later, &1).unwrap().build();
        assert!(body::<u32>(&item, THING).is_err());
        assert_eq!(body::<u32>(&item, later).unwrap(), 1);
    }
}
