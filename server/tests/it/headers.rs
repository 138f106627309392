//! What every answer carries.

use crate::stage::Stage;
use reqwest::StatusCode;
use serde_json::json;

#[tokio::test]
async fn pages_and_answers_are_not_kept_framed_or_scripted() {
    let stage = Stage::new().await;
    let person = stage.person("staff").await;
    for path in [
        "/",
        "/sign-in",
        "/intakes",
        "/api/nothing",
        "/no-such-page",
        "/health/live",
    ] {
        let response = person.get(path).await;
        let headers = response.headers();
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert!(
            headers["permissions-policy"]
                .to_str()
                .unwrap()
                .contains("microphone=(self)"),
            "{path}"
        );
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
            "{path}: {policy}"
        );
        assert!(
            !headers.contains_key("strict-transport-security"),
            "{path}: plain"
        );
    }
    let page = person.get("/").await;
    let nonce = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .split("'nonce-")
        .nth(1)
        .unwrap()
        .split('\'')
        .next()
        .unwrap()
        .to_owned();
    let again = person.get("/").await;
    assert!(
        !again.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .contains(&nonce),
        "a nonce is for one page"
    );
    stage.close().await;
}

#[tokio::test]
async fn errors_have_their_status_and_tell_nothing() {
    let stage = Stage::new().await;
    let person = stage.person("staff").await;
    let intake = person.open("legal").await;
    let unknown_field = json!({ "request": { "intake": intake, "instructions": "x" } });
    assert_eq!(
        person.raw("intakes/read", &unknown_field).await.status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        person
            .raw("intakes/read", &json!({ "request": { "intake": "../x" } }))
            .await
            .status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        person
            .call("intakes/read", &json!({ "intake": "no-such" }))
            .await
            .0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        person
            .call("intakes/finish", &json!({ "intake": intake }))
            .await
            .0,
        StatusCode::CONFLICT
    );
    let bad = json!({ "intake": intake, "key": "phone", "value": "call me", "revision": 0 });
    let (status, body) = person.call("intakes/edit_field", &bad).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        (&body["kind"], &body["field"]),
        (&json!("invalid"), &json!("phone"))
    );
    assert!(!body.to_string().contains("call me"));
    stage.close().await;
}
