//! Statements behind the store's back.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

/// Runs a statement.
pub(crate) async fn tamper(url: &str, statement: &str) -> Result<(), sqlx::Error> {
    let statement = AssertSqlSafe(statement.to_owned());
    if url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(url).await?;
        connection.execute(statement).await?;
        connection.close().await
    } else {
        let mut connection = PgConnection::connect(url).await?;
        connection.execute(statement).await?;
        connection.close().await
    }
}

/// Reads one text of one row.
pub(crate) async fn peek(url: &str, query: &'static str) -> Option<String> {
    let row: (Option<String>,) = if url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(url).await.unwrap();
        sqlx::query_as(query)
            .fetch_one(&mut connection)
            .await
            .unwrap()
    } else {
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::query_as(query)
            .fetch_one(&mut connection)
            .await
            .unwrap()
    };
    row.0
}
