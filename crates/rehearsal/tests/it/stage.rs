//! A provider with a client beside it.

use futures::{SinkExt, StreamExt};
use rehearsal::{CallRecord, Rehearsal, RehearsalConfig};
use reqwest::multipart::{Form, Part};
use reqwest::{RequestBuilder, Response};
use runtime::Clock;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Caller, CallerOptions, LiveCaller};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Nothing takes longer unless it is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Stage {
    pub(crate) provider: Rehearsal,
    pub(crate) http: reqwest::Client,
}

/// A quick provider whose faults and words a test decides.
pub(crate) fn quick() -> RehearsalConfig {
    RehearsalConfig {
        step_latency: Duration::from_millis(10),
        word_latency: Duration::from_millis(5),
        caller_patience: Duration::from_secs(2),
        test_endpoints: true,
        ..RehearsalConfig::default()
    }
}

/// A session for a small intake.
pub(crate) fn intake() -> Value {
    json!({
        "type": "realtime", "model": "gpt-realtime-2.1", "output_modalities": ["audio"],
        "instructions": "# Opening line\nHello, this is a rehearsal call about your new request. Let us begin.\n",
        "audio": {
            "input": {
                "transcription": { "model": "gpt-realtime-whisper" },
                "turn_detection": { "type": "server_vad", "silence_duration_ms": 300 },
            },
            "output": { "voice": "marin" },
        },
        "tools": [
            { "type": "function", "name": "set_field", "parameters": {
                "type": "object", "required": ["field", "value"], "properties": {
                    "field": {
                        "type": "string", "enum": ["full_name", "reason"],
                        "description": "full_name | full name | short_text | required | no_read_back | What is your full name?\nreason | reason | short_text | required | no_read_back | What is it about?",
                    },
                    "value": { "type": "string" }, "confirmed": { "type": "boolean" },
                } } },
            { "type": "function", "name": "finish_intake", "parameters": { "type": "object", "properties": {} } },
            { "type": "function", "name": "end_call", "parameters": { "type": "object", "properties": {} } },
        ],
    })
}

impl Stage {
    pub(crate) async fn new(config: RehearsalConfig) -> Self {
        let provider = Rehearsal::start(config, Clock::system())
            .await
            .expect("the provider starts");
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .expect("a client");
        Self { provider, http }
    }

    #[expect(clippy::disallowed_methods, reason = "the test is the key's owner")]
    pub(crate) fn key(&self) -> &str {
        self.provider.api_key().expose()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.provider.http_addr())
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(self.url(path)).bearer_auth(self.key())
    }

    /// Asks for a call with the API key.
    pub(crate) async fn create(&self, offer: &str, session: &Value) -> Response {
        let sdp = Part::text(offer.to_owned())
            .mime_str("application/sdp")
            .expect("a type");
        let session = Part::text(session.to_string())
            .mime_str("application/json")
            .expect("a type");
        let form = Form::new().part("sdp", sdp).part("session", session);
        self.post("/v1/realtime/calls")
            .multipart(form)
            .send()
            .await
            .expect("an answer")
    }

    /// A fresh secret for the small intake.
    pub(crate) async fn secret(&self) -> String {
        let answer = self
            .post("/v1/realtime/client_secrets")
            .json(&json!({ "session": intake() }))
            .send()
            .await
            .expect("an answer");
        let minted: Value = answer.json().await.expect("JSON");
        minted["value"].as_str().expect("a text").to_owned()
    }

    /// A connected caller, and the call's id.
    pub(crate) async fn call(
        &self,
        options: CallerOptions,
        session: &Value,
    ) -> (LiveCaller, String) {
        let caller = Caller::new(options).await;
        let answer = self.create(caller.offer(), session).await;
        assert_eq!(answer.status(), 201);
        let location = answer.headers()["location"]
            .to_str()
            .expect("a text")
            .to_owned();
        let id = location
            .strip_prefix("/v1/realtime/calls/")
            .expect("a call's path")
            .to_owned();
        assert!(id.starts_with("rtc_"));
        let mut live = caller.connect(&answer.text().await.expect("a body"));
        live.until("connected", |state| state.connected).await;
        (live, id)
    }

    /// Tries to attach a control link.
    pub(crate) async fn try_link(&self, id: &str, key: Option<&str>) -> Result<Link, (u16, Value)> {
        let url = format!(
            "ws://{}/v1/realtime?call_id={id}",
            self.provider.http_addr()
        );
        let mut request = url.into_client_request().expect("a request");
        if let Some(key) = key {
            request.headers_mut().insert(
                "authorization",
                format!("Bearer {key}").parse().expect("a header"),
            );
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((socket, _)) => Ok(Link { socket }),
            Err(tungstenite::Error::Http(response)) => {
                let body = response.body().as_deref().unwrap_or_default();
                Err((
                    response.status().as_u16(),
                    serde_json::from_slice(body).expect("a JSON body"),
                ))
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// A control link, tried again while the call is not known to be live, as a real client does.
    pub(crate) async fn link(&self, id: &str) -> Link {
        for _ in 0..100 {
            match self.try_link(id, Some(self.key())).await {
                Ok(link) => return link,
                Err((status, _)) => assert_eq!(status, 404),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the call never became live");
    }

    pub(crate) fn record(&self, id: &str) -> CallRecord {
        self.provider
            .ledger()
            .calls
            .into_iter()
            .find(|call| call.id == id)
            .expect("the call is in the ledger")
    }

    /// Waits until the ledger has the call's end.
    pub(crate) async fn ended(&self, id: &str) -> CallRecord {
        for _ in 0..400 {
            let record = self.record(id);
            if !record.running {
                return record;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the call never ended");
    }

    /// Stops the provider and makes sure that nothing is left.
    pub(crate) async fn close(self) {
        assert_eq!(
            self.provider.ledger().running().count(),
            0,
            "a call is still running"
        );
        assert!(self.provider.shutdown().await, "a task is still running");
    }
}

pub(crate) struct Link {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Link {
    pub(crate) async fn send(&mut self, event: Value) {
        self.socket
            .send(Message::text(event.to_string()))
            .await
            .expect("sent");
    }

    /// The next event, or the close code.
    pub(crate) async fn next(&mut self) -> Result<Value, Option<u16>> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next())
                .await
                .expect("something in time");
            match message {
                Some(Ok(Message::Text(text))) => {
                    return Ok(serde_json::from_str(&text).expect("JSON"));
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// The next event of a type, and the types of those before it.
    pub(crate) async fn event_of(&mut self, kind: &str) -> Value {
        let mut before = Vec::new();
        loop {
            match self.next().await {
                Ok(event) if event["type"] == kind => return event,
                Ok(event) => before.push(event["type"].to_string()),
                Err(code) => panic!("closed with {code:?} before {kind}, after {before:?}"),
            }
        }
    }

    /// The close code; events before it are dropped.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }
}
