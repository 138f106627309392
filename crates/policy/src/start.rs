//! Starting a session: everything that must hold besides the person's own rights.

use crate::{Refusal, Sight};
use domain::{
    limits::SessionLimits,
    session::ClientKind,
    workflow::{ConnectionMode, VersionState},
};

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
    /// The limits in force.
    pub limits: SessionLimits,
    /// Whether the provider takes offers without a data channel.
    pub sealed_supported: bool,
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
        ConnectionMode::Sealed | ConnectionMode::Brokered => {}
    }
    match (start.client, start.mode) {
        (ClientKind::OurPage, ConnectionMode::Sealed | ConnectionMode::Brokered) => {}
        (ClientKind::Other, ConnectionMode::Brokered) if start.open_to_other_clients => {}
        (ClientKind::Other, ConnectionMode::Sealed | ConnectionMode::Brokered) => {
            return Err(Refusal::ClientNotAllowed);
        }
    }
    if !start.consent {
        return Err(Refusal::NoConsent);
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
    Ok(Sight::Full)
}
