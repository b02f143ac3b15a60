//! Alerts to the people who run the program, through SNS.

use aws_sdk_sns::Client;

use kernel::GatewayError;

/// The longest subject SNS takes.
const MAX_SUBJECT: usize = 99;

/// One topic.
#[derive(Debug, Clone)]
pub struct Alerts {
    client: Client,
    topic: String,
}

impl Alerts {
    /// The topic of an ARN.
    pub fn new(client: Client, topic: impl Into<String>) -> Self {
        Self { client, topic: topic.into() }
    }

    /// Publishes a message. The subject is cut to what SNS takes: printable ASCII, at most 99 characters.
    ///
    /// # Errors
    /// [`GatewayError`] when it was not published, or that is unknown.
    pub async fn publish(&self, subject: &str, message: &str) -> Result<(), GatewayError> {
        let request = self.client.publish().topic_arn(&self.topic).subject(plain(subject)).message(message);
        request.send().await.map(|_| ()).map_err(|error| crate::error::classify!("SNS", aws_sdk_sns, error))
    }
}

fn plain(subject: &str) -> String {
    let ascii = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    let plain: String = subject.trim().chars().map(ascii).take(MAX_SUBJECT).collect();
    if plain.is_empty() { "Guildhall".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_what_sns_takes() {
        assert_eq!(plain(" Compliance\nof team Zoë "), "Compliance?of team Zo?");
        assert_eq!(plain(&"x".repeat(200)).len(), MAX_SUBJECT);
        assert_eq!(plain(""), "Guildhall");
    }
}
