//! Uploads and imports, the same for every system: tickets for large files, dry runs, jobs that a state machine applies,
//! and how they are getting on. What a file holds and how it is applied is each system's; it comes in by [`ImportDesk`].

mod wire;

use async_trait::async_trait;
use kernel::{
    Answers, Cause, GatewayError, JobId, Once, StartMachine, StoreError, Uploads,
    import::{ImportJob, MAX_BYTES, NewImport, Problems},
};
use serde_json::json;
use wire::Source;
pub use wire::{ImportAccepted, ImportReport, ImportRequest, ImportView, UploadRequest, UploadView, describe};

use crate::{Answer, Authenticated, IdempotencyKey, Json, LargeJson, Problem, Refusal, kinds};

/// What of an import is a system's own.
#[async_trait]
pub trait ImportDesk: Send + Sync {
    /// The kind of file of a name, in the system's spelling; absent for one that it does not take.
    fn kind(&self, name: &str) -> Option<&'static str>;

    /// How many rows of a file were understood, and everything that is wrong with it.
    async fn check(&self, kind: &str, file: &[u8]) -> Result<(usize, Problems), Refusal>;

    /// Writes down the job that will apply a file.
    async fn begin(&self, new: NewImport, once: Option<Once>, cause: &Cause) -> Result<(), StoreError>;

    /// Keeps an answer for repetitions of a request that changes nothing else.
    async fn keep(&self, once: Once, cause: &Cause) -> Result<(), StoreError>;

    /// A job.
    async fn job(&self, job: JobId) -> Result<Option<ImportJob>, StoreError>;
}

/// The imports of a system.
pub struct Imports<'a> {
    /// The system's name, as its paths begin.
    pub system: &'static str,
    /// The system's part.
    pub desk: &'a dyn ImportDesk,
    /// Where files go.
    pub uploads: &'a dyn Uploads,
    /// The state machine that applies a job.
    pub machine: &'a dyn StartMachine,
    /// Answers to earlier requests.
    pub answers: &'a dyn Answers,
}

impl Imports<'_> {
    /// A place to upload a large file to. The address takes exactly the announced bytes; it is a secret, so no record keeps
    /// it: a repetition gets a new one for the same upload.
    ///
    /// # Errors
    /// 400 for a length or checksum that is none, 422 for a key that was used for another request.
    pub async fn upload(
        &self,
        who: &Authenticated,
        key: &IdempotencyKey,
        body: &Json<UploadRequest>,
    ) -> Result<Answer, Refusal> {
        let checksum = body.value.checksum()?;
        let (mut upload_id, mut replayed) = (JobId::new(who.cause.at), false);
        let location = format!("/{}/imports", self.system);
        if let Some(record) = key.record(who, &body.hash) {
            let kept = Answer::created(location.clone(), &json!({ "upload_id": upload_id }));
            match self.desk.keep(record.keep(&kept), &who.cause).await {
                Err(StoreError::Replay(first)) => {
                    upload_id = named(&first.body).ok_or(kinds::INTERNAL)?;
                    replayed = true;
                }
                kept => kept?,
            }
        }
        let ticket = self.uploads.ticket(&self.object(upload_id), body.value.length, &checksum).await;
        let (url, headers) = ticket.map_err(|error| Problem::outside(&error))?;
        let answer = Answer::created(location, &UploadView { upload_id, url, headers });
        Ok(if replayed { Answer::replayed(answer.stored().clone()) } else { answer })
    }

    /// Checks a file, or has it applied.
    ///
    /// # Errors
    /// 400 for an unknown kind, 422 for a request that does not name one file, or one that was never uploaded.
    pub async fn start(
        &self,
        who: &Authenticated,
        key: &IdempotencyKey,
        body: LargeJson<ImportRequest>,
    ) -> Result<Answer, Refusal> {
        let LargeJson { value, hash } = body;
        let unknown = || Problem::new(kinds::INVALID_BODY).at("$.kind", "a kind of file that this system takes");
        let kind = self.desk.kind(value.kind()).ok_or_else(unknown)?;
        let dry_run = value.dry_run;
        let source = value.source()?;
        if dry_run {
            return self.dry_run(kind, source).await;
        }
        let outcome = self.take_on(kind, source, who, key, &hash).await;
        let outcome = key.or_replay(who, &hash, self.answers, outcome).await;
        // Starting is safe to repeat, and a repeated request may be one whose first run died before it.
        if let Some(job) = taken_on(&outcome) {
            let started = self.machine.start(&job.to_string(), &json!({ "job": job })).await;
            started.map_err(|error| Problem::outside(&error))?;
        }
        outcome
    }

    /// How an import is getting on.
    ///
    /// # Errors
    /// 404 for a job that never was.
    pub async fn read(&self, id: JobId) -> Result<Answer, Refusal> {
        let job = self.desk.job(id).await?.ok_or(kinds::NOT_FOUND)?;
        let version = job.version;
        Ok(Answer::ok(&ImportView::from(job)).version(version))
    }

    async fn dry_run(&self, kind: &'static str, source: Source) -> Result<Answer, Refusal> {
        let file = match source {
            Source::Inline(bytes) => bytes,
            Source::Uploaded(upload) => {
                let file = self.uploads.get(&self.object(upload), MAX_BYTES).await;
                file.map_err(|error| unread(&error))?
            }
        };
        let (rows, found) = self.desk.check(kind, &file).await?;
        Ok(Answer::ok(&ImportReport::new(kind, rows, found)))
    }

    /// Stores the file and the job that will apply it.
    async fn take_on(
        &self,
        kind: &str,
        source: Source,
        who: &Authenticated,
        key: &IdempotencyKey,
        hash: &str,
    ) -> Result<Answer, Refusal> {
        let cause = &who.cause;
        let id = JobId::new(cause.at);
        let new = NewImport {
            id,
            kind: kind.to_owned(),
            object: self.stored(id, source).await?,
            by: cause.by.clone(),
            correlation_id: cause.correlation_id.clone(),
            at: cause.at,
        };
        let location = format!("/{}/imports/{id}", self.system);
        let answer = Answer::accepted(location, &ImportAccepted { job_id: id });
        let once = key.record(who, hash).map(|record| record.keep(&answer));
        self.desk.begin(new, once, cause).await?;
        Ok(answer)
    }

    /// Sees to it that the file is where the job will look for it.
    async fn stored(&self, id: JobId, source: Source) -> Result<String, Problem> {
        match source {
            Source::Inline(bytes) => {
                let object = self.object(id);
                self.uploads.put(&object, bytes).await.map_err(|error| Problem::outside(&error))?;
                Ok(object)
            }
            Source::Uploaded(upload) => {
                let object = self.object(upload);
                let length = self.uploads.length(&object).await.map_err(|error| unread(&error))?;
                if length > MAX_BYTES { Err(Problem::new(kinds::BODY_TOO_LARGE)) } else { Ok(object) }
            }
        }
    }

    /// Where the file of an upload or an import lies.
    fn object(&self, id: JobId) -> String {
        format!("uploads/{}/{id}.csv", self.system)
    }
}

/// The upload that a ticket's record names.
fn named(body: &str) -> Option<JobId> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    body.get("upload_id")?.as_str()?.parse().ok()
}

/// The job that an import's outcome names, whether it was taken on now or by an earlier, equal request.
fn taken_on(outcome: &Result<Answer, Refusal>) -> Option<JobId> {
    let location = match outcome {
        Ok(answer) => answer.stored().location.as_deref(),
        Err(Refusal::Replay(answer)) => answer.location.as_deref(),
        Err(Refusal::Problem(_)) => None,
    };
    location?.rsplit('/').next()?.parse().ok()
}

/// A file that was never uploaded or is too long, or a service that does not answer.
fn unread(error: &GatewayError) -> Problem {
    match error {
        GatewayError::NotFound(_) => Problem::new(kinds::UPLOAD_MISSING),
        GatewayError::TooLarge(..) => Problem::new(kinds::BODY_TOO_LARGE),
        GatewayError::Unavailable(..) | GatewayError::Refused(..) | GatewayError::Unreadable(..) => {
            Problem::outside(error)
        }
    }
}
