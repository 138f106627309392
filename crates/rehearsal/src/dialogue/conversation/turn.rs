//! The response being put together: sentences, and at most one tool call at its end.

use crate::dialogue::Step;
use serde_json::{Value, json};

/// The response being put together.
#[derive(Debug, Default)]
pub(super) struct Turn {
    said: Vec<String>,
    call: Option<(&'static str, Value)>,
    /// Whether the turn is complete without a prompt for what comes next.
    pub(super) closed: bool,
}

impl Turn {
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.said.push(text.into());
    }

    pub(super) fn call(&mut self, name: &'static str, arguments: Value) {
        self.call = Some((name, arguments));
        self.closed = true;
    }

    pub(super) fn into_steps(self) -> Vec<Step> {
        let text = self.said.join(" ");
        let said = (!text.is_empty()).then_some(Step::Say(text));
        let called = self.call.map(|(name, arguments)| Step::CallTool {
            name: name.to_owned(),
            arguments: arguments.to_string(),
        });
        said.into_iter().chain(called).collect()
    }

    /// Writes a value into the form.
    pub(super) fn set_field(&mut self, key: &str, value: &str, confirmed: bool) {
        self.call(
            "set_field",
            json!({ "field": key, "value": value, "confirmed": confirmed }),
        );
    }
}
