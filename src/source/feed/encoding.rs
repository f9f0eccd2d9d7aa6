//! The bytes of a feed as text.
//!
//! # Promises
//! - Bytes that are UTF-8 are read as UTF-8, whatever the XML declaration says: a file that was
//!   converted without its declaration is far commoner than one that only looks like UTF-8.
//! - Every byte sequence gives some text.
//!
//! # Limits
//! - EBCDIC and UTF-7 are not known.
//! - Without a declaration, what is not UTF-8 is taken for windows-1252.

use std::borrow::Cow;

use encoding_rs::{
    BIG5, EUC_KR, Encoding, GBK, ISO_2022_JP, REPLACEMENT, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE,
    WINDOWS_1252,
};

/// Within so many bytes an XML declaration ends.
const DECLARATION: usize = 256;
/// Within so many bytes it begins.
const BEFORE_DECLARATION: usize = 2048;

/// `bytes` as text, without a byte order mark. `charset` is what HTTP says: a mark counts more, the
/// declaration less (RFC 7303 §3).
pub(in crate::source) fn decoded<'a>(bytes: &'a [u8], charset: Option<&str>) -> Cow<'a, str> {
    if let Some(text) = utf32(bytes) {
        return Cow::Owned(text);
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0;
    }
    match bytes {
        [b'<' | b'{', 0, ..] => return UTF_16LE.decode_without_bom_handling(bytes).0,
        [0, b'<' | b'{', ..] => return UTF_16BE.decode_without_bom_handling(bytes).0,
        _ => {}
    }
    let named = charset.and_then(named);
    // HTTP servers say UTF-8 of everything: what isn't is looked at more closely.
    let declared = named.filter(|it| *it != UTF_8).or_else(|| declared(bytes));
    if declared != Some(ISO_2022_JP)
        && let Ok(text) = simdutf8::basic::from_utf8(bytes)
    {
        return Cow::Borrowed(text);
    }
    let encoding = match declared {
        // A byte that is not ASCII is there, and UTF-16 was ruled out.
        Some(other) if ![UTF_8, UTF_16LE, UTF_16BE, REPLACEMENT].contains(&other) => other,
        _ if is_mostly_utf8(bytes) => UTF_8,
        _ => WINDOWS_1252,
    };
    encoding.decode_without_bom_handling(bytes).0
}

/// UTF-32, with its mark or without.
fn utf32(bytes: &[u8]) -> Option<String> {
    let to_letter = match bytes {
        [0, 0, 0xFE, 0xFF, ..] | [0, 0, 0, b'<' | b'{', ..] => u32::from_be_bytes,
        [0xFF, 0xFE, 0, 0, ..] | [b'<' | b'{', 0, 0, 0, ..] => u32::from_le_bytes,
        _ => return None,
    };
    let letters = bytes.as_chunks::<4>().0.iter().map(|it| char::from_u32(to_letter(*it)));
    let text: String = letters.map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Some(text.trim_start_matches('\u{FEFF}').to_owned())
}

/// The encoding that the XML declaration names.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    // Something may stand before it that doesn't belong there.
    let head = &bytes[..bytes.len().min(BEFORE_DECLARATION)];
    let start = head.windows(5).position(|it| it == b"<?xml")?;
    let head = &bytes[start..];
    let head = &head[..head.len().min(DECLARATION)];
    let end = head.iter().position(|byte| *byte == b'>')?;
    let head = std::str::from_utf8(&head[..end]).ok()?;
    let (_, rest) = head.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
    let label = rest[1..].split(quote).next()?;
    named(label)
}

/// The encoding of that name, by the names of Windows code pages too.
fn named(label: &str) -> Option<&'static Encoding> {
    let label = label.trim_matches(['"', '\'', ' ']);
    let code_page = || match label.to_ascii_lowercase().as_str() {
        "cp932" => Some(SHIFT_JIS),
        "cp936" => Some(GBK),
        "cp949" => Some(EUC_KR),
        "cp950" => Some(BIG5),
        _ => None,
    };
    Encoding::for_label(label.as_bytes()).or_else(code_page)
}

/// Whether letters of UTF-8 are commoner than bytes that are none: a few were cut or mixed in.
pub(in crate::source) fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn the_declared_encoding_is_read() {
        let bytes = b"<?xml version='1.0' encoding = 'koi8-r' ?><a>\xF2\xD5\xD3</a>";
        assert!(decoded(bytes, None).ends_with("<a>Рус</a>"));
        let bytes = b"<?xml version=\"1.0\" encoding=\"ISO-2022-JP\"?>\x1b$B4A\x1b(B";
        assert!(decoded(bytes, None).ends_with('漢'));
    }

    #[test]
    fn utf8_wins_over_a_declaration_that_lies() {
        let text = "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>Café</a>";
        assert_eq!(decoded(text.as_bytes(), None), text);
    }

    #[test]
    fn latin_1_without_a_declaration_or_with_a_false_one_is_read() {
        assert_eq!(decoded(b"<a>Caf\xE9 \x80</a>", None), "<a>Café €</a>");
        let bytes = b"<?xml version=\"1.0\" encoding=\"utf-8\"?><a>Caf\xE9</a>";
        assert!(decoded(bytes, None).ends_with("Café</a>"));
    }

    #[test]
    fn one_bad_byte_does_not_spoil_the_rest() {
        let mut bytes = "<a>áéíóú".as_bytes().to_vec();
        bytes.push(0xFF);
        assert_eq!(decoded(&bytes, None), "<a>áéíóú\u{fffd}");
    }

    #[test]
    fn utf16_is_known_by_its_mark_and_without_it() {
        assert_eq!(decoded(&utf16("\u{feff}<é/>", u16::to_be_bytes), None), "<é/>");
        assert_eq!(decoded(&utf16("\u{feff}<é/>", u16::to_le_bytes), None), "<é/>");
        assert_eq!(decoded(&utf16("<é/>", u16::to_be_bytes), None), "<é/>");
        assert_eq!(decoded(&utf16("<é/>", u16::to_le_bytes), None), "<é/>");
    }
}
