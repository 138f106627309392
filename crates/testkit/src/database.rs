//! Databases for tests: a new one each time, gone afterwards. Always SQLite; PostgreSQL too when
//! `VESTIBULE_TEST_POSTGRES` names a server on which databases may be made.

use sqlx::{Connection, Executor, PgConnection, SqlSafeStr};
use std::{fmt, time::Duration};
use store::{Store, StoreOptions, Synchronous};
use tempfile::TempDir;
use url::Url;

/// The variable that names the PostgreSQL server, such as `postgres://postgres@127.0.0.1:5432/postgres`.
pub const POSTGRES: &str = "VESTIBULE_TEST_POSTGRES";

/// A database of one test. Dropping it deletes it, connections or not.
pub struct TestDatabase {
    url: String,
    on_server: Option<OnServer>,
    // The file of SQLite is in it; for PostgreSQL only its random name is of use.
    _folder: TempDir,
}

/// A database on a PostgreSQL server that is to be dropped.
struct OnServer {
    server: Url,
    name: String,
}

impl TestDatabase {
    /// A new SQLite file.
    #[must_use]
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let url = format!(
            "sqlite:{}",
            folder.path().join("data").join("vestibule.db").display()
        );
        Self {
            url,
            on_server: None,
            _folder: folder,
        }
    }

    /// A new database on the PostgreSQL server, when one is given; says so when not.
    pub async fn postgres() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "where the tests' own server is")]
        let server = std::env::var(POSTGRES).ok();
        let Some(server) = server else {
            #[expect(clippy::print_stderr, reason = "a test that covers less says so")]
            {
                eprintln!("{POSTGRES} is not set: SQLite only");
            }
            return None;
        };
        let server = Url::parse(&server).expect("the server's address is a URL");
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let random: String = folder
            .path()
            .to_string_lossy()
            .bytes()
            .filter(u8::is_ascii_alphanumeric)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let (_, random) = random.split_at(random.len().saturating_sub(24));
        let name = format!("vestibule_test_{}_{random}", std::process::id());
        run_on(&server, format!("CREATE DATABASE {name}"))
            .await
            .expect("the server makes a database");
        let mut url = server.clone();
        url.set_path(&name);
        Some(Self {
            url: url.into(),
            on_server: Some(OnServer { server, name }),
            _folder: folder,
        })
    }

    /// One of each kind there is.
    pub async fn each() -> Vec<Self> {
        let mut all = vec![Self::sqlite()];
        all.extend(Self::postgres().await);
        all
    }

    /// Its address, as the store and the server take it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// On PostgreSQL: as when its server starts anew. Every connection breaks, and none can be made for
    /// that long.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn away_for(&self, span: Duration) {
        let Some(OnServer { server, name }) = &self.on_server else {
            return;
        };
        let statements = [
            format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
            format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ),
        ];
        for statement in statements {
            run_on(server, statement).await.expect("the server obeys");
        }
        tokio::time::sleep(span).await;
        run_on(
            server,
            format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"),
        )
        .await
        .expect("the server obeys");
    }

    /// Opens it, with all migrations run.
    pub async fn open(&self) -> Store {
        // Power does not go in a test, so SQLite need not wait for the disk.
        let options = StoreOptions {
            synchronous: Synchronous::Normal,
            wait: Duration::from_secs(20),
            ..StoreOptions::default()
        };
        Store::open(&self.url, options)
            .await
            .expect("a new database opens")
    }
}

impl fmt::Debug for TestDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.on_server.is_some() {
            "PostgreSQL"
        } else {
            "SQLite"
        })
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some(OnServer { server, name }) = self.on_server.take() else {
            return;
        };
        // Its own thread and runtime: the test's runtime cannot be waited for from inside it.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime
                .block_on(run_on(
                    &server,
                    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
                ))
                .map_err(std::io::Error::other)
        });
        let dropped = dropping.join();
        if !std::thread::panicking() {
            dropped
                .expect("the thread ends")
                .expect("the server drops the database");
        }
    }
}

async fn run_on(server: &Url, statement: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(server.as_str()).await?;
    connection
        .execute(sqlx::AssertSqlSafe(statement).into_sql_str())
        .await?;
    connection.close().await
}
