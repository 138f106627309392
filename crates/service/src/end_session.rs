//! Ending a session: one row changes once, and whoever changed it has the only end reason (promise 7).
//! Hanging up is not done here: the row says that it is pending, and the leash drains it.

use crate::{
    Error, Service,
    control::Command,
    record::{Line, record_state},
};
use domain::{
    SessionId,
    audit::{Actor, AuditAction},
    person::Principal,
    session::{EndReason, Lease, Session, SessionState},
};
use std::time::Duration;
use store::{SecretFate, Tx};

/// Pauses between tries to record an end.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// Ends one's own session: Stop was pressed, or the page goes away. Ending one that is over is no error.
///
/// # Errors
/// `NotFound` when there is no such session here, `Refused` when somebody else started it.
pub async fn end_session(
    service: &Service,
    principal: &Principal,
    id: &SessionId,
    reason: EndReason,
) -> Result<(), Error> {
    let session = service.find_own_session(principal, id).await?;
    end(
        service,
        &session,
        reason,
        Actor::User(principal.user.clone()),
    )
    .await
}

/// Ends a session for a reason. Nothing happens when it is over already.
pub(crate) async fn end(
    service: &Service,
    session: &Session,
    reason: EndReason,
    actor: Actor,
) -> Result<(), Error> {
    let mut tx = service.store.begin().await?;
    let ended = end_in(service, &mut tx, session, reason, actor).await?;
    tx.commit().await?;
    if ended {
        after(service, session);
    }
    Ok(())
}

/// Ends a session and does not give up: a session that nobody drives must not go on because the
/// database was slow for a moment. At a stop the next start ends what is left.
pub(crate) async fn end_surely(
    service: &Service,
    session: &Session,
    lease: Lease,
    reason: EndReason,
) {
    let mut pause = FIRST_PAUSE;
    let mut first = true;
    while let Err(error) = end_held(service, session, lease, reason).await {
        tracing::error!(session.id = %session.id, error = &error as &dyn std::error::Error, "a session's end could not be recorded yet");
        // The row cannot say that the call is to be hung up, so it is done from here.
        if let Some(call) = session.call.as_ref().filter(|_| std::mem::take(&mut first))
            && let Err(error) = service.provider.hangup(call).await
        {
            tracing::error!(session.id = %session.id, error = &error as &dyn std::error::Error, "a call could not be hung up while the database is away");
        }
        if service.tasks.is_stopping() {
            return;
        }
        service.clock.sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

/// Ends a session as its driver. Nothing happens when another process drives it now.
async fn end_held(
    service: &Service,
    session: &Session,
    lease: Lease,
    reason: EndReason,
) -> Result<(), Error> {
    let mut tx = service.store.begin().await?;
    let ended = tx.holds_lease(&session.id, lease).await?
        && end_in(service, &mut tx, session, reason, Actor::Server).await?;
    tx.commit().await?;
    if ended {
        after(service, session);
    }
    Ok(())
}

/// Ends a session within a larger transaction. Says whether it was this that ended it; then call
/// [`after`] once the transaction is committed.
pub(crate) async fn end_in(
    service: &Service,
    tx: &mut Tx,
    session: &Session,
    reason: EndReason,
    actor: Actor,
) -> Result<bool, Error> {
    let now = service.now();
    if !tx.end_session(&session.id, reason, now).await? {
        return Ok(false);
    }
    record_state(tx, session, SessionState::Ended(reason), now).await?;
    tx.touch_intake(&session.workspace, &session.intake, now)
        .await?;
    let line = Line::new(AuditAction::SessionEnded, actor)
        .session(session)
        .with("reason", reason.as_str());
    service.audit(tx, line).await?;
    close_secret(service, tx, session).await?;
    Ok(true)
}

/// Writes down what became of a secret that nobody used (requirement A64).
pub(crate) async fn close_secret(
    service: &Service,
    tx: &mut Tx,
    session: &Session,
) -> Result<(), Error> {
    let action = match tx.close_secret(&session.id, service.now()).await? {
        Some(SecretFate::Expired) => AuditAction::SecretExpired,
        Some(SecretFate::Revoked) => AuditAction::SecretRevoked,
        Some(SecretFate::Used) | None => return Ok(()),
    };
    service
        .audit(tx, Line::new(action, Actor::Server).session(session))
        .await
}

/// Tells the control loop, the pages and the hang-up worker.
pub(crate) fn after(service: &Service, session: &Session) {
    service.hub.command(&session.id, Command::Ended);
    service.hub.wake(&session.intake);
    service.hangups.notify_one();
}
