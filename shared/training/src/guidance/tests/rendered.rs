//! What reaches a browser, whatever an author wrote. The HTML is read back here by a reader that knows nothing of the
//! writer: it takes only start tags, end tags and text in one strict form, in which every HTML parser sees the same,
//! and refuses whatever is not on its list.

use proptest::prelude::*;

use super::super::{
    Body, render,
    render::{DEEPEST, MOST},
};

/// Every element that may appear, with its attributes in the order in which they stand.
const ALLOWED: &[(&str, &[&str])] = &[
    ("p", &[]),
    ("h1", &["id"]),
    ("h2", &["id"]),
    ("h3", &["id"]),
    ("h4", &["id"]),
    ("h5", &["id"]),
    ("h6", &["id"]),
    ("blockquote", &[]),
    ("pre", &[]),
    ("code", &["class"]),
    ("ul", &[]),
    ("ol", &["start"]),
    ("li", &[]),
    ("table", &[]),
    ("thead", &[]),
    ("tr", &[]),
    ("th", &[]),
    ("td", &[]),
    ("em", &[]),
    ("strong", &[]),
    ("del", &[]),
    ("a", &["href", "rel"]),
    ("img", &["src", "alt", "loading", "referrerpolicy"]),
    ("br", &[]),
    ("hr", &[]),
];
const EMPTY: &[&str] = &["img", "br", "hr"];

/// Text with its references resolved; an error for a bare `<`, `>`, `"` or `&`.
fn decoded(text: &str) -> Result<String, String> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let known = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&#39;", '\'')];
        if let Some((spelt, meant)) = known.iter().find(|(spelt, _)| rest.starts_with(spelt)) {
            plain.push(*meant);
            rest = &rest[spelt.len()..];
        } else if ['<', '>', '"', '\'', '&'].contains(&c) || (c.is_control() && c != '\n' && c != '\t') {
            return Err(format!("bare {c:?} in {text:?}"));
        } else {
            plain.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    Ok(plain)
}

fn attribute(element: &str, name: &str, value: &str) -> bool {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| value.starts_with(prefix));
    let plain = |rest: &str| rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    match (element, name) {
        (_, "id") => value.strip_prefix("section-").is_some_and(plain),
        ("code", "class") => {
            let word = |rest: &str| rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"+#_-".contains(&b));
            value.strip_prefix("language-").is_some_and(word)
        }
        ("ol", "start") => value.bytes().all(|b| b.is_ascii_digit()),
        ("a", "href") => starts(&["https://", "mailto:", "#section-"]) && !value.contains(char::is_whitespace),
        ("a", "rel") => value == "noopener noreferrer",
        ("img", "src") => starts(&["https://"]) && !value.contains(char::is_whitespace),
        ("img", "alt") => true,
        ("img", "loading") => value == "lazy",
        ("img", "referrerpolicy") => value == "no-referrer",
        _ => false,
    }
}

/// Reads one tag, from after `<` to before `>`.
fn tag(inside: &str, open: &mut Vec<String>) -> Result<(), String> {
    if let Some(name) = inside.strip_prefix('/') {
        let was = open.pop();
        return if was.as_deref() == Some(name) { Ok(()) } else { Err(format!("</{name}> ends {was:?}")) };
    }
    let (name, mut rest) = inside.split_at(inside.find(' ').unwrap_or(inside.len()));
    let (_, attributes) = ALLOWED.iter().find(|(known, _)| *known == name).ok_or(format!("<{inside}>"))?;
    let mut attributes = attributes.iter();
    while !rest.is_empty() {
        let (key, value) = rest.strip_prefix(' ').and_then(|rest| rest.split_once("=\"")).ok_or(inside)?;
        let (value, after) = value.split_once('"').ok_or(inside)?;
        if !attributes.any(|known| *known == key) || !attribute(name, key, &decoded(value)?) {
            return Err(format!("{key}={value:?} of <{name}>"));
        }
        rest = after;
    }
    if !EMPTY.contains(&name) {
        open.push(name.to_owned());
    }
    Ok(())
}

/// Reads a fragment to its end; what is wrong with it where it is not allowed. Returns the text and how deep it was.
fn read(html: &str) -> Result<(String, usize), String> {
    let (mut open, mut deepest, mut text) = (Vec::new(), 0, String::new());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&decoded(&rest[..at])?);
        let end = rest[at..].find('>').ok_or("a tag without an end")? + at;
        tag(&rest[at + 1..end], &mut open)?;
        deepest = deepest.max(open.len());
        rest = &rest[end + 1..];
    }
    text.push_str(&decoded(rest)?);
    if open.is_empty() { Ok((text, deepest)) } else { Err(format!("{open:?} stay open")) }
}

#[track_caller]
fn safe(markdown: &str) -> String {
    let rendered = render(markdown);
    assert!(rendered.html.len() <= MOST + 32 * DEEPEST, "{} bytes", rendered.html.len());
    match read(&rendered.html) {
        Ok((_, deepest)) => assert!(deepest <= DEEPEST + 2, "{deepest} levels"),
        Err(why) => panic!("{why}\n{markdown:.400}\n{html:.400}", html = rendered.html),
    }
    rendered.html
}

#[track_caller]
fn check(markdown: &str, html: &str) {
    assert_eq!(safe(markdown).trim_end(), html);
}

#[test]
fn the_reader_of_these_tests_refuses_what_is_not_allowed() {
    for bad in [
        "<script>alert(1)</script>",
        "<p onclick=\"a\">x</p>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<a href=\"&#39;javascript:\">x</a>",
        "<a href='https://example.com'>x</a>",
        "<a href=\"https://example.com\" style=\"x\">y</a>",
        "<p id=\"section-a\">x</p>",
        "<h1 id=\"location\">x</h1>",
        "<p>x",
        "</p>",
        "<p>a > b</p>",
        "<p>a & b</p>",
        "<!-- x -->",
        "<P>x</P>",
        "<p ",
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
    assert_eq!(read("<p>a &lt; b<br>\n</p>"), Ok(("a < b\n".to_owned(), 1)));
}

#[test]
fn an_article_looks_as_it_was_written() {
    check("# Secrets & *keys*", "<h1 id=\"section-secrets-keys\">Secrets &amp; <em>keys</em></h1>");
    check("a **b** ~~c~~ `d<e>`  \nf", "<p>a <strong>b</strong> <del>c</del> <code>d&lt;e&gt;</code><br>\nf</p>");
    check(
        "```rust,ignore extra\nlet a = \"b\";\n```",
        "<pre><code class=\"language-rust\">let a = &quot;b&quot;;\n</code></pre>",
    );
    check("```c++\na\n```", "<pre><code class=\"language-c++\">a\n</code></pre>");
    check("- a\n- b", "<ul><li>a</li>\n<li>b</li>\n</ul>");
    check("3. a", "<ol start=\"3\"><li>a</li>\n</ol>");
    check("> a\n\n---", "<blockquote><p>a</p>\n</blockquote>\n<hr>");
    check(
        "|a|b|\n|-|:-:|\n|c|`d`|",
        "<table><thead><tr><th>a</th><th>b</th></tr></thead>\n<tr><td>c</td><td><code>d</code></td></tr>\n</table>",
    );
    check(
        "[a](https://example.com/?b=c&d) <ada@example.com>",
        "<p><a href=\"https://example.com/?b=c&amp;d\" rel=\"noopener noreferrer\">a</a> \
         <a href=\"mailto:ada@example.com\">ada@example.com</a></p>",
    );
    check(
        "![a *b*](https://example.com/c.png)",
        "<p><img src=\"https://example.com/c.png\" alt=\"a b\" loading=\"lazy\" referrerpolicy=\"no-referrer\"></p>",
    );
}

#[test]
fn headings_have_names_of_their_own_that_links_lead_to() {
    let html = safe("# A\n# A\n# A 2\n# !\n# Größe: 10 % `x`\n\n[there](#Größe-10-x) [top](#)");
    for id in ["section-a", "section-a-2", "section-a-2-2", "section-part", "section-gro-e-10-x"] {
        assert!(html.contains(&format!("id=\"{id}\"")), "{id}: {html}");
    }
    assert!(html.contains("<a href=\"#section-gro-e-10-x\">there</a>"), "{html}");
    let names: Vec<&str> = html.match_indices("id=\"").map(|(at, _)| &html[at..at + 20]).collect();
    let mut different = names.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(names.len(), different.len(), "{html}");
}

#[test]
fn html_is_shown_and_never_passed_on() {
    for attack in [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//evil.example.com/x.js></SCRIPT>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<iframe src=\"javascript:alert(1)\"></iframe>",
        "<div style=\"background:url(javascript:alert(1))\">x</div>",
        "<style>@import 'https://evil.example.com';</style>",
        "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
        "<?php echo 1 ?>",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<a href=\"https://example.com\" onclick=\"alert(1)\">a</a>",
        "text <b onmouseover=alert(1)>b</b> text",
        "<base href=\"https://evil.example.com/\">",
        "<form action=\"https://evil.example.com\"><input name=a><button>b</button></form>",
        "<plaintext>",
        "<textarea></textarea><script>alert(1)</script>",
        "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&#60;script&#62;alert(1)&#60;/script&#62;",
        "`<script>alert(1)</script>`",
        "```\"><script>alert(1)</script>\nx\n```",
        "```x\" onload=\"alert(1)\ny\n```",
        "~~~<script>\nalert(1)\n~~~",
        "# <script>alert(1)</script>",
        "# a {#x onclick=alert(1)}",
        "|<script>|\n|-|\n|alert(1)</script>|",
        "- <script>\n- alert(1)\n- </script>",
        "<script\n>alert(1)</script\n>",
        "<scr\0ipt>alert(1)</scr\0ipt>",
    ] {
        let html = safe(attack);
        assert!(!html.to_lowercase().contains("<script") && !html.contains("<img"), "{attack}: {html}");
    }
}

#[test]
fn links_lead_only_where_they_may() {
    for address in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#115;cript:alert(1)",
        "javascript&colon;alert(1)",
        "javascript&#58;alert(1)",
        "&#x6A;avascript:alert(1)",
        "javascript:alert%281%29",
        "java\\script:alert(1)",
        "\u{1}javascript:alert(1)",
        "&#1;javascript:alert(1)",
        "&NewLine;javascript:alert(1)",
        "java&Tab;script:alert(1)",
        "vbscript:msgbox(1)",
        "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
        "data:image/svg+xml,<svg onload=alert(1)>",
        "blob:https://example.com/x",
        "file:///etc/passwd",
        "http://example.com",
        "HTTPS://example.com",
        "//evil.example.com",
        "/training/people",
        "../x",
        "?a=b",
        "https:evil.example.com",
        "https:/\\evil.example.com",
        "https://",
        "https:///x",
        "https://example.com@evil.example.com",
        "https://example.com\\@evil.example.com",
        "https://example.com/&quot;onclick=alert(1)",
        "https://example.com/&lt;script&gt;",
        "https://example.com/&#10;x",
        "mailto:",
        "mailto:a",
        "mailto:a@example.com?body=x",
        "mailto:a@example.com%0Ab",
    ] {
        for markdown in [
            format!("[a]({address})"),
            format!("[a](<{address}>)"),
            format!("[a](<{address}> \"title\")"),
            format!("[a][b]\n\n[b]: {address}"),
            format!("[a]\n\n[a]: <{address}> 't'"),
            // There references stand for themselves: this would be a link to an address with `&`.
            if address.starts_with("https://example.com/&") { String::new() } else { format!("<{address}>") },
            format!("![a]({address})"),
            format!("![a][b]\n\n[b]: <{address}>"),
            format!("[![a]({address})]({address})"),
        ] {
            let html = safe(&markdown);
            assert!(!html.contains("href") && !html.contains("src"), "{markdown}: {html}");
        }
    }
    let long = format!("[a](https://example.com/{})", "a".repeat(2000));
    assert!(!safe(&long).contains("href"));
}

#[test]
fn a_description_of_an_image_is_only_text() {
    let html =
        safe("![a <b onclick=x> \" [c](https://example.com) ![d](https://example.com/d)](https://example.com/e)");
    assert_eq!(html.matches("<img").count(), 1, "{html}");
    assert!(!html.contains("<a") && html.contains("&quot;"), "{html}");
    check("![a](ftp://x)", "<p>a</p>");
}

#[test]
fn what_is_nested_too_deep_is_flat_and_what_is_too_much_is_cut() {
    let deep = 10_000;
    for markdown in [
        "- ".repeat(deep) + "x",
        "> ".repeat(deep) + "x",
        "1. ".repeat(deep) + "x",
        "> - ".repeat(deep) + "x",
        "[".repeat(Body::LONGEST),
        "![".repeat(Body::LONGEST / 2),
        "[a](".repeat(deep),
        "*a ".repeat(deep),
        "**a ".repeat(deep) + &"b** ".repeat(deep),
        "`".repeat(Body::LONGEST),
        "<".repeat(Body::LONGEST),
        "&".repeat(Body::LONGEST),
        "_ ".repeat(Body::LONGEST / 2),
        "\\".repeat(Body::LONGEST),
        "# a\n".repeat(Body::LONGEST / 4),
        "a\n\n".repeat(Body::LONGEST / 3),
        "|a".repeat(deep) + "\n" + &"|-".repeat(deep) + "\n|",
        format!("[a]: https://example.com/{}\n\n{}", "a".repeat(1900), "[a] ".repeat(15_000)),
        (0..100).map(|depth| format!("{}- x\n", "  ".repeat(depth))).collect(),
    ] {
        let html = safe(&markdown);
        assert!(!html.is_empty() || markdown.trim().is_empty(), "{markdown:.20}");
    }
    let flat = read(&safe(&("- ".repeat(deep) + "the end"))).unwrap();
    assert!(flat.0.contains("the end") && flat.1 == DEEPEST, "{}", flat.1);
    let swollen = render(&("\"".repeat(30_000) + "\n\n").repeat(4));
    assert!(!swollen.whole && swollen.html.len() <= MOST);
    assert!(read(&swollen.html).is_ok());
    assert!(render("# a").whole);
}

/// Pieces that mean something to Markdown or to HTML.
fn piece() -> impl Strategy<Value = String> {
    let known = concat!(
        r#"<¦>¦"¦'¦&¦[¦]¦(¦)¦!¦`¦```¦~~~¦*¦**¦_¦~~¦# ¦## ¦- ¦1. ¦> ¦|¦|-|¦    ¦\¦:¦[a]: ¦[a]¦[^a]¦javascript:¦"#,
        r#"data:text/html,¦https://example.com¦mailto:a@example.com¦#x¦<script>¦</script>¦<img src=x ¦onerror=alert(1)¦"#,
        r#"<!--¦-->¦<![CDATA[¦]]>¦<?¦?>¦&#106;¦&#x0;¦&colon;¦&quot;¦&lt;¦<p>¦</p>¦<style>¦{#id .class onclick=x}¦$$¦"#,
        "==¦---¦***¦+++¦[x] ¦  \n¦\n¦\n\n¦\t¦\u{0}¦\u{202e}¦\u{feff}¦ﬀ¦İ¦e\u{301}",
    );
    let known = prop::sample::select(known.split('¦').collect::<Vec<_>>());
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "[a-zA-Z0-9 ]{0,6}", 1 => ".{0,4}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_is_written_only_what_is_allowed_is_shown(pieces in prop::collection::vec(piece(), 0..60)) {
        let markdown = pieces.concat();
        let rendered = render(&markdown);
        let found = read(&rendered.html);
        prop_assert!(found.is_ok(), "{:?}\n{}\n{}", found, markdown, rendered.html);
        prop_assert!(rendered.whole);
    }

    #[test]
    fn rendering_twice_is_the_same(markdown in ".{0,200}") {
        prop_assert_eq!(render(&markdown), render(&markdown));
    }
}

/// What the example's library teaches is shown whole, and looks as it should.
#[test]
fn the_articles_of_the_example_are_shown_whole() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/company/guidance");
    let mut articles = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let (_, body) = text.split_once("\n---\n").unwrap();
        let body = Body::parse(body).unwrap();
        let html = safe(body.as_str());
        assert!(render(body.as_str()).whole && html.contains("<h2 id=\"section-"), "{}", path.display());
        // Every block of code says its language, and every link of ours was good enough to stay one.
        assert_eq!(html.matches("<pre>").count(), html.matches("class=\"language-").count(), "{}", path.display());
        assert_eq!(html.matches("<a ").count(), body.as_str().matches("](").count(), "{}", path.display());
        articles += 1;
    }
    assert_eq!(articles, 9);
}
