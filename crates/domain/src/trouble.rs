//! What went wrong at the provider, as far as it makes a difference to the person who wanted to talk.

use serde::{Deserialize, Serialize};

/// Why the provider could not be talked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProviderTrouble {
    /// Too many requests for now.
    #[serde(rename = "provider_busy")]
    Busy,
    /// The account is used up.
    #[serde(rename = "provider_quota")]
    Quota,
    /// The key is wrong, revoked or of another address.
    #[serde(rename = "provider_key")]
    Key,
    /// The key may not use this, or the model does not exist for it.
    #[serde(rename = "provider_access")]
    Access,
    /// It does not take what we send.
    #[serde(rename = "provider_setup")]
    Setup,
    /// It failed by itself.
    #[serde(rename = "provider_failed")]
    Failed,
    /// It did not answer in time.
    #[serde(rename = "provider_silent")]
    Silent,
    /// It cannot be reached.
    #[serde(rename = "provider_unreachable")]
    Unreachable,
    /// It answered what cannot be used.
    #[serde(rename = "provider_unusable")]
    Unusable,
}

/// One trouble in words, with and without what is safe.
struct Told {
    whole: &'static str,
    short: &'static str,
}

macro_rules! told {
    ($what:literal, $to_do:literal) => {
        Told {
            whole: concat!($what, " Your answers are safe. ", $to_do),
            short: concat!($what, " ", $to_do),
        }
    };
}

impl ProviderTrouble {
    /// Every trouble.
    pub const ALL: [Self; 9] = [
        Self::Busy,
        Self::Quota,
        Self::Key,
        Self::Access,
        Self::Setup,
        Self::Failed,
        Self::Silent,
        Self::Unreachable,
        Self::Unusable,
    ];

    /// The word for it, on the wire and in the audit trail.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "provider_busy",
            Self::Quota => "provider_quota",
            Self::Key => "provider_key",
            Self::Access => "provider_access",
            Self::Setup => "provider_setup",
            Self::Failed => "provider_failed",
            Self::Silent => "provider_silent",
            Self::Unreachable => "provider_unreachable",
            Self::Unusable => "provider_unusable",
        }
    }

    /// The trouble of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|trouble| trouble.as_str() == word)
    }

    /// The trouble of a provider's code, as it comes in a refused request, an `error` event or a
    /// failed response (realtime reference 1.8 and 4.6). None for a code that says nothing about it.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        match code {
            "rate_limit_exceeded" => Some(Self::Busy),
            "insufficient_quota" => Some(Self::Quota),
            "invalid_api_key" => Some(Self::Key),
            "model_not_found" => Some(Self::Access),
            "unknown_parameter"
            | "missing_required_parameter"
            | "invalid_value"
            | "invalid_type"
            | "beta_api_shape_disabled" => Some(Self::Setup),
            "server_error" => Some(Self::Failed),
            _ => None,
        }
    }

    /// Whether trying again later may help by itself.
    #[must_use]
    pub const fn may_pass(self) -> bool {
        match self {
            Self::Busy | Self::Failed | Self::Silent | Self::Unreachable | Self::Unusable => true,
            Self::Quota | Self::Key | Self::Access | Self::Setup => false,
        }
    }

    /// What happened, what is safe and what to do, for the person who wanted to talk.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        self.told().whole
    }

    /// The same where it is said beside it that the answers are safe.
    #[must_use]
    pub const fn short_sentence(self) -> &'static str {
        self.told().short
    }

    const fn told(self) -> Told {
        match self {
            Self::Busy => told!(
                "The voice service is busy.",
                "Wait a minute, then try again, or type the answers."
            ),
            Self::Quota => told!(
                "The voice service's account is used up.",
                "Type the answers and tell your admin; trying again does not help."
            ),
            Self::Key => told!(
                "The voice service does not accept this server's key.",
                "Type the answers and tell your admin; trying again does not help."
            ),
            Self::Access => told!(
                "This server may not use the voice model it is set up with.",
                "Type the answers and tell your admin; trying again does not help."
            ),
            Self::Setup => told!(
                "The voice service does not accept how this server is set up.",
                "Type the answers and tell your admin; trying again does not help."
            ),
            Self::Failed => told!(
                "The voice service has a problem of its own.",
                "Try again in a minute, or type the answers."
            ),
            Self::Silent => told!(
                "The voice service did not answer in time.",
                "Try again, or type the answers."
            ),
            Self::Unreachable => told!(
                "The server cannot reach the voice service.",
                "Try again in a minute, or type the answers."
            ),
            Self::Unusable => told!(
                "The voice service answered something that cannot be used.",
                "Try again, or type the answers."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trouble_has_a_word_that_leads_back_to_it() {
        for trouble in ProviderTrouble::ALL {
            assert_eq!(ProviderTrouble::parse(trouble.as_str()), Some(trouble));
            assert_eq!(
                serde_json::to_value(trouble).unwrap(),
                trouble.as_str(),
                "stored and sent alike"
            );
        }
        assert_eq!(ProviderTrouble::parse("insufficient_quota"), None);
    }

    #[test]
    fn every_sentence_says_what_is_safe_and_what_to_do_and_is_honest_about_trying_again() {
        for trouble in ProviderTrouble::ALL {
            let sentence = trouble.sentence();
            assert_eq!(
                sentence.replace("Your answers are safe. ", ""),
                trouble.short_sentence()
            );
            assert_ne!(sentence, trouble.short_sentence());
            assert!(
                sentence.to_lowercase().contains("type the answers"),
                "{sentence}"
            );
            assert_ne!(
                sentence.contains("does not help"),
                trouble.may_pass(),
                "{sentence}"
            );
            assert_ne!(
                sentence.contains("tell your admin"),
                trouble.may_pass(),
                "{sentence}"
            );
            for jargon in ["provider", "SDP", "API", "HTTP", "quota", "offer", "secret"] {
                assert!(!sentence.contains(jargon), "{jargon} in {sentence}");
            }
        }
    }
}
