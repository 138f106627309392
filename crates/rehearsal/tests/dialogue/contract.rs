//! A workflow file as the session a provider sees: the contract of `rehearsal::dialogue`, written out
//! by hand so that a test does not agree with the product by sharing its code.

use domain::workflow::{FieldDefinition, WorkflowDefinition};
use serde_json::{Value, json};
use std::path::Path;

/// The workflows that ship with the product.
pub(crate) const WORKFLOWS: [&str; 4] = [
    "legal-new-client",
    "insurance-first-notice",
    "clinic-pre-visit",
    "support-request",
];

/// A shipped workflow.
pub(crate) fn workflow(name: &str) -> WorkflowDefinition {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../workflows")
        .join(name)
        .with_extension("toml");
    let definition: WorkflowDefinition =
        toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    definition.check().unwrap();
    definition
}

/// Its instructions.
pub(crate) fn instructions(workflow: &WorkflowDefinition) -> String {
    let mut text = format!(
        "# Purpose\n{}\n\n# Rules\n{}\n\n# Opening line\n{}\n",
        workflow.purpose, workflow.rules, workflow.opening_line
    );
    if let Some(emergency) = &workflow.emergency {
        text.push_str(&format!(
            "\n# Emergency exit\nsay: {}\nwords: {}\n",
            emergency.say,
            emergency.words.join("; ")
        ));
    }
    text
}

/// Its tools.
pub(crate) fn tools(workflow: &WorkflowDefinition) -> Vec<Value> {
    let keys: Vec<&str> = workflow.fields().map(|field| field.key.as_str()).collect();
    let lines: Vec<String> = workflow.fields().map(line).collect();
    let tool = |name: &str, properties: Value| json!({"type": "function", "name": name, "parameters": {"type": "object", "properties": properties}});
    let reason = json!({"reason": {"type": "string"}});
    vec![
        tool(
            "set_field",
            json!({"field": {"type": "string", "enum": keys, "description": lines.join("\n")}, "value": {"type": "string"}, "confirmed": {"type": "boolean"}}),
        ),
        tool("finish_intake", json!({})),
        tool("escalate", reason.clone()),
        tool("end_call", reason),
    ]
}

fn line(field: &FieldDefinition) -> String {
    let choices = if field.choices.is_empty() {
        String::new()
    } else {
        format!(" | choices: {}", field.choices.join("; "))
    };
    let need = if field.required {
        "required"
    } else {
        "optional"
    };
    let back = if field.read_back {
        "read_back"
    } else {
        "no_read_back"
    };
    format!(
        "{} | {} | {} | {need} | {back} | {}{choices}",
        field.key.as_str(),
        field.label,
        field.kind.as_str(),
        field.question
    )
}
