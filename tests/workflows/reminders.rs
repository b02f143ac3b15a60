//! The walk of one reminder: from a date to a run, a mail, a link and what it changes; then feedback about the address.

use serde_json::{Value, json};

use crate::http::harness::{Answer, Call, Course, Person, Stack, Town, aws, day, mails_to, step_functions, until};

/// Asks a course of a person, due on a rung of the ladder.
fn ask(person: &Person, course: &Course, due: i32) {
    let body = json!({"course_id": course.id, "due": day(due)});
    Call::post(&format!("/training/people/{}/assignments", person.id), &body).by_admin().send().is(200);
}

/// Runs the reminder cycle and waits for its end.
pub(crate) fn remind() -> Value {
    let started = Call::post("/training/runs", &json!({"ignore_send_hour": true})).by_admin().send().is(202);
    let location = started.header("location").to_owned();
    assert!(location.contains("/training/runs/"), "{location}");
    let report = until("the reminder run ended", || {
        let run = Call::get(&location).by_admin().send().is(200).json();
        (run["state"] == "finished").then_some(run)
    });
    assert_eq!(report["failed"], 0, "{report}");
    report
}

/// What the program says of a person's mails of today.
fn written(person: &Person) -> Vec<Value> {
    let mut found = Vec::new();
    let mut next = Some(format!("?limit=200&day={}", day(0)));
    while let Some(query) = next {
        let page = Call::get(&format!("/program/mails{query}")).by_admin().send().is(200);
        found.extend(page.items().into_iter().filter(|mail| mail["person_id"] == json!(person.id)));
        next = page.next_page();
    }
    found
}

/// The link of a course in a mail's text: it stands under the course's title.
fn link_of(mail: &Value, town: &Town) -> String {
    let text = mail["BodyText"].as_str().unwrap();
    let (_, after) = text.split_once(&format!("About c {}", town.tag)).unwrap_or_else(|| panic!("no course: {text}"));
    let word = after.split_whitespace().find(|word| word.contains("/training/links/"));
    word.unwrap_or_else(|| panic!("no link: {text}")).to_owned()
}

fn answer(link: &str, form: &str) -> Answer {
    Call::new("POST", link).raw("application/x-www-form-urlencoded", form).send()
}

fn status(person: &Person, course: &Course) -> Value {
    let file = Call::get(&format!("/training/people/{}", person.id)).by_admin().send().is(200).json();
    let found = file["assignments"].as_array().unwrap().iter().find(|it| it["course_id"] == json!(course.id)).cloned();
    found.unwrap_or_else(|| panic!("nothing was asked: {file}"))["status"].clone()
}

/// A person with one course that is due soon, and the one mail about it.
fn reminded(town: &Town) -> (Person, Course, Value) {
    // The person last: whoever is there may be asked for tests by another test's run, and has had the day's digest then.
    let (course, ada) = (town.course("c"), town.person("ada"));
    ask(&ada, &course, 5);
    remind();
    let mail = until("the mail left the house", || mails_to(&ada.email).first().cloned());
    (ada, course, mail)
}

#[test]
fn a_reminder_goes_from_a_date_to_a_mail_and_its_link_acts_once() {
    let town = Town::new();
    let (ada, course, mail) = reminded(&town);
    assert!(mail["BodyText"].as_str().unwrap().contains(&ada.name), "{mail}");
    assert!(mail["BodyHtml"].as_str().unwrap().contains("/training/links/"), "{mail}");
    until("the mail is marked as sent", || {
        (written(&ada).iter().filter(|line| line["state"] == "sent").count() == 1).then_some(())
    });

    let link = link_of(&mail, &town);
    for _ in 0..3 {
        let page = Call::get(&link).send().is(200);
        assert!(page.header("content-type").starts_with("text/html"));
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert!(page.header("cache-control").contains("no-store"));
        assert!(!page.text.contains("<script"), "{}", page.text);
    }
    assert_eq!(status(&ada, &course), "open", "opening a link never acts");
    assert_eq!(answer(&link, "action=dance").status, 422);
    assert_eq!(answer(&link, &format!("action=done&completed_on={}", day(9))).status, 422);
    assert_eq!(Call::new("POST", &link).json(&json!({"action": "done"})).send().status, 422);
    assert_eq!(status(&ada, &course), "open", "what is not possible changes nothing");

    answer(&link, &format!("action=done&completed_on={}", day(0))).is(200);
    assert!(["completed", "waiting"].contains(&status(&ada, &course).as_str().unwrap()));
    for _ in 0..2 {
        answer(&link, &format!("action=done&completed_on={}", day(-1))).is(410);
    }
    Call::get(&link).send().is(410);
    let file = Call::get(&format!("/training/people/{}", ada.id)).by_admin().send().is(200).json();
    let done = file["completions"].as_array().unwrap().iter().filter(|it| it["course_id"] == json!(course.id)).count();
    assert_eq!(done, 1, "{file}");

    remind();
    remind();
    let about = |mail: &&Value| mail["BodyText"].as_str().unwrap().contains(&format!("About c {}", town.tag));
    assert_eq!(mails_to(&ada.email).iter().filter(about).count(), 1, "a rung is told once");
}

#[test]
fn of_two_who_press_at_once_one_acts() {
    let town = Town::new();
    let (ada, course, mail) = reminded(&town);
    let link = link_of(&mail, &town);
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let racing: Vec<_> = (0..6).map(|_| scope.spawn(|| answer(&link, "action=more_time").status)).collect();
        racing.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| [200, 410, 503].contains(status)), "{answers:?}");
    assert_eq!(status(&ada, &course), "open", "more time is asked for, not taken");
    let file = Call::get(&format!("/training/people/{}", ada.id)).by_admin().send().is(200).json();
    let asked = file["assignments"].as_array().unwrap().iter().any(|it| it["ask"]["kind"] == "more_time");
    assert!(asked, "{file}");
}

#[test]
fn a_link_that_was_made_up_does_nothing() {
    let town = Town::new();
    let (ada, course, mail) = reminded(&town);
    let link = link_of(&mail, &town);
    let (base, token) = link.rsplit_once('/').unwrap();
    let (claims, signature) = token.split_once('.').unwrap();
    let other: String = signature.chars().rev().collect();
    let elsewhere = mails_to(&ada.email).len();
    let forged = [
        format!("{claims}.{other}"),
        format!("{claims}."),
        format!(".{signature}"),
        claims.to_owned(),
        format!("{claims}x.{signature}"),
        "x".repeat(3000),
        "..".to_owned(),
        "%00".to_owned(),
    ];
    for token in forged {
        let page = Call::get(&format!("{base}/{token}")).send();
        assert_eq!(page.status, 404, "{token}: {}", page.text);
        assert_eq!(answer(&format!("{base}/{token}"), "action=done").status, 404, "{token}");
    }
    assert_eq!(status(&ada, &course), "open");
    assert_eq!(mails_to(&ada.email).len(), elsewhere);
}

#[test]
fn a_link_about_leave_becomes_an_absence() {
    let town = Town::new();
    let (ada, _, mail) = reminded(&town);
    let link = link_of(&mail, &town);
    answer(&link, "action=on_leave").is(422);
    answer(&link, &format!("action=on_leave&until={}", day(14))).is(200);
    until("the directory knows of the absence", || {
        let person = Call::get(&format!("/directory/people/{}", ada.id)).by_admin().send().is(200).json();
        let absences = person["private"]["absences"].as_array().unwrap().clone();
        absences.iter().any(|absence| absence["until"] == json!(day(14))).then_some(())
    });
}

#[test]
fn nobody_is_told_twice_however_many_runs_there_are() {
    let town = Town::new();
    let people: Vec<Person> = (0..4).map(|number| town.person(&format!("p{number}"))).collect();
    let course = town.course("c");
    for person in &people {
        ask(person, &course, 1);
    }
    std::thread::scope(|scope| {
        let racing: Vec<_> = (0..3).map(|_| scope.spawn(remind)).collect();
        racing.into_iter().for_each(|one| drop(one.join().unwrap()));
    });
    remind();
    for person in &people {
        let told = until("everyone was told", || Some(mails_to(&person.email)).filter(|mails| !mails.is_empty()));
        assert_eq!(told.len(), 1, "{}", person.email);
    }
}

#[test]
fn a_repeated_order_runs_once() {
    let key = crate::http::harness::fresh();
    let order = || Call::post("/training/runs", &json!({"ignore_send_hour": true})).by_admin().key(&key).send().is(202);
    let (first, again) = (order(), order());
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(first.header("location"), again.header("location"));
    let id = first.text_at("id");
    until("the run ended", || {
        let run = Call::get(&format!("/training/runs/{id}")).by_admin().send().is(200).json();
        (run["state"] == "finished").then_some(())
    });
    let machine = Stack::get().output("ReminderMachineArn");
    let arn = format!("{}:{id}", machine.replace(":stateMachine:", ":execution:"));
    let execution = step_functions("DescribeExecution", &json!({"executionArn": arn}));
    assert_eq!(execution["status"], "SUCCEEDED", "{execution}");
    // A run carries counts and cursors, never people.
    for part in ["input", "output"] {
        let text = execution[part].as_str().unwrap_or_default();
        assert!(text.len() < 32 * 1024, "{part} is {} bytes", text.len());
        assert!(!text.contains('@'), "{part} names somebody: {text}");
    }
    let history = step_functions("GetExecutionHistory", &json!({"executionArn": arn, "maxResults": 1000}));
    let events = history["events"].as_array().unwrap();
    assert!(events.len() < 5000, "{} events of at most 25,000", events.len());
    let largest = events.iter().map(|event| event.to_string().len()).max().unwrap();
    assert!(largest < 64 * 1024, "an event of {largest} bytes");
    assert!(!history.to_string().contains("@example.com"), "the history names somebody");
}

#[test]
fn an_address_that_bounced_is_written_to_no_more() {
    let town = Town::new();
    let address = town.person_body("bob")["email"].clone();
    let later = town.course("later");
    let (ada, _, mail) = reminded(&town);
    let line = until("the mail is marked as sent", || written(&ada).into_iter().find(|line| line["state"] == "sent"));
    let event = json!({
        "eventType": "Bounce",
        "bounce": {
            "bounceType": "Permanent", "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": ada.email}, {"emailAddress": address}], "feedbackId": "f",
        },
        "mail": {
            "messageId": mail["MessageId"],
            "tags": {"person": [ada.id], "mail": [line["mail_id"]]},
        },
    });
    publish(&event);
    until("the bounce is known", || written(&ada).into_iter().find(|line| line["state"] == "failed"));
    let bob = town.person("bob");
    ask(&bob, &later, 1);
    remind();
    until("the mail is suppressed", || written(&bob).into_iter().find(|line| line["state"] == "suppressed"));
    assert!(mails_to(&bob.email).is_empty());
    assert_eq!(mails_to(&ada.email).len(), 1);
}

/// Publishes to the topic that SES would publish to.
fn publish(event: &Value) {
    let topic = Stack::get().output("MailFeedbackTopicArn");
    let form = [("Action", "Publish"), ("Version", "2010-03-31"), ("TopicArn", topic)];
    let form: Vec<String> = form
        .into_iter()
        .map(|(name, value)| format!("{name}={}", crate::http::harness::cast::percent(value)))
        .chain([format!("Message={}", crate::http::harness::cast::percent(&event.to_string()))])
        .collect();
    let scope = "Credential=test/20260101/us-east-1/sns/aws4_request";
    Call::new("POST", &format!("{}/", Stack::get().endpoint))
        .header("authorization", &format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"))
        .raw("application/x-www-form-urlencoded", form.join("&"))
        .send()
        .is(200);
}

#[test]
fn nothing_is_left_in_a_dead_letter_queue() {
    for name in ["MailDeadLetterUrl", "FeedbackDeadLetterUrl", "ReactionsDeadLetterUrl", "RelayDeadLetterUrl"] {
        let body = json!({
            "QueueUrl": Stack::get().output(name),
            "AttributeNames": ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        });
        let found = aws("sqs", "AmazonSQS.GetQueueAttributes", &body);
        assert_eq!(found["Attributes"]["ApproximateNumberOfMessages"], "0", "{name}: {found}");
    }
}
