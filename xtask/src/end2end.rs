//! The browser tests: Playwright drives Debian's Chromium against the real server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::aiortc;
use crate::build::{self, Built, Flavour};
use crate::install;
use crate::process;
use crate::run::lend_hearing;
use crate::steps::{Line, Steps, say};
use crate::tally::Tally;
use crate::workspace::Workspace;

/// `cargo xtask e2e [-- arguments for Playwright]`.
pub(crate) fn only(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    let mut steps = Steps::new(build::STEPS + 4);
    steps.run("looking for the tools", |_| install::for_browser())?;
    install::second_browser(&mut steps);
    let built = build::build(workspace, &mut steps, Flavour::Dev)?;
    steps.run("installing Playwright", |_| packages(workspace))?;
    let python = aiortc::prepare(workspace, &mut steps);
    let tally = steps.run("running the browser tests", |line| {
        run(workspace, &built, python.as_deref(), arguments, line)
    })?;
    say(&format!("\n{tally}"));
    Ok(if tally.failed > 0 || steps.failures() > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// What package-lock.json pins, installed again only when it has changed.
pub(crate) fn packages(workspace: &Workspace) -> Result<()> {
    let folder = folder(workspace);
    let lock = fs::read(folder.join("package-lock.json"))?;
    let installed = folder.join("node_modules").join(".installed-lock.json");
    if fs::read(&installed).is_ok_and(|earlier| earlier == lock) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"])
        .current_dir(&folder)
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    process::quietly(&mut npm)?;
    Ok(fs::write(installed, lock)?)
}

pub(crate) fn run(
    workspace: &Workspace,
    built: &Built,
    python: Option<&Path>,
    arguments: &[String],
    line: &Line,
) -> Result<Tally> {
    let folder = folder(workspace);
    let report = workspace.target.join("playwright.json");
    forget(&report)?;
    let mut playwright = Command::new(folder.join("node_modules").join(".bin").join("playwright"));
    playwright.arg("test").args(arguments);
    playwright.env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report);
    prepare(&mut playwright, workspace, built)?;
    if let Some(python) = python {
        playwright.env("AIORTC_PYTHON", python);
    }
    lend_hearing(&mut playwright, workspace);
    let shown = process::shown(&mut playwright, line)?;
    let tally =
        read(&report).with_context(|| format!("Playwright wrote no report ({})", shown.status))?;
    if !shown.status.success() && tally.failed == 0 {
        bail!("Playwright: {}", shown.status);
    }
    Ok(tally)
}

/// Tells a program of this folder which server and which browser to use.
pub(crate) fn prepare<'a>(
    program: &'a mut Command,
    workspace: &Workspace,
    built: &Built,
) -> Result<&'a mut Command> {
    let chromium = install::chromium().context("Chromium is not installed")?;
    if let Some(firefox) = install::firefox() {
        program.env("FIREFOX", firefox);
    }
    Ok(program
        .current_dir(folder(workspace))
        .env("VESTIBULE_BIN", &built.server)
        .env("VESTIBULE_SITE_DIR", &built.site)
        .env("CHROMIUM", chromium))
}

fn read(report: &Path) -> Result<Tally> {
    let report = serde_json::from_slice(&fs::read(report)?)?;
    Tally::of_playwright(&report).context("the report has no numbers")
}

fn forget(report: &Path) -> Result<()> {
    match fs::remove_file(report) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("end2end")
}
