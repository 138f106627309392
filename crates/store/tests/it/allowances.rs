//! Minutes of talking: reserved at the start, settled at the end, never given twice.

use crate::world::{World, at, connect, idempotency, on_each, secret, session};
use domain::{
    Timestamp, UserId,
    limits::AllowanceScope,
    session::{EndReason, Session},
};
use std::time::Duration;
use store::Spender;

const MINUTE: Duration = Duration::from_secs(60);

async fn allow(world: &World, scope: AllowanceScope, subject: &str, month: Option<Duration>) {
    let mut tx = world.store.begin().await.unwrap();
    tx.set_allowance(&world.a.workspace, scope, subject, month)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn left(world: &World, user: &UserId, since: Timestamp) -> Vec<(AllowanceScope, Duration)> {
    let mut tx = world.store.begin().await.unwrap();
    let spender = Spender {
        workspace: &world.a.workspace,
        user,
        login: &world.a.login,
        workflow: &world.a.workflow,
        intake: &world.a.intake,
    };
    let mut left: Vec<_> = tx
        .talk(spender, since)
        .await
        .unwrap()
        .allowances
        .into_iter()
        .map(|allowance| (allowance.scope, allowance.left))
        .collect();
    left.sort_by_key(|(scope, _)| scope.as_str());
    left
}

async fn end(world: &World, session: &Session, seconds: i64) {
    let mut tx = world.store.begin().await.unwrap();
    tx.end_session(&session.id, EndReason::StaffEnded, at(seconds))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_running_session_counts_as_reserved_and_an_ended_one_as_it_talked() {
    on_each(async |world| {
        use AllowanceScope::{User, Workflow, Workspace};
        let me = world.a.user.clone();
        assert_eq!(left(world, &me, at(0)).await, [], "without bounds");
        allow(
            world,
            Workspace,
            world.a.workspace.as_str(),
            Some(100 * MINUTE),
        )
        .await;
        allow(world, User, me.as_str(), Some(40 * MINUTE)).await;
        allow(
            world,
            Workflow,
            world.a.workflow.as_str(),
            Some(60 * MINUTE),
        )
        .await;
        let session = session(&world.a, "vs_1");
        connect(world, &session).await;
        // 30 minutes are reserved.
        assert_eq!(
            left(world, &me, at(0)).await,
            [
                (User, 10 * MINUTE),
                (Workflow, 30 * MINUTE),
                (Workspace, 70 * MINUTE)
            ]
        );
        // A colleague has an allowance of their own, and none here.
        assert_eq!(
            left(world, &world.b.user, at(0)).await,
            [(Workflow, 30 * MINUTE), (Workspace, 70 * MINUTE)]
        );
        // Connected at 11 s and ended at 71 s.
        end(world, &session, 71).await;
        assert_eq!(
            left(world, &me, at(0)).await,
            [
                (User, 39 * MINUTE),
                (Workflow, 59 * MINUTE),
                (Workspace, 99 * MINUTE)
            ]
        );
        // What was talked before does not count.
        assert_eq!(
            left(world, &me, at(11)).await,
            [
                (User, 40 * MINUTE),
                (Workflow, 60 * MINUTE),
                (Workspace, 100 * MINUTE)
            ]
        );
        allow(world, User, me.as_str(), Some(Duration::ZERO)).await;
        allow(world, Workspace, world.a.workspace.as_str(), None).await;
        assert_eq!(
            left(world, &me, at(0)).await,
            [(User, Duration::ZERO), (Workflow, 59 * MINUTE)]
        );
    })
    .await;
}

#[tokio::test]
async fn a_session_that_never_connected_has_not_talked() {
    on_each(async |world| {
        let waiting = session(&world.a, "vs_1");
        let mut tx = world.store.begin().await.unwrap();
        tx.create_session(&waiting, &idempotency(&waiting), &secret(&waiting))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        end(world, &waiting, 100).await;
        let talked = session(&world.a, "vs_2");
        connect(world, &talked).await;
        end(world, &talked, 31).await;
        let twenty = Duration::from_secs(20);
        let talked = async |desk: &crate::world::Desk| {
            let spender = Spender {
                workspace: &desk.workspace,
                user: &desk.user,
                login: &desk.login,
                workflow: &desk.workflow,
                intake: &desk.intake,
            };
            let talk = world.store.talk(spender, at(0)).await.unwrap();
            (talk.on_intake, talk.in_login)
        };
        assert_eq!(talked(&world.a).await, (twenty, twenty));
        // The password was given again: the sign-in's count begins anew, the intake's does not. What was
        // talked after that counts.
        for (proved, counted) in [(25, 6), (40, 0)] {
            let mut tx = world.store.begin().await.unwrap();
            assert!(tx.prove_login(&world.a.login, at(proved)).await.unwrap());
            tx.commit().await.unwrap();
            let counted = Duration::from_secs(counted);
            assert_eq!(talked(&world.a).await, (twenty, counted));
        }
        assert_eq!(talked(&world.b).await, (Duration::ZERO, Duration::ZERO));
    })
    .await;
}
