//! `finish_intake`: refused while something is missing or unconfirmed and not waived.

use super::{Done, NoArguments, ToolRun, arguments, close};
use crate::Error;
use domain::{
    call::AfterTool,
    intake::{Outcome, Readiness},
    tool::{ToolError, ToolOutput},
};
use store::Tx;

pub(crate) async fn run(run: &ToolRun<'_>, tx: &mut Tx) -> Result<Done, Error> {
    if let Err(refused) = arguments::<NoArguments>(run.call) {
        return Ok(*refused);
    }
    let stored = tx
        .fields(&run.session.workspace, &run.session.intake)
        .await?;
    let fields = run
        .service
        .open_fields(&run.session.intake, &run.version.definition, &stored)?;
    let readiness = Readiness::of(&run.version.definition, &fields, &run.intake.waived);
    if !readiness.is_ready() {
        return Ok(Done::refused(ToolError::NotReady {
            missing: readiness.missing,
            unconfirmed: readiness.unconfirmed,
        }));
    }
    if close(run, tx, Outcome::Complete, None).await? {
        return Ok(Done {
            output: ToolOutput::done(),
            then: AfterTool::SayGoodbye,
        });
    }
    Ok(Done::refused(ToolError::ExecutionError {
        message: "The intake is already closed.".into(),
    }))
}
