//! Taking over calls that a dead process left behind: the lease has run out, the call may still be up.

use super::{Driven, drive};
use crate::{Error, Service, configure_call, record::Line};
use domain::{
    Private,
    audit::{Actor, AuditAction},
    session::Session,
};
use std::error::Error as StdError;

/// Takes over every call at our provider that nobody drives any more. Those that cannot be taken over
/// are ended by the leash, as calls under nobody's control.
///
/// # Errors
/// When the database fails.
pub(crate) async fn take_over(service: &Service) -> Result<(), Error> {
    for session in service
        .store
        .undriven(&service.provider.profile().name)
        .await?
    {
        // One that this very process still drives was only late to say so.
        if service.hub.is_driven(&session.id) {
            continue;
        }
        if let Err(error) = take(service, &session).await {
            tracing::error!(session.id = %session.id, error = &error as &dyn StdError, "a call could not be taken over yet");
        }
    }
    Ok(())
}

async fn take(service: &Service, session: &Session) -> Result<(), Error> {
    let takeover = takeover_note(service, session).await?;
    let mut tx = service.store.begin().await?;
    let span = service.settings.sessions.lease;
    let Some(taken) = tx.take_lease(&session.id, &service.process, span).await? else {
        // Somebody was quicker, or it is over.
        return Ok(());
    };
    let pinned = taken
        .pinned
        .ok_or(Error::Inconsistent("a call without its configuration"))?;
    let line = Line::new(AuditAction::CallTakenOver, Actor::Server).session(session);
    service.audit(&mut tx, line).await?;
    let pinned = service.open_pinned(&session.id, &pinned)?;
    tx.commit().await?;
    tracing::warn!(session.id = %session.id, "a call that nobody drove is taken over");
    drive(
        service,
        Driven {
            session: session.clone(),
            lease: taken.lease,
            configuration: pinned.configuration,
            minted: pinned.minted,
            takeover: Some(takeover),
        },
    );
    Ok(())
}

async fn takeover_note(service: &Service, session: &Session) -> Result<Private<String>, Error> {
    let version = service
        .store
        .version(&session.workspace, &session.version)
        .await?
        .ok_or(Error::Inconsistent("a session without its version"))?;
    let stored = service
        .store
        .fields(&session.workspace, &session.intake)
        .await?;
    let fields = service.open_fields(&session.intake, &version.definition, &stored)?;
    Ok(configure_call::takeover_note(&version.definition, &fields))
}
