//! Sentences: why a conversation ended, what is safe, and what to do next.

use crate::rtc::CallEnd;
use domain::session::EndReason;

/// What happened and what to do, as two sentences or three.
pub(super) const fn end_in_words(reason: EndReason) -> (&'static str, &'static str) {
    match reason {
        EndReason::Finished => ("The conversation is finished.", "Look the answers over."),
        EndReason::StaffEnded => (
            "The conversation was stopped. Your answers are safe.",
            "Resume it, or type the rest.",
        ),
        EndReason::TabLost => (
            "The page closed or lost its connection. Your answers are safe.",
            "Resume to go on where you were.",
        ),
        EndReason::Idle => (
            "The call ended because nobody spoke for a while, or a pause went on for too long. Your answers are safe.",
            "Resume when the person is back, or type the rest.",
        ),
        EndReason::Deadline => (
            "The time for this conversation is over. Your answers are safe.",
            "Resume to talk again, or type the rest.",
        ),
        EndReason::Budget => (
            "The minutes for talking are used up, so the call ended. Your answers are safe.",
            "Type the rest, or ask an admin for more minutes.",
        ),
        EndReason::Revoked => (
            "The conversation was stopped by a supervisor or admin, or because a sign-in or membership ended. Your answers are safe.",
            "Ask them before you start again. You can type the rest.",
        ),
        EndReason::Policy => (
            "A rule ended the conversation: the password was not given in time, or the conversation had grown too long. Your answers are safe.",
            "Resume and give your password if it is asked for, or type the rest.",
        ),
        EndReason::Tampered => (
            "The call was hung up because its settings were changed from outside. Your answers are safe.",
            "It is on record. Check the answers, and tell an admin before you resume; you can type the rest.",
        ),
        EndReason::ProviderFailed => (
            "The voice service failed. Your answers are safe.",
            "Try again, or type the rest. If it fails again, tell your admin.",
        ),
        EndReason::ControlLost => (
            "The server lost control of the call and ended it. Your answers are safe.",
            "Resume to go on where you were, or type the rest. If it happens again, tell your admin.",
        ),
        EndReason::ServerDrained => (
            "The server was restarted. Your answers are safe.",
            "Resume to go on where you were.",
        ),
    }
}

/// Whether somebody wanted it to end there.
pub(super) const fn is_wanted(reason: EndReason) -> bool {
    matches!(reason, EndReason::Finished | EndReason::StaffEnded)
}

/// The same for an end that this page saw.
pub(super) const fn call_end_in_words(end: CallEnd) -> (&'static str, &'static str) {
    match end {
        CallEnd::Server(reason) => end_in_words(reason),
        CallEnd::Over => (
            "The conversation is over. Your answers are safe.",
            "Resume it, or type the rest.",
        ),
        CallEnd::Stopped => (
            "You stopped the conversation. Your answers are safe.",
            "Resume it, or type the rest.",
        ),
        CallEnd::Lost => (
            "The call dropped. Your answers are safe.",
            "Resume to go on where you were.",
        ),
        CallEnd::NotMade => (
            "The call did not come about. Your answers are safe.",
            "Try again, or type the answers.",
        ),
    }
}

/// Where in the call something was said: "Heard at 1 min 20 s".
pub(super) fn heard_at(millis: u64) -> String {
    match millis / 1000 {
        0 => "Heard at the start".to_owned(),
        seconds => format!("Heard at {}", crate::components::span_in_words(seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unwanted_end_says_that_the_answers_are_safe() {
        for reason in EndReason::ALL {
            assert!(
                reason == EndReason::Finished
                    || end_in_words(reason).0.contains("answers are safe"),
                "{reason:?}"
            );
        }
    }
}
