//! What happened on an intake, from the audit trail: who, when, what; never values.

use crate::{Error, Service, access};
use domain::{IntakeId, UserId, audit::AuditEntry, person::Principal};
use std::collections::BTreeMap;

/// The audit lines of an intake, oldest first, and the names in them.
#[derive(Debug)]
pub struct Timeline {
    /// The lines.
    pub entries: Vec<AuditEntry>,
    /// Names of the people in them.
    pub names: BTreeMap<UserId, String>,
}

/// Reads the timeline.
///
/// # Errors
/// `NotFound` when the person may not read the intake.
pub async fn intake_timeline(
    service: &Service,
    principal: &Principal,
    id: &IntakeId,
) -> Result<Timeline, Error> {
    service.find_intake(principal, id).await?;
    let workspace = &access::membership(principal)?.workspace;
    let entries = service.store.audit_of_intake(workspace, id).await?;
    let names = service.names_in(workspace).await?;
    Ok(Timeline { entries, names })
}
