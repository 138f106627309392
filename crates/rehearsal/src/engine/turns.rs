//! The caller's turns: speech that begins, ends, interrupts, and becomes words.

use super::conversation::Place;
use super::ears::{Speech, length_ms};
use super::items::text_tokens;
use super::responding::Response;
use super::{Effect, Engine, Job};
use crate::dialogue::Heard;
use crate::faults::TranscriptionFault;
use crate::random::random_id;
use crate::session::TurnDetection;
use crate::wire::Tokens;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Instant;

/// Turns on their way to becoming words. One is worked on at a time, so that the dialogue hears
/// them in order.
#[derive(Debug, Default)]
pub(super) struct Listening {
    /// The item that the speech in progress will become.
    speech: Option<String>,
    current: Option<(Job, Turn)>,
    waiting: VecDeque<(Turn, Vec<i16>)>,
    /// Transcripts that a fault holds back.
    held: Vec<Value>,
}

#[derive(Debug)]
struct Turn {
    item: String,
    /// The transcription model, when the client wants to read the words.
    transcriber: Option<String>,
    length_ms: u64,
}

impl Listening {
    pub(super) fn is_speaking(&self) -> bool {
        self.speech.is_some()
    }

    /// Whether a turn is not understood yet.
    pub(super) fn awaits_words(&self) -> bool {
        self.current.is_some()
    }
}

impl Engine {
    /// Sound from the caller: PCM16, 24 kHz, mono.
    pub(crate) fn hear(&mut self, pcm: &[i16], now: Instant) {
        let TurnDetection::Automatic(turns) = self.session.turn_detection() else {
            self.ears.collect(pcm);
            return;
        };
        for change in self.ears.detect(pcm, &turns) {
            match change {
                Speech::Started { at_ms } => {
                    let item = random_id("item_", 21);
                    self.send_all(json!({
                        "type": "input_audio_buffer.speech_started", "audio_start_ms": at_ms, "item_id": item,
                    }));
                    self.listening.speech = Some(item);
                    self.quiet_since = None;
                    if turns.interrupt_response {
                        self.interrupt();
                    }
                }
                Speech::Stopped { at_ms, pcm } => {
                    let item = self
                        .listening
                        .speech
                        .take()
                        .unwrap_or_else(|| random_id("item_", 21));
                    self.send_all(json!({
                        "type": "input_audio_buffer.speech_stopped", "audio_end_ms": at_ms, "item_id": item,
                    }));
                    self.commit(item, pcm, now);
                    if turns.create_response {
                        self.answer(now);
                    }
                }
            }
        }
    }

    /// Somebody speaks over the assistant: silence it, then stop what it was making.
    pub(super) fn interrupt(&mut self) {
        self.clear_output();
        self.cancel("turn_detected", Response::is_of_conversation);
    }

    /// Throws away what is not yet heard. Says so only when there was something.
    pub(super) fn clear_output(&mut self) -> bool {
        let Some(cleared) = self.mouth.clear() else {
            return false;
        };
        self.send_all(
            json!({ "type": "output_audio_buffer.cleared", "response_id": cleared.response }),
        );
        for cut in cleared.cuts {
            self.conversation
                .truncate(&cut.item, cut.played_ms.div_ceil(50));
            self.send_all(json!({
                "type": "conversation.item.truncated", "item_id": cut.item, "content_index": 0,
                "audio_end_ms": cut.played_ms,
            }));
        }
        true
    }

    /// Answers a turn, now or after the response that is running.
    fn answer(&mut self, now: Instant) {
        if self.main_response().is_some() {
            self.answer_owed = true;
        } else {
            self.start_response(json!({}), None, true, now);
        }
    }

    /// Makes a turn of sound an item of the conversation, and has it understood.
    fn commit(&mut self, item: String, pcm: Vec<i16>, now: Instant) {
        let length = length_ms(&pcm);
        self.add_turn(&item, length);
        let transcriber = self.session.transcription_model().map(str::to_owned);
        self.listening.waiting.push_back((
            Turn {
                item,
                transcriber,
                length_ms: length,
            },
            pcm,
        ));
        self.listen_to_next(now);
    }

    fn add_turn(&mut self, item: &str, length_ms: u64) {
        let previous = self.conversation.last_id().map(str::to_owned);
        self.send_all(json!({ "type": "input_audio_buffer.committed", "previous_item_id": previous, "item_id": item }));
        let body = json!({
            "id": item, "type": "message", "status": "completed", "role": "user",
            "content": [{ "type": "input_audio", "transcript": null }],
        });
        let tokens = Tokens {
            text: 0,
            audio: length_ms.div_ceil(100),
        };
        self.conversation
            .add(item, body.clone(), tokens, &Place::Last);
        for kind in ["conversation.item.added", "conversation.item.done"] {
            self.send_all(json!({ "type": kind, "previous_item_id": previous, "item": body }));
        }
    }

    fn listen_to_next(&mut self, now: Instant) {
        if self.listening.current.is_some() {
            return;
        }
        match self.listening.waiting.pop_front() {
            Some((turn, pcm)) => {
                let job = self.next_job();
                self.listening.current = Some((job, turn));
                self.effects.push(Effect::Transcribe(job, pcm));
            }
            None => self.words_came(now),
        }
    }

    /// A turn was understood, or could not be.
    pub(crate) fn heard(&mut self, job: Job, heard: Result<Heard, String>, now: Instant) {
        let Some((_, turn)) = self
            .listening
            .current
            .take_if(|(awaited, _)| *awaited == job)
        else {
            return;
        };
        self.write_down(&turn, &heard);
        self.dialogue
            .on_user(heard.unwrap_or(Heard::Unintelligible));
        self.listen_to_next(now);
        self.advance_responses(now);
    }

    /// Tells the client the words, if it wants them and no fault keeps them.
    fn write_down(&mut self, turn: &Turn, heard: &Result<Heard, String>) {
        let Some(model) = &turn.transcriber else {
            return;
        };
        let fault = self.faults.now().transcription;
        let failed = |code: &str, message: &str| {
            json!({
                "type": "conversation.item.input_audio_transcription.failed", "item_id": turn.item,
                "content_index": 0,
                "error": { "type": "transcription_error", "code": code, "message": message },
            })
        };
        let words = match heard {
            _ if fault == Some(TranscriptionFault::Failed) => {
                Err(failed("server_error", "The transcription failed."))
            }
            Ok(Heard::Speech(words) | Heard::Doubtful(words) | Heard::Typed(words)) => {
                Ok(words.as_str())
            }
            Ok(Heard::Silence) => Ok(""),
            Ok(Heard::Unintelligible) => Err(failed(
                "audio_unintelligible",
                "The audio could not be transcribed.",
            )),
            Err(message) => Err(failed("server_error", message)),
        };
        let words = match words {
            Ok(words) => words,
            Err(event) => return self.send_all(event),
        };
        self.conversation.set_transcript(&turn.item, words);
        let completed = json!({
            "type": "conversation.item.input_audio_transcription.completed", "item_id": turn.item,
            "content_index": 0, "transcript": words, "usage": transcription_usage(model, turn.length_ms, words),
        });
        match fault {
            Some(TranscriptionFault::Late) => return self.listening.held.push(completed),
            Some(TranscriptionFault::OutOfOrder) if self.listening.held.is_empty() => {
                return self.listening.held.push(completed);
            }
            _ => {}
        }
        for word in words.split_inclusive(' ') {
            self.send_all(json!({
                "type": "conversation.item.input_audio_transcription.delta", "item_id": turn.item,
                "content_index": 0, "delta": word,
            }));
        }
        self.send_all(completed);
        for held in std::mem::take(&mut self.listening.held) {
            self.send_all(held);
        }
    }

    /// After a response, what came too late comes.
    pub(super) fn release_late_transcripts(&mut self) {
        if self.faults.now().transcription != Some(TranscriptionFault::OutOfOrder) {
            for held in std::mem::take(&mut self.listening.held) {
                self.send_all(held);
            }
        }
    }

    /// The client says that what is in the buffer is a turn.
    pub(super) fn commit_buffer(&mut self, now: Instant) -> bool {
        if self.ears.buffered_ms() < 100 {
            return false;
        }
        let pcm = self.ears.take();
        let item = self
            .listening
            .speech
            .take()
            .unwrap_or_else(|| random_id("item_", 21));
        self.commit(item, pcm, now);
        true
    }

    /// The client throws the buffer away.
    pub(super) fn clear_buffer(&mut self) {
        self.ears.take();
        self.listening.speech = None;
        self.send_all(json!({ "type": "input_audio_buffer.cleared" }));
    }

    /// Nobody has said anything for as long as the session allows.
    pub(super) fn idle_passed(&mut self, now: Instant) {
        let since = self.quiet_since.take().unwrap_or(now);
        let end = self.ears.heard_ms();
        let start = end.saturating_sub(now.duration_since(since).as_millis() as u64);
        let item = random_id("item_", 21);
        self.send_all(json!({
            "type": "input_audio_buffer.timeout_triggered", "audio_start_ms": start, "audio_end_ms": end,
            "item_id": item,
        }));
        self.ears.take();
        self.add_turn(&item, end - start);
        self.dialogue.on_user(Heard::Silence);
        self.answer(now);
    }
}

/// The Whisper models are paid by the second, the others by the token.
fn transcription_usage(model: &str, length_ms: u64, words: &str) -> Value {
    if !model.starts_with("gpt-4o") {
        return json!({ "type": "duration", "seconds": length_ms.div_ceil(1000) });
    }
    let (input, output) = (length_ms.div_ceil(100), text_tokens(words));
    json!({
        "type": "tokens", "total_tokens": input + output, "input_tokens": input,
        "input_token_details": { "text_tokens": 0, "audio_tokens": input }, "output_tokens": output,
    })
}
