//! Responses: never two at once, each begun by somebody known, and asked for again when they failed.

use super::*;

impl Call {
    pub(super) fn on_response_started(
        &mut self,
        response: ResponseId,
        in_conversation: bool,
    ) -> Vec<CallAction> {
        // What another client asks for while we still answer the model has not read our answer.
        let on_its_way = !self.unanswered.is_empty() || self.strangers.may_have_overtaken_us();
        let early = self.terms.client == ClientKind::Other && on_its_way;
        let distrusted = self.strangers.rule() || early || self.strangers.distrusts(&response);
        if distrusted {
            self.strangers.distrust(response.clone());
        }
        if !in_conversation {
            return Vec::new();
        }
        self.active = Some(response);
        self.asked = false;
        self.blocked = false;
        // Whatever was wanted, this response sees it: outputs and notes are in the conversation.
        self.wanted = false;
        if let Some(closing) = &mut self.closing {
            closing.begun = true;
        }
        if distrusted {
            return self.cut_off();
        }
        if self.paused {
            return self.hush();
        }
        Vec::new()
    }

    pub(super) fn on_response_done(
        &mut self,
        response: &ResponseId,
        status: ResponseStatus,
        failure: Option<&str>,
        usage: Option<Usage>,
        now: Timestamp,
    ) -> Vec<CallAction> {
        self.blocked = false;
        self.strangers.forget(response);
        self.strangers.take_as_read();
        if self.active.as_ref() == Some(response) {
            self.active = None;
        }
        let mut actions: Vec<_> = usage
            .map(|usage| CallAction::RecordUsage {
                response: response.clone(),
                usage,
            })
            .into_iter()
            .collect();
        match status {
            ResponseStatus::Failed if failure == Some("server_error") => {
                actions.extend(self.retry_once());
            }
            ResponseStatus::Failed => actions.extend(failed(ProviderTrouble::Failed, failure)),
            ResponseStatus::Completed => self.retried = false,
            ResponseStatus::Cancelled | ResponseStatus::Incomplete => {}
        }
        if let Some(closing) = &mut self.closing
            && closing.begun
            && !self.playing
        {
            closing.until = closing.until.min(now + SILENT_GOODBYE);
        }
        actions
    }

    /// What a provider's code asks for is in the realtime reference, section 4.6.
    pub(super) fn on_error(
        &mut self,
        code: Option<&str>,
        command: Option<&str>,
    ) -> Vec<CallAction> {
        // We cut off what ended by itself, or took out what was gone already.
        if let Some("response_cancel_not_active" | "item_delete_invalid_item_id") = code {
            return Vec::new();
        }
        // Refused as a whole, the configuration was never in effect.
        if self.phase == Phase::Verifying {
            return failed(ProviderTrouble::Setup, code);
        }
        let ours = self.asked && matches!(command, None | Some("respond"));
        match code {
            // A turn of the person's began one first, and it sees what we added. One that we do
            // not know of began before, and has to end first.
            Some("conversation_already_has_active_response") => {
                if self.active.is_none() && self.asked {
                    self.blocked = true;
                    self.wanted = true;
                }
                self.asked = false;
                Vec::new()
            }
            Some("server_error") if ours => self.retry_once(),
            Some(
                "insufficient_quota"
                | "rate_limit_exceeded"
                | "invalid_api_key"
                | "model_not_found",
            ) => failed(ProviderTrouble::Failed, code),
            _ => {
                // A response that was refused will not begin; the next turn may ask again.
                if command == Some("respond") {
                    self.asked = false;
                }
                Vec::new()
            }
        }
    }

    /// The provider's own fault is forgiven once between two answers.
    pub(super) fn retry_once(&mut self) -> Vec<CallAction> {
        if self.retried {
            return failed(ProviderTrouble::Failed, Some("server_error"));
        }
        self.retried = true;
        self.asked = false;
        self.wanted = true;
        Vec::new()
    }

    pub(super) fn ask_if_wanted(&mut self, actions: &mut Vec<CallAction>) {
        let free = self.active.is_none()
            && !self.asked
            && !self.blocked
            && !self.person_speaking
            && !self.paused;
        let ready = !self.strangers.rule() && self.quiet_until.is_none();
        if self.wanted && free && ready && self.phase == Phase::Live && self.unanswered.is_empty() {
            self.wanted = false;
            self.asked = true;
            actions.push(CallAction::Send(CallCommand::Respond {
                instructions: None,
            }));
        }
    }
}
