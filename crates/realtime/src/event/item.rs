//! Items of the conversation: what joined it, and requests to act that the model has finished.

use super::{DecodeError, Fields};
use domain::{
    ItemId, Private,
    call::{CallEvent, ItemKind},
    tool::ToolCall,
};

/// An item joined the conversation.
pub(crate) fn added(event: Fields<'_>) -> Result<CallEvent, DecodeError> {
    let item = event.object("item")?;
    let kind = kind(item);
    // `root` stands for the beginning of the conversation, which no item has as its id.
    let after = event
        .id::<ItemId>("previous_item_id")
        .ok()
        .filter(|id| id.as_str() != "root");
    let text = match kind {
        ItemKind::PersonText | ItemKind::System => text(item),
        ItemKind::ToolOutput => item.text("output").map(Private::from),
        ItemKind::PersonAudio | ItemKind::Assistant | ItemKind::ToolCall | ItemKind::Other => None,
    };
    let answers = match kind {
        ItemKind::ToolOutput => item.id("call_id").ok(),
        ItemKind::PersonAudio
        | ItemKind::PersonText
        | ItemKind::Assistant
        | ItemKind::System
        | ItemKind::ToolCall
        | ItemKind::Other => None,
    };
    Ok(CallEvent::ItemAdded {
        item: item.id("id")?,
        after,
        kind,
        text,
        answers,
    })
}

fn kind(item: Fields<'_>) -> ItemKind {
    match (item.text("type"), item.text("role")) {
        (Some("message"), Some("user")) if has_audio(item) => ItemKind::PersonAudio,
        (Some("message"), Some("user")) => ItemKind::PersonText,
        (Some("message"), Some("assistant")) => ItemKind::Assistant,
        (Some("message"), Some("system" | "developer")) => ItemKind::System,
        (Some("function_call"), _) => ItemKind::ToolCall,
        (Some("function_call_output"), _) => ItemKind::ToolOutput,
        _ => ItemKind::Other,
    }
}

fn content(item: Fields<'_>) -> impl Iterator<Item = Fields<'_>> {
    item.list("content")
        .iter()
        .filter_map(|part| part.as_object().map(Fields))
}

fn has_audio(item: Fields<'_>) -> bool {
    content(item).any(|part| matches!(part.text("type"), Some("input_audio" | "audio")))
}

/// The written parts, one below the other.
fn text(item: Fields<'_>) -> Option<Private<String>> {
    let parts: Vec<&str> = content(item).filter_map(|part| part.text("text")).collect();
    (!parts.is_empty()).then(|| Private::new(parts.join("\n")))
}

/// A request to act, only when the model has finished it: an item of a cancelled response ends as
/// `incomplete` and must not run (realtime reference 5.1).
pub(crate) fn finished_tool_call(event: Fields<'_>) -> Result<Option<ToolCall>, DecodeError> {
    let item = event.object("item")?;
    if (item.text("type"), item.text("status")) != (Some("function_call"), Some("completed")) {
        return Ok(None);
    }
    Ok(Some(ToolCall {
        id: item.id("call_id")?,
        response: event.id("response_id")?,
        item: item.id("id")?,
        name: item
            .text("name")
            .ok_or(DecodeError::Field("name"))?
            .to_owned(),
        arguments: item
            .text("arguments")
            .ok_or(DecodeError::Field("arguments"))?
            .into(),
    }))
}
