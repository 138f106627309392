//! Every request we send, byte by byte where bytes matter: method, target, all headers, all parts.

use crate::{
    fixtures::{fixture, fixtures},
    shape::misfits,
    stage::{Answer, KEY, Log, Sent, base_path, configuration, listen, name, offer, provider},
};
use domain::{
    ItemId, Private, ProviderCallId, ToolCallId,
    call::{CallCommand, CallConfiguration},
};
use realtime::{AttachError, CreateCallError, Provider, ProviderKind, encode, session_json};
use runtime::Clock;
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, time::Duration};

const SAFETY_ID: &str = "6f1c2ab09d5e4c7781f3";
const ANSWER: &str = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\n";
/// Not ours to choose, or different each time.
const OF_THE_TRANSPORT: [&str; 3] = ["host", "content-length", "user-agent"];

fn call() -> ProviderCallId {
    ProviderCallId::parse("rtc_u2_Kq7w1ZbN5xRt0LmYc3Vd").unwrap()
}

fn created(kind: ProviderKind) -> Answer {
    let location = format!("{}/realtime/calls/{}", base_path(kind), call());
    Answer::new(201, ANSWER).with("location", &location)
}

fn minted() -> Answer {
    Answer::new(200, &fixture("replies/minted").to_string())
}

fn secret() -> String {
    fixture("replies/minted")["value"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn stage(kind: ProviderKind, answers: Vec<Answer>) -> (Provider, Log) {
    let (address, log) = listen(answers).await;
    (provider(kind, &address), log)
}

/// A request as the fixtures write it.
fn shown(sent: &Sent) -> Value {
    let mut headers = Map::new();
    let mut boundary = None;
    for (name, value) in &sent.headers {
        if OF_THE_TRANSPORT.contains(&name.as_str()) {
            continue;
        }
        let mut value = value.replace(KEY, "{key}").replace(&secret(), "{secret}");
        if name == "sec-websocket-key" {
            value = "{nonce}".to_owned();
        }
        if let Some((kind, mark)) = value.clone().split_once("; boundary=") {
            (value, boundary) = (kind.to_owned(), Some(mark.to_owned()));
        }
        headers.insert(name.clone(), value.into());
    }
    let body = match boundary {
        Some(boundary) => json!({ "parts": parts(&sent.body, &boundary) }),
        None if sent.body.is_empty() => Value::Null,
        None => content(&sent.body),
    };
    json!({ "method": sent.method, "target": sent.target, "headers": headers, "body": body })
}

fn parts(body: &str, boundary: &str) -> Vec<Value> {
    let body = body
        .strip_prefix(&format!("--{boundary}\r\n"))
        .and_then(|body| body.strip_suffix(&format!("\r\n--{boundary}--\r\n")))
        .expect("it begins and ends with its boundary");
    let part = |part: &str| {
        let (head, text) = part.split_once("\r\n\r\n").unwrap();
        let headers: Map<String, Value> = head
            .split("\r\n")
            .map(|line| {
                let (name, value) = line.split_once(": ").unwrap();
                (name.to_lowercase(), value.into())
            })
            .collect();
        let mut shown = content(text);
        shown["headers"] = Value::Object(headers);
        shown
    };
    body.split(&format!("\r\n--{boundary}\r\n"))
        .map(part)
        .collect()
}

/// The offer letter by letter, with its last line end; anything else is JSON.
fn content(text: &str) -> Value {
    if text == offer().as_str() {
        return json!({ "text": "{offer}" });
    }
    json!({ "json": serde_json::from_str::<Value>(text).expect("JSON") })
}

#[tokio::test]
async fn making_a_call_is_sent_as_each_kind_of_provider_wants_it() {
    for kind in ProviderKind::ALL {
        let answers = match kind {
            ProviderKind::Azure => vec![minted(), created(kind)],
            _ => vec![created(kind)],
        };
        let (provider, log) = stage(kind, answers).await;
        let made = provider
            .create_call(&offer(), &configuration(&provider), SAFETY_ID)
            .await
            .unwrap();
        assert_eq!(
            (made.call, made.answer.as_str()),
            (call(), ANSWER),
            "{kind:?}"
        );
        // A deployment's name is not its model's, and the provider says which it is.
        let model = (kind == ProviderKind::Azure).then_some("gpt-realtime-2.1-2026-07-06");
        assert_eq!(made.model.as_deref(), model, "{kind:?}");

        let of_kind = fixtures(&format!("requests/{}", name(kind)));
        let expected: Vec<&Value> = of_kind
            .iter()
            .filter(|(name, _)| name.starts_with("create_call"))
            .map(|(_, request)| request)
            .collect();
        let sent = log.lock().unwrap();
        let sent: Vec<Value> = sent.iter().map(shown).collect();
        assert_eq!(sent.iter().collect::<Vec<_>>(), expected, "{kind:?}");
    }
}

#[tokio::test]
async fn hanging_up_is_sent_as_each_kind_of_provider_wants_it() {
    for kind in ProviderKind::ALL {
        let (provider, log) = stage(kind, vec![Answer::new(200, "")]).await;
        provider.hangup(&call()).await.unwrap();
        let sent = log.lock().unwrap();
        assert_eq!(sent.len(), 1);
        let expected = fixture(&format!("requests/{}/hangup", name(kind)));
        assert_eq!(shown(&sent[0]), expected, "{kind:?}");
    }
}

#[tokio::test]
async fn attaching_is_sent_as_each_kind_of_provider_wants_it() {
    for kind in ProviderKind::ALL {
        let (provider, log) = stage(kind, vec![Answer::new(404, "")]).await;
        provider.attach(&call()).await.unwrap_err();
        let sent = log.lock().unwrap();
        assert_eq!(sent.len(), 1);
        let expected = fixture(&format!("requests/{}/control_link", name(kind)));
        assert_eq!(shown(&sent[0]), expected, "{kind:?}");
    }
}

#[tokio::test]
async fn minting_is_sent_as_each_kind_of_provider_wants_it() {
    for kind in ProviderKind::ALL {
        let (provider, log) = stage(kind, vec![minted()]).await;
        let life = Duration::from_secs(45);
        let made = provider
            .mint(&configuration(&provider), life, SAFETY_ID)
            .await
            .unwrap();
        assert_eq!(made.secret, Private::new(secret()), "{kind:?}");
        assert_eq!(made.expires_at.as_seconds(), 1_795_230_750, "{kind:?}");
        assert_eq!(made.model.as_deref(), Some("gpt-realtime-2.1-2026-07-06"));
        let sent = log.lock().unwrap();
        assert_eq!(sent.len(), 1);
        let expected = fixture(&format!("requests/{}/mint", name(kind)));
        assert_eq!(shown(&sent[0]), expected, "{kind:?}");
    }
}

#[tokio::test]
async fn an_offer_with_a_secret_is_sent_to_the_url_that_a_browser_is_told_and_without_the_key() {
    for kind in ProviderKind::ALL {
        let (provider, log) = stage(kind, vec![created(kind)]).await;
        let made = provider
            .create_with_secret(&offer(), &Private::new(secret()))
            .await
            .unwrap();
        assert_eq!(
            (made.call, made.answer.as_str()),
            (call(), ANSWER),
            "{kind:?}"
        );
        let sent = log.lock().unwrap();
        assert_eq!(sent.len(), 1);
        let expected = fixture(&format!("requests/{}/create_with_secret", name(kind)));
        assert_eq!(shown(&sent[0]), expected, "{kind:?}");
        let url = provider.calls_url();
        assert_eq!(url.authority(), provider.profile().base_url.authority());
        let target = url.query().map_or_else(
            || url.path().to_owned(),
            |query| format!("{}?{query}", url.path()),
        );
        assert_eq!(sent[0].target, target, "{kind:?}");
        assert!(!format!("{:?}", sent[0]).contains(KEY), "{kind:?}");
    }
}

#[tokio::test]
async fn attaching_with_a_secret_is_sent_as_each_kind_of_provider_wants_it_and_without_the_key() {
    for kind in ProviderKind::ALL {
        let (provider, log) = stage(kind, vec![Answer::new(404, "")]).await;
        let error = provider
            .attach_with_secret(&call(), &Private::new(secret()))
            .await
            .unwrap_err();
        assert_eq!(error, AttachError::NotFound, "{kind:?}");
        let sent = log.lock().unwrap();
        assert_eq!(sent.len(), 1);
        let expected = fixture(&format!("requests/{}/control_link_with_secret", name(kind)));
        assert_eq!(shown(&sent[0]), expected, "{kind:?}");
        assert!(!format!("{:?}", sent[0]).contains(KEY), "{kind:?}");
    }
}

#[tokio::test]
async fn a_secret_that_no_header_can_hold_is_sent_nowhere() {
    let (provider, log) = stage(ProviderKind::OpenAi, vec![created(ProviderKind::OpenAi)]).await;
    let broken = Private::from("ek_1\r\nx: y");
    let attached = provider.attach_with_secret(&call(), &broken).await;
    assert_eq!(attached.unwrap_err(), AttachError::Failed);
    let made = provider.create_with_secret(&offer(), &broken).await;
    assert_eq!(made.unwrap_err(), CreateCallError::BadAnswer);
    assert_eq!(log.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn a_secret_whose_end_is_not_told_ends_when_it_was_asked_to() {
    let reply = Answer::new(200, r#"{"value":"ek_1"}"#);
    let (provider, _) = stage(ProviderKind::Compatible, vec![reply]).await;
    let before = Clock::system().now();
    let life = Duration::from_secs(45);
    let made = provider
        .mint(&configuration(&provider), life, SAFETY_ID)
        .await
        .unwrap();
    let after = Clock::system().now();
    assert!((before + life..=after + life).contains(&made.expires_at));
    assert_eq!(made.model, None);
}

#[tokio::test]
async fn every_request_of_a_call_goes_to_the_one_base_url_with_the_one_key() {
    for kind in ProviderKind::ALL {
        let answers = match kind {
            ProviderKind::Azure => vec![minted(), created(kind), Answer::new(404, "")],
            _ => vec![created(kind), Answer::new(404, "")],
        };
        let (provider, log) = stage(kind, answers).await;
        let made = provider
            .create_call(&offer(), &configuration(&provider), SAFETY_ID)
            .await
            .unwrap();
        provider.attach(&made.call).await.unwrap_err();
        let _ = provider.hangup(&made.call).await;
        let sent = log.lock().unwrap().clone();
        let host = provider.profile().base_url.authority();
        for request in &sent {
            assert_eq!(request.headers["host"], host);
            let base = format!("{}/realtime", base_path(kind));
            assert!(request.target.starts_with(&base), "{}", request.target);
            // In one header, and never beside another way to say who we are.
            let whole = format!("{request:?}");
            let secrets = whole.matches(KEY).count() + whole.matches(&secret()).count();
            assert_eq!(secrets, 1, "{kind:?} {}", request.target);
            assert!(
                !(request.headers.contains_key("authorization")
                    && request.headers.contains_key("api-key"))
            );
        }
    }
}

#[test]
fn the_session_is_as_the_fixture_shows_it_and_holds_nothing_the_reference_does_not_know() {
    let provider = provider(ProviderKind::OpenAi, "http://127.0.0.1:9");
    let session = session_json(&configuration(&provider));
    assert_eq!(session, fixture("requests/session"));
    assert_eq!(misfits(&session, &fixture("shapes/session")), [""; 0]);
    for kind in ProviderKind::ALL {
        let provider = crate::stage::provider(kind, "http://127.0.0.1:9");
        for model in [
            "gpt-live-transcribe",
            "gpt-4o-transcribe",
            "my-own",
            "whisper-1",
        ] {
            let session = session_json(&CallConfiguration {
                transcription_model: model.into(),
                ..configuration(&provider)
            });
            assert_eq!(
                misfits(&session, &fixture("shapes/session")),
                [""; 0],
                "{model}"
            );
        }
    }
}

#[test]
fn the_wish_for_a_secret_holds_nothing_the_reference_does_not_know() {
    let of_kinds = ProviderKind::ALL.map(|kind| format!("requests/{}/mint", name(kind)));
    for request in of_kinds
        .iter()
        .map(String::as_str)
        .chain(["requests/azure/create_call.1"])
    {
        let wish = &fixture(request)["body"]["json"];
        assert_eq!(misfits(wish, &fixture("shapes/mint")), [""; 0], "{request}");
        let seconds = wish["expires_after"]["seconds"].as_u64().unwrap();
        assert!((10..=7200).contains(&seconds), "{request} {seconds}");
    }
}

macro_rules! commands {
    ($($name:ident)*) => {
        const COMMANDS: &[&str] = &[$(stringify!($name)),*];

        /// Does not compile with a command that is not in the list.
        const fn variant(command: &CallCommand) -> &'static str {
            match command {
                $(CallCommand::$name { .. } => stringify!($name),)*
            }
        }
    };
}

commands! {
    AskConfiguration RestoreConfiguration Respond ToolOutput Note PersonText DeleteItem CancelResponse
    ClearPlayback ClearInput
}

/// Commands by the names of their fixtures.
fn commands() -> Vec<(&'static str, CallCommand)> {
    let respond = |instructions: Option<&str>| CallCommand::Respond {
        instructions: instructions.map(str::to_owned),
    };
    vec![
        ("ask_configuration", CallCommand::AskConfiguration),
        ("restore_configuration", CallCommand::RestoreConfiguration),
        ("respond", respond(None)),
        (
            "respond_with_instructions",
            respond(Some(
                "Greet the caller and say that this call is transcribed.",
            )),
        ),
        (
            "tool_output",
            CallCommand::ToolOutput {
                call: ToolCallId::parse("call_uMNE0Myi2tDTPu0w").unwrap(),
                item: ItemId::parse("item_ours_1").unwrap(),
                output: "{\"ok\":true}".into(),
            },
        ),
        (
            "note",
            CallCommand::Note {
                item: ItemId::parse("item_note_1").unwrap(),
                text: "The phone was corrected by hand.".into(),
            },
        ),
        (
            "person_text",
            CallCommand::PersonText {
                item: ItemId::parse("item_typed_1").unwrap(),
                text: "My email is ada@example.org".into(),
            },
        ),
        (
            "delete_item",
            CallCommand::DeleteItem {
                item: ItemId::parse("item_Qe8Yf6").unwrap(),
            },
        ),
        ("cancel_response", CallCommand::CancelResponse),
        ("clear_playback", CallCommand::ClearPlayback),
        ("clear_input", CallCommand::ClearInput),
    ]
}

#[test]
fn every_command_is_the_client_event_of_its_fixture_and_holds_nothing_unknown() {
    let provider = provider(ProviderKind::OpenAi, "http://127.0.0.1:9");
    let mut expected = fixtures("client_events");
    let shown: BTreeSet<&str> = commands()
        .iter()
        .map(|(_, command)| variant(command))
        .collect();
    assert_eq!(
        shown,
        COMMANDS.iter().copied().collect(),
        "a command without a fixture"
    );
    for (name, command) in commands() {
        let sent: Value =
            serde_json::from_str(&encode(&command, &configuration(&provider))).unwrap();
        assert_eq!(Some(&sent), expected.get(name), "{name}");
        expected.remove(name);
        let shapes = fixture("shapes/client_events");
        let mut shape = shapes[sent["type"].as_str().unwrap()].clone();
        if shape["item"] == "@item" {
            shape["item"] = fixture("shapes/items")[sent["item"]["type"].as_str().unwrap()].clone();
        }
        assert_eq!(misfits(&sent, &shape), [""; 0], "{name}");
    }
    assert_eq!(
        expected.keys().collect::<BTreeSet<_>>(),
        BTreeSet::new(),
        "fixtures of no command"
    );
}
