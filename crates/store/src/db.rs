//! Two databases behind one name: native pools, the links that queries run on, and the macros that
//! compile one query body for both.

use crate::{
    StoreError, Tx,
    readers::{Reader, Readers},
    writer::{Turn, Writer},
};
use sqlx::{PgConnection, PgPool, Postgres, SqliteConnection, Transaction, pool::PoolConnection};

/// The connections. SQLite has one writer, because it allows only one, and many readers.
#[derive(Clone)]
pub(crate) enum Db {
    Sqlite { read: Readers, write: Writer },
    Postgres(PgPool),
}

/// A connection that is lent to read.
pub(crate) enum Held {
    Sqlite(Reader),
    Postgres(PoolConnection<Postgres>),
}

/// What a single statement changes: it counts once it is [kept](Writing::keep).
pub(crate) enum Writing {
    Sqlite(Turn),
    Postgres(PoolConnection<Postgres>),
}

/// An open transaction.
pub(crate) enum Open {
    Sqlite(Turn),
    Postgres(Transaction<'static, Postgres>),
}

/// What a query runs on, inside or outside a transaction.
pub(crate) enum Link<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

/// What queries can run on: for reading that is also done within a transaction.
pub(crate) trait Links {
    fn link(&mut self) -> Link<'_>;
}

impl Links for Held {
    fn link(&mut self) -> Link<'_> {
        Self::link(self)
    }
}

impl Links for Tx {
    fn link(&mut self) -> Link<'_> {
        Self::link(self)
    }
}

impl Db {
    pub(crate) async fn read(&self) -> Result<Held, StoreError> {
        Ok(match self {
            Self::Sqlite { read, .. } => Held::Sqlite(read.take().await?),
            Self::Postgres(pool) => Held::Postgres(pool.acquire().await?),
        })
    }

    pub(crate) async fn write(&self) -> Result<Writing, StoreError> {
        Ok(match self {
            Self::Sqlite { write, .. } => Writing::Sqlite(write.begin().await?),
            Self::Postgres(pool) => Writing::Postgres(pool.acquire().await?),
        })
    }

    pub(crate) async fn begin(&self) -> Result<Open, StoreError> {
        Ok(match self {
            Self::Sqlite { write, .. } => Open::Sqlite(write.begin().await?),
            Self::Postgres(pool) => Open::Postgres(pool.begin().await?),
        })
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                // Last, so that it is the writer that folds the write-ahead log back into the file.
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Held {
    pub(crate) fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(reader) => Link::Sqlite(reader.connection()),
            Self::Postgres(connection) => Link::Postgres(connection),
        }
    }
}

impl Writing {
    pub(crate) fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(turn) => Link::Sqlite(turn.connection()),
            Self::Postgres(connection) => Link::Postgres(connection),
        }
    }

    /// Waits until it is kept. `PostgreSQL` keeps a statement outside of a transaction by itself.
    pub(crate) async fn keep(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(turn) => turn.commit().await,
            Self::Postgres(_) => Ok(()),
        }
    }
}

impl Open {
    pub(crate) fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(turn) => Link::Sqlite(turn.connection()),
            Self::Postgres(transaction) => Link::Postgres(transaction),
        }
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(turn) => turn.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

/// Microseconds since 1970 by the database's clock: the one expression the two do not share.
macro_rules! sqlite_now {
    () => {
        "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
    };
}
macro_rules! postgres_now {
    () => {
        "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"
    };
}

/// Compiles one body for both databases; `$connection` is the native connection in it.
macro_rules! on {
    ($link:expr, $connection:ident => $body:expr) => {
        match $link {
            $crate::db::Link::Sqlite($connection) => $body,
            $crate::db::Link::Postgres($connection) => $body,
        }
    };
}

/// Runs a statement; how many rows it touched.
macro_rules! execute {
    ($link:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::db::on!($link, connection => sqlx::query($sql)$(.bind($bind))*
            .execute(connection).await.map(|done| done.rows_affected()))
    };
}

/// Runs a statement of its own and keeps what it changed; how many rows it touched.
macro_rules! change {
    ($store:expr, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let mut writing = $store.write().await?;
        let touched = $crate::db::execute!(writing.link(), $sql $(, $bind)*)?;
        writing.keep().await?;
        touched
    }};
}

/// Holds the rows that a query selects until the transaction ends. SQLite's one writer holds
/// everything already, so nothing is asked there.
macro_rules! hold {
    ($link:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $link {
            $crate::db::Link::Sqlite(_) => Ok(()),
            $crate::db::Link::Postgres(connection) => sqlx::query(concat!($sql, " FOR NO KEY UPDATE"))$(.bind($bind))*
                .execute(connection).await.map(drop),
        }
    };
}

/// The row, if there is one.
macro_rules! optional {
    ($link:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::db::on!($link, connection => sqlx::query_as($sql)$(.bind($bind))*.fetch_optional(connection).await)
    };
}

/// Exactly one row.
macro_rules! one {
    ($link:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::db::on!($link, connection => sqlx::query_as($sql)$(.bind($bind))*.fetch_one(connection).await)
    };
}

/// All rows.
macro_rules! all {
    ($link:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::db::on!($link, connection => sqlx::query_as($sql)$(.bind($bind))*.fetch_all(connection).await)
    };
}

pub(crate) use {all, change, execute, hold, on, one, optional, postgres_now, sqlite_now};
