//! What the audit trail can say (promise 8). Append-only; details hold ids and words of ours only.

use crate::{AuditId, IntakeId, SessionId, Timestamp, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    /// A sign-in succeeded.
    SignedIn,
    /// A sign-in was refused.
    SignInRefused,
    /// A sign-out.
    SignedOut,
    /// The operator made a user.
    UserCreated,
    /// The operator set a new password.
    PasswordReset,
    /// The operator had a provider checked.
    ProviderChecked,
    /// An intake was opened.
    IntakeOpened,
    /// A person agreed to the disclosure.
    ConsentRecorded,
    /// A session was started and its secret issued.
    SessionStarted,
    /// A session start was refused.
    SessionRefused,
    /// The secret was used to connect.
    SecretUsed,
    /// A secret was refused.
    SecretRefused,
    /// A secret's time was over before anybody used it.
    SecretExpired,
    /// A secret died unused with its session.
    SecretRevoked,
    /// The provider's call was created.
    CallConnected,
    /// The control link verified the call.
    CallLive,
    /// The provider refused the call, or failed it.
    ProviderFailed,
    /// Another process drives the call now.
    CallTakenOver,
    /// Somebody works against a session.
    IncidentFound,
    /// A person gave their password again to go on talking.
    PasswordProved,
    /// Somebody stopped running sessions: of a person, of a workspace or of the server.
    SessionsStopped,
    /// The operator let sessions start again.
    StartsAllowed,
    /// The operator set how much may be talked in a month.
    AllowanceSet,
    /// The call's configuration was not ours.
    DriftFound,
    /// Somebody else answered a tool call; such answers are taken out.
    AnswerRemoved,
    /// A tool ran.
    ToolRan,
    /// A tool was refused.
    ToolRefused,
    /// A field was edited by hand.
    FieldEdited,
    /// A field was waived.
    FieldWaived,
    /// Staff silenced both sides of a conversation.
    SessionPaused,
    /// A paused conversation went on.
    SessionResumed,
    /// A session ended.
    SessionEnded,
    /// The provider's call was hung up.
    CallHungUp,
    /// An intake got its outcome.
    IntakeClosed,
    /// An abandoned intake was opened again.
    IntakeReopened,
    /// Data of an intake left the product (copied out as JSON).
    IntakeExported,
}

impl AuditAction {
    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|v| v.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// The action of that stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A signed-in person.
    User(UserId),
    /// The model, through a tool call.
    Model,
    /// This server by itself: deadline, watchdog, restart.
    Server,
    /// The operator at the command line.
    Operator,
    /// Nobody known: a refused sign-in, a forged secret.
    Unknown,
}

/// One line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// In which workspace; none for what belongs to no workspace.
    pub workspace: Option<WorkspaceId>,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: AuditAction,
    /// On which intake.
    pub intake: Option<IntakeId>,
    /// In which session.
    pub session: Option<SessionId>,
    /// Short facts of ours: reasons, keys, modes. Never values, words, secrets or addresses in clear.
    pub details: BTreeMap<String, String>,
}
