//! Editing a field by hand: the person's word stands above the model's, and a running call is told.

use crate::{Error, Service, access, configure_call::quoted, control::Command, record::Line};
use domain::{
    FieldKey, IntakeId, Private,
    audit::{Actor, AuditAction},
    event::RecordEvent,
    intake::{FieldState, Readiness, SetBy},
    person::Principal,
    workflow::normalise,
};
use policy::Action;
use store::StoredField;

/// A hand edit.
#[derive(Debug)]
pub struct Edit {
    /// The intake.
    pub intake: IntakeId,
    /// The field.
    pub key: FieldKey,
    /// The value as typed.
    pub value: Private<String>,
    /// The revision the person saw; 0 when there was no value.
    pub revision: u32,
}

/// Sets a field by hand.
///
/// # Errors
/// `Conflict` when the field changed since the person saw it, `Invalid` when the value does not fit.
pub async fn edit_field(
    service: &Service,
    principal: &Principal,
    edit: &Edit,
) -> Result<(), Error> {
    let found = service.find_intake(principal, &edit.intake).await?;
    access::decide(principal, &Action::EditIntake(found.facts()))?;
    let workspace = &found.version.workspace;
    let definition = &found.version.definition;
    let field = definition.field(&edit.key).ok_or(Error::NotFound)?;
    #[expect(
        clippy::disallowed_methods,
        reason = "checked against the field, then sealed"
    )]
    let value = normalise(field, edit.value.expose())
        .map(Private::new)
        .map_err(|problem| Error::Invalid {
            field: Some(edit.key.clone()),
            message: format!("{}: {problem}.", field.label),
        })?;

    let now = service.now();
    let mut tx = service.store.begin().await?;
    let locked = tx
        .lock_intake(workspace, &edit.intake)
        .await?
        .ok_or(Error::NotFound)?;
    access::decide(
        principal,
        &Action::EditIntake(access::facts(&locked.intake, &found.version)),
    )?;
    let before = service.open_fields(
        &edit.intake,
        definition,
        &tx.fields(workspace, &edit.intake).await?,
    )?;
    let current = before.get(&edit.key);
    if current.map_or(0, |entry| entry.revision) != edit.revision {
        return Err(Error::conflict(
            "field_changed",
            "This field changed while you were editing. Look at the new value and edit again if it is wrong.",
        ));
    }
    let was_next = Readiness::of(definition, &before, &locked.intake.waived)
        .missing
        .first()
        == Some(&edit.key);
    let entry = StoredField {
        key: edit.key.clone(),
        value: service.field_at_rest(&edit.intake, field, &value)?,
        state: FieldState::Edited,
        set_by: SetBy::User {
            user: principal.user.clone(),
        },
        evidence: None,
        heard_instead: None,
        revision: edit.revision + 1,
        at: now,
    };
    tx.put_field(workspace, &edit.intake, &entry).await?;
    tx.touch_intake(workspace, &edit.intake, now).await?;
    let fields = service.open_fields(
        &edit.intake,
        definition,
        &tx.fields(workspace, &edit.intake).await?,
    )?;
    let readiness = Readiness::of(definition, &fields, &locked.intake.waived);
    let event = RecordEvent::Field {
        key: edit.key.clone(),
        state: Some(FieldState::Edited),
        evidence: None,
        readiness,
    };
    tx.append_event(workspace, &edit.intake, None, &event, now)
        .await?;
    let line = Line::new(
        AuditAction::FieldEdited,
        Actor::User(principal.user.clone()),
    )
    .intake(workspace, &edit.intake)
    .with("field", edit.key.as_str());
    service.audit(&mut tx, line).await?;
    let running = tx.running_of_intake(workspace, &edit.intake).await?;
    tx.commit().await?;

    service.hub.wake(&edit.intake);
    if let Some(session) = running {
        #[expect(
            clippy::disallowed_methods,
            reason = "told to the model that fills this very form"
        )]
        let text = format!(
            "The form was edited by staff: {} = {} (confirmed)",
            edit.key,
            quoted(value.expose())
        );
        service.hub.command(
            &session.id,
            Command::Note {
                item: service.ids.item(),
                text: Private::new(text),
                go_on: was_next,
            },
        );
    }
    Ok(())
}
