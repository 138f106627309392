//! The form: edits by hand, their history, and what the model makes of them.

use crate::{stage::Stage, stream::Events};
use reqwest::StatusCode;
use serde_json::json;

#[tokio::test]
async fn an_edit_is_kept_with_its_history_and_a_stale_one_is_refused() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let intake = staff.open("legal").await;
    let edit = |value: &str, revision: u32| json!({ "intake": intake, "key": "full_name", "value": value, "revision": revision });
    let first = staff
        .ok("intakes/edit_field", &edit("  Ada   Lovelace ", 0))
        .await;
    assert_eq!(
        (&first["state"], &first["revision"], &first["set_by"]),
        (&json!("edited"), &json!(1), &json!("Demo staff"))
    );
    let (status, body) = staff.call("intakes/edit_field", &edit("Eve", 0)).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::CONFLICT, &json!("field_changed"))
    );
    assert_eq!(
        staff.ok("intakes/edit_field", &edit("Ada King", 1)).await["value"],
        "Ada King"
    );
    stage.close().await;
}

#[tokio::test]
async fn an_intake_is_finished_only_when_what_is_needed_is_there_or_waived() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let intake = staff.open("legal").await;
    let view = staff.read(&intake).await;
    let missing: Vec<String> =
        serde_json::from_value(view["readiness"]["missing"].clone()).unwrap();
    assert!(missing.len() > 2);
    for key in &missing {
        assert_eq!(
            staff
                .call("intakes/finish", &json!({ "intake": intake }))
                .await
                .0,
            StatusCode::CONFLICT
        );
        staff
            .ok(
                "intakes/waive_field",
                &json!({ "intake": intake, "key": key, "waived": true }),
            )
            .await;
    }
    staff
        .ok("intakes/finish", &json!({ "intake": intake }))
        .await;
    let view = staff.read(&intake).await;
    assert_eq!(
        (&view["status"], &view["may"]["edit"]),
        (&json!("complete"), &json!(false))
    );
    let edit = json!({ "intake": intake, "key": "full_name", "value": "X", "revision": 0 });
    assert_eq!(
        staff.call("intakes/edit_field", &edit).await.0,
        StatusCode::FORBIDDEN
    );
    stage.close().await;
}

#[tokio::test]
async fn a_value_edited_by_hand_is_told_to_the_model_which_then_asks_on() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let talk = staff.talk("clinic").await;
    let mut events = Events::open(&staff, &stage, &talk.intake, None).await;
    events.said("full name").await;
    let edit = json!({ "intake": talk.intake, "key": "full_name", "value": "Ada Lovelace", "revision": 0 });
    staff.ok("intakes/edit_field", &edit).await;
    // It goes on by itself, with the next question.
    events.said("date of birth").await;
    staff
        .ok(
            "sessions/type_turn",
            &json!({ "session": talk.session, "text": "1990-05-17" }),
        )
        .await;
    staff
        .until(&talk.intake, "asked on", |view| {
            view["sections"][0]["fields"][1]["value"] == "1990-05-17"
        })
        .await;
    assert_eq!(
        staff.field(&talk.intake, "full_name").await["value"],
        "Ada Lovelace"
    );
    stage.close().await;
}

#[tokio::test]
async fn exports_hold_the_values_and_are_on_record() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let intake = staff.open("legal").await;
    let edit =
        json!({ "intake": intake, "key": "full_name", "value": "Ada Lovelace", "revision": 0 });
    staff.ok("intakes/edit_field", &edit).await;
    let text = staff
        .ok("intakes/export", &json!({ "intake": intake }))
        .await;
    let exported: serde_json::Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
    assert_eq!(exported["fields"][0]["value"], "Ada Lovelace");
    let timeline = staff
        .ok("intakes/timeline", &json!({ "intake": intake }))
        .await;
    let said: Vec<_> = timeline
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["what"].as_str().unwrap())
        .collect();
    assert_eq!(
        said,
        [
            "opened the intake",
            "edited full name",
            "took the intake out as JSON"
        ]
    );
    assert!(
        !timeline.to_string().contains("Lovelace"),
        "a timeline holds no values"
    );
    stage.close().await;
}

#[tokio::test]
async fn lists_are_filtered_paged_and_searched_without_sealed_values() {
    let stage = Stage::new().await;
    let supervisor = stage.person("supervisor").await;
    let all = supervisor.ok("intakes/list", &json!({})).await;
    assert_eq!(all["rows"].as_array().unwrap().len(), 6);
    assert!(
        all["rows"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["demo"] == true)
    );
    let escalated = supervisor
        .ok("intakes/list", &json!({ "status": "escalated" }))
        .await;
    assert_eq!(escalated["rows"].as_array().unwrap().len(), 2);
    let found = supervisor
        .ok("intakes/list", &json!({ "words": "landlord" }))
        .await;
    let sealed = supervisor
        .ok("intakes/list", &json!({ "words": "Calloway" }))
        .await;
    assert!(
        found["rows"].as_array().unwrap().len() <= 1
            && sealed["rows"].as_array().unwrap().is_empty()
    );
    let none = supervisor
        .ok("intakes/list", &json!({ "words": "%" }))
        .await;
    assert!(
        none["rows"].as_array().unwrap().is_empty(),
        "a wildcard is a letter"
    );
    for _ in 0..30 {
        supervisor.open("clinic").await;
    }
    let first = supervisor
        .ok("intakes/list", &json!({ "mine": true }))
        .await;
    assert_eq!(first["rows"].as_array().unwrap().len(), 25);
    let second = supervisor
        .ok(
            "intakes/list",
            &json!({ "mine": true, "after": first["next"] }),
        )
        .await;
    assert_eq!(
        (second["rows"].as_array().unwrap().len(), &second["next"]),
        (5, &json!(null))
    );
    let (status, _) = supervisor
        .call("intakes/list", &json!({ "from": "yesterday" }))
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    stage.close().await;
}
