//! Markdown to HTML that is safe to show. HTML is written here, element by element: whatever is not in the short list
//! of [`opening`] becomes text, so that nothing an author writes is markup of the page.
//!
//! - Raw HTML is shown as text.
//! - A link leads to `https:`, `mailto:` or a heading of the article; any other is only its text. An image comes by
//!   `https:`; any other is only its description.
//! - There is no script, style, event handler, form or frame, and no class but the language of a code block.
//! - A heading gets an id that begins with `section-`, so that it never takes the name of something else on the page; a
//!   link to `#name` leads to it.
//! - What is nested deeper than [`DEEPEST`] elements is shown without more of them. The HTML is at most [`MOST`] bytes
//!   and the end tags of what is open; what comes after is left out, and [`Rendered::whole`] says so.

use std::collections::BTreeMap;

use kernel::text::{fold, is_printable};
use pulldown_cmark::{CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag};

/// The most elements inside each other.
pub const DEEPEST: usize = 32;
/// The most bytes of HTML, end tags of what is open not counted.
pub const MOST: usize = 512 * 1024;
/// The longest address of a link or an image, in bytes.
const LONGEST_ADDRESS: usize = 2000;
/// The longest name that a heading's id is made of, in bytes.
const LONGEST_NAME: usize = 60;
/// What every id begins with.
const ID: &str = "section-";

/// Markdown as HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The HTML: a fragment to be put into an element of a page.
    pub html: String,
    /// Whether that is all of it.
    pub whole: bool,
}

/// Renders Markdown: CommonMark with tables and strikethrough.
pub fn render(markdown: &str) -> Rendered {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut page = Page::default();
    for event in Parser::new_ext(markdown, options) {
        page.event(event);
    }
    Rendered { html: page.html, whole: !page.full }
}

/// An image whose description is being read.
struct Image {
    source: Option<String>,
    description: String,
    /// How many elements are open inside the description.
    open: usize,
}

/// A heading that is being written: where its id goes, and what it says so far.
struct Heading {
    id_at: usize,
    text: String,
}

#[derive(Default)]
struct Page {
    html: String,
    full: bool,
    /// The end tag of each open element, absent for those that are not shown.
    open: Vec<Option<String>>,
    heading: Option<Heading>,
    image: Option<Image>,
    in_table_head: bool,
    /// How often each name of a heading occurred.
    names: BTreeMap<String, u32>,
}

impl Page {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(_) => self.end(),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(text) => self.code(&text),
            Event::SoftBreak => self.text("\n"),
            Event::HardBreak if self.image.is_some() => self.text("\n"),
            Event::HardBreak => {
                self.push("<br>\n");
            }
            Event::Rule => {
                self.push("<hr>\n");
            }
            // Of extensions that are off.
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => self.text(&text),
            Event::TaskListMarker(_) => {}
        }
    }

    /// Adds HTML; what does not fit, and everything after it, is left out.
    fn push(&mut self, html: &str) -> bool {
        self.full |= self.html.len() + html.len() > MOST;
        if !self.full {
            self.html.push_str(html);
        }
        !self.full
    }

    fn text(&mut self, text: &str) {
        if let Some(image) = &mut self.image {
            image.description.push_str(text);
            return;
        }
        if let Some(heading) = &mut self.heading {
            heading.text.push_str(text);
        }
        self.push(&escaped(text));
    }

    fn code(&mut self, text: &str) {
        if self.image.is_some() || self.open.len() >= DEEPEST {
            return self.text(text);
        }
        if let Some(heading) = &mut self.heading {
            heading.text.push_str(text);
        }
        self.push(&format!("<code>{}</code>", escaped(text)));
    }

    fn start(&mut self, tag: &Tag<'_>) {
        if let Some(image) = &mut self.image {
            image.open += 1;
            return;
        }
        if let Tag::Image { dest_url, .. } = tag {
            self.image = Some(Image { source: https(dest_url), description: String::new(), open: 0 });
            return;
        }
        if matches!(tag, Tag::TableHead) {
            self.in_table_head = true;
        } else if matches!(tag, Tag::TableRow) {
            self.in_table_head = false;
        }
        let end = if self.open.len() < DEEPEST {
            opening(tag, self.in_table_head).and_then(|(start, end)| self.push(&start).then_some(end))
        } else {
            None
        };
        if matches!(tag, Tag::Heading { .. }) && end.is_some() {
            // Its id goes before the `>` that was just written.
            self.heading = Some(Heading { id_at: self.html.len() - 1, text: String::new() });
        }
        self.open.push(end);
    }

    fn end(&mut self) {
        match &mut self.image {
            Some(image) if image.open > 0 => image.open -= 1,
            Some(_) => self.end_image(),
            None => {
                let end = self.open.pop().flatten();
                if end.as_deref().is_some_and(|end| end.starts_with("</h")) {
                    self.name_heading();
                }
                // An element that was begun is ended, however full the page is.
                self.html.push_str(end.as_deref().unwrap_or_default());
            }
        }
    }

    fn end_image(&mut self) {
        let Some(Image { source, description, .. }) = self.image.take() else { return };
        match source {
            Some(source) if self.open.len() < DEEPEST => {
                let (source, description) = (escaped(&source), escaped(&description));
                self.push(&format!(
                    "<img src=\"{source}\" alt=\"{description}\" loading=\"lazy\" referrerpolicy=\"no-referrer\">"
                ));
            }
            _ => self.text(&description),
        }
    }

    /// Gives the open heading an id of its own.
    fn name_heading(&mut self) {
        let Some(Heading { id_at, text }) = self.heading.take() else { return };
        let name = name(&text);
        let mut unique = name.clone();
        while self.names.contains_key(&unique) {
            let seen = self.names.entry(name.clone()).or_default();
            *seen += 1;
            unique = format!("{name}-{seen}");
        }
        self.names.insert(unique.clone(), 1);
        let id = format!(" id=\"{ID}{unique}\"");
        if self.html.len() + id.len() > MOST {
            self.full = true;
        } else {
            self.html.insert_str(id_at, &id);
        }
    }
}

/// The start and end tag of an element. This is the whole list, but for what has no content and inline code.
fn opening(tag: &Tag<'_>, in_table_head: bool) -> Option<(String, String)> {
    let plain = |name: &str, after: &str| Some((format!("<{name}>"), format!("</{name}>{after}")));
    match tag {
        Tag::Paragraph | Tag::HtmlBlock => plain("p", "\n"),
        Tag::Heading { level, .. } => plain(&level.to_string(), "\n"),
        Tag::BlockQuote(_) => plain("blockquote", "\n"),
        Tag::CodeBlock(kind) => Some((code_block(kind), "</code></pre>\n".to_owned())),
        Tag::List(None) => plain("ul", "\n"),
        Tag::List(Some(first)) => Some((format!("<ol start=\"{first}\">"), "</ol>\n".to_owned())),
        Tag::Item => plain("li", "\n"),
        Tag::Table(_) => plain("table", "\n"),
        Tag::TableHead => Some(("<thead><tr>".to_owned(), "</tr></thead>\n".to_owned())),
        Tag::TableRow => plain("tr", "\n"),
        Tag::TableCell => plain(if in_table_head { "th" } else { "td" }, ""),
        Tag::Emphasis => plain("em", ""),
        Tag::Strong => plain("strong", ""),
        Tag::Strikethrough => plain("del", ""),
        Tag::Link { link_type, dest_url, .. } => {
            let address = escaped(&address(*link_type, dest_url)?);
            let rel = if address.starts_with("https:") { " rel=\"noopener noreferrer\"" } else { "" };
            Some((format!("<a href=\"{address}\"{rel}>"), "</a>".to_owned()))
        }
        _ => None,
    }
}

/// The start tags of a block of code. Its language is a class, where it is a plain word.
fn code_block(kind: &CodeBlockKind<'_>) -> String {
    let language = match kind {
        CodeBlockKind::Fenced(info) => info.split(|c: char| c.is_whitespace() || c == ',').next().unwrap_or_default(),
        CodeBlockKind::Indented => "",
    };
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"+#_-".contains(&byte);
    if (1..=20).contains(&language.len()) && language.bytes().all(word) {
        format!("<pre><code class=\"language-{language}\">")
    } else {
        "<pre><code>".to_owned()
    }
}

/// Where a link may lead. Only what is listed passes; the text is as the parser reads it, entities resolved.
fn address(kind: LinkType, raw: &CowStr<'_>) -> Option<String> {
    if kind == LinkType::Email {
        return mail(raw);
    }
    if let Some(name_of) = raw.strip_prefix('#') {
        return Some(format!("#{ID}{}", name(name_of)));
    }
    match raw.strip_prefix("mailto:") {
        Some(to) => mail(to),
        None => https(raw),
    }
}

fn mail(to: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".+-_@".contains(&byte);
    (to.len() <= 254 && to.contains('@') && to.bytes().all(plain)).then(|| format!("mailto:{to}"))
}

fn https(raw: &str) -> Option<String> {
    let rest = raw.strip_prefix("https://")?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let fits = raw.len() <= LONGEST_ADDRESS
        && !host.is_empty()
        && !host.contains('@')
        && is_printable(raw)
        && !raw.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '\\' | '`'));
    fits.then(|| raw.to_owned())
}

/// The name of a heading: its letters and digits in lower case, with hyphens between words.
fn name(text: &str) -> String {
    let mut name = String::new();
    for c in fold(text).chars() {
        if name.len() >= LONGEST_NAME {
            break;
        }
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() { "part".to_owned() } else { name.to_owned() }
}

/// Text that is text in an element as in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // A numeric reference can stand for a character that a body itself may not hold.
            c if c != '\n' && c != '\t' && !is_shown(c) => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

fn is_shown(c: char) -> bool {
    is_printable(c.encode_utf8(&mut [0; 4]))
}
