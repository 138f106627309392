//! The workflows of a workspace.

use crate::{Error, Service, access};
use domain::{person::Principal, workflow::WorkflowVersion};
use policy::Action;

/// A published version, and whether the person may run it.
#[derive(Debug)]
pub struct Listed {
    /// The version.
    pub version: WorkflowVersion,
    /// Whether the person may run it.
    pub may_run: bool,
}

/// The published workflows, by name.
///
/// # Errors
/// `Refused` without a workspace.
pub async fn list_workflows(
    service: &Service,
    principal: &Principal,
) -> Result<Vec<Listed>, Error> {
    access::decide(principal, &Action::SeeWorkspace)?;
    let workspace = &access::membership(principal)?.workspace;
    let published = service.store.published(workspace).await?;
    let listed = published.into_iter().map(|version| {
        let may_run = access::may(
            principal,
            &Action::RunWorkflow {
                access: &version.access,
                state: version.state,
            },
        );
        Listed { version, may_run }
    });
    Ok(listed.collect())
}
