//! What the folders of a source held: one packed row each. What is in a row, the source knows.

use std::collections::BTreeMap;

use super::{
    Store, StoreError,
    engine::{Row, Statement, Value, last_by_key},
};

impl Store {
    /// What each folder of `source` held, packed.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn listings(
        &mut self,
        source: &str,
    ) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        let query = Statement::new("SELECT folder, entries FROM listing WHERE source = $1");
        let rows = self.engine.rows(query.bind(source)).await?;
        Ok(rows.iter().map(|row| (row.string(0), row.bytes(1).to_vec())).collect())
    }

    /// Keeps what folders of `source` hold now; a folder without bytes is forgotten. What was read
    /// from the files must be stored before, so that a crash between the two reads them again.
    ///
    /// # Errors
    /// If the store fails; then all rows are as they were.
    pub async fn keep_listings(
        &mut self,
        source: &str,
        rows: &[(String, Option<Vec<u8>>)],
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let rows = last_by_key(rows, |(folder, _)| folder);
        self.engine.begin().await?;
        let gone = rows.iter().filter(|(_, row)| row.is_none());
        let gone: Vec<&str> = gone.map(|(folder, _)| folder.as_str()).collect();
        for folders in gone.chunks(500) {
            let mut query = Statement::new("DELETE FROM listing WHERE source = ");
            query.push_bind(source).push(" AND folder IN ").push_list(folders.iter().copied());
            self.engine.run(query).await?;
        }
        let kept = rows.iter().filter_map(|(folder, row)| Some((folder, row.as_deref()?)));
        let kept = kept.map(|(folder, row)| [Value::from(source), folder.into(), row.into()]);
        let insert = "INSERT INTO listing (source, folder, entries)";
        let conflict = "ON CONFLICT (source, folder) DO UPDATE SET entries = excluded.entries";
        self.engine.insert(insert, kept, conflict).await?;
        Ok(self.engine.commit().await?)
    }

    /// The sources of which folders were read.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn listed_sources(&mut self) -> Result<Vec<String>, StoreError> {
        let query = Statement::new("SELECT DISTINCT source FROM listing ORDER BY source");
        Ok(self.engine.rows(query).await?.iter().map(|row| row.string(0)).collect())
    }

    /// The live stories of a source by path, with their titles, and whether the guard keeps them.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn live_titles(
        &mut self,
        source: &str,
    ) -> Result<BTreeMap<String, (String, bool)>, StoreError> {
        let query = "SELECT path, title, id FROM story WHERE source = $1 AND state = 'live'";
        let rows = self.engine.rows(Statement::new(query).bind(source)).await?;
        let guarded = self.guarded(None).await?;
        let of = |row: &Row| (row.string(0), (row.string(1), guarded.contains(&row.int(2))));
        Ok(rows.iter().map(of).collect())
    }

    /// Gives all that a source has to one of another name, which has nothing.
    ///
    /// # Errors
    /// If the store fails; then nothing is given.
    pub async fn rename_source(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        self.engine.begin().await?;
        for table in ["story", "listing", "reference", "passed", "said"] {
            let text = format!("UPDATE {table} SET source = $1 WHERE source = $2");
            self.engine.run(Statement::new(text).bind(to).bind(from)).await?;
        }
        Ok(self.engine.commit().await?)
    }

    /// Forgets what a folder of `source` held, so that the next pass reads its files again.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn forget_listing(&mut self, source: &str, folder: &str) -> Result<(), StoreError> {
        // An empty row is no row that a source writes: it says that something was there, so that
        // the next pass asks for all paths the store has and misses none that is gone.
        let query = "UPDATE listing SET entries = $1 WHERE source = $2 AND folder = $3";
        let query = Statement::new(query).bind(&[][..]).bind(source).bind(folder);
        self.engine.run(query).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Address;

    #[test]
    fn rows_are_kept_replaced_and_forgotten() {
        let dir = tempfile::tempdir().expect("a folder");
        let address = Address::File(dir.path().join("stories.db"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let mut store = Store::open(&address).await.expect("opens");
            let row = |folder: usize, row: &[u8]| (format!("f{folder:03}"), Some(row.to_vec()));
            let rows: Vec<_> = (0..250).map(|folder| row(folder, b"one")).collect();
            store.keep_listings("desk", &rows).await.expect("keeps");
            store.keep_listings("wire", &rows[..1]).await.expect("keeps");
            let next = [row(0, b"two"), ("f001".into(), None), ("f999".into(), None)];
            store.keep_listings("desk", &next).await.expect("keeps");
            store.forget_listing("desk", "f002").await.expect("forgets");

            let rows = store.listings("desk").await.expect("gives");
            assert_eq!(rows.len(), 249);
            assert_eq!((&rows["f000"][..], &rows["f002"][..]), (&b"two"[..], &b""[..]));
            assert_eq!(rows["f249"], b"one");
            assert_eq!(store.listings("wire").await.expect("gives").len(), 1);
        });
    }
}
