//! A call's configuration as the provider's session object (realtime reference 1.1 to 1.4).
//! Everything is said, nothing is left to a default: defaults differ between documents and servers.

use domain::call::{CallConfiguration, ToolDefinition};
use serde_json::{Value, json};

/// The whole session object, as sent when a call is created. The same configuration gives the same
/// text, so its hash can be kept.
#[must_use]
pub fn session_json(configuration: &CallConfiguration) -> Value {
    let mut input = audio_input(configuration);
    let format = json!({ "type": "audio/pcm", "rate": 24_000 });
    insert(&mut input, "format", format.clone());
    let mut session = pinned_json(configuration);
    insert(&mut session, "model", json!(configuration.model));
    insert(&mut session, "truncation", json!("auto"));
    // Tracing would copy the conversation to the provider's dashboard.
    insert(&mut session, "tracing", Value::Null);
    insert(
        &mut session,
        "audio",
        json!({ "input": input, "output": { "format": format, "voice": configuration.voice, "speed": 1.0 } }),
    );
    session
}

/// What is put back after somebody changed it. Without the voice, which is frozen after the first
/// sound and would have the whole update refused, and without the model, which cannot change.
pub(crate) fn restored_json(configuration: &CallConfiguration) -> Value {
    let mut session = pinned_json(configuration);
    insert(
        &mut session,
        "audio",
        json!({ "input": audio_input(configuration) }),
    );
    session
}

fn pinned_json(configuration: &CallConfiguration) -> Value {
    json!({
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": configuration.instructions,
        "tools": configuration.tools.iter().map(tool_json).collect::<Vec<_>>(),
        "tool_choice": "auto",
        "max_output_tokens": configuration.max_output_tokens,
    })
}

fn tool_json(tool: &ToolDefinition) -> Value {
    json!({
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    })
}

fn audio_input(configuration: &CallConfiguration) -> Value {
    json!({
        "noise_reduction": { "type": "near_field" },
        "transcription": transcription(&configuration.transcription_model, &configuration.language),
        "turn_detection": {
            "type": "server_vad",
            "threshold": 0.5,
            "prefix_padding_ms": 300,
            "silence_duration_ms": configuration.silence_ms,
            "idle_timeout_ms": null,
            "create_response": true,
            "interrupt_response": true,
        },
    })
}

/// Built per model: one field a model does not know has the whole session refused, after which the
/// call would run with the provider's own persona and without tools (realtime reference 1.3).
fn transcription(model: &str, language: &str) -> Value {
    match language_field(model) {
        LanguageField::One => json!({ "model": model, "language": language }),
        LanguageField::List => json!({ "model": model, "languages": [language] }),
        LanguageField::Unknown => json!({ "model": model }),
    }
}

/// How a transcription model takes the language.
enum LanguageField {
    /// `language`.
    One,
    /// `languages`.
    List,
    /// Not known, so it is not told.
    Unknown,
}

fn language_field(model: &str) -> LanguageField {
    let is = |family: &str| {
        model == family
            || model
                .strip_prefix(family)
                .is_some_and(|rest| rest.starts_with('-'))
    };
    if ["gpt-live-transcribe", "gpt-transcribe"]
        .into_iter()
        .any(is)
    {
        LanguageField::List
    } else if [
        "gpt-realtime-whisper",
        "gpt-4o-transcribe",
        "gpt-4o-mini-transcribe",
        "whisper",
    ]
    .into_iter()
    .any(is)
    {
        LanguageField::One
    } else {
        LanguageField::Unknown
    }
}

fn insert(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
pub(crate) mod tests;
