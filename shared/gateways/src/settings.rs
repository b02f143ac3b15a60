//! Settings and keys in Parameter Store, each kept for a minute. A settings document is `{"version", "hash", "body"}`;
//! the hash over the body tells a change made through the API from one made by hand, which takes effect too but is
//! noticed. Whether a body is valid is asked of its own room, never decided here.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use aws_sdk_ssm::{Client, operation::get_parameter::GetParameterError, types::ParameterType};
use jiff::{SignedDuration, Timestamp};
use kernel::{Active, ActiveSettings, Clock, GatewayError, Mend};
use mail::{ProgramSettings, links::LinkKeys, ports};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

/// How long an answer is used without asking again.
const KEPT: SignedDuration = SignedDuration::from_secs(60);

#[derive(Serialize, Deserialize)]
struct Document {
    version: u64,
    #[serde(default)]
    hash: String,
    body: serde_json::Value,
}

/// Called with the parameter's name when a change made by hand is first seen.
pub type Notice = Arc<dyn Fn(&str) + Send + Sync>;

struct Cached<T> {
    read_at: Timestamp,
    value: Arc<T>,
}

/// One parameter with the answer of the last minute.
struct Parameter<T> {
    client: Client,
    name: String,
    clock: Arc<dyn Clock>,
    cached: Mutex<Option<Cached<T>>>,
}

impl<T> Parameter<T> {
    fn new(client: Client, name: String, clock: Arc<dyn Clock>) -> Self {
        Self { client, name, clock, cached: Mutex::new(None) }
    }

    /// What is kept, and whether it may be used without asking again. A clock that went back makes it old.
    fn kept(&self, now: Timestamp) -> (Option<Arc<T>>, bool) {
        let cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        match &*cached {
            None => (None, false),
            Some(Cached { read_at, value }) => {
                let age = now.duration_since(*read_at);
                (Some(Arc::clone(value)), age >= SignedDuration::ZERO && age < KEPT)
            }
        }
    }

    fn keep(&self, value: Option<Arc<T>>, now: Timestamp) {
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = value.map(|value| Cached { read_at: now, value });
    }

    /// The text of the parameter; none where it does not exist.
    async fn text(&self) -> Result<Option<String>, GatewayError> {
        match self.client.get_parameter().name(&self.name).with_decryption(true).send().await {
            Ok(answer) => Ok(answer.parameter.and_then(|parameter| parameter.value)),
            Err(error) if error.as_service_error().is_some_and(GetParameterError::is_parameter_not_found) => Ok(None),
            Err(error) => Err(crate::error::classify!("Parameter Store", aws_sdk_ssm, error)),
        }
    }

    /// The kept value, or a fresh one; an old one where a fresh one cannot be had.
    async fn get(
        &self,
        parse: impl Fn(Option<&str>) -> Result<T, GatewayError>,
    ) -> Result<(Arc<T>, Option<Arc<T>>), GatewayError> {
        let now = self.clock.now();
        let (kept, fresh) = self.kept(now);
        if let (Some(value), true) = (&kept, fresh) {
            return Ok((Arc::clone(value), kept));
        }
        match self.text().await.and_then(|text| parse(text.as_deref())) {
            Ok(value) => {
                let value = Arc::new(value);
                self.keep(Some(Arc::clone(&value)), now);
                Ok((value, kept))
            }
            Err(error) => match kept {
                Some(value) => {
                    tracing::warn!(%error, parameter = self.name, "using settings older than a minute");
                    Ok((Arc::clone(&value), Some(value)))
                }
                None => Err(error),
            },
        }
    }
}

/// A settings document in Parameter Store.
pub struct Settings<T> {
    parameter: Parameter<Active<T>>,
    notice: Option<Notice>,
}

impl<T> fmt::Debug for Settings<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("parameter", &self.parameter.name).finish_non_exhaustive()
    }
}

impl<T> Settings<T>
where
    T: Serialize + DeserializeOwned + Default + Mend + Clone + Send + Sync,
{
    /// The document `<prefix>/<document>`, such as `program` or `training`.
    pub fn new(client: Client, prefix: &str, document: &str, clock: Arc<dyn Clock>) -> Self {
        let name = format!("{}/{document}", prefix.trim_end_matches('/'));
        Self { parameter: Parameter::new(client, name, clock), notice: None }
    }

    /// Tells someone, a metric for instance, when a change made by hand is first seen.
    #[must_use]
    pub fn noticing(mut self, notice: Notice) -> Self {
        self.notice = Some(notice);
        self
    }
}

#[async_trait]
impl<T> ActiveSettings<T> for Settings<T>
where
    T: Serialize + DeserializeOwned + Default + Mend + Clone + Send + Sync,
{
    async fn active(&self) -> Result<Arc<Active<T>>, GatewayError> {
        let (active, before) = self.parameter.get(read).await?;
        let known = before.is_some_and(|before| before.edited_by_hand && before.version == active.version);
        if active.edited_by_hand && !known {
            tracing::warn!(parameter = self.parameter.name, "settings were changed by hand");
            if let Some(notice) = &self.notice {
                notice(&self.parameter.name);
            }
        }
        Ok(active)
    }

    /// Parameter Store has no conditional write: the version history in the table, written first and conditionally,
    /// decides who may.
    async fn activate(&self, version: u64, body: &T) -> Result<(), GatewayError> {
        let unwritable = |error: serde_json::Error| GatewayError::Unreadable("a settings document", error.to_string());
        let body = serde_json::to_value(body).map_err(unwritable)?;
        let document = Document { version, hash: hash(version, &body), body };
        let text = serde_json::to_string(&document).map_err(unwritable)?;
        let Parameter { client, name, .. } = &self.parameter;
        let request = client.put_parameter().name(name).value(text).r#type(ParameterType::String).overwrite(true);
        request.send().await.map_err(|error| crate::error::classify!("Parameter Store", aws_sdk_ssm, error))?;
        self.parameter.keep(None, self.parameter.clock.now());
        Ok(())
    }
}

/// A hash of version and body in one spelling: keys sorted, no white space.
fn hash(version: u64, body: &serde_json::Value) -> String {
    let digest = Sha256::digest(format!("{version}\n{body}").as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read<T: DeserializeOwned + Default + Mend>(text: Option<&str>) -> Result<Active<T>, GatewayError> {
    let Some(text) = text else { return Ok(Active { version: 0, body: T::default(), edited_by_hand: false }) };
    let unreadable = |error: serde_json::Error| GatewayError::Unreadable("a settings document", error.to_string());
    let document: Document = serde_json::from_str(text).map_err(unreadable)?;
    let edited_by_hand = document.hash != hash(document.version, &document.body);
    let mut body: T = serde_json::from_value(document.body).map_err(unreadable)?;
    // What came through the API was checked there; what was typed by hand was not.
    let mended = body.mend();
    if !mended.is_empty() {
        tracing::warn!(fields = mended.join(", "), "settings out of their bounds were brought back into them");
    }
    Ok(Active { version: document.version, body, edited_by_hand })
}

/// The keys that links are signed with, as a SecureString.
pub struct LinkKeyParameter(Parameter<LinkKeys>);

impl fmt::Debug for LinkKeyParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LinkKeyParameter").field(&self.0.name).finish()
    }
}

impl LinkKeyParameter {
    /// The parameter of a name.
    pub fn new(client: Client, name: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self(Parameter::new(client, name.into(), clock))
    }

    /// The keys.
    ///
    /// # Errors
    /// [`GatewayError`] where they were never read and now cannot be.
    pub async fn keys(&self) -> Result<LinkKeys, GatewayError> {
        let (keys, _) = self.0.get(read_keys).await?;
        Ok((*keys).clone())
    }
}

fn read_keys(text: Option<&str>) -> Result<LinkKeys, GatewayError> {
    let text = text.ok_or(GatewayError::NotFound("the link key"))?;
    LinkKeys::parse(text).map_err(|error| GatewayError::Unreadable("the link key", error.to_string()))
}

/// The program's settings and the link keys together, as mail wants them.
#[derive(Debug)]
pub struct MailSettings {
    /// The program's settings.
    pub program: Settings<ProgramSettings>,
    /// The link keys.
    pub link_keys: LinkKeyParameter,
}

fn not_had(what: &'static str) -> impl Fn(GatewayError) -> ports::SettingsError {
    move |error| match error {
        GatewayError::Unreadable(_, why) => ports::SettingsError::Invalid(what, why),
        error => ports::SettingsError::Unavailable(what, Box::new(error)),
    }
}

#[async_trait]
impl ports::Settings for MailSettings {
    async fn program(&self) -> Result<ProgramSettings, ports::SettingsError> {
        self.program.active().await.map(|active| active.body.clone()).map_err(not_had("the program's settings"))
    }

    async fn link_keys(&self) -> Result<LinkKeys, ports::SettingsError> {
        self.link_keys.keys().await.map_err(not_had("the link key"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_past_the_api_is_noticed_and_obeyed() {
        let body = serde_json::to_value(ProgramSettings::default()).unwrap();
        let document = |rate: u16, hash_of: &serde_json::Value| {
            let mut body = body.clone();
            body["send_rate"] = rate.into();
            serde_json::to_string(&Document { version: 3, hash: hash(3, hash_of), body }).unwrap()
        };
        let active: Active<ProgramSettings> = read(Some(&document(10, &body))).unwrap();
        assert!(!active.edited_by_hand);
        let edited: Active<ProgramSettings> = read(Some(&document(99, &body))).unwrap();
        assert!(edited.edited_by_hand);
        assert_eq!((edited.version, edited.body.send_rate), (3, 99));
        let beyond: Active<ProgramSettings> = read(Some(&document(9_999, &body))).unwrap();
        assert_eq!((beyond.edited_by_hand, beyond.body.send_rate), (true, 500));
    }

    #[test]
    fn nothing_written_means_the_defaults() {
        let active: Active<ProgramSettings> = read(None).unwrap();
        assert_eq!(active, Active { version: 0, body: ProgramSettings::default(), edited_by_hand: false });
    }

    #[test]
    fn an_unreadable_document_is_an_error() {
        assert!(read::<ProgramSettings>(Some("{}")).is_err());
        assert!(read_keys(Some("short")).is_err());
        assert!(read_keys(None).is_err());
    }
}
