//! The text of a post as WordPress stores it, made HTML as WordPress shows it.
//!
//! The old editor stores neither paragraphs nor line breaks, only the lines; its `wpautop` adds
//! them for every visitor. The block editor stores HTML between comments.
//!
//! # Promises
//! - Blank lines part paragraphs, other line ends become `<br />`, save in code, scripts and tables.
//! - What is HTML already stays as it is, and so do shortcodes, which `text::render` understands.
//! - An address alone on a line, which WordPress embeds, becomes an `[embed]`.
//! - Linear in the size of the text.
//!
//! # Limits
//! - What comes out means the same as what WordPress shows; it is not the same to the letter.

mod pieces;

use self::pieces::{Piece, pieces};

/// Elements that hold words of a heading or a caption: no paragraph stands in them.
const PHRASES: [&str; 13] = [
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "dt",
    "caption",
    "legend",
    "figcaption",
    "summary",
    "figure",
    "option",
];
/// Elements in which only other elements mean something.
const STRUCTURES: [&str; 11] =
    ["table", "thead", "tbody", "tfoot", "tr", "colgroup", "ul", "ol", "dl", "menu", "map"];

/// The HTML of a stored text.
pub fn autop(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let from_blocks = text.contains("<!-- wp:");
    let mut writer =
        Writer { out: String::with_capacity(text.len() + text.len() / 8), ..Writer::default() };
    for piece in pieces(&text) {
        match piece {
            Piece::Comment(comment) if is_block_comment(comment) => {}
            Piece::Text(text) if from_blocks => writer.embeds(text),
            Piece::Open { html, .. } | Piece::Close { html, .. } if from_blocks => {
                writer.out.push_str(html);
            }
            Piece::Inline(html) | Piece::Comment(html) | Piece::Block(html) if from_blocks => {
                writer.out.push_str(html);
            }
            Piece::Text(text) => writer.run.push(Part::Text(text)),
            Piece::Inline(html) => writer.run.push(Part::Inline(html)),
            Piece::Comment(html) => writer.run.push(Part::Comment(html)),
            Piece::Block(html) => {
                writer.flush();
                writer.tag(html);
            }
            Piece::Open { name, html } => {
                writer.flush();
                writer.tag(html);
                if name != "hr" {
                    writer.open.push(name);
                    writer.just_opened = true;
                }
            }
            Piece::Close { name, html } => {
                writer.flush();
                writer.tag(html);
                if let Some(place) = writer.open.iter().rposition(|open| *open == name) {
                    writer.open.truncate(place);
                }
            }
        }
    }
    writer.flush();
    writer.out.trim().to_owned()
}

fn is_block_comment(comment: &str) -> bool {
    let inside = comment.trim_start_matches("<!--").trim_start();
    inside.starts_with("wp:") || inside.starts_with("/wp:")
}

/// A part of what stands between two block elements.
#[derive(Clone, Copy)]
enum Part<'t> {
    Text(&'t str),
    Inline(&'t str),
    Comment(&'t str),
}

#[derive(Default)]
struct Writer<'t> {
    out: String,
    run: Vec<Part<'t>>,
    /// Names of the block elements that are open.
    open: Vec<String>,
    /// The run stands right behind the start of its element.
    just_opened: bool,
}

/// A paragraph on its way.
#[derive(Default)]
struct Paragraph {
    html: String,
    /// Words or elements, not only comments.
    has_content: bool,
}

impl Writer<'_> {
    fn tag(&mut self, html: &str) {
        self.out.push_str(html);
        self.just_opened = false;
    }

    /// Text of the block editor, in which only addresses mean more than they say.
    fn embeds(&mut self, text: &str) {
        for line in text.split_inclusive('\n') {
            match embedded(line) {
                Some(address) if line.ends_with('\n') => {
                    self.out.push_str(&format!("[embed]{address}[/embed]\n"));
                }
                _ => self.out.push_str(line),
            }
        }
    }

    /// Writes the run as its element wants it.
    fn flush(&mut self) {
        let run = std::mem::take(&mut self.run);
        let around = self.open.last().map_or("", String::as_str);
        if STRUCTURES.contains(&around) {
            for part in run {
                let (Part::Text(html) | Part::Inline(html) | Part::Comment(html)) = part;
                self.out.push_str(html);
            }
            return;
        }
        let (paragraphs, has_blank_line) = paragraphs(&run);
        if paragraphs.is_empty() {
            if !run.is_empty() {
                self.out.push('\n');
            }
            return;
        }
        let alone = paragraphs.len() == 1 && !has_blank_line && self.just_opened;
        if PHRASES.contains(&around) {
            self.join(&paragraphs, "<br />\n");
        } else if around == "p" {
            self.join(&paragraphs, "</p>\n<p>");
        } else if alone && around != "blockquote" {
            self.join(&paragraphs, "");
        } else {
            for paragraph in &paragraphs {
                let html = &paragraph.html;
                if !paragraph.has_content || is_shortcode(html) {
                    self.out.push_str(&format!("{html}\n"));
                } else {
                    self.out.push_str(&format!("<p>{html}</p>\n"));
                }
            }
        }
    }

    fn join(&mut self, paragraphs: &[Paragraph], between: &str) {
        let texts: Vec<&str> = paragraphs.iter().map(|it| it.html.as_str()).collect();
        self.out.push_str(&texts.join(between));
    }
}

/// The paragraphs of a run, and whether blank lines stand in it or at its ends.
fn paragraphs(run: &[Part<'_>]) -> (Vec<Paragraph>, bool) {
    let mut paragraphs = Vec::new();
    let mut now = Paragraph::default();
    let mut has_blank_line = false;
    let mut links = 0_usize;
    let mut end = |now: &mut Paragraph| {
        let html = now.html.trim();
        let html = html.strip_suffix("<br />").unwrap_or(html).trim_end();
        if !html.is_empty() {
            let has_content = now.has_content;
            paragraphs.push(Paragraph { html: html.to_owned(), has_content });
        }
        *now = Paragraph::default();
    };
    // Whether the line began with a line end or the run, and what is on it so far is white space.
    let mut line_is_empty = true;
    for (index, part) in run.iter().enumerate() {
        match part {
            Part::Comment(comment) => now.html.push_str(comment),
            Part::Inline(tag) if is_break(tag) => {
                if now.html.trim_end().ends_with("<br />") {
                    has_blank_line = true;
                    end(&mut now);
                } else {
                    now.html.push_str("<br />");
                }
            }
            Part::Inline(tag) => {
                now.html.push_str(tag);
                now.has_content = true;
                line_is_empty = false;
                match tag.as_bytes() {
                    [b'<', b'a' | b'A', b' ' | b'\n' | b'>', ..] => links += 1,
                    [b'<', b'/', b'a' | b'A', b' ' | b'>', ..] => links = links.saturating_sub(1),
                    _ => {}
                }
            }
            Part::Text(text) => {
                let followed = run.get(index + 1).is_some();
                for line in text.split_inclusive('\n') {
                    let ends = line.ends_with('\n');
                    let words = line.trim_end_matches('\n');
                    let alone = line_is_empty && (ends || !followed);
                    if words.trim().is_empty() && line_is_empty && ends {
                        // The second line end in a row.
                        has_blank_line |= now.html.ends_with('\n') || now.html.is_empty();
                        if now.html.ends_with('\n') {
                            end(&mut now);
                        } else if !now.html.is_empty() {
                            now.html.push('\n');
                        }
                    } else if let Some(address) = embedded(words).filter(|_| alone && links == 0) {
                        end(&mut now);
                        now.html.push_str(&format!("[embed]{address}[/embed]"));
                        now.has_content = true;
                        end(&mut now);
                    } else {
                        now.html.push_str(words);
                        now.has_content |= !words.trim().is_empty();
                        if ends {
                            let kept = now.html.trim_end().len();
                            now.html.truncate(kept);
                            if kept > 0 {
                                let broken = now.html.ends_with("<br />") || !now.has_content;
                                now.html.push_str(if broken { "\n" } else { "<br />\n" });
                            }
                        }
                    }
                    line_is_empty = ends || (line_is_empty && words.trim().is_empty());
                }
            }
        }
    }
    end(&mut now);
    (paragraphs, has_blank_line)
}

fn is_break(tag: &str) -> bool {
    let name = tag.trim_start_matches('<').trim_end_matches(['>', '/', ' ']);
    name.eq_ignore_ascii_case("br")
}

/// The address that stands alone on a line.
fn embedded(line: &str) -> Option<&str> {
    let address = line.trim();
    let is_address = address.starts_with("https://") || address.starts_with("http://");
    let odd =
        |letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | '"' | '[' | ']');
    (is_address && address.len() > 8 && !address.contains(odd)).then_some(address)
}

/// Whether a paragraph is one shortcode and nothing else: WordPress leaves those unwrapped.
fn is_shortcode(html: &str) -> bool {
    let Some(inside) = html.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return false;
    };
    let end = inside.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '/')));
    let name = inside[..end.unwrap_or(inside.len())].trim_start_matches('/');
    if !name.starts_with(|letter: char| letter.is_ascii_lowercase()) {
        return false;
    }
    !inside.contains(']') || inside.ends_with(&format!("[/{name}"))
}

#[cfg(test)]
mod tests;
