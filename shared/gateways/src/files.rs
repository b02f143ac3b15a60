//! Files in one S3 bucket: tickets for uploads whose length and checksum are signed, bounded reads, and links by which one
//! stored file can be read for some minutes. Who may have a link is for the caller to decide.

use std::time::Duration;

use aws_types::SdkConfig;
use base64::{Engine, prelude::BASE64_STANDARD};
use kernel::{GatewayError, StoredFile};
use sha2::{Digest, Sha256};

use crate::s3::{Answer, Bucket, Headers, Query, Verb, percent};

const SHA256: &str = "x-amz-checksum-sha256";

/// One bucket.
#[derive(Debug, Clone)]
pub struct Files {
    bucket: Bucket,
}

/// What a client needs to upload one file: send it by `PUT` to the address, with exactly these headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadTicket {
    /// The address, which is a secret until it expires.
    pub url: String,
    /// Headers that are part of the signature.
    pub headers: Vec<(String, String)>,
}

impl Files {
    /// The bucket of a name; of the configuration, credentials, region, address, limits and repetitions count.
    pub fn new(config: SdkConfig, bucket: &str) -> Self {
        Self { bucket: Bucket::new(config, bucket) }
    }

    /// A ticket to upload exactly these bytes: S3 refuses another length or content.
    ///
    /// # Errors
    /// [`GatewayError`] when no ticket could be signed.
    pub async fn upload_ticket(
        &self,
        key: &str,
        length: u64,
        sha256: &[u8; 32],
        valid_for: Duration,
    ) -> Result<UploadTicket, GatewayError> {
        let headers = vec![("content-length", length.to_string()), (SHA256, BASE64_STANDARD.encode(sha256))];
        let url = self.bucket.link(Verb::Put, key, &Query::new(), &headers, valid_for).await?;
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(UploadTicket { url, headers })
    }

    /// An address under which one file can be read by whoever holds it, until `valid_for` is over: a secret, for the
    /// answer to a request that was allowed, never for a mail. The file is sent as `content_type`, whatever it was stored
    /// as, and with a name it is saved under that name rather than shown.
    ///
    /// # Errors
    /// [`GatewayError`] when no link could be signed. That there is such a file is not checked.
    pub async fn download_link(
        &self,
        key: &str,
        valid_for: Duration,
        content_type: &str,
        file_name: Option<&str>,
    ) -> Result<String, GatewayError> {
        let mut asked: Query = vec![("response-content-type", content_type.to_owned())];
        if let Some(name) = file_name {
            // The extended notation of RFC 6266 and RFC 8187 alone: it holds every name, and nothing can break out of it.
            let disposition = format!("attachment; filename*=UTF-8''{}", percent(name, ""));
            asked.push(("response-content-disposition", disposition));
        }
        self.bucket.link(Verb::Get, key, &asked, &Headers::new(), valid_for).await
    }

    /// Stores a file, which S3 checks against its checksum.
    ///
    /// # Errors
    /// [`GatewayError`] when it was not stored, or that is unknown.
    pub async fn put(&self, key: &str, bytes: Vec<u8>, content_type: &str) -> Result<(), GatewayError> {
        let checksum = BASE64_STANDARD.encode(Sha256::digest(&bytes));
        let headers: Headers = vec![("content-type", content_type.to_owned()), (SHA256, checksum)];
        self.bucket.ask(Verb::Put, key, &Query::new(), headers, bytes).await.map(|_| ())
    }

    /// Removes a file; S3 says the same of one that is not there.
    ///
    /// # Errors
    /// [`GatewayError`] when it was not removed, or that is unknown.
    pub async fn remove(&self, key: &str) -> Result<(), GatewayError> {
        self.bucket.ask(Verb::Delete, key, &Query::new(), Headers::new(), Vec::new()).await.map(|_| ())
    }

    /// Length and checksum of a file.
    ///
    /// # Errors
    /// [`GatewayError::NotFound`] where there is none, else why it could not be asked for.
    pub async fn facts(&self, key: &str) -> Result<StoredFile, GatewayError> {
        let answer = self.bucket.ask(Verb::Head, key, &with_checksum(), Headers::new(), Vec::new()).await?;
        Ok(StoredFile { length: answer.length(), sha256: sha256(&answer) })
    }

    /// The content of a file of at most `limit` bytes, as its checksum says it was stored; of a longer one no more than
    /// `limit` bytes are held.
    ///
    /// # Errors
    /// [`GatewayError::NotFound`], [`GatewayError::TooLarge`], or why it could not be read.
    pub async fn get(&self, key: &str, limit: u64) -> Result<Vec<u8>, GatewayError> {
        let answer = self.bucket.ask(Verb::Get, key, &with_checksum(), Headers::new(), Vec::new()).await?;
        let stored = sha256(&answer);
        let bytes = bounded(answer, limit).await?;
        if stored.is_some_and(|stored| stored != *Sha256::digest(&bytes)) {
            return Err(GatewayError::Unavailable("S3", "what came is not what was stored".into()));
        }
        Ok(bytes)
    }

    /// The bytes of a file from a place on, at most `length` of them and at least one; the place lies within the file.
    ///
    /// # Errors
    /// [`GatewayError::NotFound`], or why it could not be read.
    pub async fn part(&self, key: &str, from: u64, length: u64) -> Result<Vec<u8>, GatewayError> {
        let last = from.saturating_add(length).saturating_sub(1);
        let headers = vec![("range", format!("bytes={from}-{last}"))];
        bounded(self.bucket.ask(Verb::Get, key, &Query::new(), headers, Vec::new()).await?, length).await
    }
}

/// Asks S3 for the checksum that a file was stored with: in the address, because a header that a link does not sign is
/// refused, and `aws-sigv4` never signs this one in a link.
fn with_checksum() -> Query {
    vec![("x-amz-checksum-mode", "ENABLED".to_owned())]
}

/// The body of an answer, of which no more than `limit` bytes are held.
async fn bounded(answer: Answer, limit: u64) -> Result<Vec<u8>, GatewayError> {
    let announced = answer.length();
    if announced > limit {
        return Err(GatewayError::TooLarge("S3", limit));
    }
    let mut body = answer.body();
    let mut bytes = Vec::with_capacity(usize::try_from(announced).unwrap_or_default());
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| GatewayError::Unavailable("S3", Box::new(error)))?;
        if u64::try_from(bytes.len() + chunk.len()).unwrap_or(u64::MAX) > limit {
            return Err(GatewayError::TooLarge("S3", limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The SHA-256 of a whole file; none where it was stored with another checksum, or in parts.
fn sha256(answer: &Answer) -> Option<[u8; 32]> {
    BASE64_STANDARD.decode(answer.header(SHA256)?).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
    use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
    use aws_smithy_types::retry::RetryConfig;
    use aws_types::region::Region;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::{TcpListener, TcpStream},
    };

    use super::*;

    /// What a server was asked: heads of requests in lower case, one after the other.
    type Asked = Arc<Mutex<Vec<String>>>;

    fn answer(status: &str, headers: &[&str], body: &str) -> String {
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let length = body.len();
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
    }

    fn refused(status: &str, code: &str) -> String {
        answer(status, &[], &format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>m</Message></Error>"))
    }

    /// Reads one request to the end of its body.
    async fn request(stream: &mut TcpStream) -> String {
        let mut read = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&read).to_lowercase();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
                if length.is_none_or(|length| body.len() >= length.parse().unwrap()) {
                    return head.to_owned();
                }
            }
            assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0, "{text}");
        }
    }

    fn config(endpoint: Option<String>) -> SdkConfig {
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", Some("token+/=".to_owned()), None, "test");
        let retries = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1));
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(retries);
        config.set_endpoint_url(endpoint);
        config.build()
    }

    /// A bucket whose server gives these answers, one a request.
    async fn bucket(answers: Vec<String>) -> (Files, Asked) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let asked = Asked::default();
        let notes = asked.clone();
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let head = request(&mut stream).await;
                notes.lock().unwrap().push(head);
                // A client that has read enough hangs up.
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        (Files::new(config(Some(endpoint)), "files"), asked)
    }

    /// S3 refuses a request by a link with a header of its own that the link does not sign.
    fn signs_what_it_sends(asked: &[String]) {
        for head in asked {
            let signed =
                head.split("x-amz-signedheaders=").nth(1).and_then(|rest| rest.split(['&', ' ']).next()).unwrap();
            let signed: Vec<&str> = signed.split("%3b").collect();
            let sent = head.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0));
            let own: Vec<&str> = sent.filter(|name| name.starts_with("x-amz-")).collect();
            assert!(own.iter().all(|name| signed.contains(name)), "{own:?} of {signed:?}");
            assert!(!head.contains("authorization:"), "the link alone is signed: {head}");
        }
    }

    fn first_lines(asked: &Asked) -> Vec<String> {
        let asked = asked.lock().unwrap();
        asked.iter().map(|head| head.split('?').next().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn a_file_is_read_by_a_signed_link_and_held_against_its_checksum() {
        let checksum = |of: &str| format!("{SHA256}: {}", BASE64_STANDARD.encode(Sha256::digest(of)));
        let good = answer("200 OK", &[&checksum("hello")], "hello");
        let other = answer("200 OK", &[&checksum("hallo")], "hello");
        let of_parts = answer("200 OK", &[&format!("{}-2", checksum("hallo"))], "hello");
        let (files, asked) = bucket(vec![good, other, of_parts]).await;
        assert_eq!(files.get("uploads/a b+ü.csv", 5).await.unwrap(), b"hello");
        assert!(matches!(files.get("k", 5).await, Err(GatewayError::Unavailable("S3", _))));
        assert_eq!(files.get("k", 5).await.unwrap(), b"hello");
        let asked = asked.lock().unwrap();
        assert!(asked[0].starts_with("get /files/uploads/a%20b%2b%c3%bc.csv?"), "{}", asked[0]);
        assert!(asked[0].contains("?x-amz-checksum-mode=enabled&"), "{}", asked[0]);
        assert!(asked[0].contains("x-amz-security-token=token%2b%2f%3d"), "{}", asked[0]);
        signs_what_it_sends(&asked);
    }

    #[tokio::test]
    async fn what_is_not_there_or_not_ours_is_said_once() {
        let missing = refused("404 Not Found", "NoSuchKey");
        let denied = refused("403 Forbidden", "AccessDenied");
        let (files, asked) = bucket(vec![missing, denied, answer("403 Forbidden", &[], "")]).await;
        assert!(matches!(files.get("k", 9).await, Err(GatewayError::NotFound("S3"))));
        match files.get("k", 9).await {
            Err(GatewayError::Refused("S3", code)) => assert_eq!(code, "AccessDenied"),
            other => panic!("{other:?}"),
        }
        // An answer to HEAD has no body to name a code in.
        assert!(matches!(files.facts("k").await, Err(GatewayError::Refused("S3", code)) if code.is_empty()));
        assert_eq!(first_lines(&asked), ["get /files/k", "get /files/k", "head /files/k"]);
    }

    #[tokio::test]
    async fn what_may_work_later_is_asked_three_times() {
        let busy = || refused("503 Service Unavailable", "SlowDown");
        let (files, asked) = bucket(vec![busy(), busy(), answer("200 OK", &[], "hello")]).await;
        assert_eq!(files.get("k", 9).await.unwrap(), b"hello");
        assert_eq!(asked.lock().unwrap().len(), 3);
        let (files, asked) = bucket(vec![busy(), busy(), busy(), answer("200 OK", &[], "hello")]).await;
        assert!(matches!(files.get("k", 9).await, Err(GatewayError::Unavailable("S3", _))));
        assert_eq!(asked.lock().unwrap().len(), 3);
        let (files, asked) = bucket(vec![busy(), answer("200 OK", &[], "")]).await;
        files.put("k", b"hello".to_vec(), "text/csv").await.unwrap();
        assert_eq!(first_lines(&asked), ["put /files/k", "put /files/k"]);
        assert!(asked.lock().unwrap()[1].contains("\r\ncontent-length: 5"), "the body goes along again");
        signs_what_it_sends(&asked.lock().unwrap());
    }

    #[tokio::test]
    async fn a_connection_that_breaks_is_asked_anew() {
        let (files, asked) = bucket(vec![String::new(), answer("200 OK", &[], "hello")]).await;
        assert_eq!(files.get("k", 9).await.unwrap(), b"hello");
        assert_eq!(asked.lock().unwrap().len(), 2);
    }

    #[tokio::test]
    async fn no_more_is_read_than_the_limit_whatever_was_announced() {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
        let chunked = format!("{head}3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n");
        let short = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\nabc".to_owned();
        let (files, _) = bucket(vec![answer("200 OK", &[], "abcdef"), chunked.clone(), chunked, short]).await;
        assert!(matches!(files.get("k", 5).await, Err(GatewayError::TooLarge("S3", 5))));
        assert!(matches!(files.get("k", 5).await, Err(GatewayError::TooLarge("S3", 5))));
        assert_eq!(files.get("k", 6).await.unwrap(), b"abcdef");
        // Less than was announced is not the file.
        assert!(matches!(files.get("k", 9).await, Err(GatewayError::Unavailable("S3", _))));
    }

    #[tokio::test]
    async fn the_length_of_a_file_is_told_without_its_content() {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\n".to_owned();
        let (files, asked) = bucket(vec![head]).await;
        assert_eq!(files.facts("k").await.unwrap().length, 5);
        signs_what_it_sends(&asked.lock().unwrap());
    }

    #[tokio::test]
    async fn a_ticket_names_exactly_the_headers_that_are_signed() {
        let files = Files::new(config(None), "files");
        let sha256 = [7; 32];
        let ticket = files.upload_ticket("uploads/a", 12, &sha256, Duration::from_secs(300)).await.unwrap();
        let headers = [("content-length", "12".to_owned()), (SHA256, BASE64_STANDARD.encode(sha256))];
        assert_eq!(ticket.headers, headers.map(|(name, value)| (name.to_owned(), value)));
        assert!(ticket.url.starts_with("https://files.s3.eu-west-1.amazonaws.com/uploads/a?"), "{}", ticket.url);
        assert!(
            ticket.url.contains("X-Amz-SignedHeaders=content-length%3Bhost%3Bx-amz-checksum-sha256&"),
            "{}",
            ticket.url
        );
        assert!(ticket.url.contains("X-Amz-Expires=300&"), "{}", ticket.url);
        assert!(!ticket.url.to_lowercase().contains("trace"), "{}", ticket.url);
    }
}
