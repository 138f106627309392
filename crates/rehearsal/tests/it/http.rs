//! Signalling: what is accepted, what is refused, and how.

use crate::stage::{Stage, intake, quick};
use rehearsal::{MediaAddress, Rehearsal, RehearsalConfig, StartError};
use reqwest::Method;
use reqwest::multipart::Form;
use runtime::Clock;
use serde_json::{Value, json};
use testkit::{Caller, CallerOptions};

async fn error(answer: reqwest::Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.expect("a JSON body");
    let error = body["error"].clone();
    assert!(
        error["message"].is_string() && error["type"].is_string(),
        "{body}"
    );
    assert!(
        error.get("param").is_some() && error.get("code").is_some(),
        "{body}"
    );
    (status, error)
}

#[tokio::test]
async fn a_minted_secret_echoes_the_effective_session_and_makes_many_calls() {
    let stage = Stage::new(quick()).await;
    let before = Clock::system().now().as_micros() / 1_000_000;
    let answer = stage
        .post("/v1/realtime/client_secrets")
        .header("OpenAI-Safety-Identifier", "someone")
        .json(&json!({ "expires_after": { "anchor": "created_at", "seconds": 60 }, "session": intake() }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let minted: Value = answer.json().await.expect("JSON");
    let secret = minted["value"].as_str().expect("a text");
    assert!(secret.starts_with("ek_") && secret.len() == 35);
    assert!(
        (before + 59..=before + 65).contains(&minted["expires_at"].as_i64().expect("a number"))
    );
    assert_eq!(minted["session"]["instructions"], intake()["instructions"]);
    assert_eq!(
        minted["session"]["audio"]["input"]["turn_detection"]["threshold"],
        0.5
    );

    for _ in 0..2 {
        let caller = Caller::new(CallerOptions::default()).await;
        let answer = stage
            .http
            .post(stage.url("/v1/realtime/calls"))
            .bearer_auth(secret)
            .header("content-type", "application/sdp")
            .body(caller.offer().to_owned())
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 201);
        assert_eq!(answer.headers()["content-type"], "application/sdp");
    }
    let ledger = stage.provider.ledger();
    assert_eq!(ledger.requests_to("client_secrets"), 1);
    assert_eq!(ledger.requests["calls"]["secret"], 2);
    assert!(
        ledger
            .calls
            .iter()
            .all(|call| call.safety_identifier.as_deref() == Some("someone"))
    );
    for call in &ledger.calls {
        let hangup = stage
            .post(&format!("/v1/realtime/calls/{}/hangup", call.id))
            .send()
            .await
            .expect("an answer");
        assert_eq!(
            (
                hangup.status().as_u16(),
                hangup.text().await.expect("a body")
            ),
            (200, String::new())
        );
    }
    stage.close().await;
}

#[tokio::test]
async fn wrong_keys_and_bodies_are_refused_as_the_provider_refuses_them() {
    let stage = Stage::new(quick()).await;
    let mint = |body: Value| stage.post("/v1/realtime/client_secrets").json(&body).send();
    let cases = [
        (
            json!({ "expires_after": { "anchor": "created_at", "seconds": 5 } }),
            "invalid_value",
            "expires_after.seconds",
        ),
        (
            json!({ "expires_after": { "anchor": "later" } }),
            "invalid_value",
            "expires_after.anchor",
        ),
        (json!({ "voice": "marin" }), "unknown_parameter", "voice"),
        (
            json!({ "session": {} }),
            "missing_required_parameter",
            "session.type",
        ),
        (
            json!({ "session": { "type": "realtime", "temperature": 1 } }),
            "unknown_parameter",
            "session.temperature",
        ),
    ];
    for (body, code, param) in cases {
        let (status, error) = error(mint(body).await.expect("an answer")).await;
        assert_eq!(
            (status, error["code"].as_str(), error["param"].as_str()),
            (400, Some(code), Some(param))
        );
    }

    let paths = [
        "/v1/realtime/client_secrets",
        "/v1/realtime/calls",
        "/v1/realtime/calls/rtc_x/hangup",
    ];
    for (path, key) in paths
        .iter()
        .flat_map(|path| [(path, None), (path, Some("sk-wrong"))])
    {
        let request = stage.http.post(stage.url(path));
        let request = if let Some(key) = key {
            request.bearer_auth(key)
        } else {
            request
        };
        let (status, error) = error(request.send().await.expect("an answer")).await;
        assert_eq!(
            (status, error["code"].as_str()),
            (401, Some("invalid_api_key")),
            "{path}"
        );
        assert!(!error.to_string().contains("sk-wrong"));
    }
    let (status, refused) = stage.try_link("rtc_x", None).await.err().expect("refused");
    assert_eq!(
        (status, refused["error"]["code"].as_str()),
        (401, Some("invalid_api_key"))
    );
    let (status, refused) = stage
        .try_link("rtc_x", Some(stage.key()))
        .await
        .err()
        .expect("refused");
    assert_eq!(
        (
            status,
            refused["error"]["code"].as_str(),
            refused["error"]["param"].as_str()
        ),
        (404, Some("call_id_not_found"), Some(""))
    );

    let (status, refused) = error(
        stage
            .post("/v1/realtime/calls/rtc_x/hangup")
            .send()
            .await
            .expect("an answer"),
    )
    .await;
    assert_eq!(
        (status, refused["code"].as_str()),
        (400, Some("call_id_not_found"))
    );
    let (status, _) = error(stage.post("/v1/elsewhere").send().await.expect("an answer")).await;
    assert_eq!(status, 404);
    stage.close().await;
}

#[tokio::test]
async fn offers_that_cannot_be_talked_over_are_refused() {
    let stage = Stage::new(quick()).await;
    let video =
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n";
    let silent = Caller::new(CallerOptions {
        audio: false,
        ..CallerOptions::default()
    })
    .await;
    for offer in ["nonsense", "", video, silent.offer()] {
        let (status, error) = error(stage.create(offer, &intake()).await).await;
        assert_eq!(
            (status, error["param"].as_str()),
            (400, Some("sdp")),
            "{offer}"
        );
        assert!(!error["message"].as_str().expect("a text").contains("0x"));
    }
    let caller = Caller::new(CallerOptions::default()).await;
    let (status, refused) = error(
        stage
            .create(caller.offer(), &json!({ "type": "realtime", "bogus": 1 }))
            .await,
    )
    .await;
    assert_eq!(
        (status, refused["param"].as_str()),
        (400, Some("session.bogus"))
    );
    let request = stage
        .post("/v1/realtime/calls")
        .header("content-type", "application/sdp")
        .body(caller.offer().to_owned());
    assert_eq!(error(request.send().await.expect("an answer")).await.0, 415);
    let form = Form::new().text("sdp", caller.offer().to_owned());
    let request = stage.post("/v1/realtime/calls").multipart(form);
    assert_eq!(
        error(request.send().await.expect("an answer")).await.1["param"],
        "session"
    );
    assert!(stage.provider.ledger().calls.is_empty());
    stage.close().await;
}

#[tokio::test]
async fn more_calls_than_allowed_are_refused_with_503() {
    let stage = Stage::new(RehearsalConfig {
        max_calls: 1,
        ..quick()
    })
    .await;
    let (live, id) = stage.call(CallerOptions::default(), &intake()).await;
    let second = Caller::new(CallerOptions::default()).await;
    assert_eq!(
        error(stage.create(second.offer(), &intake()).await).await.0,
        503
    );
    assert_eq!(stage.provider.ledger().calls.len(), 1);
    live.hang_up().await;
    stage.ended(&id).await;
    stage.close().await;
}

#[tokio::test]
async fn only_known_hosts_are_served() {
    let stage = Stage::new(RehearsalConfig {
        allowed_hosts: vec!["voice.example:81".into()],
        ..quick()
    })
    .await;
    let ask = |host: String| {
        stage
            .post("/v1/realtime/client_secrets")
            .header("host", host)
            .json(&json!({}))
            .send()
    };
    let port = stage.provider.http_addr().port();
    for host in [
        format!("localhost:{port}"),
        format!("127.0.0.1:{port}"),
        "voice.example:81".into(),
    ] {
        assert_eq!(ask(host).await.expect("an answer").status(), 200);
    }
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        "localhost:1".into(),
    ] {
        let (status, error) = error(ask(host).await.expect("an answer")).await;
        assert_eq!(
            (status, error["code"].as_str()),
            (421, Some("host_not_allowed"))
        );
    }
    stage.close().await;
}

#[tokio::test]
async fn pages_of_other_origins_may_call_only_when_listed() {
    let preflight = |stage: &Stage, origin: &str| {
        stage
            .http
            .request(Method::OPTIONS, stage.url("/v1/realtime/calls"))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,content-type,x-openai-agents-sdk",
            )
            .send()
    };
    let closed = Stage::new(quick()).await;
    let answer = preflight(&closed, "https://app.example")
        .await
        .expect("an answer");
    assert!(
        answer
            .headers()
            .get("access-control-allow-origin")
            .is_none()
    );
    closed.close().await;

    let open = Stage::new(RehearsalConfig {
        cors_origins: vec!["https://app.example".into()],
        ..quick()
    })
    .await;
    let answer = preflight(&open, "https://app.example")
        .await
        .expect("an answer");
    assert_eq!(
        answer.headers()["access-control-allow-origin"],
        "https://app.example"
    );
    assert!(
        answer.headers()["access-control-allow-headers"]
            .to_str()
            .expect("a text")
            .contains("x-openai-agents-sdk")
    );
    let answer = preflight(&open, "https://other.example")
        .await
        .expect("an answer");
    assert!(
        answer
            .headers()
            .get("access-control-allow-origin")
            .is_none()
    );
    let request = open
        .post("/v1/realtime/calls")
        .header("origin", "https://app.example");
    let answer = request.send().await.expect("an answer");
    assert!(
        answer.headers()["access-control-expose-headers"]
            .to_str()
            .expect("a text")
            .to_lowercase()
            .contains("location")
    );
    open.close().await;
}

#[tokio::test]
async fn it_does_not_listen_beyond_this_machine_unless_told_to() {
    let public = RehearsalConfig {
        listen: "0.0.0.0:0".parse().expect("an address"),
        ..quick()
    };
    let refused = Rehearsal::start(public.clone(), Clock::system()).await;
    assert!(matches!(refused, Err(StartError::NotLoopback(_))));
    let anywhere = MediaAddress {
        bind: "0.0.0.0:0".parse().expect("an address"),
        announce: None,
    };
    let refused = Rehearsal::start(
        RehearsalConfig {
            media: vec![anywhere],
            ..quick()
        },
        Clock::system(),
    )
    .await;
    assert!(matches!(refused, Err(StartError::NothingToAnnounce(_))));
}

#[tokio::test]
async fn keys_are_random_and_test_endpoints_exist_only_when_asked_for() {
    let first = Stage::new(RehearsalConfig {
        test_endpoints: false,
        ..quick()
    })
    .await;
    let second = Stage::new(quick()).await;
    assert_ne!(first.key(), second.key());
    assert!(first.key().len() > 64);
    let ledger = |stage: &Stage, key: &str| {
        stage
            .http
            .get(stage.url("/test/ledger"))
            .bearer_auth(key)
            .send()
    };
    assert_eq!(
        ledger(&first, first.key())
            .await
            .expect("an answer")
            .status(),
        404
    );
    assert_eq!(
        ledger(&second, first.key())
            .await
            .expect("an answer")
            .status(),
        401
    );
    let report: Value = ledger(&second, second.key())
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    assert_eq!(report["calls"], json!([]));
    assert_eq!(
        report["requests"]["test"],
        json!({ "api_key": 1, "wrong": 1 })
    );
    first.close().await;
    second.close().await;
}
