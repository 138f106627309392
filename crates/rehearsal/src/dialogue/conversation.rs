//! The conversation: its state, and how it moves with each thing that happens.

use super::{
    Heard, Input, Step,
    intent::{self, Intent},
    phrases,
    reply::{self, Reply},
    script::{self, Emergency, Field, Kind, Known, Script},
    values,
};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::BTreeMap;

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
}

/// The response being put together.
#[derive(Debug, Default)]
struct Turn {
    said: Vec<String>,
    call: Option<(&'static str, Value)>,
    /// Whether the turn is complete without a prompt for what comes next.
    closed: bool,
}

impl Turn {
    fn say(&mut self, text: impl Into<String>) {
        self.said.push(text.into());
    }

    fn call(&mut self, name: &'static str, arguments: Value) {
        self.call = Some((name, arguments));
        self.closed = true;
    }

    fn into_steps(self) -> Vec<Step> {
        let text = self.said.join(" ");
        let said = (!text.is_empty()).then_some(Step::Say(text));
        let called = self.call.map(|(name, arguments)| Step::CallTool {
            name: name.to_owned(),
            arguments: arguments.to_string(),
        });
        said.into_iter().chain(called).collect()
    }
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
                    self.hear(&text, script, &mut turn, was_silent)
                }
                // A machine without recognition understands no turn, so this never uses up patience.
                Input::User(Heard::Unintelligible)
                    if self.stage == Stage::Asking && !was_silent =>
                {
                    turn.say(phrases::NOT_UNDERSTOOD)
                }
                Input::User(Heard::Silence) if self.stage == Stage::Asking && !was_silent => {
                    turn.say(phrases::STILL_THERE)
                }
                Input::User(Heard::Unintelligible | Heard::Silence) => {}
            }
        }
        if !turn.closed && self.stage == Stage::Asking {
            self.prompt(script, &mut turn);
        }
        turn.into_steps()
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
        for line in text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("The form was edited by staff:"))
        {
            let Some(known) = Known::parse(line) else {
                continue;
            };
            self.learn(&known);
            if self.asked.key() == Some(&known.key) {
                self.forget_question();
            }
        }
    }

    fn forget_question(&mut self) {
        self.asked = Asked::Nothing;
        self.misses = 0;
    }

    /// Takes what a person said. Wishes come first, whatever was asked.
    fn hear(&mut self, text: &str, script: &Script, turn: &mut Turn, before_first_question: bool) {
        match self.stage {
            Stage::Silent | Stage::Asking => {}
            // Somebody spoke over the response that made the call, and it may never have been made.
            Stage::HandingOver => {
                let reason = std::mem::take(&mut self.reason);
                self.hand_over(phrases::PERSON, &reason, script, turn);
                return;
            }
            Stage::Over => {
                turn.say(phrases::OVER);
                self.end("The conversation is over.", script, turn);
                return;
            }
        }
        let asked = self.asked.key().and_then(|key| script.field(key)).cloned();
        match intent::find(text, script, asked.as_ref()) {
            Some(Intent::Emergency(word)) => {
                let say = script
                    .emergency
                    .as_ref()
                    .map(|Emergency { say, .. }| say.clone())
                    .unwrap_or_default();
                self.hand_over(
                    &say,
                    &format!("Emergency: the caller said \"{word}\"."),
                    script,
                    turn,
                );
            }
            Some(Intent::Person) => self.hand_over(
                phrases::PERSON,
                "The caller asked for a person.",
                script,
                turn,
            ),
            Some(Intent::Repeat) => {
                turn.say(self.last.clone());
                turn.closed = true;
            }
            Some(Intent::Stop) => {
                turn.say(phrases::STOPPING);
                self.end("The caller wanted to stop.", script, turn);
            }
            Some(Intent::Price) => turn.say(
                script
                    .prescribed(PRICE_SUBJECTS)
                    .unwrap_or(phrases::NO_PRICE),
            ),
            Some(Intent::Advice) => turn.say(
                script
                    .prescribed(ADVICE_SUBJECTS)
                    .unwrap_or(phrases::NO_ADVICE),
            ),
            Some(Intent::Correct { key, value }) => {
                let Some(field) = script.field(&key) else {
                    return;
                };
                self.misses = 0;
                match value {
                    Some(value) => self.take_value(field, &value, script, turn),
                    None => {
                        self.answers.remove(&key);
                        self.ask(field, turn);
                    }
                }
            }
            None if before_first_question => {}
            None if script.fields.is_empty() => {
                turn.say(format!("You said: {}", text.trim()));
                turn.closed = true;
            }
            None => match (&self.asked, asked) {
                (Asked::Value(_), Some(field)) => self.take_answer(&field, text, script, turn),
                (Asked::Confirmation(_), Some(field)) => {
                    self.take_confirmation(&field, text, script, turn)
                }
                _ => {}
            },
        }
    }

    fn take_answer(&mut self, field: &Field, text: &str, script: &Script, turn: &mut Turn) {
        let leaves_out =
            intent::skips(text) && (field.kind != Kind::YesNo || super::words::holds(text, "skip"));
        if !field.required && (leaves_out || intent::is_unknown(text)) {
            self.answers.insert(field.key.clone(), Answer::Skipped);
            self.forget_question();
            self.thank(turn);
        } else if intent::is_unknown(text) || super::words::plain(text) == ["skip"] {
            self.miss(phrases::NEEDED, script, turn);
        } else {
            self.take_value(field, text, script, turn);
        }
    }

    fn take_value(&mut self, field: &Field, text: &str, script: &Script, turn: &mut Turn) {
        match values::extract(field, text, self.today) {
            Ok(value) => {
                self.asked = Asked::Value(field.key.clone());
                set_field(&field.key, &value, !field.read_back, turn);
            }
            Err(hint) => {
                self.answers.remove(&field.key);
                self.asked = Asked::Value(field.key.clone());
                self.miss(hint, script, turn);
            }
        }
    }

    fn take_confirmation(&mut self, field: &Field, text: &str, script: &Script, turn: &mut Turn) {
        let Some(Answer::Proposed { value, .. }) = self.answers.get(&field.key).cloned() else {
            return;
        };
        match reply::parse(text) {
            Reply::Yes => set_field(&field.key, &value, true, turn),
            Reply::No(None) => {
                self.answers.remove(&field.key);
                self.asked = Asked::Value(field.key.clone());
                turn.say(phrases::ASK_AGAIN);
            }
            Reply::No(Some(instead)) => self.take_value(field, &instead, script, turn),
            // A value of a strict kind is a correction even without a `no`; free text could be anything.
            Reply::Other => match values::extract(field, text, self.today) {
                Ok(other)
                    if !matches!(field.kind, Kind::ShortText | Kind::LongText | Kind::Address)
                        || text.split_whitespace().count() > 1 =>
                {
                    set_field(&field.key, &other, false, turn);
                }
                _ => self.miss(phrases::YES_OR_NO, script, turn),
            },
        }
    }

    /// An answer could not be used: asks again, and calls a person when that does not help.
    fn miss(&mut self, why: &str, script: &Script, turn: &mut Turn) {
        self.misses = self.misses.saturating_add(1);
        let Some(key) = self.asked.key().map(str::to_owned) else {
            turn.say(why);
            return;
        };
        let optional = script.field(&key).is_some_and(|field| !field.required);
        match self.misses {
            0..=2 => turn.say(why),
            _ if optional => {
                self.answers.insert(key, Answer::Skipped);
                self.forget_question();
                turn.say(why);
            }
            misses if misses >= PATIENCE => self.hand_over(
                phrases::GIVE_UP,
                &format!("The answer to `{key}` could not be understood."),
                script,
                turn,
            ),
            _ => turn.say(phrases::STUCK),
        }
    }

    fn thank(&mut self, turn: &mut Turn) {
        let [first, ..] = phrases::THANKS;
        turn.say(
            phrases::THANKS
                .get(self.thanks % phrases::THANKS.len())
                .copied()
                .unwrap_or(first),
        );
        self.thanks += 1;
    }

    fn hand_over(&mut self, say: &str, reason: &str, script: &Script, turn: &mut Turn) {
        if !script.tools.escalate {
            // An emergency line is said even when nobody can be called.
            turn.say(if say == phrases::PERSON || say == phrases::GIVE_UP {
                phrases::NO_PERSON
            } else {
                say
            });
            self.misses = 0;
            return;
        }
        self.stage = Stage::HandingOver;
        reason.clone_into(&mut self.reason);
        turn.say(say);
        turn.call("escalate", json!({ "reason": reason }));
    }

    fn end(&mut self, reason: &str, script: &Script, turn: &mut Turn) {
        self.stage = Stage::Over;
        turn.closed = true;
        if script.tools.end_call {
            turn.call("end_call", json!({ "reason": reason }));
        }
    }

    fn take_output(
        &mut self,
        name: &str,
        arguments: &str,
        output: &str,
        script: &Script,
        turn: &mut Turn,
    ) {
        let output: Value = serde_json::from_str(output).unwrap_or(Value::Null);
        let done = output.get("ok").and_then(Value::as_bool) == Some(true);
        match (name, done) {
            ("set_field", _) => {
                let arguments: Value = serde_json::from_str(arguments).unwrap_or(Value::Null);
                let Some(field) = arguments
                    .get("field")
                    .and_then(Value::as_str)
                    .and_then(|key| script.field(key))
                else {
                    return;
                };
                if done {
                    self.field_was_set(field, &arguments, &output, script, turn)
                } else {
                    self.field_was_refused(field, &output, script, turn)
                }
            }
            ("finish_intake", true) => {
                turn.say(phrases::GOODBYE);
                self.end("The intake is complete.", script, turn);
            }
            ("finish_intake", false) => {
                self.refusals += 1;
                self.sync(output.get("error").unwrap_or(&Value::Null), script);
                if self.refusals > 3 {
                    self.hand_over(
                        phrases::GIVE_UP,
                        "The intake could not be finished.",
                        script,
                        turn,
                    );
                } else {
                    turn.say(phrases::NOT_YET);
                }
            }
            ("escalate", true) => self.end("A person takes over.", script, turn),
            ("escalate", false) => {
                self.stage = Stage::Asking;
                self.misses = 0;
                turn.say(phrases::NO_PERSON);
            }
            ("end_call", _) => turn.closed = true,
            _ => {}
        }
    }

    fn field_was_set(
        &mut self,
        field: &Field,
        arguments: &Value,
        output: &Value,
        script: &Script,
        turn: &mut Turn,
    ) {
        let text =
            |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let asked_to_confirm = arguments.get("confirmed").and_then(Value::as_bool) == Some(true);
        let confirmed =
            asked_to_confirm || text(output, "state").is_some_and(|state| state != "proposed");
        let answer = if confirmed {
            Answer::Confirmed
        } else {
            Answer::Proposed {
                value: text(output, "value")
                    .or_else(|| text(arguments, "value"))
                    .unwrap_or_default(),
                spoken: text(output, "say"),
            }
        };
        self.answers.insert(field.key.clone(), answer);
        self.forget_question();
        self.sync(output, script);
        if confirmed {
            self.thank(turn);
        }
    }

    fn field_was_refused(
        &mut self,
        field: &Field,
        output: &Value,
        script: &Script,
        turn: &mut Turn,
    ) {
        let error = |name: &str| {
            output
                .pointer("/error")
                .and_then(|error| error.get(name))
                .and_then(Value::as_str)
        };
        self.asked = Asked::Value(field.key.clone());
        match error("type") {
            Some("validation_error") => {
                let message = error("message")
                    .unwrap_or_default()
                    .trim()
                    .trim_end_matches('.');
                self.answers.remove(&field.key);
                self.miss(&format!("I can't take that: {message}."), script, turn);
            }
            Some("conflict") => {
                self.answers.insert(field.key.clone(), Answer::Confirmed);
                self.forget_question();
                turn.say(phrases::BY_STAFF);
            }
            Some("authorization_error") => {
                self.answers.insert(field.key.clone(), Answer::Skipped);
                self.forget_question();
                turn.say(phrases::NOT_ALLOWED);
            }
            _ => self.miss(phrases::NOT_SAVED, script, turn),
        }
    }

    /// Believes the server about what is missing or unconfirmed: staff may have filled, emptied or waived fields.
    fn sync(&mut self, lists: &Value, script: &Script) {
        let list = |name: &str| {
            lists.get(name).and_then(Value::as_array).map(|keys| {
                keys.iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
        };
        let (Some(missing), Some(unconfirmed)) = (list("missing"), list("unconfirmed")) else {
            return;
        };
        for field in &script.fields {
            let known = self.answers.get(&field.key);
            if missing.contains(&field.key) {
                self.answers.remove(&field.key);
            } else if unconfirmed.contains(&field.key) {
                // Without the value it has to be asked for again.
                if known == Some(&Answer::Confirmed) {
                    self.answers.remove(&field.key);
                }
            } else if field.required {
                self.answers.insert(field.key.clone(), Answer::Confirmed);
            }
        }
    }

    fn ask(&mut self, field: &Field, turn: &mut Turn) {
        self.asked = Asked::Value(field.key.clone());
        self.last = question(field);
        turn.say(self.last.clone());
        turn.closed = true;
    }

    /// Asks for what comes next: a confirmation, a required field, an optional one; or finishes.
    fn prompt(&mut self, script: &Script, turn: &mut Turn) {
        if script.fields.is_empty() {
            return;
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
        let fields = || script.fields.iter();
        let next = current
            .or_else(|| fields().find(proposed))
            .or_else(|| fields().filter(|field| field.required).find(unknown))
            .or_else(|| fields().find(unknown));
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

fn set_field(key: &str, value: &str, confirmed: bool, turn: &mut Turn) {
    turn.call(
        "set_field",
        json!({ "field": key, "value": value, "confirmed": confirmed }),
    );
}

/// Turns that were said one after the other without a response between them are one.
fn joined(inputs: Vec<Input>) -> Vec<Input> {
    let mut all: Vec<Input> = Vec::with_capacity(inputs.len());
    for input in inputs {
        match (all.last_mut(), input) {
            (
                Some(Input::User(Heard::Speech(before) | Heard::Typed(before))),
                Input::User(Heard::Speech(text) | Heard::Typed(text)),
            ) => {
                before.push(' ');
                before.push_str(&text);
            }
            (_, input) => all.push(input),
        }
    }
    all
}
