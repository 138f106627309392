//! Signing in and out, and who one is.

#![expect(
    missing_docs,
    reason = "the server macro makes a field of each argument and cannot pass its doc on"
)]

use super::{ApiError, wire::Bare};
use domain::{IntakeId, Timestamp, WorkspaceId, person::Role};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A password on its way to the server. It cannot be printed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// Wraps what was typed.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// Hands it to the server side.
    #[must_use]
    pub fn into_private(self) -> domain::Private<String> {
        domain::Private::new(self.0)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("«redacted»")
    }
}

/// What the sign-in form sends.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// The email address.
    pub email: String,
    /// The password.
    pub password: Password,
    /// Where to go afterwards: a path on this server.
    #[serde(default)]
    pub next: Option<String>,
}

/// A workspace as it is shown in the shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceBadge {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// What the person is there.
    pub role: Role,
}

/// A running session of the person, for the pill in the shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningBadge {
    /// The intake it fills.
    pub intake: IntakeId,
    /// The workflow's name.
    pub workflow_name: String,
    /// When it must be over.
    pub deadline_at: Timestamp,
}

/// What stands behind the conversation, said plainly on the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderNotice {
    /// Whether the embedded rehearsal provider answers.
    pub rehearsal: bool,
    /// Whether words can be heard, or only turns detected.
    pub hears: bool,
    /// Whether it speaks aloud, or only in captions.
    pub speaks: bool,
    /// The sentence to show; none when there is nothing to say.
    pub sentence: Option<String>,
}

/// Who one is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The name.
    pub name: String,
    /// Where one works now.
    pub workspace: Option<WorkspaceBadge>,
    /// Where one could work.
    pub workspaces: Vec<WorkspaceBadge>,
    /// Escalated intakes one may read.
    pub needs_attention: u32,
    /// One's running session, if any.
    pub running: Option<RunningBadge>,
    /// What stands behind the conversation.
    pub provider: ProviderNotice,
}

/// Signs in. The answer and its time are the same for an unknown address and a wrong password.
#[server(endpoint = "account/sign_in")]
pub async fn sign_in(request: SignInRequest) -> Result<(), ApiError> {
    crate::ssr::account::sign_in(request).await
}

/// Signs out and ends the sign-in on the server.
#[server(endpoint = "account/sign_out")]
pub async fn sign_out() -> Result<(), ApiError> {
    crate::ssr::account::sign_out().await
}

/// Who is signed in; none when nobody is.
#[server(name = ReadMe, endpoint = "account/me", protocol = Bare)]
pub async fn me() -> Result<Option<Me>, ApiError> {
    crate::ssr::account::me().await
}

/// What `choose_workspace` takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChooseWorkspaceRequest {
    /// The workspace to work in.
    pub workspace: WorkspaceId,
}

/// Changes the workspace one works in.
#[server(endpoint = "account/choose_workspace")]
pub async fn choose_workspace(request: ChooseWorkspaceRequest) -> Result<(), ApiError> {
    crate::ssr::account::choose_workspace(request).await
}
