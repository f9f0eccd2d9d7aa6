//! Cuts an export into its head and its items, one after the other, however large it is.
//!
//! # Promises
//! - Never more than one item is in memory, and of that no more than [`MAX_ITEM_BYTES`].
//! - Tags in CDATA sections and comments are none.
//! - Bytes that are no UTF-8 are read as windows-1252; what XML forbids is stripped.
//!
//! # Limits
//! - UTF-8 alone, as WordPress writes it; files in UTF-16 are not read.

use std::io::{self, BufRead};

use encoding_rs::WINDOWS_1252;
use memchr::memmem;

use crate::text::legal;

/// A larger item is passed over.
pub(super) const MAX_ITEM_BYTES: usize = 64 * 1024 * 1024;

/// One part of an export.
#[derive(Debug)]
pub(super) struct Piece {
    /// What it is.
    pub(super) kind: Kind,
    /// The line, from 1, on which it begins.
    pub(super) line: usize,
    /// That of the head, or of a whole item.
    pub(super) text: String,
}

/// What a part of an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What stands before the first item.
    Head,
    /// An item with its end tag.
    Item,
    /// An item without an end: another begins in it.
    Broken,
    /// Where the file ends too early: the item that has no end, or the last line.
    Cut,
    /// An item of more than [`MAX_ITEM_BYTES`].
    TooLarge,
}

/// Reads the parts of an export.
pub(super) struct Items<R> {
    reader: R,
    /// What was read and not yet given away.
    buffer: Vec<u8>,
    /// How far `buffer` was looked at.
    at: usize,
    /// The line on which `buffer` begins.
    line: usize,
    inside: Inside,
    ended: bool,
    too_large: bool,
    /// The end of the channel was found, or its absence was told.
    closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Head,
    Item,
    Between,
}

/// What the next tag of interest is, and where it begins.
enum Mark {
    Start(usize),
    /// With the place behind the end tag.
    End(usize),
    EndOfFile,
}

impl<R: BufRead> Items<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            at: 0,
            line: 1,
            inside: Inside::Head,
            ended: false,
            too_large: false,
            closed: false,
        }
    }

    /// The next part; none where all was read.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        loop {
            let mark = self.next_mark()?;
            let inside = self.inside;
            let (end, then) = match mark {
                Mark::Start(start) => (start, Inside::Item),
                Mark::End(end) => (end, Inside::Between),
                Mark::EndOfFile => (self.buffer.len(), Inside::Between),
            };
            let kind = match (inside, &mark) {
                (Inside::Head, Mark::End(_)) => continue,
                (Inside::Head, _) => Some(Kind::Head),
                (Inside::Between, Mark::EndOfFile) if !self.closed => Some(Kind::Cut),
                (Inside::Between, _) => None,
                (Inside::Item, _) if self.too_large => Some(Kind::TooLarge),
                (Inside::Item, Mark::End(_)) => Some(Kind::Item),
                (Inside::Item, Mark::Start(_)) => Some(Kind::Broken),
                (Inside::Item, Mark::EndOfFile) => Some(Kind::Cut),
            };
            self.closed |= kind == Some(Kind::Cut);
            self.too_large = false;
            self.inside = then;
            let line = self.line;
            let piece = kind.map(|kind| {
                let has_text = matches!(kind, Kind::Head | Kind::Item);
                let text = if has_text { decoded(&self.buffer[..end]) } else { String::new() };
                Piece { kind, line, text }
            });
            self.drop_before(end);
            if let Mark::Start(_) = mark {
                // Behind the `<`, so that the same tag isn't found again.
                self.at = 1;
            }
            if piece.is_some() || matches!(mark, Mark::EndOfFile) {
                return Ok(piece);
            }
        }
    }

    /// Looks for the next start or end of an item.
    fn next_mark(&mut self) -> io::Result<Mark> {
        loop {
            let Some(found) = memchr::memchr(b'<', &self.buffer[self.at..]) else {
                self.at = self.buffer.len();
                self.relieve();
                if !self.fill()? {
                    return Ok(Mark::EndOfFile);
                }
                continue;
            };
            let start = self.at + found;
            self.at = start;
            const LONGEST: usize = "<![CDATA[".len();
            while self.buffer.len() < start + LONGEST && self.fill()? {}
            let rest = &self.buffer[start..];
            let skipped = if rest.starts_with(b"<![CDATA[") {
                Some(*b"]]>")
            } else if rest.starts_with(b"<!--") {
                Some(*b"-->")
            } else {
                None
            };
            if let Some(end) = skipped {
                self.at = start + 4;
                if !self.skip_to(end)? {
                    return Ok(Mark::EndOfFile);
                }
                continue;
            }
            if rest.starts_with(b"</item>") {
                self.at = start + b"</item>".len();
                return Ok(Mark::End(self.at));
            }
            if rest.starts_with(b"<item>") || rest.starts_with(b"<item ") {
                return Ok(Mark::Start(start));
            }
            self.closed |= rest.starts_with(b"</channel");
            self.at = start + 1;
        }
    }

    /// Goes behind the next `end`; false where the file ends before it.
    fn skip_to(&mut self, end: [u8; 3]) -> io::Result<bool> {
        let finder = memmem::Finder::new(&end);
        loop {
            if let Some(found) = finder.find(&self.buffer[self.at..]) {
                self.at += found + end.len();
                return Ok(true);
            }
            self.at = self.buffer.len().saturating_sub(end.len() - 1).max(self.at);
            self.relieve();
            if !self.fill()? {
                self.at = self.buffer.len();
                return Ok(false);
            }
        }
    }

    /// Drops what nobody needs, or what is too much.
    fn relieve(&mut self) {
        if self.inside == Inside::Between {
            self.drop_before(self.at);
        } else if self.at > MAX_ITEM_BYTES {
            self.too_large = true;
            self.drop_before(self.at);
        }
    }

    fn drop_before(&mut self, end: usize) {
        self.line += memchr::memchr_iter(b'\n', &self.buffer[..end]).count();
        self.buffer.drain(..end);
        self.at = self.at.saturating_sub(end);
    }

    /// Reads on; false at the end of the file.
    fn fill(&mut self) -> io::Result<bool> {
        while !self.ended {
            match self.reader.fill_buf() {
                Ok([]) => self.ended = true,
                Ok(bytes) => {
                    let count = bytes.len();
                    self.buffer.extend_from_slice(bytes);
                    self.reader.consume(count);
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }
}

/// `bytes` as text, whatever they are.
fn decoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(&legal(chunk.valid()));
        text.push_str(&legal(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn pieces(text: &[u8], room: usize) -> Vec<(Kind, usize, String)> {
        let mut items = Items::new(BufReader::with_capacity(room, text));
        let mut pieces = Vec::new();
        while let Some(piece) = items.next().expect("read") {
            pieces.push((piece.kind, piece.line, piece.text));
        }
        pieces
    }

    #[test]
    fn the_parts_are_the_same_however_few_bytes_are_read_at_once() {
        let text = b"<rss>\n<channel><!-- <item> -->\n<item>a</item>\n \n<item x='y'>b<![CDATA[\n\
                     </item><item>]]></item><wp:x/><item>c<items/><item>d</item></channel>";
        let all = pieces(text, 4096);
        let kinds: Vec<(Kind, usize)> = all.iter().map(|(kind, line, _)| (*kind, *line)).collect();
        assert_eq!(
            kinds,
            [(Kind::Head, 1), (Kind::Item, 3), (Kind::Item, 5), (Kind::Broken, 6), (Kind::Item, 6)]
        );
        assert_eq!(all[2].2, "<item x='y'>b<![CDATA[\n</item><item>]]></item>");
        for room in 1..20 {
            assert_eq!(pieces(text, room), all, "{room}");
        }
    }

    #[test]
    fn an_export_that_breaks_off_says_where() {
        let all = pieces(b"<rss><item>a</item>\n<item>b<![CDATA[ \nx", 3);
        assert_eq!(all[2..], [(Kind::Cut, 2, String::new())]);
        let all = pieces(b"<rss><item>a</item>\n\n", 3);
        assert_eq!(all[2..], [(Kind::Cut, 3, String::new())]);
        let cut = (Kind::Cut, 1, String::new());
        assert_eq!(pieces(b"", 3), [(Kind::Head, 1, String::new()), cut]);
    }

    #[test]
    fn bytes_that_are_no_utf8_and_controls_are_forgiven() {
        let all = pieces("<item>é\u{1}</item>".as_bytes(), 8);
        assert_eq!(all[1].2, "<item>é</item>");
        assert_eq!(pieces(b"<item>\xE9 \x80</item>", 8)[1].2, "<item>é €</item>");
    }
}
