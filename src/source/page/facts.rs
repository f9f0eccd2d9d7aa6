//! What a page says of itself in `meta`, `link` and `time` elements: Open Graph, Dublin Core,
//! schema.org as attributes, and the names that analysts' scripts read.

use dom_query::{Document, Matcher, NodeRef};
use url::Url;

use super::document::{Page, same_site};
use crate::text::{absolute_address, one_line, plain_text};

/// What is read of a page's head, in its order.
const MAX_FACTS: usize = 2000;

/// Names and values of a page's `meta` elements.
pub(super) struct Facts(Vec<(String, String)>);

impl Facts {
    pub(super) fn of(document: &Document) -> Self {
        let mut facts = Vec::new();
        for node in all(document, "meta[content]").into_iter().take(MAX_FACTS) {
            let value = one_line(&node.attr_or("content", ""));
            let name = ["property", "name", "itemprop"].iter().find_map(|name| node.attr(name));
            let names = name.unwrap_or_default().to_ascii_lowercase();
            // One element may give its value several names (RDFa); Dublin Core is written both ways.
            for name in names.split_ascii_whitespace().take(8).filter(|_| !value.is_empty()) {
                let name = match name.strip_prefix("dc:").or_else(|| name.strip_prefix("dcterm:")) {
                    Some(rest) => format!("dc.{rest}"),
                    None => name.replace("dcterms:", "dcterms."),
                };
                facts.push((name, value.clone()));
            }
        }
        Self(facts)
    }

    /// The first value of the first of these names that has one.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        let value = |name: &&str| self.0.iter().find(|(other, _)| other == name);
        names.iter().find_map(value).map(|(_, value)| value.as_str())
    }

    /// All values of a name.
    pub(super) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn title(&self) -> Option<String> {
        let names = ["dc.title", "dcterms.title", "og:title", "twitter:title", "parsely-title"];
        let title = plain_text(self.first(&names)?);
        let site = self.first(&["og:site_name", "application-name"]).map(plain_text);
        Some(without_site(&title, site.as_deref())).filter(|title| !title.is_empty())
    }

    pub(super) fn published(&self) -> Option<&str> {
        self.first(&[
            "article:published_time",
            "og:published_time",
            "datepublished",
            "dcterms.created",
            "dcterms.date",
            "dc.date.issued",
            "dc.date",
            "parsely-pub-date",
            "sailthru.date",
            "cxenseparse:recs:publishtime",
            "publish-date",
            "publication_date",
            "pubdate",
            "date",
        ])
    }

    pub(super) fn modified(&self) -> Option<&str> {
        self.first(&[
            "article:modified_time",
            "og:updated_time",
            "datemodified",
            "dcterms.modified",
            "dc.date.modified",
            "last-modified",
            "lastmod",
        ])
    }

    /// Names of authors: those that are addresses of profiles say nothing.
    pub(super) fn authors(&self) -> Vec<String> {
        let names = [
            "dc.creator",
            "dcterms.creator",
            "author",
            "parsely-author",
            "article:author",
            "sailthru.author",
            "byl",
        ];
        let is_name = |value: &&str| !value.contains("://") && value.chars().count() <= 200;
        let mut found: Vec<String> = Vec::new();
        for name in names {
            for value in self.all(name).filter(is_name).map(byline) {
                if !found.contains(&value) {
                    found.push(value);
                }
            }
            if !found.is_empty() {
                break;
            }
        }
        found
    }
}

/// The nodes that a selector of ours matches.
pub(super) fn all<'d>(document: &'d Document, selector: &str) -> Vec<NodeRef<'d>> {
    Matcher::new(selector)
        .map(|it| document.select_matcher(&it).nodes().to_vec())
        .unwrap_or_default()
}

/// A title without the name of the site at either end.
pub(super) fn without_site(title: &str, site: Option<&str>) -> String {
    const PARTS: [&str; 8] = [" | ", " - ", " – ", " — ", " · ", " :: ", " » ", " • "];
    let is_site = |part: &str| site.is_some_and(|site| part.trim().eq_ignore_ascii_case(site));
    for part in PARTS {
        if let Some((rest, last)) = title.rsplit_once(part)
            && is_site(last)
        {
            return rest.trim().to_owned();
        }
        if let Some((first, rest)) = title.split_once(part)
            && is_site(first)
        {
            return rest.trim().to_owned();
        }
    }
    title.trim().to_owned()
}

/// A byline without the word that introduces it.
pub(super) fn byline(text: &str) -> String {
    let text = plain_text(text);
    let rest = text.split_once([' ', ':']).and_then(|(first, rest)| {
        let first = first.to_lowercase();
        matches!(first.as_str(), "by" | "por" | "von" | "par" | "di" | "door")
            .then(|| rest.to_owned())
    });
    rest.unwrap_or(text).trim_matches([' ', ':', ',', '|']).to_owned()
}

/// The page's address by its own account, where that is one on the same site and no front page.
pub(super) fn canonical(page: &Page, facts: &Facts, address: &Url) -> String {
    let link = all(&page.document, "link[href]").into_iter().find_map(|link| {
        let rel = link.attr("rel")?;
        let is = rel.split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case("canonical"));
        is.then(|| link.attr("href")).flatten()
    });
    let candidates = [link.as_deref(), facts.first(&["og:url"])];
    let usable = |text: &str| {
        let address_of = absolute_address(text, &page.base)?;
        let url = Url::parse(&address_of).ok()?;
        let is_front = url.path() == "/" && url.query().is_none() && address.path() != "/";
        (same_site(&url, address) && !is_front).then_some(address_of)
    };
    let own = candidates.into_iter().flatten().find_map(usable);
    own.unwrap_or_else(|| {
        let mut bare = address.clone();
        bare.set_fragment(None);
        absolute_address(bare.as_str(), address).unwrap_or_else(|| bare.to_string())
    })
}

/// The language of the page, as it is written.
pub(super) fn language(page: &Page, facts: &Facts) -> Option<String> {
    let html = all(&page.document, "html").into_iter().find_map(|html| {
        html.attr("lang").or_else(|| html.attr("xml:lang")).map(|lang| lang.trim().to_owned())
    });
    let named = ["content-language", "og:locale", "dc.language", "inlanguage"];
    html.filter(|lang| !lang.is_empty())
        .or_else(|| facts.first(&named).map(|lang| lang.replace('_', "-")))
}

/// The date in the first `time` element that is no visitor's comment's.
pub(super) fn time(document: &Document) -> Option<String> {
    let selectors = [
        "[itemprop=datePublished][datetime]",
        "time[pubdate][datetime]",
        "article time[datetime]",
        "main time[datetime]",
        "time[datetime]",
    ];
    selectors.iter().find_map(|selector| {
        let all = all(document, selector);
        all.first().and_then(|time| time.attr("datetime")).map(|it| it.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_site_goes_from_a_title_and_nothing_else() {
        for (title, site, wanted) in [
            ("Flood - The Daily", Some("The Daily"), "Flood"),
            ("The Daily | Flood - again", Some("the daily"), "Flood - again"),
            ("Flood - again", Some("The Daily"), "Flood - again"),
            ("Flood - again", None, "Flood - again"),
        ] {
            assert_eq!(without_site(title, site), wanted, "{title}");
        }
    }

    #[test]
    fn a_byline_loses_its_first_word_only_where_that_introduces_it() {
        assert_eq!(byline("By Ana Ruiz"), "Ana Ruiz");
        assert_eq!(byline("Por: Ana Ruiz"), "Ana Ruiz");
        assert_eq!(byline("Byron Ruiz"), "Byron Ruiz");
    }
}
