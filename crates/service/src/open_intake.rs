//! Opening an intake: the record exists before anybody talks, and can be filled by hand alone.

use crate::{Error, Service, access, record::Line};
use domain::{
    IntakeId, WorkflowId,
    audit::{Actor, AuditAction},
    intake::Intake,
    person::Principal,
};
use policy::Action;
use std::collections::BTreeSet;

/// Opens an intake of a workflow's published version.
///
/// # Errors
/// `NotFound` when the workflow is not published in the person's workspace, `Refused` when they may
/// not run it.
pub async fn open_intake(
    service: &Service,
    principal: &Principal,
    workflow: &WorkflowId,
) -> Result<IntakeId, Error> {
    let workspace = &access::membership(principal)?.workspace;
    let version = service
        .store
        .published_version(workspace, workflow)
        .await?
        .ok_or(Error::NotFound)?;
    access::decide(
        principal,
        &Action::RunWorkflow {
            access: &version.access,
            state: version.state,
        },
    )?;

    let now = service.now();
    let intake = Intake {
        id: service.ids.intake(now),
        workspace: workspace.clone(),
        workflow: version.workflow,
        version: version.id,
        opened_by: principal.user.clone(),
        opened_at: now,
        changed_at: now,
        outcome: None,
        waived: BTreeSet::new(),
        demo: false,
    };
    let mut tx = service.store.begin().await?;
    tx.create_intake(&intake).await?;
    let line = Line::new(
        AuditAction::IntakeOpened,
        Actor::User(principal.user.clone()),
    )
    .intake(workspace, &intake.id)
    .with("version", intake.version.as_str());
    service.audit(&mut tx, line).await?;
    tx.commit().await?;
    Ok(intake.id)
}
