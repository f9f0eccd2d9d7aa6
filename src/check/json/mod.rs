//! JSON Feed 1.0 and 1.1.

mod feed;
mod read;
#[cfg(test)]
mod tests;

use super::{
    document::{DocumentKind, Hints},
    report::Report,
    rules,
};

/// Checks a document that is meant as JSON; gives its text too.
pub(super) fn check(
    bytes: &[u8],
    hints: &Hints<'_>,
    report: &mut Report,
) -> (DocumentKind, String) {
    let bytes = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => {
            report.add(&rules::JSON_BROKEN, 0, "a byte order mark stands before it");
            rest
        }
        None => bytes,
    };
    let text = String::from_utf8_lossy(bytes).into_owned();
    if std::str::from_utf8(bytes).is_err() {
        let at = bytes.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
        report.add(&rules::XML_UNDECODABLE, at, "JSON is UTF-8");
    }
    let read = read::read(&text, report);
    let kind = read.map_or(DocumentKind::Unknown, |value| feed::check(&value, hints, report));
    if !hints.profiles.is_empty() {
        report.add_whole(&rules::PROFILE_FORMAT, "");
    }
    (kind, text)
}
