//! Attaching the control link: at first, and again after a loss, within the grace time.

use super::Driven;
use crate::Service;
use domain::{ProviderCallId, Timestamp};
use realtime::{AttachError, ControlLink};
use std::time::Duration;

/// First pause between two tries, doubled up to the last (realtime reference 3.4).
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// What attaching came to.
pub(super) enum Attached {
    /// We have the link.
    Link(Box<ControlLink>),
    /// The grace time passed.
    TooLate,
    /// The provider says that there is no such call.
    NoCall,
}

/// Tries until that time. `NoCall` is only believed when `known_live`: right after the
/// answer a call that is not up yet looks the same.
pub(super) async fn attach(
    service: &Service,
    driven: &Driven,
    call: &ProviderCallId,
    until: Timestamp,
    known_live: bool,
) -> Attached {
    let session = &driven.session;
    let mut by_key = true;
    let mut pause = FIRST_PAUSE;
    let mut denied = 0_u32;
    loop {
        // Also before the first try after a loss: one that is accepted and cut again is no tight loop.
        if known_live {
            service.clock.sleep(FIRST_PAUSE).await;
        }
        let left = until.since(service.now());
        // A call that the browser made may be the secret's alone to control (realtime reference 3.4).
        let attaching = async {
            match driven.minted.as_ref().filter(|_| !by_key) {
                Some(secret) => service.provider.attach_with_secret(call, secret).await,
                None => service.provider.attach(call).await,
            }
        };
        let Some(attached) = service.clock.timeout(left, attaching).await else {
            return Attached::TooLate;
        };
        by_key = !by_key;
        match attached {
            Ok(link) => return Attached::Link(Box::new(link)),
            Err(AttachError::NotFound) if known_live => {
                denied += 1;
                // A proxy's restart looks like an end; so asked twice, and each of two ways.
                let ways = if driven.minted.is_some() { 4 } else { 2 };
                if denied >= ways {
                    return Attached::NoCall;
                }
            }
            Err(error) => {
                tracing::debug!(session.id = %session.id, error = &error as &dyn std::error::Error, "the control link is not attached yet");
            }
        }
        if service.now() + pause >= until {
            return Attached::TooLate;
        }
        service.clock.sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}
