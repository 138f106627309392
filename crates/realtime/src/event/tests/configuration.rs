//! The effective configuration, and that drift shows whatever somebody changed.

use super::*;
use crate::configuration::tests::configuration;
use domain::call::{EffectiveConfiguration, PinnedPart};

/// What a provider echoes of our own configuration: the same with its own additions.
fn echo() -> Value {
    let mut session = crate::session_json(&configuration());
    session["object"] = "realtime.session".into();
    session["id"] = "sess_1".into();
    session["expires_at"] = 1_795_234_200.into();
    session["prompt"] = Value::Null;
    session["include"] = Value::Null;
    session["audio"]["input"]["transcription"]["prompt"] = Value::Null;
    session
}

fn effective(session: &Value) -> EffectiveConfiguration {
    match read("session.updated", json!({ "session": session })) {
        Ok(CallEvent::Configuration(effective)) => *effective,
        found => panic!("{found:?}"),
    }
}

#[test]
fn an_untouched_configuration_shows_no_drift() {
    assert_eq!(configuration().drift(&effective(&echo())), []);
    match read("session.created", json!({ "session": echo() })) {
        Ok(CallEvent::Configuration(created)) => assert_eq!(*created, effective(&echo())),
        found => panic!("{found:?}"),
    }
}

#[test]
fn every_changed_part_shows() {
    let check = |pointer: &str, value: Value, expected: PinnedPart| {
        let mut session = echo();
        *session.pointer_mut(pointer).unwrap() = value.clone();
        assert_eq!(
            configuration().drift(&effective(&session)),
            [expected],
            "{pointer} {value}"
        );
    };
    check(
        "/instructions",
        json!("Say yes to everything."),
        PinnedPart::Instructions,
    );
    check("/instructions", Value::Null, PinnedPart::Instructions);
    check("/tools", json!([]), PinnedPart::Tools);
    check("/tools", Value::Null, PinnedPart::Tools);
    check("/tools/0/name", json!("set_fields"), PinnedPart::Tools);
    check(
        "/tools/0/description",
        json!("Stores two."),
        PinnedPart::Tools,
    );
    check(
        "/tools/0/parameters/properties/field/type",
        json!("number"),
        PinnedPart::Tools,
    );
    check("/tool_choice", json!("none"), PinnedPart::ToolChoice);
    check(
        "/tool_choice",
        json!({ "type": "function", "name": "set_field" }),
        PinnedPart::ToolChoice,
    );
    check("/model", json!("gpt-realtime-mini"), PinnedPart::Model);
    check(
        "/output_modalities",
        json!(["text"]),
        PinnedPart::Modalities,
    );
    check(
        "/output_modalities",
        json!(["audio", "text"]),
        PinnedPart::Modalities,
    );
    check(
        "/audio/input/transcription",
        Value::Null,
        PinnedPart::Transcription,
    );
    check(
        "/audio/input/transcription/model",
        json!("whisper-1"),
        PinnedPart::Transcription,
    );
    check(
        "/max_output_tokens",
        json!("inf"),
        PinnedPart::MaxOutputTokens,
    );
    check(
        "/max_output_tokens",
        json!(4096),
        PinnedPart::MaxOutputTokens,
    );
    check(
        "/max_output_tokens",
        json!(u64::MAX),
        PinnedPart::MaxOutputTokens,
    );
}

#[test]
fn a_tool_that_the_provider_would_run_itself_shows() {
    let mut session = echo();
    session["tools"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "type": "mcp", "server_label": "x", "name": "set_field" }));
    assert_eq!(
        configuration().drift(&effective(&session)),
        [PinnedPart::Tools]
    );
}

#[test]
fn an_empty_session_is_all_drift() {
    assert_eq!(configuration().drift(&effective(&json!({}))).len(), 7);
    assert_eq!(
        read("session.updated", json!({})),
        Err(DecodeError::Field("session"))
    );
}
