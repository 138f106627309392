//! What many live calls cost one process, without their media: the provider is a stand-in in this
//! process, people talk and are answered, the pages say that they are there, and the deadline comes
//! for all of them.

mod conversation;
mod ends;
mod page;
mod provider;
mod sample;
mod words;

use crate::{
    Options,
    numbers::{ms, percentile},
    product::Product,
};
use anyhow::{Context, ensure};
use ends::Ends;
use page::{Page, Watched};
use provider::{KEY, Known, Provider};
use sample::Sample;
use std::{
    fs,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};
use testkit::{Caller, CallerOptions};
use tokio::task::JoinSet;

/// Calls of one person: signing in is not what is measured.
const CALLS_PER_PERSON: usize = 10;
/// The server takes 700 connections at once (`server`, `listener`), and each page here has one, where a
/// browser has two.
const MOST_CALLS: usize = 650;
/// Pages whose event stream is read.
const WATCHED: usize = 20;
/// What starting the calls may take: so long, and so many a second.
const START_AT_LEAST: u64 = 30;
const STARTS_PER_SECOND: u64 = 10;
/// Between the start of the last call and measuring.
const SETTLE: Duration = Duration::from_secs(10);
/// After an end: for what comes late, or twice.
const AFTERWARDS: Duration = Duration::from_secs(5);
/// A session that is not over so long after the first deadline never will be.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) async fn measure(options: &Options) -> anyhow::Result<()> {
    ensure!(
        options.calls <= MOST_CALLS,
        "at most {MOST_CALLS} calls: the server takes no more connections"
    );
    check_files(options.calls)?;
    let provider = Provider::start().await?;
    let lasting = START_AT_LEAST.max(options.calls as u64 / STARTS_PER_SECOND)
        + (SETTLE * 2).as_secs()
        + options.round.as_secs();
    let flags = flags(&provider, options.calls, lasting);
    println!(
        "cargo xtask bench control -- --calls {} --seconds {} --connections {}\n  = vestibule serve {}",
        options.calls,
        options.round.as_secs(),
        options.connections,
        flags.join(" ")
    );
    let people = options.calls.div_ceil(CALLS_PER_PERSON);
    let product = Product::start(&options.server, people, &flags).await?;
    let pages = open(&product, people, options.calls).await?;
    tokio::time::sleep(SETTLE).await;
    let idle = Sample::take(&product, &provider.state)?;

    let begun = Instant::now();
    let end = begun + Duration::from_secs(lasting);
    let watching = watch(&product, &provider.state, &pages, end + PATIENCE).await?;
    let talking = start(pages, options.connections, end).await?;
    let starting = begun.elapsed();
    tokio::time::sleep(SETTLE).await;
    all_live(&provider.state, options.calls)?;

    let before = Sample::take(&product, &provider.state)?;
    tokio::time::sleep(options.round).await;
    let after = Sample::take(&product, &provider.state)?;
    ensure!(
        after.at < end,
        "starting took {:.0} s, so the first deadline came while it was measured: fewer --calls",
        starting.as_secs_f64()
    );
    all_live(&provider.state, options.calls)?;

    let (mut talked, beats): (Vec<Page>, Vec<_>) = all(talking).await?.into_iter().unzip();
    tokio::time::sleep(AFTERWARDS).await;
    let watched = all(watching).await?;
    println!(
        "\n{} calls of {people} people, started in {:.1} s, then measured over {:.0} s",
        options.calls,
        starting.as_secs_f64(),
        (after.at - before.at).as_secs_f64()
    );
    Sample::print(&idle, &before, &after, options.calls);
    print_words(&watched, &before, &after);
    print_beats(beats.concat());
    let ends = Ends::of(&provider.state, &mut talked).await?;
    ends.print();
    ends.check(&watched)
}

/// Both sides of every call end in this process, and so do the pages: more files than is usual.
fn check_files(calls: usize) -> anyhow::Result<()> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let files = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let files = files.and_then(|limit| limit.split_whitespace().next());
    let enough = calls * 3 + 200;
    ensure!(
        files.is_some_and(|files| files.parse().map_or(true, |files: usize| files >= enough)),
        "too few open files are allowed: ulimit -n {enough}"
    );
    Ok(())
}

fn flags(provider: &Provider, calls: usize, lasting: u64) -> Vec<String> {
    vec![
        format!("--provider-url={}", provider.url),
        format!("--provider-key={KEY}"),
        "--provider-sealed".to_owned(),
        "--provider-is-rehearsal".to_owned(),
        "--starts-per-user=1000000".to_owned(),
        "--sign-ins-per-account=1000".to_owned(),
        "--prove-again-seconds=1000000".to_owned(),
        format!("--live-per-user={CALLS_PER_PERSON}"),
        format!("--live-per-workspace={calls}"),
        format!("--live-on-server={calls}"),
        format!("--session-seconds={lasting}"),
        "--log=error".to_owned(),
    ]
}

/// A page with an intake for each call, each on a connection of its own, as browsers are.
async fn open(product: &Product, people: usize, calls: usize) -> anyhow::Result<Vec<Page>> {
    let mut signed_in = Vec::new();
    for number in 0..people {
        signed_in.push(product.staff(number).await?);
    }
    let mut pages = Vec::new();
    for person in signed_in.iter().cycle().take(calls) {
        pages.push(Page::open(person.another_page(product).await?).await?);
    }
    Ok(pages)
}

/// Reads the event streams of the first pages, on connections of their own.
async fn watch(
    product: &Product,
    known: &Known,
    pages: &[Page],
    until: Instant,
) -> anyhow::Result<JoinSet<anyhow::Result<Watched>>> {
    let mut watching = JoinSet::new();
    for page in pages.iter().take(WATCHED) {
        let person = page.person.another_page(product).await?;
        let events = person.watch(&page.intake).await?;
        let words = Arc::clone(&known.words);
        watching.spawn(async move { page::watch(events, &words, until, AFTERWARDS).await });
    }
    Ok(watching)
}

/// Waits for all of them.
async fn all<T: 'static>(mut tasks: JoinSet<anyhow::Result<T>>) -> anyhow::Result<Vec<T>> {
    let mut done = Vec::new();
    while let Some(one) = tasks.join_next().await {
        done.push(one??);
    }
    Ok(done)
}

/// The pages that talk, each with how long its heartbeats took.
type Talking = JoinSet<anyhow::Result<(Page, Vec<Duration>)>>;

/// Starts and connects all of them, so many at once; each goes on to say that it is there.
async fn start(pages: Vec<Page>, at_once: usize, end: Instant) -> anyhow::Result<Talking> {
    let caller = Caller::new(CallerOptions {
        data_channel: false,
        ..CallerOptions::default()
    })
    .await;
    let caller = Arc::new((caller.fingerprint().to_owned(), caller.offer().to_owned()));
    let (mut starting, mut talking) = (JoinSet::new(), JoinSet::new());
    let until = end + PATIENCE;
    for (number, mut page) in pages.into_iter().enumerate() {
        if starting.len() >= at_once {
            talk(&mut starting, &mut talking, until).await?;
        }
        let caller = Arc::clone(&caller);
        starting.spawn(async move {
            let (fingerprint, offer) = &*caller;
            let key = format!("control{number}");
            let (session, secret) = page.person.start(&page.intake, fingerprint, &key).await?;
            let answer = page.person.connect(&secret, offer).await?;
            page.session = session;
            page.call = provider::call_in(&answer).context("another's answer")?;
            anyhow::Ok(page)
        });
    }
    while !starting.is_empty() {
        talk(&mut starting, &mut talking, until).await?;
    }
    Ok(talking)
}

/// Takes a page that was connected.
async fn talk(
    starting: &mut JoinSet<anyhow::Result<Page>>,
    talking: &mut Talking,
    until: Instant,
) -> anyhow::Result<()> {
    let mut page = starting.join_next().await.context("nothing starts")???;
    talking.spawn(async move {
        let times = page.beat(until).await?;
        Ok((page, times))
    });
    Ok(())
}

fn all_live(known: &Known, calls: usize) -> anyhow::Result<()> {
    let all = known.all();
    let live = all
        .iter()
        .filter(|call| call.spoken_to.load(Ordering::Relaxed) && call.hangups().is_empty());
    let live = live.count();
    ensure!(live == calls, "{live} of {calls} calls are live");
    Ok(())
}

fn print_beats(mut times: Vec<Duration>) {
    let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
    println!(
        "  heartbeats ({}): p50 {}, p99 {}",
        times.len(),
        ms(p50),
        ms(p99)
    );
}

/// Words that were sent while it was measured.
fn print_words(watched: &[Watched], before: &Sample, after: &Sample) {
    let words = watched.iter().flat_map(|page| &page.words);
    let mut times: Vec<Duration> = words
        .filter(|(sent, _)| (before.at..after.at).contains(sent))
        .map(|(_, time)| *time)
        .collect();
    let messages: usize = watched.iter().map(|page| page.messages).sum();
    let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
    println!(
        "  a word from the provider to the page ({} pages, {} words): p50 {}, p99 {}, max {}",
        watched.len(),
        times.len(),
        ms(p50),
        ms(p99),
        ms(times.last().copied().unwrap_or_default())
    );
    println!("  messages of their event streams, from start to end: {messages}");
}
