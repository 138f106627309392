//! The rehearsal provider: a Realtime provider that needs no network and no account. It speaks the
//! real one's HTTP, WebRTC and control link; what it says comes from a deterministic dialogue. It
//! is a provider, so it knows nothing of workspaces, workflows or intakes.

mod config;
pub mod dialogue;
mod engine;
mod faults;
mod http;
mod keys;
mod ledger;
mod link;
mod media;
mod random;
mod session;
pub mod speech;
mod wire;

pub use config::{MediaAddress, RehearsalConfig};
pub use faults::{Faults, HttpFault, LocationFault, ToolCallFault, TranscriptionFault};
pub use ledger::{CallEnd, CallRecord, CallUsage, LedgerReport};

use crate::engine::Pace;
use crate::faults::SharedFaults;
use crate::http::Provider;
use crate::keys::Keys;
use crate::ledger::Ledger;
use crate::media::{Calls, MediaSockets, Switchboard};
use crate::speech::{Hearing, HearingKind, SpeechError, Voice, VoiceKind};
use ::http::HeaderValue;
use domain::Private;
use runtime::{Clock, Tasks};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long stopping may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running rehearsal provider.
#[derive(Debug)]
pub struct Rehearsal {
    http_addr: SocketAddr,
    media_addrs: Vec<SocketAddr>,
    api_key: Private<String>,
    voice: VoiceKind,
    hearing: HearingKind,
    faults: SharedFaults,
    ledger: Ledger,
    calls: Calls,
    tasks: Tasks,
}

/// Why the provider did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// HTTP would listen beyond this machine, and nobody allowed that.
    #[error("the rehearsal provider does not listen on `{0}` unless that is explicitly allowed")]
    NotLoopback(SocketAddr),
    /// A media socket was bound to every address without saying which one callers reach.
    #[error("media on `{0}` needs an announced address")]
    NothingToAnnounce(SocketAddr),
    /// No media address at all.
    #[error("there is no media address")]
    NoMedia,
    /// A listed origin is not one.
    #[error("`{0}` is not an origin")]
    BadOrigin(String),
    /// An address could not be bound.
    #[error("an address could not be bound")]
    Bind(#[source] std::io::Error),
    /// The chosen voice or ear could not be set up.
    #[error("speech could not be set up")]
    Speech(#[source] SpeechError),
}

impl Rehearsal {
    /// Binds everything and starts to serve.
    ///
    /// # Errors
    /// When the configuration is not safe, an address is taken, or speech cannot be set up.
    pub async fn start(config: RehearsalConfig, clock: Clock) -> Result<Self, StartError> {
        check(&config)?;
        str0m::crypto::from_feature_flags().install_process_default();
        let voice = Arc::new(Voice::detect(config.voice).await);
        let kind = voice.describe();
        let hearing = Arc::new(
            Hearing::prepare(config.hearing)
                .await
                .map_err(StartError::Speech)?,
        );
        let hearing_kind = hearing.describe();
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(StartError::Bind)?;
        let http_addr = listener.local_addr().map_err(StartError::Bind)?;
        let faults = SharedFaults::new(config.faults);
        let sockets = MediaSockets::bind(&config.media, faults.clone())
            .await
            .map_err(StartError::Bind)?;
        let media_addrs = sockets.announced();
        let origins = config
            .cors_origins
            .into_iter()
            .map(|origin| origin.parse().map_err(|_| StartError::BadOrigin(origin)));
        let cors_origins = origins.collect::<Result<Vec<HeaderValue>, _>>()?;

        let tasks = Tasks::new();
        let ledger = Ledger::default();
        let calls = Switchboard {
            sockets,
            voice,
            hearing,
            ledger: ledger.clone(),
            faults: faults.clone(),
            clock: clock.clone(),
            pace: Pace {
                step: config.step_latency,
                word: config.word_latency,
            },
            connect_timeout: config.connect_timeout,
            caller_patience: config.caller_patience,
            max_calls: config.max_calls,
        }
        .start(&tasks);
        let api_key = config
            .api_key
            .unwrap_or_else(|| Private::new(random::random_hex("sk-rehearsal-", 32)));
        let provider = Arc::new(Provider {
            keys: Keys::new(api_key.clone()),
            faults: faults.clone(),
            ledger: ledger.clone(),
            calls: calls.clone(),
            clock,
            tasks: tasks.clone(),
            hosts: hosts(http_addr, config.allowed_hosts),
            cors_origins,
            candidates: media_addrs.clone(),
            max_session: config.max_session,
            test_endpoints: config.test_endpoints,
            base: format!("http://{http_addr}"),
        });
        let stop = tasks.clone();
        tasks.spawn("rehearsal http", async move {
            let served = axum::serve(listener, http::router(provider))
                .with_graceful_shutdown(async move { stop.stopping().await })
                .await;
            if let Err(error) = served {
                tracing::error!(%error, "the rehearsal provider stopped serving");
            }
        });
        Ok(Self {
            http_addr,
            media_addrs,
            api_key,
            voice: kind,
            hearing: hearing_kind,
            faults,
            ledger,
            calls,
            tasks,
        })
    }

    /// Where HTTP listens.
    pub fn http_addr(&self) -> SocketAddr {
        self.http_addr
    }

    /// The base URL to give to a client, with `/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.http_addr)
    }

    /// The media addresses that callers are told.
    pub fn media_addrs(&self) -> &[SocketAddr] {
        &self.media_addrs
    }

    /// The API key.
    pub fn api_key(&self) -> &Private<String> {
        &self.api_key
    }

    /// Which voice speaks.
    pub fn voice(&self) -> VoiceKind {
        self.voice
    }

    /// Which ear listens: without one, turns are noticed but not understood.
    pub fn hearing(&self) -> HearingKind {
        self.hearing
    }

    /// Orders what goes wrong from now on, in place of what was ordered before.
    pub fn set_faults(&self, faults: Faults) {
        self.faults.set(faults);
    }

    /// What is still to go wrong.
    pub fn faults(&self) -> Faults {
        self.faults.now()
    }

    /// Everything that happened.
    pub fn ledger(&self) -> LedgerReport {
        self.ledger.report()
    }

    /// Decides what the next turns of any call will have said, whatever is heard.
    pub async fn will_hear<T: Into<String>>(&self, words: impl IntoIterator<Item = T>) {
        self.calls
            .put_words(None, words.into_iter().map(Into::into).collect())
            .await;
    }

    /// Ends every call and stops serving. Says whether everything ended in time.
    pub async fn shutdown(self) -> bool {
        self.tasks.stop(PATIENCE).await
    }

    /// Resolves when the provider is being stopped by somebody else.
    pub async fn stopping(&self) {
        self.tasks.stopping().await;
    }
}

fn check(config: &RehearsalConfig) -> Result<(), StartError> {
    if !config.listen.ip().is_loopback() && !config.allow_public {
        return Err(StartError::NotLoopback(config.listen));
    }
    if config.media.is_empty() {
        return Err(StartError::NoMedia);
    }
    let unannounced =
        |media: &&MediaAddress| media.announce.unwrap_or(media.bind.ip()).is_unspecified();
    match config.media.iter().find(unannounced) {
        Some(media) => Err(StartError::NothingToAnnounce(media.bind)),
        None => Ok(()),
    }
}

/// The `Host` headers that are served: ours, and what the operator lists.
fn hosts(bound: SocketAddr, listed: Vec<String>) -> Vec<String> {
    let port = bound.port();
    let mut hosts = vec![bound.to_string()];
    if bound.ip().is_loopback() || bound.ip().is_unspecified() {
        hosts.extend(["localhost", "127.0.0.1", "[::1]"].map(|name| format!("{name}:{port}")));
    }
    hosts.extend(listed);
    hosts
}
