//! Taking an intake out as JSON. It leaves the product, so it is on record.

use crate::{Error, Service, access, record::Line};
use domain::{
    IntakeId,
    audit::{Actor, AuditAction},
    intake::FieldState,
    person::Principal,
};
use policy::Action;
use serde::Serialize;

#[derive(Serialize)]
struct Exported<'a> {
    intake: &'a str,
    workflow: &'a str,
    version: u32,
    opened_at: String,
    status: &'a str,
    closed_at: Option<String>,
    demo: bool,
    fields: Vec<ExportedField<'a>>,
}

#[derive(Serialize)]
struct ExportedField<'a> {
    key: &'a str,
    label: &'a str,
    value: Option<&'a str>,
    state: Option<&'a str>,
    not_needed: bool,
}

/// The intake as indented JSON.
///
/// # Errors
/// `Refused` when the person sees masked values only.
pub async fn export_intake(
    service: &Service,
    principal: &Principal,
    id: &IntakeId,
) -> Result<String, Error> {
    let found = service.find_intake(principal, id).await?;
    access::decide(principal, &Action::ExportIntake(found.facts()))?;
    let (workspace, definition, intake) = (
        &found.version.workspace,
        &found.version.definition,
        &found.stored.intake,
    );
    let fields =
        service.open_fields(id, definition, &service.store.fields(workspace, id).await?)?;
    let exported = Exported {
        intake: id.as_str(),
        workflow: &definition.name,
        version: found.version.number,
        opened_at: intake.opened_at.to_string(),
        status: intake
            .outcome
            .as_ref()
            .map_or("open", |closed| closed.outcome.as_str()),
        closed_at: intake.outcome.as_ref().map(|closed| closed.at.to_string()),
        demo: intake.demo,
        fields: definition
            .fields()
            .map(|field| {
                let entry = fields.get(&field.key);
                #[expect(
                    clippy::disallowed_methods,
                    reason = "handed to a person who may see it, which is on record"
                )]
                let value = entry.map(|entry| entry.value.expose().as_str());
                ExportedField {
                    key: field.key.as_str(),
                    label: &field.label,
                    value,
                    state: entry.map(|entry| FieldState::as_str(entry.state)),
                    not_needed: intake.waived.contains(&field.key),
                }
            })
            .collect(),
    };
    let text = serde_json::to_string_pretty(&exported)
        .map_err(|_| Error::Inconsistent("an intake that is not JSON"))?;
    let line = Line::new(
        AuditAction::IntakeExported,
        Actor::User(principal.user.clone()),
    )
    .intake(workspace, id);
    service.audit_alone(line).await?;
    Ok(text)
}
