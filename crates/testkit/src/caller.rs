//! A caller in Rust: what a browser does in a call, without a browser. It makes an offer, sends
//! sound as Opus, hears what comes back, and speaks events when it has a data channel.

mod drive;

use drive::{Driver, Order};
use runtime::Tasks;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Mid};
use str0m::{Candidate, Rtc, RtcConfig};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};

/// Nothing in a test takes longer, unless it is broken.
const PATIENCE: Duration = Duration::from_secs(20);

/// What kind of caller it is.
#[derive(Debug, Clone, Copy)]
pub struct CallerOptions {
    /// Whether the offer has the data channel `oai-events`.
    pub data_channel: bool,
    /// Whether the offer has audio.
    pub audio: bool,
    /// The address it calls from.
    pub bind: IpAddr,
}

impl Default for CallerOptions {
    fn default() -> Self {
        Self {
            data_channel: true,
            audio: true,
            bind: Ipv4Addr::LOCALHOST.into(),
        }
    }
}

/// A caller that has made its offer and waits for the answer.
pub struct Caller {
    rtc: Rtc,
    pending: SdpPendingOffer,
    socket: UdpSocket,
    microphone: Option<Mid>,
    offer: String,
}

/// A caller that is connected, or is about to be.
pub struct LiveCaller {
    orders: mpsc::UnboundedSender<Order>,
    events: mpsc::UnboundedReceiver<Value>,
    state: watch::Receiver<CallerState>,
    tasks: Tasks,
}

/// What a caller has seen of its call so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CallerState {
    /// Media may flow.
    pub connected: bool,
    /// The data channel is open.
    pub channel_open: bool,
    /// The other side ended the call.
    pub closed: bool,
    /// Packets of sound that came in.
    pub packets: u64,
    /// The loudness of the loudest recent packet, as a root mean square of 16-bit samples.
    pub loudness: f64,
    /// How much sound that is not silence came in.
    pub heard: Duration,
    /// How much silence came in since the last sound.
    pub quiet: Duration,
    /// When the last of what was to be said was sent.
    pub said_at: Option<Instant>,
    /// When the sound began that was last heard, after silence.
    pub heard_since: Option<Instant>,
}

impl Caller {
    /// Makes an offer without candidates, as stock clients do.
    ///
    /// # Panics
    /// When this machine cannot do that.
    pub async fn new(options: CallerOptions) -> Self {
        str0m::crypto::from_feature_flags().install_process_default();
        let socket = UdpSocket::bind((options.bind, 0))
            .await
            .expect("a free port");
        let address = socket.local_addr().expect("a bound socket");
        let mut rtc = RtcConfig::new()
            .clear_codecs()
            .enable_opus(true, false)
            .build(Instant::now());
        rtc.add_local_candidate(Candidate::host(address, "udp").expect("a usable address"));
        let mut changes = rtc.sdp_api();
        let mut add_audio =
            || changes.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        let microphone = options.audio.then(&mut add_audio);
        if options.data_channel {
            changes.add_channel("oai-events".to_owned());
        }
        let (offer, pending) = changes.apply().expect("something was offered");
        let lines = offer.to_sdp_string();
        let offer = lines
            .split_inclusive("\r\n")
            .filter(|line| !line.starts_with("a=candidate"))
            .collect();
        Self {
            rtc,
            pending,
            socket,
            microphone,
            offer,
        }
    }

    /// The offer.
    pub fn offer(&self) -> &str {
        &self.offer
    }

    /// The SHA-256 fingerprint of this caller's certificate, as it stands in the offer.
    ///
    /// # Panics
    /// When the offer has none.
    pub fn fingerprint(&self) -> &str {
        let line = self
            .offer
            .lines()
            .find_map(|line| line.strip_prefix("a=fingerprint:sha-256 "));
        line.expect("every offer has a fingerprint").trim()
    }

    /// Takes the answer and begins to talk.
    ///
    /// # Panics
    /// When the answer is none.
    pub fn connect(mut self, answer: &str) -> LiveCaller {
        let answer = SdpAnswer::from_sdp_string(answer).expect("an SDP answer");
        self.rtc
            .sdp_api()
            .accept_answer(self.pending, answer)
            .expect("an answer to this offer");
        let (orders, inbox) = mpsc::unbounded_channel();
        let (outbox, events) = mpsc::unbounded_channel();
        let (seen, state) = watch::channel(CallerState::default());
        let tasks = Tasks::new();
        let driver = Driver::new(self.rtc, self.socket, self.microphone, inbox, outbox, seen);
        tasks.spawn("caller", driver.run());
        LiveCaller {
            orders,
            events,
            state,
            tasks,
        }
    }
}

impl LiveCaller {
    /// What was seen so far.
    pub fn state(&self) -> CallerState {
        *self.state.borrow()
    }

    /// Waits until something is so.
    ///
    /// # Panics
    /// When it does not become so in time.
    pub async fn until(&mut self, what: &str, is_so: impl Fn(&CallerState) -> bool) -> CallerState {
        let waited =
            tokio::time::timeout(PATIENCE, self.state.wait_for(|state| is_so(state))).await;
        if let Ok(Ok(state)) = waited {
            return *state;
        }
        drop(waited);
        panic!("the caller was never {what}: {:?}", self.state())
    }

    /// Speaks: PCM16, 24 kHz, mono. Silence follows.
    pub fn say(&self, pcm: &[i16]) {
        let _ = self.orders.send(Order::Say(pcm.to_vec()));
    }

    /// Sends an event over the data channel.
    pub fn send(&self, event: &Value) {
        let _ = self.orders.send(Order::Send(event.to_string()));
    }

    /// The next event from the data channel; none when the call is over.
    pub async fn event(&mut self) -> Option<Value> {
        tokio::time::timeout(PATIENCE, self.events.recv())
            .await
            .ok()
            .flatten()
    }

    /// The next event of a type; the ones before it are dropped.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn event_of(&mut self, kind: &str) -> Value {
        while let Some(event) = self.event().await {
            if event.get("type").and_then(Value::as_str) == Some(kind) {
                return event;
            }
        }
        panic!("no {kind} came")
    }

    /// Ends the call properly.
    pub async fn hang_up(self) {
        let _ = self.orders.send(Order::Close);
        self.tasks.stop(PATIENCE).await;
    }

    /// Is gone from one moment to the next, as a killed browser is.
    pub async fn vanish(self) {
        let _ = self.orders.send(Order::Vanish);
        self.tasks.stop(PATIENCE).await;
    }
}
