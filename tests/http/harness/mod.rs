//! What every test of a stack works with: where the stack is, requests and what came back, people made for the test,
//! and waiting for something to become true. Nothing here knows a rule of the program.

mod call;
pub(crate) mod cast;
mod cloud;

use std::{
    collections::BTreeMap,
    sync::OnceLock,
    time::{Duration, Instant},
};

use serde::Deserialize;

pub(crate) use self::{
    call::{Answer, Call},
    cast::{Course, Person, Team, Town, Who},
    cloud::{aws, mails_to, step_functions},
};

/// The stack under test, as its `stack.json` tells.
#[derive(Deserialize)]
pub(crate) struct Stack {
    pub(crate) api_url: String,
    pub(crate) endpoint: String,
    pub(crate) issuer: String,
    tokens: BTreeMap<String, String>,
    pub(crate) outputs: BTreeMap<String, String>,
}

impl Stack {
    /// The stack of this run.
    pub(crate) fn get() -> &'static Self {
        static STACK: OnceLock<Stack> = OnceLock::new();
        STACK.get_or_init(Self::read)
    }

    #[expect(clippy::disallowed_methods, reason = "GUILDHALL_STACK is said to the test, not to the program")]
    fn read() -> Self {
        let Some(path) = std::env::var_os("GUILDHALL_STACK") else {
            panic!("GUILDHALL_STACK must name the stack.json of a stack that is up (make up)");
        };
        let shown = path.display();
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{shown} cannot be read: {error}"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{shown} is no stack.json: {error}"))
    }

    /// The token of one who signs in with a role.
    pub(crate) fn token(&self, role: &str) -> &str {
        self.tokens.get(role).unwrap_or_else(|| panic!("stack.json has no token of {role}"))
    }

    /// The token of the program lead.
    pub(crate) fn admin(&self) -> &str {
        self.token("program-admin")
    }

    /// An output of the deployed template.
    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).unwrap_or_else(|| panic!("the stack has no output {name}"))
    }
}

/// Looks again and again until there is something, and fails with what was waited for when there is not in time.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    const LONGEST: Duration = Duration::from_secs(90);
    let end = Instant::now() + LONGEST;
    let mut pause = Duration::from_millis(30);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited {} s in vain until {what}", LONGEST.as_secs());
        std::thread::sleep(pause);
        pause = (pause * 3 / 2).min(Duration::from_millis(500));
    }
}

/// A day some days from today, by UTC.
#[expect(clippy::disallowed_methods, reason = "the stack under test lives by real time")]
pub(crate) fn day(offset: i32) -> String {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    today.checked_add(jiff::Span::new().days(offset)).unwrap().to_string()
}

/// A full minute some minutes from the one that runs, in UTC.
#[expect(clippy::disallowed_methods, reason = "the stack under test lives by real time")]
pub(crate) fn minute(offset: i64) -> String {
    let second = jiff::Timestamp::now().as_second();
    jiff::Timestamp::from_second(second - second.rem_euclid(60) + 60 * offset).unwrap().to_string()
}

/// A few letters and digits that nothing else has.
pub(crate) fn fresh() -> String {
    uuid::Uuid::new_v4().simple().to_string()[..10].to_owned()
}
