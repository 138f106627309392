//! `cargo xtask bench …`: measurements worth repeating.

use std::fs;
use std::process::Command;

use anyhow::{Result, bail};

use crate::build;
use crate::build::Flavour;
use crate::end2end;
use crate::front::{self, Page};
use crate::install;
use crate::process;
use crate::run;
use crate::site;
use crate::steps::{Steps, say};
use crate::workspace::Workspace;

/// How large each file of the page is, and all together.
pub(crate) fn sizes(workspace: &Workspace) -> Result<()> {
    let mut steps = Steps::new(2);
    steps.run("compiling the page", |line| {
        front::ensure_browser_target()?;
        build::compile_page(workspace, Flavour::Quick, line)
    })?;
    let site = steps.run("making the bundle", |_| {
        front::bundle(workspace, Flavour::Quick.page_profile(), Page::Small)
    })?;

    say(&format!(
        "\n{:<44}{:>12}{:>12}{:>12}",
        "file", "raw", "gzip", "brotli"
    ));
    let package = site::package(&site)?;
    let later = front::loaded_later(&package)?;
    let (mut first, mut total) = ([0; 3], [0; 3]);
    for file in site::files(&package)? {
        let kind = file
            .extension()
            .and_then(|kind| kind.to_str())
            .unwrap_or_default();
        if !matches!(kind, "wasm" | "js" | "css") {
            continue;
        }
        let data = fs::read(&file)?;
        let sizes = [
            data.len(),
            site::gzip(&data, flate2::Compression::best())?.len(),
            site::brotli(&data)?.len(),
        ];
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        say(&row(&name, sizes));
        add(&mut total, sizes);
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        if kind != "css" && !later.contains(stem.as_ref()) {
            add(&mut first, sizes);
        }
    }
    say(&row("together", total));
    say(&row("code that an intake waits for", first));
    Ok(())
}

/// The page in Chromium: `page` or `lighthouse`.
pub(crate) fn page(workspace: &Workspace, what: &str) -> Result<()> {
    let mut steps = Steps::new(build::STEPS + 2);
    steps.run("looking for the tools", |_| install::for_browser())?;
    let built = build::build(workspace, &mut steps, Flavour::Release)?;
    steps.run("installing Playwright", |_| end2end::packages(workspace))?;
    say("");
    let mut node = Command::new("node");
    node.arg(format!("bench/{what}.mjs"));
    finish(end2end::prepare(&mut node, workspace, &built)?)
}

/// Measurements of a running server: the real release, and the program that loads it.
pub(crate) fn running(workspace: &Workspace, what: &str, passed_on: &[String]) -> Result<()> {
    let mut steps = Steps::new(build::STEPS + 1);
    let built = build::build(workspace, &mut steps, Flavour::Release)?;
    let profile = Flavour::Release.server_profile();
    steps.run("compiling the load", |line| {
        let mut command = workspace.cargo();
        command.args(["build", "-p", "testkit", "--bin", "bench"]);
        command.args(["--target", &workspace.host, "--profile", profile]);
        process::cargo(&mut command, |done| line.progress(done))
    })?;
    say("");
    let load = built.server.with_file_name("bench");
    let mut load = Command::new(load);
    load.arg(what).arg("--server").arg(&built.server);
    load.args(passed_on).env("VESTIBULE_SITE_DIR", &built.site);
    if what == "latency"
        && let Some(model) = run::prepared_model(&workspace.target)
    {
        load.arg("--hearing-model").arg(model);
    }
    finish(&mut load)
}

/// How many fields of whole intakes are right when every answer is spoken and heard, and what becomes of
/// the whole corpus when each of two voices says it.
pub(crate) fn fields(workspace: &Workspace) -> Result<()> {
    let model = run::prepare_hearing(workspace)?;
    let mut tests = workspace.cargo();
    tests.args(["test", "--quiet", "-p", "rehearsal", "--features=hearing"]);
    tests.args(["--test=dialogue", "--target", &workspace.host, "--"]);
    tests.args(["voice", "--ignored", "--nocapture"]);
    finish(tests.env(run::HEARING_MODEL, model))
}

fn finish(measurement: &mut Command) -> Result<()> {
    let status = measurement.status()?;
    if status.success() {
        Ok(())
    } else {
        bail!("the measurement stopped ({status})")
    }
}

fn add(sums: &mut [usize; 3], sizes: [usize; 3]) {
    for (sum, size) in sums.iter_mut().zip(sizes) {
        *sum += size;
    }
}

fn row(name: &str, [raw, gzip, brotli]: [usize; 3]) -> String {
    format!("{name:<44}{raw:>12}{gzip:>12}{brotli:>12}")
}
