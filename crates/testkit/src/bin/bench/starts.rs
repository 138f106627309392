//! How many sessions a second can be started and connected, with the limits lifted, against a
//! provider that answers at once; beside a peer that mints from the same provider.

use crate::{
    Options,
    http::Http,
    numbers::{median, ms, percentile},
    product::{Person, Product},
    upstream::Upstream,
};
use anyhow::ensure;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::{Caller, CallerOptions};
use tokio::task::JoinSet;

/// Another product.
pub(crate) struct Peer {
    pub(crate) url: String,
    pub(crate) token: String,
}

/// What one round found.
#[derive(Default)]
struct Round {
    done: usize,
    elapsed: Duration,
    starts: Vec<Duration>,
    connects: Vec<Duration>,
    asks: Vec<Duration>,
}

impl Round {
    fn rate(&self) -> f64 {
        self.done as f64 / self.elapsed.as_secs_f64()
    }

    fn take(&mut self, other: Self) {
        self.done += other.done;
        self.elapsed = self.elapsed.max(other.elapsed);
        self.starts.extend(other.starts);
        self.connects.extend(other.connects);
        self.asks.extend(other.asks);
    }
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let _upstream = Upstream::start(folder.path())?;
    println!(
        "{} connections, {} rounds of {} s, the median is shown",
        options.connections,
        options.rounds,
        options.round.as_secs()
    );
    for synchronous in ["full", "normal"] {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let mut all = Round::default();
        let product = product(options, synchronous).await?;
        for number in 0..options.rounds {
            if let Some(peer) = &options.peer {
                theirs.push(peer_round(options, peer).await?.rate());
            }
            let round = our_round(options, &product, number).await?;
            ours.push(round.rate());
            all.take(round);
        }
        report(synchronous, ours, theirs, all);
    }
    Ok(())
}

fn report(synchronous: &str, ours: Vec<f64>, theirs: Vec<f64>, mut all: Round) {
    let rate = median(ours);
    println!("\nSQLite, WAL, synchronous {synchronous}");
    println!("  start + connect            {rate:8.0} sessions/s");
    for (name, times) in [
        ("start_session", &mut all.starts),
        ("connect", &mut all.connects),
        (
            "who am I (authentication, authorization, reading)",
            &mut all.asks,
        ),
    ] {
        let (p50, p99) = (percentile(times, 50), percentile(times, 99));
        println!("  {name}: p50 {}, p99 {}", ms(p50), ms(p99));
    }
    if !theirs.is_empty() {
        let peer = median(theirs);
        println!("  peer                       {peer:8.0} mints/s");
        println!("  ratio                      {:8.2}", rate / peer);
    }
}

async fn product(options: &Options, synchronous: &str) -> anyhow::Result<Product> {
    let flags = [
        "--provider-url".to_owned(),
        Upstream::url(),
        "--provider-key=sk-measuring".to_owned(),
        "--provider-sealed".to_owned(),
        "--provider-is-rehearsal".to_owned(),
        "--starts-per-user=100000000".to_owned(),
        "--live-per-workspace=100000".to_owned(),
        "--sign-ins-per-account=1000".to_owned(),
        format!("--sqlite-synchronous={synchronous}"),
        "--log=error".to_owned(),
    ];
    Product::start(&options.server, options.connections, &flags).await
}

async fn our_round(options: &Options, product: &Product, round: usize) -> anyhow::Result<Round> {
    let mut people = Vec::new();
    for number in 0..options.connections {
        let mut person = product.staff(number).await?;
        let intake = person.open_intake().await?;
        people.push((person, intake));
    }
    let mut workers = JoinSet::new();
    let until = Instant::now() + options.round;
    for (number, (person, intake)) in people.into_iter().enumerate() {
        let name = format!("r{round}c{number}");
        workers.spawn(work(person, intake, name, until));
    }
    let mut all = Round::default();
    while let Some(round) = workers.join_next().await {
        all.take(round??);
    }
    Ok(all)
}

/// What one page does, over and over: start and connect. A start ends what the person had running on
/// that intake, in the same transaction, and hangs it up.
async fn work(
    mut person: Person,
    intake: Value,
    name: String,
    until: Instant,
) -> anyhow::Result<Round> {
    let caller = Caller::new(CallerOptions {
        data_channel: false,
        ..CallerOptions::default()
    })
    .await;
    let mut round = Round::default();
    let mut last = None;
    let begun = Instant::now();
    while Instant::now() < until {
        let at = Instant::now();
        let key = format!("{name}n{}", round.done);
        let (session, secret) = person.start(&intake, caller.fingerprint(), &key).await?;
        last = Some(session);
        let started = Instant::now();
        person.connect(&secret, caller.offer()).await?;
        let connected = Instant::now();
        round.starts.push(started - at);
        round.connects.push(connected - started);
        round.done += 1;
        if round.done.is_multiple_of(20) {
            let at = Instant::now();
            person.ask().await?;
            round.asks.push(at.elapsed());
        }
    }
    round.elapsed = begun.elapsed();
    if let Some(session) = last {
        let end = json!({ "session": session, "leaving": "stop" });
        person.call("sessions/end", &end).await?;
    }
    Ok(round)
}

async fn peer_round(options: &Options, peer: &Peer) -> anyhow::Result<Round> {
    let mut workers = JoinSet::new();
    let until = Instant::now() + options.round;
    for _ in 0..options.connections {
        let mut http = Http::connect(&peer.url).await?;
        let bearer = format!("Bearer {}", peer.token);
        workers.spawn(async move {
            let mut round = Round::default();
            let begun = Instant::now();
            let headers = [
                ("content-type", "application/json"),
                ("authorization", bearer.as_str()),
            ];
            while Instant::now() < until {
                let answer = http
                    .post("/session", &headers, r#"{"workspace":"w1"}"#)
                    .await?;
                ensure!(
                    answer.status == 200,
                    "the peer: {} {}",
                    answer.status,
                    answer.body
                );
                round.done += 1;
            }
            round.elapsed = begun.elapsed();
            anyhow::Ok(round)
        });
    }
    let mut all = Round::default();
    while let Some(round) = workers.join_next().await {
        all.take(round??);
    }
    Ok(all)
}
