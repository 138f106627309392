//! `cargo xtask run`: build everything, then become the server.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::build::{self, Flavour};
use crate::hearing;
use crate::server;
use crate::steps::{Steps, say};
use crate::workspace::{Workspace, variable};

/// Names a folder with a speech model, for the server and for tests.
pub(crate) const HEARING_MODEL: &str = "VESTIBULE_HEARING_MODEL";

pub(crate) struct Options {
    pub(crate) hearing: bool,
    pub(crate) port: Option<u16>,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut steps = Steps::new(build::STEPS);
    let built = build::build(workspace, &mut steps, Flavour::Quick)?;
    let model = hearing_model(workspace, options)?;
    say("");
    // The server takes this process's place, so Ctrl-C and every other signal reach it directly.
    let mut command = server::command(
        workspace,
        &built.server,
        &built.site,
        options.port,
        model.as_deref(),
    );
    Err(command.exec()).with_context(|| format!("{} does not start", built.server.display()))
}

/// The speech model to start with: the one the person named, one prepared now, or one prepared earlier.
pub(crate) fn hearing_model(workspace: &Workspace, options: &Options) -> Result<Option<PathBuf>> {
    if variable(HEARING_MODEL).is_some() {
        return Ok(None); // the server reads it itself
    }
    if options.hearing {
        return prepare_hearing(workspace).map(Some);
    }
    let prepared = prepared_model(&workspace.target);
    if prepared.is_some() {
        say("Using the speech model that was prepared earlier.");
    }
    Ok(prepared)
}

pub(crate) fn prepare_hearing(workspace: &Workspace) -> Result<PathBuf> {
    hearing::prepare(&workspace.root, &workspace.target)
}

/// Has a program of tests recognise speech, where the environment names no model and one was prepared.
pub(crate) fn lend_hearing(program: &mut Command, workspace: &Workspace) {
    if let (None, Some(model)) = (variable(HEARING_MODEL), prepared_model(&workspace.target)) {
        program.env(HEARING_MODEL, model);
    }
}

/// A model that an earlier `--hearing` left in the target folder.
pub(crate) fn prepared_model(target: &Path) -> Option<PathBuf> {
    let folders = fs::read_dir(target.join("hearing")).ok()?;
    folders
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|folder| folder.join(hearing::MARKER).is_file())
}
