//! What RSS asks beyond places and kinds of values (RSS 2.0, RSS Advisory Board profile).

use super::{
    atom::relation,
    grammar::{Inside, Value},
    report::shown,
    rules,
    tree::{Element, Id},
    values::{
        address::{self, Demand},
        word,
    },
    walk::{Around, Check, Format},
};

/// Elements of a channel and those of other vocabularies that say the same.
const CHANNEL_PAIRS: &[(&str, (&str, &str))] = &[
    ("webMaster", ("dc", "publisher")),
    ("managingEditor", ("dc", "creator")),
    ("language", ("dc", "language")),
    ("copyright", ("dc", "rights")),
    ("lastBuildDate", ("dcterms", "modified")),
    ("category", ("dc", "subject")),
    ("pubDate", ("dc", "date")),
    ("generator", ("admin", "generatorAgent")),
];
/// The same of an item.
const ITEM_PAIRS: &[(&str, (&str, &str))] = &[
    ("author", ("dc", "creator")),
    ("category", ("dc", "subject")),
    ("pubDate", ("dc", "date")),
    ("pubDate", ("atom", "published")),
    ("guid", ("atom", "id")),
    ("source", ("dc", "source")),
];
/// Elements of a channel that items must not stand before.
const METADATA: &[(&str, &str)] = &[
    ("", "title"),
    ("", "link"),
    ("", "description"),
    ("", "language"),
    ("", "copyright"),
    ("", "managingEditor"),
    ("", "webMaster"),
    ("", "pubDate"),
    ("", "lastBuildDate"),
    ("", "category"),
    ("", "generator"),
    ("", "docs"),
    ("", "cloud"),
    ("", "ttl"),
    ("", "image"),
    ("", "rating"),
    ("", "textInput"),
    ("", "skipHours"),
    ("", "skipDays"),
    ("atom", "link"),
];
const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl<'c, 't> Check<'c, 't> {
    /// The outermost element of RSS.
    pub(super) fn rss(&mut self, id: Id) {
        let tree = self.tree;
        match tree.elements[id].attribute("version") {
            None => {
                self.required(id, "version");
            }
            Some(version) => {
                let known = ["0.91", "0.92", "0.93", "0.94", "2.0"];
                if tree.has_rss_doctype && version.value != "0.91" {
                    self.say_attribute(&rules::RSS_DOCTYPE, version);
                } else if !known.contains(&&*version.value) {
                    self.say_attribute(&rules::RSS_VERSION, version);
                }
            }
        }
        self.everywhere(&tree.elements[id]);
        self.inside(id, Inside::Rss);
    }

    pub(super) fn rss_end(&mut self, id: Id) {
        self.need(id, "", "channel", &rules::ELEMENT_MISSING);
    }

    pub(super) fn channel_end(&mut self, id: Id) {
        let tree = self.tree;
        let channel = &tree.elements[id];
        self.need(id, "", "title", &rules::RSS_TITLE_MISSING);
        self.need(id, "", "link", &rules::RSS_LINK_MISSING);
        self.need(id, "", "description", &rules::RSS_DESCRIPTION_MISSING);
        let has_language = tree.has(id, "", "language") || tree.has(id, "dc", "language");
        if channel.is_whole && !has_language && tree.language(id).is_none() {
            self.report.add(&rules::LANGUAGE_MISSING, channel.at, "");
        }
        self.pairs(id, CHANNEL_PAIRS);
        self.order(id);
        self.channel_links(id);
        if tree
            .child(id, "", "docs")
            .is_some_and(|it| it.text.value.contains("rssboard.org/rss-specification"))
        {
            self.report.remove(&rules::ATTRIBUTE_FOREIGN);
        }
        for (_, input) in tree.children(id).filter(|(_, it)| it.is("", "textInput")) {
            if self.format == Format::Rss {
                self.report.add(&rules::RSS_TEXT_INPUT, input.at, "");
            }
        }
        if self.is_podcast && channel.is_whole {
            self.podcast(id);
        }
    }

    fn channel_links(&mut self, id: Id) {
        let tree = self.tree;
        let links = tree.children(id).filter(|(_, it)| it.is("atom", "link"));
        let links: Vec<_> = links.map(|(_, link)| link).collect();
        let has_self = links.iter().any(|link| relation(link) == "self");
        let channel = &tree.elements[id];
        if self.version == "2.0" && self.format == Format::Rss && !has_self && channel.is_whole {
            self.report.add(&rules::RSS_SELF_MISSING, channel.at, "");
        }
        self.hubs(channel, &links);
    }

    /// Elements that say the same.
    fn pairs(&mut self, id: Id, pairs: &[(&str, (&str, &str))]) {
        let tree = self.tree;
        for (own, (prefix, local)) in pairs {
            if let Some(own) = tree.child(id, "", own)
                && let Some(other) = tree.child(id, prefix, local)
            {
                let later = if own.at > other.at { own } else { other };
                let detail = format!("<{}> and <{}>", own.name(), other.name());
                self.report.add(&rules::SEMANTICS_DOUBLED, later.at, detail);
            }
        }
        if let (Some(one), Some(other)) =
            (tree.child(id, "cc", "license"), tree.child(id, "creativeCommons", "license"))
        {
            let later = one.at.max(other.at);
            let detail = "<cc:license> and <creativeCommons:license>";
            self.report.add(&rules::SEMANTICS_DOUBLED, later, detail);
        }
    }

    /// Items before what belongs to the channel.
    fn order(&mut self, id: Id) {
        if self.format != Format::Rss {
            return;
        }
        let tree = self.tree;
        let Some(item) = tree.child(id, "", "item") else { return };
        let is_late = |element: &Element<'_>| {
            element.at > item.at && METADATA.contains(&(element.prefix, element.local))
        };
        if let Some((_, late)) = tree.children(id).find(|(_, element)| is_late(element)) {
            let detail = format!("<{}> comes later", late.name());
            self.report.add(&rules::RSS_ITEM_EARLY, item.at, detail);
        }
    }

    pub(super) fn item_end(&mut self, id: Id) {
        let tree = self.tree;
        let item = &tree.elements[id];
        if item.is_whole {
            self.item_parts(id, item);
        }
        self.pairs(id, ITEM_PAIRS);
        if let Some(content) = tree.child(id, "content", "encoded")
            && self.format == Format::Rss
        {
            let description = tree.child(id, "", "description");
            if description.is_none_or(|it| it.at > content.at) {
                self.report.add(&rules::RSS_CONTENT_EARLY, content.at, "");
            }
        }
        let is_podcast = tree.children(id).any(|(_, child)| child.prefix == "itunes");
        if is_podcast {
            self.podcast_enclosures(id);
        }
    }

    fn item_parts(&mut self, id: Id, item: &Element<'_>) {
        let tree = self.tree;
        if self.format == Format::Rdf {
            self.need(id, "", "title", &rules::ELEMENT_MISSING);
            self.need(id, "", "link", &rules::ELEMENT_MISSING);
            return;
        }
        if !tree.has(id, "", "title") && !tree.has(id, "", "description") {
            self.report.add(&rules::RSS_ITEM_EMPTY, item.at, "");
        }
        if self.version.starts_with("2.") && !tree.has(id, "", "guid") {
            self.report.add(&rules::RSS_GUID_MISSING, item.at, "");
        }
        if let Some(comments) = tree.child(id, "slash", "comments")
            && self.around.build_date.is_none()
        {
            self.report.add(&rules::RSS_COMMENTS_DATE, comments.at, "");
        }
    }

    pub(super) fn image_end(&mut self, id: Id) {
        let tree = self.tree;
        let image = &tree.elements[id];
        if image.attribute_in("rdf", "resource").is_some() {
            return;
        }
        self.need(id, "", "title", &rules::RSS_TITLE_MISSING);
        self.need(id, "", "url", &rules::ELEMENT_MISSING);
        // RSS 1.1 has no link there.
        if image.attribute_in("rdf", "parseType").is_some() {
            return;
        }
        self.need(id, "", "link", &rules::RSS_LINK_MISSING);
    }

    pub(super) fn text_input_end(&mut self, id: Id) {
        self.need(id, "", "title", &rules::RSS_TITLE_MISSING);
        self.need(id, "", "link", &rules::RSS_LINK_MISSING);
        self.need(id, "", "description", &rules::RSS_DESCRIPTION_MISSING);
        self.need(id, "", "name", &rules::ELEMENT_MISSING);
    }

    pub(super) fn skips_end(&mut self, id: Id, around: Inside) {
        let (part, most) = if around == Inside::SkipHours { ("hour", 24) } else { ("day", 7) };
        self.need(id, "", part, &rules::ELEMENT_MISSING);
        let skips = &self.tree.elements[id];
        if skips.children.len() > most {
            let detail = format!("<{}> has {}", skips.name(), skips.children.len());
            self.report.add(&rules::RSS_TOO_MANY_SKIPS, skips.at, detail);
        }
    }

    pub(super) fn rss_value(&mut self, id: Id, value: Value) {
        let tree = self.tree;
        let element = &tree.elements[id];
        let text = element.trimmed();
        match value {
            Value::ChannelTitle => {
                self.plain(element, &rules::HTML_IN_TEXT);
                if text.is_empty() {
                    self.blank(element);
                }
            }
            Value::Category => {
                self.plain(element, &rules::HTML_IN_TEXT);
                let in_item = element.parent.is_some_and(|it| tree.elements[it].is("", "item"));
                if text.is_empty() && in_item {
                    self.blank(element);
                }
            }
            Value::Cloud => self.cloud(id),
            Value::Enclosure => self.enclosure(id),
            Value::Guid => self.guid(element),
            Value::RssSource => {
                if let Some(url) = self.required(id, "url") {
                    self.address_in(url, Demand::Whole);
                }
                self.plain(element, &rules::HTML_IN_TEXT);
            }
            Value::Hour => self.hour(element),
            Value::Day => self.day(element),
            Value::Blink => self.report.add(&rules::RSS_BLINK, element.at, ""),
            Value::CommentRss => {
                self.report.add(&rules::RSS_COMMENT_RSS, element.at, "");
                self.say(address::judge(text, Demand::Whole), element);
            }
            Value::FormName => {
                let is_good = text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
                self.say((!is_good).then_some(&rules::RSS_FORM_NAME), element);
            }
            _ => self.image_part(element, value),
        }
    }

    fn image_part(&mut self, element: &'c Element<'t>, value: Value) {
        let tree = self.tree;
        let text = element.trimmed();
        let differs = |of_channel: Option<Id>| {
            let other = of_channel.map_or("", |id| tree.elements[id].trimmed());
            !other.is_empty() && other != text
        };
        let Around { title, link, .. } = self.around;
        let is_size = |most| word::integer(text).is_some_and(|it| it > 0 && it <= most);
        match value {
            Value::ImageTitle => {
                if text.is_empty() {
                    self.blank(element);
                } else {
                    self.plain(element, &rules::HTML_IN_TEXT);
                }
                self.say(differs(title).then_some(&rules::RSS_IMAGE_TITLE), element);
            }
            Value::ImageLink => {
                self.say(address::judge(text, Demand::Whole), element);
                self.say(differs(link).then_some(&rules::RSS_IMAGE_LINK), element);
            }
            Value::ImageUrl => {
                self.say(address::judge(text, Demand::Whole), element);
                let ending = text.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
                let is_ending = !ending.is_empty()
                    && ending.chars().all(|it| it.is_alphanumeric() || it == '_');
                let is_known = ["jpg", "jpeg", "gif", "png"].contains(&&*ending);
                self.say((is_ending && !is_known).then_some(&rules::RSS_IMAGE_FORMAT), element);
            }
            Value::ImageWidth => {
                self.say((!is_size(144)).then_some(&rules::RSS_IMAGE_SIZE), element);
            }
            _ => self.say((!is_size(400)).then_some(&rules::RSS_IMAGE_SIZE), element),
        }
    }

    fn cloud(&mut self, id: Id) {
        for name in ["domain", "path", "registerProcedure", "protocol"] {
            self.required(id, name);
        }
        if let Some(port) = self.required(id, "port")
            && word::integer(&port.value).is_none_or(|port| port <= 0)
        {
            self.say_attribute(&rules::NUMBER, port);
        }
    }

    fn enclosure(&mut self, id: Id) {
        if let Some(length) = self.required(id, "length") {
            match word::integer(&length.value) {
                Some(0..) => {}
                Some(-1) => self.say_attribute(&rules::RSS_LENGTH_UNKNOWN, length),
                _ => self.say_attribute(&rules::NUMBER, length),
            }
        }
        if let Some(kind) = self.required(id, "type")
            && !word::is_media_type(&kind.value)
        {
            self.say_attribute(&rules::MEDIA_TYPE, kind);
        }
        if let Some(url) = self.required(id, "url")
            && !address::is_http(&url.value)
        {
            self.say_attribute(&rules::ADDRESS, url);
        }
    }

    fn guid(&mut self, element: &'c Element<'t>) {
        let text = element.trimmed();
        let claim = element.attribute("isPermaLink");
        if let Some(claim) = claim
            && !["true", "false"].contains(&&*claim.value)
        {
            self.say_attribute(&rules::BOOLEAN, claim);
        }
        if text.is_empty() {
            self.blank(element);
        } else if !self.seen.insert(("guid", text)) {
            self.say(Some(&rules::REPEATED), element);
        }
        if claim.is_none_or(|claim| claim.value == "true") {
            let rule = address::judge(text, Demand::Whole);
            let lower = text.to_ascii_lowercase();
            let names = lower.starts_with("tag:") || lower.starts_with("urn:uuid:");
            let is_none = |id: &str| id == "address/not-absolute" || id == "address/not-ascii";
            match rule {
                Some(rule) if !is_none(rule.id) => self.say(Some(rule), element),
                None if !names => {}
                _ => self.say(Some(&rules::RSS_GUID_PERMALINK), element),
            }
        } else if text.len() < 9
            && !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_digit())
        {
            self.say(Some(&rules::RSS_GUID_SHORT), element);
        }
    }

    fn hour(&mut self, element: &'c Element<'t>) {
        let text = element.trimmed();
        match word::integer(text) {
            Some(0..=23) => {
                if !self.seen.insert(("hour", text)) {
                    self.say(Some(&rules::REPEATED), element);
                }
            }
            Some(24) => {
                self.say(Some(&rules::RSS_HOUR_24), element);
                if self.seen.contains(&("hour", "0")) {
                    self.say(Some(&rules::REPEATED), element);
                }
            }
            _ => self.say(Some(&rules::RSS_HOUR), element),
        }
    }

    fn day(&mut self, element: &'c Element<'t>) {
        let text = element.trimmed();
        if !DAYS.contains(&text) {
            self.say(Some(&rules::RSS_DAY), element);
        } else if !self.seen.insert(("day", text)) {
            self.say(Some(&rules::REPEATED), element);
        }
    }

    /// The text of an item in another vocabulary.
    pub(super) fn say_doubled(&mut self, element: &Element<'_>) {
        let detail = format!("<{}>", element.name());
        self.report.add(&rules::RSS_TEXT_DOUBLED, element.at, detail);
    }

    /// Hubs (WebSub §4), and what they need.
    pub(super) fn hubs(&mut self, around: &Element<'_>, links: &[&'c Element<'t>]) {
        let hubs: Vec<_> = links.iter().filter(|it| it.value("rel") == Some("hub")).collect();
        let exchange = self.hints.exchange;
        if let Some(exchange) = exchange
            && hubs.is_empty()
            && !exchange.names_hub
        {
            self.report.add(&rules::WEBSUB_NONE, around.at, "");
        }
        let has_self = exchange.is_some_and(|it| it.names_self)
            || links.iter().any(|link| relation(link) == "self");
        if let Some(hub) = hubs.first()
            && !has_self
            && around.is_whole
        {
            self.report.add(&rules::WEBSUB_SELF, hub.at, "");
        }
        for hub in hubs {
            let href = hub.value("href").unwrap_or_default();
            let lower = href.to_ascii_lowercase();
            if !href.is_empty() && !lower.starts_with("https://") && !lower.starts_with("http://") {
                self.report.add(&rules::WEBSUB_HUB, hub.at, shown(href));
            }
        }
    }
}
