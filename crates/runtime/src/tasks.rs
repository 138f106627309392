//! Supervised tasks: every one is known, told to stop, and waited for.

use std::time::Duration;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Spawns tasks and stops them together.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a task to its end. A long-running one must watch [`Tasks::stopping`].
    /// A panic ends only that task, and is logged by name.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let guarded = async move {
            #[expect(
                clippy::disallowed_methods,
                reason = "this is the one place that spawns"
            )]
            let ended = tokio::spawn(task).await;
            if let Err(error) = ended
                && error.is_panic()
            {
                tracing::error!(task.name = name, "a task panicked");
            }
        };
        self.tracker.spawn(guarded);
    }

    /// Runs a task beside this one and waits for it. None when it panicked, which is logged by name:
    /// for work that somebody must clean up after.
    pub async fn run<T: Send + 'static>(
        &self,
        name: &'static str,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that spawns"
        )]
        let ended = tokio::spawn(self.tracker.track_future(task)).await;
        if let Err(error) = &ended
            && error.is_panic()
        {
            tracing::error!(task.name = name, "a task panicked");
        }
        ended.ok()
    }

    /// Resolves when the tasks should stop.
    pub async fn stopping(&self) {
        self.stop.cancelled().await;
    }

    /// Whether the tasks should stop.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// How many run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.tracker.len()
    }

    /// Tells all tasks to stop and waits for them, at most this long. Says whether all ended.
    pub async fn stop(&self, patience: Duration) -> bool {
        self.stop.cancel();
        self.tracker.close();
        tokio::time::timeout(patience, self.tracker.wait())
            .await
            .is_ok()
    }
}
