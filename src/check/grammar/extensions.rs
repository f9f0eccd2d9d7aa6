//! Vocabularies that stand in feeds of any format.

use super::{
    EAT, Inside, Slot,
    Value::{self, Address, Count, DateIso, DateRss, DateW3c, Decimal, Plain, RdfResource, Text},
    into, into_once, many, media, once,
};

/// What may stand in nearly any element that holds others.
pub(super) fn everywhere(prefix: &str, local: &str) -> Option<Slot> {
    Some(match (prefix, local) {
        ("dc", _) => return dublin_core(local),
        ("dcterms", _) => return dublin_terms(local),
        ("rdf", "RDF" | "type" | "Description") => EAT,
        ("rdfs", "seeAlso") => many(RdfResource),
        ("geo", "Point") => into(Inside::GeoPoint),
        ("geo", "lat") | ("geourl" | "icbm", "latitude") => many(Value::Latitude),
        ("geo", "long") | ("geourl" | "icbm", "longitude") => many(Value::Longitude),
        ("geo", "alt") | ("georss", "elev" | "radius") => many(Decimal),
        ("georss", "floor") => many(Value::Whole),
        ("georss", "where") => EAT,
        ("georss", "point" | "line" | "polygon" | "box") => many(Text),
        ("georss", "featureTypeTag" | "relationshipTag" | "featureName") => many(Text),
        ("opml", "dateCreated" | "dateModified") => once(DateRss),
        ("opml", "ownerName") => once(Value::Html),
        ("opml", "ownerEmail") => once(Value::Mail),
        ("opml", "ownerId") => once(Value::HttpAddress),
        ("webfeeds" | "snf" | "mi" | "rsl" | "source", _) => EAT,
        _ => return None,
    })
}

fn dublin_core(local: &str) -> Option<Slot> {
    Some(match local {
        "title" | "description" | "type" | "format" | "source" => once(Text),
        "publisher" | "contributor" | "identifier" | "relation" | "coverage" => many(Text),
        "language" => once(Value::Language),
        "rights" => once(Plain),
        _ => return None,
    })
}

fn dublin_terms(local: &str) -> Option<Slot> {
    Some(match local {
        "alternative" | "audience" => many(Text),
        "abstract" | "dateAccepted" | "dateCopyrighted" | "dateSubmitted" | "mediator" => {
            once(Text)
        }
        "created" | "issued" | "modified" => once(DateW3c),
        "extent" => once(Value::PositiveNotBlank),
        "tableOfContents" => once(RdfResource),
        "isVersionOf" | "hasVersion" | "isReplacedBy" | "replaces" | "isRequiredBy"
        | "requires" | "isPartOf" | "hasPart" | "isReferencedBy" | "references" | "isFormatOf"
        | "hasFormat" | "conformsTo" => many(RdfResource),
        "valid"
        | "available"
        | "spatial"
        | "temporal"
        | "accessRights"
        | "accrualMethod"
        | "accrualPeriodicity"
        | "accrualPolicy"
        | "bibliographicCitation"
        | "educationLevel"
        | "instructionalMethod"
        | "license"
        | "provenance"
        | "rightsHolder" => EAT,
        _ => return None,
    })
}

/// What may stand in a channel, a feed, an item and an entry.
fn common(prefix: &str, local: &str) -> Option<Slot> {
    match (prefix, local) {
        ("taxo", "topics") | ("l", "link") | ("foaf", "maker") => Some(EAT),
        ("thr", "in-reply-to") => Some(many(Value::InReplyTo)),
        ("feedburner", "awareness") => Some(once(Address)),
        _ => media::describing(prefix, local),
    }
}

/// What may stand in an item or an entry.
pub(super) fn item(prefix: &str, local: &str) -> Option<Slot> {
    Some(match (prefix, local) {
        ("annotate", "reference") => once(RdfResource),
        ("ag", "source") | ("ev", "type") => once(Text),
        ("ag", "sourceURL") | ("feedburner", "origEnclosureLink" | "origLink") => once(Address),
        ("ag", "timestamp") | ("ev", "startdate" | "enddate") => once(DateIso),
        ("ev", "location" | "organizer")
        | ("foaf", "primaryTopic")
        | ("sx", "sync")
        | ("l", "permalink") => EAT,
        ("slash" | "thr", "comments" | "total") => once(Count),
        ("slash", "section" | "department") => many(Text),
        ("slash", "hit_parade") => once(Value::NumberList),
        ("wfw", "comment" | "commentRss") => once(Address),
        ("wfw", "commentRSS") => once(Value::CommentRss),
        ("wiki", "diff" | "history" | "importance" | "status" | "version") => many(Text),
        ("media", "group") => into(Inside::MediaGroup),
        ("media", "content") => into(Inside::MediaContent),
        ("g", _) => EAT,
        ("conversationsNetwork", "introMilliseconds" | "ratingCount") => once(Count),
        ("conversationsNetwork", "image") => once(Value::HttpAddress),
        ("conversationsNetwork", "ratingAverage") => once(Decimal),
        ("conversationsNetwork", "ratingIndividual") => once(Value::Positive),
        ("conversationsNetwork", "ratingTimestamp") => once(DateIso),
        _ => return common(prefix, local),
    })
}

/// What may stand in a channel or a feed.
pub(super) fn channel(prefix: &str, local: &str) -> Option<Slot> {
    Some(match (prefix, local) {
        ("admin", "generatorAgent" | "errorReportsTo") => once(RdfResource),
        ("blogChannel", "blogRoll" | "mySubscriptions" | "blink" | "changes") => once(Address),
        ("sy", "updatePeriod") => once(Value::UpdatePeriod),
        ("sy", "updateFrequency") => once(Value::PositiveNotBlank),
        ("sy", "updateBase") => once(DateW3c),
        ("cp", "server") => many(RdfResource),
        ("wiki", "interwiki") | ("cf", "treatAs") => many(Text),
        ("cf", "listinfo") => into(Inside::ListInfo),
        ("feedburner", "browserFriendly") => once(Plain),
        ("feedburner", "emailServiceId") => once(Text),
        ("feedburner", "feedFlare" | "info") => many(Value::Flare),
        ("feedburner", "feedburnerHostname") => once(Address),
        ("opensearch" | "opensearch10", "totalResults" | "itemsPerPage") => once(Count),
        ("opensearch" | "opensearch10", "startIndex") => once(Value::Whole),
        ("opensearch", "Query") | ("sx", "sharing") | ("xhtml", "div" | "meta") => EAT,
        ("fh", "archive" | "complete") => into_once(Inside::Mark),
        _ => return common(prefix, local),
    })
}

/// A point on the map, or how a list is sorted.
pub(super) fn part(around: Inside, prefix: &str, local: &str) -> Option<Slot> {
    match (around, prefix, local) {
        (Inside::GeoPoint, "geo", _) => everywhere(prefix, local),
        (Inside::ListInfo, "cf", "sort" | "group") => Some(EAT),
        _ => None,
    }
}
