//! Section and feed paths: short ASCII segments that are safe as folders and in addresses.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A section such as `latam/security`: one or more segments of `a-z`, `0-9`, `-`, `_`.
///
/// Any text is brought to that form ("`LatAm` Security" is `latam-security`, "política" is
/// `politica`), so that a path from a story can never leave the feeds folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SectionPath(String);

/// Where a feed stands under the feeds folder; empty is the site-wide feed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FeedPath(String);

/// A text that names no section or feed.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no path (write one such as `latam/security`, without `..`)")]
pub struct PathError(String);

impl SectionPath {
    /// The path as text, without slashes at its ends.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a story in `other` belongs here too: `latam` carries `latam/security`.
    pub fn contains(&self, other: &Self) -> bool {
        other.0 == self.0
            || (other.0.starts_with(&self.0) && other.0.as_bytes().get(self.0.len()) == Some(&b'/'))
    }

    /// The section this one lies in: `latam` for `latam/security`.
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(parent, _)| Self(parent.to_owned()))
    }

    /// This section and every one it lies in, the innermost first.
    pub fn lineage(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self.clone()), Self::parent)
    }

    /// The same section with `from` (or what lies in it) renamed to `to`.
    #[must_use]
    pub fn moved(&self, from: &Self, to: &Self) -> Self {
        if from.contains(self) {
            Self(format!("{}{}", to.0, &self.0[from.0.len()..]))
        } else {
            self.clone()
        }
    }

    /// A readable name made of the path: `latam/security` is "Latam Security".
    pub fn humanized(&self) -> String {
        let words = self.0.split(['/', '-', '_']).filter(|word| !word.is_empty());
        let capitalized = words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]);
        capitalized.collect::<Vec<_>>().join(" ")
    }
}

impl FeedPath {
    /// The site-wide feed at the root.
    pub fn root() -> Self {
        Self::default()
    }

    /// Whether this is the site-wide feed.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The path as text, without slashes at its ends; empty for the site-wide feed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The place of a file of this feed below the feeds folder: `latam/rss.xml`.
    pub fn file(&self, name: &str) -> String {
        if self.0.is_empty() { name.to_owned() } else { format!("{}/{name}", self.0) }
    }

    /// The folder part of its address: `latam/security/`, or nothing for the site-wide feed.
    pub fn folder(&self) -> String {
        self.file("")
    }

    /// The same path read as a section; none for the site-wide feed.
    pub fn section(&self) -> Option<SectionPath> {
        (!self.0.is_empty()).then(|| SectionPath(self.0.clone()))
    }
}

impl AsRef<str> for SectionPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<&SectionPath> for FeedPath {
    fn from(section: &SectionPath) -> Self {
        Self(section.0.clone())
    }
}

fn segments(text: &str) -> Result<String, PathError> {
    let fault = || PathError(text.to_owned());
    let mut path = Vec::new();
    for segment in text.trim().trim_matches('/').split('/') {
        let segment = segment.trim();
        let mut clean = String::new();
        for letter in deunicode::deunicode(segment).chars() {
            match letter.to_ascii_lowercase() {
                letter @ ('a'..='z' | '0'..='9' | '_') => clean.push(letter),
                '\'' => {}
                _ if clean.is_empty() || clean.ends_with('-') => {}
                _ => clean.push('-'),
            }
        }
        let clean = clean.trim_end_matches('-');
        if clean.is_empty() || clean.len() > 100 {
            return Err(fault());
        }
        path.push(clean.to_owned());
    }
    if path.len() > 10 { Err(fault()) } else { Ok(path.join("/")) }
}

impl FromStr for SectionPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        segments(text).map(Self)
    }
}

impl FromStr for FeedPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        if text.trim().trim_matches('/').is_empty() {
            return Ok(Self::root());
        }
        segments(text).map(Self)
    }
}

macro_rules! text_form {
    ($type:ty) => {
        impl TryFrom<String> for $type {
            type Error = PathError;

            fn try_from(text: String) -> Result<Self, PathError> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(path: $type) -> Self {
                path.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
text_form!(SectionPath);
text_form!(FeedPath);

#[cfg(test)]
mod tests {
    use super::*;

    fn section(text: &str) -> SectionPath {
        text.parse().expect("a section")
    }

    #[test]
    fn no_text_leads_out_of_the_feeds_folder() {
        for text in ["..", "latam/../..", "/", "a//b", "./x", "%", "..\\.."] {
            assert!(text.parse::<SectionPath>().is_err(), "{text}");
        }
        assert_eq!(section("..\\etc").as_str(), "etc");
        assert_eq!(section("/latam/security/").as_str(), "latam/security");
    }

    #[test]
    fn a_title_becomes_a_path() {
        assert_eq!(section("LatAm Security").as_str(), "latam-security");
        assert_eq!(section("América/Política & Ley").as_str(), "america/politica-ley");
        assert_eq!(section("latam/security").humanized(), "Latam Security");
    }

    #[test]
    fn a_section_contains_what_lies_in_it_and_nothing_beside_it() {
        assert!(section("latam").contains(&section("latam/security")));
        assert!(!section("latam").contains(&section("latam-x")));
        let lineage: Vec<_> = section("a/b/c").lineage().map(String::from).collect();
        assert_eq!(lineage, ["a/b/c", "a/b", "a"]);
    }

    #[test]
    fn a_moved_section_takes_what_lies_in_it_along() {
        let (from, to) = (section("latam/seguridad"), section("latam/security"));
        assert_eq!(section("latam/seguridad/x").moved(&from, &to), section("latam/security/x"));
        assert_eq!(section("latam/seguridad2").moved(&from, &to), section("latam/seguridad2"));
    }
}
