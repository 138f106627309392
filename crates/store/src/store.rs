//! Opening the database and its transactions.

use crate::{
    StoreError,
    db::{Db, Held, Link, Open, Writing, one},
    readers::Readers,
    writer::Writer,
};
use sqlx::{
    ConnectOptions, Connection, PgPool, SqliteConnection,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{fs, path::Path, str::FromStr, time::Duration};
use tokio::time::Instant;

static COMMON: Migrator = sqlx::migrate!("../../migrations");
static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

/// How often SQLite waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Synchronous {
    /// At every commit: nothing committed is lost when the power goes.
    #[default]
    Full,
    /// At checkpoints: the last commits may be lost when the power goes, the file stays sound.
    Normal,
}

/// How to open a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreOptions {
    /// The most connections at once; for SQLite, of readers.
    pub connections: u32,
    /// How long to wait for a connection, and on SQLite for another process that writes.
    pub wait: Duration,
    /// How often SQLite waits for the disk.
    pub synchronous: Synchronous,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            connections: 10,
            wait: Duration::from_secs(10),
            synchronous: Synchronous::Full,
        }
    }
}

/// The database.
#[derive(Clone)]
pub struct Store {
    db: Db,
}

/// A transaction: all of it happens at [`Tx::commit`], or nothing when it is dropped before.
///
/// INVARIANT: while one is open, its owner asks the [`Store`] only to read. SQLite has one writer,
/// and this is it; a write through the store would wait for the transaction to end.
pub struct Tx {
    open: Open,
}

impl Store {
    /// Opens the database at `url` (`sqlite:path/to/file` or `postgres://…`), makes the file and its
    /// folder when they are not there, and brings the tables up to date.
    ///
    /// # Errors
    /// When the address is none we know, the file cannot be made, the database cannot be reached, or
    /// its tables are newer than this program.
    pub async fn open(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        let db = match url.split_once(':') {
            Some(("sqlite", _)) => open_sqlite(url, options).await?,
            Some(("postgres" | "postgresql", _)) => open_postgres(url, options).await?,
            _ => return Err(StoreError::Address),
        };
        Ok(Self { db })
    }

    /// Begins a transaction. On SQLite it holds the write lock from here on.
    ///
    /// # Errors
    /// When the database cannot be reached, or is kept busy for too long.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(Tx {
            open: self.db.begin().await?,
        })
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let _: (i64,) = one!(self.read().await?.link(), "SELECT CAST(1 AS BIGINT)")?;
        Ok(())
    }

    /// Closes all connections, once they are given back.
    pub async fn close(&self) {
        self.db.close().await;
    }

    pub(crate) async fn read(&self) -> Result<Held, StoreError> {
        self.db.read().await
    }

    pub(crate) async fn write(&self) -> Result<Writing, StoreError> {
        self.db.write().await
    }
}

impl Tx {
    /// Makes all of it happen.
    ///
    /// # Errors
    /// When the database cannot: then nothing of it happened, unless the connection broke while it
    /// answered.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.open.commit().await
    }

    pub(crate) fn link(&mut self) -> Link<'_> {
        self.open.link()
    }
}

async fn open_sqlite(url: &str, options: StoreOptions) -> Result<Db, StoreError> {
    // Two pools would see two databases in memory.
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(StoreError::Address);
    }
    let writer = SqliteConnectOptions::from_str(url)?
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(true)
        .busy_timeout(options.wait)
        .synchronous(match options.synchronous {
            Synchronous::Full => SqliteSynchronous::Full,
            Synchronous::Normal => SqliteSynchronous::Normal,
        });
    make_file(writer.get_filename()).map_err(StoreError::File)?;
    // A read-only file handle could not read the write-ahead log once the writer is gone; a
    // connection that only refuses to write can.
    let reader = writer.clone().pragma("query_only", "on");
    let mut connection = connect_in_turn(&writer, options.wait).await?;
    // One transaction around all migrations, so that two processes cannot run them at once.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    // `run` on a borrowed connection makes a future that cannot be spawned; this is what it calls.
    migrations(&SQLITE)
        .run_direct(None, &mut *transaction, false)
        .await?;
    transaction.commit().await?;
    let read = Readers::open(&reader, options.connections, options.wait).await?;
    let write = Writer::new(connection, options.wait);
    Ok(Db::Sqlite { read, write })
}

/// Of two processes that open a new file at once, one makes its log and the other is told at once that
/// the file is busy: SQLite waits for locks, but not for that one.
async fn connect_in_turn(
    options: &SqliteConnectOptions,
    wait: Duration,
) -> Result<SqliteConnection, StoreError> {
    let give_up = Instant::now() + wait;
    loop {
        match options.connect().await {
            Err(error) if is_busy(&error) && Instant::now() < give_up => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            connected => return Ok(connected?),
        }
    }
}

/// `SQLITE_BUSY`, also in its extended forms.
fn is_busy(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| code & 0xff == 5)
}

async fn open_postgres(url: &str, options: StoreOptions) -> Result<Db, StoreError> {
    let address = PgConnectOptions::from_str(url)?.application_name("vestibule");
    let pool: PgPool = PgPoolOptions::new()
        .max_connections(options.connections)
        .acquire_timeout(options.wait)
        .connect_with(address)
        .await?;
    migrations(&POSTGRES).run(&pool).await?;
    Ok(Db::Postgres(pool))
}

/// The migrations for both databases and those for one, by number.
fn migrations(own: &Migrator) -> Migrator {
    Migrator::with_migrations(COMMON.iter().chain(own.iter()).cloned().collect())
}

/// Makes the file and its folder, readable by this user only: personal data is in it.
fn make_file(path: &Path) -> std::io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    let mut file = fs::OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        folder.mode(0o700);
        file.mode(0o600);
    }
    if let Some(parent) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        folder.recursive(true).create(parent)?;
    }
    file.append(true).create(true).open(path)?;
    Ok(())
}
