//! Pausing: both sides of a live conversation are silent, so that staff can talk in private.

use crate::{
    Error, Service,
    control::{self, Command},
    record::Line,
};
use domain::{
    SessionId,
    audit::{Actor, AuditAction},
    person::Principal,
    session::SessionState,
};

/// Silences both sides, or lets the conversation go on. The clock goes on either way.
///
/// # Errors
/// `NotFound` and `Refused` as for everything that drives a session, `Conflict` when it is not live,
/// `TooMany` over the session's rate, `Refused` while the password is wanted.
pub async fn pause_session(
    service: &Service,
    principal: &Principal,
    id: &SessionId,
    paused: bool,
) -> Result<(), Error> {
    let session = service.find_own_session(principal, id).await?;
    service.take_a_request(id).await?;
    let not_live = || {
        Error::conflict(
            "not_live",
            "The conversation is not live, so nobody hears anything.",
        )
    };
    // Only the process that drives the call can silence it; nothing is written down that is not so.
    if session.state != SessionState::Live || !service.hub.is_driven(id) {
        return Err(not_live());
    }
    // It may wait for the password rather than for staff.
    if !paused && control::proof_due_at(service, &session).await? <= service.now() {
        return Err(Error::Refused(policy::Refusal::ProveAgain));
    }
    let action = if paused {
        AuditAction::SessionPaused
    } else {
        AuditAction::SessionResumed
    };
    let line = Line::new(action, Actor::User(principal.user.clone())).session(&session);
    let mut tx = service.store.begin().await?;
    // On record before it is so: whoever takes the call over keeps it silent.
    if !tx.set_paused(id, paused.then(|| service.now())).await? {
        return Err(not_live());
    }
    service.audit(&mut tx, line).await?;
    tx.commit().await?;
    if service.hub.command(id, Command::Pause { paused }) {
        Ok(())
    } else {
        Err(not_live())
    }
}
