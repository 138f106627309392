//! What happened at this provider: every call ever made and every request ever received. It is
//! how a test of somebody else's crash finds out whether a call was left running.

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Calls that are remembered at most.
const MOST_CALLS: usize = 10_000;

/// Why a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallEnd {
    /// Somebody posted `hangup`.
    HungUp,
    /// The caller closed the connection.
    PeerClosed,
    /// The caller was not heard from any more.
    PeerLost,
    /// The caller never came.
    NeverConnected,
    /// The call reached its longest time.
    SessionExpired,
    /// The provider was stopped.
    ProviderStopped,
}

/// Tokens used by a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CallUsage {
    /// Responses that were made.
    pub responses: u64,
    /// Input tokens, cached ones included.
    pub input_tokens: u64,
    /// The cached part of the input.
    pub cached_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallRecord {
    /// The `rtc_` id.
    pub id: String,
    /// When it was created, in milliseconds since 1970.
    pub created_at_ms: i64,
    /// When media began to flow.
    pub connected_at_ms: Option<i64>,
    /// When it ended.
    pub ended_at_ms: Option<i64>,
    /// Why it ended.
    pub ended_why: Option<CallEnd>,
    /// Whether it still runs.
    pub running: bool,
    /// Events that were sent, by type.
    pub events_sent: BTreeMap<String, u64>,
    /// Events that were received, by type.
    pub events_received: BTreeMap<String, u64>,
    /// How often a control link was attached.
    pub links_attached: u64,
    /// Whether the caller's offer had a data channel.
    pub data_channel: bool,
    /// Tokens.
    pub usage: CallUsage,
    /// The `OpenAI-Safety-Identifier` that came with the call or with its secret.
    pub safety_identifier: Option<String>,
    /// What made the call: an API key or a secret.
    pub authorization: &'static str,
    /// The session configuration as it was given.
    pub session_given: Value,
    /// The configuration that holds now.
    pub session_now: Value,
}

/// Everything that happened.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LedgerReport {
    /// All calls, oldest first.
    pub calls: Vec<CallRecord>,
    /// Requests by endpoint, then by the kind of authorization: `api_key`, `secret`, `wrong`,
    /// `none`.
    pub requests: BTreeMap<String, BTreeMap<String, u64>>,
}

impl LedgerReport {
    /// The calls that still run.
    pub fn running(&self) -> impl Iterator<Item = &CallRecord> {
        self.calls.iter().filter(|call| call.running)
    }

    /// How many requests an endpoint got, whatever their authorization.
    pub fn requests_to(&self, endpoint: &str) -> u64 {
        self.requests
            .get(endpoint)
            .map_or(0, |kinds| kinds.values().sum())
    }
}

/// The ledger of one running provider.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<LedgerReport>>);

impl Ledger {
    pub(crate) fn report(&self) -> LedgerReport {
        self.lock().clone()
    }

    pub(crate) fn request(&self, endpoint: &str, authorization: &str) {
        let mut report = self.lock();
        let kinds = report.requests.entry(endpoint.to_owned()).or_default();
        *kinds.entry(authorization.to_owned()).or_default() += 1;
    }

    /// Begins a record. The oldest ended calls make room when there are very many.
    pub(crate) fn open(&self, call: CallRecord) {
        let mut report = self.lock();
        if report.calls.len() >= MOST_CALLS
            && let Some(oldest) = report.calls.iter().position(|call| !call.running)
        {
            report.calls.remove(oldest);
        }
        report.calls.push(call);
    }

    /// Takes back a call that was not admitted after all.
    pub(crate) fn strike(&self, id: &str) {
        self.lock().calls.retain(|call| call.id != id);
    }

    /// Changes the record of one call.
    pub(crate) fn note(&self, id: &str, change: impl FnOnce(&mut CallRecord)) {
        // The newest call is the likeliest, so look from the end.
        if let Some(call) = self
            .lock()
            .calls
            .iter_mut()
            .rev()
            .find(|call| call.id == id)
        {
            change(call);
        }
    }

    fn lock(&self) -> MutexGuard<'_, LedgerReport> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
