//! Strict JSON bodies. Size, depth and number of values are bounded before anything is parsed; unknown fields are
//! refused by the types themselves; an error names the place and what was expected, and never repeats what was sent.

use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, Method, header},
};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::{Problem, kinds};

/// The usual bound of a body.
pub const SMALL_BODY: usize = 64 * 1024;
/// The bound where a file may come inline: what the gateway lets through.
pub const LARGE_BODY: usize = 6 * 1024 * 1024;

const DEEPEST: usize = 16;
const MOST_VALUES: usize = 10_000;

/// A JSON body of at most `MAX` bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json<T, const MAX: usize = SMALL_BODY> {
    /// What was sent.
    pub value: T,
    /// A hash of method, path and body: tells a repetition from another request under the same key.
    pub hash: String,
}

/// A JSON body as large as the gateway lets through.
pub type LargeJson<T> = Json<T, LARGE_BODY>;

/// For operations that take no body: nothing, or the empty object that some clients always send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Empty {
    /// A hash of method and path.
    pub hash: String,
}

impl<S: Send + Sync, T: DeserializeOwned, const MAX: usize> FromRequest<S> for Json<T, MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(kinds::UNSUPPORTED_MEDIA_TYPE));
        }
        let (bytes, hash) = read(request, MAX).await?;
        bounds(&bytes).map_err(|expected| Problem::new(kinds::INVALID_BODY).at("$", expected))?;
        // A list is as good as an object to the parser, which would take its entries for fields.
        if !matches!(bytes.trim_ascii_start().first(), Some(b'{')) {
            return Err(Problem::new(kinds::INVALID_BODY).at("$", "a JSON object"));
        }
        let mut parser = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut parser).map_err(|error| refuse(&error))?;
        parser.end().map_err(|_| Problem::new(kinds::INVALID_BODY).at("$", "one JSON value"))?;
        Ok(Self { value, hash })
    }
}

impl<S: Send + Sync> FromRequest<S> for Empty {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (bytes, hash) = read(request, SMALL_BODY).await?;
        match bytes.trim_ascii() {
            b"" | b"{}" => Ok(Self { hash }),
            _ => Err(Problem::new(kinds::INVALID_BODY).at("$", "no body")),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = value.split(';').map(str::trim);
    parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
        && parts.all(|parameter| parameter.eq_ignore_ascii_case("charset=utf-8"))
}

async fn read(request: Request, max: usize) -> Result<(Vec<u8>, String), Problem> {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, max)
        .await
        .map_err(|_| Problem::new(kinds::BODY_TOO_LARGE).detail(format!("At most {max} bytes are taken here.")))?;
    let hash = hash(&parts.method, parts.uri.path_and_query().map_or("/", |path| path.as_str()), &bytes);
    Ok((bytes.to_vec(), hash))
}

fn hash(method: &Method, path: &str, body: &[u8]) -> String {
    let mut hasher = Sha256::new();
    for part in [method.as_str().as_bytes(), path.as_bytes(), body] {
        hasher.update(u64::try_from(part.len()).unwrap_or_default().to_be_bytes());
        hasher.update(part);
    }
    hex::encode(hasher.finalize())
}

/// Looks at structure only: how deep it nests, and how many values it may hold at most.
fn bounds(bytes: &[u8]) -> Result<(), String> {
    let (mut depth, mut values, mut quoted, mut escaped) = (0_usize, 1_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > DEEPEST {
            return Err(format!("at most {DEEPEST} levels of nesting"));
        }
        if values > MOST_VALUES {
            return Err(format!("at most {MOST_VALUES} values"));
        }
    }
    Ok(())
}

fn refuse(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    use serde_json::error::Category;
    match error.inner().classify() {
        Category::Syntax | Category::Eof | Category::Io => {
            let (line, column) = (error.inner().line(), error.inner().column());
            Problem::new(kinds::INVALID_BODY).at("$", format!("JSON; it breaks at line {line}, column {column}"))
        }
        Category::Data => {
            let (path, message) = explain(error);
            Problem::new(kinds::INVALID_BODY).at(path, message)
        }
    }
}

/// A name that came from outside, as far as it may be repeated.
pub(crate) fn safe(name: &str) -> String {
    let plain = name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    if plain { name.to_owned() } else { "?".to_owned() }
}

/// Path and expectation of a value that does not fit. `serde` quotes what it found; only what it expected is kept.
pub(crate) fn explain(error: &serde_path_to_error::Error<serde_json::Error>) -> (String, String) {
    use serde_path_to_error::Segment;
    let mut path = String::from("$");
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => path.push_str(&format!("[{index}]")),
            Segment::Map { key } => path.push_str(&format!(".{}", safe(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let full = error.inner().to_string();
    // serde_json appends the place: "… at line 1 column 5".
    let text = full.rsplit_once(" at line ").map_or(full.as_str(), |(text, _)| text);
    let message = if text.starts_with("unknown field") {
        "a field this operation knows".to_owned()
    } else if let Some(field) = text.strip_prefix("missing field ") {
        format!("the field {field}")
    } else if text.starts_with("duplicate field") {
        "each field once".to_owned()
    } else if let Some((_, expected)) = text.rsplit_once(", expected ") {
        expected.to_owned()
    } else if text.contains(['"', '`', '\'']) || text.len() > 200 {
        "an allowed value".to_owned()
    } else {
        text.to_owned()
    };
    (path, message)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Sample {
        name: String,
        #[serde(default)]
        days: Vec<jiff::civil::Date>,
        #[serde(default)]
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Lab,
        Course,
    }

    #[track_caller]
    fn refused(body: &str) -> (String, String) {
        let mut parser = serde_json::Deserializer::from_slice(body.as_bytes());
        let error = serde_path_to_error::deserialize::<_, Sample>(&mut parser).expect_err("it must not parse");
        explain(&error)
    }

    #[test]
    fn an_error_names_the_place_and_never_the_value() {
        assert_eq!(refused(r#"{"name":7}"#), ("$.name".into(), "a string".into()));
        assert_eq!(refused(r#"{"name":"a","secret":1}"#).1, "a field this operation knows");
        assert_eq!(refused("{}").1, "the field `name`");
        let (path, message) = refused(r#"{"name":"a","days":["2026-01-01","hunter2"]}"#);
        assert_eq!(path, "$.days[1]");
        assert!(!message.contains("hunter2"), "{message}");
        let (path, message) = refused(r#"{"name":"a","kind":"hunter2"}"#);
        assert_eq!(path, "$.kind");
        assert_eq!(message, "`lab` or `course`");
    }

    #[test]
    fn structure_is_bounded_before_parsing() {
        assert!(bounds("[".repeat(17).as_bytes()).is_err());
        assert!(bounds(format!("[{}1]", "1,".repeat(10_000)).as_bytes()).is_err());
        assert!(bounds(br#"{"text":"[[[[[[[[[[[[[[[[[[[[[[[\"[["}"#).is_ok());
    }

    #[test]
    fn another_method_path_or_body_is_another_request() {
        let one = hash(&Method::POST, "/a", b"bc");
        assert_ne!(one, hash(&Method::POST, "/ab", b"c"));
        assert_ne!(one, hash(&Method::PUT, "/a", b"bc"));
    }
}
