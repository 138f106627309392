//! What a client may ask of a call, from either of its peers: every event is read, checked, acted
//! on, or refused with an `error` that changes nothing.

use super::conversation::Place;
use super::items::{Meaning, NewItem};
use super::{Audience, Engine, Peer};
use crate::dialogue::Heard;
use crate::wire::Refusal;
use serde_json::{Map, Value, json};
use std::time::Instant;

/// Every event a client may send, with the fields it may have besides `type` and `event_id`.
const EVENTS: [(&str, &[&str]); 12] = [
    ("session.update", &["session"]),
    ("input_audio_buffer.append", &["audio"]),
    ("input_audio_buffer.commit", &[]),
    ("input_audio_buffer.clear", &[]),
    ("output_audio_buffer.clear", &[]),
    ("conversation.item.create", &["item", "previous_item_id"]),
    ("conversation.item.retrieve", &["item_id"]),
    (
        "conversation.item.truncate",
        &["item_id", "content_index", "audio_end_ms"],
    ),
    ("conversation.item.delete", &["item_id"]),
    ("response.create", &["response"]),
    ("response.cancel", &["response_id"]),
    ("transcription_session.update", &["session"]),
];

impl Engine {
    /// Acts on one event. Returns its type, if it had one.
    pub(crate) fn client_event(&mut self, from: Peer, text: &str, now: Instant) -> Option<String> {
        let event = match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(event)) => event,
            Ok(_) | Err(_) => {
                let refusal = Refusal::new(
                    "invalid_json",
                    "The event could not be parsed as a JSON object.",
                );
                self.send(Audience::Only(from), refusal.event(None));
                return None;
            }
        };
        let event_id = event
            .get("event_id")
            .and_then(Value::as_str)
            .map(str::to_owned);
        if let Err(refusal) = self.act_on(from, &event, now) {
            self.send(Audience::Only(from), refusal.event(event_id.as_deref()));
        }
        self.advance_responses(now);
        event.get("type").and_then(Value::as_str).map(str::to_owned)
    }

    fn act_on(
        &mut self,
        from: Peer,
        event: &Map<String, Value>,
        now: Instant,
    ) -> Result<(), Refusal> {
        let kind = check_event(event)?;
        match kind {
            "session.update" => self.update_session(from, event),
            "input_audio_buffer.commit" => {
                if self.commit_buffer(now) {
                    return Ok(());
                }
                Err(Refusal::new(
                    "input_audio_buffer_commit_empty",
                    "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio.",
                ))
            }
            "input_audio_buffer.clear" => {
                self.clear_buffer();
                Ok(())
            }
            "output_audio_buffer.clear" => {
                if self.clear_output() {
                    self.quiet_since = Some(now);
                }
                Ok(())
            }
            "conversation.item.create" => self.create_item(from, event),
            "conversation.item.retrieve" => {
                let id = item_id(event)?;
                let item = self
                    .conversation
                    .item(id)
                    .cloned()
                    .ok_or_else(|| no_item("retrieve", id))?;
                self.send(
                    Audience::Only(from),
                    json!({ "type": "conversation.item.retrieved", "item": item }),
                );
                Ok(())
            }
            "conversation.item.truncate" => self.truncate_item(event),
            "conversation.item.delete" => self.delete_item(event),
            "response.create" => self.create_response(
                from,
                event.get("response").filter(|given| !given.is_null()),
                now,
            ),
            "response.cancel" => {
                let wanted = event.get("response_id").and_then(Value::as_str);
                let is_wanted = |id: &str, of_conversation: bool| {
                    wanted.map_or(of_conversation, |wanted| wanted == id)
                };
                if self.cancel("client_cancelled", |response| {
                    is_wanted(&response.id, response.is_of_conversation())
                }) {
                    return Ok(());
                }
                Err(Refusal::new(
                    "response_cancel_not_active",
                    "Cancellation failed: no active response found",
                ))
            }
            "input_audio_buffer.append" => Err(Refusal::of(
                "invalid_value",
                "type",
                "'input_audio_buffer.append' is not available on a WebRTC call: audio comes over the media connection.",
            )),
            _ => Err(Refusal::of(
                "invalid_value",
                "type",
                "Passing a transcription session update event to a realtime session is not allowed.",
            )),
        }
    }

    fn update_session(&mut self, from: Peer, event: &Map<String, Value>) -> Result<(), Refusal> {
        let given = event
            .get("session")
            .ok_or_else(|| Refusal::missing_parameter("session"))?;
        if self
            .faults
            .take(|faults| &mut faults.refuse_session_updates)
        {
            return Err(Refusal::of(
                "invalid_value",
                "session",
                "The session could not be updated.",
            ));
        }
        self.session.update(given, self.mouth.has_spoken())?;
        let updated = json!({ "type": "session.updated", "session": self.session_echo() });
        let unseen = self.faults.now().updates_unseen;
        self.send(witnesses(from, unseen), updated);
        Ok(())
    }

    fn create_item(&mut self, from: Peer, event: &Map<String, Value>) -> Result<(), Refusal> {
        let given = event
            .get("item")
            .ok_or_else(|| Refusal::missing_parameter("item"))?;
        let item = NewItem::parse(given)?;
        if self.conversation.contains(&item.id) {
            let message = format!("Item with item_id '{}' already exists.", item.id);
            return Err(Refusal::of("invalid_value", "item.id", message));
        }
        let place = match event.get("previous_item_id") {
            None | Some(Value::Null) => Place::Last,
            Some(Value::String(id)) if id == "root" => Place::First,
            Some(Value::String(id)) if self.conversation.contains(id) => Place::After(id.clone()),
            Some(other) => {
                let message = format!("Previous item {other} does not exist.");
                return Err(Refusal::of("invalid_value", "previous_item_id", message));
            }
        };
        match item.meaning {
            Meaning::ToolOutput { call_id, output } => {
                let Some(call) = self.conversation.call(&call_id) else {
                    let message = format!("Tool call ID '{call_id}' not found in conversation.");
                    return Err(Refusal::of("invalid_tool_call_id", "item.call_id", message));
                };
                self.dialogue
                    .on_tool_output(&call.name, &call.arguments, &output);
            }
            Meaning::Typed(text) => self.dialogue.on_user(Heard::Typed(text)),
            Meaning::Note(text) => self.dialogue.on_note(&text),
            Meaning::History => {}
        }
        self.conversation
            .add(&item.id, item.body.clone(), item.tokens, &place);
        let previous = self.conversation.before(&item.id).map(str::to_owned);
        let witnesses = witnesses(from, self.faults.now().items_unseen);
        for kind in ["conversation.item.added", "conversation.item.done"] {
            let event = json!({ "type": kind, "previous_item_id": previous, "item": item.body });
            self.send(witnesses, event);
        }
        Ok(())
    }

    fn delete_item(&mut self, event: &Map<String, Value>) -> Result<(), Refusal> {
        let id = item_id(event)?;
        let item = self
            .conversation
            .remove(id)
            .ok_or_else(|| no_item("delete", id))?;
        let text = |name: &str| item.get(name).and_then(Value::as_str);
        if let (Some(call_id), Some(output)) = (text("call_id"), text("output"))
            && let Some(call) = self.conversation.call(call_id)
        {
            self.dialogue
                .forget_tool_output(&call.name, &call.arguments, output);
        }
        self.send_all(json!({ "type": "conversation.item.deleted", "item_id": id }));
        Ok(())
    }

    fn truncate_item(&mut self, event: &Map<String, Value>) -> Result<(), Refusal> {
        let id = item_id(event)?;
        let item = self
            .conversation
            .item(id)
            .ok_or_else(|| no_item("truncate", id))?;
        if item.get("role").and_then(Value::as_str) != Some("assistant") {
            return Err(Refusal::of(
                "invalid_value",
                "item_id",
                "Only model output audio messages can be truncated.",
            ));
        }
        let end = event
            .get("audio_end_ms")
            .ok_or_else(|| Refusal::missing_parameter("audio_end_ms"))?;
        let end = end
            .as_u64()
            .ok_or_else(|| Refusal::wrong_type("audio_end_ms", "an integer", end))?;
        let made = self.mouth.made_ms(id);
        if end > made {
            let message = format!("Audio content of {made}ms is already shorter than {end}ms");
            return Err(Refusal::of("invalid_value", "audio_end_ms", message));
        }
        self.conversation.truncate(id, end.div_ceil(50));
        self.send_all(json!({
            "type": "conversation.item.truncated", "item_id": id, "content_index": 0, "audio_end_ms": end,
        }));
        Ok(())
    }
}

/// Who is shown what a peer did: everyone, unless a fault hides from the others what a caller does.
fn witnesses(from: Peer, unseen: bool) -> Audience {
    match from {
        Peer::Channel if unseen => Audience::Only(from),
        Peer::Channel | Peer::Link(_) => Audience::Everyone,
    }
}

/// The event's type, after a check that all its fields are known.
fn check_event(event: &Map<String, Value>) -> Result<&'static str, Refusal> {
    let kind = event
        .get("type")
        .ok_or_else(|| Refusal::missing_parameter("type"))?;
    let kind = kind
        .as_str()
        .ok_or_else(|| Refusal::wrong_type("type", "a string", kind))?;
    let Some((kind, fields)) = EVENTS.iter().find(|(name, _)| *name == kind) else {
        let supported: Vec<&str> = EVENTS.iter().map(|(name, _)| *name).collect();
        return Err(Refusal::unsupported_value("type", kind, &supported));
    };
    match event.get("event_id") {
        None | Some(Value::Null) => {}
        Some(Value::String(id)) if id.len() <= 512 => {}
        Some(_) => {
            return Err(Refusal::of(
                "invalid_value",
                "event_id",
                "Expected a string of at most 512 characters.",
            ));
        }
    }
    match event.keys().find(|name| {
        !["type", "event_id"].contains(&name.as_str()) && !fields.contains(&name.as_str())
    }) {
        Some(name) => Err(Refusal::unknown_parameter(name)),
        None => Ok(kind),
    }
}

fn item_id(event: &Map<String, Value>) -> Result<&str, Refusal> {
    let id = event
        .get("item_id")
        .ok_or_else(|| Refusal::missing_parameter("item_id"))?;
    id.as_str()
        .ok_or_else(|| Refusal::wrong_type("item_id", "a string", id))
}

fn no_item(verb: &'static str, id: &str) -> Refusal {
    let code = match verb {
        "retrieve" => "item_retrieve_invalid_item_id",
        "truncate" => "item_truncate_invalid_item_id",
        _ => "item_delete_invalid_item_id",
    };
    Refusal::of(
        code,
        "item_id",
        format!("The item with id '{id}' does not exist."),
    )
}
