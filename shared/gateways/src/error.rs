//! Sorts what a service's SDK reports into the one error of [`kernel::GatewayError`].

use std::error::Error;

use kernel::GatewayError;

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
    let later = ["Throttl", "TooManyRequests", "LimitExceeded", "SlowDown", "RequestTimeout"];
    let later = status == Some(429) || later.iter().any(|word| code.contains(word));
    match status {
        Some(404) => GatewayError::NotFound(service),
        Some(400..=499) if !later => GatewayError::Refused(service, code),
        _ => GatewayError::Unavailable(service, source),
    }
}

#[cfg(test)]
mod tests {
    use kernel::ErrorKind;

    use super::*;

    #[test]
    fn only_what_may_work_later_is_unavailable() {
        let kind = |status, code: &str| sort("x", status, code.to_owned(), "e".into()).kind();
        assert_eq!(kind(None, ""), ErrorKind::Unavailable);
        assert_eq!(kind(Some(500), "InternalError"), ErrorKind::Unavailable);
        assert_eq!(kind(Some(429), ""), ErrorKind::Unavailable);
        assert_eq!(kind(Some(400), "ThrottlingException"), ErrorKind::Unavailable);
        assert_eq!(kind(Some(400), "RequestTimeout"), ErrorKind::Unavailable);
        assert_eq!(kind(Some(403), "AccessDenied"), ErrorKind::Internal);
        assert_eq!(kind(Some(404), "NoSuchKey"), ErrorKind::NotFound);
    }
}
