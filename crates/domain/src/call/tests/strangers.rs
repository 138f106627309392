//! Another client on the call: its settings, its responses and its answers count for nothing.

use super::*;

fn other() -> Call {
    let mut call = call_of(ConnectionMode::Brokered, ClientKind::Other);
    let _ = call.attached();
    call
}

/// One that has had its say, and whose first words were said.
fn settled() -> Call {
    let mut call = other();
    let _ = configured(&mut call, changed(), 0);
    let _ = configured(&mut call, effective(), 0);
    started(&mut call, "resp_greeting");
    done(&mut call, "resp_greeting", 0);
    call
}

fn configured(call: &mut Call, effective: EffectiveConfiguration, millis: i64) -> Vec<CallAction> {
    let now = Timestamp::from_micros(millis * 1_000);
    call.on(
        CallInput::Event(CallEvent::Configuration(Box::new(effective))),
        now,
    )
}

fn response_started(call: &mut Call, response: &str) -> Vec<CallAction> {
    let event_ = CallEvent::ResponseStarted {
        response: id(response, ResponseId::parse),
        in_conversation: true,
        asked_by: None,
        shape: ResponseShape::default(),
    };
    event(call, event_, 1)
}

fn answer(call: &mut Call, item: &str, tool_call: &str, output: &str) -> Vec<CallAction> {
    let added = CallEvent::ItemAdded {
        item: id(item, ItemId::parse),
        after: None,
        kind: ItemKind::ToolOutput,
        text: Some(output.into()),
        answers: Some(id(tool_call, ToolCallId::parse)),
    };
    event(call, added, 1)
}

fn tool(call: &mut Call, name: &str, response: &str) -> Vec<CallAction> {
    event(
        call,
        CallEvent::ToolCall(tool_call("set_field", name, response)),
        1,
    )
}

fn following(actions: &[CallAction]) -> Option<Following> {
    actions.iter().find_map(|action| match action {
        CallAction::RunTool { following, .. } => Some(*following),
        _ => None,
    })
}

const RESTORE: CallAction = CallAction::Send(CallCommand::RestoreConfiguration);
const CANCEL: CallAction = CallAction::Send(CallCommand::CancelResponse);
const CLEAR: CallAction = CallAction::Send(CallCommand::ClearPlayback);

#[test]
fn its_settings_are_put_back_before_the_model_is_asked_to_speak() {
    let mut call = other();
    let put_back = [drift_of_instructions(DriftKind::OnConnect), RESTORE];
    assert_eq!(configured(&mut call, changed(), 0), put_back);
    assert_eq!(configured(&mut call, changed(), 10), put_back, "tracing");
    assert_eq!(
        configured(&mut call, changed(), 20),
        put_back,
        "our question"
    );
    assert_eq!(
        configured(&mut call, effective(), 30),
        [CallAction::GoLive, respond()]
    );
    assert_eq!(configured(&mut call, effective(), 40), []);
}

#[test]
fn one_whose_settings_have_not_come_yet_is_waited_for_a_moment() {
    let mut call = other();
    assert_eq!(configured(&mut call, effective(), 0), [CallAction::GoLive]);
    assert_eq!(call.wake_at(), Some(at(1)));
    let before = Timestamp::from_micros(999_000);
    assert_eq!(call.on(CallInput::Tick, before), []);
    assert_eq!(call.on(CallInput::Tick, at(1)), [respond()]);
    assert_eq!(call.wake_at(), Some(at(60)), "only silence is waited for");

    let mut call = other();
    let _ = configured(&mut call, effective(), 0);
    let _ = configured(&mut call, changed(), 100);
    assert_eq!(configured(&mut call, effective(), 110), [respond()]);
}

#[test]
fn what_is_being_said_when_its_settings_come_is_cut_off_and_said_again_under_ours() {
    let mut call = settled();
    started(&mut call, "resp_1");
    let response = id("resp_1", ResponseId::parse);
    let _ = event(&mut call, CallEvent::PlaybackStarted { response }, 1);
    assert_eq!(
        configured(&mut call, changed(), 1_500),
        [
            drift_of_instructions(DriftKind::OnConnect),
            RESTORE,
            CANCEL,
            CLEAR
        ]
    );
    assert_eq!(done(&mut call, "resp_1", 2), [], "not before ours is back");
    assert_eq!(configured(&mut call, effective(), 2_010), [respond()]);
}

#[test]
fn a_response_under_its_settings_is_cut_off_and_its_tool_calls_are_refused() {
    let mut call = settled();
    let _ = configured(&mut call, changed(), 1_000);
    assert_eq!(response_started(&mut call, "resp_theirs"), [CANCEL]);
    // Also when the model finishes it after our values are back.
    let _ = configured(&mut call, effective(), 1_100);
    let refused = tool(&mut call, "call_1", "resp_theirs");
    assert_eq!(following(&refused), Some(Following::Anothers));
    let _ = call.on(tool_done("call_1", AfterTool::GoOn), at(2));
    assert_eq!(done(&mut call, "resp_theirs", 2), [respond()]);
    started(&mut call, "resp_ours");
    let run = tool(&mut call, "call_2", "resp_ours");
    assert_eq!(following(&run), Some(Following::Ours));
}

#[test]
fn later_changes_count_and_the_third_hangs_up() {
    let mut call = settled();
    for millis in [6_000, 7_000] {
        assert_eq!(
            configured(&mut call, changed(), millis),
            [drift_of_instructions(DriftKind::Counted), RESTORE]
        );
        let _ = configured(&mut call, effective(), millis + 10);
    }
    let third = configured(&mut call, changed(), 8_000);
    assert_eq!(hangs_up(&third), Some(EndReason::Tampered));
}

#[test]
fn our_page_has_no_time_to_settle() {
    let mut call = live(ConnectionMode::Brokered);
    for _ in 0..2 {
        let _ = configured(&mut call, changed(), 1);
    }
    let third = configured(&mut call, changed(), 2);
    assert_eq!(hangs_up(&third), Some(EndReason::Tampered));
}

#[test]
fn an_answer_to_a_tool_call_that_we_did_not_give_is_taken_out() {
    let mut call = settled();
    started(&mut call, "resp_1");
    let _ = tool(&mut call, "call_1", "resp_1");
    let delete = |item: &str| {
        CallAction::Send(CallCommand::DeleteItem {
            item: id(item, ItemId::parse),
        })
    };
    // Before ours, beside ours, and in words like ours before we gave any.
    assert_eq!(
        answer(&mut call, "item_x", "call_1", "Tool set_field not found"),
        [delete("item_x"), CallAction::RecordForeignAnswer]
    );
    assert_eq!(
        answer(&mut call, "item_y", "call_1", r#"{"ok":true}"#),
        [delete("item_y")],
        "recorded once a call"
    );
    let _ = done(&mut call, "resp_1", 1);
    let _ = call.on(tool_done("call_1", AfterTool::GoOn), at(1));
    assert_eq!(
        answer(&mut call, "item_of_call_1", "call_1", r#"{"ok":true}"#),
        []
    );
    assert_eq!(
        answer(&mut call, "item_z", "call_1", r#"{"ok":false}"#),
        [delete("item_z")]
    );
}

#[test]
fn our_answer_is_known_by_its_words_where_the_provider_gives_it_another_id() {
    let mut call = live(ConnectionMode::Brokered);
    turn(&mut call, "item_0");
    started(&mut call, "resp_1");
    let _ = tool(&mut call, "call_1", "resp_1");
    let _ = call.on(tool_done("call_1", AfterTool::GoOn), at(1));
    assert_eq!(
        answer(&mut call, "item_of_theirs", "call_1", r#"{"ok":true}"#),
        []
    );
}

#[test]
fn a_response_it_asks_for_before_we_have_answered_is_cut_off() {
    let mut call = settled();
    started(&mut call, "resp_1");
    let _ = tool(&mut call, "call_1", "resp_1");
    let _ = done(&mut call, "resp_1", 1);
    assert_eq!(response_started(&mut call, "resp_early"), [CANCEL]);
    let answered = call.on(tool_done("call_1", AfterTool::GoOn), at(1));
    assert!(matches!(
        answered.as_slice(),
        [CallAction::Send(CallCommand::ToolOutput { .. })]
    ));
    assert_eq!(done(&mut call, "resp_early", 1), [respond()]);
}

/// A tool call of a finished response, and our answer to it on its way.
fn answered() -> Call {
    let mut call = settled();
    started(&mut call, "resp_1");
    let _ = tool(&mut call, "call_1", "resp_1");
    let _ = done(&mut call, "resp_1", 1);
    let _ = call.on(tool_done("call_1", AfterTool::GoOn), at(1));
    call
}

#[test]
fn a_response_that_overtakes_our_answer_is_cut_off() {
    let mut call = answered();
    let _ = answer(&mut call, "item_forged", "call_1", r#"{"ok":"forged"}"#);
    assert_eq!(response_started(&mut call, "resp_early"), [CANCEL]);
    let asked = tool(&mut call, "call_2", "resp_early");
    assert_eq!(following(&asked), Some(Following::Anothers));
}

#[test]
fn a_response_after_our_answer_is_seen_follows_us() {
    let mut call = answered();
    let _ = answer(&mut call, "item_ours", "call_1", r#"{"ok":true}"#);
    assert_eq!(response_started(&mut call, "resp_2"), []);
    // And where a provider shows no answers, one response is lost and not the conversation.
    let mut call = answered();
    let _ = response_started(&mut call, "resp_cut");
    let _ = done(&mut call, "resp_cut", 1);
    assert_eq!(response_started(&mut call, "resp_2"), []);
}

#[test]
fn our_page_may_be_spoken_to_while_a_tool_runs() {
    let mut call = live(ConnectionMode::Brokered);
    turn(&mut call, "item_0");
    started(&mut call, "resp_1");
    let _ = tool(&mut call, "call_1", "resp_1");
    let _ = done(&mut call, "resp_1", 1);
    turn(&mut call, "item_1");
    assert_eq!(response_started(&mut call, "resp_2"), []);
}

#[test]
fn to_cancel_what_has_ended_by_itself_is_no_failure() {
    let mut call = other();
    let code = Some("response_cancel_not_active".to_owned());
    let error = CallEvent::Error {
        code,
        command: Some("cancel_response".into()),
    };
    assert_eq!(event(&mut call, error, 0), []);
}
