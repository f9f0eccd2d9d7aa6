//! Bytes of a text → lines and columns.

use serde::Serialize;

/// A place in a document. Both count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

/// Finds the places of offsets that are asked for in ascending order: each byte is looked at once,
/// however long a line is.
pub(super) struct Places<'t> {
    text: &'t str,
    at: usize,
    place: Place,
}

impl<'t> Places<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, place: Place { line: 1, column: 1 } }
    }

    /// The place of a byte that is not before the one asked for last.
    pub(super) fn of(&mut self, offset: usize) -> Place {
        let end = self.text.floor_char_boundary(offset.min(self.text.len())).max(self.at);
        let between = &self.text[self.at..end];
        match between.rfind('\n') {
            Some(last) => {
                self.place.line += between.bytes().filter(|byte| *byte == b'\n').count();
                self.place.column = 1 + between[last + 1..].chars().count();
            }
            None => self.place.column += between.chars().count(),
        }
        self.at = end;
        self.place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let text = "ab\nñé😀x\n\ny";
        let mut places = Places::new(text);
        let all: Vec<_> = text.char_indices().map(|(at, _)| places.of(at)).collect();
        let all: Vec<_> = all.iter().map(|place| (place.line, place.column)).collect();
        let expected =
            [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (2, 4), (2, 5), (3, 1), (4, 1)];
        assert_eq!(all, expected);
        assert_eq!(places.of(10_000), Place { line: 4, column: 2 });
    }
}
