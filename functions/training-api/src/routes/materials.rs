//! Materials of courses: announcing, uploading and confirming a file, changing what it belongs to, and downloading it.

use axum::extract::State;
use kernel::{CourseId, MaterialId, Operation, Subject, UploadId};
use serde_json::json;
use training::{
    TrainingError,
    materials::{
        Material,
        usecases::{self, MaterialAnswer, MaterialDesk, Reader},
    },
};
use web::{
    Answer, Authenticated, Id, IdempotencyKey, IfMatch, Json, Listing, NoFilter, Pair, Query, Refusal, Routes, kinds,
    routes,
};

use crate::{
    app::App,
    dto::{
        MaterialNumber, MaterialPatch, MaterialTicket, MaterialUpload, MaterialView, NewMaterial, NewMaterialFile,
        PageOf, PagingParams,
    },
    problems,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .routes(routes!(list, add))
        .routes(routes!(read, change))
        .routes(routes!(upload))
        .routes(routes!(confirm))
        .routes(routes!(download))
}

fn desk(app: &App) -> MaterialDesk<'_> {
    let ports = &app.ports;
    MaterialDesk {
        reader: ports.materials.as_ref(),
        training: ports.reader.as_ref(),
        writer: ports.writer.as_ref(),
        files: ports.material_files.as_ref(),
    }
}

/// Whoever may change materials sees all of their history.
fn reader(who: &Authenticated) -> Reader {
    match who.may(Operation::ChangeMaterial, &Subject::program()) {
        Ok(()) => Reader::Author,
        Err(_) => Reader::Learner,
    }
}

fn place(material: &Material) -> String {
    format!("/training/courses/{}/materials/{}", material.course, material.id)
}

fn shown(material: &Material, who: Reader) -> Answer {
    Answer::ok(&MaterialView::of(material, who == Reader::Author)).version(material.version)
}

/// The materials of a course, in the order in which they were added. A page may be short while there are more; a course
/// that is not there has none.
#[utoipa::path(
    get, path = "/training/courses/{course_id}/materials", tag = "materials",
    operation_id = Operation::ListMaterials.id(), params(PagingParams),
    responses((status = 200, description = "A page of materials.", body = PageOf<MaterialView>)),
)]
async fn list(
    State(app): State<App>,
    who: Authenticated,
    Id(course): Id<CourseId>,
    listing: Listing<NoFilter>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ListMaterials, &Subject::program())?;
    let author = reader(&who) == Reader::Author;
    let mut page = app.ports.materials.materials(course, listing.paging.limit, listing.paging.after.as_ref()).await?;
    page.items.retain(|material| author || material.is_open());
    Ok(Answer::page(&page.map(|material| MaterialView::of(&material, author)), &listing.paging))
}

/// Adds a material to a course. Learners get it once its file was uploaded and confirmed.
#[utoipa::path(
    post, path = "/training/courses/{course_id}/materials", tag = "materials",
    operation_id = Operation::AddMaterial.id(), request_body = NewMaterial,
    responses((status = 201, description = "Where to send the file.", body = MaterialTicket)),
)]
async fn add(
    State(app): State<App>,
    who: Authenticated,
    Id(course): Id<CourseId>,
    key: IdempotencyKey,
    body: Json<NewMaterial>,
) -> Result<Answer, Refusal> {
    who.may(Operation::AddMaterial, &Subject::program())?;
    let record = key.record(&who, &body.hash);
    let keep = record.as_ref().map(|record| move |material: &Material| record.keep(&named(material)));
    let once = keep.as_ref().map(|keep| keep as MaterialAnswer<'_>);
    let file = body.value.file();
    let added = usecases::add(&desk(&app), course, body.value.title, file, &who.cause, once).await;
    Asked { app: &app, who: &who, key: &key, hash: &body.hash, course }.ticket(added).await
}

/// Announces the file of a further version. The present one stays current until the new one is confirmed; what was
/// announced before and not confirmed is forgotten.
#[utoipa::path(
    post, path = "/training/courses/{course_id}/materials/{material_id}/uploads", tag = "materials",
    operation_id = Operation::UploadMaterial.id(), request_body = NewMaterialFile,
    responses((status = 201, description = "Where to send the file.", body = MaterialTicket)),
)]
async fn upload(
    State(app): State<App>,
    who: Authenticated,
    Pair(course, material): Pair<CourseId, MaterialId>,
    key: IdempotencyKey,
    body: Json<NewMaterialFile>,
) -> Result<Answer, Refusal> {
    who.may(Operation::UploadMaterial, &Subject::program())?;
    let record = key.record(&who, &body.hash);
    let keep = record.as_ref().map(|record| move |material: &Material| record.keep(&named(material)));
    let once = keep.as_ref().map(|keep| keep as MaterialAnswer<'_>);
    let file = body.value.into();
    let announced = usecases::announce(&desk(&app), course, material, file, &who.cause, once).await;
    Asked { app: &app, who: &who, key: &key, hash: &body.hash, course }.ticket(announced).await
}

/// What a record keeps of a ticket: the address is a secret, so a repetition gets a new one for the same upload.
fn named(material: &Material) -> Answer {
    let upload = material.announced.as_ref().map(|announced| announced.upload);
    Answer::created(place(material), &json!({"material_id": material.id, "upload_id": upload}))
}

/// A request for a ticket.
struct Asked<'a> {
    app: &'a App,
    who: &'a Authenticated,
    key: &'a IdempotencyKey,
    hash: &'a str,
    course: CourseId,
}

impl Asked<'_> {
    /// The ticket of what was announced, now or by an earlier, equal request.
    async fn ticket(&self, outcome: Result<Material, TrainingError>) -> Result<Answer, Refusal> {
        let (material, upload, replayed) = match outcome.map_err(problems::at_path) {
            Ok(material) => {
                let upload = material.announced.as_ref().map(|announced| announced.upload).ok_or(kinds::INTERNAL)?;
                (material, upload, false)
            }
            Err(refusal) => {
                let answers = self.app.ports.answers.as_ref();
                let first = match self.key.or_replay(self.who, self.hash, answers, Err(refusal)).await {
                    Err(Refusal::Replay(stored)) => *stored,
                    Ok(told) => told.stored().clone(),
                    Err(refusal) => return Err(refusal),
                };
                let (id, upload) = announced(&first.body).ok_or(kinds::INTERNAL)?;
                let material = self.app.ports.materials.material(self.course, id).await?;
                (material.ok_or(kinds::NOT_FOUND)?, upload, true)
            }
        };
        let sent = usecases::ticket(&desk(self.app), &material, upload).await.map_err(problems::training)?;
        let view = MaterialTicket { material_id: material.id, upload_id: upload, url: sent.0, headers: sent.1 };
        let answer = Answer::created(place(&material), &view);
        Ok(if replayed { Answer::replayed(answer.stored().clone()) } else { answer })
    }
}

/// What the record of a ticket names.
fn announced(body: &str) -> Option<(MaterialId, UploadId)> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let text = |name: &str| body.get(name)?.as_str();
    Some((text("material_id")?.parse().ok()?, text("upload_id")?.parse().ok()?))
}

/// One material.
#[utoipa::path(
    get, path = "/training/courses/{course_id}/materials/{material_id}", tag = "materials",
    operation_id = Operation::ReadMaterial.id(),
    responses((status = 200, description = "The material.", body = MaterialView)),
)]
async fn read(
    State(app): State<App>,
    who: Authenticated,
    Pair(course, material): Pair<CourseId, MaterialId>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ReadMaterial, &Subject::program())?;
    let reader = reader(&who);
    let found = app.ports.materials.material(course, material).await?;
    let found = found.filter(|material| reader == Reader::Author || material.is_open());
    Ok(found.map(|material| shown(&material, reader)).ok_or(kinds::NOT_FOUND)?)
}

/// Changes what a material is called, retires it, or takes that back; fields left out stay as they are. Its versions stay.
#[utoipa::path(
    patch, path = "/training/courses/{course_id}/materials/{material_id}", tag = "materials",
    operation_id = Operation::ChangeMaterial.id(), request_body = MaterialPatch,
    responses((status = 200, description = "The material.", body = MaterialView)),
)]
async fn change(
    State(app): State<App>,
    who: Authenticated,
    Pair(course, material): Pair<CourseId, MaterialId>,
    version: IfMatch,
    body: Json<MaterialPatch>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ChangeMaterial, &Subject::program())?;
    let expected = version.version()?;
    let changed = usecases::change(&desk(&app), course, material, expected, body.value.into(), &who.cause).await;
    changed.map(|material| shown(&material, Reader::Author)).map_err(problems::training)
}

/// Says that the announced file was uploaded. It is looked at: a file of another length, checksum or type is refused,
/// removed and never handed out. What is right becomes the current version. Confirming again changes nothing.
#[utoipa::path(
    post, path = "/training/courses/{course_id}/materials/{material_id}/confirmation", tag = "materials",
    operation_id = Operation::ConfirmMaterial.id(), request_body = MaterialUpload,
    responses((status = 200, description = "The material.", body = MaterialView)),
)]
async fn confirm(
    State(app): State<App>,
    who: Authenticated,
    Pair(course, material): Pair<CourseId, MaterialId>,
    key: IdempotencyKey,
    body: Json<MaterialUpload>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ConfirmMaterial, &Subject::program())?;
    let record = key.record(&who, &body.hash);
    let keep = record.as_ref().map(|record| move |it: &Material| record.keep(&shown(it, Reader::Author)));
    let once = keep.as_ref().map(|keep| keep as MaterialAnswer<'_>);
    let upload = body.value.upload_id;
    let confirmed = usecases::confirm(&desk(&app), course, material, upload, &who.cause, once).await;
    let outcome = confirmed.map(|material| shown(&material, Reader::Author)).map_err(problems::training);
    key.or_replay(&who, &body.hash, app.ports.answers.as_ref(), outcome).await
}

/// The file of a material: a redirect to an address that works for five minutes and saves the file under its name.
#[utoipa::path(
    get, path = "/training/courses/{course_id}/materials/{material_id}/content", tag = "materials",
    operation_id = Operation::DownloadMaterial.id(), params(MaterialNumber),
    responses((status = 303, description = "The `Location` is where the file is.")),
)]
async fn download(
    State(app): State<App>,
    who: Authenticated,
    Pair(course, material): Pair<CourseId, MaterialId>,
    Query(MaterialNumber { version }): Query<MaterialNumber>,
) -> Result<Answer, Refusal> {
    who.may(Operation::DownloadMaterial, &Subject::program())?;
    let link = usecases::download(&desk(&app), course, material, version, reader(&who)).await;
    link.map(Answer::see_other).map_err(problems::training)
}
