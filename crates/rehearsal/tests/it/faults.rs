//! Faults that are ordered over HTTP, as a test of another process orders them.

use crate::stage::{Stage, intake, quick};
use rehearsal::{CallEnd, Faults};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::{Caller, CallerOptions};

async fn order(stage: &Stage, faults: Value) {
    let answer = stage
        .post("/test/faults")
        .json(&faults)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 204);
}

#[tokio::test]
async fn minting_and_creating_fail_as_often_as_ordered() {
    let stage = Stage::new(quick()).await;
    order(
        &stage,
        json!({
            "mint": { "status": 429, "times": 1, "retry_after": 7 },
            "create": { "status": 503, "times": 1 },
        }),
    )
    .await;
    let mint = || {
        stage
            .post("/v1/realtime/client_secrets")
            .json(&json!({}))
            .send()
    };
    let refused = mint().await.expect("an answer");
    assert_eq!(
        (
            refused.status().as_u16(),
            refused.headers()["retry-after"].to_str().expect("a text")
        ),
        (429, "7")
    );
    assert_eq!(mint().await.expect("an answer").status(), 200);

    let caller = Caller::new(CallerOptions::default()).await;
    let refused = stage.create(caller.offer(), &intake()).await;
    assert_eq!(refused.status(), 503);
    assert_eq!(
        refused.json::<Value>().await.expect("JSON")["error"]["type"],
        "server_error"
    );
    assert!(stage.provider.ledger().calls.is_empty());
    let wrong = stage
        .post("/test/faults")
        .json(&json!({ "explode": true }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(wrong.status(), 400);
    stage.close().await;
}

#[tokio::test]
async fn answers_come_late_with_other_types_and_odd_locations() {
    let stage = Stage::new(quick()).await;
    type Fits = fn(Option<&str>) -> bool;
    let cases: [(Value, Fits); 3] = [
        (json!("absolute"), |location| {
            location.is_some_and(|text| text.starts_with("http://127.0.0.1:"))
        }),
        (json!("with_query"), |location| {
            location.is_some_and(|text| text.contains('?'))
        }),
        (json!("missing"), |location| location.is_none()),
    ];
    for (location, fits) in cases {
        order(
            &stage,
            json!({ "location": location, "plain_text_answer": true, "create_delay_ms": 50 }),
        )
        .await;
        let caller = Caller::new(CallerOptions::default()).await;
        let asked = Instant::now();
        let answer = stage.create(caller.offer(), &intake()).await;
        assert!(asked.elapsed() >= Duration::from_millis(50));
        assert_eq!(answer.status(), 201);
        assert!(
            answer.headers()["content-type"]
                .to_str()
                .expect("a text")
                .starts_with("text/plain")
        );
        let shown = answer
            .headers()
            .get("location")
            .map(|value| value.to_str().expect("a text"));
        assert!(fits(shown), "{location}: {shown:?}");
        let id = stage
            .provider
            .ledger()
            .calls
            .last()
            .expect("a call")
            .id
            .clone();
        stage
            .post(&format!("/v1/realtime/calls/{id}/hangup"))
            .send()
            .await
            .expect("an answer");
    }
    stage.close().await;
}

#[tokio::test]
async fn a_weak_provider_hides_what_a_caller_does_and_what_it_costs() {
    let stage = Stage::new(quick()).await;
    order(
        &stage,
        json!({ "updates_unseen": true, "items_unseen": true, "usage_missing": true }),
    )
    .await;
    let (mut caller, id) = stage.call(CallerOptions::default(), &intake()).await;
    let mut link = stage.link(&id).await;
    caller.send(&json!({ "type": "session.update", "session": {
        "type": "realtime", "instructions": "Changed.", "tools": [] } }));
    assert_eq!(
        caller.event_of("session.updated").await["session"]["instructions"],
        "Changed."
    );
    caller.send(&json!({ "type": "conversation.item.create", "item": {
        "type": "message", "role": "system", "content": [{ "type": "input_text", "text": "Hm." }] } }));
    caller.event_of("conversation.item.added").await;
    // What the link itself does it sees, and nothing came before.
    link.send(json!({ "type": "session.update", "session": { "type": "realtime" } }))
        .await;
    let seen = link.next().await.expect("an event");
    assert_eq!(seen["type"], "session.updated");
    assert_eq!(seen["session"]["instructions"], "Changed.");
    link.send(json!({ "type": "response.create" })).await;
    let done = link.event_of("response.done").await;
    assert!(done["response"]["usage"].is_null());
    caller.hang_up().await;
    stage.ended(&id).await;
    stage.close().await;
}

#[tokio::test]
async fn a_weak_provider_refuses_sealed_offers_and_hangs_up_in_words_only() {
    let stage = Stage::new(quick()).await;
    order(
        &stage,
        json!({ "sealed_offers_refused": true, "hangups_ignored": true }),
    )
    .await;
    let sealed = Caller::new(CallerOptions {
        data_channel: false,
        ..CallerOptions::default()
    })
    .await;
    let refused = stage.create(sealed.offer(), &intake()).await;
    assert_eq!(refused.status(), 400);
    let (caller, id) = stage.call(CallerOptions::default(), &intake()).await;
    let hangup = format!("/v1/realtime/calls/{id}/hangup");
    let answer = stage.post(&hangup).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert!(stage.record(&id).running);
    caller.hang_up().await;
    stage.ended(&id).await;
    stage.close().await;
}

#[tokio::test]
async fn a_call_made_with_a_secret_is_controlled_by_that_secret_and_by_the_key_unless_refused() {
    let stage = Stage::new(quick()).await;
    let (first, second) = (stage.secret().await, stage.secret().await);
    let caller = Caller::new(CallerOptions::default()).await;
    let answer = stage
        .http
        .post(stage.url("/v1/realtime/calls"))
        .bearer_auth(&first)
        .header("content-type", "application/sdp")
        .body(caller.offer().to_owned())
        .send()
        .await
        .expect("an answer");
    let location = answer.headers()["location"].to_str().expect("a text");
    let id = location.rsplit('/').next().expect("an id").to_owned();
    let mut caller = caller.connect(&answer.text().await.expect("a body"));
    caller.until("connected", |state| state.connected).await;

    let status = |attempt: Result<_, (u16, Value)>| attempt.err().map_or(101, |(status, _)| status);
    let attempt = async |key: &str| status(stage.try_link(&id, Some(key)).await.map(drop));
    assert_eq!(attempt(&first).await, 101);
    assert_eq!(attempt(stage.key()).await, 101);
    assert_eq!(attempt(&second).await, 404, "the secret of another call");
    order(&stage, json!({ "secret_calls_refuse_key": true })).await;
    assert_eq!(attempt(stage.key()).await, 404);
    assert_eq!(attempt(&first).await, 101);
    caller.hang_up().await;
    stage.ended(&id).await;
    stage.close().await;
}

#[tokio::test]
async fn control_links_are_missing_at_first_and_close_while_the_call_lives() {
    let stage = Stage::new(quick()).await;
    stage.provider.set_faults(Faults {
        link_not_found: 2,
        link_closes: 1,
        link_close_after_ms: 100,
        ..Faults::default()
    });
    let (mut caller, id) = stage.call(CallerOptions::default(), &intake()).await;
    for _ in 0..2 {
        let (status, body) = stage
            .try_link(&id, Some(stage.key()))
            .await
            .err()
            .expect("refused");
        assert_eq!(
            (status, body["error"]["code"].as_str()),
            (404, Some("call_id_not_found"))
        );
    }
    let mut first = stage.link(&id).await;
    assert_eq!(first.closed().await, Some(1000));
    assert!(stage.record(&id).running);
    let mut second = stage.link(&id).await;
    second
        .send(json!({ "type": "session.update", "session": { "type": "realtime" } }))
        .await;
    second.event_of("session.updated").await;
    caller.event_of("session.updated").await;
    assert_eq!(stage.record(&id).links_attached, 2);
    caller.hang_up().await;
    stage.ended(&id).await;
    stage.close().await;
}

#[tokio::test]
async fn a_creation_that_hangs_does_not_hold_up_others() {
    let stage = Stage::new(quick()).await;
    order(&stage, json!({ "create_hangs": true })).await;
    let caller = Caller::new(CallerOptions::default()).await;
    let hanging = tokio::time::timeout(
        Duration::from_millis(300),
        stage.create(caller.offer(), &intake()),
    )
    .await;
    assert!(hanging.is_err());
    order(&stage, json!({ "max_session_ms": 3000 })).await;
    let (mut caller, id) = stage.call(CallerOptions::default(), &intake()).await;
    assert_eq!(
        caller.event_of("error").await["error"]["code"],
        "session_expired"
    );
    stage.ended(&id).await;
    stage.close().await;
}

#[tokio::test]
async fn what_a_call_hears_can_be_ordered_over_http() {
    let stage = Stage::new(quick()).await;
    let mut session = intake();
    session["audio"]["input"]["turn_detection"] = Value::Null;
    let (mut caller, id) = stage.call(CallerOptions::default(), &session).await;
    let put = |path: String, text: &str| stage.post(&path).json(&json!({ "text": text })).send();
    assert_eq!(
        put("/test/heard".into(), "for anyone")
            .await
            .expect("an answer")
            .status(),
        204
    );
    assert_eq!(
        put(format!("/test/calls/{id}/heard"), "for this call")
            .await
            .expect("an answer")
            .status(),
        204
    );
    assert_eq!(
        put("/test/calls/rtc_none/heard".into(), "x")
            .await
            .expect("an answer")
            .status(),
        404
    );
    for expected in ["for this call", "for anyone"] {
        // Silence is sound too, once the client says that it was a turn.
        caller.until("heard", |state| state.packets > 0).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        caller.send(&json!({ "type": "input_audio_buffer.commit" }));
        let completed = caller
            .event_of("conversation.item.input_audio_transcription.completed")
            .await;
        assert_eq!(completed["transcript"], expected);
    }
    caller.hang_up().await;
    stage.ended(&id).await;
    stage.close().await;
}

#[tokio::test]
async fn a_network_that_comes_back_in_time_keeps_the_call_and_one_that_does_not_loses_it() {
    let stage = Stage::new(quick()).await;
    let (mut caller, id) = stage.call(CallerOptions::default(), &intake()).await;
    caller
        .until("given sound", |state| state.packets > 10)
        .await;
    order(&stage, json!({ "media_lost": true })).await;
    tokio::time::sleep(Duration::from_millis(200)).await; // what was on its way
    let before = caller.state().packets;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(caller.state().packets, before);
    order(&stage, json!({})).await;
    caller
        .until("given sound again", |state| state.packets > before + 10)
        .await;
    caller.send(&json!({ "type": "session.update", "session": { "type": "realtime" } }));
    caller.event_of("session.updated").await;
    assert!(stage.record(&id).running);

    order(&stage, json!({ "media_lost": true })).await;
    assert_eq!(stage.ended(&id).await.ended_why, Some(CallEnd::PeerLost));
    caller.vanish().await;
    stage.close().await;
}
