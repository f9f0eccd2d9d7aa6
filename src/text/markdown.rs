//! Markdown to HTML: `CommonMark` with tables, strikethrough and footnotes.
//!
//! # Promises
//! - Characters stay as they are written: quotes and dashes are not made typographic.
//! - Footnotes stand at the end of the text, in the order in which they are referred to; `#fn-NAME`
//!   and `#fnref-NAME` lead there and back.
//! - Lines that only carry attributes for kramdown (`{: .class}`) don't show.
//!
//! # Limits
//! - Raw HTML passes through as it is: [`super::clean_html`] comes after.
//! - `[x]` of a task list shows as these three characters.

use std::{borrow::Cow, collections::HashMap};

use memchr::memmem;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html::push_html};

/// Renders Markdown; what comes out is not clean yet.
pub fn markdown_to_html(text: &str) -> String {
    let text = without_attribute_lists(text);
    let mut html = String::with_capacity(text.len() + text.len() / 4);
    let mut options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_HEADING_ATTRIBUTES;
    if memmem::find(text.as_bytes(), b"[^").is_none() {
        push_html(&mut html, Parser::new_ext(&text, options));
        return html;
    }
    options |= Options::ENABLE_FOOTNOTES;
    let mut notes = Notes::default();
    let events: Vec<_> = notes.separate(Parser::new_ext(&text, options));
    push_html(&mut html, events.into_iter());
    notes.push_to(&mut html);
    html
}

/// The footnotes of one text.
#[derive(Default)]
struct Notes<'t> {
    /// Per name: its number, and how often it was referred to.
    numbers: HashMap<CowStr<'t>, (usize, usize)>,
    /// In the order of their numbers.
    names: Vec<CowStr<'t>>,
    bodies: HashMap<CowStr<'t>, Vec<Event<'t>>>,
}

impl<'t> Notes<'t> {
    /// Takes the definitions out of the events, and makes links of the references.
    fn separate(&mut self, events: impl Iterator<Item = Event<'t>>) -> Vec<Event<'t>> {
        let mut open: Vec<(CowStr<'t>, Vec<Event<'t>>)> = Vec::new();
        let mut text = Vec::new();
        for event in events {
            let event = match event {
                Event::Start(Tag::FootnoteDefinition(name)) => {
                    open.push((name, Vec::new()));
                    continue;
                }
                Event::End(TagEnd::FootnoteDefinition) => {
                    if let Some((name, body)) = open.pop() {
                        self.bodies.entry(name).or_insert(body);
                    }
                    continue;
                }
                Event::FootnoteReference(name) => Event::InlineHtml(self.reference(name).into()),
                event => event,
            };
            open.last_mut().map_or(&mut text, |(_, body)| body).push(event);
        }
        text
    }

    fn reference(&mut self, name: CowStr<'t>) -> String {
        let anchor = anchor(&name);
        let next = self.names.len() + 1;
        let (number, count) = self.numbers.entry(name.clone()).or_insert((next, 0));
        if *count == 0 {
            self.names.push(name);
        }
        *count += 1;
        let again = if *count > 1 { format!("-{count}") } else { String::new() };
        format!("<sup id=\"fnref-{anchor}{again}\"><a href=\"#fn-{anchor}\">{number}</a></sup>")
    }

    fn push_to(mut self, html: &mut String) {
        if self.names.is_empty() {
            return;
        }
        html.push_str("<section>\n<hr>\n<ol>\n");
        for name in &self.names {
            let anchor = anchor(name);
            let mut body = String::new();
            push_html(&mut body, self.bodies.remove(name).unwrap_or_default().into_iter());
            let back = format!(" <a href=\"#fnref-{anchor}\">↩</a>");
            let body = body.trim_end();
            let (body, end) = body.strip_suffix("</p>").map_or((body, ""), |body| (body, "</p>"));
            html.push_str(
                &format_args!("<li id=\"fn-{anchor}\">\n{body}{back}{end}\n</li>\n").to_string(),
            );
        }
        html.push_str("</ol>\n</section>\n");
    }
}

/// A name as it may stand in an `id` and behind `#`.
fn anchor(name: &str) -> String {
    let mut anchor = String::new();
    for letter in name.chars() {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => anchor.push(letter),
            _ => anchor.extend(
                ['.'].into_iter().chain(letter.escape_unicode().filter(char::is_ascii_hexdigit)),
            ),
        }
    }
    anchor
}

/// Takes away kramdown's attribute lists: alone on a line, or behind a span.
fn without_attribute_lists(text: &str) -> Cow<'_, str> {
    if memmem::find(text.as_bytes(), b"{:").is_none() {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut fence: Option<(char, usize)> = None;
    for line in text.split_inclusive('\n') {
        let start = line.trim_start_matches([' ', '>', '\t']).trim_end();
        let mark = start.chars().next().filter(|mark| matches!(mark, '`' | '~'));
        let run = mark.map_or(0, |mark| start.len() - start.trim_start_matches(mark).len());
        match (fence, mark) {
            (None, Some(mark)) if run >= 3 => fence = Some((mark, run)),
            (Some((open, length)), Some(mark))
                if mark == open && run >= length && start.len() == run =>
            {
                fence = None;
            }
            _ => {}
        }
        if fence.is_some() || !line.contains("{:") {
            kept.push_str(line);
        } else if !(start.starts_with("{:") && start.ends_with('}')) {
            push_without_spans(&mut kept, line);
        } else if line.ends_with('\n') {
            kept.push('\n');
        }
    }
    Cow::Owned(kept)
}

fn push_without_spans(kept: &mut String, line: &str) {
    let mut rest = line;
    while let Some(at) = rest.find("{:") {
        let behind_span = rest[..at].ends_with([')', ']', '*', '_', '>']);
        let end = rest[at..].find('}').filter(|_| behind_span);
        let Some(end) = end else {
            kept.push_str(&rest[..at + 2]);
            rest = &rest[at + 2..];
            // Without a brace ahead, no list can follow.
            if !rest.contains('}') {
                break;
            }
            continue;
        };
        kept.push_str(&rest[..at]);
        rest = &rest[at + end + 1..];
    }
    kept.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_markdown_is_rendered() {
        for (text, wanted) in [
            ("a \"b\" -- c...", "<p>a \"b\" -- c...</p>\n"),
            ("~~x~~ <b>y</b>", "<p><del>x</del> <b>y</b></p>\n"),
            ("## Head {#top .x}", "<h2 id=\"top\" class=\"x\">Head</h2>\n"),
            ("- [x] done", "<ul>\n<li>[x] done</li>\n</ul>\n"),
            ("```rust\na < b\n```", "<pre><code class=\"language-rust\">a &lt; b\n</code></pre>\n"),
        ] {
            assert_eq!(markdown_to_html(text), wanted);
        }
        assert!(markdown_to_html("|a|b|\n|-|-|\n|1|2|").contains("<td>1</td>"));
    }

    #[test]
    fn footnotes_are_gathered_at_the_end_in_the_order_of_their_references() {
        let text = "One[^b] two[^a] three[^b].\n\n[^a]: First.\n[^b]: Second *one*.\n\nEnd.\n";
        assert_eq!(
            markdown_to_html(text),
            "<p>One<sup id=\"fnref-b\"><a href=\"#fn-b\">1</a></sup> two<sup id=\"fnref-a\">\
             <a href=\"#fn-a\">2</a></sup> three<sup id=\"fnref-b-2\"><a href=\"#fn-b\">1</a>\
             </sup>.</p>\n<p>End.</p>\n<section>\n<hr>\n<ol>\n<li id=\"fn-b\">\n<p>Second \
             <em>one</em>. <a href=\"#fnref-b\">↩</a></p>\n</li>\n<li id=\"fn-a\">\n<p>First. \
             <a href=\"#fnref-a\">↩</a></p>\n</li>\n</ol>\n</section>\n"
        );
        assert!(markdown_to_html("x[^ñ]\n\n[^ñ]: y").contains("id=\"fn-.f1\""));
    }

    #[test]
    fn attribute_lists_of_kramdown_do_not_show() {
        let text =
            "# A\n{: .big #x}\n\n![i](a.jpg){: width=\"3\"} b {: kept\n\n```\n{: .code}\n```\n";
        let html = markdown_to_html(text);
        assert!(!html.contains("big") && !html.contains("width"), "{html}");
        assert!(html.contains("b {: kept") && html.contains("{: .code}"), "{html}");
    }
}
