//! Addresses of ours at which the hubs of sources tell us of changes (WebSub §5).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Store, StoreError, engine::Statement, rows};
use crate::story::Secret;

/// How a subscription of ours stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallbackState {
    /// The hub was not asked yet, or didn't answer as it should.
    #[default]
    Wanted,
    /// The hub was asked; it has not asked back.
    Asked,
    /// The hub asked back: it tells of changes.
    Active,
    /// The hub refused.
    Denied,
}

impl CallbackState {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Asked => "asked",
            Self::Active => "active",
            Self::Denied => "denied",
        }
    }
}

/// A subscription of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    /// Ends the address at which the hub tells us; nobody can guess it.
    #[serde(skip)]
    pub token: String,
    /// The source.
    #[serde(skip)]
    pub source: String,
    /// The hub.
    pub hub: String,
    /// What we subscribe to.
    pub topic: String,
    /// What the hub signs with.
    #[serde(with = "exposed")]
    pub secret: Secret,
    /// How it stands.
    #[serde(default)]
    pub state: CallbackState,
    /// Until when the hub tells us.
    #[serde(default)]
    pub expires: Option<DateTime<Utc>>,
    /// When the hub is asked, or asked again.
    #[serde(default)]
    pub next: DateTime<Utc>,
    /// How many times in a row that failed.
    #[serde(default)]
    pub failures: u32,
    /// What the hub last said.
    #[serde(default)]
    pub said: Option<String>,
    /// When it last told us something.
    #[serde(default)]
    pub told: Option<DateTime<Utc>>,
}

/// A secret, as the store keeps it.
mod exposed {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::story::Secret;

    pub(super) fn serialize<S: Serializer>(secret: &Secret, to: S) -> Result<S::Ok, S::Error> {
        secret.expose().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
        String::deserialize(from).map(Secret::new)
    }
}

impl Store {
    /// All subscriptions of ours.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn callbacks(&mut self) -> Result<Vec<Callback>, StoreError> {
        let query = "SELECT token, source, record FROM callback ORDER BY source";
        let found = self.engine.rows(Statement::new(query)).await?;
        let callback = |row: &super::engine::Row| {
            let fault = |error| StoreError::Damaged(format!("a record of a callback: {error}"));
            let read: Callback = serde_json::from_str(row.text(2)).map_err(fault)?;
            Ok(Callback { token: row.string(0), source: row.string(1), ..read })
        };
        found.iter().map(callback).collect()
    }

    /// Keeps a subscription of ours; a source has one. Nothing is kept where the source has another
    /// by now.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep_callback(&mut self, callback: &Callback) -> Result<(), StoreError> {
        let query = Statement::new(
            "INSERT INTO callback (token, source, record) VALUES ($1, $2, $3) \
             ON CONFLICT (source) DO UPDATE SET record = excluded.record \
             WHERE callback.token = excluded.token",
        );
        let query = query.bind(&callback.token).bind(&callback.source);
        self.engine.run(query.bind(rows::json(callback)?)).await?;
        Ok(())
    }

    /// Forgets subscriptions of ours: what comes for them is refused from now on.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn forget_callbacks(&mut self, tokens: &[&str]) -> Result<(), StoreError> {
        for chunk in tokens.chunks(500) {
            let mut query = Statement::new("DELETE FROM callback WHERE token IN ");
            query.push_list(chunk.iter().copied());
            self.engine.run(query).await?;
        }
        Ok(())
    }
}
