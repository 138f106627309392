//! The items of a response: an utterance that comes out word by word, and function calls.

use super::{Ending, Engine, Phase, Response};
use crate::engine::Effect;
use crate::engine::conversation::Place;
use crate::engine::items::text_tokens;
use crate::engine::mouth::{Mouth, SAMPLES_PER_MS};
use crate::faults::ToolCallFault;
use crate::random::random_id;
use crate::wire::Tokens;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Instant;

/// Where there is no sound, the time that saying a character would take: captions are then shown
/// for as long as they would be heard.
const SILENT_SAMPLES_PER_CHARACTER: usize = 40 * SAMPLES_PER_MS as usize;

/// Samples not above this are silence.
const QUIET: u16 = 100;
/// So many samples of it stay, so that nothing of the first sound is cut off.
const KEPT_LEAD: usize = 20 * SAMPLES_PER_MS as usize;

/// A message that is coming out.
pub(super) struct Utterance {
    item: String,
    medium: Medium,
    words: VecDeque<String>,
    said: String,
    pub(super) next_word: Instant,
}

enum Medium {
    Text,
    Sound { rest: VecDeque<i16> },
}

impl Utterance {
    pub(super) fn is_over(&self) -> bool {
        self.words.is_empty()
    }

    pub(super) fn give_sound(&mut self, sound: Option<&[i16]>) {
        let rest = sound.map_or_else(
            || {
                let characters: usize = self.words.iter().map(|word| word.chars().count()).sum();
                std::iter::repeat_n(0, characters * SILENT_SAMPLES_PER_CHARACTER).collect()
            },
            |sound| without_lead(sound).iter().copied().collect(),
        );
        self.medium = Medium::Sound { rest };
    }

    /// What has come out so far.
    pub(super) fn tokens(&self, mouth: &Mouth) -> Tokens {
        let audio = mouth.made_ms(&self.item).div_ceil(50);
        Tokens {
            text: text_tokens(&self.said),
            audio,
        }
    }
}

/// A voice begins with a fifth of a second of silence, which a caller would wait through.
fn without_lead(sound: &[i16]) -> &[i16] {
    let begins = sound
        .iter()
        .position(|sample| sample.unsigned_abs() > QUIET);
    let lead = begins.map_or(0, |begins| begins.saturating_sub(KEPT_LEAD));
    sound.get(lead..).unwrap_or_default()
}

impl Engine {
    /// Begins a message. Sound is asked for; text comes at once.
    pub(super) fn open_utterance(
        &mut self,
        response: &Response,
        text: String,
        now: Instant,
    ) -> Phase {
        let item = random_id("item_", 21);
        let speaks = match response.override_of("output_modalities") {
            Some(modalities) => modalities != &json!(["text"]),
            None => self.session.speaks(),
        };
        self.add_output(response, &item, &json!({
            "id": item, "type": "message", "status": "in_progress", "role": "assistant", "content": [],
        }));
        let part = if speaks {
            json!({ "type": "audio", "transcript": "" })
        } else {
            json!({ "type": "text", "text": "" })
        };
        self.send_all(on_part(
            response,
            &item,
            "response.content_part.added",
            json!({ "part": part }),
        ));
        let words = text.split_inclusive(' ').map(str::to_owned).collect();
        let medium = if speaks {
            Medium::Sound {
                rest: VecDeque::new(),
            }
        } else {
            Medium::Text
        };
        let utterance = Utterance {
            item,
            medium,
            words,
            said: String::new(),
            next_word: now,
        };
        if !speaks {
            return Phase::Uttering(utterance);
        }
        self.mouth.making(&response.id);
        let job = self.next_job();
        self.effects.push(Effect::Speak(job, text));
        Phase::Voicing(job, utterance)
    }

    /// One more word, with its share of the sound.
    pub(super) fn utter_word(&mut self, response: &Response, utterance: &mut Utterance) {
        let words_left = utterance.words.len();
        let Some(word) = utterance.words.pop_front() else {
            return;
        };
        utterance.said.push_str(&word);
        utterance.next_word += self.pace.word;
        let kind = match &mut utterance.medium {
            Medium::Text => "response.output_text.delta",
            Medium::Sound { rest } => {
                let share = if words_left <= 1 {
                    rest.len()
                } else {
                    rest.len() / words_left
                };
                let samples: Vec<i16> = rest.drain(..share).collect();
                self.mouth.say(&response.id, &utterance.item, &samples);
                "response.output_audio_transcript.delta"
            }
        };
        self.send_all(on_part(
            response,
            &utterance.item,
            kind,
            json!({ "delta": word }),
        ));
    }

    /// Ends a message with what has come out of it.
    pub(super) fn close_utterance(
        &mut self,
        response: &mut Response,
        utterance: Utterance,
        status: &str,
    ) {
        let tokens = utterance.tokens(&self.mouth);
        let Utterance {
            item, medium, said, ..
        } = utterance;
        let (part, content) = match medium {
            Medium::Text => {
                self.send_all(on_part(
                    response,
                    &item,
                    "response.output_text.done",
                    json!({ "text": said }),
                ));
                (
                    json!({ "type": "text", "text": said }),
                    json!({ "type": "output_text", "text": said }),
                )
            }
            Medium::Sound { .. } => {
                self.send_all(on_part(
                    response,
                    &item,
                    "response.output_audio.done",
                    json!({}),
                ));
                let kind = "response.output_audio_transcript.done";
                self.send_all(on_part(
                    response,
                    &item,
                    kind,
                    json!({ "transcript": said }),
                ));
                (
                    json!({ "type": "audio", "transcript": said }),
                    json!({ "type": "output_audio", "transcript": said }),
                )
            }
        };
        self.send_all(on_part(
            response,
            &item,
            "response.content_part.done",
            json!({ "part": part }),
        ));
        let body = json!({
            "id": item, "type": "message", "status": status, "role": "assistant", "content": [content],
        });
        // Spoken words are read again as sound, so only one of the two counts as history.
        let history = if tokens.audio > 0 {
            Tokens {
                text: 0,
                audio: tokens.audio,
            }
        } else {
            tokens
        };
        self.finish_output(response, &item, body, history);
        response.usage.output += tokens;
    }

    /// Asks for a tool, or lets the asking go wrong.
    pub(in crate::engine) fn call_tool(
        &mut self,
        response: &mut Response,
        name: &str,
        arguments: String,
    ) -> Option<Ending> {
        let fault = self.faults.take_tool_call();
        let arguments = match fault {
            // Cut in the middle, as a model that ran out of tokens leaves it.
            Some(ToolCallFault::InvalidJson) => {
                let half = arguments.chars().count() / 2;
                format!(
                    "{}\"",
                    arguments.chars().take(half.max(1)).collect::<String>()
                )
            }
            _ => arguments,
        };
        match fault {
            Some(ToolCallFault::Cancelled) => {
                self.one_tool_call(response, name, &arguments, "incomplete");
                return Some(Ending::Cancelled("turn_detected"));
            }
            Some(ToolCallFault::Parallel) => {
                self.one_tool_call(response, name, &arguments, "completed");
                self.one_tool_call(response, name, &arguments, "completed");
            }
            Some(ToolCallFault::InvalidJson) | None => {
                self.one_tool_call(response, name, &arguments, "completed")
            }
        }
        None
    }

    fn one_tool_call(
        &mut self,
        response: &mut Response,
        name: &str,
        arguments: &str,
        status: &str,
    ) {
        let (item, call_id) = (random_id("item_", 21), random_id("call_", 16));
        let body = |status: &str, arguments: &str| {
            json!({
                "id": item, "type": "function_call", "status": status, "name": name, "call_id": call_id,
                "arguments": arguments,
            })
        };
        self.add_output(response, &item, &body("in_progress", ""));
        let event = |kind: &str, more: Value| {
            let head = json!({
                "type": kind, "response_id": response.id, "item_id": item,
                "output_index": response.finished.len(), "call_id": call_id,
            });
            joined(head, more)
        };
        let delta = event(
            "response.function_call_arguments.delta",
            json!({ "delta": arguments }),
        );
        let done = event(
            "response.function_call_arguments.done",
            json!({ "name": name, "arguments": arguments }),
        );
        self.send_all(delta);
        self.send_all(done);
        let tokens = Tokens {
            text: text_tokens(name) + text_tokens(arguments),
            audio: 0,
        };
        self.finish_output(response, &item, body(status, arguments), tokens);
        response.usage.output += tokens;
    }

    /// `response.output_item.added` and `conversation.item.added`.
    fn add_output(&mut self, response: &Response, id: &str, body: &Value) {
        self.send_all(json!({
            "type": "response.output_item.added", "response_id": response.id,
            "output_index": response.finished.len(), "item": body,
        }));
        if response.of_conversation {
            let previous = self.conversation.last_id().map(str::to_owned);
            self.conversation
                .add(id, body.clone(), Tokens::default(), &Place::Last);
            self.send_all(json!({ "type": "conversation.item.added", "previous_item_id": previous, "item": body }));
        }
    }

    /// `conversation.item.done` and `response.output_item.done`.
    fn finish_output(&mut self, response: &mut Response, id: &str, body: Value, tokens: Tokens) {
        if response.of_conversation {
            self.conversation.replace(id, body.clone(), tokens);
            let previous = self.conversation.before(id).map(str::to_owned);
            self.send_all(json!({ "type": "conversation.item.done", "previous_item_id": previous, "item": body }));
        }
        self.send_all(json!({
            "type": "response.output_item.done", "response_id": response.id,
            "output_index": response.finished.len(), "item": body,
        }));
        response.finished.push(body);
    }
}

/// An event about the one content part of an item.
fn on_part(response: &Response, item: &str, kind: &str, more: Value) -> Value {
    let head = json!({
        "type": kind, "response_id": response.id, "item_id": item, "output_index": response.finished.len(),
        "content_index": 0,
    });
    joined(head, more)
}

/// The fields of both objects.
fn joined(mut head: Value, more: Value) -> Value {
    if let (Value::Object(head), Value::Object(more)) = (&mut head, more) {
        head.extend(more);
    }
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_silence_before_the_first_sound_is_cut_down() {
        let voice = |silence: usize| [vec![3; silence], vec![900, 0, 0, 900]].concat();
        assert_eq!(without_lead(&voice(5_000)).len(), KEPT_LEAD + 4);
        assert_eq!(without_lead(&voice(10)).len(), 14);
        assert_eq!(without_lead(&[0; 40]).len(), 40);
        assert!(without_lead(&[]).is_empty());
    }
}
