//! Copying a whole store into another one, whatever their engines.
//!
//! # Promises
//! - Every row is copied as it is, row numbers, revisions and dates too: what is built from the
//!   copy has the same guids and the same bytes.
//! - Nothing is kept unless every table was read back from the copy and is equal.
//!
//! # Limits
//! - The caller holds both newsrooms; another program that writes into either is noticed only by
//!   what it leaves behind.

use super::{
    Store, StoreError,
    engine::{Row, Statement, Value},
};

/// What was copied of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The table.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
}

/// Every table with its key; those that others refer to come first.
const TABLES: [(&str, &[&str]); 28] = [
    ("meta", &["name"]),
    ("counter", &["name"]),
    ("story", &["id"]),
    ("body", &["story"]),
    ("rendered", &["story"]),
    ("reference", &["story", "number"]),
    ("feed", &["id"]),
    ("member", &["story", "feed"]),
    ("page", &["feed", "number"]),
    ("tombstone", &["feed", "guid"]),
    ("held", &["feed", "story"]),
    ("guarded", &["story"]),
    ("undeclared", &["section", "story"]),
    ("listing", &["source", "folder"]),
    ("adopted", &["guid"]),
    ("document", &["file"]),
    ("remote", &["source"]),
    ("passed", &["source", "key"]),
    ("print", &["print", "story"]),
    ("topic", &["feed"]),
    ("subscription", &["id"]),
    ("ping", &["hub", "feed"]),
    ("callback", &["token"]),
    ("bulletin", &["number"]),
    ("webhook", &["name"]),
    ("partner_document", &["file"]),
    ("partner_token", &["id"]),
    ("said", &["source", "path", "what"]),
];
/// What a new store has rows in.
const BEGUN: [&str; 2] = ["meta", "counter"];
/// Rows that are in memory together: the largest are as large as a story may be.
const ROWS: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Int,
    Text,
    Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Column {
    name: String,
    kind: Kind,
}

impl Column {
    fn value<'r>(&self, row: &'r Row, place: usize) -> Value<'r> {
        match self.kind {
            Kind::Int => row.int_or_none(place).into(),
            Kind::Text => row.text_or_none(place).into(),
            Kind::Bytes => row.bytes(place).into(),
        }
    }
}

/// A table as it is read: all of its columns by name, in the order of its key.
struct Table {
    name: &'static str,
    columns: Vec<Column>,
    /// Places of the key's columns.
    key: Vec<usize>,
}

impl Table {
    fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        names.join(", ")
    }

    /// Reads the rows that come after `last`.
    fn after(&self, last: Option<&Row>) -> Statement<'static> {
        let keys: Vec<&str> =
            self.key.iter().map(|place| self.columns[*place].name.as_str()).collect();
        let keys = keys.join(", ");
        let mut query = Statement::new(format!("SELECT {} FROM {}", self.names(), self.name));
        if let Some(last) = last {
            query.push(&format!(" WHERE ({keys}) > "));
            query.push_list(self.key.iter().map(|place| {
                match self.columns[*place].value(last, *place) {
                    Value::Int(number) => Value::Int(number),
                    Value::Text(text) => text.map(std::borrow::Cow::into_owned).into(),
                    Value::Bytes(_) => Value::Int(None), // No key has bytes.
                }
            }));
        }
        query.push(&format!(" ORDER BY {keys} LIMIT {ROWS}"));
        query
    }

    fn values<'r>(&self, row: &'r Row) -> impl Iterator<Item = Value<'r>> {
        self.columns.iter().enumerate().map(|(place, column)| column.value(row, place))
    }

    /// The beginning of a statement that inserts rows.
    fn insert(&self) -> String {
        format!("INSERT INTO {} ({})", self.name, self.names())
    }
}

/// Rows as they were read, counted and digested.
#[derive(Debug, Default)]
struct Read {
    rows: u64,
    digest: blake3::Hasher,
}

impl Read {
    fn note(&mut self, table: &Table, rows: &[Row]) {
        self.rows += rows.len() as u64;
        for value in rows.iter().flat_map(|row| table.values(row)) {
            let (kind, bytes): (u8, &[u8]) = match &value {
                Value::Int(None) | Value::Text(None) => (0, &[]),
                Value::Int(Some(number)) => (1, &number.to_be_bytes()),
                Value::Text(Some(text)) => (2, text.as_bytes()),
                Value::Bytes(bytes) => (3, bytes),
            };
            self.digest.update(&[kind]).update(&(bytes.len() as u64).to_be_bytes()).update(bytes);
        }
    }
}

impl Store {
    /// Copies everything from `from` into this store, which must be empty. `progress` is told how
    /// many tables are done, of how many.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`] where something is here already; [`StoreError::Copied`] if what
    /// arrived isn't what was sent; if a store fails. Then [`give_up`](Self::give_up) this store:
    /// nothing is kept.
    pub async fn copy_from(
        &mut self,
        from: &mut Self,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Vec<Copied>, StoreError> {
        self.check_empty().await?;
        from.engine.begin().await?;
        if !from.engine.is_sqlite() {
            let still = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";
            from.engine.script(still.into()).await?;
        }
        self.engine.begin().await?;
        for table in BEGUN {
            self.engine.run(Statement::new(format!("DELETE FROM {table}"))).await?;
        }
        let mut copied = Vec::with_capacity(TABLES.len());
        for (done, (name, key)) in TABLES.into_iter().enumerate() {
            progress(done, TABLES.len());
            let table = from.table(name, key).await?;
            if self.table(name, key).await?.columns != table.columns {
                let what = "the two stores have different columns".to_owned();
                return Err(StoreError::Copied { table: name, what });
            }
            let sent = self.copy_table(from, &table).await?;
            let arrived = self.read_back(&table).await?;
            if sent.rows != arrived.rows {
                let what = format!("{} rows were sent, {} arrived", sent.rows, arrived.rows);
                return Err(StoreError::Copied { table: name, what });
            }
            if sent.digest.finalize() != arrived.digest.finalize() {
                let what = "what was read back isn't what was sent".to_owned();
                return Err(StoreError::Copied { table: name, what });
            }
            copied.push(Copied { table: name, rows: sent.rows });
        }
        from.engine.undo().await?;
        self.engine.commit().await?;
        progress(TABLES.len(), TABLES.len());
        Ok(copied)
    }

    async fn check_empty(&mut self) -> Result<(), StoreError> {
        for (table, _) in TABLES {
            let query = match table {
                "meta" => continue,
                "counter" => "SELECT name FROM counter WHERE value > 0 LIMIT 1".to_owned(),
                table => format!("SELECT * FROM {table} LIMIT 1"),
            };
            if self.engine.row(Statement::new(query)).await?.is_some() {
                return Err(StoreError::NotEmpty { store: self.address.to_string(), table });
            }
        }
        Ok(())
    }

    async fn copy_table(&mut self, from: &mut Self, table: &Table) -> Result<Read, StoreError> {
        let mut sent = Read::default();
        let mut last: Option<Row> = None;
        loop {
            let mut rows = from.engine.rows(table.after(last.as_ref())).await?;
            if rows.is_empty() {
                return Ok(sent);
            }
            sent.note(table, &rows);
            let values = rows.iter().map(|row| table.values(row));
            self.engine.insert(&table.insert(), values, "").await?;
            last = rows.pop();
        }
    }

    async fn read_back(&mut self, table: &Table) -> Result<Read, StoreError> {
        let mut arrived = Read::default();
        let mut last: Option<Row> = None;
        loop {
            let mut rows = self.engine.rows(table.after(last.as_ref())).await?;
            if rows.is_empty() {
                return Ok(arrived);
            }
            arrived.note(table, &rows);
            last = rows.pop();
        }
    }

    async fn table(
        &mut self,
        name: &'static str,
        key: &[&'static str],
    ) -> Result<Table, StoreError> {
        let query = match self.engine.is_sqlite() {
            true => "SELECT name, type FROM pragma_table_info($1)",
            false => {
                "SELECT column_name::TEXT, data_type::TEXT FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = $1"
            }
        };
        let mut columns = Vec::new();
        for row in self.engine.rows(Statement::new(query).bind(name)).await? {
            let kind = match row.text(1).to_ascii_lowercase().as_str() {
                "integer" | "bigint" => Kind::Int,
                "text" => Kind::Text,
                "blob" | "bytea" => Kind::Bytes,
                other => return Err(StoreError::Damaged(format!("{name} has a column {other}"))),
            };
            columns.push(Column { name: row.string(0), kind });
        }
        columns.sort();
        let place = |key: &&str| columns.iter().position(|column| column.name == **key);
        let key = key.iter().map(|key| {
            place(key).ok_or_else(|| StoreError::Damaged(format!("{name} has no column {key}")))
        });
        let key = key.collect::<Result<_, _>>()?;
        Ok(Table { name, columns, key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Address;

    #[test]
    fn every_table_is_copied() {
        let folder = tempfile::tempdir().expect("a folder");
        let address = Address::File(folder.path().join("stories.db"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let tables = runtime.expect("a runtime").block_on(async {
            let mut store = Store::open(&address).await.expect("a store");
            let query = "SELECT name FROM sqlite_master WHERE type = 'table' \
                AND name <> '_sqlx_migrations' ORDER BY name";
            let rows = store.engine.rows(Statement::new(query)).await.expect("its tables");
            rows.iter().map(|row| row.string(0)).collect::<Vec<_>>()
        });
        let mut copied = TABLES.map(|(table, _)| table);
        copied.sort_unstable();
        assert_eq!(tables, copied);
    }
}
