//! Whole calls, with real media on the wire.

use crate::stage::{Link, Stage, intake, quick};
use rehearsal::{CallEnd, RehearsalConfig};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::babble::babble;
use testkit::{Caller, CallerOptions};

fn sealed() -> CallerOptions {
    CallerOptions {
        data_channel: false,
        ..CallerOptions::default()
    }
}

/// Answers a tool call as a server does, and asks for the next response.
async fn answer(link: &mut Link, call_id: &Value, output: &Value) {
    link.send(json!({ "type": "conversation.item.create", "item": {
        "type": "function_call_output", "call_id": call_id, "output": output.to_string(),
    } }))
    .await;
    link.send(json!({ "type": "response.create" })).await;
}

/// The next tool call that was completed.
async fn tool_call(link: &mut Link) -> Value {
    loop {
        let item = link.event_of("response.output_item.done").await["item"].clone();
        if item["type"] == "function_call" {
            assert_eq!(item["status"], "completed");
            link.event_of("response.done").await;
            return item;
        }
    }
}

#[tokio::test]
async fn a_sealed_call_is_greeted_heard_and_answered_through_the_control_link() {
    let stage = Stage::new(quick()).await;
    let (mut caller, id) = stage.call(sealed(), &intake()).await;
    assert!(!stage.record(&id).data_channel);
    let mut link = stage.link(&id).await;

    link.send(
        json!({ "type": "session.update", "event_id": "probe", "session": { "type": "realtime" } }),
    )
    .await;
    let first = link.next().await.expect("an event");
    assert_eq!(
        first["type"], "session.updated",
        "no session.created comes before it"
    );
    assert_eq!(first["session"]["instructions"], intake()["instructions"]);

    link.send(json!({ "type": "response.create" })).await;
    link.event_of("response.created").await;
    link.event_of("output_audio_buffer.started").await;
    let greeting = link.event_of("conversation.item.done").await;
    assert!(
        greeting["item"]["content"][0]["transcript"]
            .as_str()
            .expect("a text")
            .starts_with("Hello, this is a rehearsal call")
    );
    caller
        .until("greeted aloud", |state| {
            state.heard > Duration::from_millis(500)
        })
        .await;
    link.event_of("output_audio_buffer.stopped").await;

    stage.provider.will_hear(["Ada Lovelace"]).await;
    caller.say(&babble(Duration::from_millis(1500)));
    let started = link.event_of("input_audio_buffer.speech_started").await;
    let stopped = link.event_of("input_audio_buffer.speech_stopped").await;
    let committed = link.event_of("input_audio_buffer.committed").await;
    let words = link
        .event_of("conversation.item.input_audio_transcription.completed")
        .await;
    for event in [&stopped, &committed, &words] {
        assert_eq!(event["item_id"], started["item_id"]);
    }
    assert_eq!(committed["previous_item_id"], greeting["item"]["id"]);
    assert_eq!(words["transcript"], "Ada Lovelace");

    let call = tool_call(&mut link).await;
    assert_eq!(call["name"], "set_field");
    let arguments: Value =
        serde_json::from_str(call["arguments"].as_str().expect("a text")).expect("JSON");
    assert_eq!(
        (&arguments["field"], &arguments["value"]),
        (&json!("full_name"), &json!("Ada Lovelace"))
    );
    let saved = json!({ "ok": true, "field": "full_name", "value": "Ada Lovelace", "state": "confirmed", "missing": ["reason"] });
    answer(&mut link, &call["call_id"], &saved).await;
    let question = link.event_of("response.output_audio_transcript.done").await;
    assert!(
        question["transcript"]
            .as_str()
            .expect("a text")
            .contains("What is it about?"),
        "{question}"
    );
    link.event_of("response.done").await;

    let hangup = stage
        .post(&format!("/v1/realtime/calls/{id}/hangup"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(hangup.status(), 200);
    assert_eq!(link.closed().await, Some(1000));
    caller
        .until("told that it is over", |state| state.closed)
        .await;
    let again = stage
        .post(&format!("/v1/realtime/calls/{id}/hangup"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(again.status(), 400);

    let record = stage.ended(&id).await;
    assert_eq!(record.ended_why, Some(CallEnd::HungUp));
    assert_eq!(record.session_given, intake());
    assert_eq!(record.events_sent["response.done"], record.usage.responses);
    assert!(record.usage.input_tokens > 0 && record.usage.output_tokens > 0);
    assert_eq!(record.events_received["session.update"], 1);
    stage.close().await;
}

#[tokio::test]
async fn a_call_with_a_data_channel_shares_one_state_with_its_control_link() {
    let stage = Stage::new(quick()).await;
    let (mut caller, id) = stage.call(CallerOptions::default(), &intake()).await;
    let created = caller.event().await.expect("an event");
    assert_eq!(created["type"], "session.created");
    assert!(created["session"]["expires_at"].as_i64().expect("a number") > 1_600_000_000);

    let mut link = stage.link(&id).await;
    caller.send(&json!({ "type": "session.update", "session": { "type": "realtime", "instructions": "Mine now." } }));
    assert_eq!(
        link.event_of("session.updated").await["session"]["instructions"],
        "Mine now."
    );
    assert_eq!(
        caller.event_of("session.updated").await["session"]["instructions"],
        "Mine now."
    );

    link.send(json!({ "type": "nonsense", "event_id": "x" }))
        .await;
    assert_eq!(link.event_of("error").await["error"]["event_id"], "x");
    caller.send(&json!({ "type": "conversation.item.create", "item": {
        "id": "typed_1", "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "Hello" }],
    } }));
    for event in [
        link.event_of("conversation.item.done").await,
        caller.event_of("conversation.item.done").await,
    ] {
        assert_eq!(event["item"]["id"], "typed_1");
    }
    caller.send(&json!({ "type": "response.create" }));
    let (one, other) = (
        link.event_of("response.done").await,
        caller.event_of("response.done").await,
    );
    assert_eq!(one["response"], other["response"]);

    caller.hang_up().await;
    assert_eq!(link.closed().await, Some(1000));
    assert_eq!(stage.ended(&id).await.ended_why, Some(CallEnd::PeerClosed));
    stage.close().await;
}

#[tokio::test]
async fn speaking_over_the_assistant_silences_it() {
    let stage = Stage::new(RehearsalConfig {
        word_latency: Duration::from_millis(250),
        ..quick()
    })
    .await;
    let (mut caller, id) = stage.call(sealed(), &intake()).await;
    let mut link = stage.link(&id).await;
    let long = "Say: One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen.";
    link.send(json!({ "type": "response.create", "response": { "instructions": long } }))
        .await;
    let playing = link.event_of("output_audio_buffer.started").await["response_id"].clone();
    caller
        .until("spoken to", |state| {
            state.heard > Duration::from_millis(300)
        })
        .await;

    caller.say(&babble(Duration::from_millis(800)));
    link.event_of("input_audio_buffer.speech_started").await;
    assert_eq!(
        link.event_of("output_audio_buffer.cleared").await["response_id"],
        playing
    );
    let cut = link.event_of("conversation.item.truncated").await;
    assert!(cut["audio_end_ms"].as_u64().expect("a number") > 200);
    let done = link.event_of("response.done").await;
    assert_eq!(
        done["response"]["status_details"],
        json!({ "type": "cancelled", "reason": "turn_detected" })
    );
    caller
        .until("left in peace", |state| {
            state.quiet > Duration::from_millis(200)
        })
        .await;

    caller.hang_up().await;
    stage.ended(&id).await;
    stage.close().await;
}

#[tokio::test]
async fn manual_turns_are_committed_by_the_client() {
    let stage = Stage::new(quick()).await;
    let mut session = intake();
    session["audio"]["input"]["turn_detection"] = Value::Null;
    let (mut caller, id) = stage.call(CallerOptions::default(), &session).await;
    caller.event_of("session.created").await;
    caller.say(&babble(Duration::from_millis(600)));
    stage.provider.will_hear(["Hello"]).await;
    let mut link = stage.link(&id).await;
    // What is committed is what has arrived, so the commit is tried until something has.
    loop {
        link.send(json!({ "type": "input_audio_buffer.commit" }))
            .await;
        match link.next().await.expect("an event")["type"].as_str() {
            Some("error") => {}
            Some("input_audio_buffer.committed") => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        link.event_of("conversation.item.input_audio_transcription.completed")
            .await["transcript"],
        "Hello"
    );
    caller.hang_up().await;
    let record = stage.ended(&id).await;
    assert!(!record.events_sent.contains_key("response.created"));
    stage.close().await;
}

#[tokio::test]
async fn a_caller_that_vanishes_is_noticed() {
    let stage = Stage::new(quick()).await;
    let (caller, id) = stage.call(sealed(), &intake()).await;
    let mut link = stage.link(&id).await;
    caller.vanish().await;
    assert_eq!(link.closed().await, Some(1000));
    assert_eq!(stage.ended(&id).await.ended_why, Some(CallEnd::PeerLost));
    stage.close().await;
}

#[tokio::test]
async fn a_caller_that_never_comes_is_not_waited_for() {
    let stage = Stage::new(RehearsalConfig {
        connect_timeout: Duration::from_millis(300),
        ..quick()
    })
    .await;
    let caller = Caller::new(sealed()).await;
    assert_eq!(stage.create(caller.offer(), &intake()).await.status(), 201);
    let id = stage.provider.ledger().calls[0].id.clone();
    assert_eq!(
        stage
            .try_link(&id, Some(stage.key()))
            .await
            .err()
            .expect("refused")
            .0,
        404
    );
    assert_eq!(
        stage.ended(&id).await.ended_why,
        Some(CallEnd::NeverConnected)
    );
    stage.close().await;
}

#[tokio::test]
async fn a_call_ends_at_its_longest_time_and_says_so() {
    let stage = Stage::new(RehearsalConfig {
        max_session: Duration::from_secs(2),
        ..quick()
    })
    .await;
    let (mut caller, id) = stage.call(CallerOptions::default(), &intake()).await;
    let mut link = stage.link(&id).await;
    assert_eq!(
        link.event_of("error").await["error"]["code"],
        "session_expired"
    );
    assert_eq!(link.closed().await, Some(1001));
    assert_eq!(
        caller.event_of("error").await["error"]["code"],
        "session_expired"
    );
    caller
        .until("told that it is over", |state| state.closed)
        .await;
    assert_eq!(
        stage.ended(&id).await.ended_why,
        Some(CallEnd::SessionExpired)
    );
    stage.close().await;
}

#[tokio::test]
async fn stopping_the_provider_ends_its_calls() {
    let stage = Stage::new(quick()).await;
    let (mut caller, id) = stage.call(CallerOptions::default(), &intake()).await;
    let mut link = stage.link(&id).await;
    assert!(stage.provider.shutdown().await);
    assert!(matches!(link.closed().await, Some(1000 | 1001)));
    caller
        .until("told that it is over", |state| state.closed)
        .await;
}

#[tokio::test]
async fn several_calls_share_one_port() {
    let stage = Stage::new(quick()).await;
    let mut callers = Vec::new();
    for _ in 0..4 {
        callers.push(stage.call(CallerOptions::default(), &intake()).await);
    }
    for (caller, _) in &mut callers {
        caller.send(&json!({ "type": "response.create" }));
    }
    for (caller, _) in &mut callers {
        caller.event_of("response.done").await;
        caller
            .until("greeted aloud", |state| {
                state.heard > Duration::from_millis(300)
            })
            .await;
    }
    assert_eq!(stage.provider.media_addrs().len(), 1);
    for (caller, id) in callers {
        caller.hang_up().await;
        stage.ended(&id).await;
    }
    stage.close().await;
}
