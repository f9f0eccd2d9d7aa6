//! Holds the text of an element to its kind.

use super::{
    grammar::Value,
    report::shown,
    rules,
    tree::{Element, Id},
    values::{
        address::{self, Demand},
        date::{self, Iso},
        word,
    },
    walk::{Check, Format},
};

impl<'c, 't> Check<'c, 't> {
    /// Judges an element that holds a value.
    pub(super) fn value(&mut self, id: Id, value: Value) {
        let tree = self.tree;
        let element = &tree.elements[id];
        match value {
            Value::AtomText | Value::AtomSummary | Value::AtomContent => {
                return self.atom_text(id, value);
            }
            Value::XhtmlBody => {
                if self.format == Format::Rss {
                    self.say_doubled(element);
                }
                return self.markup(id);
            }
            _ => {}
        }
        self.no_children(id);
        if holds_nothing(value)
            && let Some(at) = element.text.begins()
        {
            let detail = format!("{} in <{}>", shown(element.trimmed()), element.name());
            self.report.add(&rules::TEXT_UNEXPECTED, at, detail);
        }
        if !element.is_whole {
            return;
        }
        match value {
            Value::Text => {}
            Value::Plain | Value::PlainNotBlank | Value::Html | Value::Limited(_) => {
                self.words(element, value);
            }
            Value::Address
            | Value::Reference
            | Value::ReferenceNotBlank
            | Value::HttpAddress
            | Value::IriNotBlank => self.address(element, value),
            Value::DateRss
            | Value::DateAtom
            | Value::DateAtomStrict
            | Value::Updated
            | Value::DateW3c
            | Value::DateIso => self.date(element, value),
            Value::Language => {
                let bad = !word::is_language(element.trimmed());
                self.say(bad.then_some(&rules::LANGUAGE), element);
            }
            Value::Mail | Value::AtomMail => self.mail(element, element.trimmed()),
            Value::MailWithName => self.mail_with_name(element),
            Value::Count
            | Value::Positive
            | Value::PositiveNotBlank
            | Value::Whole
            | Value::Decimal
            | Value::Latitude
            | Value::Longitude
            | Value::NumberList => self.number(element, value),
            Value::TrueFalse
            | Value::YesNo
            | Value::YesNoClean
            | Value::OneOf(_)
            | Value::UpdatePeriod
            | Value::Keywords
            | Value::Duration
            | Value::ExpansionState => self.word(element, value),
            Value::ChannelTitle
            | Value::Category
            | Value::Cloud
            | Value::Enclosure
            | Value::Guid
            | Value::RssSource
            | Value::Hour
            | Value::Day
            | Value::ImageTitle
            | Value::ImageLink
            | Value::ImageUrl
            | Value::ImageWidth
            | Value::ImageHeight
            | Value::Blink
            | Value::CommentRss
            | Value::FormName => self.rss_value(id, value),
            Value::AtomId
            | Value::EntryId
            | Value::AtomCategory
            | Value::AtomLink
            | Value::AtomName
            | Value::Generator => self.atom_value(id, value),
            Value::RdfResource | Value::InReplyTo | Value::Restriction | Value::Flare => {
                self.reference_value(id, value);
            }
            _ => self.media_value(id, value),
        }
    }

    /// Elements in one that holds text alone.
    fn no_children(&mut self, id: Id) {
        let tree = self.tree;
        let around = &tree.elements[id];
        let is_literal =
            around.attribute_in("rdf", "parseType").is_some_and(|it| it.value == "Literal");
        if self.format == Format::Rdf
            && !is_literal
            && !around.children.is_empty()
            && let Some(at) = around.text.begins()
        {
            self.report.add(&rules::TEXT_UNEXPECTED, at, shown(around.trimmed()));
        }
        for (child, element) in tree.children(id) {
            // Links of Atom may hold anything (RFC 4287 §4.2.7).
            if self.format != Format::Rdf && !around.is("atom", "link") {
                let detail = format!("<{}> in <{}>", element.name(), around.name());
                self.report.add(&rules::ELEMENT_UNKNOWN, element.at, detail);
            }
            self.eat(child);
        }
    }

    fn words(&mut self, element: &'c Element<'t>, value: Value) {
        let is_old = self.version == "0.91" && self.format == Format::Rss;
        match value {
            // RSS 0.91 has no HTML.
            Value::Html if is_old && element.is("", "description") => {
                self.plain(element, &rules::HTML_IN_TEXT);
            }
            Value::Html => self.html(element, true),
            _ => self.plain(element, &rules::HTML_IN_TEXT),
        }
        if value == Value::PlainNotBlank && element.trimmed().is_empty() {
            self.blank(element);
        }
        if let Value::Limited(most) = value {
            let length = element.trimmed().chars().count();
            if length > most {
                let detail = format!("<{}> has {length} characters of {most}", element.name());
                self.report.add(&rules::TOO_LONG, element.text_at(), detail);
            }
        }
    }

    pub(super) fn blank(&mut self, element: &Element<'_>) {
        self.report.add(&rules::BLANK, element.at, format!("<{}>", element.name()));
    }

    fn address(&mut self, element: &'c Element<'t>, value: Value) {
        let text = element.trimmed();
        match value {
            Value::HttpAddress => {
                self.say((!address::is_http(text)).then_some(&rules::ADDRESS), element);
                return;
            }
            Value::ReferenceNotBlank | Value::IriNotBlank if text.is_empty() => {
                if self.format == Format::Atom {
                    self.no_space(element);
                }
                return self.blank(element);
            }
            _ => {}
        }
        if self.format == Format::Atom && value != Value::Address {
            self.no_space(element);
        }
        let demand = match value {
            Value::Address => Demand::Whole,
            Value::IriNotBlank => Demand::IriReference,
            _ => Demand::Reference,
        };
        self.say(address::judge(text, demand), element);
    }

    /// White space around a value that is compared letter by letter.
    pub(super) fn no_space(&mut self, element: &Element<'_>) {
        if element.trimmed().len() != element.text.value.len() {
            self.report.add(&rules::SPACE, element.at, format!("<{}>", element.name()));
        }
    }

    fn date(&mut self, element: &'c Element<'t>, value: Value) {
        let now = self.hints.now;
        let text = element.trimmed();
        let rule = match value {
            Value::DateRss => date::rfc822(text, now),
            Value::DateW3c => date::iso(text, Iso::Zoned, now),
            // Events lie ahead.
            Value::DateIso => date::iso(text, Iso::Any, None).filter(|rule| rule.id == "date/w3c"),
            _ => date::iso(text, Iso::Full, now),
        };
        self.say(rule, element);
        if matches!(value, Value::DateAtomStrict | Value::Updated) {
            self.no_space(element);
        }
        if value == Value::Updated && !text.is_empty() && !self.seen.insert(("updated", text)) {
            self.say(Some(&rules::ATOM_UPDATED_REPEATED), element);
        }
    }

    pub(super) fn mail(&mut self, element: &'c Element<'t>, text: &str) {
        self.plain(element, &rules::HTML_IN_TEXT);
        if word::is_mail(text) {
            return;
        }
        let is_local = text.split_once('@').is_some_and(|(user, host)| {
            let plain = |text: &str, more: &str| {
                !text.is_empty() && text.chars().all(|it| it.is_alphanumeric() || more.contains(it))
            };
            plain(user, "._%+-") && plain(host, ".-_") && host.len() > 1
        });
        let rule = if is_local { &rules::MAIL_HOST } else { &rules::MAIL };
        self.say(Some(rule), element);
    }

    fn mail_with_name(&mut self, element: &'c Element<'t>) {
        let text = element.trimmed();
        let unquoted;
        let text = match text.strip_prefix("mailto:") {
            Some(rest) => {
                let rest = rest.split('?').next().unwrap_or_default();
                unquoted = percent_encoding::percent_decode_str(rest).decode_utf8_lossy();
                &unquoted
            }
            None => text,
        };
        if text.find('@').is_some_and(|at| at > 0) && !text.ends_with(')') {
            return self.say(Some(&rules::RSS_MAIL_NAME), element);
        }
        let address = match (text.split_once('('), text.split_once('<')) {
            (Some((address, _)), _) => address.trim(),
            (_, Some((_, rest))) => rest.split('>').next().unwrap_or_default(),
            _ => text,
        };
        self.mail(element, address);
    }

    fn number(&mut self, element: &'c Element<'t>, value: Value) {
        let text = element.trimmed();
        let number = word::integer(text);
        let degrees = |most: f64| text.parse::<f64>().is_ok_and(|it| (-most..=most).contains(&it));
        let (is_good, rule) = match value {
            Value::Count => (number.is_some_and(|it| it >= 0), &rules::NUMBER),
            Value::Whole => (text.is_empty() || number.is_some(), &rules::NUMBER),
            Value::Decimal => {
                let digits = text.trim_start_matches(['-', '+']);
                (word::is_decimal(digits), &rules::NUMBER)
            }
            Value::Latitude => (degrees(90.0), &rules::GEO_DEGREES),
            Value::Longitude => (degrees(180.0), &rules::GEO_DEGREES),
            Value::NumberList => (word::is_number_list(text), &rules::SLASH_LIST),
            _ => (number.is_some_and(|it| it > 0), &rules::NUMBER),
        };
        self.say((!is_good).then_some(rule), element);
    }

    fn word(&mut self, element: &'c Element<'t>, value: Value) {
        let text = element.text.value.as_str();
        let lower = text.to_ascii_lowercase();
        let (is_good, rule) = match value {
            Value::TrueFalse => (["true", "false"].contains(&&*lower), &rules::BOOLEAN),
            Value::YesNo => (["yes", "no"].contains(&text), &rules::BOOLEAN),
            Value::YesNoClean => (["yes", "no", "clean"].contains(&&*lower), &rules::BOOLEAN),
            Value::OneOf(words) => (words.contains(&text.trim()), &rules::CHOICE),
            Value::UpdatePeriod => {
                let periods = ["hourly", "daily", "weekly", "monthly", "yearly"];
                (periods.contains(&text.trim()), &rules::SY_PERIOD)
            }
            Value::Duration => (is_duration(text.trim()), &rules::ITUNES_DURATION),
            Value::ExpansionState => {
                let text = text.trim();
                (text.is_empty() || word::is_number_list(text), &rules::OPML_STATE)
            }
            _ => (!text.trim().contains(' ') || text.contains(','), &rules::ITUNES_KEYWORDS),
        };
        self.say((!is_good).then_some(rule), element);
        if value == Value::Keywords {
            self.words(element, Value::Limited(255));
        }
    }

    fn reference_value(&mut self, id: Id, value: Value) {
        let tree = self.tree;
        let element = &tree.elements[id];
        match value {
            Value::RdfResource => match element.attribute_in("rdf", "resource") {
                Some(resource) => self.address_in(resource, Demand::Reference),
                None if self.format == Format::Rdf => {
                    let detail = format!("<{}> has no `rdf:resource`", element.name());
                    self.report.add(&rules::ATTRIBUTE_MISSING, element.at, detail);
                }
                None => {}
            },
            Value::InReplyTo => self.in_reply_to(element),
            Value::Restriction => {
                if let Some(relationship) = self.required(id, "relationship")
                    && !["allow", "deny"].contains(&&*relationship.value)
                {
                    self.say_attribute(&rules::CHOICE, relationship);
                }
            }
            _ => {
                for name in ["href", "src", "uri"] {
                    let Some(address) = element.attribute(name) else { continue };
                    let is_whole = address::judge(&address.value, Demand::Whole).is_none();
                    if self.format == Format::Atom {
                        self.address_in(address, Demand::IriReference);
                    } else if !is_whole {
                        self.say_attribute(&rules::HTML_RELATIVE, address);
                    }
                }
                self.plain(element, &rules::HTML_IN_TEXT);
            }
        }
    }

    fn in_reply_to(&mut self, element: &'c Element<'t>) {
        for (name, demand) in [
            ("href", Demand::IriReference),
            ("ref", Demand::WholeIri),
            ("source", Demand::IriReference),
        ] {
            if let Some(address) = element.attribute(name) {
                self.address_in(address, demand);
            }
        }
        if let Some(kind) = element.attribute("type")
            && !word::is_media_type(&kind.value)
        {
            self.say_attribute(&rules::MEDIA_TYPE, kind);
        }
    }
}

/// Whether everything stands in attributes.
fn holds_nothing(value: Value) -> bool {
    matches!(
        value,
        Value::Cloud
            | Value::Enclosure
            | Value::AtomCategory
            | Value::MediaPlayer
            | Value::ItunesImage
            | Value::Restriction
    )
}

/// Seconds, or minutes and seconds, or hours, minutes and seconds.
fn is_duration(text: &str) -> bool {
    let parts: Vec<_> = text.split(':').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    let within = |part: &&str| part.len() == 2 && part.as_bytes()[0] < b'6';
    parts.len() <= 3 && parts.iter().all(is_number) && parts[1..].iter().all(within)
}
