//! The ring of live words.

use super::*;
use domain::{event::Speaker, intake::TurnOrigin};

fn caption(item: &str, text: &str) -> LiveEvent {
    LiveEvent::Caption {
        session: SessionId::parse("vs_1").unwrap(),
        item: ItemId::parse(item).unwrap(),
        after: None,
        speaker: Speaker::Person,
        origin: TurnOrigin::Spoken,
        text: text.into(),
        done: false,
        interrupted: false,
    }
}

fn now() -> Timestamp {
    Timestamp::from_micros(0)
}

#[test]
fn words_of_one_item_replace_each_other_and_keep_their_numbers_in_order() {
    let (hub, intake) = (Hub::new(Ids), IntakeId::parse("in_1").unwrap());
    hub.show(&intake, caption("a", "He"), now());
    hub.show(&intake, caption("b", "Yes"), now());
    hub.show(&intake, caption("a", "Hello"), now());
    let since = hub.since(&intake, 0);
    assert_eq!(
        since
            .events
            .iter()
            .map(|event| event.number)
            .collect::<Vec<_>>(),
        [2, 3]
    );
    assert!(!since.gap);
    assert_eq!(hub.since(&intake, 2).events.len(), 1);
}

#[test]
fn a_reader_that_missed_dropped_events_is_told() {
    let (hub, intake) = (Hub::new(Ids), IntakeId::parse("in_1").unwrap());
    for i in 0..=RING {
        hub.show(&intake, caption(&format!("item_{i}"), "x"), now());
    }
    assert!(hub.since(&intake, 0).gap);
    assert!(!hub.since(&intake, 1).gap);
}

#[test]
fn unwatched_intakes_are_forgotten_and_watched_ones_are_not() {
    let (hub, intake) = (Hub::new(Ids), IntakeId::parse("in_1").unwrap());
    let watcher = hub.watch(&intake, now());
    hub.show(&intake, caption("a", "x"), now());
    let later = now() + Duration::from_secs(60);
    hub.sweep(later, Duration::from_secs(30));
    assert_eq!(hub.since(&intake, 0).events.len(), 1);
    drop(watcher);
    hub.sweep(later, Duration::from_secs(30));
    assert!(hub.since(&intake, 0).events.is_empty());
}
