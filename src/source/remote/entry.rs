//! An entry of another's feed becomes a story of ours.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use url::Url;

use super::{Categories, Prints, Republish, Terms, prints};
use crate::{
    source::feed::{ReadCategory, ReadEntry, ReadFeed},
    story::{
        Enclosure, Facts, Guid, Image, Incoming, Language, Origin, Person, RawText, SectionPath,
        address_key,
    },
    text,
};

/// Longest guid that is taken: beyond that it is no identity but a text.
const LONGEST_ID: usize = 1_000;
/// Longest title.
const LONGEST_TITLE: usize = 500;
/// Words of a text that stand for a title.
const TITLE_WORDS: usize = 12;
/// Letters of a summary.
const SUMMARY: usize = 400;
/// Clocks may differ by that much.
const CLOCKS: TimeDelta = TimeDelta::minutes(10);
/// The media type of a file of which nothing is known.
const UNKNOWN_TYPE: &str = "application/octet-stream";
/// Tags of one story.
const MOST_TAGS: usize = 50;

/// Bytes of a story beside its text, with its prints; and of a key.
const FIELDS: usize = 2 << 10;
const KEY: usize = 128;

/// What came of the entries of one document.
#[derive(Debug, Default)]
pub struct Brought {
    /// In the order of the document, each key once.
    pub stories: Vec<Incoming>,
    /// What the stories are known by, by key.
    pub prints: HashMap<String, Prints>,
    /// The keys of all entries of the document, those too that the rule leaves out.
    pub keys: HashSet<String>,
    /// How many the rule left out.
    pub left_out: usize,
    /// Entries that can't be taken.
    pub rejected: Vec<Rejected>,
}

impl Brought {
    /// About how many bytes of memory it takes.
    pub fn weight(&self) -> usize {
        let texts: usize = self.stories.iter().map(|story| story.text.text.len()).sum();
        texts + self.stories.len() * FIELDS + self.keys.len() * KEY
    }
}

/// An entry that can't be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Its title or id.
    pub entry: String,
    /// Why.
    pub why: String,
}

/// Makes stories of entries.
pub struct EntryReader<'a> {
    /// What is done with them.
    pub terms: &'a Terms,
    /// The feed that they stand in: its title, page, rights and the like hold for all of them.
    pub feed: &'a ReadFeed,
    /// Its address.
    pub address: &'a Url,
    /// The present.
    pub now: DateTime<Utc>,
}

impl EntryReader<'_> {
    /// Reads entries. A bad one doesn't stop the others; of two with one id, address and title the
    /// first counts.
    pub fn read(&self, entries: Vec<ReadEntry>) -> Brought {
        let mut brought = Brought::default();
        let terms = self.terms.digest();
        let mut addresses: HashMap<String, usize> = HashMap::new();
        for entry in &entries {
            if let Some(url) = &entry.url {
                *addresses.entry(address_key(url)).or_default() += 1;
            }
        }
        for entry in entries {
            let named = if entry.title.is_empty() { &entry.guid } else { &entry.title };
            let named: String = named.chars().take(100).collect();
            match self.story(entry, &addresses) {
                Err(why) => brought.rejected.push(Rejected { entry: named, why }),
                Ok(mut story) => {
                    story.digest = digest(&story, &terms);
                    if brought.keys.contains(&story.key) {
                        self.tell_apart(&mut story);
                    }
                    if !brought.keys.insert(story.key.clone()) {
                        let why = "another entry has the same id, address and title".to_owned();
                        brought.rejected.push(Rejected { entry: named, why });
                    } else if self.terms.takes(&story) {
                        let prints = prints(&story.url, &story.title, &story.text);
                        brought.prints.insert(story.key.clone(), prints);
                        brought.stories.push(self.under_its_rights(story));
                    } else {
                        brought.left_out += 1;
                    }
                }
            }
        }
        brought
    }

    /// Of entries that share an id, the second and later ones are known by their address and title
    /// too.
    fn tell_apart(&self, story: &mut Incoming) {
        let digest = blake3::hash(format!("{}\0{}", story.url, story.title).as_bytes()).to_hex();
        let own = &digest[..8];
        story.key = format!("{}#{own}", story.key);
        story.guid = Some(self.guid(story.key.trim_start_matches("id:")));
        if story.path.starts_with("id:") {
            story.path.clone_from(&story.key);
        }
    }

    fn story(
        &self,
        entry: ReadEntry,
        addresses: &HashMap<String, usize>,
    ) -> Result<Incoming, String> {
        let terms = self.terms;
        let url = self.url(&entry)?;
        let html = entry.content_html.as_deref().or(entry.summary.as_deref()).unwrap_or_default();
        let html = text::legal(html).into_owned();
        let raw = RawText { markup: terms.markup, text: html };
        text::guard(&raw).map_err(|error| error.to_string())?;
        let raw = RawText { text: self.placed(raw.text, entry.base.as_deref(), &url)?, ..raw };
        let id = match (entry.guid.trim(), entry.url.is_some()) {
            ("", true) => url.as_str().to_owned(),
            // Nothing tells it from others but what it says.
            ("", false) => words_digest(&entry),
            (id, _) => id.chars().take(LONGEST_ID).collect(),
        };
        let title = match title(&entry.title, &raw.text, &url) {
            empty if empty.is_empty() => one_line(&id),
            title => title,
        };
        let address = address_key(url.as_str());
        // A feed that gives its entries new ids is seen through by their addresses.
        let alone = addresses.get(&address).is_none_or(|count| *count == 1);
        let is_page = url.path().len() > 1 || url.query().is_some();
        let path = if alone && is_page { address } else { format!("id:{id}") };
        let summary = entry.summary.as_deref().filter(|_| entry.content_html.is_some());
        let summary = summary.map(|html| short(html, &url)).filter(|short| !short.is_empty());
        let language = entry.language.as_deref().or(self.feed.language.as_deref());
        let language = language.and_then(|tag| tag.trim().parse::<Language>().ok());
        let (sections, tags) = self.places(&entry.categories);
        let published = self.date(entry.published.or(entry.updated));
        let updated = self.date(entry.updated).filter(|at| Some(*at) > published);
        Ok(Incoming {
            key: format!("id:{id}"),
            path,
            guid: Some(self.guid(&id)),
            mint_path: String::new(),
            digest: String::new(),
            url: url.to_string(),
            title,
            language: language.unwrap_or_else(|| terms.language.clone()),
            published,
            updated,
            expires: entry.expires.filter(|at| is_usable(*at)),
            facts: Facts {
                short_title: None,
                summary,
                authors: self.authors(entry.authors),
                sections,
                tags,
                translation_key: None,
                correction: None,
                image: entry.image.and_then(|image| self.image(image)),
                enclosures: self.enclosures(&entry.enclosures),
                origin: Some(self.origin(entry.origin)),
                rights: entry
                    .rights
                    .or_else(|| self.feed.rights.clone())
                    .map(|text| one_line(&text)),
            },
            text: raw,
        })
    }

    /// The address of the article: the entry's link, else its guid where that is one, else the page
    /// of the feed.
    fn url(&self, entry: &ReadEntry) -> Result<Url, String> {
        let base = entry.base.as_deref().and_then(|base| self.address.join(base).ok());
        let base = base.as_ref().unwrap_or(self.address);
        let is_page = |url: &Url| matches!(url.scheme(), "http" | "https") && url.host().is_some();
        let link = entry.url.as_deref().and_then(|url| base.join(url.trim()).ok());
        let guid = || Url::parse(entry.guid.trim()).ok().filter(is_page);
        let page = || self.feed.link.as_deref().and_then(|link| base.join(link).ok());
        let mut url = match link.filter(is_page).or_else(guid).or_else(|| page().filter(is_page)) {
            Some(url) => url,
            None if is_page(self.address) => self.address.clone(),
            None => return Err("it has no http or https address".to_owned()),
        };
        strip_user(&mut url);
        if url.fragment() == Some("") {
            url.set_fragment(None);
        }
        Ok(url)
    }

    /// The HTML, made absolute here where its addresses start from elsewhere than the article.
    fn placed(&self, html: String, base: Option<&str>, url: &Url) -> Result<String, String> {
        let Some(base) = base.and_then(|base| self.address.join(base).ok()) else {
            return Ok(html);
        };
        if base.join(".") == url.join(".") {
            return Ok(html);
        }
        let cleaned = text::clean_html(&html, &base).map_err(|error| error.to_string())?;
        Ok(cleaned.html)
    }

    /// Theirs, as far as it is theirs to give.
    fn guid(&self, id: &str) -> Guid {
        let host = self.terms.site.host();
        let wrapped = || Incoming::own_guid(host, &format!("{}/{id}", self.terms.source));
        let own = Incoming::own_guid(host, id);
        let is_ours = own.as_str().starts_with(&format!("tag:{host},"));
        if is_ours { wrapped() } else { own }
    }

    /// A date that readers may see: not ahead, not before the years that a feed can carry.
    fn date(&self, date: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        date.filter(|at| is_usable(*at) && *at <= self.now + CLOCKS).map(|at| at.min(self.now))
    }

    fn places(&self, categories: &[ReadCategory]) -> (Vec<SectionPath>, Vec<String>) {
        let terms = self.terms;
        let mut sections: Vec<SectionPath> = terms.section.clone().into_iter().collect();
        let mut tags = terms.tags.clone();
        for category in categories {
            let section = match terms.categories {
                Categories::Sections if terms.section.is_none() => self.section(category),
                _ => None,
            };
            if let Some(section) = section {
                if !sections.contains(&section) {
                    sections.push(section);
                }
                continue;
            }
            let name = one_line(category.label.as_deref().unwrap_or(&category.term));
            let known = tags.iter().any(|tag| tag.eq_ignore_ascii_case(&name));
            if !name.is_empty() && !known && tags.len() < MOST_TAGS {
                tags.push(name);
            }
        }
        (sections, tags)
    }

    fn section(&self, category: &ReadCategory) -> Option<SectionPath> {
        if category.scheme.as_deref() != Some("category") {
            return None;
        }
        let section: SectionPath = category.term.to_lowercase().parse().ok()?;
        match &self.terms.declared {
            None => Some(section),
            Some(declared) => declared.contains(&section).then_some(section),
        }
    }

    fn authors(&self, authors: Vec<Person>) -> Vec<Person> {
        let authors = if authors.is_empty() { self.feed.authors.clone() } else { authors };
        let named = authors.into_iter().filter_map(|person| {
            let email = person.email.as_deref().map(one_line).filter(|email| !email.is_empty());
            // Of someone who gave nothing but a mail address the part before the `@` is a name.
            let local = email.as_deref().and_then(|email| email.split('@').next());
            let name = match one_line(&person.name) {
                empty if empty.is_empty() => local.unwrap_or_default().to_owned(),
                name => name,
            };
            let url = person.url.as_deref().and_then(|url| self.web_address(url));
            (!name.is_empty()).then_some(Person { name, email, url })
        });
        named.collect()
    }

    fn image(&self, image: Image) -> Option<Image> {
        let url = self.web_address(&image.url)?;
        let line =
            |text: Option<String>| text.map(|text| one_line(&text)).filter(|t| !t.is_empty());
        Some(Image {
            url,
            alt: line(image.alt),
            title: line(image.title),
            caption: line(image.caption),
            credit: line(image.credit),
            ..image
        })
    }

    fn enclosures(&self, enclosures: &[crate::source::feed::ReadEnclosure]) -> Vec<Enclosure> {
        let mut seen = HashSet::new();
        let read = enclosures.iter().filter_map(|enclosure| {
            let url = Url::parse(&self.web_address(&enclosure.url)?).ok()?;
            if !seen.insert(url.clone()) {
                return None;
            }
            let guessed = || mime_guess::from_path(url.path()).first_raw().map(str::to_owned);
            let named = enclosure.media_type.clone().filter(|kind| is_media_type(kind));
            Some(Enclosure {
                media_type: named.or_else(guessed).unwrap_or_else(|| UNKNOWN_TYPE.to_owned()),
                length: enclosure.length.filter(|length| *length > 0),
                title: enclosure.title.as_deref().map(one_line),
                duration_seconds: enclosure.duration_seconds,
                url: url.into(),
            })
        });
        read.collect()
    }

    /// An address that a browser may be led to, from where the feed is.
    fn web_address(&self, written: &str) -> Option<String> {
        let mut url = self.address.join(written.trim()).ok()?;
        strip_user(&mut url);
        matches!(url.scheme(), "http" | "https").then(|| url.into())
    }

    /// Where a story came from: the feed that the entry names, else this one.
    fn origin(&self, named: Option<Origin>) -> Origin {
        let feed = self.feed;
        let own = || Origin {
            title: one_line(&feed.title),
            url: self.address.to_string(),
            home: feed.link.as_deref().and_then(|link| self.web_address(link)),
        };
        let named = named.and_then(|it| {
            let home = it.home.as_deref().and_then(|home| self.web_address(home));
            Some(Origin { url: self.web_address(&it.url)?, home, ..it })
        });
        let mut origin = named.unwrap_or_else(own);
        if let Some(name) = &self.terms.attribution {
            origin.title = one_line(name);
        }
        if origin.title.is_empty() {
            let host = self.address.host_str().unwrap_or(&self.terms.source);
            host.clone_into(&mut origin.title);
        }
        origin
    }

    /// The story with as much of its text as may be republished.
    fn under_its_rights(&self, mut story: Incoming) -> Incoming {
        let terms = self.terms;
        let name = story.facts.origin.as_ref().map_or("", |origin| origin.title.as_str());
        let (name, url) =
            (html_escape::encode_text(name), html_escape::encode_quoted_attribute(&story.url));
        let way = format!("<p><a href=\"{url}\">{name}</a></p>");
        match terms.republish {
            Republish::Full if terms.attribution.is_none() => {}
            Republish::Full => story.text.text.push_str(&way),
            Republish::Summary => {
                let made = || Url::parse(&story.url).map(|url| short(&story.text.text, &url));
                let summary =
                    story.facts.summary.take().or_else(|| made().ok()).unwrap_or_default();
                let shown = html_escape::encode_text(&summary);
                story.text.text = format!("<p>{shown}</p>{way}");
                story.facts.summary = Some(summary).filter(|summary| !summary.is_empty());
            }
            Republish::Link => {
                story.text.text = way;
                story.facts.summary = None;
                story.facts.enclosures = Vec::new();
                story.facts.image = None;
            }
        }
        story
    }
}

/// Years that every format can carry.
fn is_usable(date: DateTime<Utc>) -> bool {
    (1970..=9998).contains(&date.year())
}

/// Names and passwords in an address are nobody's business.
fn strip_user(url: &mut Url) {
    // They are refused where there is no host, and so nothing to take away.
    let _ = url.set_username("");
    let _ = url.set_password(None);
}

/// Words of others in one line, in which nothing reads as a tag: readers take the plain text of a
/// title for HTML.
fn one_line(text: &str) -> String {
    let text: String = text::one_line(text).chars().take(LONGEST_TITLE).collect();
    if !text.contains('<') {
        return text;
    }
    let mut harmless = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut open = false;
    while let Some(letter) = letters.next() {
        let begins = |next: &char| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?');
        harmless.push(match letter {
            '<' if letters.peek().is_some_and(begins) => {
                open = true;
                '‹'
            }
            '>' if std::mem::take(&mut open) => '›',
            letter => letter,
        });
    }
    harmless
}

/// Whether it is written as RFC 6838 §4.2 has it, parameters aside.
fn is_media_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim();
    let is_name = |name: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        (1..=127).contains(&name.len()) && name.bytes().all(fits)
    };
    text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
        && !text.contains(['<', '>'])
        && essence.split_once('/').is_some_and(|(kind, sub)| is_name(kind) && is_name(sub))
}

/// The first sentences of an HTML text, plain.
fn short(html: &str, url: &Url) -> String {
    let cleaned = text::clean_html(html, url);
    cleaned.map(|it| text::plain_text(&text::excerpt(&it.html, SUMMARY))).unwrap_or_default()
}

/// The title, or the first words of a text without one.
fn title(title: &str, html: &str, url: &Url) -> String {
    let title = one_line(title);
    if !title.is_empty() {
        return title;
    }
    let excerpt = short(html, url);
    let mut words = excerpt.split_whitespace();
    let first: Vec<&str> = words.by_ref().take(TITLE_WORDS).collect();
    let more = if words.next().is_some() { "…" } else { "" };
    format!("{}{more}", first.join(" ").trim_end_matches('…'))
}

/// An id for an entry that has neither id nor address.
fn words_digest(entry: &ReadEntry) -> String {
    let words = (&entry.title, &entry.summary, &entry.content_html, entry.published);
    blake3::hash(format!("{words:?}").as_bytes()).to_hex()[..32].to_owned()
}

/// A digest of everything but the dates and the id, of which some feeds make new ones each time.
fn digest(story: &Incoming, terms: &str) -> String {
    let mut digest = blake3::Hasher::new();
    let facts = serde_json::to_vec(&story.facts).unwrap_or_default();
    let language = story.language.as_str();
    for part in [terms, &story.url, &story.title, language, &story.text.text] {
        digest.update(part.as_bytes()).update(&[0]);
    }
    digest.update(&facts);
    digest.finalize().to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_title_reads_as_a_tag_and_none_loses_a_word() {
        for (text, wanted) in [
            ("Use <dl> for lists", "Use ‹dl› for lists"),
            ("<img src=x onerror=alert(1)>", "‹img src=x onerror=alert(1)›"),
            ("a < b and c > d, </p", "a < b and c > d, ‹/p"),
            ("<!-- x --> <?php ?>", "‹!-- x --› ‹?php ?›"),
            ("River rises", "River rises"),
        ] {
            assert_eq!(one_line(text), wanted);
        }
    }

    #[test]
    fn a_media_type_is_one() {
        for good in ["audio/mpeg", "image/svg+xml", "text/html; charset=utf-8"] {
            assert!(is_media_type(good), "{good}");
        }
        for bad in ["", "audio", "/", "a/", "<caption href=x onbegin=a//b", "audio/mp eg/x"] {
            assert!(!is_media_type(bad), "{bad}");
        }
    }
}
