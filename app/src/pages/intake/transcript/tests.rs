//! Whatever order captions arrive in, they are shown in the order in which things were said.

use super::*;

fn session() -> SessionId {
    SessionId::parse("vs_1").unwrap()
}

fn item(id: &str) -> ItemId {
    ItemId::parse(id).unwrap()
}

fn caption(id: &str, after: Option<&str>, text: &str) -> LiveEvent {
    LiveEvent::Caption {
        session: session(),
        item: item(id),
        after: after.map(item),
        speaker: if id.starts_with('a') {
            Speaker::Assistant
        } else {
            Speaker::Person
        },
        origin: TurnOrigin::Spoken,
        text: text.to_owned(),
        done: true,
        interrupted: false,
    }
}

fn running(field: &str) -> LiveEvent {
    LiveEvent::ToolRunning {
        session: session(),
        name: "set_field".to_owned(),
        field: Some(FieldKey::parse(field).unwrap()),
    }
}

fn shown(transcript: &Transcript) -> Vec<String> {
    let in_short = |line: &Line| match line {
        Line::Turn(turn) => format!("{}:{}", turn.item, turn.text),
        Line::Deed(_, deed) => format!("{}:{:?}", deed.tool, deed.progress),
        Line::Gap(_) => "gap".to_owned(),
        Line::Resumed(session) => format!("resumed {session}"),
    };
    transcript.lines().iter().map(in_short).collect()
}

fn check(events: Vec<LiveEvent>, expected: &[&str]) {
    let mut transcript = Transcript::default();
    for event in events {
        transcript.live(event);
    }
    assert_eq!(shown(&transcript), expected);
}

#[test]
fn captions_of_one_item_replace_each_other() {
    check(
        vec![caption("a1", None, "Hel"), caption("a1", None, "Hello")],
        &["a1:Hello"],
    );
}

#[test]
fn a_late_transcription_stands_where_it_was_said() {
    check(
        vec![
            caption("a1", None, "Name?"),
            caption("a2", Some("u1"), "Thanks."),
            caption("u1", Some("a1"), "Ann"),
        ],
        &["a1:Name?", "u1:Ann", "a2:Thanks."],
    );
}

#[test]
fn what_was_done_stays_between_the_turns_around_it() {
    check(
        vec![
            caption("u1", None, "Ann"),
            running("name"),
            caption("a2", Some("u1"), "Thanks."),
        ],
        &["u1:Ann", "set_field:Running", "a2:Thanks."],
    );
    check(
        vec![
            caption("a1", None, "Name?"),
            running("name"),
            caption("a2", Some("u1"), "Thanks."),
            caption("u1", Some("a1"), "Ann"),
        ],
        &["a1:Name?", "u1:Ann", "set_field:Running", "a2:Thanks."],
    );
}

#[test]
fn a_turn_moves_when_its_place_becomes_known() {
    check(
        vec![
            caption("a1", None, "1"),
            caption("u2", None, "3"),
            caption("a3", Some("a1"), "2"),
            caption("u2", Some("a3"), "3"),
        ],
        &["a1:1", "a3:2", "u2:3"],
    );
}

#[test]
fn a_recorded_turn_without_words_has_a_line_and_keeps_its_words() {
    let mut transcript = Transcript::default();
    transcript.recorded(&session(), item("u1"), Speaker::Person, TurnOrigin::Spoken);
    transcript.live(caption("u1", None, "Ann"));
    transcript.recorded(&session(), item("u1"), Speaker::Person, TurnOrigin::Spoken);
    assert_eq!(shown(&transcript), ["u1:Ann"]);
    assert_eq!(transcript.words_of(&item("u1")), Some("Ann"));
}

#[test]
fn a_tool_has_one_line_that_says_how_it_went() {
    for (ok, conflicting, shown_as) in [
        (true, false, "set_field:Done"),
        // What was done is done, whatever else was heard for the field before.
        (true, true, "set_field:Done"),
        (false, true, "set_field:Kept"),
        (false, false, "set_field:Refused"),
    ] {
        let mut transcript = Transcript::default();
        transcript.live(running("name"));
        transcript.tool_ended(
            &session(),
            "set_field".to_owned(),
            FieldKey::parse("name").ok(),
            Progress::ended(ok, conflicting),
        );
        transcript.tool_ended(&session(), "escalate".to_owned(), None, Progress::Refused);
        assert_eq!(shown(&transcript), [shown_as, "escalate:Refused"]);
    }
}

#[test]
fn gaps_in_a_row_are_one_and_a_second_session_is_marked() {
    let mut transcript = Transcript::default();
    transcript.gap();
    transcript.gap();
    transcript.live(caption("a1", None, "Hello"));
    transcript.recorded(
        &SessionId::parse("vs_2").unwrap(),
        item("u9"),
        Speaker::Person,
        TurnOrigin::Typed,
    );
    assert_eq!(
        shown(&transcript),
        ["gap", "a1:Hello", "resumed vs_2", "u9:"]
    );
}
