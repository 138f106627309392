//! A call that is made with a secret, as in direct mode: who controls it, and whether the secret makes
//! another one.

use super::probe::{Connected, NoCall, Probe, With, caller, sentence};
use domain::{
    Private,
    provider_check::{Question, Verdict},
    sdp::SdpOffer,
};
use realtime::CreateCallError;
use std::time::Duration;

const LIFE: Duration = Duration::from_secs(60);
const MINT: Duration = Duration::from_secs(10);
const ATTACH: Duration = Duration::from_secs(6);
/// When the key has already opened a link, the call is there.
const ATTACH_AGAIN: Duration = Duration::from_secs(2);

const QUESTIONS: [Question; 3] = [
    Question::SecretOnce,
    Question::SecretCallByKey,
    Question::SecretCallBySecret,
];

/// Asks all of it.
pub(super) async fn ask(probe: &mut Probe) {
    let minting = probe
        .service
        .provider
        .mint(&probe.configuration, LIFE, &probe.safety_id);
    let secret = match probe.within(MINT, minting).await {
        Some(Ok(minted)) => minted.secret,
        Some(Err(error)) => {
            return probe.unclear(&QUESTIONS, &format!("No secret was minted: {error}."));
        }
        None => return probe.unclear(&QUESTIONS, "Minting a secret was not answered in time."),
    };
    let connected = match probe.call(true, &With::Secret(&secret)).await {
        Ok(connected) => connected,
        Err(no) => return probe.unclear(&QUESTIONS, &sentence(&no)),
    };
    ask_for_links(probe, &connected, &secret).await;
    ask_for_another(probe, &secret).await;
    let Connected {
        created, caller, ..
    } = connected;
    probe.leave(&created.call, Some(caller)).await;
}

async fn ask_for_links(probe: &mut Probe, connected: &Connected, secret: &Private<String>) {
    let call = &connected.created.call;
    let by_key = probe.attach(call, &With::Key, ATTACH).await;
    let span = match &by_key {
        Ok(_) => ATTACH_AGAIN,
        Err(_) => ATTACH,
    };
    let ms = probe.service.now().since(connected.since).as_millis();
    match by_key {
        Ok(link) => {
            let seen =
                format!("The key opened the control link {ms} ms after the call was connected.");
            probe.found(Question::SecretCallByKey, Verdict::Enforced, seen);
            link.close().await;
        }
        Err(error) => {
            let seen = format!("The key did not open the control link within {ms} ms: {error}.");
            probe.found(Question::SecretCallByKey, Verdict::NotEnforced, seen);
        }
    }
    let begun = probe.service.now();
    let by_secret = probe.attach(call, &With::Secret(secret), span).await;
    let ms = probe.service.now().since(begun).as_millis();
    match by_secret {
        Ok(link) => {
            let seen = format!("The secret opened the control link in {ms} ms.");
            probe.found(Question::SecretCallBySecret, Verdict::Enforced, seen);
            link.close().await;
        }
        Err(error) => {
            let seen = format!("The secret did not open the control link within {ms} ms: {error}.");
            probe.found(Question::SecretCallBySecret, Verdict::NotEnforced, seen);
        }
    }
}

/// A second offer with the same secret, by another caller. Its call is never joined.
async fn ask_for_another(probe: &mut Probe, secret: &Private<String>) {
    let question = Question::SecretOnce;
    let second = async {
        let caller = caller(true)?;
        let offer = SdpOffer::parse(caller.offer())?;
        probe.make(&offer, &With::Secret(secret)).await
    };
    match second.await {
        Ok(created) => {
            probe.leave(&created.call, None).await;
            let seen = "The same secret made a second call.";
            probe.found(question, Verdict::NotEnforced, seen);
        }
        Err(NoCall::NotMade(
            error @ (CreateCallError::Key { .. }
            | CreateCallError::Access { .. }
            | CreateCallError::Refused { .. }),
        )) => {
            let seen = format!("A second offer with the same secret was refused: {error}.");
            probe.found(question, Verdict::Enforced, seen);
        }
        Err(no) => probe.unclear(&[question], &sentence(&no)),
    }
}
