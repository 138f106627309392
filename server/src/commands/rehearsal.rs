//! `vestibule rehearsal`: the rehearsal provider as a process of its own, which outlives a server
//! that crashes.

use super::{asked_to_stop, say, write_private};
use crate::{config::RehearsalAlone, state};
use anyhow::Context;
use domain::Private;
use rehearsal::{Rehearsal, RehearsalConfig};
use runtime::Clock;

pub(super) async fn run(flags: RehearsalAlone) -> anyhow::Result<()> {
    let config = RehearsalConfig {
        listen: flags.listen,
        allow_public: flags.allow_public_rehearsal,
        cors_origins: flags.cors,
        api_key: flags.rehearsal_key.map(Private::new),
        ..state::rehearsal_config(&flags.rehearsal)
    };
    let rehearsal = Rehearsal::start(config, Clock::system())
        .await
        .context("the rehearsal provider does not start")?;
    #[expect(
        clippy::disallowed_methods,
        reason = "shown to the operator who started it"
    )]
    let key = rehearsal.api_key().expose().clone();
    match &flags.rehearsal.rehearsal_file {
        Some(file) => write_private(
            file,
            &serde_json::json!({ "url": rehearsal.base_url(), "key": key }).to_string(),
        )?,
        None => say(&format!("key {key}")),
    }
    say(&format!("voice: {}", rehearsal.voice()));
    say(&format!("listening on {}", rehearsal.base_url()));
    asked_to_stop().await;
    rehearsal.shutdown().await;
    Ok(())
}
