//! What comes broken, odd or hostile.

use super::*;

#[test]
fn a_frame_that_is_no_event_is_told_so() {
    for bad in [
        "",
        "null",
        "[]",
        "3",
        "\"error\"",
        "{",
        "{\"type\":\"error\"",
        "\u{0}",
    ] {
        assert_eq!(decode(bad), Err(DecodeError::NotAnObject), "{bad:?}");
    }
    for bad in ["{}", "{\"type\":null}", "{\"type\":3}"] {
        assert_eq!(decode(bad), Err(DecodeError::NoType), "{bad:?}");
    }
}

#[test]
fn an_event_without_what_it_needs_is_told_which() {
    let check = |kind: &str, fields: Value, field: &'static str| {
        assert_eq!(read(kind, fields), Err(DecodeError::Field(field)), "{kind}")
    };
    check(
        "input_audio_buffer.speech_started",
        json!({ "audio_start_ms": 1 }),
        "item_id",
    );
    check(
        "input_audio_buffer.speech_started",
        json!({ "item_id": "item_1" }),
        "audio_start_ms",
    );
    check(
        "input_audio_buffer.speech_started",
        json!({ "item_id": "item_1", "audio_start_ms": -5 }),
        "audio_start_ms",
    );
    check(
        "input_audio_buffer.committed",
        json!({ "item_id": "../../etc" }),
        "item_id",
    );
    check(
        "input_audio_buffer.committed",
        json!({ "item_id": "x".repeat(500) }),
        "item_id",
    );
    check("conversation.item.added", json!({}), "item");
    check(
        "conversation.item.added",
        json!({ "item": { "type": "message" } }),
        "id",
    );
    check("response.created", json!({ "response": {} }), "id");
    check("response.done", json!({ "response": "resp_1" }), "response");
    check("output_audio_buffer.started", json!({}), "response_id");
    let call = |item: Value| json!({ "response_id": "resp_1", "item": item });
    let whole = json!({ "id": "item_1", "type": "function_call", "status": "completed", "name": "x", "call_id": "call_1", "arguments": "{}" });
    for (left_out, field) in [
        ("id", "id"),
        ("name", "name"),
        ("call_id", "call_id"),
        ("arguments", "arguments"),
    ] {
        let mut item = whole.clone();
        item.as_object_mut().unwrap().remove(left_out);
        check("response.output_item.done", call(item), field);
    }
    check(
        "response.output_item.done",
        json!({ "item": whole }),
        "response_id",
    );
}

#[test]
fn unknown_fields_fractions_and_odd_neighbours_pass() {
    check(
        "input_audio_buffer.speech_started",
        json!({ "item_id": "item_1", "audio_start_ms": 1460.0, "confidence": { "new": true } }),
        CallEvent::SpeechStarted {
            item: item("item_1"),
            at_ms: 1460,
        },
    );
    for previous in [json!("root"), json!(7), json!("a b")] {
        check(
            "conversation.item.added",
            json!({ "previous_item_id": previous, "item": { "id": "item_1", "type": "message", "role": "assistant", "content": "text" } }),
            CallEvent::ItemAdded {
                item: item("item_1"),
                after: None,
                kind: ItemKind::Assistant,
                text: None,
                answers: None,
            },
        );
    }
}

#[test]
fn what_is_said_is_never_shown_by_an_event_or_an_error() {
    let canary = "canary-words";
    let shown = [
        format!(
            "{:?}",
            read(
                "response.output_text.delta",
                json!({ "item_id": "item_1", "delta": canary })
            )
        ),
        format!(
            "{:?}",
            read(
                "response.output_text.done",
                json!({ "item_id": "item_1", "text": canary })
            )
        ),
        format!(
            "{:?}",
            read(
                "conversation.item.added",
                json!({ "item": { "id": "item_1", "type": "message", "role": "user", "content": [{ "type": "input_text", "text": canary }] } })
            )
        ),
        format!(
            "{:?}",
            read(
                "session.updated",
                json!({ "session": { "instructions": canary } })
            )
        ),
        format!(
            "{:?}",
            read(
                "response.output_item.done",
                json!({ "response_id": "resp_1", "item": { "id": "item_1", "type": "function_call", "status": "completed", "name": "x", "call_id": "call_1", "arguments": canary } })
            )
        ),
        format!(
            "{:?}",
            read(
                "input_audio_buffer.committed",
                json!({ "item_id": format!("{canary} ") })
            )
        ),
        format!("{:?}", decode(canary)),
        format!(
            "{:?}",
            read("error", json!({ "error": { "message": canary } }))
        ),
    ];
    for shown in shown {
        assert!(!shown.contains("canary"), "{shown}");
    }
}
