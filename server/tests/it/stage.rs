//! What every test of the process begins with: the server on a free port, the rehearsal provider
//! behind it, the demo workspace, and a log that is read for secrets when the test ends.

use clap::Parser;
use domain::{IntakeId, SessionId};
use rehearsal::{LedgerReport, Rehearsal};
use reqwest::{
    Client, RequestBuilder, Response, StatusCode,
    header::{ACCEPT, LOCATION},
    redirect::Policy,
};
use runtime::{Clock, ManualClock};
use serde_json::{Value, json};
use server::{
    config::{Command, CommandLine, Serve},
    listener::{Bounded, Peer},
    router::{self, Site},
    state::{self, Running},
};
use service::Service;
use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    sync::{Mutex, OnceLock},
    time::Duration,
};
use tempfile::TempDir;
use testkit::{Caller, CallerOptions, LiveCaller};
use tokio::net::TcpListener;

/// How long anything may take before a test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Everything logged by this test binary, at the finest level of our own crates.
pub(crate) fn log() -> &'static Mutex<Vec<u8>> {
    static LOG: OnceLock<Mutex<Vec<u8>>> = OnceLock::new();
    LOG.get_or_init(|| {
        let filter = "info,server=trace,service=trace,realtime=trace,rehearsal=trace,store=trace,app=trace,request=trace";
        let _ = tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
            .with_ansi(false)
            .with_writer(|| Log)
            .try_init();
        Mutex::default()
    })
}

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        log().lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A running server.
pub(crate) struct Stage {
    pub(crate) url: String,
    pub(crate) service: Service,
    pub(crate) rehearsal: Rehearsal,
    pub(crate) hand: ManualClock,
    folder: TempDir,
    passwords: BTreeMap<String, String>,
    /// What must not be found in the log when the test ends.
    secrets: Mutex<Vec<String>>,
    stop: tokio::sync::oneshot::Sender<()>,
    served: tokio::task::JoinHandle<()>,
}

/// Somebody with a browser of their own.
pub(crate) struct Person {
    pub(crate) client: Client,
    url: String,
}

/// A browser of somebody's own, for the server at an address.
pub(crate) fn browser(url: &str) -> Person {
    let client = Client::builder()
        .cookie_store(true)
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    Person {
        client,
        url: url.to_owned(),
    }
}

fn flags(folder: &TempDir, more: &[&str]) -> Serve {
    let path = |name: &str| folder.path().join(name).display().to_string();
    let own = [
        "vestibule".to_owned(),
        "serve".to_owned(),
        format!("--data-dir={}", path("data")),
        format!("--key-file={}", path("key")),
        format!("--site-dir={}", path("site")),
        "--rehearsal-step-ms=1".to_owned(),
        // Speech takes the time it takes; where it is not under test, there is none.
        if more
            .iter()
            .any(|flag| flag.starts_with("--rehearsal-voice"))
        {
            "--no-demo"
        } else {
            "--rehearsal-voice=captions"
        }
        .to_owned(),
        "--test-endpoints=true".to_owned(),
    ];
    let line = own
        .into_iter()
        .chain(more.iter().map(|flag| (*flag).to_owned()));
    match CommandLine::try_parse_from(line).unwrap().command {
        Command::Serve(serve) => *serve,
        other => panic!("{other:?}"),
    }
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With more flags.
    pub(crate) async fn with(more: &[&str]) -> Self {
        log();
        let folder = tempfile::tempdir().unwrap();
        // The page itself is not under test here.
        let site = folder.path().join("site");
        fs::create_dir_all(site.join("pkg/none")).unwrap();
        fs::write(site.join("pkg/current.txt"), "none").unwrap();

        let mut flags = flags(&folder, more);
        let (clock, hand) = Clock::shifted();
        let Running { service, rehearsal } = state::open(&flags, clock).await.unwrap();
        let passwords_file = folder.path().join("passwords.json");
        flags.demo.demo_passwords_file = Some(passwords_file.clone());
        server::commands::install_demo(&service, &flags.demo)
            .await
            .unwrap();
        let passwords = serde_json::from_slice(&fs::read(&passwords_file).unwrap()).unwrap();

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = router::router(
            &service,
            &Site {
                folder: flags.site(),
                address,
                tls: false,
                calls_origins: flags.calls_origins.clone(),
            },
        )
        .unwrap();
        service
            .tasks()
            .spawn("leash", service::keep_leash::keep_leash(service.clone()));
        let (stop, stopped) = tokio::sync::oneshot::channel();
        #[expect(clippy::disallowed_methods, reason = "the test's own server")]
        let served = tokio::spawn(async move {
            let routes = routes.into_make_service_with_connect_info::<Peer>();
            axum::serve(Bounded::new(listener), routes)
                .with_graceful_shutdown(async move { drop(stopped.await) })
                .await
                .unwrap();
        });
        let rehearsal = rehearsal.unwrap();
        #[expect(
            clippy::disallowed_methods,
            reason = "what must not be found in the log"
        )]
        let key = rehearsal.api_key().expose().clone();
        let secrets = Mutex::new(vec![key]);
        Self {
            url: format!("http://{address}"),
            service,
            rehearsal,
            hand,
            folder,
            passwords,
            secrets,
            stop,
            served,
        }
    }

    /// The sign-in of a role.
    pub(crate) fn sign_in(&self, role: &str) -> (String, String) {
        let (email, password) = self
            .passwords
            .iter()
            .find(|(email, _)| email.starts_with(role))
            .unwrap();
        self.must_not_log(password);
        (email.clone(), password.clone())
    }

    /// Adds something that must not be in the log when the test ends.
    pub(crate) fn must_not_log(&self, secret: &str) {
        self.secrets.lock().unwrap().push(secret.to_owned());
    }

    /// Somebody who is not signed in.
    pub(crate) fn stranger(&self) -> Person {
        browser(&self.url)
    }

    /// Somebody who is.
    pub(crate) async fn person(&self, role: &str) -> Person {
        let (email, password) = self.sign_in(role);
        let person = self.stranger();
        let response = person.try_sign_in(&email, &password).await;
        assert_eq!(
            response.status(),
            StatusCode::OK,
            "{}",
            response.text().await.unwrap()
        );
        person
    }

    /// The server's own database, for what no request of a person can change.
    pub(crate) async fn store(&self) -> store::Store {
        let file = self.folder.path().join("data/vestibule.db");
        store::Store::open(
            &format!("sqlite://{}", file.display()),
            store::StoreOptions::default(),
        )
        .await
        .unwrap()
    }

    pub(crate) fn ledger(&self) -> LedgerReport {
        self.rehearsal.ledger()
    }

    /// Waits until the provider has no call that runs.
    pub(crate) async fn until_no_call_runs(&self) {
        self.until_ledger("over", |ledger| ledger.running().count() == 0)
            .await;
    }

    /// Waits until the provider's ledger is as wanted.
    pub(crate) async fn until_ledger(&self, what: &str, is_so: impl Fn(&LedgerReport) -> bool) {
        let asked = async {
            while !is_so(&self.ledger()) {
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, asked).await.is_err() {
            panic!("not {what}: {:?}", self.ledger());
        }
    }

    /// Stops the server politely, and reads the log for secrets. What it stored can be read in the
    /// folder that is given back.
    pub(crate) async fn close(self) -> TempDir {
        service::drain::drain(&self.service, PATIENCE)
            .await
            .unwrap();
        let _ = self.stop.send(());
        let running = self
            .rehearsal
            .ledger()
            .calls
            .iter()
            .filter(|call| call.running)
            .count();
        self.rehearsal.shutdown().await;
        self.served.abort();
        service::drain::close(&self.service).await;
        assert_eq!(running, 0, "a call is left running at the provider");
        assert_eq!(self.service.tasks().running(), 0, "a task is left running");
        let log = log().lock().unwrap().clone();
        let log = String::from_utf8_lossy(&log);
        for secret in self.secrets.lock().unwrap().iter() {
            assert!(
                !log.contains(secret.as_str()),
                "a secret or a private word is in the log"
            );
        }
        drop(log);
        self.folder
    }
}

impl Person {
    fn request(&self, path: &str) -> RequestBuilder {
        self.client
            .post(format!("{}{path}", self.url))
            .header("sec-fetch-site", "same-origin")
            .timeout(PATIENCE)
    }

    pub(crate) async fn try_sign_in(&self, email: &str, password: &str) -> Response {
        let form = [("request[email]", email), ("request[password]", password)];
        self.request("/api/account/sign_in")
            .form(&form)
            .send()
            .await
            .unwrap()
    }

    /// Sends a form as a browser without scripts does, and goes where it is led.
    pub(crate) async fn plain_form(
        &self,
        function: &str,
        form: &[(&str, &str)],
    ) -> (String, String) {
        let response = self
            .request(&format!("/api/{function}"))
            .header(ACCEPT, "text/html,application/xhtml+xml")
            .form(form)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::FOUND);
        let to = response.headers()[LOCATION].to_str().unwrap().to_owned();
        let page = self.get(&to).await;
        assert_eq!(page.status(), StatusCode::OK, "{to}");
        (to, page.text().await.unwrap())
    }

    /// Calls a server function that takes JSON.
    pub(crate) async fn call(&self, function: &str, request: &Value) -> (StatusCode, Value) {
        let response = self.raw(function, &json!({ "request": request })).await;
        let status = response.status();
        let text = response.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    pub(crate) async fn raw(&self, function: &str, body: &Value) -> Response {
        self.request(&format!("/api/{function}"))
            .json(body)
            .send()
            .await
            .unwrap()
    }

    /// Calls a server function that takes a form.
    pub(crate) async fn form(&self, function: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let response = self
            .request(&format!("/api/{function}"))
            .form(form)
            .send()
            .await
            .unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    pub(crate) async fn ok(&self, function: &str, request: &Value) -> Value {
        let (status, body) = self.call(function, request).await;
        assert_eq!(status, StatusCode::OK, "{function}: {body}");
        body
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client
            .get(format!("{}{path}", self.url))
            .timeout(PATIENCE)
            .send()
            .await
            .unwrap()
    }

    /// The id of the demo workflow of a trade.
    pub(crate) async fn workflow(&self, trade: &str) -> String {
        let word = match trade {
            "legal" => "new client",
            "insurance" => "first notice",
            "clinic" => "pre-visit",
            "support" => "support request",
            other => other,
        };
        let (status, all) = self.form("workflows/list", &[]).await;
        assert_eq!(status, StatusCode::OK, "{all}");
        let found = all
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"].as_str().unwrap().to_lowercase().contains(word));
        found.unwrap_or_else(|| panic!("{word} in {all}"))["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Opens an intake of a workflow.
    pub(crate) async fn open(&self, word: &str) -> IntakeId {
        let workflow = self.workflow(word).await;
        let (status, id) = self
            .form("intakes/open", &[("request[workflow]", &workflow)])
            .await;
        assert_eq!(status, StatusCode::OK, "{id}");
        serde_json::from_value(id).unwrap()
    }

    pub(crate) async fn read(&self, intake: &IntakeId) -> Value {
        self.ok("intakes/read", &json!({ "intake": intake })).await
    }

    /// The field of an intake.
    pub(crate) async fn field(&self, intake: &IntakeId, key: &str) -> Value {
        let view = self.read(intake).await;
        let mut fields = view["sections"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|section| section["fields"].as_array().unwrap());
        fields
            .find(|field| field["key"] == key)
            .cloned()
            .unwrap_or_else(|| panic!("no {key} in {view}"))
    }

    /// Asks until the intake looks as wanted.
    pub(crate) async fn until(
        &self,
        intake: &IntakeId,
        what: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Value {
        let asked = tokio::time::timeout(PATIENCE, async {
            loop {
                let view = self.read(intake).await;
                if is_so(&view) {
                    return view;
                }
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        });
        match asked.await {
            Ok(view) => view,
            Err(_) => {
                let view = self.read(intake).await;
                panic!("not {what}: {} {}", view["sessions"], view["readiness"])
            }
        }
    }

    pub(crate) fn start_request(intake: &IntakeId, fingerprint: &str, key: &str) -> Value {
        json!({ "intake": intake, "fingerprint": fingerprint, "consent": "read_aloud", "idempotency_key": key })
    }

    /// Starts a session for a caller.
    pub(crate) async fn start(&self, intake: &IntakeId, caller: &Caller) -> Started {
        let key = format!("k{}", u64::from_be_bytes(runtime::Ids.bytes::<8>()));
        let started = self
            .ok(
                "sessions/start",
                &Self::start_request(intake, caller.fingerprint(), &key),
            )
            .await;
        Started {
            session: serde_json::from_value(started["session_id"].clone()).unwrap(),
            secret: started["client_secret"].as_str().unwrap().to_owned(),
            calls_url: started["calls_url"].as_str().unwrap().to_owned(),
        }
    }

    /// Posts an offer, as the page does: with the secret, without a cookie.
    pub(crate) async fn post_offer(&self, secret: &str, offer: &str) -> Response {
        let bare = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let request = bare
            .post(format!("{}/v1/realtime/calls", self.url))
            .bearer_auth(secret);
        request
            .header("content-type", "application/sdp")
            .body(offer.to_owned())
            .timeout(PATIENCE)
            .send()
            .await
            .unwrap()
    }

    /// Opens an intake and talks on it, as a page does.
    pub(crate) async fn talk(&self, word: &str) -> Talk {
        let intake = self.open(word).await;
        self.talk_on(intake).await
    }

    pub(crate) async fn talk_on(&self, intake: IntakeId) -> Talk {
        let caller = sealed().await;
        let started = self.start(&intake, &caller).await;
        let answer = self.post_offer(&started.secret, caller.offer()).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        let live = caller.connect(&answer.text().await.unwrap());
        self.until(&intake, "live", |view| {
            view["sessions"][0]["state"] == "live"
        })
        .await;
        Talk {
            intake,
            session: started.session,
            caller: live,
        }
    }
}

/// A caller whose offer holds audio only.
pub(crate) async fn sealed() -> Caller {
    Caller::new(CallerOptions {
        data_channel: false,
        ..CallerOptions::default()
    })
    .await
}

pub(crate) struct Started {
    pub(crate) session: SessionId,
    pub(crate) secret: String,
    pub(crate) calls_url: String,
}

pub(crate) struct Talk {
    pub(crate) intake: IntakeId,
    pub(crate) session: SessionId,
    pub(crate) caller: LiveCaller,
}

/// Why the newest session of an intake ended.
pub(crate) fn end_reason(view: &Value) -> Option<&str> {
    view["sessions"][0]["reason"].as_str()
}
