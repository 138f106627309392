//! `escalate`: a person has to take over.

use super::{Done, ToolRun, arguments, close};
use crate::{Error, close_intake};
use domain::{
    Private,
    call::AfterTool,
    intake::Outcome,
    tool::{ToolError, ToolOutput},
};
use serde::Deserialize;
use store::Tx;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    reason: Private<String>,
}

pub(crate) async fn run(run: &ToolRun<'_>, tx: &mut Tx) -> Result<Done, Error> {
    let arguments: Arguments = match arguments(run.call) {
        Ok(arguments) => arguments,
        Err(refused) => return Ok(*refused),
    };
    let Ok(reason) = close_intake::checked(&arguments.reason) else {
        return Ok(Done::refused(ToolError::ValidationError {
            message: "Give a short reason.".into(),
        }));
    };
    let reason = run.service.reason_at_rest(&run.session.intake, &reason)?;
    if close(run, tx, Outcome::Escalated, Some(&reason)).await? {
        return Ok(Done {
            output: ToolOutput::done(),
            then: AfterTool::SayGoodbye,
        });
    }
    Ok(Done::refused(ToolError::ExecutionError {
        message: "The intake is already closed.".into(),
    }))
}
