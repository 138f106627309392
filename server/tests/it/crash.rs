//! The server is killed at each step of a session, beside a provider that survives it: afterwards
//! every session has one end reason, and the provider's ledger shows no call that still runs.

use crate::stage::{PATIENCE, Person, browser, end_reason, sealed};
use domain::IntakeId;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, path::Path, process::Stdio, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
};

/// A process of the built program.
struct Process {
    child: Child,
    url: String,
}

impl Process {
    async fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        command
            .args(arguments)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let listening = async {
            loop {
                let line = lines.next_line().await.unwrap().expect("it starts");
                if let Some(url) = line.strip_prefix("listening on ") {
                    return url.to_owned();
                }
            }
        };
        let url = tokio::time::timeout(PATIENCE, listening)
            .await
            .expect("it starts in time");
        Self { child, url }
    }

    async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

struct World {
    folder: TempDir,
    provider: Process,
    key: String,
    passwords: BTreeMap<String, String>,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::create_dir_all(path.join("site/pkg/none")).unwrap();
        fs::write(path.join("site/pkg/current.txt"), "none").unwrap();
        let key = "sk-rehearsal-that-survives".to_owned();
        fs::write(path.join("provider-key"), &key).unwrap();
        let flags = [
            "rehearsal",
            "--test-endpoints=true",
            "--rehearsal-voice=captions",
            "--rehearsal-connect-seconds=3",
            "--rehearsal-key",
            &key,
        ];
        let provider = Process::start(path, &flags).await;
        let demo = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args([
                "demo",
                "--data-dir=data",
                "--key-file=key",
                "--demo-passwords-file=passwords.json",
            ])
            .current_dir(path)
            .output()
            .await
            .unwrap();
        assert!(
            demo.status.success(),
            "{}",
            String::from_utf8_lossy(&demo.stderr)
        );
        let passwords =
            serde_json::from_slice(&fs::read(path.join("passwords.json")).unwrap()).unwrap();
        Self {
            folder,
            provider,
            key,
            passwords,
        }
    }

    async fn server(&self) -> Process {
        let provider = format!("--provider-url={}", self.provider.url);
        let flags = [
            &provider,
            "--provider-key-file=provider-key",
            "--provider-sealed",
            "--provider-is-rehearsal",
        ];
        self.server_with(&flags).await
    }

    async fn server_with(&self, provider: &[&str]) -> Process {
        let own = [
            "serve",
            "--data-dir=data",
            "--key-file=key",
            "--site-dir=site",
            "--listen=127.0.0.1:0",
        ];
        Process::start(self.folder.path(), &[own.as_slice(), provider].concat()).await
    }

    /// A server, somebody signed in there, and an intake of theirs.
    async fn at_work(&self) -> (Process, Person, IntakeId) {
        let server = self.server().await;
        let staff = self.staff(&server).await;
        let intake = staff.open("legal").await;
        (server, staff, intake)
    }

    async fn staff(&self, server: &Process) -> Person {
        let person = browser(&server.url);
        let (email, password) = self
            .passwords
            .iter()
            .find(|(email, _)| email.starts_with("staff"))
            .unwrap();
        assert_eq!(
            person.try_sign_in(email, password).await.status(),
            StatusCode::OK
        );
        person
    }

    fn test_url(&self, path: &str) -> String {
        format!("{}{path}", self.provider.url.trim_end_matches("/v1"))
    }

    async fn faults(&self, faults: &Value) {
        let request = Client::new_for_tests()
            .post(self.test_url("/test/faults"))
            .bearer_auth(&self.key)
            .json(faults);
        assert!(request.send().await.unwrap().status().is_success());
    }

    async fn ledger(&self) -> Value {
        let request = Client::new_for_tests()
            .get(self.test_url("/test/ledger"))
            .bearer_auth(&self.key);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Waits until the ledger is as wanted.
    async fn until(&self, what: &str, is_so: impl Fn(&[Value]) -> bool) {
        let asked = async {
            loop {
                let ledger = self.ledger().await;
                if is_so(ledger["calls"].as_array().unwrap()) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, asked).await.is_err() {
            panic!("not {what}: {}", self.ledger().await);
        }
    }

    /// What must hold once the server is back.
    async fn all_ended(&self, intake: &IntakeId) -> String {
        let server = self.server().await;
        let staff = self.staff(&server).await;
        self.until("hung up", |calls| {
            calls.iter().all(|call| call["running"] == false)
        })
        .await;
        let view = staff.read(intake).await;
        assert_eq!(view["status"], "open", "nothing is lost");
        let reason = end_reason(&view)
            .expect("the session has an end reason")
            .to_owned();
        let timeline = staff
            .ok("intakes/timeline", &json!({ "intake": intake }))
            .await;
        let ends = timeline.as_array().unwrap().iter().filter(|entry| {
            entry["what"]
                .as_str()
                .unwrap()
                .starts_with("ended the session")
        });
        assert_eq!(ends.count(), 1, "{timeline}");
        // And one can go on at once.
        let talk = staff.talk_on(intake.clone()).await;
        staff
            .ok(
                "sessions/end",
                &json!({ "session": talk.session, "leaving": "stop" }),
            )
            .await;
        self.until("hung up", |calls| {
            calls.iter().all(|call| call["running"] == false)
        })
        .await;
        server.kill().await;
        reason
    }
}

trait ForTests {
    fn new_for_tests() -> Client;
}

impl ForTests for Client {
    fn new_for_tests() -> Client {
        Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .unwrap()
    }
}

fn outlives_us(calls: &[Value]) -> bool {
    calls.iter().any(|call| call["running"] == true)
}

#[tokio::test]
async fn killed_after_the_secret_was_issued() {
    let world = World::new().await;
    let (server, staff, intake) = world.at_work().await;
    staff.start(&intake, &sealed().await).await;
    server.kill().await;
    assert_eq!(world.all_ended(&intake).await, "control_lost");
}

#[tokio::test]
async fn killed_while_the_provider_makes_the_call() {
    let world = World::new().await;
    let (server, staff, intake) = world.at_work().await;
    let caller = sealed().await;
    let started = staff.start(&intake, &caller).await;
    world.faults(&json!({ "create_delay_ms": 1500 })).await;
    let posted = staff
        .client
        .post(format!("{}/v1/realtime/calls", server.url))
        .bearer_auth(&started.secret);
    let posted = posted
        .header("content-type", "application/sdp")
        .body(caller.offer().to_owned())
        .send();
    let killed = async {
        staff
            .until(&intake, "connecting", |view| {
                view["sessions"][0]["state"] == "connecting"
            })
            .await;
        server.kill().await;
    };
    let (answer, ()) = tokio::join!(posted, killed);
    assert!(answer.is_err(), "the page got no answer");
    world.faults(&json!({})).await;
    assert_eq!(world.all_ended(&intake).await, "control_lost");
}

#[tokio::test]
async fn killed_between_the_answer_and_the_control_link() {
    let world = World::new().await;
    let (server, staff, intake) = world.at_work().await;
    let caller = sealed().await;
    let started = staff.start(&intake, &caller).await;
    world.faults(&json!({ "link_not_found": 1000 })).await;
    let answer = staff.post_offer(&started.secret, caller.offer()).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let _live = caller.connect(&answer.text().await.unwrap());
    world
        .until("connected", |calls| {
            calls.iter().any(|call| call["connected_at_ms"].is_i64())
        })
        .await;
    server.kill().await;
    world.faults(&json!({})).await;
    assert_eq!(world.all_ended(&intake).await, "control_lost");
}

#[tokio::test]
async fn killed_in_the_middle_of_a_conversation() {
    let world = World::new().await;
    let (server, staff, intake) = world.at_work().await;
    let mut talk = staff.talk_on(intake).await;
    server.kill().await;
    world.until("running without us", outlives_us).await;
    assert_eq!(world.all_ended(&talk.intake).await, "control_lost");
    talk.caller.until("hung up", |state| state.closed).await;
}

#[tokio::test]
async fn a_call_is_hung_up_only_at_the_provider_it_was_made_at() {
    let world = World::new().await;
    let (server, staff, intake) = world.at_work().await;
    let mut talk = staff.talk_on(intake).await;
    server.kill().await;
    // With a provider of its own, which would answer that there is no such call.
    let elsewhere = world.server_with(&["--rehearsal-voice=captions"]).await;
    elsewhere.kill().await;
    world.until("left alone", outlives_us).await;
    assert_eq!(world.all_ended(&talk.intake).await, "control_lost");
    talk.caller.until("hung up", |state| state.closed).await;
}

#[tokio::test]
async fn a_key_that_does_not_fit_the_database_does_not_start() {
    let world = World::new().await;
    let start = |key: &'static str| {
        Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(["demo", "--data-dir=data", key])
            .current_dir(world.folder.path())
            .output()
    };
    let missing = start("--key-file=other").await.unwrap();
    assert!(!missing.status.success());
    fs::write(world.folder.path().join("wrong"), "ab".repeat(32)).unwrap();
    let open = start("--key-file=wrong").await.unwrap();
    assert!(!open.status.success(), "readable by others");
    let wrong = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .args(["demo", "--data-dir=data"])
        .env("VESTIBULE_KEY", "ab".repeat(32))
        .current_dir(world.folder.path())
        .output()
        .await
        .unwrap();
    assert!(!wrong.status.success());
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("another key"));
}

#[tokio::test]
async fn the_operator_makes_users_and_sets_passwords_which_ends_their_sign_ins() {
    let world = World::new().await;
    let admin = async |arguments: &[&str], password: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .arg("admin")
            .args(arguments)
            .args(["--data-dir=data", "--key-file=key"])
            .current_dir(world.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let line = format!("{password}\n");
        child
            .stdin
            .take()
            .unwrap()
            .write_all(line.as_bytes())
            .await
            .unwrap();
        child.wait_with_output().await.unwrap()
    };
    let make = [
        "create-user",
        "--email=new@demo.example",
        "--name=New Person",
        "--workspace=Demo workspace",
        "--role=staff",
    ];
    let short = admin(&make, "short").await;
    assert!(
        !short.status.success() && String::from_utf8_lossy(&short.stderr).contains("12 characters")
    );
    let (first, second) = ("a first long password", "a second long password");
    assert!(admin(&make, first).await.status.success());
    assert!(
        !admin(&make, first).await.status.success(),
        "an address is one person's"
    );

    let server = world.server().await;
    let person = browser(&server.url);
    assert_eq!(
        person.try_sign_in("new@demo.example", first).await.status(),
        StatusCode::OK
    );
    assert_eq!(person.form("workflows/list", &[]).await.0, StatusCode::OK);
    let reset = admin(&["reset-password", "--email=new@demo.example"], second).await;
    assert!(
        reset.status.success(),
        "{}",
        String::from_utf8_lossy(&reset.stderr)
    );
    assert_eq!(
        person.form("workflows/list", &[]).await.0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        person.try_sign_in("new@demo.example", first).await.status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        person
            .try_sign_in("new@demo.example", second)
            .await
            .status(),
        StatusCode::OK
    );
    server.kill().await;
}
