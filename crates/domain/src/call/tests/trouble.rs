//! What the provider's errors do to a call (realtime reference 1.8, 3.3 and 4.6).

use super::*;

fn error(code: Option<&str>, command: Option<&str>) -> CallEvent {
    CallEvent::Error {
        code: code.map(str::to_owned),
        command: command.map(str::to_owned),
    }
}

fn ended(trouble: ProviderTrouble, code: Option<&str>) -> Vec<CallAction> {
    vec![
        CallAction::RecordTrouble {
            trouble,
            code: code.map(str::to_owned),
        },
        CallAction::HangUp(EndReason::ProviderFailed),
    ]
}

fn response_done(status: ResponseStatus, failure: Option<&str>) -> CallEvent {
    CallEvent::ResponseDone {
        response: id("resp_1", ResponseId::parse),
        status,
        failure: failure.map(str::to_owned),
        usage: None,
    }
}

fn note() -> CallInput {
    CallInput::Note {
        item: id("item_note", ItemId::parse),
        by_staff: true,
        text: "The phone was corrected by hand.".into(),
        go_on: true,
    }
}

/// A live call that has asked for a response which has not begun.
fn asking() -> Call {
    let mut call = live(ConnectionMode::Sealed);
    assert_eq!(call.on(note(), at(1)).last(), Some(&respond()));
    call
}

#[test]
fn an_error_that_ends_the_call_says_why() {
    let fatal = [
        ("insufficient_quota", ProviderTrouble::Quota),
        ("rate_limit_exceeded", ProviderTrouble::Busy),
        ("invalid_api_key", ProviderTrouble::Key),
        ("model_not_found", ProviderTrouble::Access),
    ];
    for (code, trouble) in fatal {
        let mut call = live(ConnectionMode::Sealed);
        let actions = event(&mut call, error(Some(code), None), 1);
        assert_eq!(actions, ended(trouble, Some(code)));

        let mut call = live(ConnectionMode::Sealed);
        started(&mut call, "resp_1");
        let failed = response_done(ResponseStatus::Failed, Some(code));
        assert_eq!(event(&mut call, failed, 1), ended(trouble, Some(code)));
    }
    for unknown in [Some("something_new"), None] {
        let mut call = live(ConnectionMode::Sealed);
        let failed = response_done(ResponseStatus::Failed, unknown);
        assert_eq!(
            event(&mut call, failed, 1),
            ended(ProviderTrouble::Failed, unknown)
        );
    }
}

#[test]
fn an_error_about_one_event_costs_that_event_and_not_the_call() {
    let harmless = [
        Some("unknown_parameter"),
        Some("missing_required_parameter"),
        Some("invalid_value"),
        Some("conversation_already_has_active_response"),
        Some("response_cancel_not_active"),
        Some("input_audio_buffer_commit_empty"),
        Some("cannot_update_voice"),
        Some("something_new"),
        None,
    ];
    for code in harmless {
        for command in [None, Some("note"), Some("restore_configuration")] {
            let mut call = live(ConnectionMode::Brokered);
            assert_eq!(
                event(&mut call, error(code, command), 1),
                [],
                "{code:?} {command:?}"
            );
            assert_eq!(call.on(note(), at(2)).last(), Some(&respond()), "{code:?}");
        }
    }
}

#[test]
fn whatever_refuses_the_verification_ends_the_call() {
    let codes = [
        (Some("unknown_parameter"), ProviderTrouble::Setup),
        (Some("beta_api_shape_disabled"), ProviderTrouble::Setup),
        (Some("insufficient_quota"), ProviderTrouble::Quota),
        (Some("server_error"), ProviderTrouble::Failed),
        (None, ProviderTrouble::Setup),
    ];
    for (code, trouble) in codes {
        let mut call = call(ConnectionMode::Sealed);
        let _ = call.attached();
        let actions = event(&mut call, error(code, Some("ask_configuration")), 0);
        assert_eq!(actions, ended(trouble, code));
    }
}

#[test]
fn the_providers_own_fault_is_forgiven_once_between_two_answers() {
    let fault = || error(Some("server_error"), Some("respond"));
    let mut call = asking();
    assert_eq!(event(&mut call, fault(), 2), [respond()]);
    assert_eq!(
        event(&mut call, fault(), 3),
        ended(ProviderTrouble::Failed, Some("server_error"))
    );

    let mut call = asking();
    assert_eq!(event(&mut call, fault(), 2), [respond()]);
    started(&mut call, "resp_1");
    let _ = done(&mut call, "resp_1", 3);
    let _ = call.on(note(), at(4));
    assert_eq!(event(&mut call, fault(), 5), [respond()], "an answer since");

    let mut call = live(ConnectionMode::Sealed);
    let elsewhere = error(Some("server_error"), Some("note"));
    assert_eq!(event(&mut call, elsewhere, 1), [], "not about a response");
}

#[test]
fn a_response_that_was_refused_is_not_waited_for() {
    let mut call = asking();
    let refused = error(Some("invalid_value"), Some("respond"));
    assert_eq!(
        event(&mut call, refused, 2),
        [],
        "not asked again by itself"
    );
    assert_eq!(call.on(note(), at(3)).last(), Some(&respond()));
}

#[test]
fn a_response_that_was_cut_short_leaves_the_call_as_it_is() {
    let cut = [
        (ResponseStatus::Incomplete, Some("max_output_tokens")),
        (ResponseStatus::Incomplete, Some("content_filter")),
        (ResponseStatus::Incomplete, Some("turn_detected")),
        (ResponseStatus::Cancelled, None),
    ];
    for (status, reason) in cut {
        let mut call = live(ConnectionMode::Sealed);
        started(&mut call, "resp_1");
        assert_eq!(
            event(&mut call, response_done(status, reason), 1),
            [],
            "{reason:?}"
        );
        assert_eq!(call.on(note(), at(2)).last(), Some(&respond()));
    }
}

#[test]
fn the_providers_cap_ends_the_session_as_our_deadline_does() {
    let mut call = live(ConnectionMode::Sealed);
    assert_eq!(
        event(&mut call, CallEvent::Expired, 3600),
        [CallAction::HangUp(EndReason::Deadline)]
    );
}
