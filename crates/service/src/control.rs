//! Driving a call: one supervised task per live call, from the answer to the end. Whoever drives holds
//! the session's lease; when it dies, another process takes the lease and goes on (promise 4).

mod driver;
mod hold;
mod link;
mod run;
mod take_over;

pub(crate) use take_over::take_over;

use crate::{Error, Service, end_session};
use domain::{
    ItemId, Private, Timestamp,
    call::CallConfiguration,
    session::{EndReason, Lease, Session},
};
use std::{error::Error as StdError, sync::Arc};
use store::Spender;
use tokio::sync::mpsc;

/// Commands waiting for a loop that is busy; more than that are refused.
const QUEUE: usize = 64;

/// What a control loop can be told by the rest of the process.
#[derive(Debug)]
pub enum Command {
    /// The person's words, typed.
    Typed {
        /// The item they become.
        item: ItemId,
        /// The words.
        text: Private<String>,
    },
    /// Staff changed something that the model must know.
    Note {
        /// The item it becomes.
        item: ItemId,
        /// What it is told.
        text: Private<String>,
        /// Whether it should go on by itself.
        go_on: bool,
    },
    /// Staff silence both sides, or go on.
    Pause {
        /// Whether both sides are to be silent.
        paused: bool,
    },
    /// The person gave their password again.
    Proved,
    /// The session's row says that it ended.
    Ended,
}

/// A call to be driven.
#[derive(Debug)]
pub(crate) struct Driven {
    /// Its session, with the provider's call.
    pub(crate) session: Session,
    /// The right to drive it.
    pub(crate) lease: Lease,
    /// What it is held to.
    pub(crate) configuration: CallConfiguration,
    /// The secret it was made with, where the browser made it.
    pub(crate) minted: Option<Private<String>>,
    /// What the model is told first, where another process drove the call before.
    pub(crate) takeover: Option<Private<String>>,
}

/// Drives a session's call until it ends. The row decides: whoever ends the session there, or takes
/// its lease, ends this.
pub(crate) fn drive(service: &Service, driven: Driven) {
    let (commands, inbox) = mpsc::channel(QUEUE);
    let (session, lease) = (driven.session.clone(), driven.lease);
    service.hub.register(&session.id, commands);
    let service = service.clone();
    service.clone().tasks.spawn("control", async move {
        let run = {
            let (service, driven) = (service.clone(), Arc::new(driven));
            async move { run::run(&service, &driven, inbox).await }
        };
        let reason = match service.tasks.run("control loop", run).await {
            Some(Ok(reason)) => reason,
            Some(Err(error)) => {
                tracing::error!(session.id = %session.id, error = &error as &dyn StdError, "driving a call failed");
                Some(EndReason::ControlLost)
            }
            // It panicked: nobody drives the call.
            None => Some(EndReason::ControlLost),
        };
        if let Some(reason) = reason {
            end_session::end_surely(&service, &session, lease, reason).await;
        }
        // Not before its end is on record: until then nobody may take it over.
        service.hub.unregister(&session.id);
        forget_words_of_closed(&service, &session).await;
    });
}

/// When the password is due in a session: after so much talking in its sign-in since it was last given.
pub(crate) async fn proof_due_at(service: &Service, session: &Session) -> Result<Timestamp, Error> {
    let month = service.now().month_began();
    let talk = service.store.talk(spender(session), month).await?;
    let left = service
        .settings
        .sessions
        .prove_again
        .saturating_sub(talk.in_login);
    let connected_at = session.connected_at.unwrap_or(session.started_at);
    let proved_at = service.store.proved_at(&session.login).await?;
    Ok(proved_at.map_or(connected_at, |at| at.max(connected_at)) + left)
}

/// Whose talking a session is.
fn spender(session: &Session) -> Spender<'_> {
    Spender {
        workspace: &session.workspace,
        user: &session.user,
        login: &session.login,
        workflow: &session.workflow,
        intake: &session.intake,
    }
}

/// The words can be looked at until the intake is closed, whoever closed it.
async fn forget_words_of_closed(service: &Service, session: &Session) {
    let intake = service
        .store
        .intake(&session.workspace, &session.intake)
        .await;
    if !intake.is_ok_and(|intake| intake.is_some_and(|intake| intake.intake.is_open())) {
        service.hub.forget_words(&session.intake);
    }
}
