//! `vestibule provider`: what the provider enforces, found out by the operator.

use super::{asked_to_stop, say};
use crate::{
    config::{CheckProvider, ProviderCommand},
    state::{self, Running},
};
use anyhow::bail;
use domain::{
    provider_check::{ProviderCheck, Question, Verdict, residual_risks},
    workflow::ConnectionMode,
};
use runtime::Clock;
use serde_json::json;
use service::{Service, check_provider};
use std::time::Duration;

/// How long stopping may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn run(command: ProviderCommand) -> anyhow::Result<()> {
    match command {
        ProviderCommand::Check(flags) => check(&flags).await,
    }
}

async fn check(flags: &CheckProvider) -> anyhow::Result<()> {
    let Running { service, rehearsal } = state::open(&flags.serve, Clock::system()).await?;
    let checked = match (&rehearsal, flags.yes) {
        (None, false) => Err(anyhow::anyhow!(
            "this makes up to four real calls of a few seconds each and one short response at the provider, \
             which may bill them; say --yes to go ahead"
        )),
        (None, true) => {
            if !flags.json {
                say(
                    "making a few short, real calls at the provider, which may bill them (up to a minute)",
                );
            }
            uninterrupted(&service).await
        }
        (Some(_), _) => uninterrupted(&service).await,
    };
    service::drain::close(&service).await;
    if let Some(rehearsal) = rehearsal {
        rehearsal.shutdown().await;
    }
    let check = checked?;
    let mode = default_mode(flags.serve.provider.provider_sealed, &check);
    if flags.json {
        say(&as_json(&check, mode).to_string());
    } else {
        show(&check, mode);
    }
    passes(&check, mode)
}

/// Checks to the end: told to stop, it still hangs up what it made.
async fn uninterrupted(service: &Service) -> anyhow::Result<ProviderCheck> {
    let checking = check_provider::check_provider(service);
    tokio::pin!(checking);
    let checked = tokio::select! {
        checked = &mut checking => checked,
        () = asked_to_stop() => {
            let (_, checked) = tokio::join!(service.tasks().stop(PATIENCE), checking);
            checked
        }
    };
    Ok(checked?)
}

/// The mode of workflows that leave it to us: sealed where the operator says so, or where it was seen.
fn default_mode(said: Option<bool>, check: &ProviderCheck) -> ConnectionMode {
    if said.unwrap_or_else(|| check.holds(Question::SealedOffers)) {
        ConnectionMode::Sealed
    } else {
        ConnectionMode::Brokered
    }
}

/// Whether the default mode has all it needs.
fn passes(check: &ProviderCheck, mode: ConnectionMode) -> anyhow::Result<()> {
    let lacking = check.lacks(mode);
    if lacking.is_empty() {
        return Ok(());
    }
    let lacking: Vec<String> = lacking
        .into_iter()
        .map(|question| {
            let verdict = check.verdict(question).words();
            format!("{} ({verdict})", question.asked())
        })
        .collect();
    bail!(
        "{} mode, the default with this provider, needs what was not seen: {}",
        mode.as_str(),
        lacking.join(" ")
    )
}

fn show(check: &ProviderCheck, mode: ConnectionMode) {
    let profile = &check.profile;
    say(&format!(
        "{} ({}, {})",
        profile.name, profile.kind, profile.base_url
    ));
    for finding in &check.findings {
        say(&format!("\n{}", finding.question.asked()));
        say(&format!("  {}: {}", finding.verdict.words(), finding.seen));
    }
    for (name, risks) in all_risks(check) {
        say(&format!("\nWhat remains possible in {name} mode:"));
        for risk in risks {
            say(&format!("  - {risk}"));
        }
    }
    say(&format!(
        "\nThe default mode with this provider is {}.",
        mode.as_str()
    ));
    if check
        .findings
        .iter()
        .all(|finding| finding.verdict == Verdict::Unclear)
    {
        say("Nothing could be found out, so what was known before stays.");
    }
}

fn as_json(check: &ProviderCheck, mode: ConnectionMode) -> serde_json::Value {
    let findings: Vec<_> = check
        .findings
        .iter()
        .map(|finding| {
            json!({
                "question": finding.question,
                "asked": finding.question.asked(),
                "seen": finding.seen,
                "verdict": finding.verdict,
            })
        })
        .collect();
    json!({
        "profile": check.profile,
        "at": check.at.to_string(),
        "findings": findings,
        "default_mode": mode.as_str(),
        "lacking": check.lacks(mode),
        "residual_risks": all_risks(check)
            .into_iter()
            .collect::<std::collections::BTreeMap<_, _>>(),
    })
}

/// What remains possible, mode by mode.
fn all_risks(check: &ProviderCheck) -> [(&'static str, Vec<&'static str>); 3] {
    ConnectionMode::ALL.map(|mode| (mode.as_str(), residual_risks(mode, Some(check))))
}
