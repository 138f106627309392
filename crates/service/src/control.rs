//! Driving a call: one supervised task per live call, from the answer to the end.

mod link;
mod run;

use crate::{Service, end_session};
use domain::{
    ItemId, Private,
    audit::Actor,
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
    /// The session's row says that it ended.
    Ended,
}

/// Drives a session's call until it ends. The row decides: whoever ends the session there ends this.
pub(crate) fn drive(service: &Service, session: Session, configuration: CallConfiguration) {
    let (commands, inbox) = mpsc::channel(QUEUE);
    service.hub.register(&session.id, commands);
    let service = service.clone();
    service.clone().tasks.spawn("control", async move {
        let ended = run::run(&service, &session, configuration, inbox).await;
        service.hub.unregister(&session.id);
        let reason = match ended {
            Ok(reason) => reason,
            Err(error) => {
                tracing::error!(session.id = %session.id, error = &error as &dyn StdError, "driving a call failed");
                Some(EndReason::ControlLost)
            }
        };
        if let Some(reason) = reason
            && let Err(error) = end_session::end(&service, &session, reason, Actor::Server).await
        {
            // The leash finds it: a running session that nobody drives.
            tracing::error!(session.id = %session.id, error = &error as &dyn StdError, "a session's end could not be recorded");
        }
    });
}
