//! A caller in Rust: what a browser does in a call, without a browser. It makes an offer, sends
//! sound as Opus, hears what comes back, and carries events as text when it has a data channel. What
//! the events say it does not know.

mod drive;
mod socket;

use drive::{Driver, Order};
use runtime::Tasks;
use std::net::IpAddr;
use std::time::{Duration, Instant};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Mid};
use str0m::{Candidate, Rtc, RtcConfig};
use tokio::sync::{mpsc, watch};

/// How long leaving may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What kind of caller it is.
#[derive(Debug, Clone, Copy)]
pub struct CallerOptions {
    /// Whether the offer has the data channel `oai-events`.
    pub data_channel: bool,
    /// Whether the offer has audio.
    pub audio: bool,
    /// The address it calls from; without one, the one that leads to the other side.
    pub bind: Option<IpAddr>,
}

impl Default for CallerOptions {
    fn default() -> Self {
        Self {
            data_channel: true,
            audio: true,
            bind: None,
        }
    }
}

/// Why there is no call.
#[derive(Debug, thiserror::Error)]
pub enum CallerError {
    /// Neither audio nor a data channel was wanted.
    #[error("there is nothing to offer")]
    NothingToOffer,
    /// The answer is no SDP, or answers another offer.
    #[error("the answer does not answer this offer")]
    Answer,
    /// The answer names no address that media can be sent to over UDP.
    #[error("the answer names no address to send to")]
    NoAddress,
    /// No socket on this machine leads there.
    #[error("no socket could be opened for the call")]
    Socket(#[source] std::io::Error),
    /// The sound's codec could not be set up.
    #[error("the codec could not be set up")]
    Codec,
}

/// A caller that has made its offer and waits for the answer.
pub struct Caller {
    rtc: Rtc,
    pending: SdpPendingOffer,
    microphone: Option<Mid>,
    bind: Option<IpAddr>,
    offer: String,
}

/// A caller that is connected, or is about to be. Dropped, it says goodbye and is gone.
pub struct LiveCaller {
    orders: mpsc::UnboundedSender<Order>,
    events: mpsc::UnboundedReceiver<String>,
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
    /// # Errors
    /// When nothing is to be offered.
    pub fn new(options: CallerOptions) -> Result<Self, CallerError> {
        str0m::crypto::from_feature_flags().install_process_default();
        let mut rtc = RtcConfig::new()
            .clear_codecs()
            .enable_opus(true, false)
            .build(Instant::now());
        let mut changes = rtc.sdp_api();
        let mut add_audio =
            || changes.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        let microphone = options.audio.then(&mut add_audio);
        if options.data_channel {
            changes.add_channel("oai-events".to_owned());
        }
        let (offer, pending) = changes.apply().ok_or(CallerError::NothingToOffer)?;
        let lines = offer.to_sdp_string();
        let offer = lines
            .split_inclusive("\r\n")
            .filter(|line| !line.starts_with("a=candidate"))
            .collect();
        Ok(Self {
            rtc,
            pending,
            microphone,
            bind: options.bind,
            offer,
        })
    }

    /// The offer.
    #[must_use]
    pub fn offer(&self) -> &str {
        &self.offer
    }

    /// The SHA-256 fingerprint of this caller's certificate, as it stands in the offer.
    #[must_use]
    pub fn fingerprint(&self) -> Option<&str> {
        let fingerprint = |line: &'_ str| line.starts_with("a=fingerprint:sha-256 ");
        let line = self.offer.lines().find(|line| fingerprint(line))?;
        line.split_once(' ')
            .map(|(_, fingerprint)| fingerprint.trim())
    }

    /// Takes the answer and begins to talk, in a task of its own.
    ///
    /// # Errors
    /// When the answer is none to this offer, or no socket leads to the other side.
    pub fn connect(mut self, answer: &str) -> Result<LiveCaller, CallerError> {
        let socket = socket::open(self.bind, answer)?;
        let address = socket.local_addr().map_err(CallerError::Socket)?;
        let candidate = Candidate::host(address, "udp").map_err(|_| CallerError::NoAddress)?;
        self.rtc.add_local_candidate(candidate);
        let answer = SdpAnswer::from_sdp_string(answer).map_err(|_| CallerError::Answer)?;
        self.rtc
            .sdp_api()
            .accept_answer(self.pending, answer)
            .map_err(|_| CallerError::Answer)?;
        let (orders, inbox) = mpsc::unbounded_channel();
        let (outbox, events) = mpsc::unbounded_channel();
        let (seen, state) = watch::channel(CallerState::default());
        let driver = Driver::new(self.rtc, socket, self.microphone, inbox, outbox, seen)?;
        let tasks = Tasks::new();
        tasks.spawn("caller", driver.run());
        Ok(LiveCaller {
            orders,
            events,
            state,
            tasks,
        })
    }
}

impl LiveCaller {
    /// What was seen so far.
    #[must_use]
    pub fn state(&self) -> CallerState {
        *self.state.borrow()
    }

    /// Waits until something is so; none when the call is over without that. It waits as long as the
    /// call lasts: whoever asks says how long is too long.
    pub async fn until(&mut self, is_so: impl Fn(&CallerState) -> bool) -> Option<CallerState> {
        let state = self.state.wait_for(|state| is_so(state)).await.ok()?;
        Some(*state)
    }

    /// Speaks: PCM16, 24 kHz, mono. Silence follows.
    pub fn say(&self, pcm: &[i16]) {
        // A call that is over hears nothing, which its state shows.
        let _ = self.orders.send(Order::Say(pcm.to_vec()));
    }

    /// Sends an event over the data channel, as soon as that is open.
    pub fn send(&self, event: impl Into<String>) {
        let _ = self.orders.send(Order::Send(event.into()));
    }

    /// The next event from the data channel; none when the call is over. It waits as long as the call
    /// lasts. Cancel safe.
    pub async fn event(&mut self) -> Option<String> {
        self.events.recv().await
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

#[cfg(test)]
mod tests;
