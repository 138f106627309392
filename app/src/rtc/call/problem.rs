//! Why no call came about, in words for the person who pressed Start.

use crate::rtc::peer::PeerProblem;
use domain::trouble::ProviderTrouble;

/// The last resort.
pub(super) const NOT_MADE: &str = "The call could not be made. Try again, or type the answers.";

/// What happened and what to do. That the answers are safe is said beside it.
pub(super) fn in_words(problem: &PeerProblem) -> &'static str {
    match problem {
        PeerProblem::Browser => {
            "This browser could not make the call. Use a current Chrome, Edge, Firefox or Safari, or type the answers."
        }
        PeerProblem::Refused(code) => refusal_in_words(code),
        PeerProblem::Unreachable => {
            "The server cannot be reached. Check your connection, then try again."
        }
    }
}

/// The endpoint's own sentences are for those who write clients; its codes are stable.
fn refusal_in_words(code: &str) -> &'static str {
    if let Some(trouble) = ProviderTrouble::parse(code) {
        return trouble.short_sentence();
    }
    match code {
        "invalid_api_key" | "too_slow" => "The start took too long. Start again.",
        "session_ended" => "The conversation was ended before it began. Start again.",
        "invalid_offer"
        | "invalid_value"
        | "too_large"
        | "unsupported_media_type"
        | "data_channel_refused" => {
            "The server did not accept this browser's call. Reload the page and start again, or type the answers."
        }
        "server_error" => "Something went wrong on our side. Try again, or type the answers.",
        _ => NOT_MADE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_that_came_too_late_is_told_as_that() {
        for code in ["invalid_api_key", "too_slow"] {
            assert_eq!(
                refusal_in_words(code),
                "The start took too long. Start again."
            );
        }
    }

    #[test]
    fn a_trouble_of_the_voice_service_is_told_as_what_it_is() {
        for trouble in ProviderTrouble::ALL {
            assert_eq!(refusal_in_words(trouble.as_str()), trouble.short_sentence());
        }
    }

    #[test]
    fn every_refusal_says_what_to_do_and_none_speaks_of_the_protocol() {
        for code in [
            "invalid_api_key",
            "too_slow",
            "session_ended",
            "provider_failed",
            "invalid_offer",
            "invalid_value",
            "too_large",
            "unsupported_media_type",
            "data_channel_refused",
            "server_error",
            "something_new",
        ] {
            let words = refusal_in_words(code);
            assert!(
                words.contains("again"),
                "`{code}` does not say what to do: {words}"
            );
            for jargon in ["secret", "offer", "SDP", "fingerprint", "provider"] {
                assert!(!words.contains(jargon), "`{code}` says {jargon}: {words}");
            }
        }
    }
}
