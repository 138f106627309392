//! The engine by itself: events and time in, exact sequences of events out.

mod pauses;

use super::{Effect, Engine, FRAME, Pace, Peer};
use crate::dialogue::Heard;
use crate::faults::{Faults, SharedFaults, ToolCallFault, TranscriptionFault};
use crate::session::SessionConfig;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// An engine with a hand-moved time, a voice of a fixed length and an ear that is told what to hear.
struct Bench {
    engine: Engine,
    now: Instant,
    sent: Vec<Value>,
    heard: Vec<Result<Heard, String>>,
}

impl Bench {
    fn new(session: Value, faults: Faults) -> Self {
        let mut given = session;
        given["type"] = json!("realtime");
        let pace = Pace {
            step: Duration::ZERO,
            word: Duration::from_millis(10),
        };
        let session = SessionConfig::create(&given).expect("valid session");
        let engine = Engine::new(session, 0, pace, SharedFaults::new(faults));
        Self {
            engine,
            now: Instant::now(),
            sent: Vec::new(),
            heard: Vec::new(),
        }
    }

    /// An intake with one tool.
    fn intake(faults: Faults) -> Self {
        let session = json!({
            "instructions": "Take the caller's name.",
            "audio": { "input": { "transcription": { "model": "gpt-realtime-whisper" }, "turn_detection": null } },
            "tools": [{ "type": "function", "name": "end_call", "parameters": { "type": "object", "properties": {} } }],
        });
        Self::new(session, faults)
    }

    fn event(&mut self, event: &Value) -> &mut Self {
        self.engine
            .client_event(Peer::Link(1), &event.to_string(), self.now);
        self.settle()
    }

    /// Does the speech work that is asked for and keeps what is sent.
    fn settle(&mut self) -> &mut Self {
        loop {
            let effects = self.engine.take_effects();
            if effects.is_empty() {
                return self;
            }
            for effect in effects {
                match effect {
                    Effect::Send(_, event) => self.sent.push(event),
                    Effect::Speak(job, text) => {
                        let sound: Arc<[i16]> = vec![100; text.len() * FRAME].into();
                        self.engine.spoken(job, Some(&sound), self.now);
                    }
                    Effect::Transcribe(job, _) => {
                        let heard = self.heard.pop().unwrap_or(Ok(Heard::Unintelligible));
                        self.engine.heard(job, heard, self.now);
                    }
                }
            }
        }
    }

    /// Lets time pass, frame by frame.
    fn pass(&mut self, span: Duration) -> &mut Self {
        for _ in 0..span.as_millis() / 20 {
            self.now += Duration::from_millis(20);
            self.engine.next_frame(self.now);
            self.engine.tick(self.now);
            self.settle();
        }
        self
    }

    fn say(&mut self, words: &str) -> &mut Self {
        self.heard.insert(0, Ok(Heard::Speech(words.to_owned())));
        self.engine.hear(&[0; FRAME * 10], self.now);
        self.event(&json!({ "type": "input_audio_buffer.commit" }))
    }

    fn greet(&mut self) -> &mut Self {
        self.event(&json!({ "type": "response.create", "response": { "instructions": "Say: Good morning to you all today." } }))
    }

    /// The types of what was sent so far, runs of the same one as one; then forgets them.
    fn types(&mut self) -> Vec<String> {
        let mut types: Vec<String> = self
            .sent
            .drain(..)
            .map(|event| event["type"].as_str().unwrap_or_default().to_owned())
            .collect();
        types.dedup();
        types
    }

    fn last(&self, kind: &str) -> &Value {
        self.sent
            .iter()
            .rev()
            .find(|event| event["type"] == kind)
            .unwrap_or_else(|| panic!("no {kind} was sent"))
    }
}

const SPOKEN: [&str; 14] = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
    "response.output_audio_transcript.delta",
    "output_audio_buffer.started",
    "response.output_audio_transcript.delta",
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
    "rate_limits.updated",
];

#[test]
fn a_spoken_response_has_the_captured_sequence_of_events() {
    let mut bench = Bench::intake(Faults::default());
    bench.greet().pass(Duration::from_millis(300));
    assert!(bench.sent.iter().all(|event| event["event_id"].is_string()));
    let done = bench.last("response.done")["response"].clone();
    assert_eq!(done["status"], "completed");
    let usage = &done["usage"];
    let number = |pointer: &str| {
        usage
            .pointer(pointer)
            .and_then(Value::as_u64)
            .expect("a number")
    };
    assert_eq!(
        number("/total_tokens"),
        number("/input_tokens") + number("/output_tokens")
    );
    assert_eq!(
        number("/output_tokens"),
        number("/output_token_details/text_tokens") + number("/output_token_details/audio_tokens")
    );
    assert!(number("/output_token_details/audio_tokens") > 0 && number("/input_tokens") > 0);
    assert_eq!(bench.types(), SPOKEN);
    bench.pass(Duration::from_secs(30));
    assert_eq!(bench.types(), ["output_audio_buffer.stopped"]);
}

#[test]
fn a_second_reading_of_the_same_text_is_partly_cached() {
    let mut bench = Bench::intake(Faults::default());
    let long = "Speak slowly. ".repeat(100);
    bench.event(&json!({ "type": "session.update", "session": { "type": "realtime", "instructions": long } }));
    bench
        .event(&json!({ "type": "response.create" }))
        .pass(Duration::from_secs(3));
    bench
        .event(&json!({ "type": "response.create" }))
        .pass(Duration::from_secs(3));
    let usage = &bench.last("response.done")["response"]["usage"];
    let cached = usage["input_token_details"]["cached_tokens"]
        .as_u64()
        .expect("a number");
    assert!(
        cached > 0
            && cached.is_multiple_of(64)
            && cached <= usage["input_tokens"].as_u64().expect("a number")
    );
}

#[test]
fn speech_is_committed_transcribed_and_chained() {
    let mut bench = Bench::intake(Faults::default());
    bench.say("Ada Lovelace");
    assert_eq!(
        bench.last("conversation.item.added")["item"]["content"][0],
        json!({"type": "input_audio", "transcript": null})
    );
    let item = bench.last("input_audio_buffer.committed")["item_id"].clone();
    assert_eq!(
        bench.last("conversation.item.input_audio_transcription.completed")["transcript"],
        "Ada Lovelace"
    );
    bench.event(&json!({ "type": "conversation.item.retrieve", "item_id": item }));
    assert_eq!(
        bench.last("conversation.item.retrieved")["item"]["content"][0]["transcript"],
        "Ada Lovelace"
    );
    bench.say("Again");
    assert_eq!(
        bench.last("conversation.item.added")["previous_item_id"],
        item
    );
}

#[test]
fn transcription_faults_are_as_ordered() {
    let with = |fault| {
        Bench::intake(Faults {
            transcription: Some(fault),
            ..Faults::default()
        })
    };
    let completed = "conversation.item.input_audio_transcription.completed";

    let mut failed = with(TranscriptionFault::Failed);
    failed.say("Ada");
    assert!(
        failed.last("conversation.item.input_audio_transcription.failed")["error"]
            .get("param")
            .is_none()
    );

    let mut late = with(TranscriptionFault::Late);
    late.say("Ada")
        .event(&json!({ "type": "response.create" }))
        .pass(Duration::from_secs(5));
    let types = late.types();
    let at = |kind: &str| types.iter().position(|sent| sent == kind).expect(kind);
    assert!(at("response.done") < at(completed));

    let mut swapped = with(TranscriptionFault::OutOfOrder);
    swapped.say("first").say("second");
    let order: Vec<_> = swapped
        .sent
        .iter()
        .filter(|event| event["type"] == completed)
        .map(|event| event["transcript"].clone())
        .collect();
    assert_eq!(order, ["second", "first"]);
}

#[test]
fn talking_over_the_assistant_clears_truncates_and_cancels() {
    let session = json!({ "audio": { "input": { "turn_detection": { "type": "server_vad", "silence_duration_ms": 200 } } } });
    let mut bench = Bench::new(session, Faults::default());
    bench.greet().pass(Duration::from_millis(40));
    bench.types();
    bench.engine.interrupt();
    bench.settle();
    let details = bench.last("response.done")["response"]["status_details"].clone();
    assert_eq!(
        details,
        json!({ "type": "cancelled", "reason": "turn_detected" })
    );
    let played = bench.last("conversation.item.truncated")["audio_end_ms"]
        .as_u64()
        .expect("a number");
    assert!((20..=40).contains(&played), "{played}");
    assert_eq!(
        bench.last("response.output_item.done")["item"]["status"],
        "incomplete"
    );
    let types = bench.types();
    assert_eq!(
        types[..2],
        ["output_audio_buffer.cleared", "conversation.item.truncated"]
    );
    assert!(types.contains(&"response.output_audio.done".to_owned()));
    bench.pass(Duration::from_secs(1));
    assert!(bench.sent.is_empty(), "{:?}", bench.sent);
}

#[test]
fn cancel_stops_making_and_clear_stops_playing() {
    let mut bench = Bench::intake(Faults::default());
    bench.greet().pass(Duration::from_millis(40));
    bench.event(&json!({ "type": "response.cancel" }));
    assert_eq!(
        bench.last("response.done")["response"]["status_details"]["reason"],
        "client_cancelled"
    );
    bench.event(&json!({ "type": "output_audio_buffer.clear" }));
    bench.last("conversation.item.truncated");
    bench.event(&json!({ "type": "response.cancel", "event_id": "again" }));
    assert_eq!(
        bench.last("error")["error"]["code"],
        "response_cancel_not_active"
    );
    assert_eq!(bench.last("error")["error"]["event_id"], "again");
    bench.types();
    bench.event(&json!({ "type": "output_audio_buffer.clear" }));
    assert!(bench.sent.is_empty());
}

#[test]
fn a_second_response_is_refused_while_one_runs_unless_it_is_out_of_band() {
    let mut bench = Bench::intake(Faults::default());
    bench
        .greet()
        .event(&json!({ "type": "response.create", "event_id": "second" }));
    let error = bench.last("error")["error"].clone();
    assert_eq!(
        (error["code"].as_str(), error["event_id"].as_str()),
        (
            Some("conversation_already_has_active_response"),
            Some("second")
        )
    );
    bench.types();
    bench.event(&json!({ "type": "response.create", "response": {
        "conversation": "none", "output_modalities": ["text"], "metadata": { "purpose": "summary" },
        "instructions": "Say: Noted.", "input": [],
    } }));
    bench.pass(Duration::from_secs(2));
    let aside: Vec<_> = bench
        .sent
        .iter()
        .filter(|event| event["type"] == "response.done")
        .filter(|event| event["response"]["metadata"]["purpose"] == "summary")
        .collect();
    assert_eq!(aside.len(), 1);
    assert_eq!(aside[0]["response"]["conversation_id"], Value::Null);
}

#[test]
fn events_that_do_not_fit_are_refused_and_change_nothing() {
    let mut bench = Bench::intake(Faults::default());
    let cases: &[(&str, Value, &str, Option<&str>)] = &[
        (
            "an unknown type",
            json!({"type": "nonsense"}),
            "invalid_value",
            Some("type"),
        ),
        (
            "no type",
            json!({}),
            "missing_required_parameter",
            Some("type"),
        ),
        (
            "an unknown field",
            json!({"type": "response.create", "bogus": 1}),
            "unknown_parameter",
            Some("bogus"),
        ),
        (
            "an unknown override",
            json!({"type": "response.create", "response": {"temperature": 1}}),
            "unknown_parameter",
            Some("response.temperature"),
        ),
        (
            "no session",
            json!({"type": "session.update"}),
            "missing_required_parameter",
            Some("session"),
        ),
        (
            "no session type",
            json!({"type": "session.update", "session": {}}),
            "missing_required_parameter",
            Some("session.type"),
        ),
        (
            "an empty commit",
            json!({"type": "input_audio_buffer.commit"}),
            "input_audio_buffer_commit_empty",
            None,
        ),
        (
            "audio by event",
            json!({"type": "input_audio_buffer.append", "audio": ""}),
            "invalid_value",
            Some("type"),
        ),
        (
            "no such item",
            json!({"type": "conversation.item.delete", "item_id": "x"}),
            "item_delete_invalid_item_id",
            Some("item_id"),
        ),
        (
            "an output of no call",
            json!({"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": "x", "output": ""}}),
            "invalid_tool_call_id",
            Some("item.call_id"),
        ),
        (
            "an approval",
            json!({"type": "conversation.item.create", "item": {"type": "mcp_approval_response"}}),
            "invalid_value",
            Some("item.type"),
        ),
    ];
    for (name, event, code, param) in cases {
        bench.sent.clear();
        let mut event = event.clone();
        event["event_id"] = json!("mine");
        bench.event(&event);
        let error = bench.last("error")["error"].clone();
        assert_eq!(
            (
                error["code"].as_str(),
                error["param"].as_str(),
                error["event_id"].as_str()
            ),
            (Some(*code), *param, Some("mine")),
            "{name}"
        );
        assert_eq!(bench.sent.len(), 1, "{name}");
    }
    bench
        .engine
        .client_event(Peer::Channel, "{not json", bench.now);
    bench.settle();
    assert_eq!(bench.last("error")["error"]["code"], "invalid_json");
}

#[test]
fn items_are_added_placed_deleted_and_truncated() {
    let mut bench = Bench::intake(Faults::default());
    let typed = |id: &str| json!({"id": id, "type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]});
    bench.event(&json!({"type": "conversation.item.create", "item": typed("one")}));
    bench.event(&json!({"type": "conversation.item.create", "item": typed("zero"), "previous_item_id": "root"}));
    assert_eq!(
        bench.last("conversation.item.added")["previous_item_id"],
        Value::Null
    );
    bench.event(&json!({"type": "conversation.item.create", "item": typed("one")}));
    assert_eq!(bench.last("error")["error"]["param"], "item.id");
    bench.event(&json!({"type": "conversation.item.delete", "item_id": "zero"}));
    assert_eq!(bench.last("conversation.item.deleted")["item_id"], "zero");
    bench.event(&json!({"type": "conversation.item.truncate", "item_id": "one", "content_index": 0, "audio_end_ms": 10}));
    assert_eq!(bench.last("error")["error"]["param"], "item_id");
    bench.greet().pass(Duration::from_secs(30));
    let spoken = bench.last("response.output_item.done")["item"]["id"].clone();
    bench.event(&json!({"type": "conversation.item.truncate", "item_id": spoken, "content_index": 0, "audio_end_ms": 9_999_999}));
    assert_eq!(bench.last("error")["error"]["param"], "audio_end_ms");
    bench.event(&json!({"type": "conversation.item.truncate", "item_id": spoken, "content_index": 0, "audio_end_ms": 40}));
    assert_eq!(
        bench.last("conversation.item.truncated")["audio_end_ms"],
        40
    );
}

#[test]
fn an_answer_that_is_deleted_before_it_was_read_was_never_given() {
    let said_after = |foreign: bool, deleted: bool| {
        let line = "name | Name | short_text | required | no_read_back | What is your name?";
        let second = "town | Town | short_text | required | no_read_back | Which town?";
        let field = json!({ "type": "string", "enum": ["name", "town"], "description": format!("{line}\n{second}") });
        let tool = json!({ "type": "function", "name": "set_field", "parameters": { "type": "object", "properties": { "field": field } } });
        let mut bench = Bench::new(json!({ "tools": [tool] }), Faults::default());
        let respond = json!({ "type": "response.create" });
        bench.event(&respond).pass(Duration::from_secs(5));
        bench.event(&json!({ "type": "conversation.item.create", "item": {
            "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "Ada Lovelace" }],
        } }));
        bench.event(&respond).pass(Duration::from_secs(5));
        let call = bench.last("response.function_call_arguments.done")["call_id"].clone();
        let answer = |id: &str, output: &str| {
            json!({ "type": "conversation.item.create", "item": {
            "id": id, "type": "function_call_output", "call_id": call, "output": output,
        } })
        };
        if foreign {
            bench.event(&answer("stranger", "Tool set_field not found"));
        }
        if deleted {
            bench.event(&json!({ "type": "conversation.item.delete", "item_id": "stranger" }));
        }
        bench.event(&answer(
            "ours",
            r#"{"ok":true,"value":"Ada Lovelace","state":"confirmed"}"#,
        ));
        bench.event(&respond).pass(Duration::from_secs(5));
        bench.last("response.output_audio_transcript.done")["transcript"].clone()
    };
    let alone = said_after(false, false);
    assert_eq!(said_after(true, true), alone);
    assert_ne!(said_after(true, false), alone, "both were read");
}

#[test]
fn the_voice_is_fixed_once_it_was_heard() {
    let mut bench = Bench::intake(Faults::default());
    let update = |voice: &str| json!({"type": "session.update", "session": {"type": "realtime", "instructions": "New.", "audio": {"output": {"voice": voice}}}});
    bench.event(&update("marin"));
    bench.last("session.updated");
    bench.greet().pass(Duration::from_secs(1));
    bench.event(&update("cedar"));
    assert_eq!(bench.last("error")["error"]["code"], "cannot_update_voice");
}

#[test]
fn ordered_refusals_and_failures_happen_and_then_stop() {
    let faults = Faults {
        refuse_session_updates: 1,
        quota_failures: 1,
        strange_events: true,
        ..Faults::default()
    };
    let mut bench = Bench::intake(faults);
    let update = json!({"type": "session.update", "session": {"type": "realtime"}});
    bench.event(&update);
    assert_eq!(bench.last("error")["error"]["param"], "session");
    bench.event(&update);
    bench.last("session.updated");
    bench.greet().pass(Duration::from_secs(1));
    let failed = &bench.last("response.done")["response"];
    assert_eq!(
        (
            &failed["status"],
            &failed["status_details"]["error"]["code"]
        ),
        (&json!("failed"), &json!("insufficient_quota"))
    );
    assert!(
        bench
            .sent
            .iter()
            .any(|event| event["type"] == "rehearsal.unheard_of")
    );
    assert!(bench.last("response.done").get("x_rehearsal").is_some());
    bench.greet().pass(Duration::from_secs(3));
    assert_eq!(
        bench.last("response.done")["response"]["status"],
        "completed"
    );
}

#[test]
fn function_calls_go_wrong_as_ordered() {
    let run = |fault| {
        let faults = Faults {
            tool_call: fault,
            ..Faults::default()
        };
        let mut bench = Bench::intake(faults);
        let mut response = super::responding::tests_only_response();
        let ending = bench.engine.call_tool(
            &mut response,
            "set_field",
            r#"{"field":"name","value":"Ada"}"#.to_owned(),
        );
        bench.settle();
        (bench, ending.is_some())
    };
    let (plain, ended) = run(None);
    assert!(!ended);
    let done = plain.last("response.output_item.done")["item"].clone();
    assert_eq!(
        (&done["status"], &done["name"]),
        (&json!("completed"), &json!("set_field"))
    );
    assert_eq!(
        plain.last("response.output_item.added")["item"]["status"],
        "in_progress"
    );
    assert_eq!(
        plain.last("response.function_call_arguments.done")["arguments"],
        r#"{"field":"name","value":"Ada"}"#
    );

    let (invalid, _) = run(Some(ToolCallFault::InvalidJson));
    let arguments = invalid.last("response.output_item.done")["item"]["arguments"]
        .as_str()
        .expect("a text")
        .to_owned();
    assert!(
        serde_json::from_str::<Value>(&arguments).is_err(),
        "{arguments}"
    );

    let (parallel, _) = run(Some(ToolCallFault::Parallel));
    let calls: std::collections::BTreeSet<_> = parallel
        .sent
        .iter()
        .filter(|event| event["type"] == "response.output_item.done")
        .map(|event| {
            (
                event["output_index"].to_string(),
                event["item"]["call_id"].to_string(),
            )
        })
        .collect();
    assert_eq!(calls.len(), 2);

    let (cancelled, ended) = run(Some(ToolCallFault::Cancelled));
    assert!(ended);
    cancelled.last("response.function_call_arguments.done");
    assert_eq!(
        cancelled.last("response.output_item.done")["item"]["status"],
        "incomplete"
    );
}

#[test]
fn too_long_an_answer_ends_incomplete() {
    let mut bench = Bench::intake(Faults::default());
    bench.event(&json!({"type": "response.create", "response": {"instructions": "Say: Good morning to you all today.", "max_output_tokens": 5}}));
    bench.pass(Duration::from_secs(1));
    let response = &bench.last("response.done")["response"];
    assert_eq!(
        (&response["status"], &response["status_details"]["reason"]),
        (&json!("incomplete"), &json!("max_output_tokens"))
    );
}

#[test]
fn silence_for_the_idle_time_becomes_a_turn() {
    let session = json!({"audio": {"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 5000}}}});
    let mut bench = Bench::new(session, Faults::default());
    bench.greet().pass(Duration::from_secs(4));
    bench.pass(Duration::from_secs(30));
    let fired = bench.last("input_audio_buffer.timeout_triggered")["item_id"].clone();
    assert!(
        bench
            .sent
            .iter()
            .any(|event| event["type"] == "input_audio_buffer.committed"
                && event["item_id"] == fired)
    );
}
