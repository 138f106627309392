//! Items that a client adds: what may be in them, and what they are once added.

use crate::random::random_id;
use crate::wire::{Refusal, Tokens};
use serde_json::{Map, Value, json};

/// About four characters of English make a token.
pub(super) fn text_tokens(text: &str) -> u64 {
    (text.chars().count() as u64).div_ceil(4)
}

/// An item from a client, checked and complete.
#[derive(Debug)]
pub(super) struct NewItem {
    pub(super) id: String,
    pub(super) body: Value,
    pub(super) tokens: Tokens,
    pub(super) meaning: Meaning,
}

/// What an item says to the dialogue.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The user typed this.
    Typed(String),
    /// A system or developer message.
    Note(String),
    /// A tool's output.
    ToolOutput { call_id: String, output: String },
    /// Something that was said or done before; nothing to answer.
    History,
}

impl NewItem {
    /// Checks an `item`.
    pub(super) fn parse(given: &Value) -> Result<Self, Refusal> {
        let Some(fields) = given.as_object() else {
            return Err(Refusal::wrong_type("item", "an object", given));
        };
        let kind = required_text(fields, "type")?;
        let (mut body, tokens, meaning) = match kind {
            "message" => message(fields)?,
            "function_call_output" => {
                only(
                    fields,
                    &["id", "object", "type", "status", "call_id", "output"],
                )?;
                let (call_id, output) = (
                    required_text(fields, "call_id")?,
                    required_text(fields, "output")?,
                );
                (
                    json!({ "type": kind, "call_id": call_id, "output": output }),
                    Tokens {
                        text: text_tokens(output),
                        audio: 0,
                    },
                    Meaning::ToolOutput {
                        call_id: call_id.to_owned(),
                        output: output.to_owned(),
                    },
                )
            }
            "function_call" => {
                only(
                    fields,
                    &[
                        "id",
                        "object",
                        "type",
                        "status",
                        "call_id",
                        "name",
                        "arguments",
                    ],
                )?;
                let (name, arguments) = (
                    required_text(fields, "name")?,
                    required_text(fields, "arguments")?,
                );
                let call_id = fields.get("call_id").and_then(Value::as_str);
                let call_id = call_id.map_or_else(|| random_id("call_", 16), str::to_owned);
                (
                    json!({ "type": kind, "status": "completed", "name": name, "call_id": call_id, "arguments": arguments }),
                    Tokens {
                        text: text_tokens(name) + text_tokens(arguments),
                        audio: 0,
                    },
                    Meaning::History,
                )
            }
            other => {
                let supported = ["message", "function_call", "function_call_output"];
                return Err(Refusal::unsupported_value("item.type", other, &supported));
            }
        };
        let id = match fields.get("id") {
            None | Some(Value::Null) => random_id("item_", 21),
            Some(Value::String(id)) if is_item_id(id) => id.clone(),
            Some(_) => {
                return Err(Refusal::of(
                    "invalid_value",
                    "item.id",
                    "Invalid 'item.id': expected at most 64 letters, digits, dashes and underscores.",
                ));
            }
        };
        if let Some(fields) = body.as_object_mut() {
            fields.insert("id".to_owned(), json!(id));
        }
        Ok(Self {
            id,
            body,
            tokens,
            meaning,
        })
    }
}

fn is_item_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=64).contains(&id.len()) && id.bytes().all(fits)
}

fn message(fields: &Map<String, Value>) -> Result<(Value, Tokens, Meaning), Refusal> {
    only(
        fields,
        &["id", "object", "type", "status", "role", "content"],
    )?;
    let role = required_text(fields, "role")?;
    let supported: &[&str] = match role {
        "user" => &["input_text"],
        "system" | "developer" => &["input_text"],
        "assistant" => &["output_text"],
        other => {
            return Err(Refusal::unsupported_value(
                "item.role",
                other,
                &["user", "assistant", "system", "developer"],
            ));
        }
    };
    let Some(content) = fields.get("content") else {
        return Err(Refusal::missing_parameter("item.content"));
    };
    let Some(parts) = content.as_array() else {
        return Err(Refusal::wrong_type("item.content", "an array", content));
    };
    let mut texts = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let path = format!("item.content[{at}]");
        let kind = part.get("type").and_then(Value::as_str);
        let kind = kind.ok_or_else(|| Refusal::missing_parameter(&format!("{path}.type")))?;
        if !supported.contains(&kind) {
            return Err(Refusal::unsupported_value(
                &format!("{path}.type"),
                kind,
                supported,
            ));
        }
        let text = part.get("text").and_then(Value::as_str);
        texts.push(text.ok_or_else(|| Refusal::missing_parameter(&format!("{path}.text")))?);
    }
    let text = texts.join("\n");
    let kind = supported.first().copied().unwrap_or_default();
    let content: Vec<Value> = texts
        .iter()
        .map(|text| json!({ "type": kind, "text": text }))
        .collect();
    let body =
        json!({ "type": "message", "status": "completed", "role": role, "content": content });
    let tokens = Tokens {
        text: text_tokens(&text),
        audio: 0,
    };
    let meaning = match role {
        "user" => Meaning::Typed(text),
        "assistant" => Meaning::History,
        _ => Meaning::Note(text),
    };
    Ok((body, tokens, meaning))
}

fn required_text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    let path = format!("item.{name}");
    let value = fields
        .get(name)
        .ok_or_else(|| Refusal::missing_parameter(&path))?;
    value
        .as_str()
        .ok_or_else(|| Refusal::wrong_type(&path, "a string", value))
}

fn only(fields: &Map<String, Value>, known: &[&str]) -> Result<(), Refusal> {
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Refusal::unknown_parameter(&format!("item.{name}"))),
        None => Ok(()),
    }
}
