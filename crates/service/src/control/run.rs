//! The one visible loop: what happens to a call, and what is done about it.

use super::{
    Command, Driven,
    driver::{Asked, Driver},
    hold::{Held, Hold, Proof},
    link::{Attached, attach},
    proof_due_at,
};
use crate::{Error, Service, record::record_incident, run_tool};
use domain::{
    ItemId, Private, ProviderCallId, Timestamp,
    call::{Call, CallInput, CallTerms, LinkEnd},
    event::LiveEvent,
    incident::Incident,
    session::{EndReason, SessionState},
    workflow::ConnectionMode,
};
use std::sync::Arc;
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
            // One that was under control and is gone, or a server that stops, is none.
            let first = driven.takeover.is_none() && !service.tasks.is_stopping();
            if session.mode == ConnectionMode::Direct && first {
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
            Happened::Event(Err(end)) => {
                match driver.reattach(&provider_call, end, &mut hold).await {
                    Ok(actions) => {
                        if let Some(reason) = driver.carry_out(actions).await? {
                            return Ok(Some(reason));
                        }
                        continue;
                    }
                    Err(reason) => return Ok(reason),
                }
            }
            Happened::Command(Command::Typed { item, text }) => CallInput::Typed { item, text },
            Happened::Command(Command::Note { item, text, go_on }) => by_staff(item, text, go_on),
            // It goes on with the password, and with nothing else.
            Happened::Command(Command::Pause { paused: false })
                if matches!(proof, Proof::Wanted { .. }) =>
            {
                continue;
            }
            Happened::Command(Command::Pause { paused }) => {
                // It stays silent for staff, also once the password was given.
                if let Proof::Wanted { then_goes_on, .. } = &mut proof {
                    *then_goes_on = false;
                }
                CallInput::Pause { paused }
            }
            Happened::Command(Command::Proved) => match driver.look_for_proof(&mut proof).await {
                Some(input) => input,
                None => continue,
            },
            Happened::Command(Command::Ended) => return Ok(None),
            Happened::ToolDone(done) => done,
            Happened::Woken => CallInput::Tick,
            Happened::Renew => match hold.renew(service, session).await {
                // The word that it was given may have been lost; the row has it.
                Held::Yes => match driver.look_for_proof(&mut proof).await {
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

async fn sleep_until(service: &Service, at: Option<Timestamp>) {
    match at {
        Some(at) => service.clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}
