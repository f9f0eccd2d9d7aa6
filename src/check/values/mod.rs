//! What a single value must be: dates, addresses, codes, numbers, HTML. Each file judges one kind.

pub(super) mod address;
pub(super) mod canonical;
pub(super) mod date;
pub(super) mod html;
pub(super) mod html_names;
pub(super) mod plain;
pub(super) mod style;
pub(super) mod word;
