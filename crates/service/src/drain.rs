//! Stopping politely: pages are told, sessions end as drained, calls are hung up, tasks are waited for.

use crate::{Error, Service, keep_leash};
use domain::session::EndReason;
use std::time::Duration;

/// Stops. Says whether every task ended in time.
///
/// # Errors
/// When the database fails.
pub async fn drain(service: &Service, patience: Duration) -> Result<bool, Error> {
    keep_leash::end_all(service, EndReason::ServerDrained).await?;
    let stopped = service.tasks.stop(patience).await;
    // A call that was being made meanwhile is known by now.
    keep_leash::end_all(service, EndReason::ServerDrained).await?;
    service.store.close().await;
    Ok(stopped)
}
