//! The note that stands on top of a corrected story.

use chrono::{DateTime, Utc};

use super::long_date;
use crate::story::Language;

/// A paragraph of HTML: the word for a correction in the story's language, its date, its text.
pub fn correction_note(text: &str, date: DateTime<Utc>, language: &Language) -> String {
    let word = match language.primary() {
        "es" => "Corrección",
        "pt" => "Correção",
        _ => "Correction",
    };
    let text = html_escape::encode_text(text);
    format!("<p><strong>{word}, {}:</strong> {text}</p>", long_date(date, language.primary()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_note_is_in_the_storys_language_and_escaped() {
        let date = "2026-01-14T15:05:00Z".parse().expect("an instant");
        let note = |tag: &str| correction_note("a < b", date, &tag.parse().expect("a language"));
        assert_eq!(note("en"), "<p><strong>Correction, 14 January 2026:</strong> a &lt; b</p>");
        assert_eq!(note("es"), "<p><strong>Corrección, 14 de enero de 2026:</strong> a &lt; b</p>");
        assert!(note("pt-BR").contains("Correção, 14 de janeiro de 2026"));
    }
}
