//! Our commands as the provider's client events (realtime reference 4.1 and 4.4).

use crate::configuration::restored_json;
use domain::{
    Private,
    call::{CallCommand, CallConfiguration},
};
use serde_json::{Value, json};

/// A command as one text frame. Its `event_id` names the command, so that an error that answers it
/// says which one failed: `respond`, `tool_output.call_…`, `person_text.item_…` and so on.
#[must_use]
pub fn encode(command: &CallCommand, configuration: &CallConfiguration) -> String {
    frame(event(command, configuration), name(command))
}

/// The same with a mark of this link in front, which a browser on the same call cannot guess, and
/// with a token of one use on a request for a response, which comes back with the response.
pub(crate) fn encode_marked(
    command: &CallCommand,
    configuration: &CallConfiguration,
    mark: &str,
    token: Option<&str>,
) -> String {
    let mut event = event(command, configuration);
    if let (Some(token), Some(fields)) = (token, event.as_object_mut()) {
        let response = fields.entry("response").or_insert_with(|| json!({}));
        if let Some(response) = response.as_object_mut() {
            response.insert("metadata".to_owned(), json!({ ASKED_BY: token }));
        }
    }
    frame(event, format!("{mark}.{}", name(command)))
}

/// The entry of a response's metadata that says who asked for it.
pub(crate) const ASKED_BY: &str = "asked_by";

fn frame(mut event: Value, event_id: String) -> String {
    if let Some(fields) = event.as_object_mut() {
        fields.insert("event_id".to_owned(), Value::String(event_id));
    }
    event.to_string()
}

/// What an error of this command is told by.
pub(crate) fn name(command: &CallCommand) -> String {
    match command {
        CallCommand::AskConfiguration => "ask_configuration".to_owned(),
        CallCommand::RestoreConfiguration => "restore_configuration".to_owned(),
        CallCommand::Respond { .. } => "respond".to_owned(),
        CallCommand::ToolOutput { call, .. } => format!("tool_output.{call}"),
        CallCommand::Note { .. } => "note".to_owned(),
        CallCommand::PersonText { item, .. } => format!("person_text.{item}"),
        CallCommand::DeleteItem { item } => format!("delete_item.{item}"),
        CallCommand::CancelResponse => "cancel_response".to_owned(),
        CallCommand::ClearPlayback => "clear_playback".to_owned(),
        CallCommand::ClearInput => "clear_input".to_owned(),
    }
}

fn event(command: &CallCommand, configuration: &CallConfiguration) -> Value {
    match command {
        CallCommand::AskConfiguration => {
            json!({ "type": "session.update", "session": { "type": "realtime" } })
        }
        CallCommand::RestoreConfiguration => {
            json!({ "type": "session.update", "session": restored_json(configuration) })
        }
        CallCommand::Respond { instructions: None } => json!({ "type": "response.create" }),
        CallCommand::Respond {
            instructions: Some(instructions),
        } => {
            json!({ "type": "response.create", "response": { "instructions": instructions } })
        }
        CallCommand::ToolOutput { call, item, output } => json!({
            "type": "conversation.item.create",
            "item": {
                "id": item, "type": "function_call_output", "call_id": call, "output": words(output),
            },
        }),
        CallCommand::Note { item, text } => json!({
            "type": "conversation.item.create",
            "item": {
                "id": item, "type": "message", "role": "system",
                "content": [{ "type": "input_text", "text": words(text) }],
            },
        }),
        CallCommand::PersonText { item, text } => json!({
            "type": "conversation.item.create",
            "item": {
                "id": item, "type": "message", "role": "user",
                "content": [{ "type": "input_text", "text": words(text) }],
            },
        }),
        CallCommand::DeleteItem { item } => {
            json!({ "type": "conversation.item.delete", "item_id": item })
        }
        CallCommand::CancelResponse => json!({ "type": "response.cancel" }),
        CallCommand::ClearPlayback => json!({ "type": "output_audio_buffer.clear" }),
        CallCommand::ClearInput => json!({ "type": "input_audio_buffer.clear" }),
    }
}

fn words(text: &Private<String>) -> &str {
    #[expect(
        clippy::disallowed_methods,
        reason = "sent to the provider whose conversation it belongs to"
    )]
    text.expose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::tests::configuration;
    use domain::{ItemId, ToolCallId};

    fn check(command: &CallCommand, expected: &Value) {
        let sent: Value = serde_json::from_str(&encode(command, &configuration())).unwrap();
        assert_eq!(&sent, expected, "{command:?}");
        let marked: Value =
            serde_json::from_str(&encode_marked(command, &configuration(), "m4rk", None)).unwrap();
        let id = expected["event_id"].as_str().unwrap();
        assert_eq!(marked["event_id"], format!("m4rk.{id}"));
    }

    #[test]
    fn a_request_for_a_response_carries_its_token_beside_what_it_asks() {
        let asked = |instructions: Option<String>| -> Value {
            let command = CallCommand::Respond { instructions };
            let text = encode_marked(&command, &configuration(), "m4rk", Some("t0ken"));
            serde_json::from_str(&text).unwrap()
        };
        let metadata = json!({ "asked_by": "t0ken" });
        assert_eq!(asked(None)["response"], json!({ "metadata": metadata }));
        let greeting = json!({ "instructions": "Greet.", "metadata": metadata });
        assert_eq!(asked(Some("Greet.".into()))["response"], greeting);
    }

    #[test]
    fn every_command_has_its_event_and_an_event_id() {
        check(
            &CallCommand::AskConfiguration,
            &json!({ "type": "session.update", "event_id": "ask_configuration", "session": { "type": "realtime" } }),
        );
        check(
            &CallCommand::RestoreConfiguration,
            &json!({ "type": "session.update", "event_id": "restore_configuration", "session": restored_json(&configuration()) }),
        );
        check(
            &CallCommand::Respond { instructions: None },
            &json!({ "type": "response.create", "event_id": "respond" }),
        );
        check(
            &CallCommand::Respond {
                instructions: Some("Greet.".into()),
            },
            &json!({ "type": "response.create", "event_id": "respond", "response": { "instructions": "Greet." } }),
        );
        check(
            &CallCommand::ToolOutput {
                call: ToolCallId::parse("call_1").unwrap(),
                item: ItemId::parse("item_7").unwrap(),
                output: "{\"ok\":true}".into(),
            },
            &json!({
                "type": "conversation.item.create", "event_id": "tool_output.call_1",
                "item": { "id": "item_7", "type": "function_call_output", "call_id": "call_1", "output": "{\"ok\":true}" }
            }),
        );
        check(
            &CallCommand::Note {
                item: ItemId::parse("item_8").unwrap(),
                text: "The phone was corrected by hand.".into(),
            },
            &json!({
                "type": "conversation.item.create", "event_id": "note",
                "item": { "id": "item_8", "type": "message", "role": "system",
                          "content": [{ "type": "input_text", "text": "The phone was corrected by hand." }] }
            }),
        );
        check(
            &CallCommand::PersonText {
                item: ItemId::parse("item_9").unwrap(),
                text: "\"quoted\"\n".into(),
            },
            &json!({
                "type": "conversation.item.create", "event_id": "person_text.item_9",
                "item": { "id": "item_9", "type": "message", "role": "user",
                          "content": [{ "type": "input_text", "text": "\"quoted\"\n" }] }
            }),
        );
        check(
            &CallCommand::DeleteItem {
                item: ItemId::parse("item_9").unwrap(),
            },
            &json!({ "type": "conversation.item.delete", "event_id": "delete_item.item_9", "item_id": "item_9" }),
        );
        check(
            &CallCommand::CancelResponse,
            &json!({ "type": "response.cancel", "event_id": "cancel_response" }),
        );
        check(
            &CallCommand::ClearPlayback,
            &json!({ "type": "output_audio_buffer.clear", "event_id": "clear_playback" }),
        );
        check(
            &CallCommand::ClearInput,
            &json!({ "type": "input_audio_buffer.clear", "event_id": "clear_input" }),
        );
    }
}
