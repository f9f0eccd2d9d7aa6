//! Elements of HTML, and which of them readers let through.

use std::{collections::HashSet, sync::LazyLock};

/// Elements of HTML that readers let through.
const HARMLESS: &str = " a abbr acronym address area article aside audio b bdi bdo big blockquote br \
    button canvas caption center cite code col colgroup command data datagrid datalist dd del \
    details dfn dialog dir div dl dt em eventsource fieldset figcaption figure font footer form h1 \
    h2 h3 h4 h5 h6 header hgroup hr i img input ins kbd keygen label legend li m main map mark menu \
    meter multicol nav nextid noscript ol optgroup option output p picture pre progress q rp rt ruby \
    s samp search section select small sound source spacer span strike strong sub summary sup table \
    tbody td template textarea tfoot th thead time tr track tt u ul var video wbr ";
/// Those that they remove.
const DANGEROUS: &str = " applet base basefont body comment embed frame frameset head html iframe \
    isindex link listing meta noframes object param plaintext script slot style title xmp ";
/// Elements without content.
const VOID: &str = " area base basefont bgsound br col command embed frame hr img input keygen link \
    meta param source track wbr ";
/// The words of a list.
type Words = LazyLock<HashSet<&'static str>>;

static ELEMENTS: Words = LazyLock::new(|| {
    [HARMLESS, DANGEROUS].iter().flat_map(|it| it.split_ascii_whitespace()).collect()
});
static REMOVED: Words = LazyLock::new(|| DANGEROUS.split_ascii_whitespace().collect());
static EMPTY: Words = LazyLock::new(|| VOID.split_ascii_whitespace().collect());

/// Longer names are none of HTML.
const LONGEST: usize = 16;

fn lists(words: &Words, name: &str) -> bool {
    name.len() <= LONGEST && words.contains(&*name.to_ascii_lowercase())
}

pub(in crate::check) fn is_element(name: &str) -> bool {
    lists(&ELEMENTS, name)
}

pub(in crate::check) fn is_dangerous(name: &str) -> bool {
    lists(&REMOVED, name)
}

pub(super) fn is_foreign(name: &str) -> bool {
    matches!(name, "svg" | "math")
}

pub(super) fn is_void(name: &str) -> bool {
    lists(&EMPTY, name)
}

pub(super) fn ends_by_itself(name: &str) -> bool {
    matches!(
        name,
        "p" | "li"
            | "dt"
            | "dd"
            | "tr"
            | "td"
            | "th"
            | "tbody"
            | "thead"
            | "tfoot"
            | "option"
            | "optgroup"
            | "colgroup"
            | "rp"
            | "rt"
            | "html"
            | "head"
            | "body"
            | "caption"
    )
}
