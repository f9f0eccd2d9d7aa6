//! Base64 (RFC 4648 §4), in which Atom may have its content.

/// The text in it; none where it is no base64 or no UTF-8.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xFF).ok()?);
        }
    }
    Some(String::from_utf8(bytes).ok()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded_in_lines_and_without_its_padding() {
        assert_eq!(decoded("PHA+Q2Fm\n w6k8L3A+"), Some("<p>Café</p>".to_owned()));
        assert_eq!(decoded("Y2E="), decoded("Y2E"));
        assert_eq!(decoded("Y2E="), Some("ca".to_owned()));
        assert_eq!((decoded("a b!"), decoded("/w==")), (None, None));
    }
}
