//! Starting after a crash, before anybody is answered: what is overdue ends first. Calls that are still
//! up are taken over by the leash once the dead process's leases have run out.

use crate::{Error, Service, keep_leash};
use domain::session::{EndReason, SessionState};

/// Whether the provider was there all the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderLife {
    /// Its calls may still be up.
    Survived,
    /// It lives and dies with this process: every call it had is over.
    Ours,
}

/// Enforces what was missed. How many sessions still run.
///
/// # Errors
/// When the database fails. A provider that does not answer is no error: its calls stay pending, and
/// the leash goes on trying.
pub async fn recover(service: &Service, provider: ProviderLife) -> Result<usize, Error> {
    keep_leash::end_overdue(service).await?;
    let running = service.store.running_sessions().await?;
    let (gone, left): (Vec<_>, Vec<_>) = running.into_iter().partition(|session| {
        // A secret of ours that was not used yet is as good as before.
        provider == ProviderLife::Ours
            && session.profile == service.provider.profile().name
            && session.state != SessionState::Starting
    });
    keep_leash::end_these(service, &gone, EndReason::ControlLost).await?;
    Ok(left.len())
}
