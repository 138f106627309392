//! Stopping politely: pages are told, the sessions that this process drives end as drained, calls are
//! hung up, tasks are waited for. Those of other processes on the same database go on.

use crate::{Error, Service, keep_leash};
use domain::session::EndReason;
use std::time::Duration;

/// Ends the sessions that this process drives as drained, and hangs up. Pages are told while they
/// still listen.
///
/// # Errors
/// When the database fails.
pub async fn end_sessions(service: &Service) -> Result<usize, Error> {
    let driven = service.store.driven_by(&service.process).await?;
    keep_leash::end_these(service, &driven, EndReason::ServerDrained).await?;
    Ok(driven.len())
}

/// Stops what goes on by itself; requests are still answered. Says whether every task ended in time.
///
/// # Errors
/// When the database fails.
pub async fn drain(service: &Service, patience: Duration) -> Result<bool, Error> {
    end_sessions(service).await?;
    let stopped = service.tasks.stop(patience).await;
    // A call that was being made meanwhile is known by now.
    end_sessions(service).await?;
    Ok(stopped)
}

/// Closes the database, once the last request is answered.
pub async fn close(service: &Service) {
    service.store.close().await;
}
