//! The mail queue in SQS. A message is a [`MailRef`] as JSON; a repeated message is harmless, since the mail's lease
//! decides who sends.

use async_trait::async_trait;
use aws_sdk_sqs::{Client, types::SendMessageBatchRequestEntry};
use mail::{MailRef, ports::MailQueue};

/// The most entries SQS takes at once.
const BATCH: usize = 10;

/// SQS as the mail queue.
#[derive(Debug, Clone)]
pub struct SqsMailQueue {
    client: Client,
    url: String,
}

impl SqsMailQueue {
    /// The queue at an address.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    /// Queues at most [`BATCH`] mails and answers with those that failed.
    async fn enqueue_batch(&self, mails: &[MailRef]) -> Vec<MailRef> {
        let entries: Result<Vec<_>, _> = mails
            .iter()
            .enumerate()
            .map(|(index, mail)| {
                let body = serde_json::to_string(mail).unwrap_or_default();
                SendMessageBatchRequestEntry::builder().id(index.to_string()).message_body(body).build()
            })
            .collect();
        let Ok(entries) = entries else { return mails.to_vec() };
        match self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries)).send().await {
            Ok(answer) => answer
                .failed()
                .iter()
                .filter_map(|failed| {
                    tracing::warn!(code = failed.code(), "a mail was not queued");
                    failed.id().parse::<usize>().ok().and_then(|index| mails.get(index).copied())
                })
                .collect(),
            Err(error) => {
                tracing::warn!(error = %crate::error::classify!("SQS", aws_sdk_sqs, error), "mails were not queued");
                mails.to_vec()
            }
        }
    }
}

#[async_trait]
impl MailQueue for SqsMailQueue {
    async fn enqueue(&self, mails: &[MailRef]) -> Vec<MailRef> {
        let mut failed = Vec::new();
        for batch in mails.chunks(BATCH) {
            failed.extend(self.enqueue_batch(batch).await);
        }
        failed
    }
}
