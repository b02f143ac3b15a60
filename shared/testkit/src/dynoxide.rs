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
    table::{Index, Item, PK, SK, Value},
};

/// What could not be started; the text says.
#[derive(Debug)]
pub struct DynoxideError(pub String);

fn failed(error: impl std::fmt::Debug) -> DynoxideError {
    DynoxideError(format!("{error:?}"))
}

/// An engine with one table of the program's shape.
pub struct Dynoxide {
    /// The table, metered.
    pub table: DynamoTable,
    /// What its requests cost.
    pub meter: Meter,
    /// The client, for what the seam does not offer.
    pub client: Client,
    database: dynoxide::Database,
}

impl std::fmt::Debug for Dynoxide {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dynoxide").field("table", &self.table).finish_non_exhaustive()
    }
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
        tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "testkit"))
            .endpoint_url(format!("http://{address}"))
            .build();
        let client = Client::from_conf(config);
        create_table(&client, TABLE).await?;
        let meter = Meter::default();
        let table = DynamoTable::new(client.clone(), TABLE).metered(meter.clone());
        Ok(Self { table, meter, client, database })
    }

    /// Puts many items at once, past requests and meter.
    ///
    /// # Errors
    /// [`DynoxideError`] if the engine refuses them.
    pub fn fill(&self, items: Vec<Item>) -> Result<(), DynoxideError> {
        self.database.enable_bulk_loading().map_err(failed)?;
        let items = items
            .into_iter()
            .map(|item| item.into_inner().into_iter().map(|(name, value)| (name, plain(value))).collect());
        self.database.import_items(TABLE, items.collect(), dynoxide::ImportOptions::default()).map_err(failed)?;
        self.database.disable_bulk_loading().map_err(failed)
    }
}

/// A value as the engine itself spells it.
fn plain(value: Value) -> dynoxide::AttributeValue {
    use dynoxide::AttributeValue as Plain;
    match value {
        Value::S(text) => Plain::S(text),
        Value::N(number) => Plain::N(number),
        Value::B(bytes) => Plain::B(bytes),
        Value::Bool(yes) => Plain::BOOL(yes),
        Value::Null(yes) => Plain::NULL(yes),
        Value::M(map) => Plain::M(map.into_iter().map(|(name, value)| (name, plain(value))).collect()),
        Value::L(list) => Plain::L(list.into_iter().map(plain).collect()),
        Value::Ss(set) => Plain::SS(set),
        Value::Ns(set) => Plain::NS(set),
        Value::Bs(set) => Plain::BS(set),
    }
}

const TABLE: &str = "program";

/// Makes an empty table of the program's shape.
///
/// # Errors
/// [`DynoxideError`] if the engine refuses it.
pub async fn create_table(client: &Client, name: &str) -> Result<(), DynoxideError> {
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
        .table_name(name)
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
