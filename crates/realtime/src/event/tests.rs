//! Every event of the reference, as it comes and as we read it.

mod configuration;
mod lenient;

use super::*;
use domain::{
    ItemId, ResponseId, ToolCallId,
    call::{ItemKind, ResponseShape, ResponseStatus, Usage},
    tool::ToolCall,
};
use serde_json::json;

fn item(id: &str) -> ItemId {
    ItemId::parse(id).unwrap()
}

fn response(id: &str) -> ResponseId {
    ResponseId::parse(id).unwrap()
}

fn other(kind: &str) -> CallEvent {
    CallEvent::Other {
        kind: kind.to_owned(),
    }
}

/// Reads one event of that type with those fields.
fn read(kind: &str, fields: Value) -> Result<CallEvent, DecodeError> {
    let mut event = fields;
    let object = event.as_object_mut().unwrap();
    object.insert("type".into(), kind.into());
    object.insert("event_id".into(), "event_1".into());
    decode(&event.to_string())
}

fn check(kind: &str, fields: Value, expected: CallEvent) {
    assert_eq!(read(kind, fields), Ok(expected), "{kind}");
}

#[test]
fn speech_and_its_audio() {
    check(
        "input_audio_buffer.speech_started",
        json!({ "audio_start_ms": 1460, "item_id": "item_U1" }),
        CallEvent::SpeechStarted {
            item: item("item_U1"),
            at_ms: 1460,
        },
    );
    check(
        "input_audio_buffer.speech_stopped",
        json!({ "audio_end_ms": 4256, "item_id": "item_U1" }),
        CallEvent::SpeechStopped {
            item: item("item_U1"),
            at_ms: 4256,
        },
    );
    check(
        "input_audio_buffer.committed",
        json!({ "previous_item_id": null, "item_id": "item_U1" }),
        CallEvent::AudioCommitted {
            item: item("item_U1"),
        },
    );
}

#[test]
fn items_by_kind() {
    let added =
        |kind: &str, body: Value, after: Option<&str>, expected: ItemKind, text: Option<&str>| {
            check(
                kind,
                json!({ "previous_item_id": after, "item": body }),
                CallEvent::ItemAdded {
                    item: item("item_1"),
                    after: after.map(item),
                    kind: expected,
                    text: text.map(Private::from),
                    answers: (expected == ItemKind::ToolOutput)
                        .then(|| ToolCallId::parse("call_1").unwrap()),
                },
            );
        };
    let message = |role: &str, content: Value| json!({ "id": "item_1", "type": "message", "status": "completed", "role": role, "content": content });
    let kind = "conversation.item.added";
    added(
        kind,
        message(
            "user",
            json!([{ "type": "input_audio", "transcript": null }]),
        ),
        Some("item_0"),
        ItemKind::PersonAudio,
        None,
    );
    added(
        kind,
        message(
            "user",
            json!([{ "type": "input_text", "text": "My e-mail is" }, { "type": "input_text", "text": "a@b.org" }]),
        ),
        None,
        ItemKind::PersonText,
        Some("My e-mail is\na@b.org"),
    );
    // Sound that comes with words beside it counts as sound: the words are not what was said.
    added(
        kind,
        message(
            "user",
            json!([{ "type": "input_text", "text": "x" }, { "type": "input_audio" }]),
        ),
        None,
        ItemKind::PersonAudio,
        None,
    );
    added(
        kind,
        message(
            "user",
            json!([{ "type": "input_image", "image_url": "data:" }]),
        ),
        None,
        ItemKind::PersonText,
        None,
    );
    added(
        kind,
        message("assistant", json!([])),
        None,
        ItemKind::Assistant,
        None,
    );
    added(
        kind,
        message(
            "assistant",
            json!([{ "type": "output_text", "text": "hello" }]),
        ),
        None,
        ItemKind::Assistant,
        None,
    );
    added(
        kind,
        message(
            "system",
            json!([{ "type": "input_text", "text": "Be kind." }]),
        ),
        None,
        ItemKind::System,
        Some("Be kind."),
    );
    added(
        kind,
        message(
            "developer",
            json!([{ "type": "input_text", "text": "Be kind." }]),
        ),
        None,
        ItemKind::System,
        Some("Be kind."),
    );
    added(
        kind,
        message("critic", json!([])),
        None,
        ItemKind::Other,
        None,
    );
    added(
        kind,
        json!({ "id": "item_1", "type": "function_call", "name": "set_field", "call_id": "call_1", "arguments": "" }),
        None,
        ItemKind::ToolCall,
        None,
    );
    added(
        kind,
        json!({ "id": "item_1", "type": "function_call_output", "call_id": "call_1", "output": "secret" }),
        None,
        ItemKind::ToolOutput,
        Some("secret"),
    );
    added(
        kind,
        json!({ "id": "item_1", "type": "mcp_call" }),
        None,
        ItemKind::Other,
        None,
    );
    // The old name, and the object field that real servers leave out.
    added(
        "conversation.item.created",
        json!({ "id": "item_1", "object": "realtime.item", "type": "message", "role": "user", "content": [] }),
        None,
        ItemKind::PersonText,
        None,
    );
}

#[test]
fn words_of_both_speakers() {
    let at = |name: &str, text: &str| json!({ "response_id": "resp_1", "item_id": "item_1", "output_index": 0, "content_index": 0, name: text, "obfuscation": "kX1y" });
    let words = |speaker| CallEvent::Words {
        item: item("item_1"),
        speaker,
        delta: " Hello".into(),
    };
    let done = |speaker| CallEvent::WordsDone {
        item: item("item_1"),
        speaker,
        text: "Hello, I am Ada.".into(),
    };
    check(
        "conversation.item.input_audio_transcription.delta",
        at("delta", " Hello"),
        words(Speaker::Person),
    );
    check(
        "response.output_audio_transcript.delta",
        at("delta", " Hello"),
        words(Speaker::Assistant),
    );
    check(
        "response.output_text.delta",
        at("delta", " Hello"),
        words(Speaker::Assistant),
    );
    check(
        "conversation.item.input_audio_transcription.completed",
        at("transcript", "Hello, I am Ada."),
        done(Speaker::Person),
    );
    check(
        "response.output_audio_transcript.done",
        at("transcript", "Hello, I am Ada."),
        done(Speaker::Assistant),
    );
    check(
        "response.output_text.done",
        at("text", "Hello, I am Ada."),
        done(Speaker::Assistant),
    );
    check(
        "conversation.item.input_audio_transcription.failed",
        json!({ "item_id": "item_1", "error": { "code": "audio_unintelligible" } }),
        CallEvent::WordsFailed {
            item: item("item_1"),
        },
    );
    // The delta is optional in the provider's description.
    check(
        "conversation.item.input_audio_transcription.delta",
        json!({ "item_id": "item_1" }),
        other("conversation.item.input_audio_transcription.delta"),
    );
}

#[test]
fn responses_from_start_to_end() {
    let started = |body: Value, in_conversation: bool| {
        let asked_by = body["metadata"]["asked_by"].as_str().map(str::to_owned);
        check(
            "response.created",
            json!({ "response": body }),
            CallEvent::ResponseStarted {
                response: response("resp_1"),
                in_conversation,
                asked_by,
                shape: ResponseShape::default(),
            },
        );
    };
    started(json!({ "id": "resp_1", "conversation_id": "conv_1" }), true);
    started(json!({ "id": "resp_1" }), true);
    started(
        json!({ "id": "resp_1", "metadata": { "asked_by": "t0ken" } }),
        true,
    );
    started(json!({ "id": "resp_1", "conversation_id": null }), false);

    let done = |body: Value, status: ResponseStatus, failure: Option<&str>| {
        let mut body = body;
        body["id"] = "resp_1".into();
        let expected = CallEvent::ResponseDone {
            response: response("resp_1"),
            status,
            failure: failure.map(str::to_owned),
            usage: None,
        };
        check("response.done", json!({ "response": body }), expected);
    };
    done(
        json!({ "status": "completed", "status_details": null, "usage": null }),
        ResponseStatus::Completed,
        None,
    );
    done(
        json!({ "status": "cancelled", "status_details": { "type": "cancelled", "reason": "turn_detected" } }),
        ResponseStatus::Cancelled,
        None,
    );
    done(
        json!({ "status": "incomplete", "status_details": { "type": "incomplete", "reason": "max_output_tokens" } }),
        ResponseStatus::Incomplete,
        Some("max_output_tokens"),
    );
    done(
        json!({ "status": "failed", "status_details": { "type": "failed", "error": { "type": "server_error", "code": "insufficient_quota", "message": "sk-leak" } } }),
        ResponseStatus::Failed,
        Some("insufficient_quota"),
    );
    done(
        json!({ "status": "failed", "status_details": { "type": "failed", "error": { "type": "server_error" } } }),
        ResponseStatus::Failed,
        Some("server_error"),
    );
    done(
        json!({ "status": "failed", "status_details": "overloaded" }),
        ResponseStatus::Failed,
        Some("overloaded"),
    );
    done(
        json!({ "status": "failed", "status_details": "a whole sentence with sk-leak" }),
        ResponseStatus::Failed,
        None,
    );
    done(
        json!({ "status": "astonished" }),
        ResponseStatus::Failed,
        None,
    );
    done(json!({}), ResponseStatus::Failed, None);
}

#[test]
fn usage_to_the_token() {
    let usage = json!({
        "total_tokens": 200, "input_tokens": 139, "output_tokens": 61,
        "input_token_details": { "text_tokens": 43, "audio_tokens": 96, "image_tokens": 0, "cached_tokens": 64,
            "cached_tokens_details": { "text_tokens": 0, "audio_tokens": 64, "image_tokens": 0 } },
        "output_token_details": { "text_tokens": 18, "audio_tokens": 43 }
    });
    let done = |usage: Value, expected: Usage| {
        check(
            "response.done",
            json!({ "response": { "id": "resp_1", "status": "completed", "usage": usage } }),
            CallEvent::ResponseDone {
                response: response("resp_1"),
                status: ResponseStatus::Completed,
                failure: None,
                usage: Some(expected),
            },
        );
    };
    done(
        usage,
        Usage {
            input: 139,
            cached: 64,
            input_audio: 96,
            output: 61,
            output_audio: 43,
        },
    );
    done(
        json!({ "input_tokens": 5, "output_tokens": 7 }),
        Usage {
            input: 5,
            output: 7,
            ..Usage::default()
        },
    );
}

#[test]
fn a_tool_call_only_when_the_model_finished_it() {
    let finished = |status: &str| {
        json!({ "response_id": "resp_1", "output_index": 0,
            "item": { "id": "item_1", "type": "function_call", "status": status, "name": "set_field",
                      "call_id": "call_1", "arguments": "{  \n \"field\": \"name\"}" } })
    };
    let expected = ToolCall {
        id: ToolCallId::parse("call_1").unwrap(),
        response: response("resp_1"),
        item: item("item_1"),
        name: "set_field".into(),
        arguments: "{  \n \"field\": \"name\"}".into(),
    };
    let kind = "response.output_item.done";
    check(kind, finished("completed"), CallEvent::ToolCall(expected));
    check(kind, finished("incomplete"), other(kind));
    check(kind, finished("in_progress"), other(kind));
    check(
        kind,
        json!({ "response_id": "resp_1", "item": { "id": "item_1", "type": "function_call", "name": "set_field", "call_id": "call_1", "arguments": "{}" } }),
        other(kind),
    );
    check(
        kind,
        json!({ "response_id": "resp_1", "item": { "id": "item_1", "type": "message", "status": "completed" } }),
        other(kind),
    );
    // These hold a whole call as well, and are sent for cancelled responses too.
    let arguments = json!({ "response_id": "resp_1", "item_id": "item_1", "call_id": "call_1", "name": "set_field", "arguments": "{}" });
    check(
        "response.function_call_arguments.done",
        arguments,
        other("response.function_call_arguments.done"),
    );
    check(
        "response.output_item.added",
        finished("completed"),
        other("response.output_item.added"),
    );
    check(
        "conversation.item.done",
        finished("completed"),
        other("conversation.item.done"),
    );
}

#[test]
fn arguments_are_passed_on_letter_by_letter() {
    for arguments in ["", "{}", "not json", "{\"value\":\"\\u00e9\"}", "[1,2]"] {
        let event = json!({ "response_id": "resp_1", "item": { "id": "item_1", "type": "function_call", "status": "completed",
            "name": "x", "call_id": "call_1", "arguments": arguments } });
        match read("response.output_item.done", event) {
            Ok(CallEvent::ToolCall(call)) => assert_eq!(call.arguments, arguments.into()),
            found => panic!("{found:?}"),
        }
    }
}

#[test]
fn playback_and_truncation() {
    let fields = json!({ "response_id": "resp_1" });
    check(
        "output_audio_buffer.started",
        fields.clone(),
        CallEvent::PlaybackStarted {
            response: response("resp_1"),
        },
    );
    check(
        "output_audio_buffer.stopped",
        fields.clone(),
        CallEvent::PlaybackStopped {
            response: response("resp_1"),
        },
    );
    check(
        "output_audio_buffer.cleared",
        fields,
        CallEvent::PlaybackCleared {
            response: Some(response("resp_1")),
        },
    );
    check(
        "output_audio_buffer.cleared",
        json!({}),
        CallEvent::PlaybackCleared { response: None },
    );
    check(
        "conversation.item.truncated",
        json!({ "item_id": "item_1", "content_index": 0, "audio_end_ms": 1480 }),
        CallEvent::ItemTruncated {
            item: item("item_1"),
        },
    );
}

#[test]
fn errors_and_the_end_of_the_session() {
    let error = |error: Value, code: Option<&str>, command: Option<&str>| {
        check(
            "error",
            json!({ "error": error }),
            CallEvent::Error {
                code: code.map(str::to_owned),
                command: command.map(str::to_owned),
            },
        );
    };
    error(
        json!({ "type": "invalid_request_error", "code": "conversation_already_has_active_response", "message": "sk-leak", "param": null, "event_id": "respond" }),
        Some("conversation_already_has_active_response"),
        Some("respond"),
    );
    error(
        json!({ "type": "invalid_request_error", "code": null, "message": "no" }),
        None,
        None,
    );
    error(json!({ "code": "a sentence, not a code" }), None, None);
    error(json!({ "event_id": "x".repeat(400) }), None, None);
    error(Value::Null, None, None);
    error(json!("broken"), None, None);
    check(
        "error",
        json!({ "error": { "code": "session_expired", "message": "60 minutes" } }),
        CallEvent::Expired,
    );
}

#[test]
fn the_rest_is_kept_by_its_type_only() {
    let rest = [
        "conversation.created",
        "conversation.item.done",
        "conversation.item.retrieved",
        "conversation.item.deleted",
        "conversation.item.input_audio_transcription.segment",
        "input_audio_buffer.cleared",
        "input_audio_buffer.timeout_triggered",
        "input_audio_buffer.dtmf_event_received",
        "response.output_item.added",
        "response.content_part.added",
        "response.content_part.done",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.mcp_call_arguments.delta",
        "response.mcp_call.failed",
        "mcp_list_tools.completed",
        "rate_limits.updated",
        "something.new",
    ];
    for kind in rest {
        check(
            kind,
            json!({ "item_id": "item_1", "delta": "secret" }),
            other(kind),
        );
    }
    check("a sentence\nwith a line break", json!({}), other("unnamed"));
    check(&"x".repeat(500), json!({}), other("unnamed"));
}
