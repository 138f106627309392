//! The object as a whole, and what differs per model.

use super::*;

pub(crate) fn configuration() -> CallConfiguration {
    CallConfiguration {
        model: "gpt-realtime-2.1".into(),
        instructions: "Ask one question at a time.".into(),
        tools: vec![ToolDefinition {
            name: "set_field".into(),
            description: "Stores one answer.".into(),
            parameters: json!({ "type": "object", "properties": { "field": { "type": "string" } }, "required": ["field"] }),
        }],
        voice: "marin".into(),
        language: "en".into(),
        transcription_model: "gpt-realtime-whisper".into(),
        max_output_tokens: 1024,
        silence_ms: 600,
    }
}

#[test]
fn the_whole_session_object() {
    let expected = json!({
        "type": "realtime",
        "model": "gpt-realtime-2.1",
        "output_modalities": ["audio"],
        "instructions": "Ask one question at a time.",
        "audio": {
            "input": {
                "format": { "type": "audio/pcm", "rate": 24000 },
                "noise_reduction": { "type": "near_field" },
                "transcription": { "model": "gpt-realtime-whisper", "language": "en" },
                "turn_detection": {
                    "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 600,
                    "idle_timeout_ms": null, "create_response": true, "interrupt_response": true
                }
            },
            "output": { "format": { "type": "audio/pcm", "rate": 24000 }, "voice": "marin", "speed": 1.0 }
        },
        "tools": [{
            "type": "function",
            "name": "set_field",
            "description": "Stores one answer.",
            "parameters": { "type": "object", "properties": { "field": { "type": "string" } }, "required": ["field"] }
        }],
        "tool_choice": "auto",
        "max_output_tokens": 1024,
        "truncation": "auto",
        "tracing": null
    });
    assert_eq!(session_json(&configuration()), expected);
}

#[test]
fn the_same_configuration_gives_the_same_text() {
    let texts: std::collections::BTreeSet<_> = (0..20)
        .map(|_| session_json(&configuration()).to_string())
        .collect();
    assert_eq!(texts.len(), 1);
}

#[test]
fn transcription_is_built_per_model() {
    let check = |model: &str, expected: Value| {
        let session = session_json(&CallConfiguration {
            transcription_model: model.into(),
            ..configuration()
        });
        assert_eq!(
            session.pointer("/audio/input/transcription"),
            Some(&expected),
            "{model}"
        );
    };
    for one in [
        "gpt-realtime-whisper",
        "gpt-4o-transcribe",
        "gpt-4o-mini-transcribe-2025-12-15",
        "whisper-1",
        "gpt-4o-transcribe-diarize",
    ] {
        check(one, json!({ "model": one, "language": "en" }));
    }
    for list in [
        "gpt-live-transcribe",
        "gpt-transcribe",
        "gpt-transcribe-2026-06-01",
    ] {
        check(list, json!({ "model": list, "languages": ["en"] }));
    }
    for unknown in ["my-deployment", "gpt-transcribed", "", "nova-3"] {
        check(unknown, json!({ "model": unknown }));
    }
}

#[test]
fn a_restore_holds_everything_pinned_but_neither_voice_nor_model() {
    let (whole, restored) = (
        session_json(&configuration()),
        restored_json(&configuration()),
    );
    for kept in [
        "/type",
        "/instructions",
        "/tools",
        "/tool_choice",
        "/output_modalities",
        "/max_output_tokens",
    ] {
        assert_eq!(restored.pointer(kept), whole.pointer(kept), "{kept}");
    }
    for kept in ["transcription", "turn_detection", "noise_reduction"] {
        let at = format!("/audio/input/{kept}");
        assert_eq!(restored.pointer(&at), whole.pointer(&at), "{kept}");
    }
    for left_out in ["/model", "/audio/output", "/tracing", "/truncation"] {
        assert_eq!(restored.pointer(left_out), None, "{left_out}");
    }
}
