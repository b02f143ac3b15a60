//! One attempt at every operation: a request that works for whoever may make it. Whatever it changes or destroys is made
//! just before, for callers who may; for others any object does, because nothing happens to it.

mod rooms;

use kernel::Operation;
use serde_json::{Value, json};

use super::{
    super::{
        certificates, guidance,
        harness::{Answer, Call, Course, Person, Stack, Team, Town, day, fresh, minute, until},
        requests,
    },
    cast::{Caller, Relation},
    table::Thing,
};

const OLD: &str = "\"1\"";

/// What a caller's attempts need.
pub(super) struct Attempt<'a> {
    town: &'a Town,
    caller: &'a Caller,
    course: Course,
    /// Someone in each relation, for reading and for what is refused.
    standing: Vec<(Relation, Person)>,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(town: &'a Town, caller: &'a Caller) -> Self {
        let mut standing = Vec::new();
        for relation in caller.kind.relations(Thing::Person) {
            let person = match (&caller.who, relation) {
                (Some(who), Relation::Own) => who.person.clone(),
                _ => caller.someone(town, &fresh(), *relation),
            };
            standing.push((*relation, person));
        }
        Self { town, caller, course: town.course("c"), standing }
    }

    /// Makes the attempt.
    pub(super) fn make(&self, operation: Operation, thing: Thing, relation: Relation, allowed: bool) -> Answer {
        // Another test may have changed the same document of the program just now; a client then reads and tries again.
        for _ in 0..30 {
            let call = match thing {
                Thing::Program => self.on_program(operation, allowed),
                Thing::Team => self.on_team(operation, relation, allowed),
                Thing::Person => self.on_person(operation, relation, allowed),
            };
            let answer = call.by(&self.caller.token).send();
            if !(allowed && [409, 412].contains(&answer.status)) {
                return answer;
            }
        }
        panic!("{} was in conflict again and again", operation.id())
    }

    fn subject(&self, relation: Relation, new: bool) -> Person {
        if new && relation != Relation::Own {
            return self.caller.someone(self.town, &format!("p{}", fresh()), relation);
        }
        self.standing.iter().find(|(known, _)| *known == relation).map(|(_, person)| person.clone()).unwrap()
    }

    fn on_person(&self, operation: Operation, relation: Relation, allowed: bool) -> Call {
        let reads = matches!(
            operation,
            Operation::ReadPerson
                | Operation::ExportPerson
                | Operation::ReadPersonHistory
                | Operation::ReadLearner
                | Operation::ReadCompetencies
                | Operation::ReadGaps
                | Operation::ReadPersonDashboard
                | Operation::ReadPlan
                | Operation::ReadBooking
                | Operation::ListCertificates
                | Operation::ListRequests
        );
        let person = self.subject(relation, allowed && !reads);
        let base = format!("/directory/people/{}", person.id);
        let training = format!("/training/people/{}", person.id);
        let course = &self.course.id;
        let etag = || Call::get(&base).by_admin().send().is(200).etag();
        let file = || Call::get(&training).by_admin().send().is(200).etag();
        let assigned = || {
            let body = json!({"course_id": course, "due": day(20)});
            Call::post(&format!("{training}/assignments"), &body).by_admin().send().is(200)
        };
        match operation {
            Operation::ReadPerson => Call::get(&base),
            Operation::ChangePerson => Call::patch(&base, &json!({"name": "Another Name"})).version(&etag()),
            Operation::ChangeAbsences => {
                Call::put(&format!("{base}/absences"), &json!({"absences": []})).version(&etag())
            }
            Operation::LinkSubject => {
                // Linking oneself anew would lock the caller out; the same link again is a change to the same.
                let subject = if relation == Relation::Own { self.own_subject() } else { self.link_of(&person) };
                Call::put(&format!("{base}/subject"), &subject).version(&etag())
            }
            Operation::RecordLeave => Call::post(&format!("{base}/leave"), &json!({"date": "2099-12-31"})),
            Operation::ExportPerson => Call::get(&format!("{base}/export")),
            Operation::ErasePerson => Call::new("POST", &format!("{base}/erasure")),
            Operation::ReadPersonHistory => Call::get(&format!("{base}/history")),
            Operation::ReadLearner => Call::get(&training),
            Operation::ListAttempts => Call::get(&format!("{training}/attempts")),
            Operation::StartAttempt => {
                let assessment = if allowed { self.assessment() } else { fresh_id() };
                Call::post(&format!("{training}/attempts"), &json!({"assessment_id": assessment}))
            }
            Operation::ReadAttempt => Call::get(&format!("{training}/attempts/{}", self.started(&training, allowed))),
            Operation::SubmitAttempt => {
                let attempt = self.started(&training, allowed);
                Call::post(&format!("{training}/attempts/{attempt}/submission"), &json!({"answers": []}))
            }
            Operation::ReadCompetencies => Call::get(&format!("{training}/competencies")),
            Operation::ReadGaps => Call::get(&format!("{training}/gaps")),
            Operation::ReadPersonDashboard => Call::get(&format!("{training}/dashboard")),
            Operation::ReadPlan => Call::get(&format!("{training}/plan")),
            Operation::PlanLearner => Call::new("POST", &format!("{training}/plan")),
            Operation::AssignCourse => Call::post(&format!("{training}/assignments"), &json!({"course_id": course})),
            Operation::ExtendAssignment => {
                if allowed {
                    assigned();
                }
                let body = json!({"due": day(40), "reason": "On holiday"});
                Call::post(&format!("{training}/assignments/{course}/extension"), &body)
            }
            Operation::CancelAssignment => {
                let version = if allowed { assigned().etag() } else { OLD.to_owned() };
                Call::delete(&format!("{training}/assignments/{course}")).version(&version)
            }
            Operation::ReportCompletion => {
                let body = json!({"course_id": course, "completed_on": day(-1)});
                Call::post(&format!("{training}/completions"), &body)
            }
            Operation::CheckCompletion => {
                let completion = if allowed { self.waiting(&person) } else { course.clone() };
                Call::post(&format!("{training}/completions/{completion}/check"), &json!({"accepted": true}))
            }
            Operation::GrantExemption => {
                let body = json!({"course_id": course, "reason": "Teaches it", "until": day(30)});
                Call::post(&format!("{training}/exemptions"), &body)
            }
            Operation::EndExemption => {
                let body = json!({"course_id": course, "reason": "Teaches it", "until": day(30)});
                let granted =
                    allowed.then(|| Call::post(&format!("{training}/exemptions"), &body).by_admin().send().is(201));
                let exemption = granted.map_or_else(|| course.clone(), |answer| answer.text_at("id"));
                let version = if allowed { file() } else { OLD.to_owned() };
                Call::delete(&format!("{training}/exemptions/{exemption}")).version(&version)
            }
            Operation::ListCertificates => Call::get(&format!("{training}/certificates")),
            Operation::CreateEvidenceUpload => {
                Call::post(&format!("{training}/evidence"), &json!({"length": 1, "sha256": "0f".repeat(32)}))
            }
            Operation::RecordCertificate => {
                Call::post(&format!("{training}/certificates"), &certificates::document(&fresh()))
            }
            Operation::ChangeCertificate
            | Operation::WithdrawCertificate
            | Operation::CheckCertificate
            | Operation::ReadEvidence => self.on_certificate(operation, &person, allowed),
            Operation::ListRequests => Call::get(&format!("{training}/requests")),
            Operation::AskForCourse => {
                let course = if allowed { requests::outside_course(self.town, &fresh()) } else { course.clone() };
                Call::post(&format!("{training}/requests"), &requests::wish(&course))
            }
            Operation::ReadRequest
            | Operation::DecideRequest
            | Operation::ProvideRequest
            | Operation::WithdrawRequest => self.on_request(operation, &person, allowed),
            Operation::ReadBooking => Call::get(&format!("{}/bookings/{}", self.session(allowed, 60), person.id)),
            Operation::BookSeat => {
                Call::new("PUT", &format!("{}/bookings/{}", self.session(allowed, 60), person.id)).version("\"0\"")
            }
            Operation::GiveSeatBack => {
                let seat = format!("{}/bookings/{}", self.session(allowed, 60), person.id);
                if allowed {
                    Call::new("PUT", &seat).by_admin().version("\"0\"").send().is(200);
                }
                Call::delete(&seat).version(OLD)
            }
            other => panic!("{} does not act on a person", other.id()),
        }
    }

    /// An assessment over a question of its own.
    fn assessment(&self) -> String {
        let terms = assessment_terms(&self.area(true));
        let new = json!({"code": format!("t-{}", fresh()), "terms": terms});
        Call::post("/training/assessments", &new).by_admin().send().is(201).text_at("id")
    }

    /// The area of a question that is in the bank.
    fn area(&self, really: bool) -> String {
        if !really {
            return "nothing".to_owned();
        }
        Call::post("/training/questions", &self.question()).by_admin().send().is(201).text_at("area")
    }

    fn question(&self) -> Value {
        json!({
            "area": format!("area-{}", fresh()), "kind": "single", "text": "Which one?", "right": ["a"],
            "options": [{"id": "a", "text": "this"}, {"id": "b", "text": "that"}],
        })
    }

    /// An attempt that the caller started, before any role where that role keeps them from it.
    fn started(&self, training: &str, really: bool) -> String {
        if !really {
            return fresh_id();
        }
        let start = json!({"assessment_id": self.assessment()});
        let made = Call::post(&format!("{training}/attempts"), &start).by(&self.caller.before).send().is(201);
        made.json()["attempt"]["id"].as_str().unwrap().to_owned()
    }

    fn own_subject(&self) -> Value {
        let who = self.caller.who.as_ref().unwrap();
        json!({"issuer": Stack::get().issuer, "subject": who.subject})
    }

    fn link_of(&self, person: &Person) -> Value {
        json!({"issuer": Stack::get().issuer, "subject": format!("{}-{}", person.id, self.town.tag)})
    }

    /// A self-report that is in the sample. One in ten is, so the person reports day after day until one is.
    fn waiting(&self, person: &Person) -> String {
        let who = self.town.sign_in(person, &[]);
        (1..300)
            .find_map(|days| {
                let body = json!({"course_id": self.course.id, "completed_on": day(-days)});
                let path = format!("/training/people/{}/completions", person.id);
                let made = Call::post(&path, &body).by(&who.token).send().is(201);
                (made.json()["waiting"] == true).then(|| made.text_at("id"))
            })
            .unwrap()
    }

    fn on_team(&self, operation: Operation, relation: Relation, allowed: bool) -> Call {
        let own = relation == Relation::Teams;
        let team = if own { &self.caller.team } else { &self.caller.elsewhere };
        let ended = matches!(operation, Operation::MergeTeam | Operation::SplitTeam);
        let team: Team = if ended && allowed { self.town.team(&fresh()) } else { team.clone() };
        let base = format!("/directory/teams/{}", team.id);
        let part = |word: &str| self.town.team_body(&format!("{word}{}", fresh()));
        match operation {
            Operation::ReadTeam => Call::get(&base),
            Operation::ListTeamMembers => Call::get(&format!("{base}/members")),
            Operation::ChangeTeam => {
                let etag = Call::get(&base).by_admin().send().is(200).etag();
                Call::patch(&base, &json!({"name": "Another name"})).version(&etag)
            }
            Operation::MergeTeam => Call::post(&format!("{base}/merge"), &json!({"into": self.caller.elsewhere.id})),
            Operation::SplitTeam => Call::post(&format!("{base}/split"), &json!({"parts": [part("a"), part("b")]})),
            Operation::CreateWorkload => Call::post("/directory/workloads", &self.workload(&team)),
            Operation::ReadWorkload | Operation::ChangeWorkload => {
                let made = Call::post("/directory/workloads", &self.workload(&team)).by_admin().send().is(201);
                let path = format!("/directory/workloads/{}", made.text_at("workload_id"));
                if operation == Operation::ReadWorkload {
                    Call::get(&path)
                } else {
                    Call::patch(&path, &json!({"tier": 3})).version(&made.etag())
                }
            }
            Operation::ReadTeamTraining => Call::get(&format!("/training/teams/{}", team.id)),
            Operation::ReadTeamDashboard => Call::get(&format!("/training/teams/{}/dashboard", team.id)),
            Operation::ReadTeamMatrix => Call::get(&format!("/training/teams/{}/matrix", team.id)),
            other => panic!("{} does not act on a team", other.id()),
        }
    }

    fn workload(&self, team: &Team) -> Value {
        let code = format!("w-{}", fresh());
        json!({"code": code, "name": code, "owner_id": team.id, "tier": 2, "kind": "service"})
    }

    fn on_program(&self, operation: Operation, allowed: bool) -> Call {
        match operation {
            Operation::ReadMe => Call::get("/directory/me"),
            Operation::ListPeople => Call::get("/directory/people"),
            Operation::CreatePerson => Call::post("/directory/people", &self.town.person_body(&fresh())),
            Operation::ListTeams => Call::get("/directory/teams"),
            Operation::CreateTeam => Call::post("/directory/teams", &self.town.team_body(&fresh())),
            Operation::ListWorkloads => Call::get("/directory/workloads"),
            Operation::CreateDirectoryUpload => upload("directory"),
            Operation::CreateTrainingUpload => upload("training"),
            Operation::StartDirectoryImport => Call::post("/directory/imports", &self.teams_file()),
            Operation::StartTrainingImport => Call::post("/training/imports", &self.courses_file()),
            Operation::ReadDirectoryImport => started("/directory/imports", &self.teams_file(), allowed),
            Operation::ReadTrainingImport => started("/training/imports", &self.courses_file(), allowed),
            Operation::ReadProgramSettings => Call::get("/program/settings"),
            Operation::ReadTrainingSettings => Call::get("/training/settings"),
            Operation::ChangeProgramSettings => same_again("/program/settings"),
            Operation::ChangeTrainingSettings => same_again("/training/settings"),
            Operation::ListMails => Call::get(&format!("/program/mails?day={}", day(0))),
            Operation::ReadMail => some_mail(),
            Operation::ListCourses => Call::get("/training/courses"),
            Operation::ReadCourse => Call::get(&format!("/training/courses/{}", self.course.id)),
            Operation::CreateCourse => Call::post("/training/courses", &self.town.course_body(&fresh())),
            Operation::ChangeCourse => {
                let path = format!("/training/courses/{}", self.course.id);
                let etag = Call::get(&path).by_admin().send().is(200).etag();
                Call::patch(&path, &json!({"validity_months": 12})).version(&etag)
            }
            Operation::GiveCourseFeedback => {
                let completion = if allowed { self.completed() } else { fresh_id() };
                let body = json!({"completion_id": completion, "relevance": 5, "quality": 4, "confidence": 3});
                Call::post(&format!("/training/courses/{}/feedback", self.course.id), &body)
            }
            Operation::ReadCourseFeedback => Call::get(&format!("/training/courses/{}/feedback", self.course.id)),
            Operation::AnswerCourseFeedback => {
                let path = format!("/training/courses/{}/feedback/notes", self.course.id);
                Call::post(&path, &json!({"text": "There is a lab now"}))
            }
            Operation::ReadCourseEffectiveness => {
                Call::get(&format!("/training/courses/{}/effectiveness", self.course.id))
            }
            Operation::RankCourses => Call::get("/training/effectiveness"),
            Operation::ListPaths => Call::get("/training/paths"),
            Operation::ReadPath => Call::get("/training/paths/tester"),
            Operation::ChangePath => {
                let found = Call::get("/training/paths/tester").by_admin().send().is(200);
                Call::put("/training/paths/tester", &json!({"steps": found.json()["steps"]})).version(&found.etag())
            }
            Operation::ListQuestions => Call::get("/training/questions"),
            Operation::CreateQuestion => Call::post("/training/questions", &self.question()),
            Operation::ReadQuestion | Operation::ChangeQuestion => {
                let made = Call::post("/training/questions", &self.question()).by_admin().send().is(201);
                let path = format!("/training/questions/{}", made.text_at("id"));
                if operation == Operation::ReadQuestion {
                    Call::get(&path)
                } else {
                    Call::put(&path, &self.question()).version(&made.etag())
                }
            }
            Operation::ListAssessments => Call::get("/training/assessments"),
            Operation::CreateAssessment => {
                let terms = assessment_terms(&self.area(allowed));
                Call::post("/training/assessments", &json!({"code": format!("t-{}", fresh()), "terms": terms}))
            }
            Operation::ReadAssessment => Call::get(&format!("/training/assessments/{}", self.assessment())),
            Operation::ChangeAssessment => {
                let path = format!("/training/assessments/{}", self.assessment());
                Call::put(&path, &assessment_terms(&self.area(allowed))).version(OLD)
            }
            Operation::ListReports => Call::get("/training/reports"),
            Operation::ListChecks => Call::get("/training/checks"),
            Operation::RecordRoster => {
                let people = if allowed { vec![self.subject(Relation::Others, false).id] } else { vec![fresh_id()] };
                let body = json!({"date": day(-1), "people": people});
                Call::post(&format!("/training/courses/{}/roster", self.course.id), &body)
            }
            Operation::ReadDepartmentTraining => {
                Call::get(&format!("/training/departments/{}", self.caller.team.department))
            }
            Operation::ReadCompanyTraining => Call::get("/training/company"),
            Operation::ListMaterials
            | Operation::AddMaterial
            | Operation::ReadMaterial
            | Operation::ChangeMaterial
            | Operation::UploadMaterial
            | Operation::ConfirmMaterial
            | Operation::DownloadMaterial => self.on_material(operation),
            Operation::ListOpenRequests => Call::get("/training/requests"),
            Operation::ListReportRequests => Call::get("/training/reports/requests"),
            Operation::ListArticles => Call::get("/training/guidance"),
            Operation::CreateArticle => Call::post("/training/guidance", &guidance::document(self.town, &fresh())),
            Operation::ReadArticle => Call::get(&self.article()),
            Operation::ChangeArticle => {
                let body = guidance::document(self.town, &fresh());
                let path = if allowed {
                    let made = Call::post("/training/guidance", &body).by_admin().send().is(201);
                    format!("/training/guidance/{}", made.text_at("id"))
                } else {
                    self.article()
                };
                Call::put(&path, &body).version(OLD)
            }
            Operation::SetArticleState => {
                Call::put(&format!("{}/state", self.article()), &json!({"state": "retired"})).version("\"2\"")
            }
            Operation::GiveArticleFeedback => {
                Call::put(&format!("{}/feedback", self.article()), &json!({"helpful": true})).version("\"2\"")
            }
            Operation::ListArticleFeedback => Call::get(&format!("{}/feedback", self.article())),
            Operation::StartReminderRun => Call::post("/training/runs", &json!({})),
            Operation::ReadReminderRun => started("/training/runs", &json!({}), allowed),
            Operation::ListSessions => Call::get("/training/sessions"),
            Operation::PlanSession => Call::post("/training/sessions", &self.session_body(60)),
            Operation::ReadSession => Call::get(&self.session(true, 60)),
            Operation::ChangeSession => Call::patch(&self.session(true, 60), &json!({"seats": 7})).version(OLD),
            Operation::CancelSession => Call::new("POST", &format!("{}/cancellation", self.session(true, 60))),
            Operation::ListBookings => Call::get(&format!("{}/bookings", self.session(true, 60))),
            Operation::RecordSessionRoster => {
                // Nobody was there before it began.
                let starts = minute(1);
                let session = self.session(true, 1);
                if allowed {
                    until("the session began", || (minute(0) >= starts).then_some(()));
                }
                let person = self.subject(Relation::Others, false).id;
                Call::post(&format!("{session}/roster"), &json!({"people": [person], "walk_ins": true}))
            }
            other => panic!("{} acts on something", other.id()),
        }
    }

    fn session_body(&self, minutes: i64) -> Value {
        json!({
            "course_id": self.course.id, "starts": minute(minutes), "minutes": 30, "time_zone": "Etc/UTC",
            "place": "Room 1", "seats": 5,
        })
    }

    /// The path of a session that begins in some minutes, or of none.
    fn session(&self, really: bool, minutes: i64) -> String {
        if !really {
            return format!("/training/sessions/{}", fresh_id());
        }
        let made = Call::post("/training/sessions", &self.session_body(minutes)).by_admin().send().is(201);
        format!("/training/sessions/{}", made.text_at("id"))
    }

    /// A completion of the course by the caller.
    fn completed(&self) -> String {
        let who = &self.caller.who.as_ref().unwrap().person;
        let roster = json!({"date": day(-1), "people": [who.id]});
        Call::post(&format!("/training/courses/{}/roster", self.course.id), &roster).by_admin().send().is(200);
        let file = Call::get(&format!("/training/people/{}", who.id)).by_admin().send().is(200).json();
        let mut completions = file["completions"].as_array().into_iter().flatten();
        let found = completions.find(|it| it["course_id"] == self.course.id.as_str() && it["source"] == "roster");
        found.and_then(|it| it["id"].as_str()).unwrap().to_owned()
    }

    /// The path of a published article.
    fn article(&self) -> String {
        guidance::published(self.town, &fresh())
    }

    fn teams_file(&self) -> Value {
        json!({"kind": "teams", "csv": format!("code,name,department\nf-{},Of a file,files\n", self.town.tag)})
    }

    fn courses_file(&self) -> Value {
        let row = format!("f-{},Of a file,course,internal,1", self.town.tag);
        json!({"kind": "courses", "csv": format!("code,title,format,provider,hours\n{row}\n")})
    }
}

fn assessment_terms(area: &str) -> Value {
    json!({
        "title": "A test", "purpose": "annual", "sections": [{"area": area, "questions": 1}], "pass_mark": 50,
        "minutes": 30, "attempts": 3,
    })
}

fn fresh_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn upload(system: &str) -> Call {
    Call::post(&format!("/{system}/uploads"), &json!({"length": 1, "sha256": "0f".repeat(32)}))
}

/// Reads long work that the program lead started.
fn started(path: &str, body: &Value, really: bool) -> Call {
    if !really {
        return Call::get(&format!("{path}/{}", fresh_id()));
    }
    let started = Call::post(path, body).by_admin().send().is(202);
    Call::get(started.header("location"))
}

fn same_again(path: &str) -> Call {
    let found = Call::get(path).by_admin().send().is(200);
    Call::put(path, &found.json()).version(&found.etag())
}

/// Any mail there is.
fn some_mail() -> Call {
    until("some mail was written", || {
        (0..8).find_map(|days| {
            let listing = Call::get(&format!("/program/mails?limit=1&day={}", day(-days))).by_admin().send().is(200);
            let mail = listing.items().first().cloned()?;
            let path = format!("/program/mails/{}/{}", mail["person_id"].as_str()?, mail["mail_id"].as_str()?);
            Some(Call::get(&path))
        })
    })
}
