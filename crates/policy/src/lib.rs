//! Who may do what: facts in, decision out. Pure and total; it loads nothing, changes nothing and
//! asks no clock. Facts about another workspace never get here: storage does not find them.

mod access;
mod decision;
pub mod leash;
mod start;

pub use access::{Reach, reach};
pub use decision::{Decision, Refusal, Sight};
pub use start::StartFacts;

use access::{act_on, drive, mine_or_supervised, read};
use domain::{
    UserId,
    person::{Principal, Role},
    workflow::{VersionState, WorkflowAccess},
};

/// An intake, as far as a decision needs it.
#[derive(Debug, Clone, Copy)]
pub struct IntakeFacts<'a> {
    /// Who may do what with its workflow.
    pub access: &'a WorkflowAccess,
    /// Who opened it.
    pub opened_by: &'a UserId,
    /// Whether it has no outcome yet.
    pub open: bool,
}

/// What somebody wants to do, with the facts the decision needs.
#[derive(Debug, Clone, Copy)]
pub enum Action<'a> {
    /// See the workspace: its name and its workflows.
    SeeWorkspace,
    /// Open a new intake of a workflow.
    RunWorkflow {
        /// Who may do what with the workflow.
        access: &'a WorkflowAccess,
        /// Where the version stands.
        state: VersionState,
    },
    /// List a workflow's intakes. Which of them is [`reach`].
    ListIntakes {
        /// Who may do what with the workflow.
        access: &'a WorkflowAccess,
    },
    /// Read an intake: its fields, history and events.
    ReadIntake(IntakeFacts<'a>),
    /// Edit, waive or clear a field by hand.
    EditIntake(IntakeFacts<'a>),
    /// Give the intake its outcome.
    CloseIntake(IntakeFacts<'a>),
    /// Open an abandoned intake again. That it is abandoned is the caller's to check.
    ReopenIntake(IntakeFacts<'a>),
    /// Copy the intake's values out of the product.
    ExportIntake(IntakeFacts<'a>),
    /// Start a session on an intake.
    StartSession {
        /// The intake.
        intake: IntakeFacts<'a>,
        /// Where the version stands that the intake is pinned to.
        state: VersionState,
        /// What else the start depends on.
        start: &'a StartFacts,
    },
    /// Act as the person on the call: connect, mute, type, finish.
    DriveSession {
        /// Who started the session.
        started_by: &'a UserId,
    },
    /// See what runs in the workspace and what went wrong. Which sessions is for [`Action::StopSession`].
    Supervise,
    /// Stop a session, one's own or somebody else's.
    StopSession {
        /// Who started the session.
        started_by: &'a UserId,
        /// Who may do what with its workflow.
        access: &'a WorkflowAccess,
    },
}

/// Decides.
#[must_use]
pub fn decide(principal: &Principal, action: &Action<'_>) -> Decision {
    let Some(membership) = &principal.membership else {
        return Decision::Deny(Refusal::NoWorkspace);
    };
    let role = membership.role;
    let user = &principal.user;
    match consider(role, user, action) {
        Ok(sight) => Decision::Allow(sight),
        Err(refusal) => Decision::Deny(refusal),
    }
}

fn consider(role: Role, user: &UserId, action: &Action<'_>) -> Result<Sight, Refusal> {
    match action {
        Action::SeeWorkspace => Ok(if role == Role::Analyst {
            Sight::Masked
        } else {
            Sight::Full
        }),
        Action::RunWorkflow { access, state } => {
            access::run(role, access)?;
            match state {
                VersionState::Published => Ok(Sight::Full),
                VersionState::Draft | VersionState::Archived => Err(Refusal::NotPublished),
            }
        }
        Action::ListIntakes { access } => match access::reach_of(role, access) {
            Reach::Mine | Reach::All => Ok(Sight::Full),
            Reach::AllMasked => Ok(Sight::Masked),
            Reach::None => Err(Refusal::Role),
        },
        Action::ReadIntake(intake) => read(role, user, intake),
        Action::EditIntake(intake) | Action::CloseIntake(intake) => {
            act_on(role, user, intake)?;
            if intake.open {
                Ok(Sight::Full)
            } else {
                Err(Refusal::Closed)
            }
        }
        Action::ReopenIntake(intake) => act_on(role, user, intake),
        Action::ExportIntake(intake) => match read(role, user, intake)? {
            Sight::Full => Ok(Sight::Full),
            // A masked copy would still leave the product, with nobody there to answer for it.
            Sight::Masked => Err(Refusal::Role),
        },
        Action::StartSession {
            intake,
            state,
            start,
        } => {
            access::run(role, intake.access)?;
            act_on(role, user, intake)?;
            start::may_start(intake.open, *state, start)
        }
        Action::Supervise => match role {
            Role::Admin | Role::Supervisor => Ok(Sight::Full),
            Role::Staff | Role::Analyst => Err(Refusal::Role),
        },
        Action::DriveSession { started_by } => drive(role, user, started_by),
        Action::StopSession { started_by, access } => {
            mine_or_supervised(role, user, started_by, access)
        }
    }
}

#[cfg(test)]
mod tests;
