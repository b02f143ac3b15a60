//! The part of every OpenAPI 3.1 document that is the same everywhere: security scheme, problem and gateway-error
//! schemas, path and header parameters, and the refusals each operation can answer with. Functions generate paths and
//! schemas from their code; [`finish`] adds the rest by rules, so that no route can forget it.

use kernel::{Grant, Operation, Role};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{Kind, kinds};

/// What a document says of itself.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Its title.
    pub title: &'a str,
    /// What the API is for, in Markdown.
    pub description: &'a str,
    /// The kinds of problem this system adds.
    pub problems: &'a [Kind],
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Completes a generated document.
pub fn finish(generated: &impl Serialize, about: About<'_>) -> Value {
    let mut document = serde_json::to_value(generated).unwrap_or_default();
    document["openapi"] = json!("3.1.0");
    document["info"] = json!({
        "title": about.title,
        "description": about.description,
        "version": env!("CARGO_PKG_VERSION"),
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    });
    document["servers"] = json!([{"url": "/"}]);
    document["security"] = json!([{"token": []}]);
    let mut components = document["components"].as_object().cloned().unwrap_or_default();
    merge(&mut components, "schemas", schemas(about.problems));
    merge(&mut components, "responses", responses());
    merge(&mut components, "parameters", parameters());
    merge(
        &mut components,
        "securitySchemes",
        json!({"token": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "An OAuth 2.0 access token of the identity provider: people by authorization code with PKCE \
                            and scope `guildhall/use`, machines by client credentials with scope `guildhall/service`.",
        }}),
    );
    document["components"] = Value::Object(components);
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, item) in paths.iter_mut() {
            for method in METHODS {
                if let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) {
                    complete(path, method, operation);
                }
            }
        }
    }
    document
}

/// The document as it is checked in.
pub fn text(document: &Value) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

fn merge(components: &mut Map<String, Value>, name: &str, more: Value) {
    let slot = components.entry(name).or_insert_with(|| json!({}));
    if let (Some(slot), Value::Object(more)) = (slot.as_object_mut(), more) {
        slot.extend(more);
    }
}

fn complete(path: &str, method: &str, operation: &mut Map<String, Value>) {
    let public = operation.get("security").is_some();
    let changes = method != "get";
    let conditional = matches!(method, "put" | "patch" | "delete");
    let has_body = operation.contains_key("requestBody");

    let mut parameters = operation.remove("parameters").and_then(|p| p.as_array().cloned()).unwrap_or_default();
    parameters.retain(|parameter| parameter["in"] != "path");
    let has_query = parameters.iter().any(|parameter| parameter["in"] == "query");
    for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        let schema =
            if name.ends_with("_id") { json!({"type": "string", "format": "uuid"}) } else { json!({"type": "string"}) };
        parameters.push(json!({"name": name, "in": "path", "required": true, "schema": schema}));
    }
    if !public && conditional {
        parameters.push(json!({"$ref": "#/components/parameters/IfMatch"}));
    }
    if !public && method == "post" {
        parameters.push(json!({"$ref": "#/components/parameters/IdempotencyKey"}));
    }
    if !parameters.is_empty() {
        operation.insert("parameters".to_owned(), Value::Array(parameters));
    }

    let known = operation.get("operationId").and_then(Value::as_str);
    let known = known.and_then(|id| Operation::ALL.iter().find(|operation| operation.id() == id));
    let hidden = known.is_some_and(|known| !known.seen_by().contains(&Grant::Everyone));

    let mut codes = vec!["405", "429", "500", "503"];
    if !public {
        codes.extend(["401", "403"]);
        if path.contains('{') || changes || hidden {
            codes.push("404");
        }
        if has_query || changes {
            codes.push("400");
        }
        if has_body {
            codes.extend(["413", "415"]);
        }
        if changes {
            codes.extend(["409", "422"]);
        }
        if conditional {
            codes.extend(["412", "428"]);
        }
    }
    let answers = operation.entry("responses").or_insert_with(|| json!({}));
    if let Some(answers) = answers.as_object_mut() {
        for code in codes {
            answers
                .entry(code)
                .or_insert_with(|| json!({"$ref": format!("#/components/responses/{}", response_name(code))}));
        }
        // A public page may be refused before its own code runs: by a path that is none, or by the time limit.
        for code in ["404", "503"].into_iter().filter(|_| public) {
            let content = answers.get_mut(code).and_then(|answer| answer.get_mut("content"));
            if let Some(content) = content.and_then(Value::as_object_mut) {
                content
                    .entry("application/problem+json")
                    .or_insert_with(|| json!({"schema": {"$ref": "#/components/schemas/Problem"}}));
            }
        }
    }
    if let Some(known) = known {
        let list = |grants: &[Grant]| grants.iter().map(|grant| grant_name(*grant)).collect::<Vec<_>>();
        operation.insert("x-seen-by".to_owned(), json!(list(known.seen_by())));
        operation.insert("x-done-by".to_owned(), json!(list(known.done_by())));
        let not_for = known.not_for();
        if !not_for.is_empty() {
            operation.insert("x-not-for".to_owned(), json!(list(&not_for)));
        }
    }
}

const fn grant_name(grant: Grant) -> &'static str {
    match grant {
        Grant::Everyone => "any active person",
        Grant::Own => "the person themselves",
        Grant::Manager => "their direct manager",
        Grant::Member => "members of the team",
        Grant::Lead => "the team's lead",
        Grant::Role(Role::Builder) => "any active person",
        Grant::Role(Role::Manager) => "managers",
        Grant::Role(Role::TeamLead) => "team leads",
        Grant::Role(Role::Security) => "security",
        Grant::Role(Role::ProgramAdmin) => "program-admin",
        Grant::Role(Role::Service) => "service",
    }
}

fn response_name(code: &str) -> &'static str {
    match code {
        "400" => "Invalid",
        "401" => "Unauthenticated",
        "403" => "Forbidden",
        "404" => "NotFound",
        "405" => "MethodNotAllowed",
        "409" => "Conflict",
        "412" => "VersionMismatch",
        "413" => "BodyTooLarge",
        "415" => "UnsupportedMediaType",
        "422" => "Unprocessable",
        "428" => "PreconditionRequired",
        "429" => "TooManyRequests",
        "500" => "Internal",
        _ => "Unavailable",
    }
}

fn schemas(own: &[Kind]) -> Value {
    let codes: Vec<_> = kinds::ALL.iter().chain(own).map(|kind| kind.code).collect();
    json!({
        "Problem": {
            "type": "object",
            "description": "RFC 9457. Programs compare `code`.",
            "required": ["type", "title", "status", "code", "request_id"],
            "properties": {
                "type": {"type": "string", "format": "uri"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string"},
                "code": {"type": "string", "enum": codes},
                "errors": {"type": "array", "items": {
                    "type": "object", "required": ["path", "message"],
                    "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
                }},
                "request_id": {"type": "string"},
            },
        },
        "GatewayError": {
            "type": "object",
            "description": "What the gateway answers before the request reaches the program.",
            "required": ["message"],
            "properties": {"message": {"type": ["string", "null"]}},
        },
    })
}

fn parameters() -> Value {
    json!({
        "IfMatch": {
            "name": "If-Match", "in": "header", "required": true,
            "description": "The `ETag` of the version this changes.",
            "schema": {"type": "string", "pattern": "^\"[0-9]+\"$"},
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "A request that carries one takes effect once, however often it is repeated.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9._:-]+$"},
        },
    })
}

fn responses() -> Value {
    let problem = json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
    let both = json!({
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
        "application/json": {"schema": {"$ref": "#/components/schemas/GatewayError"}},
    });
    let mut all = Map::new();
    for (code, text, gateway) in [
        ("400", "Body, query or header is not what the operation takes.", true),
        ("401", "A valid access token is needed.", true),
        ("403", "Visible, but not allowed; or a scope or link to a person is missing.", true),
        ("404", "Nothing here, or nothing the caller may see.", true),
        ("405", "The method is not supported here.", false),
        ("409", "It collides with what is there, or a race was lost.", false),
        ("412", "It was changed since it was read.", false),
        ("413", "The body is too large.", true),
        ("415", "The body must be application/json.", false),
        ("422", "A rule is broken, or the idempotency key was used for another request.", false),
        ("428", "`If-Match` is missing.", false),
        ("429", "Too many requests.", true),
        ("500", "Our fault.", true),
        ("503", "Try again shortly.", true),
    ] {
        let content = if gateway { &both } else { &problem };
        let mut response = json!({"description": text, "content": content});
        if code == "503" || code == "429" {
            response["headers"] = json!({"Retry-After": {"schema": {"type": "integer"}}});
        }
        all.insert(response_name(code).to_owned(), response);
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_gets_the_refusals_it_can_answer_with() {
        let generated = json!({"paths": {"/training/courses/{course_id}": {
            "patch": {"operationId": "changeCourse", "requestBody": {}, "responses": {"200": {}}},
        }}});
        let document = finish(&generated, About { title: "T", description: "", problems: &[] });
        let operation = &document["paths"]["/training/courses/{course_id}"]["patch"];
        let codes: Vec<_> = operation["responses"].as_object().into_iter().flatten().map(|(code, _)| code).collect();
        assert_eq!(
            codes,
            ["200", "400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "428", "429", "500", "503"]
        );
        assert_eq!(operation["parameters"][0]["schema"]["format"], "uuid");
        assert_eq!(operation["x-done-by"], json!(["security", "program-admin"]));
    }

    #[test]
    fn an_operation_says_from_whom_it_is_kept() {
        let post = |id: &str| json!({"post": {"operationId": id, "responses": {"200": {}}}});
        let generated = json!({"paths": {"/a": post("startAttempt"), "/b": post("createCourse")}});
        let document = finish(&generated, About { title: "T", description: "", problems: &[] });
        let operation = |path: &str| document["paths"][path]["post"].clone();
        assert_eq!(operation("/a")["x-done-by"], json!(["the person themselves"]));
        assert_eq!(operation("/a")["x-not-for"], json!(["security", "program-admin"]));
        assert!(operation("/b").get("x-not-for").is_none());
    }

    #[test]
    fn a_listing_that_not_everybody_sees_may_be_answered_as_not_found() {
        let listing = |id: &str| json!({"get": {"operationId": id, "responses": {"200": {}}}});
        let generated = json!({"paths": {"/a": listing("rankCourses"), "/b": listing("listCourses")}});
        let document = finish(&generated, About { title: "T", description: "", problems: &[] });
        let answers = |path: &str| document["paths"][path]["get"]["responses"].clone();
        assert!(answers("/a").get("404").is_some() && answers("/b").get("404").is_none());
    }
}
