//! Finds the ends of tags and of what stands in them, in HTML that nobody has checked.
//!
//! # Promises
//! - Linear in the size of the text over all calls, as what has no end is looked for only once.
//!
//! # Limits
//! - A quote that is left open in a tag is taken for none; after some of them no quotes are heeded.

/// Open quotes after which quotes are no longer looked at.
const MAX_OPEN_QUOTES: usize = 16;

/// A text that is looked through from its beginning to its end.
pub(super) struct Tags<'t> {
    text: &'t str,
    /// What has no end from some place on.
    missing: Vec<String>,
    open_quotes: usize,
}

impl<'t> Tags<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, missing: Vec::new(), open_quotes: 0 }
    }

    /// Behind the next `end` from the byte `from` on, in capitals or not.
    pub(super) fn behind(&mut self, from: usize, end: &str) -> Option<usize> {
        if self.missing.iter().any(|missing| missing == end) {
            return None;
        }
        let bytes = self.text.as_bytes();
        let first = *end.as_bytes().first()?;
        let mut at = from;
        while let Some(found) = memchr::memchr(first, &bytes[at..]) {
            at += found;
            let there = bytes.get(at..at + end.len());
            if there.is_some_and(|there| there.eq_ignore_ascii_case(end.as_bytes())) {
                return Some(at + end.len());
            }
            at += 1;
        }
        self.missing.push(end.to_owned());
        None
    }

    /// Behind the `>` of the tag that begins at `at`; those in quotes don't count.
    pub(super) fn end_of_tag(&mut self, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut quote = None;
        if self.open_quotes < MAX_OPEN_QUOTES {
            for (place, byte) in bytes.iter().enumerate().skip(at + 1) {
                match (quote, *byte) {
                    (Some(open), byte) if open == byte => quote = None,
                    (None, b'>') => return Some(place + 1),
                    (None, b'"' | b'\'') if bytes[place - 1] == b'=' => quote = Some(*byte),
                    _ => {}
                }
            }
            self.open_quotes += 1;
        }
        self.behind(at, ">")
    }
}

/// The name with which `text` begins, behind `<` or `</`; empty where it begins with no letter.
pub(super) fn tag_name(text: &str) -> &str {
    if !text.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        return "";
    }
    let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_in_quotes_do_not_count_unless_the_quote_is_left_open() {
        let end = |text: &str| Tags::new(text).end_of_tag(0);
        assert_eq!(end("<a href='>' x>y"), Some(14));
        assert_eq!(end("<a href=\"x>y"), Some(11));
        assert_eq!(end("<a don't>"), Some(9));
        assert_eq!(end("<a"), None);
        assert_eq!(Tags::new("x</SCRIPT>y").behind(0, "</script>"), Some(10));
    }

    #[test]
    fn what_has_no_end_is_looked_for_once() {
        let text = "<!--".repeat(100_000) + &"<a b=\"".repeat(100_000);
        let mut tags = Tags::new(&text);
        for at in 0..text.len() {
            assert_eq!(tags.behind(at, "-->"), None);
            assert_eq!(tags.end_of_tag(at), None);
        }
    }
}
