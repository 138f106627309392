//! Media and calls: the handle by which HTTP reaches the one task that drives every call.

mod call;
mod codec;
mod offer;
mod peer;
mod sockets;
mod switchboard;

pub(crate) use offer::{Answered, answer_offer};
pub(crate) use sockets::MediaSockets;
pub(crate) use switchboard::Switchboard;

use crate::dialogue::Heard;
use crate::engine::Job;
use crate::keys::Right;
use crate::session::SessionConfig;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use str0m::Rtc;
use tokio::sync::{mpsc, oneshot};

/// A call that is about to begin.
pub(crate) struct Admission {
    pub(crate) id: String,
    pub(crate) rtc: Rtc,
    pub(crate) session: SessionConfig,
    pub(crate) made_with: Right,
    /// In Unix seconds, as it is told to clients.
    pub(crate) expires_at: i64,
    pub(crate) longest: Duration,
}

/// What goes to a control link.
#[derive(Debug)]
pub(crate) enum LinkFrame {
    Event(Arc<str>),
    Close { code: u16, reason: String },
}

/// One end of a control link: events come out of it, and frames from the client are sent back
/// under its number.
#[derive(Debug)]
pub(crate) struct LinkEnd {
    pub(crate) link: u64,
    pub(crate) frames: mpsc::Receiver<LinkFrame>,
}

/// What the calls' task is told.
pub(crate) enum Command {
    /// A call begins. False when there are too many.
    Admit(Box<Admission>, oneshot::Sender<bool>),
    /// A call ends. False when there is none.
    HangUp(String, oneshot::Sender<bool>),
    /// A control link comes. None before the call is connected, after it ended, and without the right.
    Attach(String, Right, oneshot::Sender<Option<LinkEnd>>),
    /// A control link sent an event.
    FromLink {
        call: String,
        link: u64,
        text: String,
    },
    /// A control link is gone.
    LinkGone { call: String, link: u64 },
    /// A text has become sound.
    Spoken {
        call: String,
        job: Job,
        sound: Option<Arc<[i16]>>,
    },
    /// A turn has become words.
    Heard {
        call: String,
        job: Job,
        heard: Result<Heard, String>,
    },
    /// What the next turns of a call, or of any call, will have said.
    PutWords(Option<String>, Vec<String>, oneshot::Sender<bool>),
}

/// Reaches the calls' task.
#[derive(Debug, Clone)]
pub(crate) struct Calls(mpsc::Sender<Command>);

impl Calls {
    pub(crate) async fn admit(&self, admission: Admission) -> bool {
        self.ask(|reply| Command::Admit(Box::new(admission), reply))
            .await
            .unwrap_or(false)
    }

    pub(crate) async fn hang_up(&self, id: &str) -> bool {
        self.ask(|reply| Command::HangUp(id.to_owned(), reply))
            .await
            .unwrap_or(false)
    }

    pub(crate) async fn attach(&self, id: &str, right: Right) -> Option<LinkEnd> {
        self.ask(|reply| Command::Attach(id.to_owned(), right, reply))
            .await
            .flatten()
    }

    pub(crate) async fn put_words(&self, id: Option<String>, words: Vec<String>) -> bool {
        self.ask(|reply| Command::PutWords(id, words, reply))
            .await
            .unwrap_or(false)
    }

    pub(crate) async fn pass_on(&self, call: &str, link: u64, text: String) {
        self.tell(Command::FromLink {
            call: call.to_owned(),
            link,
            text,
        })
        .await;
    }

    pub(crate) async fn link_gone(&self, call: &str, link: u64) {
        self.tell(Command::LinkGone {
            call: call.to_owned(),
            link,
        })
        .await;
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.tell(command(reply)).await;
        answer.await.ok()
    }

    /// Only fails when the provider is being stopped, and then nobody needs to know.
    async fn tell(&self, command: Command) {
        let _ = self.0.send(command).await;
    }
}

/// A configuration as it is written into the ledger.
pub(crate) fn for_the_ledger(session: &SessionConfig) -> Value {
    session.echo("", 0)
}
