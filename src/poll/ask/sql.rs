//! A source that is a database.

use serde_json::{Map, Value};

use super::{Fault, Gone, Success, Turn};
use crate::{
    poll::schedule::Rhythmic,
    source::{
        Desk, Given, GivenDefaults, GuidMode, Permalink, read_given,
        remote::{
            Brought, Rejected, Terms,
            sql::{Database, Question, SqlError, ask},
        },
    },
    store::Address,
    story::Slugs,
};

/// Rows that are taken at a time.
const ROWS: usize = 500;
/// A cursor is gone back on by a database that was restored; rows come again then.
const EVERY: std::time::Duration = std::time::Duration::from_mins(5);

impl Turn<'_> {
    pub(super) async fn read_sql(
        &mut self,
        database: &Address,
        query: &str,
        cursor: &str,
    ) -> Result<Success, Fault> {
        let source = std::sync::Arc::clone(&self.asker.source);
        let database = match database {
            Address::File(file) => Database::File(file),
            Address::Server { url, .. } => Database::Server(url),
        };
        let goes_on = query.contains("$1");
        let mut left = source.max_entries;
        loop {
            let from = self.remote.cursor.clone();
            // The first fetch takes the latest rows, as far back as it may.
            let latest = source.backfill.filter(|_| from.is_none() && goes_on);
            let question = Question {
                query,
                cursor,
                from: from.as_deref(),
                latest,
                rows: if goes_on { ROWS.min(left.max(1)) } else { left },
                patience: source.patience,
            };
            let rows = ask(database, &question).await.map_err(|error| fault(&error))?;
            let count = rows.rows.len();
            left = left.saturating_sub(count);
            let (brought, gone) = read_rows(&source.terms, rows.rows, self.now());
            let is_all = !goes_on && !rows.more;
            let gone = match source.follows_deletes {
                true if is_all => Gone::Missing(None),
                true => Gone::Named(gone),
                false => Gone::Unsaid,
            };
            let moved = rows.cursor != self.remote.cursor;
            self.remote.cursor = rows.cursor;
            let mut notes = Vec::new();
            if rows.more && left == 0 {
                let what =
                    format!("there are more rows than `limits.entries` ({})", source.max_entries);
                notes.push(what + if goes_on { "; they come the next time" } else { "" });
            }
            self.hand_on(brought, gone, notes, None).await;
            if !rows.more || left == 0 || !goes_on || !moved {
                break;
            }
        }
        let said = Rhythmic { lifetime: Some(EVERY), ..Rhythmic::default() };
        Ok(Success { code: "ok", said })
    }
}

fn fault(error: &SqlError) -> Fault {
    let (code, fix) = match error {
        SqlError::Open(_) => {
            ("database", "check its address, and that it takes connections from here")
        }
        SqlError::Query(_) => ("query", "try the query in the database's own shell, as this user"),
        SqlError::NoCursor(_) => {
            ("query", "add the column to the query, or name another: `cursor = \"…\"`")
        }
    };
    Fault::new(code, format!("{error}\n  fix: {fix}"))
}

/// Rows become stories; the keys of those that are marked as deleted come beside.
fn read_rows(
    terms: &Terms,
    rows: Vec<Map<String, Value>>,
    now: chrono::DateTime<chrono::Utc>,
) -> (Brought, Vec<String>) {
    let desk = Desk {
        site_url: terms.site.url.clone(),
        main_language: terms.site.language.clone(),
        language: terms.language.clone(),
        zone: terms.zone,
        permalink: Permalink::by_folder(),
        permalinks: Vec::new(),
        language_permalinks: Vec::new(),
        slugs: Slugs::Feedwright,
        guid: GuidMode::Minted,
        map: terms.map.clone(),
        section: terms.section.clone(),
        tags: terms.tags.clone(),
    };
    let (mut brought, mut deleted) = (Brought::default(), Vec::new());
    for mut row in rows {
        row.retain(|_, value| !value.is_null());
        let id = row.get("id").map(shown).unwrap_or_default();
        if row.remove("deleted").is_some_and(|mark| is_true(&mark)) {
            deleted.push(format!("id:{id}"));
            continue;
        }
        for (name, value) in &mut row {
            if is_date(terms, name)
                && let Some(date) = counted(value)
            {
                *value = date.into();
            }
        }
        let bytes = serde_json::to_vec(&row).unwrap_or_default();
        let given = Given { name: "row.json", bytes: &bytes, first_line: 1 };
        for read in read_given(&desk, given, &GivenDefaults::default(), now) {
            match read {
                // Where an id is missing two rows with one title would be one story.
                Ok(story) if id.is_empty() && !story.key.starts_with("id:") => {
                    let why = "the query gives no `id` for it".to_owned();
                    brought.rejected.push(Rejected { entry: story.title, why });
                }
                Ok(mut story) => {
                    story.digest = format!("{}{}", &story.digest[..16], &terms.digest()[..16]);
                    if !brought.keys.insert(story.key.clone()) {
                        let why = format!("another row has the id `{id}`");
                        brought.rejected.push(Rejected { entry: story.title, why });
                    } else if terms.takes(&story) {
                        brought.stories.push(story);
                    } else {
                        brought.left_out += 1;
                    }
                }
                Err(fault) => {
                    let why = format!("{}; fix: {}", fault.what, fault.fix);
                    brought.rejected.push(Rejected { entry: format!("row {id}"), why });
                }
            }
        }
    }
    (brought, deleted)
}

/// Whether a column holds an instant.
fn is_date(terms: &Terms, name: &str) -> bool {
    const DATES: [&str; 3] = ["published", "updated", "expires"];
    let is_mapped = |field: &&str| {
        terms
            .map
            .get(*field)
            .is_some_and(|names| names.iter().any(|it| it.eq_ignore_ascii_case(name)))
    };
    DATES.contains(&name) || DATES.iter().any(is_mapped)
}

/// The instant that a number counts to, in seconds or, beyond what those are, in milliseconds.
fn counted(value: &Value) -> Option<String> {
    let number = value.as_i64()?;
    let millis = if number.abs() > 100_000_000_000 { number } else { number.checked_mul(1000)? };
    Some(chrono::DateTime::from_timestamp_millis(millis)?.to_rfc3339())
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(is) => *is,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !matches!(text.trim(), "" | "0" | "false" | "f" | "no"),
        _ => false,
    }
}
