//! A call with the dialogue engine, and a small server that checks values the way the product does.

use crate::contract::{instructions, tools, workflow};
use domain::FieldKey;
use domain::workflow::{WorkflowDefinition, normalise};
use rehearsal::dialogue::{Dialogue, Heard, SessionView, Step};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A call with the dialogue engine, and the server that runs its tools.
pub(crate) struct Call {
    pub(crate) definition: WorkflowDefinition,
    pub(crate) instructions: String,
    pub(crate) tools: Vec<Value>,
    pub(crate) dialogue: Dialogue,
    /// Value and whether it is confirmed.
    pub(crate) form: BTreeMap<String, (String, bool)>,
    /// Tool calls in order, as `name` or `name: reason`.
    pub(crate) calls: Vec<String>,
    pub(crate) said: String,
    /// The fields that were written.
    pub(crate) written: BTreeSet<String>,
}

impl Call {
    pub(crate) fn of(name: &str) -> Self {
        let definition = workflow(name);
        Self {
            instructions: instructions(&definition),
            tools: tools(&definition),
            definition,
            dialogue: Dialogue::new(),
            form: BTreeMap::new(),
            calls: Vec::new(),
            said: String::new(),
            written: BTreeSet::new(),
        }
    }

    pub(crate) fn started(name: &str) -> Self {
        let mut call = Self::of(name);
        call.respond();
        call
    }

    /// Lets the engine speak and runs its tools until it waits for the person. Returns what it said.
    pub(crate) fn respond(&mut self) -> &str {
        self.said.clear();
        loop {
            let auto = json!("auto");
            let steps = self.dialogue.respond(
                &SessionView {
                    instructions: &self.instructions,
                    tools: &self.tools,
                    tool_choice: &auto,
                },
                None,
            );
            let mut called = None;
            for step in steps {
                assert!(called.is_none(), "a tool call comes last");
                match step {
                    Step::Say(text) => {
                        self.said.push_str(&text);
                        self.said.push(' ');
                    }
                    Step::CallTool { name, arguments } => called = Some((name, arguments)),
                }
            }
            let Some((name, arguments)) = called else {
                return &self.said;
            };
            let output = self.run(&name, &serde_json::from_str(&arguments).unwrap());
            self.dialogue
                .on_tool_output(&name, &arguments, &output.to_string());
        }
    }

    fn readiness(&self) -> (Vec<&str>, Vec<&str>) {
        let missing = self
            .definition
            .fields()
            .filter(|field| field.required && !self.form.contains_key(field.key.as_str()))
            .map(|field| field.key.as_str())
            .collect();
        (
            missing,
            self.form
                .iter()
                .filter(|(_, (_, confirmed))| !confirmed)
                .map(|(key, _)| key.as_str())
                .collect(),
        )
    }

    fn run(&mut self, name: &str, arguments: &Value) -> Value {
        let reason = arguments["reason"].as_str();
        self.calls
            .push(reason.map_or_else(|| name.to_owned(), |reason| format!("{name}: {reason}")));
        match name {
            "set_field" => {
                let key = arguments["field"].as_str().unwrap().to_owned();
                let field = self
                    .definition
                    .field(&FieldKey::parse(&key).unwrap())
                    .unwrap();
                match normalise(field, arguments["value"].as_str().unwrap()) {
                    Err(problem) => {
                        json!({"ok": false, "error": {"type": "validation_error", "message": problem.to_string()}})
                    }
                    Ok(value) => {
                        let confirmed =
                            arguments["confirmed"].as_bool().unwrap() || !field.read_back;
                        self.written.insert(key.clone());
                        self.form.insert(key.clone(), (value.clone(), confirmed));
                        let (missing, unconfirmed) = self.readiness();
                        json!({"ok": true, "field": key, "value": value, "state": if confirmed { "confirmed" } else { "proposed" }, "missing": missing, "unconfirmed": unconfirmed})
                    }
                }
            }
            "finish_intake" => match self.readiness() {
                (missing, unconfirmed) if missing.is_empty() && unconfirmed.is_empty() => {
                    json!({"ok": true})
                }
                (missing, unconfirmed) => {
                    json!({"ok": false, "error": {"type": "not_ready", "missing": missing, "unconfirmed": unconfirmed}})
                }
            },
            _ => json!({"ok": true}),
        }
    }

    /// The person speaks; what the engine says must hold the expected words.
    #[track_caller]
    pub(crate) fn say(&mut self, text: &str, expected: &str) {
        self.dialogue.on_user(Heard::Speech(text.to_owned()));
        let said = self.respond();
        assert!(
            said.contains(expected),
            "after {text:?} it said {said:?}, expected {expected:?}"
        );
    }

    #[track_caller]
    pub(crate) fn has(&self, key: &str, value: &str) {
        assert_eq!(self.form.get(key), Some(&(value.to_owned(), true)), "{key}");
    }

    #[track_caller]
    pub(crate) fn is_finished(&self) {
        assert!(self.said.contains("Goodbye."), "{}", self.said);
        let [.., finish, end] = self.calls.as_slice() else {
            panic!("{:?}", self.calls)
        };
        assert_eq!(
            (finish.as_str(), end.starts_with("end_call")),
            ("finish_intake", true)
        );
    }
}
