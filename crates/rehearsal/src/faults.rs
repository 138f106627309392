//! What can be made to go wrong on purpose, and how often. Each fault imitates something that was
//! seen at real providers.

use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Everything that is to go wrong from now on. The default is that nothing does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// So many attempts to attach a control link are answered 404.
    pub link_not_found: u32,
    /// So many control links are closed cleanly, `link_close_after_ms` after they were attached,
    /// while the call lives on.
    pub link_closes: u32,
    /// See `link_closes`.
    pub link_close_after_ms: u64,
    /// So many `session.update` events are refused.
    pub refuse_session_updates: u32,
    /// So many responses fail with `insufficient_quota`.
    pub quota_failures: u32,
    /// What goes wrong with the text of what the caller says.
    pub transcription: Option<TranscriptionFault>,
    /// What goes wrong with the next function calls.
    pub tool_call: Option<ToolCallFault>,
    /// How many function calls `tool_call` spoils; none means all.
    pub tool_calls: Option<u32>,
    /// Events of unknown types are sent, and known events carry unknown fields.
    pub strange_events: bool,
    /// The `Location` of a created call is not the plain path.
    pub location: Option<LocationFault>,
    /// The answer is sent as `text/plain`, as the real provider was seen to do.
    pub plain_text_answer: bool,
    /// Minting fails.
    pub mint: Option<HttpFault>,
    /// Creating a call fails.
    pub create: Option<HttpFault>,
    /// Creating a call takes this long.
    pub create_delay_ms: u64,
    /// Creating a call never answers.
    pub create_hangs: bool,
    /// So many requests to hang up are never answered, and hang up nothing.
    pub hangups_lost: u32,
    /// Requests to hang up are answered 200, and hang up nothing.
    pub hangups_ignored: bool,
    /// Offers without a data channel are refused.
    pub sealed_offers_refused: bool,
    /// A session update by the caller is applied, and shown to the caller only.
    pub updates_unseen: bool,
    /// Items that the caller adds are shown to the caller only.
    pub items_unseen: bool,
    /// Responses do not say what they used.
    pub usage_missing: bool,
    /// Calls that were made with a secret are not found when the API key wants to control them.
    pub secret_calls_refuse_key: bool,
    /// Calls created from now on are cut after so many milliseconds.
    pub max_session_ms: Option<u64>,
    /// As long as it stands, no datagram of any call comes in or goes out, as when a network is gone.
    pub media_lost: bool,
}

/// See [`Faults::transcription`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TranscriptionFault {
    /// It comes after the `response.done` of the answer.
    Late,
    /// It fails.
    Failed,
    /// That of the first turn comes after that of the second.
    OutOfOrder,
}

/// See [`Faults::tool_call`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolCallFault {
    /// The response is cancelled, after `response.function_call_arguments.done`.
    Cancelled,
    /// The arguments are not JSON.
    InvalidJson,
    /// The call is made twice in one response, with two call ids.
    Parallel,
}

/// See [`Faults::location`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LocationFault {
    /// An absolute URL.
    Absolute,
    /// None.
    Missing,
    /// With a query.
    WithQuery,
}

/// A refusal of so many requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpFault {
    /// 401, 429, 503 or any other.
    pub status: u16,
    /// How many requests get it.
    pub times: u32,
    /// The error's `code`, instead of the usual one of that status.
    #[serde(default)]
    pub code: Option<String>,
    /// `Retry-After`, in seconds.
    #[serde(default)]
    pub retry_after: Option<u32>,
}

/// The faults of one running provider, shared by everything that can go wrong.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedFaults(Arc<Mutex<Faults>>);

impl SharedFaults {
    pub(crate) fn new(faults: Faults) -> Self {
        Self(Arc::new(Mutex::new(faults)))
    }

    /// Replaces all of them.
    pub(crate) fn set(&self, faults: Faults) {
        *self.lock() = faults;
    }

    /// All of them, as they stand.
    pub(crate) fn now(&self) -> Faults {
        self.lock().clone()
    }

    /// Whether datagrams are lost now.
    pub(crate) fn media_is_lost(&self) -> bool {
        self.lock().media_lost
    }

    /// Uses up one of a counted fault.
    pub(crate) fn take(&self, count: impl FnOnce(&mut Faults) -> &mut u32) -> bool {
        let mut faults = self.lock();
        let left = count(&mut faults);
        let any = *left > 0;
        *left = left.saturating_sub(1);
        any
    }

    /// Uses up one of a refusal.
    pub(crate) fn take_http(
        &self,
        which: impl FnOnce(&mut Faults) -> &mut Option<HttpFault>,
    ) -> Option<HttpFault> {
        let mut faults = self.lock();
        let slot = which(&mut faults);
        let fault = slot.as_mut().filter(|fault| fault.times > 0)?;
        fault.times -= 1;
        Some(fault.clone())
    }

    /// Whether the next function call is spoiled, and how.
    pub(crate) fn take_tool_call(&self) -> Option<ToolCallFault> {
        let mut faults = self.lock();
        let fault = faults.tool_call?;
        match &mut faults.tool_calls {
            None => Some(fault),
            Some(0) => None,
            Some(left) => {
                *left -= 1;
                Some(fault)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Faults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
