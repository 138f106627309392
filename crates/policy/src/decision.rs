//! What a decision says: yes and how much is seen, or no and why.

use domain::limits::AllowanceScope;
use std::fmt;

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Allow(Sight),
    /// No.
    Deny(Refusal),
}

impl Decision {
    /// The sight, or the refusal as an error.
    ///
    /// # Errors
    /// The refusal, when the answer is no.
    pub const fn allowed(self) -> Result<Sight, Refusal> {
        match self {
            Self::Allow(sight) => Ok(sight),
            Self::Deny(refusal) => Err(refusal),
        }
    }
}

/// How much of the fields' values may be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// All of them.
    Full,
    /// Which fields there are and how they stand, not what they hold.
    Masked,
}

/// Why not. Shown to the person, so it says what they could do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No membership.
    NoWorkspace,
    /// The role may not do this.
    Role,
    /// Somebody else's.
    NotYours,
    /// A draft, or archived.
    NotPublished,
    /// The intake has its outcome.
    Closed,
    /// The workspace has no voice.
    VoiceOff,
    /// The person has as many sessions running as they may.
    TooManyOfUser {
        /// How many they may.
        limit: u32,
    },
    /// The workspace has as many sessions running as it may.
    TooManyOfWorkspace {
        /// How many it may.
        limit: u32,
    },
    /// The server has as many sessions running as it may.
    TooManyOnServer,
    /// The operator has stopped all starts.
    Stopped,
    /// The intake's talking time is used up.
    IntakeTimeUsed,
    /// The month's talking is used up.
    BudgetUsed {
        /// Whose.
        scope: AllowanceScope,
    },
    /// After so much talking the password is due.
    ProveAgain,
    /// The person on the call has not agreed.
    NoConsent,
    /// The provider cannot be reached the way the workflow asks for.
    ModeNotAllowed,
    /// The workflow is for our page only.
    ClientNotAllowed,
}

impl Refusal {
    /// The word for logs, audit rows and programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoWorkspace => "no_workspace",
            Self::Role => "role",
            Self::NotYours => "not_yours",
            Self::NotPublished => "not_published",
            Self::Closed => "closed",
            Self::VoiceOff => "voice_off",
            Self::TooManyOfUser { .. } => "too_many_of_user",
            Self::TooManyOfWorkspace { .. } => "too_many_of_workspace",
            Self::TooManyOnServer => "too_many_on_server",
            Self::Stopped => "stopped",
            Self::IntakeTimeUsed => "intake_time_used",
            Self::BudgetUsed { .. } => "budget_used",
            Self::ProveAgain => "prove_again",
            Self::NoConsent => "no_consent",
            Self::ModeNotAllowed => "mode_not_allowed",
            Self::ClientNotAllowed => "client_not_allowed",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWorkspace => f.write_str("you belong to no workspace; ask an admin to add you"),
            Self::Role => f.write_str("your role may not do this; ask an admin of your workspace"),
            Self::NotYours => f.write_str("this belongs to a colleague; ask them or a supervisor"),
            Self::NotPublished => f.write_str("this workflow version is not published"),
            Self::Closed => f.write_str("this intake is closed"),
            Self::VoiceOff => {
                f.write_str("voice is switched off for your workspace; you can type the intake")
            }
            Self::TooManyOfUser { limit: 1 } => {
                f.write_str("you have a session running; end it first")
            }
            Self::TooManyOfUser { limit } => write!(
                f,
                "you have {limit} sessions running, the most you may; end one first"
            ),
            Self::TooManyOfWorkspace { limit } => {
                write!(
                    f,
                    "your workspace has {limit} sessions running, the most it may; try again when one has ended"
                )
            }
            Self::TooManyOnServer => f.write_str(
                "as many conversations are running as the server may have; try again when one has ended",
            ),
            Self::Stopped => f.write_str(
                "the operator has stopped conversations for now; you can type the intake",
            ),
            Self::IntakeTimeUsed => f.write_str(
                "the time for talking on this intake is used up; you can type the rest",
            ),
            Self::BudgetUsed { scope } => {
                let whose = match scope {
                    AllowanceScope::Workspace => "your workspace's",
                    AllowanceScope::User => "your",
                    AllowanceScope::Workflow => "this workflow's",
                };
                write!(
                    f,
                    "{whose} minutes of talking for this month are used up; you can type the intake, or ask an admin"
                )
            }
            Self::ProveAgain => {
                f.write_str("you have talked for a long time; give your password to go on")
            }
            Self::NoConsent => {
                f.write_str("the person on the call has to agree to the disclosure first")
            }
            Self::ModeNotAllowed => f.write_str(
                "the provider does not take the connection mode of this workflow; ask an admin",
            ),
            Self::ClientNotAllowed => f.write_str(
                "this workflow is for this application's own page; use the page, or ask an admin to open it to other clients",
            ),
        }
    }
}
