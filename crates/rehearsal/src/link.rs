//! The control link: a WebSocket beside a call, over which a server sees and steers it.

use crate::faults::SharedFaults;
use crate::media::{Calls, LinkEnd, LinkFrame};
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures::{SinkExt, StreamExt};
use runtime::Tasks;
use std::time::Duration;

/// Carries frames both ways until either side, the call or the provider ends.
pub(crate) async fn carry(
    socket: WebSocket,
    call: String,
    mut end: LinkEnd,
    calls: Calls,
    faults: SharedFaults,
    tasks: Tasks,
) {
    let link = end.link;
    let closes = faults.take(|faults| &mut faults.link_closes);
    let close_after = closes.then(|| Duration::from_millis(faults.now().link_close_after_ms));
    let (mut sink, mut stream) = socket.split();
    let cut = async move {
        match close_after {
            Some(span) => tokio::time::sleep(span).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(cut);
    let close = loop {
        tokio::select! {
            frame = end.frames.recv() => match frame {
                Some(LinkFrame::Event(text)) => {
                    if sink.send(Message::Text(text.as_ref().into())).await.is_err() {
                        break None;
                    }
                }
                Some(LinkFrame::Close { code, reason }) => break Some(CloseFrame { code, reason: reason.into() }),
                // The call dropped a link that did not keep up.
                None => break Some(CloseFrame { code: 1008, reason: "too slow".into() }),
            },
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => calls.pass_on(&call, link, text.to_string()).await,
                // Pings are answered by the WebSocket itself; binary frames mean nothing here.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => break None,
            },
            () = &mut cut => break Some(CloseFrame { code: 1000, reason: "".into() }),
            () = tasks.stopping() => break Some(CloseFrame { code: 1001, reason: "".into() }),
        }
    };
    calls.link_gone(&call, link).await;
    if let Some(frame) = close {
        let _ = sink.send(Message::Close(Some(frame))).await;
        // The other side's close frame; without it the last frames may be lost with the socket.
        let _ = tokio::time::timeout(Duration::from_secs(1), async {
            while stream.next().await.is_some_and(|m| m.is_ok()) {}
        })
        .await;
    }
    let _ = sink.close().await;
}
