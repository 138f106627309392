//! What a person said: wishes first, then the answer to what was asked.

use super::{
    ADVICE_SUBJECTS, Answer, Asked, Conversation, PATIENCE, PRICE_SUBJECTS, Stage, turn::Turn,
};
use crate::dialogue::{
    intent::{self, Intent},
    phrases,
    reply::{self, Reply},
    script::{Emergency, Field, Kind, Script},
    values,
    words::{holds, plain},
};
use serde_json::json;

impl Conversation {
    /// Takes what a person said. Wishes come first, whatever was asked.
    pub(super) fn hear(
        &mut self,
        text: &str,
        script: &Script,
        turn: &mut Turn,
        before_first_question: bool,
    ) {
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

    pub(super) fn take_answer(
        &mut self,
        field: &Field,
        text: &str,
        script: &Script,
        turn: &mut Turn,
    ) {
        let leaves_out = intent::skips(text) && (field.kind != Kind::YesNo || holds(text, "skip"));
        if !field.required && (leaves_out || intent::is_unknown(text)) {
            self.answers.insert(field.key.clone(), Answer::Skipped);
            self.forget_question();
            self.thank(turn);
        } else if intent::is_unknown(text) || plain(text) == ["skip"] {
            self.miss(phrases::NEEDED, script, turn);
        } else {
            self.take_value(field, text, script, turn);
        }
    }

    pub(super) fn take_value(
        &mut self,
        field: &Field,
        text: &str,
        script: &Script,
        turn: &mut Turn,
    ) {
        match values::extract(field, text, self.today) {
            Ok(value) => {
                self.asked = Asked::Value(field.key.clone());
                turn.set_field(&field.key, &value, !field.read_back);
            }
            Err(hint) => {
                self.answers.remove(&field.key);
                self.asked = Asked::Value(field.key.clone());
                self.miss(hint, script, turn);
            }
        }
    }

    pub(super) fn take_confirmation(
        &mut self,
        field: &Field,
        text: &str,
        script: &Script,
        turn: &mut Turn,
    ) {
        let Some(Answer::Proposed { value, .. }) = self.answers.get(&field.key).cloned() else {
            return;
        };
        match reply::parse(text) {
            Reply::Yes => turn.set_field(&field.key, &value, true),
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
                    turn.set_field(&field.key, &other, false);
                }
                _ => self.miss(phrases::YES_OR_NO, script, turn),
            },
        }
    }

    /// An answer could not be used: asks again, and calls a person when that does not help.
    pub(super) fn miss(&mut self, why: &str, script: &Script, turn: &mut Turn) {
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

    pub(super) fn thank(&mut self, turn: &mut Turn) {
        let [first, ..] = phrases::THANKS;
        turn.say(
            phrases::THANKS
                .get(self.thanks % phrases::THANKS.len())
                .copied()
                .unwrap_or(first),
        );
        self.thanks += 1;
    }

    pub(super) fn hand_over(&mut self, say: &str, reason: &str, script: &Script, turn: &mut Turn) {
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

    pub(super) fn end(&mut self, reason: &str, script: &Script, turn: &mut Turn) {
        self.stage = Stage::Over;
        turn.closed = true;
        if script.tools.end_call {
            turn.call("end_call", json!({ "reason": reason }));
        }
    }
}
