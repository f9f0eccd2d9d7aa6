//! Bytes → text, strictly: what is declared must hold.
//!
//! # Promises
//! - Every byte sequence gives some text, so that the rest can be checked too.
//!
//! # Limits
//! - EBCDIC is not known.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{
    report::{Report, shown},
    rules,
};

/// Encodings that most readers know beside UTF-8 and UTF-16.
const COMMON: [&str; 17] = [
    "us-ascii",
    "iso-8859-1",
    "euc-jp",
    "iso-8859-2",
    "iso-8859-15",
    "iso-8859-7",
    "koi8-r",
    "shift_jis",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "gb18030",
    "utf-8",
    "utf-16",
];
/// Within so many bytes a declaration ends.
const DECLARATION: usize = 512;

/// A document as text.
pub(super) struct Decoded {
    pub(super) text: String,
    /// In lower case.
    pub(super) encoding: String,
    /// What the document itself says of it, by a declaration or a mark; in lower case.
    pub(super) own: Option<String>,
}

/// Reads `bytes`; `charset` is what HTTP says, which counts more than a declaration.
pub(super) fn decode(bytes: &[u8], charset: Option<&str>, report: &mut Report) -> Decoded {
    match bytes {
        [0, 0, 0xFE, 0xFF, rest @ ..] => return utf32(rest, u32::from_be_bytes),
        [0xFF, 0xFE, 0, 0, rest @ ..] => return utf32(rest, u32::from_le_bytes),
        [0, 0, 0, b'<', ..] => return utf32(bytes, u32::from_be_bytes),
        [b'<', 0, 0, 0, ..] => return utf32(bytes, u32::from_le_bytes),
        _ => {}
    }
    let (mark, skip) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (Some(encoding), length),
        None => match bytes {
            [b'<', 0, ..] => (Some(UTF_16LE), 0),
            [0, b'<', ..] => (Some(UTF_16BE), 0),
            _ => (None, 0),
        },
    };
    let bytes = &bytes[skip..];
    let declared = declared(bytes, mark);
    if let Some((name, at)) = &declared {
        judge(name, *at, mark, report);
    } else if mark.is_none() && charset.is_none() {
        report.add(&rules::XML_NO_ENCODING, 0, "");
    }
    let own = mark.map(|mark| mark.name().to_ascii_lowercase());
    let own = own.or_else(|| declared.as_ref().map(|(name, _)| name.clone()));
    let named = charset.map(ToOwned::to_owned).or(declared.map(|(name, _)| name));
    let named = named.unwrap_or_else(|| "utf-8".to_owned());
    let encoding = mark.or_else(|| known(&named)).unwrap_or(UTF_8);
    let (text, bad) = encoding.decode_without_bom_handling(bytes);
    let is_ascii = mark.is_none() && named == "us-ascii";
    if bad {
        let at = match encoding == UTF_8 {
            true => bytes.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len()),
            false => text.find('\u{FFFD}').unwrap_or(0),
        };
        report.add(&rules::XML_UNDECODABLE, at, format!("it is not {}", encoding.name()));
    } else if is_ascii && !text.is_ascii() {
        let at = text.find(|letter: char| !letter.is_ascii()).unwrap_or(0);
        report.add(&rules::XML_UNDECODABLE, at, "it is not US-ASCII");
    }
    // What is read as windows-1252 has letters there; the encoding that is named has controls.
    if mark.is_none() && ["iso-8859-1", "latin1", "us-ascii"].contains(&&*named) {
        let control = bytes.iter().position(|byte| (0x80..0xA0).contains(byte));
        let at = control.and_then(|number| text.char_indices().nth(number));
        if let Some((at, letter)) = at {
            report.add(&rules::XML_DUBIOUS, at, format!("{letter} in {}", shown(&named)));
        }
    }
    let encoding = match mark {
        Some(mark) => mark.name().to_ascii_lowercase(),
        None => named,
    };
    Decoded { text: text.into_owned(), encoding, own }
}

/// Judges a declared encoding, whose name stands at a byte.
fn judge(name: &str, at: usize, mark: Option<&'static Encoding>, report: &mut Report) {
    let encoding = known(name);
    if let Some(mark) = mark {
        let wide = ["utf-16", "iso-10646-ucs-2", "csunicode", "ucs-2", "utf-16le", "utf-16be"];
        let agrees = match mark == UTF_8 {
            true => encoding == Some(UTF_8),
            false => wide.contains(&name),
        };
        if !agrees {
            let detail = format!("{} is declared, the bytes are {}", shown(name), mark.name());
            report.add(&rules::XML_CONTRADICTS, at, detail);
        }
        return;
    }
    match encoding {
        None => report.add(&rules::XML_UNKNOWN_ENCODING, at, shown(name)),
        Some(wide) if wide == UTF_16LE || wide == UTF_16BE => {
            report.add(&rules::XML_CONTRADICTS, at, format!("{} is declared", shown(name)));
        }
        Some(plain) if plain == UTF_8 => {}
        Some(_) if COMMON.contains(&name) => report.add(&rules::XML_NOT_UTF8, at, shown(name)),
        Some(_) => report.add(&rules::XML_OBSCURE, at, shown(name)),
    }
}

fn known(name: &str) -> Option<&'static Encoding> {
    match Encoding::for_label(name.as_bytes()) {
        // Not an encoding, but a label that stands for refusing one.
        Some(encoding) if encoding.name() == "replacement" => None,
        None if ["latin-9", "cp850", "cp437"].contains(&name) => Some(WINDOWS_1252),
        None if name.starts_with("mac-") => Encoding::for_label(format!("x-{name}").as_bytes()),
        other => other,
    }
}

/// The encoding that an XML declaration names, in lower case, and where.
fn declared(bytes: &[u8], mark: Option<&'static Encoding>) -> Option<(String, usize)> {
    let head = &bytes[..bytes.len().min(DECLARATION)];
    let head = match mark {
        Some(wide) if wide != UTF_8 => wide.decode_without_bom_handling(head).0.into_owned(),
        _ => {
            head.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect()
        }
    };
    let end = head.find("?>")?;
    let head = head[..end].strip_prefix("<?xml")?;
    let at = head.find("encoding")?;
    let rest = head[at + 8..].trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
    let name = rest[1..].split(quote).next()?;
    Some((name.to_ascii_lowercase(), end - rest.len() + 1))
}

fn utf32(bytes: &[u8], letter: fn([u8; 4]) -> u32) -> Decoded {
    let letters = bytes.as_chunks::<4>().0.iter().map(|it| char::from_u32(letter(*it)));
    let text = letters.map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Decoded { text, encoding: "utf-32".to_owned(), own: Some("utf-32".to_owned()) }
}
