//! The leash: what the server does by the clock, whatever any browser or control loop does.
//! Sessions that may not go on end, calls that a dead process left are taken over, ended calls are hung
//! up until the provider agrees, forgotten intakes close.

use crate::{
    Error, Service, control, end_session,
    record::{Line, record_incident},
};
use domain::{
    IntakeId, Timestamp, WorkspaceId,
    audit::{Actor, AuditAction},
    event::RecordEvent,
    incident::Incident,
    intake::Outcome,
    session::{EndReason, Session, SessionState, Standing},
    workflow::ConnectionMode,
};
use futures::future::join_all;
use policy::leash;
use realtime::HungUp;
use std::{error::Error as StdError, time::Duration};

/// How often the rows are looked at. Hang-ups are also done at once when a session ends.
const ROUND: Duration = Duration::from_millis(500);
/// Slower work is done every so many rounds.
const SLOW_ROUNDS: u32 = 20;
/// Forgotten intakes closed in one round.
const STALE: u32 = 50;
/// Pauses between tries to hang up.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(30);
/// How long a browser can bring up a call after it got the provider's answer, with much to spare: the
/// provider gives up on it within half a minute.
const ANSWER_LIFE: Duration = Duration::from_secs(120);
/// The provider cuts every call at 60 minutes.
const PROVIDER_CAP: Duration = Duration::from_secs(65 * 60);

/// Runs until the server stops.
pub async fn keep_leash(service: Service) {
    let mut round = 0_u32;
    loop {
        tokio::select! {
            () = service.hangups.notified() => {}
            () = service.clock.sleep(ROUND) => {}
            () = service.tasks.stopping() => return,
        }
        if let Err(error) = once(&service, round.is_multiple_of(SLOW_ROUNDS)).await {
            tracing::error!(
                error = &error as &dyn StdError,
                "a round of the leash failed"
            );
        }
        round = round.wrapping_add(1);
    }
}

/// One round. Public so that a test can take it at a time of its choosing.
///
/// # Errors
/// When the database fails; the next round tries again.
pub async fn once(service: &Service, slow_too: bool) -> Result<(), Error> {
    // Whatever becomes of the one, the other is done too.
    let ended = end_overdue(service).await;
    let taken_over = control::take_over(service).await;
    let hung_up = start_hangups(service).await;
    let closed = close_expired_secrets(service).await;
    if slow_too {
        abandon_stale(service).await?;
        let now = service.now();
        service
            .hub
            .sweep(now, service.settings.sessions.open_intake);
        service.store.purge_logins(now).await?;
        service.store.purge_limits().await?;
    }
    ended.and(taken_over).and(hung_up).and(closed)
}

/// Every session that may not go on, by what somebody decided or by the clock.
pub(crate) async fn end_overdue(service: &Service) -> Result<(), Error> {
    let (now, limits) = (service.now(), service.settings.sessions);
    for standing in service.store.standings(now).await? {
        let Some(reason) = leash::end_of(&standing, &limits, service.listening_since, now) else {
            continue;
        };
        let session = match service.store.session_by_id(&standing.session).await {
            Ok(Some(session)) => session,
            Ok(None) => continue,
            Err(error) => {
                tracing::error!(session.id = %standing.session, error = &error as &dyn StdError, "an overdue session could not be read");
                continue;
            }
        };
        if let Err(error) = end_overdue_one(service, &session, &standing, reason).await {
            // The others are ended all the same; this one again in the next round.
            tracing::error!(session.id = %session.id, error = &error as &dyn StdError, "an overdue session could not be ended yet");
        }
    }
    Ok(())
}

async fn end_overdue_one(
    service: &Service,
    session: &Session,
    standing: &Standing,
    reason: EndReason,
) -> Result<(), Error> {
    let unnamed = reason == EndReason::ControlLost && standing.state == SessionState::Starting;
    if unnamed {
        record_incident(service, session, Incident::NotUnderControl).await?;
    }
    end_session::end(service, session, reason, Actor::Server).await
}

/// Secrets whose time was over before anybody used them: each is on record once (requirement A64).
async fn close_expired_secrets(service: &Service) -> Result<(), Error> {
    for session in service.store.expired_secrets(service.now()).await? {
        let mut tx = service.store.begin().await?;
        end_session::close_secret(service, &mut tx, &session).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Starts to hang up every call whose session is over. Each has a task of its own, so that a provider
/// that is slow with one keeps none of the others waiting.
async fn start_hangups(service: &Service) -> Result<(), Error> {
    for session in service.store.pending_hangups().await? {
        if service.hub.begin_hangup(&session.id) {
            let service = service.clone();
            service.clone().tasks.spawn("hang up", async move {
                let mut pause = FIRST_PAUSE;
                while !hang_up(&service, &session).await {
                    tokio::select! {
                        () = service.clock.sleep(pause) => pause = (pause * 2).min(LAST_PAUSE),
                        () = service.tasks.stopping() => break,
                    }
                }
                service.hub.end_hangup(&session.id);
            });
        }
    }
    Ok(())
}

/// Hangs up every call whose session is over, once each, and waits for it: at a start and at a stop.
async fn hang_up_pending(service: &Service) -> Result<(), Error> {
    let pending = service.store.pending_hangups().await?;
    join_all(pending.iter().map(|session| hang_up(service, session))).await;
    Ok(())
}

/// Tries to hang up. Says whether there is nothing more to do. Doing it twice does no harm.
async fn hang_up(service: &Service, session: &Session) -> bool {
    let Some(call) = &session.call else {
        return true;
    };
    if session.profile != service.provider.profile().name {
        // Another provider would say that there is no such call, and the real one would go on.
        tracing::error!(session.id = %session.id, "a call is to be hung up at a provider that is not configured any more");
        return gave_up(service, session).await;
    }
    match service.provider.hangup(call).await {
        Ok(HungUp::Done) => hung_up(service, session, "hung_up").await,
        // One that the browser has not brought up yet is unknown, and could still come up.
        Ok(HungUp::NoSuchCall) if may_come_up(service, session) => false,
        Ok(HungUp::NoSuchCall) => hung_up(service, session, "not_found").await,
        Err(error) => {
            tracing::warn!(session.id = %session.id, error = &error as &dyn StdError, "a call could not be hung up yet");
            gave_up(service, session).await
        }
    }
}

/// Whether a call that the provider does not know may be one that is not up yet: we never saw it live,
/// or the browser made it itself. An answer that is not used for so long is worth nothing.
fn may_come_up(service: &Service, session: &Session) -> bool {
    let unseen = session.live_at.is_none() || session.mode == ConnectionMode::Direct;
    let ended_at = session.ended_at.unwrap_or(session.started_at);
    unseen && service.now().since(ended_at) < ANSWER_LIFE
}

/// After the provider's own cap no call of this session can be alive, whatever it answers.
async fn gave_up(service: &Service, session: &Session) -> bool {
    service.now().since(session.started_at) > PROVIDER_CAP
        && hung_up(service, session, "past_the_providers_limit").await
}

async fn hung_up(service: &Service, session: &Session, how: &str) -> bool {
    let recorded = async {
        if service.store.hangup_done(&session.id).await? {
            service
                .audit_alone(
                    Line::new(AuditAction::CallHungUp, Actor::Server)
                        .session(session)
                        .with("how", how),
                )
                .await?;
        }
        Ok::<(), Error>(())
    };
    match recorded.await {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(session.id = %session.id, error = &error as &dyn StdError, "a hang-up could not be recorded yet");
            false
        }
    }
}

/// Open intakes that nobody came back to.
async fn abandon_stale(service: &Service) -> Result<(), Error> {
    let before = service.now().before(service.settings.sessions.open_intake);
    for (workspace, intake) in service.store.stale_intakes(before, STALE).await? {
        abandon(service, &workspace, &intake, before).await?;
    }
    Ok(())
}

async fn abandon(
    service: &Service,
    workspace: &WorkspaceId,
    intake: &IntakeId,
    before: Timestamp,
) -> Result<(), Error> {
    let now = service.now();
    let mut tx = service.store.begin().await?;
    // Asked again under the lock: somebody may have edited it a moment ago.
    let locked = tx.lock_intake(workspace, intake).await?;
    if locked.is_none_or(|locked| locked.intake.changed_at >= before) {
        return Ok(());
    }
    if tx.running_of_intake(workspace, intake).await?.is_some()
        || !tx
            .close_intake(workspace, intake, Outcome::Abandoned, now, None)
            .await?
    {
        return Ok(());
    }
    tx.append_event(
        workspace,
        intake,
        None,
        &RecordEvent::Outcome {
            outcome: Some(Outcome::Abandoned),
        },
        now,
    )
    .await?;
    let line = Line::new(AuditAction::IntakeClosed, Actor::Server)
        .intake(workspace, intake)
        .with("outcome", Outcome::Abandoned.as_str());
    service.audit(&mut tx, line).await?;
    tx.commit().await?;
    service.hub.forget_words(intake);
    service.hub.wake(intake);
    Ok(())
}

/// Ends these sessions, for a reason, and hangs up: at a start and at a stop.
pub(crate) async fn end_these(
    service: &Service,
    sessions: &[Session],
    reason: EndReason,
) -> Result<(), Error> {
    let mut failed = None;
    for session in sessions {
        if let Err(error) = end_session::end(service, session, reason, Actor::Server).await {
            failed = Some(error);
        }
    }
    hang_up_pending(service).await?;
    failed.map_or(Ok(()), Err)
}
