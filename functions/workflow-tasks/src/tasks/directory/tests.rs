//! Each task, run twice, over the table in memory.

use std::sync::Arc;

use directory::{DirectoryReader, DirectoryWriter, IdentitySubject, Write};
use jiff::Timestamp;
use kernel::{
    Commit, JobId, Principal,
    import::{ImportJob, ImportState, NewImport},
};
use runtime::TaskErrorKind;
use serde_json::{Value, json};
use store::{DirectoryStore, MemoryTable};
use testkit::{FixedClock, Outside};

use super::{Ports, run};

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn ports(file: String) -> Ports {
    let files = Outside::default();
    files.store("file", file);
    Ports {
        store: DirectoryStore::new(Arc::new(MemoryTable::new())),
        files: Arc::new(files),
        clock: Arc::new(FixedClock::at(now())),
    }
}

async fn begin(ports: &Ports, object: &str) -> JobId {
    let id = JobId::new(now());
    let job = ImportJob::new(NewImport {
        id,
        kind: "teams".into(),
        object: object.into(),
        by: Principal::Program,
        correlation_id: "c".into(),
        at: now(),
    });
    ports.store.commit(Commit::of(vec![Write::Job(Box::new(job))])).await.unwrap();
    id
}

fn teams(number: usize) -> String {
    let rows: String = (0..number).map(|at| format!("team-{at},Team {at},tech\n")).collect();
    format!("code,name,department\n{rows}")
}

#[tokio::test]
async fn a_file_is_applied_in_chunks_until_it_is_done() {
    let ports = ports(teams(250));
    let id = begin(&ports, "file").await;
    let chunk = || run(&ports, json!({"task": "import-chunk", "job": id}));
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(chunk().await.unwrap()["done"].as_bool().unwrap());
    }
    assert_eq!(answers, [false, false, true, true]);
    let job = ports.store.job(id).await.unwrap().unwrap();
    assert_eq!((job.state, job.counts.created), (ImportState::Finished, 250));
}

#[tokio::test]
async fn a_job_that_is_given_up_stays_so() {
    let ports = ports(teams(1));
    let id = begin(&ports, "file").await;
    for _ in 0..2 {
        let answer = run(&ports, json!({"task": "import-failed", "job": id})).await.unwrap();
        assert_eq!(answer, json!({"state": "failed"}));
    }
    assert_eq!(run(&ports, json!({"task": "import-chunk", "job": id})).await.unwrap(), json!({"done": true}));
}

#[tokio::test]
async fn a_missing_file_or_job_is_permanent() {
    let ports = ports(teams(1));
    let kind = |payload: Value| async { run(&ports, payload).await.unwrap_err().kind() };
    let id = begin(&ports, "elsewhere").await;
    assert_eq!(kind(json!({"task": "import-chunk", "job": id})).await, TaskErrorKind::Permanent);
    let unknown = JobId::new(now());
    assert_eq!(kind(json!({"task": "import-chunk", "job": unknown})).await, TaskErrorKind::Permanent);
    assert_eq!(kind(json!({"task": "select-due"})).await, TaskErrorKind::Permanent);
}

#[tokio::test]
async fn the_first_program_lead_is_made_once() {
    let ports = ports(String::new());
    let payload = json!({
        "task": "bootstrap-admin", "email": "ada@example.com", "name": "Ada Example",
        "issuer": "https://issuer.example.com/", "subject": "sub-1",
    });
    let first = run(&ports, payload.clone()).await.unwrap();
    assert_eq!(run(&ports, payload.clone()).await.unwrap(), first);
    let subject = IdentitySubject::new("https://issuer.example.com", "sub-1").unwrap();
    let linked = ports.store.person_by_subject(&subject).await.unwrap();
    assert_eq!(Some(json!(linked)), Some(first["person"].clone()));
    let mut other = payload;
    other["email"] = json!("bea@example.com");
    assert_eq!(run(&ports, other).await.unwrap_err().kind(), TaskErrorKind::Permanent);
}
