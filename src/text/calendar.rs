//! Dates as people write them, in English, Spanish and Portuguese.

use chrono::{DateTime, Datelike, Utc};

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const SPANISH: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const PORTUGUESE: [&str; 12] = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];

/// `14 January 2026`, `14 de enero de 2026`, `14 de janeiro de 2026`; in UTC, and in English for
/// any other language. `language` is the first subtag of a language tag.
pub fn long_date(instant: DateTime<Utc>, language: &str) -> String {
    let (months, of) = match language {
        "es" => (&SPANISH, " de "),
        "pt" => (&PORTUGUESE, " de "),
        _ => (&ENGLISH, " "),
    };
    let month = months[instant.month0() as usize % 12];
    format!("{}{of}{month}{of}{}", instant.day(), instant.year())
}
