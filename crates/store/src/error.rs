//! What can go wrong between us and the database.

use std::{fmt, sync::Arc};

/// Why the store did not do it. It never shows a value: neither its text nor its `Debug` holds what
/// was bound or what a row held.
#[derive(thiserror::Error)]
pub enum StoreError {
    /// A unique constraint was hit: it is there already.
    #[error("it is there already")]
    Unique,
    /// What the statement refers to is not there.
    #[error("what it belongs to is not there")]
    Missing,
    /// A row that does not parse, or a value that cannot be stored.
    #[error("the stored {what} makes no sense")]
    Corrupt {
        /// What does not parse.
        what: &'static str,
    },
    /// The address names no database we know.
    #[error(
        "the database's address starts with `sqlite:` and names a file, or starts with `postgres:`"
    )]
    Address,
    /// The database's file or folder could not be made.
    #[error("the database's file could not be made")]
    File(#[source] std::io::Error),
    /// The database refused, failed, or could not be reached.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
    /// What was done could not be kept, and others that were to be kept with it were not either.
    #[error("the database could not keep it")]
    Commit(#[source] Arc<sqlx::Error>),
}

/// A driver's `Debug` may show a failing row, so its `Display` stands in for it.
impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unique => f.write_str("Unique"),
            Self::Missing => f.write_str("Missing"),
            Self::Corrupt { what } => f.debug_struct("Corrupt").field("what", what).finish(),
            Self::Address => f.write_str("Address"),
            Self::File(error) => f.debug_tuple("File").field(error).finish(),
            Self::Database(error) => write!(f, "Database({error})"),
            Self::Commit(error) => write!(f, "Commit({error})"),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(refusal) if refusal.is_unique_violation() => Self::Unique,
            Some(refusal) if refusal.is_foreign_key_violation() => Self::Missing,
            _ => Self::Database(error),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Database(error.into())
    }
}
