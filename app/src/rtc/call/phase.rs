//! Where the call of this page stands, and why it ended.

use domain::session::EndReason;

/// Where the call stands on this page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum CallPhase {
    /// There is none.
    #[default]
    Idle,
    /// The microphone is being tried.
    Preparing,
    /// It is being made.
    Connecting,
    /// Sound goes both ways.
    Live,
    /// Sound is interrupted, so shortly that most such interruptions pass unnoticed.
    Unsteady,
    /// Sound is interrupted for longer, and may still come back.
    Interrupted,
    /// It is over.
    Ended(CallEnd),
}

impl CallPhase {
    /// The word that the page's ledger has for it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Preparing => "preparing",
            Self::Connecting => "connecting",
            Self::Live | Self::Unsteady | Self::Interrupted => "live",
            Self::Ended(_) => "ended",
        }
    }

    /// Whether there is a call, or one is being made.
    pub(crate) const fn is_running(self) -> bool {
        matches!(self, Self::Connecting) || self.is_made()
    }

    /// Whether there is a call, with or without sound at the moment.
    pub(crate) const fn is_made(self) -> bool {
        matches!(self, Self::Live | Self::Unsteady | Self::Interrupted)
    }
}

/// Why the call is over, as far as this page knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallEnd {
    /// The server said why.
    Server(EndReason),
    /// The server only said that it is over.
    Over,
    /// The person pressed Stop.
    Stopped,
    /// The connection broke.
    Lost,
    /// It never came about; the sentence is in [`super::CallHandle::problem_on`].
    NotMade,
}
