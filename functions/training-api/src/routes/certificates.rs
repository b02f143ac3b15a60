//! Certificates: recorded with evidence, looked at by somebody else, withdrawn; and files that show them, which go past
//! the API by tickets and links that soon end.

use axum::extract::State;
use kernel::{CertificateId, Commit, EvidenceId, GatewayError, Operation, PersonId, StoreError};
use training::{
    certificates::{
        self, Evidence, EvidenceKind, External, MOST_EVIDENCE_BYTES, kept_object, uploaded_object,
        usecases::{self, Verdict},
    },
    model::LearnerFile,
    usecases::{Made, Receipt, open_file},
};
use web::{
    Answer, Authenticated, Empty, Id, IdempotencyKey, IfMatch, Json, Pair, Problem, Query, Refusal, Routes, kinds,
    routes,
};

use crate::{
    app::{App, expecting},
    dto::{
        CertificateCheck, CertificateDocument, CertificateView, CertificatesAsOf, CertificatesView, EvidenceTicket,
        EvidenceUpload,
    },
    problems,
    routes::people::Changing,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .routes(routes!(list, record))
        .routes(routes!(upload))
        .routes(routes!(correct))
        .routes(routes!(check))
        .routes(routes!(withdraw))
        .routes(routes!(evidence))
}

/// How a certificate that was made or changed is answered.
fn view(receipt: &Receipt) -> Answer {
    let Made::Certificate(id) = receipt.made else { return Answer::no_content() };
    let Some(certificate) = receipt.file.certificate(id) else { return Answer::no_content() };
    Answer::ok(&CertificateView::of(certificate)).showing_person().version(receipt.file.head.version)
}

/// A person's certificates, those from elsewhere and those of paths. The version is that of the person's file.
#[utoipa::path(
    get, path = "/training/people/{person_id}/certificates", tag = "certificates",
    operation_id = Operation::ListCertificates.id(), params(CertificatesAsOf),
    responses((status = 200, description = "The certificates.", body = CertificatesView)),
)]
async fn list(
    State(app): State<App>,
    who: Authenticated,
    Id(person): Id<PersonId>,
    Query(CertificatesAsOf { as_of }): Query<CertificatesAsOf>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::ListCertificates, person).await?;
    let rules = app.rules().await?;
    let file = open_file(&app.desk(&rules), person).await.map_err(problems::training)?;
    let view = CertificatesView::of(&file.certificates, as_of.map(Into::into));
    Ok(Answer::ok(&view).version(file.head.version))
}

/// A place to upload a file to that shows a certificate: PDF, PNG or JPEG. The address takes exactly the announced bytes.
#[utoipa::path(
    post, path = "/training/people/{person_id}/evidence", tag = "certificates",
    operation_id = Operation::CreateEvidenceUpload.id(), request_body = EvidenceUpload,
    responses((status = 201, description = "Where to send the file.", body = EvidenceTicket)),
)]
async fn upload(
    State(app): State<App>,
    who: Authenticated,
    Id(person): Id<PersonId>,
    key: IdempotencyKey,
    body: Json<EvidenceUpload>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::CreateEvidenceUpload, person).await?;
    let location = format!("/training/people/{person}/certificates");
    // The address is a secret, so no record keeps it: a repetition gets a new one for the same file.
    let (mut file, mut replayed) = (EvidenceId::new(who.cause.at), false);
    if let Some(record) = key.record(&who, &body.hash) {
        let kept = Answer::created(location.clone(), &file);
        let commit = Commit::of(Vec::new()).once(Some(record.keep(&kept)));
        match app.ports.writer.commit(commit, &who.cause).await {
            Err(StoreError::Replay(first)) => {
                file = serde_json::from_str(&first.body).map_err(|_| kinds::INTERNAL)?;
                replayed = true;
            }
            kept => kept?,
        }
    }
    let EvidenceUpload { length, sha256 } = body.value;
    let ticket = app.ports.uploads.ticket(&uploaded_object(person, file), length.0, &sha256.0).await;
    let (url, headers) = ticket.map_err(|error| problems::gateway(&error))?;
    let answer = Answer::created(location, &EvidenceTicket { evidence_id: file, url, headers });
    Ok(if replayed { Answer::replayed(answer.stored().clone()) } else { answer })
}

/// A certificate as a request describes it, and the file that is to be kept with it.
struct Described {
    external: External,
    keep: Option<(EvidenceId, EvidenceKind, Vec<u8>)>,
}

impl Described {
    /// Reads what a request says, and looks into the file it names. A file that the person's own file has already need not
    /// be sent again; while the upload is there it is kept once more, in case the request that named it first died before.
    async fn read(
        app: &App,
        file: Option<&LearnerFile>,
        person: PersonId,
        body: CertificateDocument,
    ) -> Result<Self, Refusal> {
        let mut keep = None;
        let evidence = match (body.evidence_url, body.evidence_id) {
            (Some(url), None) => Evidence::Url { url },
            (None, Some(id)) => {
                let sent = app.ports.uploads.get(&uploaded_object(person, id), MOST_EVIDENCE_BYTES).await;
                let format = match (sent, file.and_then(|file| known(file, id))) {
                    (Ok(bytes), _) => {
                        let found = EvidenceKind::of(&bytes);
                        let found = found.ok_or_else(|| problems::training(certificates::Error::FileKind.into()))?;
                        keep = Some((id, found, bytes));
                        found
                    }
                    (Err(GatewayError::NotFound(_)), Some(known)) => known,
                    (Err(error), _) => return Err(unread(&error)),
                };
                Evidence::File { file: id, format }
            }
            _ => return Err(problems::one_evidence()),
        };
        let external = External {
            name: body.name,
            issuer: body.issuer,
            number: body.number,
            issued: body.issued_on.into(),
            expires: body.expires_on.map(Into::into),
            areas: body.areas,
            evidence,
            renews: body.renews,
        };
        Ok(Self { external, keep })
    }

    /// Keeps the file of a certificate that was taken. A repetition does so again, in case the first request died before.
    async fn keep(self, app: &App, person: PersonId) -> Result<(), Refusal> {
        let Some((file, kind, bytes)) = self.keep else { return Ok(()) };
        let kept = app.ports.evidence.keep(&kept_object(person, file), bytes, kind.content_type()).await;
        kept.map_err(|error| problems::gateway(&error))
    }
}

/// What a file of evidence is that stands in a learner's file.
fn known(file: &LearnerFile, id: EvidenceId) -> Option<EvidenceKind> {
    let mut shown = file.certificates.iter().filter_map(|certificate| certificate.external()?.evidence.file());
    shown.find(|(known, _)| *known == id).map(|(_, kind)| kind)
}

/// A file that was never uploaded or is too long, or a service that does not answer.
fn unread(error: &GatewayError) -> Refusal {
    match error {
        GatewayError::NotFound(_) => kinds::UPLOAD_MISSING.into(),
        GatewayError::TooLarge(..) => kinds::BODY_TOO_LARGE.into(),
        GatewayError::Unavailable(..) | GatewayError::Refused(..) | GatewayError::Unreadable(..) => {
            problems::gateway(error)
        }
    }
}

/// Records a certificate from elsewhere. It counts once somebody else has verified it.
#[utoipa::path(
    post, path = "/training/people/{person_id}/certificates", tag = "certificates",
    operation_id = Operation::RecordCertificate.id(), request_body = CertificateDocument,
    responses((status = 201, description = "The certificate.", body = CertificateView)),
)]
async fn record(
    State(app): State<App>,
    who: Authenticated,
    Id(person): Id<PersonId>,
    key: IdempotencyKey,
    body: Json<CertificateDocument>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::RecordCertificate, person).await?;
    let rules = app.rules().await?;
    let described = Described::read(&app, None, person, body.value).await?;
    let answer = |receipt: &Receipt| {
        let Made::Certificate(id) = receipt.made else { return Answer::no_content() };
        let location = format!("/training/people/{person}/certificates/{id}");
        receipt.file.certificate(id).map_or_else(Answer::no_content, |certificate| {
            Answer::created(location, &CertificateView::of(certificate))
                .showing_person()
                .version(receipt.file.head.version)
        })
    };
    let desk = app.desk(&rules);
    let changing = Changing { app: &app, who: &who, key: &key, hash: &body.hash, desk: &desk, person };
    let external = &described.external;
    let recorded = changing.run(&answer, async |call| usecases::record(&desk, person, external, &call).await).await?;
    described.keep(&app, person).await?;
    Ok(recorded)
}

/// Says something else in a record that is neither closed nor the program's. What was verified waits for a look again.
#[utoipa::path(
    put, path = "/training/people/{person_id}/certificates/{certificate_id}", tag = "certificates",
    operation_id = Operation::ChangeCertificate.id(), request_body = CertificateDocument,
    responses((status = 200, description = "The certificate.", body = CertificateView)),
)]
async fn correct(
    State(app): State<App>,
    who: Authenticated,
    Pair(person, certificate): Pair<PersonId, CertificateId>,
    version: IfMatch,
    body: Json<CertificateDocument>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::ChangeCertificate, person).await?;
    let call = expecting(&who.cause, version.version()?);
    let rules = app.rules().await?;
    let desk = app.desk(&rules);
    let file = if body.value.evidence_id.is_some() { app.ports.reader.file(person).await? } else { None };
    let described = Described::read(&app, file.as_ref(), person, body.value).await?;
    let changed = usecases::correct(&desk, person, certificate, &described.external, &call).await;
    let changed = changed.map_err(problems::training)?;
    described.keep(&app, person).await?;
    Ok(view(&changed))
}

/// Verifies a certificate that waits, or declines it with a reason. Nobody does so with their own, nor with what they
/// submitted for somebody else.
#[utoipa::path(
    post, path = "/training/people/{person_id}/certificates/{certificate_id}/check", tag = "certificates",
    operation_id = Operation::CheckCertificate.id(), request_body = CertificateCheck,
    responses((status = 200, description = "The certificate.", body = CertificateView)),
)]
async fn check(
    State(app): State<App>,
    who: Authenticated,
    Pair(person, certificate): Pair<PersonId, CertificateId>,
    version: IfMatch,
    body: Json<CertificateCheck>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::CheckCertificate, person).await?;
    let call = expecting(&who.cause, version.version()?);
    let verdict = match (body.value.verified, body.value.reason) {
        (true, None) => Verdict::Verified,
        (false, Some(reason)) => Verdict::Declined(reason),
        (true, Some(_)) | (false, None) => return Err(problems::reason_of_declining()),
    };
    let rules = app.rules().await?;
    let checked = usecases::check(&app.desk(&rules), person, certificate, &verdict, &call).await;
    checked.map(|receipt| view(&receipt)).map_err(problems::training)
}

/// Takes a certificate back. It stays on record.
#[utoipa::path(
    post, path = "/training/people/{person_id}/certificates/{certificate_id}/withdrawal", tag = "certificates",
    operation_id = Operation::WithdrawCertificate.id(),
    responses((status = 200, description = "The certificate.", body = CertificateView)),
)]
async fn withdraw(
    State(app): State<App>,
    who: Authenticated,
    Pair(person, certificate): Pair<PersonId, CertificateId>,
    version: IfMatch,
    _: Empty,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::WithdrawCertificate, person).await?;
    let call = expecting(&who.cause, version.version()?);
    let rules = app.rules().await?;
    let withdrawn = usecases::withdraw(&app.desk(&rules), person, certificate, &call).await;
    withdrawn.map(|receipt| view(&receipt)).map_err(problems::training)
}

/// The file that shows a certificate: a redirection to an address that works for five minutes.
#[utoipa::path(
    get, path = "/training/people/{person_id}/certificates/{certificate_id}/evidence", tag = "certificates",
    operation_id = Operation::ReadEvidence.id(),
    responses((status = 303, description = "The location is the file, for five minutes.")),
)]
async fn evidence(
    State(app): State<App>,
    who: Authenticated,
    Pair(person, certificate): Pair<PersonId, CertificateId>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::ReadEvidence, person).await?;
    let file = app.ports.reader.file(person).await?;
    let found = file.as_ref().and_then(|file| file.certificate(certificate));
    let shown = found.and_then(|certificate| certificate.external()?.evidence.file());
    let (file, kind) = shown.ok_or_else(|| Problem::new(kinds::NOT_FOUND))?;
    let link = app.ports.evidence.link(&kept_object(person, file), kind.content_type(), kind.file_name()).await;
    Ok(Answer::see_other(link.map_err(|error| problems::gateway(&error))?))
}
