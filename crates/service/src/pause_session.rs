//! Pausing: both sides of a live conversation are silent, so that staff can talk in private.

use crate::{Error, Service, control::Command, record::Line};
use domain::{
    SessionId,
    audit::{Actor, AuditAction},
    person::Principal,
    session::SessionState,
};

/// Silences both sides, or lets the conversation go on. The clock goes on either way.
///
/// # Errors
/// `NotFound` and `Refused` as for everything that drives a session, `Conflict` when it is not live.
pub async fn pause_session(
    service: &Service,
    principal: &Principal,
    id: &SessionId,
    paused: bool,
) -> Result<(), Error> {
    let session = service.find_own_session(principal, id).await?;
    if session.state != SessionState::Live || !service.hub.command(id, Command::Pause { paused }) {
        return Err(Error::conflict(
            "not_live",
            "The conversation is not live, so nobody hears anything.",
        ));
    }
    let action = if paused {
        AuditAction::SessionPaused
    } else {
        AuditAction::SessionResumed
    };
    let line = Line::new(action, Actor::User(principal.user.clone())).session(&session);
    service.audit_alone(line).await
}
