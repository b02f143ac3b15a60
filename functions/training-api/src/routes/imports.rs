//! Files: upload tickets, dry runs, and imports that a state machine applies. What is the same for every system is in
//! [`web::imports`].

use async_trait::async_trait;
use axum::extract::State;
use kernel::{
    Cause, Commit, JobId, Once, Operation, StoreError, Subject,
    import::{ImportJob, NewImport, Problems},
};
use training::import::{ImportKind, Plan, begin};
use web::{
    Answer, Authenticated, Id, IdempotencyKey, Json, LargeJson, Refusal, Routes,
    imports::{
        ImportAccepted, ImportDesk, ImportReport, ImportRequest, ImportView, Imports, UploadRequest, UploadView,
    },
    kinds, routes,
};

use crate::app::App;

pub(crate) fn routes() -> Routes<App> {
    Routes::new().routes(routes!(upload)).routes(routes!(start)).routes(routes!(read))
}

#[async_trait]
impl ImportDesk for App {
    fn kind(&self, name: &str) -> Option<&'static str> {
        ImportKind::parse(name).map(ImportKind::as_str)
    }

    async fn check(&self, kind: &str, file: &[u8]) -> Result<(usize, Problems), Refusal> {
        let kind = ImportKind::parse(kind).ok_or(kinds::NOT_FOUND)?;
        let (plan, mut found) = Plan::read(kind, file);
        let rules = self.rules().await?;
        found.append(plan.check(&self.desk(&rules), self.ports.clock.now()).await?);
        Ok((plan.rows(), found))
    }

    async fn begin(&self, new: NewImport, once: Option<Once>, cause: &Cause) -> Result<(), StoreError> {
        self.ports.writer.commit(begin(new, cause).once(once), cause).await
    }

    async fn keep(&self, once: Once, cause: &Cause) -> Result<(), StoreError> {
        self.ports.writer.commit(Commit::of(Vec::new()).once(Some(once)), cause).await
    }

    async fn job(&self, job: JobId) -> Result<Option<ImportJob>, StoreError> {
        self.ports.reader.job(job).await
    }
}

impl App {
    fn imports(&self) -> Imports<'_> {
        Imports {
            system: "training",
            desk: self,
            uploads: self.ports.uploads.as_ref(),
            machine: self.ports.imports.as_ref(),
            answers: self.ports.answers.as_ref(),
        }
    }
}

/// A place to upload a large file to. The address takes exactly the announced bytes.
#[utoipa::path(
    post, path = "/training/uploads", tag = "imports", operation_id = Operation::CreateTrainingUpload.id(),
    request_body = UploadRequest,
    responses((status = 201, description = "Where to send the file.", body = UploadView)),
)]
async fn upload(
    State(app): State<App>,
    who: Authenticated,
    key: IdempotencyKey,
    body: Json<UploadRequest>,
) -> Result<Answer, Refusal> {
    who.may(Operation::CreateTrainingUpload, &Subject::program())?;
    app.imports().upload(&who, &key, &body).await
}

/// Checks a file, or has it applied.
#[utoipa::path(
    post, path = "/training/imports", tag = "imports", operation_id = Operation::StartTrainingImport.id(),
    request_body = ImportRequest,
    responses(
        (status = 200, description = "What a dry run found.", body = ImportReport),
        (status = 202, description = "Taken on; the location tells how it is getting on.", body = ImportAccepted),
    ),
)]
async fn start(
    State(app): State<App>,
    who: Authenticated,
    key: IdempotencyKey,
    body: LargeJson<ImportRequest>,
) -> Result<Answer, Refusal> {
    who.may(Operation::StartTrainingImport, &Subject::program())?;
    app.imports().start(&who, &key, body).await
}

/// How an import is getting on.
#[utoipa::path(
    get, path = "/training/imports/{job_id}", tag = "imports", operation_id = Operation::ReadTrainingImport.id(),
    responses((status = 200, description = "The import.", body = ImportView)),
)]
async fn read(State(app): State<App>, who: Authenticated, Id(id): Id<JobId>) -> Result<Answer, Refusal> {
    who.may(Operation::ReadTrainingImport, &Subject::program())?;
    app.imports().read(id).await
}
