//! What a person said: wishes first, then the answer to what was asked.

use super::{ADVICE_SUBJECTS, Asked, Conversation, PRICE_SUBJECTS, Stage, turn::Turn};
use crate::dialogue::{
    intent::{self, Intent},
    phrases,
    reply::{self, Reply},
    script::{Emergency, Field, Kind, Script},
    several, values,
};

impl Conversation {
    /// Takes what a person said. Wishes come first, whatever was asked; `doubtful` words change nothing
    /// without being read back.
    pub(super) fn hear(
        &mut self,
        text: &str,
        doubtful: bool,
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
        let intent = intent::find(text, script, asked.as_ref());
        if let Some(intent) = intent.clone().filter(Intent::is_urgent) {
            self.follow(intent, script, turn);
            return;
        }
        if !before_first_question && let Some(field) = &asked {
            if self.take_several(field, text, doubtful, script, turn) {
                return;
            }
            if self.is_aside(intent.as_ref()) && self.is_sure_value(field, text) {
                self.take_reply(field, text, doubtful, script, turn);
                return;
            }
        }
        match intent.filter(|intent| self.is_usable(intent, script)) {
            Some(intent) => self.follow(intent, script, turn),
            None if before_first_question => {}
            None if script.fields.is_empty() => {
                turn.say(format!("You said: {}", text.trim()));
                turn.closed = true;
            }
            None => {
                if let Some(field) = asked {
                    self.take_reply(&field, text, doubtful, script, turn);
                }
            }
        }
    }

    /// An intent that a value given with it makes an aside: `Can I give you my cell? It's 555 0142.`
    fn is_aside(&self, intent: Option<&Intent>) -> bool {
        matches!(
            intent,
            Some(Intent::OffTopic | Intent::Why | Intent::Wait | Intent::Hearing)
        ) && matches!(self.asked, Asked::Value(_))
    }

    /// A correction counts only when the field can hold what it says.
    fn is_usable(&self, intent: &Intent, script: &Script) -> bool {
        match intent {
            Intent::Correct {
                key,
                value: Some(value),
            } => script
                .field(key)
                .is_some_and(|field| values::extract(field, value, self.today).is_ok()),
            _ => true,
        }
    }

    fn follow(&mut self, intent: Intent, script: &Script, turn: &mut Turn) {
        match intent {
            Intent::Emergency(word) => {
                let say = script
                    .emergency
                    .as_ref()
                    .map(|Emergency { say, .. }| say.clone())
                    .unwrap_or_default();
                let reason = format!("Emergency: the caller said \"{word}\".");
                self.hand_over(&say, &reason, script, turn);
            }
            Intent::Person => self.hand_over(
                phrases::PERSON,
                "The caller asked for a person.",
                script,
                turn,
            ),
            Intent::Repeat => {
                turn.say(self.last.clone());
                turn.closed = true;
            }
            Intent::Stop => {
                turn.say(phrases::STOPPING);
                self.end("The caller wanted to stop.", script, turn);
            }
            Intent::Correct { key, value } => self.correct(&key, value, script, turn),
            Intent::Back => self.go_back(script, turn),
            Intent::Wait => {
                turn.say(phrases::TAKE_YOUR_TIME);
                turn.closed = true;
            }
            Intent::Hearing => turn.say(phrases::I_HEAR_YOU),
            Intent::Identity => turn.say(phrases::AUTOMATED),
            Intent::Why => turn.say(phrases::PART_OF_THE_FORM),
            Intent::OffTopic => turn.say(phrases::OFF_TOPIC),
            Intent::Ruled(say) => turn.say(say),
            Intent::Price => turn.say(
                script
                    .prescribed(PRICE_SUBJECTS)
                    .unwrap_or(phrases::NO_PRICE),
            ),
            Intent::Advice => turn.say(
                script
                    .prescribed(ADVICE_SUBJECTS)
                    .unwrap_or(phrases::NO_ADVICE),
            ),
        }
    }

    fn correct(&mut self, key: &str, value: Option<String>, script: &Script, turn: &mut Turn) {
        let Some(field) = script.field(key) else {
            return;
        };
        self.misses = 0;
        match value {
            Some(value) => self.take_value(field, &value, false, script, turn),
            None => {
                self.answers.remove(key);
                self.ask(field, turn);
            }
        }
    }

    /// To the question before this one: the one that was asked before it, else the one before it in order.
    fn go_back(&mut self, script: &Script, turn: &mut Turn) {
        let current = self.asked.key().map(str::to_owned);
        self.trail.retain(|key| Some(key) != current.as_ref());
        let before = self.trail.pop().or_else(|| {
            script
                .asking_order()
                .take_while(|field| Some(&field.key) != current.as_ref())
                .last()
                .map(|field| field.key.clone())
        });
        match before.and_then(|key| script.field(&key)) {
            Some(field) => {
                self.forget_question();
                self.answers.remove(&field.key);
                self.ask(field, turn);
            }
            None => turn.say(phrases::FIRST_QUESTION),
        }
    }

    fn take_reply(
        &mut self,
        field: &Field,
        text: &str,
        doubtful: bool,
        script: &Script,
        turn: &mut Turn,
    ) {
        match self.asked {
            Asked::Value(_) => self.take_answer(field, text, doubtful, script, turn),
            Asked::Confirmation(_) => self.take_confirmation(field, text, doubtful, script, turn),
            Asked::Nothing => {}
        }
    }

    /// Takes an answer with others in the same breath. False when there are none.
    fn take_several(
        &mut self,
        field: &Field,
        text: &str,
        doubtful: bool,
        script: &Script,
        turn: &mut Turn,
    ) -> bool {
        let open: Vec<&Field> = script
            .fields
            .iter()
            .filter(|field| !self.answers.contains_key(&field.key))
            .collect();
        let answers = several::split(text, script, field, &open, self.today);
        if answers.others.is_empty() {
            return false;
        }
        let usable = match self.asked {
            Asked::Value(_) => values::extract(field, &answers.own, self.today).is_ok(),
            Asked::Confirmation(_) => reply::parse(&answers.own) == Reply::Yes,
            Asked::Nothing => false,
        };
        if usable {
            self.queue.extend(answers.others);
            self.take_reply(field, &answers.own, doubtful, script, turn);
        }
        usable
    }

    /// Whether a text holds a value that could be nothing else.
    fn is_sure_value(&self, field: &Field, text: &str) -> bool {
        matches!(
            field.kind,
            Kind::Phone | Kind::Email | Kind::Date | Kind::Time | Kind::Number | Kind::Money
        ) && values::extract(field, text, self.today).is_ok()
    }
}
