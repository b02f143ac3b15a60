//! S3 in four verbs. Every request is a link signed for some minutes (Signature Version 4, by `aws-sigv4`), whether it is
//! handed out or used at once, so that what a client may do with a link is what we do ourselves. Sending, limits of time
//! and repetitions are those of the SDK, whose own S3 client would be a fourth of an API's archive.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use aws_sigv4::{
    http_request::{
        PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use aws_smithy_runtime::client::{
    orchestrator::operation::Operation,
    retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier},
};
use aws_smithy_runtime_api::client::{
    interceptors::context::{Error, Output},
    orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
    result::SdkError,
    ser_de::DeserializeResponse,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use aws_types::{SdkConfig, region::Region};
use kernel::GatewayError;

use crate::error::sort;

/// How long a link that we use ourselves is good for: longer than all attempts together take.
const OWN: Duration = Duration::from_secs(60);

/// What may be asked of S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Head,
    Put,
    Delete,
}

impl Verb {
    const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    const fn operation(self) -> &'static str {
        match self {
            Self::Get => "GetObject",
            Self::Head => "HeadObject",
            Self::Put => "PutObject",
            Self::Delete => "DeleteObject",
        }
    }
}

/// Headers that are part of a signature.
pub(crate) type Headers = Vec<(&'static str, String)>;

/// Parameters of an address that are part of a signature: name and value, not yet escaped.
pub(crate) type Query = Vec<(&'static str, String)>;

/// An answer that is not a failure: its headers, and its body as it arrives.
#[derive(Debug)]
pub(crate) struct Answer {
    headers: aws_smithy_runtime_api::http::Headers,
    body: SdkBody,
}

impl Answer {
    pub(crate) fn header(&self, name: &'static str) -> Option<&str> {
        self.headers.get(name)
    }

    pub(crate) fn length(&self) -> u64 {
        self.header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default()
    }

    pub(crate) fn body(self) -> ByteStream {
        ByteStream::new(self.body)
    }
}

/// One bucket, as a client of S3 sees it.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    config: SdkConfig,
    /// Scheme and host.
    endpoint: String,
    /// What stands before a key in a path: `/`, or the bucket's name where a local address stands in for AWS.
    root: String,
}

impl Bucket {
    pub(crate) fn new(config: SdkConfig, name: &str) -> Self {
        let (endpoint, root) = match config.endpoint_url() {
            Some(local) => (local.trim_end_matches('/').to_owned(), format!("/{name}/")),
            None => (format!("https://{name}.s3.{}", domain(config.region())), "/".to_owned()),
        };
        Self { config, endpoint, root }
    }

    /// An address under which S3 does one thing for whoever holds it, with exactly these headers.
    #[expect(clippy::disallowed_methods, reason = "S3 holds a link against its own time, which no clock of ours moves")]
    pub(crate) async fn link(
        &self,
        verb: Verb,
        key: &str,
        query: &Query,
        headers: &Headers,
        valid_for: Duration,
    ) -> Result<String, GatewayError> {
        use aws_credential_types::provider::ProvideCredentials as _;
        let provider = self.config.credentials_provider().ok_or_else(|| unsigned("there are no credentials"))?;
        let credentials = provider.provide_credentials().await.map_err(|error| unsigned(&error.to_string()))?;
        let region = self.config.region().map_or_else(String::new, ToString::to_string);
        let url = format!("{}{}{}{}", self.endpoint, self.root, escaped(key), queried(query));
        let place = Place { region: &region, valid_for, at: SystemTime::now() };
        sign_query(verb, &url, headers, &credentials.into(), &place).map_err(|error| unsigned(&error.to_string()))
    }

    /// Asks at once, with the repetitions and limits of the configuration.
    pub(crate) async fn ask(
        &self,
        verb: Verb,
        key: &str,
        query: &Query,
        headers: Headers,
        body: Vec<u8>,
    ) -> Result<Answer, GatewayError> {
        let url = self.link(verb, key, query, &headers, OWN).await?;
        let path = url.strip_prefix(&self.endpoint).unwrap_or(&url).to_owned();
        let mut operation = Operation::builder()
            .service_name("S3")
            .operation_name(verb.operation())
            .endpoint_url(&self.endpoint)
            .no_auth()
            .retry_classifier(TransientErrorClassifier::<Refused>::new())
            .retry_classifier(HttpStatusCodeClassifier::default());
        if let Some(version) = self.config.behavior_version() {
            operation = operation.behavior_version(version);
        }
        if let Some(client) = self.config.http_client() {
            operation = operation.http_client(client);
        }
        if let Some(retries) = self.config.retry_config() {
            operation = operation.standard_retry(retries);
        }
        if let Some(limits) = self.config.timeout_config() {
            operation = operation.timeout_config(limits.clone());
        }
        let operation = operation
            .serializer(move |(headers, body): (Headers, Vec<u8>)| {
                let mut request = HttpRequest::new(SdkBody::from(body));
                request.set_method(verb.name())?;
                request.set_uri(path.clone())?;
                for (name, value) in headers {
                    request.headers_mut().insert(name, value);
                }
                Ok(request)
            })
            .deserializer_impl::<Answer, Refused>(Answers)
            .build();
        operation.invoke((headers, body)).await.map_err(sorted)
    }
}

/// Where and when a link is good.
struct Place<'a> {
    region: &'a str,
    valid_for: Duration,
    at: SystemTime,
}

fn sign_query(
    verb: Verb,
    url: &str,
    headers: &Headers,
    identity: &aws_smithy_runtime_api::client::identity::Identity,
    place: &Place<'_>,
) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(place.valid_for);
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let params = v4::SigningParams::builder()
        .identity(identity)
        .region(place.region)
        .name("s3")
        .time(place.at)
        .settings(settings)
        .build()?
        .into();
    let named = headers.iter().map(|(name, value)| (*name, value.as_str()));
    let signable = SignableRequest::new(verb.name(), url, named, SignableBody::UnsignedPayload)?;
    let (signature, _) = sign(signable, &params)?.into_parts();
    let mut request = http::Request::builder().uri(url).body(())?;
    signature.apply_to_request_http1x(&mut request);
    Ok(request.uri().to_string())
}

/// The region's domain; the partition of China has another.
fn domain(region: Option<&Region>) -> String {
    let region = region.map_or("us-east-1", AsRef::as_ref);
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("{region}.{suffix}")
}

/// A key as part of a path: everything but the unreserved characters and `/` is escaped.
fn escaped(key: &str) -> String {
    percent(key, "/")
}

/// Parameters as they follow a path; nothing for none.
fn queried(query: &Query) -> String {
    let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", percent(value, ""))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// A text of which every byte is escaped but the unreserved characters (RFC 3986, section 2.3) and those of `kept`.
pub(crate) fn percent(text: &str, kept: &str) -> String {
    use fmt::Write as _;
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => escaped.push(char::from(byte)),
            _ if kept.as_bytes().contains(&byte) => escaped.push(char::from(byte)),
            _ => {
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}

fn unsigned(why: &str) -> GatewayError {
    GatewayError::Refused("S3", format!("no link could be signed: {why}"))
}

/// What S3 said instead of what was asked for.
#[derive(Debug)]
struct Refused {
    status: u16,
    /// Its name of the error; empty where the answer had no body.
    code: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3 answered {} {}", self.status, self.code)
    }
}

impl std::error::Error for Refused {}

#[derive(Debug)]
struct Answers;

impl DeserializeResponse for Answers {
    fn deserialize_streaming(&self, response: &mut HttpResponse) -> Option<Result<Output, OrchestratorError<Error>>> {
        response.status().is_success().then(|| {
            let body = std::mem::replace(response.body_mut(), SdkBody::taken());
            Ok(Output::erase(Answer { headers: response.headers().clone(), body }))
        })
    }

    fn deserialize_nonstreaming(&self, response: &HttpResponse) -> Result<Output, OrchestratorError<Error>> {
        let body = response.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
        let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        let code = code.map(|(code, _)| code.to_owned()).unwrap_or_default();
        Err(OrchestratorError::operation(Error::erase(Refused { status: response.status().as_u16(), code })))
    }
}

fn sorted(error: SdkError<Refused, HttpResponse>) -> GatewayError {
    let said = error.as_service_error().map(|refused| (refused.status, refused.code.clone()));
    let (status, code) = said.map_or((None, String::new()), |(status, code)| (Some(status), code));
    sort("S3", status, code, Box::new(error))
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;

    use super::*;

    /// The example that AWS publishes for a link to an object ("Authenticating Requests: Using Query Parameters").
    #[test]
    fn a_link_is_signed_as_aws_publishes_it() {
        let credentials =
            Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", None, None, "example");
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_369_353_600); // 24 May 2013
        let place = Place { region: "us-east-1", valid_for: Duration::from_secs(86_400), at };
        let url = "https://examplebucket.s3.amazonaws.com/test.txt";
        let link = sign_query(Verb::Get, url, &Headers::new(), &credentials.into(), &place).expect("a link");
        let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        assert!(link.contains(&format!("X-Amz-Signature={signature}")), "{link}");
        assert!(link.contains("X-Amz-Expires=86400") && link.contains("X-Amz-SignedHeaders=host"), "{link}");
    }

    /// The same day and key, with what the answer is to be called; the signature was computed by another implementation
    /// of the published steps.
    #[test]
    fn what_a_link_asks_of_the_answer_is_signed_with_it() {
        let credentials =
            Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", None, None, "example");
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_369_353_600); // 24 May 2013
        let place = Place { region: "us-east-1", valid_for: Duration::from_secs(300), at };
        let asked = vec![
            ("response-content-type", "application/pdf".to_owned()),
            ("response-content-disposition", "attachment; filename*=UTF-8''a%20b.pdf".to_owned()),
        ];
        let url = format!("https://examplebucket.s3.amazonaws.com/test.txt{}", queried(&asked));
        let link = sign_query(Verb::Get, &url, &Headers::new(), &credentials.into(), &place).expect("a link");
        assert!(link.contains("response-content-type=application%2Fpdf&"), "{link}");
        let signature = "5e449e07c7a9fbed28e1a5d3c9ff0f01230c9cc830074d401b610dc61870d903";
        assert!(link.contains(&format!("X-Amz-Signature={signature}")), "{link}");
    }

    #[test]
    fn a_key_is_escaped_once() {
        assert_eq!(escaped("uploads/training/a b+ü.csv"), "uploads/training/a%20b%2B%C3%BC.csv");
    }

    #[test]
    fn a_bucket_is_a_host_on_aws_and_a_path_elsewhere() {
        let at = |region: &'static str, endpoint: Option<&str>| {
            let mut config = SdkConfig::builder().region(Region::from_static(region));
            config.set_endpoint_url(endpoint.map(str::to_owned));
            let bucket = Bucket::new(config.build(), "files");
            format!("{}{}", bucket.endpoint, bucket.root)
        };
        assert_eq!(at("eu-west-1", None), "https://files.s3.eu-west-1.amazonaws.com/");
        assert_eq!(at("cn-north-1", None), "https://files.s3.cn-north-1.amazonaws.com.cn/");
        assert_eq!(at("eu-west-1", Some("http://127.0.0.1:9/")), "http://127.0.0.1:9/files/");
    }
}
