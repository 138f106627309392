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
    /// How long a call may be without a control link.
    pub control_grace: Duration,
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
            control_grace: Duration::from_secs(15),
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
