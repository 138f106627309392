//! Starting a session: everything that must hold besides the person's own rights.

use crate::{Refusal, Sight};
use domain::{
    limits::{Allowance, SHORTEST_TALK, SessionLimits},
    session::ClientKind,
    workflow::{ConnectionMode, VersionState},
};

use std::time::Duration;

/// What a start depends on.
#[derive(Debug, Clone, Copy)]
pub struct StartFacts {
    /// Whether the workspace may use voice (requirement A5).
    pub voice_enabled: bool,
    /// Whether the person on the call agreed to the disclosure.
    pub consent: bool,
    /// Sessions of this person that would run beside the new one. A session on the same intake is
    /// replaced by it and does not count.
    pub running_of_user: i64,
    /// Sessions of the workspace that would run beside the new one.
    pub running_of_workspace: i64,
    /// Sessions of the whole server that would run beside the new one.
    pub running_on_server: i64,
    /// Whether the operator has stopped all starts.
    pub stopped: bool,
    /// How much of the intake's talking time is left.
    pub intake_left: Duration,
    /// The allowance with the least talking left, if there is any.
    pub allowance: Option<Allowance>,
    /// How much talking is left until the person has to give their password again.
    pub proof_left: Duration,
    /// The limits in force.
    pub limits: SessionLimits,
    /// Whether the provider takes offers without a data channel.
    pub sealed_supported: bool,
    /// Whether the operator lets browsers make calls with a secret of the provider's.
    pub direct_allowed: bool,
    /// How the workflow wants the provider to be reached.
    pub mode: ConnectionMode,
    /// Which kind of client is to talk.
    pub client: ClientKind,
    /// Whether the workflow takes other clients than our page.
    pub open_to_other_clients: bool,
}

/// From what only a decision by somebody else can change to what passes by itself, so that the
/// sentence a person reads names what stands in the way longest.
pub(crate) fn may_start(
    open: bool,
    state: VersionState,
    start: &StartFacts,
) -> Result<Sight, Refusal> {
    if !open {
        return Err(Refusal::Closed);
    }
    match state {
        // An intake stays with its version: archived, it is not offered for new intakes, but this one goes on.
        VersionState::Published | VersionState::Archived => {}
        VersionState::Draft => return Err(Refusal::NotPublished),
    }
    if !start.voice_enabled {
        return Err(Refusal::VoiceOff);
    }
    match start.mode {
        ConnectionMode::Sealed if !start.sealed_supported => return Err(Refusal::ModeNotAllowed),
        ConnectionMode::Direct if !start.direct_allowed => return Err(Refusal::ModeNotAllowed),
        ConnectionMode::Sealed | ConnectionMode::Brokered | ConnectionMode::Direct => {}
    }
    match (start.client, start.mode) {
        (ClientKind::OurPage, _) => {}
        (ClientKind::Other, ConnectionMode::Brokered) if start.open_to_other_clients => {}
        (ClientKind::Other, _) => {
            return Err(Refusal::ClientNotAllowed);
        }
    }
    if start.stopped {
        return Err(Refusal::Stopped);
    }
    if start.intake_left < SHORTEST_TALK {
        return Err(Refusal::IntakeTimeUsed);
    }
    if let Some(allowance) = start.allowance
        && allowance.left < SHORTEST_TALK
    {
        return Err(Refusal::BudgetUsed {
            scope: allowance.scope,
        });
    }
    if !start.consent {
        return Err(Refusal::NoConsent);
    }
    if start.proof_left < SHORTEST_TALK {
        return Err(Refusal::ProveAgain);
    }
    if start.running_of_user >= i64::from(start.limits.live_per_user) {
        return Err(Refusal::TooManyOfUser {
            limit: start.limits.live_per_user,
        });
    }
    if start.running_of_workspace >= i64::from(start.limits.live_per_workspace) {
        return Err(Refusal::TooManyOfWorkspace {
            limit: start.limits.live_per_workspace,
        });
    }
    if start.running_on_server >= i64::from(start.limits.live_on_server) {
        return Err(Refusal::TooManyOnServer);
    }
    Ok(Sight::Full)
}
