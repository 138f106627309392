//! Both sides silenced by staff, also across a takeover by another process.

use super::*;

fn paused(call: &mut Call, paused: bool) -> Vec<CallAction> {
    call.on(CallInput::Pause { paused }, at(1))
}

fn shows_pause(paused: bool) -> CallAction {
    CallAction::Show(LiveEvent::Paused {
        session: id("vs_1", SessionId::parse),
        paused,
    })
}

#[test]
fn a_call_that_is_taken_over_is_verified_first_and_told_what_it_missed() {
    let note = || Private::from("The form holds nothing.");
    let take_over = |paused_at| {
        let mut call =
            call(ConnectionMode::Sealed).taken_over(id("item_n", ItemId::parse), note(), paused_at);
        let _ = call.attached();
        call
    };
    let told = CallAction::Send(CallCommand::Note {
        item: id("item_n", ItemId::parse),
        text: note(),
    });
    let configuration = || CallEvent::Configuration(Box::new(effective()));
    let mut call = take_over(None);
    assert_eq!(
        event(&mut call, configuration(), 1),
        [CallAction::GoLive, told.clone(), respond()]
    );
    // Paused before, it stays silent; and a pause that came meanwhile counts.
    let mut call = take_over(Some(at(0)));
    assert_eq!(
        event(&mut call, configuration(), 1),
        [CallAction::GoLive, told.clone()]
    );
    assert_eq!(paused(&mut call, false), [shows_pause(false), respond()]);
    let mut call = take_over(None);
    assert_eq!(paused(&mut call, true), []);
    let actions = event(&mut call, configuration(), 1);
    assert!(!actions.contains(&respond()) && actions.contains(&shows_pause(true)));
    // One whose settings are not ours is put back before it is told anything.
    let mut call = call_of(ConnectionMode::Brokered, ClientKind::OurPage).taken_over(
        id("item_n", ItemId::parse),
        note(),
        None,
    );
    let _ = call.attached();
    let actions = event(&mut call, CallEvent::Configuration(Box::new(changed())), 1);
    assert!(!actions.contains(&told));
}

#[test]
fn a_pause_silences_the_assistant_and_what_was_cut_is_said_again() {
    let mut call = live(ConnectionMode::Sealed);
    started(&mut call, "resp_1");
    let playing = CallEvent::PlaybackStarted {
        response: id("resp_1", ResponseId::parse),
    };
    let _ = event(&mut call, playing, 0);
    let clear_input = CallAction::Send(CallCommand::ClearInput);
    assert_eq!(
        paused(&mut call, true),
        [
            shows_pause(true),
            CallAction::Send(CallCommand::CancelResponse),
            CallAction::Send(CallCommand::ClearPlayback),
            clear_input.clone(),
        ]
    );
    assert_eq!(paused(&mut call, true), [], "it is paused already");
    assert_eq!(done(&mut call, "resp_1", 1), [], "nothing is asked for");
    // A page that goes on sending sound makes the provider answer by itself.
    let begun = CallEvent::ResponseStarted {
        response: id("resp_2", ResponseId::parse),
        in_conversation: true,
        asked_by: None,
        shape: ResponseShape::default(),
    };
    assert!(
        event(&mut call, begun, 2).contains(&CallAction::Send(CallCommand::CancelResponse)),
        "it is cut short as well"
    );
    assert_eq!(done(&mut call, "resp_2", 2), []);
    let cleared = CallEvent::PlaybackCleared { response: None };
    let _ = event(&mut call, cleared, 2);
    assert_eq!(paused(&mut call, false), [shows_pause(false), respond()]);
}

#[test]
fn sound_that_begins_after_the_pause_is_not_heard() {
    let mut call = live(ConnectionMode::Sealed);
    started(&mut call, "resp_1");
    // The pause comes between an answer's beginning and its first sound.
    let cancel = CallAction::Send(CallCommand::CancelResponse);
    assert!(paused(&mut call, true).contains(&cancel));
    let begins = |response: &str| CallEvent::PlaybackStarted {
        response: id(response, ResponseId::parse),
    };
    let clear = CallAction::Send(CallCommand::ClearPlayback);
    let begun = event(&mut call, begins("resp_1"), 1);
    assert_eq!(begun, std::slice::from_ref(&clear));
    let cleared = CallEvent::PlaybackCleared { response: None };
    let _ = event(&mut call, cleared, 1);
    assert_eq!(done(&mut call, "resp_1", 1), []);
    // The last sound of an answer that we did not see begin is not heard either, and said again.
    assert_eq!(event(&mut call, begins("resp_0"), 2), [clear]);
    assert_eq!(paused(&mut call, false), [shows_pause(false), respond()]);
}

#[test]
fn sound_of_an_answer_that_was_cut_off_is_not_heard() {
    let mut call = live(ConnectionMode::Sealed);
    started(&mut call, "resp_1");
    let typed = CallInput::Typed {
        item: id("item_t", ItemId::parse),
        text: "hi".into(),
    };
    let _ = call.on(typed, at(1));
    let playing = CallEvent::PlaybackStarted {
        response: id("resp_1", ResponseId::parse),
    };
    assert_eq!(
        event(&mut call, playing, 1),
        [CallAction::Send(CallCommand::ClearPlayback)]
    );
}

#[test]
fn a_pause_while_the_assistant_listens_asks_for_nothing_afterwards() {
    let mut call = live(ConnectionMode::Sealed);
    assert_eq!(
        paused(&mut call, true),
        [shows_pause(true), CallAction::Send(CallCommand::ClearInput)]
    );
    assert_eq!(paused(&mut call, false), [shows_pause(false)]);
}

#[test]
fn a_turn_that_a_pause_cut_is_over_and_its_question_is_asked_again() {
    let mut call = live(ConnectionMode::Sealed);
    let begun = CallEvent::SpeechStarted {
        item: id("item_1", ItemId::parse),
        at_ms: 10,
    };
    let _ = event(&mut call, begun, 1);
    let actions = paused(&mut call, true);
    assert!(actions.contains(&CallAction::Show(LiveEvent::Speaking {
        session: id("vs_1", SessionId::parse),
        speaker: Speaker::Person,
        speaking: false,
    })));
    assert_eq!(paused(&mut call, false), [shows_pause(false), respond()]);
}

#[test]
fn a_tool_that_ends_during_a_pause_is_answered_and_the_model_goes_on_after_it() {
    let mut call = live(ConnectionMode::Sealed);
    started(&mut call, "resp_1");
    let run = event(
        &mut call,
        CallEvent::ToolCall(tool_call("set_field", "call_1", "resp_1")),
        1,
    );
    assert!(matches!(run.as_slice(), [CallAction::RunTool { .. }]));
    let _ = done(&mut call, "resp_1", 1);
    let _ = paused(&mut call, true);
    let answered = call.on(tool_done("call_1", AfterTool::GoOn), at(2));
    assert!(matches!(
        answered.as_slice(),
        [CallAction::Send(CallCommand::ToolOutput { .. })]
    ));
    assert_eq!(paused(&mut call, false), [shows_pause(false), respond()]);
}

#[test]
fn a_goodbye_is_not_paused() {
    let mut call = live(ConnectionMode::Sealed);
    started(&mut call, "resp_1");
    let _ = event(
        &mut call,
        CallEvent::ToolCall(tool_call("finish_intake", "call_1", "resp_1")),
        1,
    );
    let _ = call.on(tool_done("call_1", AfterTool::SayGoodbye), at(1));
    assert_eq!(paused(&mut call, true), []);
}

#[test]
fn a_long_pause_is_looked_at_once_the_call_that_was_taken_over_is_verified() {
    let mut call = call(ConnectionMode::Sealed).taken_over(
        id("item_n", ItemId::parse),
        "The form holds nothing.".into(),
        Some(at(0)),
    );
    let _ = call.attached();
    call.unlinked(at(620));
    assert_eq!(
        call.wake_at(),
        Some(at(620)),
        "no earlier: nothing could be done"
    );
    let _ = event(
        &mut call,
        CallEvent::Configuration(Box::new(effective())),
        610,
    );
    let ended = call.on(CallInput::Tick, at(611));
    assert!(call.wake_at().is_none() || hangs_up(&ended).is_some());
}
