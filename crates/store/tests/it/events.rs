//! Events: numbered without a gap, in the order they become visible.

use crate::world::{at, key, on_each, session, start};
use domain::{
    ItemId, SessionId,
    event::{RecordEvent, Speaker},
    intake::{Evidence, FieldState, Outcome, Readiness, TurnOrigin},
    session::{EndReason, SessionState},
};
use store::{StoreError, StoredEvent};

fn outcome(outcome: Option<Outcome>) -> RecordEvent {
    RecordEvent::Outcome { outcome }
}

#[tokio::test]
async fn every_kind_of_event_comes_back_as_it_was() {
    on_each(async |world| {
        let session = session(&world.a, "vs_1");
        start(world, &session).await;
        let readiness = Readiness {
            missing: vec![key("phone")],
            unconfirmed: vec![key("full_name")],
        };
        let item = ItemId::parse("item_1").unwrap();
        let evidence = Evidence {
            item: item.clone(),
            origin: TurnOrigin::Spoken,
            start_ms: Some(1),
            end_ms: Some(2),
        };
        let state = |state| RecordEvent::Session {
            session: session.id.clone(),
            state,
            deadline_at: at(99),
        };
        let events = [
            state(SessionState::Starting),
            state(SessionState::Live),
            state(SessionState::Ended(EndReason::ControlLost)),
            RecordEvent::Field {
                key: key("full_name"),
                state: Some(FieldState::Proposed),
                evidence: Some(evidence),
                readiness: readiness.clone(),
            },
            RecordEvent::Waived {
                key: key("phone"),
                waived: true,
                readiness,
            },
            RecordEvent::Turn {
                session: session.id.clone(),
                item,
                speaker: Speaker::Person,
                origin: TurnOrigin::Typed,
                start_ms: None,
                end_ms: None,
            },
            RecordEvent::Tool {
                session: session.id.clone(),
                name: String::from("set_field"),
                field: Some(key("full_name")),
                ok: true,
            },
            outcome(Some(Outcome::Complete)),
            outcome(None),
        ];
        let mut stored = Vec::new();
        let mut tx = world.store.begin().await.unwrap();
        for (seq, event) in (1..).zip(events) {
            let of = (seq < 8).then_some(&session.id);
            let given = tx
                .append_event(&world.a.workspace, &world.a.intake, of, &event, at(seq))
                .await
                .unwrap();
            assert_eq!(given, seq);
            stored.push(StoredEvent {
                seq,
                at: at(seq),
                event,
            });
        }
        tx.commit().await.unwrap();
        let after = async |seq, limit| {
            world
                .store
                .events_after(&world.a.workspace, &world.a.intake, seq, limit)
                .await
                .unwrap()
        };
        assert_eq!(after(0, 100).await, stored);
        assert_eq!(after(3, 2).await, stored[3..5]);
        assert_eq!(after(9, 100).await, []);
        assert_eq!(
            world
                .store
                .last_seq(&world.a.workspace, &world.a.intake)
                .await
                .unwrap(),
            9
        );
        assert_eq!(
            world
                .store
                .last_seq(&world.b.workspace, &world.b.intake)
                .await
                .unwrap(),
            0
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_have_no_gap_when_many_write_and_some_give_up() {
    on_each(async |world| {
        let mut writing = tokio::task::JoinSet::new();
        for n in 0..30 {
            let (store, desk) = (world.store.clone(), world.a.clone());
            writing.spawn(async move {
                let mut tx = store.begin().await.unwrap();
                tx.append_event(&desk.workspace, &desk.intake, None, &outcome(None), at(n))
                    .await
                    .unwrap();
                if n % 3 == 0 {
                    drop(tx);
                } else {
                    tx.commit().await.unwrap();
                }
            });
        }
        writing.join_all().await;
        let events = world
            .store
            .events_after(&world.a.workspace, &world.a.intake, 0, 100)
            .await
            .unwrap();
        let numbers: Vec<i64> = events.iter().map(|event| event.seq).collect();
        assert_eq!(numbers, (1..=20).collect::<Vec<i64>>());
    })
    .await;
}

/// A page that reads up to the last number must never find a smaller one later.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_never_sees_a_number_before_the_one_under_it() {
    on_each(async |world| {
        let mut writing = tokio::task::JoinSet::new();
        for n in 0..20 {
            let (store, desk) = (world.store.clone(), world.a.clone());
            writing.spawn(async move {
                let mut tx = store.begin().await.unwrap();
                tx.append_event(&desk.workspace, &desk.intake, None, &outcome(None), at(n))
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            });
        }
        let mut seen = 0;
        while seen < 20 {
            for event in world
                .store
                .events_after(&world.a.workspace, &world.a.intake, seen, 100)
                .await
                .unwrap()
            {
                assert_eq!(event.seq, seen + 1);
                seen = event.seq;
            }
        }
        writing.join_all().await;
    })
    .await;
}

#[tokio::test]
async fn an_event_of_what_is_not_there_is_refused() {
    on_each(async |world| {
        let mut tx = world.store.begin().await.unwrap();
        let wrong = tx
            .append_event(
                &world.b.workspace,
                &world.a.intake,
                None,
                &outcome(None),
                at(1),
            )
            .await;
        assert!(matches!(wrong, Err(StoreError::Missing)));
        let none = SessionId::parse("vs_none").unwrap();
        let wrong = tx
            .append_event(
                &world.a.workspace,
                &world.a.intake,
                Some(&none),
                &outcome(None),
                at(1),
            )
            .await;
        assert!(matches!(wrong, Err(StoreError::Missing)));
    })
    .await;
}
