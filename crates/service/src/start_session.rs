//! Starting a session: everything is decided before anything is paid for (promise 2).

use crate::{
    Error, Origin, Service,
    access::{self, Found},
    at_rest::Pinned,
    configure_call, connect_call, end_session,
    record::{Line, record_state, record_trouble},
};
use domain::{
    IdempotencyKey, IntakeId, Private, SessionId, Timestamp,
    audit::{Actor, AuditAction},
    call::CallConfiguration,
    person::Principal,
    sdp::DtlsFingerprint,
    session::{ClientKind, EndReason, Grant, Session, SessionState},
    trouble::ProviderTrouble,
    workflow::ConnectionMode,
};
use policy::{Action, StartFacts};
use realtime::Minted;
use std::time::Duration;
use store::{NewSecret, StoreError, Taken, Tx, Workspace};

/// How far the provider's clock may be from ours.
const MINT_SLACK: Duration = Duration::from_secs(30);

/// A wish to talk.
#[derive(Debug)]
pub struct Start {
    /// The intake to fill.
    pub intake: IntakeId,
    /// The page's DTLS certificate, which the secret is bound to. Without one the session is for
    /// another client, which only some workflows take.
    pub fingerprint: Option<DtlsFingerprint>,
    /// How the person agreed to the disclosure; there is no start without it.
    pub consent: &'static str,
    /// Repeating the same click starts nothing twice.
    pub idempotency: IdempotencyKey,
    /// Where the wish came from, for the audit trail.
    pub from: Origin,
}

impl Start {
    const fn client(&self) -> ClientKind {
        match self.fingerprint {
            Some(_) => ClientKind::OurPage,
            None => ClientKind::Other,
        }
    }
}

/// All that the browser receives (promise 3).
#[derive(Debug)]
pub struct Started {
    /// The session.
    pub session: SessionId,
    /// Our secret.
    pub secret: Private<String>,
    /// When the secret dies.
    pub expires_at: Timestamp,
    /// Where to post the offer: a path of ours, or the provider's address in a direct session.
    pub calls_path: String,
}

/// Starts a session.
///
/// # Errors
/// `Refused` with policy's reason, `TooMany` over the rate, `Conflict` when the click was already
/// answered or somebody else talks on the intake.
pub async fn start_session(
    service: &Service,
    principal: &Principal,
    start: &Start,
) -> Result<Started, Error> {
    let started = decide_and_start(service, principal, start).await;
    if let Err(error) = &started {
        record_refusal(service, principal, start, error).await?;
    }
    started
}

async fn decide_and_start(
    service: &Service,
    principal: &Principal,
    start: &Start,
) -> Result<Started, Error> {
    let found = service.find_intake(principal, &start.intake).await?;
    let workspace = service
        .store
        .workspace(&found.version.workspace)
        .await?
        .ok_or(Error::NotFound)?;
    let consent = !start.consent.is_empty();
    let mut facts = service.start_facts(
        &workspace,
        &found.version.definition,
        consent,
        start.client(),
    );
    access::decide(
        principal,
        &Action::StartSession {
            intake: found.facts(),
            state: found.version.state,
            start: &facts,
        },
    )?;
    // After what policy can say without counting, so that a refused start costs nothing of the rate.
    take_a_start(service, principal).await?;

    let mut tx = service.store.begin().await?;
    // Starts on this server, of a person, in a workspace and on an intake follow one another: the
    // counts below hold.
    tx.lock_starts().await?;
    facts.stopped = access::is_stop(tx.meta(access::STARTS_STOPPED).await?);
    tx.lock_user(&principal.user).await?;
    tx.lock_workspace(&workspace.id)
        .await?
        .ok_or(Error::NotFound)?;
    let locked = tx
        .lock_intake(&workspace.id, &start.intake)
        .await?
        .ok_or(Error::NotFound)?;
    let earlier = end_earlier(service, &mut tx, principal, &locked.intake.id, &workspace).await?;
    facts.running_of_user = tx.running_of_user(&principal.user).await?;
    facts.running_of_workspace = tx.running_of_workspace(&workspace.id).await?;
    facts.running_on_server = tx.running_on_server().await?;
    let talk = tx
        .talk(
            access::spender(principal, &locked.intake),
            service.now().month_began(),
        )
        .await?;
    let definition = &found.version.definition;
    access::count_talk(&mut facts, &talk, definition, &service.settings.sessions);
    let intake = access::facts(&locked.intake, &found.version);
    access::decide(
        principal,
        &Action::StartSession {
            intake,
            state: found.version.state,
            start: &facts,
        },
    )?;

    let session = open(service, principal, &found, start.client(), &facts);
    let secret = service.ids.secret();
    let expires_at = session.started_at + service.settings.sessions.secret_life;
    let stored = NewSecret {
        hash: vault::hash_secret(&secret),
        session: session.id.clone(),
        fingerprint: start.fingerprint.clone(),
        expires_at,
    };
    tx.create_session(&session, &start.idempotency, &stored)
        .await
        .map_err(|error| match error {
            StoreError::Unique => Error::conflict(
                "already_started",
                "This start was already answered. Press Start again.",
            ),
            other => Error::Store(other),
        })?;
    record_start(service, &mut tx, &session, start).await?;
    tx.commit().await?;

    service.hub.wake(&session.intake);
    if let Some(earlier) = earlier {
        end_session::after(service, &earlier);
    }
    if session.mode == ConnectionMode::Direct {
        return mint(service, &session).await;
    }
    Ok(Started {
        session: session.id,
        secret,
        expires_at,
        calls_path: service.settings.calls_path.clone(),
    })
}

/// Has the provider mint the secret with which the browser makes the call itself. The session's own
/// random tag is in the configuration: the call shows by it whose it is.
async fn mint(service: &Service, session: &Session) -> Result<Started, Error> {
    let mut configuration = connect_call::configuration(service, session).await?;
    configuration
        .instructions
        .push_str(&format!("\n# Reference\n{}\n", service.ids.tag()));
    let (life, person) = (
        service.settings.sessions.secret_life,
        service.keys.pseudonym("safety", session.user.as_str()),
    );
    let minted = service.provider.mint(&configuration, life, &person).await;
    let (trouble, code) = match &minted {
        // One that lives much longer than asked for is not the one that was asked for.
        Ok(minted) if minted.expires_at > service.now() + life + MINT_SLACK => {
            (ProviderTrouble::Unusable, Some("long_lived".to_owned()))
        }
        Ok(minted) => return keep_minted(service, session, configuration, minted).await,
        Err(error) => (error.trouble(), error.code().map(str::to_owned)),
    };
    record_trouble(service, session, trouble, code).await?;
    end_session::end(service, session, EndReason::ProviderFailed, Actor::Server).await?;
    Err(Error::conflict(trouble.as_str(), trouble.sentence()))
}

async fn keep_minted(
    service: &Service,
    session: &Session,
    configuration: CallConfiguration,
    minted: &Minted,
) -> Result<Started, Error> {
    let pinned = Pinned {
        // From here on it is compared with what the provider says, so in its own words.
        configuration: CallConfiguration {
            model: minted.model.clone().unwrap_or(configuration.model),
            ..configuration
        },
        minted: Some(minted.secret.clone()),
    };
    let sealed = service.pinned_at_rest(&session.id, &pinned)?;
    let hash = vault::hash_secret(&minted.secret);
    let mut tx = service.store.begin().await?;
    let kept = tx
        .keep_minted(&session.id, &hash, minted.expires_at, &sealed)
        .await?;
    tx.commit().await?;
    if !kept {
        return Err(Error::conflict(
            "session_ended",
            "The session has ended. Your answers are safe; start again.",
        ));
    }
    Ok(Started {
        session: session.id.clone(),
        secret: minted.secret.clone(),
        expires_at: minted.expires_at,
        calls_path: service.provider.calls_url().to_string(),
    })
}

/// Resuming ends the intake's old session in the same transaction (product: outcome of an intake).
async fn end_earlier(
    service: &Service,
    tx: &mut Tx,
    principal: &Principal,
    intake: &IntakeId,
    workspace: &Workspace,
) -> Result<Option<Session>, Error> {
    let Some(earlier) = tx.running_of_intake(&workspace.id, intake).await? else {
        return Ok(None);
    };
    if earlier.user != principal.user {
        return Err(Error::conflict(
            "somebody_talks",
            "Somebody is talking on this intake now.",
        ));
    }
    end_session::end_in(service, tx, &earlier, EndReason::TabLost, Actor::Server).await?;
    Ok(Some(earlier))
}

async fn take_a_start(service: &Service, principal: &Principal) -> Result<(), Error> {
    let key = format!("session-start/{}", principal.user);
    match service
        .store
        .take(&key, service.settings.sessions.starts_per_user)
        .await?
    {
        Taken::Allowed => Ok(()),
        Taken::Denied { retry_after } => Err(Error::TooMany {
            retry_after,
            message: "You started many conversations in a short time.",
        }),
    }
}

fn open(
    service: &Service,
    principal: &Principal,
    found: &Found,
    client: ClientKind,
    facts: &StartFacts,
) -> Session {
    let now = service.now();
    let definition = &found.version.definition;
    let configuration = configure_call::lasting_configuration(
        service.provider.profile(),
        &service.settings,
        definition,
    );
    // An intake's time is one, over all its sessions.
    let longest = facts
        .intake_left
        .min(service.settings.sessions.session_ceiling);
    let reserved = facts
        .allowance
        .map_or(longest, |allowance| allowance.left.min(longest));
    Session {
        id: service.ids.session(),
        workspace: found.version.workspace.clone(),
        intake: found.stored.intake.id.clone(),
        workflow: found.version.workflow.clone(),
        version: found.version.id.clone(),
        user: principal.user.clone(),
        login: principal.login.clone(),
        state: SessionState::Starting,
        mode: definition.connection,
        client,
        config_hash: vault::sha256_hex(
            realtime::session_json(&configuration)
                .to_string()
                .as_bytes(),
        ),
        grants: Grant::FULL.to_vec(),
        profile: service.provider.profile().name.clone(),
        call: None,
        hangup_pending: false,
        started_at: now,
        live_at: None,
        deadline_at: now + longest,
        seen_at: now,
        connected_at: None,
        reserved,
        spoken_at: None,
        paused_at: None,
        ended_at: None,
    }
}

async fn record_start(
    service: &Service,
    tx: &mut Tx,
    session: &Session,
    start: &Start,
) -> Result<(), Error> {
    let actor = || Actor::User(session.user.clone());
    let consent = Line::new(AuditAction::ConsentRecorded, actor())
        .session(session)
        .with("how", start.consent);
    service.audit(tx, consent).await?;
    let line = Line::new(AuditAction::SessionStarted, actor())
        .session(session)
        .with("version", session.version.as_str())
        .with("mode", session.mode.as_str())
        .with("client", session.client.as_str())
        .with("config_hash", &session.config_hash)
        .coming_from(service, &start.from);
    service.audit(tx, line).await?;
    record_state(tx, session, session.state, session.started_at).await?;
    Ok(())
}

async fn record_refusal(
    service: &Service,
    principal: &Principal,
    start: &Start,
    error: &Error,
) -> Result<(), Error> {
    let why = match error {
        Error::Refused(refusal) => refusal.code(),
        Error::TooMany { .. } => "too_many_starts",
        Error::Conflict { code, .. } => code,
        Error::NotFound => "not_found",
        _ => return Ok(()),
    };
    let mut line = Line::new(
        AuditAction::SessionRefused,
        Actor::User(principal.user.clone()),
    )
    .with("why", why)
    .with("client", start.client().as_str());
    if let (Ok(membership), false) = (
        access::membership(principal),
        matches!(error, Error::NotFound),
    ) {
        line = line.intake(&membership.workspace, &start.intake);
    }
    service.audit_alone(line).await
}
