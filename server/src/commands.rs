//! The subcommands.

mod admin;
mod demo;
mod provider;
mod rehearsal;
mod serve;

pub use demo::install as install_demo;

use crate::config::{Command, CommandLine};

/// Runs what the command line says.
///
/// # Errors
/// When it cannot be done; the message says why.
pub async fn run(line: CommandLine) -> anyhow::Result<()> {
    match line.command {
        Command::Serve(flags) => serve::run(*flags).await,
        Command::Admin { command } => admin::run(command).await,
        Command::Demo(flags) => demo::run(&flags).await,
        Command::Rehearsal(flags) => rehearsal::run(*flags).await,
        Command::Provider { command } => provider::run(command).await,
    }
}

/// Says something to the person at the terminal. The product speaks on standard output, logs go to
/// standard error. Nobody may be listening any more, which is no reason to stop what is being done.
fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Resolves when the process is asked to stop.
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Writes a file that only its owner can read, replacing one that is there.
fn write_private(path: &std::path::Path, text: &str) -> anyhow::Result<()> {
    use anyhow::Context;
    use std::{fs, io::Write, os::unix::fs::OpenOptionsExt};
    let failed = || format!("{} cannot be written", path.display());
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(failed);
        }
        _ => {}
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(failed)?;
    file.write_all(text.as_bytes()).with_context(failed)
}
