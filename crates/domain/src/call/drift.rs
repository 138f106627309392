//! Configuration drift: when it is put back, and when it ends the call. The product's rule, in one
//! place:
//!
//! | call | drift |
//! |---|---|
//! | sealed | hangs up: nobody but us can change the call |
//! | direct, first look | hangs up: the call does not show this session's tag, so it is not this session's |
//! | brokered and direct, of our page | put back; the third within [`WINDOW`] hangs up, and any of the transcription |
//! | brokered, of another client | put back; the third within [`WINDOW`] hangs up, but what it sends as it connects is expected: within [`SETTLING`] of the first look at the configuration it is put back and not counted, up to [`EXPECTED_AT_MOST`] times |
//!
//! Stock clients send their whole configuration once their data channel is open, and tracing after
//! it (realtime reference 9.3); each of the two shows a drift until ours is back.

use super::PinnedPart;
use crate::{Timestamp, session::ClientKind, workflow::ConnectionMode};
use std::{collections::VecDeque, time::Duration};

/// Three counted drifts within this span hang up.
pub(super) const WINDOW: Duration = Duration::from_secs(10);
const DRIFTS_TO_HANG_UP: usize = 3;
/// How long another client's updates count as its way of connecting.
pub(super) const SETTLING: Duration = Duration::from_secs(5);
/// More expected drifts than this are none: a stock client needs four at most.
pub(super) const EXPECTED_AT_MOST: u32 = 8;
/// How long another client has for its first update before the assistant speaks without it.
pub(super) const FIRST_UPDATE_PATIENCE: Duration = Duration::from_secs(1);

/// How a drift is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriftKind {
    /// Another client's own settings, sent as it connected.
    OnConnect,
    /// Somebody changed a call that had its settings.
    Counted,
}

impl DriftKind {
    /// The word for the audit trail.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnConnect => "on_connect",
            Self::Counted => "counted",
        }
    }
}

/// What is done about a drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    PutBack,
    HangUp,
}

/// Judges the drifts of one call.
#[derive(Debug)]
pub(super) struct DriftWatch {
    mode: ConnectionMode,
    client: ClientKind,
    /// When the configuration was first looked at.
    since: Option<Timestamp>,
    expected: u32,
    counted: VecDeque<Timestamp>,
    drifted: bool,
}

impl DriftWatch {
    pub(super) const fn new(mode: ConnectionMode, client: ClientKind) -> Self {
        Self {
            mode,
            client,
            since: None,
            expected: 0,
            counted: VecDeque::new(),
            drifted: false,
        }
    }

    /// The configuration is ours. When the assistant may speak at the earliest: another client's own
    /// update is on its way, and an answer begun before it would be cut off.
    pub(super) fn is_ours(&mut self, now: Timestamp) -> Option<Timestamp> {
        let since = *self.since.get_or_insert(now);
        match self.client {
            ClientKind::OurPage => None,
            ClientKind::Other => (!self.drifted).then(|| since + FIRST_UPDATE_PATIENCE),
        }
    }

    /// The configuration is not ours in those parts.
    pub(super) fn drifted(&mut self, parts: &[PinnedPart], now: Timestamp) -> (DriftKind, Verdict) {
        let since = *self.since.get_or_insert(now);
        self.drifted = true;
        let settling = now.since(since) <= SETTLING && self.expected < EXPECTED_AT_MOST;
        // Our page has no reason to, and what the person says would be on no screen.
        let deafens =
            self.client == ClientKind::OurPage && parts.contains(&PinnedPart::Transcription);
        match (self.mode, self.client) {
            (ConnectionMode::Sealed, ClientKind::OurPage | ClientKind::Other) => {
                (DriftKind::Counted, Verdict::HangUp)
            }
            _ if deafens => (DriftKind::Counted, Verdict::HangUp),
            (ConnectionMode::Brokered, ClientKind::Other) if settling => {
                self.expected += 1;
                (DriftKind::OnConnect, Verdict::PutBack)
            }
            (
                ConnectionMode::Brokered | ConnectionMode::Direct,
                ClientKind::OurPage | ClientKind::Other,
            ) => (DriftKind::Counted, self.count(now)),
        }
    }

    fn count(&mut self, now: Timestamp) -> Verdict {
        self.counted.retain(|at| now.since(*at) <= WINDOW);
        self.counted.push_back(now);
        if self.counted.len() >= DRIFTS_TO_HANG_UP {
            Verdict::HangUp
        } else {
            Verdict::PutBack
        }
    }
}

#[cfg(test)]
mod tests;
