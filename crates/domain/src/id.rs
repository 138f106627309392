//! Ids: one newtype per thing, checked where they enter.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

/// The longest id we accept, in bytes. Provider call ids may be 132 bytes (`rtc_` and 128 more).
pub const MAX_ID_LENGTH: usize = 132;

/// Why a text is not an id. It does not repeat the text: it may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to {MAX_ID_LENGTH} letters, digits, `_` or `-`")]
pub struct InvalidId;

fn check(text: &str) -> Result<(), InvalidId> {
    let fits = !text.is_empty() && text.len() <= MAX_ID_LENGTH;
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if fits && plain {
        Ok(())
    } else {
        Err(InvalidId)
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "Cow<'_, str>", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes a text as an id.
            ///
            /// # Errors
            /// When it is empty, too long, or holds anything but letters, digits, `_` and `-`.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                check(text)?;
                Ok(Self(text.to_owned()))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::parse(text)
            }
        }

        impl TryFrom<Cow<'_, str>> for $name {
            type Error = InvalidId;
            fn try_from(text: Cow<'_, str>) -> Result<Self, InvalidId> {
                check(&text)?;
                Ok(Self(text.into_owned()))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

id!(
    /// A person who can sign in.
    UserId
);
id!(
    /// A tenant.
    WorkspaceId
);
id!(
    /// One sign-in of one user on one browser (the row's key, never the cookie).
    LoginId
);
id!(
    /// A workflow, across its versions.
    WorkflowId
);
id!(
    /// One immutable version of a workflow.
    VersionId
);
id!(
    /// The record being filled.
    IntakeId
);
id!(
    /// One attempt to talk: `vs_` and 128 bits of randomness (requirement A15).
    SessionId
);
id!(
    /// The provider's WebRTC call (`rtc_…`). Not a tool call.
    ProviderCallId
);
id!(
    /// One request by the model to act (`call_…`). Not the provider's call.
    ToolCallId
);
id!(
    /// An item of the provider's conversation (`item_…`).
    ItemId
);
id!(
    /// One response of the model (`resp_…`).
    ResponseId
);
id!(
    /// A row of the audit trail.
    AuditId
);
id!(
    /// Chosen by the page for one action, so that repeating it does nothing twice.
    IdempotencyKey
);
id!(
    /// The key of a field within a workflow, such as `full_name`.
    FieldKey
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_refuse_what_could_mean_something_elsewhere() {
        for bad in ["", "a b", "a/b", "..", "é", "a\n", &"x".repeat(133)] {
            assert_eq!(SessionId::parse(bad), Err(InvalidId), "{bad:?}");
        }
        assert!(SessionId::parse("vs_0aF-9").is_ok());
    }

    #[test]
    fn a_bad_id_in_json_is_refused() {
        assert!(serde_json::from_str::<IntakeId>("\"../x\"").is_err());
        assert_eq!(
            serde_json::from_str::<IntakeId>("\"in_1\"")
                .unwrap()
                .as_str(),
            "in_1"
        );
    }
}
