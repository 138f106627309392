//! Driving a call: one supervised task per live call, from the answer to the end.

mod link;
mod run;

use crate::{Service, end_session};
use domain::{
    ItemId, Private,
    call::CallConfiguration,
    session::{EndReason, Session},
};
use std::error::Error as StdError;
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
    /// The session's row says that it ended.
    Ended,
}

/// Drives a session's call until it ends. The row decides: whoever ends the session there ends this.
pub(crate) fn drive(service: &Service, session: Session, configuration: CallConfiguration) {
    let (commands, inbox) = mpsc::channel(QUEUE);
    service.hub.register(&session.id, commands);
    let service = service.clone();
    service.clone().tasks.spawn("control", async move {
        let run = {
            let (service, session) = (service.clone(), session.clone());
            async move { run::run(&service, &session, configuration, inbox).await }
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
        service.hub.unregister(&session.id);
        if let Some(reason) = reason {
            end_session::end_surely(&service, &session, reason).await;
        }
        forget_words_of_closed(&service, &session).await;
    });
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
