//! Licence terms in the words of RSL 1.0 (<https://rslstandard.org>, RSL-SPEC-1.0): what programs may
//! do with stories, for whom, where, and for what in return.
//!
//! # Limits
//! - `encrypted`, `lastmod`, `legal` and `max-age` have no place here.

use std::collections::BTreeMap;

use super::{SectionPath, codes};

/// What may be done (§3.4.1.1), from the widest to the narrowest.
const USES: [&str; 6] = ["all", "ai-all", "ai-train", "ai-input", "ai-index", "search"];
/// Who may do it (§3.4.1.2).
const USERS: [&str; 5] = ["commercial", "non-commercial", "education", "government", "personal"];
/// A region beside the countries (§3.4.1.3).
const UNION: &str = "EU";

/// What a token of `permits` and `prohibits` bears on: its `type` (§3.5, §3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bearing {
    /// What is done.
    Usage,
    /// Who does it.
    User,
    /// Where.
    Geo,
}

impl Bearing {
    /// All, in the order in which they are written.
    pub const ALL: [Self; 3] = [Self::Usage, Self::User, Self::Geo];

    /// The value of `type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::User => "user",
            Self::Geo => "geo",
        }
    }
}

/// A word of `permits` and `prohibits`: a use, a user or a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    name: &'static str,
    bearing: Bearing,
}

impl Allowance {
    /// The one with this name, exactly.
    pub fn named(name: &str) -> Option<Self> {
        let find = |names: &'static [&'static str]| names.iter().find(|it| **it == name).copied();
        let with = |bearing| move |name| Self { name, bearing };
        let geo = || find(&codes::COUNTRIES).or_else(|| find(&[UNION]));
        find(&USES)
            .map(with(Bearing::Usage))
            .or_else(|| find(&USERS).map(with(Bearing::User)))
            .or_else(|| geo().map(with(Bearing::Geo)))
    }

    /// The names of uses and users.
    pub fn words() -> impl Iterator<Item = &'static str> + Clone {
        USES.into_iter().chain(USERS)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// What it bears on.
    pub const fn bearing(self) -> Bearing {
        self.bearing
    }

    /// Whether it means the other one too.
    pub fn covers(self, other: Self) -> bool {
        let is_use = other.bearing == Bearing::Usage;
        self == other
            || is_use && self.name == "all"
            || is_use && self.name == "ai-all" && other.name.starts_with("ai-")
    }
}

/// For what in return (§3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payment {
    /// Paid once.
    Purchase,
    /// Paid in turns.
    Subscription,
    /// Paid for training.
    Training,
    /// Paid for each fetch.
    Crawl,
    /// Paid for each use.
    Use,
    /// A contribution in money or in kind.
    Contribution,
    /// A visible credit.
    Attribution,
    /// Nothing.
    Free,
}

impl Payment {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Purchase,
        Self::Subscription,
        Self::Training,
        Self::Crawl,
        Self::Use,
        Self::Contribution,
        Self::Attribution,
        Self::Free,
    ];

    /// The value of `type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Purchase => "purchase",
            Self::Subscription => "subscription",
            Self::Training => "training",
            Self::Crawl => "crawl",
            Self::Use => "use",
            Self::Contribution => "contribution",
            Self::Attribution => "attribution",
            Self::Free => "free",
        }
    }
}

/// A sum of money (§3.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// A decimal number.
    pub value: String,
    /// ISO 4217.
    pub currency: &'static str,
}

impl Amount {
    /// Reads `0.015 USD`.
    pub fn parse(text: &str) -> Option<Self> {
        let (value, currency) = text.trim().split_once(' ')?;
        let (whole, part) = value.split_once('.').unwrap_or((value, "0"));
        let is_number = |text: &str| {
            (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let currency = codes::CURRENCIES.iter().find(|code| **code == currency.trim())?;
        (is_number(whole) && is_number(part)).then(|| Self { value: value.to_owned(), currency })
    }
}

/// What holds for stories.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// What is allowed.
    pub permits: Vec<Allowance>,
    /// What isn't; it counts before `permits`.
    pub prohibits: Vec<Allowance>,
    /// For what in return.
    pub payment: Option<Payment>,
    /// Address of a licence that many share (§3.8).
    pub standard: Option<String>,
    /// Address of the publisher's own way to a licence (§3.9).
    pub custom: Option<String>,
    /// How much.
    pub amount: Option<Amount>,
    /// Address of the same for people (§3.17).
    pub terms: Option<String>,
    /// Address of the licence server.
    pub server: Option<String>,
}

/// What holds for a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionTerms {
    /// In place of the site's.
    pub terms: Terms,
    /// The section's page, as the configuration names it.
    pub page: Option<String>,
}

/// What holds for the stories of a newsroom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Licensing {
    /// For those of no section that has its own.
    pub site: Option<Terms>,
    /// For those of a section, and of what lies in it.
    pub sections: BTreeMap<SectionPath, SectionTerms>,
}

impl Licensing {
    /// The document with all of it, below the feeds folder.
    pub const FILE: &'static str = "license.xml";
    /// Its media type (§4.5).
    pub const MEDIA_TYPE: &'static str = "application/rsl+xml";
    /// Its vocabulary.
    pub const NAMESPACE: &'static str = "https://rslstandard.org/rsl";

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.site.is_none() && self.sections.is_empty()
    }

    /// What holds for a story by its main section: the section's own terms, those of the nearest
    /// one around it, else the site's.
    pub fn of(&self, section: Option<&SectionPath>) -> Option<&Terms> {
        let mut lineage = section.into_iter().flat_map(SectionPath::lineage);
        let own = lineage.find_map(|section| self.sections.get(&section));
        own.map(|own| &own.terms).or(self.site.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_exact_name_and_bears_on_one_thing() {
        let bearing = |name| Allowance::named(name).map(Allowance::bearing);
        assert_eq!(bearing("ai-train"), Some(Bearing::Usage));
        assert_eq!(bearing("non-commercial"), Some(Bearing::User));
        assert_eq!(bearing("EU"), Some(Bearing::Geo));
        assert_eq!(bearing("BR"), Some(Bearing::Geo));
        for unknown in ["", "AI-TRAIN", "ai_train", "eu", "ZZ", "UK", "train-ai"] {
            assert_eq!(bearing(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_wide_use_covers_the_narrow_ones_alone() {
        let covers = |one: &str, other: &str| {
            let named = |name| Allowance::named(name).expect("a token");
            named(one).covers(named(other))
        };
        assert!(covers("all", "search") && covers("all", "ai-all") && covers("ai-all", "ai-input"));
        assert!(covers("BR", "BR"));
        assert!(!covers("ai-all", "search") && !covers("ai-train", "ai-all"));
        assert!(!covers("all", "commercial") && !covers("all", "BR"));
    }

    #[test]
    fn an_amount_is_a_decimal_number_and_a_currency_that_is_in_use() {
        let amount = Amount::parse(" 0.015 USD ").expect("an amount");
        assert_eq!((amount.value.as_str(), amount.currency), ("0.015", "USD"));
        assert!(Amount::parse("12 BRL").is_some());
        for wrong in [
            "",
            "USD",
            "0.015",
            "USD 0.015",
            "0,015 USD",
            "-1 USD",
            "1e3 USD",
            ".5 USD",
            "1. USD",
            "1 usd",
            "1 DEM",
            "1 UDS",
            "1.2.3 USD",
        ] {
            assert_eq!(Amount::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_nearest_section_with_terms_of_its_own_decides() {
        let section = |path: &str| path.parse::<SectionPath>().expect("a section");
        let with = |payment| Terms { payment: Some(payment), ..Terms::default() };
        let of_section = |payment| SectionTerms { terms: with(payment), page: None };
        let sections = [("a", Payment::Crawl), ("a/b/c", Payment::Free)];
        let sections = sections.map(|(path, payment)| (section(path), of_section(payment)));
        let mut licensing =
            Licensing { site: Some(with(Payment::Attribution)), sections: sections.into() };
        let payment = |licensing: &Licensing, path: Option<&str>| {
            licensing.of(path.map(section).as_ref()).and_then(|terms| terms.payment)
        };
        assert_eq!(payment(&licensing, Some("a/b")), Some(Payment::Crawl));
        assert_eq!(payment(&licensing, Some("a/b/c/d")), Some(Payment::Free));
        assert_eq!(payment(&licensing, Some("ab")), Some(Payment::Attribution));
        assert_eq!(payment(&licensing, None), Some(Payment::Attribution));
        licensing.site = None;
        assert_eq!(payment(&licensing, Some("ab")), None);
        assert_eq!(payment(&licensing, None), None);
    }
}
