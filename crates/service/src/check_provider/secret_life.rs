//! How long secrets may live. They are thrown away unused.

use super::probe::Probe;
use domain::provider_check::{Question, Verdict};
use realtime::CreateCallError;
use std::time::Duration;

const MINT: Duration = Duration::from_secs(5);

/// Lives in seconds, and whether they are within the documented bounds (realtime reference 1.1).
const LIVES: [(u64, bool); 4] = [(9, false), (10, true), (7_200, true), (7_201, false)];

/// Asks for a secret of each life.
pub(super) async fn ask(probe: &mut Probe) {
    let question = Question::SecretLife;
    let mut odd = Vec::new();
    for (seconds, within) in LIVES {
        let life = Duration::from_secs(seconds);
        let minting = probe
            .service
            .provider
            .mint(&probe.configuration, life, &probe.safety_id);
        match (probe.within(MINT, minting).await, within) {
            (Some(Ok(_)), true) | (Some(Err(CreateCallError::Refused { .. })), false) => {}
            (Some(Ok(_)), false) => odd.push(format!("one of {seconds} s was minted")),
            (Some(Err(CreateCallError::Refused { .. })), true) => {
                odd.push(format!("one of {seconds} s was refused"));
            }
            (Some(Err(error)), _) => {
                let why = format!("A secret of {seconds} s was not minted: {error}.");
                return probe.unclear(&[question], &why);
            }
            (None, _) => {
                let why = format!("Minting a secret of {seconds} s was not answered in time.");
                return probe.unclear(&[question], &why);
            }
        }
    }
    if odd.is_empty() {
        let seen = "Secrets of 10 s and 7200 s were minted, those of 9 s and 7201 s refused.";
        probe.found(question, Verdict::Enforced, seen);
    } else {
        let seen = format!(
            "Of secrets that live 9, 10, 7200 and 7201 s, {}.",
            odd.join(", ")
        );
        probe.found(question, Verdict::NotEnforced, seen);
    }
}
