//! Typed configuration, read once at start: the only place in the program that reads the environment. Each function has
//! a type of its own that asks for exactly what it uses; an error names the variable and what is expected, never the
//! value that was found.

use std::env;

/// The names of all variables, as the template sets them.
pub mod names {
    /// The table.
    pub const TABLE: &str = "GUILDHALL_TABLE";
    /// The path under which the active settings lie in Parameter Store, without a slash at its end.
    pub const SETTINGS_PREFIX: &str = "GUILDHALL_SETTINGS_PREFIX";
    /// The public base of the HTTP API, without a slash at its end.
    pub const API_URL: &str = "GUILDHALL_API_URL";
    /// The bucket of uploads.
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
    /// How many mailers the template lets work at once: they share the sending rate.
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
    /// The state machine that accompanies somebody who joined.
    pub const ONBOARDING_MACHINE: &str = "GUILDHALL_ONBOARDING_MACHINE";
    /// The state machine that looks after a certificate that ends soon.
    pub const RECERTIFICATION_MACHINE: &str = "GUILDHALL_RECERTIFICATION_MACHINE";
    /// The identity provider whose tokens are taken: their `iss` claim.
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

fn optional(source: Source<'_>, name: &str) -> Option<String> {
    source(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn text(source: Source<'_>, name: &'static str) -> Result<String, ConfigError> {
    optional(source, name).ok_or(ConfigError::Missing(name))
}

/// A text of which something can be made.
fn parsed<T>(
    source: Source<'_>,
    name: &'static str,
    expected: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, ConfigError> {
    parse(&text(source, name)?).ok_or(ConfigError::Malformed { name, expected })
}

fn url(source: Source<'_>, name: &'static str) -> Result<String, ConfigError> {
    parsed(source, name, "an http or https address", |value| {
        let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"))?;
        (!rest.is_empty()).then(|| value.trim_end_matches('/').to_owned())
    })
}

fn arn(source: Source<'_>, name: &'static str) -> Result<String, ConfigError> {
    parsed(source, name, "an ARN", |value| {
        (value.starts_with("arn:") && value.split(':').count() >= 6).then(|| value.to_owned())
    })
}

fn path(source: Source<'_>, name: &'static str) -> Result<String, ConfigError> {
    parsed(source, name, "a path such as /guildhall/stack/settings", |value| {
        (value.starts_with('/') && value.len() > 1).then(|| value.trim_end_matches('/').to_owned())
    })
}

fn address(source: Source<'_>, name: &'static str) -> Result<String, ConfigError> {
    parsed(source, name, "a mail address", |value| value.contains('@').then(|| value.to_owned()))
}

fn number(source: Source<'_>, name: &'static str) -> Result<u32, ConfigError> {
    parsed(source, name, "a number", |value| value.parse().ok())
}

fn list(source: Source<'_>, name: &'static str) -> Result<Vec<String>, ConfigError> {
    parsed(source, name, "names separated by commas", |value| {
        let all: Vec<String> =
            value.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect();
        (!all.is_empty()).then_some(all)
    })
}

fn system(source: Source<'_>, name: &'static str) -> Result<SystemName, ConfigError> {
    parsed(source, name, "directory or training", |value| match value {
        "directory" => Some(SystemName::Directory),
        "training" => Some(SystemName::Training),
        _ => None,
    })
}

/// Which system a task function works for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemName {
    /// People, teams, workloads.
    Directory,
    /// Training and competency.
    Training,
}

/// What a function uses, a line for each variable: field, type, variable, reader. What a variable means is said at its
/// name.
macro_rules! configurations {
    ($($(#[$doc:meta])* $kind:ident { $($field:ident: $type:ty = $name:ident as $read:ident,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $kind {$(
            #[doc = concat!("See [`names::", stringify!($name), "`].")]
            pub $field: $type,
        )+}

        impl FromEnv for $kind {
            fn read(source: Source<'_>) -> Result<Self, ConfigError> {
                Ok(Self {$($field: $read(source, names::$name)?,)+})
            }
        }
    )+};
}

configurations! {
    /// What the directory's API uses.
    DirectoryApi {
        table: String = TABLE as text,
        settings_prefix: String = SETTINGS_PREFIX as path,
        api_url: String = API_URL as url,
        bucket: String = BUCKET as text,
        import_machine: String = IMPORT_MACHINE as arn,
        issuer: String = ISSUER as url,
        client_ids: Vec<String> = CLIENT_IDS as list,
    }

    /// What training's API uses.
    TrainingApi {
        table: String = TABLE as text,
        settings_prefix: String = SETTINGS_PREFIX as path,
        api_url: String = API_URL as url,
        bucket: String = BUCKET as text,
        import_machine: String = IMPORT_MACHINE as arn,
        reminder_machine: String = REMINDER_MACHINE as arn,
        link_key_parameter: String = LINK_KEY_PARAMETER as text,
        issuer: String = ISSUER as url,
        client_ids: Vec<String> = CLIENT_IDS as list,
    }

    /// What the tasks of the state machines use.
    WorkflowTasks {
        system: SystemName = SYSTEM as system,
        stage: String = STAGE as text,
        table: String = TABLE as text,
        settings_prefix: String = SETTINGS_PREFIX as path,
        bucket: String = BUCKET as text,
    }

    /// What the relay of events uses.
    EventRelay {
        table: String = TABLE as text,
        event_bus: String = EVENT_BUS as text,
        mail_queue_url: String = MAIL_QUEUE_URL as url,
    }

    /// What the reactions to events use.
    Reactions {
        table: String = TABLE as text,
        settings_prefix: String = SETTINGS_PREFIX as path,
        review_machine: String = REVIEW_MACHINE as arn,
        onboarding_machine: String = ONBOARDING_MACHINE as arn,
        recertification_machine: String = RECERTIFICATION_MACHINE as arn,
        bucket: String = BUCKET as text,
    }

    /// What the mailer uses.
    Mailer {
        table: String = TABLE as text,
        settings_prefix: String = SETTINGS_PREFIX as path,
        api_url: String = API_URL as url,
        mail_from: String = MAIL_FROM as address,
        mail_configuration_set: String = MAIL_CONFIGURATION_SET as text,
        link_key_parameter: String = LINK_KEY_PARAMETER as text,
        send_concurrency: u32 = SEND_CONCURRENCY as number,
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
mod tests;
