//! The sitemap for Google News (developers.google.com, "News sitemaps"): the stories of the last two
//! days, newest first.
//!
//! # Promises
//! - One `url` for each address, at most [`MOST_NEWS`].
//!
//! # Limits
//! - A sitemap without stories is legal, and is written.

use chrono::{DateTime, SecondsFormat, Utc};

use super::xml;
use crate::story::{Language, Site};

/// Stories that one sitemap may list.
pub const MOST_NEWS: usize = 1000;

/// A story of the sitemap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Its address.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Its language.
    pub language: Language,
    /// When it became public.
    pub published: DateTime<Utc>,
}

/// The bytes of `news-sitemap.xml`.
pub fn news_sitemap(site: &Site, news: &[News]) -> Vec<u8> {
    let mut text = format!(
        "{}\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\">\n",
        xml::DECLARATION
    );
    let name = element(&site.title);
    for it in news.iter().take(MOST_NEWS) {
        let (url, title) = (element(&it.url), element(&it.title));
        let (language, date) = (code(&it.language), w3c(it.published));
        text.push_str(&format!(
            "  <url>\n    <loc>{url}</loc>\n    <news:news>\n      <news:publication>\n        \
             <news:name>{name}</news:name>\n        <news:language>{language}</news:language>\n      \
             </news:publication>\n      <news:publication_date>{date}</news:publication_date>\n      \
             <news:title>{title}</news:title>\n    </news:news>\n  </url>\n"
        ));
    }
    text.push_str("</urlset>\n");
    text.into_bytes()
}

fn element(text: &str) -> String {
    html_escape::encode_text(&xml::legal(text)).into_owned()
}

fn w3c(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// ISO 639; of Chinese, the script.
fn code(language: &Language) -> String {
    let tag = language.as_str().to_ascii_lowercase();
    match language.primary().to_ascii_lowercase().as_str() {
        "zh" if ["hant", "tw", "hk", "mo"]
            .iter()
            .any(|it| tag.split('-').any(|part| part == *it)) =>
        {
            "zh-tw".to_owned()
        }
        "zh" => "zh-cn".to_owned(),
        primary => primary.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::fixture;

    fn news(title: &str, tag: &str) -> News {
        News {
            url: "https://www.example.org/a?b=1&c=2".to_owned(),
            title: title.to_owned(),
            language: tag.parse().expect("a tag"),
            published: "2026-01-14T12:30:00.5Z".parse().expect("an instant"),
        }
    }

    #[test]
    fn hostile_titles_are_escaped_and_dates_are_whole_seconds() {
        let site = fixture::site();
        let title = "A < B & \"C\" ]]> \u{1}D";
        let bytes = news_sitemap(&site, &[news(title, "pt-BR")]);
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert!(text.contains("<loc>https://www.example.org/a?b=1&amp;c=2</loc>"), "{text}");
        assert!(text.contains("<news:title>A &lt; B &amp; \"C\" ]]&gt; D</news:title>"), "{text}");
        assert!(text.contains("<news:publication_date>2026-01-14T12:30:00Z<"), "{text}");
        assert!(text.contains("<news:language>pt</news:language>"), "{text}");
    }

    #[test]
    fn languages_are_those_that_google_names_and_there_are_never_too_many() {
        let codes = ["en", "es-419", "zh", "zh-TW", "zh-Hant-HK", "zh-Hans", "fil"];
        let codes = codes.map(|tag| code(&tag.parse().expect("a tag")));
        assert_eq!(codes, ["en", "es", "zh-cn", "zh-tw", "zh-tw", "zh-cn", "fil"]);
        let site = fixture::site();
        let many = vec![news("A", "en"); MOST_NEWS + 1];
        let text = String::from_utf8(news_sitemap(&site, &many)).expect("UTF-8");
        assert_eq!(text.matches("<url>").count(), MOST_NEWS);
        let none = String::from_utf8(news_sitemap(&site, &[])).expect("UTF-8");
        assert!(none.ends_with("0.9\">\n</urlset>\n"), "{none}");
    }
}
