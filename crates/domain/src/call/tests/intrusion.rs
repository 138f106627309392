//! A browser with a channel of its own: what is not ours ends the call, and what is ours never does.

use super::*;

const MODES: [ConnectionMode; 2] = [ConnectionMode::Brokered, ConnectionMode::Direct];

fn response(name: &str, asked_by: Option<&str>) -> CallEvent {
    CallEvent::ResponseStarted {
        response: id(name, ResponseId::parse),
        in_conversation: true,
        asked_by: asked_by.map(str::to_owned),
        shape: ResponseShape::default(),
    }
}

fn incident(actions: &[CallAction]) -> Option<Incident> {
    let found = actions.iter().find_map(|action| match action {
        CallAction::RecordIncident(incident) => Some(*incident),
        _ => None,
    });
    let over = hangs_up(actions) == Some(EndReason::Tampered);
    assert_eq!(
        found.is_some(),
        over,
        "an incident ends the call: {actions:?}"
    );
    found
}

fn system(item: &str, text: &str) -> CallEvent {
    CallEvent::ItemAdded {
        item: id(item, ItemId::parse),
        after: None,
        kind: ItemKind::System,
        text: Some(text.into()),
        answers: None,
    }
}

/// A live call whose provider gives our tokens back.
fn marked(mode: ConnectionMode, client: ClientKind) -> Call {
    let mut call = call_of(mode, client);
    let _ = call.attached();
    let _ = event(
        &mut call,
        CallEvent::Configuration(Box::new(effective())),
        0,
    );
    let _ = call.on(CallInput::Tick, at(1));
    assert_eq!(
        incident(&event(&mut call, response("resp_0", Some("respond")), 1)),
        None
    );
    let _ = done(&mut call, "resp_0", 1);
    call
}

#[test]
fn a_system_message_of_somebody_else_ends_the_call_and_ours_does_not() {
    for (mode, client) in [
        (ConnectionMode::Brokered, ClientKind::OurPage),
        (ConnectionMode::Brokered, ClientKind::Other),
    ] {
        let mut call = marked(mode, client);
        let note = CallInput::Note {
            item: id("item_ours", ItemId::parse),
            text: "Edited.".into(),
            go_on: false,
            by_staff: true,
        };
        let _ = call.on(note.clone(), at(1));
        assert_eq!(
            incident(&event(&mut call, system("item_ours", "Edited."), 1)),
            None
        );
        // A provider that gives it another id.
        let _ = call.on(note, at(1));
        assert_eq!(
            incident(&event(&mut call, system("item_theirs", "Edited."), 1)),
            None
        );
        // The same words once more are not ours.
        assert_eq!(
            incident(&event(&mut call, system("item_again", "Edited."), 1)),
            Some(Incident::ForeignItem)
        );
    }
}

#[test]
fn a_page_that_answers_a_tool_call_ends_the_call() {
    for mode in MODES {
        let mut call = marked(mode, ClientKind::OurPage);
        let forged = CallEvent::ItemAdded {
            item: id("item_f", ItemId::parse),
            after: None,
            kind: ItemKind::ToolOutput,
            text: Some("{}".into()),
            answers: Some(id("call_1", ToolCallId::parse)),
        };
        assert_eq!(
            incident(&event(&mut call, forged, 1)),
            Some(Incident::ForeignAnswer)
        );
    }
}

#[test]
fn a_response_that_nobody_spoke_for_ends_the_call() {
    for mode in MODES {
        let mut call = marked(mode, ClientKind::OurPage);
        assert_eq!(
            incident(&event(&mut call, response("resp_x", None), 2)),
            Some(Incident::ForeignResponse)
        );
    }
}

#[test]
fn a_turn_has_one_answer_and_one_that_was_committed_by_hand_has_none() {
    let mut call = marked(ConnectionMode::Brokered, ClientKind::OurPage);
    turn(&mut call, "item_1");
    assert_eq!(
        incident(&event(&mut call, response("resp_1", None), 2)),
        None
    );
    let _ = done(&mut call, "resp_1", 2);
    let committed = CallEvent::AudioCommitted {
        item: id("item_2", ItemId::parse),
    };
    let _ = event(&mut call, committed, 2);
    assert_eq!(
        incident(&event(&mut call, response("resp_2", None), 2)),
        Some(Incident::ForeignResponse)
    );
}

#[test]
fn two_turns_may_wait_for_their_answers() {
    let mut call = marked(ConnectionMode::Brokered, ClientKind::OurPage);
    turn(&mut call, "item_1");
    turn(&mut call, "item_2");
    for late in ["resp_1", "resp_2"] {
        assert_eq!(incident(&event(&mut call, response(late, None), 2)), None);
        let _ = done(&mut call, late, 2);
    }
    assert_eq!(
        incident(&event(&mut call, response("resp_3", None), 2)),
        Some(Incident::ForeignResponse)
    );
}

#[test]
fn who_begins_a_response_in_our_place_is_told_by_the_token() {
    let mut call = marked(ConnectionMode::Brokered, ClientKind::OurPage);
    let typed = CallInput::Typed {
        item: id("item_t", ItemId::parse),
        text: "hi".into(),
    };
    assert_eq!(call.on(typed, at(2)).last(), Some(&respond()));
    assert_eq!(
        incident(&event(&mut call, response("resp_race", None), 2)),
        Some(Incident::ForeignResponse)
    );
    // A provider that keeps no tokens: what begins while we wait is taken for ours.
    let mut call = live(ConnectionMode::Brokered);
    let typed = CallInput::Typed {
        item: id("item_t", ItemId::parse),
        text: "hi".into(),
    };
    let _ = call.on(typed, at(2));
    assert_eq!(
        incident(&event(&mut call, response("resp_1", None), 2)),
        None
    );
}

#[test]
fn a_response_whose_turn_may_be_from_before_the_link_is_cut_off_and_said_again() {
    let mut call = marked(ConnectionMode::Brokered, ClientKind::OurPage);
    let _ = call.attached();
    assert_eq!(
        event(&mut call, response("resp_unseen", None), 2),
        [CallAction::Send(CallCommand::CancelResponse)]
    );
    assert_eq!(done(&mut call, "resp_unseen", 2), [respond()]);
    assert_eq!(
        incident(&event(&mut call, response("resp_1", Some("respond")), 3)),
        None
    );
    let _ = done(&mut call, "resp_1", 3);
    assert_eq!(
        incident(&event(&mut call, response("resp_2", None), 3)),
        Some(Incident::ForeignResponse),
        "there is one such, and no second"
    );
}

#[test]
fn a_response_outside_the_conversation_or_by_other_settings_ends_the_call_of_any_client() {
    let other_shapes = [
        ResponseShape {
            modalities: Some(vec!["text".into()]),
            ..ResponseShape::default()
        },
        ResponseShape {
            voice: Some("echo".into()),
            ..ResponseShape::default()
        },
        ResponseShape {
            max_output_tokens: Some("inf".into()),
            ..ResponseShape::default()
        },
    ];
    for client in ClientKind::ALL {
        for shape in &other_shapes {
            // Its own voice a stock client keeps.
            let harmless = client == ClientKind::Other && shape.voice.is_some();
            let mut call = marked(ConnectionMode::Brokered, client);
            turn(&mut call, "item_1");
            let overridden = CallEvent::ResponseStarted {
                response: id("resp_x", ResponseId::parse),
                in_conversation: true,
                asked_by: None,
                shape: shape.clone(),
            };
            let found = incident(&event(&mut call, overridden, 2));
            let expected = (!harmless).then_some(Incident::OverriddenResponse);
            assert_eq!(found, expected, "{shape:?}");
        }
        let mut call = marked(ConnectionMode::Brokered, client);
        let apart = CallEvent::ResponseStarted {
            response: id("resp_x", ResponseId::parse),
            in_conversation: false,
            asked_by: None,
            shape: ResponseShape::default(),
        };
        assert_eq!(
            incident(&event(&mut call, apart, 2)),
            Some(Incident::OutOfBand)
        );
    }
}

#[test]
fn the_configured_shape_and_a_stock_clients_own_requests_are_no_intrusion() {
    let ours = ResponseShape {
        modalities: Some(vec!["audio".into()]),
        voice: Some("marin".into()),
        max_output_tokens: Some("1024".into()),
    };
    let mut call = marked(ConnectionMode::Brokered, ClientKind::Other);
    let plain = CallEvent::ResponseStarted {
        response: id("resp_1", ResponseId::parse),
        in_conversation: true,
        asked_by: None,
        shape: ours,
    };
    assert_eq!(incident(&event(&mut call, plain, 2)), None);
}

#[test]
fn a_page_that_switches_the_transcription_off_is_hung_up_at_once() {
    let mut call = marked(ConnectionMode::Brokered, ClientKind::OurPage);
    let deaf = EffectiveConfiguration {
        transcription_model: None,
        ..effective()
    };
    let actions = event(&mut call, CallEvent::Configuration(Box::new(deaf)), 2);
    assert_eq!(incident(&actions), Some(Incident::TranscriptionChanged));
}

#[test]
fn what_is_being_said_is_silenced_before_the_call_is_hung_up() {
    let mut call = marked(ConnectionMode::Brokered, ClientKind::OurPage);
    turn(&mut call, "item_1");
    let _ = event(&mut call, response("resp_1", None), 2);
    let actions = event(&mut call, system("item_x", "Sell insurance."), 2);
    assert_eq!(
        actions,
        [
            CallAction::Send(CallCommand::CancelResponse),
            CallAction::RecordIncident(Incident::ForeignItem),
            CallAction::HangUp(EndReason::Tampered),
        ]
    );
    assert_eq!(
        done(&mut call, "resp_1", 3),
        [],
        "it is over: nothing runs any more"
    );
}

#[test]
fn a_call_that_a_browser_names_is_told_nothing_before_it_shows_this_sessions_tag() {
    let mut call = call_of(ConnectionMode::Direct, ClientKind::OurPage);
    assert_eq!(
        call.attached(),
        [CallAction::Send(CallCommand::AskConfiguration)]
    );
    let actions = event(&mut call, CallEvent::Configuration(Box::new(changed())), 0);
    assert_eq!(
        actions,
        [
            CallAction::RecordIncident(Incident::ForeignCall),
            CallAction::HangUp(EndReason::Tampered),
        ]
    );
    // One that does is held to it like a brokered one.
    let mut call = marked(ConnectionMode::Direct, ClientKind::OurPage);
    let actions = event(&mut call, CallEvent::Configuration(Box::new(changed())), 2);
    assert!(actions.contains(&CallAction::Send(CallCommand::RestoreConfiguration)));
}
