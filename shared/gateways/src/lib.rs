//! Adapters to SES, SQS, EventBridge, Step Functions, S3, Parameter Store, SNS and CloudWatch. Each takes what
//! `runtime::Clients` built for it, so retries and timeouts follow its one stated rule: three attempts within ten
//! seconds, S3 a little longer, SES a single attempt because a second one could be a second mail.
//!
//! They translate and classify failures. They decide nothing, and log no address, body or answer.

mod alerts;
mod bus;
mod error;
mod files;
mod gauges;
mod machines;
mod queue;
mod s3;
mod sender;
mod settings;
mod uploads;

pub use alerts::Alerts;
pub use bus::EventBus;
pub use files::{Files, UploadTicket};
pub use gauges::{Gauge, GaugeUnit, Gauges};
pub use machines::Machine;
pub use queue::SqsMailQueue;
pub use sender::SesSender;
pub use settings::{LinkKeyParameter, MailSettings, Notice, Settings};
