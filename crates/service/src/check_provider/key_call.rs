//! A call that is made with the key, by a caller with a data channel: what we see of it, what the
//! caller can do, and whether it ends when we say so.

use super::probe::{Connected, NoCall, Probe, With, sentence};
use caller::LiveCaller;
use domain::{
    ProviderCallId,
    call::{
        CallCommand, CallConfiguration, CallEvent, EffectiveConfiguration, ItemKind, PinnedPart,
        ResponseStatus,
    },
    provider_check::{Question, Verdict},
};
use realtime::{AttachError, ControlLink, CreateCallError, LocationForm, encode, probe::answers};
use runtime::Ids;
use std::time::Duration;

const ATTACH: Duration = Duration::from_secs(10);
const CHANNEL: Duration = Duration::from_secs(8);
/// What follows something at once, or does not.
const ANSWER: Duration = Duration::from_secs(3);
/// What should not come: it would have, by then.
const ECHO: Duration = Duration::from_secs(1);
const RESPONSE: Duration = Duration::from_secs(10);
const END: Duration = Duration::from_secs(6);

const CHANGED: &str = "Changed by the client of a check.";
const ITEM: &str = "This line was added by the client of a check.";

/// What a data channel is needed for.
const BY_THE_CALLER: [Question; 4] = [
    Question::ChangesShown,
    Question::ChangesRefused,
    Question::ItemsShown,
    Question::ErrorsApart,
];

/// Asks all of it. Says whether the call came about, with sound.
pub(super) async fn ask(probe: &mut Probe) -> bool {
    let connected = match probe.call(true, &With::Key).await {
        Ok(connected) => connected,
        Err(no) => {
            let why = sentence(&no);
            if let NoCall::NotMade(CreateCallError::Uncontrollable) = no {
                probe.found(Question::CallId, Verdict::NotEnforced, why.as_str());
            } else {
                probe.unclear(&[Question::CallId], &why);
            }
            probe.unclear(
                &[Question::ControlLink, Question::Hangup, Question::Usage],
                &why,
            );
            probe.unclear(&BY_THE_CALLER, &why);
            return false;
        }
    };
    let form = match connected.created.location {
        LocationForm::Relative => "a path",
        LocationForm::Absolute => "a whole URL",
    };
    let seen = format!("The call's id could be read from `Location`, which was {form}.");
    probe.found(Question::CallId, Verdict::Enforced, seen);
    ask_on_the_call(probe, connected).await;
    true
}

async fn ask_on_the_call(probe: &mut Probe, connected: Connected) {
    let Connected {
        created,
        mut caller,
        since,
    } = connected;
    let attached = probe.attach(&created.call, &With::Key, ATTACH).await;
    let ms = probe.service.now().since(since).as_millis();
    match attached {
        Ok(mut link) => {
            let seen = format!("The control link opened {ms} ms after the call was connected.");
            probe.found(Question::ControlLink, Verdict::Enforced, seen);
            ask_on_both_ends(probe, &mut link, &mut caller).await;
            ask_for_usage(probe, &mut link).await;
            ask_for_the_end(probe, &created.call, link, &mut caller).await;
        }
        Err(error) => {
            let seen = format!("The control link did not open within {ms} ms: {error}.");
            probe.found(Question::ControlLink, Verdict::NotEnforced, seen);
            let why = "Without the control link this cannot be seen.";
            probe.unclear(&[Question::Hangup, Question::Usage], why);
            probe.unclear(&BY_THE_CALLER, why);
        }
    }
    probe.leave(&created.call, Some(caller)).await;
}

async fn ask_on_both_ends(probe: &mut Probe, link: &mut ControlLink, caller: &mut LiveCaller) {
    let open = caller.until(|state| state.channel_open || state.closed);
    match probe.within(CHANNEL, open).await.flatten() {
        Some(state) if state.channel_open => {
            ask_for_changes(probe, link, caller).await;
            ask_for_items(probe, link, caller).await;
            ask_for_errors(probe, link, caller).await;
        }
        _ => probe.unclear(&BY_THE_CALLER, "The caller's data channel did not open."),
    }
}

/// The caller sends other instructions.
async fn ask_for_changes(probe: &mut Probe, link: &mut ControlLink, caller: &LiveCaller) {
    let changed = CallConfiguration {
        instructions: CHANGED.to_owned(),
        ..probe.configuration.clone()
    };
    let is_changed = |effective: &EffectiveConfiguration| {
        !changed.drift(effective).contains(&PinnedPart::Instructions)
    };
    let begun = probe.service.now();
    caller.send(encode(&CallCommand::RestoreConfiguration, &changed));
    let shown = probe.watch(link, ANSWER, |seen| match &seen.event {
        CallEvent::Configuration(effective) => is_changed(effective).then_some(()),
        _ => None,
    });
    let shown = shown.await.is_some();
    let ms = probe.service.now().since(begun).as_millis();
    probe.tell(link, &CallCommand::AskConfiguration).await;
    let applied = probe.watch(link, ANSWER, |seen| match &seen.event {
        CallEvent::Configuration(effective) => Some(is_changed(effective)),
        _ => None,
    });
    let applied = applied.await;
    let (verdict, seen) = match applied {
        Some(true) => (
            Verdict::NotEnforced,
            "The caller's other instructions were in force.",
        ),
        Some(false) => (
            Verdict::Enforced,
            "The caller's other instructions were not in force.",
        ),
        None => (
            Verdict::Unclear,
            "The control link did not say which configuration is in force.",
        ),
    };
    probe.found(Question::ChangesRefused, verdict, seen);
    let (verdict, seen) = match (shown, applied) {
        (true, _) => (
            Verdict::Enforced,
            format!("The control link showed the caller's change after {ms} ms."),
        ),
        (false, Some(true)) => (
            Verdict::NotEnforced,
            "The caller's change was in force, but the control link did not show it.".to_owned(),
        ),
        (false, Some(false)) => (
            Verdict::Enforced,
            "The caller's change did not come into force, so there was nothing to show.".to_owned(),
        ),
        (false, None) => (
            Verdict::Unclear,
            "The control link showed no configuration at all.".to_owned(),
        ),
    };
    probe.found(Question::ChangesShown, verdict, seen);
    probe.tell(link, &CallCommand::RestoreConfiguration).await;
}

/// The caller adds a message of the system.
async fn ask_for_items(probe: &mut Probe, link: &mut ControlLink, caller: &mut LiveCaller) {
    let question = Question::ItemsShown;
    let add = CallCommand::Note {
        item: Ids.item(),
        text: ITEM.into(),
    };
    caller.send(encode(&add, &probe.configuration));
    let added = |event: &CallEvent| match event {
        CallEvent::ItemAdded {
            kind: ItemKind::System,
            ..
        } => Some(true),
        _ => None,
    };
    if probe
        .watch(link, ANSWER, |seen| added(&seen.event))
        .await
        .is_some()
    {
        let seen = "The control link showed the message that the caller added.";
        return probe.found(question, Verdict::Enforced, seen);
    }
    let told = probe.watch_caller(caller, ECHO, |event| match event {
        CallEvent::Error { .. } => Some(false),
        event => added(event),
    });
    match told.await {
        Some(true) => {
            let seen = "The caller was told that its message was added, but the control link did not show it.";
            probe.found(question, Verdict::NotEnforced, seen);
        }
        Some(false) => {
            let seen = "The caller's message was refused, so there was nothing to show.";
            probe.found(question, Verdict::Enforced, seen);
        }
        None => {
            let why = "Neither side was told that the caller's message was added.";
            probe.unclear(&[question], why);
        }
    }
}

/// Either side asks for what must be refused: an item is deleted that is not there.
async fn ask_for_errors(probe: &mut Probe, link: &mut ControlLink, caller: &mut LiveCaller) {
    let question = Question::ErrorsApart;
    let [callers, ours] = [(); 2].map(|()| CallCommand::DeleteItem { item: Ids.item() });
    let is_error = |event: &CallEvent| matches!(event, CallEvent::Error { .. }).then_some(());
    let is_own = |event: &CallEvent, wrong| answers(event, wrong).then_some(());

    caller.send(encode(&callers, &probe.configuration));
    let callers_own = probe.watch_caller(caller, ANSWER, |event| is_own(event, &callers));
    let callers_own = callers_own.await;
    let seen_by_us = probe.watch(link, ECHO, |seen| is_error(&seen.event)).await;
    probe.tell(link, &ours).await;
    let our_own = probe.watch(link, ANSWER, |seen| is_own(&seen.event, &ours));
    let our_own = our_own.await;
    // Its own was read already, so any other is ours.
    let seen_by_caller = probe.watch_caller(caller, ECHO, is_error).await;

    let (verdict, seen) = match (seen_by_us.is_some(), seen_by_caller.is_some()) {
        (true, true) => (
            Verdict::NotEnforced,
            "Each side was told the errors of the other.",
        ),
        (true, false) => (
            Verdict::NotEnforced,
            "The control link was told an error of the caller's.",
        ),
        (false, true) => (
            Verdict::NotEnforced,
            "The caller was told an error of the control link's.",
        ),
        (false, false) if callers_own.is_some() && our_own.is_some() => (
            Verdict::Enforced,
            "Each side was told its own error and not the other's.",
        ),
        (false, false) => (
            Verdict::Unclear,
            "An event that should have been refused was not answered by an error.",
        ),
    };
    probe.found(question, verdict, seen);
}

/// One short response.
async fn ask_for_usage(probe: &mut Probe, link: &mut ControlLink) {
    let question = Question::Usage;
    let respond = CallCommand::Respond {
        instructions: Some("Say exactly: The check is done.".to_owned()),
    };
    probe.tell(link, &respond).await;
    let done = probe.watch(link, RESPONSE, |seen| match &seen.event {
        CallEvent::ResponseDone {
            status, failure, ..
        } => Some((*status, failure.clone(), seen.usage?)),
        _ => None,
    });
    match done.await {
        Some((ResponseStatus::Failed, failure, _)) => {
            let why = match failure {
                Some(code) => format!("The response failed ({code})."),
                None => "The response failed.".to_owned(),
            };
            probe.unclear(&[question], &why);
        }
        Some((_, _, Ok(()))) => {
            let seen = "A response told its input, cached and output tokens, and they add up.";
            probe.found(question, Verdict::Enforced, seen);
        }
        Some((_, _, Err(problem))) => {
            let seen = format!("Of a response's tokens, {problem}.");
            probe.found(question, Verdict::NotEnforced, seen);
        }
        None => probe.unclear(&[question], "No response was done in time."),
    }
}

/// Hangs up, and looks from every side whether the call is over.
async fn ask_for_the_end(
    probe: &mut Probe,
    call: &ProviderCallId,
    mut link: ControlLink,
    caller: &mut LiveCaller,
) {
    let question = Question::Hangup;
    match probe.within(END, probe.service.provider.hangup(call)).await {
        Some(Ok(_)) => {}
        Some(Err(error)) => {
            let seen = format!("Hanging up failed: {error}.");
            return probe.found(question, Verdict::NotEnforced, seen);
        }
        None => return probe.unclear(&[question], "Hanging up was not answered in time."),
    }
    let over = async { while link.witness().await.is_ok() {} };
    let (link_closed, caller_told) = tokio::join!(
        probe.within(END, over),
        probe.within(END, caller.until(|state| state.closed)),
    );
    // The surest sign, and the only one of a provider that does not say goodbye to the caller.
    let is_gone = match probe
        .within(ANSWER, probe.service.provider.attach(call))
        .await
    {
        Some(Err(AttachError::NotFound)) => true,
        Some(Ok(again)) => {
            again.close().await;
            false
        }
        Some(Err(AttachError::Refused(_) | AttachError::Failed)) | None => false,
    };
    let again = probe.within(END, probe.service.provider.hangup(call)).await;
    let told = match (link_closed, caller_told.flatten()) {
        (Some(()), Some(_)) => "the control link closed and the caller was told",
        (Some(()), None) => "the control link closed, though the caller was not told",
        (None, Some(_)) => "the caller was told, but the control link stayed open",
        (None, None) => "neither the control link nor the caller was told",
    };
    let (verdict, seen) = match (is_gone, link_closed, again) {
        (true, Some(()), Some(Ok(_))) => {
            probe.is_over(call);
            let seen = format!(
                "After hanging up the call was not found any more, {told}, and hanging up again did no harm."
            );
            (Verdict::Enforced, seen)
        }
        (true, _, _) => {
            let seen = format!(
                "After hanging up the call was not found any more, but {told}, or hanging up again failed."
            );
            (Verdict::NotEnforced, seen)
        }
        (false, _, _) => {
            let seen = format!(
                "Hanging up was answered with success, but the call could still be found; {told}."
            );
            (Verdict::NotEnforced, seen)
        }
    };
    probe.found(question, verdict, seen);
}
