//! The matrix: every action by every role, on one's own and on somebody else's, in every state.

mod matrix;
mod rules;

use super::*;
use domain::{
    LoginId, Timestamp, WorkspaceId, limits::SessionLimits, person::Membership,
    session::ClientKind, workflow::ConnectionMode,
};
use std::time::Duration;

/// A principal `u_me` with that role, or without a workspace.
fn person(role: Option<Role>) -> Principal {
    Principal {
        user: id("u_me"),
        name: "Ada".into(),
        login: LoginId::parse("l_1").unwrap(),
        membership: role.map(|role| Membership {
            workspace: WorkspaceId::parse("w_1").unwrap(),
            workspace_name: "Practice".into(),
            role,
        }),
        login_expires_at: Timestamp::from_micros(0),
    }
}

fn id(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

/// A start that nothing stands in the way of.
fn start() -> StartFacts {
    StartFacts {
        voice_enabled: true,
        consent: true,
        running_of_user: 0,
        running_of_workspace: 0,
        running_on_server: 0,
        stopped: false,
        intake_left: Duration::from_secs(600),
        allowance: None,
        proof_left: Duration::from_secs(600),
        limits: SessionLimits::default(),
        sealed_supported: true,
        direct_allowed: false,
        mode: ConnectionMode::Sealed,
        client: ClientKind::OurPage,
        open_to_other_clients: false,
    }
}

/// A decision in one word.
fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow(Sight::Full) => "yes",
        Decision::Allow(Sight::Masked) => "masked",
        Decision::Deny(refusal) => refusal.code(),
    }
}
