//! Nobody speaks: asked once, then let go.

use super::*;

fn tick(call: &mut Call, seconds: i64) -> Vec<CallAction> {
    call.on(CallInput::Tick, at(seconds))
}

#[test]
fn a_silent_person_is_asked_and_then_the_call_ends_as_idle() {
    let mut call = live(ConnectionMode::Sealed);
    assert_eq!(call.wake_at(), Some(at(60)));
    assert_eq!(tick(&mut call, 59), []);
    assert_eq!(tick(&mut call, 60), [CallAction::AskWhetherThere]);
    let ask = CallInput::Note {
        item: id("item_n", ItemId::parse),
        text: "Are they there?".into(),
        go_on: true,
        by_staff: false,
    };
    assert_eq!(call.on(ask, at(60)).last(), Some(&respond()));
    started(&mut call, "resp_1");
    let response = id("resp_1", ResponseId::parse);
    let _ = event(
        &mut call,
        CallEvent::PlaybackStarted {
            response: response.clone(),
        },
        61,
    );
    let _ = done(&mut call, "resp_1", 62);
    let _ = event(&mut call, CallEvent::PlaybackStopped { response }, 64);
    assert_eq!(tick(&mut call, 123), []);
    assert_eq!(
        hangs_up(&tick(&mut call, 124)),
        Some(EndReason::Idle),
        "60 s after the question was heard"
    );
}

#[test]
fn every_sign_of_life_begins_anew() {
    let item = || id("item_1", ItemId::parse);
    let signs: [CallInput; 4] = [
        CallInput::Event(CallEvent::SpeechStopped {
            item: item(),
            at_ms: 1,
        }),
        CallInput::Typed {
            item: item(),
            text: "hi".into(),
        },
        CallInput::Note {
            item: item(),
            text: "edited".into(),
            go_on: false,
            by_staff: true,
        },
        CallInput::Pause { paused: true },
    ];
    for sign in signs {
        let mut call = live(ConnectionMode::Sealed);
        let _ = call.on(sign.clone(), at(50));
        let _ = call.on(CallInput::Pause { paused: false }, at(50));
        assert_eq!(call.wake_at(), Some(at(110)), "{sign:?}");
    }
}

#[test]
fn a_long_pause_ends_and_a_goodbye_is_not_asked_about() {
    let mut call = live(ConnectionMode::Sealed);
    let _ = call.on(CallInput::Pause { paused: true }, at(10));
    assert_eq!(tick(&mut call, 609), []);
    assert_eq!(hangs_up(&tick(&mut call, 610)), Some(EndReason::Idle));

    let mut call = live(ConnectionMode::Sealed);
    started(&mut call, "resp_1");
    let tool = CallEvent::ToolCall(tool_call("finish_intake", "call_1", "resp_1"));
    let _ = event(&mut call, tool, 55);
    let _ = call.on(tool_done("call_1", AfterTool::SayGoodbye), at(55));
    let _ = done(&mut call, "resp_1", 55);
    assert_eq!(tick(&mut call, 61), []);
}
