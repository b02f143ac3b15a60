//! Requests and units of the directory's operations, through the whole router. Each pays two reads for who asks; beyond
//! them a read is one request and a change is what it has to look at, and one transaction. An export notes itself, and reads
//! every partition that holds something of a person.

use std::sync::Arc;

use serde_json::{Value, json};
use store::DirectoryStore;
use web::testing::{Call, Token};

use super::{check_costs, house::House, operations::person};

fn new_person(name: &str) -> Value {
    json!({
        "email": format!("{name}@example.com"), "name": format!("{name} Example"), "job_role": "developer",
        "employment": "employee", "country": "DE", "time_zone": "Europe/Berlin", "language": "en", "start": "2025-01-01",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_cost_what_they_did() {
    let mut house = House::directory().await;
    let directory = DirectoryStore::new(Arc::new(house.engine.table.clone()));
    let ada = person(&directory, "ada").await;
    for at in 0..60 {
        person(&directory, &format!("pat{at:02}")).await;
    }
    let (admin, own) = (Token::person("ada", &["program-admin"]), Token::person("ada", &[]));

    house.cost("who am I", Call::get("/directory/me").by(&own)).await;
    let path = format!("/directory/people/{}", ada.id);
    house.cost("read a person", Call::get(&path).by(&own)).await;
    house.cost("export what is held on a person", Call::get(format!("{path}/export")).by(&own)).await;
    house.cost("list 50 people", Call::get("/directory/people").by(&own)).await;
    house.cost("find people by a prefix", Call::get("/directory/people?prefix=pat1").by(&own)).await;
    let call = Call::post("/directory/people", &new_person("bea")).header("idempotency-key", "p1").by(&admin);
    house.cost("create a person", call).await;
    let call = Call::patch(&path, &json!({"job_role": "architect"})).header("if-match", "\"1\"").by(&admin);
    house.cost("change a person", call).await;

    let team = json!({"code": "payments", "name": "Payments", "department": "retail"});
    let call = Call::post("/directory/teams", &team).header("idempotency-key", "t1").by(&admin);
    let team = house.cost("create a team", call).await.json();
    let team = team["team_id"].as_str().unwrap().to_owned();
    house.cost("read a team", Call::get(format!("/directory/teams/{team}")).by(&own)).await;
    let workload = json!({"code": "ledger", "name": "Ledger", "owner_id": team, "tier": 1, "kind": "service"});
    let call = Call::post("/directory/workloads", &workload).header("idempotency-key", "w1").by(&admin);
    house.cost("create a workload", call).await;
    let file = json!({"kind": "teams", "dry_run": true, "csv": "code,name,department\nrisk,Risk,retail\n"});
    house.cost("check a file of teams", Call::post("/directory/imports", &file).by(&admin)).await;

    check_costs("directory.json", &house.costs);
}
