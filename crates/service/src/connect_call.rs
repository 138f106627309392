//! Connecting: the page's secret and SDP offer become a call at the provider (promises 2, 3 and 4).

use crate::{
    Error, Origin, Service,
    at_rest::Pinned,
    authenticate, configure_call,
    control::{self, Driven},
    end_session,
    record::{Line, record_incident, record_state, record_trouble},
};
use domain::{
    LoginId, Private, SessionId,
    audit::{Actor, AuditAction},
    call::CallConfiguration,
    incident::Incident,
    sdp::{DataChannel, OfferProblem, SdpOffer},
    session::{ClientKind, EndReason, Lease, Session, SessionState},
    workflow::ConnectionMode,
};
use realtime::{CreateCallError, CreatedCall};
use std::convert::Infallible;
use store::{SecretFacts, SecretFate};
use tokio::sync::oneshot;

/// Why an offer was not answered. The server says each in the provider's own error shape.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The secret is unknown, used, expired, revoked, of another sign-in or of another page. One
    /// answer for all: it must not tell which.
    #[error("the secret was refused")]
    Secret,
    /// The offer cannot be passed on.
    #[error("the offer was refused")]
    Offer(#[source] OfferProblem),
    /// A sealed session's offer asks for a data channel.
    #[error("a sealed session takes no data channel")]
    DataChannel,
    /// The session ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// The provider refused or failed.
    #[error("the provider failed")]
    Provider(#[source] CreateCallError),
    /// It failed on our side.
    #[error("it failed on our side")]
    Internal(#[source] Error),
}

impl<E: Into<Error>> From<E> for ConnectError {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

/// A secret that was found good, before the offer is read.
#[derive(Debug)]
pub struct Admitted {
    secret: Private<String>,
    facts: SecretFacts,
    from: Origin,
}

/// The answer for the page.
#[derive(Debug)]
pub struct Connected {
    /// Our session, the only call id the page gets.
    pub session: SessionId,
    /// The provider's SDP answer.
    pub answer: String,
}

/// Checks the secret, and the sign-in of a cookie if one was sent, before the body is read.
///
/// # Errors
/// `Secret` for everything that is wrong with it.
pub async fn admit(
    service: &Service,
    secret: Private<String>,
    cookie: Option<&LoginId>,
    from: Origin,
) -> Result<Admitted, ConnectError> {
    let found = service.store.secret(&vault::hash_secret(&secret)).await?;
    // An unknown secret belongs to nobody, so there is nobody's trail to write it to; the request is in the log.
    let Some(facts) = found else {
        return Err(ConnectError::Secret);
    };
    let why = if facts.session.mode == ConnectionMode::Direct {
        // It is the provider's, and its call is made there.
        "direct"
    } else if facts.fate == Some(SecretFate::Used) {
        // Whoever has it has seen it at its first use.
        record_incident(service, &facts.session, Incident::SecretReplayed).await?;
        "used"
    } else if facts.expires_at <= service.now() {
        "expired"
    } else if facts.fate.is_some() || facts.session.state != SessionState::Starting {
        "session_over"
    } else if cookie.is_some_and(|login| login != &facts.session.login) {
        "other_sign_in"
    } else if authenticate::recognise_in(service, &facts.session.login, &facts.session.workspace)
        .await?
        .is_none()
    {
        // Whoever asked for the secret has signed out, or is no member any more.
        "revoked"
    } else {
        return Ok(Admitted {
            secret,
            facts,
            from,
        });
    };
    Err(refuse(service, &facts.session, &from, why).await?)
}

async fn refuse(
    service: &Service,
    session: &Session,
    from: &Origin,
    why: &'static str,
) -> Result<ConnectError, Error> {
    let line = Line::new(AuditAction::SecretRefused, Actor::Unknown)
        .session(session)
        .with("why", why)
        .coming_from(service, from);
    service.audit_alone(line).await?;
    Ok(ConnectError::Secret)
}

/// Makes the call. Once the secret is used, the work goes on even if the page hangs up on us: a
/// call that was paid for must be known.
///
/// # Errors
/// See [`ConnectError`].
pub async fn connect_call(
    service: &Service,
    admitted: Admitted,
    offer: &str,
) -> Result<Connected, ConnectError> {
    let (session, from) = (admitted.facts.session, admitted.from);
    let offer = match SdpOffer::parse(offer) {
        Ok(offer) => offer,
        Err(problem) => {
            refuse(service, &session, &from, "bad_offer").await?;
            return Err(ConnectError::Offer(problem));
        }
    };
    if session.mode == ConnectionMode::Sealed && offer.data_channel() == DataChannel::Offered {
        refuse(service, &session, &from, "data_channel").await?;
        return Err(ConnectError::DataChannel);
    }
    let is_bound = match (session.client, &admitted.facts.fingerprint) {
        (_, Some(bound)) => bound == offer.fingerprint(),
        (ClientKind::Other, None) => true,
        (ClientKind::OurPage, None) => false,
    };
    if !is_bound {
        refuse(service, &session, &from, "other_page").await?;
        return Err(ConnectError::Offer(OfferProblem::Fingerprint));
    }
    let configuration = configuration(service, &session).await?;

    // From here on nothing is given up with the request: a secret that is used has its call made.
    let (answered, answer) = oneshot::channel();
    let for_call = service.clone();
    service.tasks.spawn("connect", async move {
        let made = match use_secret(&for_call, &session, &admitted.secret, &from).await {
            Ok(Some(using)) => create_surely(&for_call, using, configuration, offer).await,
            Ok(None) => Err(refuse(&for_call, &session, &from, "used")
                .await
                .unwrap_or_else(ConnectError::from)),
            Err(error) => Err(error.into()),
        };
        let _ = answered.send(made);
    });
    answer.await.map_err(|_| ConnectError::Ended)?
}

/// A session whose secret is used, and our right to make and drive its call.
struct Connecting {
    session: Session,
    lease: Lease,
}

/// Uses the secret up; none when somebody was quicker.
async fn use_secret(
    service: &Service,
    session: &Session,
    secret: &Private<String>,
    from: &Origin,
) -> Result<Option<Connecting>, Error> {
    let now = service.now();
    let mut tx = service.store.begin().await?;
    if !tx.consume_secret(&vault::hash_secret(secret), now).await? {
        return Ok(None);
    }
    // From here on until the call is over somebody has to say that they are alive.
    let taken = tx
        .take_lease(
            &session.id,
            &service.process,
            service.settings.sessions.lease,
        )
        .await?
        .ok_or(Error::Inconsistent("a session that is new and driven"))?;
    let line = Line::new(AuditAction::SecretUsed, Actor::User(session.user.clone()))
        .session(session)
        .coming_from(service, from);
    service.audit(&mut tx, line).await?;
    record_state(&mut tx, session, SessionState::Connecting, now).await?;
    // INVARIANT: `connecting` is on record before the request that costs money.
    tx.commit().await?;
    service.hub.wake(&session.intake);
    Ok(Some(Connecting {
        session: Session {
            state: SessionState::Connecting,
            connected_at: Some(now),
            spoken_at: Some(now),
            ..session.clone()
        },
        lease: taken.lease,
    }))
}

/// Makes the call, or ends the session: whatever goes wrong, also on our side, a session that could
/// not be connected is over.
async fn create_surely(
    service: &Service,
    connecting: Connecting,
    configuration: CallConfiguration,
    offer: SdpOffer,
) -> Result<Connected, ConnectError> {
    let (session, lease) = (connecting.session.clone(), connecting.lease);
    let work = {
        let service = service.clone();
        async move {
            let renewing = renew_while(&service, connecting.session.id.clone(), lease);
            let creating = create(&service, connecting, configuration, &offer);
            tokio::select! {
                made = creating => made,
                never = renewing => match never {},
            }
        }
    };
    let made = service
        .tasks
        .run("create the call", work)
        .await
        .unwrap_or(Err(ConnectError::Ended));
    if made.is_err() {
        end_session::end_surely(service, &session, lease, EndReason::ProviderFailed).await;
    }
    made
}

/// Says that this process is alive while the provider makes the call.
async fn renew_while(service: &Service, session: SessionId, lease: Lease) -> Infallible {
    let span = service.settings.sessions.lease;
    loop {
        service.clock.sleep(span / 3).await;
        if let Err(error) = service.store.renew_lease(&session, lease, span).await {
            tracing::warn!(session.id = %session, error = &error as &dyn std::error::Error, "a lease could not be renewed");
        }
    }
}

/// What a session's call is made with.
pub(crate) async fn configuration(
    service: &Service,
    session: &Session,
) -> Result<CallConfiguration, Error> {
    let version = service
        .store
        .version(&session.workspace, &session.version)
        .await?;
    let version = version.ok_or(Error::Inconsistent("a session without its version"))?;
    let intake = service
        .store
        .intake(&session.workspace, &session.intake)
        .await?;
    let intake = intake.ok_or(Error::Inconsistent("a session without its intake"))?;
    let stored = service
        .store
        .fields(&session.workspace, &session.intake)
        .await?;
    let fields = service.open_fields(&session.intake, &version.definition, &stored)?;
    let (profile, settings) = (service.provider.profile(), &service.settings);
    Ok(configure_call::call_configuration(
        profile,
        settings,
        &version.definition,
        &fields,
        &intake.intake.waived,
        session.started_at,
    ))
}

async fn create(
    service: &Service,
    connecting: Connecting,
    configuration: CallConfiguration,
    offer: &SdpOffer,
) -> Result<Connected, ConnectError> {
    let session = &connecting.session;
    let safety_id = service.keys.pseudonym("safety", session.user.as_str());
    match service
        .provider
        .create_call(offer, &configuration, &safety_id)
        .await
    {
        Ok(created) => keep(service, connecting, configuration, created).await,
        Err(error) => {
            tracing::warn!(session.id = %session.id, error = &error as &dyn std::error::Error, "the provider did not make the call");
            let code = error.code().map(str::to_owned);
            if let Err(error) = record_trouble(service, session, error.trouble(), code).await {
                tracing::error!(session.id = %session.id, error = &error as &dyn std::error::Error, "why a call was not made could not be recorded");
            }
            Err(ConnectError::Provider(error))
        }
    }
}

/// Writes the call down before anybody can use it, then drives it. A call that cannot be written down
/// is hung up at once: nobody else would know of it.
async fn keep(
    service: &Service,
    connecting: Connecting,
    configuration: CallConfiguration,
    created: CreatedCall,
) -> Result<Connected, ConnectError> {
    let Connecting { session, lease } = connecting;
    // From here on the configuration is compared with what the provider says, so in its own words.
    let configuration = CallConfiguration {
        model: created.model.clone().unwrap_or(configuration.model),
        ..configuration
    };
    let running = match write_down(service, &session, &configuration, &created).await {
        Ok(running) => running,
        Err(error) => {
            if let Err(error) = service.provider.hangup(&created.call).await {
                tracing::error!(session.id = %session.id, error = &error as &dyn std::error::Error, "a call that could not be recorded could not be hung up");
            }
            return Err(error.into());
        }
    };
    if !running {
        // It ended while the provider was busy; the row now says that its call must be hung up.
        service.hangups.notify_one();
        return Err(ConnectError::Ended);
    }
    let connected = Connected {
        session: session.id.clone(),
        answer: created.answer,
    };
    control::drive(
        service,
        Driven {
            session: Session {
                call: Some(created.call),
                ..session
            },
            lease,
            configuration,
            minted: None,
            takeover: None,
        },
    );
    Ok(connected)
}

async fn write_down(
    service: &Service,
    session: &Session,
    configuration: &CallConfiguration,
    created: &CreatedCall,
) -> Result<bool, Error> {
    let pinned = Pinned {
        configuration: configuration.clone(),
        minted: None,
    };
    let pinned = service.pinned_at_rest(&session.id, &pinned)?;
    let mut tx = service.store.begin().await?;
    let running = tx.set_call(&session.id, &created.call, &pinned).await?;
    let line = Line::new(AuditAction::CallConnected, Actor::Server)
        .session(session)
        .with("call", created.call.as_str())
        .with(
            "config_hash",
            vault::sha256_hex(realtime::session_json(configuration).to_string().as_bytes()),
        );
    service.audit(&mut tx, line).await?;
    tx.commit().await?;
    Ok(running)
}
