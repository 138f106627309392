//! Stopping: what is asked before it, and what came of it.

use super::{board::Board, words};
use crate::{
    api::{
        ApiError,
        sessions::{StopRequest, StopUserRequest, stop_all, stop_session, stop_user},
    },
    boxed::{effect, press, view},
    components::{ActionProblem, Dialog, Icon, Task},
};
use domain::{SessionId, UserId};
use leptos::{html, prelude::*};

/// What is to be stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    /// One session.
    One {
        session: SessionId,
        who: String,
        workflow: String,
    },
    /// All sessions of a person.
    Person { user: UserId, who: String },
    /// All sessions of the workspace.
    All,
}

impl Ask {
    /// Does it. How many there were.
    async fn stop(self) -> Result<u32, ApiError> {
        match self {
            Self::One { session, .. } => stop_session(StopRequest { session }).await,
            Self::Person { user, .. } => stop_user(StopUserRequest { user }).await,
            Self::All => stop_all().await,
        }
    }
}

#[component]
pub(super) fn Stopping(board: Board) -> impl IntoView {
    view! {
        <Dialog open=board.asking title="Stop now?">
            {move || board.asked.get().map(|ask| view! { <Sure board ask /> })}
        </Dialog>
    }
}

/// Made anew for each question, so that what went wrong with the last one is not said of this one.
#[component]
fn Sure(board: Board, ask: Ask) -> impl IntoView {
    let (stopping, cancel) = (Task::new(), NodeRef::<html::Button>::new());
    let close = move || board.asking.set(false);
    let (what, then, button) = words::to_stop(&ask);
    let problem = Signal::derive(move || stopping.problem());
    let stop = move || {
        let ask = ask.clone();
        stopping.run(async move {
            let count = ask
                .clone()
                .stop()
                .await
                .map_err(|error| error.to_string())?;
            close();
            board.done.set(Some(words::stopped(&ask, count)));
            board.look();
            Ok(())
        });
    };
    // What ends somebody's conversation is not pressed by a second Enter.
    effect(move || {
        if let Some(cancel) = cancel.get() {
            let _ = cancel.focus();
        }
    });
    view! {
        <div class="stack">
            <div>
                <p><strong>{what}</strong></p>
                <p>{then}</p>
            </div>
            <ActionProblem error=problem />
            <div class="row row-end">
                <button type="button" class="button" autofocus node_ref=cancel on:click=press(close)>"Cancel"</button>
                <button type="button" class="button button-end" disabled=move || stopping.is_running() on:click=press(stop)>
                    {Icon::Stop.svg()} {move || if stopping.is_running() { "Stopping…".to_owned() } else { button.clone() }}
                </button>
            </div>
        </div>
    }
}
