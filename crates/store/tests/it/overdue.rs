//! Sessions that have to end, whatever any page or control loop does.

use crate::world::{World, at, connect, on_each, session, start};
use domain::{
    UserId,
    person::Role,
    session::{ClientKind, EndReason, Session},
};
use store::Overdue;

#[tokio::test]
async fn overdue_sessions_are_found_with_their_reason() {
    on_each(async |world| {
        let (waiting, silent) = (
            session(&world.a, "vs_waiting"),
            session(&world.b, "vs_silent"),
        );
        start(world, &waiting).await;
        connect(world, &silent).await;
        let overdue = async |now, seen, starting| {
            let all = world
                .store
                .overdue(at(now), at(seen), at(starting))
                .await
                .unwrap();
            let mut found: Vec<_> = all
                .into_iter()
                .map(|Overdue { session, reason }| (session.to_string(), reason))
                .collect();
            found.sort_by(|one, other| one.0.cmp(&other.0));
            found
        };
        let (a, b) = (String::from("vs_waiting"), String::from("vs_silent"));
        assert_eq!(overdue(20, 0, 0).await, []);
        assert_eq!(overdue(20, 10, 10).await, []);
        assert_eq!(overdue(20, 0, 11).await, [(a.clone(), EndReason::TabLost)]);
        assert_eq!(
            overdue(20, 11, 0).await,
            [
                (b.clone(), EndReason::TabLost),
                (a.clone(), EndReason::TabLost)
            ]
        );
        assert_eq!(overdue(1809, 0, 0).await, []);
        assert_eq!(
            overdue(1810, 11, 11).await,
            [(b, EndReason::Deadline), (a, EndReason::Deadline)]
        );
        let mut tx = world.store.begin().await.unwrap();
        tx.end_session(&waiting.id, EndReason::TabLost, at(40))
            .await
            .unwrap();
        tx.end_session(&silent.id, EndReason::TabLost, at(40))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(overdue(1810, 11, 11).await, []);
    })
    .await;
}

/// A session of desk a, whose deadline is far, and one of desk b that nothing happens to.
async fn two_far_from_their_deadline(world: &World) {
    for desk in [&world.a, &world.b] {
        let far = Session {
            deadline_at: at(1_000_000),
            ..session(desk, &format!("vs_of_{}", desk.user))
        };
        connect(world, &far).await;
    }
}

async fn ending(world: &World, now: i64) -> Vec<(String, EndReason)> {
    let overdue = world.store.overdue(at(now), at(0), at(0)).await.unwrap();
    overdue
        .into_iter()
        .map(|overdue| (overdue.session.to_string(), overdue.reason))
        .collect()
}

fn revoked(of: &[&UserId]) -> Vec<(String, EndReason)> {
    of.iter()
        .map(|user| (format!("vs_of_{user}"), EndReason::Revoked))
        .collect()
}

#[tokio::test]
async fn another_client_owes_no_heartbeat_and_everything_else() {
    on_each(async |world| {
        let of_other_client = |id: &str| Session {
            client: ClientKind::Other,
            ..session(&world.a, id)
        };
        let talking = of_other_client("vs_talking");
        connect(world, &talking).await;
        let page = session(&world.b, "vs_page");
        connect(world, &page).await;
        let overdue = async |now, seen, starting| {
            let all = world
                .store
                .overdue(at(now), at(seen), at(starting))
                .await
                .unwrap();
            let found = all
                .into_iter()
                .map(|overdue| (overdue.session.to_string(), overdue.reason));
            found.collect::<Vec<_>>()
        };
        let of = |id: &str, reason| vec![(id.to_owned(), reason)];
        // Silent for ever: only the page is missed.
        assert_eq!(
            overdue(1000, 999, 0).await,
            of("vs_page", EndReason::TabLost)
        );
        let mut tx = world.store.begin().await.unwrap();
        tx.end_session(&page.id, EndReason::TabLost, at(40))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(overdue(1000, 999, 999).await, []);
        // Its deadline and its sign-in end it all the same.
        assert_eq!(
            overdue(1810, 0, 0).await,
            of("vs_talking", EndReason::Deadline)
        );
        assert!(world.store.end_login(&world.a.login, at(20)).await.unwrap());
        assert_eq!(
            overdue(1000, 0, 0).await,
            of("vs_talking", EndReason::Revoked)
        );
        let mut tx = world.store.begin().await.unwrap();
        tx.end_session(&talking.id, EndReason::Revoked, at(40))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        // So does a secret that nobody used.
        let unused = Session {
            client: ClientKind::Other,
            ..session(&world.b, "vs_unused")
        };
        start(world, &unused).await;
        assert_eq!(overdue(100, 0, 10).await, []);
        assert_eq!(
            overdue(100, 0, 11).await,
            of("vs_unused", EndReason::TabLost)
        );
    })
    .await;
}

#[tokio::test]
async fn a_session_is_revoked_when_its_sign_in_has_ended() {
    on_each(async |world| {
        two_far_from_their_deadline(world).await;
        assert_eq!(ending(world, 20).await, []);
        assert!(world.store.end_login(&world.a.login, at(20)).await.unwrap());
        assert_eq!(ending(world, 20).await, revoked(&[&world.a.user]));
        // Its row is gone: what is not there grants nothing.
        assert_eq!(world.store.purge_logins(at(21)).await.unwrap(), 1);
        assert_eq!(ending(world, 20).await, revoked(&[&world.a.user]));
    })
    .await;
}

#[tokio::test]
async fn a_session_is_revoked_when_its_sign_in_is_over_by_the_clock() {
    on_each(async |world| {
        two_far_from_their_deadline(world).await;
        assert_eq!(ending(world, 43_199).await, []);
        assert_eq!(
            ending(world, 43_200).await,
            revoked(&[&world.a.user, &world.b.user])
        );
    })
    .await;
}

#[tokio::test]
async fn a_session_is_revoked_when_its_sign_in_is_somebody_elses() {
    on_each(async |world| {
        let stray = Session {
            login: world.b.login.clone(),
            ..session(&world.a, "vs_of_us_a")
        };
        connect(world, &stray).await;
        assert_eq!(ending(world, 20).await, revoked(&[&world.a.user]));
    })
    .await;
}

#[tokio::test]
async fn a_session_is_revoked_when_its_user_is_disabled() {
    on_each(async |world| {
        two_far_from_their_deadline(world).await;
        let mut tx = world.store.begin().await.unwrap();
        tx.set_disabled(&world.a.user, true).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(ending(world, 20).await, revoked(&[&world.a.user]));
    })
    .await;
}

#[tokio::test]
async fn a_session_is_revoked_when_its_user_has_left_that_workspace() {
    on_each(async |world| {
        two_far_from_their_deadline(world).await;
        let mut tx = world.store.begin().await.unwrap();
        // Being a member elsewhere is of no help.
        tx.put_member(&world.b.workspace, &world.a.user, Role::Admin, at(1))
            .await
            .unwrap();
        tx.remove_member(&world.a.workspace, &world.a.user)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(ending(world, 20).await, revoked(&[&world.a.user]));
        // That it is revoked matters more than that it is late.
        assert_eq!(
            ending(world, 1_000_000).await,
            revoked(&[&world.a.user, &world.b.user])
        );
    })
    .await;
}
