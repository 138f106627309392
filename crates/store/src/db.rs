//! Two databases behind one name: native pools, the links that queries run on, and the macros that
//! compile one query body for both.

use crate::StoreError;
use sqlx::{
    PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction,
    pool::PoolConnection,
};

/// The pools. SQLite has one writer, because it allows only one, and many readers.
#[derive(Clone)]
pub(crate) enum Db {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

/// A connection taken from a pool for one statement.
pub(crate) enum Held {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// An open transaction.
pub(crate) enum Open {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// What a query runs on, inside or outside a transaction.
pub(crate) enum Link<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

impl Db {
    pub(crate) async fn read(&self) -> Result<Held, StoreError> {
        Ok(match self {
            Self::Sqlite { read, .. } => Held::Sqlite(read.acquire().await?),
            Self::Postgres(pool) => Held::Postgres(pool.acquire().await?),
        })
    }

    pub(crate) async fn write(&self) -> Result<Held, StoreError> {
        Ok(match self {
            Self::Sqlite { write, .. } => Held::Sqlite(write.acquire().await?),
            Self::Postgres(pool) => Held::Postgres(pool.acquire().await?),
        })
    }

    pub(crate) async fn begin(&self) -> Result<Open, StoreError> {
        Ok(match self {
            // A plain BEGIN takes the write lock only at the first write, and fails there when
            // another process has written since our first read.
            Self::Sqlite { write, .. } => Open::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
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
            Self::Sqlite(connection) => Link::Sqlite(connection),
            Self::Postgres(connection) => Link::Postgres(connection),
        }
    }
}

impl Open {
    pub(crate) fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(transaction) => Link::Sqlite(transaction),
            Self::Postgres(transaction) => Link::Postgres(transaction),
        }
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
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

pub(crate) use {all, execute, on, one, optional};
