//! Intakes: opened, closed once, opened again, gone stale.

use crate::world::{at, field, intake, key, on_each, plain, session, start};
use domain::{
    IntakeId, Private, UserId, VersionId,
    intake::{Closed, Intake, Outcome},
    session::EndReason,
};
use std::collections::BTreeSet;
use store::{AtRest, StoreError};

#[tokio::test]
async fn an_intake_comes_back_as_it_was_opened() {
    on_each(async |world| {
        let opened = Intake {
            waived: BTreeSet::from([key("phone")]),
            demo: true,
            outcome: Some(Closed {
                outcome: Outcome::Complete,
                at: at(9),
                reason: None,
            }),
            ..intake(&world.a, "in_2", at(3))
        };
        let mut tx = world.store.begin().await.unwrap();
        tx.create_intake(&opened).await.unwrap();
        tx.commit().await.unwrap();
        let stored = world
            .store
            .intake(&world.a.workspace, &opened.id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (stored.intake, stored.reason, stored.opened_by_name.as_str()),
            (opened, None, "Person a")
        );
        assert!(
            world
                .store
                .intake(&world.a.workspace, &IntakeId::parse("in_none").unwrap())
                .await
                .unwrap()
                .is_none()
        );
    })
    .await;
}

#[tokio::test]
async fn an_intake_of_what_is_not_there_is_refused() {
    on_each(async |world| {
        let good = intake(&world.a, "in_2", at(3));
        let bad = [
            Intake {
                version: VersionId::parse("ve_none").unwrap(),
                ..good.clone()
            },
            Intake {
                version: world.b.version.clone(),
                workflow: world.b.workflow.clone(),
                ..good.clone()
            },
            Intake {
                opened_by: UserId::parse("us_none").unwrap(),
                ..good.clone()
            },
        ];
        for intake in bad {
            let mut tx = world.store.begin().await.unwrap();
            assert!(matches!(
                tx.create_intake(&intake).await,
                Err(StoreError::Missing)
            ));
        }
        let reason = Some(Private::from("canary"));
        let with_reason = Intake {
            outcome: Some(Closed {
                outcome: Outcome::Escalated,
                at: at(3),
                reason,
            }),
            ..good
        };
        let mut tx = world.store.begin().await.unwrap();
        assert!(matches!(
            tx.create_intake(&with_reason).await,
            Err(StoreError::Corrupt { .. })
        ));
    })
    .await;
}

#[tokio::test]
async fn an_intake_gets_one_outcome() {
    on_each(async |world| {
        let (workspace, id) = (&world.a.workspace, &world.a.intake);
        let reason = AtRest::Sealed(String::from("v1.sealed"));
        let mut tx = world.store.begin().await.unwrap();
        assert!(
            tx.close_intake(workspace, id, Outcome::Escalated, at(20), Some(&reason))
                .await
                .unwrap()
        );
        assert!(
            !tx.close_intake(workspace, id, Outcome::Complete, at(21), None)
                .await
                .unwrap()
        );
        assert!(!tx.reopen_intake(workspace, id, at(22)).await.unwrap());
        tx.commit().await.unwrap();
        let stored = world.store.intake(workspace, id).await.unwrap().unwrap();
        let closed = stored.intake.outcome.unwrap();
        assert_eq!(
            (closed.outcome, closed.at, closed.reason),
            (Outcome::Escalated, at(20), None)
        );
        assert_eq!(
            (stored.reason, stored.intake.changed_at),
            (Some(reason), at(20))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_who_close_it_at_once_one_does() {
    on_each(async |world| {
        let mut closing = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (store, desk) = (world.store.clone(), world.a.clone());
            closing.spawn(async move {
                let mut tx = store.begin().await?;
                let closed = tx
                    .close_intake(
                        &desk.workspace,
                        &desk.intake,
                        Outcome::Complete,
                        at(1),
                        None,
                    )
                    .await?;
                tx.commit().await.map(|()| closed)
            });
        }
        let closed = closing
            .join_all()
            .await
            .into_iter()
            .filter(|closed| matches!(closed, Ok(true)))
            .count();
        assert_eq!(closed, 1);
    })
    .await;
}

#[tokio::test]
async fn only_an_abandoned_intake_is_opened_again() {
    on_each(async |world| {
        let (workspace, id) = (&world.a.workspace, &world.a.intake);
        let mut tx = world.store.begin().await.unwrap();
        assert!(!tx.reopen_intake(workspace, id, at(1)).await.unwrap());
        let reason = plain("nobody came back");
        assert!(
            tx.close_intake(workspace, id, Outcome::Abandoned, at(2), Some(&reason))
                .await
                .unwrap()
        );
        assert!(tx.reopen_intake(workspace, id, at(3)).await.unwrap());
        tx.commit().await.unwrap();
        let stored = world.store.intake(workspace, id).await.unwrap().unwrap();
        assert_eq!(
            (
                stored.intake.outcome,
                stored.reason,
                stored.intake.changed_at
            ),
            (None, None, at(3))
        );
    })
    .await;
}

#[tokio::test]
async fn waiving_and_touching_show_on_the_locked_row() {
    on_each(async |world| {
        let (workspace, id) = (&world.a.workspace, &world.a.intake);
        let waived = BTreeSet::from([key("email"), key("phone")]);
        let mut tx = world.store.begin().await.unwrap();
        tx.set_waived(workspace, id, &waived, at(4)).await.unwrap();
        let locked = tx.lock_intake(workspace, id).await.unwrap().unwrap();
        assert_eq!(
            (locked.intake.waived, locked.intake.changed_at),
            (waived, at(4))
        );
        tx.set_waived(workspace, id, &BTreeSet::new(), at(5))
            .await
            .unwrap();
        tx.touch_intake(workspace, id, at(6)).await.unwrap();
        tx.commit().await.unwrap();
        let stored = world.store.intake(workspace, id).await.unwrap().unwrap();
        assert_eq!(
            (stored.intake.waived, stored.intake.changed_at),
            (BTreeSet::new(), at(6))
        );
        let mut tx = world.store.begin().await.unwrap();
        assert!(
            tx.lock_intake(workspace, &IntakeId::parse("in_none").unwrap())
                .await
                .unwrap()
                .is_none()
        );
    })
    .await;
}

/// Without the lock, the last one to write would undo what the others wrote.
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_intake_takes_changes_one_after_the_other() {
    on_each(async |world| {
        let mut changing = tokio::task::JoinSet::new();
        for n in 0..12 {
            let (store, desk) = (world.store.clone(), world.a.clone());
            changing.spawn(async move {
                let mut tx = store.begin().await.unwrap();
                let mut waived = tx
                    .lock_intake(&desk.workspace, &desk.intake)
                    .await
                    .unwrap()
                    .unwrap()
                    .intake
                    .waived;
                waived.insert(key(&format!("field_{n}")));
                tx.set_waived(&desk.workspace, &desk.intake, &waived, at(1))
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            });
        }
        changing.join_all().await;
        let stored = world
            .store
            .intake(&world.a.workspace, &world.a.intake)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(stored.intake.waived.len(), 12);
    })
    .await;
}

#[tokio::test]
async fn only_what_nobody_came_back_to_is_stale() {
    on_each(async |world| {
        let mut tx = world.store.begin().await.unwrap();
        for (id, seconds) in [
            ("in_old", 50),
            ("in_ended_late", 60),
            ("in_ended_early", 70),
            ("in_new", 500),
            ("in_closed", 80),
        ] {
            tx.create_intake(&intake(&world.a, id, at(seconds)))
                .await
                .unwrap();
        }
        let closed = IntakeId::parse("in_closed").unwrap();
        tx.close_intake(&world.a.workspace, &closed, Outcome::Complete, at(81), None)
            .await
            .unwrap();
        tx.put_field(
            &world.b.workspace,
            &world.b.intake,
            &field("x", plain("y"), 1),
        )
        .await
        .unwrap();
        tx.touch_intake(&world.b.workspace, &world.b.intake, at(500))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        // in_a has a running session; two others had one.
        start(world, &session(&world.a, "vs_running")).await;
        for (id, intake, end) in [
            ("vs_late", "in_ended_late", 450),
            ("vs_early", "in_ended_early", 90),
        ] {
            let mut started = session(&world.a, id);
            started.intake = IntakeId::parse(intake).unwrap();
            start(world, &started).await;
            let mut tx = world.store.begin().await.unwrap();
            assert!(
                tx.end_session(&started.id, EndReason::Idle, at(end))
                    .await
                    .unwrap()
            );
            tx.commit().await.unwrap();
        }
        let stale = |ids: &[&str]| -> Vec<_> {
            ids.iter()
                .map(|id| (world.a.workspace.clone(), IntakeId::parse(id).unwrap()))
                .collect()
        };
        assert_eq!(
            world.store.stale_intakes(at(400), 10).await.unwrap(),
            stale(&["in_old", "in_ended_early"])
        );
        assert_eq!(
            world.store.stale_intakes(at(400), 1).await.unwrap(),
            stale(&["in_old"])
        );
        assert_eq!(
            world.store.stale_intakes(at(40), 10).await.unwrap(),
            stale(&[])
        );
    })
    .await;
}
