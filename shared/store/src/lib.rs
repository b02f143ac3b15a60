//! The table: keys, items and transactions. DynamoDB only.
