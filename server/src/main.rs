//! `vestibule`: the command line.

use clap::Parser;
use server::{commands, config::CommandLine, telemetry};
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// glibc keeps what was freed: a password's hash takes 19 MB for a moment, and ten sign-ins left the
/// process at 230 MB. This one gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
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
