//! Whose call it is: the configuration in effect, and what somebody else does in it.

use super::*;

impl Call {
    pub(super) fn on_configuration(
        &mut self,
        effective: &EffectiveConfiguration,
        now: Timestamp,
    ) -> Vec<CallAction> {
        let parts = self.configuration.drift(effective);
        self.verify_by = None;
        if !parts.is_empty() {
            return self.on_drift(parts, now);
        }
        self.strangers.end_to_rule();
        self.quiet_until = self.drift.is_ours(now).filter(|at| *at > now);
        if self.phase == Phase::Live {
            return Vec::new();
        }
        self.phase = Phase::Live;
        self.wanted = true;
        if !self.paused {
            self.quiet.heard(now);
        }
        let mut actions = vec![CallAction::GoLive];
        if let Some((item, text)) = self.takeover.take() {
            actions.extend(self.on_note(item, text, true));
        }
        for input in std::mem::take(&mut self.held_back) {
            actions.extend(self.on_said(input, now));
        }
        actions
    }

    pub(super) fn on_drift(&mut self, parts: Vec<PinnedPart>, now: Timestamp) -> Vec<CallAction> {
        // A call that the browser made shows by its configuration that it is this session's. Until it
        // did, nothing is sent to it but the question.
        if self.terms.mode == ConnectionMode::Direct && self.phase == Phase::Verifying {
            return self.tampered(Incident::ForeignCall);
        }
        let (kind, verdict) = self.drift.drifted(&parts, now);
        let incident = if parts.contains(&PinnedPart::Transcription) {
            Incident::TranscriptionChanged
        } else {
            Incident::Drift
        };
        let record = CallAction::RecordDrift { parts, kind };
        match verdict {
            Verdict::HangUp => std::iter::once(record)
                .chain(self.tampered(incident))
                .collect(),
            Verdict::PutBack => {
                self.strangers.begin_to_rule(self.active.as_ref());
                let restore = CallAction::Send(CallCommand::RestoreConfiguration);
                let mut actions = vec![record, restore];
                if self.active.is_some() {
                    actions.extend(self.cut_off());
                }
                actions
            }
        }
    }

    /// Stops what is being said under another's configuration. It is said again under ours.
    pub(super) fn cut_off(&mut self) -> Vec<CallAction> {
        let wanted = self.wanted;
        let actions = self.hush();
        // After a goodbye there is nothing more to say.
        if self.closing.is_some() {
            self.wanted = wanted;
        }
        actions
    }

    /// Somebody works against the call: it is silenced at once, recorded and hung up.
    pub(super) fn tampered(&mut self, incident: Incident) -> Vec<CallAction> {
        let mut actions = self.hush();
        actions.push(CallAction::RecordIncident(incident));
        actions.push(CallAction::HangUp(EndReason::Tampered));
        actions
    }

    /// Whether the browser has a channel to the provider. Where it has none, what we did not send is
    /// the provider's own doing.
    pub(super) fn others_can_send(&self) -> bool {
        self.terms.mode != ConnectionMode::Sealed
    }

    /// What is to be thought of a response that begins. Nobody else can have begun one in a
    /// sealed call; another client than our page may ask for them, but not for others than configured.
    pub(super) fn judged(
        &mut self,
        in_conversation: bool,
        marked: bool,
        shape: &ResponseShape,
    ) -> Judged {
        let begun_by = self.strangers.begun_by(self.asked, marked);
        if !self.others_can_send() {
            return Judged::Ours;
        }
        // While another's settings rule, what they make is cut off anyway, and they are put back.
        // A stock client's own voice cannot be put back once it was heard, and does no harm.
        let shape = match self.terms.client {
            ClientKind::OurPage => shape.clone(),
            ClientKind::Other => ResponseShape {
                voice: None,
                ..shape.clone()
            },
        };
        let overridden = !self.strangers.rule() && self.configuration.is_overridden(&shape);
        match begun_by {
            _ if !in_conversation => Judged::Intrusion(Incident::OutOfBand),
            _ if overridden => Judged::Intrusion(Incident::OverriddenResponse),
            BegunBy::Us | BegunBy::Turn => Judged::Ours,
            BegunBy::Unknown | BegunBy::Stranger if self.terms.client == ClientKind::Other => {
                Judged::Ours
            }
            BegunBy::Unknown => Judged::Doubtful,
            BegunBy::Stranger => Judged::Intrusion(Incident::ForeignResponse),
        }
    }
}
