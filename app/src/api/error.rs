//! The one error type of the wire: closed, with a sentence a person can act on.

use super::json::{Fields, Unreadable};
use leptos::{
    prelude::{FromServerFnError, ServerFnErrorErr},
    server_fn::codec::JsonEncoding,
};
use serde::{Deserialize, Serialize};

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ApiError {
    /// No sign-in, or it ended.
    #[error("You are signed out. Sign in again to go on.")]
    SignedOut,
    /// The person may not do this.
    #[error("{message}")]
    Refused {
        /// A stable code, such as `voice_off`.
        code: String,
        /// Why, and who can.
        message: String,
    },
    /// There is no such thing here.
    #[error("This does not exist, or you have no access to it.")]
    NotFound,
    /// It clashes with what is there.
    #[error("{message}")]
    Conflict {
        /// A stable code, such as `already_closed`.
        code: String,
        /// What it clashes with.
        message: String,
    },
    /// The request does not have the form it should have.
    #[error("The page sent something the server does not understand. Reload the page.")]
    Malformed,
    /// A value does not fit.
    #[error("{message}")]
    Invalid {
        /// The field it is about.
        field: Option<String>,
        /// What would fit.
        message: String,
    },
    /// Too often or too many.
    #[error("{message}")]
    TooMany {
        /// When to try again, in seconds.
        retry_after: u64,
        /// What there was too much of.
        message: String,
    },
    /// It failed on our side; the log has the rest under this id.
    #[error(
        "Something went wrong on our side. Nothing you entered was lost. Reference: {request_id}"
    )]
    Internal {
        /// The request's id.
        request_id: String,
    },
    /// The server could not be reached.
    #[error("The server cannot be reached. Check your connection and try again.")]
    Unreachable,
}

impl ApiError {
    /// The HTTP status it goes out with.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::SignedOut => 401,
            Self::Refused { .. } => 403,
            Self::NotFound => 404,
            Self::Conflict { .. } => 409,
            Self::Malformed => 400,
            Self::Invalid { .. } => 422,
            Self::TooMany { .. } => 429,
            Self::Internal { .. } | Self::Unreachable => 500,
        }
    }
}

impl ApiError {
    /// Reads one from JSON text, as the page does.
    ///
    /// # Errors
    /// When it is not one.
    pub(crate) fn read(text: &str) -> Result<Self, Unreadable> {
        let mut fields = Fields::read(text)?;
        Ok(match fields.text("kind")?.as_str() {
            "signed_out" => Self::SignedOut,
            "refused" => Self::Refused {
                code: fields.take("code")?,
                message: fields.take("message")?,
            },
            "not_found" => Self::NotFound,
            "conflict" => Self::Conflict {
                code: fields.take("code")?,
                message: fields.take("message")?,
            },
            "malformed" => Self::Malformed,
            "invalid" => Self::Invalid {
                field: fields.take("field")?,
                message: fields.take("message")?,
            },
            "too_many" => Self::TooMany {
                retry_after: fields.take("retry_after")?,
                message: fields.take("message")?,
            },
            "internal" => Self::Internal {
                request_id: fields.take("request_id")?,
            },
            "unreachable" => Self::Unreachable,
            _ => return Err(Unreadable),
        })
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => Self::Malformed,
            _ => Self::Unreachable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_reads_every_error() {
        let text = || "text".to_owned();
        for error in [
            ApiError::SignedOut,
            ApiError::Refused {
                code: "code".into(),
                message: text(),
            },
            ApiError::NotFound,
            ApiError::Conflict {
                code: "code".into(),
                message: text(),
            },
            ApiError::Malformed,
            ApiError::Invalid {
                field: Some("field".into()),
                message: text(),
            },
            ApiError::Invalid {
                field: None,
                message: text(),
            },
            ApiError::TooMany {
                retry_after: 30,
                message: text(),
            },
            ApiError::Internal { request_id: text() },
            ApiError::Unreachable,
        ] {
            let written = serde_json::to_string(&error).unwrap();
            assert_eq!(ApiError::read(&written), Ok(error), "{written}");
        }
        assert!(ApiError::read(r#"{"kind":"other"}"#).is_err());
    }
}
