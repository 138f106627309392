//! Leases: one process drives a call at a time, and what a former one does is refused.

use crate::world::{World, at, connect, on_each, session, start};
use domain::{
    ProviderCallId, SessionId,
    session::{EndReason, Lease},
};
use std::time::Duration;
use store::TakenLease;

const LONG: Duration = Duration::from_secs(600);
/// Over at once.
const NONE: Duration = Duration::ZERO;

async fn take(
    world: &World,
    session: &SessionId,
    driver: &str,
    span: Duration,
) -> Option<TakenLease> {
    let mut tx = world.store.begin().await.unwrap();
    let taken = tx.take_lease(session, driver, span).await.unwrap();
    tx.commit().await.unwrap();
    taken
}

async fn holds(world: &World, session: &SessionId, lease: Lease) -> bool {
    let mut tx = world.store.begin().await.unwrap();
    tx.holds_lease(session, lease).await.unwrap()
}

async fn renews(world: &World, session: &SessionId, lease: Lease) -> bool {
    world.store.renew_lease(session, lease, LONG).await.unwrap()
}

/// The databases count in milliseconds.
async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

#[tokio::test]
async fn a_lease_is_one_process_until_it_has_run_out_and_then_fences_it_off() {
    on_each(async |world| {
        let id = session(&world.a, "vs_1").id;
        connect(world, &session(&world.a, "vs_1")).await;
        let first = take(world, &id, "one", NONE).await.unwrap().lease;
        assert!(holds(world, &id, first).await);
        a_moment().await;
        let second = take(world, &id, "two", LONG).await.unwrap().lease;
        assert!(second.number() > first.number());
        assert!(!holds(world, &id, first).await);
        assert!(!renews(world, &id, first).await, "late");
        assert!(take(world, &id, "one", LONG).await.is_none());
        assert!(holds(world, &id, second).await && renews(world, &id, second).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twelve_processes_at_once_one_takes_over() {
    on_each(async |world| {
        let id = session(&world.a, "vs_1").id;
        connect(world, &session(&world.a, "vs_1")).await;
        let mut taking = tokio::task::JoinSet::new();
        for number in 0..12 {
            let (store, id) = (world.store.clone(), id.clone());
            taking.spawn(async move {
                let mut tx = store.begin().await.unwrap();
                let taken = tx.take_lease(&id, &number.to_string(), LONG).await.unwrap();
                tx.commit().await.unwrap();
                taken.is_some()
            });
        }
        let taken = taking.join_all().await;
        assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_is_over_has_no_lease() {
    on_each(async |world| {
        let id = session(&world.a, "vs_1").id;
        connect(world, &session(&world.a, "vs_1")).await;
        let lease = take(world, &id, "one", LONG).await.unwrap().lease;
        let mut tx = world.store.begin().await.unwrap();
        tx.end_session(&id, EndReason::Revoked, at(20))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(!holds(world, &id, lease).await);
        assert!(!renews(world, &id, lease).await);
        assert!(take(world, &id, "two", NONE).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_call_that_nobody_drives_is_found_with_what_it_is_held_to() {
    on_each(async |world| {
        let (waiting, talking) = (session(&world.a, "vs_1"), session(&world.b, "vs_2"));
        start(world, &waiting).await;
        connect(world, &talking).await;
        let undriven = async |profile: &str| {
            let found = world.store.undriven(profile).await.unwrap();
            found
                .into_iter()
                .map(|session| session.id.to_string())
                .collect::<Vec<_>>()
        };
        take(world, &talking.id, "one", NONE).await.unwrap();
        a_moment().await;
        assert_eq!(
            undriven("rehearsal").await,
            [""; 0],
            "there is no call to drive yet"
        );
        let mut tx = world.store.begin().await.unwrap();
        let call = ProviderCallId::parse("rtc_1").unwrap();
        assert!(tx.set_call(&talking.id, &call, "sealed").await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(undriven("rehearsal").await, ["vs_2"]);
        assert_eq!(undriven("elsewhere").await, [""; 0]);
        let taken = take(world, &talking.id, "two", LONG).await.unwrap();
        assert_eq!(taken.pinned.as_deref(), Some("sealed"));
        assert_eq!(undriven("rehearsal").await, [""; 0]);
        let driven = world.store.driven_by("two").await.unwrap();
        assert_eq!(driven.len(), 1);
        assert_eq!(world.store.driven_by("one").await.unwrap(), []);
    })
    .await;
}
