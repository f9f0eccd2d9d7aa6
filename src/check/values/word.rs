//! Codes, numbers, media types and mail addresses.

use std::sync::LazyLock;

use regex::Regex;

use super::address::{matches, regex};
use crate::story::Language;

static MEDIA_TYPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"^[^\s()<>,;:\\"/\[\]?=]+/[^\s()<>,;:\\"/\[\]?=]+(\s*;\s*[^\s()<>,;:\\"/\[\]?=]+=("(\\"|[^"])*"|[^\s()<>,;:\\"/\[\]?=]+))*$"#,
    )
});
static MAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"^(?i)[a-z0-9_+.'!#$%&*/=?^`{|}~-]+@((\d{1,3}\.){3}|([a-z0-9-]+\.)+)[a-z0-9][a-z0-9-]*$")
});
static MAIL_IN_TEXT: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"(?i)<[a-z0-9_+.'!#$%&*/=?^`{|}~-]+@([a-z0-9-]+\.)+[a-z0-9-]+>"));

pub(in crate::check) const COUNTRIES: &str = " AD AE AF AG AI AL AM AN AO AQ AR AS AT AU AW AX AZ BA \
    BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO \
    CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG \
    GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO \
    JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML \
    MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH \
    PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST \
    SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN \
    VU WF WS YE YT ZA ZM ZW ";

/// Whether it is a language: of two letters if ISO 639 has it, or of three.
pub(in crate::check) fn is_language(value: &str) -> bool {
    let primary = value.split('-').next().unwrap_or_default();
    match primary.len() {
        2 => primary == "sh" || Language::from_file_name(primary).is_some(),
        3 => primary.bytes().all(|byte| byte.is_ascii_alphabetic()),
        _ => false,
    }
}

pub(in crate::check) fn is_media_type(value: &str) -> bool {
    matches(&MEDIA_TYPE, value)
}

pub(in crate::check) fn is_mail(value: &str) -> bool {
    matches(&MAIL, value)
}

/// Whether a mail address in angle brackets stands in a text.
pub(in crate::check) fn has_mail(value: &str) -> bool {
    matches(&MAIL_IN_TEXT, value)
}

/// A whole number, with a sign or without.
pub(in crate::check) fn integer(value: &str) -> Option<i64> {
    value.trim().parse().ok()
}

/// Whether it is digits, with a decimal point or without.
pub(in crate::check) fn is_decimal(value: &str) -> bool {
    let (whole, part) = value.split_once('.').unwrap_or((value, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !whole.is_empty() && digits(whole) && digits(part)
}

/// Whether it is numbers with commas between them.
pub(in crate::check) fn is_number_list(value: &str) -> bool {
    let is_number = |part: &str| {
        let part = part.trim_start();
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    value.split(',').all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart() {
        assert!(is_language("en") && is_language("pt-BR") && is_language("nah"));
        assert!(!is_language("") && !is_language("en_US") && !is_language("qq"));
        assert!(is_media_type("audio/mpeg") && is_media_type("text/html; charset=\"utf-8\""));
        assert!(!is_media_type("audio") && !is_media_type("a/b/c") && !is_media_type(""));
        assert!(is_mail("desk@example.org") && !is_mail("desk") && !is_mail("desk@localhost"));
        assert!(has_mail("A <a@example.org>") && !has_mail("a@example.org"));
        assert!(is_decimal("1") && is_decimal("1.5") && !is_decimal("-1") && !is_decimal(".5"));
        assert!(is_number_list("1, 2,3") && !is_number_list("1,,2") && !is_number_list(""));
    }
}
