//! Attempts at materials of courses, at certificates, and at requests for seats and vouchers.

use kernel::Operation;
use serde_json::json;

use super::{
    super::super::{
        certificates,
        harness::{Call, Person, fresh},
        materials, requests,
    },
    Attempt, OLD, fresh_id,
};

impl Attempt<'_> {
    /// What is done to a certificate that the person recorded.
    pub(super) fn on_certificate(&self, operation: Operation, person: &Person, allowed: bool) -> Call {
        let all = format!("/training/people/{}/certificates", person.id);
        let (certificate, version) = if allowed {
            let who = match &self.caller.who {
                Some(who) if who.person.id == person.id => who.token.clone(),
                _ => self.town.sign_in(person, &[]).token,
            };
            let made = certificates::recorded_with_file(&person.id, &who);
            (made.text_at("id"), made.etag())
        } else {
            (fresh_id(), OLD.to_owned())
        };
        let path = format!("{all}/{certificate}");
        match operation {
            Operation::ChangeCertificate => Call::put(&path, &certificates::document(&fresh())).version(&version),
            Operation::WithdrawCertificate => Call::new("POST", &format!("{path}/withdrawal")).version(&version),
            Operation::CheckCertificate => {
                Call::post(&format!("{path}/check"), &json!({"verified": true})).version(&version)
            }
            _ => Call::get(&format!("{path}/evidence")),
        }
    }

    /// What is done to a request that the person made.
    pub(super) fn on_request(&self, operation: Operation, person: &Person, allowed: bool) -> Call {
        let all = format!("/training/people/{}/requests", person.id);
        let request = if allowed {
            let who = match &self.caller.who {
                Some(who) if who.person.id == person.id => who.token.clone(),
                _ => self.town.sign_in(person, &[]).token,
            };
            let wish = requests::wish(&requests::outside_course(self.town, &fresh()));
            Call::post(&all, &wish).by(&who).send().is(201).text_at("id")
        } else {
            fresh_id()
        };
        let path = format!("{all}/{request}");
        let decision = Call::put(&format!("{path}/decision"), &json!({"approved": true})).version(OLD);
        match operation {
            Operation::DecideRequest => decision,
            Operation::ProvideRequest => {
                if allowed {
                    decision.by_admin().send().is(200);
                }
                Call::put(&format!("{path}/provision"), &json!({"voucher": "AWS-7Q2X-55"})).version("\"2\"")
            }
            Operation::WithdrawRequest => Call::delete(&path).version(OLD),
            _ => Call::get(&path),
        }
    }

    /// What is done to a material of a course of its own.
    pub(super) fn on_material(&self, operation: Operation) -> Call {
        let (course, text) = (self.town.course(&fresh()).id, b"A text".as_slice());
        let all = format!("/training/courses/{course}/materials");
        match operation {
            Operation::ListMaterials => Call::get(&all),
            Operation::AddMaterial => Call::post(&all, &materials::material(text)),
            Operation::ConfirmMaterial => {
                let (place, upload) = materials::uploaded(&course, b"%PDF-1.7\n");
                Call::post(&format!("{place}/confirmation"), &json!({"upload_id": upload}))
            }
            _ => {
                let place = materials::published(&course);
                match operation {
                    Operation::ChangeMaterial => Call::patch(&place, &json!({"title": "Another"})).version("\"2\""),
                    Operation::UploadMaterial => {
                        Call::post(&format!("{place}/uploads"), &materials::file("a.txt", "text", text))
                    }
                    Operation::DownloadMaterial => Call::get(&format!("{place}/content")),
                    _ => Call::get(&place),
                }
            }
        }
    }
}
