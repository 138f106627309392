//! Opening, migrating and transactions.

use crate::world::{at, on_each};
use store::{Store, StoreError, StoreOptions};
use tempfile::tempdir;
use testkit::database::TestDatabase;

#[tokio::test]
async fn migrations_run_once_however_often_it_is_opened() {
    on_each(async |world| {
        let again = Store::open(&world.url, StoreOptions::default())
            .await
            .unwrap();
        again.ping().await.unwrap();
        assert!(again.workspace(&world.a.workspace).await.unwrap().is_some());
        again.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_open_a_new_database_at_once_both_succeed() {
    for database in TestDatabase::each().await {
        let mut opening = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let url = database.url().to_owned();
            opening.spawn(async move { Store::open(&url, StoreOptions::default()).await });
        }
        for store in opening.join_all().await {
            store.unwrap().close().await;
        }
    }
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    on_each(async |world| {
        let mut tx = world.store.begin().await.unwrap();
        tx.set_meta("kept", "no").await.unwrap();
        drop(tx);
        let mut tx = world.store.begin().await.unwrap();
        tx.set_meta("other", "yes").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.store.meta("kept").await.unwrap(), None);
        assert_eq!(
            world.store.meta("other").await.unwrap().as_deref(),
            Some("yes")
        );
    })
    .await;
}

#[tokio::test]
async fn a_fact_can_be_set_again() {
    on_each(async |world| {
        for value in ["1", "2"] {
            let mut tx = world.store.begin().await.unwrap();
            tx.set_meta("key_check", value).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(
                world.store.meta("key_check").await.unwrap().as_deref(),
                Some(value)
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_who_read_and_then_write_all_succeed() {
    on_each(async |world| {
        // Half of them like another process: with pools of their own.
        let other = Store::open(&world.url, StoreOptions::default())
            .await
            .unwrap();
        let mut writers = tokio::task::JoinSet::new();
        for n in 0..20 {
            let store = if n % 2 == 0 {
                world.store.clone()
            } else {
                other.clone()
            };
            let desk = world.a.clone();
            writers.spawn(async move {
                let mut tx = store.begin().await?;
                tx.running_of_user(&desk.user).await?;
                tx.touch_intake(&desk.workspace, &desk.intake, at(1))
                    .await?;
                tx.commit().await
            });
        }
        for written in writers.join_all().await {
            written.unwrap();
        }
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_folder_and_the_file_are_made_for_their_owner_only() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("data/deep/vestibule.db");
    let store = Store::open(
        &format!("sqlite:{}", file.display()),
        StoreOptions::default(),
    )
    .await
    .unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode =
            |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(file.parent().unwrap()), 0o700);
    }
    store.close().await;
}

#[tokio::test]
async fn an_address_of_no_database_is_refused() {
    for url in [
        "",
        "mysql://x",
        "vestibule.db",
        "sqlite::memory:",
        "sqlite:x?mode=memory",
    ] {
        assert!(
            matches!(
                Store::open(url, StoreOptions::default()).await,
                Err(StoreError::Address)
            ),
            "{url}"
        );
    }
}
