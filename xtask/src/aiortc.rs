//! The client without a browser that a browser test drives: aiortc from Python's package index, in an
//! environment of its own in the target folder, exactly as `end2end/clients/requirements.txt` pins it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{answers, quietly};
use crate::steps::Steps;
use crate::workspace::Workspace;

const STEP: &str = "preparing the client without a browser";

/// The Python that has aiortc, or none: then that one test is left out, and the line says why.
pub(crate) fn prepare(workspace: &Workspace, steps: &mut Steps) -> Option<PathBuf> {
    if !answers(Command::new("python3").args(["-c", "import ensurepip, venv"])) {
        let why = "there is no python3 with venv and pip (Debian: apt-get install python3-venv)";
        steps.leave_out(STEP, why);
        return None;
    }
    steps.attempt(STEP, |_| environment(workspace))
}

/// Made again only when what is pinned has changed.
fn environment(workspace: &Workspace) -> Result<PathBuf> {
    let requirements = workspace.root.join("end2end/clients/requirements.txt");
    let wanted = fs::read(&requirements).context("end2end/clients/requirements.txt")?;
    let folder = workspace.target.join("aiortc");
    let python = folder.join("bin").join("python");
    let marker = folder.join("installed.txt");
    if python.is_file() && fs::read(&marker).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    install(&folder, &python, &requirements)?;
    fs::write(marker, wanted)?;
    Ok(python)
}

fn install(folder: &Path, python: &Path, requirements: &Path) -> Result<()> {
    quietly(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(folder),
    )
    .context("no environment for Python could be made")?;
    // Only wheels: a source package would run its own code, and want compilers.
    quietly(
        Command::new(python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--only-binary=:all:",
                "--requirement",
            ])
            .arg(requirements),
    )
    .context("aiortc could not be installed")?;
    Ok(())
}
