//! Why a use case was not done. Variants say what the caller can do about it.

use domain::FieldKey;
use policy::Refusal;
use std::time::Duration;
use store::StoreError;

/// Why a use case was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No sign-in, or it ended.
    #[error("signed out")]
    SignedOut,
    /// Policy refused.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// There is no such thing in this workspace.
    #[error("not found")]
    NotFound,
    /// It clashes with what is there.
    #[error("conflict: {code}")]
    Conflict {
        /// A stable code.
        code: &'static str,
        /// A sentence for the person.
        message: String,
    },
    /// A value does not fit.
    #[error("a value does not fit")]
    Invalid {
        /// The field it is about.
        field: Option<FieldKey>,
        /// A sentence for the person.
        message: String,
    },
    /// Too often.
    #[error("too many, again in {retry_after:?}")]
    TooMany {
        /// When to try again.
        retry_after: Duration,
        /// A sentence for the person.
        message: &'static str,
    },
    /// The database failed.
    #[error("the database failed")]
    Store(#[source] StoreError),
    /// A stored value could not be opened or sealed.
    #[error("a sealed value could not be handled")]
    Sealing,
    /// Something that cannot be, such as an intake without its version.
    #[error("inconsistent: {0}")]
    Inconsistent(&'static str),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Error {
    /// A refusal of a value.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid {
            field: None,
            message: message.into(),
        }
    }

    /// A clash.
    pub(crate) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict {
            code,
            message: message.into(),
        }
    }
}
