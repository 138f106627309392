//! What every probe has in hand: the time that is left, the calls that were made, and the findings.

use crate::Service;
use caller::{Caller, CallerError, CallerOptions, LiveCaller};
use domain::{
    Private, ProviderCallId, Timestamp,
    call::{CallCommand, CallConfiguration, CallEvent},
    provider_check::{Finding, Question, Verdict},
    sdp::{OfferProblem, SdpOffer},
};
use realtime::{AttachError, ControlLink, CreateCallError, CreatedCall, probe::Witnessed};
use std::{
    error::Error,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// All probes together.
const ALL_PROBES: Duration = Duration::from_secs(50);
/// What must be left to begin another call: making one takes up to 15 s and is not given up half-way,
/// because a call would then exist that nobody knows of.
const LEFT_FOR_A_CALL: Duration = Duration::from_secs(18);
/// Media is there within this time, or does not come.
const CONNECT: Duration = Duration::from_secs(10);
/// Saying goodbye at the end.
const HANG_UP: Duration = Duration::from_secs(8);
/// First pause between two tries to attach, doubled up to the last (realtime reference 3.4).
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(1);
/// Enough for a short sentence.
const MAX_OUTPUT_TOKENS: u32 = 64;

const INSTRUCTIONS: &str = "This call checks a connection. Say nothing by yourself. When you are asked to \
    speak, say exactly: The check is done.";

/// One check under way.
#[derive(Clone)]
pub(super) struct Probe {
    pub(super) service: Service,
    pub(super) configuration: CallConfiguration,
    pub(super) safety_id: String,
    deadline: Timestamp,
    made: Arc<Mutex<Vec<ProviderCallId>>>,
    findings: Vec<Finding>,
}

/// How a call is made.
pub(super) enum With<'a> {
    /// With the key.
    Key,
    /// With a secret, as a browser in direct mode does.
    Secret(&'a Private<String>),
}

/// Why there is no call to probe.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoCall {
    /// The provider did not make it.
    #[error("the call was not made")]
    NotMade(#[source] CreateCallError),
    /// This machine cannot call.
    #[error("this machine could not call")]
    Caller(#[from] CallerError),
    /// The caller's own offer is one we would not pass on.
    #[error("the offer could not be sent")]
    Offer(#[from] OfferProblem),
    /// Media did not come up.
    #[error("the call was made, but no media came through, perhaps because UDP is blocked")]
    NotConnected,
    /// Too little time is left.
    #[error("no time was left to ask")]
    NoTime,
}

/// A call with sound.
pub(super) struct Connected {
    pub(super) created: CreatedCall,
    pub(super) caller: LiveCaller,
    pub(super) since: Timestamp,
}

impl Probe {
    pub(super) fn new(service: &Service) -> Self {
        let profile = service.provider.profile();
        let configuration = CallConfiguration {
            model: profile.model.clone(),
            instructions: INSTRUCTIONS.to_owned(),
            tools: Vec::new(),
            voice: "marin".to_owned(),
            language: "en".to_owned(),
            transcription_model: profile.transcription_model.clone(),
            max_output_tokens: MAX_OUTPUT_TOKENS,
            silence_ms: 700,
        };
        Self {
            service: service.clone(),
            configuration,
            safety_id: service.keys.pseudonym("safety", "provider check"),
            deadline: service.now() + ALL_PROBES,
            made: Arc::default(),
            findings: Vec::new(),
        }
    }

    /// Writes an answer down. `seen` is one plain sentence.
    pub(super) fn found(&mut self, question: Question, verdict: Verdict, seen: impl Into<String>) {
        self.findings.push(Finding {
            question,
            verdict,
            seen: seen.into(),
        });
    }

    /// Writes down that some questions could not be asked, and why.
    pub(super) fn unclear(&mut self, questions: &[Question], why: &str) {
        for question in questions {
            self.found(*question, Verdict::Unclear, why);
        }
    }

    /// Everything that was found, in the order of the questions.
    pub(super) fn findings(mut self) -> Vec<Finding> {
        self.findings.sort_by_key(|finding| finding.question);
        self.findings
    }

    /// Does something within that time, and within what is left of the whole. None when it took
    /// longer, or when the service is being stopped.
    pub(super) async fn within<T>(
        &self,
        span: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let left = self.deadline.since(self.service.now());
        let work = self.service.clock.timeout(span.min(left), work);
        tokio::select! {
            done = work => done,
            () = self.service.tasks.stopping() => None,
        }
    }

    /// Has a call made for an offer. It is known from the moment it exists.
    pub(super) async fn make(
        &self,
        offer: &SdpOffer,
        with: &With<'_>,
    ) -> Result<CreatedCall, NoCall> {
        let left = self.deadline.since(self.service.now());
        if left < LEFT_FOR_A_CALL || self.service.tasks.is_stopping() {
            return Err(NoCall::NoTime);
        }
        let provider = &self.service.provider;
        let created = match with {
            With::Key => {
                provider
                    .create_call(offer, &self.configuration, &self.safety_id)
                    .await
            }
            With::Secret(secret) => provider.create_with_secret(offer, secret).await,
        };
        let created = created.map_err(NoCall::NotMade)?;
        self.calls(|made| made.push(created.call.clone()));
        Ok(created)
    }

    /// Calls, and waits for media.
    pub(super) async fn call(
        &self,
        data_channel: bool,
        with: &With<'_>,
    ) -> Result<Connected, NoCall> {
        let caller = caller(data_channel)?;
        let offer = SdpOffer::parse(caller.offer())?;
        let created = self.make(&offer, with).await?;
        let mut caller = caller.connect(&created.answer)?;
        let connected = self.within(CONNECT, caller.until(|state| state.connected));
        match connected.await.flatten() {
            Some(_) => Ok(Connected {
                created,
                caller,
                since: self.service.now(),
            }),
            None => {
                caller.hang_up().await;
                Err(NoCall::NotConnected)
            }
        }
    }

    /// Attaches the control link, trying again while the call is not found. The last refusal when it
    /// did not come about in time.
    pub(super) async fn attach(
        &self,
        call: &ProviderCallId,
        with: &With<'_>,
        span: Duration,
    ) -> Result<ControlLink, AttachError> {
        let provider = &self.service.provider;
        let mut last = AttachError::Failed;
        let trying = async {
            let mut pause = FIRST_PAUSE;
            loop {
                let attempt = match with {
                    With::Key => provider.attach(call).await,
                    With::Secret(secret) => provider.attach_with_secret(call, secret).await,
                };
                match attempt {
                    Ok(link) => return Ok(link),
                    Err(error @ AttachError::Refused(_)) => return Err(error),
                    Err(error) => last = error,
                }
                self.service.clock.sleep(pause).await;
                pause = (pause * 2).min(LAST_PAUSE);
            }
        };
        let tried = self.within(span, trying).await;
        tried.unwrap_or(Err(last))
    }

    /// Sends a command; a link that is over shows in what is watched for next.
    pub(super) async fn tell(&self, link: &mut ControlLink, command: &CallCommand) {
        if let Err(end) = link.send(command, &self.configuration).await {
            tracing::debug!(?end, "the control link of a check is over");
        }
    }

    /// Waits for an event on the control link that tells something; the others are passed over.
    pub(super) async fn watch<T>(
        &self,
        link: &mut ControlLink,
        span: Duration,
        tells: impl Fn(&Witnessed) -> Option<T>,
    ) -> Option<T> {
        let watching = async {
            while let Ok(witnessed) = link.witness().await {
                if let Some(told) = tells(&witnessed) {
                    return Some(told);
                }
            }
            None
        };
        self.within(span, watching).await.flatten()
    }

    /// The same on the caller's data channel.
    pub(super) async fn watch_caller<T>(
        &self,
        caller: &mut LiveCaller,
        span: Duration,
        tells: impl Fn(&CallEvent) -> Option<T>,
    ) -> Option<T> {
        let watching = async {
            while let Some(frame) = caller.event().await {
                let event = realtime::decode(&frame).ok();
                if let Some(told) = event.as_ref().and_then(&tells) {
                    return Some(told);
                }
            }
            None
        };
        self.within(span, watching).await.flatten()
    }

    /// Hangs a call up that has nothing more to tell.
    pub(super) async fn leave(&self, call: &ProviderCallId, caller: Option<LiveCaller>) {
        if self.calls(|made| made.contains(call)) {
            let hung_up = self.within(HANG_UP, self.service.provider.hangup(call));
            if let Some(Ok(_)) = hung_up.await {
                self.is_over(call);
            }
        }
        if let Some(caller) = caller {
            caller.hang_up().await;
        }
    }

    /// A call is known to be over.
    pub(super) fn is_over(&self, call: &ProviderCallId) {
        self.calls(|made| made.retain(|known| known != call));
    }

    /// Hangs up what is left, whatever came of the probes.
    pub(super) async fn hang_up_everything(&self) {
        let left = self.calls(std::mem::take);
        let hangups = left.iter().map(|call| async move {
            let hung_up = self.service.provider.hangup(call);
            match self.service.clock.timeout(HANG_UP, hung_up).await {
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    tracing::error!(call.id = %call, %error, "a call of the check could not be hung up");
                }
                None => tracing::error!(call.id = %call, "a call of the check was not hung up in time"),
            }
        });
        futures::future::join_all(hangups).await;
    }

    fn calls<T>(&self, act: impl FnOnce(&mut Vec<ProviderCallId>) -> T) -> T {
        act(&mut self.made.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A caller with sound, with or without a data channel.
pub(super) fn caller(data_channel: bool) -> Result<Caller, CallerError> {
    Caller::new(CallerOptions {
        data_channel,
        ..CallerOptions::default()
    })
}

/// A reason and what is behind it, as a sentence.
pub(super) fn sentence(reason: &dyn Error) -> String {
    let mut text = reason.to_string();
    let mut behind = reason.source();
    while let Some(source) = behind {
        text.push_str(&format!(": {source}"));
        behind = source.source();
    }
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
