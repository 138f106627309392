//! Running a tool: attested by our own link, allowed for this person now, valid, and once (promise 5).

use crate::{
    Error, Service, access, authenticate,
    control::Driven,
    record::Line,
    tools::{self, Done, ToolRun},
};
use domain::{
    FieldKey, ToolCallId,
    audit::{Actor, AuditAction},
    call::{AfterTool, CallInput, Following},
    event::RecordEvent,
    intake::Evidence,
    session::{Grant, Session},
    tool::{ToolCall, ToolError, ToolName, ToolOutput},
    workflow::WorkflowVersion,
};
use policy::Action;
use store::Tx;

/// What a page may know of a tool call before it ran: names of ours only.
#[must_use]
pub(crate) fn shown(call: &ToolCall) -> (String, Option<FieldKey>) {
    let name = ToolName::parse(&call.name).map_or("unknown", ToolName::as_str);
    (name.to_owned(), tools::set_field::field_of(call))
}

/// The answer to a tool call that could not be run to its end.
#[must_use]
pub(crate) fn failed(service: &Service, call: ToolCallId) -> CallInput {
    let message = "It could not be stored. Say that you try again, and try once more.".to_owned();
    answered(
        service,
        call,
        Done::refused(ToolError::ExecutionError { message }),
    )
}

fn answered(service: &Service, call: ToolCallId, done: Done) -> CallInput {
    CallInput::ToolDone {
        call,
        output: done.output,
        item: service.ids.item(),
        then: done.then,
    }
}

/// Runs a tool call and says how the conversation goes on. Whatever happens, the model gets an answer.
pub(crate) async fn run_tool(
    service: &Service,
    driven: &Driven,
    call: ToolCall,
    evidence: Option<Evidence>,
    following: Following,
) -> CallInput {
    let (id, session) = (call.id.clone(), &driven.session);
    match attempt(service, driven, &call, evidence, following).await {
        Ok(done) => answered(service, id, done),
        Err(error) => {
            tracing::error!(session.id = %session.id, tool.name = shown(&call).0, error = &error as &dyn std::error::Error, "a tool failed");
            failed(service, id)
        }
    }
}

async fn attempt(
    service: &Service,
    driven: &Driven,
    call: &ToolCall,
    evidence: Option<Evidence>,
    following: Following,
) -> Result<Done, Error> {
    let session = &driven.session;
    let version = service
        .store
        .version(&session.workspace, &session.version)
        .await?;
    let version = version.ok_or(Error::Inconsistent("a session without its version"))?;
    let principal = authenticate::recognise_in(service, &session.login, &session.workspace).await?;
    let within_rate = service.take_a_request(&session.id).await.is_ok();

    let now = service.now();
    let mut tx = service.store.begin().await?;
    let locked = tx
        .lock_intake(&session.workspace, &session.intake)
        .await?
        .ok_or(Error::NotFound)?;
    // The intent is on record before anything is done; a call that was seen before does nothing.
    let (name, field) = shown(call);
    if !tx.begin_tool(&session.id, &call.id, &name, now).await? {
        return Ok(Done::refused(ToolError::ExecutionError {
            message: "This request was already answered.".into(),
        }));
    }
    // It still runs, and no other process drives it.
    let running = tx.holds_lease(&session.id, driven.lease).await?;
    let allowed = principal.is_some_and(|principal| {
        let facts = access::facts(&locked.intake, &version);
        // Ending the call is also right once the intake is closed.
        let about_form = call.name == ToolName::EndCall.as_str()
            || access::may(&principal, &Action::EditIntake(facts));
        about_form
            && access::may(
                &principal,
                &Action::DriveSession {
                    started_by: &session.user,
                },
            )
    });
    let granted = session.grants.contains(&Grant::ToolsCall);

    let done = match ToolName::parse(&call.name) {
        _ if !within_rate => Done::refused(ToolError::ExecutionError {
            message: "That was too much at once. Wait a moment, then go on.".into(),
        }),
        _ if following == Following::Anothers => Done::refused(ToolError::ExecutionError {
            message: "The conversation's rules were changed from outside while this was asked; they are back. Ask again."
                .into(),
        }),
        _ if !running || !allowed || !granted => Done::refused(ToolError::AuthorizationError {
            message: "This is not allowed in this session. Say that a person will take over."
                .into(),
        }),
        None => Done::refused(ToolError::AuthorizationError {
            message: "There is no such tool.".into(),
        }),
        Some(tool) => {
            let run = ToolRun {
                service,
                session,
                version: &version,
                intake: &locked.intake,
                call,
                evidence,
                now,
            };
            match tool {
                ToolName::SetField => tools::set_field::run(&run, &mut tx).await?,
                ToolName::FinishIntake => tools::finish_intake::run(&run, &mut tx).await?,
                ToolName::Escalate => tools::escalate::run(&run, &mut tx).await?,
                ToolName::EndCall => tools::end_call(&run),
            }
        }
    };
    record(service, session, &version, &mut tx, call, field, &done).await?;
    tx.commit().await?;
    service.hub.wake(&session.intake);
    Ok(done)
}

async fn record(
    service: &Service,
    session: &Session,
    version: &WorkflowVersion,
    tx: &mut Tx,
    call: &ToolCall,
    field: Option<FieldKey>,
    done: &Done,
) -> Result<(), Error> {
    let now = service.now();
    let (name, _) = shown(call);
    let (ok, why) = (done.output.is_ok(), outcome_of(&done.output));
    tx.end_tool(&session.id, &call.id, ok, why, now).await?;
    // A key the workflow does not have is the model's own text: it stays out of rows.
    let field = field.filter(|key| version.definition.field(key).is_some());
    let action = if ok {
        AuditAction::ToolRan
    } else {
        AuditAction::ToolRefused
    };
    let mut line = Line::new(action, Actor::Model)
        .session(session)
        .with("tool", &name)
        .with("outcome", why);
    if let Some(field) = &field {
        line = line.with("field", field.as_str());
    }
    service.audit(tx, line).await?;
    let event = RecordEvent::Tool {
        session: session.id.clone(),
        name,
        field,
        ok,
    };
    tx.append_event(
        &session.workspace,
        &session.intake,
        Some(&session.id),
        &event,
        now,
    )
    .await?;
    Ok(())
}

const fn outcome_of(output: &ToolOutput) -> &'static str {
    match output {
        ToolOutput::FieldSet { .. } | ToolOutput::Done { .. } => "done",
        ToolOutput::Refused { error, .. } => match error {
            ToolError::AuthorizationError { .. } => "not_allowed",
            ToolError::ValidationError { .. } => "invalid",
            ToolError::Conflict { .. } => "conflict",
            ToolError::NotReady { .. } => "not_ready",
            ToolError::ExecutionError { .. } => "failed",
        },
    }
}

impl Done {
    pub(crate) const fn refused(error: ToolError) -> Self {
        Self {
            output: ToolOutput::refused(error),
            then: AfterTool::GoOn,
        }
    }
}
