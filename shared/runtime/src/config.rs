//! Typed configuration, read once at start: the only place in the program that reads the environment. Each function has
//! a type of its own that asks for exactly what it uses; an error names the variable and what is expected, never the
//! value that was found.

use std::env;

/// The names of all variables, as the template sets them.
pub mod names {
    /// The table.
    pub const TABLE: &str = "GUILDHALL_TABLE";
    /// The path under which the active settings lie in Parameter Store.
    pub const SETTINGS_PREFIX: &str = "GUILDHALL_SETTINGS_PREFIX";
    /// The public base of the HTTP API.
    pub const API_URL: &str = "GUILDHALL_API_URL";
    /// The bucket of uploads and exports.
    pub const BUCKET: &str = "GUILDHALL_BUCKET";
    /// The queue of mails to send.
    pub const MAIL_QUEUE_URL: &str = "GUILDHALL_MAIL_QUEUE_URL";
    /// The event bus.
    pub const EVENT_BUS: &str = "GUILDHALL_EVENT_BUS";
    /// The sender of every mail.
    pub const MAIL_FROM: &str = "GUILDHALL_MAIL_FROM";
    /// The configuration set at SES.
    pub const MAIL_CONFIGURATION_SET: &str = "GUILDHALL_MAIL_CONFIGURATION_SET";
    /// The Parameter Store name of the key that signs links.
    pub const LINK_KEY_PARAMETER: &str = "GUILDHALL_LINK_KEY_PARAMETER";
    /// How many mailers the template lets work at once.
    pub const SEND_CONCURRENCY: &str = "GUILDHALL_SEND_CONCURRENCY";
    /// Which system a task function works for.
    pub const SYSTEM: &str = "GUILDHALL_SYSTEM";
    /// The stage, which gauges carry so that stages of one account stay apart.
    pub const STAGE: &str = "GUILDHALL_STAGE";
    /// The state machine that applies an import.
    pub const IMPORT_MACHINE: &str = "GUILDHALL_IMPORT_MACHINE";
    /// The state machine that runs the reminder cycle.
    pub const REMINDER_MACHINE: &str = "GUILDHALL_REMINDER_MACHINE";
    /// The state machine that looks at everybody again.
    pub const REVIEW_MACHINE: &str = "GUILDHALL_REVIEW_MACHINE";
    /// The identity provider whose tokens are taken.
    pub const ISSUER: &str = "GUILDHALL_ISSUER";
    /// The clients whose tokens are taken, separated by commas.
    pub const CLIENT_IDS: &str = "GUILDHALL_CLIENT_IDS";
    /// A file that moves the program's clock; obeyed by debug builds alone.
    #[cfg(debug_assertions)]
    pub const CLOCK_FILE: &str = "GUILDHALL_CLOCK_FILE";
    /// The region, set by Lambda.
    pub const REGION: &str = "AWS_REGION";
    /// The region's older name, set by tools.
    pub const DEFAULT_REGION: &str = "AWS_DEFAULT_REGION";
    /// Credentials of the function's role, set by Lambda.
    pub const ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
    /// Credentials of the function's role, set by Lambda.
    pub const SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
    /// Credentials of the function's role, set by Lambda.
    pub const SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";
    /// Another address for every service, set by the local launcher.
    pub const ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";
    /// How much is logged: `error`, `warn`, `info`, `debug` or `trace`.
    pub const LOG_LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";
}

/// A variable that is missing or does not say what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not set, or empty.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// Set to something else than expected.
    #[error("{name} must be {expected}")]
    Malformed {
        /// The variable.
        name: &'static str,
        /// What it should say.
        expected: &'static str,
    },
}

/// Where values come from: the process in production, a map in tests.
pub type Source<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A configuration that can be read from the environment.
pub trait FromEnv: Sized {
    /// Reads from any source.
    ///
    /// # Errors
    /// [`ConfigError`] naming the first variable that is missing or malformed.
    fn read(source: Source<'_>) -> Result<Self, ConfigError>;

    /// Reads from the process.
    ///
    /// # Errors
    /// As [`FromEnv::read`].
    fn from_env() -> Result<Self, ConfigError> {
        Self::read(&process)
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub(crate) fn process(name: &str) -> Option<String> {
    env::var(name).ok()
}

fn text(source: Source<'_>, name: &'static str) -> Result<String, ConfigError> {
    optional(source, name).ok_or(ConfigError::Missing(name))
}

fn optional(source: Source<'_>, name: &str) -> Option<String> {
    source(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn checked(
    source: Source<'_>,
    name: &'static str,
    expected: &'static str,
    good: impl Fn(&str) -> bool,
) -> Result<String, ConfigError> {
    let value = text(source, name)?;
    if good(&value) { Ok(value) } else { Err(ConfigError::Malformed { name, expected }) }
}

fn url(source: Source<'_>, name: &'static str) -> Result<String, ConfigError> {
    let value = checked(source, name, "an http or https address", |value| {
        value.strip_prefix("https://").or_else(|| value.strip_prefix("http://")).is_some_and(|rest| !rest.is_empty())
    })?;
    Ok(value.trim_end_matches('/').to_owned())
}

fn arn(source: Source<'_>, name: &'static str) -> Result<String, ConfigError> {
    checked(source, name, "an ARN", |value| value.starts_with("arn:") && value.split(':').count() >= 6)
}

fn settings_prefix(source: Source<'_>) -> Result<String, ConfigError> {
    let value = checked(source, names::SETTINGS_PREFIX, "a path such as /guildhall/stack/settings", |value| {
        value.starts_with('/') && value.len() > 1
    })?;
    Ok(value.trim_end_matches('/').to_owned())
}

/// Whose access tokens are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityProvider {
    /// The `iss` claim.
    pub issuer: String,
    /// The clients a token may have been issued to.
    pub client_ids: Vec<String>,
}

impl FromEnv for IdentityProvider {
    fn read(source: Source<'_>) -> Result<Self, ConfigError> {
        let client_ids: Vec<String> = text(source, names::CLIENT_IDS)?
            .split(',')
            .map(|id| id.trim().to_owned())
            .filter(|id| !id.is_empty())
            .collect();
        if client_ids.is_empty() {
            return Err(ConfigError::Malformed { name: names::CLIENT_IDS, expected: "client ids separated by commas" });
        }
        Ok(Self { issuer: url(source, names::ISSUER)?, client_ids })
    }
}

/// Which system a task function works for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemName {
    /// People, teams, workloads.
    Directory,
    /// Training and competency.
    Training,
}

/// What the directory's API uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryApi {
    /// The table.
    pub table: String,
    /// Where the active settings lie.
    pub settings_prefix: String,
    /// The public base of the HTTP API, without a slash at its end.
    pub api_url: String,
    /// Where uploads go.
    pub bucket: String,
    /// The state machine that applies an import.
    pub import_machine: String,
    /// Whose tokens are taken.
    pub identity: IdentityProvider,
}

impl FromEnv for DirectoryApi {
    fn read(source: Source<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            table: text(source, names::TABLE)?,
            settings_prefix: settings_prefix(source)?,
            api_url: url(source, names::API_URL)?,
            bucket: text(source, names::BUCKET)?,
            import_machine: arn(source, names::IMPORT_MACHINE)?,
            identity: IdentityProvider::read(source)?,
        })
    }
}

/// What training's API uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingApi {
    /// The table.
    pub table: String,
    /// Where the active settings lie.
    pub settings_prefix: String,
    /// The public base of the HTTP API, without a slash at its end.
    pub api_url: String,
    /// Where uploads go.
    pub bucket: String,
    /// The state machine that applies an import.
    pub import_machine: String,
    /// The state machine that runs the reminder cycle.
    pub reminder_machine: String,
    /// The name of the key that signs links.
    pub link_key_parameter: String,
    /// Whose tokens are taken.
    pub identity: IdentityProvider,
}

impl FromEnv for TrainingApi {
    fn read(source: Source<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            table: text(source, names::TABLE)?,
            settings_prefix: settings_prefix(source)?,
            api_url: url(source, names::API_URL)?,
            bucket: text(source, names::BUCKET)?,
            import_machine: arn(source, names::IMPORT_MACHINE)?,
            reminder_machine: arn(source, names::REMINDER_MACHINE)?,
            link_key_parameter: text(source, names::LINK_KEY_PARAMETER)?,
            identity: IdentityProvider::read(source)?,
        })
    }
}

/// What the tasks of the state machines use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowTasks {
    /// The system whose tasks may be called.
    pub system: SystemName,
    /// The stage, as gauges name it.
    pub stage: String,
    /// The table.
    pub table: String,
    /// Where the active settings lie.
    pub settings_prefix: String,
    /// Where uploads are read from.
    pub bucket: String,
}

impl FromEnv for WorkflowTasks {
    fn read(source: Source<'_>) -> Result<Self, ConfigError> {
        let system = match text(source, names::SYSTEM)?.as_str() {
            "directory" => SystemName::Directory,
            "training" => SystemName::Training,
            _ => return Err(ConfigError::Malformed { name: names::SYSTEM, expected: "directory or training" }),
        };
        Ok(Self {
            system,
            stage: text(source, names::STAGE)?,
            table: text(source, names::TABLE)?,
            settings_prefix: settings_prefix(source)?,
            bucket: text(source, names::BUCKET)?,
        })
    }
}

/// What the relay of events uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRelay {
    /// The table.
    pub table: String,
    /// The bus events go to.
    pub event_bus: String,
    /// The queue mails go to.
    pub mail_queue_url: String,
}

impl FromEnv for EventRelay {
    fn read(source: Source<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            table: text(source, names::TABLE)?,
            event_bus: text(source, names::EVENT_BUS)?,
            mail_queue_url: url(source, names::MAIL_QUEUE_URL)?,
        })
    }
}

/// What the reactions to events use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reactions {
    /// The table.
    pub table: String,
    /// Where the active settings lie.
    pub settings_prefix: String,
    /// The state machine that looks at everybody again.
    pub review_machine: String,
}

impl FromEnv for Reactions {
    fn read(source: Source<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            table: text(source, names::TABLE)?,
            settings_prefix: settings_prefix(source)?,
            review_machine: arn(source, names::REVIEW_MACHINE)?,
        })
    }
}

/// What the mailer uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailer {
    /// The table.
    pub table: String,
    /// Where the active settings lie.
    pub settings_prefix: String,
    /// The public base of the HTTP API, without a slash at its end.
    pub api_url: String,
    /// The sender of every mail.
    pub mail_from: String,
    /// The configuration set at SES.
    pub mail_configuration_set: String,
    /// The name of the key that signs links.
    pub link_key_parameter: String,
    /// How many mailers work at once and share the sending rate.
    pub send_concurrency: u32,
}

impl FromEnv for Mailer {
    fn read(source: Source<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            table: text(source, names::TABLE)?,
            settings_prefix: settings_prefix(source)?,
            api_url: url(source, names::API_URL)?,
            mail_from: checked(source, names::MAIL_FROM, "a mail address", |value| value.contains('@'))?,
            mail_configuration_set: text(source, names::MAIL_CONFIGURATION_SET)?,
            link_key_parameter: text(source, names::LINK_KEY_PARAMETER)?,
            send_concurrency: text(source, names::SEND_CONCURRENCY)?.parse().map_err(|_| ConfigError::Malformed {
                name: names::SEND_CONCURRENCY,
                expected: "a number of mailers",
            })?,
        })
    }
}

/// How to reach AWS: what Lambda sets for every function, and the local launcher's other address.
#[derive(Clone, PartialEq, Eq)]
pub struct Aws {
    /// The region.
    pub region: String,
    /// Another address for every service.
    pub endpoint_url: Option<String>,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: Option<String>,
}

impl FromEnv for Aws {
    fn read(source: Source<'_>) -> Result<Self, ConfigError> {
        let region = optional(source, names::REGION)
            .or_else(|| optional(source, names::DEFAULT_REGION))
            .ok_or(ConfigError::Missing(names::REGION))?;
        let endpoint_url =
            optional(source, names::ENDPOINT_URL).map(|_| url(source, names::ENDPOINT_URL)).transpose()?;
        Ok(Self {
            region,
            endpoint_url,
            access_key_id: text(source, names::ACCESS_KEY_ID)?,
            secret_access_key: text(source, names::SECRET_ACCESS_KEY)?,
            session_token: optional(source, names::SESSION_TOKEN),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn full() -> BTreeMap<&'static str, &'static str> {
        BTreeMap::from([
            (names::TABLE, "guildhall"),
            (names::SETTINGS_PREFIX, "/guildhall/test/settings/"),
            (names::API_URL, "https://api.example.com/"),
            (names::BUCKET, "bucket"),
            (names::MAIL_QUEUE_URL, "https://sqs.example.com/1/mail"),
            (names::EVENT_BUS, "bus"),
            (names::MAIL_FROM, "guildhall@example.com"),
            (names::MAIL_CONFIGURATION_SET, "set"),
            (names::LINK_KEY_PARAMETER, "/guildhall/test/link-key"),
            (names::SEND_CONCURRENCY, "2"),
            (names::SYSTEM, "training"),
            (names::STAGE, "test"),
            (names::IMPORT_MACHINE, "arn:aws:states:eu-west-1:111122223333:stateMachine:import"),
            (names::REMINDER_MACHINE, "arn:aws:states:eu-west-1:111122223333:stateMachine:remind"),
            (names::ISSUER, "https://issuer.example.com"),
            (names::CLIENT_IDS, "portal, service"),
            (names::REVIEW_MACHINE, "arn:aws:states:eu-west-1:111122223333:stateMachine:review"),
        ])
    }

    #[track_caller]
    fn check<T: FromEnv + std::fmt::Debug>(needs: &[&'static str]) {
        let all = full();
        let exactly = |name: &str| needs.contains(&name).then(|| all[name].to_owned());
        assert!(T::read(&exactly).is_ok(), "{:?}", T::read(&exactly).err());
        for gone in needs {
            let without = |name: &str| (name != *gone).then(|| all.get(name).map(|v| (*v).to_owned())).flatten();
            assert_eq!(T::read(&without).err(), Some(ConfigError::Missing(gone)));
        }
    }

    #[test]
    fn each_function_asks_for_exactly_what_it_uses() {
        use names::{
            API_URL, BUCKET, CLIENT_IDS, EVENT_BUS, IMPORT_MACHINE, ISSUER, LINK_KEY_PARAMETER, MAIL_CONFIGURATION_SET,
            MAIL_FROM, MAIL_QUEUE_URL, REMINDER_MACHINE, REVIEW_MACHINE, SEND_CONCURRENCY, SETTINGS_PREFIX, STAGE,
            SYSTEM, TABLE,
        };
        check::<DirectoryApi>(&[TABLE, SETTINGS_PREFIX, API_URL, BUCKET, IMPORT_MACHINE, ISSUER, CLIENT_IDS]);
        check::<TrainingApi>(&[
            TABLE,
            SETTINGS_PREFIX,
            API_URL,
            BUCKET,
            IMPORT_MACHINE,
            REMINDER_MACHINE,
            LINK_KEY_PARAMETER,
            ISSUER,
            CLIENT_IDS,
        ]);
        check::<WorkflowTasks>(&[TABLE, SETTINGS_PREFIX, BUCKET, SYSTEM, STAGE]);
        check::<EventRelay>(&[TABLE, EVENT_BUS, MAIL_QUEUE_URL]);
        check::<Reactions>(&[TABLE, SETTINGS_PREFIX, REVIEW_MACHINE]);
        check::<Mailer>(&[
            TABLE,
            SETTINGS_PREFIX,
            API_URL,
            MAIL_FROM,
            MAIL_CONFIGURATION_SET,
            LINK_KEY_PARAMETER,
            SEND_CONCURRENCY,
        ]);
    }

    #[test]
    fn an_error_names_the_variable_and_never_its_value() {
        let wrong = |name: &str| if name == names::SYSTEM { Some("hunter2".to_owned()) } else { None };
        let error = WorkflowTasks::read(&wrong).err().map(|e| e.to_string());
        assert_eq!(error.as_deref(), Some("GUILDHALL_SYSTEM must be directory or training"));
    }

    #[test]
    fn addresses_lose_the_slash_at_their_end() {
        let all = full();
        let config = Mailer::read(&|name| all.get(name).map(|v| (*v).to_owned()));
        assert_eq!(config.map(|c| c.api_url), Ok("https://api.example.com".to_owned()));
    }
}
