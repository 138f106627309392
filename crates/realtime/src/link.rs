//! The control link: our WebSocket beside the browser's media, on which a call is seen and steered.
//! Closing it does not end the call; only hanging up does.

use crate::{
    command::encode_marked,
    event::decode,
    wire::{ProviderError, log_unreachable},
};
use domain::{
    ProviderCallId,
    call::{CallCommand, CallConfiguration, CallEvent, LinkEnd},
};
use futures::{SinkExt as _, StreamExt as _};
use http::header;
use reqwest::{RequestBuilder, Response, StatusCode, Upgraded};
use runtime::Ids;
use std::{fmt, time::Duration};
use tokio::time::Instant;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message, Utf8Bytes,
        handshake::{client::generate_key, derive_accept_key},
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};

/// Silence after which we ask whether the other side is still there (realtime reference 3.3).
const PING_AFTER: Duration = Duration::from_secs(20);
/// How long it may take to answer that, or to take a command.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long saying goodbye may take.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);
/// Responses that were asked for and have not begun, at most.
const MOST_ASKED: usize = 32;
/// The largest event. A session with many tools is some 100 KB; a retrieved item may hold sound.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;
/// What is read at once. Made when the link is, and zeroed before each read: the library's own 128 KB
/// are for few links with much on them, ours are many and an event is about a kilobyte.
const READ_BUFFER: usize = 8 * 1024;

/// Why an attempt to attach failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AttachError {
    /// There is no such call: not yet, or no longer.
    #[error("the provider knows no such call")]
    NotFound,
    /// The provider said no, with that HTTP status.
    #[error("the provider refused the control link with status {0}")]
    Refused(u16),
    /// No connection, no answer in time, or not a WebSocket.
    #[error("the control link could not be made")]
    Failed,
}

/// The control link to one call.
pub struct ControlLink {
    socket: WebSocketStream<Upgraded>,
    /// In front of every event id of ours. Random, so that a browser on the same call cannot pass an
    /// error of its own for one of ours.
    mark: String,
    /// Tokens of responses that we asked for and that have not begun.
    asked: Vec<String>,
    pulse: Pulse,
}

impl fmt::Debug for ControlLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ControlLink")
            .field("pulse", &self.pulse)
            .finish_non_exhaustive()
    }
}

/// What is waited for when the other side is silent. In real time, not the product's clock: this is
/// about the socket's health, and a test that moves the clock must not kill a healthy socket.
#[derive(Debug, Clone, Copy)]
enum Pulse {
    /// Ask then.
    PingAt(Instant),
    /// The answer is late then.
    AnswerBy(Instant),
}

impl Pulse {
    fn at(self) -> Instant {
        match self {
            Self::PingAt(at) | Self::AnswerBy(at) => at,
        }
    }
}

/// Upgrades a request to a control link.
pub(crate) async fn attach(
    request: RequestBuilder,
    profile: &str,
    call: &ProviderCallId,
) -> Result<ControlLink, AttachError> {
    let key = generate_key();
    let request = request
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, &key);
    let response = request.send().await.map_err(|error| {
        log_unreachable(profile, error);
        AttachError::Failed
    })?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let error = ProviderError::of(response).await;
        let absent = error.status == StatusCode::NOT_FOUND || error.is_no_such_call();
        return Err(if absent {
            AttachError::NotFound
        } else {
            AttachError::Refused(error.status.as_u16())
        });
    }
    if !accepts(&response, &key) {
        return Err(AttachError::Failed);
    }
    let upgraded = response.upgrade().await.map_err(|error| {
        log_unreachable(profile, error);
        AttachError::Failed
    })?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    let socket = WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await;
    tracing::debug!(call.id = %call, "the control link is attached");
    Ok(ControlLink {
        socket,
        mark: mark(),
        asked: Vec::new(),
        pulse: Pulse::PingAt(Instant::now() + PING_AFTER),
    })
}

/// Whether the other side really speaks WebSocket (RFC 6455 section 4.1).
fn accepts(response: &Response, key: &str) -> bool {
    let header = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let upgrade =
        header(header::UPGRADE).is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
    upgrade
        && header(header::SEC_WEBSOCKET_ACCEPT) == Some(derive_accept_key(key.as_bytes()).as_str())
}

fn mark() -> String {
    Ids.bytes::<8>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl ControlLink {
    /// The next event. Asks by itself whether a silent side is still there.
    /// Cancel safe: dropped while waiting, no event is lost.
    ///
    /// In an error, `command` is set only when it answers a command of ours, and names it as
    /// [`encode`](crate::encode) does.
    ///
    /// # Errors
    /// When the link is over, and how.
    pub async fn next(&mut self) -> Result<CallEvent, LinkEnd> {
        loop {
            let frame = self.frame().await?;
            if let Some(event) = self.read(&frame) {
                return Ok(event);
            }
        }
    }

    /// The event in a frame; none when it was not understood, which is logged.
    pub(crate) fn read(&mut self, frame: &str) -> Option<CallEvent> {
        match decode(frame) {
            Ok(event) => Some(self.attributed(event)),
            // One bad event must not cost the call its control.
            Err(error) => {
                tracing::warn!(%error, "an event of the provider was not understood");
                None
            }
        }
    }

    /// The next frame as it came. Cancel safe.
    pub(crate) async fn frame(&mut self) -> Result<Utf8Bytes, LinkEnd> {
        loop {
            let message = tokio::select! {
                // What has arrived counts before what is late.
                biased;
                message = self.socket.next() => message,
                () = tokio::time::sleep_until(self.pulse.at()) => {
                    self.beat().await?;
                    continue;
                }
            };
            self.pulse = Pulse::PingAt(Instant::now() + PING_AFTER);
            match message {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(frame))) => return Err(end_of(frame.as_ref())),
                Some(Ok(
                    Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_),
                )) => {}
                Some(Err(Error::ConnectionClosed)) => return Err(LinkEnd::Clean),
                Some(Err(_)) | None => return Err(LinkEnd::Broken),
            }
        }
    }

    /// Sends a command.
    ///
    /// # Errors
    /// When the link is over.
    pub async fn send(
        &mut self,
        command: &CallCommand,
        configuration: &CallConfiguration,
    ) -> Result<(), LinkEnd> {
        let token = matches!(command, CallCommand::Respond { .. }).then(mark);
        let frame = encode_marked(command, configuration, &self.mark, token.as_deref());
        self.asked.extend(token);
        // One that was refused never begins; what is very old is forgotten.
        if self.asked.len() > MOST_ASKED {
            self.asked.remove(0);
        }
        self.put(Message::text(frame)).await
    }

    /// Says goodbye. The call goes on without us: hang up, or attach again.
    pub async fn close(mut self) {
        // The other side may be gone already, and nothing depends on its answer.
        let _ = tokio::time::timeout(CLOSE_WITHIN, self.socket.close(None)).await;
    }

    async fn beat(&mut self) -> Result<(), LinkEnd> {
        match self.pulse {
            Pulse::PingAt(_) => {
                self.put(Message::Ping(Vec::new().into())).await?;
                self.pulse = Pulse::AnswerBy(Instant::now() + ANSWER_WITHIN);
                Ok(())
            }
            Pulse::AnswerBy(_) => Err(LinkEnd::Broken),
        }
    }

    async fn put(&mut self, message: Message) -> Result<(), LinkEnd> {
        match tokio::time::timeout(ANSWER_WITHIN, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Error::ConnectionClosed | Error::AlreadyClosed)) => Err(LinkEnd::Clean),
            Ok(Err(_)) | Err(_) => Err(LinkEnd::Broken),
        }
    }

    /// Says of an error whether it answers us, and of a response whether we asked for it.
    fn attributed(&mut self, event: CallEvent) -> CallEvent {
        match event {
            CallEvent::Error { code, command } => {
                let ours = |id: String| {
                    id.strip_prefix(&self.mark)?
                        .strip_prefix('.')
                        .map(str::to_owned)
                };
                CallEvent::Error {
                    code,
                    command: command.and_then(ours),
                }
            }
            CallEvent::ResponseStarted {
                response,
                in_conversation,
                asked_by,
                shape,
            } => {
                let ours = asked_by.and_then(|token| {
                    let at = self.asked.iter().position(|asked| *asked == token)?;
                    self.asked.remove(at);
                    Some("respond".to_owned())
                });
                CallEvent::ResponseStarted {
                    response,
                    in_conversation,
                    asked_by: ours,
                    shape,
                }
            }
            event => event,
        }
    }
}

/// A close without a code, or with one that says all is well, is clean.
fn end_of(frame: Option<&CloseFrame>) -> LinkEnd {
    match frame.map(|frame| frame.code) {
        None | Some(CloseCode::Normal | CloseCode::Away | CloseCode::Status) => LinkEnd::Clean,
        Some(_) => LinkEnd::Broken,
    }
}

#[cfg(test)]
mod tests;
