//! The product as an operator runs it: its program, in a folder of its own, until it is dropped.

use crate::http::{Events, Http};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tempfile::TempDir;
use testkit::{Caller, CallerOptions, LiveCaller};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
};

const PATIENCE: Duration = Duration::from_secs(60);
const FORM: &str = "application/x-www-form-urlencoded";
/// What the kernel counts a process's time in: a hundredth of a second on every platform of ours.
const TICKS_PER_SECOND: u64 = 100;
const PASSWORD: &str = "a password for measuring";

/// A running server.
pub(crate) struct Product {
    child: Child,
    folder: TempDir,
    program: PathBuf,
    pub(crate) url: String,
}

/// Somebody who is signed in, on a connection of their own.
pub(crate) struct Person {
    pub(crate) http: Http,
    cookie: String,
}

impl Product {
    /// Starts a server with a demo workspace and so many more members of staff.
    pub(crate) async fn start(
        program: &Path,
        staff: usize,
        flags: &[String],
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let program = fs::canonicalize(program)
            .with_context(|| format!("there is no {}", program.display()))?;
        run(&program, folder.path(), &["demo"], "").await?;
        for number in 0..staff {
            let email = format!("--email=staff{number}@bench.example");
            let arguments = [
                "admin",
                "create-user",
                &email,
                "--name=Somebody",
                "--workspace=Demo workspace",
                "--role=staff",
            ];
            run(&program, folder.path(), &arguments, PASSWORD).await?;
        }
        let mut child = Command::new(&program)
            .args([
                "serve",
                "--data-dir=data",
                "--key-file=key",
                "--listen=127.0.0.1:0",
            ])
            .args(flags)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let listening = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(url) = line.strip_prefix("listening on ") {
                    return Ok(url.to_owned());
                }
            }
            anyhow::bail!("the server did not start")
        };
        let url = tokio::time::timeout(PATIENCE, listening).await??;
        Ok(Self {
            child,
            folder,
            program,
            url,
        })
    }

    /// A member of staff by number, signed in.
    pub(crate) async fn staff(&self, number: usize) -> anyhow::Result<Person> {
        self.sign_in(&format!("staff{number}@bench.example"), PASSWORD)
            .await
    }

    async fn sign_in(&self, email: &str, password: &str) -> anyhow::Result<Person> {
        let mut http = Http::connect(&self.url).await?;
        let encode = |text: &str| text.replace('@', "%40").replace(' ', "+");
        let form = format!(
            "request[email]={}&request[password]={}",
            encode(email),
            encode(password)
        );
        let headers = [("content-type", FORM), ("sec-fetch-site", "same-origin")];
        let answer = http.post("/api/account/sign_in", &headers, &form).await?;
        ensure!(
            answer.status == 200,
            "signing in: {} {}",
            answer.status,
            answer.body
        );
        let cookie = answer.cookie.context("no cookie")?;
        Ok(Person { http, cookie })
    }

    /// Resident memory, in bytes.
    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        let id = self.child.id().context("the server has ended")?;
        let status = fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("no VmRSS")?;
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024)
    }

    /// How long it has been computing, on all cores together.
    pub(crate) fn computed(&self) -> anyhow::Result<Duration> {
        let id = self.child.id().context("the server has ended")?;
        let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
        // The name in brackets may hold anything; after it `utime` and `stime` are the 12th and 13th.
        let (_, fields) = stat.rsplit_once(')').context("no name")?;
        let mut fields = fields.split_whitespace().skip(11);
        let mut ticks = || {
            fields
                .next()
                .context("no time")?
                .parse::<u64>()
                .context("no number")
        };
        Ok(Duration::from_millis(
            (ticks()? + ticks()?) * 1000 / TICKS_PER_SECOND,
        ))
    }

    /// How long its threads have waited for a core that others had.
    pub(crate) fn waited(&self) -> anyhow::Result<Duration> {
        let id = self.child.id().context("the server has ended")?;
        let mut waited = 0;
        for thread in fs::read_dir(format!("/proc/{id}/task"))? {
            // A thread may end at any time.
            let times = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
            let time = times.split_whitespace().nth(1);
            waited += time.and_then(|time| time.parse::<u64>().ok()).unwrap_or(0);
        }
        Ok(Duration::from_nanos(waited))
    }

    /// The size of its SQLite database with its log, in bytes.
    pub(crate) fn database_size(&self) -> anyhow::Result<u64> {
        let mut size = 0;
        for file in fs::read_dir(self.folder.path().join("data"))? {
            let file = file?;
            if file
                .file_name()
                .to_string_lossy()
                .starts_with("vestibule.db")
            {
                size += file.metadata()?.len();
            }
        }
        Ok(size)
    }

    /// The size of its program, in bytes.
    pub(crate) fn program_size(&self) -> anyhow::Result<u64> {
        Ok(fs::metadata(&self.program)?.len())
    }
}

async fn run(program: &Path, folder: &Path, arguments: &[&str], input: &str) -> anyhow::Result<()> {
    let mut child = Command::new(program)
        .args(arguments)
        .args(["--data-dir=data", "--key-file=key"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().context("no input")?;
    stdin.write_all(format!("{input}\n").as_bytes()).await?;
    drop(stdin);
    let output = child.wait_with_output().await?;
    ensure!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

impl Person {
    /// Calls a server function that takes JSON, and gives its answer.
    pub(crate) async fn call(&mut self, function: &str, request: &Value) -> anyhow::Result<Value> {
        let body = json!({ "request": request }).to_string();
        self.send(function, "application/json", &body).await
    }

    async fn send(&mut self, function: &str, kind: &str, body: &str) -> anyhow::Result<Value> {
        let headers = [
            ("content-type", kind),
            ("cookie", self.cookie.as_str()),
            ("sec-fetch-site", "same-origin"),
        ];
        let path = format!("/api/{function}");
        let answer = self.http.post(&path, &headers, body).await?;
        ensure!(
            answer.status == 200,
            "{function}: {} {}",
            answer.status,
            answer.body
        );
        Ok(serde_json::from_str(&answer.body)?)
    }

    /// Asks who is signed in.
    pub(crate) async fn ask(&mut self) -> anyhow::Result<()> {
        self.send("account/me", FORM, "").await.map(drop)
    }

    /// Opens an intake of the demo's law firm; gives its id.
    pub(crate) async fn open_intake(&mut self) -> anyhow::Result<Value> {
        let workflows = self.send("workflows/list", FORM, "").await?;
        let id = workflows
            .as_array()
            .into_iter()
            .flatten()
            .find(|one| {
                one.get("name")
                    .and_then(Value::as_str)
                    .is_some_and(|name| name.to_lowercase().contains("new client"))
            })
            .and_then(|one| one.get("id"))
            .and_then(Value::as_str)
            .context("no workflow")?
            .to_owned();
        self.send("intakes/open", FORM, &format!("request[workflow]={id}"))
            .await
    }

    /// Posts an offer with a secret, as the page does; gives the answer's text.
    pub(crate) async fn connect(&mut self, secret: &str, offer: &str) -> anyhow::Result<String> {
        let bearer = format!("Bearer {secret}");
        let headers = [
            ("content-type", "application/sdp"),
            ("authorization", bearer.as_str()),
        ];
        let answer = self
            .http
            .post("/v1/realtime/calls", &headers, offer)
            .await?;
        ensure!(
            answer.status == 201,
            "connecting: {} {}",
            answer.status,
            answer.body
        );
        Ok(answer.body)
    }

    /// Opens an intake and calls, as the page does in a sealed workflow; the session and the call.
    pub(crate) async fn talk(&mut self, key: &str) -> anyhow::Result<(String, LiveCaller)> {
        let intake = self.open_intake().await?;
        let caller = Caller::new(CallerOptions {
            data_channel: false,
            ..CallerOptions::default()
        })
        .await;
        let (session, secret) = self.start(&intake, caller.fingerprint(), key).await?;
        let answer = self.connect(&secret, caller.offer()).await?;
        Ok((session, caller.connect(&answer)))
    }

    /// Tells that the page is there, or the session ends for want of it. Whether it still runs.
    pub(crate) async fn beat(&mut self, session: &str) -> anyhow::Result<bool> {
        let beat = json!({ "session": session });
        let now = self.call("sessions/heartbeat", &beat).await?;
        Ok(!now.is_null())
    }

    /// Another page of the same person, on a connection of its own.
    pub(crate) async fn another_page(&self, product: &Product) -> anyhow::Result<Self> {
        Ok(Self {
            http: Http::connect(&product.url).await?,
            cookie: self.cookie.clone(),
        })
    }

    /// The event stream of an intake, which takes the connection.
    pub(crate) async fn watch(self, intake: &Value) -> anyhow::Result<Events> {
        let intake = intake.as_str().context("no intake")?;
        let headers = [("cookie", self.cookie.as_str())];
        let path = format!("/intakes/{intake}/events");
        self.http.events(&path, &headers).await
    }

    /// Starts a session on an intake.
    pub(crate) async fn start(
        &mut self,
        intake: &Value,
        fingerprint: &str,
        key: &str,
    ) -> anyhow::Result<(String, String)> {
        let request = json!({
            "intake": intake, "fingerprint": fingerprint, "consent": "read_aloud", "idempotency_key": key,
        });
        let started = self.call("sessions/start", &request).await?;
        let part = |name| started.get(name).and_then(Value::as_str);
        let (Some(session), Some(secret)) = (part("session_id"), part("client_secret")) else {
            anyhow::bail!("no session was started")
        };
        Ok((session.to_owned(), secret.to_owned()))
    }
}
