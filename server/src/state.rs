//! The composition root: the only place that knows every part.

mod provider;

use crate::config::{Data, Rehearsal as RehearsalFlags, Serve, SqliteSynchronous, VoiceOut};
use anyhow::{Context, bail};
use domain::{
    Private,
    limits::{Rate, SignInLimits},
    provider_check::Question,
};
use realtime::{Provider, ProviderKind, ProviderProfile};
use rehearsal::{
    MediaAddress, Rehearsal, RehearsalConfig,
    speech::{HearingChoice, VoiceChoice, VoiceKind},
};
use runtime::{Clock, Tasks};
use service::{Notice, Service, Settings, check_provider};
use std::{fs, net::IpAddr, net::Ipv4Addr, path::Path, time::Duration};
use store::{Store, StoreOptions, Synchronous};
use url::Url;
use vault::{KeyRing, PasswordCost};

/// Where our calls endpoint is.
pub const CALLS_PATH: &str = "/v1/realtime/calls";
/// The most tokens one response may have (requirement A52).
const MAX_OUTPUT_TOKENS: u32 = 1024;
/// Passwords hashed at once: each takes about 20 MB.
const HASHING_AT_ONCE: usize = 2;

/// The running parts.
pub struct Running {
    /// The use cases.
    pub service: Service,
    /// The embedded provider, when there is one.
    pub rehearsal: Option<Rehearsal>,
}

/// Opens everything that serving needs.
///
/// # Errors
/// When a part cannot be opened; the message says which and why.
pub async fn open(flags: &Serve, clock: Clock) -> anyhow::Result<Running> {
    check_listen(flags)?;
    let (store, keys) = open_data(&flags.demo.data).await?;
    let (mut profile, rehearsal) = open_provider(flags, &clock).await?;
    // What the operator says stands above what was seen, and the rehearsal is known.
    if flags.provider.provider_sealed.is_none() && rehearsal.is_none() {
        profile.sealed = check_provider::last_check(&store, &profile)
            .await
            .context("the last check of the provider cannot be read")?
            .is_some_and(|check| check.holds(Question::SealedOffers));
    }
    let notice = notice(&profile, flags, rehearsal.as_ref());
    let provider =
        Provider::new(profile, clock.clone()).context("the provider's profile cannot be used")?;
    let sign_ins = flags.limits.sign_ins_per_account;
    let settings = Settings {
        sessions: flags.limits.sessions()?,
        sign_in: SignInLimits {
            per_account: Rate {
                burst: sign_ins,
                per: Duration::from_secs(600),
            },
            per_address: Rate {
                burst: sign_ins.saturating_mul(3),
                per: Duration::from_secs(600),
            },
            ..SignInLimits::default()
        },
        direct_allowed: flags.provider.provider_direct || rehearsal.is_some(),
        notice,
        ..settings()
    };
    let service = Service::new(store, keys, clock, Tasks::new(), provider, settings);
    service::administer::check_key(&service)
        .await
        .context("this key cannot be used with this database")?;
    Ok(Running { service, rehearsal })
}

/// Whether people may reach us where we listen: on this machine, or by https, or because the operator
/// said so.
fn check_listen(flags: &Serve) -> anyhow::Result<()> {
    let https = flags
        .public_url
        .as_ref()
        .is_some_and(|url| url.scheme() == "https");
    if flags.listen.ip().is_loopback() || https || flags.allow_plain_http {
        return Ok(());
    }
    bail!(
        "{} can be reached by others, and passwords would go over it in clear: put TLS in front and set --public-url=https://…, \
         or say --allow-plain-http",
        flags.listen
    )
}

/// Opens what a command line task needs: no provider, no HTTP.
///
/// # Errors
/// When the database or the key cannot be opened.
pub async fn open_for_task(data: &Data) -> anyhow::Result<Service> {
    let clock = Clock::system();
    let (store, keys) = open_data(data).await?;
    // A task makes no calls; an address that nobody listens on keeps it so.
    let profile = ProviderProfile {
        name: "none".into(),
        base_url: Url::parse("http://127.0.0.1:9/v1")?,
        key: Private::new("unused".to_owned()),
        kind: ProviderKind::Compatible,
        model: "none".into(),
        transcription_model: "none".into(),
        sealed: true,
        rehearsal: false,
    };
    let provider = Provider::new(profile, clock.clone())?;
    let service = Service::new(store, keys, clock, Tasks::new(), provider, settings());
    service::administer::check_key(&service)
        .await
        .context("this key cannot be used with this database")?;
    Ok(service)
}

fn settings() -> Settings {
    Settings {
        sessions: domain::limits::SessionLimits::default(),
        sign_in: SignInLimits::default(),
        password_cost: PasswordCost::default(),
        password_hashing_at_once: HASHING_AT_ONCE,
        calls_path: CALLS_PATH.to_owned(),
        max_output_tokens: MAX_OUTPUT_TOKENS,
        direct_allowed: false,
        notice: Notice {
            rehearsal: false,
            hears: true,
            speaks: true,
            sentence: None,
        },
    }
}

async fn open_data(data: &Data) -> anyhow::Result<(Store, KeyRing)> {
    fs::create_dir_all(&data.data_dir)
        .with_context(|| format!("the data folder {} cannot be made", data.data_dir.display()))?;
    let keys = match &data.key {
        Some(hex) => {
            KeyRing::from_hex(&Private::new(hex.clone())).context("VESTIBULE_KEY cannot be used")?
        }
        None => load_key(data, &data.key_path())?,
    };
    let options = StoreOptions {
        synchronous: match data.sqlite_synchronous {
            SqliteSynchronous::Full => Synchronous::Full,
            SqliteSynchronous::Normal => Synchronous::Normal,
        },
        ..StoreOptions::default()
    };
    let store = Store::open(&data.database(), options)
        .await
        .context("the database cannot be opened")?;
    Ok((store, keys))
}

/// A key is only made for a database that is not there yet: a new key beside old data would lock it.
fn load_key(data: &Data, path: &Path) -> anyhow::Result<KeyRing> {
    let fresh = data.database_url.is_none() && !data.data_dir.join("vestibule.db").exists();
    let keys = if path.exists() || !fresh && data.database_url.is_none() {
        KeyRing::load(path)
    } else {
        KeyRing::load_or_create(path, &data.data_dir)
    };
    keys.with_context(|| format!("the key file {} cannot be used", path.display()))
}

async fn open_provider(
    flags: &Serve,
    clock: &Clock,
) -> anyhow::Result<(ProviderProfile, Option<Rehearsal>)> {
    if let Some(profile) = provider::chosen(&flags.provider)? {
        return Ok((profile, None));
    }
    if !flags.listen.ip().is_loopback() && !flags.allow_public_rehearsal {
        bail!(
            "the rehearsal provider and demo sign-ins stay on this machine: listen on 127.0.0.1, name a provider, \
             or say --allow-public-rehearsal"
        );
    }
    let config = RehearsalConfig {
        // Our own page makes direct calls there, from whatever address it is reached by.
        cors_origins: vec!["*".to_owned()],
        ..rehearsal_config(&flags.rehearsal)
    };
    let rehearsal = Rehearsal::start(config, clock.clone())
        .await
        .context("the rehearsal provider does not start")?;
    let profile = provider::of_rehearsal(&rehearsal, &flags.provider)?;
    Ok((profile, Some(rehearsal)))
}

/// The rehearsal provider's configuration from its flags.
#[must_use]
pub fn rehearsal_config(flags: &RehearsalFlags) -> RehearsalConfig {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let announced = |address: IpAddr| MediaAddress {
        announce: flags.rehearsal_public_ip,
        ..MediaAddress::on(address)
    };
    let mut media = vec![MediaAddress::on(loopback)];
    media.extend(
        flags
            .rehearsal_media
            .iter()
            .filter(|address| **address != loopback)
            .map(|address| announced(*address)),
    );
    RehearsalConfig {
        media,
        max_session: Duration::from_secs(flags.rehearsal_max_seconds),
        step_latency: Duration::from_millis(flags.rehearsal_step_ms),
        connect_timeout: Duration::from_secs(flags.rehearsal_connect_seconds),
        test_endpoints: flags.test_endpoints,
        voice: match flags.rehearsal_voice {
            VoiceOut::Detect => VoiceChoice::Detect,
            VoiceOut::Bundled => VoiceChoice::Bundled,
            VoiceOut::Captions => VoiceChoice::CaptionsOnly,
        },
        hearing: flags
            .hearing_model
            .clone()
            .map_or(HearingChoice::Deaf, HearingChoice::Whisper),
        ..RehearsalConfig::default()
    }
}

/// What the page says about who answers.
fn notice(profile: &ProviderProfile, flags: &Serve, rehearsal: Option<&Rehearsal>) -> Notice {
    let Some(rehearsal) = rehearsal else {
        let sentence = if profile.rehearsal {
            "Rehearsal: a practice assistant answers, not a real model."
        } else {
            "Not yet for real client data."
        };
        return Notice {
            rehearsal: profile.rehearsal,
            hears: true,
            speaks: true,
            sentence: Some(sentence.to_owned()),
        };
    };
    let hears = flags.rehearsal.hearing_model.is_some() || flags.rehearsal.test_endpoints;
    let speaks = rehearsal.voice() != VoiceKind::CaptionsOnly;
    let mut sentence =
        "Rehearsal: a practice assistant on this machine answers, not a real model.".to_owned();
    if !hears {
        sentence.push_str(" It cannot hear words; type the answers.");
    }
    match rehearsal.voice() {
        VoiceKind::CaptionsOnly => sentence.push_str(" It does not speak; read the captions."),
        VoiceKind::Bundled => {
            sentence.push_str(" It speaks prepared sentences only; the rest is in the captions.")
        }
        VoiceKind::Flite | VoiceKind::EspeakNg => {}
    }
    Notice {
        rehearsal: true,
        hears,
        speaks,
        sentence: Some(sentence),
    }
}

#[cfg(test)]
mod tests {
    use super::check_listen;
    use crate::config::{Command, CommandLine};
    use clap::Parser;

    fn may_listen(flags: &[&str]) -> bool {
        let line = [["vestibule", "serve"].as_slice(), flags].concat();
        match CommandLine::try_parse_from(line).unwrap().command {
            Command::Serve(serve) => check_listen(&serve).is_ok(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn passwords_go_over_a_network_in_clear_only_when_the_operator_says_so() {
        assert!(may_listen(&[]));
        assert!(may_listen(&["--listen=[::1]:3000"]));
        let public = "--listen=0.0.0.0:3000";
        assert!(!may_listen(&[public]));
        assert!(!may_listen(&[public, "--public-url=http://intake.example"]));
        assert!(may_listen(&[public, "--public-url=https://intake.example"]));
        assert!(may_listen(&[public, "--allow-plain-http"]));
    }
}
