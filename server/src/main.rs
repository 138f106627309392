//! `vestibule`: the command line.

use clap::Parser;
use server::{commands, config::CommandLine, telemetry};
use std::{
    io::{self, Write},
    process::ExitCode,
};

#[tokio::main]
async fn main() -> ExitCode {
    server::memory::give_back_what_is_large();
    let line = CommandLine::parse();
    match run(line).await {
        Ok(()) => ExitCode::SUCCESS,
        // For the operator: what went wrong and why, in one line, and no stack.
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(line: CommandLine) -> anyhow::Result<()> {
    telemetry::start(&line.log)?;
    commands::run(line).await
}
