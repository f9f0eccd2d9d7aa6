//! Names of people.
//!
//! # Limits
//! - Several names in one element stay one text.

use super::xml::{Element, Space};
use crate::text::plain_text;

/// The names in all `local` of `space` below `element`.
pub(super) fn named(element: &Element, space: Space, local: &str) -> Vec<String> {
    distinct(element.all(space, local).map(|person| name(&person.text())).collect())
}

/// The name in `ana@site.example (Ana Ruiz)`, `Ana Ruiz <ana@site.example>` or `Ana Ruiz`; the
/// mail address where there is nothing else.
fn name(written: &str) -> String {
    let plain = plain_text(&written.replace(['<', '>'], " "));
    if !plain.contains('@') {
        return plain_text(written);
    }
    if let Some((_, rest)) = plain.split_once('(')
        && let Some((inside, _)) = rest.rsplit_once(')')
        && !inside.contains('@')
        && !inside.trim().is_empty()
    {
        return inside.trim().to_owned();
    }
    let words = plain.split_whitespace().filter(|word| !word.contains('@'));
    let name = words.collect::<Vec<_>>().join(" ");
    let name =
        name.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '.').to_owned();
    if name.is_empty() { plain } else { name }
}

/// The names that say anything, each once.
pub(super) fn distinct(names: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    names.into_iter().filter(|name| !name.is_empty() && seen.insert(name.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_from_the_mail_address_beside_it() {
        for (written, wanted) in [
            ("ana@site.example (Ana Ruiz)", "Ana Ruiz"),
            ("Ana Ruiz <ana@site.example>", "Ana Ruiz"),
            ("Ana Ruiz “ana@site.example”", "Ana Ruiz"),
            ("(ana@site.example) Ana Ruiz", "Ana Ruiz"),
            ("ana@site.example ()", "ana@site.example ()"),
            ("ana@site.example", "ana@site.example"),
            ("Ana Ruiz", "Ana Ruiz"),
            ("Q&amp;A desk", "Q&A desk"),
            ("", ""),
        ] {
            assert_eq!(name(written), wanted, "{written}");
        }
    }
}
