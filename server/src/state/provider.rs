//! The provider's profile from the operator's choice, checked before anything is started.

use crate::config::{self, ProviderKind as Chosen};
use anyhow::{Context, bail};
use domain::Private;
use realtime::{ProviderKind, ProviderProfile};
use rehearsal::Rehearsal;
use std::fs;
use url::Url;

const MODEL: &str = "gpt-realtime-2.1";
const TRANSCRIPTION_MODEL: &str = "gpt-realtime-whisper";

/// The provider that the operator chose; none when it is the embedded rehearsal.
pub(super) fn chosen(flags: &config::Provider) -> anyhow::Result<Option<ProviderProfile>> {
    let Some((kind, base_url)) = place(flags)? else {
        if flags.provider_key.is_some() || flags.provider_key_file.is_some() {
            bail!(
                "there is a provider's key but no provider to send it to: set VESTIBULE_PROVIDER_KIND or \
                 VESTIBULE_PROVIDER_URL"
            );
        }
        return Ok(None);
    };
    let (model, transcription_model) = models(flags, kind)?;
    Ok(Some(ProviderProfile {
        // Says which provider a call was made at, so that it is hung up there and nowhere else.
        name: format!("{}{}", base_url.authority(), base_url.path()),
        base_url,
        key: key(flags)?,
        kind,
        model,
        transcription_model,
        // Where the operator says nothing, what the last check saw is asked later.
        sealed: flags.provider_sealed.unwrap_or(false),
        rehearsal: flags.provider_is_rehearsal,
    }))
}

/// The embedded rehearsal as a provider like any other.
pub(super) fn of_rehearsal(
    rehearsal: &Rehearsal,
    flags: &config::Provider,
) -> anyhow::Result<ProviderProfile> {
    let kind = ProviderKind::Compatible;
    let (model, transcription_model) = models(flags, kind)?;
    Ok(ProviderProfile {
        name: "rehearsal".into(),
        base_url: Url::parse(&rehearsal.base_url())?,
        key: rehearsal.api_key().clone(),
        kind,
        model,
        transcription_model,
        sealed: true,
        rehearsal: true,
    })
}

/// Which kind, and where.
fn place(flags: &config::Provider) -> anyhow::Result<Option<(ProviderKind, Url)>> {
    let kind = flags.provider_kind.map(|kind| match kind {
        Chosen::OpenAi => ProviderKind::OpenAi,
        Chosen::OpenAiEu => ProviderKind::OpenAiEu,
        Chosen::Azure => ProviderKind::Azure,
        Chosen::Compatible => ProviderKind::Compatible,
    });
    let usual = || kind.and_then(ProviderKind::usual_url).map(Url::parse);
    let base_url = match &flags.provider_url {
        Some(url) => Some(url.clone()),
        None => usual().transpose()?,
    };
    match (kind, base_url) {
        (None, None) => Ok(None),
        (Some(kind), Some(url)) => Ok(Some((kind, url))),
        (None, Some(url)) => {
            let known = url.host_str().and_then(ProviderKind::of_host);
            Ok(Some((known.unwrap_or(ProviderKind::Compatible), url)))
        }
        (Some(ProviderKind::Azure), None) => bail!(
            "an Azure provider needs its address: set VESTIBULE_PROVIDER_URL to https://NAME.openai.azure.com/openai/v1"
        ),
        (Some(_), None) => {
            bail!("this kind of provider needs its address: set VESTIBULE_PROVIDER_URL")
        }
    }
}

/// The model that speaks and the one that transcribes.
fn models(flags: &config::Provider, kind: ProviderKind) -> anyhow::Result<(String, String)> {
    let (model, transcription_model) = (&flags.provider_model, &flags.transcription_model);
    if kind.names_deployments() && (model.is_none() || transcription_model.is_none()) {
        bail!(
            "on Azure a model goes by the name of its deployment: set VESTIBULE_PROVIDER_MODEL and \
             VESTIBULE_TRANSCRIPTION_MODEL to yours"
        );
    }
    let or = |said: &Option<String>, usual: &str| said.clone().unwrap_or_else(|| usual.to_owned());
    Ok((
        or(model, MODEL),
        or(transcription_model, TRANSCRIPTION_MODEL),
    ))
}

fn key(flags: &config::Provider) -> anyhow::Result<Private<String>> {
    match (&flags.provider_key, &flags.provider_key_file) {
        (Some(key), _) => Ok(Private::new(key.clone())),
        (None, Some(file)) => {
            let key = fs::read_to_string(file).with_context(|| {
                format!("the provider's key file {} cannot be read", file.display())
            })?;
            Ok(Private::new(key.trim().to_owned()))
        }
        (None, None) => bail!(
            "a provider needs a key: set VESTIBULE_PROVIDER_KEY_FILE or VESTIBULE_PROVIDER_KEY"
        ),
    }
}

#[cfg(test)]
mod tests;
