use super::*;
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};
use tempfile::TempDir;

/// Refuses a dangling row only when it is committed.
const TABLES: &str = "CREATE TABLE things (name TEXT PRIMARY KEY);
    CREATE TABLE parts (thing TEXT REFERENCES things (name) DEFERRABLE INITIALLY DEFERRED)";

struct File {
    folder: TempDir,
    writer: Writer,
}

impl File {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = connect(&folder).await;
        sqlx::raw_sql(TABLES)
            .execute(&mut connection)
            .await
            .unwrap();
        let writer = Writer::new(connection, Duration::from_secs(5));
        Self { folder, writer }
    }

    /// What another connection sees.
    async fn things(&self) -> Vec<String> {
        let mut other = connect(&self.folder).await;
        sqlx::query_scalar("SELECT name FROM things ORDER BY name")
            .fetch_all(&mut other)
            .await
            .unwrap()
    }

    /// Fails while anybody is in a transaction.
    async fn is_free(&self) {
        let mut other = connect(&self.folder).await;
        sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK")
            .execute(&mut other)
            .await
            .expect("nobody holds the file");
    }
}

async fn connect(folder: &TempDir) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(folder.path().join("file"))
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(Duration::from_millis(200))
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
        .connect()
        .await
        .unwrap()
}

async fn add(turn: &mut Turn, name: &str) {
    sqlx::query("INSERT INTO things VALUES ($1)")
        .bind(name)
        .execute(turn.connection())
        .await
        .unwrap();
}

async fn added(writer: &Writer, name: &str) -> Result<(), StoreError> {
    let mut turn = writer.begin().await?;
    add(&mut turn, name).await;
    turn.commit().await
}

fn is_pending<F: Future>(future: std::pin::Pin<&mut F>) -> bool {
    matches!(
        future.poll(&mut Context::from_waker(Waker::noop())),
        Poll::Pending
    )
}

#[tokio::test]
async fn one_that_comes_alone_is_kept_at_once() {
    let file = File::new().await;
    added(&file.writer, "a").await.unwrap();
    assert_eq!(file.things().await, ["a"]);
    file.is_free().await;
}

#[tokio::test]
async fn those_who_queue_are_kept_together_and_one_who_gives_up_takes_nobody_along() {
    let file = File::new().await;
    let mut first = file.writer.begin().await.unwrap();
    add(&mut first, "first").await;
    let (second, third) = (file.writer.clone(), file.writer.clone());
    let (go, wait) = oneshot::channel::<()>();
    let second = tokio::spawn(async move {
        let mut turn = second.begin().await.unwrap();
        add(&mut turn, "second").await;
        wait.await.unwrap();
    });
    tokio::task::yield_now().await;
    let third = tokio::spawn(async move { added(&third, "third").await });
    tokio::task::yield_now().await;

    let mut first = pin!(first.commit());
    assert!(is_pending(first.as_mut()), "it has to be written down");
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(is_pending(first.as_mut()), "the second has its turn");
    assert!(file.things().await.is_empty(), "nothing is kept yet");
    go.send(()).unwrap();
    first.await.unwrap();
    second.await.unwrap();
    third.await.unwrap().unwrap();
    assert_eq!(file.things().await, ["first", "third"]);
    file.is_free().await;
}

#[tokio::test]
async fn many_at_once_are_all_kept() {
    let file = File::new().await;
    let tasks: Vec<_> = (0..50)
        .map(|number| {
            let writer = file.writer.clone();
            tokio::spawn(async move { added(&writer, &format!("{number:02}")).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(file.things().await.len(), 50);
}

#[tokio::test]
async fn one_given_up_alone_leaves_nothing_behind() {
    let file = File::new().await;
    let mut turn = file.writer.begin().await.unwrap();
    add(&mut turn, "a").await;
    drop(turn);
    added(&file.writer, "b").await.unwrap();
    let mut turn = file.writer.begin().await.unwrap();
    add(&mut turn, "c").await;
    drop(turn);
    tokio::time::sleep(Duration::from_millis(50)).await;
    file.is_free().await;
    assert_eq!(file.things().await, ["b"]);
}

#[tokio::test]
async fn a_wait_that_is_given_up_at_any_point_harms_nobody() {
    let file = File::new().await;
    for polls in 0..12 {
        let mut beginning = Box::pin(file.writer.begin());
        for _ in 0..polls {
            if !is_pending(beginning.as_mut()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        drop(beginning);
        tokio::time::sleep(Duration::from_millis(30)).await;
        file.is_free().await;
        added(&file.writer, &format!("{polls:02}")).await.unwrap();
    }
    assert_eq!(file.things().await.len(), 12);
    file.is_free().await;
}

#[tokio::test]
async fn what_cannot_be_kept_is_told_to_everybody_it_concerns() {
    let file = File::new().await;
    let mut dangling = file.writer.begin().await.unwrap();
    sqlx::query("INSERT INTO parts VALUES ('nothing')")
        .execute(dangling.connection())
        .await
        .unwrap();
    let writer = file.writer.clone();
    let other = tokio::spawn(async move { added(&writer, "other").await });
    tokio::task::yield_now().await;
    assert!(matches!(
        dangling.commit().await,
        Err(StoreError::Commit(_))
    ));
    assert!(matches!(other.await.unwrap(), Err(StoreError::Commit(_))));
    assert!(file.things().await.is_empty());
    added(&file.writer, "later").await.unwrap();
    assert_eq!(file.things().await, ["later"]);
}

/// What SQLite does by itself when the disk fails.
async fn ended_by_sqlite(file: &File) -> Turn {
    let mut turn = file.writer.begin().await.unwrap();
    add(&mut turn, "a").await;
    sqlx::query("ROLLBACK")
        .execute(turn.connection())
        .await
        .unwrap();
    turn
}

#[tokio::test]
async fn a_transaction_that_sqlite_ended_itself_is_noticed() {
    let file = File::new().await;
    let turn = ended_by_sqlite(&file).await;
    assert!(matches!(turn.commit().await, Err(StoreError::Commit(_))));
    added(&file.writer, "b").await.unwrap();
    assert_eq!(file.things().await, ["b"]);
}

#[tokio::test]
async fn a_transaction_that_sqlite_ended_itself_is_not_mended_by_the_next() {
    let file = File::new().await;
    let turn = ended_by_sqlite(&file).await;
    let writer = file.writer.clone();
    let next = tokio::spawn(async move { added(&writer, "b").await });
    tokio::task::yield_now().await;
    assert!(matches!(turn.commit().await, Err(StoreError::Commit(_))));
    assert!(matches!(next.await.unwrap(), Err(StoreError::Commit(_))));
    added(&file.writer, "c").await.unwrap();
    assert_eq!(file.things().await, ["c"]);
}

#[tokio::test]
async fn what_is_finished_when_it_is_closed_is_kept() {
    let file = File::new().await;
    let mut first = file.writer.begin().await.unwrap();
    add(&mut first, "first").await;
    let second = tokio::spawn({
        let writer = file.writer.clone();
        async move { added(&writer, "second").await }
    });
    tokio::task::yield_now().await;
    let closing = tokio::spawn({
        let writer = file.writer.clone();
        async move { writer.close().await }
    });
    tokio::task::yield_now().await;
    first.commit().await.unwrap();
    second.await.unwrap().unwrap();
    closing.await.unwrap();
    assert_eq!(file.things().await, ["first", "second"]);
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let file = File::new().await;
    let short = Writer {
        wait: Duration::from_millis(20),
        ..file.writer.clone()
    };
    let turn = file.writer.begin().await.unwrap();
    assert!(matches!(
        short.begin().await.map(drop),
        Err(StoreError::Database(sqlx::Error::PoolTimedOut))
    ));
    drop(turn);
    added(&short, "a").await.unwrap();
}

#[tokio::test]
async fn once_it_is_closed_there_are_no_turns() {
    let file = File::new().await;
    added(&file.writer, "a").await.unwrap();
    file.writer.close().await;
    assert!(matches!(
        file.writer.begin().await.map(drop),
        Err(StoreError::Database(sqlx::Error::PoolClosed))
    ));
    file.writer.close().await;
    assert_eq!(file.things().await, ["a"]);
}
