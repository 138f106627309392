//! Incidents: signs that somebody works against a session. Each is on record for supervisors.

use serde::{Deserialize, Serialize};

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Incident {
    /// Changed the call's settings, at once where nobody else could or again and again.
    Drift,
    /// Switched off that the person's words are written down, or how.
    TranscriptionChanged,
    /// Added a message of the system's.
    ForeignItem,
    /// Answered a tool call.
    ForeignAnswer,
    /// Had the model speak without the person having spoken.
    ForeignResponse,
    /// Had the model speak otherwise than configured.
    OverriddenResponse,
    /// Had the model work outside the conversation.
    OutOfBand,
    /// Used a secret again.
    SecretReplayed,
    /// Named a second call, or a call that is not this session's.
    ForeignCall,
    /// Never named its call, or named one that cannot be controlled.
    NotUnderControl,
}

impl Incident {
    /// Every incident.
    pub const ALL: [Self; 10] = [
        Self::Drift,
        Self::TranscriptionChanged,
        Self::ForeignItem,
        Self::ForeignAnswer,
        Self::ForeignResponse,
        Self::OverriddenResponse,
        Self::OutOfBand,
        Self::SecretReplayed,
        Self::ForeignCall,
        Self::NotUnderControl,
    ];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Drift => "drift",
            Self::TranscriptionChanged => "transcription_changed",
            Self::ForeignItem => "foreign_item",
            Self::ForeignAnswer => "foreign_answer",
            Self::ForeignResponse => "foreign_response",
            Self::OverriddenResponse => "overridden_response",
            Self::OutOfBand => "out_of_band",
            Self::SecretReplayed => "secret_replayed",
            Self::ForeignCall => "foreign_call",
            Self::NotUnderControl => "not_under_control",
        }
    }

    /// The incident of that stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }

    /// What happened, for a supervisor.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Drift => "The page changed the conversation's rules; it was hung up.",
            Self::TranscriptionChanged => {
                "The page changed how spoken words are written down; it was hung up."
            }
            Self::ForeignItem => {
                "The page put a message of its own among ours, which the assistant takes for a rule; it was hung up."
            }
            Self::ForeignAnswer => {
                "The page answered in our place what the assistant had asked the server; it was hung up."
            }
            Self::ForeignResponse => {
                "The page made the assistant speak by itself, perhaps by other rules; it was hung up."
            }
            Self::OverriddenResponse => {
                "The page made the assistant speak by other settings than ours; it was hung up."
            }
            Self::OutOfBand => {
                "The page made the assistant work outside the conversation; it was hung up."
            }
            Self::SecretReplayed => {
                "Somebody used the session's secret a second time; it was refused."
            }
            Self::ForeignCall => {
                "The page named a call that is not this session's; both were hung up."
            }
            Self::NotUnderControl => {
                "The call was not under control: the page never named it, or it could not be reached."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_incident_has_a_word_that_leads_back_to_it() {
        for incident in Incident::ALL {
            assert_eq!(Incident::parse(incident.as_str()), Some(incident));
            let word = serde_json::to_value(incident).unwrap();
            assert_eq!(word, incident.as_str());
        }
    }
}
