//! A call without a data channel: whether sealed mode can be used.

use super::probe::{NoCall, Probe, With, sentence};
use domain::{
    call::{CallCommand, CallEvent},
    provider_check::{Question, Verdict},
};
use realtime::CreateCallError;
use std::time::Duration;

const LIVE: Duration = Duration::from_secs(8);

/// Asks it. Only after a call with a data channel went well does a failure tell anything.
pub(super) async fn ask(probe: &mut Probe, others_connect: bool) {
    let question = Question::SealedOffers;
    if !others_connect {
        let why = "A call with a data channel did not come about, so this one would tell nothing.";
        return probe.unclear(&[question], why);
    }
    let connected = match probe.call(false, &With::Key).await {
        Ok(connected) => connected,
        Err(
            no @ (NoCall::NotConnected
            | NoCall::NotMade(CreateCallError::Refused { .. } | CreateCallError::BadAnswer)),
        ) => return probe.found(question, Verdict::NotEnforced, sentence(&no)),
        Err(no @ (NoCall::NotMade(_) | NoCall::Caller(_) | NoCall::Offer(_) | NoCall::NoTime)) => {
            return probe.unclear(&[question], &sentence(&no));
        }
    };
    let call = &connected.created.call;
    let (verdict, seen) = if connected.created.has_data_channel() {
        let seen =
            "The offer was taken, but the answer opens a data channel that was not asked for.";
        (Verdict::NotEnforced, seen)
    } else if is_live(probe, call).await {
        let seen = "The offer was taken, the answer has no data channel, and the call was live and under control.";
        (Verdict::Enforced, seen)
    } else {
        let seen = "The offer was taken, but the call did not come under control.";
        (Verdict::NotEnforced, seen)
    };
    probe.found(question, verdict, seen);
    probe.leave(call, Some(connected.caller)).await;
}

/// Whether the control link opens and answers.
async fn is_live(probe: &Probe, call: &domain::ProviderCallId) -> bool {
    let Ok(mut link) = probe.attach(call, &With::Key, LIVE).await else {
        return false;
    };
    probe.tell(&mut link, &CallCommand::AskConfiguration).await;
    let answered = probe.watch(&mut link, LIVE, |seen| {
        matches!(seen.event, CallEvent::Configuration(_)).then_some(())
    });
    let is_live = answered.await.is_some();
    link.close().await;
    is_live
}
