//! How running sessions stand: the facts that decide whether each may go on.

use crate::world::{World, at, connect, on_each, session, start};
use domain::{
    Timestamp,
    person::Role,
    session::{ClientKind, EndReason, Session, SessionState, Standing},
};
use std::time::Duration;

async fn standing(world: &World, now: Timestamp, id: &str) -> Standing {
    let all = world.store.standings(now).await.unwrap();
    let mut one = all.into_iter().filter(|it| it.session.as_str() == id);
    one.next().expect("it runs")
}

#[tokio::test]
async fn a_session_that_nothing_stands_in_the_way_of() {
    on_each(async |world| {
        let other_client = Session {
            client: ClientKind::Other,
            ..session(&world.b, "vs_2")
        };
        start(world, &session(&world.a, "vs_1")).await;
        connect(world, &other_client).await;
        let waiting = standing(world, at(20), "vs_1").await;
        assert_eq!(
            waiting,
            Standing {
                session: session(&world.a, "vs_1").id,
                state: SessionState::Starting,
                mode: domain::workflow::ConnectionMode::Sealed,
                client: ClientKind::OurPage,
                started_at: at(10),
                seen_at: at(10),
                deadline_at: at(1810),
                reserved_until: None,
                signed_in: true,
                role: Some(Role::Staff),
                access: domain::workflow::WorkflowAccess::default(),
                voice_enabled: true,
                has_call: false,
                undriven: None,
            }
        );
        let talking = standing(world, at(20), "vs_2").await;
        assert_eq!(
            (talking.state, talking.client, talking.reserved_until),
            (
                SessionState::Connecting,
                ClientKind::Other,
                Some(at(11) + Duration::from_secs(1800))
            )
        );
        assert_eq!(
            talking.undriven,
            Some(Duration::MAX),
            "nobody ever took its lease"
        );
    })
    .await;
}

#[tokio::test]
async fn an_ended_session_stands_nowhere() {
    on_each(async |world| {
        let session = session(&world.a, "vs_1");
        connect(world, &session).await;
        let mut tx = world.store.begin().await.unwrap();
        tx.end_session(&session.id, EndReason::TabLost, at(40))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.store.standings(at(50)).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_that_ended_is_late_or_gone_or_is_somebody_elses_is_none() {
    on_each(async |world| {
        connect(world, &session(&world.a, "vs_1")).await;
        let stray = Session {
            login: world.a.login.clone(),
            ..session(&world.b, "vs_2")
        };
        connect(world, &stray).await;
        let signed_in = async |now, id| standing(world, now, id).await.signed_in;
        assert!(signed_in(at(43_199), "vs_1").await);
        assert!(!signed_in(at(43_200), "vs_1").await, "by the clock");
        assert!(!signed_in(at(20), "vs_2").await, "somebody else's");
        assert!(world.store.end_login(&world.a.login, at(20)).await.unwrap());
        assert!(!signed_in(at(20), "vs_1").await, "ended");
        // Its row is gone: what is not there grants nothing.
        assert_eq!(world.store.purge_logins(at(21)).await.unwrap(), 1);
        assert!(!signed_in(at(20), "vs_1").await, "gone");
    })
    .await;
}

#[tokio::test]
async fn a_user_who_is_disabled_or_has_left_the_workspace() {
    on_each(async |world| {
        for (desk, id) in [(&world.a, "vs_1"), (&world.b, "vs_2")] {
            connect(world, &session(desk, id)).await;
        }
        let mut tx = world.store.begin().await.unwrap();
        tx.set_disabled(&world.a.user, true).await.unwrap();
        // Being a member elsewhere is of no help.
        tx.put_member(&world.a.workspace, &world.b.user, Role::Admin, at(1))
            .await
            .unwrap();
        tx.remove_member(&world.b.workspace, &world.b.user)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(!standing(world, at(20), "vs_1").await.signed_in);
        assert_eq!(standing(world, at(20), "vs_2").await.role, None);
    })
    .await;
}
