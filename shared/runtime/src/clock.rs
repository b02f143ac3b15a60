//! The real clocks behind [`kernel::Clock`]. Authentication asks [`SystemClock`]; everything else asks
//! [`program_clock`], which in debug builds can be moved by a file, so that months of reminders can be watched in a
//! minute. Release builds do not contain that code.

use std::sync::Arc;

use jiff::Timestamp;
use kernel::Clock;

/// The operating system's time.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everyone else asks")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The time the program lives by.
pub fn program_clock() -> Arc<dyn Clock> {
    #[cfg(debug_assertions)]
    if let Some(path) = crate::config::process(crate::config::names::CLOCK_FILE) {
        return Arc::new(moved::MovedClock::new(path.into()));
    }
    Arc::new(SystemClock)
}

#[cfg(debug_assertions)]
mod moved {
    //! A clock that obeys a file: `{"offset_seconds": 86400, "factor": 60}` is a day ahead and runs sixty times as fast
    //! from the moment the file was written.

    use std::{fs, path::PathBuf};

    use jiff::{SignedDuration, Timestamp};
    use kernel::Clock;
    use serde::Deserialize;

    use super::SystemClock;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Setting {
        #[serde(default)]
        offset_seconds: i64,
        #[serde(default = "one")]
        factor: f64,
    }

    const fn one() -> f64 {
        1.0
    }

    pub(super) struct MovedClock {
        path: PathBuf,
    }

    impl MovedClock {
        pub(super) const fn new(path: PathBuf) -> Self {
            Self { path }
        }

        fn shift(&self, now: Timestamp) -> Option<SignedDuration> {
            let setting: Setting = serde_json::from_slice(&fs::read(&self.path).ok()?).ok()?;
            let written = Timestamp::try_from(fs::metadata(&self.path).ok()?.modified().ok()?).ok()?;
            let extra = now.duration_since(written).as_secs_f64() * (setting.factor - 1.0);
            SignedDuration::try_from_secs_f64(extra)
                .ok()?
                .checked_add(SignedDuration::from_secs(setting.offset_seconds))
        }
    }

    impl Clock for MovedClock {
        fn now(&self) -> Timestamp {
            let now = SystemClock.now();
            self.shift(now).and_then(|shift| now.checked_add(shift).ok()).unwrap_or(now)
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[track_caller]
        fn moved_by(setting: &str) -> i64 {
            let file = tempfile::NamedTempFile::new().expect("a file");
            fs::write(file.path(), setting).expect("written");
            let clock = MovedClock::new(file.path().to_owned());
            clock.now().duration_since(SystemClock.now()).as_secs()
        }

        #[test]
        fn an_offset_moves_the_clock_and_nonsense_leaves_it() {
            assert!((86_399..=86_401).contains(&moved_by(r#"{"offset_seconds": 86400}"#)));
            assert!((86_399..=86_431).contains(&moved_by(r#"{"offset_seconds": 86400, "factor": 60}"#)));
            assert!((-1..=1).contains(&moved_by("not json")));
        }
    }
}
