//! The server binary: building it, and the environment it is started with.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::build::Flavour;
use crate::process;
use crate::run::HEARING_MODEL;
use crate::workspace::{Workspace, variable};

pub(crate) const BINARY: &str = "vestibule";

/// The target is named although the configuration names it too: what is built must not depend on
/// a CARGO_BUILD_TARGET in the environment.
pub(crate) fn compile(
    workspace: &Workspace,
    flavour: Flavour,
    report: impl Fn(&str),
) -> Result<PathBuf> {
    let mut command = workspace.cargo();
    command.args([
        "build",
        "-p",
        "server",
        "--bin",
        BINARY,
        "--target",
        &workspace.host,
    ]);
    command.args(["--profile", flavour.server_profile()]);
    process::cargo(&mut command, report)?;
    Ok(binary(workspace, flavour))
}

pub(crate) fn binary(workspace: &Workspace, flavour: Flavour) -> PathBuf {
    let folder = match flavour.server_profile() {
        "dev" => "debug",
        profile => profile,
    };
    workspace
        .target
        .join(&workspace.host)
        .join(folder)
        .join(BINARY)
}

/// How the server is started by hand: what the person set in the environment wins.
pub(crate) fn command(
    workspace: &Workspace,
    binary: &Path,
    site: &Path,
    port: Option<u16>,
    hearing: Option<&Path>,
) -> Command {
    let mut command = Command::new(binary);
    command
        .arg("serve")
        .current_dir(&workspace.root)
        .env("VESTIBULE_SITE_DIR", site);
    if variable("VESTIBULE_DATA_DIR").is_none() {
        command.env("VESTIBULE_DATA_DIR", workspace.root.join("data"));
    }
    if let Some(port) = port {
        command.env("VESTIBULE_LISTEN", format!("127.0.0.1:{port}"));
    } else if variable("VESTIBULE_LISTEN").is_none() {
        command.env("VESTIBULE_LISTEN", "127.0.0.1:3000");
    }
    if let Some(model) = hearing {
        command.env(HEARING_MODEL, model);
    }
    command
}
