//! The programs that the tests need beside Rust. Debian's package manager brings them where that is
//! allowed; otherwise the person is told exactly what is missing. `run` needs none of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::postgres;
use crate::process;
use crate::steps::{Steps, say};
use crate::workspace::variable;

struct Tool {
    what: &'static str,
    package: &'static str,
    is_there: fn() -> bool,
}

const DATABASE: Tool = Tool {
    what: "PostgreSQL's server",
    package: "postgresql",
    is_there: || postgres::programs().is_some(),
};

/// The second browser, which not every system packages under this name.
const FIREFOX: Tool = Tool {
    what: "Firefox",
    package: "firefox-esr",
    is_there: || firefox().is_some(),
};

const BROWSER: [Tool; 4] = [
    Tool {
        what: "Chromium",
        package: "chromium",
        is_there: || chromium().is_some(),
    },
    Tool {
        what: "flite (it speaks in the tests)",
        package: "flite",
        is_there: || on_path("flite"),
    },
    Tool {
        what: "Node.js",
        package: "nodejs",
        is_there: || on_path("node"),
    },
    Tool {
        what: "npm",
        package: "npm",
        is_there: || on_path("npm"),
    },
];

pub(crate) fn for_tests(with_browser: bool) -> Result<()> {
    let mut tools = vec![&DATABASE];
    if with_browser {
        tools.extend(&BROWSER);
    }
    ensure(&tools)
}

pub(crate) fn for_browser() -> Result<()> {
    ensure(&BROWSER.iter().collect::<Vec<_>>())
}

/// Firefox, if it can be had. Where it cannot, its tests are left out, and a line says so.
pub(crate) fn second_browser(steps: &mut Steps) {
    if ensure(&[&FIREFOX]).is_err() {
        let why = "there is no Firefox (Debian: apt-get install firefox-esr)";
        steps.leave_out("tests in Firefox", why);
    }
}

fn ensure(tools: &[&Tool]) -> Result<()> {
    let missing = missing(tools);
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    if let Some(apt) = Apt::allowed() {
        say(&format!(
            "\ninstalling {} with apt-get",
            packages.join(", ")
        ));
        apt.install(&packages)?;
    }
    let missing = self::missing(tools);
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|tool| tool.what).collect();
    let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    bail!(
        "missing: {}. On Debian or Ubuntu: sudo apt-get install {}. Elsewhere install them by their own names.",
        names.join(", "),
        packages.join(" ")
    )
}

fn missing<'tools>(tools: &[&'tools Tool]) -> Vec<&'tools Tool> {
    tools
        .iter()
        .copied()
        .filter(|tool| !(tool.is_there)())
        .collect()
}

/// The browser that the tests drive; CHROMIUM in the environment wins.
pub(crate) fn chromium() -> Option<PathBuf> {
    if let Some(named) = variable("CHROMIUM") {
        return Some(named.into());
    }
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(find)
}

/// The second browser; FIREFOX in the environment wins.
pub(crate) fn firefox() -> Option<PathBuf> {
    if let Some(named) = variable("FIREFOX") {
        return Some(named.into());
    }
    ["firefox-esr", "firefox"].into_iter().find_map(find)
}

pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = variable("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn on_path(program: &str) -> bool {
    find(program).is_some()
}

pub(crate) fn is_root() -> bool {
    process::quietly(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// apt-get, as root or through a sudo that asks for no password.
struct Apt {
    sudo: bool,
}

impl Apt {
    fn allowed() -> Option<Self> {
        if !Path::new("/usr/bin/apt-get").exists() {
            return None;
        }
        if is_root() {
            return Some(Self { sudo: false });
        }
        process::answers(Command::new("sudo").args(["-n", "true"])).then_some(Self { sudo: true })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = if self.sudo {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
            sudo
        } else {
            Command::new("apt-get")
        };
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(arguments);
        command
    }

    fn install(&self, packages: &[&str]) -> Result<()> {
        let mut arguments = vec!["install", "-y", "--no-install-recommends"];
        arguments.extend(packages);
        // A list of packages that is there and fresh spares the update, which is the slow part.
        if process::answers(&mut self.command(&arguments)) {
            return Ok(());
        }
        process::quietly(&mut self.command(&["update"]))?;
        process::quietly(&mut self.command(&arguments)).map(drop)
    }
}
