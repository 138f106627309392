//! Responses: how they begin, how they end and what they used.

use super::{DecodeError, Fields, word};
use crate::command::ASKED_BY;
use domain::call::{CallEvent, ResponseShape, ResponseStatus, Usage};
use serde_json::Value;

/// A response began. One outside the conversation says so by a null; a provider that says nothing
/// has only the conversation.
pub(crate) fn started(response: Fields<'_>) -> Result<CallEvent, DecodeError> {
    let in_conversation = response
        .0
        .get("conversation_id")
        .is_none_or(|id| !id.is_null());
    let asked_by = response
        .object("metadata")
        .ok()
        .and_then(|metadata| metadata.text(ASKED_BY))
        .and_then(word);
    Ok(CallEvent::ResponseStarted {
        response: response.id("id")?,
        in_conversation,
        asked_by,
        shape: shape(response),
    })
}

/// What the provider says of it; a custom voice is an object with an id.
fn shape(response: Fields<'_>) -> ResponseShape {
    let output = response
        .object("audio")
        .and_then(|audio| audio.object("output"))
        .ok();
    let voice = output.and_then(|output| output.value("voice"));
    let modalities = response.value("output_modalities").map(|_| {
        let listed = response.list("output_modalities").iter();
        listed
            .map(|it| it.as_str().unwrap_or_default().to_owned())
            .collect()
    });
    let plain = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    ResponseShape {
        modalities,
        voice: voice.and_then(Value::as_str).map(str::to_owned),
        max_output_tokens: response.value("max_output_tokens").map(plain),
    }
}

/// A response is generated.
pub(crate) fn done(response: Fields<'_>) -> Result<CallEvent, DecodeError> {
    let status = match response.text("status") {
        Some("completed") => ResponseStatus::Completed,
        Some("cancelled") => ResponseStatus::Cancelled,
        Some("incomplete") => ResponseStatus::Incomplete,
        // A word we do not know is no success.
        _ => ResponseStatus::Failed,
    };
    let failure = match status {
        ResponseStatus::Failed | ResponseStatus::Incomplete => failure(response),
        ResponseStatus::Completed | ResponseStatus::Cancelled => None,
    };
    let usage = response.object("usage").ok().map(usage);
    Ok(CallEvent::ResponseDone {
        response: response.id("id")?,
        status,
        failure,
        usage,
    })
}

/// The most telling word: the error's code, its type, or the reason. Some providers send one string.
fn failure(response: Fields<'_>) -> Option<String> {
    let details = match response.value("status_details")? {
        Value::String(text) => return word(text),
        Value::Object(details) => Fields(details),
        _ => return None,
    };
    let error = details.object("error").ok();
    error
        .and_then(|error| error.text("code").or_else(|| error.text("type")))
        .or_else(|| details.text("reason"))
        .and_then(word)
}

fn usage(usage: Fields<'_>) -> Usage {
    let input = usage.object("input_token_details").ok();
    let output = usage.object("output_token_details").ok();
    let of = |details: Option<Fields<'_>>, name| {
        details
            .and_then(|details| details.number(name).ok())
            .unwrap_or(0)
    };
    Usage {
        input: usage.number("input_tokens").unwrap_or(0),
        cached: of(input, "cached_tokens"),
        input_audio: of(input, "audio_tokens"),
        output: usage.number("output_tokens").unwrap_or(0),
        output_audio: of(output, "audio_tokens"),
    }
}
