use super::*;
use crate::api::intakes::SessionView;
use domain::{
    FieldKey, ItemId, SessionId,
    event::Speaker,
    intake::{Evidence, FieldState, Outcome, Readiness, TurnOrigin},
    session::EndReason,
    workflow::FieldKind,
};

fn session() -> SessionId {
    SessionId::parse("vs_1").unwrap()
}

fn item(id: &str) -> ItemId {
    ItemId::parse(id).unwrap()
}

fn key() -> FieldKey {
    FieldKey::parse("name").unwrap()
}

fn readiness() -> Readiness {
    Readiness {
        missing: vec![key()],
        unconfirmed: vec![],
    }
}

fn evidence() -> Evidence {
    Evidence {
        item: item("item_1"),
        origin: TurnOrigin::Spoken,
        start_ms: Some(1),
        end_ms: None,
    }
}

fn field() -> FieldView {
    FieldView {
        key: key(),
        label: "Name".into(),
        question: "Who?".into(),
        help: String::new(),
        kind: FieldKind::ShortText,
        required: true,
        sensitive: false,
        read_back: true,
        choices: vec!["a".into()],
        max_length: Some(5),
        value: Some("Ada".into()),
        masked: false,
        state: Some(FieldState::Proposed),
        waived: false,
        set_by: Some("Assistant".into()),
        evidence: Some(evidence()),
        heard_instead: None,
        revision: 2,
        at: Some(Timestamp::from_micros(7)),
    }
}

fn check(frame: StreamFrame) {
    let written = serde_json::to_string(&frame).unwrap();
    assert_eq!(StreamFrame::read(&written), Ok(frame), "{written}");
}

#[test]
fn the_page_reads_every_record() {
    let states = [SessionState::Starting, SessionState::Live];
    let ends = EndReason::ALL.map(SessionState::Ended);
    let sessions = states
        .into_iter()
        .chain(ends)
        .map(|state| RecordEvent::Session {
            session: session(),
            state,
            deadline_at: Timestamp::from_micros(9),
        });
    let others = [
        RecordEvent::Field {
            key: key(),
            state: Some(FieldState::Confirmed),
            evidence: Some(evidence()),
            readiness: readiness(),
        },
        RecordEvent::Field {
            key: key(),
            state: None,
            evidence: None,
            readiness: readiness(),
        },
        RecordEvent::Waived {
            key: key(),
            waived: true,
            readiness: readiness(),
        },
        RecordEvent::Turn {
            session: session(),
            item: item("item_2"),
            speaker: Speaker::Person,
            origin: TurnOrigin::Typed,
            start_ms: None,
            end_ms: Some(3),
        },
        RecordEvent::Tool {
            session: session(),
            name: "set_field".into(),
            field: Some(key()),
            ok: false,
        },
        RecordEvent::Outcome {
            outcome: Some(Outcome::Escalated),
        },
        RecordEvent::Outcome { outcome: None },
    ];
    for event in sessions.chain(others) {
        for field in [None, Some(Box::new(field()))] {
            check(StreamFrame::Record {
                at: Timestamp::from_micros(8),
                event: event.clone(),
                field,
            });
        }
    }
}

#[test]
fn the_page_reads_what_is_live() {
    for event in [
        LiveEvent::Caption {
            session: session(),
            item: item("item_2"),
            after: Some(item("item_1")),
            speaker: Speaker::Assistant,
            origin: TurnOrigin::Spoken,
            text: "Hello".into(),
            done: true,
            interrupted: false,
        },
        LiveEvent::Speaking {
            session: session(),
            speaker: Speaker::Person,
            speaking: true,
        },
        LiveEvent::ToolRunning {
            session: session(),
            name: "set_field".into(),
            field: None,
        },
        LiveEvent::PasswordWanted {
            session: session(),
            until: Some(Timestamp::from_micros(7)),
        },
        LiveEvent::Paused {
            session: session(),
            paused: true,
        },
        LiveEvent::Control {
            session: session(),
            attached: false,
        },
    ] {
        // A new kind must be read by the page too, and be in this list.
        match &event {
            LiveEvent::Caption { .. }
            | LiveEvent::Speaking { .. }
            | LiveEvent::ToolRunning { .. }
            | LiveEvent::Paused { .. }
            | LiveEvent::PasswordWanted { .. }
            | LiveEvent::Control { .. } => {}
        }
        check(StreamFrame::Live { event });
    }
    check(StreamFrame::Gap);
    check(StreamFrame::Closed { signed_out: true });
}

#[test]
fn what_is_no_frame_is_refused() {
    for bad in [
        "",
        "[]",
        "{}",
        r#"{"frame":"other"}"#,
        r#"{"frame":"live","event":{"kind":"other"}}"#,
        r#"{"frame":"closed"}"#,
    ] {
        assert!(StreamFrame::read(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_session_is_read_with_its_state_beside_its_fields() {
    let view = SessionView {
        id: session(),
        state: SessionState::Ended(EndReason::Idle),
        started_by: "Ada".into(),
        mine: true,
        started_at: Timestamp::from_micros(1),
        live_at: None,
        deadline_at: Timestamp::from_micros(2),
        ended_at: Some(Timestamp::from_micros(3)),
    };
    let written = serde_json::to_string(&view).unwrap();
    assert!(
        written.contains(r#""state":"ended","reason":"idle""#),
        "{written}"
    );
    assert_eq!(crate::api::json::read(&written), Ok(view));
}
