//! The one visible loop: what happens to a call, and what is done about it.

use super::{
    Command,
    link::{Attached, attach},
};
use crate::{Error, Service, record::Line, run_tool};
use domain::{
    ProviderCallId, Timestamp,
    audit::{Actor, AuditAction},
    call::{Call, CallAction, CallConfiguration, CallInput, LinkEnd},
    event::{LiveEvent, RecordEvent},
    session::{EndReason, Session, SessionState},
};
use realtime::ControlLink;
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

struct Driver<'a> {
    service: &'a Service,
    session: &'a Session,
    call: Call,
    link: ControlLink,
    tools: mpsc::Sender<CallInput>,
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
    let (tools, mut finished) = mpsc::channel(32);
    let call = Call::new(session.id.clone(), configuration, session.mode);
    let mut driver = Driver {
        service,
        session,
        call,
        link,
        tools,
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
            Happened::Command(Command::Ended) => return Ok(None),
            Happened::ToolDone(done) => done,
            Happened::Woken => CallInput::Tick,
            Happened::AskRow => {
                ask_row_at = service.now() + ASK_ROW_EVERY;
                let row = service.store.session_by_id(&session.id).await?;
                if row.is_none_or(|row| !row.state.is_running()) {
                    return Ok(None);
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

/// Attaches for the first time, unless the session ends first.
async fn first_link(
    service: &Service,
    session: &Session,
    call: &ProviderCallId,
    inbox: &mut mpsc::Receiver<Command>,
) -> Option<Attached> {
    let attaching = attach(service, session, call, false);
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
        match attach(self.service, self.session, call, true).await {
            Attached::Link(link) => {
                self.link = *link;
                self.show(LiveEvent::Control {
                    session: self.session.id.clone(),
                    attached: true,
                });
                Ok(self.call.attached())
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
                    // A broken link shows itself on the next read, and is attached again there.
                    let _ = self.link.send(&command, self.call.configuration()).await;
                }
                CallAction::GoLive => {
                    if !self.go_live().await? {
                        return Ok(None);
                    }
                }
                CallAction::RecordDrift(parts) => {
                    let parts: Vec<String> = parts.iter().map(|part| format!("{part:?}")).collect();
                    let line = Line::new(AuditAction::DriftFound, Actor::Unknown)
                        .session(self.session)
                        .with("parts", parts.join(","));
                    self.service.audit_alone(line).await?;
                }
                CallAction::RunTool { call, evidence } => {
                    let (service, session, tools) = (
                        self.service.clone(),
                        self.session.clone(),
                        self.tools.clone(),
                    );
                    let (name, field) = run_tool::shown(&call);
                    self.show(LiveEvent::ToolRunning {
                        session: session.id.clone(),
                        name,
                        field,
                    });
                    // The link goes on being read while a tool runs (requirement A48).
                    self.service.tasks.spawn("tool", async move {
                        let done = run_tool::run_tool(&service, &session, call, evidence).await;
                        let _ = tools.send(done).await;
                    });
                }
                CallAction::RecordTurn {
                    item,
                    speaker,
                    origin,
                    start_ms,
                    end_ms,
                } => {
                    let session = self.session.id.clone();
                    self.record(&RecordEvent::Turn {
                        session,
                        item,
                        speaker,
                        origin,
                        start_ms,
                        end_ms,
                    })
                    .await?;
                }
                CallAction::RecordUsage { response, usage } => {
                    let mut tx = self.service.store.begin().await?;
                    tx.add_usage(&self.session.id, &response, &usage, self.service.now())
                        .await?;
                    tx.commit().await?;
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

    fn show(&self, event: LiveEvent) {
        self.service
            .hub
            .show(&self.session.intake, event, self.service.now());
    }
}
