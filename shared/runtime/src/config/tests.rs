//! Each configuration asks for what its function uses, and for nothing else.

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
        (names::ONBOARDING_MACHINE, "arn:aws:states:eu-west-1:111122223333:stateMachine:onboarding"),
        (names::RECERTIFICATION_MACHINE, "arn:aws:states:eu-west-1:111122223333:stateMachine:recertification"),
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
        MAIL_FROM, MAIL_QUEUE_URL, ONBOARDING_MACHINE, RECERTIFICATION_MACHINE, REMINDER_MACHINE, REVIEW_MACHINE,
        SEND_CONCURRENCY, SETTINGS_PREFIX, STAGE, SYSTEM, TABLE,
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
    check::<Reactions>(&[TABLE, SETTINGS_PREFIX, REVIEW_MACHINE, ONBOARDING_MACHINE, RECERTIFICATION_MACHINE, BUCKET]);
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
