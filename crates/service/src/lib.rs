//! What the application does: one use case a file. Each reads as facts, decision, effects; no use
//! case calls another. It knows nothing of HTTP, of SQL or of the provider's JSON.

mod access;
mod at_rest;
mod error;
mod hub;
mod record;

// What people do.
pub mod authenticate;
pub mod choose_workspace;
pub mod close_intake;
pub mod connect_call;
pub mod edit_field;
pub mod end_session;
pub mod export_intake;
pub mod heartbeat;
pub mod intake_timeline;
pub mod list_intakes;
pub mod list_workflows;
pub mod open_intake;
pub mod pause_session;
pub mod prove_again;
pub mod read_intake;
pub mod reopen_intake;
pub mod report_call;
pub mod sign_in;
pub mod sign_out;
pub mod start_session;
pub mod stop_sessions;
pub mod supervise;
pub mod type_turn;
pub mod waive_field;
pub mod watch_intake;
pub mod who_am_i;

// What the server does by itself.
pub mod configure_call;
pub mod control;
pub mod drain;
pub mod keep_leash;
pub mod recover;
mod run_tool;
mod tools;

// What the operator does.
pub mod administer;
pub mod check_provider;
pub mod install_demo;
pub mod login_records;

pub use access::Sight;
pub use error::Error;
pub use policy::Refusal;
pub use record::Origin;

use domain::{
    Timestamp,
    limits::{SessionLimits, SignInLimits},
};
use hub::Hub;
use realtime::Provider;
use runtime::{Clock, Ids, Tasks};
use std::sync::Arc;
use store::Store;
use tokio::sync::{Notify, Semaphore};
use vault::{KeyRing, PasswordCost};

/// What the operator configured.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Limits on sessions.
    pub sessions: SessionLimits,
    /// Limits on signing in.
    pub sign_in: SignInLimits,
    /// What hashing a password costs.
    pub password_cost: PasswordCost,
    /// How many passwords are hashed at once, at most.
    pub password_hashing_at_once: usize,
    /// Path of our calls endpoint, as the page posts to it.
    pub calls_path: String,
    /// The most tokens one response may have.
    pub max_output_tokens: u32,
    /// Whether browsers may make calls with a secret of the provider's (product: direct).
    pub direct_allowed: bool,
    /// What stands behind the conversation, as the page says it.
    pub notice: Notice,
}

/// What stands behind the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Whether the embedded rehearsal provider answers.
    pub rehearsal: bool,
    /// Whether words can be heard.
    pub hears: bool,
    /// Whether it speaks aloud.
    pub speaks: bool,
    /// The sentence to show.
    pub sentence: Option<String>,
}

/// Everything the use cases need. Cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Parts>);

/// The parts; read-only but for the hub.
pub struct Parts {
    pub(crate) store: Store,
    pub(crate) keys: KeyRing,
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) tasks: Tasks,
    pub(crate) provider: Provider,
    pub(crate) settings: Settings,
    pub(crate) hub: Hub,
    pub(crate) hashing: Arc<Semaphore>,
    pub(crate) hangups: Notify,
    /// This process among others on the same database, and never one that was before it.
    pub(crate) process: String,
    /// Since when it listens: nobody can be blamed for silence before.
    pub(crate) listening_since: Timestamp,
}

impl std::ops::Deref for Service {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Service")
    }
}

impl Service {
    /// Puts the parts together.
    #[must_use]
    pub fn new(
        store: Store,
        keys: KeyRing,
        clock: Clock,
        tasks: Tasks,
        provider: Provider,
        settings: Settings,
    ) -> Self {
        let ids = Ids;
        let hashing = Arc::new(Semaphore::new(settings.password_hashing_at_once.max(1)));
        let hub = Hub::new(ids);
        let process = format!("{:016x}", u64::from_be_bytes(ids.bytes::<8>()));
        let listening_since = clock.now();
        Self(Arc::new(Parts {
            store,
            keys,
            clock,
            ids,
            tasks,
            provider,
            settings,
            hub,
            hashing,
            hangups: Notify::new(),
            process,
            listening_since,
        }))
    }

    /// Now, by the service's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The tasks that run for it.
    #[must_use]
    pub fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// What the operator configured.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where browsers make calls themselves, if they may: scheme, host and port.
    #[must_use]
    pub fn direct_origin(&self) -> Option<String> {
        let calls = self.provider.calls_url();
        self.settings
            .direct_allowed
            .then(|| calls.origin().ascii_serialization())
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn check_health(&self) -> Result<(), Error> {
        Ok(self.store.ping().await?)
    }
}
