//! People, teams and courses of one test alone, so that tests neither see nor disturb each other, and sign-ins the way
//! real clients do them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Call, Stack, aws, fresh};

const PASSWORD: &str = "Of-this-test-only-1!";

/// The small place a test lives in.
pub(crate) struct Town {
    /// What every name of this test ends with.
    pub(crate) tag: String,
}

/// A team made for a test.
#[derive(Debug, Clone)]
pub(crate) struct Team {
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) department: String,
}

/// A person made for a test.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) name: String,
}

/// A course made for a test.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    pub(crate) id: String,
    pub(crate) code: String,
}

/// Someone who signed in.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) person: Person,
    /// The person's subject at the identity provider.
    pub(crate) subject: String,
    pub(crate) token: String,
}

fn with(mut body: Value, more: Value) -> Value {
    let (Some(all), Value::Object(more)) = (body.as_object_mut(), more) else { panic!("objects are merged") };
    all.extend(more);
    body
}

impl Town {
    pub(crate) fn new() -> Self {
        Self { tag: fresh() }
    }

    /// A word of this test's own.
    pub(crate) fn word(&self, word: &str) -> String {
        format!("{word}-{}", self.tag)
    }

    /// What makes a team.
    pub(crate) fn team_body(&self, word: &str) -> Value {
        json!({"code": self.word(word), "name": format!("Team {word} {}", self.tag), "department": self.word("dep")})
    }

    pub(crate) fn team(&self, word: &str) -> Team {
        self.team_with(word, json!({}))
    }

    pub(crate) fn team_with(&self, word: &str, more: Value) -> Team {
        let made = Call::post("/directory/teams", &with(self.team_body(word), more)).by_admin().send().is(201);
        Team { id: made.text_at("team_id"), code: made.text_at("code"), department: made.text_at("department") }
    }

    /// What makes a person. Their days are those of UTC, as the tests' are.
    pub(crate) fn person_body(&self, word: &str) -> Value {
        json!({
            "email": format!("{word}.{}@example.com", self.tag), "name": format!("{word} {}", self.tag),
            "job_role": "developer", "country": "DE", "time_zone": "Etc/UTC", "start": "2024-01-01",
        })
    }

    pub(crate) fn person(&self, word: &str) -> Person {
        self.person_with(word, json!({}))
    }

    pub(crate) fn person_with(&self, word: &str, more: Value) -> Person {
        let made = Call::post("/directory/people", &with(self.person_body(word), more)).by_admin().send().is(201);
        Person { id: made.text_at("person_id"), email: made.text_at("email"), name: made.text_at("name") }
    }

    /// A person whose primary team this is.
    pub(crate) fn member(&self, word: &str, team: &Team) -> Person {
        self.person_with(word, json!({"teams": [member_of(&team.id)]}))
    }

    /// What makes a course.
    pub(crate) fn course_body(&self, word: &str) -> Value {
        json!({
            "code": format!("{word}-{}", self.tag), "title": format!("About {word} {}", self.tag), "format": "course",
            "provider": "internal", "hours": 1, "languages": ["en"],
        })
    }

    pub(crate) fn course(&self, word: &str) -> Course {
        self.course_with(word, json!({}))
    }

    pub(crate) fn course_with(&self, word: &str, more: Value) -> Course {
        // The catalogue is one thing: tests that change it at once are in each other's way, and try again.
        let call = Call::post("/training/courses", &with(self.course_body(word), more)).by_admin();
        let made = (0..50).map(|_| call.clone().send()).find(|answer| answer.status != 409).unwrap().is(201);
        Course { id: made.text_at("id"), code: made.text_at("code") }
    }

    /// Puts a person at the head of a team.
    pub(crate) fn make_lead(&self, team: &Team, person: &Person) {
        let path = format!("/directory/teams/{}", team.id);
        let etag = Call::get(&path).by_admin().send().is(200).etag();
        Call::patch(&path, &json!({"lead_ids": [person.id]})).by_admin().version(&etag).send().is(200);
    }

    /// Lets a person sign in, as a member of groups, and signs them in.
    pub(crate) fn sign_in(&self, person: &Person, groups: &[&str]) -> Who {
        let stack = Stack::get();
        let subject = sign_up(&person.email, groups);
        let path = format!("/directory/people/{}", person.id);
        let etag = Call::get(&path).by_admin().send().is(200).etag();
        let link = json!({"issuer": stack.issuer, "subject": subject});
        Call::put(&format!("{path}/subject"), &link).by_admin().version(&etag).send().is(200);
        Who { person: person.clone(), subject, token: token_of(&person.email) }
    }
}

/// A membership from long ago on, as primary team.
pub(crate) fn member_of(team: &str) -> Value {
    json!({"team_id": team, "from": "2024-01-01", "primary": true})
}

fn cognito(operation: &str, more: Value) -> Value {
    let body = with(json!({"UserPoolId": Stack::get().output("UserPoolId")}), more);
    aws("cognito-idp", &format!("AWSCognitoIdentityProviderService.{operation}"), &body)
}

/// A user of the pool who can sign in; returns its subject.
pub(crate) fn sign_up(email: &str, groups: &[&str]) -> String {
    let attributes = json!([{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]);
    let user = json!({"Username": email, "MessageAction": "SUPPRESS", "UserAttributes": attributes});
    cognito("AdminCreateUser", with(user, json!({"TemporaryPassword": PASSWORD})));
    cognito("AdminSetUserPassword", json!({"Username": email, "Password": PASSWORD, "Permanent": true}));
    join(email, groups);
    let user = cognito("AdminGetUser", json!({"Username": email}));
    let attributes = user["UserAttributes"].as_array().cloned().unwrap_or_default();
    let subject = attributes.iter().find(|attribute| attribute["Name"] == "sub").map(|it| it["Value"].clone());
    subject.unwrap_or_else(|| user["Username"].clone()).as_str().unwrap().to_owned()
}

/// Puts a user of the pool into groups. Tokens from before say nothing of them.
pub(crate) fn join(email: &str, groups: &[&str]) {
    for group in groups {
        cognito("AdminAddUserToGroup", json!({"Username": email, "GroupName": group}));
    }
}

/// An access token by authorization code with PKCE.
pub(crate) fn token_of(email: &str) -> String {
    let stack = Stack::get();
    let client = stack.output("PortalClientId");
    let described = cognito("DescribeUserPoolClient", json!({"ClientId": client}));
    let back =
        described["UserPoolClient"]["CallbackURLs"][0].as_str().unwrap_or("http://localhost/callback").to_owned();
    let verifier = format!("{}{}{}{}{}", fresh(), fresh(), fresh(), fresh(), fresh());
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    let asked = [
        ("client_id", client),
        ("redirect_uri", &back),
        ("response_type", "code"),
        ("scope", "openid guildhall/use"),
        ("state", "s"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let signed_in = form("/login", &[&asked[..], &[("username", email), ("password", PASSWORD)]].concat()).is(302);
    let location = signed_in.header("location").to_owned();
    let code = location.split(['?', '&']).find_map(|part| part.strip_prefix("code="));
    let code = code.unwrap_or_else(|| panic!("the sign-in page gave no code: {location}"));
    let answer = form(
        "/oauth2/token",
        &[
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("code", code),
            ("redirect_uri", &back),
            ("code_verifier", &verifier),
        ],
    );
    answer.is(200).text_at("access_token")
}

fn form(path: &str, fields: &[(&str, &str)]) -> super::Answer {
    let encoded: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
    Call::new("POST", &format!("{}{path}", Stack::get().endpoint))
        .raw("application/x-www-form-urlencoded", encoded.join("&"))
        .send()
}

/// A value as a part of a query or a form.
pub(crate) fn percent(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let part = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    value.bytes().map(part).collect()
}

/// Parts of a JSON object by name, for tests that vary one of them.
pub(crate) fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}
