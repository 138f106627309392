//! Our hold on a call: the lease, and the proof that the person is still the one who signed in.

use crate::Service;
use domain::{
    Timestamp,
    session::{Lease, Session},
};
use std::error::Error as StdError;

/// When the person's password is due.
#[derive(Debug, Clone, Copy)]
pub(super) enum Proof {
    /// It is asked for then.
    Due(Timestamp),
    /// It was asked for, and the conversation waits.
    Wanted {
        /// Until then.
        until: Timestamp,
        /// Whether it goes on once it was given.
        then_goes_on: bool,
    },
}

impl Proof {
    pub(super) const fn at(self) -> Timestamp {
        match self {
            Self::Due(at) | Self::Wanted { until: at, .. } => at,
        }
    }
}

/// Whether we still drive the call.
pub(super) enum Held {
    Yes,
    /// It is over, or another process drives it.
    No,
    /// The database has not answered for as long as a call may be without control.
    Unknown,
}

/// Our hold on a call: the lease, said again before it runs out.
pub(super) struct Hold {
    pub(super) lease: Lease,
    pub(super) renew_at: Timestamp,
    pub(super) held_at: Timestamp,
}

impl Hold {
    pub(super) fn new(service: &Service, lease: Lease) -> Self {
        let now = service.now();
        Self {
            lease,
            renew_at: now + service.settings.sessions.lease / 3,
            held_at: now,
        }
    }

    pub(super) async fn renew(&mut self, service: &Service, session: &Session) -> Held {
        let limits = service.settings.sessions;
        self.renew_at = service.now() + limits.lease / 3;
        match service
            .store
            .renew_lease(&session.id, self.lease, limits.lease)
            .await
        {
            Ok(true) => {
                self.held_at = service.now();
                Held::Yes
            }
            Ok(false) => Held::No,
            // A database that is slow for a moment is no reason to end a conversation; a call that
            // nobody could end by its row is.
            Err(error) => {
                tracing::warn!(session.id = %session.id, error = &error as &dyn StdError, "a lease could not be renewed");
                if service.now().since(self.held_at) < limits.control_grace {
                    Held::Yes
                } else {
                    Held::Unknown
                }
            }
        }
    }
}
