//! RSS and Atom as aggregators see them: a paper and its articles.

use std::borrow::Cow;

use super::{
    tree::{Element, Id, Tree},
    walk::Format,
};

/// A feed.
pub(super) struct Paper<'c, 't> {
    pub(super) tree: &'c Tree<'t>,
    pub(super) format: Format,
    pub(super) encoding: &'c str,
    pub(super) bytes: usize,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Spot<'c> {
    pub(super) text: Cow<'c, str>,
    pub(super) at: usize,
}

/// A picture of an article.
pub(super) struct Picture<'c> {
    pub(super) url: &'c str,
    pub(super) at: usize,
    /// The shorter side in pixels, where both are known.
    pub(super) side: Option<u32>,
    /// Its size, where it is known.
    pub(super) bytes: Option<u64>,
    pub(super) is_enclosure: bool,
}

impl<'c, 't> Paper<'c, 't> {
    /// The channel, or the feed.
    pub(super) fn channel(&self) -> Option<Id> {
        match self.format {
            Format::Rss => {
                self.tree.children(0).find(|(_, it)| it.is("", "channel")).map(|(id, _)| id)
            }
            Format::Atom => Some(0),
            Format::Rdf | Format::Opml => None,
        }
    }

    pub(super) fn articles(&self) -> Vec<Article<'c, 't>> {
        let Some(channel) = self.channel() else { return Vec::new() };
        let is_article = |it: &Element<'_>| it.is("", "item") || it.is("atom", "entry");
        let children = self.tree.children(channel).filter(|(_, child)| is_article(child));
        children.map(|(id, _)| Article { tree: self.tree, id, format: self.format }).collect()
    }

    /// A text of the channel that is not empty: by its name in RSS and in Atom.
    pub(super) fn text(&self, rss: &str, atom: &str) -> Option<Spot<'c>> {
        let channel = self.channel()?;
        match self.format {
            Format::Atom => spot(self.tree.child(channel, "atom", atom)?),
            _ => spot(self.tree.child(channel, "", rss)?),
        }
    }

    pub(super) fn link(&self) -> Option<Spot<'c>> {
        link(self.tree, self.channel()?, self.format)
    }

    /// Where the feed says that it stands (`rel="self"`).
    pub(super) fn own_links(&self) -> impl Iterator<Item = Spot<'c>> {
        let children = self.channel().into_iter().flat_map(|channel| self.tree.children(channel));
        let own = children.map(|(_, it)| it);
        let own = own.filter(|it| it.is("atom", "link") && it.value("rel") == Some("self"));
        own.filter_map(|it| {
            let href = it.attribute("href")?;
            Some(Spot { text: Cow::Borrowed(&*href.value), at: href.at })
        })
    }

    pub(super) fn language(&self) -> Option<Spot<'c>> {
        let own = self.text("language", "language");
        let root = self.tree.root()?;
        let inherited = root.attribute_in("xml", "lang");
        own.or_else(|| inherited.map(|it| Spot { text: Cow::Borrowed(&*it.value), at: it.at }))
    }
}

/// An item, or an entry.
pub(super) struct Article<'c, 't> {
    pub(super) tree: &'c Tree<'t>,
    pub(super) id: Id,
    format: Format,
}

impl<'c, 't> Article<'c, 't> {
    pub(super) fn at(&self) -> usize {
        self.tree.elements[self.id].at
    }

    pub(super) fn child(&self, prefix: &str, local: &str) -> Option<&'c Element<'t>> {
        self.tree.child(self.id, prefix, local)
    }

    /// Whether it has an element that isn't empty.
    pub(super) fn says(&self, prefix: &str, local: &str) -> bool {
        self.tree.says(self.id, prefix, local)
    }

    fn own(&self, rss: &str, atom: &str) -> Option<Spot<'c>> {
        match self.format {
            Format::Atom => spot(self.child("atom", atom)?),
            _ => spot(self.child("", rss)?),
        }
    }

    pub(super) fn title(&self) -> Option<Spot<'c>> {
        self.own("title", "title")
    }

    pub(super) fn guid(&self) -> Option<Spot<'c>> {
        self.own("guid", "id")
    }

    pub(super) fn date(&self) -> Option<Spot<'c>> {
        self.own("pubDate", "published").or_else(|| self.own("pubDate", "updated"))
    }

    /// When it was published, where it says so.
    pub(super) fn published(&self) -> Option<Spot<'c>> {
        self.own("pubDate", "published")
    }

    /// When it was changed last, as far as it says so.
    pub(super) fn changed(&self) -> Option<Spot<'c>> {
        let modified = self.child("dcterms", "modified").and_then(spot);
        modified.or_else(|| self.own("pubDate", "updated"))
    }

    pub(super) fn link(&self) -> Option<Spot<'c>> {
        link(self.tree, self.id, self.format)
    }

    /// The whole text, as HTML.
    pub(super) fn content(&self) -> Option<&'c Element<'t>> {
        let content = match self.format {
            Format::Atom => self.child("atom", "content"),
            _ => self.child("content", "encoded"),
        };
        content.filter(|it| !it.trimmed().is_empty() || !it.children.is_empty())
    }

    pub(super) fn description(&self) -> Option<Spot<'c>> {
        self.own("description", "summary")
    }

    pub(super) fn language(&self) -> Option<Spot<'c>> {
        let own = self.child("dc", "language").and_then(spot);
        let entry = &self.tree.elements[self.id];
        let inherited = entry.attribute_in("xml", "lang");
        let title = self.child("atom", "title").and_then(|it| it.attribute_in("xml", "lang"));
        let inherited = inherited.or(title);
        own.or_else(|| inherited.map(|it| Spot { text: Cow::Borrowed(&*it.value), at: it.at }))
    }

    pub(super) fn pictures(&self) -> Vec<Picture<'c>> {
        let mut pictures = Vec::new();
        for (id, child) in self.tree.children(self.id) {
            if child.is("media", "group") || child.is("media", "content") {
                let inner = self.tree.children(id).filter_map(|(_, it)| picture(it));
                pictures.extend(inner);
            }
            pictures.extend(picture(child));
        }
        pictures
    }
}

fn spot<'c>(element: &'c Element<'_>) -> Option<Spot<'c>> {
    let text = element.trimmed();
    (!text.is_empty()).then(|| Spot { text: Cow::Borrowed(text), at: element.text_at() })
}

fn link<'c>(tree: &'c Tree<'_>, id: Id, format: Format) -> Option<Spot<'c>> {
    if format != Format::Atom {
        return spot(tree.child(id, "", "link")?);
    }
    let is_page = |it: &Element<'_>| {
        it.is("atom", "link") && it.value("rel").is_none_or(|rel| rel == "alternate")
    };
    let (_, link) = tree.children(id).find(|(_, child)| is_page(child))?;
    let href = link.attribute("href")?;
    Some(Spot { text: Cow::Borrowed(&*href.value), at: href.at })
}

fn picture<'c>(element: &'c Element<'_>) -> Option<Picture<'c>> {
    let kind = element.value("type").unwrap_or_default();
    let medium = element.value("medium").unwrap_or_default();
    let is_enclosure = element.is("", "enclosure")
        || (element.is("atom", "link") && element.value("rel") == Some("enclosure"));
    let is_picture = match (element.prefix, element.local) {
        ("media", "thumbnail") => true,
        ("media", "content") => medium == "image" || kind.starts_with("image/"),
        _ => is_enclosure && kind.starts_with("image/"),
    };
    let url = element.value("url").or_else(|| element.value("href"))?;
    let side = |name| element.value(name)?.parse::<u32>().ok();
    let side = side("width").zip(side("height")).map(|(width, height)| width.min(height));
    let bytes = element.value("fileSize").or_else(|| element.value("length"));
    let bytes = bytes.and_then(|bytes| bytes.trim().parse().ok());
    is_picture.then_some(Picture { url, at: element.at, side, bytes, is_enclosure })
}
