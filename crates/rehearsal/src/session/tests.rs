//! Tables of what is merged, completed and refused.

use super::{SessionConfig, TurnDetection};
use serde_json::{Value, json};

fn session(given: &Value) -> SessionConfig {
    SessionConfig::create(given).expect("valid")
}

#[test]
fn a_session_of_only_a_type_has_every_default() {
    let echo = session(&json!({"type": "realtime"})).echo("sess_1", 0);
    for field in [
        "object",
        "id",
        "model",
        "output_modalities",
        "instructions",
        "tools",
        "tool_choice",
        "max_output_tokens",
        "tracing",
        "truncation",
        "prompt",
        "expires_at",
        "audio",
        "include",
    ] {
        assert!(echo.get(field).is_some(), "{field}");
    }
    assert_eq!(
        echo["audio"]["input"]["turn_detection"]["silence_duration_ms"],
        200
    );
    assert_eq!(echo["audio"]["input"]["transcription"], Value::Null);
    assert_eq!(echo["audio"]["output"]["voice"], "alloy");
}

#[test]
fn updates_merge_deeply_and_replace_the_listed_parts_as_wholes() {
    let start = json!({"type": "realtime", "instructions": "Ask.", "tools": [{"type": "function", "name": "a"}],
        "audio": { "input": {
            "transcription": {"model": "gpt-4o-transcribe", "language": "de", "prompt": "names"},
            "turn_detection": {"type": "server_vad", "threshold": 0.9, "silence_duration_ms": 700},
            "noise_reduction": {"type": "far_field"} },
          "output": {"voice": "marin", "speed": 1.2} }});
    let cases: &[(&str, Value, &str, Value)] = &[
        (
            "only the type changes nothing",
            json!({}),
            "/instructions",
            json!("Ask."),
        ),
        (
            "an empty text is a value",
            json!({"instructions": ""}),
            "/instructions",
            json!(""),
        ),
        (
            "arrays are replaced",
            json!({"tools": []}),
            "/tools",
            json!([]),
        ),
        (
            "siblings stay",
            json!({"audio": {"output": {"speed": 1.0}}}),
            "/audio/output/voice",
            json!("marin"),
        ),
        (
            "input survives output",
            json!({"audio": {"output": {"speed": 1.0}}}),
            "/audio/input/noise_reduction/type",
            json!("far_field"),
        ),
        (
            "transcription is replaced",
            json!({"audio": {"input": {"transcription": {"model": "whisper-1"}}}}),
            "/audio/input/transcription",
            json!({"model": "whisper-1", "language": null, "prompt": null}),
        ),
        (
            "null ends transcription",
            json!({"audio": {"input": {"transcription": null}}}),
            "/audio/input/transcription",
            Value::Null,
        ),
        (
            "turn detection is replaced",
            json!({"audio": {"input": {"turn_detection": {"type": "server_vad"}}}}),
            "/audio/input/turn_detection/threshold",
            json!(0.5),
        ),
        (
            "semantic detection has its own defaults",
            json!({"audio": {"input": {"turn_detection": {"type": "semantic_vad"}}}}),
            "/audio/input/turn_detection",
            json!({"type": "semantic_vad", "eagerness": "auto", "create_response": true, "interrupt_response": true}),
        ),
        (
            "null means manual turns",
            json!({"audio": {"input": {"turn_detection": null}}}),
            "/audio/input/turn_detection",
            Value::Null,
        ),
        (
            "null ends noise reduction",
            json!({"audio": {"input": {"noise_reduction": null}}}),
            "/audio/input/noise_reduction",
            Value::Null,
        ),
        (
            "tracing may be set once",
            json!({"tracing": "auto"}),
            "/tracing",
            json!("auto"),
        ),
        (
            "a choice may become an object",
            json!({"tool_choice": {"type": "function", "name": "a"}}),
            "/tool_choice/name",
            json!("a"),
        ),
    ];
    for (name, update, pointer, expected) in cases {
        let mut config = session(&start);
        let mut update = update.clone();
        update["type"] = json!("realtime");
        config
            .update(&update, true)
            .unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        assert_eq!(
            config.echo("s", 0).pointer(pointer),
            Some(expected),
            "{name}"
        );
    }
}

#[test]
fn a_refused_update_names_the_parameter_and_changes_nothing() {
    let cases: &[(Value, &str, &str)] = &[
        (
            json!({"instructions": "x"}),
            "missing_required_parameter",
            "session.type",
        ),
        (
            json!({"type": "realtime", "temperature": 1}),
            "unknown_parameter",
            "session.temperature",
        ),
        (
            json!({"type": "realtime", "instructions": 3}),
            "invalid_type",
            "session.instructions",
        ),
        (
            json!({"type": "transcription"}),
            "invalid_value",
            "session.type",
        ),
        (
            json!({"type": "realtime", "model": "another"}),
            "invalid_value",
            "session.model",
        ),
        (
            json!({"type": "realtime", "output_modalities": ["audio", "text"]}),
            "invalid_value",
            "session.output_modalities",
        ),
        (
            json!({"type": "realtime", "max_output_tokens": 5000}),
            "invalid_value",
            "session.max_output_tokens",
        ),
        (
            json!({"type": "realtime", "tools": [{"type": "mcp"}]}),
            "invalid_value",
            "session.tools[0].type",
        ),
        (
            json!({"type": "realtime", "tools": [{"type": "function"}]}),
            "missing_required_parameter",
            "session.tools[0].name",
        ),
        (
            json!({"type": "realtime", "audio": {"output": {"voice": "cedar"}}}),
            "cannot_update_voice",
            "session.audio.output.voice",
        ),
        (
            json!({"type": "realtime", "audio": {"output": {"voice": "nobody"}}}),
            "invalid_value",
            "session.audio.output.voice",
        ),
        (
            json!({"type": "realtime", "audio": {"input": {"transcription": {"model": "gpt-4o-mini-transcribe", "delay": "low"}}}}),
            "invalid_value",
            "session.audio.input.transcription.delay",
        ),
        (
            json!({"type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 4}}}}),
            "invalid_value",
            "session.audio.input.turn_detection.idle_timeout_ms",
        ),
        (
            json!({"type": "realtime", "audio": {"input": {"turn_detection": {"type": "semantic_vad", "threshold": 0.5}}}}),
            "unknown_parameter",
            "session.audio.input.turn_detection.threshold",
        ),
        (
            json!({"type": "realtime", "instructions": "new", "bogus": true}),
            "unknown_parameter",
            "session.bogus",
        ),
    ];
    for (update, code, param) in cases {
        let mut config = session(&json!({"type": "realtime", "instructions": "old"}));
        let before = config.clone();
        let refusal = config.update(update, true).expect_err(&update.to_string());
        assert_eq!(
            (refusal.code, refusal.param.as_deref()),
            (*code, Some(*param)),
            "{update}"
        );
        assert_eq!(config, before, "{update}");
    }
}

#[test]
fn reasoning_is_for_reasoning_models() {
    let given = |model| json!({"type": "realtime", "model": model, "reasoning": {"effort": "low"}});
    assert!(SessionConfig::create(&given("gpt-realtime-2.1")).is_ok());
    assert_eq!(
        SessionConfig::create(&given("gpt-realtime-1.5"))
            .expect_err("refused")
            .param
            .as_deref(),
        Some("session.reasoning")
    );
}

#[test]
fn turn_detection_settings_are_read() {
    let detection = |value: Value| {
        session(&json!({"type": "realtime", "audio": {"input": {"turn_detection": value}}}))
            .turn_detection()
    };
    assert_eq!(detection(Value::Null), TurnDetection::Manual);
    let TurnDetection::Automatic(turns) = detection(
        json!({"type": "server_vad", "silence_duration_ms": 640, "interrupt_response": false}),
    ) else {
        panic!("automatic expected");
    };
    assert_eq!(turns.silence.as_millis(), 640);
    assert!(!turns.interrupt_response && turns.create_response);
    let TurnDetection::Automatic(patient) =
        detection(json!({"type": "semantic_vad", "eagerness": "low"}))
    else {
        panic!("automatic expected");
    };
    assert!(patient.silence > turns.silence);
}
