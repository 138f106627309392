//! People: users, their roles in workspaces, and the principal behind a request.

use crate::{LoginId, Timestamp, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a member is in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Owns the workspace's people, workflows and policy.
    Admin,
    /// Watches live sessions and takes escalations.
    Supervisor,
    /// Runs intakes.
    Staff,
    /// Reads counts and masked fields only.
    Analyst,
}

impl Role {
    /// Every role, in order of reach.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Supervisor, Self::Staff, Self::Analyst];

    /// The stored and shown word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Supervisor => "supervisor",
            Self::Staff => "staff",
            Self::Analyst => "analyst",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the role is one of admin, supervisor, staff, analyst")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(UnknownRole)
    }
}

/// A user's place in one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its name, as shown.
    pub workspace_name: String,
    /// What the user is there.
    pub role: Role,
}

/// Who a request comes from: a signed-in user in their current workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub user: UserId,
    /// The name shown to colleagues.
    pub name: String,
    /// The sign-in this request came with.
    pub login: LoginId,
    /// The workspace the user works in now; none when they belong to none.
    pub membership: Option<Membership>,
    /// When this sign-in ends whatever happens (absolute limit).
    pub login_expires_at: Timestamp,
}

/// An email address used to sign in, lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SignInAddress(String);

/// A text that is no email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an email address looks like name@example.org")]
pub struct InvalidAddress;

impl SignInAddress {
    /// Takes a text as an address, trimmed and in lower case.
    ///
    /// # Errors
    /// When it has no single `@`, an empty part, white space, control characters, or more than 254 bytes.
    pub fn parse(text: &str) -> Result<Self, InvalidAddress> {
        let text = text.trim().to_lowercase();
        let Some((name, host)) = text.split_once('@') else {
            return Err(InvalidAddress);
        };
        let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        let whole =
            !name.is_empty() && !host.is_empty() && !host.contains('@') && text.len() <= 254;
        if plain && whole {
            Ok(Self(text))
        } else {
            Err(InvalidAddress)
        }
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
