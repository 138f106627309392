//! What a role and a relation to the thing give: reading, acting, driving, stopping.
//!
//! An analyst only ever reads, whatever a workflow's lists say.

use crate::{IntakeFacts, Refusal, Sight};
use domain::{
    UserId,
    person::{Principal, Role},
    workflow::WorkflowAccess,
};

/// Which intakes of a workflow a person lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those they opened.
    Mine,
    /// Everybody's.
    All,
    /// Everybody's, without values.
    AllMasked,
    /// None.
    None,
}

/// Which intakes of that workflow this person lists.
#[must_use]
pub fn reach(principal: &Principal, access: &WorkflowAccess) -> Reach {
    principal
        .membership
        .as_ref()
        .map_or(Reach::None, |membership| reach_of(membership.role, access))
}

pub(crate) fn reach_of(role: Role, access: &WorkflowAccess) -> Reach {
    match role {
        Role::Analyst if access.read.contains(&role) => Reach::AllMasked,
        Role::Analyst => Reach::None,
        Role::Admin | Role::Supervisor | Role::Staff => {
            if access.supervise.contains(&role) {
                Reach::All
            } else if access.run.contains(&role) || access.read.contains(&role) {
                Reach::Mine
            } else {
                Reach::None
            }
        }
    }
}

/// Whether the role may run the workflow.
pub(crate) fn run(role: Role, access: &WorkflowAccess) -> Result<(), Refusal> {
    match role {
        Role::Analyst => Err(Refusal::Role),
        Role::Admin | Role::Supervisor | Role::Staff => access
            .run
            .contains(&role)
            .then_some(())
            .ok_or(Refusal::Role),
    }
}

/// Reading an intake.
pub(crate) fn read(role: Role, user: &UserId, intake: &IntakeFacts<'_>) -> Result<Sight, Refusal> {
    match reach_of(role, intake.access) {
        Reach::All => Ok(Sight::Full),
        Reach::AllMasked => Ok(Sight::Masked),
        Reach::Mine if intake.opened_by == user => Ok(Sight::Full),
        Reach::Mine => Err(Refusal::NotYours),
        Reach::None => Err(Refusal::Role),
    }
}

/// Changing an intake: one's own by those who run the workflow, anybody's by those who supervise it.
pub(crate) fn act_on(
    role: Role,
    user: &UserId,
    intake: &IntakeFacts<'_>,
) -> Result<Sight, Refusal> {
    match reach_of(role, intake.access) {
        Reach::All => Ok(Sight::Full),
        Reach::AllMasked | Reach::None => Err(Refusal::Role),
        Reach::Mine => {
            run(role, intake.access)?;
            if intake.opened_by == user {
                Ok(Sight::Full)
            } else {
                Err(Refusal::NotYours)
            }
        }
    }
}

/// Being the person on the call: nobody else, not even an admin, speaks in somebody's session.
pub(crate) fn drive(role: Role, user: &UserId, started_by: &UserId) -> Result<Sight, Refusal> {
    match role {
        Role::Analyst => Err(Refusal::Role),
        Role::Admin | Role::Supervisor | Role::Staff if started_by == user => Ok(Sight::Full),
        Role::Admin | Role::Supervisor | Role::Staff => Err(Refusal::NotYours),
    }
}

/// Stopping a session: one's own, or anybody's for those who supervise the workflow.
pub(crate) fn mine_or_supervised(
    role: Role,
    user: &UserId,
    started_by: &UserId,
    access: &WorkflowAccess,
) -> Result<Sight, Refusal> {
    match drive(role, user, started_by) {
        Err(Refusal::NotYours) if access.supervise.contains(&role) => Ok(Sight::Full),
        decided => decided,
    }
}
