//! Why a call was not made, and what that means.

use domain::trouble::ProviderTrouble;
use std::time::Duration;

/// Why a call was not made. It never repeats the provider's text, the key or the offer. None of them
/// is tried again by itself: a repeated request can leave a second live call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreateCallError {
    /// The provider does not know the key.
    #[error("the provider does not accept the key (status {status}, code {code:?})")]
    Key {
        /// The HTTP status.
        status: u16,
        /// The provider's code, such as `invalid_api_key`.
        code: Option<String>,
    },
    /// The key may not use this, or there is no such model for it.
    #[error("the provider does not let us use this (status {status}, code {code:?})")]
    Access {
        /// The HTTP status.
        status: u16,
        /// The provider's code, such as `model_not_found`.
        code: Option<String>,
    },
    /// The provider does not take what we sent: a configuration to look at.
    #[error("the provider refused the call (status {status}, code {code:?})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The provider's code, such as `unknown_parameter`.
        code: Option<String>,
    },
    /// Too many requests; later it may work.
    #[error("the provider is rate limiting us")]
    RateLimited {
        /// When to try again, if told.
        retry_after: Option<Duration>,
    },
    /// The account is out of money; trying again does not help.
    #[error("the provider's account is out of quota")]
    Quota,
    /// The provider failed by itself. Whether there is a call is not known; one that nobody joins ends.
    #[error("the provider failed (status {status}, code {code:?})")]
    Failed {
        /// The HTTP status.
        status: u16,
        /// The provider's code, such as `server_error`.
        code: Option<String>,
    },
    /// There is a call, but the provider did not say which: it cannot be hung up or controlled.
    #[error("the provider made a call without saying which")]
    Uncontrollable,
    /// The answer is not what was asked for. If it came with a call, that was hung up.
    #[error("the provider's answer cannot be used")]
    BadAnswer,
    /// No answer in time. Whether there is a call is not known.
    #[error("the provider did not answer in time")]
    Timeout,
    /// No connection, or it broke.
    #[error("the provider cannot be reached")]
    Unreachable,
}

impl CreateCallError {
    /// The error of a refused request (realtime reference 1.8).
    pub(super) fn of(status: u16, code: Option<String>, retry_after: Option<Duration>) -> Self {
        match (status, code.as_deref()) {
            (_, Some("insufficient_quota")) => Self::Quota,
            (429, _) => Self::RateLimited { retry_after },
            (401, _) => Self::Key { status, code },
            (403, _) | (400 | 404, Some("model_not_found")) => Self::Access { status, code },
            // The first two are no fault of what we sent either.
            (408 | 409 | 500.., _) => Self::Failed { status, code },
            _ => Self::Refused { status, code },
        }
    }

    /// What it means for the person who wanted to talk.
    #[must_use]
    pub const fn trouble(&self) -> ProviderTrouble {
        match self {
            Self::Key { .. } => ProviderTrouble::Key,
            Self::Access { .. } => ProviderTrouble::Access,
            Self::Refused { .. } => ProviderTrouble::Setup,
            Self::RateLimited { .. } => ProviderTrouble::Busy,
            Self::Quota => ProviderTrouble::Quota,
            Self::Failed { .. } => ProviderTrouble::Failed,
            Self::Uncontrollable | Self::BadAnswer => ProviderTrouble::Unusable,
            Self::Timeout => ProviderTrouble::Silent,
            Self::Unreachable => ProviderTrouble::Unreachable,
        }
    }

    /// The provider's own code, if it said one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Key { code, .. }
            | Self::Access { code, .. }
            | Self::Refused { code, .. }
            | Self::Failed { code, .. } => code.as_deref(),
            Self::RateLimited { .. } => Some("rate_limit_exceeded"),
            Self::Quota => Some("insufficient_quota"),
            Self::Uncontrollable | Self::BadAnswer | Self::Timeout | Self::Unreachable => None,
        }
    }

    /// When to try again, if the provider said so.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } => *retry_after,
            _ => None,
        }
    }
}
