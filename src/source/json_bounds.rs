//! Bounds of JSON that strangers wrote, looked at before anything is built of it: a value takes
//! many times its letters.

/// Lists and objects within each other beyond which JSON is refused; the parser goes 128 deep.
pub(super) const MAX_JSON_DEPTH: usize = 128;
/// Values beyond which JSON is refused.
pub(super) const MAX_JSON_VALUES: usize = 1_000_000;

/// JSON beyond the bounds. Lines count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonBound {
    /// Lists and objects within each other.
    #[error("line {line}: it is nested more than {MAX_JSON_DEPTH} deep")]
    TooDeep {
        /// Where the limit is passed.
        line: usize,
    },
    /// More values than anyone needs.
    #[error("line {line}: it has more than {MAX_JSON_VALUES} values")]
    TooMany {
        /// Where the limit is passed.
        line: usize,
    },
}

/// Refuses JSON beyond the bounds.
pub(super) fn guard_json(text: &str) -> Result<(), JsonBound> {
    let (mut depth, mut values, mut line) = (0_usize, 0_usize, 1_usize);
    let mut in_text = false;
    let mut escaped = false;
    for byte in text.bytes() {
        match byte {
            b'\n' => {
                line += 1;
                escaped = false;
            }
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'[' | b'{' => {
                depth += 1;
                values += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > MAX_JSON_DEPTH {
            return Err(JsonBound::TooDeep { line });
        }
        if values > MAX_JSON_VALUES {
            return Err(JsonBound::TooMany { line });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_and_number_are_counted_outside_of_texts() {
        assert_eq!(guard_json("[\"[[[\\\"[\", {\"a\": [1, 2]}]"), Ok(()));
        let deep = format!("\n{}", "[".repeat(200));
        assert_eq!(guard_json(&deep), Err(JsonBound::TooDeep { line: 2 }));
        let many = "[],".repeat(MAX_JSON_VALUES);
        assert_eq!(guard_json(&many), Err(JsonBound::TooMany { line: 1 }));
        let deep_in_list = format!("[\"{}\"]", "[".repeat(200));
        assert_eq!(guard_json(&deep_in_list), Ok(()));
    }
}
