//! By whose rules names and titles become parts of an address.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whose rule a source follows for what stands in an address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Slugs {
    /// Ours: lower case, what is no letter or digit a hyphen.
    #[default]
    Feedwright,
    /// Hugo's: punctuation is left out, spaces are hyphens.
    Hugo,
    /// The same with capitals (`disablePathToLower`).
    HugoCased,
    /// Hugo's without accents (`removePathAccents`).
    HugoPlain,
    /// Hugo's with capitals, without accents.
    HugoCasedPlain,
    /// Jekyll's: punctuation that may stand in an address stays.
    Jekyll,
    /// Zola's: ASCII letters and digits, the rest a hyphen.
    Zola,
    /// Zola's `safe`: as written, without what file systems refuse.
    ZolaSafe,
    /// Zola's `off`: as written.
    ZolaOff,
}

impl Slugs {
    /// Whether it is one of Hugo's.
    pub const fn is_hugo(self) -> bool {
        matches!(self, Self::Hugo | Self::HugoCased | Self::HugoPlain | Self::HugoCasedPlain)
    }

    /// Whether it is one of Zola's.
    pub const fn is_zola(self) -> bool {
        matches!(self, Self::Zola | Self::ZolaSafe | Self::ZolaOff)
    }
}
