//! What the tools answered.

use super::{Answer, Asked, Conversation, Stage, turn::Turn};
use crate::dialogue::{
    phrases,
    script::{Field, Script},
};
use serde_json::Value;

impl Conversation {
    pub(super) fn take_output(
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

    pub(super) fn field_was_set(
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

    pub(super) fn field_was_refused(
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
    pub(super) fn sync(&mut self, lists: &Value, script: &Script) {
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
}
