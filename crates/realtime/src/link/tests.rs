//! Attaching to a call and what goes over the link.

use super::*;
use crate::{
    Provider,
    configuration::tests::configuration,
    testing::{KEY, provider},
};
use axum::{
    Router,
    extract::{Request, WebSocketUpgrade, ws},
    response::{IntoResponse as _, Response as Answer},
    routing::any,
};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// A mock whose control link runs that script.
async fn scripted(
    script: impl Fn(ws::WebSocket) -> BoxFuture<'static, ()> + Clone + Send + Sync + 'static,
) -> Provider {
    let app = Router::new().route(
        "/v1/realtime",
        any(move |upgrade: WebSocketUpgrade| {
            let script = script.clone();
            async move { upgrade.on_upgrade(script) }
        }),
    );
    provider(app).await
}

async fn attach_to(provider: &Provider) -> Result<ControlLink, AttachError> {
    provider
        .attach(&ProviderCallId::parse("rtc_1").unwrap())
        .await
}

fn text(value: &Value) -> ws::Message {
    ws::Message::Text(value.to_string().into())
}

/// The next text frame as JSON.
async fn receive(socket: &mut ws::WebSocket) -> Value {
    loop {
        match socket.recv().await {
            Some(Ok(ws::Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
            Some(Ok(_)) => {}
            ended => panic!("{ended:?}"),
        }
    }
}

#[tokio::test]
async fn the_upgrade_carries_the_key_and_the_call() {
    let seen = Arc::new(Mutex::new(None));
    let app = Router::new().fallback(any({
        let seen = Arc::clone(&seen);
        move |request: Request| async move {
            *seen.lock().unwrap() = Some((request.uri().to_string(), request.headers().clone()));
            StatusCode::NOT_FOUND
        }
    }));
    let provider = provider(app).await;
    assert_eq!(
        attach_to(&provider).await.unwrap_err(),
        AttachError::NotFound
    );
    let (uri, headers) = seen.lock().unwrap().take().unwrap();
    assert_eq!(uri, "/v1/realtime?call_id=rtc_1");
    assert_eq!(headers["authorization"], format!("Bearer {KEY}").as_str());
    assert_eq!(headers["sec-websocket-version"], "13");
    for absent in ["sec-websocket-protocol", "openai-beta", "origin"] {
        assert!(!headers.contains_key(absent), "{absent}");
    }
}

#[tokio::test]
async fn a_refused_upgrade_says_why() {
    let check = async |status: u16, body: &'static str, expected: AttachError| {
        let app = Router::new().fallback(any(move || async move {
            (StatusCode::from_u16(status).unwrap(), body)
        }));
        assert_eq!(
            attach_to(&provider(app).await).await.unwrap_err(),
            expected,
            "{status}"
        );
    };
    check(
        404,
        r#"{"error":{"code":"call_id_not_found"}}"#,
        AttachError::NotFound,
    )
    .await;
    check(404, "", AttachError::NotFound).await;
    check(
        400,
        r#"{"error":{"code":"call_id_not_found"}}"#,
        AttachError::NotFound,
    )
    .await;
    check(400, "", AttachError::Refused(400)).await;
    check(
        401,
        r#"{"error":{"code":"invalid_api_key"}}"#,
        AttachError::Refused(401),
    )
    .await;
    check(302, "", AttachError::Refused(302)).await;
    check(503, "", AttachError::Refused(503)).await;
    check(200, "v=0", AttachError::Refused(200)).await;
}

#[tokio::test]
async fn a_server_that_does_not_speak_websocket_is_noticed() {
    let app = Router::new().fallback(any(|| async {
        let headers = [
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-accept", "bm90IHlvdXJzIQ=="),
        ];
        (StatusCode::SWITCHING_PROTOCOLS, headers).into_response() as Answer
    }));
    assert_eq!(
        attach_to(&provider(app).await).await.unwrap_err(),
        AttachError::Failed
    );
}

#[tokio::test]
async fn events_come_in_order_and_a_bad_one_costs_nothing() {
    let provider = scripted(|mut socket| {
        Box::pin(async move {
            socket
                .send(text(
                    &json!({ "type": "input_audio_buffer.committed", "item_id": "item_1" }),
                ))
                .await
                .unwrap();
            socket
                .send(ws::Message::Text("not json".into()))
                .await
                .unwrap();
            socket
                .send(ws::Message::Binary(vec![1, 2, 3].into()))
                .await
                .unwrap();
            socket
                .send(text(&json!({ "type": "input_audio_buffer.committed" })))
                .await
                .unwrap();
            socket
                .send(text(&json!({ "type": "something.new" })))
                .await
                .unwrap();
            socket
                .send(ws::Message::Close(Some(ws::CloseFrame {
                    code: 1000,
                    reason: "".into(),
                })))
                .await
                .unwrap();
        })
    })
    .await;
    let mut link = attach_to(&provider).await.unwrap();
    assert_eq!(
        link.next().await,
        Ok(CallEvent::AudioCommitted {
            item: "item_1".parse().unwrap()
        })
    );
    assert_eq!(
        link.next().await,
        Ok(CallEvent::Other {
            kind: "something.new".into()
        })
    );
    assert_eq!(link.next().await, Err(LinkEnd::Clean));
}

#[tokio::test]
async fn an_end_is_clean_or_broken() {
    let check = async |code: Option<u16>, expected: LinkEnd| {
        let provider = scripted(move |mut socket| {
            Box::pin(async move {
                match code {
                    Some(0) => socket.send(ws::Message::Close(None)).await.unwrap(),
                    Some(code) => socket
                        .send(ws::Message::Close(Some(ws::CloseFrame {
                            code,
                            reason: "".into(),
                        })))
                        .await
                        .unwrap(),
                    // Gone without a word.
                    None => drop(socket),
                }
            })
        })
        .await;
        let mut link = attach_to(&provider).await.unwrap();
        assert_eq!(link.next().await, Err(expected), "{code:?}");
        // And it stays over.
        assert!(link.next().await.is_err());
        assert!(
            link.send(&CallCommand::AskConfiguration, &configuration())
                .await
                .is_err()
        );
    };
    check(Some(1000), LinkEnd::Clean).await;
    check(Some(1001), LinkEnd::Clean).await;
    check(Some(0), LinkEnd::Clean).await;
    check(Some(1011), LinkEnd::Broken).await;
    check(Some(4000), LinkEnd::Broken).await;
    check(None, LinkEnd::Broken).await;
}

#[tokio::test]
async fn only_an_error_that_answers_this_link_is_called_ours() {
    let provider = scripted(|mut socket| {
        Box::pin(async move {
            let sent = receive(&mut socket).await;
            assert_eq!(sent["type"], "response.create");
            let error = |id: Value| json!({ "type": "error", "error": { "code": "invalid_value", "event_id": id } });
            socket.send(text(&error(sent["event_id"].clone()))).await.unwrap();
            for foreign in [json!("respond"), json!("0011223344556677.respond"), json!(".respond"), Value::Null] {
                socket.send(text(&error(foreign))).await.unwrap();
            }
            receive(&mut socket).await;
        })
    })
    .await;
    let mut link = attach_to(&provider).await.unwrap();
    link.send(
        &CallCommand::Respond { instructions: None },
        &configuration(),
    )
    .await
    .unwrap();
    let error = |command: Option<&str>| {
        Ok(CallEvent::Error {
            code: Some("invalid_value".into()),
            command: command.map(str::to_owned),
        })
    };
    assert_eq!(link.next().await, error(Some("respond")));
    for _ in 0..4 {
        assert_eq!(link.next().await, error(None));
    }
    link.close().await;
}

#[tokio::test]
async fn a_response_is_ours_by_its_token_and_each_token_counts_once() {
    let provider = scripted(|mut socket| {
        Box::pin(async move {
            let sent = receive(&mut socket).await;
            let token = sent["response"]["metadata"]["asked_by"].clone();
            let begun = |token: Value| {
                json!({ "type": "response.created", "response": { "id": "resp_1", "metadata": { "asked_by": token } } })
            };
            for token in [json!("0011223344556677"), token.clone(), token] {
                socket.send(text(&begun(token))).await.unwrap();
            }
            receive(&mut socket).await;
        })
    })
    .await;
    let mut link = attach_to(&provider).await.unwrap();
    link.send(
        &CallCommand::Respond { instructions: None },
        &configuration(),
    )
    .await
    .unwrap();
    for ours in [None, Some("respond"), None] {
        let Ok(CallEvent::ResponseStarted { asked_by, .. }) = link.next().await else {
            panic!("no response began");
        };
        assert_eq!(asked_by.as_deref(), ours);
    }
    link.close().await;
}

#[tokio::test]
async fn marks_differ_from_link_to_link() {
    let provider =
        scripted(|mut socket| Box::pin(async move { while socket.recv().await.is_some() {} }))
            .await;
    let (one, two) = (
        attach_to(&provider).await.unwrap(),
        attach_to(&provider).await.unwrap(),
    );
    assert_ne!(one.mark, two.mark);
    assert_eq!(one.mark.len(), 16);
}

#[tokio::test]
async fn a_ping_of_the_provider_is_answered() {
    let provider = scripted(|mut socket| {
        Box::pin(async move {
            socket
                .send(ws::Message::Ping(vec![7].into()))
                .await
                .unwrap();
            let answered = socket.recv().await;
            assert!(
                matches!(&answered, Some(Ok(ws::Message::Pong(data))) if data.as_ref() == [7]),
                "{answered:?}"
            );
            socket
                .send(text(&json!({ "type": "answered" })))
                .await
                .unwrap();
            while socket.recv().await.is_some() {}
        })
    })
    .await;
    let mut link = attach_to(&provider).await.unwrap();
    assert_eq!(
        link.next().await,
        Ok(CallEvent::Other {
            kind: "answered".into()
        })
    );
}

#[tokio::test]
async fn a_silent_side_is_asked_and_believed_when_it_answers() {
    let provider = scripted(|mut socket| {
        Box::pin(async move {
            // The library answers pings by itself; it only has to be read.
            while let Some(Ok(message)) = socket.recv().await {
                if matches!(message, ws::Message::Ping(_)) {
                    socket
                        .send(text(&json!({ "type": "was.asked" })))
                        .await
                        .unwrap();
                }
            }
        })
    })
    .await;
    let mut link = attach_to(&provider).await.unwrap();
    link.pulse = Pulse::PingAt(Instant::now());
    assert_eq!(
        link.next().await,
        Ok(CallEvent::Other {
            kind: "was.asked".into()
        })
    );
    assert!(matches!(link.pulse, Pulse::PingAt(at) if at > Instant::now()));
}

#[tokio::test]
async fn a_side_that_does_not_answer_in_time_is_lost() {
    // Never reads, so never answers.
    let provider = scripted(|socket| {
        Box::pin(async move {
            std::future::pending::<()>().await;
            drop(socket);
        })
    })
    .await;
    let mut link = attach_to(&provider).await.unwrap();
    link.pulse = Pulse::PingAt(Instant::now());
    let waiting = tokio::time::timeout(Duration::from_millis(50), link.next()).await;
    assert!(waiting.is_err(), "it is given its time: {waiting:?}");
    assert!(matches!(link.pulse, Pulse::AnswerBy(at) if at > Instant::now()));
    link.pulse = Pulse::AnswerBy(Instant::now());
    assert_eq!(link.next().await, Err(LinkEnd::Broken));
}

#[tokio::test]
async fn waiting_can_be_given_up_without_losing_an_event() {
    let go = Arc::new(tokio::sync::Notify::new());
    let provider = scripted({
        let go = Arc::clone(&go);
        move |mut socket| {
            let go = Arc::clone(&go);
            Box::pin(async move {
                go.notified().await;
                for i in 0..50 {
                    socket
                        .send(text(&json!({ "type": format!("event.{i}") })))
                        .await
                        .unwrap();
                }
                while socket.recv().await.is_some() {}
            })
        }
    })
    .await;
    let mut link = attach_to(&provider).await.unwrap();
    // Polled once and dropped, as a loop that waits for several things does.
    assert!(futures::FutureExt::now_or_never(link.next()).is_none());
    go.notify_one();
    for i in 0..50 {
        let event = loop {
            if let Some(event) = futures::FutureExt::now_or_never(link.next()) {
                break event;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(
            event,
            Ok(CallEvent::Other {
                kind: format!("event.{i}")
            })
        );
    }
}

#[tokio::test]
async fn closing_tells_the_other_side() {
    let closed = Arc::new(tokio::sync::Notify::new());
    let provider = scripted({
        let closed = Arc::clone(&closed);
        move |mut socket| {
            let closed = Arc::clone(&closed);
            Box::pin(async move {
                let last = socket.recv().await;
                assert!(matches!(last, Some(Ok(ws::Message::Close(_)))), "{last:?}");
                closed.notify_one();
            })
        }
    })
    .await;
    attach_to(&provider).await.unwrap().close().await;
    closed.notified().await;
}

#[tokio::test]
async fn a_link_shows_nothing() {
    let provider =
        scripted(|mut socket| Box::pin(async move { while socket.recv().await.is_some() {} }))
            .await;
    let link = attach_to(&provider).await.unwrap();
    let shown = format!("{link:?}");
    assert!(
        !shown.contains(KEY) && !shown.contains(&link.mark),
        "{shown}"
    );
}
