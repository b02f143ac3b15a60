//! One error for everything a service can answer with, by what it means for the caller.

use std::{error::Error, fmt::Debug};

use kernel::ErrorKind;

/// Why a service did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Throttled, timed out or unreachable; whether it happened is unknown.
    #[error("{0} could not be reached")]
    Unavailable(&'static str, #[source] Box<dyn Error + Send + Sync>),
    /// Refused for good; the second text is the service's code.
    #[error("{0} refused: {1}")]
    Refused(&'static str, String),
    /// What was asked for is not there.
    #[error("{0} does not have it")]
    NotFound(&'static str),
    /// It is larger than the caller is willing to read.
    #[error("{0} holds more than {1} bytes")]
    TooLarge(&'static str, u64),
    /// What came back is not what we wrote.
    #[error("{0} is not readable: {1}")]
    Unreadable(&'static str, String),
}

impl GatewayError {
    /// How a boundary should understand it.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unavailable(..) => ErrorKind::Unavailable,
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::TooLarge(..) => ErrorKind::Invalid,
            Self::Refused(..) | Self::Unreadable(..) => ErrorKind::Internal,
        }
    }
}

/// Sorts an SDK error: a 4xx answer other than throttling is a refusal, everything else may work later.
macro_rules! classify {
    ($service:literal, $sdk:ident, $error:expr) => {{
        use $sdk::error::ProvideErrorMetadata as _;
        let error = $error;
        let status = error.raw_response().map(|response| response.status().as_u16());
        let code = error.code().unwrap_or_default().to_owned();
        crate::error::sort($service, status, code, Box::new(error))
    }};
}
pub(crate) use classify;

pub(crate) fn sort(
    service: &'static str,
    status: Option<u16>,
    code: String,
    source: Box<dyn Error + Send + Sync>,
) -> GatewayError {
    let throttled = ["Throttl", "TooManyRequests", "LimitExceeded", "SlowDown"].iter().any(|word| code.contains(word));
    match status {
        Some(404) => GatewayError::NotFound(service),
        Some(400..=499) if status != Some(429) && !throttled => GatewayError::Refused(service, code),
        _ => GatewayError::Unavailable(service, source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_work_later_is_unavailable() {
        let kind = |status, code: &str| sort("x", status, code.to_owned(), "e".into()).kind();
        assert_eq!(kind(None, ""), ErrorKind::Unavailable);
        assert_eq!(kind(Some(500), "InternalError"), ErrorKind::Unavailable);
        assert_eq!(kind(Some(429), ""), ErrorKind::Unavailable);
        assert_eq!(kind(Some(400), "ThrottlingException"), ErrorKind::Unavailable);
        assert_eq!(kind(Some(403), "AccessDenied"), ErrorKind::Internal);
        assert_eq!(kind(Some(404), "NoSuchKey"), ErrorKind::NotFound);
    }
}
