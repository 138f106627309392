//! The configuration in effect, as far as it is pinned.

use super::Fields;
use domain::call::{EffectiveConfiguration, ToolDefinition};
use serde_json::Value;

/// What is missing is read as empty, and so shows as drift instead of passing for ours.
pub(crate) fn effective(session: Fields<'_>) -> EffectiveConfiguration {
    EffectiveConfiguration {
        instructions: session.text("instructions").unwrap_or_default().into(),
        tools: session.list("tools").iter().map(tool).collect(),
        tool_choice: plain(session.value("tool_choice")),
        model: session.text("model").unwrap_or_default().to_owned(),
        modalities: session
            .list("output_modalities")
            .iter()
            .map(|modality| plain(Some(modality)))
            .collect(),
        transcription_model: transcription_model(session),
        max_output_tokens: session
            .number("max_output_tokens")
            .ok()
            .and_then(|number| u32::try_from(number).ok()),
        answers_turns: answers_turns(session),
    }
}

/// What is not said is the provider's default: it does.
fn answers_turns(session: Fields<'_>) -> bool {
    let Ok(input) = session
        .object("audio")
        .and_then(|audio| audio.object("input"))
    else {
        return true;
    };
    match input.0.get("turn_detection") {
        None => true,
        Some(Value::Object(detection)) => {
            detection.get("create_response") != Some(&Value::Bool(false))
        }
        Some(_) => false,
    }
}

fn transcription_model(session: Fields<'_>) -> Option<String> {
    let input = session.object("audio").ok()?.object("input").ok()?;
    input
        .object("transcription")
        .ok()?
        .text("model")
        .map(str::to_owned)
}

/// A tool of another kind than a function, such as one the provider runs itself, is kept under a name
/// no function can have, so that it is never mistaken for one of ours.
fn tool(value: &Value) -> ToolDefinition {
    let foreign = |value: &Value| ToolDefinition {
        name: format!("({})", plain(Some(value))),
        description: String::new(),
        parameters: Value::Null,
    };
    let Some(fields) = value.as_object().map(Fields) else {
        return foreign(value);
    };
    match (fields.text("type"), fields.text("name")) {
        (Some("function"), Some(name)) => ToolDefinition {
            name: name.to_owned(),
            description: fields.text("description").unwrap_or_default().to_owned(),
            parameters: fields.value("parameters").cloned().unwrap_or(Value::Null),
        },
        _ => foreign(value),
    }
}

/// A text as it is, anything else as JSON.
fn plain(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}
