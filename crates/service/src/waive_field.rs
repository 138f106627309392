//! Saying that a field is not needed this time.

use crate::{Error, Service, access, control::Command, record::Line};
use domain::{
    FieldKey, IntakeId, Private,
    audit::{Actor, AuditAction},
    event::RecordEvent,
    intake::Readiness,
    person::Principal,
};
use policy::Action;

/// Waives a field, or needs it again.
///
/// # Errors
/// `NotFound` when the intake or field is not there, `Refused` when the person may not edit.
pub async fn waive_field(
    service: &Service,
    principal: &Principal,
    id: &IntakeId,
    key: &FieldKey,
    waived: bool,
) -> Result<(), Error> {
    let found = service.find_intake(principal, id).await?;
    access::decide(principal, &Action::EditIntake(found.facts()))?;
    let (workspace, definition) = (&found.version.workspace, &found.version.definition);
    definition.field(key).ok_or(Error::NotFound)?;

    let now = service.now();
    let mut tx = service.store.begin().await?;
    let locked = tx
        .lock_intake(workspace, id)
        .await?
        .ok_or(Error::NotFound)?;
    access::decide(
        principal,
        &Action::EditIntake(access::facts(&locked.intake, &found.version)),
    )?;
    let mut all = locked.intake.waived.clone();
    let changed = if waived {
        all.insert(key.clone())
    } else {
        all.remove(key)
    };
    if !changed {
        return Ok(());
    }
    tx.set_waived(workspace, id, &all, now).await?;
    let fields = service.open_fields(id, definition, &tx.fields(workspace, id).await?)?;
    let readiness = Readiness::of(definition, &fields, &all);
    tx.append_event(
        workspace,
        id,
        None,
        &RecordEvent::Waived {
            key: key.clone(),
            waived,
            readiness,
        },
        now,
    )
    .await?;
    let line = Line::new(
        AuditAction::FieldWaived,
        Actor::User(principal.user.clone()),
    )
    .intake(workspace, id)
    .with("field", key.as_str())
    .with("waived", if waived { "yes" } else { "no" });
    service.audit(&mut tx, line).await?;
    let running = tx.running_of_intake(workspace, id).await?;
    tx.commit().await?;

    service.hub.wake(id);
    if let Some(session) = running {
        let text = if waived {
            format!("Staff says that {key} is not needed.")
        } else {
            format!("Staff says that {key} is needed after all.")
        };
        service.hub.command(
            &session.id,
            Command::Note {
                item: service.ids.item(),
                text: Private::new(text),
                go_on: waived,
            },
        );
    }
    Ok(())
}
