//! A provider in this process: it makes calls, takes their control links and hangs up, and notes when.
//! There is no sound in it.

use super::{conversation::Conversation, words::Words};
use axum::{
    Router,
    extract::{
        Multipart, Path, Query, State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::Timestamp;
use runtime::Clock;
use serde_json::Value;
use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, sync::Notify, task::JoinSet};

/// The API key that it asks for.
pub(crate) const KEY: &str = "sk-measuring";
/// How long it looks away when a call has nothing to say.
const PATIENCE: Duration = Duration::from_secs(3600);

/// The provider; it ends with its owner.
pub(crate) struct Provider {
    pub(crate) state: Arc<Known>,
    /// Where its API begins.
    pub(crate) url: String,
    _serving: JoinSet<()>,
}

/// What it knows.
#[derive(Default)]
pub(crate) struct Known {
    /// The words of all calls.
    pub(crate) words: Arc<Words>,
    calls: Mutex<Vec<Arc<Call>>>,
    /// Events that were sent.
    pub(crate) sent: AtomicU64,
}

/// One call.
#[derive(Default)]
pub(crate) struct Call {
    number: usize,
    /// The configuration that came with it.
    session: Value,
    /// Control links that were made to it.
    pub(crate) links: AtomicU64,
    /// Whether it was asked to speak, which happens once its configuration is verified.
    pub(crate) spoken_to: AtomicBool,
    hangups: Mutex<Vec<Timestamp>>,
    over: Notify,
}

impl Call {
    /// When it was hung up: once, unless something is wrong.
    pub(crate) fn hangups(&self) -> Vec<Timestamp> {
        self.noted().clone()
    }

    fn noted(&self) -> MutexGuard<'_, Vec<Timestamp>> {
        self.hangups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Provider {
    /// Listens on a free port.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}/v1", listener.local_addr()?);
        let state = Arc::new(Known::default());
        let router = Router::new()
            .route("/v1/realtime/calls", post(create))
            .route("/v1/realtime/calls/{call}/hangup", post(hang_up))
            .route("/v1/realtime", get(attach))
            .with_state(Arc::clone(&state));
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            // It only ends with this process.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            state,
            url,
            _serving: serving,
        })
    }
}

impl Known {
    /// Every call that was made.
    pub(crate) fn all(&self) -> Vec<Arc<Call>> {
        self.calls().clone()
    }

    /// A call by its number.
    pub(crate) fn call(&self, number: usize) -> Option<Arc<Call>> {
        self.calls().get(number).cloned()
    }

    fn make(&self, session: Value) -> usize {
        let mut calls = self.calls();
        let number = calls.len();
        calls.push(Arc::new(Call {
            number,
            session,
            ..Call::default()
        }));
        number
    }

    fn calls(&self) -> MutexGuard<'_, Vec<Arc<Call>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of_id(&self, id: &str) -> Option<Arc<Call>> {
        self.call(id.strip_prefix("rtc_")?.parse().ok()?)
    }
}

/// The number of the call that an answer is of: the browser is told nothing else of it.
pub(crate) fn call_in(answer: &str) -> Option<usize> {
    let origin = answer.lines().find_map(|line| line.strip_prefix("o=- "))?;
    origin.split(' ').next()?.parse().ok()
}

/// What a real answer looks like (realtime reference 2.4), for media that nobody sends.
fn answer(number: usize) -> String {
    let fingerprint = vec!["7E"; 32].join(":");
    [
        "v=0",
        &format!("o=- {number} 1 IN IP4 0.0.0.0"),
        "s=-",
        "t=0 0",
        "a=ice-lite",
        "a=group:BUNDLE 0",
        &format!("a=fingerprint:sha-256 {fingerprint}"),
        "m=audio 9 UDP/TLS/RTP/SAVPF 96",
        "c=IN IP4 0.0.0.0",
        "a=setup:active",
        "a=mid:0",
        "a=ice-ufrag:HqBApb",
        "a=ice-pwd:HqBApbHqBApbHqBApbHqBApb",
        "a=rtcp-mux",
        "a=rtpmap:96 opus/48000/2",
        "a=sendrecv",
        "a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host",
        "",
    ]
    .join("\r\n")
}

fn has_key(headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION);
    given.is_some_and(|given| given.as_bytes() == format!("Bearer {KEY}").as_bytes())
}

async fn create(
    State(known): State<Arc<Known>>,
    headers: HeaderMap,
    mut form: Multipart,
) -> Response {
    if !has_key(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let (mut offer, mut session) = (None, None);
    while let Ok(Some(part)) = form.next_field().await {
        let name = part.name().unwrap_or_default().to_owned();
        let Ok(text) = part.text().await else { break };
        match name.as_str() {
            "sdp" => offer = Some(text),
            "session" => session = serde_json::from_str::<Value>(&text).ok(),
            _ => {}
        }
    }
    let (Some(_), Some(session)) = (offer, session) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let number = known.make(session);
    let headers: [(HeaderName, String); 2] = [
        (header::CONTENT_TYPE, "application/sdp".to_owned()),
        (header::LOCATION, format!("/v1/realtime/calls/rtc_{number}")),
    ];
    (StatusCode::CREATED, headers, answer(number)).into_response()
}

async fn hang_up(
    State(known): State<Arc<Known>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> StatusCode {
    let now = Clock::system().now();
    if !has_key(&headers) {
        return StatusCode::UNAUTHORIZED;
    }
    let Some(call) = known.of_id(&id) else {
        return StatusCode::NOT_FOUND;
    };
    call.noted().push(now);
    call.over.notify_one();
    StatusCode::OK
}

async fn attach(
    State(known): State<Arc<Known>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !has_key(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let call = query.get("call_id").and_then(|id| known.of_id(id));
    let Some(call) = call.filter(|call| call.noted().is_empty()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    call.links.fetch_add(1, Ordering::Relaxed);
    upgrade.on_upgrade(move |socket| async move { converse(&known, &call, socket).await })
}

/// Says what there is to say until the call is hung up or the link is gone.
async fn converse(known: &Known, call: &Call, mut socket: WebSocket) {
    let words = Arc::clone(&known.words);
    let mut conversation =
        Conversation::new(call.number, words, call.session.clone(), Instant::now());
    loop {
        let due = conversation
            .due()
            .unwrap_or_else(|| Instant::now() + PATIENCE);
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    let command = serde_json::from_str(&text).unwrap_or_default();
                    if conversation.hear(&command, Instant::now()) {
                        call.spoken_to.store(true, Ordering::Relaxed);
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            () = tokio::time::sleep_until(due.into()) => {
                while let Some(event) = conversation.say(Instant::now()) {
                    known.sent.fetch_add(1, Ordering::Relaxed);
                    if socket.send(Message::text(event.to_string())).await.is_err() {
                        return;
                    }
                }
            }
            () = call.over.notified() => {
                // The other side may be gone already.
                let _ = socket.send(Message::Close(None)).await;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_tells_the_number_of_its_call() {
        assert_eq!(call_in(&answer(42)), Some(42));
        assert_eq!(call_in("v=0\r\ns=-\r\n"), None);
    }
}
