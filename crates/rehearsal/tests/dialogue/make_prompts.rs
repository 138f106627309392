//! Renders the prompts of the shipped workflows with flite into `assets/prompts.bin`. Run it again when a
//! workflow or a phrase of the dialogue changes: `cargo run -p rehearsal --example make_prompts`.

#[expect(
    clippy::unwrap_used,
    reason = "shared with tests, and a workflow that can't be read ends this too"
)]
mod contract;

use rehearsal::{
    dialogue::{SessionView, fixed_sentences},
    speech::{PromptPack, Voice, VoiceChoice, VoiceKind},
};
use std::{error::Error, path::Path};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut sentences = Vec::new();
    for name in contract::WORKFLOWS {
        let workflow = contract::workflow(name);
        let instructions = contract::instructions(&workflow);
        sentences.extend(fixed_sentences(&SessionView {
            instructions: &instructions,
            tools: &contract::tools(&workflow),
            tool_choice: &"auto".into(),
        }));
    }
    sentences.sort();
    sentences.dedup();
    let voice = Voice::detect(VoiceChoice::Detect).await;
    if voice.describe() != VoiceKind::Flite {
        return Err("install flite: the pack's licence note is about its voice".into());
    }
    let mut prompts = Vec::new();
    for sentence in sentences {
        let sound = voice.speak(&sentence).await?.ok_or("flite is silent")?;
        prompts.push((sentence, sound));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/prompts.bin");
    std::fs::write(path, PromptPack::write(&prompts)?)?;
    Ok(())
}
