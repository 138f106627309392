//! Rows that make no sense: the server's own rounds go on without them, and say so.

use crate::{
    behind::tamper,
    world::{World, at, connect, intake, on_each, session, start},
};
use domain::{
    IntakeId, ProviderCallId,
    session::{EndReason, Session},
};
use std::{
    io::Write,
    sync::{Arc, Mutex},
};
use tracing::subscriber::DefaultGuard;

/// What a row holds must not get into the log.
const VALUE: &str = "canary-of-a-value";

/// What was logged as an error on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn kept(&self) -> DefaultGuard {
        let log = self.clone();
        tracing::subscriber::set_default(
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::ERROR)
                .with_ansi(false)
                .with_writer(move || log.clone())
                .finish(),
        )
    }

    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn assert_reported(log: &str, id: &str) {
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains(id), "{log}");
    assert!(!log.contains(VALUE), "{log}");
}

async fn break_one(world: &World) {
    let statement = format!(
        "UPDATE sessions SET grants = '{VALUE}', config_hash = '{VALUE}' WHERE id = 'vs_bad'"
    );
    tamper(&world.url, &statement).await.unwrap();
}

fn ids(sessions: &[Session]) -> Vec<&str> {
    sessions.iter().map(|session| session.id.as_str()).collect()
}

#[tokio::test]
async fn a_broken_session_does_not_hide_the_others_that_run_or_must_be_hung_up() {
    let log = Log::default();
    let _kept = log.kept();
    on_each(async |world| {
        let (bad, good) = (session(&world.a, "vs_bad"), session(&world.b, "vs_good"));
        for session in [&bad, &good] {
            connect(world, session).await;
            let mut tx = world.store.begin().await.unwrap();
            let call = ProviderCallId::parse(&format!("rtc_{}", session.id)).unwrap();
            assert!(tx.set_call(&session.id, &call, "sealed").await.unwrap());
            tx.commit().await.unwrap();
        }
        break_one(world).await;
        assert_eq!(
            ids(&world.store.running_sessions().await.unwrap()),
            ["vs_good"]
        );
        assert_reported(&log.take(), "vs_bad");

        for session in [&bad, &good] {
            let mut tx = world.store.begin().await.unwrap();
            tx.end_session(&session.id, EndReason::Deadline, at(20))
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(
            ids(&world.store.pending_hangups().await.unwrap()),
            ["vs_good"]
        );
        assert_reported(&log.take(), "vs_bad");
    })
    .await;
}

#[tokio::test]
async fn a_broken_session_does_not_keep_the_others_from_their_deadline() {
    let log = Log::default();
    let _kept = log.kept();
    on_each(async |world| {
        start(world, &session(&world.a, "vs_bad")).await;
        start(world, &session(&world.b, "vs_good")).await;
        for statement in [
            "DELETE FROM secrets",
            "UPDATE sessions SET id = 'vs bad' WHERE id = 'vs_bad'",
        ] {
            tamper(&world.url, statement).await.unwrap();
        }
        let standings = world.store.standings(at(1810)).await.unwrap();
        assert_eq!(standings.len(), 1);
        assert_eq!(standings[0].session.as_str(), "vs_good");
        assert_reported(&log.take(), "vs bad");
    })
    .await;
}

#[tokio::test]
async fn a_broken_intake_does_not_keep_the_others_from_being_abandoned() {
    let log = Log::default();
    let _kept = log.kept();
    on_each(async |world| {
        let mut tx = world.store.begin().await.unwrap();
        for (id, second) in [("in_bad", 1), ("in_good", 2)] {
            tx.create_intake(&intake(&world.a, id, at(second)))
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        tamper(
            &world.url,
            "UPDATE intakes SET id = 'in bad' WHERE id = 'in_bad'",
        )
        .await
        .unwrap();
        let stale = world.store.stale_intakes(at(100), 10).await.unwrap();
        let good = IntakeId::parse("in_good").unwrap();
        assert_eq!(stale.len(), 3, "in_a, in_b and the good one");
        assert!(stale.contains(&(world.a.workspace.clone(), good)));
        assert_reported(&log.take(), "in bad");
    })
    .await;
}
