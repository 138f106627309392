//! `set_field`: a value from the conversation goes into the form, if it fits.

use super::{Done, ToolRun, arguments};
use crate::Error;
use domain::{
    FieldKey, Private,
    call::AfterTool,
    event::RecordEvent,
    intake::{Evidence, FieldEntry, FieldState, Proposal, Readiness, SetBy, weigh_proposal},
    tool::{ToolCall, ToolError, ToolOutput, True},
    workflow::{FieldDefinition, normalise},
};
use serde::Deserialize;
use store::{StoredField, Tx};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    field: FieldKey,
    value: Private<Value>,
    #[serde(default)]
    confirmed: bool,
}

/// Models write numbers and booleans where the schema says string; the value is the same.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Number(serde_json::Number),
    Flag(bool),
}

/// The field a call is about, if it says so.
pub(crate) fn field_of(call: &ToolCall) -> Option<FieldKey> {
    arguments::<Arguments>(call)
        .ok()
        .map(|arguments| arguments.field)
}

pub(crate) async fn run(run: &ToolRun<'_>, tx: &mut Tx) -> Result<Done, Error> {
    let arguments: Arguments = match arguments(run.call) {
        Ok(arguments) => arguments,
        Err(refused) => return Ok(*refused),
    };
    let definition = &run.version.definition;
    let Some(field) = definition.field(&arguments.field) else {
        return Ok(invalid("There is no such field.".into()));
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "checked against the field, then sealed"
    )]
    let raw = match arguments.value.expose() {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
    };
    let value = match normalise(field, &raw) {
        Ok(value) => Private::new(value),
        Err(problem) => return Ok(invalid(format!("{}: {problem}.", field.label))),
    };

    let (workspace, intake) = (&run.session.workspace, &run.session.intake);
    let before =
        run.service
            .open_fields(intake, definition, &tx.fields(workspace, intake).await?)?;
    let current = before.get(&field.key);
    let confirmed =
        arguments.confirmed && confirmation_counts(field, current, &value, run.evidence.as_ref());
    let state = match weigh_proposal(field, current, &value, confirmed) {
        Proposal::Same => current.map_or(FieldState::Proposed, |entry| entry.state),
        Proposal::Conflict => {
            let at_rest = run.service.field_at_rest(intake, field, &value)?;
            tx.set_conflict(workspace, intake, &field.key, &at_rest)
                .await?;
            record(run, tx, field, Some(FieldState::Edited)).await?;
            let message = "Staff set another value by hand. Keep theirs and go on.".to_owned();
            return Ok(Done::refused(ToolError::Conflict { message }));
        }
        Proposal::Accept(state) => {
            put(run, tx, field, current, &value, state).await?;
            record(run, tx, field, Some(state)).await?;
            state
        }
    };
    let readiness = readiness(run, tx).await?;
    #[expect(
        clippy::disallowed_methods,
        reason = "told to the model, so that it reads back what we have"
    )]
    let value = value.expose().clone();
    let state = if state == FieldState::Proposed {
        "proposed"
    } else {
        "confirmed"
    }
    .to_owned();
    let output = ToolOutput::FieldSet {
        ok: True,
        field: field.key.clone(),
        value,
        state,
        missing: readiness.missing,
        unconfirmed: readiness.unconfirmed,
    };
    Ok(Done {
        output,
        then: AfterTool::GoOn,
    })
}

/// A confirmation counts when the same value was proposed before, and the person had a turn since:
/// a model cannot confirm in the breath in which it heard a value.
fn confirmation_counts(
    field: &FieldDefinition,
    current: Option<&FieldEntry>,
    value: &Private<String>,
    turn: Option<&Evidence>,
) -> bool {
    if !field.read_back {
        return true;
    }
    let Some(entry) = current else { return false };
    let proposed_in = entry.evidence.as_ref().map(|evidence| &evidence.item);
    &entry.value == value && turn.is_some() && turn.map(|turn| &turn.item) != proposed_in
}

async fn put(
    run: &ToolRun<'_>,
    tx: &mut Tx,
    field: &FieldDefinition,
    current: Option<&FieldEntry>,
    value: &Private<String>,
    state: FieldState,
) -> Result<(), Error> {
    // A confirmation keeps the evidence of the words that gave the value.
    let same = current.filter(|entry| &entry.value == value);
    let entry = StoredField {
        key: field.key.clone(),
        value: run
            .service
            .field_at_rest(&run.session.intake, field, value)?,
        state,
        set_by: SetBy::Model {
            session: run.session.id.clone(),
            tool_call: run.call.id.clone(),
        },
        evidence: same.map_or_else(|| run.evidence.clone(), |entry| entry.evidence.clone()),
        heard_instead: None,
        revision: current.map_or(0, |entry| entry.revision) + 1,
        at: run.now,
    };
    tx.put_field(&run.session.workspace, &run.session.intake, &entry)
        .await?;
    Ok(tx
        .touch_intake(&run.session.workspace, &run.session.intake, run.now)
        .await?)
}

async fn readiness(run: &ToolRun<'_>, tx: &mut Tx) -> Result<Readiness, Error> {
    let stored = tx
        .fields(&run.session.workspace, &run.session.intake)
        .await?;
    let fields = run
        .service
        .open_fields(&run.session.intake, &run.version.definition, &stored)?;
    Ok(Readiness::of(
        &run.version.definition,
        &fields,
        &run.intake.waived,
    ))
}

async fn record(
    run: &ToolRun<'_>,
    tx: &mut Tx,
    field: &FieldDefinition,
    state: Option<FieldState>,
) -> Result<(), Error> {
    let readiness = readiness(run, tx).await?;
    let event = RecordEvent::Field {
        key: field.key.clone(),
        state,
        evidence: run.evidence.clone(),
        readiness,
    };
    tx.append_event(
        &run.session.workspace,
        &run.session.intake,
        Some(&run.session.id),
        &event,
        run.now,
    )
    .await?;
    Ok(())
}

const fn invalid(message: String) -> Done {
    Done::refused(ToolError::ValidationError { message })
}
