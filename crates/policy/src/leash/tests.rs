use super::*;
use domain::{SessionId, workflow::WorkflowAccess};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

/// A live session of our page that may go on at 100 s.
fn standing() -> Standing {
    Standing {
        session: SessionId::parse("vs_1").unwrap(),
        state: SessionState::Live,
        mode: ConnectionMode::Sealed,
        client: ClientKind::OurPage,
        started_at: at(10),
        seen_at: at(95),
        deadline_at: at(1000),
        reserved_until: Some(at(1000)),
        signed_in: true,
        role: Some(Role::Staff),
        access: WorkflowAccess::default(),
        voice_enabled: true,
        has_call: true,
        undriven: None,
    }
}

fn ends(change: impl FnOnce(&mut Standing)) -> Option<EndReason> {
    ends_at(100, 0, change)
}

fn ends_at(
    now: i64,
    listening_since: i64,
    change: impl FnOnce(&mut Standing),
) -> Option<EndReason> {
    let mut standing = standing();
    change(&mut standing);
    end_of(
        &standing,
        &SessionLimits::default(),
        at(listening_since),
        at(now),
    )
}

#[test]
fn each_cause_has_its_reason_and_without_one_it_goes_on() {
    assert_eq!(ends(|_| {}), None);
    assert_eq!(ends(|it| it.signed_in = false), Some(EndReason::Revoked));
    assert_eq!(ends(|it| it.role = None), Some(EndReason::Revoked));
    let may_not_run = |it: &mut Standing| it.access.run = vec![Role::Admin];
    assert_eq!(ends(may_not_run), Some(EndReason::Revoked));
    assert_eq!(ends(|it| it.voice_enabled = false), Some(EndReason::Policy));
    assert_eq!(
        ends(|it| it.deadline_at = at(100)),
        Some(EndReason::Deadline)
    );
    assert_eq!(
        ends(|it| it.reserved_until = Some(at(100))),
        Some(EndReason::Budget)
    );
    assert_eq!(ends(|it| it.seen_at = at(79)), Some(EndReason::TabLost));
}

#[test]
fn an_analyst_never_talks_whatever_a_workflow_lists() {
    let end = ends(|it| {
        it.role = Some(Role::Analyst);
        it.access.run = Role::ALL.to_vec();
    });
    assert_eq!(end, Some(EndReason::Revoked));
}

#[test]
fn what_somebody_decided_comes_before_what_the_clock_says() {
    let all_at_once = |it: &mut Standing| {
        it.signed_in = false;
        it.voice_enabled = false;
        it.deadline_at = at(1);
        it.reserved_until = Some(at(1));
        it.seen_at = at(1);
    };
    assert_eq!(ends(all_at_once), Some(EndReason::Revoked));
}

#[test]
fn another_client_owes_no_heartbeat_and_everything_else() {
    let other = |it: &mut Standing| {
        it.client = ClientKind::Other;
        it.seen_at = at(10);
    };
    assert_eq!(ends(other), None);
    assert_eq!(ends_at(1000, 0, other), Some(EndReason::Deadline));
    let starting = |it: &mut Standing| {
        other(it);
        it.state = SessionState::Starting;
    };
    assert_eq!(ends_at(75, 0, starting), None);
    assert_eq!(ends_at(76, 0, starting), Some(EndReason::TabLost));
}

#[test]
fn a_page_is_not_blamed_for_silence_while_nobody_listened() {
    let silent = |it: &mut Standing| it.seen_at = at(10);
    assert_eq!(ends_at(100, 80, silent), None);
    assert_eq!(ends_at(101, 80, silent), Some(EndReason::TabLost));
}

#[test]
fn a_call_that_nobody_drives_is_lost_after_a_while_and_one_nobody_knows_of_at_once() {
    let undriven = |seconds: u64, has_call: bool| {
        ends(|it| {
            it.has_call = has_call;
            it.undriven = Some(Duration::from_secs(seconds));
        })
    };
    assert_eq!(undriven(15, true), None);
    assert_eq!(undriven(16, true), Some(EndReason::ControlLost));
    assert_eq!(undriven(0, false), Some(EndReason::ControlLost));
    let starting = |it: &mut Standing| {
        it.state = SessionState::Starting;
        it.has_call = false;
        it.undriven = Some(Duration::ZERO);
    };
    assert_eq!(ends_at(60, 50, starting), None, "its secret is still good");
}

#[test]
fn a_call_that_a_page_makes_itself_is_named_in_time_or_counts_as_lost() {
    let direct = |it: &mut Standing| {
        it.mode = ConnectionMode::Direct;
        it.state = SessionState::Starting;
        it.has_call = false;
    };
    assert_eq!(ends_at(45, 0, direct), None);
    assert_eq!(ends_at(46, 0, direct), Some(EndReason::ControlLost));
}
