//! The bundled prompts against the workflows they were rendered for.

use crate::contract::{WORKFLOWS, instructions, tools, workflow};
use rehearsal::dialogue::{SessionView, fixed_sentences};
use rehearsal::speech::PromptPack;
use serde_json::json;

#[test]
fn every_fixed_sentence_of_a_shipped_workflow_is_bundled() {
    let pack = PromptPack::bundled().unwrap();
    let auto = json!("auto");
    for name in WORKFLOWS {
        let workflow = workflow(name);
        let view = SessionView {
            instructions: &instructions(&workflow),
            tools: &tools(&workflow),
            tool_choice: &auto,
        };
        let missing: Vec<String> = fixed_sentences(&view)
            .into_iter()
            .filter(|sentence| !pack.has(sentence))
            .collect();
        assert!(
            missing.is_empty(),
            "{name}: run `cargo run -p rehearsal --example make_prompts`; missing are {missing:#?}"
        );
    }
}
