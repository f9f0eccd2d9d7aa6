//! People, and how to reach them.
//!
//! # Promises
//! - A mail address is never part of a name.
//!
//! # Limits
//! - Several names in one element stay one text.

use std::collections::HashSet;

use super::{
    element::Element,
    space::Space::{DublinCore, DublinTerms, Itunes},
};
use crate::{story::Person, text::plain_text};

/// Who wrote an entry, or an Atom feed.
pub(super) fn authors(element: &Element) -> Vec<Person> {
    let own = element.core("author").map(person_of);
    let creators = [(DublinCore, "creator"), (DublinCore, "author"), (DublinTerms, "creator")];
    let creators = creators.into_iter().flat_map(|(space, local)| element.all(space, local));
    let people = distinct(own.chain(creators.map(person_of)).collect());
    if people.is_empty() {
        return distinct(element.all(Itunes, "author").map(person_of).collect());
    }
    people
}

/// Who answers for a channel of RSS.
pub(super) fn editors(channel: &Element) -> Vec<Person> {
    let editors = distinct(channel.core("managingEditor").map(person_of).collect());
    if editors.is_empty() { authors(channel) } else { editors }
}

/// The person in an element: in its parts, or written right into it.
fn person_of(element: &Element) -> Person {
    let part = |local| element.core_text(local).or_else(|| element.text_of(Itunes, local));
    let (name, email) = (part("name"), part("email"));
    let url = part("uri").or_else(|| part("url")).or_else(|| part("homepage"));
    if name.is_none() && email.is_none() {
        let written = if element.children().next().is_some() && url.is_some() {
            String::new()
        } else {
            element.text()
        };
        return Person { url: url.map(|url| element.absolute(&url)), ..person(&written) };
    }
    let written = name.map(|name| person(&name)).unwrap_or_default();
    Person {
        name: written.name,
        email: email.map(|email| plain_text(&email)).or(written.email),
        url: url.map(|url| element.absolute(&url)),
    }
}

/// The person in `ana@site.example (Ana Ruiz)`, `Ana Ruiz <ana@site.example>` or `Ana Ruiz`; one
/// without a name in `ana@site.example`.
pub(super) fn person(written: &str) -> Person {
    if !written.contains('@') {
        return Person { name: plain_text(written), ..Person::default() };
    }
    let plain = plain_text(&written.replace(['<', '>'], " "));
    let Some(email) = email(&plain).map(str::to_owned) else {
        return Person { name: plain, ..Person::default() };
    };
    let email = Some(email);
    if let Some((_, rest)) = plain.split_once('(')
        && let Some((inside, _)) = rest.rsplit_once(')')
        && !inside.contains('@')
        && !inside.trim().is_empty()
    {
        return Person { name: inside.trim().to_owned(), email, url: None };
    }
    let words = plain.split_whitespace().filter(|word| !word.contains('@'));
    let name = words.collect::<Vec<_>>().join(" ");
    let name = name.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '.');
    Person { name: name.to_owned(), email, url: None }
}

/// The first mail address in a text.
fn email(text: &str) -> Option<&str> {
    let outside = |letter: char| !letter.is_alphanumeric() && letter != '+';
    let words = text.split_whitespace().filter(|word| word.contains('@'));
    let addresses = words
        .map(|word| word.trim_matches(outside).trim_start_matches("mailto:").trim_matches(outside));
    let is_address = |address: &&str| {
        address.split_once('@').is_some_and(|(who, host)| !who.is_empty() && host.contains('.'))
    };
    addresses.into_iter().find(is_address)
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
