//! Tool calls: each is run once and answered once, and the goodbye follows the last.

use super::*;

impl Call {
    pub(super) fn on_tool_call(&mut self, call: ToolCall) -> Vec<CallAction> {
        // A repeat of a call we have seen does nothing (promise 5).
        if !self.tool_calls.insert(call.id.clone()) {
            return Vec::new();
        }
        if self.tool_calls.len() > MAX_TOOL_CALLS {
            return vec![CallAction::HangUp(EndReason::Policy)];
        }
        // Nothing runs on a call whose configuration is not verified.
        if self.phase != Phase::Live {
            return Vec::new();
        }
        self.unanswered
            .insert(call.id.clone(), call.response.clone());
        vec![CallAction::RunTool {
            following: self.strangers.behind(&call.response),
            call,
            evidence: self.last_turn.clone(),
        }]
    }

    pub(super) fn on_tool_done(
        &mut self,
        call: &ToolCallId,
        output: &ToolOutput,
        item: ItemId,
        then: AfterTool,
        now: Timestamp,
    ) -> Vec<CallAction> {
        let Some(response) = self.unanswered.remove(call) else {
            return Vec::new();
        };
        let output = serde_json::to_string(output).unwrap_or_else(|_| r#"{"ok":false}"#.to_owned());
        let output = Private::new(output);
        self.strangers
            .we_answer(call.clone(), item.clone(), output.clone());
        let actions = vec![CallAction::Send(CallCommand::ToolOutput {
            call: call.clone(),
            item,
            output,
        })];
        let siblings = self.unanswered.values().any(|other| *other == response);
        match then {
            // One response for all tool calls of a response (realtime reference 5.2).
            AfterTool::GoOn => self.wanted |= !siblings,
            AfterTool::SayGoodbye => {
                self.wanted |= !siblings;
                self.closing = Some(Closing {
                    until: now + CLOSING_PATIENCE,
                    at_last: now + CLOSING_PATIENCE,
                    begun: false,
                });
            }
            AfterTool::HangUp => {
                let patience = if self.playing || self.active.is_some() {
                    GOODBYE_GRACE
                } else {
                    SILENT_GOODBYE
                };
                let at_last = self
                    .closing
                    .map_or(now + CLOSING_PATIENCE, |closing| closing.at_last);
                let until = self
                    .closing
                    .map_or(now + patience, |closing| closing.until.min(now + patience));
                self.closing = Some(Closing {
                    until,
                    at_last,
                    begun: true,
                });
                self.wanted = false;
            }
        }
        actions
    }
}
