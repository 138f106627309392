//! Opening an abandoned intake again.

use crate::{Error, Service, access, record::Line};
use domain::{
    IntakeId,
    audit::{Actor, AuditAction},
    event::RecordEvent,
    person::Principal,
};
use policy::Action;

/// Opens an abandoned intake again.
///
/// # Errors
/// `Conflict` when it is not abandoned.
pub async fn reopen_intake(
    service: &Service,
    principal: &Principal,
    id: &IntakeId,
) -> Result<(), Error> {
    let found = service.find_intake(principal, id).await?;
    access::decide(principal, &Action::ReopenIntake(found.facts()))?;
    let workspace = &found.version.workspace;
    let now = service.now();
    let mut tx = service.store.begin().await?;
    if !tx.reopen_intake(workspace, id, now).await? {
        return Err(Error::conflict(
            "not_abandoned",
            "Only an abandoned intake can be opened again.",
        ));
    }
    tx.append_event(
        workspace,
        id,
        None,
        &RecordEvent::Outcome { outcome: None },
        now,
    )
    .await?;
    let line = Line::new(
        AuditAction::IntakeReopened,
        Actor::User(principal.user.clone()),
    )
    .intake(workspace, id);
    service.audit(&mut tx, line).await?;
    tx.commit().await?;
    service.hub.wake(id);
    Ok(())
}
