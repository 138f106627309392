//! Carrying out what the call machine says: to the provider, to the rows, to the pages.

use super::{
    Driven,
    hold::{Held, Hold, Proof},
    link::{Attached, attach},
    proof_due_at,
};
use crate::{
    Error, Service, authenticate, configure_call,
    record::{Line, record_incident, record_state, record_trouble},
    run_tool,
};
use domain::{
    ProviderCallId, ResponseId,
    audit::{Actor, AuditAction},
    call::{
        Call, CallAction, CallCommand, CallInput, DriftKind, Following, LinkEnd, PinnedPart, Usage,
    },
    event::{LiveEvent, RecordEvent, Speaker},
    intake::Evidence,
    session::{ClientKind, EndReason, Lease, Session, SessionState},
    tool::ToolCall,
};
use realtime::ControlLink;
use std::error::Error as StdError;
use store::Tx;
use tokio::sync::mpsc;

/// A tool to run.
pub(super) struct Asked {
    pub(super) call: ToolCall,
    pub(super) evidence: Option<Evidence>,
    pub(super) following: Following,
}

/// What drives one call.
pub(super) struct Driver<'a> {
    pub(super) service: &'a Service,
    pub(super) driven: &'a Driven,
    pub(super) session: &'a Session,
    pub(super) lease: Lease,
    pub(super) call: Call,
    pub(super) link: ControlLink,
    pub(super) tools: mpsc::Sender<Asked>,
    /// What could not be sent on a link that broke.
    pub(super) unsent: Vec<CallCommand>,
}

impl Driver<'_> {
    /// The link ended: the call is over, or we get it back, or we lost control.
    pub(super) async fn reattach(
        &mut self,
        call: &ProviderCallId,
        end: LinkEnd,
        hold: &mut Hold,
    ) -> Result<Vec<CallAction>, Option<EndReason>> {
        self.show(LiveEvent::Control {
            session: self.session.id.clone(),
            attached: false,
        });
        let until = self.service.now() + self.service.settings.sessions.control_grace;
        self.call.unlinked(until);
        let attached = {
            let attaching = attach(self.service, self.driven, call, until, true);
            tokio::pin!(attaching);
            loop {
                tokio::select! {
                    attached = &mut attaching => break attached,
                    // Meanwhile we say that we are alive, or hear that another drives the call now.
                    () = self.service.clock.sleep_until(hold.renew_at) => {
                        match hold.renew(self.service, self.session).await {
                            Held::Yes => {}
                            Held::No => return Err(None),
                            Held::Unknown => return Err(Some(EndReason::ControlLost)),
                        }
                    }
                }
            }
        };
        match attached {
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
            Attached::NoCall if end == LinkEnd::Clean => Err(Some(EndReason::TabLost)),
            Attached::NoCall | Attached::TooLate => Err(Some(EndReason::ControlLost)),
        }
    }

    /// Does what the call says. The reason to end, if it says so.
    pub(super) async fn carry_out(
        &mut self,
        actions: Vec<CallAction>,
    ) -> Result<Option<EndReason>, Error> {
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
                    // Not by one who does not drive the call any more: what it takes for a stranger's
                    // is the other's.
                    if matches!(self.held().await, Ok(None)) {
                        return Ok(None);
                    }
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
        record_state(&mut tx, self.session, SessionState::Live, now).await?;
        let line = Line::new(AuditAction::CallLive, Actor::Server).session(self.session);
        self.service.audit(&mut tx, line).await?;
        tx.commit().await?;
        self.service.hub.wake(&self.session.intake);
        Ok(true)
    }

    /// Whether the password that is wanted was given. What that does to the call, if anything.
    pub(super) async fn look_for_proof(&mut self, proof: &mut Proof) -> Option<CallInput> {
        let Proof::Wanted { then_goes_on, .. } = *proof else {
            return None;
        };
        let due_at = match proof_due_at(self.service, self.session).await {
            Ok(due_at) => due_at,
            // Asked again in a moment; a slow database is no reason to end a conversation.
            Err(error) => {
                self.note_failure(Err(error));
                return None;
            }
        };
        if due_at <= self.service.now() {
            return None;
        }
        *proof = Proof::Due(due_at);
        self.show(LiveEvent::PasswordWanted {
            session: self.session.id.clone(),
            until: None,
        });
        then_goes_on.then_some(CallInput::Pause { paused: false })
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

    pub(super) fn show(&self, event: LiveEvent) {
        self.service
            .hub
            .show(&self.session.intake, event, self.service.now());
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
