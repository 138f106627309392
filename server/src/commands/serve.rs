//! `vestibule serve`.

use super::{asked_to_stop, demo, say, write_private};
use crate::{
    config::Serve,
    listener::{Bounded, Peer},
    router::{self, Site},
    state::{self, Running},
};
use anyhow::Context;
use runtime::Clock;
use service::recover::{ProviderLife, recover};
use std::time::Duration;
use tokio::net::TcpListener;

/// How long stopping may take: calls are hung up and recorded.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn run(flags: Serve) -> anyhow::Result<()> {
    let Running { service, rehearsal } = state::open(&flags, Clock::system()).await?;
    // Before anybody is answered: what was missed while no process ran is enforced.
    let provider = if rehearsal.is_some() {
        ProviderLife::Ours
    } else {
        ProviderLife::Survived
    };
    let running = recover(&service, provider)
        .await
        .context("what was left running could not be ended")?;
    if running > 0 {
        tracing::warn!(
            sessions = running,
            "sessions of another process still run; their calls are taken over if it is gone"
        );
    }
    if rehearsal.is_some() && !flags.no_demo {
        demo::install(&service, &flags.demo).await?;
    }
    if let (Some(rehearsal), Some(file)) = (&rehearsal, &flags.rehearsal.rehearsal_file) {
        #[expect(
            clippy::disallowed_methods,
            reason = "written for its owner, who asked for it"
        )]
        let key = rehearsal.api_key().expose();
        write_private(
            file,
            &serde_json::json!({ "url": rehearsal.base_url(), "key": key }).to_string(),
        )?;
    }

    let listener = TcpListener::bind(flags.listen)
        .await
        .with_context(|| format!("{} cannot be listened on", flags.listen))?;
    let address = listener.local_addr()?;
    let tls = flags
        .public_url
        .as_ref()
        .is_some_and(|url| url.scheme() == "https");
    let routes = router::router(
        &service,
        &Site {
            folder: flags.site(),
            address,
            tls,
            calls_origins: flags.calls_origins.clone(),
        },
    )?;
    service
        .tasks()
        .spawn("leash", service::keep_leash::keep_leash(service.clone()));
    say(&format!("listening on http://{address}"));

    let stopping = service.clone();
    let serving = axum::serve(
        Bounded::new(listener),
        routes.into_make_service_with_connect_info::<Peer>(),
    )
    .with_graceful_shutdown(async move {
        asked_to_stop().await;
        say("stopping: conversations are ended and hung up");
        // While pages can still be told.
        if let Err(error) = service::drain::drain(&stopping, PATIENCE).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "stopping could not be recorded; the next start will"
            );
        }
    });
    let served = serving.await.context("serving ended");
    service::drain::close(&service).await;
    if let Some(rehearsal) = rehearsal {
        rehearsal.shutdown().await;
    }
    served
}
