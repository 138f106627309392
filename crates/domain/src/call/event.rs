//! What a call tells us and what we tell it, free of any provider's JSON.

use crate::{ItemId, Private, ResponseId, ToolCallId, event::Speaker, tool::ToolCall};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One tool as told to the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolDefinition {
    /// Its name.
    pub name: String,
    /// When to use it.
    pub description: String,
    /// JSON Schema of its arguments.
    pub parameters: serde_json::Value,
}

/// The whole configuration a call is created with and held to (product: configuration drift). Kept,
/// sealed, with the session: a process that takes over holds the call to the very same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallConfiguration {
    /// The provider's model.
    pub model: String,
    /// System rules and the workflow's text.
    pub instructions: String,
    /// The tools.
    pub tools: Vec<ToolDefinition>,
    /// The voice. Not part of what is restored: it is frozen after the first sound.
    pub voice: String,
    /// Language of the conversation, ISO 639-1.
    pub language: String,
    /// The model that transcribes the person's words.
    pub transcription_model: String,
    /// The most tokens one response may have (requirement A52).
    pub max_output_tokens: u32,
    /// Silence that ends a turn, in milliseconds.
    pub silence_ms: u32,
}

/// The parts of a configuration that must not change during a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PinnedPart {
    /// The instructions.
    Instructions,
    /// The tools.
    Tools,
    /// How tools are chosen.
    ToolChoice,
    /// The model.
    Model,
    /// Audio or text out.
    Modalities,
    /// Transcription of the person's words.
    Transcription,
    /// The cap on a response.
    MaxOutputTokens,
    /// That the provider answers the person's turns by itself.
    TurnDetection,
}

/// The pinned parts as the provider says they are in effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveConfiguration {
    /// The instructions.
    pub instructions: Private<String>,
    /// The tools, in the provider's order.
    pub tools: Vec<ToolDefinition>,
    /// `auto` when unchanged; anything else as JSON text.
    pub tool_choice: String,
    /// The model.
    pub model: String,
    /// `["audio"]` when unchanged.
    pub modalities: Vec<String>,
    /// The transcription model, none when switched off.
    pub transcription_model: Option<String>,
    /// The cap on a response, none for `inf`.
    pub max_output_tokens: Option<u32>,
    /// Whether the provider finds the person's turns and answers them by itself.
    pub answers_turns: bool,
}

impl CallConfiguration {
    /// Whether a response is given otherwise than configured. What is not said is taken for ours.
    #[must_use]
    pub fn is_overridden(&self, shape: &ResponseShape) -> bool {
        let other = |said: &Option<String>, ours: &str| said.as_ref().is_some_and(|it| it != ours);
        shape.modalities.as_ref().is_some_and(|it| it != &["audio"])
            || other(&shape.voice, &self.voice)
            || other(
                &shape.max_output_tokens,
                &self.max_output_tokens.to_string(),
            )
    }

    /// Which pinned parts are not ours. Empty when the call is as we made it.
    #[must_use]
    pub fn drift(&self, effective: &EffectiveConfiguration) -> Vec<PinnedPart> {
        #[expect(
            clippy::disallowed_methods,
            reason = "compared with our own instructions, not shown"
        )]
        let instructions = effective.instructions.expose();
        let checks = [
            (PinnedPart::Instructions, &self.instructions == instructions),
            (PinnedPart::Tools, self.tools == effective.tools),
            (PinnedPart::ToolChoice, effective.tool_choice == "auto"),
            // A provider may answer with a dated snapshot of the model we asked for.
            (
                PinnedPart::Model,
                effective.model == self.model
                    || effective.model.starts_with(&format!("{}-20", self.model)),
            ),
            (PinnedPart::Modalities, effective.modalities == ["audio"]),
            (
                PinnedPart::Transcription,
                effective.transcription_model.as_ref() == Some(&self.transcription_model),
            ),
            (
                PinnedPart::MaxOutputTokens,
                effective.max_output_tokens == Some(self.max_output_tokens),
            ),
            // Otherwise a stranger could answer in its place, and pass for it.
            (PinnedPart::TurnDetection, effective.answers_turns),
        ];
        checks
            .into_iter()
            .filter(|(_, same)| !same)
            .map(|(part, _)| part)
            .collect()
    }
}

/// What an item of the conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// Words of the person, spoken.
    PersonAudio,
    /// Words of the person, typed.
    PersonText,
    /// Words of the assistant.
    Assistant,
    /// A system or developer message.
    System,
    /// A request to act.
    ToolCall,
    /// The answer to one.
    ToolOutput,
    /// Anything else.
    Other,
}

/// How a response is to be given. A request for one can ask for another than the configuration's; what
/// else it can ask for, instructions and tools, no provider shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResponseShape {
    /// Audio or text.
    pub modalities: Option<Vec<String>>,
    /// The voice.
    pub voice: Option<String>,
    /// The cap: a number, or `inf`.
    pub max_output_tokens: Option<String>,
}

/// How a response ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseStatus {
    /// Whole.
    Completed,
    /// Cut short: by speech or by request.
    Cancelled,
    /// Cut short by a limit.
    Incomplete,
    /// It failed.
    Failed,
}

/// Tokens of one response (requirement A32).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Input tokens, cached ones included.
    pub input: u64,
    /// Cached input tokens.
    pub cached: u64,
    /// Audio input tokens.
    pub input_audio: u64,
    /// Output tokens.
    pub output: u64,
    /// Audio output tokens.
    pub output_audio: u64,
}

/// What the control link saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEvent {
    /// The configuration in effect, after an update by anybody.
    Configuration(Box<EffectiveConfiguration>),
    /// The person began to speak.
    SpeechStarted {
        /// The item their turn will be.
        item: ItemId,
        /// Position in the call's audio, in milliseconds.
        at_ms: u64,
    },
    /// The person stopped.
    SpeechStopped {
        /// The item their turn will be.
        item: ItemId,
        /// Position in the call's audio, in milliseconds.
        at_ms: u64,
    },
    /// Audio of a turn was committed: from here on it counts as heard.
    AudioCommitted {
        /// The item.
        item: ItemId,
    },
    /// An item joined the conversation.
    ItemAdded {
        /// The item.
        item: ItemId,
        /// The one before it.
        after: Option<ItemId>,
        /// What it is.
        kind: ItemKind,
        /// Its text, for typed and system items and for answers to tool calls.
        text: Option<Private<String>>,
        /// The tool call it answers.
        answers: Option<ToolCallId>,
    },
    /// More words of a turn.
    Words {
        /// The item.
        item: ItemId,
        /// Who speaks.
        speaker: Speaker,
        /// The words to append.
        delta: Private<String>,
    },
    /// All words of a turn.
    WordsDone {
        /// The item.
        item: ItemId,
        /// Who spoke.
        speaker: Speaker,
        /// The whole text.
        text: Private<String>,
    },
    /// The person's words could not be transcribed.
    WordsFailed {
        /// The item.
        item: ItemId,
    },
    /// A response began.
    ResponseStarted {
        /// The response.
        response: ResponseId,
        /// Whether it belongs to the conversation (`conversation` is not none).
        in_conversation: bool,
        /// The command of ours that asked for it, if one did: `respond`.
        asked_by: Option<String>,
        /// How it is to be given, as far as the provider says.
        shape: ResponseShape,
    },
    /// A response is generated; it may still be playing.
    ResponseDone {
        /// The response.
        response: ResponseId,
        /// How it ended.
        status: ResponseStatus,
        /// The failure's code, such as `insufficient_quota`.
        failure: Option<String>,
        /// What it used, if told.
        usage: Option<Usage>,
    },
    /// The model finished a request to act.
    ToolCall(ToolCall),
    /// The assistant's sound began to play.
    PlaybackStarted {
        /// The response.
        response: ResponseId,
    },
    /// It was played to its end.
    PlaybackStopped {
        /// The response.
        response: ResponseId,
    },
    /// It was cut off.
    PlaybackCleared {
        /// The response, if told.
        response: Option<ResponseId>,
    },
    /// An item was cut to what was really heard.
    ItemTruncated {
        /// The item.
        item: ItemId,
    },
    /// The provider refused something we or the browser sent.
    Error {
        /// Its code.
        code: Option<String>,
        /// The `event_id` of the command it answers, if it was ours.
        command: Option<String>,
    },
    /// The provider ended the session by its own clock.
    Expired,
    /// Anything else; only its type is kept.
    Other {
        /// The event's type.
        kind: String,
    },
}

/// What we tell the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallCommand {
    /// Ask for the configuration in effect: a `session.update` holding only `type`, because sending
    /// our own would hide tampering.
    AskConfiguration,
    /// Put our configuration back, without the voice.
    RestoreConfiguration,
    /// Have the model say something now, optionally with instructions for this once.
    Respond {
        /// Instructions for this response only.
        instructions: Option<String>,
    },
    /// Answer a tool call.
    ToolOutput {
        /// The tool call.
        call: ToolCallId,
        /// The item's id, chosen by us.
        item: ItemId,
        /// The answer, as text.
        output: Private<String>,
    },
    /// Add a message of ours that the model reads but does not speak.
    Note {
        /// The item's id, chosen by us.
        item: ItemId,
        /// The text.
        text: Private<String>,
    },
    /// Add words that the person typed.
    PersonText {
        /// The item's id, chosen by us.
        item: ItemId,
        /// The words.
        text: Private<String>,
    },
    /// Take an item out of the conversation.
    DeleteItem {
        /// The item.
        item: ItemId,
    },
    /// Stop generating.
    CancelResponse,
    /// Stop playing.
    ClearPlayback,
    /// Throw away what was heard and is no turn yet.
    ClearInput,
}

/// How the control link ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkEnd {
    /// A clean close: the call is probably over.
    Clean,
    /// It broke.
    Broken,
}

/// How long we let the goodbye play before hanging up anyway (realtime reference 5.1).
pub const GOODBYE_GRACE: Duration = Duration::from_secs(10);
