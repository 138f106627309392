//! The page and the server, in one of three flavours.

use std::path::PathBuf;

use anyhow::{Result, anyhow};

use crate::front::{self, Page};
use crate::process;
use crate::server;
use crate::steps::{Line, Steps};
use crate::workspace::{BROWSER, Workspace};

/// How many steps `build` takes.
pub(crate) const STEPS: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// Quick to rebuild: for `run --dev` and the tests.
    Dev,
    /// A small page, and a server that is quick to build and quick enough to run: for `run`.
    Quick,
    /// What is shipped.
    Release,
}

impl Flavour {
    pub(crate) fn server_profile(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Quick => "quick",
            Self::Release => "release",
        }
    }

    pub(crate) fn page_profile(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Quick | Self::Release => "wasm-release",
        }
    }

    fn page(self) -> Page {
        match self {
            Self::Dev => Page::Debug,
            Self::Quick | Self::Release => Page::Small,
        }
    }
}

/// What a build leaves behind.
pub(crate) struct Built {
    pub(crate) site: PathBuf,
    pub(crate) server: PathBuf,
}

/// Builds both sides. The two profiles of a small page share nothing with those of the server, so
/// they are compiled side by side: the page ends in a long link that keeps only one core busy.
pub(crate) fn build(workspace: &Workspace, steps: &mut Steps, flavour: Flavour) -> Result<Built> {
    steps.run("looking for the browser target", |_| {
        front::ensure_browser_target()
    })?;
    let server = steps.run("compiling the page and the server", |line| match flavour {
        Flavour::Dev => {
            compile_page(workspace, flavour, line)?;
            server::compile(workspace, flavour, |done| {
                line.progress(&format!("server {done}"))
            })
        }
        Flavour::Quick | Flavour::Release => side_by_side(workspace, flavour, line),
    })?;
    let site = steps.run("making the bundle", |_| {
        front::bundle(workspace, flavour.page_profile(), flavour.page())
    })?;
    Ok(Built { site, server })
}

fn side_by_side(workspace: &Workspace, flavour: Flavour, line: &Line) -> Result<PathBuf> {
    let latest = std::sync::Mutex::new((String::new(), String::new()));
    let report = |change: &dyn Fn(&mut (String, String))| {
        let Ok(mut latest) = latest.lock() else {
            return;
        };
        change(&mut latest);
        line.progress(&format!("page {}, server {}", latest.0, latest.1));
    };
    let page_is = |state: &str| report(&|latest| state.clone_into(&mut latest.0));
    let server_is = |state: &str| report(&|latest| state.clone_into(&mut latest.1));
    std::thread::scope(|scope| {
        let page = scope.spawn(|| {
            let compiled = compile_page_reporting(workspace, flavour, page_is);
            page_is("done");
            compiled
        });
        let server = server::compile(workspace, flavour, server_is);
        server_is("done");
        page.join()
            .map_err(|_| anyhow!("the page's build was lost"))??;
        server
    })
}

pub(crate) fn compile_page(workspace: &Workspace, flavour: Flavour, line: &Line) -> Result<()> {
    compile_page_reporting(workspace, flavour, |done| {
        line.progress(&format!("page {done}"))
    })
}

fn compile_page_reporting(
    workspace: &Workspace,
    flavour: Flavour,
    report: impl Fn(&str),
) -> Result<()> {
    let mut command = workspace.cargo();
    command.args([
        "build",
        "-p",
        "frontend",
        "--lib",
        "--target",
        BROWSER,
        "--profile",
        flavour.page_profile(),
    ]);
    process::cargo(&mut command, report)
}
