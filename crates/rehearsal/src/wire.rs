//! The shapes of refusals and events on the wire, exactly as a client of the real provider reads
//! them. What the events mean is decided in `engine`.

use serde_json::{Value, json};

/// A request or an event that is not accepted, with the reason as the provider would word it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The machine-readable reason.
    pub(crate) code: &'static str,
    /// The sentence for people.
    pub(crate) message: String,
    /// The dotted path of the offending parameter.
    pub(crate) param: Option<String>,
}

impl Refusal {
    /// A refusal that is about no parameter in particular.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            param: None,
        }
    }

    /// A refusal of one parameter.
    pub(crate) fn of(code: &'static str, param: &str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            param: Some(param.to_owned()),
        }
    }

    /// A parameter that does not exist.
    pub(crate) fn unknown_parameter(path: &str) -> Self {
        Self::of(
            "unknown_parameter",
            path,
            format!("Unknown parameter: '{path}'."),
        )
    }

    /// A parameter that must be given.
    pub(crate) fn missing_parameter(path: &str) -> Self {
        Self::of(
            "missing_required_parameter",
            path,
            format!("Missing required parameter: '{path}'."),
        )
    }

    /// A parameter of another JSON type than the one expected.
    pub(crate) fn wrong_type(path: &str, expected: &str, given: &Value) -> Self {
        let given = match given {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        };
        Self::of(
            "invalid_type",
            path,
            format!("Invalid type for '{path}': expected {expected}, but got {given} instead."),
        )
    }

    /// A parameter whose value is not among the supported ones.
    pub(crate) fn unsupported_value(path: &str, given: &str, supported: &[&str]) -> Self {
        let list = supported
            .iter()
            .map(|value| format!("'{value}'"))
            .collect::<Vec<_>>()
            .join(", ");
        Self::of(
            "invalid_value",
            path,
            format!("Invalid value: '{given}'. Supported values are: {list}."),
        )
    }

    /// The body of an HTTP answer.
    pub(crate) fn body(&self, kind: &str) -> Value {
        json!({ "error": {
            "message": self.message, "type": kind, "param": self.param, "code": self.code,
        } })
    }

    /// The `error` event, answering the client's `event_id`.
    pub(crate) fn event(&self, answers: Option<&str>) -> Value {
        json!({ "type": "error", "error": {
            "type": "invalid_request_error", "code": self.code, "message": self.message,
            "param": self.param, "event_id": answers,
        } })
    }
}

/// Text and audio tokens of one side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) text: u64,
    pub(crate) audio: u64,
}

impl Tokens {
    /// Both kinds together.
    pub(crate) fn total(self) -> u64 {
        self.text + self.audio
    }
}

impl std::ops::AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        self.text += other.text;
        self.audio += other.audio;
    }
}

/// What one response cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) input: Tokens,
    /// The part of `input` that was read before.
    pub(crate) cached: Tokens,
    pub(crate) output: Tokens,
}

impl Usage {
    /// The `usage` object of `response.done`.
    pub(crate) fn to_json(self) -> Value {
        json!({
            "total_tokens": self.input.total() + self.output.total(),
            "input_tokens": self.input.total(),
            "output_tokens": self.output.total(),
            "input_token_details": {
                "text_tokens": self.input.text, "audio_tokens": self.input.audio, "image_tokens": 0,
                "cached_tokens": self.cached.total(),
                "cached_tokens_details": {
                    "text_tokens": self.cached.text, "audio_tokens": self.cached.audio, "image_tokens": 0,
                },
            },
            "output_token_details": { "text_tokens": self.output.text, "audio_tokens": self.output.audio },
        })
    }
}
