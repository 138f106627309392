//! The tools of an intake. Each runs inside the transaction that records it.

pub(crate) mod escalate;
pub(crate) mod finish_intake;
pub(crate) mod set_field;

use crate::{Error, Service};
use domain::{
    Timestamp,
    call::AfterTool,
    event::RecordEvent,
    intake::{Evidence, Intake, Outcome},
    session::Session,
    tool::{ToolCall, ToolError, ToolOutput},
    workflow::WorkflowVersion,
};
use store::{AtRest, Tx};

/// What a tool runs with.
pub(crate) struct ToolRun<'a> {
    pub(crate) service: &'a Service,
    pub(crate) session: &'a Session,
    pub(crate) version: &'a WorkflowVersion,
    pub(crate) intake: &'a Intake,
    pub(crate) call: &'a ToolCall,
    pub(crate) evidence: Option<Evidence>,
    pub(crate) now: Timestamp,
}

/// How a tool ended.
pub(crate) struct Done {
    pub(crate) output: ToolOutput,
    pub(crate) then: AfterTool,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct EndCallArguments {
    /// Why; for the model's own sake, and kept nowhere.
    #[expect(dead_code, reason = "part of the schema; checked and dropped")]
    reason: domain::Private<String>,
}

/// No arguments at all.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct NoArguments {}

/// `end_call`: the goodbye is in the same response, and is heard before the call ends.
pub(crate) fn end_call(run: &ToolRun<'_>) -> Done {
    match arguments::<EndCallArguments>(run.call) {
        Ok(_) => Done {
            output: ToolOutput::done(),
            then: AfterTool::HangUp,
        },
        Err(refused) => *refused,
    }
}

/// The arguments, if they are JSON of that shape and nothing else.
fn arguments<T: serde::de::DeserializeOwned>(call: &ToolCall) -> Result<T, Box<Done>> {
    #[expect(
        clippy::disallowed_methods,
        reason = "parsed into the tool's own arguments"
    )]
    let text = call.arguments.expose().trim();
    let text = if text.is_empty() { "{}" } else { text };
    serde_json::from_str(text).map_err(|_| {
        Box::new(Done::refused(ToolError::ValidationError {
            message: "The arguments do not fit the tool's schema.".into(),
        }))
    })
}

/// Closes the intake for the model. False when it is closed already.
async fn close(
    run: &ToolRun<'_>,
    tx: &mut Tx,
    outcome: Outcome,
    reason: Option<&AtRest>,
) -> Result<bool, Error> {
    let (workspace, intake) = (&run.session.workspace, &run.session.intake);
    if !tx
        .close_intake(workspace, intake, outcome, run.now, reason)
        .await?
    {
        return Ok(false);
    }
    let event = RecordEvent::Outcome {
        outcome: Some(outcome),
    };
    tx.append_event(workspace, intake, Some(&run.session.id), &event, run.now)
        .await?;
    let line = crate::record::Line::new(
        domain::audit::AuditAction::IntakeClosed,
        domain::audit::Actor::Model,
    )
    .session(run.session)
    .with("outcome", outcome.as_str());
    run.service.audit(tx, line).await?;
    Ok(true)
}
