//! What may stand where: for an element and the one around it, what it must hold and how often it
//! may be there. Pure tables; `walk.rs` goes by them.

#![expect(clippy::match_same_arms, reason = "the tables are ordered by vocabulary")]

mod atom;
mod extensions;
mod media;
mod opml;
mod rss_elements;

use super::rules::Rule;

/// Elements that hold others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    Rss,
    Rdf,
    Channel,
    /// Those of RSS 1.0, which have fewer elements of their own.
    RdfChannel,
    RdfItem,
    Items,
    Item,
    Image,
    RdfImage,
    TextInput,
    SkipHours,
    SkipDays,
    Feed,
    Entry,
    Source,
    Person,
    AppControl,
    MediaContent,
    MediaGroup,
    ItunesOwner,
    ItunesCategory,
    ItunesSubcategory,
    GeoPoint,
    ListInfo,
    /// Elements such as `fh:complete`: it is there, and that is all.
    Mark,
    Opml,
    OpmlHead,
    OpmlBody,
    Outline,
}

/// What an element without others in it must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Text,
    /// Plain text.
    Plain,
    /// Plain text, and some of it.
    PlainNotBlank,
    /// HTML, escaped.
    Html,
    /// A whole address.
    Address,
    /// An address, whole or not.
    Reference,
    ReferenceNotBlank,
    /// An address of HTTP.
    HttpAddress,
    IriNotBlank,
    DateRss,
    DateAtom,
    /// A date of Atom without white space around it.
    DateAtomStrict,
    /// The same, once in the feed.
    Updated,
    DateW3c,
    DateIso,
    Language,
    Mail,
    MailWithName,
    /// 0 and up.
    Count,
    /// 1 and up.
    Positive,
    PositiveNotBlank,
    /// Whole, or nothing.
    Whole,
    Decimal,
    Latitude,
    Longitude,
    /// At most so many characters.
    Limited(usize),
    Keywords,
    TrueFalse,
    YesNo,
    YesNoClean,
    Duration,
    OneOf(&'static [&'static str]),
    UpdatePeriod,
    NumberList,
    FormName,
    // RSS
    ChannelTitle,
    Category,
    Cloud,
    Enclosure,
    Guid,
    RssSource,
    Hour,
    Day,
    ImageTitle,
    ImageLink,
    ImageUrl,
    ImageWidth,
    ImageHeight,
    Blink,
    CommentRss,
    XhtmlBody,
    // Atom
    AtomText,
    AtomSummary,
    AtomContent,
    AtomId,
    EntryId,
    AtomCategory,
    AtomLink,
    AtomName,
    AtomMail,
    Generator,
    // Vocabularies
    RdfResource,
    InReplyTo,
    Restriction,
    MediaTitle,
    MediaText,
    MediaCategory,
    MediaCopyright,
    MediaCredit,
    MediaHash,
    MediaRating,
    MediaRestriction,
    MediaPlayer,
    MediaThumbnail,
    MediaAdult,
    ItunesImage,
    Flare,
    // OPML
    ExpansionState,
}

/// What is done with an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    Inside(Inside),
    Value(Value),
    /// Anything goes.
    Eat,
}

/// How often an element may be there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Often {
    Many,
    Once,
    /// Once, by a rule of its own.
    OnceBy(&'static Rule),
}

/// A place for an element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) take: Take,
    pub(super) often: Often,
}

const fn once(value: Value) -> Slot {
    Slot { take: Take::Value(value), often: Often::Once }
}

const fn many(value: Value) -> Slot {
    Slot { take: Take::Value(value), often: Often::Many }
}

const fn into(inside: Inside) -> Slot {
    Slot { take: Take::Inside(inside), often: Often::Many }
}

const fn into_once(inside: Inside) -> Slot {
    Slot { take: Take::Inside(inside), often: Often::Once }
}

const EAT: Slot = Slot { take: Take::Eat, often: Often::Many };

/// The place for an element within another, if there is one. RSS's own elements have no prefix,
/// Atom's have `atom`.
pub(super) fn slot(around: Inside, prefix: &str, local: &str) -> Option<Slot> {
    use Inside as I;
    // "Qualified" Dublin Core: `dc:title.alternative`.
    let local = match prefix {
        "dc" => local.split('.').next().unwrap_or(local),
        _ => local,
    };
    let own = match around {
        I::Rss | I::Rdf | I::Items | I::SkipHours | I::SkipDays => {
            rss_elements::outer(around, prefix, local)
        }
        I::Channel => rss_elements::channel(prefix, local),
        I::RdfChannel => rss_elements::rdf_channel(prefix, local),
        I::Item => rss_elements::item(prefix, local),
        I::RdfItem => rss_elements::rdf_item(prefix, local),
        I::Image | I::RdfImage | I::TextInput => rss_elements::part(around, prefix, local),
        I::Feed => atom::feed(prefix, local),
        I::Source => atom::source(prefix, local),
        I::Entry => atom::entry(prefix, local),
        I::Person | I::AppControl => atom::part(around, prefix, local),
        I::MediaContent | I::MediaGroup => media::inside(around, prefix, local),
        I::ItunesOwner | I::ItunesCategory => media::itunes_inside(around, prefix, local),
        I::GeoPoint | I::ListInfo => extensions::part(around, prefix, local),
        I::Opml | I::OpmlHead | I::OpmlBody | I::Outline => opml::inside(around, prefix, local),
        I::ItunesSubcategory | I::Mark => None,
    };
    let takes_everywhere = matches!(
        around,
        I::Channel
            | I::RdfChannel
            | I::RdfItem
            | I::Item
            | I::Image
            | I::RdfImage
            | I::TextInput
            | I::Feed
            | I::Source
            | I::Entry
            | I::MediaContent
            | I::Opml
            | I::OpmlHead
            | I::OpmlBody
            | I::Outline
    );
    own.or_else(|| takes_everywhere.then(|| extensions::everywhere(prefix, local)).flatten())
}

/// Where an element that has no place still makes sense to those who look for it.
pub(super) fn misplaced(prefix: &str, local: &str) -> Option<Slot> {
    let own = match prefix {
        "atom" => atom::anywhere(local),
        "app" if ["workspace", "collection", "categories"].contains(&local) => Some(EAT),
        _ => None,
    };
    own.or_else(|| extensions::everywhere(prefix, local))
}

/// Attributes that an element which holds others may have: `name`, or `prefix:name`.
pub(super) fn attributes_inside(inside: Inside) -> &'static [&'static str] {
    match inside {
        Inside::Rss | Inside::Opml => &["version"],
        Inside::Channel | Inside::RdfChannel => &["indexing:index", "rdf:about"],
        Inside::Feed | Inside::Source => &["indexing:index"],
        Inside::Items | Inside::Entry | Inside::Person => &["rdf:parseType"],
        Inside::RdfItem | Inside::TextInput => &["rdf:about"],
        Inside::Image | Inside::RdfImage => &["rdf:resource", "rdf:about", "rdf:parseType"],
        Inside::MediaContent => media::CONTENT,
        Inside::ItunesCategory | Inside::ItunesSubcategory => &["text"],
        Inside::Outline => opml::OUTLINE,
        _ => &[],
    }
}

/// Attributes that an element with a value may have.
pub(super) fn attributes_of(value: Value) -> &'static [&'static str] {
    match value {
        Value::Category => &["domain"],
        Value::Cloud => &["domain", "path", "registerProcedure", "protocol", "port"],
        Value::Enclosure => &["url", "length", "type"],
        Value::Guid => &["isPermaLink"],
        Value::RssSource => &["url"],
        Value::AtomText | Value::AtomSummary | Value::AtomContent => &["type", "src"],
        Value::AtomCategory => &["term", "scheme", "label"],
        Value::AtomLink => &[
            "type",
            "title",
            "rel",
            "href",
            "length",
            "hreflang",
            "rdf:type",
            "rdf:resource",
            "thr:count",
            "thr:when",
            "thr:updated",
        ],
        Value::Generator => &["uri", "version"],
        Value::RdfResource => &["rdf:resource", "dc:title"],
        Value::InReplyTo => &["href", "ref", "source", "type"],
        Value::Restriction => &["relationship"],
        Value::ItunesImage => &["href"],
        Value::Flare => &["href", "src", "uri"],
        other => media::attributes(other),
    }
}
