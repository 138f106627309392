//! Sessions: one attempt to talk, from the issued secret to exactly one end reason.

use crate::{
    IntakeId, LoginId, ProviderCallId, SessionId, Timestamp, UserId, VersionId, WorkflowId,
    WorkspaceId,
    person::Role,
    workflow::{ConnectionMode, WorkflowAccess},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Why a session ended. It has exactly one (promise 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The model finished or escalated the intake and said goodbye.
    Finished,
    /// A member of staff ended it.
    StaffEnded,
    /// The page went away.
    TabLost,
    /// Nobody spoke.
    Idle,
    /// The session's own deadline.
    Deadline,
    /// The budget was used up.
    Budget,
    /// Stopped by an admin or supervisor, or the sign-in or membership is gone.
    Revoked,
    /// Policy ended it.
    Policy,
    /// The call's configuration or items were tampered with.
    Tampered,
    /// The provider failed or refused.
    ProviderFailed,
    /// The control link was lost for too long.
    ControlLost,
    /// The server stopped.
    ServerDrained,
}

impl EndReason {
    /// Every reason.
    pub const ALL: [Self; 12] = [
        Self::Finished,
        Self::StaffEnded,
        Self::TabLost,
        Self::Idle,
        Self::Deadline,
        Self::Budget,
        Self::Revoked,
        Self::Policy,
        Self::Tampered,
        Self::ProviderFailed,
        Self::ControlLost,
        Self::ServerDrained,
    ];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::StaffEnded => "staff_ended",
            Self::TabLost => "tab_lost",
            Self::Idle => "idle",
            Self::Deadline => "deadline",
            Self::Budget => "budget",
            Self::Revoked => "revoked",
            Self::Policy => "policy",
            Self::Tampered => "tampered",
            Self::ProviderFailed => "provider_failed",
            Self::ControlLost => "control_lost",
            Self::ServerDrained => "server_drained",
        }
    }

    /// The reason of that stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", content = "reason", rename_all = "snake_case")]
pub enum SessionState {
    /// The secret is issued and unused.
    Starting,
    /// The secret is used; the call is being made or its control link attached.
    Connecting,
    /// The control link verified the call's configuration.
    Live,
    /// Over.
    Ended(EndReason),
}

impl SessionState {
    /// The stored word; the reason is stored beside it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Ended(_) => "ended",
        }
    }

    /// The state of the stored words. None when they do not make sense together.
    #[must_use]
    pub fn parse(word: &str, reason: Option<&str>) -> Option<Self> {
        match (word, reason) {
            ("starting", None) => Some(Self::Starting),
            ("connecting", None) => Some(Self::Connecting),
            ("live", None) => Some(Self::Live),
            ("ended", Some(reason)) => EndReason::parse(reason).map(Self::Ended),
            _ => None,
        }
    }

    /// Whether it still counts as running.
    #[must_use]
    pub const fn is_running(self) -> bool {
        !matches!(self, Self::Ended(_))
    }
}

/// Which kind of client a session was started for, and so what it is held to besides its sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientKind {
    /// Our page: its secret is bound to the page's DTLS certificate, and its heartbeat keeps the
    /// session alive.
    OurPage,
    /// Another client of the provider's protocol, in a workflow that is open to such: its secret is
    /// bound to no certificate, and no heartbeat is expected.
    Other,
}

impl ClientKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::OurPage, Self::Other];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OurPage => "our_page",
            Self::Other => "other",
        }
    }

    /// The kind of that stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What a session may do (requirement A14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Grant {
    /// Send audio.
    #[serde(rename = "audio:send")]
    AudioSend,
    /// Receive audio.
    #[serde(rename = "audio:receive")]
    AudioReceive,
    /// Have the model's tool calls run.
    #[serde(rename = "tools:call")]
    ToolsCall,
}

impl Grant {
    /// What an ordinary session gets.
    pub const FULL: [Self; 3] = [Self::AudioSend, Self::AudioReceive, Self::ToolsCall];
}

/// A session, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, unguessable.
    pub id: SessionId,
    /// Where it belongs.
    pub workspace: WorkspaceId,
    /// The intake it fills.
    pub intake: IntakeId,
    /// The workflow.
    pub workflow: WorkflowId,
    /// The version it is pinned to.
    pub version: VersionId,
    /// Who started it.
    pub user: UserId,
    /// The sign-in that started it; the secret dies with it.
    pub login: LoginId,
    /// Where it stands.
    pub state: SessionState,
    /// How the browser reaches the provider.
    pub mode: ConnectionMode,
    /// Which kind of client it was started for.
    pub client: ClientKind,
    /// Hex SHA-256 of the configuration the call is made with.
    pub config_hash: String,
    /// What it may do.
    pub grants: Vec<Grant>,
    /// The provider profile it uses.
    pub profile: String,
    /// The provider's call, once it exists.
    pub call: Option<ProviderCallId>,
    /// Whether that call still has to be hung up.
    pub hangup_pending: bool,
    /// When it was started.
    pub started_at: Timestamp,
    /// When the control link verified the call.
    pub live_at: Option<Timestamp>,
    /// When it must be over.
    pub deadline_at: Timestamp,
    /// When the page was last heard of; the start, for another client.
    pub seen_at: Timestamp,
    /// When its secret was used. Talking is counted from here.
    pub connected_at: Option<Timestamp>,
    /// How much talking was reserved for it. Less than up to the deadline when a budget is nearly used up.
    pub reserved: Duration,
    /// When the person was last heard of in the conversation.
    pub spoken_at: Option<Timestamp>,
    /// Since when both sides are silenced, if they are.
    pub paused_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Session {
    /// When what was reserved for it is used up, once it is connected. None where its deadline comes
    /// first: that is then the one reason to end it, also for a process that is late for both.
    #[must_use]
    pub fn reserved_until(&self) -> Option<Timestamp> {
        self.connected_at
            .map(|at| at + self.reserved)
            .filter(|at| *at < self.deadline_at)
    }
}

/// The right to drive a session's call: a number that grows each time another process takes it. What is
/// done under an older one is refused by the rows (fencing).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease(i64);

impl Lease {
    /// The lease of that number.
    #[must_use]
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}

/// How a running session stands: all that decides whether it may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The session.
    pub session: SessionId,
    /// Where it stands.
    pub state: SessionState,
    /// How the browser reaches the provider.
    pub mode: ConnectionMode,
    /// Which kind of client talks.
    pub client: ClientKind,
    /// When it was started.
    pub started_at: Timestamp,
    /// When the page was last heard of.
    pub seen_at: Timestamp,
    /// When it must be over.
    pub deadline_at: Timestamp,
    /// When what was reserved for it is used up.
    pub reserved_until: Option<Timestamp>,
    /// Whether its sign-in is still good and its person still may sign in.
    pub signed_in: bool,
    /// What its person is in its workspace; none when they have left.
    pub role: Option<Role>,
    /// Who may do what with its workflow.
    pub access: WorkflowAccess,
    /// Whether its workspace may use voice.
    pub voice_enabled: bool,
    /// Whether its call is known.
    pub has_call: bool,
    /// How long nobody has driven it, by the database's clock. None while somebody does, or need not.
    pub undriven: Option<Duration>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    /// Started at 0 for 60 seconds, connected at 2.
    fn session(reserved: u64) -> Session {
        Session {
            id: SessionId::parse("vs_1").unwrap(),
            workspace: WorkspaceId::parse("w").unwrap(),
            intake: IntakeId::parse("i").unwrap(),
            workflow: WorkflowId::parse("f").unwrap(),
            version: VersionId::parse("v").unwrap(),
            user: UserId::parse("u").unwrap(),
            login: LoginId::parse("l").unwrap(),
            state: SessionState::Live,
            mode: ConnectionMode::Sealed,
            client: ClientKind::OurPage,
            config_hash: String::new(),
            grants: Vec::new(),
            profile: String::new(),
            call: None,
            hangup_pending: false,
            started_at: at(0),
            live_at: None,
            deadline_at: at(60),
            seen_at: at(0),
            connected_at: Some(at(2)),
            reserved: Duration::from_secs(reserved),
            spoken_at: None,
            paused_at: None,
            ended_at: None,
        }
    }

    #[test]
    fn what_is_reserved_ends_a_session_only_where_its_deadline_does_not() {
        assert_eq!(session(57).reserved_until(), Some(at(59)));
        assert_eq!(session(58).reserved_until(), None);
        assert_eq!(session(60).reserved_until(), None);
        let waiting = Session {
            connected_at: None,
            ..session(10)
        };
        assert_eq!(waiting.reserved_until(), None);
    }
}
