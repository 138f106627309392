//! Rates, counted in the database and by its clock, so that many processes share them.

use crate::row::micros;
use crate::{
    Store, StoreError,
    db::{Link, execute, optional, postgres_now, sqlite_now},
};
use domain::limits::Rate;
use std::time::Duration;

/// Whether there was one left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// There was, and now it is used.
    Allowed,
    /// There was not; nothing was used.
    Denied {
        /// When to try again.
        retry_after: Duration,
    },
}

/// GCRA in one statement. `$2` is what one use costs and `$3` the whole span, so `excluded.full_at - $2`
/// is now. No row comes back when the use would reach beyond the span.
macro_rules! take {
    ($now:ident) => {
        concat!(
            "INSERT INTO limits (key, full_at) VALUES ($1, ",
            $now!(),
            " + $2)
             ON CONFLICT (key) DO UPDATE
             SET full_at = CASE WHEN limits.full_at > excluded.full_at - $2 THEN limits.full_at + $2 ELSE excluded.full_at END
             WHERE limits.full_at + $2 - (excluded.full_at - $2) <= $3
             RETURNING full_at"
        )
    };
}

macro_rules! wait {
    ($now:ident) => {
        concat!(
            "SELECT full_at + $2 - $3 - ",
            $now!(),
            " FROM limits WHERE key = $1"
        )
    };
}

macro_rules! purge {
    ($now:ident) => {
        concat!("DELETE FROM limits WHERE full_at < ", $now!())
    };
}

impl Store {
    /// Takes one use of `key` at that rate.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take(&self, key: &str, rate: Rate) -> Result<Taken, StoreError> {
        let cost = micros(rate.cost()).max(1);
        let span = micros(rate.per).max(cost);
        let mut writing = self.write().await?;
        let (take, wait) = match writing.link() {
            Link::Sqlite(_) => (take!(sqlite_now), wait!(sqlite_now)),
            Link::Postgres(_) => (take!(postgres_now), wait!(postgres_now)),
        };
        let taken: Option<(i64,)> = optional!(writing.link(), take, key, cost, span)?;
        if taken.is_some() {
            writing.keep().await?;
            return Ok(Taken::Allowed);
        }
        let left: Option<(i64,)> = optional!(writing.link(), wait, key, cost, span)?;
        let left = left.map_or(0, |(micros,)| micros);
        Ok(Taken::Denied {
            retry_after: Duration::from_micros(u64::try_from(left).unwrap_or(0).max(1)),
        })
    }

    /// Forgets the rates that are whole again; how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn purge_limits(&self) -> Result<u64, StoreError> {
        let mut writing = self.write().await?;
        let purge = match writing.link() {
            Link::Sqlite(_) => purge!(sqlite_now),
            Link::Postgres(_) => purge!(postgres_now),
        };
        let purged = execute!(writing.link(), purge)?;
        writing.keep().await?;
        Ok(purged)
    }
}
