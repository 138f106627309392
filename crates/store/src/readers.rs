//! SQLite's readers: a few connections that are lent out one at a time. A pool asks a connection for a
//! sign of life whenever it comes back, which on SQLite is half of what a small query costs; a
//! connection to a file has nothing to lose.

use crate::StoreError;
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

/// None once it is closed.
type Place = Arc<Mutex<Option<SqliteConnection>>>;

/// Lends connections.
#[derive(Clone)]
pub(crate) struct Readers {
    places: Arc<[Place]>,
    free: Arc<Semaphore>,
    /// Where to look first, so that all are used.
    next: Arc<AtomicUsize>,
    wait: Duration,
}

/// A connection, given back when this is dropped.
pub(crate) struct Reader {
    // Given back before the permit, so that whoever gets the permit finds it.
    connection: OwnedMappedMutexGuard<Option<SqliteConnection>, SqliteConnection>,
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    /// Opens so many connections, at least one. `wait` is the longest that somebody waits for one.
    pub(crate) async fn open(
        options: &SqliteConnectOptions,
        count: u32,
        wait: Duration,
    ) -> Result<Self, StoreError> {
        let mut places = Vec::new();
        for _ in 0..count.max(1) {
            places.push(Arc::new(Mutex::new(Some(options.connect().await?))));
        }
        Ok(Self {
            free: Arc::new(Semaphore::new(places.len())),
            places: places.into(),
            next: Arc::default(),
            wait,
        })
    }

    /// Waits for a free connection.
    pub(crate) async fn take(&self) -> Result<Reader, StoreError> {
        let permit = tokio::time::timeout(self.wait, self.free.clone().acquire_owned())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let connection = self.free_one().await?;
        Ok(Reader {
            connection,
            _permit: permit,
        })
    }

    /// With a permit, one of them is free, unless it is being taken at this very moment.
    async fn free_one(
        &self,
    ) -> Result<OwnedMappedMutexGuard<Option<SqliteConnection>, SqliteConnection>, StoreError> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let places = self.places.iter().cycle().skip(first % self.places.len());
        let found = places
            .take(self.places.len())
            .find_map(|place| place.clone().try_lock_owned().ok());
        let guard = match (found, self.places.first()) {
            (Some(guard), _) => guard,
            (None, Some(place)) => place.clone().lock_owned().await,
            (None, None) => return Err(sqlx::Error::PoolClosed.into()),
        };
        OwnedMutexGuard::try_map(guard, Option::as_mut).map_err(|_| sqlx::Error::PoolClosed.into())
    }

    /// Closes each connection once it is given back.
    pub(crate) async fn close(&self) {
        self.free.close();
        for place in self.places.iter() {
            if let Some(connection) = place.lock().await.take()
                && let Err(error) = connection.close().await
            {
                tracing::error!(%error, "a connection of the database did not close");
            }
        }
    }
}

impl Reader {
    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "tasks of a test, which waits for them"
)]
mod tests {
    use super::*;

    async fn readers(count: u32) -> Readers {
        let options = SqliteConnectOptions::new().in_memory(true);
        Readers::open(&options, count, Duration::from_millis(50))
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn each_is_lent_to_one_at_a_time_and_comes_back() {
        let readers = readers(2).await;
        let (first, second) = (readers.take().await.unwrap(), readers.take().await.unwrap());
        assert!(matches!(
            readers.take().await.map(drop),
            Err(StoreError::Database(sqlx::Error::PoolTimedOut))
        ));
        drop(first);
        let mut third = readers.take().await.unwrap();
        let one: i64 = sqlx::query_scalar("SELECT 1")
            .fetch_one(third.connection())
            .await
            .unwrap();
        assert_eq!(one, 1);
        drop((second, third));
        for _ in 0..5 {
            readers.take().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_query_that_was_given_up_leaves_its_connection_usable() {
        let readers = readers(1).await;
        for _ in 0..20 {
            let mut reader = readers.take().await.unwrap();
            let query = sqlx::query("WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 50000) SELECT x FROM n")
                .fetch_all(reader.connection());
            let given_up = tokio::time::timeout(Duration::from_millis(1), query).await;
            drop(given_up);
        }
        let mut reader = readers.take().await.unwrap();
        let one: i64 = sqlx::query_scalar("SELECT 1")
            .fetch_one(reader.connection())
            .await
            .unwrap();
        assert_eq!(one, 1);
    }

    #[tokio::test]
    async fn closing_waits_for_what_is_lent() {
        let readers = readers(1).await;
        let reader = readers.take().await.unwrap();
        let closing = tokio::spawn({
            let readers = readers.clone();
            async move { readers.close().await }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!closing.is_finished());
        drop(reader);
        closing.await.unwrap();
        assert!(matches!(
            readers.take().await.map(drop),
            Err(StoreError::Database(sqlx::Error::PoolClosed))
        ));
    }
}
