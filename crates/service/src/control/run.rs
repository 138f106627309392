//! The one visible loop: what happens to a call, and what is done about it.

use super::{
    Command,
    link::{Attached, attach},
};
use crate::{
    Error, Service, authenticate,
    record::{Line, record_trouble},
    run_tool,
};
use domain::{
    ProviderCallId, ResponseId, Timestamp,
    audit::{Actor, AuditAction},
    call::{
        Call, CallAction, CallCommand, CallConfiguration, CallInput, DriftKind, Following, LinkEnd,
        PinnedPart, Usage,
    },
    event::{LiveEvent, RecordEvent, Speaker},
    intake::Evidence,
    session::{ClientKind, EndReason, Session, SessionState},
    tool::ToolCall,
};
use realtime::ControlLink;
use std::error::Error as StdError;
use tokio::sync::mpsc;

/// How often the row is asked whether the session still runs: another process may have ended it.
const ASK_ROW_EVERY: std::time::Duration = std::time::Duration::from_secs(2);

/// What a round of the loop found.
enum Happened {
    Event(Result<domain::call::CallEvent, LinkEnd>),
    Command(Command),
    ToolDone(CallInput),
    Woken,
    AskRow,
    Deadline,
    Stopping,
}

/// A tool to run.
struct Asked {
    call: ToolCall,
    evidence: Option<Evidence>,
    following: Following,
}

struct Driver<'a> {
    service: &'a Service,
    session: &'a Session,
    call: Call,
    link: ControlLink,
    tools: mpsc::Sender<Asked>,
    /// What could not be sent on a link that broke.
    unsent: Vec<CallCommand>,
}

/// Drives the call. The reason to end the session with, or none when its row ended first.
pub(super) async fn run(
    service: &Service,
    session: &Session,
    configuration: CallConfiguration,
    mut inbox: mpsc::Receiver<Command>,
) -> Result<Option<EndReason>, Error> {
    let Some(provider_call) = session.call.clone() else {
        return Ok(Some(EndReason::ControlLost));
    };
    let Some(link) = first_link(service, session, &provider_call, &mut inbox).await else {
        return Ok(None);
    };
    let link = match link {
        Attached::Link(link) => *link,
        // It never went up: the page vanished, or the provider lost it.
        Attached::TooLate | Attached::NoCall => return Ok(Some(EndReason::ControlLost)),
    };
    let (tools, mut finished) = start_tools(service, session);
    let mut call = Call::new(
        session.id.clone(),
        configuration,
        session.mode,
        session.client,
    );
    call.unlinked(service.now() + service.settings.sessions.control_grace);
    let mut driver = Driver {
        service,
        session,
        call,
        link,
        tools,
        unsent: Vec::new(),
    };
    driver.show(LiveEvent::Control {
        session: session.id.clone(),
        attached: true,
    });
    let first = driver.call.attached();
    if let Some(reason) = driver.carry_out(first).await? {
        return Ok(Some(reason));
    }

    let mut ask_row_at = service.now() + ASK_ROW_EVERY;
    loop {
        let wake_at = driver.call.wake_at();
        let happened = tokio::select! {
            event = driver.link.next() => Happened::Event(event),
            Some(command) = inbox.recv() => Happened::Command(command),
            Some(done) = finished.recv() => Happened::ToolDone(done),
            () = sleep_until(service, wake_at) => Happened::Woken,
            () = service.clock.sleep_until(ask_row_at) => Happened::AskRow,
            () = service.clock.sleep_until(session.deadline_at) => Happened::Deadline,
            () = service.tasks.stopping() => Happened::Stopping,
        };
        let input = match happened {
            Happened::Event(Ok(event)) => CallInput::Event(event),
            Happened::Event(Err(end)) => match driver.reattach(&provider_call, end).await {
                Ok(actions) => {
                    if let Some(reason) = driver.carry_out(actions).await? {
                        return Ok(Some(reason));
                    }
                    continue;
                }
                Err(reason) => return Ok(Some(reason)),
            },
            Happened::Command(Command::Typed { item, text }) => CallInput::Typed { item, text },
            Happened::Command(Command::Note { text, go_on }) => CallInput::Note { text, go_on },
            Happened::Command(Command::Pause { paused }) => CallInput::Pause { paused },
            Happened::Command(Command::Ended) => return Ok(None),
            Happened::ToolDone(done) => done,
            Happened::Woken => CallInput::Tick,
            Happened::AskRow => {
                ask_row_at = service.now() + ASK_ROW_EVERY;
                match service.store.session_by_id(&session.id).await {
                    Ok(row) if row.as_ref().is_none_or(|row| !row.state.is_running()) => {
                        return Ok(None);
                    }
                    Ok(_) => {}
                    // A database that is slow for a moment is no reason to end a conversation.
                    Err(error) => {
                        tracing::warn!(session.id = %session.id, error = &error as &dyn StdError, "a session's row could not be read")
                    }
                }
                continue;
            }
            Happened::Deadline => return Ok(Some(EndReason::Deadline)),
            Happened::Stopping => return Ok(Some(EndReason::ServerDrained)),
        };
        let actions = driver.call.on(input, service.now());
        if let Some(reason) = driver.carry_out(actions).await? {
            return Ok(Some(reason));
        }
    }
}

/// One tool after the other, in the order the model asked, beside the loop: the link goes on being
/// read while a tool runs (requirement A48). A tool that panics is answered as failed.
fn start_tools(
    service: &Service,
    session: &Session,
) -> (mpsc::Sender<Asked>, mpsc::Receiver<CallInput>) {
    let (asked, mut inbox) = mpsc::channel::<Asked>(domain::call::MAX_TOOL_CALLS);
    let (done, finished) = mpsc::channel(32);
    let (service, session) = (service.clone(), session.clone());
    service.clone().tasks.spawn("tools", async move {
        while let Some(asked) = inbox.recv().await {
            let id = asked.call.id.clone();
            let run = {
                let (service, session) = (service.clone(), session.clone());
                async move {
                    let Asked {
                        call,
                        evidence,
                        following,
                    } = asked;
                    run_tool::run_tool(&service, &session, call, evidence, following).await
                }
            };
            let input = service
                .tasks
                .run("tool", run)
                .await
                .unwrap_or_else(|| run_tool::failed(&service, id));
            if done.send(input).await.is_err() {
                return;
            }
        }
    });
    (asked, finished)
}

/// Attaches for the first time, unless the session ends first.
async fn first_link(
    service: &Service,
    session: &Session,
    call: &ProviderCallId,
    inbox: &mut mpsc::Receiver<Command>,
) -> Option<Attached> {
    let until = service.now() + service.settings.sessions.control_grace;
    let attaching = attach(service, session, call, until, false);
    tokio::pin!(attaching);
    loop {
        tokio::select! {
            attached = &mut attaching => return Some(attached),
            // Nothing can be typed or noted yet; the form itself has it.
            command = inbox.recv() => if matches!(command, Some(Command::Ended) | None) { return None },
            () = service.tasks.stopping() => return Some(Attached::TooLate),
        }
    }
}

async fn sleep_until(service: &Service, at: Option<Timestamp>) {
    match at {
        Some(at) => service.clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// What is worth sending again after a loss: what the model must know, or must not. The rest asks for something
/// that has passed.
const fn keeps(command: &CallCommand) -> bool {
    matches!(
        command,
        CallCommand::ToolOutput { .. }
            | CallCommand::Note { .. }
            | CallCommand::PersonText { .. }
            | CallCommand::DeleteItem { .. }
    )
}

impl Driver<'_> {
    /// The link ended: the call is over, or we get it back, or we lost control.
    async fn reattach(
        &mut self,
        call: &ProviderCallId,
        end: LinkEnd,
    ) -> Result<Vec<CallAction>, EndReason> {
        self.show(LiveEvent::Control {
            session: self.session.id.clone(),
            attached: false,
        });
        let until = self.service.now() + self.service.settings.sessions.control_grace;
        self.call.unlinked(until);
        match attach(self.service, self.session, call, until, true).await {
            Attached::Link(link) => {
                self.link = *link;
                self.show(LiveEvent::Control {
                    session: self.session.id.clone(),
                    attached: true,
                });
                let mut actions = self.call.attached();
                actions.extend(
                    std::mem::take(&mut self.unsent)
                        .into_iter()
                        .map(CallAction::Send),
                );
                Ok(actions)
            }
            // A clean close and no call: the page's side went away.
            Attached::NoCall if end == LinkEnd::Clean => Err(EndReason::TabLost),
            Attached::NoCall | Attached::TooLate => Err(EndReason::ControlLost),
        }
    }

    /// Does what the call says. The reason to end, if it says so.
    async fn carry_out(&mut self, actions: Vec<CallAction>) -> Result<Option<EndReason>, Error> {
        for action in actions {
            match action {
                CallAction::Send(command) => {
                    // A broken link shows itself on the next read; what matters is sent again there.
                    let sent = self.link.send(&command, self.call.configuration()).await;
                    if sent.is_err() && keeps(&command) {
                        self.unsent.push(command);
                    }
                }
                CallAction::GoLive => {
                    if !self.go_live().await? {
                        return Ok(None);
                    }
                }
                CallAction::RecordDrift { parts, kind } => {
                    let recorded = self.record_drift(&parts, kind).await;
                    self.note_failure(recorded);
                }
                CallAction::RecordForeignAnswer => {
                    let line =
                        Line::new(AuditAction::AnswerRemoved, Actor::Unknown).session(self.session);
                    let recorded = self.service.audit_alone(line).await;
                    self.note_failure(recorded);
                }
                CallAction::RecordTrouble { trouble, code } => {
                    tracing::warn!(session.id = %self.session.id, why = trouble.as_str(), code, "the provider failed a call");
                    let recorded = record_trouble(self.service, self.session, trouble, code).await;
                    self.note_failure(recorded);
                }
                CallAction::RunTool {
                    call,
                    evidence,
                    following,
                } => {
                    let (name, field) = run_tool::shown(&call);
                    self.show(LiveEvent::ToolRunning {
                        session: self.session.id.clone(),
                        name,
                        field,
                    });
                    let asked = Asked {
                        call,
                        evidence,
                        following,
                    };
                    let _ = self.tools.send(asked).await;
                }
                CallAction::RecordTurn {
                    item,
                    speaker,
                    origin,
                    start_ms,
                    end_ms,
                } => {
                    let session = self.session.id.clone();
                    let turn = RecordEvent::Turn {
                        session,
                        item,
                        speaker,
                        origin,
                        start_ms,
                        end_ms,
                    };
                    let recorded = self.record(&turn).await;
                    self.note_failure(recorded);
                    if speaker == Speaker::Person {
                        let kept = self.keep_sign_in().await;
                        self.note_failure(kept);
                    }
                }
                CallAction::RecordUsage { response, usage } => {
                    let recorded = self.record_usage(&response, &usage).await;
                    self.note_failure(recorded);
                }
                CallAction::Show(event) => self.show(event),
                CallAction::HangUp(reason) => return Ok(Some(reason)),
            }
        }
        Ok(None)
    }

    /// Marks the session live. False when it ended meanwhile.
    async fn go_live(&mut self) -> Result<bool, Error> {
        let now = self.service.now();
        let mut tx = self.service.store.begin().await?;
        if !tx.mark_live(&self.session.id, now).await? {
            // Attached again after a loss: it is live already, or over, which the row says on the next ask.
            return Ok(true);
        }
        let (session, deadline_at) = (self.session.id.clone(), self.session.deadline_at);
        let event = RecordEvent::Session {
            session,
            state: SessionState::Live,
            deadline_at,
        };
        tx.append_event(
            &self.session.workspace,
            &self.session.intake,
            Some(&self.session.id),
            &event,
            now,
        )
        .await?;
        let line = Line::new(AuditAction::CallLive, Actor::Server).session(self.session);
        self.service.audit(&mut tx, line).await?;
        tx.commit().await?;
        self.service.hub.wake(&self.session.intake);
        Ok(true)
    }

    async fn record(&mut self, event: &RecordEvent) -> Result<(), Error> {
        let mut tx = self.service.store.begin().await?;
        tx.append_event(
            &self.session.workspace,
            &self.session.intake,
            Some(&self.session.id),
            event,
            self.service.now(),
        )
        .await?;
        tx.commit().await?;
        self.service.hub.wake(&self.session.intake);
        Ok(())
    }

    async fn record_drift(&mut self, parts: &[PinnedPart], kind: DriftKind) -> Result<(), Error> {
        let parts: Vec<String> = parts.iter().map(|part| format!("{part:?}")).collect();
        let line = Line::new(AuditAction::DriftFound, Actor::Unknown)
            .session(self.session)
            .with("parts", parts.join(","))
            .with("kind", kind.as_str());
        self.service.audit_alone(line).await
    }

    /// Talking counts as activity of the sign-in where no page's heartbeat does.
    async fn keep_sign_in(&mut self) -> Result<(), Error> {
        match self.session.client {
            ClientKind::OurPage => Ok(()),
            ClientKind::Other => authenticate::authenticate(self.service, &self.session.login)
                .await
                .map(drop),
        }
    }

    async fn record_usage(&mut self, response: &ResponseId, usage: &Usage) -> Result<(), Error> {
        let mut tx = self.service.store.begin().await?;
        tx.add_usage(&self.session.id, response, usage, self.service.now())
            .await?;
        Ok(tx.commit().await?)
    }

    /// A turn that could not be written down is no reason to end a conversation.
    fn note_failure(&self, recorded: Result<(), Error>) {
        if let Err(error) = recorded {
            tracing::error!(session.id = %self.session.id, error = &error as &dyn StdError, "something of a call could not be recorded");
        }
    }

    fn show(&self, event: LiveEvent) {
        self.service
            .hub
            .show(&self.session.intake, event, self.service.now());
    }
}
