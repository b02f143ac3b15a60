//! SDK clients, built when first asked for, all on one HTTP client. The limits stand here and nowhere else:
//!
//! | | attempts | one attempt | all attempts |
//! |---|---|---|---|
//! | everything but the two below | 3 | 3 s | 10 s |
//! | S3 | 3 | 15 s | 25 s |
//! | SES | 1, because an unanswered attempt may have sent the mail | 10 s | 10 s |
//!
//! Connecting may take 1 s. Credentials come from the variables Lambda sets; the SDK's longer search is left out, since
//! a function would only pay for it at every start.

use std::{sync::OnceLock, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use crate::config::Aws;

const CONNECT: Duration = Duration::from_secs(1);

/// All clients a function may ask for.
#[derive(Debug)]
pub struct Clients {
    shared: SdkConfig,
    cloudwatch: OnceLock<aws_sdk_cloudwatch::Client>,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    eventbridge: OnceLock<aws_sdk_eventbridge::Client>,
    sesv2: OnceLock<aws_sdk_sesv2::Client>,
    sfn: OnceLock<aws_sdk_sfn::Client>,
    sns: OnceLock<aws_sdk_sns::Client>,
    sqs: OnceLock<aws_sdk_sqs::Client>,
    ssm: OnceLock<aws_sdk_ssm::Client>,
}

fn limits(one: u64, all: u64) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(Duration::from_secs(one))
        .operation_timeout(Duration::from_secs(all))
        .build()
}

macro_rules! clients {
    ($($(#[$doc:meta])* $name:ident: $krate:ident;)+) => {$(
        $(#[$doc])*
        pub fn $name(&self) -> $krate::Client {
            self.$name.get_or_init(|| $krate::Client::new(&self.shared)).clone()
        }
    )+};
}

impl Clients {
    /// Prepares clients without building or calling anything.
    pub fn new(aws: &Aws) -> Self {
        let credentials = Credentials::new(
            aws.access_key_id.clone(),
            aws.secret_access_key.clone(),
            aws.session_token.clone(),
            None,
            "environment",
        );
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https();
        let mut shared = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http)
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(limits(3, 10));
        shared.set_endpoint_url(aws.endpoint_url.clone());
        Self {
            shared: shared.build(),
            cloudwatch: OnceLock::new(),
            dynamodb: OnceLock::new(),
            eventbridge: OnceLock::new(),
            sesv2: OnceLock::new(),
            sfn: OnceLock::new(),
            sns: OnceLock::new(),
            sqs: OnceLock::new(),
            ssm: OnceLock::new(),
        }
    }

    clients! {
        /// CloudWatch.
        cloudwatch: aws_sdk_cloudwatch;
        /// DynamoDB.
        dynamodb: aws_sdk_dynamodb;
        /// EventBridge.
        eventbridge: aws_sdk_eventbridge;
        /// Step Functions.
        sfn: aws_sdk_sfn;
        /// SNS.
        sns: aws_sdk_sns;
        /// SQS.
        sqs: aws_sdk_sqs;
        /// Systems Manager's Parameter Store.
        ssm: aws_sdk_ssm;
    }

    /// What a client of S3 needs, with more time for bodies.
    pub fn s3(&self) -> SdkConfig {
        self.shared.clone().into_builder().timeout_config(limits(15, 25)).build()
    }

    /// SES, which is never asked twice: the delivery rules decide about a repetition.
    pub fn sesv2(&self) -> aws_sdk_sesv2::Client {
        let build = || {
            let config = aws_sdk_sesv2::config::Builder::from(&self.shared)
                .retry_config(RetryConfig::disabled())
                .timeout_config(limits(10, 10))
                .build();
            aws_sdk_sesv2::Client::from_conf(config)
        };
        self.sesv2.get_or_init(build).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{FromEnv, names};

    fn clients() -> Clients {
        let aws = Aws::read(&|name| match name {
            names::REGION => Some("eu-west-1".to_owned()),
            names::ACCESS_KEY_ID | names::SECRET_ACCESS_KEY => Some("test".to_owned()),
            names::ENDPOINT_URL => Some("http://127.0.0.1:9".to_owned()),
            _ => None,
        });
        Clients::new(&aws.expect("a configuration"))
    }

    #[test]
    fn ses_is_never_asked_twice() {
        let clients = clients();
        let attempts = |config: Option<&RetryConfig>| config.map(RetryConfig::max_attempts);
        assert_eq!(attempts(clients.sesv2().config().retry_config()), Some(1));
        assert_eq!(attempts(clients.dynamodb().config().retry_config()), Some(3));
    }

    #[test]
    fn every_client_has_a_limit_on_its_time() {
        let clients = clients();
        let limit = |config: Option<&TimeoutConfig>| config.and_then(TimeoutConfig::operation_timeout);
        assert_eq!(limit(clients.dynamodb().config().timeout_config()), Some(Duration::from_secs(10)));
        assert_eq!(limit(clients.s3().timeout_config()), Some(Duration::from_secs(25)));
    }
}
