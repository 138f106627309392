//! Responses: from `response.created` to `response.done`, one step of the dialogue after another.

mod ending;
mod output;

use super::items::{Meaning, NewItem};
use super::{Engine, Job, Peer};
use crate::dialogue::{Dialogue, Heard, SessionView, Step};
use crate::random::random_id;
use crate::session::check_response;
use crate::wire::{Refusal, Usage};
use ending::Ending;
use output::Utterance;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Instant;

/// One response in the making.
pub(super) struct Response {
    pub(super) id: String,
    /// Out-of-band responses read the conversation but do not add to it.
    of_conversation: bool,
    overrides: Value,
    /// A dialogue of its own, for a response that was given its own context.
    own_context: Option<Dialogue>,
    phase: Phase,
    steps: VecDeque<Step>,
    finished: Vec<Value>,
    usage: Usage,
}

enum Phase {
    /// The words of the turn it answers are not known yet.
    AwaitingWords,
    /// Nothing has been decided yet.
    Thinking(Instant),
    /// A text is being turned into sound.
    Voicing(Job, Utterance),
    /// The sound or text is coming out.
    Uttering(Utterance),
    /// The next step begins at once.
    Stepping,
}

impl Response {
    pub(super) fn is_of_conversation(&self) -> bool {
        self.of_conversation
    }

    /// When it goes on by itself.
    pub(super) fn due(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Thinking(at) => Some(*at),
            Phase::Uttering(utterance) => Some(utterance.next_word),
            Phase::AwaitingWords | Phase::Voicing(..) | Phase::Stepping => None,
        }
    }

    fn override_of(&self, name: &str) -> Option<&Value> {
        self.overrides.get(name).filter(|value| !value.is_null())
    }
}

impl Engine {
    /// A client asked for a response.
    pub(super) fn create_response(
        &mut self,
        from: Peer,
        given: Option<&Value>,
        now: Instant,
    ) -> Result<(), Refusal> {
        let nothing = json!({});
        let overrides = given.unwrap_or(&nothing);
        check_response(overrides)?;
        let aside = overrides.get("conversation").and_then(Value::as_str) == Some("none");
        if !aside && let Some(active) = self.main_response() {
            return Err(Refusal::new(
                "conversation_already_has_active_response",
                format!(
                    "Conversation already has an active response in progress: {}. Wait until the response is finished before creating a new one.",
                    active.id
                ),
            ));
        }
        let own_context = match overrides.get("input").and_then(Value::as_array) {
            Some(input) => Some(self.context_of(input)?),
            None if aside => Some(Dialogue::new()),
            None => None,
        };
        tracing::debug!(peer = ?from, "a response was asked for");
        self.start_response(overrides.clone(), own_context, !aside, now);
        Ok(())
    }

    /// A dialogue that knows only the given items.
    fn context_of(&self, input: &[Value]) -> Result<Dialogue, Refusal> {
        let mut dialogue = Dialogue::new();
        for item in input {
            let is_reference = item.get("type").and_then(Value::as_str) == Some("item_reference");
            if is_reference {
                let id = item.get("id").and_then(Value::as_str).unwrap_or_default();
                let known = self.conversation.item(id).ok_or_else(|| {
                    Refusal::of(
                        "invalid_value",
                        "response.input",
                        format!("Item '{id}' does not exist."),
                    )
                })?;
                if let Some(words) = known
                    .pointer("/content/0/transcript")
                    .and_then(Value::as_str)
                {
                    dialogue.on_user(Heard::Speech(words.to_owned()));
                }
                continue;
            }
            match NewItem::parse(item)?.meaning {
                Meaning::Typed(text) => dialogue.on_user(Heard::Typed(text)),
                Meaning::Note(text) => dialogue.on_note(&text),
                Meaning::ToolOutput { .. } | Meaning::History => {}
            }
        }
        Ok(dialogue)
    }

    /// Begins a response, asked for or automatic.
    pub(super) fn start_response(
        &mut self,
        overrides: Value,
        own_context: Option<Dialogue>,
        of_conversation: bool,
        now: Instant,
    ) {
        self.quiet_since = None;
        let awaits_words = own_context.is_none() && self.listening.awaits_words();
        let phase = if awaits_words {
            Phase::AwaitingWords
        } else {
            Phase::Thinking(now + self.pace.step)
        };
        let response = Response {
            id: random_id("resp_", 21),
            of_conversation,
            overrides,
            own_context,
            phase,
            steps: VecDeque::new(),
            finished: Vec::new(),
            usage: Usage::default(),
        };
        let created = json!({ "type": "response.created", "response": self.response_body(&response, "in_progress", &Value::Null) });
        self.send_all(created);
        self.responses.push(response);
    }

    /// The words that a response waits for have come.
    pub(super) fn words_came(&mut self, now: Instant) {
        let at = now + self.pace.step;
        for response in &mut self.responses {
            if matches!(response.phase, Phase::AwaitingWords) {
                response.phase = Phase::Thinking(at);
            }
        }
    }

    /// A text has become sound, or has none.
    pub(crate) fn spoken(&mut self, job: Job, sound: Option<&[i16]>, now: Instant) {
        for response in &mut self.responses {
            if matches!(&response.phase, Phase::Voicing(awaited, _) if *awaited == job)
                && let Phase::Voicing(_, mut utterance) =
                    std::mem::replace(&mut response.phase, Phase::Stepping)
            {
                utterance.give_sound(sound);
                utterance.next_word = now;
                response.phase = Phase::Uttering(utterance);
            }
        }
        self.advance_responses(now);
    }

    /// Moves every response on as far as it goes now.
    pub(super) fn advance_responses(&mut self, now: Instant) {
        for mut response in std::mem::take(&mut self.responses) {
            match self.advance(&mut response, now) {
                Some(ending) => self.end_response(&response, &ending),
                None => self.responses.push(response),
            }
        }
        if self.answer_owed && self.main_response().is_none() {
            self.answer_owed = false;
            self.start_response(json!({}), None, true, now);
        }
    }

    fn advance(&mut self, response: &mut Response, now: Instant) -> Option<Ending> {
        loop {
            match std::mem::replace(&mut response.phase, Phase::Stepping) {
                Phase::Thinking(at) if at <= now => {
                    if self.faults.take(|faults| &mut faults.quota_failures) {
                        return Some(Ending::Failed {
                            code: "insufficient_quota",
                            message: "You exceeded your current quota, please check your plan and billing details.",
                        });
                    }
                    self.decide(response);
                }
                Phase::Uttering(mut utterance) => {
                    while utterance.next_word <= now && !utterance.is_over() {
                        self.utter_word(response, &mut utterance);
                        if self.is_over_budget(response, &utterance) {
                            self.close_utterance(response, utterance, "incomplete");
                            return Some(Ending::Incomplete);
                        }
                    }
                    if !utterance.is_over() {
                        response.phase = Phase::Uttering(utterance);
                        return None;
                    }
                    self.close_utterance(response, utterance, "completed");
                }
                Phase::Stepping => match response.steps.pop_front() {
                    None => return Some(Ending::Completed),
                    Some(Step::Say(text)) => {
                        response.phase = self.open_utterance(response, text, now)
                    }
                    Some(Step::CallTool { name, arguments }) => {
                        if let Some(ending) = self.call_tool(response, &name, arguments) {
                            return Some(ending);
                        }
                    }
                },
                waiting @ (Phase::AwaitingWords | Phase::Thinking(_) | Phase::Voicing(..)) => {
                    response.phase = waiting;
                    return None;
                }
            }
        }
    }

    /// Asks the dialogue what to do, and counts what it had to read for that.
    fn decide(&mut self, response: &mut Response) {
        let mut own = response.own_context.take();
        let tools = response.override_of("tools").and_then(Value::as_array);
        let tools = tools.map_or_else(|| self.session.tools().to_vec(), Clone::clone);
        let choice = response
            .override_of("tool_choice")
            .cloned()
            .unwrap_or_else(|| self.session.value("tool_choice"));
        let view = SessionView {
            instructions: self.session.instructions(),
            tools: &tools,
            tool_choice: &choice,
        };
        let override_instructions = response.override_of("instructions").and_then(Value::as_str);
        let dialogue = own.as_mut().unwrap_or(&mut self.dialogue);
        let steps = dialogue.respond(&view, override_instructions);
        let instructions = override_instructions
            .unwrap_or(self.session.instructions())
            .to_owned();
        response.own_context = own;
        response.steps = steps.into();
        response.usage = self.read_everything(instructions, tools);
    }

    fn is_over_budget(&self, response: &Response, utterance: &Utterance) -> bool {
        let limit = response.override_of("max_output_tokens").cloned();
        let limit = limit
            .unwrap_or_else(|| self.session.value("max_output_tokens"))
            .as_u64();
        let used = response.usage.output.total() + utterance.tokens(&self.mouth).total();
        limit.is_some_and(|limit| used > limit)
    }
}

/// A response that is being made, for tests of its parts.
#[cfg(test)]
pub(super) fn tests_only_response() -> Response {
    Response {
        id: random_id("resp_", 21),
        of_conversation: true,
        overrides: json!({}),
        own_context: None,
        phase: Phase::Stepping,
        steps: VecDeque::new(),
        finished: Vec::new(),
        usage: Usage::default(),
    }
}
