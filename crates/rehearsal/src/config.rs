//! What an operator or a test can choose about the rehearsal provider.

use crate::faults::Faults;
use crate::speech::{HearingChoice, VoiceChoice};
use domain::Private;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// Where media arrives: one socket, and the address under which callers reach it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaAddress {
    /// What the socket is bound to. Port 0 takes a free one.
    pub bind: SocketAddr,
    /// The address that is told to callers, when it differs from the bound one (behind NAT or in a
    /// container). The port is that of the socket.
    pub announce: Option<IpAddr>,
}

impl MediaAddress {
    /// A socket on a free port of this address.
    pub fn on(address: IpAddr) -> Self {
        Self {
            bind: SocketAddr::new(address, 0),
            announce: None,
        }
    }
}

/// How the rehearsal provider is set up.
#[derive(Debug, Clone)]
pub struct RehearsalConfig {
    /// Where HTTP listens.
    pub listen: SocketAddr,
    /// Must be said explicitly before HTTP listens anywhere but on loopback.
    pub allow_public: bool,
    /// The API key; a random one at each start when there is none.
    pub api_key: Option<Private<String>>,
    /// `Host` headers that are served besides loopback names with the bound port.
    pub allowed_hosts: Vec<String>,
    /// Origins of pages that may call from another origin; `*` for any, as at the real provider: no
    /// cookie is ever sent, and every request needs a secret.
    pub cors_origins: Vec<String>,
    /// Sockets for media.
    pub media: Vec<MediaAddress>,
    /// The longest call.
    pub max_session: Duration,
    /// Calls that have not connected by then are dropped.
    pub connect_timeout: Duration,
    /// A caller that sends nothing at all for so long is gone: even a muted one sends silence.
    pub caller_patience: Duration,
    /// How many calls there may be at once.
    pub max_calls: usize,
    /// How long the model thinks before each thing it does.
    pub step_latency: Duration,
    /// How long it takes to make one word.
    pub word_latency: Duration,
    /// Whether the endpoints under `/test` are served.
    pub test_endpoints: bool,
    /// The voice.
    pub voice: VoiceChoice,
    /// The ear.
    pub hearing: HearingChoice,
    /// Faults that are there from the start.
    pub faults: Faults,
}

impl Default for RehearsalConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0),
            allow_public: false,
            api_key: None,
            allowed_hosts: Vec::new(),
            cors_origins: Vec::new(),
            media: vec![MediaAddress::on(Ipv4Addr::LOCALHOST.into())],
            max_session: Duration::from_secs(3600),
            connect_timeout: Duration::from_secs(30),
            caller_patience: Duration::from_secs(12),
            max_calls: 64,
            step_latency: Duration::from_millis(150),
            word_latency: Duration::from_millis(30),
            test_endpoints: false,
            voice: VoiceChoice::default(),
            hearing: HearingChoice::default(),
            faults: Faults::default(),
        }
    }
}
