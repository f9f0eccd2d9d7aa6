//! What a page says of its article in JSON-LD with the words of schema.org.
//!
//! # Promises
//! - `@graph`, lists, references by `@id`, texts and objects are all read; what is of another type
//!   is passed over.
//! - Scripts with raw line ends in their texts, or wrapped in comments, are forgiven.
//!
//! # Limits
//! - A context of somebody's own, which gives words other names, is not looked at.
//! - Of several articles the one that names this page counts, else the first.

use std::collections::HashMap;

use dom_query::Document;
use serde_json::{Map, Value};
use url::Url;

use super::facts::{all, byline};
use crate::{
    source::json_bounds::guard_json,
    story::{Image, Person, address_key},
    text::{absolute_address, legal, one_line, plain_text},
};

/// Scripts of a page that are read, and the longest.
const MAX_SCRIPTS: usize = 50;
const MAX_SCRIPT: usize = 1024 * 1024;
const MAX_NODES: usize = 10_000;
/// Types of texts whose names don't end in `Article`.
const KINDS: [&str; 7] = [
    "BlogPosting",
    "SocialMediaPosting",
    "LiveBlogPosting",
    "Report",
    "NewsArticle",
    "DiscussionForumPosting",
    "Recipe",
];

/// What an article says of itself.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) headline: Option<String>,
    pub(super) description: Option<String>,
    pub(super) published: Option<String>,
    pub(super) modified: Option<String>,
    pub(super) expires: Option<String>,
    pub(super) authors: Vec<Person>,
    pub(super) image: Option<Image>,
    pub(super) sections: Vec<String>,
    pub(super) keywords: Vec<String>,
    pub(super) language: Option<String>,
    pub(super) rights: Option<String>,
    /// Readers have to pay for it.
    pub(super) paywalled: bool,
}

type Object = Map<String, Value>;

/// What the page at `address` says of its article; nothing where it says nothing.
pub(super) fn read(document: &Document, address: &Url, base: &Url) -> Said {
    let scripts = all(document, "script[type]").into_iter().filter(|script| {
        script
            .attr("type")
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json"))
    });
    let values: Vec<Value> =
        scripts.take(MAX_SCRIPTS).filter_map(|script| parsed(&script.text())).collect();
    let mut graph = Graph { base, objects: Vec::new(), by_id: HashMap::new() };
    for value in &values {
        graph.collect(value);
    }
    let key = address_key(address.as_str());
    let articles = || graph.objects.iter().copied().filter(|object| is_article(object));
    let named = articles().find(|object| graph.names(object, &key));
    let Some(article) = named.or_else(|| articles().next()) else { return Said::default() };
    let mut said = graph.said(article);
    // Where both are there, the headline may be a description of what is named.
    let title = all(document, "title").first().map(|node| one_line(&node.text()));
    if let (Some(title), Some(headline), Some(name)) = (title, &said.headline, name_of(article))
        && title.starts_with(&name)
        && !title.contains(headline)
    {
        said.headline = Some(name);
    }
    said
}

fn parsed(script: &str) -> Option<Value> {
    if script.len() > MAX_SCRIPT || guard_json(script).is_err() {
        return None;
    }
    let script = script.trim();
    let script = ["<!--", "//<![CDATA[", "/*<![CDATA[*/", "<![CDATA["]
        .iter()
        .find_map(|start| script.strip_prefix(start))
        .unwrap_or(script);
    let script = ["-->", "//]]>", "/*]]>*/", "]]>"]
        .iter()
        .find_map(|end| script.trim_end().strip_suffix(end))
        .unwrap_or(script);
    let script = script.trim().trim_end_matches(';');
    serde_json::from_str(script).ok().or_else(|| {
        let plain: String = script.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        serde_json::from_str(&plain).ok()
    })
}

fn types(object: &Object) -> impl Iterator<Item = &str> {
    let (one, list) = match object.get("@type") {
        Some(Value::String(name)) => (Some(name.as_str()), None),
        Some(Value::Array(names)) => (None, Some(names)),
        _ => (None, None),
    };
    let list = list.into_iter().flatten().filter_map(Value::as_str);
    one.into_iter().chain(list).map(|name| name.rsplit(['/', ':', '#']).next().unwrap_or(name))
}

fn is_article(object: &Object) -> bool {
    types(object).any(|name| name.ends_with("Article") || KINDS.contains(&name))
}

struct Graph<'v> {
    base: &'v Url,
    /// Objects that stand for themselves.
    objects: Vec<&'v Object>,
    by_id: HashMap<&'v str, &'v Object>,
}

impl<'v> Graph<'v> {
    fn collect(&mut self, value: &'v Value) {
        if self.objects.len() >= MAX_NODES {
            return;
        }
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.collect(value)),
            Value::Object(object) => {
                self.objects.push(object);
                // A reference is an object with an `@id` and nothing else.
                if let Some(Value::String(id)) = object.get("@id")
                    && object.len() > 1
                {
                    self.by_id.entry(id).or_insert(object);
                }
                for inner in ["@graph", "mainEntity", "mainEntityOfPage"] {
                    if let Some(value @ (Value::Array(_) | Value::Object(_))) = object.get(inner) {
                        self.collect(value);
                    }
                }
            }
            _ => {}
        }
    }

    /// The object that a value is or refers to.
    fn object(&self, value: &'v Value) -> Option<&'v Object> {
        let object = value.as_object()?;
        let id = object.get("@id").and_then(Value::as_str).filter(|_| object.len() == 1);
        id.map_or(Some(object), |id| self.by_id.get(id).copied())
    }

    /// Whether an article says that it is the page with that key.
    fn names(&self, article: &'v Object, key: &str) -> bool {
        ["url", "mainEntityOfPage", "@id"].iter().any(|name| {
            let Some(value) = article.get(*name) else { return false };
            let text = match value {
                Value::String(text) => Some(text.as_str()),
                Value::Object(object) => {
                    object.get("@id").or(object.get("url")).and_then(Value::as_str)
                }
                _ => None,
            };
            text.and_then(|text| absolute_address(text, self.base))
                .is_some_and(|address| address_key(&address) == key)
        })
    }

    fn said(&self, article: &'v Object) -> Said {
        let text = |name: &str| article.get(name).and_then(words);
        let free = |object: &'v Object| match object.get("isAccessibleForFree") {
            Some(Value::Bool(free)) => Some(*free),
            Some(Value::String(free)) => {
                Some(!free.rsplit('/').next().unwrap_or(free).trim().eq_ignore_ascii_case("false"))
            }
            _ => None,
        };
        let parts = article.get("hasPart").map(many).unwrap_or_default();
        let part_is_paid = || {
            parts.iter().filter_map(|part| part.as_object()).any(|part| free(part) == Some(false))
        };
        Said {
            headline: text("headline").or_else(|| name_of(article)),
            description: text("description"),
            published: text("datePublished").or_else(|| text("dateCreated")),
            modified: text("dateModified"),
            expires: text("expires"),
            authors: self.authors(article),
            image: ["image", "thumbnailUrl"]
                .iter()
                .find_map(|name| self.image(article.get(*name)?)),
            sections: article.get("articleSection").map(texts).unwrap_or_default(),
            keywords: article.get("keywords").map(keywords).unwrap_or_default(),
            language: article.get("inLanguage").and_then(|value| match value {
                Value::Object(object) => {
                    object.get("alternateName").or(object.get("name")).and_then(words)
                }
                value => words(value),
            }),
            rights: text("copyrightNotice"),
            paywalled: free(article) == Some(false) || part_is_paid(),
        }
    }

    fn authors(&self, article: &'v Object) -> Vec<Person> {
        let given = article.get("author").or_else(|| article.get("creator"));
        let mut people: Vec<Person> = Vec::new();
        for value in given.map(many).unwrap_or_default() {
            let (names, url) = match value {
                Value::String(name) => (vec![name.clone()], None),
                value => match self.object(value) {
                    Some(object) => {
                        let url = object.get("url").and_then(words);
                        (object.get("name").map(texts).unwrap_or_default(), url)
                    }
                    None => continue,
                },
            };
            let url = url.and_then(|url| absolute_address(&url, self.base));
            for name in names {
                let name = byline(&name);
                let is_name = !name.is_empty() && !name.contains("://");
                if is_name && !people.iter().any(|person| person.name == name) {
                    people.push(Person { name, url: url.clone(), ..Person::default() });
                }
            }
        }
        people
    }

    fn image(&self, value: &'v Value) -> Option<Image> {
        many(value).into_iter().find_map(|value| {
            if let Value::String(url) = value {
                let url = absolute_address(url, self.base)?;
                return Some(Image { url, ..Image::default() });
            }
            let object = self.object(value)?;
            let text = |name: &str| object.get(name).and_then(words);
            let url = text("url").or_else(|| text("contentUrl")).or_else(|| text("@id"))?;
            Some(Image {
                url: absolute_address(&url, self.base)?,
                caption: text("caption").or_else(|| text("description")),
                credit: text("creditText"),
                license: text("license"),
                width: object.get("width").and_then(pixels),
                height: object.get("height").and_then(pixels),
                ..Image::default()
            })
        })
    }
}

/// An article's name, unless it is that of the site.
fn name_of(article: &Object) -> Option<String> {
    let publisher = article.get("publisher").and_then(|it| it.get("name")).and_then(words);
    article.get("name").and_then(words).filter(|name| Some(name) != publisher.as_ref())
}

/// The values of a list, or the one value.
fn many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    }
}

/// A plain text that says something; the first of several.
fn words(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => plain_text(&legal(text)),
        Value::Array(values) => return values.iter().find_map(words),
        Value::Object(object) => return object.get("@value").and_then(words),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn texts(value: &Value) -> Vec<String> {
    many(value).into_iter().filter_map(words).collect()
}

/// A list of words, of terms with names, or one text with commas.
fn keywords(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for value in many(value) {
        match value {
            Value::Object(object) => found.extend(object.get("name").and_then(words)),
            Value::String(text) => found.extend(text.split(',').map(plain_text)),
            _ => {}
        }
    }
    found.into_iter().map(|word| one_line(&word)).filter(|word| !word.is_empty()).collect()
}

/// `1200`, `"1200"`, `"1200px"` or `{"value": 1200}`.
fn pixels(value: &Value) -> Option<u32> {
    let number = match value {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.trim().trim_end_matches("px").trim().parse().ok()?,
        Value::Object(object) => return object.get("value").and_then(pixels),
        _ => return None,
    };
    u32::try_from(number).ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(scripts: &[&str]) -> Said {
        let url = Url::parse("https://s.example/flood").expect("an address");
        let html: String = scripts
            .iter()
            .map(|script| format!("<script type='application/ld+json'>{script}</script>"))
            .collect();
        read(&Document::from(html), &url, &url)
    }

    #[test]
    fn a_graph_with_references_is_read() {
        let said = said(&[r##"{"@context": "https://schema.org", "@graph": [
            {"@type": "Organization", "@id": "#org", "name": "The Daily"},
            {"@type": ["WebPage", "x"], "@id": "https://s.example/flood"},
            {"@type": "NewsArticle", "headline": "Flood &amp; rain", "author": {"@id": "#ana"},
             "datePublished": "2026-03-01T10:00:00+01:00", "image": {"@id": "#img"},
             "articleSection": ["LatAm", "Water"], "keywords": "flood, rain,,", "inLanguage": "es",
             "isAccessibleForFree": "False"},
            {"@type": "Person", "@id": "#ana", "name": "Ana Ruiz", "url": "/author/ana"},
            {"@type": "ImageObject", "@id": "#img", "url": "/dam.jpg", "width": "1200px",
             "height": {"value": 800}, "caption": "The dam"}]}"##]);
        assert_eq!(said.headline.as_deref(), Some("Flood & rain"));
        assert_eq!(said.authors[0].name, "Ana Ruiz");
        assert_eq!(said.authors[0].url.as_deref(), Some("https://s.example/author/ana"));
        let image = said.image.as_ref().expect("an image");
        assert_eq!(image.url, "https://s.example/dam.jpg");
        assert_eq!((image.width, image.height), (Some(1200), Some(800)));
        assert_eq!(said.sections, ["LatAm", "Water"]);
        assert_eq!(said.keywords, ["flood", "rain"]);
        assert_eq!(said.language.as_deref(), Some("es"));
        assert!(said.paywalled);
    }

    #[test]
    fn authors_and_pictures_come_in_many_forms() {
        for (authors, wanted) in [
            (r#""By Ana Ruiz""#, vec!["Ana Ruiz"]),
            (
                r#"["Ana Ruiz", {"name": "Bo Li"}, {"name": ["Cy", "Ana Ruiz"]}]"#,
                vec!["Ana Ruiz", "Bo Li", "Cy"],
            ),
            (r#""https://facebook.example/ana""#, vec![]),
            ("5", vec![]),
        ] {
            let script = format!(r#"[{{"@type": "BlogPosting", "author": {authors}}}]"#);
            let found: Vec<String> =
                said(&[&script]).authors.into_iter().map(|it| it.name).collect();
            assert_eq!(found, wanted, "{authors}");
        }
        for image in [r#""a.jpg""#, r#"["a.jpg", "b.jpg"]"#, r#"[{"contentUrl": "a.jpg"}]"#] {
            let script = format!(r#"{{"@type": "http://schema.org/Article", "image": {image}}}"#);
            let url = said(&[&script]).image.expect("an image").url;
            assert_eq!(url, "https://s.example/a.jpg", "{image}");
        }
    }

    #[test]
    fn the_article_that_names_the_page_counts() {
        let said = said(&[
            r#"{"@type": "Article", "headline": "Other", "url": "https://s.example/other"}"#,
            r#"{"@type": "WebPage", "mainEntity": {"@type": "ReportageNewsArticle",
                "headline": "This", "mainEntityOfPage": {"@id": "https://www.s.example/x"},
                "url": "/flood/"}}"#,
        ]);
        assert_eq!(said.headline.as_deref(), Some("This"));
    }

    #[test]
    fn a_name_is_a_headline_unless_it_is_that_of_the_site() {
        let site = r#"{"@type": "Article", "name": "S", "publisher": {"name": "S"}}"#;
        assert_eq!(said(&[site]).headline, None);
        let encyclopedia = r#"{"@type": "Article", "name": "Dam", "headline": "wall of stone"}"#;
        assert_eq!(said(&[encyclopedia]).headline.as_deref(), Some("wall of stone"));
        let html = format!(
            "<title>Dam - S</title><script type='application/ld+json'>{encyclopedia}</script>"
        );
        let url = Url::parse("https://s.example/dam").expect("an address");
        let said = read(&Document::from(html), &url, &url);
        assert_eq!(said.headline.as_deref(), Some("Dam"));
    }

    #[test]
    fn broken_and_hostile_scripts_say_nothing_or_what_can_be_read() {
        let found = said(&[
            "{",
            "",
            &"[".repeat(100_000),
            "<!-- {\"@type\": \"Article\", \"headline\": \"Two\nlines\"} -->",
        ]);
        assert_eq!(found.headline.as_deref(), Some("Two lines"));
        assert!(
            said(&[r#"{"@type": "Article", "@id": "a", "author": {"@id": "a"}}"#])
                .authors
                .is_empty()
        );
    }
}
