//! `cargo xtask test`: every check that a change must pass, in one order, with one closing line.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::aiortc;
use crate::build::{self, Built, Flavour};
use crate::end2end;
use crate::front::{self, Page};
use crate::install;
use crate::postgres::Cluster;
use crate::process;
use crate::run::lend_hearing;
use crate::server;
use crate::steps::{Line, Steps, say};
use crate::tally::Tally;
use crate::workspace::{BROWSER, Workspace, variable};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Full,
    /// Without the browser.
    Fast,
}

/// What runs natively. The browser's entry point only compiles for wasm, and this tool is built in a
/// profile of its own.
const NATIVE: [&str; 5] = ["--workspace", "--exclude", "frontend", "--exclude", "xtask"];

/// Where a test finds the throw-away PostgreSQL.
const POSTGRES: &str = "VESTIBULE_TEST_POSTGRES";

pub(crate) fn test(workspace: &Workspace, scope: Scope) -> Result<ExitCode> {
    let mut steps = Steps::new(if scope == Scope::Full { 16 } else { 11 });
    let mut tally = Tally::default();

    steps.attempt("looking for the tools", |_| {
        front::ensure_browser_target()?;
        install::for_tests(scope == Scope::Full)
    });
    steps.attempt("format", |_| {
        // Names of files, not the differences: `cargo fmt --all` is the answer to all of them.
        process::quietly(
            workspace
                .cargo()
                .args(["fmt", "--all", "--check", "--", "-l"]),
        )
        .map(drop)
        .context("not formatted: run cargo fmt --all")
    });
    steps.attempt("clippy, native", |line| {
        let mut clippy = workspace.cargo();
        clippy.args([
            "clippy",
            "--keep-going",
            "--workspace",
            "--exclude",
            "frontend",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]);
        process::cargo(&mut clippy, |done| line.progress(done))
    });
    steps.attempt("clippy, browser", |line| {
        let mut clippy = workspace.cargo();
        clippy.args([
            "clippy", "-p", "frontend", "-p", "app", "--target", BROWSER, "--", "-D", "warnings",
        ]);
        process::cargo(&mut clippy, |done| line.progress(done))
    });

    let compiled = steps.attempt("compiling the tests and the server", |line| {
        compile(workspace, line)
    });
    match &compiled {
        None => {
            for name in ["starting PostgreSQL", "tests", "documentation tests"] {
                steps.leave_out(name, "nothing to run");
            }
        }
        Some(_) => tests_on_postgres(workspace, scope, &mut steps, &mut tally),
    }
    steps.attempt("architecture and build tool tests", |line| {
        let mut command = runner(workspace, &["-p", "xtask"], Some("xtask"));
        count(&mut tally, &mut command, line)
    });
    steps.attempt("documentation", |line| {
        let mut doc = workspace.cargo();
        doc.args(["doc", "--no-deps"])
            .args(NATIVE)
            .env("RUSTDOCFLAGS", "-D warnings");
        process::cargo(&mut doc, |done| line.progress(done))
    });
    licences(workspace, &mut steps);

    if scope == Scope::Full {
        browser_tests(workspace, &mut steps, &mut tally, compiled);
    }

    let failures = steps.failures();
    say(&format!("\n{}", steps.summary()));
    if failures > 0 {
        say(&format!("{failures} of the steps failed.\n"));
    }
    say(&tally.to_string());
    Ok(if failures > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Tests and server together, so that the server is made with the features the tests were made with
/// and nothing is compiled twice.
fn compile(workspace: &Workspace, line: &Line) -> Result<PathBuf> {
    let mut command = workspace.cargo();
    command
        .args(["build", "--bins", "--tests", "--target", &workspace.host])
        .args(NATIVE);
    process::cargo(&mut command, |done| line.progress(done))?;
    Ok(server::binary(workspace, Flavour::Dev))
}

fn tests_on_postgres(workspace: &Workspace, scope: Scope, steps: &mut Steps, tally: &mut Tally) {
    let given = variable(POSTGRES).map(|url| url.to_string_lossy().into_owned());
    let own = match given {
        Some(_) => {
            steps.leave_out("starting PostgreSQL", "VESTIBULE_TEST_POSTGRES names one");
            None
        }
        None => steps.attempt("starting PostgreSQL", |_| Cluster::start()),
    };
    match given.or_else(|| own.as_ref().map(Cluster::url)) {
        None => steps.leave_out("tests", "they need PostgreSQL"),
        Some(url) => {
            steps.attempt("tests", |line| {
                let mut tests = runner(workspace, &NATIVE, None);
                // Minutes of work for both cores, which is why only a full run listens.
                if scope == Scope::Full {
                    lend_hearing(&mut tests, workspace);
                }
                count(tally, tests.env(POSTGRES, &url), line)
            });
        }
    }
    steps.attempt("documentation tests", |line| {
        let mut command = workspace.cargo();
        command.args(["test", "--quiet", "--doc"]).args(NATIVE);
        count(tally, &mut command, line)
    });
}

fn browser_tests(
    workspace: &Workspace,
    steps: &mut Steps,
    tally: &mut Tally,
    compiled: Option<PathBuf>,
) {
    let page = steps.attempt("compiling the page", |line| {
        build::compile_page(workspace, Flavour::Dev, line)
    });
    let site = page.and_then(|()| {
        steps.attempt("making the bundle", |_| {
            front::bundle(workspace, Flavour::Dev.page_profile(), Page::Debug)
        })
    });
    let installed = steps.attempt("installing Playwright", |_| end2end::packages(workspace));
    install::second_browser(steps);
    let python = aiortc::prepare(workspace, steps);
    match (compiled, site, installed) {
        (Some(server), Some(site), Some(())) => {
            steps.attempt("browser tests", |line| {
                let built = Built { site, server };
                let ran = end2end::run(workspace, &built, python.as_deref(), &[], line)?;
                *tally += ran;
                if ran.failed > 0 {
                    bail!("{} browser tests failed", ran.failed)
                } else {
                    Ok(())
                }
            });
        }
        _ => steps.leave_out("browser tests", "the build they need failed"),
    }
}

/// nextest where it is installed, as it is quicker and stops a test that hangs; otherwise cargo test.
fn runner(workspace: &Workspace, packages: &[&str], profile: Option<&str>) -> Command {
    let mut command = workspace.cargo();
    if process::answers(workspace.cargo().args(["nextest", "--version"])) {
        command.args([
            "nextest",
            "run",
            "--no-fail-fast",
            "--cargo-quiet",
            "--show-progress=none",
        ]);
        command.args(["--status-level=slow", "--final-status-level=fail"]);
        command.args(profile.map(|profile| format!("--cargo-profile={profile}")));
    } else {
        command.args([
            "test",
            "--quiet",
            "--no-fail-fast",
            "--lib",
            "--bins",
            "--tests",
        ]);
        command.args(profile.map(|profile| format!("--profile={profile}")));
    }
    command.args(["--target", &workspace.host]).args(packages);
    command
}

fn count(tally: &mut Tally, command: &mut Command, line: &Line) -> Result<()> {
    let shown = process::shown(command, line)?;
    *tally += Tally::of_cargo(&shown.text);
    if shown.status.success() {
        Ok(())
    } else {
        bail!("tests failed ({})", shown.status)
    }
}

/// cargo-deny is optional, and so is its advisory database, which it would have to download.
fn licences(workspace: &Workspace, steps: &mut Steps) {
    const NAME: &str = "licences and bans";
    if !process::answers(workspace.cargo().args(["deny", "--version"])) {
        steps.leave_out(NAME, "cargo-deny is not installed");
        return;
    }
    let home = variable("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let has_advisories = home.is_some_and(|home| home.join("advisory-dbs").is_dir());
    let name = if has_advisories {
        "licences, bans and advisories"
    } else {
        say(
            "No advisory database is on this machine (cargo deny fetch db): advisories are not checked.",
        );
        NAME
    };
    steps.attempt(name, |_| {
        let deny = |arguments: &[&str]| {
            process::quietly(workspace.cargo().arg("deny").args(arguments)).map(drop)
        };
        deny(&["check", "bans", "licenses", "sources"])?;
        // Offline: against the database as it is, never a download in the middle of a test run.
        if has_advisories {
            deny(&["--offline", "check", "advisories"])
        } else {
            Ok(())
        }
    });
}
