//! The conversation: its state, and how it moves with each thing that happens.

mod answering;
mod listening;
mod outputs;
mod turn;

use super::{
    Heard, Input, Step, phrases,
    script::{self, Field, Known, Script},
    values,
};
use jiff::civil::Date;
use serde_json::json;
use std::collections::{BTreeMap, VecDeque};
use turn::Turn;

/// What a rule must name to prescribe the answer to a question about money.
pub(super) const PRICE_SUBJECTS: &[&str] = &["cost", "price", "fee", "payment"];
/// What a rule must name to prescribe the answer to a question for advice.
pub(super) const ADVICE_SUBJECTS: &[&str] = &["advice"];

/// Answers to one field that could not be used before a person is called.
const PATIENCE: u8 = 5;

/// What is known of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    /// Has a value that still has to be confirmed.
    Proposed {
        value: String,
        spoken: Option<String>,
    },
    /// Has a value.
    Confirmed,
    /// Was offered and left out.
    Skipped,
}

/// What the person was asked last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Asked {
    #[default]
    Nothing,
    /// For a value.
    Value(String),
    /// Whether a value that was read back is right.
    Confirmation(String),
}

impl Asked {
    fn key(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Value(key) | Self::Confirmation(key) => Some(key),
        }
    }
}

/// How far the conversation is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Silent,
    Asking,
    HandingOver,
    Over,
}

/// The state of a conversation.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    stage: Stage,
    answers: BTreeMap<String, Answer>,
    asked: Asked,
    /// The last prompt, for `repeat that`.
    last: String,
    /// Unusable answers to the field asked for.
    misses: u8,
    /// How often `finish_intake` was refused.
    refusals: u8,
    thanks: usize,
    /// Why a person was called.
    reason: String,
    today: Option<Date>,
    /// The words of the last answer, and the field they were for: the rest may follow.
    heard: Option<(String, String)>,
    /// An answer that stopped half way, and its field.
    begun: Option<(String, String)>,
    /// Answers to other fields that came in the same breath: key and words.
    queue: VecDeque<(String, String)>,
    /// The fields that were asked for, for `go back`.
    trail: Vec<String>,
    /// How often nothing was said, one time after the other.
    silences: u8,
}

/// The text of a `Say:` line in a note or in a response's own instructions.
pub(super) fn dictated(text: &str) -> Option<String> {
    text.lines()
        .find_map(|line| {
            line.trim()
                .strip_prefix("Say:")
                .or_else(|| line.trim().strip_prefix("say:"))
        })
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

/// How a field is asked for.
pub(super) fn question(field: &Field) -> String {
    let mut text = field.question.clone();
    if let Some((last, first)) = field.choices.split_last() {
        let list = if first.is_empty() {
            last.clone()
        } else {
            format!("{}, or {last}", first.join(", "))
        };
        text.push_str(&format!(" You can say: {list}."));
    }
    if !field.required {
        text.push(' ');
        text.push_str(phrases::SKIPPABLE);
    }
    text
}

impl Conversation {
    /// Takes what happened and says what is done next.
    pub(super) fn respond(&mut self, inputs: Vec<Input>, script: &Script) -> Vec<Step> {
        let mut turn = Turn::default();
        self.today = script.today.or(self.today);
        for known in &script.known {
            // An answer of this conversation is newer than what the instructions knew at its start.
            if !self.answers.contains_key(&known.key) {
                self.learn(known);
            }
        }
        let inputs = joined(inputs);
        let was_silent = self.stage == Stage::Silent;
        if was_silent {
            self.greet(script, &mut turn);
        }
        for input in inputs {
            match input {
                Input::Note(text) => self.take_note(&text, &mut turn),
                Input::ToolOutput {
                    name,
                    arguments,
                    output,
                } => self.take_output(&name, &arguments, &output, script, &mut turn),
                // What is said before the first question can ask for help, but answers nothing.
                Input::User(Heard::Speech(text) | Heard::Typed(text)) => {
                    self.silences = 0;
                    self.hear(&text, false, script, &mut turn, was_silent);
                }
                Input::User(Heard::Doubtful(text)) => {
                    self.silences = 0;
                    self.hear(&text, true, script, &mut turn, was_silent);
                }
                // A machine without recognition understands no turn, so this never uses up patience.
                Input::User(Heard::Unintelligible)
                    if self.stage == Stage::Asking && !was_silent =>
                {
                    turn.say(phrases::NOT_UNDERSTOOD)
                }
                Input::User(Heard::Silence) if self.stage == Stage::Asking && !was_silent => {
                    self.take_silence(&mut turn);
                }
                Input::User(Heard::Unintelligible | Heard::Silence) => {}
            }
        }
        if !turn.closed && self.stage == Stage::Asking {
            self.prompt(script, &mut turn);
        }
        turn.into_steps()
    }

    /// Asks once whether somebody is there, then offers the other ways, and after that keeps quiet.
    fn take_silence(&mut self, turn: &mut Turn) {
        self.silences = self.silences.saturating_add(1);
        match self.silences {
            1 => turn.say(phrases::STILL_THERE),
            2 => {
                turn.say(phrases::STAFF_CAN_TYPE);
                turn.closed = true;
            }
            _ => turn.closed = true,
        }
    }

    fn greet(&mut self, script: &Script, turn: &mut Turn) {
        self.stage = Stage::Asking;
        turn.say(script.opening_line.as_deref().unwrap_or(phrases::GREETING));
        if self.answers.keys().any(|key| script.field(key).is_some()) {
            turn.say(phrases::WELCOME_BACK);
        }
        if script.fields.is_empty() {
            turn.say(phrases::NO_TASK);
        }
    }

    fn learn(&mut self, known: &Known) {
        let answer = if known.confirmed {
            Answer::Confirmed
        } else {
            Answer::Proposed {
                value: known.value.clone(),
                spoken: None,
            }
        };
        self.answers.insert(known.key.clone(), answer);
    }

    fn take_note(&mut self, text: &str, turn: &mut Turn) {
        if let Some(text) = dictated(text) {
            turn.say(text);
        }
        self.today = script::today(text).or(self.today);
        if script::is_about_silence(text) {
            turn.say(phrases::STILL_THERE);
        }
        for line in text.lines().map(str::trim) {
            let edited = line.strip_prefix("The form was edited by staff:");
            let held = line.strip_prefix("The form holds:");
            let Some(known) = edited.or(held).and_then(Known::parse) else {
                continue;
            };
            self.learn(&known);
            // What is held is no news: what was asked about it still stands.
            if edited.is_some() && self.asked.key() == Some(&known.key) {
                self.forget_question();
            }
        }
    }

    fn forget_question(&mut self) {
        self.asked = Asked::Nothing;
        self.misses = 0;
        self.begun = None;
    }

    fn ask(&mut self, field: &Field, turn: &mut Turn) {
        self.asked = Asked::Value(field.key.clone());
        if self.trail.last() != Some(&field.key) {
            self.trail.push(field.key.clone());
        }
        self.last = question(field);
        turn.say(self.last.clone());
        turn.closed = true;
    }

    /// Asks for what comes next: a confirmation, a required field, an optional one; or finishes.
    fn prompt(&mut self, script: &Script, turn: &mut Turn) {
        if script.fields.is_empty() {
            return;
        }
        while let Some((key, text)) = self.queue.pop_front() {
            let field = script.field(&key).cloned();
            if let Some(field) = field
                && let Ok(value) = values::extract(&field, &text, self.today)
            {
                self.asked = Asked::Value(key.clone());
                self.heard = Some((key, text));
                turn.set_field(&field.key, &value, !field.read_back);
                return;
            }
        }
        let proposed =
            |field: &&Field| matches!(self.answers.get(&field.key), Some(Answer::Proposed { .. }));
        // What is being asked for goes before everything else, so that a correction is not left half done.
        let current = self
            .asked
            .key()
            .and_then(|key| script.field(key))
            .filter(|field| {
                !matches!(
                    self.answers.get(&field.key),
                    Some(Answer::Confirmed | Answer::Skipped)
                )
            });
        let unknown = |field: &&Field| !self.answers.contains_key(&field.key);
        let next = current
            .or_else(|| script.fields.iter().find(proposed))
            .or_else(|| script.asking_order().find(unknown));
        let Some(field) = next else {
            self.finish(script, turn);
            return;
        };
        match self.answers.get(&field.key) {
            Some(Answer::Proposed { value, spoken }) => {
                let spoken = spoken
                    .clone()
                    .unwrap_or_else(|| values::spoken(field, value));
                self.last = format!(
                    "I have {}. {}",
                    spoken.trim_end_matches('.'),
                    phrases::IS_THAT_RIGHT
                );
                self.asked = Asked::Confirmation(field.key.clone());
                turn.say(self.last.clone());
                turn.closed = true;
            }
            Some(Answer::Confirmed | Answer::Skipped) | None => self.ask(field, turn),
        }
    }

    fn finish(&mut self, script: &Script, turn: &mut Turn) {
        self.asked = Asked::Nothing;
        turn.say(phrases::LAST);
        if script.tools.finish_intake {
            turn.call("finish_intake", json!({}));
        } else {
            self.end("Every question was answered.", script, turn);
        }
    }
}

/// Turns that were said one after the other without a response between them are one. A doubtful part makes
/// the whole doubtful.
fn joined(inputs: Vec<Input>) -> Vec<Input> {
    let mut all: Vec<Input> = Vec::with_capacity(inputs.len());
    for input in inputs {
        let (
            Some(Input::User(before @ (Heard::Speech(_) | Heard::Typed(_) | Heard::Doubtful(_)))),
            Input::User(Heard::Speech(text) | Heard::Typed(text) | Heard::Doubtful(text)),
        ) = (all.last_mut(), &input)
        else {
            all.push(input);
            continue;
        };
        let doubtful = matches!(before, Heard::Doubtful(_))
            || matches!(&input, Input::User(Heard::Doubtful(_)));
        let (Heard::Speech(said) | Heard::Typed(said) | Heard::Doubtful(said)) = before else {
            continue;
        };
        let both = format!("{said} {text}");
        *before = if doubtful {
            Heard::Doubtful(both)
        } else {
            Heard::Speech(both)
        };
    }
    all
}
