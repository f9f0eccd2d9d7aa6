//! People, and how to reach them.
//!
//! # Limits
//! - Several names in one element stay one text.

use std::collections::HashSet;

use super::xml::{Element, Space};
use crate::{story::Person, text::plain_text};

/// The names in all `local` of `space` below `element`.
pub(super) fn named(element: &Element, space: Space, local: &str) -> Vec<Person> {
    distinct(element.all(space, local).map(|it| person(&it.text())).collect())
}

/// The person in `ana@site.example (Ana Ruiz)`, `Ana Ruiz <ana@site.example>` or `Ana Ruiz`; one
/// without a name in `ana@site.example`.
pub(super) fn person(written: &str) -> Person {
    let plain = plain_text(&written.replace(['<', '>'], " "));
    let Some(email) = email(&plain) else {
        return Person { name: plain_text(written), ..Person::default() };
    };
    let email = email.to_owned();
    if let Some((_, rest)) = plain.split_once('(')
        && let Some((inside, _)) = rest.rsplit_once(')')
        && !inside.contains('@')
        && !inside.trim().is_empty()
    {
        return Person { name: inside.trim().to_owned(), email: Some(email), url: None };
    }
    let words = plain.split_whitespace().filter(|word| !word.contains('@'));
    let name = words.collect::<Vec<_>>().join(" ");
    let name = name.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '.');
    Person { name: name.to_owned(), email: Some(email), url: None }
}

/// The first mail address in a text.
fn email(text: &str) -> Option<&str> {
    let outside = |letter: char| !letter.is_alphanumeric() && letter != '+';
    text.split_whitespace()
        .filter(|word| word.contains('@'))
        .map(|word| {
            let word = word.strip_prefix("mailto:").unwrap_or(word);
            word.trim_matches(outside)
        })
        .find(|word| {
            word.split_once('@').is_some_and(|(who, host)| !who.is_empty() && !host.is_empty())
        })
}

/// Those of whom anything is said, each once.
pub(super) fn distinct(people: Vec<Person>) -> Vec<Person> {
    let mut seen = HashSet::new();
    let known = |person: &Person| !person.name.is_empty() || person.email.is_some();
    people.into_iter().filter(|person| known(person) && seen.insert(person.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_from_the_mail_address_beside_it() {
        for (written, wanted) in [
            ("ana@site.example (Ana Ruiz)", ("Ana Ruiz", Some("ana@site.example"))),
            ("Ana Ruiz <ana@site.example>", ("Ana Ruiz", Some("ana@site.example"))),
            ("Ana Ruiz “ana@site.example”", ("Ana Ruiz", Some("ana@site.example"))),
            ("(ana@site.example) Ana Ruiz", ("Ana Ruiz", Some("ana@site.example"))),
            ("ana@site.example ()", ("", Some("ana@site.example"))),
            ("mailto:ana@site.example", ("", Some("ana@site.example"))),
            ("Ana Ruiz", ("Ana Ruiz", None)),
            ("Ana @ the desk", ("Ana @ the desk", None)),
            ("Q&amp;A desk", ("Q&A desk", None)),
            ("", ("", None)),
        ] {
            let person = person(written);
            assert_eq!((person.name.as_str(), person.email.as_deref()), wanted, "{written}");
        }
    }
}
