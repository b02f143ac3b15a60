//! Renders the reference page from OpenAPI documents. Everything that comes from a document is escaped.

use std::fmt::Write;

use serde_json::Value;

use super::Document;
use crate::kinds;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// How deep schemas are unfolded; deeper ones are named only.
const DEEPEST: usize = 4;

struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Text with `code` between backticks.
struct Prose<'a>(&'a str);

impl std::fmt::Display for Prose<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, part) in self.0.split('`').enumerate() {
            if index % 2 == 1 { write!(f, "<code>{}</code>", Escaped(part))? } else { write!(f, "{}", Escaped(part))? }
        }
        Ok(())
    }
}

struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    value: &'a Value,
}

impl<'a> Operation<'a> {
    fn text(&self, name: &str) -> &'a str {
        self.value[name].as_str().unwrap_or_default()
    }

    fn tag(&self) -> &'a str {
        self.value["tags"][0].as_str().unwrap_or("other")
    }
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut found: Vec<_> = document["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |method| item.get(*method).map(|value| Operation { method, path, value }))
        })
        .collect();
    let rank = |method| METHODS.iter().position(|known| *known == method);
    found.sort_by_key(|operation| (operation.tag(), operation.path, rank(operation.method)));
    found
}

/// The whole page.
pub(super) fn page(documents: &[Document]) -> String {
    let parsed: Vec<(&str, Value)> = documents
        .iter()
        .map(|document| (document.name, serde_json::from_str(document.json).unwrap_or_default()))
        .collect();
    let mut out = String::with_capacity(256 * 1024);
    // Writing to a String cannot fail.
    write(&mut out, &parsed).ok();
    out
}

fn write(out: &mut String, documents: &[(&str, Value)]) -> std::fmt::Result {
    out.push_str(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Guildhall API</title>\
         <link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"docs/reference.css\">\
         <script src=\"docs/reference.js\" defer></script></head><body><a class=\"skip\" href=\"#main\">To the operations</a>\
         <header><h1>Guildhall API</h1><p>",
    );
    for (name, document) in documents {
        let title = document["info"]["title"].as_str().unwrap_or(name);
        write!(out, "<a href=\"docs/{0}.json\">{1}: OpenAPI 3.1</a> ", Escaped(name), Escaped(title))?;
    }
    out.push_str(
        "</p></header><div class=\"frame\"><nav aria-label=\"Operations\"><details open><summary>Operations</summary>\
         <label class=\"search\" hidden>Find <input type=\"search\" id=\"find\" autocomplete=\"off\"></label>",
    );
    for (_, document) in documents {
        let mut tag = "";
        for operation in operations(document) {
            if operation.tag() != tag {
                if !tag.is_empty() {
                    out.push_str("</ul>");
                }
                tag = operation.tag();
                write!(out, "<h2>{}</h2><ul>", Escaped(tag))?;
            }
            write!(
                out,
                "<li data-find=\"{3} {4} {0}\"><a href=\"#{1}\"><b class=\"m {2}\">{2}</b> {0}</a></li>",
                Escaped(first_sentence(operation.text("summary"))),
                Escaped(operation.text("operationId")),
                operation.method,
                Escaped(operation.path),
                Escaped(operation.text("operationId")),
            )?;
        }
        if !tag.is_empty() {
            out.push_str("</ul>");
        }
    }
    out.push_str(
        "<h2>everywhere</h2><ul><li><a href=\"#problems\">Problems</a></li></ul></details></nav><main id=\"main\">",
    );
    for (_, document) in documents {
        write!(
            out,
            "<section class=\"about\"><h2>{}</h2>",
            Escaped(document["info"]["title"].as_str().unwrap_or_default())
        )?;
        for paragraph in document["info"]["description"].as_str().unwrap_or_default().split("\n\n") {
            write!(out, "<p>{}</p>", Prose(paragraph))?;
        }
        out.push_str("</section>");
        for operation in operations(document) {
            write_operation(out, document, &operation)?;
        }
    }
    out.push_str(
        "<section id=\"problems\"><h2>Problems</h2><p>Every refusal is <code>application/problem+json</code> (RFC 9457). \
         Programs compare <code>code</code>. What the gateway answers by itself is <code>{\"message\": …}</code>.</p>\
         <div class=\"scroll\"><table><thead><tr><th>Status</th><th>Code</th><th>Title</th></tr></thead><tbody>",
    );
    for kind in kinds::ALL {
        write!(
            out,
            "<tr><td>{}</td><td><code>{}</code></td><td>{}</td></tr>",
            kind.status,
            kind.code,
            Escaped(kind.title)
        )?;
    }
    out.push_str("</tbody></table></div></section></main></div></body></html>");
    Ok(())
}

fn first_sentence(text: &str) -> &str {
    text.split(". ").next().unwrap_or_default().trim_end_matches('.')
}

fn write_operation(out: &mut String, document: &Value, operation: &Operation<'_>) -> std::fmt::Result {
    let id = operation.text("operationId");
    write!(
        out,
        "<article id=\"{0}\"><h3><b class=\"m {1}\">{1}</b> <code class=\"path\">{2}</code></h3><p class=\"lead\">{3}</p>",
        Escaped(id),
        operation.method,
        Path(operation.path),
        Prose(operation.text("summary")),
    )?;
    if !operation.text("description").is_empty() {
        write!(out, "<p>{}</p>", Prose(operation.text("description")))?;
    }
    let named = |list: &str| -> Vec<&str> {
        operation.value[list].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    };
    let (who, not_for) = (named("x-done-by"), named("x-not-for"));
    if who.is_empty() {
        out.push_str("<p class=\"who\"><b>Who</b> anyone with the address</p>");
    } else {
        write!(out, "<p class=\"who\"><b>Who</b> {}</p>", Escaped(&who.join(" · ")))?;
    }
    if !not_for.is_empty() {
        write!(out, "<p class=\"who\"><b>Not for</b> {}</p>", Escaped(&not_for.join(" · ")))?;
    }
    let parameters: Vec<&Value> = operation.value["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| resolve(document, parameter))
        .collect();
    if !parameters.is_empty() {
        out.push_str("<h4>Parameters</h4><div class=\"scroll\"><table><tbody>");
        for parameter in parameters {
            let required = if parameter["required"] == true { "required" } else { "optional" };
            write!(
                out,
                "<tr><td><code>{}</code></td><td class=\"kind\">{}, {required}; {}</td><td>{}</td></tr>",
                Escaped(parameter["name"].as_str().unwrap_or_default()),
                Escaped(parameter["in"].as_str().unwrap_or_default()),
                Escaped(&describe(document, &parameter["schema"])),
                Prose(parameter["description"].as_str().unwrap_or_default()),
            )?;
        }
        out.push_str("</tbody></table></div>");
    }
    if let Some(content) = operation.value["requestBody"]["content"].as_object() {
        for (kind, body) in content {
            write!(out, "<h4>Body <small>{}</small></h4>", Escaped(kind))?;
            write_schema(out, document, &body["schema"])?;
        }
    }
    out.push_str("<h4>Answers</h4>");
    let mut refusals = Vec::new();
    for (code, answer) in operation.value["responses"].as_object().into_iter().flatten() {
        if answer.get("$ref").is_some() {
            refusals.push(code.as_str());
            continue;
        }
        write!(
            out,
            "<p class=\"answer\"><b class=\"s\">{}</b> {}</p>",
            Escaped(code),
            Prose(answer["description"].as_str().unwrap_or_default())
        )?;
        for (_, body) in answer["content"].as_object().into_iter().flatten() {
            write_schema(out, document, &body["schema"])?;
        }
    }
    if !refusals.is_empty() {
        write!(out, "<p class=\"answer\"><a href=\"#problems\">Problems</a>: {}</p>", refusals.join(" · "))?;
    }
    out.push_str("</article>");
    Ok(())
}

struct Path<'a>(&'a str);

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A long path may break after each slash.
        for (index, part) in self.0.split('/').enumerate() {
            if index > 0 {
                f.write_str("/<wbr>")?;
            }
            write!(f, "{}", Escaped(part))?;
        }
        Ok(())
    }
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    value["$ref"]
        .as_str()
        .and_then(|reference| reference.strip_prefix('#'))
        .and_then(|pointer| document.pointer(pointer))
        .unwrap_or(value)
}

/// One line on what a schema wants.
fn describe(document: &Value, schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        let target = resolve(document, schema);
        return if target["type"] == "object" || target.get("oneOf").is_some() {
            name.to_owned()
        } else {
            describe(document, target)
        };
    }
    for many in ["oneOf", "anyOf", "allOf"] {
        if let Some(options) = schema[many].as_array() {
            let all: Vec<_> = options.iter().map(|option| describe(document, option)).collect();
            return all.join(if many == "allOf" { " with " } else { " or " });
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        return values
            .iter()
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(" | ");
    }
    if schema["type"] == "array" {
        return format!("list of {}", describe(document, &schema["items"]));
    }
    let mut text = match &schema["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    };
    if let Some(format) = schema["format"].as_str() {
        text = format!("{text} ({format})");
    }
    let bound = |name: &str| schema[name].as_i64();
    match (bound("minimum").or_else(|| bound("minLength")), bound("maximum").or_else(|| bound("maxLength"))) {
        (Some(least), Some(most)) => text.push_str(&format!(", {least} to {most}")),
        (None, Some(most)) => text.push_str(&format!(", at most {most}")),
        _ => {}
    }
    text
}

fn write_schema(out: &mut String, document: &Value, schema: &Value) -> std::fmt::Result {
    let mut rows = Vec::new();
    collect(document, schema, "", 0, &mut rows);
    if rows.is_empty() {
        return write!(out, "<p class=\"kind\">{}</p>", Escaped(&describe(document, schema)));
    }
    out.push_str("<div class=\"scroll\"><table><tbody>");
    for (name, required, kind, text) in rows {
        let mark = if required { "" } else { "<span class=\"kind\"> optional</span>" };
        write!(
            out,
            "<tr><td><code>{}</code>{mark}</td><td class=\"kind\">{}</td><td>{}</td></tr>",
            Escaped(&name),
            Escaped(&kind),
            Prose(&text)
        )?;
    }
    out.push_str("</tbody></table></div>");
    Ok(())
}

type Row = (String, bool, String, String);

fn collect(document: &Value, schema: &Value, prefix: &str, depth: usize, rows: &mut Vec<Row>) {
    let schema = resolve(document, schema);
    if schema["type"] == "array" {
        return collect(document, &schema["items"], &format!("{prefix}[]"), depth, rows);
    }
    for option in schema["allOf"].as_array().into_iter().flatten() {
        collect(document, option, prefix, depth, rows);
    }
    for option in schema["oneOf"].as_array().into_iter().flatten().filter(|option| option["type"] != "null") {
        collect(document, option, prefix, depth, rows);
    }
    let required = schema["required"].as_array();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let needed = required.is_some_and(|required| required.iter().any(|known| known == name));
        let text = property["description"].as_str().or_else(|| resolve(document, property)["description"].as_str());
        rows.push((path.clone(), needed, describe(document, property), text.unwrap_or_default().replace('\n', " ")));
        if depth < DEEPEST {
            collect(document, property, &path, depth + 1, rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_document_says_is_escaped() {
        let json = r#"{"info":{"title":"<b>"},"paths":{"/a/{id}":{"get":{"operationId":"x","summary":"<script>alert(1)</script> `<i>`","responses":{}}}}}"#;
        let html = page(&[Document { name: "test", json }]);
        assert!(!html.contains("<script>alert"), "{html}");
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; <code>&lt;i&gt;</code>"));
    }

    #[test]
    fn a_schema_that_contains_itself_ends() {
        let json = r##"{"paths":{"/a":{"get":{"responses":{"200":{"content":{"j":{"schema":{"$ref":"#/components/schemas/T"}}}}}}}},
            "components":{"schemas":{"T":{"type":"object","properties":{"t":{"$ref":"#/components/schemas/T"}}}}}}"##;
        assert!(page(&[Document { name: "test", json }]).contains("t.t.t"));
    }
}
