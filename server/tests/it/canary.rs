//! The provider's key, our secrets and sealed values, looked for in every byte served, stored or logged.

use crate::stage::{Stage, end_reason, log};
use serde_json::json;
use std::{fs, path::Path};

/// Every byte of every file below a folder.
pub(crate) fn bytes_below(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(bytes_below(&path));
        } else {
            all.extend(fs::read(&path).unwrap());
        }
    }
    all
}

pub(crate) fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_marked_key_and_sealed_values_are_in_no_byte_served_stored_or_logged() {
    let stage = Stage::new().await;
    #[expect(clippy::disallowed_methods, reason = "what is looked for")]
    let key = stage.rehearsal.api_key().expose().clone();
    let staff = stage.person("staff").await;
    let talk = staff.talk("clinic").await;
    let (name, phone) = ("Zephyrine Quartermain", "5550142397");
    let edit = |field: &str, value: &str| json!({ "intake": talk.intake, "key": field, "value": value, "revision": 0 });
    staff
        .ok("intakes/edit_field", &edit("full_name", name))
        .await;
    staff.ok("intakes/edit_field", &edit("phone", phone)).await;
    let reason = "Sounded worried about Quixotic";
    let mut served = Vec::new();
    for path in [
        "/",
        "/sign-in",
        "/intakes",
        &format!("/intakes/{}", talk.intake),
        "/nothing-here",
        "/health/ready",
    ] {
        let response = staff.get(path).await;
        served.extend(format!("{:?}", response.headers()).into_bytes());
        served.extend(response.bytes().await.unwrap());
    }
    for function in [
        "intakes/read",
        "intakes/timeline",
        "intakes/finish",
        "sessions/start",
    ] {
        let (_, body) = staff
            .call(function, &json!({ "intake": talk.intake }))
            .await;
        served.extend(body.to_string().into_bytes());
    }
    served.extend(
        staff
            .form("account/me", &[])
            .await
            .1
            .to_string()
            .into_bytes(),
    );
    assert!(holds(&served, name), "the test looks where values are");
    staff
        .ok(
            "intakes/escalate",
            &json!({ "intake": talk.intake, "reason": reason }),
        )
        .await;
    staff
        .until(&talk.intake, "over", |view| end_reason(view).is_some())
        .await;
    let (_, password) = stage.sign_in("staff");
    let folder = stage.close().await;
    let stored = bytes_below(&folder.path().join("data"));
    let logged = log().lock().unwrap().clone();
    for (what, bytes) in [
        ("served", &served),
        ("stored", &stored),
        ("logged", &logged),
    ] {
        assert!(!holds(bytes, &key), "the provider's key is {what}");
        assert!(!holds(bytes, &password), "a password is {what}");
    }
    for (what, bytes) in [("stored", &stored), ("logged", &logged)] {
        for value in [name, phone, reason] {
            assert!(!holds(bytes, value), "a sealed value is {what}");
        }
    }
}
