//! How a response ends, what it cost, and how it is described.

use super::{Phase, Response};
use crate::engine::items::text_tokens;
use crate::engine::{Engine, ReadBefore, TOKENS_PER_MINUTE};
use crate::wire::{Tokens, Usage};
use serde_json::{Value, json};

/// How a response ended.
pub(in crate::engine) enum Ending {
    Completed,
    Cancelled(&'static str),
    Incomplete,
    Failed {
        code: &'static str,
        message: &'static str,
    },
}

impl Engine {
    /// The input side of the usage. What was read before in the same words is cached, in blocks of
    /// 64 tokens as the real one does it.
    pub(super) fn read_everything(&mut self, instructions: String, tools: Vec<Value>) -> Usage {
        let mut input = self.conversation.tokens();
        let tool_text: u64 = tools
            .iter()
            .map(|tool| text_tokens(&tool.to_string()))
            .sum();
        input.text += text_tokens(&instructions) + tool_text;
        let block = |count: u64| count - count % 64;
        let cached = match &self.read_before {
            Some(before) if before.instructions == instructions && before.tools == tools => {
                Tokens {
                    text: block(before.input.text.min(input.text)),
                    audio: block(before.input.audio.min(input.audio)),
                }
            }
            _ => Tokens::default(),
        };
        self.read_before = Some(ReadBefore {
            instructions,
            tools,
            input,
        });
        Usage {
            input,
            cached,
            output: Tokens::default(),
        }
    }

    /// Stops the running responses; the item in the making ends incomplete.
    pub(in crate::engine) fn cancel(
        &mut self,
        reason: &'static str,
        which: impl Fn(&Response) -> bool,
    ) -> bool {
        let mut any = false;
        for mut response in std::mem::take(&mut self.responses) {
            if !which(&response) {
                self.responses.push(response);
                continue;
            }
            any = true;
            if let Phase::Voicing(_, utterance) | Phase::Uttering(utterance) =
                std::mem::replace(&mut response.phase, Phase::Stepping)
            {
                self.close_utterance(&mut response, utterance, "incomplete");
            }
            self.end_response(&response, &Ending::Cancelled(reason));
        }
        any
    }

    pub(super) fn end_response(&mut self, response: &Response, ending: &Ending) {
        self.mouth.made(&response.id);
        let (status, details) = match ending {
            Ending::Completed => ("completed", Value::Null),
            Ending::Cancelled(reason) => (
                "cancelled",
                json!({ "type": "cancelled", "reason": reason }),
            ),
            Ending::Incomplete => (
                "incomplete",
                json!({ "type": "incomplete", "reason": "max_output_tokens" }),
            ),
            Ending::Failed { code, message } => {
                let error = json!({ "type": code, "code": code, "message": message });
                ("failed", json!({ "type": "failed", "error": error }))
            }
        };
        let done = json!({ "type": "response.done", "response": self.response_body(response, status, &details) });
        self.send_all(done);
        self.used.push(response.usage);
        let spent = response.usage.input.total() + response.usage.output.total();
        self.tokens_left = self.tokens_left.saturating_sub(spent);
        let reset = (TOKENS_PER_MINUTE - self.tokens_left) as f64 * 60.0 / TOKENS_PER_MINUTE as f64;
        self.send_all(json!({ "type": "rate_limits.updated", "rate_limits": [
            { "name": "tokens", "limit": TOKENS_PER_MINUTE, "remaining": self.tokens_left, "reset_seconds": reset },
        ] }));
        self.release_late_transcripts();
    }

    /// The `response` object of `response.created` and `response.done`.
    pub(super) fn response_body(
        &self,
        response: &Response,
        status: &str,
        details: &Value,
    ) -> Value {
        let or_session = |name: &str| {
            response
                .override_of(name)
                .cloned()
                .unwrap_or_else(|| self.session.value(name))
        };
        let mut output = self.session.audio_output();
        if let Some(fields) = output.as_object_mut() {
            fields.remove("speed");
            for (name, value) in response
                .overrides
                .pointer("/audio/output")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                fields.insert(name.clone(), value.clone());
            }
        }
        let usage = if status == "in_progress" || self.faults.now().usage_missing {
            Value::Null
        } else {
            response.usage.to_json()
        };
        let conversation = if response.of_conversation {
            json!(self.conversation.id)
        } else {
            Value::Null
        };
        json!({
            "object": "realtime.response", "id": response.id, "status": status, "status_details": details,
            "output": response.finished, "conversation_id": conversation,
            "output_modalities": or_session("output_modalities"),
            "max_output_tokens": or_session("max_output_tokens"),
            "audio": { "output": output }, "usage": usage,
            "metadata": response.overrides.get("metadata").cloned().unwrap_or(Value::Null),
        })
    }
}
