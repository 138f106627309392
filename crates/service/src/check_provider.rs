//! Checking a provider: real, short calls that show what it enforces and what it only says (promise 9).
//! It talks and listens as a browser does, hangs up whatever it made, and writes down what it saw.

mod key_call;
mod probe;
mod sealed_call;
mod secret_call;
mod secret_life;

use crate::{Error, Service, record::Line};
use domain::{
    audit::{Actor, AuditAction},
    provider_check::{CheckedProfile, ProviderCheck, Question, Verdict},
};
use probe::Probe;
use realtime::ProviderProfile;
use store::Store;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum CheckProviderError {
    /// The process was told to stop meanwhile. Whatever was made is hung up.
    #[error("the check was interrupted")]
    Interrupted,
    /// It failed on our side.
    #[error("the check failed on our side")]
    Failed(#[source] Error),
}

impl<E: Into<Error>> From<E> for CheckProviderError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Asks the provider everything, within a minute, and keeps the result. It makes at most four calls of
/// a few seconds and one short response, which the provider may bill. Where nothing could be found
/// out, what was known before stays. The work goes on to its end also when nobody waits for it.
///
/// # Errors
/// `Interrupted` when the service is being stopped, `Failed` when the result could not be written.
pub async fn check_provider(service: &Service) -> Result<ProviderCheck, CheckProviderError> {
    let work = {
        let service = service.clone();
        async move { run(&service).await }
    };
    service
        .tasks
        .run("provider check", work)
        .await
        .ok_or(Error::Inconsistent("a check that panicked"))?
}

async fn run(service: &Service) -> Result<ProviderCheck, CheckProviderError> {
    let at = service.now();
    let probe = Probe::new(service);
    let findings = {
        let probe = probe.clone();
        // Apart, so that whatever happens in there, what it made is hung up.
        service.tasks.run("provider probes", ask_everything(probe))
    }
    .await;
    probe.hang_up_everything().await;
    if service.tasks.is_stopping() {
        return Err(CheckProviderError::Interrupted);
    }
    let check = ProviderCheck {
        profile: checked_profile(service.provider.profile()),
        at,
        findings: findings.ok_or(Error::Inconsistent("a probe that panicked"))?,
    };
    if Question::ALL
        .iter()
        .any(|question| check.verdict(*question) != Verdict::Unclear)
    {
        keep(service, &check).await?;
    }
    Ok(check)
}

/// From what every mode needs to what only some do, in case that time runs out.
async fn ask_everything(mut probe: Probe) -> Vec<domain::provider_check::Finding> {
    let connected = key_call::ask(&mut probe).await;
    sealed_call::ask(&mut probe, connected).await;
    secret_life::ask(&mut probe).await;
    secret_call::ask(&mut probe).await;
    probe.findings()
}

/// Writes the result over the one before, and that it was written, in one transaction.
async fn keep(service: &Service, check: &ProviderCheck) -> Result<(), Error> {
    let text = serde_json::to_string(check)
        .map_err(|_| Error::Inconsistent("a check that cannot be written"))?;
    let of = |verdict: Verdict| {
        let questions = Question::ALL
            .map(|question| (check.verdict(question) == verdict).then(|| question.as_str()));
        questions
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let line = Line::new(AuditAction::ProviderChecked, Actor::Operator)
        .with("provider", &check.profile.name)
        .with("enforced", of(Verdict::Enforced))
        .with("not_enforced", of(Verdict::NotEnforced))
        .with("unclear", of(Verdict::Unclear));
    let mut tx = service.store.begin().await?;
    tx.set_meta(&meta_key(&check.profile.name), &text).await?;
    service.audit(&mut tx, line).await?;
    Ok(tx.commit().await?)
}

/// What the last check of this very provider found: same name, same kind, same address.
///
/// # Errors
/// When the database fails.
pub async fn last_check(
    store: &Store,
    profile: &ProviderProfile,
) -> Result<Option<ProviderCheck>, Error> {
    let Some(text) = store.meta(&meta_key(&profile.name)).await? else {
        return Ok(None);
    };
    match serde_json::from_str::<ProviderCheck>(&text) {
        Ok(check) if check.profile == checked_profile(profile) => Ok(Some(check)),
        Ok(_) => Ok(None),
        // Written by another version: better asked again than misread.
        Err(error) => {
            tracing::warn!(%error, "the last check of the provider cannot be read; check it again");
            Ok(None)
        }
    }
}

fn checked_profile(profile: &ProviderProfile) -> CheckedProfile {
    CheckedProfile {
        name: profile.name.clone(),
        kind: profile.kind.as_str().to_owned(),
        base_url: profile.base_url.to_string(),
    }
}

fn meta_key(profile: &str) -> String {
    format!("provider_check/{profile}")
}
