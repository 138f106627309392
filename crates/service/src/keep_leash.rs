//! The leash: what the server does by the clock, whatever any browser or control loop does.
//! Overdue sessions end, ended calls are hung up until the provider agrees, forgotten intakes close.

use crate::{Error, Service, end_session, record::Line};
use domain::{
    IntakeId, WorkspaceId,
    audit::{Actor, AuditAction},
    event::RecordEvent,
    intake::Outcome,
    session::{EndReason, Session},
};
use futures::future::join_all;
use std::{error::Error as StdError, time::Duration};

/// How often the rows are looked at. Hang-ups are also done at once when a session ends.
const ROUND: Duration = Duration::from_millis(500);
/// Slower work is done every so many rounds.
const SLOW_ROUNDS: u32 = 20;
/// A session that was never connected is lost this long after its secret died.
const START_GRACE: Duration = Duration::from_secs(5);
/// A connecting session that no process drives, this long after it was started.
const STALE: u32 = 50;

/// Runs until the server stops.
pub async fn keep_leash(service: Service) {
    let mut round = 0_u32;
    loop {
        tokio::select! {
            () = service.hangups.notified() => {}
            () = service.clock.sleep(ROUND) => {}
            () = service.tasks.stopping() => return,
        }
        if let Err(error) = once(&service, round.is_multiple_of(SLOW_ROUNDS)).await {
            tracing::error!(
                error = &error as &dyn StdError,
                "a round of the leash failed"
            );
        }
        round = round.wrapping_add(1);
    }
}

/// One round. Public so that a test can take it at a time of its choosing.
///
/// # Errors
/// When the database fails; the next round tries again.
pub async fn once(service: &Service, slow_too: bool) -> Result<(), Error> {
    end_overdue(service).await?;
    hang_up_pending(service).await?;
    if slow_too {
        abandon_stale(service).await?;
        let now = service.now();
        service
            .hub
            .sweep(now, service.settings.sessions.open_intake);
        service.store.purge_logins(now).await?;
    }
    Ok(())
}

/// Deadlines, lost pages, secrets that were never used.
async fn end_overdue(service: &Service) -> Result<(), Error> {
    let (now, limits) = (service.now(), service.settings.sessions);
    let seen_before = now.before(limits.heartbeat_grace);
    let starting_before = now.before(limits.secret_life + START_GRACE);
    for overdue in service
        .store
        .overdue(now, seen_before, starting_before)
        .await?
    {
        if let Some(session) = service.store.session_by_id(&overdue.session).await? {
            end_session::end(service, &session, overdue.reason, Actor::Server).await?;
        }
    }
    Ok(())
}

/// Hangs up every call whose session is over, all at once. Idempotent: one that fails stays pending.
pub(crate) async fn hang_up_pending(service: &Service) -> Result<(), Error> {
    let pending = service.store.pending_hangups().await?;
    join_all(pending.into_iter().map(|session| hang_up(service, session))).await;
    Ok(())
}

async fn hang_up(service: &Service, session: Session) {
    let Some(call) = &session.call else { return };
    let done = async {
        if let Err(error) = service.provider.hangup(call).await {
            tracing::warn!(session.id = %session.id, error = &error as &dyn StdError, "a call could not be hung up yet");
            return Ok(());
        }
        if service.store.hangup_done(&session.id).await? {
            let line = Line::new(AuditAction::CallHungUp, Actor::Server).session(&session);
            service.audit_alone(line).await?;
        }
        Ok::<(), Error>(())
    };
    if let Err(error) = done.await {
        tracing::error!(session.id = %session.id, error = &error as &dyn StdError, "a hang-up could not be recorded");
    }
}

/// Open intakes that nobody came back to.
async fn abandon_stale(service: &Service) -> Result<(), Error> {
    let before = service.now().before(service.settings.sessions.open_intake);
    for (workspace, intake) in service.store.stale_intakes(before, STALE).await? {
        abandon(service, &workspace, &intake).await?;
    }
    Ok(())
}

async fn abandon(
    service: &Service,
    workspace: &WorkspaceId,
    intake: &IntakeId,
) -> Result<(), Error> {
    let now = service.now();
    let mut tx = service.store.begin().await?;
    tx.lock_intake(workspace, intake).await?;
    if tx.running_of_intake(workspace, intake).await?.is_some()
        || !tx
            .close_intake(workspace, intake, Outcome::Abandoned, now, None)
            .await?
    {
        return Ok(());
    }
    tx.append_event(
        workspace,
        intake,
        None,
        &RecordEvent::Outcome {
            outcome: Some(Outcome::Abandoned),
        },
        now,
    )
    .await?;
    let line = Line::new(AuditAction::IntakeClosed, Actor::Server)
        .intake(workspace, intake)
        .with("outcome", Outcome::Abandoned.as_str());
    service.audit(&mut tx, line).await?;
    tx.commit().await?;
    service.hub.forget_words(intake);
    service.hub.wake(intake);
    Ok(())
}

/// Ends every session that runs, for a reason, and hangs up. Used at start and at stop.
pub(crate) async fn end_all(service: &Service, reason: EndReason) -> Result<usize, Error> {
    let running = service.store.running_sessions().await?;
    for session in &running {
        end_session::end(service, session, reason, Actor::Server).await?;
    }
    hang_up_pending(service).await?;
    Ok(running.len())
}
