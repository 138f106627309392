//! The table of the rule, row by row.

use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_micros(millis * 1_000)
}

/// The verdicts on drifts at those times, in milliseconds after the first look.
fn check(
    mode: ConnectionMode,
    client: ClientKind,
    times: &[i64],
    expected: &[(DriftKind, Verdict)],
) {
    let mut watch = DriftWatch::new(mode, client);
    let found: Vec<_> = times
        .iter()
        .map(|millis| watch.drifted(&[PinnedPart::Instructions], at(*millis)))
        .collect();
    assert_eq!(found, expected, "{mode:?} {client:?} {times:?}");
}

const PUT_BACK: (DriftKind, Verdict) = (DriftKind::Counted, Verdict::PutBack);
const HANG_UP: (DriftKind, Verdict) = (DriftKind::Counted, Verdict::HangUp);
const EXPECTED: (DriftKind, Verdict) = (DriftKind::OnConnect, Verdict::PutBack);

#[test]
fn a_sealed_call_is_hung_up_at_the_first_drift_whoever_calls() {
    check(
        ConnectionMode::Sealed,
        ClientKind::OurPage,
        &[0],
        &[HANG_UP],
    );
    check(ConnectionMode::Sealed, ClientKind::Other, &[0], &[HANG_UP]);
}

#[test]
fn the_third_drift_of_our_page_within_ten_seconds_hangs_up() {
    let page = |times: &[i64], expected: &[_]| {
        check(
            ConnectionMode::Brokered,
            ClientKind::OurPage,
            times,
            expected,
        );
    };
    page(&[0, 0, 0], &[PUT_BACK, PUT_BACK, HANG_UP]);
    page(&[0, 5_000, 10_000], &[PUT_BACK, PUT_BACK, HANG_UP]);
    page(&[0, 5_000, 10_001], &[PUT_BACK, PUT_BACK, PUT_BACK]);
}

#[test]
fn another_client_may_send_its_settings_as_it_connects_and_no_later() {
    let other = |times: &[i64], expected: &[_]| {
        check(ConnectionMode::Brokered, ClientKind::Other, times, expected);
    };
    other(&[0, 20, 40, 60], &[EXPECTED; 4]);
    other(
        &[0, 5_000, 5_001, 6_000, 7_000],
        &[EXPECTED, EXPECTED, PUT_BACK, PUT_BACK, HANG_UP],
    );
}

#[test]
fn settings_without_end_are_no_way_of_connecting() {
    let most = usize::try_from(EXPECTED_AT_MOST).unwrap();
    let mut expected = vec![EXPECTED; most];
    expected.extend([PUT_BACK, PUT_BACK, HANG_UP]);
    let times: Vec<i64> = (0..).take(most + 3).collect();
    check(
        ConnectionMode::Brokered,
        ClientKind::Other,
        &times,
        &expected,
    );
}

#[test]
fn the_time_to_settle_begins_with_the_first_look_also_when_all_is_well() {
    let mut watch = DriftWatch::new(ConnectionMode::Brokered, ClientKind::Other);
    let _ = watch.is_ours(at(0));
    assert_eq!(
        watch.drifted(&[PinnedPart::Instructions], at(5_001)),
        PUT_BACK
    );
}

#[test]
fn the_assistant_waits_for_another_clients_first_update_and_not_for_our_page() {
    let mut page = DriftWatch::new(ConnectionMode::Brokered, ClientKind::OurPage);
    assert_eq!(page.is_ours(at(0)), None);
    let mut other = DriftWatch::new(ConnectionMode::Brokered, ClientKind::Other);
    assert_eq!(other.is_ours(at(0)), Some(at(1_000)));
    let _ = other.drifted(&[PinnedPart::Instructions], at(100));
    assert_eq!(other.is_ours(at(120)), None, "it has had its say");
}

#[test]
fn a_page_that_changes_the_transcription_is_hung_up_at_once_and_a_stock_client_is_set_right() {
    let verdict = |client| {
        let mut watch = DriftWatch::new(ConnectionMode::Brokered, client);
        watch.drifted(&[PinnedPart::Tools, PinnedPart::Transcription], at(0))
    };
    assert_eq!(verdict(ClientKind::OurPage), HANG_UP);
    assert_eq!(verdict(ClientKind::Other), EXPECTED);
}
