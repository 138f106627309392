//! Pauses: inside a telephone number they lose nothing, and long ones are asked about once.

use super::Bench;
use crate::dialogue::Heard;
use crate::engine::FRAME;
use crate::faults::Faults;
use crate::speech::PromptPack;
use serde_json::{Value, json};
use std::time::Duration;

/// A session with one field, and turns that end after 600 ms of silence.
fn asking_for_a_number(idle_timeout_ms: &Value) -> Bench {
    let session = json!({
        "instructions": "# Opening line\nHello.",
        "audio": { "input": { "turn_detection": {
            "type": "server_vad", "silence_duration_ms": 600, "idle_timeout_ms": idle_timeout_ms,
        } } },
        "tools": [{ "type": "function", "name": "set_field", "parameters": { "type": "object", "properties": {
            "field": { "enum": ["phone"], "description": "phone | Phone | phone | required | read_back | Which number?" },
        } } }],
    });
    let mut bench = Bench::new(session, Faults::default());
    bench.event(&json!({ "type": "response.create" }));
    bench.pass(Duration::from_secs(2));
    bench
}

impl Bench {
    /// Lets a sound be heard in real time.
    fn listen(&mut self, pcm: &[i16]) {
        for frame in pcm.chunks(FRAME) {
            self.engine.hear(frame, self.now);
            self.settle();
            self.pass(Duration::from_millis(20));
        }
    }

    fn is_told(&mut self, words: &str) {
        self.heard.insert(0, Ok(Heard::Speech(words.to_owned())));
    }

    /// The arguments of every tool call, in order.
    fn calls(&self) -> Vec<Value> {
        self.sent
            .iter()
            .filter(|event| event["type"] == "response.function_call_arguments.done")
            .map(|event| serde_json::from_str(event["arguments"].as_str().unwrap()).unwrap())
            .collect()
    }

    /// Everything that the assistant said or began to say.
    fn said(&self) -> Vec<&str> {
        self.sent
            .iter()
            .filter(|event| event["type"] == "response.output_audio_transcript.done")
            .filter_map(|event| event["transcript"].as_str())
            .collect()
    }
}

fn speech(sentence: &str) -> Vec<i16> {
    let pack = PromptPack::bundled().unwrap();
    pack.speak(sentence).unwrap().unwrap().to_vec()
}

fn silence(ms: usize) -> Vec<i16> {
    vec![0; 24 * ms]
}

#[test]
fn pauses_inside_a_number_lose_no_digit() {
    for pause in [500, 700, 800, 900, 1_500] {
        let mut bench = asking_for_a_number(&Value::Null);
        // A pause shorter than the silence that ends a turn leaves it one turn.
        if pause < 600 {
            bench.is_told("five five five zero one four two");
        } else {
            bench.is_told("five five five");
            bench.is_told("zero one");
            bench.is_told("four two");
        }
        for group in ["All right.", "Thank you.", "Got it."] {
            bench.listen(&speech(group));
            bench.listen(&silence(pause));
        }
        bench.listen(&silence(1_500));
        let calls = bench.calls();
        assert_eq!(
            calls.len(),
            1,
            "{pause} ms: {calls:?}, said {:?}",
            bench.said()
        );
        assert_eq!(calls[0]["value"], "5550142", "{pause} ms");
        assert!(
            bench
                .said()
                .iter()
                .all(|said| !said.contains("I need all the digits")),
            "{pause} ms: {:?}",
            bench.said()
        );
    }
}

#[test]
fn silence_is_asked_about_once_and_then_left() {
    let mut bench = asking_for_a_number(&json!(5_000));
    bench.pass(Duration::from_secs(90));
    let timeouts = bench
        .sent
        .iter()
        .filter(|event| event["type"] == "input_audio_buffer.timeout_triggered")
        .count();
    let said = bench.said();
    assert_eq!(
        said,
        [
            "Hello. Which number?",
            "Are you still there? Which number?",
            "That is all right. You can also type your answers, and the team can fill in what is missing.",
        ]
    );
    // The third is not answered any more, and so there is no fourth.
    assert_eq!(timeouts, 3);
}

#[test]
fn silence_is_left_alone_where_no_time_for_it_is_set() {
    let mut bench = asking_for_a_number(&Value::Null);
    bench.pass(Duration::from_secs(120));
    assert_eq!(bench.said(), ["Hello. Which number?"]);
}
