//! The one visible loop: what happens to a call, and what is done about it.

use super::{
    Command, Driven,
    link::{Attached, attach},
    proof_due_at,
};
use crate::{
    Error, Service, authenticate, configure_call,
    record::{Line, record_incident, record_trouble},
    run_tool,
};
use domain::{
    ItemId, Private, ProviderCallId, ResponseId, Timestamp,
    audit::{Actor, AuditAction},
    call::{
        Call, CallAction, CallCommand, CallInput, CallTerms, DriftKind, Following, LinkEnd,
        PinnedPart, Usage,
    },
    event::{LiveEvent, RecordEvent, Speaker},
    incident::Incident,
    intake::Evidence,
    session::{ClientKind, EndReason, Lease, Session, SessionState},
    tool::ToolCall,
    workflow::ConnectionMode,
};
use realtime::ControlLink;
use std::{error::Error as StdError, sync::Arc};
use store::Tx;
use tokio::sync::mpsc;

/// What a round of the loop found.
enum Happened {
    Event(Result<domain::call::CallEvent, LinkEnd>),
    Command(Command),
    ToolDone(CallInput),
    Woken,
    Renew,
    Deadline,
    Budget,
    ProofDue,
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
    driven: &'a Driven,
    session: &'a Session,
    lease: Lease,
    call: Call,
    link: ControlLink,
    tools: mpsc::Sender<Asked>,
    /// What could not be sent on a link that broke.
    unsent: Vec<CallCommand>,
}

/// Drives the call. The reason to end the session with, or none when its row ended first or another
/// process drives it now.
pub(super) async fn run(
    service: &Service,
    driven: &Arc<Driven>,
    mut inbox: mpsc::Receiver<Command>,
) -> Result<Option<EndReason>, Error> {
    let session = &driven.session;
    let Some(provider_call) = session.call.clone() else {
        return Ok(Some(EndReason::ControlLost));
    };
    let limits = service.settings.sessions;
    let mut hold = Hold::new(service, driven.lease);
    let mut early = Vec::new();
    let attaching = first_link(
        service,
        driven,
        &provider_call,
        &mut inbox,
        &mut hold,
        &mut early,
    );
    let Some(link) = attaching.await else {
        return Ok(None);
    };
    let link = match link {
        Attached::Link(link) => *link,
        // It never went up: the page vanished, or the provider lost it.
        Attached::TooLate | Attached::NoCall => {
            if session.mode == ConnectionMode::Direct {
                record_incident(service, session, Incident::NotUnderControl).await?;
            }
            return Ok(Some(EndReason::ControlLost));
        }
    };
    let (tools, mut finished) = start_tools(service, driven);
    let terms = CallTerms {
        mode: session.mode,
        client: session.client,
        idle: limits.idle,
        longest_pause: limits.pause,
    };
    let mut call = Call::new(session.id.clone(), driven.configuration.clone(), terms);
    if let Some(note) = &driven.takeover {
        call = call.taken_over(service.ids.item(), note.clone(), session.paused_at);
    }
    call.unlinked(service.now() + limits.control_grace);
    let mut driver = Driver {
        service,
        driven,
        session,
        lease: driven.lease,
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
    for input in early {
        let actions = driver.call.on(input, service.now());
        if let Some(reason) = driver.carry_out(actions).await? {
            return Ok(Some(reason));
        }
    }

    let mut proof = Proof::Due(proof_due_at(service, session).await?);
    loop {
        let wake_at = driver.call.wake_at();
        let happened = tokio::select! {
            event = driver.link.next() => Happened::Event(event),
            Some(command) = inbox.recv() => Happened::Command(command),
            Some(done) = finished.recv() => Happened::ToolDone(done),
            () = sleep_until(service, wake_at) => Happened::Woken,
            () = service.clock.sleep_until(hold.renew_at) => Happened::Renew,
            () = service.clock.sleep_until(session.deadline_at) => Happened::Deadline,
            () = sleep_until(service, session.reserved_until()) => Happened::Budget,
            () = service.clock.sleep_until(proof.at()) => Happened::ProofDue,
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
            Happened::Command(Command::Note { item, text, go_on }) => by_staff(item, text, go_on),
            // It goes on with the password, and with nothing else.
            Happened::Command(Command::Pause { paused: false })
                if matches!(proof, Proof::Wanted { .. }) =>
            {
                continue;
            }
            Happened::Command(Command::Pause { paused }) => CallInput::Pause { paused },
            Happened::Command(Command::Proved) => match driver.look_for_proof(&mut proof).await? {
                Some(input) => input,
                None => continue,
            },
            Happened::Command(Command::Ended) => return Ok(None),
            Happened::ToolDone(done) => done,
            Happened::Woken => CallInput::Tick,
            Happened::Renew => match hold.renew(service, session).await {
                // The word that it was given may have been lost; the row has it.
                Held::Yes => match driver.look_for_proof(&mut proof).await? {
                    Some(input) => input,
                    None => continue,
                },
                Held::No => return Ok(None),
                Held::Unknown => return Ok(Some(EndReason::ControlLost)),
            },
            Happened::ProofDue => match proof {
                Proof::Due(_) => {
                    let until = service.now() + limits.prove_grace;
                    proof = Proof::Wanted {
                        until,
                        // What staff had silenced before stays silent afterwards.
                        then_goes_on: !driver.call.is_paused(),
                    };
                    driver.show(LiveEvent::PasswordWanted {
                        session: session.id.clone(),
                        until: Some(until),
                    });
                    CallInput::Pause { paused: true }
                }
                Proof::Wanted { .. } => return Ok(Some(EndReason::Policy)),
            },
            Happened::Deadline => return Ok(Some(EndReason::Deadline)),
            Happened::Budget => return Ok(Some(EndReason::Budget)),
            Happened::Stopping => return Ok(Some(EndReason::ServerDrained)),
        };
        let actions = driver.call.on(input, service.now());
        if let Some(reason) = driver.carry_out(actions).await? {
            return Ok(Some(reason));
        }
    }
}

/// What staff changed, for the model.
const fn by_staff(item: ItemId, text: Private<String>, go_on: bool) -> CallInput {
    CallInput::Note {
        item,
        text,
        go_on,
        by_staff: true,
    }
}

/// One tool after the other, in the order the model asked, beside the loop: the link goes on being
/// read while a tool runs (requirement A48). A tool that panics is answered as failed.
fn start_tools(
    service: &Service,
    driven: &Arc<Driven>,
) -> (mpsc::Sender<Asked>, mpsc::Receiver<CallInput>) {
    let (asked, mut inbox) = mpsc::channel::<Asked>(domain::call::MAX_TOOL_CALLS);
    let (done, finished) = mpsc::channel(32);
    let (service, driven) = (service.clone(), Arc::clone(driven));
    service.clone().tasks.spawn("tools", async move {
        while let Some(asked) = inbox.recv().await {
            let id = asked.call.id.clone();
            let run = {
                let (service, driven) = (service.clone(), Arc::clone(&driven));
                async move {
                    let Asked {
                        call,
                        evidence,
                        following,
                    } = asked;
                    run_tool::run_tool(&service, &driven, call, evidence, following).await
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
    driven: &Driven,
    call: &ProviderCallId,
    inbox: &mut mpsc::Receiver<Command>,
    hold: &mut Hold,
    early: &mut Vec<CallInput>,
) -> Option<Attached> {
    let until = service.now() + service.settings.sessions.control_grace;
    let known_live = driven.session.state == SessionState::Live;
    let attaching = attach(service, driven, call, until, known_live);
    tokio::pin!(attaching);
    loop {
        tokio::select! {
            attached = &mut attaching => return Some(attached),
            () = service.clock.sleep_until(hold.renew_at) => match hold.renew(service, &driven.session).await {
                Held::Yes => {}
                Held::No => return None,
                Held::Unknown => return Some(Attached::TooLate),
            },
            // Nobody can be told yet, and nothing is lost: it is kept for the call.
            command = inbox.recv() => match command {
                Some(Command::Ended) | None => return None,
                Some(Command::Proved) => {}
                Some(Command::Typed { item, text }) => early.push(CallInput::Typed { item, text }),
                Some(Command::Note { item, text, go_on }) => early.push(by_staff(item, text, go_on)),
                Some(Command::Pause { paused }) => early.push(CallInput::Pause { paused }),
            },
            () = service.tasks.stopping() => return Some(Attached::TooLate),
        }
    }
}

/// When the person's password is due.
#[derive(Debug, Clone, Copy)]
enum Proof {
    /// It is asked for then.
    Due(Timestamp),
    /// It was asked for, and the conversation waits.
    Wanted {
        /// Until then.
        until: Timestamp,
        /// Whether it goes on once it was given.
        then_goes_on: bool,
    },
}

impl Proof {
    const fn at(self) -> Timestamp {
        match self {
            Self::Due(at) | Self::Wanted { until: at, .. } => at,
        }
    }
}

/// Whether we still drive the call.
enum Held {
    Yes,
    /// It is over, or another process drives it.
    No,
    /// The database has not answered for as long as a call may be without control.
    Unknown,
}

/// Our hold on a call: the lease, said again before it runs out.
struct Hold {
    lease: Lease,
    renew_at: Timestamp,
    held_at: Timestamp,
}

impl Hold {
    fn new(service: &Service, lease: Lease) -> Self {
        let now = service.now();
        Self {
            lease,
            renew_at: now + service.settings.sessions.lease / 3,
            held_at: now,
        }
    }

    async fn renew(&mut self, service: &Service, session: &Session) -> Held {
        let limits = service.settings.sessions;
        self.renew_at = service.now() + limits.lease / 3;
        match service
            .store
            .renew_lease(&session.id, self.lease, limits.lease)
            .await
        {
            Ok(true) => {
                self.held_at = service.now();
                Held::Yes
            }
            Ok(false) => Held::No,
            // A database that is slow for a moment is no reason to end a conversation; a call that
            // nobody could end by its row is.
            Err(error) => {
                tracing::warn!(session.id = %session.id, error = &error as &dyn StdError, "a lease could not be renewed");
                if service.now().since(self.held_at) < limits.control_grace {
                    Held::Yes
                } else {
                    Held::Unknown
                }
            }
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
        match attach(self.service, self.driven, call, until, true).await {
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
                CallAction::RecordIncident(incident) => {
                    let recorded = record_incident(self.service, self.session, incident).await;
                    self.note_failure(recorded);
                }
                CallAction::AskWhetherThere => {
                    let ask = CallInput::Note {
                        item: self.service.ids.item(),
                        text: configure_call::silence_note(),
                        go_on: true,
                        by_staff: false,
                    };
                    let actions = self.call.on(ask, self.service.now());
                    if let Some(reason) = Box::pin(self.carry_out(actions)).await? {
                        return Ok(Some(reason));
                    }
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
                    let recorded = self.record_turn(&turn, speaker).await;
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
        let Some(mut tx) = self.held().await? else {
            return Ok(false);
        };
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

    /// Whether the password that is wanted was given. What that does to the call, if anything.
    async fn look_for_proof(&mut self, proof: &mut Proof) -> Result<Option<CallInput>, Error> {
        let Proof::Wanted { then_goes_on, .. } = *proof else {
            return Ok(None);
        };
        let due_at = proof_due_at(self.service, self.session).await?;
        if due_at <= self.service.now() {
            return Ok(None);
        }
        *proof = Proof::Due(due_at);
        self.show(LiveEvent::PasswordWanted {
            session: self.session.id.clone(),
            until: None,
        });
        Ok(then_goes_on.then_some(CallInput::Pause { paused: false }))
    }

    /// A transaction in which we are sure to drive the call; none when we do not any more.
    async fn held(&mut self) -> Result<Option<Tx>, Error> {
        let mut tx = self.service.store.begin().await?;
        let held = tx.holds_lease(&self.session.id, self.lease).await?;
        Ok(held.then_some(tx))
    }

    /// A turn. That of the person is a sign of life.
    async fn record_turn(&mut self, turn: &RecordEvent, speaker: Speaker) -> Result<(), Error> {
        let Some(mut tx) = self.held().await? else {
            return Ok(());
        };
        if speaker == Speaker::Person {
            tx.note_spoken(&self.session.id, self.service.now()).await?;
        }
        tx.append_event(
            &self.session.workspace,
            &self.session.intake,
            Some(&self.session.id),
            turn,
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
        let Some(mut tx) = self.held().await? else {
            return Ok(());
        };
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
