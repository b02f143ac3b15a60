//! Adapters to SES, SNS, SQS, EventBridge, Step Functions, S3 and SSM.
