//! The dialogue engine: what the assistant says and does next, decided from the session's own
//! instructions and tools and nothing else. It is deterministic and has no I/O.
//!
//! # The contract it reads
//!
//! **Tools** are function tools in the provider's flat shape. The engine uses those of these four that
//! the session offers:
//!
//! | tool | arguments |
//! |---|---|
//! | `set_field` | `field`: one of the keys, `value`: text, `confirmed`: boolean |
//! | `finish_intake` | none |
//! | `escalate` | `reason`: text |
//! | `end_call` | `reason`: text |
//!
//! In the schema of `set_field`, `parameters.properties.field.enum` lists the keys in asking order and
//! `parameters.properties.field.description` holds one line for each field:
//!
//! ```text
//! key | label | type | required|optional | read_back|no_read_back | question | choices: a; b; c
//! ```
//!
//! The last part is there only for `choice`. The types are `short_text`, `long_text`, `number`, `money`,
//! `date`, `time`, `phone`, `email`, `address`, `choice` and `yes_no`. Other lines are skipped.
//!
//! **Instructions** have sections under these headings; others are not read:
//!
//! ```text
//! # Opening line      the text to say first
//! # Rules             lines; one with `say: TEXT` prescribes the answer to the subject it names
//!                     (cost, price, fee, payment; advice)
//! # Emergency exit    `say: TEXT` and `words: one; another; …`
//! # Already known     lines `key = value (confirmed|edited|proposed)`, for a resumed intake
//! # Today             a date, `2026-11-21`; relative days are understood only with it
//! ```
//!
//! **Tool outputs** are JSON. `set_field` answers
//! `{"ok":true,"field":…,"value":…,"state":"confirmed"|"proposed","say":…,"missing":[…],"unconfirmed":[…]}`
//! (all but `ok` optional), and any tool refuses with
//! `{"ok":false,"error":{"type":…,"message":…}}`; `finish_intake` refuses with type `not_ready` and the
//! lists `missing` and `unconfirmed`.
//!
//! **Notes** are system messages. `The form was edited by staff: key = "value" (confirmed)` sets a value that
//! is not asked for again, `# Today` sets the day, and a line `Say: TEXT` is said in the next response.
//! The instructions of a single response may hold such a `Say:` line too; it is then all that is said.
//!
//! # What it does
//!
//! It says the opening line, asks for each required field, then offers each optional one once, writes every
//! answer with `set_field`, reads back what must be confirmed and what recognition was not sure of, takes
//! several answers in one breath and corrections at any time, waits for the rest of what stopped half way,
//! asks again in other words, goes back, repeats and skips when told to, declines
//! prices, advice and whatever is off topic, hands over to a person when asked or when it is stuck, leaves at once in an emergency,
//! and ends with `finish_intake` and `end_call`. A response has at most one tool call, and it comes last.
//!
//! Without a `set_field` tool in this grammar it has no task: it says so and repeats what it understands.

mod contact;
mod conversation;
mod dates;
mod email;
mod intent;
mod numbers;
mod phrases;
mod reply;
mod script;
mod several;
mod spelling;
mod times;
mod values;
mod words;

use script::Script;
use serde_json::Value;

/// What a response may look at: the effective configuration at that moment.
#[derive(Debug, Clone, Copy)]
pub struct SessionView<'a> {
    /// The session's instructions.
    pub instructions: &'a str,
    /// The function tools, as configured.
    pub tools: &'a [Value],
    /// `"auto"`, `"none"`, `"required"` or `{"type":"function","name":…}`.
    pub tool_choice: &'a Value,
}

/// One user turn, as far as it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Spoken words.
    Speech(String),
    /// Spoken words that may be wrong: recognition was not sure of them.
    Doubtful(String),
    /// Typed words.
    Typed(String),
    /// Somebody spoke, but the words could not be made out.
    Unintelligible,
    /// Nothing was said for a while.
    Silence,
}

/// One thing that a response does, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Says a text aloud.
    Say(String),
    /// Asks for a tool to be run.
    CallTool {
        /// The tool's name.
        name: String,
        /// Its arguments, as JSON text.
        arguments: String,
    },
}

/// Something that happened since the last response.
#[derive(Debug, PartialEq)]
enum Input {
    User(Heard),
    ToolOutput {
        name: String,
        arguments: String,
        output: String,
    },
    Note(String),
}

/// The state of one conversation.
#[derive(Debug, Default)]
pub struct Dialogue {
    inbox: Vec<Input>,
    conversation: conversation::Conversation,
}

impl Dialogue {
    /// A conversation in which nothing has been said.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A user turn was added to the conversation.
    pub fn on_user(&mut self, heard: Heard) {
        self.inbox.push(Input::User(heard));
    }

    /// A tool's output came back for a call this engine asked for.
    pub fn on_tool_output(&mut self, name: &str, call_arguments: &str, output: &str) {
        self.inbox.push(Input::ToolOutput {
            name: name.to_owned(),
            arguments: call_arguments.to_owned(),
            output: output.to_owned(),
        });
    }

    /// A tool's output was taken out of the conversation. It goes unread, unless a response has read it.
    pub fn forget_tool_output(&mut self, name: &str, call_arguments: &str, output: &str) {
        let gone = Input::ToolOutput {
            name: name.to_owned(),
            arguments: call_arguments.to_owned(),
            output: output.to_owned(),
        };
        if let Some(at) = self.inbox.iter().position(|input| *input == gone) {
            self.inbox.remove(at);
        }
    }

    /// A system or developer message arrived.
    pub fn on_note(&mut self, text: &str) {
        self.inbox.push(Input::Note(text.to_owned()));
    }

    /// What the next response does. Empty when there is nothing to say.
    pub fn respond(
        &mut self,
        session: &SessionView<'_>,
        override_instructions: Option<&str>,
    ) -> Vec<Step> {
        if let Some(text) = override_instructions.and_then(conversation::dictated) {
            return vec![Step::Say(text)];
        }
        let script = Script::read(session);
        let steps = self
            .conversation
            .respond(std::mem::take(&mut self.inbox), &script);
        choose(steps, session.tool_choice)
    }
}

/// Applies the session's `tool_choice`: `none` allows no call, a named function allows no other.
fn choose(mut steps: Vec<Step>, tool_choice: &Value) -> Vec<Step> {
    let named = tool_choice.get("name").and_then(Value::as_str);
    let none = tool_choice.as_str() == Some("none");
    steps.retain(|step| match step {
        Step::Say(_) => true,
        Step::CallTool { name, .. } => !none && named.is_none_or(|named| named == name),
    });
    steps
}

/// Every sentence of fixed wording that a conversation with this session can hold, so that a voice
/// can be rendered beforehand.
#[must_use]
pub fn fixed_sentences(session: &SessionView<'_>) -> Vec<String> {
    let script = Script::read(session);
    let mut texts: Vec<String> = phrases::all().map(str::to_owned).collect();
    texts.extend(script.opening_line.iter().cloned());
    texts.extend(
        script
            .emergency
            .iter()
            .map(|emergency| emergency.say.clone()),
    );
    texts.extend(script.fields.iter().map(conversation::question));
    texts.extend(script.rules.iter().filter_map(|rule| {
        rule.split_once("say: ")
            .map(|(_, sentence)| sentence.trim().to_owned())
    }));
    texts.extend(
        script
            .fields
            .iter()
            .flat_map(|field| values::hints(field.kind))
            .map(str::to_owned),
    );
    let mut sentences: Vec<String> = texts
        .iter()
        .flat_map(|text| sentences(text))
        .map(str::to_owned)
        .collect();
    sentences.sort();
    sentences.dedup();
    sentences
}

/// The sentences of a text: each ends with `.`, `!` or `?` before a space.
pub(crate) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.trim();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest
            .match_indices(". ")
            .chain(rest.match_indices("! "))
            .chain(rest.match_indices("? "))
            .map(|(at, _)| at + 1)
            .min();
        let (sentence, tail) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        rest = tail.trim_start();
        Some(sentence)
    })
}

#[cfg(test)]
mod tests;
