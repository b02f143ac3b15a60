//! A real DynamoDB engine in process, on a port of the loopback interface that the system picks.

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
        ScalarAttributeType,
    },
};
use store::{
    DynamoTable, Meter,
    table::{Index, PK, SK},
};

/// What could not be started; the text says.
#[derive(Debug)]
pub struct DynoxideError(pub String);

fn failed(error: impl std::fmt::Debug) -> DynoxideError {
    DynoxideError(format!("{error:?}"))
}

/// An engine with one table of the program's shape.
#[derive(Debug)]
pub struct Dynoxide {
    /// The table, metered.
    pub table: DynamoTable,
    /// What its requests cost.
    pub meter: Meter,
    /// The client, for what the seam does not offer.
    pub client: Client,
}

impl Dynoxide {
    /// Starts an engine with an empty table. It ends with the runtime that it was started on.
    ///
    /// # Errors
    /// [`DynoxideError`] if the port or the table cannot be had.
    pub async fn start() -> Result<Self, DynoxideError> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let database = dynoxide::Database::memory().map_err(failed)?;
        tokio::spawn(dynoxide::server::serve_on(listener, database));
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "testkit"))
            .endpoint_url(format!("http://{address}"))
            .build();
        let client = Client::from_conf(config);
        create_table(&client).await?;
        let meter = Meter::default();
        let table = DynamoTable::new(client.clone(), TABLE).metered(meter.clone());
        Ok(Self { table, meter, client })
    }
}

const TABLE: &str = "program";

async fn create_table(client: &Client) -> Result<(), DynoxideError> {
    let text = |name: &str| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .map_err(failed)
    };
    let key = |name: &str, kind: KeyType| {
        KeySchemaElement::builder().attribute_name(name).key_type(kind).build().map_err(failed)
    };
    let mut request = client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(text(PK)?)
        .attribute_definitions(text(SK)?)
        .key_schema(key(PK, KeyType::Hash)?)
        .key_schema(key(SK, KeyType::Range)?);
    for index in Index::ALL {
        request = request
            .attribute_definitions(text(index.pk())?)
            .attribute_definitions(text(index.sk())?)
            .global_secondary_indexes(
                GlobalSecondaryIndex::builder()
                    .index_name(index.name())
                    .key_schema(key(index.pk(), KeyType::Hash)?)
                    .key_schema(key(index.sk(), KeyType::Range)?)
                    .projection(Projection::builder().projection_type(ProjectionType::All).build())
                    .build()
                    .map_err(failed)?,
            );
    }
    request.send().await.map_err(failed)?;
    Ok(())
}
