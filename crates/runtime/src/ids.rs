//! Ids and secrets from the operating system's randomness.

use domain::{
    AuditId, IntakeId, ItemId, LoginId, Private, SessionId, Timestamp, UserId, VersionId,
    WorkflowId, WorkspaceId,
};
use std::fmt::Write as _;

/// Makes ids. Sessions and secrets are 128 bits or more of randomness (requirement A15); the rest
/// are UUIDs of version 7, which sort by time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ids;

macro_rules! ordered {
    ($(#[$doc:meta])* $name:ident, $kind:ident) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(self, now: Timestamp) -> $kind {
            parsed(&ordered(now), $kind::parse)
        }
    };
}

impl Ids {
    ordered!(
        /// A new user's id.
        user, UserId
    );
    ordered!(
        /// A new workspace's id.
        workspace, WorkspaceId
    );
    ordered!(
        /// A new workflow's id.
        workflow, WorkflowId
    );
    ordered!(
        /// A new version's id.
        version, VersionId
    );
    ordered!(
        /// A new intake's id.
        intake, IntakeId
    );
    ordered!(
        /// A new audit line's id.
        audit, AuditId
    );
    ordered!(
        /// A new sign-in's id.
        login, LoginId
    );

    /// A session's id.
    #[must_use]
    pub fn session(self) -> SessionId {
        parsed(&format!("vs_{}", hex(&random::<16>())), SessionId::parse)
    }

    /// The id of an item we add to a conversation; at most 32 characters.
    #[must_use]
    pub fn item(self) -> ItemId {
        parsed(&format!("item_{}", hex(&random::<12>())), ItemId::parse)
    }

    /// A short-lived secret of ours: `ek_` and 256 bits.
    #[must_use]
    pub fn secret(self) -> Private<String> {
        Private::new(format!("ek_{}", hex(&random::<32>())))
    }

    /// A mark that nobody guesses: 128 bits.
    #[must_use]
    pub fn tag(self) -> String {
        hex(&random::<16>())
    }

    /// A random password a person can type: five groups of four, about 103 bits.
    #[must_use]
    pub fn password(self) -> Private<String> {
        // No letters or digits that look alike.
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let bytes = random::<20>();
        let mut text = String::with_capacity(24);
        for (i, byte) in bytes.iter().enumerate() {
            if i > 0 && i % 4 == 0 {
                text.push('-');
            }
            text.push(char::from(
                LETTERS.get(usize::from(byte % 32)).copied().unwrap_or(b'x'),
            ));
        }
        Private::new(text)
    }

    /// Random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(self) -> [u8; N] {
        random()
    }
}

/// A UUID of version 7 whose time is our clock's.
fn ordered(now: Timestamp) -> String {
    let millis = u64::try_from(now.as_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random::<10>())
        .into_uuid()
        .to_string()
}

fn parsed<T, E>(text: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> T {
    match parse(text) {
        Ok(id) => id,
        Err(_) => unreachable!("ids made here have the form of ids"),
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    match getrandom::fill(&mut bytes) {
        Ok(()) => bytes,
        // Without randomness there is no secret worth the name: stop rather than go on with zeros.
        Err(_) => std::process::abort(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_hundred_thousand_session_ids_are_all_different() {
        let ids: HashSet<_> = (0..100_000).map(|_| Ids.session()).collect();
        assert_eq!(ids.len(), 100_000);
        assert!(ids.iter().all(|id| id.as_str().len() == 3 + 32));
    }

    #[test]
    fn ordered_ids_sort_by_time() {
        let early = Ids.intake(Timestamp::from_micros(1_000_000));
        let late = Ids.intake(Timestamp::from_micros(2_000_000));
        assert!(early < late);
    }
}
