//! Sessions, from the start to one end reason.

use crate::world::{Desk, at, connect, idempotency, intake, on_each, secret, session, start};
use domain::{
    IdempotencyKey, IntakeId, ProviderCallId, SessionId, UserId,
    event::RecordEvent,
    session::{ClientKind, EndReason, Session, SessionState},
    workflow::ConnectionMode,
};
use store::StoreError;

fn call(text: &str) -> ProviderCallId {
    ProviderCallId::parse(text).unwrap()
}

#[tokio::test]
async fn a_session_comes_back_as_it_was_started() {
    on_each(async |world| {
        let started = Session {
            mode: ConnectionMode::Brokered,
            client: ClientKind::Other,
            state: SessionState::Ended(EndReason::ControlLost),
            call: Some(call("rtc_1")),
            hangup_pending: true,
            live_at: Some(at(12)),
            ended_at: Some(at(13)),
            ..session(&world.a, "vs_1")
        };
        start(world, &started).await;
        let (store, workspace) = (&world.store, &world.a.workspace);
        assert_eq!(
            store.session(workspace, &started.id).await.unwrap(),
            Some(started.clone())
        );
        assert_eq!(
            store.session_by_id(&started.id).await.unwrap(),
            Some(started.clone())
        );
        let by_key = store
            .session_by_key(workspace, &world.a.user, &idempotency(&started))
            .await
            .unwrap();
        assert_eq!(by_key, Some(started.clone()));
        assert_eq!(
            store
                .sessions_of_intake(workspace, &world.a.intake)
                .await
                .unwrap(),
            [started]
        );
        let none = SessionId::parse("vs_none").unwrap();
        assert_eq!(store.session(workspace, &none).await.unwrap(), None);
        assert_eq!(store.session_by_id(&none).await.unwrap(), None);
        let other_key = IdempotencyKey::parse("key_none").unwrap();
        assert_eq!(
            store
                .session_by_key(workspace, &world.a.user, &other_key)
                .await
                .unwrap(),
            None
        );
    })
    .await;
}

#[tokio::test]
async fn a_key_starts_one_session_per_user() {
    on_each(async |world| {
        let first = session(&world.a, "vs_1");
        start(world, &first).await;
        let mut tx = world.store.begin().await.unwrap();
        tx.end_session(&first.id, EndReason::Finished, at(11))
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let again = session(&world.a, "vs_2");
        let mut tx = world.store.begin().await.unwrap();
        let refused = tx
            .create_session(&again, &idempotency(&first), &secret(&again))
            .await;
        assert!(matches!(refused, Err(StoreError::Unique)));
        drop(tx);
        let other = session(&world.b, "vs_2");
        let mut tx = world.store.begin().await.unwrap();
        tx.create_session(&other, &idempotency(&first), &secret(&other))
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_intake_has_one_running_session() {
    on_each(async |world| {
        let first = session(&world.a, "vs_1");
        start(world, &first).await;
        let second = session(&world.a, "vs_2");
        let mut tx = world.store.begin().await.unwrap();
        let refused = tx
            .create_session(&second, &idempotency(&second), &secret(&second))
            .await;
        assert!(matches!(refused, Err(StoreError::Unique)));
        drop(tx);
        let mut tx = world.store.begin().await.unwrap();
        assert_eq!(
            tx.running_of_intake(&world.a.workspace, &world.a.intake)
                .await
                .unwrap(),
            Some(first.clone())
        );
        assert!(
            tx.end_session(&first.id, EndReason::StaffEnded, at(12))
                .await
                .unwrap()
        );
        tx.create_session(&second, &idempotency(&second), &secret(&second))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.store.running_sessions().await.unwrap(), [second]);
    })
    .await;
}

#[tokio::test]
async fn a_session_of_what_is_not_there_is_refused() {
    on_each(async |world| {
        let good = session(&world.a, "vs_1");
        let bad = [
            Session {
                intake: IntakeId::parse("in_none").unwrap(),
                ..good.clone()
            },
            Session {
                intake: world.b.intake.clone(),
                ..good.clone()
            },
            Session {
                version: world.b.version.clone(),
                ..good.clone()
            },
            Session {
                user: UserId::parse("us_none").unwrap(),
                ..good.clone()
            },
        ];
        for session in bad {
            let mut tx = world.store.begin().await.unwrap();
            let refused = tx
                .create_session(&session, &idempotency(&session), &secret(&session))
                .await;
            assert!(matches!(refused, Err(StoreError::Missing)));
        }
    })
    .await;
}

#[tokio::test]
async fn running_sessions_are_counted_per_user_and_per_workspace() {
    on_each(async |world| {
        let mut tx = world.store.begin().await.unwrap();
        tx.create_intake(&intake(&world.a, "in_2", at(1)))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let first = session(&world.a, "vs_1");
        let second = Session {
            intake: IntakeId::parse("in_2").unwrap(),
            ..session(&world.a, "vs_2")
        };
        // The same user, in the other workspace.
        let elsewhere = Session {
            user: world.a.user.clone(),
            ..session(&world.b, "vs_3")
        };
        for session in [&first, &second, &elsewhere] {
            start(world, session).await;
        }
        let mut tx = world.store.begin().await.unwrap();
        assert_eq!(tx.running_of_user(&world.a.user).await.unwrap(), 3);
        assert_eq!(tx.running_of_user(&world.b.user).await.unwrap(), 0);
        assert_eq!(
            tx.running_of_workspace(&world.a.workspace).await.unwrap(),
            2
        );
        assert_eq!(
            tx.running_of_workspace(&world.b.workspace).await.unwrap(),
            1
        );
        tx.end_session(&first.id, EndReason::Idle, at(20))
            .await
            .unwrap();
        assert_eq!(tx.running_of_user(&world.a.user).await.unwrap(), 2);
        assert_eq!(
            tx.running_of_workspace(&world.a.workspace).await.unwrap(),
            1
        );
        assert_eq!(
            tx.running_of_intake(&world.a.workspace, &world.a.intake)
                .await
                .unwrap(),
            None
        );
        tx.commit().await.unwrap();
        let mine = async |side: &Desk| {
            let of = world.store.running_session(&side.workspace, &world.a.user);
            of.await.unwrap()
        };
        assert_eq!(mine(&world.a).await, Some(second));
        assert_eq!(mine(&world.b).await, Some(elsewhere));
    })
    .await;
}

#[tokio::test]
async fn a_session_becomes_live_only_from_connecting() {
    on_each(async |world| {
        let session = session(&world.a, "vs_1");
        start(world, &session).await;
        let mut tx = world.store.begin().await.unwrap();
        assert!(!tx.mark_live(&session.id, at(12)).await.unwrap());
        assert!(
            tx.consume_secret(&secret(&session).hash, at(12))
                .await
                .unwrap()
        );
        assert!(tx.mark_live(&session.id, at(13)).await.unwrap());
        assert!(!tx.mark_live(&session.id, at(14)).await.unwrap());
        tx.commit().await.unwrap();
        let live = world
            .store
            .session_by_id(&session.id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (live.state, live.live_at),
            (SessionState::Live, Some(at(13)))
        );
        let mut tx = world.store.begin().await.unwrap();
        assert!(
            tx.end_session(&session.id, EndReason::Deadline, at(15))
                .await
                .unwrap()
        );
        assert!(!tx.mark_live(&session.id, at(16)).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twelve_end_reasons_at_once_one_stands() {
    on_each(async |world| {
        let session = session(&world.a, "vs_1");
        connect(world, &session).await;
        let mut ending = tokio::task::JoinSet::new();
        for reason in EndReason::ALL {
            let (store, id) = (world.store.clone(), session.id.clone());
            ending.spawn(async move {
                let mut tx = store.begin().await?;
                let ended = tx.end_session(&id, reason, at(20)).await?;
                tx.commit().await.map(|()| ended.then_some(reason))
            });
        }
        let reasons: Vec<EndReason> = ending
            .join_all()
            .await
            .into_iter()
            .filter_map(Result::unwrap)
            .collect();
        let stored = world
            .store
            .session_by_id(&session.id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(reasons.len(), 1);
        assert_eq!(
            (stored.state, stored.ended_at),
            (SessionState::Ended(reasons[0]), Some(at(20)))
        );
    })
    .await;
}

#[tokio::test]
async fn the_call_of_an_ended_session_is_hung_up_once() {
    on_each(async |world| {
        let session = session(&world.a, "vs_1");
        connect(world, &session).await;
        let mut tx = world.store.begin().await.unwrap();
        assert!(
            tx.set_call(&session.id, &call("rtc_1"), "sealed")
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        assert!(world.store.pending_hangups().await.unwrap().is_empty());
        assert!(!world.store.hangup_done(&session.id).await.unwrap());
        let mut tx = world.store.begin().await.unwrap();
        tx.end_session(&session.id, EndReason::TabLost, at(20))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let pending = world.store.pending_hangups().await.unwrap();
        assert_eq!(
            pending.iter().map(|s| (&s.id, &s.call)).collect::<Vec<_>>(),
            [(&session.id, &Some(call("rtc_1")))]
        );
        assert!(world.store.hangup_done(&session.id).await.unwrap());
        assert!(!world.store.hangup_done(&session.id).await.unwrap());
        assert!(world.store.pending_hangups().await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_call_that_comes_after_the_end_is_still_hung_up() {
    on_each(async |world| {
        let session = session(&world.a, "vs_1");
        connect(world, &session).await;
        let mut tx = world.store.begin().await.unwrap();
        tx.end_session(&session.id, EndReason::Revoked, at(20))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(world.store.pending_hangups().await.unwrap().is_empty());
        let mut tx = world.store.begin().await.unwrap();
        assert!(
            !tx.set_call(&session.id, &call("rtc_1"), "sealed")
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        assert_eq!(world.store.pending_hangups().await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_call_belongs_to_one_session() {
    on_each(async |world| {
        let (first, second) = (session(&world.a, "vs_1"), session(&world.b, "vs_2"));
        connect(world, &first).await;
        connect(world, &second).await;
        let mut tx = world.store.begin().await.unwrap();
        tx.set_call(&first.id, &call("rtc_1"), "sealed")
            .await
            .unwrap();
        assert!(matches!(
            tx.set_call(&second.id, &call("rtc_1"), "sealed").await,
            Err(StoreError::Unique)
        ));
        drop(tx);
        let mut tx = world.store.begin().await.unwrap();
        let none = SessionId::parse("vs_none").unwrap();
        assert!(matches!(
            tx.set_call(&none, &call("rtc_2"), "sealed").await,
            Err(StoreError::Missing)
        ));
    })
    .await;
}

#[tokio::test]
async fn a_page_is_heard_of_while_the_session_runs_and_is_theirs() {
    on_each(async |world| {
        let session = session(&world.a, "vs_1");
        start(world, &session).await;
        let store = &world.store;
        let touch = async |user, seconds| {
            store
                .touch_session(&world.a.workspace, &session.id, user, at(seconds))
                .await
                .unwrap()
        };
        assert!(touch(&world.a.user, 30).await);
        assert!(touch(&world.a.user, 25).await);
        assert!(!touch(&world.b.user, 40).await);
        assert_eq!(
            store
                .session_by_id(&session.id)
                .await
                .unwrap()
                .unwrap()
                .seen_at,
            at(30)
        );
        let mut tx = store.begin().await.unwrap();
        tx.end_session(&session.id, EndReason::Idle, at(50))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(!touch(&world.a.user, 60).await);
    })
    .await;
}

#[tokio::test]
async fn the_tables_refuse_an_end_without_a_reason_and_a_reason_without_an_end() {
    on_each(async |world| {
        start(world, &session(&world.a, "vs_1")).await;
        for change in [
            "state = 'ended'",
            "end_reason = 'idle'",
            "ended_at = 1",
            "state = 'ended', ended_at = 1",
        ] {
            let statement = format!("UPDATE sessions SET {change}");
            assert!(
                crate::behind::tamper(&world.url, &statement).await.is_err(),
                "{change}"
            );
        }
    })
    .await;
}

/// What a limit on running sessions needs: count and start without anybody between.
#[tokio::test(flavor = "multi_thread")]
async fn with_the_workspace_held_no_more_start_than_may() {
    on_each(async |world| {
        let mut tx = world.store.begin().await.unwrap();
        for n in 0..10 {
            tx.create_intake(&intake(&world.a, &format!("in_{n}"), at(n)))
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        let mut starting = tokio::task::JoinSet::new();
        for n in 0..10 {
            let store = world.store.clone();
            let intake = IntakeId::parse(&format!("in_{n}")).unwrap();
            let session = Session {
                intake,
                ..session(&world.a, &format!("vs_{n}"))
            };
            starting.spawn(async move {
                let mut tx = store.begin().await?;
                tx.lock_workspace(&session.workspace).await?;
                let room = tx.running_of_workspace(&session.workspace).await? < 3;
                if room {
                    tx.create_session(&session, &idempotency(&session), &secret(&session))
                        .await?;
                }
                tx.commit().await.map(|()| room)
            });
        }
        let started = starting
            .join_all()
            .await
            .into_iter()
            .filter(|room| *room.as_ref().unwrap())
            .count();
        assert_eq!(started, 3);
        assert_eq!(world.store.running_sessions().await.unwrap().len(), 3);
    })
    .await;
}

/// One comes from the intake (staff close it), the other from the session (its deadline).
#[tokio::test(flavor = "multi_thread")]
async fn those_who_end_a_session_from_both_sides_never_wait_for_each_other() {
    on_each(async |world| {
        for n in 0..15 {
            let running = session(&world.a, &format!("vs_{n}"));
            start(world, &running).await;
            let mut ending = tokio::task::JoinSet::new();
            for from_intake in [true, false, true, false] {
                let (store, session) = (world.store.clone(), running.clone());
                ending.spawn(async move {
                    let mut tx = store.begin().await?;
                    if from_intake {
                        tx.lock_intake(&session.workspace, &session.intake).await?;
                    }
                    let ended = tx
                        .end_session(&session.id, EndReason::StaffEnded, at(20))
                        .await?;
                    let event = RecordEvent::Outcome { outcome: None };
                    tx.append_event(
                        &session.workspace,
                        &session.intake,
                        Some(&session.id),
                        &event,
                        at(20),
                    )
                    .await?;
                    tx.commit().await.map(|()| ended)
                });
            }
            let ended: Vec<bool> = ending
                .join_all()
                .await
                .into_iter()
                .map(Result::unwrap)
                .collect();
            assert_eq!(ended.iter().filter(|ended| **ended).count(), 1);
        }
    })
    .await;
}
