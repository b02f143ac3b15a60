//! What comes in path and query: typed ids, strict filters, and paging whose cursor carries a position and no authority.

use std::str::FromStr;

use axum::{
    RequestPartsExt,
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{Limit, Position};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{Problem, body, kinds};

const LONGEST_CURSOR: usize = 1024;

/// The one typed part of a path. A part that does not parse names nothing that exists: 404.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let nothing = || Problem::new(kinds::NOT_FOUND);
        let Path(raw) = parts.extract::<Path<Vec<(String, String)>>>().await.map_err(|_| nothing())?;
        let [(_, only)] = raw.as_slice() else { return Err(nothing()) };
        only.parse().map(Self).map_err(|_| nothing())
    }
}

/// Two parts of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair<A, B>(pub A, pub B);

impl<S: Send + Sync, A: FromStr, B: FromStr> FromRequestParts<S> for Pair<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let nothing = || Problem::new(kinds::NOT_FOUND);
        let Path(raw) = parts.extract::<Path<Vec<(String, String)>>>().await.map_err(|_| nothing())?;
        let [(_, a), (_, b)] = raw.as_slice() else { return Err(nothing()) };
        match (a.parse(), b.parse()) {
            (Ok(a), Ok(b)) => Ok(Self(a, b)),
            _ => Err(nothing()),
        }
    }
}

/// Where a listing starts and how long a page is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// How many entries.
    pub limit: Limit,
    /// After which position, absent on the first page.
    pub after: Option<Position>,
    rest: Vec<(String, String)>,
}

impl Paging {
    /// The same listing from another cursor on, as a reference relative to the listing itself.
    pub(crate) fn query_with(&self, cursor: &str) -> String {
        let mut query = format!("?limit={}", self.limit.get());
        for (name, value) in self.rest.iter().map(|(n, v)| (n.as_str(), v.as_str())).chain([("cursor", cursor)]) {
            query.push('&');
            query.push_str(name);
            query.push('=');
            for byte in value.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    query.push(char::from(byte));
                } else {
                    query.push_str(&format!("%{byte:02X}"));
                }
            }
        }
        query
    }
}

/// The cursor of a position.
pub(crate) fn cursor(position: &Position) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(position.0.as_bytes())
}

fn position(cursor: &str) -> Option<Position> {
    if cursor.is_empty() || cursor.len() > LONGEST_CURSOR {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    kernel::text::is_printable(&text).then_some(Position(text))
}

type Pairs = Vec<(String, String)>;

fn pairs(parts: &Parts) -> Result<Pairs, Problem> {
    axum::extract::Query::<Pairs>::try_from_uri(&parts.uri)
        .map(|query| query.0)
        .map_err(|_| Problem::new(kinds::INVALID_QUERY))
}

fn filter<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, Problem> {
    let mut map = Map::new();
    for (name, value) in pairs {
        if map.insert(name.clone(), Value::String(value.clone())).is_some() {
            return Err(Problem::new(kinds::INVALID_QUERY).at(body::safe(name), "appears once"));
        }
    }
    serde_path_to_error::deserialize(Value::Object(map)).map_err(|error| {
        let (path, message) = body::explain(&error);
        Problem::new(kinds::INVALID_QUERY).at(path.trim_start_matches("$.").to_owned(), message)
    })
}

/// A strict query string: an unknown parameter is refused. Values are texts, ids and dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        filter(&pairs(parts)?).map(Self)
    }
}

/// A listing: paging, and filters as strict as [`Query`]'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// Where it starts.
    pub paging: Paging,
    /// What it is limited to.
    pub filter: T,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Listing<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let (paging, rest): (Pairs, Pairs) =
            pairs(parts)?.into_iter().partition(|(name, _)| name == "limit" || name == "cursor");
        let once = |wanted: &str| -> Result<Option<&str>, Problem> {
            let mut found = paging.iter().filter(|(name, _)| name == wanted);
            match (found.next(), found.next()) {
                (_, Some(_)) => Err(Problem::new(kinds::INVALID_QUERY).at(wanted, "appears once")),
                (found, None) => Ok(found.map(|(_, value)| value.as_str())),
            }
        };
        let limit = once("limit")?.map_or(Ok(Limit::default()), |raw| {
            let limit = raw.parse().ok().and_then(|number| Limit::new(number).ok());
            limit.ok_or_else(|| Problem::new(kinds::INVALID_QUERY).at("limit", "a number from 1 to 200"))
        })?;
        let after =
            once("cursor")?.map(|raw| position(raw).ok_or_else(|| Problem::new(kinds::INVALID_CURSOR))).transpose()?;
        let filter = filter(&rest)?;
        Ok(Self { paging: Paging { limit, after, rest }, filter })
    }
}

/// For listings without filters: any other parameter is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoFilter {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_carries_a_position_and_nothing_else() {
        let position = Position("ada lovelace#01890a5d".to_owned());
        assert_eq!(super::position(&cursor(&position)), Some(position));
        for forged in ["", "%%%", "AA==", "_-8", &"A".repeat(2000)] {
            assert_eq!(super::position(forged), None, "{forged}");
        }
    }
}
