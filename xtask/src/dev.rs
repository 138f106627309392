//! `cargo xtask run --dev`: debug builds, made again on every change; the page then reloads.
//!
//! The sources are looked at twice a second. That costs less than a file watching library does to
//! compile, and works on every file system.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};

use crate::build::{self, Flavour};
use crate::front::{self, Page};
use crate::interrupt;
use crate::run::{Options, hearing_model};
use crate::server;
use crate::site;
use crate::steps::{Steps, say};
use crate::workspace::Workspace;

const WATCHED: [&str; 10] = [
    "app",
    "crates",
    "frontend",
    "server",
    "style",
    "public",
    "workflows",
    "migrations",
    "Cargo.toml",
    "Cargo.lock",
];
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long a server that is told to stop may take to end its calls.
const STOP_WITHIN: Duration = Duration::from_secs(5);

pub(crate) fn dev(workspace: &Workspace, options: &Options) -> Result<()> {
    let model = hearing_model(workspace, options)?;
    let mut running: Option<Child> = None;
    let mut build = 0;
    loop {
        let seen = Snapshot::of(&workspace.root)?;
        build += 1;
        match rebuild(workspace) {
            Ok((site, binary)) => {
                stop(running.take())?;
                let mut command =
                    server::command(workspace, &binary, &site, options.port, model.as_deref());
                running = Some(
                    command
                        .spawn()
                        .with_context(|| format!("{} does not start", binary.display()))?,
                );
                // The page looks for a change of this file, which the server hands out like any other.
                fs::write(
                    site.join("dev-build.txt"),
                    format!("{}.{build}", std::process::id()),
                )?;
            }
            Err(error) => say(&format!(
                "{error:#}\nThe last good build goes on; waiting for a change."
            )),
        }
        if !wait_for_change(&workspace.root, &seen, &mut running)? {
            return stop(running);
        }
        say("\nChanged; building again.");
    }
}

fn rebuild(workspace: &Workspace) -> Result<(PathBuf, PathBuf)> {
    let mut steps = Steps::new(3);
    steps.run("compiling the page", |line| {
        front::ensure_browser_target()?;
        build::compile_page(workspace, Flavour::Dev, line)
    })?;
    let binary = steps.run("compiling the server", |line| {
        server::compile(workspace, Flavour::Dev, |done| line.progress(done))
    })?;
    let site = steps.run("making the bundle", |_| {
        front::bundle(workspace, Flavour::Dev.page_profile(), Page::Reloading)
    })?;
    Ok((site, binary))
}

/// False when the person pressed Ctrl-C.
fn wait_for_change(root: &Path, seen: &Snapshot, running: &mut Option<Child>) -> Result<bool> {
    loop {
        std::thread::sleep(LOOK_EVERY);
        if interrupt::is_interrupted() {
            return Ok(false);
        }
        if let Some(status) = running.as_mut().map(Child::try_wait).transpose()?.flatten() {
            say(&format!(
                "The server has ended ({status}); waiting for a change."
            ));
            *running = None;
        }
        let now = Snapshot::of(root)?;
        if now != *seen {
            // An editor may still be writing: go on when two looks agree.
            let mut last = now;
            loop {
                std::thread::sleep(LOOK_EVERY / 3);
                let again = Snapshot::of(root)?;
                if again == last {
                    return Ok(true);
                }
                last = again;
            }
        }
    }
}

/// Asks the server to stop, as its calls have to be hung up and recorded; ends it if it does not.
fn stop(running: Option<Child>) -> Result<()> {
    let Some(mut server) = running else {
        return Ok(());
    };
    if !interrupt::is_interrupted() {
        Command::new("kill")
            .args(["-TERM", &server.id().to_string()])
            .status()
            .context("kill does not start")?;
    }
    let asked = Instant::now();
    while asked.elapsed() < STOP_WITHIN {
        if server.try_wait()?.is_some() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    server.kill()?;
    server.wait()?;
    Ok(())
}

/// What the sources looked like: paths, sizes and times of change.
#[derive(PartialEq, Eq)]
struct Snapshot(Vec<(PathBuf, u64, Option<SystemTime>)>);

impl Snapshot {
    fn of(root: &Path) -> Result<Self> {
        let mut found = Vec::new();
        for watched in WATCHED {
            let path = root.join(watched);
            let files = if path.is_file() {
                vec![path]
            } else {
                site::files(&path)?
            };
            for file in files {
                // A file that goes away between the two looks is a change, seen by the next one.
                let Ok(about) = fs::metadata(&file) else {
                    continue;
                };
                found.push((file, about.len(), about.modified().ok()));
            }
        }
        Ok(Self(found))
    }
}
