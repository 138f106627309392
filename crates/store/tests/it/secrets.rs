//! Our secrets: one use, in time, for a session that is still starting.

use crate::world::{at, connect, idempotency, on_each, secret, session, start};
use domain::{
    sdp::DtlsFingerprint,
    session::{EndReason, SessionState},
};
use store::{NewSecret, SecretFate, StoreError};

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_who_use_a_secret_at_once_one_connects() {
    on_each(async |world| {
        let session = session(&world.a, "vs_1");
        start(world, &session).await;
        let mut using = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (store, hash) = (world.store.clone(), secret(&session).hash);
            using.spawn(async move {
                let mut tx = store.begin().await?;
                let used = tx.consume_secret(&hash, at(11)).await?;
                tx.commit().await.map(|()| used)
            });
        }
        let uses: Vec<bool> = using
            .join_all()
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_eq!(uses.iter().filter(|used| **used).count(), 1);
        let facts = world
            .store
            .secret(&secret(&session).hash)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (facts.fate, facts.session.state),
            (Some(SecretFate::Used), SessionState::Connecting)
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_known_about_a_secret() {
    on_each(async |world| {
        let session = session(&world.a, "vs_1");
        let fingerprint = DtlsFingerprint::parse(&vec!["AB"; 32].join(":")).unwrap();
        let bound = NewSecret {
            fingerprint: Some(fingerprint.clone()),
            ..secret(&session)
        };
        let mut tx = world.store.begin().await.unwrap();
        tx.create_session(&session, &idempotency(&session), &bound)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let facts = world.store.secret(&bound.hash).await.unwrap().unwrap();
        assert_eq!(
            (facts.session, facts.fingerprint),
            (session, Some(fingerprint))
        );
        assert_eq!((facts.expires_at, facts.fate), (at(70), None));
        assert!(
            world
                .store
                .secret("hash of nothing")
                .await
                .unwrap()
                .is_none()
        );
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_refused_when_it_is_unknown_late_used_or_its_session_is_over() {
    on_each(async |world| {
        let late = session(&world.a, "vs_1");
        start(world, &late).await;
        let mut tx = world.store.begin().await.unwrap();
        assert!(!tx.consume_secret("hash of nothing", at(11)).await.unwrap());
        assert!(
            !tx.consume_secret(&secret(&late).hash, at(70))
                .await
                .unwrap()
        );
        assert!(
            tx.end_session(&late.id, EndReason::Revoked, at(12))
                .await
                .unwrap()
        );
        assert!(
            !tx.consume_secret(&secret(&late).hash, at(13))
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        let facts = world.store.secret(&secret(&late).hash).await.unwrap();
        assert_eq!(facts.unwrap().fate, None);

        let used = session(&world.a, "vs_2");
        connect(world, &used).await;
        let mut tx = world.store.begin().await.unwrap();
        assert!(
            !tx.consume_secret(&secret(&used).hash, at(12))
                .await
                .unwrap()
        );
    })
    .await;
}

#[tokio::test]
async fn a_use_that_is_rolled_back_did_not_happen() {
    on_each(async |world| {
        let session = session(&world.a, "vs_1");
        start(world, &session).await;
        let mut tx = world.store.begin().await.unwrap();
        assert!(
            tx.consume_secret(&secret(&session).hash, at(11))
                .await
                .unwrap()
        );
        drop(tx);
        let mut tx = world.store.begin().await.unwrap();
        assert!(
            tx.consume_secret(&secret(&session).hash, at(12))
                .await
                .unwrap()
        );
    })
    .await;
}

#[tokio::test]
async fn a_hash_is_kept_once() {
    on_each(async |world| {
        start(world, &session(&world.a, "vs_1")).await;
        let second = session(&world.b, "vs_2");
        let taken = NewSecret {
            hash: String::from("hash of vs_1"),
            ..secret(&second)
        };
        let mut tx = world.store.begin().await.unwrap();
        assert!(matches!(
            tx.create_session(&second, &idempotency(&second), &taken)
                .await,
            Err(StoreError::Unique)
        ));
    })
    .await;
}

#[tokio::test]
async fn each_secret_has_one_fate() {
    on_each(async |world| {
        let (unused, used) = (session(&world.a, "vs_1"), session(&world.b, "vs_2"));
        start(world, &unused).await;
        connect(world, &used).await;
        let store = &world.store;
        assert_eq!(store.expired_secrets(at(69)).await.unwrap(), []);
        let expired = store.expired_secrets(at(70)).await.unwrap();
        assert_eq!(expired, std::slice::from_ref(&unused));
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.close_secret(&used.id, at(69)).await.unwrap(), None);
        let fate = tx.close_secret(&unused.id, at(69)).await.unwrap();
        assert_eq!(fate, Some(SecretFate::Revoked));
        assert_eq!(tx.close_secret(&unused.id, at(70)).await.unwrap(), None);
        let again = tx.consume_secret(&secret(&unused).hash, at(69)).await;
        assert!(!again.unwrap(), "it is not used any more");
        tx.commit().await.unwrap();
        assert_eq!(store.expired_secrets(at(70)).await.unwrap(), []);
        let late = NewSecret {
            hash: "hash of another".into(),
            ..secret(&unused)
        };
        let other = domain::session::Session {
            id: domain::SessionId::parse("vs_3").unwrap(),
            intake: world.b.intake.clone(),
            ..session(&world.b, "vs_3")
        };
        let mut tx = store.begin().await.unwrap();
        tx.end_session(&used.id, EndReason::TabLost, at(40))
            .await
            .unwrap();
        let late = NewSecret {
            session: other.id.clone(),
            ..late
        };
        tx.create_session(&other, &idempotency(&other), &late)
            .await
            .unwrap();
        let fate = tx.close_secret(&other.id, at(70)).await.unwrap();
        assert_eq!(fate, Some(SecretFate::Expired));
    })
    .await;
}
