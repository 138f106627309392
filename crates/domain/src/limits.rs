//! Limits: how much, how often, how long. One place, with the hard bounds.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A rate: this many in this span, refilled evenly (GCRA).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// How many at once.
    pub burst: u32,
    /// The span in which `burst` are given back.
    pub per: Duration,
}

impl Rate {
    /// The span one use costs.
    #[must_use]
    pub fn cost(self) -> Duration {
        self.per / self.burst.max(1)
    }
}

/// Whose talking a monthly allowance bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowanceScope {
    /// Everybody's in a workspace.
    Workspace,
    /// One member's.
    User,
    /// That by one workflow.
    Workflow,
}

impl AllowanceScope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Workspace, Self::User, Self::Workflow];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::User => "user",
            Self::Workflow => "workflow",
        }
    }

    /// The scope of that stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }
}

/// What is left of an allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Whose.
    pub scope: AllowanceScope,
    /// How much talking is left of it.
    pub left: Duration,
}

/// A session is not worth starting for less talking than this.
pub const SHORTEST_TALK: Duration = Duration::from_secs(10);

/// A secret's life in seconds, bounded by the provider's own limits (requirement A11).
pub const SECRET_SECONDS: std::ops::RangeInclusive<u64> = 10..=7200;

/// The longest a session may be, whatever a workflow says: the provider cuts at 60 minutes.
pub const MAX_SESSION: Duration = Duration::from_secs(55 * 60);

/// What a session may use, as configured by the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Session starts per user (requirement A35).
    pub starts_per_user: Rate,
    /// Live sessions per user.
    pub live_per_user: u32,
    /// Live sessions per workspace.
    pub live_per_workspace: u32,
    /// How long our secret lives.
    pub secret_life: Duration,
    /// How long a page may be silent before its session ends as `tab_lost`.
    pub heartbeat_grace: Duration,
    /// Live sessions of the whole server, of all its processes.
    pub live_on_server: u32,
    /// Requests of one session, tool calls among them (requirement A36).
    pub requests: Rate,
    /// How long a call may be without a control link.
    pub control_grace: Duration,
    /// How long a page has to name a call that it makes itself, minting the secret included.
    pub report_grace: Duration,
    /// How long a process may drive a call without saying again that it is alive. After that another
    /// one takes over.
    pub lease: Duration,
    /// After so long without a word of the person the assistant asks whether they are still there; after
    /// as long again the session ends as idle.
    pub idle: Duration,
    /// How long a pause may last before the session ends as idle.
    pub pause: Duration,
    /// After so much talking a person gives their password again.
    pub prove_again: Duration,
    /// How long they have for that while the conversation waits.
    pub prove_grace: Duration,
    /// How long an intake without a session stays open.
    pub open_intake: Duration,
    /// Overrides every workflow's maximum when shorter; for tests and trials.
    pub session_ceiling: Duration,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            starts_per_user: Rate {
                burst: 10,
                per: Duration::from_secs(15 * 60),
            },
            live_per_user: 1,
            live_per_workspace: 20,
            secret_life: Duration::from_secs(60),
            heartbeat_grace: Duration::from_secs(20),
            live_on_server: 200,
            requests: Rate {
                burst: 100,
                per: Duration::from_secs(60),
            },
            control_grace: Duration::from_secs(15),
            report_grace: Duration::from_secs(35),
            lease: Duration::from_secs(6),
            idle: Duration::from_secs(60),
            pause: Duration::from_secs(10 * 60),
            prove_again: Duration::from_secs(60 * 60),
            prove_grace: Duration::from_secs(5 * 60),
            open_intake: Duration::from_secs(30 * 60),
            session_ceiling: MAX_SESSION,
        }
    }
}

/// What signing in may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInLimits {
    /// Attempts per account.
    pub per_account: Rate,
    /// Attempts per network address.
    pub per_address: Rate,
    /// A sign-in without activity ends after this.
    pub idle: Duration,
    /// A sign-in ends after this, whatever happens.
    pub absolute: Duration,
}

impl Default for SignInLimits {
    fn default() -> Self {
        Self {
            per_account: Rate {
                burst: 10,
                per: Duration::from_secs(10 * 60),
            },
            per_address: Rate {
                burst: 30,
                per: Duration::from_secs(10 * 60),
            },
            idle: Duration::from_secs(30 * 60),
            absolute: Duration::from_secs(12 * 3600),
        }
    }
}
