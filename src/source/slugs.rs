//! Texts as parts of an address, by the rules of ours, Hugo's, Zola's and Jekyll's.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::story::Slugs;

/// What Go escapes in a path.
const GO: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');
/// What Jekyll escapes in a path.
const JEKYLL: &AsciiSet = &GO.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');

/// A text as a segment of an address: lower case, letters and digits of any script kept, the rest
/// a hyphen.
pub(super) fn urlize(text: &str) -> String {
    let mut segment = String::with_capacity(text.len());
    for letter in text.trim().chars() {
        if letter.is_alphanumeric() || matches!(letter, '_' | '.') {
            segment.extend(letter.to_lowercase());
        } else if !segment.is_empty() && !segment.ends_with('-') && letter != '\'' && letter != '’'
        {
            segment.push('-');
        }
    }
    let trimmed = segment.trim_end_matches('-');
    if trimmed.chars().all(|letter| letter == '.') { String::new() } else { trimmed.to_owned() }
}

/// Hugo's `MakePathSanitized`: punctuation is left out, spaces become one hyphen, hyphens stay.
pub(super) fn hugo(slugs: Slugs, text: &str) -> String {
    let plain = matches!(slugs, Slugs::HugoPlain | Slugs::HugoCasedPlain);
    let cased = matches!(slugs, Slugs::HugoCased | Slugs::HugoCasedPlain);
    let text = if plain { without_accents(text) } else { text.to_owned() };
    let mut path = String::with_capacity(text.len());
    let (mut spaced, mut hyphened) = (false, false);
    for (place, letter) in text.char_indices() {
        let escapes = || {
            let digits = text.as_bytes().get(place + 1..place + 3);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        let stays = matches!(letter, '.' | '/' | '\\' | '_' | '#' | '+' | '~' | '-' | '@')
            || is_letter_digit_or_mark(letter)
            || (letter == '%' && escapes());
        if stays {
            hyphened = letter == '-';
            if spaced && !hyphened {
                path.push('-');
            }
            spaced = false;
            // Go knows of one letter alone for each: `İ` is `i`.
            let lower = || letter.to_lowercase().next().unwrap_or(letter);
            path.push(if cased { letter } else { lower() });
        } else if !path.is_empty() && !hyphened && letter.is_whitespace() {
            spaced = true;
        }
    }
    path
}

/// The path of a page of Hugo's, from its parts as they are written.
pub(super) fn hugo_link(slugs: Slugs, path: &str) -> String {
    let (path, ending) = match path.strip_suffix('/') {
        Some(path) => (path, "/"),
        None => (path, ""),
    };
    let path = joined(path);
    // A name of which nothing is left gives its ending to the folder.
    let path = match path.strip_suffix("/.html") {
        Some(folder) => format!("{folder}.html"),
        None => path,
    };
    go_escaped(&hugo(slugs, &format!("{path}{ending}")))
}

/// The path of a page whose front matter has Hugo's `url`; `prefix` is that of the language.
pub(super) fn hugo_url(written: &str, prefix: &str) -> String {
    let path = joined(written);
    // A name with a dot is a file; `/a/index.html` is given a slash by Hugo.
    let is_file = written.contains('.') && !written.ends_with('/');
    let ending = if is_file && !path.ends_with("/index.html") { "" } else { "/" };
    let prefix = if written.starts_with('/') { "" } else { prefix };
    go_escaped(&format!("{prefix}{path}{ending}"))
}

/// What Hugo makes of a text that stands for a token: it is escaped, and taken back as a query.
pub(super) fn hugo_token(slugs: Slugs, text: &str) -> String {
    unescaped(&hugo(slugs, text))
}

/// `+` as a space, `%41` as its letter.
pub(super) fn unescaped(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// Zola's rules for one name.
pub(super) fn zola(slugs: Slugs, text: &str) -> String {
    match slugs {
        Slugs::ZolaOff => text.to_owned(),
        Slugs::ZolaSafe => {
            let kept = text.trim_end_matches([' ', '.']).chars();
            kept.filter(|letter| !"<>:\"/\\|?*".contains(*letter)).collect()
        }
        _ => {
            let mut slug = String::new();
            for letter in text.chars() {
                let ascii = deunicode::deunicode_char(letter).unwrap_or("-");
                for letter in ascii.chars() {
                    match letter {
                        _ if letter.is_ascii_alphanumeric() => {
                            slug.push(letter.to_ascii_lowercase());
                        }
                        _ if slug.is_empty() || slug.ends_with('-') => {}
                        _ => slug.push('-'),
                    }
                }
            }
            slug.trim_end_matches('-').to_owned()
        }
    }
}

/// A name with what Zola leaves to the reader of an address escaped.
pub(super) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, JEKYLL).to_string()
}

/// Jekyll's `:title`: capitals and the punctuation of addresses stay.
pub(super) fn jekyll_pretty(text: &str) -> String {
    jekyll(text, "._~!$&'()+,;=@")
}

/// Jekyll's `:slug`: letters and digits in lower case, the rest a hyphen.
pub(super) fn jekyll_slug(text: &str) -> String {
    jekyll(&text.to_lowercase(), "")
}

fn jekyll(text: &str, kept: &str) -> String {
    let mut slug = String::new();
    for letter in text.chars() {
        if is_letter_digit_or_mark(letter) || kept.contains(letter) {
            slug.push(letter);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_matches('-').to_owned()
}

/// Parts joined as Go joins a path: no empty ones, none that lead up.
fn joined(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// A path as Go's `net/url` writes it: as it is where it may stand so, else escaped as a whole.
fn go_escaped(link: &str) -> String {
    // Hugo leaves a `#` as it is.
    let end = link.find(['#', '?']).unwrap_or(link.len());
    let (path, rest) = link.split_at(end);
    let stands =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@!'()*[]%".contains(&byte);
    if path.bytes().all(stands) {
        return format!("{path}{rest}");
    }
    let path: Vec<u8> = percent_decode_str(path).collect();
    format!("{}{rest}", percent_encoding::percent_encode(&path, GO))
}

fn without_accents(text: &str) -> String {
    let is_accent =
        |letter: &char| get_general_category(*letter) == GeneralCategory::NonspacingMark;
    text.nfd().filter(|letter| !is_accent(letter)).nfc().collect()
}

fn is_letter_digit_or_mark(letter: char) -> bool {
    use GeneralCategory::{
        DecimalNumber, LowercaseLetter, ModifierLetter, OtherLetter, TitlecaseLetter,
        UppercaseLetter,
    };
    if letter.is_ascii() {
        return letter.is_ascii_alphanumeric();
    }
    let letters = [UppercaseLetter, LowercaseLetter, TitlecaseLetter, ModifierLetter, OtherLetter];
    let category = get_general_category(letter);
    letters.contains(&category) || category == DecimalNumber || is_combining_mark(letter)
}
