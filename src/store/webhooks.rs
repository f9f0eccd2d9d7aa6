//! What passes published, in order, and how far each webhook is.
//!
//! # Promises
//! - What a pass changes is staged in the transaction that decides it and released in the one that
//!   publishes it: after a crash in between, the next pass releases it.
//! - A webhook gets bulletins in their order, one at a time.
//!
//! # Limits
//! - The newest two hundred bulletins are kept: a webhook that is further behind misses the oldest.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    Store, StoreError,
    engine::{Row, Statement},
    rows,
};

/// Bulletins that are kept for webhooks that are behind.
const MOST: i64 = 200;

/// A bulletin that a webhook doesn't have yet, the oldest of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// The webhook, by its name.
    pub webhook: String,
    /// One more with each bulletin.
    pub number: i64,
    /// The instant of the pass.
    pub at: DateTime<Utc>,
    /// The stories that came, changed and went: JSON; empty where there are none.
    pub feeds: String,
    /// The files that changed and went: JSON; empty where there are none.
    pub files: String,
    /// How many times in a row the webhook didn't take what it got.
    pub failures: u32,
    /// Who claimed it.
    pub lease: String,
}

/// How a webhook is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookState {
    /// Its name.
    pub name: String,
    /// Bulletins that it doesn't have yet.
    pub waiting: u64,
    /// Bulletins that were given up.
    pub missed: u64,
    /// How many times in a row it didn't take what it got.
    pub failures: u32,
    /// Its last answer; empty where there was none yet.
    pub said: String,
    /// When that was.
    pub said_at: Option<DateTime<Utc>>,
}

/// What came of sending a bulletin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The webhook has it.
    Taken,
    /// It is sent again at this instant.
    Again(DateTime<Utc>),
    /// It was sent for long enough; the next one follows at this instant.
    GivenUp(DateTime<Utc>),
}

impl Store {
    /// Lets the store know the webhooks: one that is new need not be told of what is published
    /// already, one that is no longer there is forgotten.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep_webhooks(&mut self, names: &[&str]) -> Result<(), StoreError> {
        let known = self.engine.rows(Statement::new("SELECT name FROM webhook")).await?;
        let known: Vec<String> = known.iter().map(|row| row.string(0)).collect();
        let is_known = |name: &str| known.iter().any(|it| it == name);
        let is_same = known.len() == names.len() && names.iter().all(|name| is_known(name));
        if is_same {
            return Ok(());
        }
        self.engine.begin().await?;
        for gone in known.iter().filter(|name| !names.contains(&name.as_str())) {
            let query = Statement::new("DELETE FROM webhook WHERE name = $1").bind(gone);
            self.engine.run(query).await?;
        }
        for name in names.iter().filter(|name| !is_known(name)) {
            let query = Statement::new(
                "INSERT INTO webhook (name, sent, next_due, failures, missed, said, said_at, lease) \
                 VALUES ($1, COALESCE((SELECT max(number) FROM bulletin), 0), 0, 0, 0, '', NULL, \
                 NULL) \
                 ON CONFLICT (name) DO NOTHING",
            );
            self.engine.run(query.bind(*name)).await?;
        }
        Ok(self.engine.commit().await?)
    }

    /// The instant of the last bulletin, released or not.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn last_bulletin(&mut self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let row = self.engine.row(Statement::new("SELECT max(at) FROM bulletin")).await?;
        row.and_then(|row| row.int_or_none(0)).map(rows::instant).transpose()
    }

    /// Notes what changes with the files that are about to be published.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn stage_bulletin(
        &mut self,
        feeds: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.add_bulletin(feeds, "", now).await
    }

    async fn add_bulletin(
        &mut self,
        feeds: &str,
        files: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let query = Statement::new(
            "INSERT INTO bulletin (number, at, released, feeds, files) \
             VALUES (COALESCE((SELECT max(number) FROM bulletin), 0) + 1, $1, 0, $2, $3)",
        );
        let query = query.bind(now.timestamp_millis()).bind(feeds).bind(files);
        self.engine.run(query).await?;
        Ok(())
    }

    /// What was staged is published, with these files (empty: none): it is told of. What every
    /// webhook has goes.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn release_bulletins(
        &mut self,
        files: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let staged = Statement::new("SELECT max(number) FROM bulletin WHERE released = 0");
        let staged = self.engine.row(staged).await?.and_then(|row| row.int_or_none(0));
        match staged {
            Some(number) => {
                let query = Statement::new("UPDATE bulletin SET files = $1 WHERE number = $2");
                self.engine.run(query.bind(files).bind(number)).await?;
            }
            None if files.is_empty() => return Ok(()),
            None => self.add_bulletin("", files, now).await?,
        }
        let release = "UPDATE bulletin SET released = 1 WHERE released = 0";
        self.engine.run(Statement::new(release)).await?;
        // The last one stays, so that numbers go on.
        let old = Statement::new(
            "DELETE FROM bulletin WHERE number < (SELECT max(number) FROM bulletin) AND \
             (number <= (SELECT max(number) FROM bulletin) - $1 \
             OR number <= COALESCE((SELECT min(sent) FROM webhook), number))",
        );
        self.engine.run(old.bind(MOST)).await?;
        Ok(())
    }

    /// Takes the words of a story out of what webhooks don't have yet, and of what is kept of what
    /// they have.
    ///
    /// # Errors
    /// If the store fails.
    pub(super) async fn forget_in_bulletins(&mut self, guid: &str) -> Result<(), StoreError> {
        let rows = self.engine.rows(Statement::new("SELECT number, feeds FROM bulletin")).await?;
        for row in rows {
            let Some(feeds) = without(row.text(1), guid) else { continue };
            let query = "UPDATE bulletin SET feeds = $1 WHERE number = $2";
            self.engine.run(Statement::new(query).bind(feeds).bind(row.int(0))).await?;
        }
        Ok(())
    }

    /// Claims what is owed to up to `count` webhooks, the oldest bulletin of each, for a while: who
    /// fails to say what came of it leaves it to others then.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn claim_bulletins(
        &mut self,
        count: usize,
        lease: &str,
        (now, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Vec<Owed>, StoreError> {
        let mut query = Statement::new(
            "SELECT w.name, b.number, b.at, b.feeds, b.files, w.failures FROM webhook w \
             JOIN bulletin b ON b.number = (SELECT min(number) FROM bulletin \
             WHERE number > w.sent AND released = 1) WHERE w.next_due <= ",
        );
        query.push_bind(now.timestamp_millis()).push(" ORDER BY w.next_due, w.name LIMIT ");
        query.push_bind(i64::try_from(count).unwrap_or(i64::MAX));
        self.engine.begin().await?;
        if !self.engine.is_sqlite() {
            query.push(" FOR UPDATE OF w SKIP LOCKED");
        }
        let found = self.engine.rows(query).await?;
        let owed: Result<Vec<Owed>, StoreError> =
            found.iter().map(|row| owed(row, lease)).collect();
        let owed = owed?;
        for it in &owed {
            let query = "UPDATE webhook SET next_due = $1, lease = $2 WHERE name = $3";
            let query = Statement::new(query).bind(until.timestamp_millis()).bind(lease);
            self.engine.run(query.bind(&it.webhook)).await?;
        }
        self.engine.commit().await?;
        Ok(owed)
    }

    /// Ends the claims of holders that are gone.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn end_bulletin_claims(
        &mut self,
        is_gone: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<(), StoreError> {
        let held = "SELECT name, lease FROM webhook WHERE lease IS NOT NULL";
        for row in self.engine.rows(Statement::new(held)).await? {
            if is_gone(row.text(1)) {
                let end = "UPDATE webhook SET next_due = 0, lease = NULL \
                    WHERE name = $1 AND lease = $2";
                let end = Statement::new(end).bind(row.text(0)).bind(row.text(1));
                self.engine.run(end).await?;
            }
        }
        Ok(())
    }

    /// Notes what came of sending a bulletin, and what the webhook answered; nothing where the claim
    /// has passed to others meanwhile.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn sent_bulletin(
        &mut self,
        owed: &Owed,
        sent: Sent,
        said: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let failures = i64::from(owed.failures) + 1;
        let (sent, next, failures, missed) = match sent {
            Sent::Taken => (owed.number, 0, 0, 0),
            Sent::Again(at) => (owed.number - 1, at.timestamp_millis(), failures, 0),
            Sent::GivenUp(at) => (owed.number, at.timestamp_millis(), failures, 1),
        };
        let query = Statement::new(
            "UPDATE webhook SET sent = CASE WHEN sent > $1 THEN sent ELSE $1 END, next_due = $2, \
             failures = $3, missed = missed + $4, said = $5, said_at = $6, \
             lease = NULL WHERE name = $7 AND lease = $8",
        );
        let query = query.bind(sent).bind(next).bind(failures).bind(missed).bind(said);
        let query = query.bind(now.timestamp_millis()).bind(&owed.webhook).bind(&owed.lease);
        self.engine.run(query).await?;
        Ok(())
    }

    /// When something is sent to a webhook next that waits for its hour.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn next_bulletin(
        &mut self,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let query = Statement::new(
            "SELECT min(w.next_due) FROM webhook w WHERE w.next_due > $1 \
             AND EXISTS (SELECT 1 FROM bulletin b WHERE b.number > w.sent AND b.released = 1)",
        );
        let row = self.engine.row(query.bind(now.timestamp_millis())).await?;
        row.and_then(|row| row.int_or_none(0)).map(rows::instant).transpose()
    }

    /// How every webhook is, by name.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn webhooks(&mut self) -> Result<Vec<WebhookState>, StoreError> {
        let query = "SELECT w.name, (SELECT count(*) FROM bulletin b WHERE b.number > w.sent \
            AND b.released = 1), w.missed, w.failures, w.said, w.said_at FROM webhook w \
            ORDER BY w.name";
        let found = self.engine.rows(Statement::new(query)).await?;
        found.iter().map(state).collect()
    }
}

/// What a bulletin says of feeds, without the words of a story; none where it says nothing of it.
/// That it was taken back stays.
fn without(feeds: &str, guid: &str) -> Option<String> {
    let mut feeds: Vec<Value> = serde_json::from_str(feeds).ok()?;
    let mut found = false;
    for feed in &mut feeds {
        for list in ["new", "changed"] {
            let Some(named) = feed[list].as_array_mut() else { continue };
            let count = named.len();
            named.retain(|story| story["id"] != guid);
            found |= named.len() < count;
        }
        for story in feed["retracted"].as_array_mut().into_iter().flatten() {
            if story["id"] == guid {
                *story = serde_json::json!({ "id": guid });
                found = true;
            }
        }
    }
    if !found {
        return None;
    }
    let says = |list: &Value| list.as_array().is_some_and(|named| !named.is_empty());
    feeds.retain(|feed| ["new", "changed", "retracted"].iter().any(|list| says(&feed[*list])));
    if feeds.is_empty() { Some(String::new()) } else { serde_json::to_string(&feeds).ok() }
}

fn owed(row: &Row, lease: &str) -> Result<Owed, StoreError> {
    Ok(Owed {
        webhook: row.string(0),
        number: row.int(1),
        at: rows::instant(row.int(2))?,
        feeds: row.string(3),
        files: row.string(4),
        failures: u32::try_from(row.int(5)).unwrap_or(u32::MAX),
        lease: lease.to_owned(),
    })
}

fn state(row: &Row) -> Result<WebhookState, StoreError> {
    Ok(WebhookState {
        name: row.string(0),
        waiting: row.int(1).unsigned_abs(),
        missed: row.int(2).unsigned_abs(),
        failures: u32::try_from(row.int(3)).unwrap_or(u32::MAX),
        said: row.string(4),
        said_at: row.int_or_none(5).map(rows::instant).transpose()?,
    })
}
