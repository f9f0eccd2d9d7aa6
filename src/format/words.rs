//! The words around the stories, in English, Spanish and Portuguese.
//!
//! # Promises
//! - A feed in another language gets English words, and [`Words::tag`] says so, so that pages can
//!   mark them.
//! - Dates and bylines follow the grammar of the language.
//!
//! # Limits
//! - Dates are in UTC: pages are files, and their readers are anywhere.

use chrono::{DateTime, Utc};

use crate::{story::Language, text};

use super::dates;

/// The words of one language.
pub(super) struct Words {
    code: &'static str,
    /// Between the last two of several names.
    and: &'static str,
    pub(super) all_feeds: &'static str,
    pub(super) all_feeds_of: &'static str,
    pub(super) section_page: &'static str,
    pub(super) site_page: &'static str,
    pub(super) subscribe: &'static str,
    pub(super) copy_address: &'static str,
    pub(super) list_of_feeds: &'static str,
    pub(super) corrected: &'static str,
    pub(super) updated: &'static str,
    pub(super) via: &'static str,
    pub(super) changed: &'static str,
    pub(super) nothing_yet: &'static str,
    pub(super) nothing_now: &'static str,
    pub(super) withdrawn: &'static str,
}

const ENGLISH: Words = Words {
    code: "en",
    and: "and",
    all_feeds: "all feeds",
    all_feeds_of: "All feeds of",
    section_page: "The section itself:",
    site_page: "On the site:",
    subscribe: "Subscribe",
    copy_address: "Copy one of these addresses into your feed reader:",
    list_of_feeds: "All feeds as one list for your feed reader (OPML)",
    corrected: "corrected",
    updated: "updated",
    via: "via",
    changed: "Changed",
    nothing_yet: "Nothing has been published here yet.",
    nothing_now: "Nothing is published here at present.",
    withdrawn: "This story has been withdrawn.",
};

const SPANISH: Words = Words {
    code: "es",
    and: "y",
    all_feeds: "todos los feeds",
    all_feeds_of: "Todos los feeds de",
    section_page: "La sección en el sitio:",
    site_page: "En el sitio:",
    subscribe: "Suscribirse",
    copy_address: "Copia una de estas direcciones en tu lector de feeds:",
    list_of_feeds: "Todos los feeds en una lista para tu lector de feeds (OPML)",
    corrected: "corregido el",
    updated: "actualizado el",
    via: "vía",
    changed: "Modificado el",
    nothing_yet: "Aquí todavía no se ha publicado nada.",
    nothing_now: "Por ahora no hay nada publicado aquí.",
    withdrawn: "Esta noticia ha sido retirada.",
};

const PORTUGUESE: Words = Words {
    code: "pt",
    and: "e",
    all_feeds: "todos os feeds",
    all_feeds_of: "Todos os feeds de",
    section_page: "A seção no site:",
    site_page: "No site:",
    subscribe: "Assinar",
    copy_address: "Copie um destes endereços para o seu leitor de feeds:",
    list_of_feeds: "Todos os feeds em uma lista para o seu leitor de feeds (OPML)",
    corrected: "corrigido em",
    updated: "atualizado em",
    via: "via",
    changed: "Alterado em",
    nothing_yet: "Nada foi publicado aqui ainda.",
    nothing_now: "No momento não há nada publicado aqui.",
    withdrawn: "Esta notícia foi retirada.",
};

/// The words for a feed in `language`.
pub(super) fn of(language: &Language) -> &'static Words {
    match language.primary() {
        "es" => &SPANISH,
        "pt" => &PORTUGUESE,
        _ => &ENGLISH,
    }
}

impl Words {
    /// The language tag of these words in a feed in `language`: its own where they fit it.
    pub(super) fn tag<'a>(&self, language: &'a Language) -> &'a str {
        if language.primary() == self.code { language.as_str() } else { self.code }
    }

    /// `14 January 2026, 12:30 UTC`, `14 de enero de 2026, 12:30 UTC`.
    pub(super) fn date(&self, instant: DateTime<Utc>) -> String {
        let instant = dates::whole(instant);
        format!("{}, {} UTC", text::long_date(instant, self.code), instant.format("%H:%M"))
    }

    /// `Ana Ruiz, Ivo Paz and Lea Sol`; in Spanish `Ana Ruiz e Ivo Paz`.
    pub(super) fn names(&self, names: &[&str]) -> String {
        match names {
            [] => String::new(),
            [one] => (*one).to_owned(),
            [first @ .., last] => {
                let and = if self.code == "es" && starts_with_i(last) { "e" } else { self.and };
                format!("{} {and} {last}", first.join(", "))
            }
        }
    }
}

/// Whether a Spanish name begins with the vowel of `Inés` and `Hidalgo` (not of `Ionesco` and
/// `Hierro`, where the `i` glides into the next vowel).
fn starts_with_i(name: &str) -> bool {
    let lower = name.to_lowercase();
    let sound = lower.strip_prefix('h').unwrap_or(&lower);
    let Some(rest) = sound.strip_prefix(['i', 'í']) else {
        return false;
    };
    sound.starts_with('í') || !rest.starts_with(['a', 'e', 'o', 'u', 'á', 'é', 'ó', 'ú'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(language: &str) -> &'static Words {
        of(&language.parse().expect("a language"))
    }

    #[test]
    fn dates_are_written_out_in_the_language_of_the_feed() {
        let instant = "2026-03-05T07:08:59Z".parse().expect("an instant");
        assert_eq!(words("en-GB").date(instant), "5 March 2026, 07:08 UTC");
        assert_eq!(words("es-MX").date(instant), "5 de marzo de 2026, 07:08 UTC");
        assert_eq!(words("pt-BR").date(instant), "5 de março de 2026, 07:08 UTC");
        assert_eq!(words("qu").date(instant), "5 March 2026, 07:08 UTC");
    }

    #[test]
    fn names_are_joined_as_the_language_joins_them() {
        assert_eq!(words("en").names(&["A", "B", "C"]), "A, B and C");
        assert_eq!(words("pt").names(&["Ana", "Rui"]), "Ana e Rui");
        assert_eq!(words("es").names(&["Ana", "Rui"]), "Ana y Rui");
        for (name, and) in [("Inés", "e"), ("Íñigo", "e"), ("Hilario", "e"), ("Hierro", "y")] {
            assert_eq!(words("es").names(&["Ana", name]), format!("Ana {and} {name}"));
        }
        assert_eq!(words("es").names(&["Ana"]), "Ana");
        assert_eq!(words("es").names(&[]), "");
    }

    #[test]
    fn words_of_another_language_say_which_it_is() {
        let tag = |language: &str| {
            let language = language.parse().expect("a language");
            of(&language).tag(&language).to_owned()
        };
        assert_eq!(tag("pt-BR"), "pt-BR");
        assert_eq!(tag("fr"), "en");
    }
}
