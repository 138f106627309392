//! Who is signed in, where they work, and what needs them.

use crate::{Error, Notice, Service, access};
use domain::{
    IntakeId, Timestamp,
    person::{Membership, Principal},
};

/// The person's running session.
#[derive(Debug)]
pub struct Running {
    /// The intake it fills.
    pub intake: IntakeId,
    /// The workflow's name.
    pub workflow_name: String,
    /// When it must be over.
    pub deadline_at: Timestamp,
}

/// What the shell of every page shows.
#[derive(Debug)]
pub struct WhoAmI {
    /// All the places the person could work in.
    pub memberships: Vec<Membership>,
    /// Escalated intakes the person may read.
    pub needs_attention: u32,
    /// Their running session.
    pub running: Option<Running>,
    /// What stands behind the conversation.
    pub notice: Notice,
}

/// Reads what the shell shows.
///
/// # Errors
/// When the database fails.
pub async fn who_am_i(service: &Service, principal: &Principal) -> Result<WhoAmI, Error> {
    Ok(WhoAmI {
        memberships: service.store.memberships(&principal.user).await?,
        needs_attention: needs_attention(service, principal).await?,
        running: running(service, principal).await?,
        notice: service.settings.notice.clone(),
    })
}

async fn needs_attention(service: &Service, principal: &Principal) -> Result<u32, Error> {
    let Ok(membership) = access::membership(principal) else {
        return Ok(0);
    };
    let workspace = &membership.workspace;
    let reading = service.reading(principal).await?;
    let count = service
        .store
        .count_escalated(workspace, &reading.readable)
        .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

async fn running(service: &Service, principal: &Principal) -> Result<Option<Running>, Error> {
    let Ok(membership) = access::membership(principal) else {
        return Ok(None);
    };
    let workspace = &membership.workspace;
    let Some(session) = service
        .store
        .running_session(workspace, &principal.user)
        .await?
    else {
        return Ok(None);
    };
    let version = service.store.version(workspace, &session.version).await?;
    Ok(version.map(|version| Running {
        intake: session.intake,
        workflow_name: version.definition.name,
        deadline_at: session.deadline_at,
    }))
}
