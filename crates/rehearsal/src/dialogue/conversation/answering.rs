//! The answer to what was asked: a value, the rest of one, a confirmation, or none that can be used.

use super::{Answer, Asked, Conversation, PATIENCE, turn::Turn};
use crate::dialogue::{
    contact, intent, phrases,
    reply::{self, Reply},
    script::{Field, Kind, Script},
    values::{self, Trouble},
};
use serde_json::json;

impl Conversation {
    pub(super) fn take_answer(
        &mut self,
        field: &Field,
        text: &str,
        doubtful: bool,
        script: &Script,
        turn: &mut Turn,
    ) {
        let leaves_out =
            intent::skips(text, field) && (field.kind != Kind::YesNo || intent::refuses(text));
        let unknown = intent::is_unknown(text);
        if !field.required && (leaves_out || unknown) {
            self.answers.insert(field.key.clone(), Answer::Skipped);
            self.forget_question();
            self.thank(turn);
        } else if unknown || intent::refuses(text) {
            self.miss(phrases::NEEDED, script, turn);
        } else {
            self.take_value(field, text, doubtful, script, turn);
        }
    }

    pub(super) fn take_value(
        &mut self,
        field: &Field,
        text: &str,
        doubtful: bool,
        script: &Script,
        turn: &mut Turn,
    ) {
        let begun = self.begun.take_if(|(key, _)| *key == field.key);
        let text = match &begun {
            Some((_, begun)) => self.continued(field, begun, text),
            None => text.to_owned(),
        };
        self.asked = Asked::Value(field.key.clone());
        match values::extract(field, &text, self.today) {
            Ok(value) => {
                self.heard = Some((field.key.clone(), text));
                self.write_or_read_back(field, value, doubtful, turn);
            }
            Err(Trouble::More(say)) => {
                self.begun = Some((field.key.clone(), text));
                turn.say(say);
                turn.closed = true;
            }
            Err(Trouble::Again(hint)) => {
                self.answers.remove(&field.key);
                self.miss(&hint, script, turn);
            }
        }
    }

    /// Words that may be wrong are read back before they are written, where that would not happen anyway.
    fn write_or_read_back(
        &mut self,
        field: &Field,
        value: String,
        doubtful: bool,
        turn: &mut Turn,
    ) {
        if doubtful && !field.read_back {
            self.answers.insert(
                field.key.clone(),
                Answer::Proposed {
                    value,
                    spoken: None,
                },
            );
        } else {
            turn.set_field(&field.key, &value, !field.read_back);
        }
    }

    /// An answer that stopped half way, with what came after it.
    fn continued(&self, field: &Field, begun: &str, text: &str) -> String {
        if field.kind == Kind::Phone {
            return contact::continued(begun, text);
        }
        if values::extract(field, text, self.today).is_ok() {
            return text.to_owned();
        }
        format!("{begun} {text}")
    }

    pub(super) fn take_confirmation(
        &mut self,
        field: &Field,
        text: &str,
        doubtful: bool,
        script: &Script,
        turn: &mut Turn,
    ) {
        let Some(Answer::Proposed { value, .. }) = self.answers.get(&field.key).cloned() else {
            return;
        };
        if let Some(amended) = values::amended(field, &value, text, self.today) {
            self.heard = None;
            turn.set_field(&field.key, &amended, false);
            return;
        }
        match reply::parse(text) {
            Reply::Yes | Reply::No(_) if doubtful => {
                self.miss(phrases::YES_OR_NO, script, turn);
            }
            Reply::Yes => turn.set_field(&field.key, &value, true),
            Reply::No(None) => self.reject(field, turn),
            Reply::No(Some(instead)) => match values::extract(field, &instead, self.today) {
                Err(_) if instead.split_whitespace().count() <= 3 => self.reject(field, turn),
                _ => self.take_value(field, &instead, doubtful, script, turn),
            },
            Reply::Other => self.take_other(field, &value, text, script, turn),
        }
    }

    fn reject(&mut self, field: &Field, turn: &mut Turn) {
        self.answers.remove(&field.key);
        self.asked = Asked::Value(field.key.clone());
        turn.say(phrases::ASK_AGAIN);
    }

    /// Neither yes nor no: the rest of a value that was read back too early, or another one.
    fn take_other(
        &mut self,
        field: &Field,
        value: &str,
        text: &str,
        script: &Script,
        turn: &mut Turn,
    ) {
        if values::is_fragment(field, value, text)
            && let Some((_, heard)) = self.heard.clone().filter(|(key, _)| *key == field.key)
        {
            let whole = format!("{} {text}", heard.trim_end_matches(['.', ',']));
            if let Ok(value) = values::extract(field, &whole, self.today) {
                self.heard = Some((field.key.clone(), whole));
                turn.set_field(&field.key, &value, false);
                return;
            }
        }
        // A value of a strict kind is a correction even without a `no`; free text could be anything.
        match values::extract(field, text, self.today) {
            Ok(other)
                if !matches!(field.kind, Kind::ShortText | Kind::LongText | Kind::Address)
                    || text.split_whitespace().count() > 1 =>
            {
                self.heard = Some((field.key.clone(), text.to_owned()));
                turn.set_field(&field.key, &other, false);
            }
            _ => self.miss(phrases::YES_OR_NO, script, turn),
        }
    }

    /// An answer could not be used: asks again, then in other words and with the other ways out, and in the
    /// end leaves the field out or calls a person.
    pub(super) fn miss(&mut self, why: &str, script: &Script, turn: &mut Turn) {
        self.misses = self.misses.saturating_add(1);
        let field = self.asked.key().and_then(|key| script.field(key)).cloned();
        let Some(field) = field else {
            turn.say(why);
            return;
        };
        match (self.misses, field.required) {
            (0 | 1, _) => turn.say(why),
            (2, required) => {
                let is_value = matches!(self.asked, Asked::Value(_)) && why != phrases::NEEDED;
                turn.say(if is_value {
                    values::second_hint(field.kind)
                } else {
                    why
                });
                turn.say(if required {
                    phrases::TYPE_OR_PERSON
                } else {
                    phrases::TYPE_OR_SKIP
                });
            }
            (_, false) => {
                self.answers.insert(field.key.clone(), Answer::Skipped);
                self.forget_question();
                turn.say(phrases::LEFT_OUT);
            }
            (misses, true) if misses >= PATIENCE => self.hand_over(
                phrases::GIVE_UP,
                &format!("The answer to `{}` could not be understood.", field.key),
                script,
                turn,
            ),
            (_, true) => turn.say(phrases::STUCK),
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
        self.stage = super::Stage::HandingOver;
        reason.clone_into(&mut self.reason);
        turn.say(say);
        turn.call("escalate", json!({ "reason": reason }));
    }

    pub(super) fn end(&mut self, reason: &str, script: &Script, turn: &mut Turn) {
        self.stage = super::Stage::Over;
        turn.closed = true;
        if script.tools.end_call {
            turn.call("end_call", json!({ "reason": reason }));
        }
    }
}
