//! Plain text, as an editor pastes it from a web page.
//!
//! # Promises
//! - Every character of a paragraph comes through, curly quotes and all; nothing is markup.
//! - Only what is plainly furniture (a byline near the top, a stand-alone photo caption) is taken
//!   out of the text.
//!
//! # Limits
//! - The first line is the title, whatever it says.

use super::{TextError, guard::guard_length, legal, plain_text};

/// A pasted story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pasted {
    /// The first line.
    pub title: String,
    /// The names of the byline, in its order.
    pub authors: Vec<String>,
    /// The rest, for [`crate::story::Markup::Plain`].
    pub body: String,
}

/// Lines behind the title among which the byline is looked for.
const BYLINE_WITHIN: usize = 5;
/// A longer line is a sentence.
const LONGEST_BYLINE: usize = 120;
/// The longest line that is a heading, in characters and in words.
const LONGEST_HEADING: (usize, usize) = (80, 12);

/// Reads title, byline and body of a pasted text.
pub fn read_pasted(text: &str) -> Result<Pasted, TextError> {
    guard_length(text)?;
    let text = legal(text).replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = text.lines().skip_while(|line| is_blank(line));
    let title = plain_line(lines.next().ok_or(TextError::Empty)?);
    let mut authors = Vec::new();
    let mut body = Vec::new();
    let mut seen = 0;
    for line in lines {
        let bare = line.trim_matches(is_space);
        if is_caption(bare) {
            continue;
        }
        if !bare.is_empty() {
            seen += 1;
        }
        if authors.is_empty() && seen <= BYLINE_WITHIN && !bare.is_empty() {
            authors = names(bare).unwrap_or_default();
            if !authors.is_empty() {
                continue;
            }
        }
        body.push(line);
    }
    let blank = |line: &&str| is_blank(line);
    let start = body.iter().take_while(|line| blank(line)).count();
    let end = body.len() - body[start..].iter().rev().take_while(|line| blank(line)).count();
    Ok(Pasted { title, authors, body: body[start..end].join("\n") })
}

/// Paragraphs, headings and lists of a plain text as HTML, everything escaped.
pub fn plain_to_html(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let blocks = blocks(&text);
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    for (index, block) in blocks.iter().enumerate() {
        let is_last = index + 1 == blocks.len();
        if block.iter().all(|line| item(line).is_some()) {
            push_list(&mut html, block);
        } else if let [line] = block[..]
            && !is_last
            && is_heading(line)
        {
            push_element(&mut html, "h2", line);
        } else {
            push_paragraph(&mut html, block);
        }
    }
    html
}

/// Lines between blank lines; where there are none, every line by itself, lists apart.
fn blocks(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = text.trim_matches(is_space).lines().collect();
    let has_blank = lines.iter().any(|line| is_blank(line));
    let mut blocks: Vec<Vec<&str>> = Vec::new();
    let mut goes_on = false;
    for line in lines {
        let line = line.trim_matches(is_space);
        if line.is_empty() {
            goes_on = false;
            continue;
        }
        let same_kind = blocks.last().and_then(|block| block.last()).is_some_and(|before| {
            let both_items = item(before).is_some() && item(line).is_some();
            goes_on && (has_blank || both_items)
        });
        match blocks.last_mut() {
            Some(block) if same_kind => block.push(line),
            _ => blocks.push(vec![line]),
        }
        goes_on = true;
    }
    blocks
}

fn push_element(html: &mut String, name: &str, text: &str) {
    html.push('<');
    html.push_str(name);
    html.push('>');
    html_escape::encode_text_to_string(text, html);
    html.push_str("</");
    html.push_str(name);
    html.push_str(">\n");
}

/// A paragraph, and the list that its last lines may be.
fn push_paragraph(html: &mut String, block: &[&str]) {
    let items = block.iter().rev().take_while(|line| item(line).is_some()).count();
    let (prose, list) = block.split_at(if items > 1 { block.len() - items } else { block.len() });
    if !prose.is_empty() {
        push_element(html, "p", &prose.join(" "));
    }
    if !list.is_empty() {
        push_list(html, list);
    }
}

fn push_list(html: &mut String, lines: &[&str]) {
    html.push_str("<ul>\n");
    for line in lines {
        push_element(html, "li", item(line).unwrap_or(line));
    }
    html.push_str("</ul>\n");
}

fn item(line: &str) -> Option<&str> {
    let text =
        ["- ", "• ", "* ", "– ", "•\t", "-\t"].iter().find_map(|mark| line.strip_prefix(mark));
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// Short, without end punctuation, even behind a closing quote.
fn is_heading(line: &str) -> bool {
    let (longest, most_words) = LONGEST_HEADING;
    if line.chars().count() > longest || line.split_whitespace().count() > most_words {
        return false;
    }
    let bare = line.trim_end_matches(['”', '’', '"', '\'', '»', ')', ']']);
    let has_letter = bare.chars().any(char::is_alphanumeric);
    has_letter && item(line).is_none() && !bare.ends_with(['.', '!', '?', ':', ';', ',', '…'])
}

/// The names of a byline; none where the line is something else.
fn names(line: &str) -> Option<Vec<String>> {
    if line.chars().count() > LONGEST_BYLINE || line.ends_with(['.', '!', '?', ':', ';', '…']) {
        return None;
    }
    let (first, rest) = line.split_once(is_space)?;
    let first = first.trim_end_matches(':').to_lowercase();
    if !matches!(first.as_str(), "by" | "por") {
        return None;
    }
    let rest = rest.trim_start_matches(|c: char| is_space(c) || c == ':');
    let rest = rest.split(['|', '•', '·']).next().unwrap_or(rest);
    // "By noon the river had fallen" is no byline.
    if !rest.chars().next().is_some_and(|letter| letter.is_uppercase() || letter == '@') {
        return None;
    }
    let spread = [" and ", " AND ", " y ", " Y ", " e ", " E ", " & ", " und ", " with ", " con "]
        .iter()
        .fold(rest.to_owned(), |names, word| names.replace(word, ", "));
    let names: Vec<String> = spread
        .split([',', ';'])
        .map(|name| name.trim_matches(is_space))
        .map(|name| name.strip_prefix("and ").or(name.strip_prefix("y ")).unwrap_or(name))
        .filter(|name| !name.is_empty())
        .map(plain_line)
        .collect();
    // Names are short and begin with capital letters; "By March, prices had doubled" doesn't.
    let is_name = |name: &String| {
        let words: Vec<&str> = name.split(' ').collect();
        let capital = |word: &&&str| word.starts_with(char::is_uppercase);
        words.len() <= 6
            && name.starts_with(|c: char| c.is_uppercase() || c == '@')
            && words.iter().filter(capital).count() * 2 >= words.len()
    };
    (!names.is_empty() && names.iter().all(is_name)).then_some(names)
}

/// Captions that a page shows beside pictures, alone on a line.
fn is_caption(line: &str) -> bool {
    const WHOLE: [&str; 22] = [
        "photo of author",
        "author photo",
        "photo of the author",
        "picture of author",
        "author image",
        "image of author",
        "profile photo",
        "foto del autor",
        "foto de la autora",
        "foto de autor",
        "foto do autor",
        "foto da autora",
        "imagen del autor",
        "imagem do autor",
        "photo",
        "image",
        "foto",
        "imagen",
        "imagem",
        "advertisement",
        "publicidad",
        "publicidade",
    ];
    const OPENING: [&str; 20] = [
        "photo:",
        "photos:",
        "photo by ",
        "photo credit",
        "photograph by ",
        "photo courtesy",
        "picture:",
        "image:",
        "image by ",
        "image credit",
        "image source",
        "image courtesy",
        "foto:",
        "fotos:",
        "foto por ",
        "crédito de la foto",
        "crédito da foto",
        "imagen:",
        "imagem:",
        "créditos:",
    ];
    if line.is_empty() || line.chars().count() > LONGEST_BYLINE {
        return false;
    }
    let lower = line.to_lowercase();
    let bare = lower.trim_end_matches(['.', ':']);
    // A full stop behind an initial ends no sentence.
    let ends_sentence = |part: &str| part.rsplit(' ').next().is_some_and(|word| word.len() > 2);
    let mut parts = line.rsplit(". ").skip(1);
    let is_sentence = parts.any(ends_sentence) || line.split_whitespace().count() > 14;
    WHOLE.contains(&bare) || (!is_sentence && OPENING.iter().any(|head| lower.starts_with(head)))
}

fn plain_line(line: &str) -> String {
    // Tags in a pasted line are text, as in the body; only entities of a half-copied page go.
    if line.contains('<') { super::one_line(line) } else { plain_text(line) }
}

fn is_blank(line: &str) -> bool {
    line.chars().all(is_space)
}

fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{200B}' | '\u{2060}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authors(line: &str) -> Vec<String> {
        let text = format!("Title\n\n{line}\n\nBody text is here.");
        read_pasted(&text).expect("pasted").authors
    }

    #[test]
    fn title_byline_and_body_are_told_apart() {
        let text = "\u{FEFF}\n\nRiver rises in the valley’s towns\n\nPhoto of author\n\nBy North Desk Staff \
                    Writers\n\nThe water came “at night”, they said.\r\n\r\nWhat comes next\r\n\
                    \r\nMore rain.\n\nPhoto: R. Ortiz/Agency\n\nThe last.\n\n";
        let pasted = read_pasted(text).expect("pasted");
        assert_eq!(pasted.title, "River rises in the valley’s towns");
        assert_eq!(pasted.authors, ["North Desk Staff Writers"]);
        assert_eq!(
            plain_to_html(&pasted.body),
            "<p>The water came “at night”, they said.</p>\n<h2>What comes next</h2>\n\
             <p>More rain.</p>\n<p>The last.</p>\n"
        );
    }

    #[test]
    fn a_byline_names_everyone_in_three_languages() {
        assert_eq!(authors("By Ana Ruiz and José Peña"), ["Ana Ruiz", "José Peña"]);
        assert_eq!(
            authors("Por Ana Ruiz, Luis de la Cruz y Eva"),
            ["Ana Ruiz", "Luis de la Cruz", "Eva"]
        );
        assert_eq!(authors("POR JOÃO SILVA E MARIA"), ["JOÃO SILVA", "MARIA"]);
        assert_eq!(authors("By: Ana Ruiz, Bo Li, and Cy Do"), ["Ana Ruiz", "Bo Li", "Cy Do"]);
        assert_eq!(authors("By LatAm Reports Staff Writers"), ["LatAm Reports Staff Writers"]);
    }

    #[test]
    fn a_sentence_that_begins_like_a_byline_is_none() {
        for line in [
            "By noon the river had fallen",
            "By March, prices had doubled",
            "Por eso se fue",
            "By Monday everything would be over for them all.",
        ] {
            assert!(authors(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn only_captions_that_stand_alone_are_dropped() {
        for line in
            ["Photo of author", "Foto del autor", "Foto do autor", "Image credit: A", "photo: X"]
        {
            assert!(is_caption(line), "{line}");
        }
        for line in [
            "Photo of the flood shows how far it came",
            "Photo: the picture that changed it all. It was taken by a girl",
            "Photography is an art",
            "Fotografías del desastre",
        ] {
            assert!(!is_caption(line), "{line}");
        }
    }

    #[test]
    fn lines_make_paragraphs_where_no_line_is_blank() {
        let html = plain_to_html("First sentence.\nA heading\nSecond.\n- a\n- b & c\nThe end");
        assert_eq!(
            html,
            "<p>First sentence.</p>\n<h2>A heading</h2>\n<p>Second.</p>\n<ul>\n<li>a</li>\n\
             <li>b &amp; c</li>\n</ul>\n<p>The end</p>\n"
        );
        assert_eq!(
            plain_to_html("One\ntwo.\n\n• x\n• y\n\nDone."),
            "<p>One two.</p>\n<ul>\n<li>x</li>\n<li>y</li>\n</ul>\n<p>Done.</p>\n"
        );
    }

    #[test]
    fn a_line_with_end_punctuation_or_many_words_is_no_heading() {
        for line in ["He said “no.”", "Why?", "And then:", "…", "a b c d e f g h i j k l m"] {
            assert!(!is_heading(line), "{line}");
        }
        assert!(is_heading("Sovereignty over “cooperation”"));
    }

    #[test]
    fn an_empty_text_is_an_error() {
        assert_eq!(read_pasted(" \n\u{A0}\n"), Err(TextError::Empty));
        assert_eq!(plain_to_html(""), "");
    }
}
