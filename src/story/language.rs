//! Language tags (BCP 47, RFC 5646), in canonical letter case.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A language tag such as `en` or `pt-BR`, in the letter case of RFC 5646 §2.1.1.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(String);

/// A text that is no language tag.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no language tag (write one such as `en`, `es` or `pt-BR`)")]
pub struct LanguageError(String);

impl Language {
    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first subtag: `pt` of `pt-BR`.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }

    /// Whether `other` is this language or a regional form of it: `pt` covers `pt-BR`.
    pub fn covers(&self, other: &Self) -> bool {
        other.0 == self.0
            || (other.0.starts_with(&self.0) && other.0.as_bytes().get(self.0.len()) == Some(&b'-'))
    }

    /// Reads a tag as file names carry it (`story.pt.md`): a two-letter ISO 639-1 code, alone or
    /// with a region; anything else is `None`.
    pub fn from_file_name(name: &str) -> Option<Self> {
        let language: Self = name.parse().ok()?;
        ISO_639_1.split(' ').any(|code| code == language.primary()).then_some(language)
    }

    /// Reads a tag as folder names carry it (`content/pt/`). Only languages that are no usual
    /// names of sections are read so: `it`, `ar` or `ee-uu` are sections unless they are declared.
    pub fn from_folder_name(name: &str) -> Option<Self> {
        let language: Self = name.parse().ok()?;
        ["de", "en", "es", "fr", "pt"].contains(&language.primary()).then_some(language)
    }
}

const ISO_639_1: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch \
    co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he \
    hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv \
    kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny \
    oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su \
    sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

impl FromStr for Language {
    type Err = LanguageError;

    fn from_str(text: &str) -> Result<Self, LanguageError> {
        let fault = || LanguageError(text.to_owned());
        let text = text.trim().replace('_', "-");
        let mut parts = Vec::new();
        for (place, part) in text.split('-').enumerate() {
            let alphabetic = part.bytes().all(|byte| byte.is_ascii_alphabetic());
            let fits = match place {
                0 => (2..=3).contains(&part.len()) && alphabetic,
                _ => {
                    (1..=8).contains(&part.len())
                        && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
                }
            };
            if !fits {
                return Err(fault());
            }
            parts.push(match (place, part.len()) {
                (1.., 2) if alphabetic => part.to_ascii_uppercase(),
                (1.., 4) if alphabetic => {
                    part[..1].to_ascii_uppercase() + &part[1..].to_ascii_lowercase()
                }
                _ => part.to_ascii_lowercase(),
            });
        }
        Ok(Self(parts.join("-")))
    }
}

impl TryFrom<String> for Language {
    type Error = LanguageError;

    fn try_from(text: String) -> Result<Self, LanguageError> {
        text.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_brought_to_the_canonical_letter_case() {
        let tag = |text: &str| text.parse::<Language>().map(String::from).ok();
        assert_eq!(tag("PT_br").as_deref(), Some("pt-BR"));
        assert_eq!(tag("zh-hans-cn").as_deref(), Some("zh-Hans-CN"));
        assert_eq!(tag("es-419").as_deref(), Some("es-419"));
        assert_eq!(tag("spanish"), None);
        assert_eq!(tag(""), None);
    }

    #[test]
    fn a_language_covers_its_regional_forms_only() {
        let tag = |text: &str| text.parse::<Language>().expect("a tag");
        assert!(tag("pt").covers(&tag("pt-BR")));
        assert!(!tag("pt-BR").covers(&tag("pt")));
        assert!(!tag("pt").covers(&tag("ptx")));
    }

    #[test]
    fn a_section_name_is_not_taken_for_a_language() {
        assert!(Language::from_folder_name("pt").is_some());
        assert!(Language::from_folder_name("pt-br").is_some());
        for section in ["it", "ar", "ee-uu", "mx", "security"] {
            assert!(Language::from_folder_name(section).is_none(), "{section}");
        }
        assert!(Language::from_file_name("it").is_some());
        assert!(Language::from_file_name("mx").is_none());
    }
}
