//! What Media RSS asks beyond places (Media RSS 1.5.1).

use std::sync::LazyLock;

use regex::Regex;

use super::{
    grammar::Value,
    rules::{self, Rule},
    tree::{Element, Id},
    values::{
        address::{self, Demand},
        word,
    },
    walk::Check,
};

/// Roles of the European Broadcasting Union.
const ROLES: &str = "|actor|adaptor|anchor person|animal trainer|animator|announcer|armourer|art \
    director|artist|artist/performer|assistant camera|assistant chief lighting technician|assistant \
    director|assistant producer|assistant visual editor|author|broadcast assistant|broadcast \
    journalist|camera operator|carpenter|casting|causeur|chief lighting technician|choir|\
    choreographer|clapper loader|commentary or commentator|commissioning broadcaster|composer|\
    computer programmer|conductor|consultant|continuity checker|correspondent|costume designer|\
    dancer|dialogue coach|director|director of photography|distribution company|draughtsman|dresser|\
    dubber|editor|editor/producer|ensemble|executive producer|expert|fight director|floor manager|\
    focus puller|foley artist|foley editor|foley mixer|graphic assistant|graphic designer|greensman|\
    grip|hairdresser|illustrator|interviewed guest|interviewer|key character|key grip|key talents|\
    leadman|librettist|lighting director|lighting technician|location manager|lyricist|make up \
    artist|manufacturer|matte artist|music arranger|music group|musician|news reader|orchestra|\
    participant|performer|photographer|post|producer|production assistant|production company|\
    production department|production manager|production secretary|programme production researcher|\
    programme proposal|property manager|publishing company|puppeteer|pyrotechnician|reporter|rigger|\
    runner|scenario|scenic operative|script supervisor|second assistant camera|second assistant \
    director|second unit director|set designer|set dresser|sign language|singer|sound designer|sound \
    mixer|sound recordist|special effects|stunts|subtitles|technical director|term|translation|\
    transportation manager|treatment|treatment proposal|treatment/programme proposal|vision mixer|\
    visual editor|visual effects|wardrobe|witness|";
const MPAA: [&str; 7] = ["g", "m", "nc-17", "pg", "pg-13", "r", "x"];
const V_CHIP: [&str; 13] = [
    "14+", "18+", "c", "c8", "g", "pg", "tv-14", "tv-g", "tv-ma", "tv-pg", "tv-y", "tv-y7",
    "tv-y7-fv",
];

static TIME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(now|\d+(\.\d+)?|\d+:\d\d:\d\d(\.\d+)?)").ok());
static ICRA: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let code = "([nsvlocx]z [01]|(n[a-c]|s[a-f]|v[a-j]|l[a-c]|o[a-h]|c[a-b]|x[a-e]) 1)";
    Regex::new(&format!(r"^r \({code}( {code})*\)$")).ok()
});

fn matches(regex: &LazyLock<Option<Regex>>, text: &str) -> bool {
    regex.as_ref().is_some_and(|regex| regex.is_match(text))
}

impl<'c, 't> Check<'c, 't> {
    pub(super) fn media_content(&mut self, id: Id) {
        let element = &self.tree.elements[id];
        let starts_with_digit = |text: &str| text.starts_with(|it: char| it.is_ascii_digit());
        let whole = |text: &str| word::integer(text);
        for attribute in element.attributes.iter().filter(|it| it.prefix.is_empty()) {
            let value = &*attribute.value;
            if value.is_empty() {
                continue;
            }
            let rule: Option<&'static Rule> = match attribute.local {
                "bitrate" | "duration" | "framerate" | "samplingrate" => {
                    (!starts_with_digit(value)).then_some(&rules::NUMBER)
                }
                "channels" => whole(value).is_none_or(|it| it < 0).then_some(&rules::NUMBER),
                "fileSize" | "height" | "width" => {
                    whole(value).is_none_or(|it| it <= 0).then_some(&rules::NUMBER)
                }
                "expression" => (!["sample", "full", "nonstop"].contains(&value))
                    .then_some(&rules::MEDIA_EXPRESSION),
                "isDefault" => {
                    let lower = value.to_ascii_lowercase();
                    (!["true", "false"].contains(&&*lower)).then_some(&rules::BOOLEAN)
                }
                "lang" => (!word::is_language(value)).then_some(&rules::LANGUAGE),
                "medium" => {
                    let known = ["image", "audio", "video", "document", "executable"];
                    (!known.contains(&value)).then_some(&rules::MEDIA_MEDIUM)
                }
                "type" => (!word::is_media_type(value)).then_some(&rules::MEDIA_TYPE),
                "url" => address::judge(value, Demand::Whole),
                _ => None,
            };
            if let Some(rule) = rule {
                self.say_attribute(rule, attribute);
            }
        }
    }

    pub(super) fn media_group(&mut self, id: Id) {
        let group = &self.tree.elements[id];
        if group.is_whole && self.tree.count(id, "media", "content") < 2 {
            self.report.add(&rules::MEDIA_GROUP, group.at, "");
        }
    }

    pub(super) fn media_value(&mut self, id: Id, value: Value) {
        let tree = self.tree;
        let element = &tree.elements[id];
        match value {
            Value::MediaTitle | Value::MediaText => self.media_text(element),
            Value::MediaCategory => {
                if let Some(label) = element.attribute("label") {
                    self.plain_attribute(label);
                }
                self.whole_address(element, "scheme");
                self.plain(element, &rules::HTML_IN_TEXT);
            }
            Value::MediaCopyright => {
                self.whole_address(element, "url");
                self.plain(element, &rules::HTML_IN_TEXT);
            }
            Value::MediaCredit => self.credit(element),
            Value::MediaHash => self.hash(element),
            Value::MediaRating => self.rating(element),
            Value::MediaRestriction => self.restriction(id),
            Value::MediaPlayer | Value::MediaThumbnail => {
                if let Some(url) = self.required(id, "url") {
                    self.address_in(url, Demand::Whole);
                }
                self.media_size(element);
            }
            Value::MediaAdult => {
                self.report.add(&rules::MEDIA_ADULT, element.at, "");
                let lower = element.trimmed().to_ascii_lowercase();
                let is_good = ["true", "false"].contains(&&*lower);
                self.say((!is_good).then_some(&rules::BOOLEAN), element);
            }
            Value::ItunesImage => {
                if let Some(href) = self.required(id, "href")
                    && !address::is_http(&href.value)
                {
                    self.say_attribute(&rules::ADDRESS, href);
                }
            }
            _ => {}
        }
    }

    fn whole_address(&mut self, element: &Element<'_>, name: &str) {
        if let Some(address) = element.attribute(name).filter(|it| !it.value.is_empty()) {
            self.address_in(address, Demand::Whole);
        }
    }

    fn media_size(&mut self, element: &Element<'_>) {
        for name in ["height", "width"] {
            if let Some(size) = element.attribute(name).filter(|it| !it.value.is_empty())
                && word::integer(&size.value).is_none_or(|it| it <= 0)
            {
                self.say_attribute(&rules::NUMBER, size);
            }
        }
        self.media_time(element, "time");
    }

    fn media_time(&mut self, element: &Element<'_>, name: &str) {
        if let Some(time) = element.attribute(name).filter(|it| !it.value.is_empty())
            && !matches(&TIME, &time.value)
        {
            self.say_attribute(&rules::MEDIA_TIME, time);
        }
    }

    fn media_text(&mut self, element: &'c Element<'t>) {
        let kind = element.attribute("type").filter(|it| !it.value.is_empty());
        if let Some(kind) = kind
            && !["plain", "html"].contains(&&*kind.value)
        {
            self.say_attribute(&rules::MEDIA_TEXT_TYPE, kind);
        }
        self.media_time(element, "start");
        self.media_time(element, "end");
        if let Some(language) = element.attribute("lang").filter(|it| !it.value.is_empty())
            && !word::is_language(&language.value)
        {
            self.say_attribute(&rules::LANGUAGE, language);
        }
        match kind.is_some_and(|kind| kind.value == "html") {
            true => self.html(element, false),
            false => self.plain(element, &rules::HTML_UNDECLARED),
        }
    }

    fn credit(&mut self, element: &Element<'_>) {
        let scheme = element.value("scheme").filter(|it| !it.is_empty()).unwrap_or("urn:ebu");
        if let Some(role) = element.attribute("role").filter(|it| !it.value.is_empty()) {
            let is_known = ROLES.contains(&format!("|{}|", role.value));
            let is_lower = role.value == role.value.to_lowercase();
            if (scheme == "urn:ebu" && !is_known) || !is_lower {
                self.say_attribute(&rules::MEDIA_ROLE, role);
            }
        }
        if scheme != "urn:ebu" {
            self.whole_address(element, "scheme");
        }
    }

    fn hash(&mut self, element: &Element<'_>) {
        let algorithm = element.attribute("algo").filter(|it| !it.value.is_empty());
        if let Some(algorithm) = algorithm
            && !["md5", "sha-1"].contains(&&*algorithm.value)
        {
            self.say_attribute(&rules::MEDIA_HASH, algorithm);
        }
        let length = if algorithm.is_some_and(|it| it.value == "sha-1") { 40 } else { 32 };
        let text = element.trimmed();
        let is_good = text.len() == length && text.bytes().all(|it| it.is_ascii_alphanumeric());
        self.say((!is_good).then_some(&rules::MEDIA_HASH), element);
    }

    fn rating(&mut self, element: &Element<'_>) {
        let text = element.trimmed();
        let scheme = element.value("scheme").filter(|it| !it.is_empty()).unwrap_or("urn:simple");
        let is_good = match scheme {
            "urn:simple" => ["adult", "nonadult"].contains(&text),
            "urn:mpaa" => MPAA.contains(&text),
            "urn:v-chip" => V_CHIP.contains(&text),
            "urn:icra" => matches(&ICRA, text),
            _ => {
                self.whole_address(element, "scheme");
                true
            }
        };
        self.say((!is_good).then_some(&rules::MEDIA_RATING), element);
    }

    fn restriction(&mut self, id: Id) {
        let element = &self.tree.elements[id];
        let text = element.trimmed();
        if let Some(relationship) = self.required(id, "relationship")
            && !["allow", "deny"].contains(&&*relationship.value)
        {
            self.say_attribute(&rules::MEDIA_RESTRICTION, relationship);
        }
        let kind = element.attribute("type").filter(|it| !it.value.is_empty());
        let rule: Option<&'static Rule> = match kind.map(|kind| &*kind.value) {
            None => {
                let is_good = ["", "all", "none"].contains(&text);
                (!is_good).then_some(&rules::MEDIA_RESTRICTION)
            }
            Some("country") => {
                let is_known =
                    |it: &str| word::COUNTRIES.contains(&format!(" {} ", it.to_uppercase()));
                (!text.split(' ').all(is_known)).then_some(&rules::MEDIA_RESTRICTION)
            }
            Some("uri") => address::judge(text, Demand::Whole),
            Some("sharing") => None,
            Some(_) => {
                if let Some(kind) = kind {
                    self.say_attribute(&rules::MEDIA_RESTRICTION, kind);
                }
                None
            }
        };
        self.say(rule, element);
    }
}
