//! SQLite's one writer. What costs most about a small transaction is the wait for the disk at its
//! end, so those that queue up behind one another end together: each is a savepoint in one
//! transaction of SQLite, and each is told that it is kept once that is committed. Nobody waits for
//! company: a transaction that comes alone is committed at once.
//!
//! INVARIANT: every step can be given up half way, as a request is when its browser goes away. What
//! [`Phase`] says is right at each point where that can happen, and the next one cleans up by it.

use crate::StoreError;
use sqlx::{Connection, SqliteConnection};
use std::{sync::Arc, time::Duration};
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, oneshot},
};

// A turn is undone to its savepoint. The one before is released by the next, which fails where SQLite
// has ended the transaction by itself: what was in it must not be taken for kept.
const FIRST_TURN: &str = "BEGIN IMMEDIATE; SAVEPOINT turn";
const NEXT_TURN: &str = "RELEASE turn; SAVEPOINT turn";
const UNDO: &str = "ROLLBACK TO turn";

/// Hands out turns, in the order in which they were asked for.
#[derive(Clone)]
pub(crate) struct Writer {
    /// None once it is closed.
    state: Arc<Mutex<Option<State>>>,
    wait: Duration,
}

type Guard = OwnedMappedMutexGuard<Option<State>, State>;

struct State {
    connection: SqliteConnection,
    phase: Phase,
    /// Those whose turn is over and who wait to hear that it is kept.
    finished: Vec<oneshot::Sender<Result<(), StoreError>>>,
    /// A task is on its way to commit.
    expected: bool,
}

/// What the connection is in the middle of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing.
    Idle,
    /// A transaction was asked for; it may have begun.
    Beginning,
    /// A transaction, between two turns.
    Between,
    /// A turn: found by the next one, it was given up.
    Turn,
}

/// A transaction as its owner sees it: [`Turn::commit`], or dropping it undoes it.
pub(crate) struct Turn {
    guard: Guard,
    writer: Writer,
}

impl Writer {
    /// Takes over the connection. `wait` is the longest that somebody queues.
    pub(crate) fn new(connection: SqliteConnection, wait: Duration) -> Self {
        let state = State {
            connection,
            phase: Phase::Idle,
            finished: Vec::new(),
            expected: false,
        };
        Self {
            state: Arc::new(Mutex::new(Some(state))),
            wait,
        }
    }

    /// Waits for its turn, and takes it.
    pub(crate) async fn begin(&self) -> Result<Turn, StoreError> {
        let guard = tokio::time::timeout(self.wait, self.lock())
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)??;
        // Given up half way it is dropped, and somebody cleans up.
        let mut turn = Turn {
            guard,
            writer: self.clone(),
        };
        turn.guard.begin().await?;
        Ok(turn)
    }

    /// Commits what is finished and closes the connection, which folds the write-ahead log back.
    pub(crate) async fn close(&self) {
        let Some(mut state) = self.state.lock().await.take() else {
            return;
        };
        state.settle().await;
        if let Err(error) = state.connection.close().await {
            tracing::error!(%error, "the database did not close");
        }
    }

    async fn lock(&self) -> Result<Guard, StoreError> {
        let guard = self.state.clone().lock_owned().await;
        OwnedMutexGuard::try_map(guard, Option::as_mut).map_err(|_| sqlx::Error::PoolClosed.into())
    }

    /// Commits once everybody who queues now has had a turn.
    fn settle_soon(&self) {
        // Without a runtime there is nobody left to tell, and closing the connection undoes it.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let writer = self.clone();
        // Closing does the same, so nobody has to wait for this.
        runtime.spawn(async move {
            if let Ok(mut state) = writer.lock().await {
                state.settle().await;
            }
        });
    }
}

impl Turn {
    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.guard.connection
    }

    /// Gives the turn to the next one, and waits until it is kept.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        let (finished, kept) = oneshot::channel();
        self.guard.phase = Phase::Between;
        self.guard.finished.push(finished);
        drop(self);
        // The task that commits was ended with the process.
        kept.await.unwrap_or(Err(sqlx::Error::WorkerCrashed.into()))
    }
}

impl Drop for Turn {
    /// Whether it is finished or given up, somebody has to end the transaction.
    fn drop(&mut self) {
        if !std::mem::replace(&mut self.guard.expected, true) {
            self.writer.settle_soon();
        }
    }
}

impl State {
    async fn begin(&mut self) -> Result<(), StoreError> {
        self.clean_up().await;
        if self.phase == Phase::Idle {
            self.phase = Phase::Beginning;
            // A plain BEGIN takes the write lock only at the first write, and fails there when
            // another process has written since our first read.
            self.run(FIRST_TURN).await?;
        } else if let Err(error) = self.run(NEXT_TURN).await {
            return Err(self.fail(error).await);
        }
        self.phase = Phase::Turn;
        Ok(())
    }

    /// Undoes what somebody gave up.
    async fn clean_up(&mut self) {
        let undone = match self.phase {
            Phase::Idle | Phase::Between => return,
            Phase::Beginning => None,
            Phase::Turn => Some(self.run(UNDO).await),
        };
        match undone {
            Some(Ok(())) => self.phase = Phase::Between,
            // SQLite ends a transaction by itself when the disk fails: then nobody's turn is kept.
            Some(Err(error)) => {
                self.fail(error).await;
            }
            None => self.roll_back().await,
        }
    }

    /// Ends the transaction, and tells everybody.
    async fn settle(&mut self) {
        self.expected = false;
        self.clean_up().await;
        if self.phase == Phase::Idle {
            return;
        }
        match self.run("COMMIT").await {
            Ok(()) => {
                self.phase = Phase::Idle;
                for finished in self.finished.drain(..) {
                    let _ = finished.send(Ok(()));
                }
            }
            Err(error) => {
                self.fail(error).await;
            }
        }
    }

    /// Nobody's turn is kept, and everybody is told.
    async fn fail(&mut self, error: sqlx::Error) -> StoreError {
        let error = Arc::new(error);
        for finished in self.finished.drain(..) {
            let _ = finished.send(Err(StoreError::Commit(error.clone())));
        }
        self.roll_back().await;
        StoreError::Commit(error)
    }

    async fn roll_back(&mut self) {
        // It fails where there is no transaction any more, which is as well.
        let _ = self.run("ROLLBACK").await;
        self.phase = Phase::Idle;
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::query(sql).execute(&mut self.connection).await?;
        Ok(())
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "tasks of a test, which waits for them"
)]
mod tests;
