//! What can be wrong with a text.

use super::guard::{
    MAX_ATTRIBUTES, MAX_DEPTH, MAX_MISPLACED, MAX_REFERENCES, MAX_REOPENED, MAX_TAGS,
    MAX_TEXT_BYTES,
};

/// Why a text cannot be read. Lines count from 1, in the text that was handed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// More bytes than any parser is given.
    #[error("the text has {bytes} bytes, more than {MAX_TEXT_BYTES}")]
    TooLong {
        /// Size of the text.
        bytes: usize,
    },
    /// Elements, quotes or lists within each other, beyond what any story needs.
    #[error("elements are nested more than {MAX_DEPTH} deep")]
    TooDeep {
        /// Where the limit is passed.
        line: usize,
    },
    /// A single tag with more attributes than any element has.
    #[error("a tag has more than {MAX_ATTRIBUTES} attributes")]
    TooManyAttributes {
        /// Where the tag starts.
        line: usize,
    },
    /// Elements that stand in tables outside of cells.
    #[error("more than {MAX_MISPLACED} elements stand in tables outside of cells")]
    TooManyMisplaced {
        /// Where the limit is passed.
        line: usize,
    },
    /// Formatting that is never closed, which a parser opens again in each paragraph.
    #[error(
        "formatting (`<b>`, `<font>` …) that is left open would be opened {MAX_REOPENED} times"
    )]
    TooManyReopened {
        /// Where the limit is passed.
        line: usize,
    },
    /// More tags than any story has.
    #[error("the text has more than {MAX_TAGS} tags")]
    TooManyTags,
    /// More character references than a parser takes in reasonable time.
    #[error("the text has more than {MAX_REFERENCES} character references (`&amp;`, `&lt;` …)")]
    TooManyReferences,
    /// The fields above the text cannot be read.
    #[error("{}", message.split("\nfix: ").next().unwrap_or_default())]
    FrontMatter {
        /// Line in the whole file.
        line: usize,
        /// What is wrong, and a `fix:` line where one can be given.
        message: String,
    },
    /// Nothing but white space.
    #[error("the text is empty")]
    Empty,
}

impl TextError {
    /// The same in a text that stands so many lines further down.
    pub(super) fn moved_down(self, lines: usize) -> Self {
        match self {
            Self::FrontMatter { line, message } => {
                Self::FrontMatter { line: line + lines, message }
            }
            other => other,
        }
    }

    /// The line that is at fault, where one is.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::TooLong { .. } | Self::TooManyReferences | Self::TooManyTags | Self::Empty => {
                None
            }
            Self::TooDeep { line }
            | Self::TooManyAttributes { line }
            | Self::TooManyMisplaced { line }
            | Self::TooManyReopened { line }
            | Self::FrontMatter { line, .. } => Some(*line),
        }
    }

    /// What to do about it.
    pub fn fix(&self) -> &str {
        match self {
            Self::TooLong { .. } => {
                "split the story, or link to large files instead of embedding them"
            }
            Self::TooDeep { .. } => "close the elements that are left open above this line",
            Self::TooManyAttributes { .. } => "look for a quote that is left open in this tag",
            Self::TooManyMisplaced { .. } => "close the table, or put them into `<td>` elements",
            Self::TooManyReopened { .. } => {
                "close the formatting that is left open above this line"
            }
            Self::TooManyTags => "split the story, or link to a file with the long table",
            Self::TooManyReferences => "split the story, or link to a file with the long listing",
            Self::FrontMatter { message, .. } => message
                .split_once("\nfix: ")
                .map_or("mend the front matter on this line", |(_, fix)| fix),
            Self::Empty => "write a title on the first line and the story below it",
        }
    }
}

/// The line, counted from 1, on which the byte `at` of `text` stands.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].split(|byte| *byte == b'\n').count()
}
