//! `vestibule`: the command line.

use clap::Parser;
use server::{commands, config::CommandLine, telemetry};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let line = CommandLine::parse();
    telemetry::start(&line.log)?;
    commands::run(line).await
}
