//! What a check found out about a provider, and what that leaves open in each connection mode, in
//! words (promise 9). How the questions are asked is the service's business.

use crate::{Timestamp, workflow::ConnectionMode};
use serde::{Deserialize, Serialize};

/// One thing that a provider enforces or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Whether a created call's id is told.
    CallId,
    /// Whether the key controls a call that was made with the key.
    ControlLink,
    /// Whether offers without a data channel are taken.
    SealedOffers,
    /// Whether hanging up ends a call.
    Hangup,
    /// Whether the tokens of a response are told, and add up.
    Usage,
    /// Whether the control link shows that a client changed the configuration.
    ChangesShown,
    /// Whether a client cannot change the configuration.
    ChangesRefused,
    /// Whether the control link shows the items that a client adds.
    ItemsShown,
    /// Whether an error is told only to the peer that caused it.
    ErrorsApart,
    /// Whether the lives of secrets have bounds.
    SecretLife,
    /// Whether a secret makes one call only.
    SecretOnce,
    /// Whether the key controls a call that was made with a secret.
    SecretCallByKey,
    /// Whether the secret itself controls a call that was made with it.
    SecretCallBySecret,
}

impl Question {
    /// Every question, in the order they are read.
    pub const ALL: [Self; 13] = [
        Self::CallId,
        Self::ControlLink,
        Self::SealedOffers,
        Self::Hangup,
        Self::Usage,
        Self::ChangesShown,
        Self::ChangesRefused,
        Self::ItemsShown,
        Self::ErrorsApart,
        Self::SecretLife,
        Self::SecretOnce,
        Self::SecretCallByKey,
        Self::SecretCallBySecret,
    ];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CallId => "call_id",
            Self::ControlLink => "control_link",
            Self::SealedOffers => "sealed_offers",
            Self::Hangup => "hangup",
            Self::Usage => "usage",
            Self::ChangesShown => "changes_shown",
            Self::ChangesRefused => "changes_refused",
            Self::ItemsShown => "items_shown",
            Self::ErrorsApart => "errors_apart",
            Self::SecretLife => "secret_life",
            Self::SecretOnce => "secret_once",
            Self::SecretCallByKey => "secret_call_by_key",
            Self::SecretCallBySecret => "secret_call_by_secret",
        }
    }

    /// The question in words.
    #[must_use]
    pub const fn asked(self) -> &'static str {
        match self {
            Self::CallId => "Does the provider say the id of a call it made?",
            Self::ControlLink => "Does our key control a call that was made with our key?",
            Self::SealedOffers => "Does the provider take offers without a data channel?",
            Self::Hangup => "Does hanging up really end the call?",
            Self::Usage => "Are the tokens of every response told, and do they add up?",
            Self::ChangesShown => {
                "Does the control link show that a client changed the configuration?"
            }
            Self::ChangesRefused => "Is a client kept from changing the configuration?",
            Self::ItemsShown => "Does the control link show the items that a client adds?",
            Self::ErrorsApart => "Is an error told only to the side that caused it?",
            Self::SecretLife => "Must a secret live between 10 and 7200 seconds?",
            Self::SecretOnce => "Does a secret make one call only?",
            Self::SecretCallByKey => "Does our key control a call that was made with a secret?",
            Self::SecretCallBySecret => "Does the secret itself control a call made with it?",
        }
    }
}

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    Enforced,
    /// It does not hold.
    NotEnforced,
    /// It could not be found out.
    Unclear,
}

impl Verdict {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Enforced => "enforced",
            Self::NotEnforced => "not enforced",
            Self::Unclear => "could not be found out",
        }
    }
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The question.
    pub question: Question,
    /// The answer.
    pub verdict: Verdict,
    /// What was seen, or why nothing could be, in one plain sentence of ours. It holds neither
    /// secrets nor ids nor the provider's own text.
    pub seen: String,
}

/// Which provider was checked: another address or kind is another provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedProfile {
    /// The profile's name.
    pub name: String,
    /// The word for its kind.
    pub kind: String,
    /// Where its API begins.
    pub base_url: String,
}

/// All that one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderCheck {
    /// Of which provider.
    pub profile: CheckedProfile,
    /// When it began.
    pub at: Timestamp,
    /// The answers, at most one to a question.
    pub findings: Vec<Finding>,
}

impl ProviderCheck {
    /// The answer to a question, if it was asked.
    #[must_use]
    pub fn finding(&self, question: Question) -> Option<&Finding> {
        self.findings
            .iter()
            .find(|finding| finding.question == question)
    }

    /// The verdict on a question; unclear when it was not asked.
    #[must_use]
    pub fn verdict(&self, question: Question) -> Verdict {
        self.finding(question)
            .map_or(Verdict::Unclear, |finding| finding.verdict)
    }

    /// Whether something was seen to hold.
    #[must_use]
    pub fn holds(&self, question: Question) -> bool {
        self.verdict(question) == Verdict::Enforced
    }

    /// What a mode cannot do without and was not seen to hold.
    #[must_use]
    pub fn lacks(&self, mode: ConnectionMode) -> Vec<Question> {
        needs(mode)
            .iter()
            .copied()
            .filter(|question| !self.holds(*question))
            .collect()
    }
}

/// What a mode cannot do without.
#[must_use]
pub const fn needs(mode: ConnectionMode) -> &'static [Question] {
    use Question as Q;
    match mode {
        ConnectionMode::Sealed => &[
            Q::CallId,
            Q::ControlLink,
            Q::SealedOffers,
            Q::Hangup,
            Q::Usage,
        ],
        ConnectionMode::Brokered => &[
            Q::CallId,
            Q::ControlLink,
            Q::Hangup,
            Q::Usage,
            Q::ChangesShown,
            Q::ItemsShown,
        ],
        ConnectionMode::Direct => &[
            Q::CallId,
            Q::SecretCallByKey,
            Q::Hangup,
            Q::Usage,
            Q::ChangesShown,
            Q::ItemsShown,
        ],
    }
}

/// What remains possible in a mode, although we do what we can, one plain sentence each. Without a
/// check nothing is known, so everything that a check could have ruled out is among it.
#[must_use]
pub fn residual_risks(mode: ConnectionMode, check: Option<&ProviderCheck>) -> Vec<&'static str> {
    match mode {
        ConnectionMode::Sealed => sealed_risks(check),
        ConnectionMode::Brokered => brokered_risks(check),
        ConnectionMode::Direct => direct_risks(check),
    }
}

const UNCHECKED: &str = "This provider was not checked, so all that follows may happen.";

/// Of a mode in which the browser has sound and nothing else.
fn sealed_risks(check: Option<&ProviderCheck>) -> Vec<&'static str> {
    let mut risks = common_risks(check);
    risks.extend(unless(
        check,
        &[(
            Question::SealedOffers,
            "Calls may fail to begin: it was not seen that the provider takes offers without a data \
             channel.",
        )],
    ));
    risks
}

/// Of a mode in which we make the call and the browser has a data channel.
fn brokered_risks(check: Option<&ProviderCheck>) -> Vec<&'static str> {
    let mut risks = common_risks(check);
    risks.extend(with_channel_risks(check));
    risks
}

/// Of a mode in which the browser makes the call with a secret of the provider's.
fn direct_risks(check: Option<&ProviderCheck>) -> Vec<&'static str> {
    let mut risks = common_risks(check);
    risks.extend(with_channel_risks(check));
    risks.push(
        "Until the browser reports its call, nobody controls that call; one that is never reported \
         cannot be hung up and ends by the provider's own limits.",
    );
    risks.extend(unless(
        check,
        &[
            (
                Question::SecretOnce,
                "Until it expires, the secret can make further calls that we do not know of and that \
                 are billed to us.",
            ),
            (
                Question::SecretLife,
                "A secret may be good for longer than we asked for: it was not seen that the provider \
                 keeps to bounds.",
            ),
        ],
    ));
    let by = |question| check.is_some_and(|check| check.holds(question));
    if !by(Question::SecretCallByKey) {
        risks.push(if by(Question::SecretCallBySecret) {
            "Only the secret itself opens the control link, so when it has expired a lost link may not \
             be opened again, and the call is hung up."
        } else {
            "It was not seen that we can control a call that the browser made, so sessions may end soon \
             after they began."
        });
    }
    risks
}

/// Of every mode.
fn common_risks(check: Option<&ProviderCheck>) -> Vec<&'static str> {
    let mut risks = Vec::new();
    if check.is_none() {
        risks.push(UNCHECKED);
    }
    risks.push(
        "The provider hears everything that is said; what it keeps is decided by its own terms.",
    );
    risks.extend(unless(
        check,
        &[
            (
                Question::CallId,
                "A call whose id is not told runs without our control until the browser leaves it.",
            ),
            (
                Question::ControlLink,
                "A call may turn out to be beyond our control; it is then hung up after the time of \
                 grace.",
            ),
            (
                Question::Hangup,
                "A call may go on at the provider, and be billed, after we hung it up.",
            ),
            (
                Question::Usage,
                "Used tokens may not be told completely, so a budget may be noticed too late or not at \
                 all.",
            ),
        ],
    ));
    risks
}

/// Of every mode in which the browser has a data channel.
fn with_channel_risks(check: Option<&ProviderCheck>) -> Vec<&'static str> {
    let mut risks = vec!["The browser can read the instructions and the tools."];
    risks.extend(unless(
        check,
        &[
            (
                Question::ChangesRefused,
                "A tampered browser can change the instructions and the tools for a moment, until they \
                 are put back or the call is hung up.",
            ),
            (
                Question::ChangesShown,
                "Such a change may not be shown to us, and then stays.",
            ),
            (
                Question::ItemsShown,
                "A tampered browser may put words and false tool results into the conversation without \
                 our seeing it.",
            ),
            (
                Question::ErrorsApart,
                "What we are refused may be told to the browser, and what the browser is refused to us.",
            ),
        ],
    ));
    risks
}

/// The risks whose question was not seen to hold.
fn unless(
    check: Option<&ProviderCheck>,
    risks: &[(Question, &'static str)],
) -> impl Iterator<Item = &'static str> {
    risks
        .iter()
        .filter(move |(question, _)| !check.is_some_and(|check| check.holds(*question)))
        .map(|(_, risk)| *risk)
        .collect::<Vec<_>>()
        .into_iter()
}

#[cfg(test)]
mod tests;
