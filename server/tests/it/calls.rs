//! `POST /v1/realtime/calls`: one good secret, one good offer, one call; everything else is refused
//! before the provider hears of it.

use crate::stage::{Person, Stage, Started, end_reason, sealed};
use domain::IntakeId;
use rehearsal::{Faults, HttpFault};
use reqwest::StatusCode;
use serde_json::Value;
use std::time::Duration;
use testkit::{Caller, CallerOptions};

async fn ready(stage: &Stage) -> (Person, IntakeId, Caller, Started) {
    let staff = stage.person("staff").await;
    let intake = staff.open("legal").await;
    let caller = sealed().await;
    let started = staff.start(&intake, &caller).await;
    stage.must_not_log(&started.secret);
    (staff, intake, caller, started)
}

async fn refused(person: &Person, secret: &str, offer: &str, status: StatusCode) -> Value {
    let response = person.post_offer(secret, offer).await;
    assert_eq!(response.status(), status);
    let body: Value = response.json().await.unwrap();
    assert!(
        body["error"]["message"].is_string() && body["error"]["code"].is_string(),
        "{body}"
    );
    body
}

#[tokio::test]
async fn a_secret_makes_one_call_and_its_location_is_our_session() {
    let stage = Stage::new().await;
    let (staff, intake, caller, started) = ready(&stage).await;
    let response = staff.post_offer(&started.secret, caller.offer()).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(response.headers()["content-type"], "application/sdp");
    assert_eq!(
        response.headers()["location"],
        format!("/v1/realtime/calls/{}", started.session)
    );
    assert!(
        !response
            .headers()
            .contains_key("access-control-allow-origin")
    );
    let _live = caller.connect(&response.text().await.unwrap());
    staff
        .until(&intake, "live", |view| {
            view["sessions"][0]["state"] == "live"
        })
        .await;
    refused(
        &staff,
        &started.secret,
        sealed().await.offer(),
        StatusCode::UNAUTHORIZED,
    )
    .await;
    assert_eq!(stage.ledger().calls.len(), 1);
    stage.close().await;
}

#[tokio::test]
async fn a_secret_that_is_forged_guessed_expired_or_of_another_sign_in_reaches_no_provider() {
    let stage = Stage::new().await;
    let (staff, _, caller, started) = ready(&stage).await;
    let forged = format!("ek_{}", "0".repeat(64));
    for secret in [
        forged.as_str(),
        "ek_",
        "sk-something",
        &started.secret.to_uppercase(),
        &started.secret[..40],
    ] {
        refused(&staff, secret, caller.offer(), StatusCode::UNAUTHORIZED).await;
    }
    // Another person's cookie beside the right secret.
    let other = stage.person("supervisor").await;
    let request = other
        .client
        .post(format!("{}/v1/realtime/calls", stage.url))
        .bearer_auth(&started.secret);
    let response = request
        .header("content-type", "application/sdp")
        .body(caller.offer().to_owned())
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    stage.hand.advance(Duration::from_secs(61));
    refused(
        &staff,
        &started.secret,
        caller.offer(),
        StatusCode::UNAUTHORIZED,
    )
    .await;
    assert_eq!(stage.ledger().calls.len(), 0);
    stage.close().await;
}

#[tokio::test]
async fn a_secret_dies_with_the_sign_in_that_asked_for_it() {
    let stage = Stage::new().await;
    let (staff, _, caller, started) = ready(&stage).await;
    assert!(staff.form("account/sign_out", &[]).await.0.is_success());
    refused(
        &staff,
        &started.secret,
        caller.offer(),
        StatusCode::UNAUTHORIZED,
    )
    .await;
    assert_eq!(stage.ledger().calls.len(), 0);
    stage.close().await;
}

#[tokio::test]
async fn an_offer_of_another_page_or_shape_is_refused() {
    let stage = Stage::new().await;
    let (staff, _, caller, started) = ready(&stage).await;
    let thief = sealed().await;
    refused(
        &staff,
        &started.secret,
        thief.offer(),
        StatusCode::BAD_REQUEST,
    )
    .await;
    let channel = Caller::new(CallerOptions {
        data_channel: true,
        ..CallerOptions::default()
    })
    .await;
    let body = refused(
        &staff,
        &started.secret,
        channel.offer(),
        StatusCode::BAD_REQUEST,
    )
    .await;
    assert_eq!(body["error"]["code"], "data_channel_refused");
    let no_audio = caller.offer().replace("m=audio", "m=text");
    let video = format!("{}m=video 9 UDP/TLS/RTP/SAVPF 96\r\n", caller.offer());
    for offer in [
        "",
        "hello",
        &no_audio,
        &video,
        &caller.offer().replace("v=0", "v=1"),
    ] {
        refused(&staff, &started.secret, offer, StatusCode::BAD_REQUEST).await;
    }
    refused(
        &staff,
        &started.secret,
        &"a".repeat(70_000),
        StatusCode::PAYLOAD_TOO_LARGE,
    )
    .await;
    let form = staff
        .client
        .post(format!("{}/v1/realtime/calls", stage.url))
        .bearer_auth(&started.secret)
        .form(&[("sdp", "v=0")]);
    assert_eq!(
        form.send().await.unwrap().status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    assert_eq!(stage.ledger().calls.len(), 0);
    // None of that used the secret up.
    assert_eq!(
        staff
            .post_offer(&started.secret, caller.offer())
            .await
            .status(),
        StatusCode::CREATED
    );
    stage.close().await;
}

#[tokio::test]
async fn twenty_posts_of_one_secret_make_one_call() {
    let stage = Stage::new().await;
    let (staff, _, caller, started) = ready(&stage).await;
    let posts = (0..20).map(|_| staff.post_offer(&started.secret, caller.offer()));
    let statuses: Vec<_> = futures::future::join_all(posts)
        .await
        .iter()
        .map(reqwest::Response::status)
        .collect();
    assert_eq!(
        statuses
            .iter()
            .filter(|status| **status == StatusCode::CREATED)
            .count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(stage.ledger().calls.len(), 1);
    stage.close().await;
}

#[tokio::test]
async fn a_provider_that_fails_ends_the_session_and_leaves_the_intake_open() {
    let cases = [
        (503, StatusCode::BAD_GATEWAY),
        (429, StatusCode::SERVICE_UNAVAILABLE),
        (401, StatusCode::BAD_GATEWAY),
    ];
    for (status, answered) in cases {
        let stage = Stage::new().await;
        let (staff, intake, caller, started) = ready(&stage).await;
        stage.rehearsal.set_faults(Faults {
            create: Some(HttpFault {
                status,
                times: 1,
                code: None,
                retry_after: None,
            }),
            ..Faults::default()
        });
        let body = refused(&staff, &started.secret, caller.offer(), answered).await;
        assert!(
            body["error"]["message"]
                .as_str()
                .unwrap()
                .contains("Your answers are safe")
        );
        let view = staff
            .until(&intake, "ended", |view| end_reason(view).is_some())
            .await;
        assert_eq!(
            (end_reason(&view), &view["status"]),
            (Some("provider_failed"), &Value::from("open"))
        );
        // Another try works.
        staff.talk_on(intake).await;
        stage.close().await;
    }
}

#[tokio::test]
async fn the_provider_gets_the_published_text_a_cap_and_a_pseudonym_and_nothing_from_the_browser() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let talk = staff.talk("legal").await;
    let ledger = stage.ledger();
    let call = &ledger.calls[0];
    let session = &call.session_given;
    let instructions = session["instructions"].as_str().unwrap();
    assert!(
        instructions.contains("# System rules")
            && instructions.contains("# Opening line")
            && instructions.contains("# Purpose")
    );
    assert_eq!(session["max_output_tokens"], 1024);
    let tools: Vec<_> = session["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        tools,
        ["set_field", "finish_intake", "escalate", "end_call"]
    );
    let safety = call.safety_identifier.as_deref().unwrap();
    assert!(safety.len() == 64 && !safety.contains('@'), "{safety}");
    drop(talk);
    stage.close().await;
}

#[tokio::test]
async fn a_call_without_a_control_link_is_hung_up_after_its_grace_time() {
    let stage = Stage::new().await;
    let (staff, intake, caller, started) = ready(&stage).await;
    stage.rehearsal.set_faults(Faults {
        link_not_found: 100_000,
        ..Faults::default()
    });
    let answer = staff.post_offer(&started.secret, caller.offer()).await;
    let mut live = caller.connect(&answer.text().await.unwrap());
    live.until("connected", |state| state.connected).await;
    stage.hand.advance(Duration::from_secs(16));
    live.until("hung up", |state| state.closed).await;
    let view = staff
        .until(&intake, "over", |view| end_reason(view).is_some())
        .await;
    assert_eq!(end_reason(&view), Some("control_lost"));
    stage.close().await;
}

#[tokio::test]
async fn a_link_that_breaks_and_comes_back_does_not_end_the_call() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    stage.rehearsal.set_faults(Faults {
        link_closes: 1,
        link_close_after_ms: 200,
        ..Faults::default()
    });
    let talk = staff.talk("clinic").await;
    let attached = async {
        while stage.ledger().calls[0].links_attached < 2 {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), attached)
        .await
        .expect("attached again");
    let request = serde_json::json!({ "session": talk.session, "text": "My name is Ada Lovelace" });
    staff.ok("sessions/type_turn", &request).await;
    staff
        .until(&talk.intake, "filled", |view| {
            view["sections"][0]["fields"][0]["value"] == "Ada Lovelace"
        })
        .await;
    stage.close().await;
}
