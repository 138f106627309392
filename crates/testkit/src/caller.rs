//! The caller of the product, for tests: it panics where the product returns an error, waits no
//! longer than a test may take, and reads its events as JSON.

use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

pub use caller::CallerState;

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
pub struct Caller(caller::Caller);

/// A caller that is connected, or is about to be.
pub struct LiveCaller(caller::LiveCaller);

impl Caller {
    /// Makes an offer without candidates, as stock clients do.
    ///
    /// # Panics
    /// When there is nothing to offer.
    #[expect(
        clippy::unused_async,
        reason = "tests wait for it as for everything a caller does"
    )]
    pub async fn new(options: CallerOptions) -> Self {
        let CallerOptions {
            data_channel,
            audio,
            bind,
        } = options;
        let options = caller::CallerOptions {
            data_channel,
            audio,
            bind: Some(bind),
        };
        Self(caller::Caller::new(options).expect("something was offered"))
    }

    /// The offer.
    pub fn offer(&self) -> &str {
        self.0.offer()
    }

    /// The SHA-256 fingerprint of this caller's certificate, as it stands in the offer.
    ///
    /// # Panics
    /// When the offer has none.
    pub fn fingerprint(&self) -> &str {
        self.0.fingerprint().expect("every offer has a fingerprint")
    }

    /// Takes the answer and begins to talk.
    ///
    /// # Panics
    /// When the answer is none.
    pub fn connect(self, answer: &str) -> LiveCaller {
        LiveCaller(self.0.connect(answer).expect("an answer to this offer"))
    }
}

impl LiveCaller {
    /// What was seen so far.
    pub fn state(&self) -> CallerState {
        self.0.state()
    }

    /// Waits until something is so.
    ///
    /// # Panics
    /// When it does not become so in time.
    pub async fn until(&mut self, what: &str, is_so: impl Fn(&CallerState) -> bool) -> CallerState {
        let waited = tokio::time::timeout(PATIENCE, self.0.until(is_so)).await;
        if let Ok(Some(state)) = waited {
            return state;
        }
        panic!("the caller was never {what}: {:?}", self.state())
    }

    /// Speaks: PCM16, 24 kHz, mono. Silence follows.
    pub fn say(&self, pcm: &[i16]) {
        self.0.say(pcm);
    }

    /// Sends an event over the data channel.
    pub fn send(&self, event: &Value) {
        self.0.send(event.to_string());
    }

    /// The next event from the data channel; none when the call is over.
    pub async fn event(&mut self) -> Option<Value> {
        let read = async {
            loop {
                let event = self.0.event().await?;
                if let Ok(event) = serde_json::from_str(&event) {
                    return Some(event);
                }
            }
        };
        tokio::time::timeout(PATIENCE, read).await.ok().flatten()
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
        self.0.hang_up().await;
    }

    /// Is gone from one moment to the next, as a killed browser is.
    pub async fn vanish(self) {
        self.0.vanish().await;
    }
}
