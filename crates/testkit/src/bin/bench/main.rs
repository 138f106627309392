//! Measurements that need a running server: `cargo xtask bench` builds the real release, starts this
//! program beside it and prints what it says. Numbers pass or fail nothing; `control` fails when a call is
//! lost or hung up wrongly.

#![expect(
    clippy::print_stdout,
    reason = "a command line tool whose output is its numbers"
)]

mod control;
mod http;
mod latency;
mod memory;
mod numbers;
mod product;
mod starts;
mod upstream;

use anyhow::{Context, bail};
use std::{path::PathBuf, time::Duration};

/// What a measurement is given.
pub(crate) struct Options {
    /// The server's program, with its page beside it.
    server: PathBuf,
    /// Another product's mint endpoint, and the token that opens it.
    peer: Option<starts::Peer>,
    /// How long each round lasts.
    round: Duration,
    /// How many rounds there are; the median is printed.
    rounds: usize,
    /// How many connections are busy at once.
    connections: usize,
    /// How many calls are live at once.
    calls: usize,
    /// A speech model.
    hearing: Option<PathBuf>,
}

const USAGE: &str = "\
usage: bench (starts | memory | latency | control) --server PROGRAM [--peer URL --peer-token TOKEN]
             [--seconds N] [--rounds N] [--connections N] [--calls N] [--hearing-model FOLDER]";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let wanted = arguments.next().context(USAGE)?;
    let options = read(&wanted, arguments)?;
    match wanted.as_str() {
        "starts" => starts::measure(&options).await,
        "latency" => latency::measure(&options).await,
        "memory" => memory::measure(&options).await,
        "control" => control::measure(&options).await,
        other => bail!("there is no measurement `{other}`\n{USAGE}"),
    }
}

fn read(wanted: &str, mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Options> {
    let (mut server, mut peer, mut token, mut hearing) = (None, None, None, None);
    let (mut rounds, mut connections, mut calls) = (3, 16, 500);
    let mut seconds = if wanted == "control" { 60 } else { 5 };
    while let Some(name) = arguments.next() {
        let value = arguments
            .next()
            .with_context(|| format!("{name} needs a value\n{USAGE}"))?;
        match name.as_str() {
            "--server" => server = Some(PathBuf::from(value)),
            "--peer" => peer = Some(value),
            "--peer-token" => token = Some(value),
            "--hearing-model" => hearing = Some(PathBuf::from(value)),
            "--seconds" => seconds = value.parse()?,
            "--rounds" => rounds = value.parse()?,
            "--connections" => connections = value.parse()?,
            "--calls" => calls = value.parse()?,
            other => bail!("there is no option `{other}`\n{USAGE}"),
        }
    }
    Ok(Options {
        server: server.context(USAGE)?,
        peer: peer.map(|url| starts::Peer {
            url,
            token: token.unwrap_or_default(),
        }),
        round: Duration::from_secs(seconds),
        rounds,
        connections,
        calls,
        hearing,
    })
}
