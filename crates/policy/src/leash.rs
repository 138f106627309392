//! The leash: whether a running session may go on, and the reason to end it when not.

use domain::{
    Timestamp,
    limits::SessionLimits,
    person::Role,
    session::{ClientKind, EndReason, SessionState, Standing},
    workflow::ConnectionMode,
};
use std::time::Duration;

/// A session that was never connected is lost this long after its secret died.
const START_GRACE: Duration = Duration::from_secs(5);

/// The reason to end a running session now, if there is one. What somebody decided comes before what
/// the clock says, so that the reason on record is the one that would have stopped it in any case.
///
/// `listening_since` is when this process began to listen: a page cannot be blamed for having been
/// silent before.
#[must_use]
pub fn end_of(
    standing: &Standing,
    limits: &SessionLimits,
    listening_since: Timestamp,
    now: Timestamp,
) -> Option<EndReason> {
    let may_talk = |role: Role| role != Role::Analyst && standing.access.run.contains(&role);
    if !standing.signed_in || !standing.role.is_some_and(may_talk) {
        return Some(EndReason::Revoked);
    }
    if !standing.voice_enabled {
        return Some(EndReason::Policy);
    }
    if standing.deadline_at <= now {
        return Some(EndReason::Deadline);
    }
    if standing.reserved_until.is_some_and(|at| at <= now) {
        return Some(EndReason::Budget);
    }
    let heard_of = standing.seen_at.max(listening_since);
    // A call may have been made that nobody named.
    if standing.mode == ConnectionMode::Direct
        && standing.state == SessionState::Starting
        && standing.started_at < now.before(limits.report_grace)
    {
        return Some(EndReason::ControlLost);
    }
    let silent =
        standing.client == ClientKind::OurPage && heard_of < now.before(limits.heartbeat_grace);
    let never_came = standing.state == SessionState::Starting
        && standing.started_at < now.before(limits.secret_life + START_GRACE);
    if silent || never_came {
        return Some(EndReason::TabLost);
    }
    // A process that died while it made the call leaves none that anybody knows of; and one that
    // nobody takes over in time is under nobody's control.
    let lost = standing
        .undriven
        .is_some_and(|span| !standing.has_call || span > limits.control_grace);
    (lost && standing.state != SessionState::Starting).then_some(EndReason::ControlLost)
}

#[cfg(test)]
mod tests;
