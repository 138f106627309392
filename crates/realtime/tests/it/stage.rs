//! A provider on loopback that keeps every byte of what it was sent and says what a test wants.

use domain::{
    call::{CallConfiguration, ToolDefinition},
    sdp::SdpOffer,
};
use realtime::{Provider, ProviderKind, ProviderProfile};
use runtime::{Clock, Tasks};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// A key that must be seen nowhere but in the one header it belongs to.
pub(crate) const KEY: &str = "sk-canary-0123456789";

/// One request as it was on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) target: String,
    /// By their names in lower case. Two of one name are joined, so that neither can hide.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// What to answer: a status, headers and a body.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn new(status: u16, body: &str) -> Self {
        Self {
            status,
            body: body.to_owned(),
            headers: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// As it stands in a fixture.
    pub(crate) fn of(fixture: &Value) -> Self {
        let body = match &fixture["body"] {
            Value::String(text) => text.clone(),
            json => json.to_string(),
        };
        let status = u16::try_from(fixture["status"].as_u64().unwrap()).unwrap();
        let headers = fixture["headers"].as_object().unwrap();
        headers
            .iter()
            .fold(Self::new(status, &body), |answer, (name, value)| {
                answer.with(name, value.as_str().unwrap())
            })
    }
}

/// Everything a provider was sent.
pub(crate) type Log = Arc<Mutex<Vec<Sent>>>;

/// Listens, and answers the requests that come one after the other; the last answer stays.
pub(crate) async fn listen(answers: Vec<Answer>) -> (String, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let log = Log::default();
    Tasks::new().spawn("mock provider", {
        let log = Arc::clone(&log);
        async move {
            let mut served = 0;
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some(sent) = read(&mut stream).await else {
                    continue;
                };
                log.lock().unwrap().push(sent);
                let answer = answers[served.min(answers.len() - 1)].clone();
                served += 1;
                write(&mut stream, &answer).await;
            }
        }
    });
    (format!("http://{address}"), log)
}

async fn read(stream: &mut TcpStream) -> Option<Sent> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let mut headers = BTreeMap::<String, String>::new();
    for line in lines {
        let (name, value) = line.split_once(": ")?;
        headers
            .entry(name.to_lowercase())
            .and_modify(|both| both.push_str(", "))
            .or_default()
            .push_str(value);
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = bytes.split_off(head + 4);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Sent {
        method,
        target,
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}

async fn write(stream: &mut TcpStream, answer: &Answer) {
    let mut head = format!("HTTP/1.1 {} X\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    // A body of length zero and no body are told apart by the client.
    head.push_str(&format!(
        "content-length: {}\r\nconnection: close\r\n\r\n",
        answer.body.len()
    ));
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(answer.body.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// A provider of a kind at an address.
pub(crate) fn provider(kind: ProviderKind, address: &str) -> Provider {
    let azure = kind == ProviderKind::Azure;
    let profile = ProviderProfile {
        name: "mock".into(),
        base_url: format!("{address}{}", base_path(kind)).parse().unwrap(),
        key: KEY.into(),
        kind,
        model: if azure {
            "intake-voice"
        } else {
            "gpt-realtime-2.1"
        }
        .into(),
        transcription_model: if azure {
            "intake-words"
        } else {
            "gpt-realtime-whisper"
        }
        .into(),
        sealed: false,
        rehearsal: false,
    };
    Provider::new(profile, Clock::system()).unwrap()
}

pub(crate) const fn base_path(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::OpenAi | ProviderKind::OpenAiEu => "/v1",
        ProviderKind::Azure => "/openai/v1",
        ProviderKind::Compatible => "/gateway/v1",
    }
}

pub(crate) const fn name(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::OpenAi => "openai",
        ProviderKind::OpenAiEu => "openai-eu",
        ProviderKind::Azure => "azure",
        ProviderKind::Compatible => "compatible",
    }
}

/// The configuration that the fixtures show.
pub(crate) fn configuration(provider: &Provider) -> CallConfiguration {
    CallConfiguration {
        model: provider.profile().model.clone(),
        instructions: "Ask one question at a time, in German.".into(),
        tools: vec![ToolDefinition {
            name: "set_field".into(),
            description: "Store one answer of the form.".into(),
            parameters: serde_json::json!({
                "type": "object",
                "properties": {
                    "field": { "type": "string", "enum": ["full_name", "phone"] },
                    "value": { "type": "string" },
                    "confirmed": { "type": "boolean" },
                },
                "required": ["field", "value", "confirmed"],
                "additionalProperties": false,
            }),
        }],
        voice: "marin".into(),
        language: "de".into(),
        transcription_model: provider.profile().transcription_model.clone(),
        max_output_tokens: 1024,
        silence_ms: 700,
    }
}

/// An offer as a browser makes it: line ends and all.
pub(crate) fn offer() -> SdpOffer {
    let fingerprint = vec!["AB"; 32].join(":");
    SdpOffer::parse(&format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 {fingerprint}\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n"
    ))
    .unwrap()
}
